/* SPDX-License-Identifier: Apache-2.0 */
/* A stream's life without crashes: made, found, ended, refused, made anew, reclaimed. */
#include "suite.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ON_BOTH_BACKINGS(lifecycle, all_is_gone_after_end_and_close)
{
    struct tf_publisher_options options = two_rings(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, 1));
    publish(publisher, 100);
    tf_publisher_end(publisher);
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 102, "EPOCH, 100 ticks, END_OF_STREAM");
    cr_expect(witness.ended && witness.epochs == 1);
    cr_expect_eq(tf_wait(witness.reader, -1), TF_ENDED);
    tf_detach(witness.reader);
    tf_publisher_close(publisher);
    cr_expect_eq(world_left(), 0);
}

ON_BOTH_BACKINGS(lifecycle, reader_of_a_closed_stream_keeps_its_memory_until_it_leaves)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, 0));
    publish(publisher, 100);
    finish(publisher);
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 102);
    cr_expect_eq(tf_wait(witness.reader, 0), TF_ENDED);
    cr_expect_eq(tf_get_state(witness.reader), TF_STATE_ENDED);
    tf_detach(witness.reader);
}

STREAM_TEST(lifecycle, ended_stream_can_be_attached_until_it_is_closed)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_FILE);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader;
    tf_publisher_end(publisher);
    tf_publisher_end(publisher); /* once is enough */
    cr_expect_eq(tf_publisher_seq(publisher), 2);
    reader = must_attach(TF_FROM_OLDEST, -1);
    cr_expect_eq(tf_get_state(reader), TF_STATE_ENDED);
    tf_detach(reader);
    tf_publisher_close(publisher);
    EXPECT_ERROR(tf_attach(NULL, NULL, &reader), TF_ENOSTREAM, "no stream 'default'");
    cr_expect_null(reader);
}

ON_BOTH_BACKINGS(lifecycle, second_publisher_is_refused_and_the_first_unharmed)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options), *second;
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    for (int how = TF_EXISTING_RESUME; how <= TF_EXISTING_REFUSE; how++) {
        options.on_existing = (enum tf_on_existing)how;
        EXPECT_ERROR(tf_publisher_create(&options, &second), TF_EBUSY, "another publisher");
        cr_expect_null(second);
    }
    cr_expect_eq(tf_reclaim(world_stream("default"), false), TF_RECLAIM_LIVE);
    cr_expect_eq(tf_reclaim(world_stream("default"), true), TF_RECLAIM_LIVE);
    struct tf_tick tick;
    publish(publisher, 1);
    cr_expect_eq(tf_read(reader, &tick, 1), 1);
    cr_expect_eq(tf_get_state(reader), TF_STATE_LIVE);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(lifecycle, publisher_that_leaves_before_the_end_is_resumed)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    publish(publisher, 10);
    tf_publisher_close(publisher);
    publisher = must_create(&options);
    cr_expect_not_null(strstr(tf_publisher_report(publisher), "resumed after tick 11"), "%s",
                       tf_publisher_report(publisher));
    cr_expect_eq(tf_publisher_seq(publisher), 12);
    publish(publisher, 10);
    finish(publisher);
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 23);
    cr_expect_eq(witness.last_epoch, 2);
    tf_detach(witness.reader);
}

ON_BOTH_BACKINGS(lifecycle, what_is_left_is_refused_if_so_wanted_and_stays_resumable)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options), *refused;
    tf_reader *reader = must_attach(TF_FROM_OLDEST, -1);
    tf_publisher_close(publisher);
    options.on_existing = TF_EXISTING_REFUSE;
    EXPECT_ERROR(tf_publisher_create(&options, &refused), TF_EBUSY, "--on-existing");
    options.on_existing = TF_EXISTING_RESUME;
    publisher = must_create(&options);
    cr_expect_eq(tf_publisher_seq(publisher), 2, "it went on");
    cr_expect_eq(tf_get_state(reader), TF_STATE_LIVE);
    tf_detach(reader);
    finish(publisher);
    options.on_existing = TF_EXISTING_REFUSE;
    finish(must_create(&options)); /* nothing is left: nothing to refuse */
}

ON_BOTH_BACKINGS(lifecycle, recreated_stream_begins_anew_and_tells_its_old_readers)
{
    struct tf_publisher_options options = two_rings(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness old[2], young;
    for (int i = 0; i < 2; i++)
        witness_begin(&old[i], must_attach(TF_FROM_OLDEST, i));
    publish(publisher, 10);
    tf_publisher_close(publisher);
    options.on_existing = TF_EXISTING_RECREATE;
    publisher = must_create(&options);
    publish(publisher, 5);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(tf_wait(old[i].reader, 0), 1, "first what is left");
        witness_drain(&old[i]);
        cr_expect_eq(old[i].ticks, 11);
        cr_expect_eq(tf_wait(old[i].reader, -1), TF_REPLACED);
        cr_expect_eq(tf_get_state(old[i].reader), TF_STATE_REPLACED);
        tf_detach(old[i].reader);
    }
    witness_begin(&young, must_attach(TF_FROM_OLDEST, -1));
    witness_drain(&young);
    cr_expect_eq(young.start, 1);
    cr_expect_eq(young.ticks, 6);
    cr_expect_eq(young.last_epoch, 2, "incarnations are counted on");
    tf_detach(young.reader);
    finish(publisher);
}

STREAM_TEST(lifecycle, stream_of_another_shape_is_made_anew)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_FILE);
    for (int change = 0; change < 4; change++) {
        tf_publisher_close(must_create(&options));
        tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
        options.capacity <<= change == 0;
        options.instruments += change == 1;
        options.readers += change == 2;
        options.node_count += change == 3;
        tf_publisher *publisher = must_create(&options);
        cr_expect_eq(tf_publisher_seq(publisher), 1);
        cr_expect_eq(tf_get_state(reader), TF_STATE_REPLACED);
        tf_detach(reader);
        finish(publisher);
    }
}

STREAM_TEST(lifecycle, yesterdays_ended_stream_is_not_resumed)
{
    /* Killed between end and close. */
    struct tf_publisher_options options = small_stream(TF_BACKING_FILE);
    struct tf_segment segment;
    tf_publisher *publisher = must_create(&options);
    tf_publisher_close(publisher);
    tf_store32(&map_data("default", 0, &segment)->state, TF_STORED_ENDED);
    tf_segment_detach(&segment);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    publisher = must_create(&options);
    cr_expect_eq(tf_publisher_seq(publisher), 1);
    cr_expect_eq(tf_wait(reader, 0), TF_ENDED, "it did end, whoever came after");
    tf_detach(reader);
    finish(publisher);
}

/* ---- names and options ------------------------------------------------------------------ */

STREAM_TEST(lifecycle, names_that_are_none_are_refused_on_both_sides)
{
    static const char *const names[] = {
        ".",   "..",       ".hidden",
        "a/b", "../x",     "a b",
        "a\n", "\xc3\xa4", "0123456789012345678901234567890123456789012345678901234567890123"};
    struct tf_publisher_options options = small_stream(TF_BACKING_FILE);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        tf_publisher *publisher;
        tf_reader *reader;
        options.name = names[i];
        EXPECT_ERROR(tf_publisher_create(&options, &publisher), TF_EUSAGE, "no stream name");
        EXPECT_ERROR(tf_attach(names[i], NULL, &reader), TF_EUSAGE, "no stream name");
    }
}

STREAM_TEST(lifecycle, name_comes_from_the_environment_when_none_is_given)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    struct tf_stream_info info;
    tf_reader *reader;
    setenv("TICKFAN_STREAM", "itch.A-1_x", 1);
    tf_publisher *publisher = must_create(&options);
    unsetenv("TICKFAN_STREAM");
    cr_assert_eq(tf_attach("itch.A-1_x", NULL, &reader), 0, "%s", tf_errmsg());
    tf_get_info(reader, &info);
    cr_expect_str_eq(info.name, "itch.A-1_x");
    cr_expect_str_eq(info.backing, "sysv");
    cr_expect_eq(info.publisher_pid, getpid());
    cr_expect_eq(info.capacity, 1024);
    tf_detach(reader);
    EXPECT_ERROR(tf_attach(NULL, NULL, &reader), TF_ENOSTREAM, "there is: itch.A-1_x");
    finish(publisher);
}

#define EXPECT_REFUSED(field, value, words)                                                    \
    do {                                                                                       \
        struct tf_publisher_options bad = small_stream(TF_BACKING_FILE);                       \
        tf_publisher *publisher;                                                               \
        bad.field = value;                                                                     \
        EXPECT_ERROR(tf_publisher_create(&bad, &publisher), TF_EUSAGE, words);                 \
        cr_expect_null(publisher);                                                             \
    } while (0)

STREAM_TEST(lifecycle, senseless_options_are_refused_and_leave_nothing)
{
    static const int nowhere[] = {4711};
    EXPECT_REFUSED(size, 8, "rebuild");
    EXPECT_REFUSED(capacity, 1000, "power of two");
    EXPECT_REFUSED(capacity, 512, "1024");
    EXPECT_REFUSED(capacity, UINT64_C(1) << 31, "2^30");
    EXPECT_REFUSED(instruments, TF_INSTRUMENTS_MAX + 1, "instruments");
    EXPECT_REFUSED(readers, TF_READERS_MAX + 1, "readers");
    EXPECT_REFUSED(node_count, TF_MAX_RINGS + 1, "rings");
    EXPECT_REFUSED(nodes, nowhere, "4711");
    EXPECT_REFUSED(group, "no-such-group", "no-such-group");
    cr_expect_eq(world_left(), 0);
}

STREAM_TEST(lifecycle, rings_without_nodes_are_refused)
{
    EXPECT_REFUSED(nodes, NULL, "node");
}

STREAM_TEST(lifecycle, publisher_that_cannot_get_memory_leaves_nothing)
{
    struct tf_publisher_options options = two_rings(TF_BACKING_FILE);
    tf_publisher *publisher;
    options.file_dir = "/dev/shm/no/such/directory";
    cr_expect_lt(tf_publisher_create(&options, &publisher), 0);
    cr_expect_not_null(strstr(tf_errmsg(), "/dev/shm/no/such/directory"), "%s", tf_errmsg());
    cr_expect_null(publisher);
    cr_expect_eq(world_left(), 0);
}

STREAM_TEST(lifecycle, runtime_directory_that_is_too_long_is_refused_not_shortened)
{
    char longer[240];
    tf_publisher *publisher = NULL;
    tf_reader *reader;
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    int used = snprintf(longer, sizeof longer, "%s/", world_directory());
    memset(longer + used, 'd', sizeof longer - (size_t)used);
    longer[sizeof longer - 1] = 0;
    setenv("TICKFAN_DIR", longer, 1);
    EXPECT_ERROR(tf_publisher_create(&options, &publisher), TF_EUSAGE, "too long");
    EXPECT_ERROR(tf_attach(NULL, NULL, &reader), TF_EUSAGE, "too long");
    tf_publisher_close(publisher);
    setenv("TICKFAN_DIR", world_directory(), 1);
    world_close();
}

STREAM_TEST(lifecycle, two_streams_of_one_process_do_not_meet)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_AUTO);
    tf_publisher *publishers[2];
    tf_reader *readers[2];
    static const char *const names[] = {"one", "two"};
    for (int i = 0; i < 2; i++) {
        options.name = names[i];
        publishers[i] = must_create(&options);
        cr_assert_eq(tf_attach(names[i], NULL, &readers[i]), 0, "%s", tf_errmsg());
    }
    struct tf_tick tick;
    publish(publishers[1], 1);
    cr_expect_eq(tf_read(readers[0], &tick, 1), 0);
    cr_expect_eq(tf_read(readers[1], &tick, 1), 1);
    for (int i = 0; i < 2; i++) {
        tf_detach(readers[i]);
        finish(publishers[i]);
    }
}
