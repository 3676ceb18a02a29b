/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits are those of the design.  Those of absolute throughput were set on a machine where a ring of plain seqlocks
 * moves 441 M messages/s between near CPUs and 22 M between far ones; a machine that does less by a tenth is slower, and
 * is judged by what the same run's seqlocks do: 400 of 441 near, not less than they far.
 *
 * 2 % is what two entries of one contest can be told apart by, so "not beaten" is within it, and nothing is added to that.
 *
 * A queue that makes its writer wait lets its one reader fall a whole queue behind, and then neither touches what the other is
 * busy with.  A publisher that waits for nobody cannot have that: in floods such queues are shown, not raced.
 *
 * 3.5 single lines for a batch of 32 are of that machine, too.  1.2 of the raw line's own batch is what a ring may add to one
 * where it cannot be met.
 */
#include "goals.h"

/* clang-format off */
#define LATENCY(kind, key)   {"latency", "tickfan", kind, NULL, 0, key}
#define RAW_LINE(kind, key)  {"latency", "raw", kind, NULL, 0, key}
#define PUBLISH(kind, key)   {"publish", NULL, kind, NULL, 0, key}
#define COMPARE(name, key)   {"compare", name, NULL, NULL, 0, key}
#define BATCHES(key)         {"throughput", "tickfan", NULL, "batch", 0, key}
#define FANOUT(kind, key)    {"fanout", "tickfan", kind, NULL, 0, key}
#define ANY(measured, key)   {measured, "tickfan", NULL, NULL, 0, key}
#define NONE                 {NULL, NULL, NULL, NULL, 0, NULL}
#define BOTH (TF_SMALL | TF_XEON64)

const struct tf_goal tf_goals[] = {
    {"latency-p50-near", "median latency of one paced tick, near CPUs, beside the raw line's", "x raw",
     TF_AT_MOST, 1.05, BOTH, TF_PLACED, TF_GOAL_ROW, LATENCY("constant", "ratio.near.p50"), NONE, 0, 0},
    {"latency-p99-near", "99th percentile of one paced tick, near CPUs, beside the raw line's", "x raw",
     TF_AT_MOST, 1.2, BOTH, TF_PLACED | TF_TAIL, TF_GOAL_ROW, LATENCY("constant", "ratio.near.p99"), NONE, 0, 0},
    {"latency-batch-near", "the last of 32 ticks published at once, near CPUs, beside one raw line", "x raw",
     TF_AT_MOST, 3.5, BOTH, TF_PLACED, TF_GOAL_BATCH,
     LATENCY("last of a batch of 32", "near.p50"), RAW_LINE("constant", "near.p50"), 1.2, 0},
    {"latency-p50-far", "median latency of one paced tick, far CPUs, beside the raw line's", "x raw",
     TF_AT_MOST, 1.05, BOTH, TF_PLACED, TF_GOAL_ROW, LATENCY("constant", "ratio.far.p50"), NONE, 0, 0},
    {"latency-p99-far", "99th percentile of one paced tick, far CPUs, beside the raw line's", "x raw",
     TF_AT_MOST, 1.2, BOTH, TF_PLACED | TF_TAIL, TF_GOAL_ROW, LATENCY("constant", "ratio.far.p99"), NONE, 0, 0},
    {"latency-batch-far", "the last of 32 ticks published at once, far CPUs, beside one raw line", "x raw",
     TF_AT_MOST, 3.5, BOTH, TF_PLACED, TF_GOAL_BATCH,
     LATENCY("last of a batch of 32", "far.p50"), RAW_LINE("constant", "far.p50"), 1.2, 0},
    {"throughput-near", "ticks to one reader, near CPUs", "M/s",
     TF_AT_LEAST, 400, BOTH, TF_ABSOLUTE | TF_PLACED | TF_REFERENCE, TF_GOAL_BEST,
     BATCHES("rate.near"), COMPARE("seqlocks", "rate.near"), 0.9 * 441e6, 1e6},
    {"throughput-far", "ticks to one reader, far CPUs", "M/s",
     TF_AT_LEAST, 300, BOTH, TF_ABSOLUTE | TF_PLACED | TF_REFERENCE, TF_GOAL_BEST,
     BATCHES("rate.far"), COMPARE("seqlocks", "rate.far"), 0.9 * 22e6, 1e6},
    {"throughput-near-beside", "ticks to one reader, near CPUs, beside a ring of seqlocks", "x seqlocks",
     TF_AT_LEAST, 0.9, BOTH, TF_PLACED, TF_GOAL_BESIDE,
     COMPARE("tickfan", "rate.near"), COMPARE("seqlocks", "rate.near"), 0, 0},
    {"throughput-far-beside", "ticks to one reader, far CPUs, beside a ring of seqlocks", "x seqlocks",
     TF_AT_LEAST, 1, BOTH, TF_PLACED, TF_GOAL_BESIDE,
     COMPARE("tickfan", "rate.far"), COMPARE("seqlocks", "rate.far"), 0, 0},
    {"publish-cost", "to publish a tick, in batches of 32", "instructions",
     TF_AT_MOST, 25, BOTH, TF_COUNTED, TF_GOAL_ROW, PUBLISH("publish batch 32", "cost.instructions"), NONE, 0, 0},
    {"publish-1-reader", "the same with 1 reader attached, beside none", "x none",
     TF_AT_MOST, 1.01, BOTH, TF_COUNTED, TF_GOAL_BESIDE,
     PUBLISH("publish batch 32, readers 1", "cost.instructions"), PUBLISH("publish batch 32", "cost.instructions"), 0, 0},
    {"publish-62-readers", "the same with 62 readers attached, beside none", "x none",
     TF_AT_MOST, 1.01, BOTH, TF_COUNTED, TF_GOAL_BESIDE,
     PUBLISH("publish batch 32, readers 62", "cost.instructions"), PUBLISH("publish batch 32", "cost.instructions"), 0, 0},
    {"publish-250-readers", "the same with 250 readers attached, beside none", "x none",
     TF_AT_MOST, 1.01, BOTH, TF_COUNTED, TF_GOAL_BESIDE,
     PUBLISH("publish batch 32, readers 250", "cost.instructions"), PUBLISH("publish batch 32", "cost.instructions"), 0, 0},
    {"publish-stopped", "instructions to publish while readers are stopped, beside none", "x none",
     TF_AT_MOST, 1.05, BOTH, TF_COUNTED, TF_GOAL_BESIDE,
     PUBLISH("publish, readers stopped", "cost.instructions"), PUBLISH("publish batch 32", "cost.instructions"), 0, 0},
    {"publish-hostile", "instructions to publish while a reader scribbles, beside none", "x none",
     TF_AT_MOST, 1.05, BOTH, TF_COUNTED, TF_GOAL_BESIDE,
     PUBLISH("publish, readers hostile", "cost.instructions"), PUBLISH("publish batch 32", "cost.instructions"), 0, 0},
    {"publish-stopped-time", "time to publish while readers are stopped, beside none", "x none",
     TF_AT_MOST, 1.05, BOTH, 0, TF_GOAL_ROW, PUBLISH("publish, readers stopped", "ratio.send_ns"), NONE, 0, 0},
    {"publish-hostile-time", "time to publish while a reader scribbles, beside none", "x none",
     TF_AT_MOST, 1.05, BOTH, 0, TF_GOAL_ROW, PUBLISH("publish, readers hostile", "ratio.send_ns"), NONE, 0, 0},
    {"read-cost", "to read a tick, in batches of 64", "instructions",
     TF_AT_MOST, 20, BOTH, TF_COUNTED, TF_GOAL_ROW, PUBLISH("read batch 64", "cost.instructions"), NONE, 0, 0},
    {"skip-cost", "to skip a tick of another instrument", "instructions",
     TF_BELOW, 8, BOTH, TF_COUNTED, TF_GOAL_ROW, PUBLISH("skip by instrument", "cost.instructions"), NONE, 0, 0},
    {"peers-latency", "median latency beside the fastest comparator that is broadcast and safe", "x fastest",
     TF_AT_MOST, 1.02, BOTH, 0, TF_GOAL_PEERS, ANY("compare", "near.p50|far.p50"), ANY("compare", "ratio.near.p50|ratio.far.p50"), 0, 0},
    {"peers-throughput", "ticks a second beside the fastest comparator that is broadcast and safe", "x fastest",
     TF_AT_LEAST, 0.98, BOTH, 0, TF_GOAL_PEERS, ANY("compare", "near.rate|far.rate"), ANY("compare", "rate.near|rate.far"), 0, 0},
    {"others-latency", "median latency beside the fastest of the others: queues and pipes for one reader (gated: the writer waits for it; no broadcast), and what tears", "x fastest",
     TF_AT_MOST, 1.02, BOTH, 0, TF_GOAL_OTHERS, ANY("compare", "near.p50|far.p50"), ANY("compare", "ratio.near.p50|ratio.far.p50"), 0, 0},
    {"others-throughput", "ticks a second beside the fastest of the others: queues and pipes for one reader (gated: the writer waits for it; no broadcast), and what tears", "x fastest",
     TF_AT_LEAST, 0.98, BOTH, TF_OTHER_CONTRACT, TF_GOAL_OTHERS, ANY("compare", "near.rate|far.rate"), ANY("compare", "rate.near|rate.far"), 0, 0},
    {"torn", "torn ticks that readers got", "ticks",
     TF_AT_MOST, 0, BOTH, TF_COUNTED, TF_GOAL_SUM, ANY(NULL, "counts.torn"), NONE, 0, 0},
    {"fanout-p50", "median until the last of 62 readers has the tick", "ns",
     TF_AT_MOST, 300, TF_XEON64, TF_ABSOLUTE, TF_GOAL_ROW,
     FANOUT("62 readers", "spread.last_p50|fanout.last.p50|latency.last_reader.p50"), NONE, 0, 0},
    {"fanout-p99", "99th percentile until the last of 62 readers has the tick", "ns",
     TF_AT_MOST, 1000, TF_XEON64, TF_ABSOLUTE | TF_TAIL, TF_GOAL_ROW,
     FANOUT("62 readers", "spread.last_p99|fanout.last.p99|latency.last_reader.p99"), NONE, 0, 0},
    {"fanout-fairness", "the slowest of 62 readers beside the median reader", "x median",
     TF_AT_MOST, 3, TF_XEON64, 0, TF_GOAL_ROW, FANOUT("62 readers", "fanout.worst_to_median"), NONE, 0, 0},
    {"fanout-deliveries", "ticks delivered to three readers together", "M/s",
     TF_AT_LEAST, 800, TF_XEON64, TF_ABSOLUTE, TF_GOAL_ROW, FANOUT("3 readers, flood", "rate.deliveries_per_second"), NONE, 0, 1e6},
};
/* clang-format on */
const size_t tf_goal_count = sizeof tf_goals / sizeof tf_goals[0];

static const char *const for_small[] = {"latency", "throughput", "compare", "publish", NULL};
static const char *const for_xeon64[] = {"latency", "throughput", "fanout",
                                         "compare", "publish",    NULL};

const struct tf_profile_needs tf_profiles_known[2] = {
    {"small", TF_SMALL, 2, 1, for_small},
    {"xeon64", TF_XEON64, 64, 2, for_xeon64},
};
