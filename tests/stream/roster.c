/* SPDX-License-Identifier: Apache-2.0 */
/* The roster: who is in it, who leaves it, and what a lockstep replay makes of it. */
#include "suite.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int slot_of(const tf_reader *reader)
{
    struct tf_stream_info info;
    tf_get_info(reader, &info);
    return info.roster_slot;
}

static uint64_t room(const tf_publisher *publisher, uint32_t expected_readers)
{
    uint32_t readers = UINT32_MAX;
    uint64_t ticks = tf_publisher_room(publisher, &readers);
    cr_expect_eq(readers, expected_readers, "%u readers, not %u", (unsigned)readers,
                 (unsigned)expected_readers);
    return ticks;
}

/* ---- slots ------------------------------------------------------------------------------ */

ON_BOTH_BACKINGS(roster, full_roster_gives_anonymous_readers_that_read_the_same)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness[10];
    for (int i = 0; i < 10; i++) {
        witness_begin(&witness[i], must_attach(TF_FROM_OLDEST, -1));
        cr_expect_eq(slot_of(witness[i].reader), i < 8 ? i : -1);
    }
    publish(publisher, 100);
    for (int i = 0; i < 10; i++) {
        witness_drain(&witness[i]);
        cr_expect_eq(witness[i].ticks, 101);
    }
    tf_detach(witness[3].reader);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    cr_expect_eq(slot_of(reader), 3, "a slot given back is given on");
    tf_detach(reader);
    for (int i = 0; i < 10; i++)
        if (i != 3)
            tf_detach(witness[i].reader);
    finish(publisher);
}

static void attach_and_stay(void *context)
{
    (void)context;
    must_attach(TF_FROM_NEWEST, -1);
    tf_add32_full((tf_word32 *)(void *)board(), 1);
    for (;;)
        pause();
}

ON_BOTH_BACKINGS(roster, slots_of_killed_readers_are_taken_over_without_a_helper)
{
    struct tf_publisher_options options = small_stream(*backing);
    options.no_helper = 1;
    tf_publisher *publisher = must_create(&options);
    pid_t readers[8];
    for (int i = 0; i < 8; i++)
        readers[i] = child_start(attach_and_stay, NULL);
    WAIT_UNTIL(tf_load(board()) == 8);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    cr_expect_eq(slot_of(reader), -1);
    tf_detach(reader);
    for (int i = 0; i < 8; i++)
        child_kill(readers[i]);
    tf_reader *heirs[8];
    for (int i = 0; i < 8; i++) {
        heirs[i] = must_attach(TF_FROM_NEWEST, -1);
        cr_expect_geq(slot_of(heirs[i]), 0);
    }
    for (int i = 0; i < 8; i++)
        tf_detach(heirs[i]);
    finish(publisher);
}

STREAM_TEST(roster, name_is_the_programs_unless_one_is_given_and_is_made_printable)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    static const char *const given[] = {NULL, "arb", "a\nb\x1b[31m",
                                        "a name that is longer than a slot has room for"};
    const char *const shown[] = {program_invocation_short_name, "arb", "a?b?[31m",
                                 "a name that is longer than a sl"};
    tf_publisher *publisher = must_create(&options);
    struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        tf_reader *reader;
        struct tf_survey survey;
        how.reader_name = given[i];
        cr_assert_eq(tf_attach(NULL, &how, &reader), 0, "%s", tf_errmsg());
        cr_assert_eq(tf_survey_look("default", world_stream("default"), &survey), 0);
        cr_assert_eq(survey.reader_count, 1);
        cr_expect_str_eq(survey.readers[0].name, shown[i]);
        tf_survey_free(&survey);
        tf_detach(reader);
    }
    finish(publisher);
}

STREAM_TEST(roster, reader_that_is_just_claiming_a_slot_is_not_taken_for_dead)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    struct tf_segment segment;
    options.no_helper = 1;
    tf_publisher *publisher = must_create(&options);
    struct tf_roster_slot *slots = tf_roster_slots(map_roster("default", &segment));
    uint64_t claim = (uint64_t)getpid() | TF_ROSTER_CLAIMING;
    tf_store(&slots[0].owner, claim);
    cr_expect_eq(tf_roster_reap(slots, options.readers), 0);
    cr_expect_eq(tf_load(&slots[0].owner), claim, "a live process was struck off");
    tf_store(&slots[0].owner, 0);
    tf_segment_detach(&segment);
    finish(publisher);
}

static void nothing(void *context)
{
    (void)context;
}

STREAM_TEST(roster, reader_killed_while_claiming_a_slot_is_struck_off)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    struct tf_segment segment;
    options.no_helper = 1;
    tf_publisher *publisher = must_create(&options);
    struct tf_roster_slot *slots = tf_roster_slots(map_roster("default", &segment));
    pid_t dead = child_start(nothing, NULL);
    cr_assert_eq(child_wait(dead), 0);
    tf_store(&slots[0].owner, (uint64_t)dead | TF_ROSTER_CLAIMING);
    cr_expect_eq(tf_roster_reap(slots, options.readers), 1);
    cr_expect_eq(tf_load(&slots[0].owner), 0);
    tf_segment_detach(&segment);
    finish(publisher);
}

/* ---- lockstep --------------------------------------------------------------------------- */

/* Publish, a little at a time as a pacer does, until there is room no more; how much there was. */
static uint64_t publish_all_room(tf_publisher *publisher, uint32_t readers)
{
    uint64_t total = 0;
    for (uint64_t left; total < 4096 && (left = room(publisher, readers)) != 0; total += left)
        publish(publisher, left);
    return total;
}

ON_BOTH_BACKINGS(roster, room_is_never_more_than_the_slowest_reader_has)
{
    struct tf_publisher_options options = two_rings(*backing);
    tf_publisher *publisher = must_create(&options);
    uint64_t most = room(publisher, 0), state = 1;
    cr_expect_eq(most, 1024 / 32);
    struct witness witness[3];
    for (int i = 0; i < 3; i++)
        witness_begin(&witness[i], must_attach(TF_FROM_NEWEST, i % 2));
    for (int turn = 0; turn < 5000; turn++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t left = room(publisher, 3);
        cr_assert_leq(left, most);
        /* All of it, or some. */
        publish(publisher, state >> 63 ? left : (state >> 40) % (left + 1));
        for (int i = 0; i < 3; i++)
            if ((state >> (50 + i)) & 1)
                witness_read(&witness[i]);
    }
    for (int i = 0; i < 3; i++) {
        witness_drain(&witness[i]);
        cr_expect_eq(witness[i].lost, 0);
        cr_expect_eq(witness[i].ticks, tf_publisher_seq(publisher) - 1);
    }
    cr_expect_eq(room(publisher, 3), most);
    uint64_t total = publish_all_room(publisher, 3);
    cr_expect(total > 512 && total <= 1024, "%llu", (unsigned long long)total);
    for (int i = 0; i < 3; i++)
        tf_detach(witness[i].reader);
    cr_expect_eq(room(publisher, 0), most, "nobody is waited for");
    finish(publisher);
}

STREAM_TEST(roster, late_reader_that_begins_with_the_oldest_is_waited_for)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    publish(publisher, 5000);
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    publish_all_room(publisher, 1);
    witness_drain(&witness);
    cr_expect_eq(witness.lost, 0);
    tf_detach(witness.reader);
    finish(publisher);
}

STREAM_TEST(roster, cursor_that_cannot_be_is_ignored)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    struct tf_segment segment;
    struct tf_roster_slot *slots = tf_roster_slots(map_roster("default", &segment));
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    publish(publisher, 5000);
    tf_seek(reader, TF_FROM_NEWEST, 0);
    uint64_t most = room(publisher, 1), next = tf_publisher_seq(publisher) + 1;
    const uint64_t impossible[] = {
        0, 1, next - 1024 - 1, next + 1, UINT64_MAX, UINT64_MAX / 2, next | TF_STAMP_PREPARED};
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        tf_store(&slots[0].cursor, impossible[i]);
        cr_expect_eq(room(publisher, 1), most, "cursor %llu",
                     (unsigned long long)impossible[i]);
    }
    tf_store(&slots[0].cursor, next - (1024 - 1024 / 8 - 10));
    cr_expect_eq(room(publisher, 1), 10);
    tf_store(&slots[0].cursor, next - 1024);
    cr_expect_eq(room(publisher, 1), 0);
    tf_segment_detach(&segment);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(roster, killed_reader_is_struck_off_and_room_comes_back)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    uint64_t most = room(publisher, 0);
    pid_t reader = child_start(attach_and_stay, NULL);
    WAIT_UNTIL(tf_load(board()) == 1);
    publish_all_room(publisher, 1);
    cr_expect_eq(room(publisher, 1), 0);
    child_kill(reader);
    uint32_t readers;
    WAIT_UNTIL(tf_publisher_room(publisher, &readers) == most && readers == 0);
    finish(publisher);
}

STREAM_TEST(roster, stopped_reader_is_no_dead_reader)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    struct tf_segment segment;
    tf_publisher *publisher = must_create(&options);
    pid_t reader = child_start(attach_and_stay, NULL);
    WAIT_UNTIL(tf_load(board()) == 1);
    kill(reader, SIGSTOP);
    WAIT_UNTIL(child_state(reader) == 'T');
    struct tf_roster_header *header = map_roster("default", &segment);
    cr_expect_eq(tf_roster_reap(tf_roster_slots(header), options.readers), 0);
    publish(publisher, 10000); /* which nobody holds up */
    cr_expect_eq(tf_publisher_seq(publisher), 10001);
    child_kill(reader);
    tf_segment_detach(&segment);
    finish(publisher);
}
