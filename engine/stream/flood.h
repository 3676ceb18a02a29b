/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood.h - when a publisher stores past its caches.
 *
 * Ordinary stores fetch a line before they overwrite it.  From a cache nearby that is cheap and hidden
 * (2.5 ns a tick, 400 M ticks/s); from a reader on a distant core it is not (20 to 25 ns, 40 to 50 M/s), and
 * lines streamed to memory without fetching them are faster (10 ns in calls of 64).  Streaming makes a
 * tick readable later, so it is for floods only: calls of at least TF_FLOOD_BATCH ticks that follow each
 * other at more than 10 M ticks/s.  Which of the two is cheaper depends on where readers run, and that
 * changes; so a publisher in a flood measures what the writing itself takes, in one call of sixteen: the
 * counter read twice in each would cost 1.2 ns a tick, half of what there is to measure.
 *
 * A window is a lap of the ring.  The first lap of either kind finds the lines where the other left them, in
 * memory or in caches, and says nothing: without leaving it out, streaming once chosen would never lose.
 * A window costs what the cheapest eight timed calls in a row cost: a preemption would make stores look
 * dear.  Of a period of 16 windows
 *
 *   0  stores, to warm up     left out when the period before ended with stores
 *   1  stores, measured       less than 12 ns a tick: stores to the end
 *   2  streams, to warm up
 *   3  streams, measured      a fifth cheaper: streams to the end, else stores
 *
 * A flood that follows a pause of more than 5 ms begins with the first of them; a shorter pause is the
 * scheduler's.
 */
#ifndef TF_FLOOD_H
#define TF_FLOOD_H

#include "clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TF_FLOOD_BATCH = 32, TF_FLOOD_PERIOD = 16, TF_FLOOD_TIMED = 16, TF_FLOOD_PIECE = 8 };
#define TF_FLOOD_NS_PER_TICK UINT64_C(100)
#define TF_FLOOD_PAUSE_NS    (5 * TF_NS_PER_MS)
#define TF_FLOOD_DEAR_NS     12.0
#define TF_FLOOD_GAIN        0.8

struct tf_flood {
    uint64_t last_pub, last_count;
    size_t
        batch; /* calls of so many ticks count: TF_FLOOD_BATCH, or SIZE_MAX where streaming is off */
    bool streams;
    uint32_t calls;                    /* one in TF_FLOOD_TIMED is timed */
    uint32_t window;                   /* of the period */
    uint64_t lap, ticks;               /* of a window, and so far of this one */
    uint32_t piece_calls;              /* timed calls of this piece, */
    uint64_t piece_ticks, piece_spent; /* and what they took; counter ticks */
    double cheapest;                   /* counter ticks per tick, of this window's pieces */
    double stored;                     /* the same of the window of stores */
    double dear;                       /* TF_FLOOD_DEAR_NS in counter ticks */
};

/* Not `allowed`, not possible on this CPU, or without a counter to measure with: never. */
void tf_flood_init(struct tf_flood *flood, const struct tf_clock *clock, uint64_t capacity,
                   bool allowed);

/* A call that did not follow the one before at once. */
void tf_flood_paused(struct tf_flood *flood, uint64_t ns);

/* What writing the ticks of a timed call took, in counter ticks. */
void tf_flood_spent(struct tf_flood *flood, uint64_t count, uint64_t spent);

/* At each call of `count` ticks at `ts_pub`, ns: is it one of a flood? */
static inline bool tf_flood_looks_like(struct tf_flood *flood, size_t count, uint64_t ts_pub)
{
    if (count < flood->batch)
        return false;
    uint64_t since = ts_pub - flood->last_pub;
    bool fast = since < TF_FLOOD_NS_PER_TICK * flood->last_count;
    flood->last_pub = ts_pub;
    flood->last_count = count;
    if (!fast)
        tf_flood_paused(flood, since);
    return fast;
}

/* At each call of a flood: is it to be timed? */
static inline bool tf_flood_times(struct tf_flood *flood, size_t count)
{
    flood->ticks += count;
    return ++flood->calls % TF_FLOOD_TIMED == 0;
}

#endif
