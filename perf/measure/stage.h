/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage.h - where a measurement of real streams takes place: a directory for streams that nobody else sees, and actors,
 * processes that do on demand what readers do beside the measured one.
 */
#ifndef TF_STAGE_H
#define TF_STAGE_H

#include "order.h"
#include "scratch.h"

#include <sys/types.h>

/* ---- the directory ------------------------------------------------------------------------------ */

struct tf_stage {
    const char *directory; /* NULL: not open */
    char *before;          /* TICKFAN_DIR as it was; NULL: unset */
    struct tf_scratch scratch;
};

/* A fresh TICKFAN_DIR in memory, for this process and those that it starts.  0, or TF_ECREATE. */
int tf_stage_open(struct tf_stage *stage);
/* Remove it and all that is in it; TICKFAN_DIR is as before.  Not opened: nothing. */
void tf_stage_close(struct tf_stage *stage);

/* ---- CPUs --------------------------------------------------------------------------------------- */

/* Run this thread on `cpu` alone; negative: leave it.  False when it cannot be had. */
bool tf_pin(int cpu);
/* Run this thread on every CPU it may use but `cpu`, where there is another: threads made then stay off it. */
void tf_keep_off(int cpu);
/* As when the process began. */
void tf_unpin(void);

/* ---- actors ------------------------------------------------------------------------------------- */

struct tf_actor_board; /* shared by coordinator and actor */

struct tf_actor {
    pid_t pid;
    struct tf_actor_board *board;
};

/*
 * Do `what`; 0 or a negative tf_error with tf_errmsg().  What lasts calls tf_actor_ready() once it has begun and ends
 * when tf_actor_relieved().
 */
typedef int tf_act(void *context, uint32_t what, struct tf_actor_board *board);

/*
 * Start one, pinned to `cpu` (negative: not).  To be done before publishers are made: a fork keeps their locks.  The
 * actor dies with its parent.  0, or TF_EOS.
 */
int tf_actor_start(struct tf_actor *actor, tf_act *act, void *context, int cpu);
/*
 * Have it do `what`, in place of what lasts.  Returns when that is done or ready: its result, or TF_EINTERNAL when it
 * died or took more than 20 s.
 */
int tf_actor_ask(struct tf_actor *actor, uint32_t what);
/* SIGSTOP, and wait until it stands; and SIGCONT. */
void tf_actor_stop(struct tf_actor *actor);
void tf_actor_go_on(struct tf_actor *actor);
/* Whatever it does. */
void tf_actor_end(struct tf_actor *actor);

void tf_actor_ready(struct tf_actor_board *board);
bool tf_actor_relieved(const struct tf_actor_board *board);

#endif
