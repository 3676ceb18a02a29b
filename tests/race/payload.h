/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload.h - ticks whose every word says which tick it belongs to, so that a tear of any two
 * shows.
 *
 * Each word is a different odd multiple of the seq, offset by the incarnation of the publisher
 * that wrote it; ts_pub, which a call of tf_ring_write() shares out, is the seq of that call's
 * first tick.
 */
#ifndef TF_PAYLOAD_H
#define TF_PAYLOAD_H

#include "ring.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* Few, so that laps are short; an eighth is more than K, as in every real ring. */
enum { RACE_SLOTS = 1024, RACE_BATCH_MAX = TF_WRITE_MAX };

_Noreturn static inline void race_fail(const char *what, uint64_t seq, uint64_t value)
{
    fprintf(stderr, "not ok: %s: tick %" PRIu64 ", value %#" PRIx64 "\n", what, seq, value);
    exit(1);
}

/* splitmix64: small, and any seed will do. */
static inline uint64_t race_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t race_below(uint64_t *state, uint64_t limit)
{
    return race_random(state) % limit;
}

static inline uint64_t payload_word(uint64_t seq, uint64_t incarnation, unsigned word)
{
    return (seq + (incarnation << 40)) * (UINT64_C(0x9e3779b97f4a7c15) + 2 * word);
}

/* Word 4 is the incarnation in clear, so that a reader can find out whose tick it is. */
enum { PAYLOAD_INCARNATION = 4 };

static inline void payload_fill(struct tf_tick *tick, uint64_t seq, uint64_t incarnation)
{
    uint64_t word[8];
    for (unsigned i = 0; i < 8; i++)
        word[i] = payload_word(seq, incarnation, i);
    word[PAYLOAD_INCARNATION] = incarnation;
    memcpy(tick, word, sizeof word);
}

/* Fail unless all words are of tick `seq` and of one publisher; return its incarnation. */
static inline uint64_t payload_check(const struct tf_tick *tick, uint64_t seq)
{
    uint64_t word[8];
    memcpy(word, tick, sizeof word);
    if (word[TF_WORD_STAMP] != seq)
        race_fail("a tick with another seq", seq, word[TF_WORD_STAMP]);
    if (word[TF_WORD_TS_PUB] > seq || seq - word[TF_WORD_TS_PUB] >= RACE_BATCH_MAX)
        race_fail("torn ts_pub", seq, word[TF_WORD_TS_PUB]);
    for (unsigned i = 1; i < 8; i++)
        if (i != TF_WORD_TS_PUB && i != PAYLOAD_INCARNATION &&
            word[i] != payload_word(seq, word[PAYLOAD_INCARNATION], i))
            race_fail("torn tick", seq, word[i]);
    return word[PAYLOAD_INCARNATION];
}

/* Write the next `count` ticks of one publisher to a ring, and move its head. */
static inline void payload_write(struct tf_slot *slots, tf_word *head, uint64_t seq,
                                 uint32_t count, uint64_t incarnation, bool streams)
{
    struct tf_tick ticks[RACE_BATCH_MAX];
    for (uint32_t i = 0; i < count; i++)
        payload_fill(&ticks[i], seq + i, incarnation);
    if (streams) {
        tf_fence_stream(); /* P1' */
        tf_ring_stream(slots, RACE_SLOTS - 1, seq, ticks, count, seq);
        tf_fence_stream(); /* P5 */
#if TF_HAS_WIDE
    } else if (seq % 3 != 0 && tf_wide_here()) {
        tf_ring_write_wide(slots, RACE_SLOTS - 1, seq, ticks, count, seq);
#endif
    } else {
        tf_ring_write(slots, RACE_SLOTS - 1, seq, ticks, count, seq);
    }
    tf_store_release(head, seq + count - 1);
}

/*
 * tf_peek() and tf_commit() as tf_cursor_read() would do them, with `between` called while the
 * tick is in use.  The words are loaded one by one, since nothing in the slot may be accessed
 * plainly while the publisher may store there.  1 and *tick, 0 or TF_OVERRUN.
 */
static inline int race_peek(struct tf_cursor *cursor, struct tf_tick *tick,
                            void (*between)(void *context), void *context)
{
    const tf_word *from = cursor->slots[cursor->next & cursor->mask].word;
    enum tf_slot_state state =
        tf_cursor_state(cursor, tf_cursor_stamp(cursor, cursor->next), cursor->next); /* R0 */
    if (state == TF_SLOT_LAPPED)
        return tf_cursor_lapped(cursor);
    if (state == TF_SLOT_EMPTY)
        return 0;
    uint64_t word[8] = {cursor->next};
    for (unsigned i = 1; i < 4; i++)
        word[i] = tf_load(&from[i]); /* R1 */
    between(context);
    for (unsigned i = 4; i < 8; i++)
        word[i] = tf_load(&from[i]);
    tf_fence_acquire();                              /* R2 */
    if (tf_cursor_overtaken(cursor, cursor->next)) { /* R3 */
        cursor->torn = true;
        return tf_cursor_lapped(cursor);
    }
    memcpy(tick, word, sizeof word);
    cursor->next++;
    cursor->ticks++;
    return 1;
}

#endif
