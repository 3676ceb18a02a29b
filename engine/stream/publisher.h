/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.h - a publisher's private state, shared by the files that make, use and keep it up.
 */
#ifndef TF_PUBLISHER_H
#define TF_PUBLISHER_H

#include "clock.h"
#include "descriptor.h"
#include "directory.h"
#include "flood.h"
#include "ring.h"
#include "roster.h"
#include "rundir.h"

#include <limits.h>
#include <pthread.h>

struct tf_publisher {
    /* Hot: what tf_publish() touches. */
    uint64_t seq; /* last published */
    uint64_t mask;
    uint32_t ring_count;
    struct {
        struct tf_slot *slots;
        struct tf_data_header *header;
    } ring[TF_MAX_RINGS];
    struct tf_clock clock;
    struct tf_flood flood;
    bool wide; /* tf_ring_write_wide() */

    /* Cold. */
    struct tf_segment data[TF_MAX_RINGS];
    struct tf_directory directory[TF_MAX_RINGS];
    struct tf_segment roster;
    struct tf_roster_slot *readers;
    struct tf_descriptor descriptor;
    char path[PATH_MAX];
    int lock;
    bool ended;
    bool helper_runs;
    pthread_t helper;
    _Atomic int helper_stop;
    char report[2048];
};

/* The helper thread: heartbeat, wake-ups, roster upkeep.  Started last, stopped first. */
int tf_helper_start(struct tf_publisher *publisher);
void tf_helper_stop(struct tf_publisher *publisher);

/*
 * Segments that are not mapped yet (base NULL).  Plan: where each would go if a file it became,
 * for the descriptor, before the first of them exists, so that a successor or gc knows what to
 * look for if this process is killed on the way.  Make: create, bind, verify and format them.
 */
int tf_segments_plan(struct tf_publisher *publisher,
                     const struct tf_publisher_options *options);
int tf_segments_make(struct tf_publisher *publisher,
                     const struct tf_publisher_options *options);

/*
 * Take over a dead publisher's segments: 1 when the stream goes on, 0 when it has to be made
 * anew (and why is in the log), negative on errors.  `descriptor` is the old one.
 */
int tf_publisher_resume(struct tf_publisher *publisher,
                        const struct tf_publisher_options *options,
                        const struct tf_descriptor *wanted, const struct tf_descriptor *old);

/* Tell readers of a stream that nobody will go on with that it is over, and free its memory. */
void tf_stream_abandon(const struct tf_descriptor *descriptor);

#endif
