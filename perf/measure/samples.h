/* SPDX-License-Identifier: Apache-2.0 */
/* samples.h - what the measurements of costs share in handling numbers. */
#ifndef TF_SAMPLES_H
#define TF_SAMPLES_H

#include "draw.h"
#include "fitness.h"
#include "spread.h"

/* The middle one of them, which it puts in order; NAN when there is none. */
double tf_median(double *values, uint32_t count);

/* ns per unit of tf_ticks(): from the clock check of this run, measured where there was none. */
double tf_ns_per_tick(const struct tf_clock_check *clock);

#endif
