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
    expect(result_of("compare", rows), "peers-latency", "PASS", "the fastest is seqlocks");
    expect(result_of("compare", rows), "others-latency", "FAIL", "the fastest is spsc_aligned");
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
    expect(result_of("compare", rows), "peers-throughput", "FAIL", "x");
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
