/* SPDX-License-Identifier: Apache-2.0 */
/* A writer's core: stores wait in order for their lines, which are asked for ahead. */
#include "world.h"

#include <math.h>

enum { STORES_PER_TICK = 8 };

static double cross_to_home(const struct tf_world *world, const struct tf_writer *writer,
                            uint32_t ring)
{
    return writer->socket == world->ring_home[ring] ? 0 : world->costs->cross;
}

/* Preparing a slot takes its line from who still has a copy of the last lap's tick. */
static double prepare_ns(const struct tf_world *world, const struct tf_writer *writer,
                         uint32_t ring)
{
    const struct tf_costs *costs = world->costs;
    double readers = world->scenario->readers;
    if (world->rings > 1)
        readers /= world->rings;
    double copies = fmax(1, round(costs->stale * readers));
    return 2 * costs->path + costs->service + costs->ack + (copies - 1) * costs->invalidate +
           2 * cross_to_home(world, writer, ring);
}

static void ask_more(struct tf_world *world, uint32_t index)
{
    struct tf_writer *writer = &world->writers[index];
    for (; writer->asked < writer->end && writer->outstanding < world->costs->overlap;
         writer->asked++) {
        struct tf_store *store = &writer->stores[writer->asked];
        if (store->state != TF_STORE_WANTS)
            continue;
        double at = fmax(world->now, store->issued);
        store->state = TF_STORE_ASKED;
        writer->outstanding++;
        if (store->prepare)
            tf_events_add(&world->events, at + prepare_ns(world, writer, store->ring),
                          TF_EVENT_OWNED, index, writer->asked);
        else
            tf_events_add(&world->events,
                          at + world->costs->path + cross_to_home(world, writer, store->ring),
                          TF_EVENT_TAKE, index, writer->asked);
    }
}

static void push(struct tf_world *world, uint32_t index, struct tf_store store)
{
    struct tf_writer *writer = &world->writers[index];
    store.state = TF_STORE_WANTS;
    if (!store.prepare) {
        struct tf_line *line = tf_world_line(world, store.ring, store.tick);
        if (line->state == TF_LINE_OPEN && line->dirty) {
            /* Nobody has looked since it was prepared. */
            line->state = TF_LINE_TAKEN;
            store.state = TF_STORE_HELD;
            tf_events_add(&world->events, store.issued, TF_EVENT_OWNED, index, writer->end);
        }
    }
    writer->buffered += store.size;
    writer->stores[writer->end++] = store;
}

void tf_writer_issue(struct tf_world *world, uint32_t index)
{
    struct tf_writer *writer = &world->writers[index];
    const uint32_t tick = writer->tick, batch = world->scenario->batch;
    if (writer->started < 0) {
        writer->started = world->now;
        if (index == 0)
            world->began[tick] = tick % batch ? world->began[tick - 1] : world->now;
    }
    writer->blocked =
        writer->buffered > 0 && writer->buffered + STORES_PER_TICK > TF_STORE_BUFFER;
    if (writer->blocked)
        return;
    double at = world->now;
    for (uint32_t ring = writer->ring_first; ring < writer->ring_first + writer->ring_count;
         ring++) {
        at += world->costs->store;
        push(world, index,
             (struct tf_store){
                 .ring = ring, .tick = tick, .size = STORES_PER_TICK, .issued = at});
    }
    bool last = index > 0 || tick % batch == batch - 1 || tick + 1 == world->scenario->ticks;
    for (uint32_t i = 0; last && i < (index > 0 ? 1 : batch) * writer->ring_count; i++)
        push(world, index,
             (struct tf_store){.ring = writer->ring_first + i % writer->ring_count,
                               .tick = tick,
                               .size = 1,
                               .prepare = true,
                               .issued = at});
    ask_more(world, index);
    writer->busy_ns += at - writer->started;
    writer->started = -1;
    writer->tick++;
    if (writer->tick == world->scenario->ticks)
        return;
    if (writer->reader == TF_NOBODY)
        tf_events_add(&world->events, fmax(at, world->due[writer->tick]), TF_EVENT_ISSUE, index,
                      writer->tick);
    else
        tf_events_add(&world->events, at, TF_EVENT_LOOK, (uint32_t)writer->reader,
                      writer->tick);
}

void tf_writer_take(struct tf_world *world, uint32_t index, uint32_t place)
{
    const struct tf_writer *writer = &world->writers[index];
    const struct tf_store *store = &writer->stores[place];
    double granted = tf_home_take(world, store->ring, store->tick);
    tf_events_add(&world->events,
                  granted + world->costs->path + cross_to_home(world, writer, store->ring),
                  TF_EVENT_OWNED, index, place);
}

void tf_writer_owned(struct tf_world *world, uint32_t index, uint32_t place)
{
    struct tf_writer *writer = &world->writers[index];
    if (writer->stores[place].state == TF_STORE_ASKED)
        writer->outstanding--;
    writer->stores[place].state = TF_STORE_DONE;
    while (writer->first < writer->end &&
           writer->stores[writer->first].state == TF_STORE_DONE) {
        const struct tf_store *store = &writer->stores[writer->first++];
        writer->buffered -= store->size;
        if (!store->prepare)
            tf_home_written(world, store->ring, store->tick);
    }
    ask_more(world, index);
    if (writer->blocked)
        tf_writer_issue(world, index);
}
