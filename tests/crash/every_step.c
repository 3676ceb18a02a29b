/* SPDX-License-Identifier: Apache-2.0 */
/*
 * every_step [INSTRUCTIONS [SYSCALLS]]: kill -9 at every step, not at random ones.
 *
 * Publishing, defining an instrument and ending are killed after 1, 2, 3 ... instructions;
 * making, resuming, remaking and leaving a stream, attaching, detaching and reclaiming before
 * and after each system call.  The arguments are strides, 1 and 5 if none are given: every
 * instruction of publishing, every third of what is longer, every fifth stop at a system call.
 *
 * After each kill a successor, or gc, finds what is there.  Two readers that were attached all
 * along see whole ticks without holes, the same in both rings, and nothing is left at the end.
 * Prints one line of JSON; exit status 77 where tracing is not possible.
 */
#include "clock.h"
#include "fixture.h"
#include "publisher.h"
#include "stepper.h"

#include <inttypes.h>
#include <string.h>

enum { RINGS = 2 };

static uint64_t stride[] = {[STEP_INSTRUCTION] = 1, [STEP_SYSCALL] = 5};
static uint64_t kills;

static struct tf_publisher_options options_of(enum tf_backing backing)
{
    struct tf_publisher_options options = two_rings(backing);
    options.instruments = 1024;
    options.readers = 4;
    options.no_helper = 1; /* one thread, so that a step is a step */
    return options;
}

/* ---- two readers, one on each ring ------------------------------------------------------ */

static struct witness witness[RINGS];

static void attach_witnesses(void)
{
    for (int i = 0; i < RINGS; i++)
        witness_begin(&witness[i], must_attach(TF_FROM_OLDEST, i));
}

static void detach_witnesses(void)
{
    for (int i = 0; i < RINGS; i++) {
        tf_detach(witness[i].reader);
        witness[i].reader = NULL;
    }
}

static void drain_witnesses(void)
{
    for (int i = 0; i < RINGS; i++) {
        witness_drain(&witness[i]);
        REQUIRE(witness[i].lost == 0, "ring %d: %" PRIu64 " ticks were lost", i,
                witness[i].lost);
    }
}

/* The last 900 ticks, byte by byte. */
static void expect_equal_rings(void)
{
    tf_reader *readers[RINGS];
    struct tf_tick ticks[RINGS][1024];
    int got[RINGS];
    for (int i = 0; i < RINGS; i++) {
        readers[i] = must_attach(TF_FROM_OLDEST, i);
        got[i] = tf_read(readers[i], ticks[i], 1024);
        tf_detach(readers[i]);
    }
    REQUIRE(got[0] > 0 && got[0] == got[1] &&
                memcmp(ticks[0], ticks[1], (size_t)got[0] * sizeof ticks[0][0]) == 0,
            "the rings differ: %d and %d ticks", got[0], got[1]);
}

/* ---- instruction by instruction --------------------------------------------------------- */

/* What a child is told; `number` tells one turn from the next. */
struct turn {
    enum tf_backing backing;
    uint64_t number;
    bool streams;
};

enum { STORED = 3, STREAMED = TF_FLOOD_BATCH + 1 };

/* As in the middle of a flood in which streaming has won. */
static void begin_flood(tf_publisher *publisher)
{
    publisher->flood.streams = true;
    publisher->flood.batch = TF_FLOOD_BATCH;
    publisher->flood.lap = UINT64_MAX;
    publisher->flood.last_pub = tf_now();
    publisher->flood.last_count = UINT64_C(1) << 40;
}

static void publish_some(void *context)
{
    struct turn *turn = context;
    struct tf_publisher_options options = options_of(turn->backing);
    tf_publisher *publisher = must_create(&options);
    struct tf_tick ticks[STREAMED];
    for (uint64_t i = 0; i < STREAMED; i++)
        ticks[i] = tick_of(tf_publisher_seq(publisher) + 1 + i);
    if (turn->streams)
        begin_flood(publisher);
    stepper_mark();
    tf_publish(publisher, ticks, turn->streams ? STREAMED : STORED);
    stepper_mark();
}

/* How many instructions that takes, marks included. */
static uint64_t kill_while_publishing(enum tf_backing backing, bool streams, uint64_t by)
{
    const uint64_t most = streams ? STREAMED : STORED;
    struct turn turn = {.backing = backing, .streams = streams};
    uint64_t steps;
    bool more = true;
    for (steps = 0; more; steps += by) {
        /* It resumes what the one before it left. */
        pid_t pid = stepper_start(publish_some, &turn);
        if (steps == 0)
            attach_witnesses();
        drain_witnesses();
        REQUIRE(witness[0].next == witness[1].next, "the rings were not levelled");
        if (kills % 64 == 0)
            expect_equal_rings();
        uint64_t before = witness[0].next;
        more = stepper_go(pid, STEP_INSTRUCTION, steps);
        stepper_kill(pid);
        drain_witnesses(); /* what the dead one left, as it left it */
        REQUIRE(witness[0].next - before <= most && witness[0].next >= witness[1].next,
                "ticks from nowhere");
        kills++;
    }
    struct tf_publisher_options options = options_of(backing);
    tf_publisher *publisher = must_create(&options);
    drain_witnesses();
    expect_equal_rings();
    tf_publisher_end(publisher);
    tf_publisher_close(publisher);
    drain_witnesses();
    REQUIRE(witness[0].ended && witness[1].ended, "no end");
    detach_witnesses();
    REQUIRE(world_left() == 0, "something is left");
    return steps;
}

static struct tf_instrument instrument_of(uint64_t number)
{
    struct tf_instrument instrument = {.instrument_id = (uint32_t)number + 1,
                                       .lot_size = (uint32_t)number * 3};
    snprintf(instrument.symbol, sizeof instrument.symbol, "I%" PRIu64, number);
    return instrument;
}

static void define_one(void *context)
{
    struct turn *turn = context;
    struct tf_publisher_options options = options_of(turn->backing);
    struct tf_instrument instrument = instrument_of(turn->number);
    tf_publisher *publisher = must_create(&options);
    stepper_mark();
    tf_publisher_define(publisher, &instrument);
    stepper_mark();
}

static bool finds(int ring, const struct tf_instrument *wanted)
{
    struct tf_instrument by_id, by_symbol;
    bool id = tf_instrument_by_id(witness[ring].reader, wanted->instrument_id, &by_id) == 1;
    bool symbol =
        tf_instrument_by_symbol(witness[ring].reader, wanted->symbol, &by_symbol) == 1;
    REQUIRE(!id || memcmp(&by_id, wanted, sizeof by_id) == 0, "ring %d: half an instrument",
            ring);
    REQUIRE(!symbol || memcmp(&by_symbol, wanted, sizeof by_symbol) == 0,
            "ring %d: half an instrument", ring);
    return id && symbol;
}

static void kill_while_defining(enum tf_backing backing, uint64_t by)
{
    struct turn turn = {.backing = backing};
    bool more = true;
    uint64_t defined = 0;
    for (uint64_t steps = 0; more; steps += by) {
        pid_t pid = stepper_start(define_one, &turn);
        if (steps == 0)
            attach_witnesses();
        if (turn.number > 0) {
            /* The last turn's is in all rings or in none, and whole. */
            struct tf_instrument last = instrument_of(turn.number - 1);
            bool found = finds(0, &last);
            REQUIRE(found == finds(1, &last), "one ring knows %s, the other does not",
                    last.symbol);
            defined += found;
        }
        more = stepper_go(pid, STEP_INSTRUCTION, steps);
        stepper_kill(pid);
        struct tf_instrument half = instrument_of(turn.number++);
        for (int i = 0; i < RINGS; i++)
            finds(i, &half);
        drain_witnesses();
        kills++;
    }
    REQUIRE(defined > 0 && defined < turn.number, "%" PRIu64 " of %" PRIu64 " defined", defined,
            turn.number);
    detach_witnesses();
    tf_reclaim(world_stream("default"), false);
    REQUIRE(world_left() == 0, "something is left");
}

static void end_stream(void *context)
{
    struct turn *turn = context;
    struct tf_publisher_options options = options_of(turn->backing);
    tf_publisher *publisher = must_create(&options);
    stepper_mark();
    tf_publisher_end(publisher);
    stepper_mark();
}

/* Ended or not: never a tick after END_OF_STREAM, and a reader never waits for ever. */
static void kill_while_ending(enum tf_backing backing, uint64_t by)
{
    struct turn turn = {.backing = backing};
    bool more = true;
    for (uint64_t steps = 0; more; steps += by) {
        pid_t pid = stepper_start(end_stream, &turn);
        attach_witnesses();
        more = stepper_go(pid, STEP_INSTRUCTION, steps);
        stepper_kill(pid);
        drain_witnesses();
        struct tf_publisher_options options = options_of(backing);
        tf_publisher *publisher = must_create(&options);
        tf_publisher_end(publisher);
        for (int i = 0; i < RINGS; i++) {
            witness_drain(&witness[i]);
            int state = tf_wait(witness[i].reader, 0);
            REQUIRE(state == TF_ENDED || (state == TF_REPLACED && !witness[i].ended) ||
                        (state == TF_REPLACED && more),
                    "ring %d after %" PRIu64 " steps: tf_wait returned %d", i, steps, state);
        }
        tf_publisher_close(publisher);
        detach_witnesses();
        REQUIRE(world_left() == 0, "something is left");
        kills++;
    }
}

/* ---- system call by system call --------------------------------------------------------- */

static void create_one(void *context)
{
    struct tf_publisher_options *options = context;
    stepper_mark();
    must_create(options);
    stepper_mark();
}

static void leave_stream(void *context)
{
    tf_publisher *publisher = must_create(context);
    stepper_mark();
    tf_publisher_end(publisher);
    tf_publisher_close(publisher);
    stepper_mark();
}

static void attach_one(void *context)
{
    (void)context;
    stepper_mark();
    must_attach(TF_FROM_OLDEST, 0);
    stepper_mark();
}

static void detach_one(void *context)
{
    (void)context;
    tf_reader *reader = must_attach(TF_FROM_OLDEST, 0);
    stepper_mark();
    tf_detach(reader);
    stepper_mark();
}

static void reclaim_one(void *context)
{
    (void)context;
    stepper_mark();
    tf_reclaim(world_stream("default"), false);
    stepper_mark();
}

/* A stream whose publisher is gone, with readers. */
static void leave_dead_stream(const struct tf_publisher_options *options)
{
    tf_publisher *publisher = must_create(options);
    publish(publisher, 50);
    attach_witnesses();
    tf_publisher_close(publisher);
}

/* Clear up after a kill, by gc or by the next start; then nothing may be left. */
static void clear_up(const struct tf_publisher_options *options, bool by_gc, uint64_t stop,
                     const char *what)
{
    if (by_gc) {
        enum tf_reclaimed result = tf_reclaim(world_stream("default"), false);
        REQUIRE(result == TF_RECLAIM_DEAD, "%s, stop %" PRIu64 ": gc: %s", what, stop,
                tf_errmsg());
        tf_segment_reclaim(false);
    } else {
        struct tf_publisher_options next = *options;
        next.on_existing = TF_EXISTING_RESUME;
        tf_publisher *publisher = must_create(&next);
        tf_publisher_end(publisher);
        tf_publisher_close(publisher);
    }
    for (int i = 0; i < RINGS && witness[i].reader; i++) {
        witness_drain(&witness[i]);
        int state = tf_wait(witness[i].reader, 0);
        REQUIRE(state == TF_ENDED || state == TF_REPLACED,
                "%s, stop %" PRIu64 ": tf_wait returned %d", what, stop, state);
        REQUIRE(witness[i].lost == 0, "%s, stop %" PRIu64 ": ticks were lost", what, stop);
    }
    detach_witnesses();
    REQUIRE(world_left() == 0, "%s, stop %" PRIu64 ", %s: something is left", what, stop,
            by_gc ? "gc" : "next start");
}

/* `run` is killed at each stop; with `dead` it finds a dead stream that has readers. */
static void kill_at_calls(const char *what, void (*run)(void *context), bool dead,
                          struct tf_publisher_options options)
{
    struct tf_publisher_options first = options;
    bool more = true;
    first.on_existing = TF_EXISTING_RESUME;
    for (uint64_t stop = 0; more; stop++) {
        bool by_gc = stop / stride[STEP_SYSCALL] % 2;
        if (stop % stride[STEP_SYSCALL] != 0)
            continue;
        if (dead)
            leave_dead_stream(&first);
        pid_t pid = stepper_start(run, &options);
        if (run == leave_stream)
            attach_witnesses();
        more = stepper_go(pid, STEP_SYSCALL, stop);
        stepper_kill(pid);
        clear_up(&options, by_gc, stop, what);
        kills++;
    }
}

/* Readers that come and go: the roster has four slots, and each of the dead must come back. */
static void kill_readers_at_calls(const char *what, void (*run)(void *context),
                                  struct tf_publisher_options options)
{
    tf_publisher *publisher = must_create(&options);
    bool more = true;
    for (uint64_t stop = 0; more; stop += stride[STEP_SYSCALL]) {
        pid_t pid = stepper_start(run, NULL);
        more = stepper_go(pid, STEP_SYSCALL, stop);
        stepper_kill(pid);
        struct tf_stream_info info;
        tf_reader *reader = must_attach(TF_FROM_NEWEST, 0);
        tf_get_info(reader, &info);
        REQUIRE(info.roster_slot >= 0, "%s, stop %" PRIu64 ": no slot is free", what, stop);
        tf_detach(reader);
        kills++;
    }
    tf_publisher_end(publisher);
    tf_publisher_close(publisher);
    REQUIRE(world_left() == 0, "%s: something is left", what);
}

static void every_call(enum tf_backing backing)
{
    struct tf_publisher_options options = options_of(backing), anew = options;
    anew.on_existing = TF_EXISTING_RECREATE;
    options.no_helper = 0;
    kill_at_calls("create", create_one, false, options);
    kill_at_calls("resume", create_one, true, options);
    kill_at_calls("recreate", create_one, true, anew);
    kill_at_calls("leave", leave_stream, false, options);
    kill_at_calls("gc", reclaim_one, true, options);
    kill_readers_at_calls("attach", attach_one, options);
    kill_readers_at_calls("detach", detach_one, options);
}

int main(int argc, char **argv)
{
    const char *why;
    for (int i = 1; i < argc && i < 3; i++) {
        uint64_t value = strtoull(argv[i], NULL, 10);
        if (value > 0)
            stride[i - 1] = value;
    }
    setenv("TICKFAN_LOG", "error", 0);
    world_open();
    if (!stepper_works(&why)) {
        fprintf(stderr, "every_step: skipped: %s\n", why);
        world_close();
        return 77;
    }
    uint64_t began = tf_monotonic_ns(), by = stride[STEP_INSTRUCTION];
    uint64_t publishing = kill_while_publishing(TF_BACKING_SYSV, false, by);
    uint64_t streaming = kill_while_publishing(TF_BACKING_SYSV, true, 3 * by);
    kill_while_publishing(TF_BACKING_FILE, false,
                          10 * by); /* the same instructions, other memory */
    kill_while_defining(TF_BACKING_SYSV, 3 * by);
    kill_while_defining(TF_BACKING_FILE, 30 * by);
    kill_while_ending(TF_BACKING_SYSV, 3 * by);
    kill_while_ending(TF_BACKING_FILE, 30 * by);
    every_call(TF_BACKING_SYSV);
    every_call(TF_BACKING_FILE);
    printf("{\"test\":\"every_step\",\"instruction_stride\":%" PRIu64
           ",\"syscall_stride\":%" PRIu64 ",\"publish_instructions\":%" PRIu64
           ",\"stream_instructions\":%" PRIu64 ",\"kills\":%" PRIu64
           ",\"left\":0,\"seconds\":%.1f}\n",
           stride[STEP_INSTRUCTION], stride[STEP_SYSCALL], publishing, streaming, kills,
           (double)(tf_monotonic_ns() - began) / 1e9);
    world_close();
    return 0;
}
