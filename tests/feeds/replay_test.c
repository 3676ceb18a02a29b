/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way from a merge into a stream: events longer than a batch, steps, window and filter together. */
#include "error.h"
#include "replay.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 40 events of 100 to 490 ticks; of three instruments in turn, the last tick is of instrument 3. */
enum { EVENTS = 40, TICKS = 40 * 100 + 10 * 40 * 39 / 2 };

static struct tf_tick made[TICKS];
static uint32_t lengths[EVENTS];
static uint32_t given;
static struct tf_replay *replay;
static struct tf_merge *merge;
static tf_reader *reader;
static struct tf_steering steering;
static char directory[] = "/tmp/tickfan-replay-XXXXXX";

static void define(struct tf_sink *sink, uint32_t id, const char *symbol)
{
    struct tf_instrument instrument = {.instrument_id = id};
    snprintf(instrument.symbol, sizeof instrument.symbol, "%s", symbol);
    sink->define(sink->context, &instrument);
}

/* So that most events are cut by the end of a batch. */
static ptrdiff_t next(void *from, uint32_t messages_max, struct tf_sink *sink)
{
    (void)from;
    ptrdiff_t messages = 0;
    if (given == 0) {
        define(sink, 1, "ONE");
        define(sink, 2, "TWO");
        define(sink, 3, "THREE");
    }
    while (given < TICKS && (uint32_t)messages < messages_max && messages < 77 &&
           sink->count < sink->capacity) {
        sink->ticks[sink->count++] = made[given++];
        messages++;
    }
    return messages;
}

static void make(void)
{
    uint32_t at = 0;
    for (uint32_t event = 0; event < EVENTS; event++) {
        lengths[event] = 100 + 10 * event;
        for (uint32_t i = 0; i < lengths[event]; i++, at++) {
            bool last = i + 1 == lengths[event];
            made[at] = (struct tf_tick){.ts_event = 1000 + event,
                                        .ts_recv = TF_UNDEF_TIMESTAMP,
                                        .order_id = at,
                                        .rtype = TF_RTYPE_MBO,
                                        .action = 'A',
                                        .side = 'B',
                                        .instrument_id = last ? 3 : 1 + i % 2,
                                        .flags = last ? TF_FLAG_LAST : 0};
        }
    }
    cr_assert_eq(at, TICKS);
}

static void start(void)
{
    struct tf_publisher_options options = TF_PUBLISHER_OPTIONS_INIT;
    struct tf_attach_options attach = TF_ATTACH_OPTIONS_INIT;
    int node = 0;
    make();
    cr_assert(mkdtemp(directory));
    setenv("TICKFAN_DIR", directory, 1);
    options.name = "whole";
    options.nodes = &node;
    options.node_count = 1;
    replay = calloc(1, sizeof *replay);
    cr_assert(replay);
    cr_assert_eq(tf_publisher_create(&options, &replay->publisher), 0, "%s", tf_errmsg());
    attach.from = TF_FROM_OLDEST;
    cr_assert_eq(tf_attach("whole", &attach, &reader), 0, "%s", tf_errmsg());
    tf_pacer_init(&replay->pacer, 0);
    struct tf_merge_options merge_options = {.define = tf_replay_define, .context = replay};
    merge = tf_merge_open(&(struct tf_merge_input){next, 0, 1}, 1, &merge_options);
    cr_assert(merge);
    cr_assert_eq(tf_steering_open(&steering), 0);
}

static void stop(void)
{
    tf_steering_close(&steering);
    tf_merge_close(merge);
    tf_detach(reader);
    tf_publisher_end(replay->publisher);
    tf_publisher_close(replay->publisher);
    tf_symbol_filter_close(replay->filter);
    free(replay);
    cr_assert_eq(rmdir(directory), 0);
}

TestSuite(replay, .init = start, .fini = stop, .timeout = 60);

/* What was published and not read yet, without control ticks. */
static uint32_t read_all(struct tf_tick *out, uint32_t room)
{
    uint32_t count = 0;
    struct tf_tick tick;
    while (tf_read(reader, &tick, 1) == 1)
        if (tick.rtype == TF_RTYPE_MBO) {
            cr_assert_lt(count, room);
            out[count++] = tick;
        }
    return count;
}

static struct tf_tick got[TICKS];

static void expect_range(uint32_t first, uint32_t count)
{
    cr_assert_eq(read_all(got, TICKS), count);
    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(got[i].order_id, first + i);
}

Test(replay, publishes_everything)
{
    cr_assert_eq(tf_replay_run(replay, merge), 0);
    expect_range(0, TICKS);
    cr_assert_eq(tf_replay_messages(replay), TICKS);
}

Test(replay, a_window_in_the_middle_is_whole_events)
{
    replay->window.start = (struct tf_moment){TF_MOMENT_ABSOLUTE, 1003};
    replay->window.end = (struct tf_moment){TF_MOMENT_ABSOLUTE, 1005};
    cr_assert_eq(tf_replay_run(replay, merge), 0);
    expect_range(100 + 110 + 120, 130 + 140);
    cr_assert_eq(replay->before_start, 100 + 110 + 120);
}

Test(replay, what_is_left_of_an_event_ends_with_last)
{
    replay->filter = tf_symbol_filter_open();
    cr_assert_eq(tf_symbol_filter_add(replay->filter, "TWO", true), 0);
    cr_assert_eq(tf_replay_run(replay, merge), 0);
    uint32_t count = read_all(got, TICKS), events = 0, wanted = 0;
    for (uint32_t i = 0; i < TICKS; i++)
        wanted += made[i].instrument_id == 2;
    cr_assert_eq(count, wanted);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(got[i].instrument_id, 2);
        bool last = i + 1 == count || got[i + 1].ts_event != got[i].ts_event;
        cr_assert_eq(last, (got[i].flags & TF_FLAG_LAST) != 0);
        events += last;
    }
    cr_assert_eq(events, EVENTS);
    struct tf_instrument instrument;
    cr_assert_eq(tf_instrument_by_id(reader, 2, &instrument), 1);
    cr_assert_eq(tf_instrument_by_id(reader, 1, &instrument), 0, "only what is wanted");
}

/* ---- steered --------------------------------------------------------------------------------- */

static void *run(void *context)
{
    (void)context;
    cr_assert_eq(tf_replay_run(replay, merge), 0);
    tf_replay_control(replay, TF_RTYPE_REPLAY_COMPLETED);
    return 0;
}

static struct tf_steer_status ask(struct tf_steer_request request)
{
    struct tf_steer_status status;
    cr_assert(tf_steering_ask(&steering, &request, &status, UINT64_C(10000000000)));
    return status;
}

/* Paused before its first tick. */
static pthread_t run_paused(void)
{
    pthread_t thread;
    replay->steering = &steering;
    replay->pacer.steered = &steering.pending;
    replay->pacer.wake_fd = steering.wake_fd;
    replay->paused = true;
    cr_assert_eq(pthread_create(&thread, 0, run, 0), 0);
    return thread;
}

Test(replay, steps_are_whole_events)
{
    pthread_t thread = run_paused();
    uint32_t at = 0;
    for (uint32_t event = 0; event < EVENTS; at += lengths[event++]) {
        struct tf_steer_status status =
            ask((struct tf_steer_request){.verb = TF_STEER_STEP, .steps = 1});
        cr_assert_eq(status.state, TF_STEER_PAUSED);
        cr_assert_eq(status.ticks, at + lengths[event]);
        cr_assert_eq(status.time, 1000 + event);
        expect_range(at, lengths[event]);
    }
    pthread_join(thread, 0); /* with nothing left it ends, paused or not */
    expect_range(0, 0);
}

Test(replay, several_steps_then_to_the_end)
{
    pthread_t thread = run_paused();
    struct tf_steer_status status =
        ask((struct tf_steer_request){.verb = TF_STEER_STEP, .steps = 3});
    cr_assert_eq(status.ticks, 100 + 110 + 120);
    expect_range(0, 330);
    status = ask((struct tf_steer_request){.verb = TF_STEER_SPEED, .speed = 1e6});
    cr_assert_eq(status.state, TF_STEER_PAUSED);
    ask((struct tf_steer_request){.verb = TF_STEER_RESUME});
    pthread_join(thread, 0);
    expect_range(330, TICKS - 330);
    cr_assert_geq(replay->pacer.error.count, 1, "it went on at a pace");
}
