/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - a recording on its way into a stream: pace, lockstep, control ticks and counts. */
#ifndef TF_REPLAY_H
#define TF_REPLAY_H

#include "pacer.h"
#include "progress.h"
#include "recording.h"
#include "tickfan_publish.h"

/* Ticks decoded at a time: enough to share one clock reading and few enough to stay in L1. */
enum { TF_REPLAY_BATCH = 256 };

struct tf_replay {
    /* The caller sets these. */
    tf_publisher *publisher;
    bool lockstep;
    struct tf_pacer pacer;
    struct tf_progress progress;

    /* And reads these. */
    uint64_t messages;
    uint64_t published;            /* content ticks */
    uint64_t control;              /* control ticks of the replay itself */
    uint64_t undefined;            /* instruments that found no place in the directory */
    uint64_t lockstep_waits;       /* times the slowest reader was waited for */
    uint64_t started_ns, ended_ns; /* CLOCK_MONOTONIC, from the first tick on */

    /* Its own. */
    bool conflict; /* an instrument_id changed its symbol: see tf_replay_run() */
    uint64_t room; /* lockstep: what may be published before looking at the roster again */
    struct tf_tick ticks[TF_REPLAY_BATCH];
};

/*
 * Publish one recording to its end.  0 at the end or when a signal asked to stop; TF_EDATA or TF_EIO
 * as tf_recording_next(), with everything before the damage published; TF_EDATA when the recording
 * gives an instrument_id of the stream to another symbol: a stream has one directory, and a reader
 * that is behind would misread what it has not read yet.
 */
int tf_replay_run(struct tf_replay *replay, struct tf_recording *recording);

/* Publish a control tick (REPLAY_COMPLETED), waiting for room in lockstep. */
void tf_replay_control(struct tf_replay *replay, enum tf_rtype rtype);

#endif
