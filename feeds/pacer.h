/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pacer.h - when a recorded event is due: an absolute schedule, so that lateness never adds up, and
 * its error measured.
 *
 * The schedule runs on event time divided by `speed`, or, with a rate, on what was taken before.
 * tf_pacer_due() asks for the next event, tf_pacer_took() says that it was published; the schedule
 * is moved by max_gap, by pauses and by a change of speed, and by nothing else.
 */
#ifndef TF_PACER_H
#define TF_PACER_H

#include "histogram.h"

#include <stdbool.h>
#include <stdint.h>

/* Where time comes from; tests have one of their own. */
struct tf_pacer_clock {
    uint64_t (*now)(void *context);
    /* Until then, or until wake_fd (-1: none) is readable, or a signal came; may return early. */
    void (*sleep)(void *context, uint64_t until_ns, int wake_fd);
    void *context;
};
extern const struct tf_pacer_clock tf_pacer_real_clock; /* CLOCK_MONOTONIC */

struct tf_pacer {
    double speed;        /* 1: original; 0: as fast as possible */
    double rate;         /* above 0: so many a second, whatever their times */
    bool rate_of_events; /* what the rate counts: venue events, or ticks */
    uint64_t max_gap_ns; /* no event is due more than this after the one before; 0: no limit */
    const struct tf_pacer_clock *clock;
    int wake_fd; /* -1: none */
    /* What tf_pacer_wait() gives up for; NULL: nothing. */
    const _Atomic bool *steered;

    bool started;
    uint64_t base_event, base_due_ns; /* one point of the schedule; events taken, with a rate */
    uint64_t last_due_ns;
    uint64_t last_event;
    uint64_t taken;            /* ticks or events, with a rate */
    uint64_t gaps_cut;         /* pauses that max_gap made shorter */
    struct tf_histogram error; /* ns between due and done */
};

/* "max", or a factor from 0.001 to 1000000. */
bool tf_pacer_parse_speed(const char *text, double *speed);
/* "100000" or "100000ticks", "5000events": so many a second, 0.001 to 1e9. */
bool tf_pacer_parse_rate(const char *text, double *rate, bool *of_events);

void tf_pacer_init(struct tf_pacer *pacer, double speed);

/* Is anything to be waited for? */
static inline bool tf_pacer_paces(const struct tf_pacer *pacer)
{
    return pacer->speed > 0 || pacer->rate > 0;
}

/* The next event starts a new schedule: a new pass, or a new day. */
void tf_pacer_restart(struct tf_pacer *pacer);

/*
 * When (on the clock) the next event is due, if it is of this time.  The first of a schedule is due
 * now, one whose time steps back or is undefined with the one before it.  Only if tf_pacer_paces().
 */
uint64_t tf_pacer_due(struct tf_pacer *pacer, uint64_t ts_event);

/* That event was published, `ticks` of it. */
void tf_pacer_took(struct tf_pacer *pacer, uint64_t ts_event, uint32_t ticks);

enum tf_pacer_result {
    TF_PACER_STOPPED, /* a signal asked the process to stop */
    TF_PACER_DUE,
    TF_PACER_STEERED /* *steered: look at what is wanted, then ask again when it is due */
};

/*
 * Wait for it: asleep while it is more than 100 us away, then spinning, since a timer's wake-up
 * is late by some 50 us.
 */
enum tf_pacer_result tf_pacer_wait(struct tf_pacer *pacer, uint64_t due_ns);

/* Nothing was due from `since` until now: all that was not, is so much later. */
void tf_pacer_paused(struct tf_pacer *pacer, uint64_t since_ns);

/* An event was published now without regard to the schedule, which goes on from there. */
void tf_pacer_jumped(struct tf_pacer *pacer, uint64_t ts_event);

/*
 * Go on at another pace from where the schedule stands, which is between the event taken last and
 * the next one, at `next_event`.  A rate of 0: by speed, which may be 0 too.
 */
void tf_pacer_change(struct tf_pacer *pacer, double speed, double rate, bool of_events,
                     uint64_t next_event);

#endif
