/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log-linear histogram of unsigned values (nanoseconds, mostly): 64 linear steps per power of
 * two, so any recorded value is off by less than 1.6 %.  32 KiB, no allocation, mergeable.
 */
#ifndef TF_HISTOGRAM_H
#define TF_HISTOGRAM_H

#include <stdint.h>

enum { TF_HISTOGRAM_STEP_BITS = 6, TF_HISTOGRAM_BINS = (64 - TF_HISTOGRAM_STEP_BITS + 1) * 64 };

struct tf_histogram {
    uint64_t count;
    uint64_t min, max; /* exact */
    uint64_t bins[TF_HISTOGRAM_BINS];
};

void tf_histogram_reset(struct tf_histogram *histogram);

static inline unsigned tf_histogram_bin(uint64_t value)
{
    if (value < 64)
        return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - TF_HISTOGRAM_STEP_BITS;
    return (shift + 1) * 64 + (unsigned)((value >> shift) & 63);
}

static inline void tf_histogram_record(struct tf_histogram *histogram, uint64_t value)
{
    histogram->count++;
    if (value < histogram->min)
        histogram->min = value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->bins[tf_histogram_bin(value)]++;
}

/* The value at or below which `percent` (0 to 100) of the recorded values lie; 0 when empty. */
uint64_t tf_histogram_percentile(const struct tf_histogram *histogram, double percent);

void tf_histogram_merge(struct tf_histogram *into, const struct tf_histogram *from);

#endif
