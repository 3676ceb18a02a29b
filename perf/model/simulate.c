/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate.h"

#include "error.h"
#include "histogram.h"
#include "world.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Histograms hold whole numbers; a sixteenth of a nanosecond is finer than any cost. */
static const double units_per_ns = 16;

/* A world, and what is taken down of it. */
struct run {
    struct tf_world world; /* first: tf_world.got() finds the rest */
    struct tf_histogram all, last, batches;
    double *last_at; /* [ticks] */
    double quarter_ns[4];
    double ended;
    uint64_t seen;
};

static void record(struct tf_histogram *histogram, double ns)
{
    tf_histogram_record(histogram, (uint64_t)(fmax(0, ns) * units_per_ns));
}

static double percentile(const struct tf_histogram *histogram, double percent)
{
    return (double)tf_histogram_percentile(histogram, percent) / units_per_ns;
}

static void got(struct tf_world *world, uint32_t index, double at)
{
    struct run *run = (struct run *)world;
    struct tf_reader *reader = &world->readers[index];
    const uint32_t tick = reader->tick++, ticks = world->scenario->ticks;
    if (reader->writer != TF_NOBODY) {
        tf_events_add(&world->events, at, TF_EVENT_ISSUE, (uint32_t)reader->writer, tick);
        return;
    }
    double latency = at - world->began[tick];
    run->seen++;
    run->ended = fmax(run->ended, at);
    run->last_at[tick] = fmax(run->last_at[tick], at);
    run->quarter_ns[(uint64_t)tick * 4 / ticks] += latency;
    if (tick >= ticks / 10)
        record(&run->all, latency);
    if (world->scenario->seen)
        world->scenario->seen(world->scenario->context, index, tick, latency);
    if (reader->tick < ticks)
        tf_events_add(&world->events, at + world->costs->poll, TF_EVENT_LOOK, index,
                      reader->tick);
}

static void handle(struct tf_world *world, const struct tf_event *event)
{
    world->now = event->at;
    switch ((enum tf_event_kind)event->kind) {
    case TF_EVENT_ISSUE:
        tf_writer_issue(world, event->who);
        break;
    case TF_EVENT_TAKE:
        tf_writer_take(world, event->who, event->tick);
        break;
    case TF_EVENT_OWNED:
        tf_writer_owned(world, event->who, event->tick);
        break;
    case TF_EVENT_LOOK:
        tf_home_look(world, event->who);
        break;
    case TF_EVENT_ASK:
        tf_home_ask(world, event->who);
        break;
    case TF_EVENT_FETCH:
        tf_home_fetch(world, event->who / TF_SOCKETS_MAX, event->who % TF_SOCKETS_MAX,
                      event->tick);
        break;
    case TF_EVENT_FETCHED:
        tf_home_fetched(world, event->who / TF_SOCKETS_MAX, event->who % TF_SOCKETS_MAX,
                        event->tick);
        break;
    }
}

static int check(const struct tf_scenario *scenario)
{
    if (scenario->sockets < 1 || scenario->sockets > TF_SOCKETS_MAX)
        return tf_fail(TF_EUSAGE, "a model of %u sockets; 1 to %d can be computed",
                       scenario->sockets, TF_SOCKETS_MAX);
    if (scenario->readers < 1 || scenario->readers > 4096)
        return tf_fail(TF_EUSAGE, "a model of %u readers; 1 to 4096 can be computed",
                       scenario->readers);
    if (scenario->ticks < 1 || scenario->ticks > 1000000 || scenario->batch < 1 ||
        scenario->batch > 64)
        return tf_fail(TF_EUSAGE,
                       "a model of %u ticks in batches of %u; 1 to 1000000 and 1 to 64",
                       scenario->ticks, scenario->batch);
    return 0;
}

static void place_rings(struct tf_world *world)
{
    const struct tf_scenario *scenario = world->scenario;
    bool one = scenario->layout == TF_LAYOUT_ONE_RING || scenario->sockets == 1;
    bool forwarded = !one && scenario->layout == TF_LAYOUT_FORWARDER;
    world->rings = one ? 1 : scenario->sockets;
    world->writer_count = forwarded ? scenario->sockets : 1;
    world->reader_count = scenario->readers + world->writer_count - 1;
    for (uint32_t ring = 0; ring < world->rings; ring++) {
        world->ring_home[ring] = ring;
        world->ring_writer[ring] = forwarded ? ring : 0;
    }
}

static void place_writers(struct tf_world *world)
{
    for (uint32_t i = 0; i < world->writer_count; i++) {
        struct tf_writer *writer = &world->writers[i];
        writer->socket = i;
        writer->ring_first = i;
        writer->ring_count = world->writer_count > 1 ? 1 : world->rings;
        writer->started = -1;
        writer->reader = i > 0 ? (int32_t)(world->scenario->readers + i - 1) : TF_NOBODY;
    }
}

static void place_readers(struct tf_world *world)
{
    const struct tf_scenario *scenario = world->scenario;
    for (uint32_t i = 0; i < world->reader_count; i++) {
        struct tf_reader *reader = &world->readers[i];
        double factor = 1 + world->costs->distance * (2 * tf_draw_unit(&world->draws) - 1);
        bool forwards = i >= scenario->readers;
        reader->writer = forwards ? (int32_t)(i - scenario->readers + 1) : TF_NOBODY;
        reader->socket = forwards ? (uint32_t)reader->writer
                                  : (i + scenario->first_socket) % scenario->sockets;
        reader->ring = forwards || world->rings == 1 ? 0 : reader->socket;
        reader->path = world->costs->path * factor;
    }
}

/* After a while in which all readers have come to poll the first slot. */
static void schedule(struct tf_world *world)
{
    const struct tf_scenario *scenario = world->scenario;
    double at = 100 * world->costs->far;
    for (uint32_t tick = 0; tick < scenario->ticks; tick++) {
        if (tick % scenario->batch == 0 && scenario->rate > 0) {
            double gap = scenario->batch * 1e9 / scenario->rate;
            at += scenario->steady ? gap : -gap * log(1 - tf_draw_unit(&world->draws));
        }
        world->due[tick] = at;
    }
    tf_events_add(&world->events, world->due[0], TF_EVENT_ISSUE, 0, 0);
    for (uint32_t i = 0; i < world->reader_count; i++)
        tf_events_add(&world->events, world->costs->poll * tf_draw_unit(&world->draws),
                      TF_EVENT_LOOK, i, 0);
}

static bool allocate(struct run *run)
{
    struct tf_world *world = &run->world;
    const uint32_t ticks = world->scenario->ticks;
    world->lines = calloc((size_t)world->rings * ticks, sizeof *world->lines);
    world->readers = calloc(world->reader_count, sizeof *world->readers);
    world->due = calloc(ticks, sizeof *world->due);
    world->began = calloc(ticks, sizeof *world->began);
    run->last_at = calloc(ticks, sizeof *run->last_at);
    bool good = world->lines && world->readers && world->due && world->began && run->last_at;
    for (uint32_t i = 0; i < world->writer_count; i++) {
        /* A tick's own stores, and as many to prepare. */
        size_t stores = ((size_t)ticks + world->scenario->batch) * 2 * world->rings;
        world->writers[i].stores = calloc(stores, sizeof *world->writers[i].stores);
        good = good && world->writers[i].stores;
    }
    for (size_t i = 0; good && i < (size_t)world->rings * ticks; i++)
        world->lines[i].dirty = true;
    return good;
}

static void release(struct run *run)
{
    struct tf_world *world = &run->world;
    for (uint32_t i = 0; i < world->writer_count; i++)
        free(world->writers[i].stores);
    free(world->lines);
    free(world->readers);
    free(world->due);
    free(world->began);
    free(run->last_at);
    tf_events_free(&world->events);
    free(run);
}

static void conclude(struct run *run, struct tf_outcome *outcome)
{
    const struct tf_world *world = &run->world;
    const uint32_t ticks = world->scenario->ticks, batch = world->scenario->batch;
    for (uint32_t tick = ticks / 10; tick < ticks; tick++) {
        record(&run->last, run->last_at[tick] - world->began[tick]);
        if (tick % batch == batch - 1)
            record(&run->batches, run->last_at[tick] - world->began[tick]);
    }
    outcome->p50 = percentile(&run->all, 50);
    outcome->p99 = percentile(&run->all, 99);
    outcome->last_p50 = percentile(&run->last, 50);
    outcome->last_p99 = percentile(&run->last, 99);
    outcome->batch_ns = percentile(&run->batches, 50);
    outcome->publish_ns = world->writers[0].busy_ns / ticks;
    outcome->per_second = ticks * 1e9 / fmax(1, run->ended - world->began[0]);
    /* Twice as late in the last quarter as in the second is no accident of a few close ticks. */
    double per_quarter = ticks / 4.0 * world->scenario->readers;
    outcome->sustained =
        run->quarter_ns[3] < 2 * run->quarter_ns[1] + per_quarter * world->costs->near;
    outcome->seen = run->seen;
}

int tf_simulate(const struct tf_costs *costs, const struct tf_scenario *scenario,
                struct tf_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    int error = check(scenario);
    if (error)
        return error;
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return tf_fail(TF_EOS, "no memory for a model of %u readers", scenario->readers);
    struct tf_world *world = &run->world;
    world->costs = costs;
    world->scenario = scenario;
    world->draws = scenario->seed;
    world->got = got;
    tf_histogram_reset(&run->all);
    tf_histogram_reset(&run->last);
    tf_histogram_reset(&run->batches);
    place_rings(world);
    bool good = allocate(run);
    if (good) {
        place_writers(world);
        place_readers(world);
        schedule(world);
        struct tf_event event;
        while (tf_events_next(&world->events, &event))
            handle(world, &event);
        good = !world->events.failed;
        conclude(run, outcome);
    }
    release(run);
    if (!good)
        return tf_fail(TF_EOS, "no memory for a model of %u readers and %u ticks",
                       scenario->readers, scenario->ticks);
    if (outcome->seen != (uint64_t)scenario->readers * scenario->ticks)
        return tf_fail(TF_EINTERNAL, "the model lost ticks: %" PRIu64 " seen", outcome->seen);
    return 0;
}
