/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel.h - inside a feed: one run of numbers put in order.
 *
 * Pure arbitration: it knows sequences and times, keeps copies of what came too early, and
 * decides what is next.  It decodes nothing and makes no tick.
 */
#ifndef TF_CHANNEL_H
#define TF_CHANNEL_H

#include "feed.h"

struct tf_line; /* lines.h */

/* A packet ahead of its turn. */
struct tf_held {
    struct tf_packet packet; /* bytes: its own, behind this struct */
    struct tf_segment segment;
    uint64_t since;       /* it was held; what is before it is missing since then */
    struct tf_line *line; /* that brought it; NULL: a server */
};

/* What was asked for again: everything missing up to `last`, behind the entry before. */
struct tf_asked {
    uint64_t last, until;
};
enum { TF_ASKED_MAX = 64 }; /* more share the last entry */

struct tf_channel {
    uint32_t index;                  /* in the table of lines.h */
    struct tf_channel_report report; /* next_sequence there is the one whose turn it is */
    uint8_t key[16];
    uint32_t group; /* declared; 0: none */
    bool started;
    bool restarting;       /* the old numbers are being brought to an end */
    bool hopeless;         /* a loss has made it STALE */
    struct tf_held **held; /* by sequence; at most the feed's reorder_packets and one */
    uint32_t held_count, held_room;
    struct tf_held **held_base; /* what was allocated: taking moves `held` on in it */
    uint64_t known_next;        /* a heartbeat said so: what is below exists */
    uint64_t known_since;       /* and when it did */
    uint64_t gap_since; /* when the next unit was first missed; TF_UNDEF_TIMESTAMP: it is not */
    struct tf_asked asked[TF_ASKED_MAX]; /* by last, all of them at or behind the next unit */
    uint32_t asked_count;
    uint64_t doubted; /* the number of a segment far off, not believed yet */
    bool is_doubting;
    uint64_t trusted_at; /* when a packet was last believed */
    uint64_t first_hash; /* of the packet with the first number of all; 0: not seen */
    uint64_t last_ts_send, epoch_ts_send; /* highest, and the present epoch's first; 0: none */
    struct {
        uint64_t first, last;
    } lost[64]; /* the latest given up, a ring */
    uint32_t lost_count;
};

void tf_channel_open(struct tf_channel *channel, const struct tf_segment *segment);
void tf_channel_close(struct tf_channel *channel);

/* Does this segment begin the numbers anew?  `hash` is its packet's. */
bool tf_channel_restarts(const struct tf_channel *channel, const struct tf_segment *segment,
                         uint64_t hash, uint32_t window);
/* It does: forget the old numbers.  Nothing may be held. */
void tf_channel_restart(struct tf_channel *channel, const struct tf_segment *segment,
                        uint64_t packet);

/*
 * Can its number be?  One that is further from the next than a million units, and ten more for
 * each microsecond since, is not believed until another packet comes from there: one bad
 * datagram must cost itself, not the session.
 */
enum tf_trust {
    TF_TRUST,
    TF_TRUST_NOT,     /* drop it */
    TF_TRUST_RESTARTS /* others followed, far below: the numbers have begun anew */
};
enum tf_trust tf_channel_trust(struct tf_channel *channel, const struct tf_segment *segment,
                               uint64_t now);

/* No unit from this one on is known to exist. */
uint64_t tf_channel_known(const struct tf_channel *channel);

/* What to do with a segment that a line brought, or a server: NULL. */
enum tf_turn {
    TF_TURN_NOW,  /* decode it, without its first *skip units */
    TF_TURN_HELD, /* a copy waits for its turn; the caller may forget it */
    TF_TURN_NEVER /* a duplicate, too late, or no messages: counted */
};
enum tf_turn tf_channel_place(struct tf_channel *channel, const struct tf_packet *packet,
                              const struct tf_segment *segment, struct tf_line *line,
                              uint64_t now, uint32_t *skip);

/* The held packet whose turn it is, now the caller's to free(), or NULL.  *skip as above. */
struct tf_held *tf_channel_take(struct tf_channel *channel, uint32_t *skip);

/* Is what is missing next to be given up?  Sets the range. */
bool tf_channel_hopeless(const struct tf_channel *channel, uint64_t now, uint64_t wait_ns,
                         uint32_t window, bool flush, uint64_t *first, uint64_t *last);
void tf_channel_give_up(struct tf_channel *channel, uint64_t last, uint64_t packet);

/* Units below `next` are done. */
void tf_channel_done(struct tf_channel *channel, uint64_t next, uint64_t units, bool recovered);
/* Everything missing up to `last` was asked for, and is waited for until then. */
void tf_channel_asked(struct tf_channel *channel, uint64_t last, uint64_t until);
/* When to look again whether it is hopeless; UINT64_MAX: nothing is missing. */
uint64_t tf_channel_deadline(const struct tf_channel *channel, uint64_t wait_ns);
/* The gaps that were not asked for, for tf_feed_missing(). */
uint32_t tf_channel_missing(const struct tf_channel *channel, uint32_t index,
                            struct tf_missing *out, uint32_t max);
enum tf_channel_state tf_channel_state(const struct tf_channel *channel);

#endif
