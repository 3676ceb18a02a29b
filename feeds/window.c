/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include "merge.h"

void tf_window_restart(struct tf_window *window)
{
    window->part = TF_WINDOW_BEFORE;
    window->resolved = false;
    window->in_event = false;
}

static void resolve(struct tf_window *window, uint64_t first_ns)
{
    window->resolved = true;
    window->start_ns = tf_moment_at(&window->start, window->midnight_ns, first_ns, 0);
    window->end_ns = tf_moment_at(&window->end, window->midnight_ns, first_ns, UINT64_MAX);
}

/* The part of an event that begins with this tick.  It never goes back. */
static enum tf_window_part part_of(struct tf_window *window, const struct tf_tick *tick)
{
    uint64_t time = tf_tick_time(tick, window->by_recv);
    if (time == TF_UNDEF_TIMESTAMP) {
        bool opens = window->start.kind == TF_MOMENT_NONE && window->part == TF_WINDOW_BEFORE;
        return opens ? TF_WINDOW_INSIDE : window->part;
    }
    if (!window->resolved)
        resolve(window, time);
    if (time >= window->end_ns)
        return TF_WINDOW_AFTER;
    return window->part == TF_WINDOW_BEFORE && time >= window->start_ns ? TF_WINDOW_INSIDE
                                                                        : window->part;
}

uint32_t tf_window_run(struct tf_window *window, const struct tf_tick *ticks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!window->in_event && window->part != TF_WINDOW_AFTER) {
            enum tf_window_part part = part_of(window, &ticks[i]);
            if (part != window->part && i > 0)
                return i;
            window->part = part;
        }
        window->in_event = !(ticks[i].flags & TF_FLAG_LAST);
    }
    return count;
}
