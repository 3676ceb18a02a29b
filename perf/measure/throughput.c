/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf throughput: as many ticks a second as go to one reader, by batch and by message size. */
#include "clock.h"
#include "error.h"
#include "series.h"

#include <stdlib.h>

enum { BLOCKS_PER_ROUND = 24, TRANSPORTS_MAX = 8, ENTRIES_MAX = 1 + 12 * TRANSPORTS_MAX };
static const uint32_t batches[] = {1, 2, 4, 8, 16, 32, 64};
static const uint32_t sizes[] = {128, 256, 512, 1024};
enum { BATCHES = sizeof batches / sizeof *batches, SIZES = sizeof sizes / sizeof *sizes };
enum { SIZES_BATCH = 32 };

/* Twice the time that the default ring takes to wrap at 20 M/s, so that every block laps its memory. */
static const uint64_t flood_ns = 15 * TF_NS_PER_MS;
static const uint64_t flood_messages = UINT64_C(1) << 40; /* time ends it */

static const char explains[] = "One process publishes as fast as it can, another reads as fast "
                               "as it can and checks what it got.  The rate is what the "
                               "reader received; what it was too slow for is counted as lost.";

struct throughput {
    const struct tf_perf_options *options;
    const struct tf_transport *transport[TRANSPORTS_MAX]; /* [0] is the raw line */
    uint32_t transports;
    struct tf_entry entry[ENTRIES_MAX];
    uint32_t entries;
    struct plan {
        uint32_t reference; /* the entry itself: none */
        bool by_size;
        uint32_t x;
    } plan[ENTRIES_MAX];
};

static uint32_t add(struct throughput *throughput, uint32_t transport, struct tf_workload load,
                    uint32_t size)
{
    const struct tf_transport *of = throughput->transport[transport];
    throughput->entry[throughput->entries] =
        (struct tf_entry){.label = tf_series_label(of),
                          .transport = of,
                          .channel = {.nodes = throughput->options->nodes,
                                      .backing = throughput->options->backing,
                                      .message_size = size},
                          .load = load};
    return throughput->entries++;
}

/* The paced raw line comes first: it tells near rounds from far ones and has no row. */
static void enter(struct throughput *throughput)
{
    const struct tf_workload paced = {
        .profile = TF_PROFILE_CONSTANT, .rate = 200e3, .batch = 1, .messages = 1000};
    struct tf_workload flood = {
        .profile = TF_PROFILE_FLOOD, .flood_ns = flood_ns, .messages = flood_messages};
    uint32_t own = throughput->options->batch;
    add(throughput, 0, paced, 64);
    for (uint32_t b = 0; b < (own ? 1 : BATCHES); b++) {
        uint32_t reference = throughput->entries;
        flood.batch = own ? own : batches[b];
        for (uint32_t t = 0; t < throughput->transports; t++)
            throughput->plan[add(throughput, t, flood, 64)] =
                (struct plan){.reference = reference, .x = flood.batch};
    }
    flood.batch = own ? own : SIZES_BATCH;
    for (uint32_t s = 0; s < SIZES; s++)
        for (uint32_t t = 0; t < throughput->transports; t++) {
            if (throughput->transport[t]->traits & TF_TRAIT_ONE_LINE)
                continue;
            uint32_t entry = add(throughput, t, flood, sizes[s]);
            throughput->plan[entry] =
                (struct plan){.reference = entry, .by_size = true, .x = sizes[s]};
        }
}

static json_t *series_of(const struct throughput *throughput, bool by_size,
                         const struct tf_contest *contest,
                         const struct tf_contest_result *result, double seconds)
{
    json_t *series = tf_series_new("throughput",
                                   by_size ? "Floods of messages of several sizes"
                                           : "Floods of ticks in batches",
                                   explains);
    tf_series_setup(series, contest, 0, seconds);
    for (uint32_t e = 1; e < throughput->entries; e++) {
        const struct plan *plan = &throughput->plan[e];
        if (plan->by_size != by_size)
            continue;
        json_t *row = tf_series_row(contest, result, e, plan->reference);
        tf_series_x(row, by_size ? "message bytes" : "batch", plan->x);
        tf_series_add(series, row);
    }
    tf_series_note(series, "Seals are checked on the first and the last message of every "
                           "receive: checking all would be "
                           "the bottleneck.");
    if (by_size)
        tf_series_note(
            series,
            "A message of more than 64 bytes is several ticks in Tickfan, with 64 bytes in the "
            "first and 48 in each further one.  Batches of %u messages.",
            throughput->entry[throughput->entries - 1].load.batch);
    return series;
}

static int measure(struct throughput *throughput, json_t *out)
{
    const struct tf_perf_options *options = throughput->options;
    int writer_cpu, reader_cpu;
    int status = tf_series_pair(options, &writer_cpu, &reader_cpu);
    if (status < 0)
        return status;
    struct tf_contest contest = {.entries = throughput->entry,
                                 .entry_count = throughput->entries,
                                 .rounds = tf_series_blocks(options, BLOCKS_PER_ROUND),
                                 .seed = options->seed,
                                 .writer_cpu = writer_cpu,
                                 .reader_cpu = &reader_cpu,
                                 .readers = 1,
                                 .quiet = options->quiet,
                                 .title = "throughput"};
    struct tf_contest_result result;
    uint64_t began = tf_monotonic_ns();
    status = tf_contest_run(&contest, &result);
    if (status < 0)
        return status;
    double seconds = (double)(tf_monotonic_ns() - began) / 1e9;
    json_array_append_new(out, series_of(throughput, false, &contest, &result, seconds));
    json_array_append_new(out, series_of(throughput, true, &contest, &result, 0));
    tf_contest_free(&result);
    return 0;
}

static int run(const struct tf_perf_options *options, json_t *out)
{
    struct throughput *throughput = calloc(1, sizeof *throughput);
    if (!throughput)
        return tf_fail(TF_EOS, "no memory for a measurement");
    throughput->options = options;
    int status = tf_series_transports(options, throughput->transport, TRANSPORTS_MAX,
                                      &throughput->transports);
    if (status == 0) {
        enter(throughput);
        status = measure(throughput, out);
    }
    free(throughput);
    return status;
}

static const char help[] =
    "Examples:\n"
    "  tickfan perf throughput\n"
    "  tickfan perf throughput --batch 32\n"
    "  tickfan perf throughput --only tickfan,seqlocks\n"
    "\n"
    "  --batch N      ticks per publish in place of 1, 2, 4 ... 64\n"
    "  --only LIST    transports beside the raw line; without it: tickfan\n";

const struct tf_measurement tf_measure_throughput = {
    .name = "throughput",
    .summary = "as many ticks a second as one reader gets, by batch and message size",
    .help = help,
    .run = run,
    .seconds = 50,
};
