/* SPDX-License-Identifier: Apache-2.0 */
/* contest_crew.h - the worker processes of a contest as its coordinator sees them: start, order, end. */
#ifndef TF_CONTEST_CREW_H
#define TF_CONTEST_CREW_H

#include "worker.h"

#include <sys/types.h>

struct tf_crew {
    const struct tf_duty *duty;
    uint32_t workers;
    uint32_t order; /* the last one given */
    pid_t *pid;     /* 0: ended and waited for */
    struct pollfd
        *pipe; /* a byte when all have done an order, hung up when that worker is gone */
};

enum tf_crew_outcome {
    TF_CREW_DONE = 0,
    TF_CREW_ABANDONED, /* it stood still, was told to give up, and did */
    TF_CREW_STUCK      /* it stood still and does not hear: only tf_crew_end() helps */
};

/* Fork and pin them.  0; TF_EBUSY, TF_EOS: none is left. */
int tf_crew_start(struct tf_crew *crew, const struct tf_duty *duty);

/*
 * Have all of them do it.  An enum tf_crew_outcome, or TF_EINTERNAL when one died, with who and how.  `expected_ns`: the
 * coordinator does not wake before, unless all are done or one dies.  They stand still when no message moved for `patience_ns`.
 */
int tf_crew_order(struct tf_crew *crew, enum tf_order what, uint32_t entry,
                  uint64_t expected_ns, uint64_t patience_ns);

/* "the writer", "reader 3" into `out` (at least 16 bytes); returns out. */
char *tf_worker_name(char *out, size_t size, uint32_t worker);

/* Have them leave in good order where they can, else kill them.  At most two seconds; no child is left. */
void tf_crew_end(struct tf_crew *crew);

#endif
