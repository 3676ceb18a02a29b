/* SPDX-License-Identifier: Apache-2.0 */
/* numbers.h - the numbers of a result that hold from run to run: ratios, relative rates, instructions. */
#ifndef TF_NUMBERS_H
#define TF_NUMBERS_H

#include <jansson.h>

/*
 * An object, the caller's, by what each number is: "latency / Tickfan / constant / ratio p50": {"better": "lower",
 * "floor": 0.05, "placed": false, "spread": SPREAD}.  `floor`: differences below it are noise whatever the spread says.  `placed`:
 * only there when a run saw that placement.
 */
json_t *tf_numbers_of(const json_t *result);

#endif
