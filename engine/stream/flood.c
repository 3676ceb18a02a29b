/* SPDX-License-Identifier: Apache-2.0 */
#include "flood.h"

#include "pair.h"

#include <math.h>

enum { STORES_WARM, STORES_MEASURED, STREAMS_WARM, STREAMS_MEASURED, CHOSEN };

static void begin_window(struct tf_flood *flood, uint32_t window)
{
    flood->window = window;
    flood->ticks = 0;
    flood->cheapest = INFINITY;
    flood->piece_calls = 0;
    flood->piece_ticks = flood->piece_spent = 0;
}

void tf_flood_init(struct tf_flood *flood, const struct tf_clock *clock, uint64_t capacity,
                   bool allowed)
{
    *flood = (struct tf_flood){.batch = SIZE_MAX, .lap = capacity};
    begin_window(flood, STORES_WARM);
    if (!allowed || !TF_CAN_STREAM || clock->mult == 0)
        return;
    flood->batch = TF_FLOOD_BATCH;
    flood->dear =
        TF_FLOOD_DEAR_NS * 4294967296.0 / (double)clock->mult; /* ns = ticks * mult >> 32 */
}

void tf_flood_paused(struct tf_flood *flood, uint64_t ns)
{
    if (ns <= TF_FLOOD_PAUSE_NS)
        return;
    flood->streams = false;
    begin_window(flood, STORES_WARM);
}

/* A window is over that cost so much a tick: which is the next one? */
static uint32_t next_window(struct tf_flood *flood, double cost)
{
    switch (flood->window) {
    case STORES_MEASURED:
        flood->stored = cost;
        if (cost < flood->dear)
            return CHOSEN;
        flood->streams = true;
        return STREAMS_WARM;
    case STREAMS_MEASURED:
        flood->streams = cost < TF_FLOOD_GAIN * flood->stored;
        return CHOSEN;
    case TF_FLOOD_PERIOD - 1: {
        bool streamed = flood->streams;
        flood->streams = false;
        return streamed ? STORES_WARM : STORES_MEASURED;
    }
    default:
        return flood->window + 1;
    }
}

void tf_flood_spent(struct tf_flood *flood, uint64_t count, uint64_t spent)
{
    flood->piece_ticks += count;
    flood->piece_spent += spent;
    if (++flood->piece_calls < TF_FLOOD_PIECE)
        return;
    double cost = (double)flood->piece_spent / (double)flood->piece_ticks;
    if (cost < flood->cheapest)
        flood->cheapest = cost;
    flood->piece_calls = 0;
    flood->piece_ticks = flood->piece_spent = 0;
    if (flood->ticks >= flood->lap)
        begin_window(flood, next_window(flood, flood->cheapest));
}
