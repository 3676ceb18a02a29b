/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.h - the part of a sequence of ticks from --start to --end.
 *
 * It is one run without holes, of whole venue events, in the order of the sequence: from the first
 * event at or after the start, to before the first one at or after the end.  Event times that step
 * back neither reopen nor close it.  An event's time is that of its first tick; one without a time
 * belongs to what is before it.
 */
#ifndef TF_WINDOW_H
#define TF_WINDOW_H

#include "moment.h"
#include "tickfan.h"

enum tf_window_part { TF_WINDOW_BEFORE, TF_WINDOW_INSIDE, TF_WINDOW_AFTER };

struct tf_window {
    /* The caller sets these. */
    struct tf_moment start, end;
    uint64_t midnight_ns; /* for times of day, as tf_moment_at() */
    bool by_recv;         /* as tf_tick_time() */

    /* Its own. */
    uint64_t start_ns, end_ns;
    enum tf_window_part part;
    bool resolved, in_event;
};

/* The next tick is the first of another sequence, with a day of its own. */
void tf_window_restart(struct tf_window *window);

/* How many of the `count` (at least 1) ticks, from the first on, are in one part: window->part. */
uint32_t tf_window_run(struct tf_window *window, const struct tf_tick *ticks, uint32_t count);

/* Does it leave anything out? */
static inline bool tf_window_is_set(const struct tf_window *window)
{
    return window->start.kind != TF_MOMENT_NONE || window->end.kind != TF_MOMENT_NONE;
}

#endif
