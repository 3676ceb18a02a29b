/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trading_day.h - the instant that US venues count their nanoseconds from: midnight in New
 * York.
 *
 * Computed by the daylight saving rule in force since 2007 (second Sunday of March to first
 * Sunday of November) instead of the tz database: containers often lack it, and then everything
 * silently becomes UTC.  Both switches are at 2 in the morning, so a switch day's own midnight
 * is still before it.
 */
#ifndef TF_TRADING_DAY_H
#define TF_TRADING_DAY_H

#include <stdint.h>

/* "2019-01-30" (2007 to 2199) to UTC ns of that midnight.  0, or TF_EUSAGE saying what is
 * wrong. */
int tf_trading_day(const char *text, uint64_t *midnight_ns);

#endif
