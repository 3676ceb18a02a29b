/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.h - recordings on their way into a stream: window, filter, pace, lockstep, steering,
 * control ticks and counts.
 *
 *   merge -> window (--start, --end) -> filter (--symbols) -> pace and steering -> publish
 *
 * A stage that is not asked for costs nothing; as fast as possible, whole batches go from the
 * decoder to the ring.
 */
#ifndef TF_REPLAY_H
#define TF_REPLAY_H

#include "digest.h"
#include "merge.h"
#include "pacer.h"
#include "progress.h"
#include "steering.h"
#include "symbol_filter.h"
#include "tickfan_publish.h"
#include "window.h"

/* Messages decoded at a time: enough to share one clock reading and few enough to stay in L1. */
enum { TF_REPLAY_BATCH = 256 };

struct tf_replay {
    /* The caller sets these; NULL or zero where there is none. */
    tf_publisher *publisher;
    bool lockstep;
    struct tf_pacer pacer;
    struct tf_progress progress;
    struct tf_window window;
    bool warm_up; /* publish what is before the window too, unpaced */
    struct tf_symbol_filter *filter;
    struct tf_digest *digest; /* of what is published */
    struct tf_steering *steering;
    /* How far the input is read, 0 to 1, negative if unknown: for the line of progress. */
    double (*fraction)(void *context);
    void *context;

    /* And reads these. */
    uint64_t published;      /* content ticks */
    uint64_t control;        /* control ticks of the replay itself */
    uint64_t undefined;      /* instruments that found no place in the directory */
    uint64_t lockstep_waits; /* times the slowest reader was waited for */
    uint64_t before_start;   /* ticks left out in front of the window ... */
    uint64_t warmed_up;      /* ... or published there */
    uint64_t pauses, paused_ns;
    uint64_t passes;               /* begun */
    uint64_t started_ns, ended_ns; /* CLOCK_MONOTONIC, from the first tick on; 0: not yet */

    /* Its own. */
    const struct tf_merge *merge; /* that is being replayed */
    uint64_t messages_before;     /* by merges before it */
    int failed;                   /* an instrument that cannot be: see tf_replay_run() */
    uint64_t room; /* lockstep: what may be published before looking at the roster again */
    bool in_event; /* the last tick published had no TF_FLAG_LAST */
    uint64_t last_time;
    /* Steering. */
    bool paused;
    uint64_t paused_since_ns, steps;
    uint64_t answer_by_ns; /* a step that is not answered yet; 0: none */
    /* The first place is the filter's, for a tick that it held back. */
    struct tf_tick ticks[1 + TF_SINK_MIN];
};

/*
 * Its define for tf_merge_open(), with the replay as context: fills the stream's directory with the
 * instruments that are wanted.
 */
void tf_replay_define(void *replay, const struct tf_instrument *instrument);

/*
 * Publish a merge to the window's end.  0 there, at its own end or when a signal asked to stop;
 * TF_EDATA or TF_EIO as tf_merge_next(), with everything that was whole published; TF_EDATA when
 * a recording gives an instrument_id of the stream to another symbol: a stream has one directory, and
 * a reader that is behind would misread what it has not read yet.
 */
int tf_replay_run(struct tf_replay *replay, struct tf_merge *merge);

/* Publish a control tick (REPLAY_COMPLETED), waiting for room in lockstep. */
void tf_replay_control(struct tf_replay *replay, enum tf_rtype rtype);

uint64_t tf_replay_messages(const struct tf_replay *replay);

/* Do what is asked for; for waits of the caller's own.  `state` is what the wait is called. */
void tf_replay_serve(struct tf_replay *replay, enum tf_steer_state state);
/* Wait so long, but serve. */
void tf_replay_idle(struct tf_replay *replay, enum tf_steer_state state, uint64_t ns);

#endif
