/* SPDX-License-Identifier: Apache-2.0 */
/* Every way of waiting is woken, times out, and sees the end; blocking really sleeps. */
#include "suite.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Words of the board. */
enum { READY, ROUNDS };

/* A parameter holds no pointer. */
struct way {
    enum tf_wait_mode wait;
    bool anonymous;
    bool no_helper;
};

#define ON_EVERY_WAY(test)                                                                     \
    ParameterizedTestParameters(waiting, test)                                                 \
    {                                                                                          \
        static struct way ways[] = {                                                           \
            {TF_WAIT_BACKOFF, false, false}, {TF_WAIT_SPIN, false, false},                     \
            {TF_WAIT_PAUSE, false, false},   {TF_WAIT_BLOCK, false, false},                    \
            {TF_WAIT_BLOCK, true, false},    {TF_WAIT_BLOCK, false, true},                     \
            {TF_WAIT_BACKOFF, true, true}};                                                    \
        return cr_make_param_array(struct way, ways, sizeof ways / sizeof ways[0], NULL);      \
    }                                                                                          \
    ParameterizedTest(struct way *way, waiting, test, .init = open_quiet_world,                \
                      .fini = close_empty_world, .timeout = 120)

static struct tf_publisher_options stream_for(const struct way *way)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    options.readers = 1;
    options.no_helper = way->no_helper;
    return options;
}

static tf_reader *attach_way(const struct way *way)
{
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    struct tf_stream_info info;
    tf_reader *reader, *first = NULL;
    if (way->anonymous) /* somebody else has the only slot */
        first = must_attach(TF_FROM_NEWEST, -1);
    how.wait = way->wait;
    int error = tf_attach(NULL, &how, &reader);
    REQUIRE(error == 0, "%s", tf_errmsg());
    tf_get_info(reader, &info);
    REQUIRE((info.roster_slot < 0) == way->anonymous, "slot %d", info.roster_slot);
    tf_detach(first);
    return reader;
}

ON_EVERY_WAY(what_is_there_is_not_waited_for)
{
    struct tf_publisher_options options = stream_for(way);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = attach_way(way);
    publish(publisher, 1);
    cr_expect_eq(tf_wait(reader, 0), 1);
    cr_expect_eq(tf_wait(reader, -1), 1, "as often as it is asked");
    struct tf_tick tick;
    cr_expect_eq(tf_read(reader, &tick, 1), 1);
    publish(publisher, 3000);
    cr_expect_eq(tf_wait(reader, -1), 1, "an overrun is something to be told");
    cr_expect_eq(tf_read(reader, &tick, 1), TF_OVERRUN);
    tf_detach(reader);
    finish(publisher);
}

ON_EVERY_WAY(time_runs_out)
{
    struct tf_publisher_options options = stream_for(way);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = attach_way(way);
    static const int64_t timeouts[] = {0, 1, 1000, 1000 * 1000, 20 * 1000 * 1000};
    for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        uint64_t before = tf_monotonic_ns();
        cr_expect_eq(tf_wait(reader, timeouts[i]), 0);
        cr_expect_geq(tf_monotonic_ns() - before, (uint64_t)timeouts[i], "not before its time");
    }
    tf_detach(reader);
    finish(publisher);
}

/* Answer each round: wait for a tick, read it, say so. */
static void wait_in_rounds(void *context)
{
    tf_reader *reader = attach_way(context);
    struct tf_tick tick;
    int state;
    tf_store_release(&board()[READY], 1);
    while ((state = tf_wait(reader, -1)) == 1) {
        REQUIRE(tf_read(reader, &tick, 1) == 1, "woken for nothing");
        if (tick.rtype == TF_RTYPE_MBO)
            tf_store_release(&board()[ROUNDS], tick.seq);
    }
    REQUIRE(state == TF_ENDED, "tf_wait returned %d", state);
    tf_detach(reader);
}

ON_EVERY_WAY(tick_wakes_and_so_does_the_end)
{
    struct tf_publisher_options options = stream_for(way);
    tf_publisher *publisher = must_create(&options);
    pid_t reader = child_start(wait_in_rounds, way);
    WAIT_UNTIL(tf_load_acquire(&board()[READY]) || child_state(reader) == 'Z');
    for (int round = 0; round < 20; round++) {
        /* Now and then long enough for the deepest sleep. */
        usleep(round % 5 == 0 ? 30000 : 500);
        uint64_t seq = publish(publisher, 1);
        WAIT_UNTIL(tf_load_acquire(&board()[ROUNDS]) == seq || child_state(reader) == 'Z');
    }
    tf_publisher_end(publisher);
    cr_expect_eq(child_wait(reader), 0);
    tf_publisher_close(publisher);
}

/* ---- blocking --------------------------------------------------------------------------- */

static bool is_marked_waiting(void)
{
    struct tf_segment segment;
    struct tf_roster_header *header = map_roster("default", &segment);
    bool waiting = tf_load32(&tf_roster_slots(header)[0].waiting) == 1;
    tf_segment_detach(&segment);
    return waiting;
}

STREAM_TEST(waiting, blocked_reader_sleeps_in_the_kernel_until_it_is_woken)
{
    struct way way = {.wait = TF_WAIT_BLOCK};
    struct tf_publisher_options options = stream_for(&way);
    tf_publisher *publisher = must_create(&options);
    pid_t reader = child_start(wait_in_rounds, &way);
    for (int round = 0; round < 5; round++) {
        WAIT_UNTIL(is_marked_waiting() && child_state(reader) == 'S');
        uint64_t seq = publish(publisher, 1);
        WAIT_UNTIL(tf_load_acquire(&board()[ROUNDS]) == seq || child_state(reader) == 'Z');
    }
    /* Half a core is a hundred times what it needs; spinning takes a whole one. */
    uint64_t began = tf_monotonic_ns();
    usleep(1000 * 1000);
    tf_publisher_end(publisher);
    struct rusage usage;
    int status;
    cr_assert_eq(wait4(reader, &status, 0, &usage), reader);
    cr_expect_eq(status, 0);
    uint64_t wall = tf_monotonic_ns() - began;
    uint64_t used = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * TF_NS_PER_S +
                    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
    cr_expect_lt(used, wall / 2, "%llu ns of CPU in %llu ns", (unsigned long long)used,
                 (unsigned long long)wall);
    tf_publisher_close(publisher);
}

static void wait_for_the_end(void *context)
{
    tf_reader *reader = attach_way(context);
    tf_add32_full((tf_word32 *)(void *)&board()[READY], 1);
    int state = tf_wait(reader, -1);
    while (state == 1) {
        struct witness witness;
        witness_begin(&witness, reader);
        witness_drain(&witness);
        state = tf_wait(reader, -1);
    }
    REQUIRE(state == TF_ENDED, "tf_wait returned %d", state);
    tf_detach(reader);
}

STREAM_TEST(waiting, many_blocked_readers_are_all_woken)
{
    enum { READERS = 12 };
    struct way way = {.wait = TF_WAIT_BLOCK};
    struct tf_publisher_options options = two_rings(TF_BACKING_SYSV);
    options.readers = READERS;
    tf_publisher *publisher = must_create(&options);
    pid_t readers[READERS];
    for (int i = 0; i < READERS; i++)
        readers[i] = child_start(wait_for_the_end, &way);
    WAIT_UNTIL(tf_load(&board()[READY]) == READERS);
    for (int i = 0; i < 50; i++) {
        publish(publisher, 3);
        usleep(300);
    }
    tf_publisher_end(publisher);
    for (int i = 0; i < READERS; i++)
        cr_expect_eq(child_wait(readers[i]), 0);
    tf_publisher_close(publisher);
}
