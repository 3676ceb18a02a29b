/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moment.h - a point in a recording as people write it.
 *
 *   2019-01-30T09:30:00.5        UTC; also with a blank for the T, and without seconds
 *   2019-01-30T09:30-05:00       with an offset; Z is UTC
 *   2019-01-30                   its first nanosecond, UTC
 *   09:30, 09:30:00.25           that time of the recording's day
 *   1548858600000000000          nanoseconds since 1970, as ticks have them
 *
 * A time of day counts from a midnight that the caller names: New York's with --date, else that
 * before the recording's first tick, UTC.  (A feed without a date counts from 1970-01-01, so there
 * it is the venue's own clock.)  No tz database: containers often lack it.
 */
#ifndef TF_MOMENT_H
#define TF_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum tf_moment_kind { TF_MOMENT_NONE, TF_MOMENT_ABSOLUTE, TF_MOMENT_OF_DAY };

struct tf_moment {
    enum tf_moment_kind kind;
    uint64_t ns; /* since 1970, or since midnight */
};

/* 0, or TF_EUSAGE saying how to write it. */
int tf_moment_parse(const char *text, struct tf_moment *moment);

/*
 * As ns since 1970.  `midnight_ns` 0: the UTC midnight at or before `first_ns`.  NONE gives
 * `otherwise`.
 */
uint64_t tf_moment_at(const struct tf_moment *moment, uint64_t midnight_ns, uint64_t first_ns,
                      uint64_t otherwise);

/* Is there nothing between the two?  Only where both are of one kind can that be known. */
bool tf_moments_in_order(const struct tf_moment *start, const struct tf_moment *end);

#endif
