/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#include "schedule.h"

double tf_median(double *values, uint32_t count)
{
    return tf_quartiles(values, count).middle;
}

double tf_ns_per_tick(const struct tf_clock_check *clock)
{
    return clock->hz > 0 ? 1e9 / clock->hz : 1 / tf_ticks_per_ns();
}
