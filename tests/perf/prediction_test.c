/* SPDX-License-Identifier: Apache-2.0 */
/* What a stall must do to the percentiles, against a schedule that is stalled message by message. */
#include "prediction.h"

#include <criterion/criterion.h>

static const struct tf_stall stall = {.stall_ns = 1e6, .every_ns = 100e6};
static const double rate = 100e3;

static struct tf_histogram due, sent;

/* `seconds` of messages at `rate`, 100 ns each, the writer away for `stalled_ns` of every 100 ms. */
static void simulate(double seconds, double stalled_ns)
{
    tf_histogram_reset(&due);
    tf_histogram_reset(&sent);
    for (double at = 0; at < seconds * 1e9; at += 1e9 / rate) {
        double phase = at - (double)(uint64_t)(at / stall.every_ns) * stall.every_ns;
        double late = phase < stalled_ns ? stalled_ns - phase : 0;
        tf_histogram_record(&sent, 100);
        tf_histogram_record(&due, (uint64_t)(100 + late));
    }
}

Test(prediction, share_and_percentiles_are_those_of_a_stalled_schedule)
{
    simulate(20, stall.stall_ns);
    cr_expect_float_eq(tf_stall_share(stall, 0), 0.01, 1e-12);
    cr_expect_float_eq(tf_stall_share(stall, 0.5e6), 0.005, 1e-12);
    cr_expect_eq(tf_stall_share(stall, 2e6), 0);
    cr_expect_float_eq(tf_histogram_share_above(&due, 0.5e6), 0.005, 0.0002);
    for (double percent = 99.1; percent < 99.95; percent += 0.1) {
        double predicted = tf_stall_percentile(stall, percent);
        double measured = (double)tf_histogram_percentile(&due, percent);
        /* A hundred messages are late by 10 us steps; bins are 1.6 % wide. */
        cr_expect_float_eq(measured, predicted, 10e3 + 100 + 0.016 * predicted,
                           "p%g: %g, not %g", percent, measured, predicted);
    }
    cr_expect_eq(tf_stall_percentile(stall, 98), 0, "before the first late message");
}

Test(prediction, stall_that_shows_agrees)
{
    struct tf_stall_check check;
    simulate(20, stall.stall_ns);
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect(check.agrees, "%g is not in %g to %g", check.measured, check.low, check.high);
    cr_expect_float_eq(check.predicted, 0.009, 1e-12);
    simulate(0.95, stall.stall_ns); /* a few stalls only: one more or less must not matter */
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect(check.agrees, "%g is not in %g to %g", check.measured, check.low, check.high);
}

Test(prediction, stall_that_does_not_show_is_refused)
{
    struct tf_stall_check check;
    simulate(20, 0); /* measured from the send, or a schedule that waited */
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect_not(check.agrees);
    simulate(0.05, 0); /* not even one was due */
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect_not(check.agrees);
}

Test(prediction, stall_of_another_length_is_refused)
{
    struct tf_stall_check check;
    simulate(20, 2 * stall.stall_ns);
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect_not(check.agrees, "twice as long: %g in %g to %g", check.measured, check.low,
                  check.high);
    simulate(20, 0.5 * stall.stall_ns);
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect_not(check.agrees, "half as long: %g in %g to %g", check.measured, check.low,
                  check.high);
}

Test(prediction, machine_that_adds_more_than_the_stalls_can_show_nothing)
{
    struct tf_stall_check check;
    simulate(20, stall.stall_ns);
    for (uint64_t i = 0; i < sent.count / 100; i++) /* readers were away for one in a hundred */
        tf_histogram_record(&sent, 500000);
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect(check.noisy && !check.agrees);
}

Test(prediction, number_of_stalls_in_some_of_the_blocks_is_a_matter_of_chance)
{
    struct tf_stall_check check;
    simulate(20, stall.stall_ns);
    /* An eighth of the blocks with a stall were not quiet. */
    for (unsigned bin = tf_histogram_bin(2000); bin < TF_HISTOGRAM_BINS; bin++) {
        due.count -= due.bins[bin] / 8;
        due.bins[bin] -= due.bins[bin] / 8;
    }
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect_not(check.agrees, "%g is in %g to %g", check.measured, check.low, check.high);
    tf_stall_check_sampled(&check, stall, rate, &due, &sent);
    cr_expect(check.agrees, "%g is not in %g to %g", check.measured, check.low, check.high);
}

Test(prediction, nothing_measured_is_refused)
{
    struct tf_stall_check check;
    simulate(0, 0);
    tf_stall_check(&check, stall, rate, &due, &sent);
    cr_expect_not(check.agrees);
}

Test(prediction, check_is_told_as_json_and_as_a_sentence)
{
    struct tf_stall_check check;
    char text[512];
    simulate(20, stall.stall_ns);
    tf_stall_check(&check, stall, rate, &due, &sent);
    json_t *json = tf_stall_check_json(&check);
    cr_expect(json_is_true(json_object_get(json, "agrees")));
    cr_expect_float_eq(json_real_value(json_object_get(json, "predicted")), 0.009, 1e-12);
    cr_expect_float_eq(json_real_value(json_object_get(json, "p99_9_predicted_ns")), 0.9e6, 1);
    json_decref(json);
    cr_expect_not_null(strstr(tf_stall_check_text(&check, text, sizeof text), ": as predicted"),
                       "%s", text);
}
