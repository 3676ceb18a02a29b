/* SPDX-License-Identifier: Apache-2.0 */
/* rule.h - a median, its uncertainty and a limit: the rule of judge.h. */
#ifndef TF_RULE_H
#define TF_RULE_H

#include "goals.h"

/* From what is best to what is worst of a goal that has several numbers. */
enum tf_standing {
    TF_MEETS,
    TF_TOO_WIDE, /* within its uncertainty of the limit, which is more than could be judged */
    TF_CLOSE,    /* within its uncertainty of the limit */
    TF_MISSES
};

/* How far off the median may be; 0 for a number without rounds. */
double tf_uncertainty(const struct tf_reading *reading);
enum tf_standing tf_standing_of(enum tf_better better, double limit,
                                const struct tf_reading *reading);

#endif
