/* SPDX-License-Identifier: Apache-2.0 */
/* replay_pace.h - replaying at a pace, and how late ticks were.  Apart from what reports it, as feed_day.h is. */
#ifndef TF_REPLAY_PACE_H
#define TF_REPLAY_PACE_H

#include "histogram.h"
#include "tickfan_publish.h"

struct tf_pace {
    struct tf_histogram late; /* ns, from due to published */
    uint64_t ticks;
    double seconds;
};

/*
 * Replay the recording at `path`; speed 1 is its own pace, 0 as fast as possible, when nothing is ever late.  0, or a
 * negative tf_error with tf_errmsg().
 */
int tf_pace_recording(const char *path, double speed, tf_publisher *publisher,
                      struct tf_pace *pace);

/* One tick at a time, `rate` a second, for so many seconds. */
void tf_pace_rate(double rate, double seconds, tf_publisher *publisher, struct tf_pace *pace);

/* Write a stretch of a made-up day: so many messages in so many ns.  0, or a negative tf_error. */
int tf_pace_make_recording(const char *path, uint64_t messages, uint64_t duration_ns);

#endif
