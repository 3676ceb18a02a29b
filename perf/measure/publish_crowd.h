/* SPDX-License-Identifier: Apache-2.0 */
/* publish_crowd.h - who else is attached to a stream while its publishing is timed: idle, waiting, stopped, hostile. */
#ifndef TF_PUBLISH_CROWD_H
#define TF_PUBLISH_CROWD_H

#include "publish_bench.h"
#include "stage.h"

enum { TF_CROWD_WAITERS = 4 };

struct tf_crowd {
    struct tf_actor holder, hostile, waiter[TF_CROWD_WAITERS];
    enum tf_crowd_kind kind; /* present now */
};

/*
 * Start the processes, on `cpu`, before any publisher is made; they will attach to `stream`, which must outlive this.
 */
int tf_crowd_hire(struct tf_crowd *crowd, const char *stream, int cpu);
/* Have `readers` of that kind come, until they leave.  0, or a negative tf_error with tf_errmsg(). */
int tf_crowd_enter(struct tf_crowd *crowd, enum tf_crowd_kind kind, uint32_t readers);
int tf_crowd_leave(struct tf_crowd *crowd);
void tf_crowd_dismiss(struct tf_crowd *crowd);

/*
 * For counting instructions, in the publisher's own process, where others running beside it would change nothing:
 * `readers` attachments, and for HOSTILE a roster full of noise.  `held` has room for `readers`.
 */
int tf_crowd_pretend(const char *stream, enum tf_crowd_kind kind, uint32_t readers,
                     tf_reader **held);

#endif
