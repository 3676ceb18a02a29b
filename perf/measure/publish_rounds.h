/* SPDX-License-Identifier: Apache-2.0 */
/* publish_rounds.h - one run of `perf publish`: the cases chosen, timed round by round. */
#ifndef TF_PUBLISH_ROUNDS_H
#define TF_PUBLISH_ROUNDS_H

#include "instructions.h"
#include "measurement.h"
#include "progress.h"
#include "publish_crowd.h"

/* 1, 2 and 4 rings, and one to read from; numbers that fit `scratch`. */
enum { TF_PUBLISH_BENCHES = 4, TF_PUBLISH_SCRATCH = 65536 };

struct tf_publish_run {
    const struct tf_perf_options *options;
    struct tf_stage stage;
    struct tf_crowd crowd;
    struct tf_bench *bench[TF_PUBLISH_BENCHES];
    struct tf_progress progress;
    struct tf_counts counts;
    bool wanted[TF_BENCH_CASES_MAX];
    uint32_t wanted_count, rounds, visited;
    double *ns, *ratio;              /* [rounds][TF_BENCH_CASES_MAX] */
    double *scratch;                 /* [TF_PUBLISH_SCRATCH], of whatever is looked at */
    double ns_per_tick, timer_ticks; /* of the counter; what reading it twice takes */
    uint64_t seed;
};

/* Of one round: ns per tick, and the ratio to the reference of the case. */
double *tf_publish_ns(const struct tf_publish_run *run, uint32_t round, uint32_t which);
double *tf_publish_ratio(const struct tf_publish_run *run, uint32_t round, uint32_t which);

/* The case of that name, or -1; NULL is none. */
int tf_publish_find(const char *name);

/* Time the wanted cases.  0; TF_EBUSY when the publisher's CPU cannot be had; TF_EINTERNAL after a stop request. */
int tf_publish_rounds(struct tf_publish_run *run);

#endif
