/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h - a directory in memory for one channel, which does not outlive those who use it by long. */
#ifndef TF_SCRATCH_H
#define TF_SCRATCH_H

struct tf_scratch {
    char path[64];
    int lock; /* held by this process and those that it forks */
};

/*
 * A fresh /dev/shm/tickfan-perf-XXXXXX.  Those of processes that were killed, whose lock nobody holds any more, are removed
 * first.  0, or TF_ECREATE.
 */
int tf_scratch_make(struct tf_scratch *scratch);
/* With all that is in it. */
void tf_scratch_remove(struct tf_scratch *scratch);

#endif
