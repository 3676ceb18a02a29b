/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include "clock.h"

double tf_median(double *values, uint32_t count)
{
    return tf_quartiles(values, count).middle;
}

void tf_shuffle(uint32_t *order, uint32_t count, uint64_t *state)
{
    for (uint32_t i = 0; i < count; i++) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        uint32_t at = (uint32_t)((*state >> 16) % (i + 1));
        order[i] = order[at];
        order[at] = i;
    }
}

double tf_ns_per_tick(const struct tf_clock_check *clock)
{
    if (clock->hz > 0)
        return 1e9 / clock->hz;
    uint64_t ns = tf_monotonic_ns(), ticks = tf_ticks();
    tf_sleep_until(ns + 20 * TF_NS_PER_MS);
    return (double)(tf_monotonic_ns() - ns) / (double)(tf_ticks() - ticks);
}
