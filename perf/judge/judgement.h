/* SPDX-License-Identifier: Apache-2.0 */
/* judgement.h - one goal while it is judged. */
#ifndef TF_JUDGEMENT_H
#define TF_JUDGEMENT_H

#include "goals.h"

struct tf_judgement {
    const json_t *result;
    const struct tf_profile_needs *profile;
    const struct tf_goal *goal;
    struct tf_reading reading;
    bool have; /* reading holds a value */
    bool demanded;
    int verdict;      /* enum tf_verdict */
    double limit;     /* of this run: the goal's, or that of what it is judged beside instead */
    const char *unit; /* of `limit` */
    char text[256];   /* what is promised of it */
    char note[256];   /* what it was compared with; or why there is no value */
    char why[256];    /* it is no pass */
};

/* Finds the goal's number, in its unit: `have`, `reading` and, where it is another, the limit; or a `note` why it is not there. */
void tf_goal_value(struct tf_judgement *judgement);

/* TF_GOAL_PEERS and TF_GOAL_OTHERS: Tickfan over the fastest comparator, where it comes off worst.  Notes who that is and where. */
bool tf_race(struct tf_judgement *judgement);

#endif
