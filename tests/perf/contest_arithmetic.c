/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of contests: schedules, percentiles, quartiles, ratios, and what an injected stall must do. */
#include "contest_fixture.h"

#include "draw.h"
#include "schedule.h"
#include "tickfan.h"

#include <math.h>
#include <stdlib.h>

#define expect_near(value, wanted)                                                             \
    cr_expect_float_eq(value, wanted, 1e-9 * (fabs((double)(wanted)) + 1))

/* ---- schedules --------------------------------------------------------------------------------- */

enum { MESSAGES = 1000 };
static uint64_t due[MESSAGES];

static void fill(struct tf_workload load)
{
    load.messages = MESSAGES;
    tf_schedule_fill(due, &load, 2.0); /* counter steps: half nanoseconds */
}

Test(schedule, constant_rate_is_evenly_spaced_and_a_batch_is_due_together)
{
    fill((struct tf_workload){.profile = TF_PROFILE_CONSTANT, .rate = 200e3, .batch = 1});
    for (uint64_t i = 0; i < MESSAGES; i++)
        cr_assert_eq(due[i], i * 10000);
    fill((struct tf_workload){.profile = TF_PROFILE_CONSTANT, .rate = 200e3, .batch = 32});
    for (uint64_t i = 0; i < MESSAGES; i++)
        cr_assert_eq(due[i], i / 32 * 32 * 10000, "message %lu", (unsigned long)i);
}

Test(schedule, bursts_are_due_together_and_as_many_as_the_rate_says)
{
    fill((struct tf_workload){
        .profile = TF_PROFILE_BURST, .rate = 32e3, .batch = 1, .burst = 32});
    for (uint64_t i = 0; i < MESSAGES; i++)
        cr_assert_eq(due[i], i / 32 * 2000000, "a burst every millisecond");
}

Test(schedule, ramp_climbs_from_a_tenth_to_the_rate)
{
    fill((struct tf_workload){.profile = TF_PROFILE_RAMP, .rate = 1e6, .batch = 1});
    cr_expect_eq(due[1] - due[0], 20000, "begins at 100,000 a second");
    uint64_t last = due[MESSAGES - 1] - due[MESSAGES - 2];
    cr_expect(last >= 2000 && last <= 2010, "ends at 1,000,000 a second: %lu",
              (unsigned long)last);
    for (uint64_t i = 2; i < MESSAGES; i++)
        cr_assert_leq(due[i] - due[i - 1], due[i - 1] - due[i - 2] + 1);
}

Test(schedule, recorded_offsets_are_kept)
{
    uint64_t offsets[MESSAGES];
    for (uint64_t i = 0; i < MESSAGES; i++)
        offsets[i] = i * i;
    fill((struct tf_workload){
        .profile = TF_PROFILE_RECORDED, .batch = 1, .offsets_ns = offsets});
    for (uint64_t i = 0; i < MESSAGES; i++)
        cr_assert_eq(due[i], 2 * i * i);
}

Test(schedule, every_order_is_drawn_about_as_often)
{
    uint64_t state = 1;
    unsigned times[27] = {0}, orders = 0;
    for (int i = 0; i < 6000; i++) {
        uint32_t order[3];
        tf_draw_order(order, 3, &state);
        times[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    for (int i = 0; i < 27; i++) {
        orders += times[i] > 0;
        cr_expect(times[i] == 0 || (times[i] > 850 && times[i] < 1150), "%u of 6000", times[i]);
    }
    cr_expect_eq(orders, 6);
}

/* ---- percentiles and quartiles ----------------------------------------------------------------- */

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

Test(percentile, is_that_of_the_sorted_values)
{
    static const double percents[] = {0, 1, 25, 50, 90, 99, 99.9, 100};
    uint64_t values[997], sorted[997];
    srand(7);
    for (size_t count = 1; count <= 997; count += 83) {
        for (size_t i = 0; i < count; i++)
            sorted[i] = values[i] = (uint64_t)rand() % 500;
        qsort(sorted, count, sizeof *sorted, by_value);
        for (size_t p = 0; p < sizeof percents / sizeof *percents; p++) {
            double rank = ceil(percents[p] / 100 * (double)count);
            uint64_t wanted = sorted[rank < 1 ? 0 : (size_t)rank - 1];
            cr_expect_eq(tf_percentile_of(values, count, percents[p], 0), (double)wanted);
        }
    }
    cr_expect_eq(tf_percentile_of(values, 0, 50, 10), 0);
}

Test(percentile, lies_between_the_steps_of_a_coarse_counter)
{
    uint64_t values[1000];
    for (uint64_t i = 0; i < 1000; i++)
        values[i] = i < 300 ? 90 : 100; /* true values spread evenly from 92 to 102 */
    expect_near(tf_percentile_of(values, 1000, 50, 10), 95 + 10 * (500.0 - 300) / 700);
    expect_near(tf_percentile_of(values, 1000, 15, 10), 85 + 10 * 0.5);
    cr_expect_eq(tf_percentile_of(values, 1000, 50, 0), 100);
}

Test(spread, quartiles_lie_between_neighbours_and_pass_over_what_is_not_there)
{
    double values[] = {5, NAN, 1, 4, 2, NAN, 3};
    struct tf_spread spread = tf_quartiles(values, 7);
    cr_expect_eq(spread.count, 5);
    expect_near(spread.low, 2);
    expect_near(spread.middle, 3);
    expect_near(spread.high, 4);
    double four[] = {4, 1, 3, 2};
    spread = tf_quartiles(four, 4);
    expect_near(spread.low, 1.75);
    expect_near(spread.middle, 2.5);
    expect_near(spread.high, 3.25);
    double none[] = {NAN};
    spread = tf_quartiles(none, 1);
    cr_expect(spread.count == 0 && isnan(spread.middle) && isnan(spread.low));
}

/* ---- ratios ------------------------------------------------------------------------------------ */

enum { ROUNDS = 5 };

static struct tf_block block_of(double p50, bool quiet, bool far)
{
    return (struct tf_block){.ran = true,
                             .p50 = p50,
                             .p99 = 10 * p50,
                             .rate = NAN,
                             .quiet = quiet,
                             .classed = true,
                             .far = far};
}

/* Rounds whose machine gets slower and slower; in the last two the CPUs are far apart. */
static struct tf_contest_result drifting(struct tf_entry_result *entry,
                                         struct tf_block *reference, struct tf_block *other)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double speed = 100 * (1 + round);
        reference[round] = block_of(speed, true, round >= 3);
        other[round] = block_of(speed * 1.5, round != 4, round >= 3);
    }
    entry[0].ran = entry[1].ran = true;
    entry[0].blocks = reference;
    entry[1].blocks = other;
    return (struct tf_contest_result){
        .entry_count = 2, .rounds = ROUNDS, .readers = 1, .entry = entry};
}

Test(ratio, is_taken_round_by_round_so_that_drift_does_not_count)
{
    static struct tf_entry_result entry[2];
    struct tf_block reference[ROUNDS], other[ROUNDS];
    struct tf_contest_result result = drifting(entry, reference, other);
    struct tf_spread ratio = tf_contest_ratio(&result, 1, 0, TF_BLOCK_P50, TF_ROUND_ANY);
    cr_expect_eq(ratio.count, 4, "the disturbed round counts for nothing");
    expect_near(ratio.low, 1.5);
    expect_near(ratio.high, 1.5);
    expect_near(tf_contest_ratio(&result, 1, 0, TF_BLOCK_P99, TF_ROUND_ANY).middle, 1.5);
    expect_near(tf_contest_spread(&result, 1, TF_BLOCK_P50, TF_ROUND_ANY).middle, 375);
    cr_expect_eq(tf_contest_spread(&result, 1, TF_BLOCK_P50, TF_ROUND_NEAR).count, 3);
    cr_expect_eq(tf_contest_spread(&result, 1, TF_BLOCK_P50, TF_ROUND_FAR).count, 1);
    cr_expect_eq(tf_contest_spread(&result, 1, TF_BLOCK_RATE, TF_ROUND_ANY).count, 0);
}

Test(ratio, rounds_of_neither_class_count_in_all_and_in_none_of_the_two)
{
    static struct tf_entry_result entry[2];
    struct tf_block reference[ROUNDS], other[ROUNDS];
    struct tf_contest_result result = drifting(entry, reference, other);
    reference[1].classed = other[1].classed = false;
    reference[3].classed = other[3].classed = false;
    cr_expect_eq(tf_contest_spread(&result, 0, TF_BLOCK_P50, TF_ROUND_ANY).count, 5);
    cr_expect_eq(tf_contest_spread(&result, 0, TF_BLOCK_P50, TF_ROUND_NEAR).count, 2);
    cr_expect_eq(tf_contest_spread(&result, 0, TF_BLOCK_P50, TF_ROUND_FAR).count, 1);
    cr_expect_eq(tf_contest_ratio(&result, 1, 0, TF_BLOCK_P50, TF_ROUND_NEAR).count, 2);
}

Test(ratio, disturbed_rounds_count_only_where_few_are_quiet)
{
    static struct tf_entry_result entry[2];
    struct tf_block reference[ROUNDS], other[ROUNDS];
    struct tf_contest_result result = drifting(entry, reference, other);
    cr_expect_eq(tf_contest_kind(&result, 1), TF_QUIET);
    for (uint32_t round = 1; round < ROUNDS; round++)
        other[round].quiet = false;
    cr_expect_eq(tf_contest_ratio(&result, 1, 0, TF_BLOCK_P50, TF_ROUND_ANY).count, 1);
    cr_expect_eq(tf_contest_kind(&result, 1), TF_QUIET, "one in five is enough");
    other[0].quiet = false;
    cr_expect_eq(tf_contest_ratio(&result, 1, 0, TF_BLOCK_P50, TF_ROUND_ANY).count, ROUNDS);
    cr_expect_eq(tf_contest_kind(&result, 1), TF_ALL);
    other[2].ran = false;
    cr_expect_eq(tf_contest_ratio(&result, 1, 0, TF_BLOCK_P50, TF_ROUND_ANY).count, ROUNDS - 1);
    entry[1].ran = false;
    cr_expect_eq(tf_contest_ratio(&result, 1, 0, TF_BLOCK_P50, TF_ROUND_ANY).count, 0);
    cr_expect_eq(tf_contest_ratio(&result, 7, 0, TF_BLOCK_P50, TF_ROUND_ANY).count, 0);
}

/* ---- the stall --------------------------------------------------------------------------------- */

static double share_above(const struct tf_histogram *histogram, uint64_t ns)
{
    uint64_t above = 0;
    for (unsigned bin = tf_histogram_bin(ns) + 1; bin < TF_HISTOGRAM_BINS; bin++)
        above += histogram->bins[bin];
    return (double)above / (double)histogram->count;
}

/*
 * 2 ms in every 10: 18 in a hundred messages are late by more than 0.2 ms from when they were due, and a machine that is
 * itself away now and then adds to that.  None of them is late from its send, where the machine's own part shows alone.
 */
Test(stall, makes_the_predicted_share_late_from_due_and_none_from_sent, .init = fixture_reset,
     .fini = expect_no_children, .timeout = 60)
{
    struct tf_contest_result result;
    struct tf_entry entries[] = {{"steady", &good, {0}, brief}, {"stalled", &good, {0}, brief}};
    entries[0].load.messages = entries[1].load.messages = 2000;
    entries[1].load.stall_ns = 2 * 1000 * 1000;
    entries[1].load.stall_every_ns = 10 * 1000 * 1000;
    cr_assert_eq(run_entries(entries, 2, 30, 1, &result), 0, "%s", tf_errmsg());
    cr_assert(result.entry[1].ran, "%s", result.entry[1].why);
    double from_due = share_above(&result.entry[1].from_due[TF_ALL], 200000);
    double from_sent = share_above(&result.entry[1].from_sent[TF_ALL], 200000);
    cr_expect_gt(from_due, 0.8 * 0.18, "%g late from due", from_due);
    cr_expect_lt(from_sent, from_due - 0.5 * 0.18, "%g late from sent, %g from due", from_sent,
                 from_due);
    tf_contest_free(&result);
}
