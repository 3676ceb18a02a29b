/* SPDX-License-Identifier: Apache-2.0 */
#include "flood.h"

#include "pair.h"

void tf_flood_init(struct tf_flood *flood, const struct tf_clock *clock, bool allowed)
{
    *flood = (struct tf_flood){.batch = SIZE_MAX};
    if (!allowed || !TF_CAN_STREAM || clock->mult == 0)
        return;
    flood->batch = TF_FLOOD_BATCH;
    flood->dear = (TF_FLOOD_DEAR_NS * TF_FLOOD_WINDOW << 32) / clock->mult;
}

/* A window is over: what does the next one do? */
static bool choose(struct tf_flood *flood)
{
    switch (flood->window) {
    case 0: /* of ordinary stores */
        flood->stored_ticks = flood->ticks;
        flood->stored_spent = flood->spent;
        return flood->spent / flood->ticks * TF_FLOOD_WINDOW > flood->dear;
    case 1: /* streamed, if those were dear */
        return flood->streams && (double)flood->spent * (double)flood->stored_ticks <
                                     (double)flood->stored_spent * (double)flood->ticks;
    case TF_FLOOD_PERIOD - 1:
        return false;
    default:
        return flood->streams;
    }
}

void tf_flood_spent(struct tf_flood *flood, uint64_t count, uint64_t spent)
{
    flood->ticks += count;
    flood->spent += spent;
    if (flood->ticks < TF_FLOOD_WINDOW)
        return;
    flood->streams = choose(flood);
    flood->window = (flood->window + 1) % TF_FLOOD_PERIOD;
    flood->ticks = 0;
    flood->spent = 0;
}
