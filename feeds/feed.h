/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed.h - packets in, ticks out: channels, lines A and B, order, loss, decoding.
 *
 * Captures and the live wire go through the same code; only who calls tf_feed_packet() differs.
 * Time is what the caller says it is, so a recording gives the same ticks every time.
 *
 * A channel is one run of numbers (a MoldUDP64 session, an IEX-TP channel, a CME feed, a PITCH unit).
 * Each flow that carries it is a line.  The first copy of a unit wins.  A unit ahead of its turn
 * is held, copied, until its turn comes, or until it has waited `reorder_ns`, or more than
 * `reorder_packets` wait: then what is missing before it is given up, one GAP tick with the
 * exact range, and the stream goes on.  What comes after it was given up is counted `late` and
 * dropped: ticks never go back.  A packet whose number is a million units off, and more than
 * the time since would explain, is dropped as bad unless another follows from there.  Up to 4096 lines; packets of further ones are dropped and
 * counted as damage.
 *
 * Not thread-safe.  Cost of a packet in order: one look-up of its flow, no copy, no allocation.
 */
#ifndef TF_FEED_H
#define TF_FEED_H

#include "format.h"

struct tf_feed_options {
    const struct tf_format *format; /* one with a session */
    struct tf_decoder_options decoder;
    bool lines;          /* count messages by type for each line too, duplicates included */
    uint64_t reorder_ns; /* 0: the default, 1 s: right for captures, long for the wire */
    uint32_t reorder_packets; /* 0: the default, 16384 */
    /* Called for each message that is found damaged, as it is decoded.  May be NULL. */
    void (*flawed)(void *context, const struct tf_flaw_place *place);
    void *context;
};

struct tf_feed;

/* NULL: TF_EOS. */
struct tf_feed *tf_feed_open(const struct tf_feed_options *options);
void tf_feed_close(struct tf_feed *feed);
/* As just opened, for another pass. */
void tf_feed_restart(struct tf_feed *feed);

/*
 * Lines that are known: packets to this destination (address in host byte order, 0: any) are of
 * one channel with those of the same group, for each key of the session.  Needed where a session
 * has no id that says so (key_is_flow).  Before their first packet; restart forgets.  0 or
 * TF_EOS.
 */
int tf_feed_declare(struct tf_feed *feed, uint32_t address, uint16_t port, uint32_t group);

/*
 * One packet.  Only after tf_feed_next() has returned 0; the bytes must live until it does so
 * again.  Its ts_recv is the time now (a packet without one takes that of the packet before).
 * Never fails: what is no packet of this session is counted as foreign.
 */
void tf_feed_packet(struct tf_feed *feed, const struct tf_packet *packet);
/*
 * The same for what a re-request server sent: fills gaps, belongs to no line.
 */
void tf_feed_recovered(struct tf_feed *feed, const struct tf_packet *packet);
/* No packet, but it is so late now: what has waited too long is given up. */
void tf_feed_time(struct tf_feed *feed, uint64_t now);
/* No packet will come any more: everything held is let go. */
void tf_feed_flush(struct tf_feed *feed);

/*
 * Decode into the sink, which has room for the decoder's ticks_max, until it has no room for
 * another message, `messages_max` were decoded, or nothing is due.  How many messages and gaps;
 * 0: give the next packet.  GAP ticks are among the ticks: gap_first, gap_last, size = channel.
 */
uint32_t tf_feed_next(struct tf_feed *feed, uint32_t messages_max, struct tf_sink *sink);

const struct tf_feed_counts *tf_feed_counts(struct tf_feed *feed);
struct tf_decoder *tf_feed_decoder(struct tf_feed *feed);

/* ---- what is missing, for who can ask for it again ------------------------------------------- */

enum tf_channel_state {
    TF_CHANNEL_REALTIME,   /* nothing is missing */
    TF_CHANNEL_GAP,        /* something is, and may still come by itself */
    TF_CHANNEL_RECOVERING, /* it was asked for: tf_feed_asked() */
    TF_CHANNEL_STALE       /* messages were lost for good: what rests on them may be wrong */
};
const char *tf_channel_state_name(enum tf_channel_state state);

struct tf_missing {
    uint32_t channel;
    uint64_t first, last; /* the units first..last, both missing */
    uint64_t since;       /* on the clock of ts_recv */
};
/* The open gaps that were not asked for yet, oldest first; how many. */
uint32_t tf_feed_missing(const struct tf_feed *feed, struct tf_missing *out, uint32_t max);
/*
 * They, and all that is missing before them, were asked for now: the channel is RECOVERING and
 * waits for them until `give_up_at`, be that sooner or later than it would have.
 */
void tf_feed_asked(struct tf_feed *feed, const struct tf_missing *missing, uint64_t give_up_at);

/* ---- reports --------------------------------------------------------------------------------- */

enum { TF_GAPS_KEPT = 20, TF_EPOCHS_KEPT = 16 };

struct tf_gap_seen {
    uint64_t first, last, packet; /* missing first..last, noticed at this packet number */
};

/* One flow of a channel, as if it were alone. */
struct tf_line_report {
    struct tf_flow flow;
    uint32_t channel;
    uint64_t packets, heartbeats, ends;
    uint64_t units;    /* with their duplicates */
    uint64_t messages; /* as units, but of CME, where a unit is a packet of messages */
    uint64_t first_sequence, next_sequence;
    uint64_t gap_count, missing;           /* jumps ahead, and the units jumped over */
    struct tf_gap_seen gaps[TF_GAPS_KEPT]; /* the first of them */
    uint64_t backward;                     /* packets that begin before the line's next */
    uint64_t wins;                         /* units whose first copy came on this line */
    uint64_t leads, lead_ns; /* packets that another line brought later, and how much in all */
    uint64_t last_packet_ts; /* for silence */
    uint64_t messages_by_type[256]; /* options.lines alone */
};

/* One life of a publisher: the numbers begin anew with the next. */
struct tf_epoch_seen {
    uint64_t first_packet, packets;
    uint64_t first_sequence, next_sequence;
    uint64_t units, gap_count, missing;
    uint64_t first_ts_send, last_ts_send;
};

/* One channel, arbitrated. */
struct tf_channel_report {
    char name
        [64]; /* "session 000010059B"; empty: it turned out to be another's, and is no more */
    enum tf_channel_state state;
    uint64_t first_sequence, next_sequence;
    uint64_t units, duplicates; /* delivered; further copies of them */
    uint64_t gap_count, missing;
    struct tf_gap_seen gaps[TF_GAPS_KEPT];
    uint64_t recovered;      /* units that a re-request brought */
    uint64_t late;           /* units that came after they were given up */
    uint64_t held, held_max; /* packets ahead of their turn, now and at most */
    uint32_t epochs;         /* 1, and one more for each time the publisher began anew */
    struct tf_epoch_seen epoch[TF_EPOCHS_KEPT]; /* the first of them */
    bool ended;                                 /* an end of session was seen */
};

uint32_t tf_feed_channels(const struct tf_feed *feed);
uint32_t tf_feed_lines(const struct tf_feed *feed);
void tf_feed_channel_report(const struct tf_feed *feed, uint32_t channel,
                            struct tf_channel_report *out);
const struct tf_line_report *tf_feed_line_report(const struct tf_feed *feed, uint32_t line);

#endif
