/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h - what the tests of the ring share: a ring in static memory and ticks one can tell
 * apart. */
#ifndef TF_RING_FIXTURE_H
#define TF_RING_FIXTURE_H

#include "ring.h"

#include <criterion/criterion.h>

/* Small enough to lap in no time; an eighth is more than what is prepared, as in every real ring. */
enum { SLOTS = 1024 };
static const uint64_t mask = SLOTS - 1;
static tf_word head; /* what a publisher would store after each call */

static inline struct tf_tick tick_of(uint64_t seq)
{
    return (struct tf_tick){
        .seq = ~seq, /* ignored by tf_ring_write() */
        .ts_event = 3 * seq,
        .ts_recv = 5 * seq,
        .ts_pub = ~seq,
        .order_id = 7 * seq,
        .price = (int64_t)(11 * seq),
        .size = (uint32_t)(13 * seq),
        .sequence = (uint32_t)(17 * seq),
        .instrument_id = (uint32_t)(19 * seq),
        .rtype = TF_RTYPE_MBO,
        .action = 'A',
        .side = 'B',
        .flags = (uint8_t)seq,
    };
}

static inline void expect_tick(const struct tf_tick *tick, uint64_t seq, uint64_t ts_pub)
{
    struct tf_tick expected = tick_of(seq);
    expected.seq = seq;
    expected.ts_pub = ts_pub;
    cr_expect_eq(memcmp(tick, &expected, sizeof expected), 0,
                 "tick %llu is not as it was written", (unsigned long long)seq);
}

/* Write the ticks from..to in calls of `batch`; ts_pub is the seq of each call's first. */
static inline void write_ticks(struct tf_slot *slots, uint64_t from, uint64_t to,
                               uint32_t batch)
{
    while (from <= to) {
        struct tf_tick ticks[TF_WRITE_MAX];
        uint32_t count = to - from + 1 < batch ? (uint32_t)(to - from + 1) : batch;
        for (uint32_t i = 0; i < count; i++)
            ticks[i] = tick_of(from + i);
        tf_ring_write(slots, mask, from, ticks, count, from);
        from += count;
        tf_store_release(&head, from - 1);
    }
}

/* The same, streamed.  Readable only with the head, which moves behind all of it. */
static inline void stream_ticks(struct tf_slot *slots, uint64_t from, uint64_t to)
{
    tf_fence_stream();
    for (uint64_t n = from; n <= to;) {
        struct tf_tick ticks[TF_WRITE_MAX];
        uint32_t count = to - n + 1 < TF_WRITE_MAX ? (uint32_t)(to - n + 1) : TF_WRITE_MAX;
        for (uint32_t i = 0; i < count; i++)
            ticks[i] = tick_of(n + i);
        tf_ring_stream(slots, mask, n, ticks, count, from);
        n += count;
        tf_fence_stream();
    }
}

/* An empty ring, or one that holds the ticks 1..to, written one by one. */
static inline void fresh_ring(struct tf_slot *slots, uint64_t to)
{
    memset(slots, 0, SLOTS * sizeof *slots);
    tf_store(&head, 0);
    tf_ring_prepare(slots, mask, 1);
    write_ticks(slots, 1, to, 1);
}

static inline uint64_t stamp_of(const struct tf_slot *slots, uint64_t seq)
{
    return tf_load(&slots[seq & mask].word[TF_WORD_STAMP]);
}

static inline void set_stamp(struct tf_slot *slots, uint64_t seq, uint64_t stamp)
{
    tf_store(&slots[seq & mask].word[TF_WORD_STAMP], stamp);
}

/* A reader in the midst of ticks: one that has just found nothing gets the first alone (heat 0). */
static inline struct tf_cursor cursor_at(const struct tf_slot *slots, uint64_t next)
{
    return (struct tf_cursor){
        .slots = slots, .mask = mask, .head = &head, .next = next, .heat = TF_HEAT_MORE};
}

static inline struct tf_cursor flooded_cursor_at(const struct tf_slot *slots, uint64_t next)
{
    struct tf_cursor cursor = cursor_at(slots, next);
    cursor.heat = TF_HEAT_FLOODED;
    return cursor;
}

#endif
