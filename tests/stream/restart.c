/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers that are killed: readers go on by themselves, or learn that nobody comes. */
#include "suite.h"

#include <string.h>
#include <unistd.h>

/* Words of the board. */
enum { UPTO, PUBLISHED, MAY_END };

/* Publish as far as the board says, for ever or until the end is wanted. */
static void publish_as_told(void *context)
{
    tf_publisher *publisher = must_create(context);
    while (!tf_load(&board()[MAY_END])) {
        uint64_t upto = tf_load(&board()[UPTO]), seq = tf_publisher_seq(publisher);
        if (seq < upto)
            publish(publisher, upto - seq);
        tf_store_release(&board()[PUBLISHED], tf_publisher_seq(publisher));
        usleep(200);
    }
    finish(publisher);
}

static pid_t start_publisher(struct tf_publisher_options *options, uint64_t upto)
{
    tf_store(&board()[PUBLISHED], 0);
    tf_store(&board()[UPTO], upto);
    pid_t pid = child_start(publish_as_told, options);
    WAIT_UNTIL(tf_load_acquire(&board()[PUBLISHED]) >= upto);
    return pid;
}

static void end_well(pid_t publisher)
{
    tf_store(&board()[MAY_END], 1);
    cr_expect_eq(child_wait(publisher), 0);
}

ON_BOTH_BACKINGS(restart, reader_goes_on_by_itself_after_a_kill)
{
    struct tf_publisher_options options = two_rings(*backing);
    pid_t publisher = start_publisher(&options, 10);
    struct witness witness[2];
    struct tf_stats stats;
    for (int i = 0; i < 2; i++) {
        witness_begin(&witness[i], must_attach(TF_FROM_OLDEST, i));
        witness_drain(&witness[i]);
    }
    for (uint64_t epoch = 2; epoch <= 5; epoch++) {
        child_kill(publisher);
        publisher = start_publisher(&options, 100 * epoch);
        for (int i = 0; i < 2; i++) {
            cr_assert_eq(tf_wait(witness[i].reader, -1), 1);
            witness_drain(&witness[i]);
            cr_expect_eq(witness[i].next, 100 * epoch + 1);
            cr_expect_eq(witness[i].last_epoch, epoch);
            tf_get_stats(witness[i].reader, &stats);
            cr_expect_eq(stats.epoch, epoch);
            cr_expect_eq(stats.lost, 0);
            cr_expect_eq(tf_get_state(witness[i].reader), TF_STATE_LIVE);
        }
    }
    end_well(publisher);
    for (int i = 0; i < 2; i++) {
        witness_drain(&witness[i]);
        cr_expect(witness[i].ended);
        cr_expect_eq(tf_wait(witness[i].reader, -1), TF_ENDED);
        tf_detach(witness[i].reader);
    }
}

ON_BOTH_BACKINGS(restart, reader_is_told_when_nobody_comes_and_goes_on_when_somebody_does)
{
    struct tf_publisher_options options = small_stream(*backing);
    pid_t publisher = start_publisher(&options, 10);
    struct witness witness;
    struct tf_stream_info info;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    child_kill(publisher);
    cr_expect_eq(tf_wait(witness.reader, -1), 1, "first what is left to read");
    witness_drain(&witness);
    cr_expect_eq(tf_wait(witness.reader, -1), TF_DEAD);
    cr_expect_eq(tf_wait(witness.reader, -1), TF_DEAD, "as often as it is asked");
    cr_expect_eq(tf_get_state(witness.reader), TF_STATE_DEAD);
    publisher = start_publisher(&options, 20);
    cr_expect_eq(tf_wait(witness.reader, -1), 1);
    cr_expect_eq(tf_get_state(witness.reader), TF_STATE_LIVE);
    tf_get_info(witness.reader, &info);
    cr_expect_eq(info.publisher_pid, publisher);
    end_well(publisher);
    witness_drain(&witness);
    cr_expect_eq(witness.epochs, 2);
    cr_expect(witness.ended);
    tf_detach(witness.reader);
}

ON_BOTH_BACKINGS(restart, dead_stream_can_be_attached_and_read)
{
    struct tf_publisher_options options = small_stream(*backing);
    pid_t publisher = start_publisher(&options, 10);
    tf_reader *keeper =
        must_attach(TF_FROM_NEWEST, -1); /* SysV memory goes with the last one */
    struct witness witness;
    child_kill(publisher);
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 10);
    tf_detach(keeper);
    publisher = start_publisher(&options, 20);
    end_well(publisher);
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 21);
    tf_detach(witness.reader);
}

STREAM_TEST(restart, files_keep_a_stream_that_nobody_held)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_FILE);
    pid_t publisher = start_publisher(&options, 10);
    struct witness witness;
    child_kill(publisher);
    publisher = start_publisher(&options, 20);
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 20);
    cr_expect_eq(witness.epochs, 2);
    tf_detach(witness.reader);
    end_well(publisher);
}

STREAM_TEST(restart, sysv_stream_that_nobody_held_begins_anew_and_counts_its_epochs_on)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    pid_t publisher = start_publisher(&options, 10);
    struct witness witness;
    child_kill(publisher);
    publisher = start_publisher(&options, 5);
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 5);
    cr_expect_eq(witness.last_epoch, 2);
    tf_detach(witness.reader);
    end_well(publisher);
}

ON_BOTH_BACKINGS(restart, ring_that_nobody_read_is_made_good_from_the_one_that_somebody_did)
{
    struct tf_publisher_options options = two_rings(*backing);
    pid_t publisher = start_publisher(&options, 3000);
    for (int kept = 1; kept >= 0; kept--) {
        struct witness stayed, came;
        witness_begin(&stayed, must_attach(TF_FROM_OLDEST, kept));
        child_kill(publisher); /* and with it, if it is SysV memory, the other ring */
        publisher = start_publisher(&options, tf_load(&board()[UPTO]) + 10);
        witness_begin(&came, must_attach(TF_FROM_OLDEST, 1 - kept));
        witness_drain(&stayed);
        witness_drain(&came);
        cr_expect_eq(stayed.next, tf_load(&board()[UPTO]) + 1);
        cr_expect_eq(came.next, stayed.next);
        cr_expect_gt(came.ticks, 800, "what was before is there as well");
        cr_expect(stayed.lost == 0 && came.lost == 0);
        tf_detach(stayed.reader);
        tf_detach(came.reader);
    }
    end_well(publisher);
}

ON_BOTH_BACKINGS(restart, blocked_reader_is_woken_by_the_successor)
{
    struct tf_publisher_options options = small_stream(*backing);
    pid_t publisher = start_publisher(&options, 10);
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    struct witness witness;
    tf_reader *reader;
    int state;
    how.wait = TF_WAIT_BLOCK;
    cr_assert_eq(tf_attach(NULL, &how, &reader), 0, "%s", tf_errmsg());
    witness_begin(&witness, reader);
    child_kill(publisher);
    tf_store(&board()[UPTO], 20);
    publisher = child_start(publish_as_told, &options);
    while ((state = tf_wait(reader, -1)) == TF_DEAD)
        ;
    cr_expect_eq(state, 1);
    end_well(publisher);
    witness_drain(&witness);
    cr_expect(witness.ended);
    tf_detach(reader);
}

/* ---- what a successor finds ------------------------------------------------------------- */

ON_BOTH_BACKINGS(restart, successor_believes_the_stamps_and_not_the_head)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    struct tf_segment segment;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    publish(publisher, 3000);
    struct tf_data_header *header = map_data("default", 0, &segment);
    tf_publisher_close(publisher);
    tf_store(&header->head, 2990); /* as if killed before the head was stored */
    publisher = must_create(&options);
    cr_expect_eq(tf_publisher_seq(publisher), 3002);
    cr_expect_eq(tf_load(&header->head), 3002);
    finish(publisher);
    witness_drain(&witness);
    cr_expect_eq(witness.next, 3004);
    tf_segment_detach(&segment);
    tf_detach(witness.reader);
}

ON_BOTH_BACKINGS(restart, ring_that_is_damaged_is_replaced_not_resumed)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct tf_segment segment;
    publish(publisher, 3000);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    tf_publisher_close(publisher);
    struct tf_data_header *header = map_data("default", 0, &segment);
    tf_store(&tf_data_slots(header)[5].word[TF_WORD_STAMP], 7);
    publisher = must_create(&options);
    cr_expect_eq(tf_publisher_seq(publisher), 1);
    cr_expect_eq(tf_wait(reader, 0), TF_REPLACED);
    tf_segment_detach(&segment);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(restart, roster_that_a_reader_wrote_over_does_not_end_the_stream)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    struct tf_segment segment;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    publish(publisher, 10);
    void *roster = map_roster("default", &segment);
    memset(roster, 0xa5, segment.length);
    tf_publisher_close(publisher);
    publisher = must_create(&options);
    cr_expect_eq(tf_publisher_seq(publisher), 12, "%s", tf_publisher_report(publisher));
    cr_expect_eq(tf_get_state(witness.reader), TF_STATE_LIVE);
    tf_reader *another = must_attach(TF_FROM_NEWEST, -1);
    struct tf_stream_info info;
    tf_get_info(another, &info);
    cr_expect_geq(info.roster_slot, 0, "the roster is one again");
    tf_detach(another);
    finish(publisher);
    witness_drain(&witness);
    tf_segment_detach(&segment);
    tf_detach(witness.reader);
}

STREAM_TEST(restart, damaged_descriptor_is_replaced)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    char path[PATH_MAX + 16];
    tf_publisher_close(must_create(&options));
    snprintf(path, sizeof path, "%s/descriptor", world_stream("default"));
    cr_assert_eq(truncate(path, 100), 0);
    tf_publisher *publisher = must_create(&options);
    cr_expect_eq(tf_publisher_seq(publisher), 1);
    tf_detach(must_attach(TF_FROM_NEWEST, -1));
    finish(publisher);
}

/* ---- gc --------------------------------------------------------------------------------- */

ON_BOTH_BACKINGS(restart, dead_stream_is_reclaimed_and_its_readers_told)
{
    struct tf_publisher_options options = two_rings(*backing);
    pid_t publisher = start_publisher(&options, 10);
    struct witness witness;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", world_stream("default"));
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, 1));
    cr_expect_eq(tf_reclaim(path, false), TF_RECLAIM_LIVE);
    child_kill(publisher);
    cr_expect_eq(tf_reclaim(path, true), TF_RECLAIM_DEAD);
    cr_expect_eq(access(path, F_OK), 0, "a dry run only tells");
    cr_expect_eq(tf_reclaim(path, false), TF_RECLAIM_DEAD);
    cr_expect_neq(access(path, F_OK), 0);
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 10);
    cr_expect_eq(tf_wait(witness.reader, -1), TF_REPLACED);
    tf_detach(witness.reader);
    cr_expect_eq(world_left(), 0);
    /* The name is free. */
    publisher = start_publisher(&options, 10);
    end_well(publisher);
}

struct census {
    int streams;
    struct tf_survey survey;
};

static void take_census(void *context, const char *name, const char *path)
{
    struct census *census = context;
    census->streams++;
    cr_expect_eq(tf_survey_look(name, path, &census->survey), 0);
}

ON_BOTH_BACKINGS(restart, survey_shows_what_lives_and_what_is_dead)
{
    struct tf_publisher_options options = two_rings(*backing);
    struct census census = {0};
    options.name = "dead.or-alive";
    cr_expect_eq(tf_survey_each(take_census, &census), 0);
    pid_t publisher = start_publisher(&options, 10);
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    tf_reader *reader;
    how.reader_name = "a strategy";
    cr_assert_eq(tf_attach(options.name, &how, &reader), 0, "%s", tf_errmsg());

    cr_expect_eq(tf_survey_each(take_census, &census), 1);
    cr_expect(census.streams == 1 && census.survey.problem == NULL);
    cr_expect_str_eq(census.survey.name, "dead.or-alive");
    cr_expect_str_eq(census.survey.backing, *backing == TF_BACKING_SYSV ? "sysv" : "file");
    cr_expect_eq(census.survey.state, TF_STATE_LIVE);
    cr_expect_eq(census.survey.publisher_pid, publisher);
    cr_expect(census.survey.ring_count == 2 && census.survey.ring[1].head == 10);
    cr_assert_eq(census.survey.reader_count, 1);
    cr_expect_str_eq(census.survey.readers[0].name, "a strategy");
    cr_expect_eq(census.survey.readers[0].pid, (uint32_t)getpid());
    cr_expect_eq(census.survey.readers[0].liveness, TF_PROCESS_ALIVE);
    cr_expect_eq(census.survey.readers[0].cursor, 11);
    tf_survey_free(&census.survey);

    child_kill(publisher);
    tf_survey_each(take_census, &census);
    cr_expect_eq(census.survey.state, TF_STATE_DEAD);
    tf_survey_free(&census.survey);
    cr_expect_eq(tf_reclaim(world_stream(options.name), false), TF_RECLAIM_DEAD);
    tf_detach(reader);
}
