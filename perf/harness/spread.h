/* SPDX-License-Identifier: Apache-2.0 */
/* spread.h - one number measured many times: its middle and its quartiles. */
#ifndef TF_SPREAD_H
#define TF_SPREAD_H

#include <stddef.h>
#include <stdint.h>

struct tf_spread {
    double low, middle, high; /* quartiles; NAN: nothing to take them of */
    uint32_t count;
};

/* Of `count` values, which it puts in order; NANs among them do not count. */
struct tf_spread tf_quartiles(double *values, uint32_t count);

/*
 * The value at or below which `percent` (0 to 100) of them lie, a value v standing for all from v - step / 2 to v + step / 2;
 * 0 of none.  Puts them in another order; linear in `count`, which is what blocks of millions of values need.
 *
 * Why a step: the counter of some CPUs moves in steps of 10 ns.  A median of such readings jumps from 90 to 100 ns; how
 * many of them were 90 and how many 100 tells where between the two it lies.
 */
double tf_percentile_of(uint64_t *values, size_t count, double percent, double step);

#endif
