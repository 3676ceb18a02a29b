/* SPDX-License-Identifier: Apache-2.0 */
/* The coherence protocol: requests for a line are served at its home one after the other. */
#include "world.h"

#include <math.h>

static void append(struct tf_world *world, struct tf_list *list, uint32_t reader)
{
    world->readers[reader].link = TF_NOBODY;
    if (list->count == 0)
        list->first = (int32_t)reader;
    else
        world->readers[list->last].link = (int32_t)reader;
    list->last = (int32_t)reader;
    list->count++;
}

static uint32_t take_first(struct tf_world *world, struct tf_list *list)
{
    uint32_t reader = (uint32_t)list->first;
    list->first = world->readers[reader].link;
    list->count--;
    return reader;
}

static double cross_between(const struct tf_world *world, uint32_t a, uint32_t b)
{
    return a == b ? 0 : world->costs->cross;
}

/* The data is at the reader: the tick, or a copy to poll. */
static void deliver(struct tf_world *world, uint32_t reader, double served, bool new_data)
{
    struct tf_reader *self = &world->readers[reader];
    struct tf_line *line = tf_world_line(world, self->ring, self->tick);
    bool far = self->socket != world->writers[world->ring_writer[self->ring]].socket;
    double at = served + self->path;
    if (self->behind) /* its lines follow each other no closer than that; it looked a poll after the last */
        at = fmax(at, world->now + fmax(0, world->costs->stream[far] - world->costs->poll));
    if (new_data) {
        world->got(world, reader, at);
        return;
    }
    self->ready = at;
    append(world, &line->agent[self->socket].copies, reader);
}

/* One request at the home; returns when its answer leaves, which lies in the past when both did. */
static double serve_at_home(struct tf_world *world, uint32_t ring, struct tf_line *line,
                            double asked)
{
    const struct tf_costs *costs = world->costs;
    double served = fmax(asked, line->free) + costs->service;
    if (line->dirty) {
        uint32_t owner = world->writers[world->ring_writer[ring]].socket;
        double snoop = costs->snoop + 2 * cross_between(world, owner, world->ring_home[ring]);
        /* The snoop cannot find the stores before they are in the cache. */
        served = fmax(served + snoop, line->granted + snoop / 2);
        line->dirty = false;
    }
    line->free = served;
    return served;
}

static void serve_reader(struct tf_world *world, uint32_t reader)
{
    const struct tf_reader *self = &world->readers[reader];
    struct tf_line *line = tf_world_line(world, self->ring, self->tick);
    double served = serve_at_home(world, self->ring, line, self->ready);
    deliver(world, reader, served, line->state == TF_LINE_WRITTEN);
}

static void serve_agent(struct tf_world *world, uint32_t ring, uint32_t socket, uint32_t tick)
{
    struct tf_line *line = tf_world_line(world, ring, tick);
    struct tf_agent *agent = &line->agent[socket];
    double served = serve_at_home(world, ring, line, agent->asked);
    agent->at_home = false;
    agent->fetched_new = line->state == TF_LINE_WRITTEN;
    agent->arrived = served + world->costs->cross;
    tf_events_add(&world->events, fmax(world->now, served + world->costs->cross),
                  TF_EVENT_FETCHED, ring * TF_SOCKETS_MAX + socket, tick);
}

static void serve_in_socket(struct tf_world *world, uint32_t reader)
{
    const struct tf_reader *self = &world->readers[reader];
    struct tf_line *line = tf_world_line(world, self->ring, self->tick);
    struct tf_agent *agent = &line->agent[self->socket];
    double served =
        fmax(fmax(self->ready, agent->arrived), agent->free) + world->costs->service;
    agent->free = served;
    deliver(world, reader, served, agent->fetched_new);
}

void tf_home_look(struct tf_world *world, uint32_t reader)
{
    struct tf_reader *self = &world->readers[reader];
    const struct tf_line *line = tf_world_line(world, self->ring, self->tick);
    const struct tf_costs *costs = world->costs;
    self->behind = line->state == TF_LINE_WRITTEN;
    if (!self->behind) {
        tf_events_add(&world->events, world->now + self->path, TF_EVENT_ASK, reader,
                      self->tick);
        return;
    }
    /* The tick is there already: the core's loads ran ahead, as far as one read takes, and asked for it then. */
    const struct tf_writer *writer = &world->writers[world->ring_writer[self->ring]];
    double ahead = costs->read + 2 * cross_between(world, self->socket, writer->socket);
    self->ready = fmax(line->granted, world->now - ahead) + self->path;
    tf_events_add(&world->events, fmax(world->now, self->ready), TF_EVENT_ASK, reader,
                  self->tick);
}

void tf_home_ask(struct tf_world *world, uint32_t reader)
{
    struct tf_reader *self = &world->readers[reader];
    struct tf_line *line = tf_world_line(world, self->ring, self->tick);
    struct tf_agent *agent = &line->agent[self->socket];
    if (!self->behind)
        self->ready = world->now;
    if (self->socket == world->ring_home[self->ring]) {
        if (line->state == TF_LINE_TAKEN)
            append(world, &agent->waiting, reader);
        else
            serve_reader(world, reader);
        return;
    }
    if (agent->present) {
        serve_in_socket(world, reader);
        return;
    }
    append(world, &agent->waiting, reader);
    if (agent->fetching)
        return;
    agent->fetching = true;
    agent->asked = self->ready + world->costs->cross;
    tf_events_add(&world->events, fmax(world->now, agent->asked), TF_EVENT_FETCH,
                  self->ring * TF_SOCKETS_MAX + self->socket, self->tick);
}

void tf_home_fetch(struct tf_world *world, uint32_t ring, uint32_t socket, uint32_t tick)
{
    struct tf_line *line = tf_world_line(world, ring, tick);
    line->agent[socket].at_home = true;
    if (line->state != TF_LINE_TAKEN)
        serve_agent(world, ring, socket, tick);
}

void tf_home_fetched(struct tf_world *world, uint32_t ring, uint32_t socket, uint32_t tick)
{
    struct tf_line *line = tf_world_line(world, ring, tick);
    struct tf_agent *agent = &line->agent[socket];
    if (!agent->fetched_new && line->state != TF_LINE_OPEN) {
        /* Invalidated while it was on its way. */
        agent->asked = world->now + world->costs->cross;
        tf_events_add(&world->events, agent->asked, TF_EVENT_FETCH,
                      ring * TF_SOCKETS_MAX + socket, tick);
        return;
    }
    agent->fetching = false;
    agent->present = true;
    while (agent->waiting.count)
        serve_in_socket(world, take_first(world, &agent->waiting));
}

/* Readers of one socket lose their copies one after the other and ask again; returns when the last has answered. */
static double invalidate(struct tf_world *world, struct tf_agent *agent, double start,
                         double cross)
{
    const struct tf_costs *costs = world->costs;
    double at = start + cross + costs->ack / 2, last = at;
    for (uint32_t left = agent->copies.count; left > 0; left--, at += costs->invalidate) {
        uint32_t reader = take_first(world, &agent->copies);
        const struct tf_reader *self = &world->readers[reader];
        double notices = fmax(at, self->ready) + costs->poll * tf_draw_unit(&world->draws);
        tf_events_add(&world->events, notices + self->path, TF_EVENT_ASK, reader, self->tick);
        last = at;
    }
    agent->present = false;
    return last + costs->ack / 2 + cross;
}

double tf_home_take(struct tf_world *world, uint32_t ring, uint32_t tick)
{
    struct tf_line *line = tf_world_line(world, ring, tick);
    double start = fmax(world->now, line->free) + world->costs->service, granted = start;
    line->state = TF_LINE_TAKEN;
    for (uint32_t socket = 0; socket < world->scenario->sockets; socket++) {
        struct tf_agent *agent = &line->agent[socket];
        if (agent->copies.count == 0 && !agent->present)
            continue;
        double cross = cross_between(world, socket, world->ring_home[ring]);
        granted = fmax(granted, invalidate(world, agent, start, cross));
    }
    line->free = granted;
    return granted;
}

/* The reader or agent whose request came first; readers before agents at the same time. */
void tf_home_written(struct tf_world *world, uint32_t ring, uint32_t tick)
{
    struct tf_line *line = tf_world_line(world, ring, tick);
    struct tf_list *waiting = &line->agent[world->ring_home[ring]].waiting;
    line->state = TF_LINE_WRITTEN;
    line->dirty = true;
    line->granted = world->now;
    for (;;) {
        double first = waiting->count ? world->readers[waiting->first].ready : INFINITY;
        uint32_t from = TF_SOCKETS_MAX;
        for (uint32_t socket = 0; socket < world->scenario->sockets; socket++) {
            if (line->agent[socket].at_home && line->agent[socket].asked < first) {
                first = line->agent[socket].asked;
                from = socket;
            }
        }
        if (from != TF_SOCKETS_MAX)
            serve_agent(world, ring, from, tick);
        else if (waiting->count)
            serve_reader(world, take_first(world, waiting));
        else
            return;
    }
}
