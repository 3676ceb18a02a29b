/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pacer.h - when a recorded event is due: an absolute schedule on event time, so that lateness
 * never adds up, and its error measured.
 */
#ifndef TF_PACER_H
#define TF_PACER_H

#include "histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct tf_pacer {
    double speed; /* 1: original; 0: as fast as possible */
    uint64_t first_event_ns, first_due_ns;
    bool started;
    struct tf_histogram error; /* ns between due and done */
};

/* "max", or a factor from 0.001 to 1000000. */
bool tf_pacer_parse_speed(const char *text, double *speed);

void tf_pacer_init(struct tf_pacer *pacer, double speed);

/* The next event starts a new schedule: a new pass, or a new day. */
void tf_pacer_restart(struct tf_pacer *pacer);

/* When (CLOCK_MONOTONIC) the event is due.  Event times that step back are due at once. */
uint64_t tf_pacer_due(struct tf_pacer *pacer, uint64_t ts_event);

/*
 * Wait for it: asleep while it is more than 100 us away, then spinning, since a timer's wake-up
 * is late by some 50 us.  False when a signal asked the process to stop.
 */
bool tf_pacer_wait(struct tf_pacer *pacer, uint64_t due_ns);

#endif
