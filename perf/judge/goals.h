/* SPDX-License-Identifier: Apache-2.0 */
/* goals.h - what Tickfan promises, one line for each promise. */
#ifndef TF_GOALS_H
#define TF_GOALS_H

#include "reading.h"

#include <stddef.h>

enum tf_profile_bit { TF_SMALL = 1, TF_XEON64 = 2 };

enum tf_better { TF_AT_MOST, TF_BELOW, TF_AT_LEAST };

enum tf_goal_kind {
    TF_GOAL_ROW,    /* the number of one row */
    TF_GOAL_BESIDE, /* one row's over another's */
    /* A batch over a single raw line, round by round; over the raw line's own batch where that leaves no ring room:
     * `reference` is the limit then. */
    TF_GOAL_BATCH,
    TF_GOAL_BEST, /* the largest of a series */
    TF_GOAL_SUM,  /* of all rows that have it */
    /* Over the best of all comparators that are broadcast and never tear, at every number of the path; in `beside` is the
     * path of the same numbers where the row keeps no rounds of them. */
    TF_GOAL_PEERS,
    TF_GOAL_OTHERS /* over the best of the other comparators */
};

enum tf_goal_flag {
    TF_COUNTED = 1,  /* no time: neither clock nor noise matters */
    TF_ABSOLUTE = 2, /* holds for a machine that is fit */
    TF_PLACED = 4,   /* demanded only when the run saw the placement */
    /* Demanded only on a fit machine that is as fast as the reference: `beside` is at least `reference`; there is a goal
     * beside the same run's seqlocks for the others. */
    TF_REFERENCE = 8,
    TF_TAIL = 16, /* the host's, not ours, where most blocks were disturbed */
    /* Judged and shown, and no verdict of the whole: what Tickfan is beside there promises something else. */
    TF_OTHER_CONTRACT = 32
};

struct tf_goal {
    const char *name, *text, *unit;
    enum tf_better better;
    double limit;
    unsigned profiles, flags; /* enum tf_profile_bit, enum tf_goal_flag */
    enum tf_goal_kind kind;
    struct tf_where value, beside;
    double reference;
    double scale; /* shown in `unit`: the number divided by this; 0: as it is */
};

extern const struct tf_goal tf_goals[];
extern const size_t tf_goal_count;

/* What a profile asks of the machine and of the run. */
struct tf_profile_needs {
    const char *name;
    unsigned bit;
    int cpus, sockets;               /* of the goals that only it has */
    const char *const *measurements; /* ends with NULL */
};
extern const struct tf_profile_needs tf_profiles_known[2];

#endif
