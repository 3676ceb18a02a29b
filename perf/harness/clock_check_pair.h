/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock_check_pair.h - two processes on two CPUs that hand one cache line to and fro.  How long that takes is the raw
 * line's time; what the two counters read meanwhile bounds how far they are apart.
 */
#ifndef TF_CLOCK_CHECK_PAIR_H
#define TF_CLOCK_CHECK_PAIR_H

#include "histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct tf_pair {
    uint64_t round_trips;
    /* The other CPU's counter less ours lies between these, in counts. */
    double offset_low, offset_high;
    struct tf_histogram round_trip; /* counts */
};

enum tf_pair_goal { TF_PAIR_LINE, TF_PAIR_OFFSET };

/*
 * Runs for `seconds`.  A machine whose CPUs others use too may not run both processes at once in that time; then
 * it goes on until a thousand round trips were undisturbed, at most three seconds.  TF_PAIR_LINE leaves the other CPU's
 * counter alone, since reading it costs a tenth of a hand-off.  The caller's affinity is as before on return.
 * False: a CPU cannot be had, or not one round trip was made.
 */
bool tf_pair_measure(struct tf_pair *pair, int a, int b, double seconds,
                     enum tf_pair_goal goal);

/* Counts of tf_ticks() a second, measured once in a process, in 10 ms. */
double tf_ticks_hz(void);

#endif
