/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - one node's ring: writing and reading ticks.  order.h has the argument, layout.h the
 * bytes.
 *
 * These functions know slots and nothing else: no segment, no stream, no process.  They are
 * inline because a tick costs some twenty instructions and a call would be a fifth of that.
 */
#ifndef TF_RING_H
#define TF_RING_H

#include "layout.h"

#include <string.h>

/* ---- the publisher's side
 * -------------------------------------------------------------------- */

/*
 * Write ticks[0..count) as seq, seq+1 ... and prepare the slots K further on.  Assumes one
 * writer, 1
 * <= count <= K, seq the next after the last written, and slots seq .. seq+K-1 prepared, by the
 * call before or by tf_ring_prepare().  Never loads a shared line.  Edges P0 to P4.
 */
static inline void tf_ring_write(struct tf_slot *slots, uint64_t mask, uint64_t seq,
                                 const struct tf_tick *ticks, uint32_t count, uint64_t ts_pub)
{
    tf_fence_release(); /* P1 */
    for (uint32_t i = 0; i < count; i++) {
        uint64_t from[8];
        memcpy(from, &ticks[i], sizeof from);
        tf_word *to = slots[(seq + i) & mask].word;
        tf_store(&to[1], from[1]); /* P2 */
        tf_store(&to[2], from[2]);
        tf_store(&to[TF_WORD_TS_PUB], ts_pub);
        tf_store(&to[4], from[4]);
        tf_store(&to[5], from[5]);
        tf_store(&to[6], from[6]);
        tf_store(&to[7], from[7]);
        tf_store_release(&to[TF_WORD_STAMP], seq + i); /* P3 */
    }
    /* P4 only now: on x86 stores leave the core in order, and one that has to fetch its line
     * would hold back the ticks behind it. */
    uint64_t ahead = seq + TF_PREPARE_AHEAD;
    for (uint32_t i = 0; i < count; i++)
        tf_store(&slots[(ahead + i) & mask].word[TF_WORD_STAMP],
                 (ahead + i) | TF_STAMP_PREPARED);
}

/* P0 for the K ticks from `seq` on: before the first write of an empty ring, and after a
 * restart. */
void tf_ring_prepare(struct tf_slot *slots, uint64_t mask, uint64_t seq);

/*
 * The highest tick that is whole, 0 in an empty ring: how a successor finds where it is.
 * TF_EDATA when a stamp stands in a slot that is not its own: then nothing in the ring can be
 * trusted.
 */
int tf_ring_find_head(const struct tf_slot *slots, uint64_t mask, uint64_t *head);

/* Write the ticks from..to of one ring, whole there, into another that lacks them. */
void tf_ring_catch_up(struct tf_slot *to_slots, const struct tf_slot *from_slots, uint64_t mask,
                      uint64_t from, uint64_t to);

/* ---- the reader's side
 * ----------------------------------------------------------------------- */

/* Private to one reader.  next - start = ticks + lost + skipped, always. */
struct tf_cursor {
    const struct tf_slot *slots;
    uint64_t mask;
    uint64_t next; /* seq wanted */
    uint64_t ticks;
    uint64_t lost;
    uint64_t overrun_polling;
    uint64_t overrun_reading;
    bool torn; /* the last copy was overtaken: the overrun that follows was found while reading
                */
};

/* How many ticks back from the head a reader may start and still have an eighth of the ring's
 * time before the publisher reaches it. */
static inline uint64_t tf_ring_safe_depth(uint64_t mask)
{
    return (mask + 1) - (mask + 1) / 8;
}

static inline uint64_t tf_ring_oldest(uint64_t head, uint64_t mask)
{
    uint64_t depth = tf_ring_safe_depth(mask);
    return head > depth ? head - depth + 1 : 1;
}

/* What a stamp means to a reader that wants tick n. */
enum tf_slot_state { TF_SLOT_EMPTY, TF_SLOT_READY, TF_SLOT_LAPPED };

static inline enum tf_slot_state tf_slot_state(uint64_t stamp, uint64_t wanted)
{
    if (__builtin_expect(stamp == wanted, 1))
        return TF_SLOT_READY;
    return (stamp & ~TF_STAMP_PREPARED) > wanted ? TF_SLOT_LAPPED : TF_SLOT_EMPTY;
}

static inline uint64_t tf_cursor_stamp(const struct tf_cursor *cursor)
{
    return tf_load_acquire(&cursor->slots[cursor->next & cursor->mask].word[TF_WORD_STAMP]);
}

/* Account for an overrun that `stamp` shows and move to the oldest safe tick.  Returns
 * TF_OVERRUN. */
int tf_cursor_lapped(struct tf_cursor *cursor, uint64_t stamp);

/*
 * Copy up to `max` ticks and move past them; as tf_read().  Edges R0 to R3.
 */
static inline int tf_cursor_read(struct tf_cursor *cursor, struct tf_tick *out, int max)
{
    uint64_t next = cursor->next;
    int got = 0;
    while (got < max) {
        const tf_word *from = cursor->slots[next & cursor->mask].word;
        uint64_t stamp = tf_load_acquire(&from[TF_WORD_STAMP]); /* R0 */
        if (stamp != next) {
            if (got == 0 && tf_slot_state(stamp, next) == TF_SLOT_LAPPED)
                return tf_cursor_lapped(cursor, stamp);
            break;
        }
        uint64_t to[8] = {stamp,
                          tf_load(&from[1]),
                          tf_load(&from[2]),
                          tf_load(&from[3]),
                          tf_load(&from[4]),
                          tf_load(&from[5]),
                          tf_load(&from[6]),
                          tf_load(&from[7])}; /* R1 */
        memcpy(&out[got], to, sizeof to);
        tf_fence_acquire();                                                /* R2 */
        if (__builtin_expect(tf_load(&from[TF_WORD_STAMP]) != stamp, 0)) { /* R3 */
            cursor->torn = true;
            if (got == 0)
                return tf_cursor_lapped(cursor, tf_load(&from[TF_WORD_STAMP]));
            break; /* what was copied before is good; the next call reports the loss */
        }
        next++;
        got++;
    }
    cursor->next = next;
    cursor->ticks += (uint64_t)got;
    return got;
}

#endif
