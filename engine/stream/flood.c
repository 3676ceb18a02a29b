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
}

void tf_flood_init(struct tf_flood *flood, uint64_t capacity, bool allowed)
{
    *flood = (struct tf_flood){.batch = SIZE_MAX, .lap = capacity};
    if (allowed && TF_CAN_STREAM)
        flood->batch = TF_FLOOD_BATCH;
    begin_window(flood, STORES_WARM);
}

void tf_flood_paused(struct tf_flood *flood, uint64_t ns, uint64_t ts_pub)
{
    flood->piece_ticks = flood->last_count;
    flood->piece_began = ts_pub;
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
        if (cost < TF_FLOOD_DEAR_NS)
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

void tf_flood_piece(struct tf_flood *flood, uint64_t ts_pub)
{
    double cost = (double)(ts_pub - flood->piece_began) / (double)flood->piece_ticks;
    if (cost < flood->cheapest) /* a clock that stepped back makes it huge: left out */
        flood->cheapest = cost;
    flood->ticks += flood->piece_ticks;
    flood->piece_ticks = 0;
    flood->piece_began = ts_pub;
    if (flood->ticks >= flood->lap)
        begin_window(flood, next_window(flood, flood->cheapest));
}
