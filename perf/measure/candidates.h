/* SPDX-License-Identifier: Apache-2.0 */
/* candidates.h - who takes part in `perf compare`, and who does not and why. */
#ifndef TF_CANDIDATES_H
#define TF_CANDIDATES_H

#include "measurement.h"
#include "transport.h"

enum { TF_CANDIDATES_MAX = 64 };

struct tf_candidate {
    const char *name;
    const struct tf_transport *transport; /* NULL: cannot be had */
    char why[256];                        /* not empty: it does not, or no longer, take part */
    double flood_rate; /* messages a second that it was seen to move; 0: unknown */
};

struct tf_candidates {
    struct tf_candidate list[TF_CANDIDATES_MAX]; /* the raw line, Tickfan, then the others */
    uint32_t count;
};

/*
 * Those that --only names (a comma list; NULL: all that are built in and all peers), the raw line and Tickfan always, and
 * the one that tears on purpose when the options ask for it.  0, or TF_EUSAGE for a name that nobody has.
 */
int tf_candidates_gather(struct tf_candidates *all, const struct tf_perf_options *options);

static inline bool tf_candidate_runs(const struct tf_candidate *candidate)
{
    return candidate->transport && !candidate->why[0];
}

#endif
