/* SPDX-License-Identifier: Apache-2.0 */
/* events.h - what happens next in a simulation: a binary heap by time, then by order of arrival. */
#ifndef TF_EVENTS_H
#define TF_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

struct tf_event {
    double at;
    uint32_t order;
    uint32_t kind, who, tick; /* the simulation's */
};

struct tf_events {
    struct tf_event *heap;
    uint32_t count, room, order;
    bool failed; /* an event was lost for want of memory */
};

void tf_events_add(struct tf_events *events, double at, uint32_t kind, uint32_t who,
                   uint32_t tick);
/* False when nothing is left. */
bool tf_events_next(struct tf_events *events, struct tf_event *event);
void tf_events_free(struct tf_events *events);

#endif
