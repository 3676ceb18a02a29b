/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.h - when each message of a block is due. */
#ifndef TF_SCHEDULE_H
#define TF_SCHEDULE_H

#include "contest.h"

/* Counter steps (tf_ticks()) per ns, measured against CLOCK_MONOTONIC in 10 ms: good to 1e-5. */
double tf_ticks_per_ns(void);

/* The smallest difference of two readings that is not 0: the counter's step, or what a reading takes if that is longer. */
double tf_counter_step(void);

/*
 * The due time of every message from the block's start, in counter steps, ascending: offsets[0..load->messages).  The messages of
 * one send() are due together.  Not for floods.
 */
void tf_schedule_fill(uint64_t *offsets, const struct tf_workload *load, double ticks_per_ns);

/* 0, or TF_EUSAGE with what is wrong with it. */
int tf_workload_check(const struct tf_workload *load);

/* The longest that a flood goes on. */
static inline uint64_t tf_flood_ns(const struct tf_workload *load)
{
    return load->flood_ns ? load->flood_ns : UINT64_C(2000000000);
}

/* Messages of a block that are not evaluated. */
static inline uint64_t tf_warm_up(const struct tf_workload *load)
{
    return load->messages / 10;
}

#endif
