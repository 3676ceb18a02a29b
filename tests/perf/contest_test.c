/* SPDX-License-Identifier: Apache-2.0 */
/* Contests of transports that a test has made: every message is counted, every fault is found, nothing hangs. */
#include "contest_fixture.h"

#include "command.h"
#include "tickfan.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

extern const struct tf_transport tf_transport_raw, tf_transport_tickfan;

TestSuite(contest, .init = fixture_reset, .fini = expect_no_children, .timeout = 60);

enum { ROUNDS = 3 };

static const struct tf_workload flood = {
    .profile = TF_PROFILE_FLOOD, .batch = 32, .messages = 20000};

static uint64_t torn_in(const struct tf_contest_result *result, uint32_t entry)
{
    uint64_t torn = 0;
    for (uint32_t round = 0; round < result->rounds; round++)
        torn += result->entry[entry].blocks[round].torn;
    return torn;
}

/* ---- every message is counted ------------------------------------------------------------------ */

static void expect_all_received(const struct tf_contest_result *result, uint32_t entry,
                                uint64_t messages)
{
    const struct tf_entry_result *of = &result->entry[entry];
    cr_assert(of->ran, "%s", of->why);
    for (uint32_t round = 0; round < result->rounds; round++) {
        const struct tf_block *block = &of->blocks[round];
        cr_expect(block->ran);
        cr_expect_eq(block->sent, messages);
        cr_expect_eq(block->received, messages * result->readers);
        cr_expect_eq(block->lost + block->torn, 0);
    }
    for (uint32_t r = 0; r < result->readers; r++) {
        cr_expect_eq(of->reader_received[r], messages * result->rounds);
        cr_expect_eq(of->reader_lost[r] + of->reader_torn[r], 0);
    }
}

Test(contest, paced_messages_are_all_counted_and_the_first_tenth_is_not_evaluated)
{
    struct tf_contest_result result;
    const struct tf_entry entry = {"good", &good, {0}, brief};
    cr_assert_eq(run_entries(&entry, 1, ROUNDS, 1, &result), 0, "%s", tf_errmsg());
    expect_all_received(&result, 0, brief.messages);
    uint64_t evaluated = ROUNDS * (brief.messages - brief.messages / 10);
    cr_expect_eq(result.entry[0].from_sent[TF_ALL].count, evaluated);
    cr_expect_eq(result.entry[0].from_due[TF_ALL].count, evaluated);
    cr_expect_eq(result.entry[0].last[TF_ALL].count, evaluated);
    cr_expect_eq(result.entry[0].reader[0].count, evaluated);
    tf_contest_free(&result);
}

Test(contest, each_of_three_readers_on_one_cpu_gets_every_message)
{
    struct tf_contest_result result;
    const struct tf_entry entries[] = {{"good", &good, {0}, brief},
                                       {"flood", &good, {0}, flood}};
    cr_assert_eq(run_entries(entries, 2, 1, 3, &result), 0, "%s", tf_errmsg());
    expect_all_received(&result, 0, brief.messages);
    expect_all_received(&result, 1, flood.messages);
    cr_expect_eq(result.entry[0].last[TF_ALL].count, brief.messages - brief.messages / 10);
    tf_contest_free(&result);
}

Test(contest, only_the_last_of_each_batch_is_evaluated_when_asked)
{
    struct tf_contest_result result;
    struct tf_entry entry = {"good", &good, {0}, brief};
    entry.load.batch = 20;
    entry.load.last_of_batch = true;
    cr_assert_eq(run_entries(&entry, 1, ROUNDS, 1, &result), 0, "%s", tf_errmsg());
    expect_all_received(&result, 0, brief.messages);
    cr_expect_eq(result.entry[0].from_sent[TF_ALL].count, ROUNDS * 45);
    tf_contest_free(&result);
}

Test(contest, raw_line_and_tickfan_deliver_every_paced_message)
{
    struct tf_contest_result result;
    const struct tf_entry entries[] = {
        {"raw line", &tf_transport_raw, {0}, brief},
        {"Tickfan", &tf_transport_tickfan, {0}, brief},
        {"large", &tf_transport_tickfan, {.message_size = 320}, brief}};
    cr_assert_eq(run_entries(entries, 3, ROUNDS, 1, &result), 0, "%s", tf_errmsg());
    for (uint32_t e = 0; e < 3; e++)
        expect_all_received(&result, e, brief.messages);
    tf_contest_free(&result);
}

Test(contest, tickfan_loses_exactly_and_never_tears_in_a_flood_of_large_messages)
{
    struct tf_contest_result result;
    struct tf_entry entry = {
        "Tickfan", &tf_transport_tickfan, {.message_size = 192, .capacity = 1024}, flood};
    cr_assert_eq(run_entries(&entry, 1, ROUNDS, 1, &result), 0, "%s", tf_errmsg());
    cr_assert(result.entry[0].ran, "%s", result.entry[0].why);
    cr_expect_eq(torn_in(&result, 0), 0);
    cr_expect_eq(result.entry[0].reader_received[0] + result.entry[0].reader_lost[0],
                 ROUNDS * flood.messages);
    tf_contest_free(&result);
}

/* ---- the order --------------------------------------------------------------------------------- */

static void run_five(struct run_log *log)
{
    struct tf_contest_result result;
    struct tf_entry entries[5];
    for (int e = 0; e < 5; e++)
        entries[e] = (struct tf_entry){"good", &good, {0}, brief};
    for (int e = 0; e < 5; e++)
        entries[e].load.messages = 50;
    fixture_reset();
    cr_assert_eq(run_entries(entries, 5, 8, 1, &result), 0, "%s", tf_errmsg());
    tf_contest_free(&result);
    *log = *run_log;
}

Test(contest, order_is_drawn_anew_each_round_and_given_by_the_seed)
{
    static struct run_log first, second;
    run_five(&first);
    run_five(&second);
    uint32_t same = 0, warm_up = (uint32_t)first.count - 40; /* floods note themselves too */
    for (uint32_t round = 0; round < 8; round++) {
        const uint32_t *order = &first.channel[warm_up + round * 5];
        unsigned seen = 0;
        for (int i = 0; i < 5; i++)
            seen |= 1u << order[i];
        cr_expect_eq(seen, 0x1f, "an entry was left out of round %u", round);
        same += memcmp(order, &first.channel[warm_up], 5 * sizeof *order) == 0;
    }
    cr_expect_lt(same, 4, "%u of 8 rounds had the order of the first", same);
    cr_expect_eq(memcmp(&first, &second, sizeof first), 0, "the same seed, another order");
}

/* ---- faults ------------------------------------------------------------------------------------ */

/* The faulty transport between two that work, which must not be hurt. */
static void run_faulty(const struct tf_transport *transport, const struct tf_workload *load,
                       struct tf_contest_result *result)
{
    const struct tf_entry entries[] = {{"first", &good, {0}, brief},
                                       {"faulty", transport, {0}, *load},
                                       {"last", &good, {0}, brief}};
    cr_assert_eq(run_entries(entries, 3, ROUNDS, 1, result), 0, "%s", tf_errmsg());
    expect_all_received(result, 0, brief.messages);
    expect_all_received(result, 2, brief.messages);
}

static void expect_ruled_out(const struct tf_contest_result *result, const char *word)
{
    cr_expect_not(result->entry[1].ran);
    cr_expect_not_null(strstr(result->entry[1].why, word), "'%s' does not say '%s'",
                       result->entry[1].why, word);
}

Test(contest, torn_messages_are_counted)
{
    struct tf_contest_result result;
    faults.tears_every = 10;
    run_faulty(&faulty, &brief, &result);
    cr_assert(result.entry[1].ran, "%s", result.entry[1].why);
    cr_expect_eq(torn_in(&result, 1), ROUNDS * brief.messages / 10);
    cr_expect_eq(result.entry[1].reader_torn[0], ROUNDS * brief.messages / 10);
    cr_expect_eq(result.entry[1].reader_lost[0], 0);
    tf_contest_free(&result);
}

Test(contest, torn_messages_of_a_flood_are_found)
{
    struct tf_contest_result result;
    faults.tears_every = 7;
    run_faulty(&faulty, &flood, &result);
    cr_assert(result.entry[1].ran, "%s", result.entry[1].why);
    cr_expect_gt(torn_in(&result, 1), 0);
    tf_contest_free(&result);
}

Test(contest, losses_of_a_lossy_transport_are_counted_exactly)
{
    struct tf_contest_result result;
    faults.loses_every = 9; /* 1000 / 9: the last message of a block stays */
    run_faulty(&faulty_lossy, &brief, &result);
    cr_assert(result.entry[1].ran, "%s", result.entry[1].why);
    cr_expect_gt(result.entry[1].reader_lost[0], ROUNDS * (brief.messages / 9 - 1));
    cr_expect_eq(result.entry[1].reader_received[0] + result.entry[1].reader_lost[0],
                 ROUNDS * brief.messages);
    tf_contest_free(&result);
}

Test(contest, a_lost_last_message_ends_the_block_all_the_same)
{
    struct tf_contest_result result;
    faults.loses_every = 2;
    run_faulty(&faulty_lossy, &brief, &result);
    cr_assert(result.entry[1].ran, "%s", result.entry[1].why);
    cr_expect_eq(result.entry[1].reader_lost[0], ROUNDS * brief.messages / 2);
    tf_contest_free(&result);
}

Test(contest, a_reader_that_was_away_makes_its_block_a_disturbed_one)
{
    struct tf_contest_result result;
    faults.dozes = true;
    run_faulty(&faulty, &brief, &result);
    for (uint32_t round = 0; round < ROUNDS; round++)
        cr_expect_not(result.entry[1].blocks[round].quiet);
    cr_expect_eq(result.entry[1].from_sent[TF_QUIET].count, 0);
    cr_expect_gt(result.entry[1].from_sent[TF_ALL].count, 0);
    tf_contest_free(&result);
}

Test(contest, loss_rules_out_what_does_not_lose_by_its_own_word)
{
    struct tf_contest_result result;
    faults.loses_every = 100;
    run_faulty(&faulty, &brief, &result);
    expect_ruled_out(&result, "reader 0 got");
    tf_contest_free(&result);
}

Test(contest, a_message_delivered_twice_rules_it_out)
{
    struct tf_contest_result result;
    faults.repeats_every = 100;
    run_faulty(&faulty_lossy, &brief, &result);
    expect_ruled_out(&result, "");
    tf_contest_free(&result);
}

Test(contest, nothing_delivered_rules_it_out)
{
    struct tf_contest_result result;
    faults.sinks = true;
    run_faulty(&faulty_lossy, &brief, &result);
    expect_ruled_out(&result, "got none of");
    tf_contest_free(&result);
}

Test(contest, a_writer_held_for_ever_costs_its_entry_only)
{
    struct tf_contest_result result;
    faults.blocks = true;
    run_faulty(&faulty, &brief, &result);
    expect_ruled_out(&result, "nothing moved");
    tf_contest_free(&result);
}

Test(contest, channels_that_cannot_be_made_or_opened_say_why)
{
    struct tf_contest_result result;
    faults.create_fails = true;
    run_faulty(&faulty, &brief, &result);
    expect_ruled_out(&result, "the ring is out of order");
    tf_contest_free(&result);
    faults = (struct faults){.open_fails = true};
    run_faulty(&faulty, &brief, &result);
    expect_ruled_out(&result, "the writer: no writer today");
    tf_contest_free(&result);
}

static void expect_death(const char *who, const char *how)
{
    struct tf_contest_result result;
    const struct tf_entry entries[] = {{"first", &good, {0}, brief},
                                       {"bad", &faulty, {0}, brief}};
    cr_expect_eq(run_entries(entries, 2, ROUNDS, 1, &result), TF_EINTERNAL);
    cr_expect_not_null(strstr(tf_errmsg(), who), "'%s' does not name %s", tf_errmsg(), who);
    cr_expect_not_null(strstr(tf_errmsg(), how), "'%s' does not say %s", tf_errmsg(), how);
    cr_expect_null(result.entry);
    expect_no_children();
}

Test(contest, a_worker_that_dies_ends_the_contest_and_is_named)
{
    faults.reader_dies_at = 71000; /* the warm-up is shorter */
    expect_death("bad: reader 0", "signal 9");
    faults = (struct faults){.writer_dies_at = 71000};
    expect_death("bad: the writer", "status 3");
}

/* ---- asked for too much ------------------------------------------------------------------------ */

static void stop_at_round_one(void *context, uint32_t round)
{
    (void)context;
    if (round == 1)
        raise(SIGTERM);
}

Test(contest, a_signal_ends_it_in_good_order)
{
    int writer, reader;
    struct tf_contest_result result;
    const struct tf_entry entry = {"good", &good, {0}, brief};
    fixture_cpus(&writer, &reader);
    const struct tf_contest contest = {.entries = &entry,
                                       .entry_count = 1,
                                       .rounds = 1000,
                                       .writer_cpu = writer,
                                       .reader_cpu = &reader,
                                       .readers = 1,
                                       .quiet = true,
                                       .between = stop_at_round_one};
    tf_stop_on_signals();
    cr_expect_eq(tf_contest_run(&contest, &result), TF_EINTERNAL);
    cr_expect_null(result.entry);
}

Test(contest, a_cpu_that_cannot_be_had_is_named)
{
    int writer, reader = CPU_SETSIZE - 1;
    struct tf_contest_result result;
    const struct tf_entry entry = {"good", &good, {0}, brief};
    fixture_cpus(&writer, &(int){0});
    const struct tf_contest contest = {.entries = &entry,
                                       .entry_count = 1,
                                       .rounds = 1,
                                       .writer_cpu = writer,
                                       .reader_cpu = &reader,
                                       .readers = 1,
                                       .quiet = true};
    cr_expect_eq(tf_contest_run(&contest, &result), TF_EBUSY);
    cr_expect_not_null(strstr(tf_errmsg(), "CPU 1023"), "%s", tf_errmsg());
}

Test(contest, loads_that_make_no_sense_are_refused)
{
    struct tf_contest_result result;
    struct tf_entry entry = {"good", &good, {0}, brief};
    entry.load.batch = 65;
    cr_expect_eq(run_entries(&entry, 1, 1, 1, &result), TF_EUSAGE);
    entry.load = brief;
    entry.load.rate = 0;
    cr_expect_eq(run_entries(&entry, 1, 1, 1, &result), TF_EUSAGE);
    entry.load = brief;
    entry.load.messages = TF_CONTEST_MESSAGES_MAX + 1;
    cr_expect_eq(run_entries(&entry, 1, 1, 1, &result), TF_EUSAGE);
    entry.load = brief;
    cr_expect_eq(run_entries(&entry, 1, 1, 0, &result), TF_EUSAGE);
    cr_expect_eq(run_entries(&entry, 0, 1, 1, &result), TF_EUSAGE);
}
