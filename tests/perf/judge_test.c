/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: which row a goal reads, when it passes, when it fails, and when it cannot tell. */
#include "judge_fixture.h"

static json_t *latency_of(const char *spread, const char *more)
{
    char row[1024];
    snprintf(row, sizeof row,
             "{\"label\":\"raw line\",\"transport\":\"raw\",\"case\":\"constant\"},"
             "{\"label\":\"Tickfan\",\"transport\":\"tickfan\",\"case\":\"constant\","
             "\"ratio\":{\"to\":\"raw line\",\"near\":{\"p50\":%s}}%s}",
             spread, more);
    return result_of("latency", row);
}

/* ---- the rule ----------------------------------------------------------------------------------- */

Test(judge, median_within_the_limit_passes_though_the_worse_quartile_is_not)
{
    /* 1.57 * 0.06 / sqrt(5) = 0.042 */
    expect(latency_of(SPREAD(1.00, 1.00, 1.06), ""), "latency-p50-near", "PASS", "");
}

Test(judge, median_beyond_the_limit_by_more_than_its_uncertainty_fails)
{
    expect(latency_of(SPREAD(1.10, 1.11, 1.12), ""), "latency-p50-near", "FAIL", "");
}

Test(judge, within_its_uncertainty_of_the_limit_is_too_close_to_call_on_either_side)
{
    /* 1.57 * 0.12 / sqrt(5) = 0.084 */
    expect(latency_of(SPREAD(1.05, 1.11, 1.17), ""), "latency-p50-near", "INVALID",
           "more --rounds");
    expect(latency_of(SPREAD(0.93, 0.99, 1.05), ""), "latency-p50-near", "INVALID",
           "more --rounds");
    expect(latency_of(SPREAD(1.08, 1.14, 1.20), ""), "latency-p50-near", "FAIL", "");
    expect(latency_of(SPREAD(0.90, 0.96, 1.02), ""), "latency-p50-near", "PASS", "");
}

Test(judge, more_rounds_decide)
{
    expect(latency_of("{\"low\":1.05,\"middle\":1.11,\"high\":1.17,\"count\":300}", ""),
           "latency-p50-near", "FAIL", "");
    expect(latency_of("{\"low\":0.93,\"middle\":0.99,\"high\":1.05,\"count\":300}", ""),
           "latency-p50-near", "PASS", "");
}

Test(judge, certain_to_two_per_cent_decides_where_the_median_stands)
{
    expect(latency_of(SPREAD(1.05, 1.05, 1.05), ""), "latency-p50-near", "PASS", "");
    expect(latency_of(SPREAD(1.06, 1.06, 1.06), ""), "latency-p50-near", "FAIL", "");
    /* 1.57 * 0.02 / sqrt(5) = 1.4 %, 0.04 twice that */
    expect(latency_of(SPREAD(1.03, 1.04, 1.05), ""), "latency-p50-near", "PASS", "");
    expect(latency_of(SPREAD(1.05, 1.06, 1.07), ""), "latency-p50-near", "FAIL", "");
    expect(latency_of(SPREAD(1.02, 1.04, 1.06), ""), "latency-p50-near", "INVALID", "");
    expect(latency_of(SPREAD(1.04, 1.06, 1.08), ""), "latency-p50-near", "INVALID", "");
}

Test(judge, too_close_to_call_and_too_noisy_are_demanded)
{
    /* 1.57 * 0.12 / sqrt(5) = 0.084 of 1.05, and 0.14 / 0.098 = 9.4 %, 0.16 / 0.112 = 10.7 %. */
    cr_expect(demands(latency_of(SPREAD(1.05, 1.11, 1.17), ""), "latency-p50-near"));
    cr_expect(demands(latency_of(SPREAD(1.04, 1.11, 1.18), ""), "latency-p50-near"));
    cr_expect(demands(latency_of(SPREAD(0.92, 0.99, 1.06), ""), "latency-p50-near"));
    static const char *const wide[] = {SPREAD(1.03, 1.11, 1.19), SPREAD(0.91, 0.99, 1.07)};
    for (int i = 0; i < 2; i++) {
        expect(latency_of(wide[i], ""), "latency-p50-near", "INVALID",
               "the spread here, 11 %, is greater than what could be judged");
        cr_expect(demands(latency_of(wide[i], ""), "latency-p50-near"));
    }
}

Test(judge, wide_spread_neither_fails_a_goal_that_is_met_nor_saves_one_that_is_missed)
{
    expect(latency_of(SPREAD(0.4, 0.6, 0.8), ""), "latency-p50-near", "PASS", "");
    expect(latency_of(SPREAD(1.4, 1.6, 1.8), ""), "latency-p50-near", "FAIL", "");
}

static json_t *compare_of(const char *ours, const char *seqlocks)
{
    char rows[1024];
    snprintf(rows, sizeof rows,
             "{\"transport\":\"tickfan\",\"rate\":{\"near\":%s}},"
             "{\"transport\":\"seqlocks\",\"rate\":{\"near\":%s}}",
             ours, seqlocks);
    return result_of("compare", rows);
}

Test(judge, higher_is_better_turns_the_rule_round)
{
    const char *seqlocks = SPREAD(99, 100, 101);
    expect(compare_of(SPREAD(70, 75, 79), seqlocks), "throughput-near-beside", "FAIL", "");
    expect(compare_of(SPREAD(94, 98, 100), seqlocks), "throughput-near-beside", "PASS", "");
    expect(compare_of(SPREAD(85, 91, 94), seqlocks), "throughput-near-beside", "INVALID",
           "too close");
}

Test(judge, beside_seqlocks_nine_tenths_near_and_no_less_far)
{
    const char *rows = "{\"transport\":\"tickfan\",\"rate\":{\"near\":90,\"far\":100}},"
                       "{\"transport\":\"seqlocks\",\"rate\":{\"near\":100,\"far\":100}}",
               *less = "{\"transport\":\"tickfan\",\"rate\":{\"near\":89,\"far\":99}},"
                       "{\"transport\":\"seqlocks\",\"rate\":{\"near\":100,\"far\":100}}";
    expect(result_of("compare", rows), "throughput-near-beside", "PASS", "");
    expect(result_of("compare", rows), "throughput-far-beside", "PASS", "");
    expect(result_of("compare", less), "throughput-near-beside", "FAIL", "");
    expect(result_of("compare", less), "throughput-far-beside", "FAIL", "");
}

Test(judge, two_rounds_are_too_few)
{
    expect(latency_of("{\"low\":1,\"middle\":1,\"high\":1,\"count\":2}", ""),
           "latency-p50-near", "INVALID", "only 2 rounds");
}

/* ---- what cannot be shown ----------------------------------------------------------------------- */

Test(judge, row_that_is_not_there_says_what_to_run)
{
    expect(result_of("latency", ""), "latency-p50-near", "INVALID",
           "run 'tickfan perf latency'");
    expect(result_of("latency", ""), "publish-cost", "INVALID", "run 'tickfan perf publish'");
}

Test(judge, skipped_row_gives_its_reason)
{
    expect(result_of("publish", "{\"label\":\"x\",\"case\":\"skip by instrument\","
                                "\"skipped\":\"no such function\"}"),
           "skip-cost", "INVALID", "skipped: no such function");
}

#define DISTURBED ",\"blocks\":{\"quiet\":4,\"disturbed\":5}"
#define QUIET     ",\"blocks\":{\"quiet\":5,\"disturbed\":4}"

Test(judge, medians_are_judged_though_most_blocks_were_disturbed)
{
    expect(latency_of(SPREAD(1, 1, 1), DISTURBED), "latency-p50-near", "PASS", "");
    expect(latency_of(SPREAD(1.2, 1.2, 1.2), DISTURBED), "latency-p50-near", "FAIL", "");
}

static json_t *tail_of(const char *spread, const char *more)
{
    char row[1024];
    snprintf(row, sizeof row,
             "{\"transport\":\"tickfan\",\"case\":\"constant\","
             "\"ratio\":{\"far\":{\"p99\":%s}}%s}",
             spread, more);
    return result_of("latency", row);
}

Test(judge, tails_of_disturbed_blocks_are_the_hosts)
{
    const char *good = SPREAD(1, 1, 1), *bad = SPREAD(2, 2, 2);
    expect(tail_of(good, DISTURBED), "latency-p99-far", "INVALID", "5 of 9 blocks");
    expect(tail_of(bad, DISTURBED), "latency-p99-far", "INVALID", "undisturbed machine");
    cr_expect_not(demands(tail_of(bad, DISTURBED), "latency-p99-far"));
    expect(tail_of(good, QUIET), "latency-p99-far", "PASS", "");
    expect(tail_of(bad, QUIET), "latency-p99-far", "FAIL", "");
}

Test(judge, self_test_is_never_judged)
{
    json_t *result = latency_of(SPREAD(1, 1, 1), "");
    json_object_set_new(result, "inject", json_string("stall=1ms/1s"));
    expect(result, "latency-p50-near", "INVALID", "stall=1ms/1s");
}

Test(judge, unusable_clock_spares_counts_only)
{
    const char *rows = "{\"case\":\"read batch 64\",\"cost\":{\"instructions\":12.5}},"
                       "{\"case\":\"publish, readers stopped\",\"ratio\":{\"send_ns\":1.0}}";
    json_t *result = result_of("publish", rows);
    json_object_set_new(json_object_get(result, "clock"), "usable", json_false());
    expect(json_deep_copy(result), "read-cost", "PASS", "");
    expect(result, "publish-stopped-time", "INVALID", "clock");
}

Test(judge, one_cpu_is_too_few)
{
    json_t *result = latency_of(SPREAD(1, 1, 1), "");
    json_object_set_new(json_object_get(result, "machine"), "cpus_allowed", json_integer(1));
    expect(result, "latency-p50-near", "INVALID", "needs 2 CPUs, 1 is allowed");
}

Test(judge, xeon64_is_invalid_on_a_small_machine_and_says_why)
{
    json_t *result = result_of("fanout", "{\"transport\":\"tickfan\",\"case\":\"62 readers\","
                                         "\"fanout\":{\"last\":{\"p50\":100,\"p99\":200}}}");
    cr_expect_eq(tf_judge(result, "xeon64"), TF_INVALID);
    json_t *verdict = verdict_of(result, "fanout-p50");
    cr_expect_str_eq(text_of(verdict, "verdict"), "INVALID");
    cr_expect_str_eq(text_of(verdict, "why"), "needs 64 CPUs, 2 are allowed");
    json_t *machine = json_object_get(result, "machine");
    json_object_set_new(machine, "cpus_allowed", json_integer(64));
    json_object_set_new(machine, "sockets", json_integer(2));
    tf_judge(result, "xeon64");
    cr_expect_str_eq(text_of(verdict_of(result, "fanout-p50"), "verdict"), "PASS");
    json_decref(result);
}

Test(judge, unfit_machine_shows_no_absolute_number_but_notes_do_not_matter)
{
    json_t *result = result_of("fanout", "{\"transport\":\"tickfan\",\"case\":\"62 readers\","
                                         "\"fanout\":{\"last\":{\"p50\":100}}}");
    json_t *machine = json_object_get(result, "machine"),
           *unfit = json_object_get(result, "unfit");
    json_object_set_new(machine, "cpus_allowed", json_integer(64));
    json_object_set_new(machine, "sockets", json_integer(2));
    json_array_append_new(unfit, json_string("note: under a hypervisor"));
    tf_judge(result, "xeon64");
    cr_expect_str_eq(text_of(verdict_of(result, "fanout-p50"), "verdict"), "PASS");
    json_array_append_new(unfit, json_string("stolen 20 %"));
    tf_judge(result, "xeon64");
    cr_expect_str_eq(text_of(verdict_of(result, "fanout-p50"), "verdict"), "INVALID");
    cr_expect_not_null(strstr(text_of(verdict_of(result, "fanout-p50"), "why"), "stolen 20 %"));
    json_decref(result);
}

/* ---- what is demanded --------------------------------------------------------------------------- */

Test(judge, placement_that_did_not_occur_is_not_demanded)
{
    json_t *result = compare_of("10", "10");
    tf_judge(result, "small");
    json_t *far = verdict_of(result, "throughput-far-beside");
    cr_expect_str_eq(text_of(far, "verdict"), "INVALID");
    cr_expect(json_is_false(json_object_get(far, "demanded")));
    cr_expect_not_null(strstr(text_of(far, "why"), "far CPUs"));
    cr_expect(
        json_is_true(json_object_get(verdict_of(result, "latency-p50-near"), "demanded")));
    json_decref(result);
}

Test(judge, one_torn_tick_fails)
{
    const char *rows = "{\"transport\":\"tickfan\",\"counts\":{\"torn\":0}},"
                       "{\"transport\":\"tickfan\",\"counts\":{\"torn\":1}}";
    expect(result_of("compare", rows), "torn", "FAIL", "");
}

/* ---- the whole ---------------------------------------------------------------------------------- */

Test(judge, a_failure_outranks_what_is_invalid)
{
    json_t *result = latency_of(SPREAD(2, 2, 2), "");
    cr_expect_eq(tf_judge(result, "small"), TF_FAIL);
    json_decref(result);
    result = latency_of(SPREAD(1, 1, 1), "");
    cr_expect_eq(tf_judge(result, "small"), TF_INVALID);
    json_decref(result);
}

Test(judge, unknown_profile_lists_those_there_are)
{
    json_t *result = result_of("latency", "");
    cr_expect_eq(tf_judge(result, "huge"), TF_EUSAGE);
    cr_expect_not_null(strstr(tf_errmsg(), "small and xeon64"));
    cr_expect_null(tf_judge_needs("huge"));
    json_decref(result);
}

Test(judge, hostile_results_are_no_measurements)
{
    static const char latency[] =
        "{\"measurements\":[{\"measurement\":\"latency\",\"rows\":["
        "{\"transport\":\"tickfan\",\"case\":\"constant\",\"ratio\":{\"p50\":\"1\"}}]}]}";
    static const char *const hostile[] = {
        "{}",
        "{\"measurements\":7}",
        "{\"measurements\":[7,null,[],{}]}",
        "{\"measurements\":[{\"measurement\":\"latency\",\"rows\":{}}]}",
        "{\"measurements\":[{\"measurement\":\"latency\",\"rows\":[1,{\"transport\":[]}]}]}",
        latency,
        "{\"machine\":[],\"clock\":1,\"unfit\":{},\"measurements\":null}"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        json_t *result = parse(hostile[i]);
        cr_expect_eq(tf_judge(result, "small"), TF_INVALID, "%s", hostile[i]);
        json_decref(result);
    }
}
