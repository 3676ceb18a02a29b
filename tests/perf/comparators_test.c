/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: nobody is faster, and nothing is torn. */
#include "judge_fixture.h"

#define PEER(name, kind, traits, p50)                                                          \
    "{\"label\":\"" name "\",\"transport\":\"" name "\",\"case\":\"" kind                      \
    "\",\"traits\":[" traits "],\"ratio\":{\"near\":{\"p50\":" #p50 "}}}"

Test(judge, fastest_comparator_is_named)
{
    const char *rows = PEER("tickfan", "polls", "\"broadcast\",\"lossy\"", 1.02) "," PEER(
        "raw", "polls", "\"broadcast\",\"limit\"",
        1) "," PEER("seqlocks", "polls", "\"broadcast\",\"lossy\"",
                    1.10) "," PEER("gated_log", "polls", "\"broadcast\"",
                                   1.30) "," PEER("spsc_aligned", "polls", "", 0.90);
    expect(result_of("compare", rows), "peers-latency", "PASS",
           "the fastest between near CPUs is seqlocks");
    expect(result_of("compare", rows), "others-latency", "FAIL",
           "the fastest between near CPUs is spsc_aligned");
}

Test(judge, comparators_are_compared_within_their_own_case)
{
    const char *rows = PEER("tickfan", "polls", "\"broadcast\"", 1.02) "," PEER(
        "tickfan", "sleeps", "\"broadcast\"", 0.5) "," PEER("pipe", "sleeps", "", 0.6);
    expect(result_of("compare", rows), "others-latency", "PASS", "pipe");
}

Test(judge, comparator_that_tears_is_no_peer)
{
    const char *rows = PEER("tickfan", "polls", "\"broadcast\"",
                            1.0) "," PEER("loose", "polls", "\"broadcast\",\"may tear\"",
                                          0.5) "," PEER("safe", "polls", "\"broadcast\"", 1.5);
    expect(result_of("compare", rows), "peers-latency", "PASS", "safe");
    expect(result_of("compare", rows), "others-latency", "FAIL", "loose");
}

Test(judge, worst_placement_counts_when_it_was_seen_often_enough)
{
    const char *rows =
        "{\"label\":\"Tickfan\",\"transport\":\"tickfan\",\"traits\":[\"broadcast\"],\"rate\":"
        "{\"near\":" SPREAD(99, 100, 101) ",\"far\":" SPREAD(
            49, 50,
            51) "}},"
                "{\"label\":\"x\",\"transport\":\"x\",\"traits\":[\"broadcast\"],\"rate\":"
                "{\"near\":" SPREAD(49, 50, 51) ",\"far\":" SPREAD(99, 100, 101) "}}";
    expect(result_of("compare", rows), "peers-throughput", "FAIL", "between far CPUs is x");
    rows =
        "{\"label\":\"Tickfan\",\"transport\":\"tickfan\",\"traits\":[\"broadcast\"],\"rate\":"
        "{\"near\":" SPREAD(99, 100, 101) ",\"far\":" SPREAD(
            49, 50,
            51) "}},"
                "{\"label\":\"x\",\"transport\":\"x\",\"traits\":[\"broadcast\"],\"rate\":"
                "{\"near\":" SPREAD(
                    49, 50,
                    51) ",\"far\":{\"low\":99,\"middle\":100,\"high\":101,\"count\":2}}}";
    expect(result_of("compare", rows), "peers-throughput", "PASS", "x");
}

/* Rows of one contest: near rounds for the first `near` values, far ones for the rest, all of them disturbed. */
struct entry {
    const char *name, *traits;
    double value[8];
};

static json_t *contest_of(const struct entry *entries, int count, const char *key,
                          const char *rounds, int near)
{
    char rows[8192];
    int used = 0;
    for (int i = 0; i < count; i++) {
        used +=
            snprintf(rows + used, sizeof rows - (size_t)used,
                     "%s{\"label\":\"%s\",\"transport\":\"%s\",\"traits\":[%s],"
                     "\"blocks\":{\"quiet\":0,\"disturbed\":8},\"%s\":[",
                     i ? "," : "", entries[i].name, entries[i].name, entries[i].traits, rounds);
        for (int r = 0; r < 8 && entries[i].value[r] > 0; r++)
            used +=
                snprintf(rows + used, sizeof rows - (size_t)used,
                         "%s{\"round\":%d,\"quiet\":false,\"far\":%s,\"%s\":%g}", r ? "," : "",
                         r, r < near ? "false" : "true", key, entries[i].value[r]);
        used += snprintf(rows + used, sizeof rows - (size_t)used, "]}");
    }
    return result_of("compare", rows);
}

#define CAST          "\"broadcast\",\"lossy\""
#define MANY(entries) entries, sizeof(entries) / sizeof(entries)[0]

static double value_of(json_t *result, const char *goal)
{
    tf_judge(result, "small");
    double value = json_number_value(json_object_get(verdict_of(result, goal), "value"));
    json_decref(result);
    return value;
}

Test(judge, lucky_rounds_make_nobody_the_fastest)
{
    /* In all rounds but one one of the three is at 50, and none of them is usually below 100. */
    static const struct entry entries[] = {
        {"tickfan", CAST, {100, 101, 100, 101, 100, 101, 100, 101}},
        {"a", CAST, {50, 100, 101, 100, 101, 100, 101, 100}},
        {"b", CAST, {110, 50, 111, 110, 50, 111, 110, 50}},
        {"c", CAST, {120, 121, 50, 50, 120, 50, 121, 120}}};
    expect(contest_of(MANY(entries), "p50", "rounds", 8), "peers-latency", "PASS",
           "between near CPUs is a");
}

Test(judge, tickfan_and_the_fastest_are_compared_round_by_round)
{
    /* The machine slows threefold; the ratio stays. */
    static const struct entry entries[] = {{"tickfan", CAST, {100, 200, 300, 110, 210}},
                                           {"a", CAST, {100, 200, 300, 110, 210}},
                                           {"b", CAST, {400, 400, 400, 400, 400}}};
    static const struct entry slower[] = {{"tickfan", CAST, {110, 220, 330, 121, 231}},
                                          {"a", CAST, {100, 200, 300, 110, 210}}};
    expect(contest_of(MANY(entries), "p50", "rounds", 8), "peers-latency", "PASS", "is a");
    expect(contest_of(MANY(slower), "p50", "rounds", 8), "peers-latency", "FAIL", "is a");
    cr_expect_float_eq(value_of(contest_of(MANY(slower), "p50", "rounds", 8), "peers-latency"),
                       1.1, 1e-9);
}

Test(judge, the_fastest_is_who_has_the_best_median_of_its_own)
{
    /* By the middle of the ratios it would be a, at 1.25. */
    static const struct entry entries[] = {{"tickfan", CAST, {100, 100, 300, 300, 300}},
                                           {"a", CAST, {200, 200, 240, 240, 240}},
                                           {"b", CAST, {100, 100, 235, 300, 300}}};
    expect(contest_of(MANY(entries), "p50", "rounds", 8), "peers-latency", "PASS", "is b");
}

static void expect_both(const char *key, double ours, const char *word)
{
    const struct entry entries[] = {{"tickfan", CAST, {ours, ours, ours}},
                                    {"a", CAST, {100, 100, 100}},
                                    {"queue", "\"gated\"", {100, 100, 100}}};
    bool rate = strcmp(key, "rate") == 0;
    const char *rounds = rate ? "flood_rounds" : "rounds";
    expect(contest_of(MANY(entries), key, rounds, 8),
           rate ? "peers-throughput" : "peers-latency", word, "is a");
    expect(contest_of(MANY(entries), key, rounds, 8),
           rate ? "others-throughput" : "others-latency", word, "is queue");
}

Test(judge, two_per_cent_is_all_that_comparators_are_given)
{
    expect_both("p50", 102, "PASS");
    expect_both("p50", 103, "FAIL");
    expect_both("rate", 98, "PASS");
    expect_both("rate", 97, "FAIL");
}

/* The worst of a profile is told by the goals that it demands: without those of other measurements, which are INVALID. */
static int worst_of(json_t *result)
{
    int worst = tf_judge(result, "small");
    json_decref(result);
    return worst;
}

Test(judge, queue_that_holds_its_writer_is_raced_for_latency_and_shown_for_floods)
{
    static const struct entry entries[] = {{"tickfan", CAST, {100, 100, 100}},
                                           {"queue", "\"gated\"", {200, 200, 200}}};
    expect(contest_of(MANY(entries), "rate", "flood_rounds", 8), "others-throughput", "FAIL",
           "is queue");
    cr_expect_not(
        demands(contest_of(MANY(entries), "rate", "flood_rounds", 8), "others-throughput"));
    cr_expect_eq(worst_of(contest_of(MANY(entries), "rate", "flood_rounds", 8)), TF_INVALID);
    static const struct entry slower[] = {{"tickfan", CAST, {100, 100, 100}},
                                          {"queue", "\"gated\"", {50, 50, 50}}};
    cr_expect_eq(worst_of(contest_of(MANY(slower), "p50", "rounds", 8)), TF_FAIL);
}

Test(judge, a_comparator_that_is_too_close_is_named_and_demanded)
{
    static const struct entry beyond[] = {{"tickfan", CAST, {101, 103, 106}},
                                          {"a", CAST, {100, 100, 100}}};
    expect(contest_of(MANY(beyond), "p50", "rounds", 8), "peers-latency", "INVALID",
           "is a; too close to call");
    cr_expect(demands(contest_of(MANY(beyond), "p50", "rounds", 8), "peers-latency"));
}

Test(judge, near_and_far_have_a_fastest_each_and_the_worse_verdict_counts)
{
    static const struct entry entries[] = {{"tickfan", CAST, {100, 100, 100, 300, 300, 300}},
                                           {"a", CAST, {101, 101, 101, 400, 400, 400}},
                                           {"b", CAST, {200, 200, 200, 250, 250, 250}}};
    expect(contest_of(MANY(entries), "p50", "rounds", 3), "peers-latency", "FAIL",
           "between far CPUs is b");
    /* The same with two far rounds. */
    static const struct entry few[] = {{"tickfan", CAST, {100, 100, 100, 300, 300}},
                                       {"a", CAST, {101, 101, 101, 400, 400}},
                                       {"b", CAST, {200, 200, 200, 250, 250}}};
    expect(contest_of(MANY(few), "p50", "rounds", 3), "peers-latency", "PASS",
           "between near CPUs is a");
    /* A certain miss near outranks a larger one far that is too uncertain. */
    static const struct entry wide[] = {{"tickfan", CAST, {110, 110, 110, 50, 130, 190}},
                                        {"a", CAST, {100, 100, 100, 100, 100, 100}}};
    expect(contest_of(MANY(wide), "p50", "rounds", 3), "peers-latency", "FAIL", "near CPUs");
}

Test(judge, floods_have_rounds_of_their_own)
{
    static const struct entry entries[] = {{"tickfan", CAST, {100, 200, 300}},
                                           {"a", CAST, {110, 220, 330}},
                                           {"queue", "\"gated\"", {90, 180, 270}}};
    expect(contest_of(MANY(entries), "rate", "flood_rounds", 8), "peers-throughput", "FAIL",
           "near CPUs is a");
    expect(contest_of(MANY(entries), "rate", "flood_rounds", 8), "others-throughput", "PASS",
           "near CPUs is queue");
}

Test(judge, others_are_what_their_goal_says)
{
    json_t *result = result_of("compare", "");
    tf_judge(result, "small");
    static const char *const goals[] = {"others-latency", "others-throughput"};
    for (int i = 0; i < 2; i++) {
        const char *text = text_of(verdict_of(result, goals[i]), "text");
        cr_expect_not_null(
            strstr(text, "for one reader (gated: the writer waits for it; no broadcast)"), "%s",
            text);
    }
    json_decref(result);
}

Test(judge, nobody_to_compare_with_is_no_pass)
{
    static const struct entry alone[] = {{"tickfan", CAST, {100, 100, 100}},
                                         {"a", CAST, {100, 100}}};
    expect(contest_of(MANY(alone), "p50", "rounds", 8), "peers-latency", "INVALID",
           "no comparator has 3 rounds");
    cr_expect(demands(contest_of(MANY(alone), "p50", "rounds", 8), "peers-latency"));
}
