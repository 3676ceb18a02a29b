/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include <stdlib.h>

static bool before(const struct tf_event *a, const struct tf_event *b)
{
    if (a->at < b->at || b->at < a->at)
        return a->at < b->at;
    return a->order < b->order;
}

static bool grow(struct tf_events *events)
{
    uint32_t room = events->room ? events->room * 2 : 1024;
    struct tf_event *heap = realloc(events->heap, room * sizeof *heap);
    if (!heap) {
        events->failed = true;
        return false;
    }
    events->heap = heap;
    events->room = room;
    return true;
}

void tf_events_add(struct tf_events *events, double at, uint32_t kind, uint32_t who,
                   uint32_t tick)
{
    if (events->count == events->room && !grow(events))
        return;
    struct tf_event event = {at, events->order++, kind, who, tick};
    uint32_t hole = events->count++;
    while (hole > 0 && before(&event, &events->heap[(hole - 1) / 2])) {
        events->heap[hole] = events->heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    events->heap[hole] = event;
}

bool tf_events_next(struct tf_events *events, struct tf_event *event)
{
    if (events->count == 0)
        return false;
    *event = events->heap[0];
    const struct tf_event moved = events->heap[--events->count];
    uint32_t hole = 0;
    for (;;) {
        uint32_t child = 2 * hole + 1;
        if (child >= events->count)
            break;
        if (child + 1 < events->count && before(&events->heap[child + 1], &events->heap[child]))
            child++;
        if (!before(&events->heap[child], &moved))
            break;
        events->heap[hole] = events->heap[child];
        hole = child;
    }
    events->heap[hole] = moved;
    return true;
}

void tf_events_free(struct tf_events *events)
{
    free(events->heap);
    *events = (struct tf_events){0};
}
