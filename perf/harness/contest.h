/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contest.h - several transports measured side by side between the same processes on the same CPUs.
 *
 * A contest forks one writer and its readers, pins each to its CPU, opens every entry's channel in each, and
 * then runs rounds.  In a round every entry gets one block, in an order drawn anew each round; a block is
 * `messages` messages on an open-loop schedule: message i is due at a time fixed beforehand, however long the
 * ones before it took.  Writer and readers leave counter values in arrays (due, sent, seen by each reader);
 * histograms are made by the coordinator after the block, so the hot loops store one word per message.
 *
 * Before the first round every entry gets one short flood, a lap of its memory, which is not evaluated.
 * Warm-up of every block: the first tenth of its messages is not evaluated (floods: the first tenth of the time).
 *
 * What is checked.  Paced blocks: every message, its seal, its number, that it came once.  Floods: the first and the
 * last message of every receive(), since sealing and checking each would cost as much as moving it (2 to 3 ns);
 * they are made of 192 sealed messages, a number that no ring's length is a multiple of, so that a message
 * torn between two laps never looks whole.  A transport that does not lose by design and does, or that delivers
 * nothing, or twice, has ran = false and the reason.
 *
 * Disturbed blocks.  A worker knows that it was away from its CPU when two looks at the counter in its spin
 * loop lie further apart than 20 us, or when the kernel counted an involuntary context switch.  Such blocks are
 * counted and evaluated apart ("disturbed"), never dropped: results carry quiet and all.
 *
 * Percentiles of a block are interpolated within the counter's step (10 ns on some CPUs), see spread.h.
 *
 * Ratios are taken per round against the reference entry (the first, the raw line) of the same round, then their
 * median and quartiles over the rounds: machines drift, ratios hold.  A round is "near" or "far" by the raw
 * line's p50 in that very round (far: above 160 ns), since hypervisors move CPUs about.  A round is neither when the
 * raw line did not run in it, or took more than 1000 ns: no two CPUs are that far apart, somebody was away, and what
 * is slow for that reason says nothing of far CPUs; nor is one whose neighbour is of the other class: the CPUs were
 * moved about then, perhaps in its midst, and its raw line would be set against what ran elsewhere.
 */
#ifndef TF_CONTEST_H
#define TF_CONTEST_H

#include "histogram.h"
#include "spread.h"
#include "transport.h"

enum tf_profile {
    TF_PROFILE_CONSTANT, /* `rate` a second, `batch` at once */
    TF_PROFILE_RAMP,     /* from rate/10 to rate over the block */
    TF_PROFILE_BURST,    /* `burst` back to back, then quiet, `rate` on average */
    TF_PROFILE_RECORDED, /* offsets_ns of a recording */
    TF_PROFILE_FLOOD     /* as fast as send() returns */
};

struct tf_workload {
    enum tf_profile profile;
    double rate;       /* messages a second */
    uint32_t batch;    /* messages per send(), 1 to 64 */
    uint32_t burst;    /* TF_PROFILE_BURST: messages per burst */
    uint64_t messages; /* per block, at most TF_CONTEST_MESSAGES_MAX unless FLOOD */
    /* TF_PROFILE_RECORDED: from the block's start, ascending, `messages` of them. */
    const uint64_t *offsets_ns;
    uint64_t flood_ns;  /* TF_PROFILE_FLOOD: ends after so long if not before; 0: two seconds */
    bool last_of_batch; /* only the last message of each send() is evaluated */
    uint64_t stall_ns, stall_every_ns; /* self-test: the writer is away so long, so often */
};
#define TF_CONTEST_MESSAGES_MAX 65536u
#define TF_CONTEST_READERS_MAX  256u

struct tf_entry {
    const char *label;
    const struct tf_transport *transport;
    struct tf_channel_options channel;
    struct tf_workload load;
};

struct tf_contest {
    const struct tf_entry *entries; /* [0] is the reference of the ratios */
    uint32_t entry_count;
    uint32_t rounds;
    uint64_t seed; /* of the order */
    int writer_cpu;
    const int *reader_cpu; /* one per reader; two may share a CPU (functional runs) */
    uint32_t readers;
    bool quiet;        /* no progress line */
    const char *title; /* of the progress line */
    /* Called before each round in the coordinator, and after the last with round = rounds: what disturbs. */
    void (*between)(void *context, uint32_t round);
    void *context;
};

/* One block of one entry. */
struct tf_block {
    uint32_t round;
    bool ran;                    /* false: nothing below counts */
    double started;              /* seconds since the contest began */
    bool quiet;                  /* nobody was away */
    bool classed;                /* its round is near or far */
    bool far;                    /* which; false unless classed */
    double p50, p99, p99_9, max; /* ns from sent to seen, all readers */
    double last_p50, last_p99;   /* ns from sent until the last reader saw it */
    double rate; /* messages a second that the slowest reader received; floods mostly */
    /* The writer's time per message inside send(), what publishing costs under this load: paced, of the middle
     * send(); floods, all their time by all their messages. */
    double send_ns;
    uint64_t sent, received, lost, torn; /* received, lost, torn: all readers together */
};

struct tf_entry_result {
    bool ran; /* false: see why */
    char why[256];
    /* ns.  Quiet blocks, and all of them; from the send and from the due time; every reader's values merged. */
    struct tf_histogram from_sent[2], from_due[2]; /* [TF_QUIET], [TF_ALL] */
    struct tf_histogram last[2];                   /* sent until the last reader saw it */
    struct tf_histogram *reader;                   /* [readers], from_sent, all blocks */
    uint64_t *reader_received, *reader_lost, *reader_torn; /* [readers] */
    struct tf_block *blocks;                               /* [rounds], in order of rounds */
};
enum { TF_QUIET, TF_ALL };

/* Owns everything in it; free with tf_contest_free(). */
struct tf_contest_result {
    uint32_t entry_count, rounds, readers;
    struct tf_entry_result *entry;
};

/*
 * Run it.  0; TF_EBUSY when a CPU cannot be had; TF_EOS.  An entry whose channel cannot be made has
 * ran = false and the others run without it.  A worker that dies ends the contest with TF_EINTERNAL and says where.
 * A stop request (tf_stop_requested()) ends it after the block with TF_EINTERNAL.
 */
int tf_contest_run(const struct tf_contest *contest, struct tf_contest_result *result);
void tf_contest_free(struct tf_contest_result *result);

/* Over rounds, of one number of an entry, or of its ratio to the reference's in the same round. */
enum tf_block_number {
    TF_BLOCK_P50,
    TF_BLOCK_P99,
    TF_BLOCK_LAST_P50,
    TF_BLOCK_LAST_P99,
    TF_BLOCK_RATE,
    TF_BLOCK_SEND
};
enum tf_round_class { TF_ROUND_ANY, TF_ROUND_NEAR, TF_ROUND_FAR };

/*
 * Quiet blocks only where they are a fifth of all or more, else all: a handful of lucky blocks on a machine that is never
 * quiet says less than the middle of hundreds.
 */
struct tf_spread tf_contest_spread(const struct tf_contest_result *result, uint32_t entry,
                                   enum tf_block_number number, enum tf_round_class which);
struct tf_spread tf_contest_ratio(const struct tf_contest_result *result, uint32_t entry,
                                  uint32_t reference, enum tf_block_number number,
                                  enum tf_round_class which);
/* Which of the two histograms follows the same rule: TF_QUIET or TF_ALL. */
int tf_contest_kind(const struct tf_contest_result *result, uint32_t entry);

#endif
