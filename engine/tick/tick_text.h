/* SPDX-License-Identifier: Apache-2.0 */
/* tick_text.h - a tick as people and scripts read it.  Never on a hot path. */
#ifndef TF_TICK_TEXT_H
#define TF_TICK_TEXT_H

#include "tickfan.h"

#include <stdio.h>

enum tf_tick_style { TF_TICK_TEXT, TF_TICK_CSV, TF_TICK_JSON };

/* The heading of a style; nothing for JSON. */
void tf_tick_print_heading(FILE *out, enum tf_tick_style style);

/*
 * One line.  `symbol` may be NULL or "".  Text shows times of day (UTC, or the venue's where its
 * recording has no date), a blank for what is undefined,
 * and the fields that the kind has; CSV and JSON show every field as it is, undefined as
 * empty or null, times in ns, prices as exact decimals.
 */
void tf_tick_print(FILE *out, enum tf_tick_style style, const struct tf_tick *tick,
                   const char *symbol);

/* "mbo", "gap" ...; "0xNN" never: unknown kinds are "unknown". */
const char *tf_rtype_name(uint8_t rtype);

/* A price as "12.5" or "-0.000000001" with at least two decimals; "" when undefined. */
char *tf_format_price(char *out, size_t size, int64_t price);

/* ns since the epoch as "09:30:00.123456789"; "" when undefined. */
char *tf_format_time_of_day(char *out, size_t size, uint64_t ns);

#endif
