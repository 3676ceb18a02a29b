/* SPDX-License-Identifier: Apache-2.0 */
/* samples.h - what the measurements of costs share in handling numbers. */
#ifndef TF_SAMPLES_H
#define TF_SAMPLES_H

#include "fitness.h"
#include "spread.h"

/* The middle one of them, which it puts in order; NAN when there is none. */
double tf_median(double *values, uint32_t count);

/* An order of 0 .. count-1 drawn anew; `state` is not 0. */
void tf_shuffle(uint32_t *order, uint32_t count, uint64_t *state);

/* ns per unit of tf_ticks(): from the clock check of this run, measured in 20 ms where there was none. */
double tf_ns_per_tick(const struct tf_clock_check *clock);

#endif
