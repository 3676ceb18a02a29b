/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood.h - when a publisher stores past its caches.
 *
 * Ordinary stores fetch a line before they overwrite it.  From a cache nearby that is cheap and hidden
 * (2.4 ns a tick, 400 M ticks/s); from a reader on a distant core it is not (20 to 24 ns, 42 to 49 M/s), and
 * lines streamed to memory without fetching them are faster (7 ns in calls of 64).  Streaming makes a tick
 * readable later, so it is for floods only: calls of at least TF_FLOOD_BATCH ticks that follow each other
 * at more than 10 M ticks/s.  Which of the two is cheaper depends on where readers run, and that
 * changes; so a publisher in a flood measures: a window of ordinary stores, and where those cost more
 * than 6 ns a tick, a window of streaming; the cheaper one then has 31 windows, and again.
 */
#ifndef TF_FLOOD_H
#define TF_FLOOD_H

#include "clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TF_FLOOD_BATCH = 16, TF_FLOOD_WINDOW = 2048, TF_FLOOD_PERIOD = 32 };
#define TF_FLOOD_NS_PER_TICK UINT64_C(100)
#define TF_FLOOD_DEAR_NS     UINT64_C(6)

struct tf_flood {
    uint64_t last_pub, last_count;
    size_t
        batch; /* calls of so many ticks count: TF_FLOOD_BATCH, or SIZE_MAX where streaming is off */
    bool streams;
    uint32_t window;       /* of the period, 0: ordinary stores, 1: perhaps streaming */
    uint64_t ticks, spent; /* of this window; counter ticks */
    uint64_t stored_ticks, stored_spent; /* of the period's window of ordinary stores */
    uint64_t dear; /* counter ticks for a window of stores that are dear */
};

/* Not `allowed`, not possible on this CPU, or without a counter to measure with: never. */
void tf_flood_init(struct tf_flood *flood, const struct tf_clock *clock, bool allowed);

/* At each call; `ts_pub` in ns. */
static inline bool tf_flood_looks_like(struct tf_flood *flood, size_t count, uint64_t ts_pub)
{
    bool fast = ts_pub - flood->last_pub < TF_FLOOD_NS_PER_TICK * flood->last_count;
    flood->last_pub = ts_pub;
    flood->last_count = count;
    return __builtin_expect(fast && count >= flood->batch, 0);
}

static inline bool tf_flood_streams(const struct tf_flood *flood)
{
    return flood->streams;
}

/* What writing `count` ticks took, in counter ticks. */
void tf_flood_spent(struct tf_flood *flood, uint64_t count, uint64_t spent);

#endif
