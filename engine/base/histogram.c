/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"

#include <string.h>

void tf_histogram_reset(struct tf_histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
    histogram->min = UINT64_MAX;
}

/* The largest value that falls into a bin. */
static uint64_t bin_top(unsigned bin)
{
    if (bin < 64)
        return bin;
    unsigned shift = bin / 64 - 1;
    return ((UINT64_C(64) + bin % 64) << shift) + ((UINT64_C(1) << shift) - 1);
}

uint64_t tf_histogram_percentile(const struct tf_histogram *histogram, double percent)
{
    if (histogram->count == 0)
        return 0;
    double exact = percent / 100 * (double)histogram->count;
    uint64_t rank = (uint64_t)exact;
    if ((double)rank < exact || rank == 0)
        rank++;
    if (rank >= histogram->count)
        return histogram->max;
    uint64_t seen = 0;
    for (unsigned bin = 0; bin < TF_HISTOGRAM_BINS; bin++) {
        seen += histogram->bins[bin];
        if (seen >= rank)
            return bin_top(bin) < histogram->max ? bin_top(bin) : histogram->max;
    }
    return histogram->max;
}

void tf_histogram_merge(struct tf_histogram *into, const struct tf_histogram *from)
{
    into->count += from->count;
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
    for (unsigned bin = 0; bin < TF_HISTOGRAM_BINS; bin++)
        into->bins[bin] += from->bins[bin];
}
