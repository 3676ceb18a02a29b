/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: limits that hang on what else the run measured. */
#include "judge_fixture.h"

/* One object with `series` in throughput and `seqlocks` in compare. */
static json_t *throughput_of(const char *near, const char *seqlocks)
{
    char text[2048];
    snprintf(text, sizeof text,
             "{\"schema\":1," MACHINE ",\"unfit\":[],\"measurements\":["
             "{\"measurement\":\"throughput\",\"rows\":["
             "{\"transport\":\"tickfan\",\"x\":{\"name\":\"batch\",\"value\":1},"
             "\"rate\":{\"near\":{\"low\":1e7,\"middle\":1e7,\"high\":1e7,\"count\":5}}},"
             "{\"transport\":\"tickfan\",\"x\":{\"name\":\"message bytes\",\"value\":128},"
             "\"rate\":{\"near\":{\"low\":9e9,\"middle\":9e9,\"high\":9e9,\"count\":5}}},"
             "{\"transport\":\"tickfan\",\"x\":{\"name\":\"batch\",\"value\":32},"
             "\"rate\":{\"near\":%s}}]},"
             "{\"measurement\":\"compare\",\"rows\":[{\"transport\":\"seqlocks\","
             "\"rate\":{\"near\":%s}}]}]}",
             near, seqlocks);
    return parse(text);
}

Test(judge, best_batch_counts_and_other_series_do_not)
{
    json_t *result = throughput_of(SPREAD(40.5e7, 41e7, 41.5e7), SPREAD(44e7, 44e7, 44e7));
    tf_judge(result, "small");
    json_t *verdict = verdict_of(result, "throughput-near");
    cr_expect_str_eq(text_of(verdict, "verdict"), "PASS");
    cr_expect_float_eq(json_number_value(json_object_get(verdict, "value")), 410, 1e-6);
    json_decref(result);
}

Test(judge, absolute_throughput_is_not_demanded_of_a_slower_machine)
{
    json_t *result = throughput_of(SPREAD(20e7, 21e7, 22e7), SPREAD(22e7, 22e7, 22e7));
    tf_judge(result, "small");
    json_t *verdict = verdict_of(result, "throughput-near");
    cr_expect_str_eq(text_of(verdict, "verdict"), "INVALID");
    cr_expect(json_is_false(json_object_get(verdict, "demanded")));
    json_decref(result);
    /* On one that is fast enough the same rate is a failure. */
    expect(throughput_of(SPREAD(20e7, 21e7, 22e7), SPREAD(44e7, 44e7, 44e7)), "throughput-near",
           "FAIL", "");
}

Test(judge, batches_are_paired_with_the_single_line_of_the_same_round)
{
    /* Medians over all rounds would say 600 / 100; round by round it is 3. */
    const char *rows =
        "{\"transport\":\"raw\",\"case\":\"constant\",\"rounds\":["
        "{\"round\":0,\"quiet\":true,\"far\":false,\"p50\":100},"
        "{\"round\":1,\"quiet\":true,\"far\":false,\"p50\":100},"
        "{\"round\":2,\"quiet\":false,\"far\":false,\"p50\":1},"
        "{\"round\":3,\"quiet\":true,\"far\":false,\"p50\":200},"
        "{\"round\":4,\"quiet\":true,\"far\":true,\"p50\":300},"
        "{\"round\":5,\"quiet\":true,\"far\":false,\"p50\":210},"
        "{\"round\":6,\"quiet\":true,\"p50\":4000},{\"round\":7,\"quiet\":true,\"p50\":4000}]},"
        "{\"transport\":\"tickfan\",\"case\":\"last of a batch of 32\",\"rounds\":["
        "{\"round\":0,\"quiet\":true,\"far\":false,\"p50\":300},"
        "{\"round\":2,\"quiet\":true,\"far\":false,\"p50\":300},"
        "{\"round\":3,\"quiet\":true,\"far\":false,\"p50\":600},"
        "{\"round\":4,\"quiet\":true,\"far\":true,\"p50\":3000},"
        "{\"round\":5,\"quiet\":true,\"far\":false,\"p50\":630},"
        "{\"round\":6,\"quiet\":true,\"p50\":90000},{\"round\":7,\"quiet\":true,\"p50\":90000}]"
        "}";
    json_t *result = result_of("latency", rows);
    tf_judge(result, "small");
    json_t *near = verdict_of(result, "latency-batch-near"),
           *far = verdict_of(result, "latency-batch-far");
    cr_expect_float_eq(json_number_value(json_object_get(near, "value")), 3, 1e-9);
    cr_expect_str_eq(text_of(near, "verdict"), "PASS");
    cr_expect_float_eq(json_number_value(json_object_get(far, "value")), 10, 1e-9);
    cr_expect_str_eq(text_of(far, "verdict"), "INVALID", "one round is too few");
    cr_expect(json_is_false(json_object_get(far, "demanded")));
    json_decref(result);
}

/* Three near rounds of a single raw line, of the raw line's batch and of Tickfan's. */
static json_t *batches_of(double single, double bound, double ours)
{
    const struct {
        const char *transport, *row_case;
        double p50;
    } row[] = {{"raw", "constant", single},
               {"raw", "last of a batch of 32", bound},
               {"tickfan", "last of a batch of 32", ours}};
    char rows[2048];
    int used = 0;
    for (int i = 0; i < 3; i++) {
        used += snprintf(rows + used, sizeof rows - (size_t)used,
                         "%s{\"transport\":\"%s\",\"case\":\"%s\",\"rounds\":[", i ? "," : "",
                         row[i].transport, row[i].row_case);
        for (int r = 0; r < 3; r++)
            used += snprintf(rows + used, sizeof rows - (size_t)used,
                             "%s{\"round\":%d,\"quiet\":false,\"far\":false,\"p50\":%f}",
                             r ? "," : "", r, row[i].p50);
        used += snprintf(rows + used, sizeof rows - (size_t)used, "]}");
    }
    return result_of("latency", rows);
}

Test(judge, batch_is_judged_beside_raws_own_where_that_leaves_no_room)
{
    /* 3.5 / 1.05 = 3.33 */
    expect(batches_of(100, 330, 345), "latency-batch-near", "PASS", "");
    expect(batches_of(100, 330, 380), "latency-batch-near", "FAIL", "");
    expect(batches_of(100, 340, 405), "latency-batch-near", "PASS", "");
    expect(batches_of(100, 340, 440), "latency-batch-near", "FAIL", "");
    json_t *result = batches_of(100, 400, 440);
    tf_judge(result, "small");
    json_t *verdict = verdict_of(result, "latency-batch-near");
    cr_expect_float_eq(json_number_value(json_object_get(verdict, "value")), 1.1, 1e-6);
    cr_expect_float_eq(json_number_value(json_object_get(verdict, "limit")), 1.2, 1e-9);
    cr_expect_str_eq(text_of(verdict, "unit"), "x raw's batch");
    cr_expect_not_null(strstr(text_of(verdict, "text"), "own batch, which takes 4.00"), "%s",
                       text_of(verdict, "text"));
    json_decref(result);
}

Test(judge, time_to_publish_may_grow_by_a_twentieth)
{
    static const char *const who[] = {"stopped", "hostile"};
    for (int i = 0; i < 2; i++) {
        char within[256], beyond[256], goal[64];
        static const char row[] =
            "{\"case\":\"publish, readers %s\",\"ratio\":{\"send_ns\":%s}}";
        snprintf(within, sizeof within, row, who[i], "1.05");
        snprintf(beyond, sizeof beyond, row, who[i], "1.06");
        snprintf(goal, sizeof goal, "publish-%s-time", who[i]);
        expect(result_of("publish", within), goal, "PASS", "");
        expect(result_of("publish", beyond), goal, "FAIL", "");
    }
}

/* Three quiet near rounds in which Tickfan's batch takes ten single lines, the rest disturbed ones in which it takes three. */
static json_t *rounds_of(int count)
{
    char rows[8192];
    int used = 0;
    for (int row = 0; row < 2; row++) {
        used += snprintf(rows + used, sizeof rows - (size_t)used, "%s\"rounds\":[",
                         row ? ",{\"transport\":\"tickfan\",\"case\":\"last of a batch of 32\","
                             : "{\"transport\":\"raw\",\"case\":\"constant\",");
        for (int r = 0; r < count; r++)
            used += snprintf(rows + used, sizeof rows - (size_t)used,
                             "%s{\"round\":%d,\"quiet\":%s,\"far\":false,\"p50\":%d}",
                             r ? "," : "", r, r < 3 ? "true" : "false",
                             row == 0 ? 1
                             : r < 3  ? 10
                                      : 3);
        used += snprintf(rows + used, sizeof rows - (size_t)used, "]}");
    }
    return result_of("latency", rows);
}

Test(judge, quiet_rounds_stand_for_all_when_they_are_a_fifth_of_them)
{
    expect(rounds_of(15), "latency-batch-near", "FAIL", "");
    expect(rounds_of(16), "latency-batch-near", "PASS", "");
}
