/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_time.h - when the generator's messages come.
 *
 * The timetable is that of a real day, 03:00 to 20:05, and is scaled into the day asked for.
 * Order flow runs from 04:00 to 20:00: so many messages in each minute (a U with peaks at open
 * and close), within it clusters a few microseconds apart with waits between them that use up
 * the minute.
 */
#ifndef TF_GEN_TIME_H
#define TF_GEN_TIME_H

#include "random.h"

#include <stdbool.h>

/* Timetable times: ns after 03:00:00. */
#define GEN_AT(hour, minute, second)                                                           \
    ((((hour)-UINT64_C(3)) * 3600 + (minute)*UINT64_C(60) + (second)) * 1000000000)

enum { GEN_FLOW_MINUTES = 16 * 60 };

struct gen_time {
    uint64_t start_ns, duration_ns;
    uint64_t flow_messages;
    uint32_t weight_before[GEN_FLOW_MINUTES + 1]; /* of the minutes before this one */
    uint32_t exponential[1024];                   /* quantiles of mean 1, 16 fractional bits */
    uint32_t minute;                              /* the flow is in this one */
    uint64_t left;                                /* messages left in it */
    uint64_t until_ns;                            /* and its end */
    uint64_t share_ns; /* the time that each of them has on average */
    uint64_t now_ns;
};

void gen_time_open(struct gen_time *time, uint64_t start_ns, uint64_t duration_ns,
                   uint64_t flow_messages);

/* A timetable time in the day that was asked for. */
static inline uint64_t gen_time_map(const struct gen_time *time, uint64_t at)
{
    const uint64_t whole = GEN_AT(20, 5, 0);
    return time->start_ns + (uint64_t)((unsigned __int128)at * time->duration_ns / whole);
}

/*
 * Move on to the next message of the flow: its time is time->now_ns.  *follows: it belongs to
 * the cluster of the one before.  At most flow_messages calls.
 */
void gen_time_next(struct gen_time *time, struct tf_random *random, bool *follows);

#endif
