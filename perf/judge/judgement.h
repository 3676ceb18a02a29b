/* SPDX-License-Identifier: Apache-2.0 */
/* judgement.h - one goal while it is judged. */
#ifndef TF_JUDGEMENT_H
#define TF_JUDGEMENT_H

#include "goals.h"

/* Fewer rounds have no quartiles to speak of. */
enum { TF_ROUNDS_MIN = 3 };

struct tf_judgement {
    const json_t *result;
    const struct tf_profile_needs *profile;
    const struct tf_goal *goal;
    struct tf_reading reading;
    bool have; /* reading holds a value */
    bool demanded;
    int verdict; /* enum tf_verdict */
    char why[256];
};

/* Finds the goal's number, in its unit: `have` and `reading`; or `why` it is not there. */
void tf_goal_value(struct tf_judgement *judgement);

#endif
