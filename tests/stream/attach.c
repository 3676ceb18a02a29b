/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching: where a reader begins, which ring it gets, who may, and what it is told if not. */
#include "suite.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

static struct tf_attach_options how_to(enum tf_from from, uint64_t seq)
{
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    how.from = from;
    how.from_seq = seq;
    return how;
}

static tf_reader *attach_with(const struct tf_attach_options *how)
{
    tf_reader *reader;
    int error = tf_attach(NULL, how, &reader);
    cr_assert_eq(error, 0, "%s", tf_errmsg());
    return reader;
}

static uint64_t next_seq(const tf_reader *reader)
{
    struct tf_stats stats;
    tf_get_stats(reader, &stats);
    return stats.next_seq;
}

/* ---- where a reader begins -------------------------------------------------------------- */

ON_BOTH_BACKINGS(attach, newest_begins_with_what_comes_next)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    publish(publisher, 9);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    struct tf_tick tick;
    cr_expect_eq(tf_read(reader, &tick, 1), 0);
    publish(publisher, 1);
    cr_assert_eq(tf_read(reader, &tick, 1), 1);
    cr_expect_eq(tick.seq, 11);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(attach, oldest_begins_with_the_first_tick_or_with_room_to_spare)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_OLDEST, -1);
    cr_expect_eq(next_seq(reader), 1);
    tf_detach(reader);
    publish(publisher, 10000);
    reader = must_attach(TF_FROM_OLDEST, -1);
    uint64_t from = next_seq(reader);
    cr_expect_eq(from, 10001 - 1024 + 1024 / 8 + 1);
    /* The room: so many more, and the oldest is still there. */
    struct tf_tick tick;
    publish(publisher, 1024 / 8 - TF_PREPARED_MAX);
    cr_expect_eq(tf_read(reader, &tick, 1), 1);
    cr_expect_eq(tick.seq, from);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(attach, sequence_begins_there_or_says_what_is_gone_or_waits)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct tf_attach_options how = how_to(TF_FROM_SEQUENCE, 9900);
    struct tf_tick tick;
    struct tf_stats stats;
    publish(publisher, 10000);
    tf_reader *reader = attach_with(&how);
    cr_expect_eq(tf_read(reader, &tick, 1), 1);
    cr_expect_eq(tick.seq, 9900);
    tf_detach(reader);

    how.from_seq = 5;
    reader = attach_with(&how);
    cr_expect_eq(tf_read(reader, &tick, 1), TF_OVERRUN);
    cr_expect_eq(tf_read(reader, &tick, 1), 1);
    tf_get_stats(reader, &stats);
    cr_expect_eq(stats.lost, tick.seq - 5);
    cr_expect_eq(stats.overrun_polling, 1);
    tf_detach(reader);

    how.from_seq = 10005;
    reader = attach_with(&how);
    cr_expect_eq(tf_wait(reader, 0), 0);
    tf_get_stats(reader, &stats);
    cr_expect_eq(stats.lag, 0);
    publish(publisher, 5);
    cr_expect_eq(tf_read(reader, &tick, 1), 1);
    cr_expect_eq(tick.seq, 10005);
    tf_detach(reader);
    finish(publisher);
}

/* ---- which ring ------------------------------------------------------------------------- */

STREAM_TEST(attach, ring_is_chosen_by_index_by_node_or_by_where_the_thread_runs)
{
    struct tf_publisher_options options = two_rings(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    struct tf_stream_info info;
    for (int choice = 0; choice < 4; choice++) {
        how.ring = choice < 2 ? choice : -1;
        how.node = choice == 2 ? 0 : -1;
        tf_reader *reader = attach_with(&how);
        tf_get_info(reader, &info);
        cr_expect_eq(info.ring, choice == 1);
        cr_expect(info.rings == 2 && info.node == 0);
        tf_detach(reader);
    }
    tf_reader *reader;
    how.ring = 2;
    EXPECT_ERROR(tf_attach(NULL, &how, &reader), TF_EUSAGE, "no ring 2");
    how.ring = -1;
    how.node = 4711;
    EXPECT_ERROR(tf_attach(NULL, &how, &reader), TF_EUSAGE, "no ring on node 4711");
    finish(publisher);
}

/* ---- what is refused -------------------------------------------------------------------- */

static void expect_usage(struct tf_attach_options how, const char *words)
{
    tf_reader *reader = (tf_reader *)&how;
    EXPECT_ERROR(tf_attach(NULL, &how, &reader), TF_EUSAGE, words);
    cr_expect_null(reader);
}

STREAM_TEST(attach, senseless_options_are_refused)
{
    struct tf_attach_options bad = TF_ATTACH_OPTIONS_INIT;
    bad.size++;
    expect_usage(bad, "rebuild");
    bad = how_to((enum tf_from)3, 1);
    expect_usage(bad, "enum tf_from");
    bad = how_to(TF_FROM_SEQUENCE, 0);
    expect_usage(bad, "from 1");
    bad = how_to(TF_FROM_SEQUENCE, UINT64_MAX);
    expect_usage(bad, "from 1");
    bad = how_to(TF_FROM_NEWEST, 0);
    bad.wait = (enum tf_wait_mode)4;
    expect_usage(bad, "enum tf_wait_mode");
}

STREAM_TEST(attach, missing_stream_is_said_with_where_was_looked_and_what_is_there)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_reader *reader;
    EXPECT_ERROR(tf_attach("nasdaq", NULL, &reader), TF_ENOSTREAM, world_directory());
    options.name = "iex";
    tf_publisher *publisher = must_create(&options);
    EXPECT_ERROR(tf_attach("nasdaq", NULL, &reader), TF_ENOSTREAM, "there is: iex");
    finish(publisher);
    setenv("TICKFAN_DIR", "/dev/shm/tf-test-no-such", 1);
    EXPECT_ERROR(tf_attach("nasdaq", NULL, &reader), TF_ENOSTREAM, "/dev/shm/tf-test-no-such");
}

STREAM_TEST(attach, stream_being_made_is_not_there_yet)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_FILE);
    struct tf_descriptor descriptor;
    tf_reader *reader;
    tf_publisher_close(must_create(&options));
    cr_assert_eq(tf_descriptor_read(world_stream("default"), &descriptor), 0);
    descriptor.epoch = 0;
    cr_assert_eq(tf_descriptor_write(world_stream("default"), &descriptor), 0);
    EXPECT_ERROR(tf_attach(NULL, NULL, &reader), TF_ENOSTREAM, "being made");
    finish(must_create(&options));
}

/* Until it is killed: a stream that is made anew without end. */
static void recreate_for_ever(void *context)
{
    struct tf_publisher_options options = small_stream(*(enum tf_backing *)context);
    options.on_existing = TF_EXISTING_RECREATE;
    options.no_helper = 1;
    for (;;) {
        tf_publisher *publisher = must_create(&options);
        publish(publisher, 10);
        usleep(1000);
        if (tf_publisher_seq(publisher) % 2)
            tf_publisher_end(publisher);
        tf_publisher_close(publisher);
        tf_add32_full((tf_word32 *)(void *)board(), 1);
    }
}

ON_BOTH_BACKINGS(attach, stream_that_comes_and_goes_is_there_or_not_and_nothing_else)
{
    pid_t publisher = child_start(recreate_for_ever, backing);
    struct tf_attach_options how = how_to(TF_FROM_OLDEST, 0);
    int there = 0;
    while (there < 20 || tf_load(board()) < 50) {
        tf_reader *reader;
        int error = tf_attach(NULL, &how, &reader);
        cr_assert(error == 0 || error == TF_ENOSTREAM, "%d: %s", error, tf_errmsg());
        if (error)
            continue;
        there++;
        struct witness witness;
        witness_begin(&witness, reader);
        witness_drain(&witness);
        cr_assert_leq(witness.ticks, 12);
        tf_detach(reader);
    }
    child_kill(publisher);
    tf_reclaim(world_stream("default"), false);
    tf_segment_reclaim(false); /* killed between getting a segment and marking it */
}

/* ---- who may ---------------------------------------------------------------------------- */

enum { NOBODY = 65534, GROUP = 54321 };

/* As another user in the group on the board: the error of attaching, as an exit status. */
static void attach_as_nobody(void *context)
{
    gid_t group = *(gid_t *)context;
    tf_reader *reader;
    struct tf_stream_info info;
    struct tf_tick tick;
    REQUIRE(setgroups(0, NULL) == 0 && setgid(group) == 0 && setuid(NOBODY) == 0, "%s",
            strerror(errno));
    struct tf_attach_options how = how_to(TF_FROM_OLDEST, 0);
    int error = tf_attach(NULL, &how, &reader);
    if (error)
        _exit(-error);
    tf_get_info(reader, &info);
    REQUIRE(info.roster_slot >= 0, "no slot");
    REQUIRE(tf_read(reader, &tick, 1) == 1, "no tick");
    REQUIRE(tf_get_state(reader) == TF_STATE_LIVE, "not live");
    tf_detach(reader);
}

ON_BOTH_BACKINGS(attach, group_reads_and_strangers_are_refused)
{
    if (geteuid() != 0)
        SKIP("becoming another user takes root");
    struct tf_publisher_options options = small_stream(*backing);
    gid_t group = GROUP, stranger = NOBODY;
    options.group = "54321";
    tf_publisher *publisher = must_create(&options);
    cr_expect_eq(child_wait(child_start(attach_as_nobody, &group)), 0);
    cr_expect_eq(child_wait(child_start(attach_as_nobody, &stranger)), -TF_EPERM);
    finish(publisher);
}

static void outlive_the_publisher(void *context)
{
    tf_reader *reader;
    (void)context;
    REQUIRE(setgroups(0, NULL) == 0 && setgid(GROUP) == 0 && setuid(NOBODY) == 0, "%s",
            strerror(errno));
    child_dies_with_parent();
    int error = tf_attach(NULL, NULL, &reader);
    REQUIRE(error == 0, "%s", tf_errmsg());
    tf_store_release(board(), 1);
    struct tf_tick tick;
    int state;
    while ((state = tf_wait(reader, -1)) == 1) /* the EPOCH, if it was that quick */
        tf_read(reader, &tick, 1);
    REQUIRE(state == TF_DEAD, "tf_wait returned %d", state);
    tf_detach(reader);
}

static void publish_for_ever(void *context)
{
    must_create(context);
    for (;;)
        pause();
}

ON_BOTH_BACKINGS(attach, reader_who_may_not_see_the_lock_notices_death_all_the_same)
{
    if (geteuid() != 0)
        SKIP("becoming another user takes root");
    struct tf_publisher_options options = small_stream(*backing);
    tf_reader *probe;
    options.group = "54321";
    pid_t publisher = child_start(publish_for_ever, &options);
    WAIT_UNTIL(tf_attach(NULL, NULL, &probe) == 0);
    tf_detach(probe);
    pid_t reader = child_start(outlive_the_publisher, NULL);
    WAIT_UNTIL(tf_load_acquire(board()) || child_state(reader) == 'Z');
    child_kill(publisher);
    cr_expect_eq(child_wait(reader), 0);
    cr_expect_eq(tf_reclaim(world_stream("default"), false), TF_RECLAIM_DEAD);
}
