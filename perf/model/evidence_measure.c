/* SPDX-License-Identifier: Apache-2.0 */
/* Contests of raw line and Tickfan, with as many readers as this machine has CPUs for. */
#include "contest.h"
#include "error.h"
#include "evidence.h"

#include <stdio.h>
#include <string.h>

/* Short blocks: on a machine that others use as well, some of them are left in peace. */
enum {
    ENTRIES = 5,
    BLOCKS_PER_ROUND = 12,
    MESSAGES = 1000,
    BATCH = 32,
    BATCHES = 100,
    FLOOD_MESSAGES = 1 << 18
};
static const uint32_t reader_counts[] = {1, 2, 3, 7, 15};
static const double pace = 200e3;

/* The raw line comes first: ratios and the class of a round are its. */
static const struct {
    const char *label, *transport;
    enum tf_profile profile;
    uint32_t batch;
    bool one_reader_only;
} cases[ENTRIES] = {{"raw line", "raw", TF_PROFILE_CONSTANT, 1, false},
                    {"Tickfan", "tickfan", TF_PROFILE_CONSTANT, 1, false},
                    {"Tickfan, batch 32", "tickfan", TF_PROFILE_CONSTANT, BATCH, true},
                    {"raw line, flood", "raw", TF_PROFILE_FLOOD, BATCH, true},
                    {"Tickfan, flood", "tickfan", TF_PROFILE_FLOOD, BATCH, true}};

static uint32_t enter(struct tf_entry *entry, uint32_t readers,
                      const struct tf_perf_options *options)
{
    uint32_t count = 0;
    for (int i = 0; i < ENTRIES; i++) {
        bool flood = cases[i].profile == TF_PROFILE_FLOOD;
        bool batches = !flood && cases[i].batch > 1;
        double messages = flood ? FLOOD_MESSAGES : batches ? BATCH * BATCHES : MESSAGES;
        messages = messages * options->scale < 500 ? 500 : messages * options->scale;
        if (readers > 1 && cases[i].one_reader_only)
            continue;
        entry[count++] =
            (struct tf_entry){.label = cases[i].label,
                              .transport = tf_transport_find(cases[i].transport),
                              .channel = {.readers = readers,
                                          .message_size = sizeof(struct tf_message),
                                          .nodes = options->nodes,
                                          .backing = options->backing},
                              .load = {.profile = cases[i].profile,
                                       .rate = flood ? 0 : pace,
                                       .batch = cases[i].batch,
                                       .last_of_batch = batches,
                                       .messages = (uint64_t)messages}};
    }
    return count;
}

static struct tf_spread spread(const struct tf_contest_result *result, uint32_t entry,
                               enum tf_block_number number, enum tf_round_class place)
{
    return tf_contest_spread(result, entry, number, place);
}

static void take_down(struct tf_evidence *evidence, const struct tf_contest *contest,
                      const struct tf_contest_result *result, uint32_t i,
                      enum tf_round_class place, uint32_t sockets)
{
    const struct tf_entry *entry = &contest->entries[i];
    struct tf_reading reading = {.tickfan = strcmp(entry->transport->name, "tickfan") == 0,
                                 .place = place,
                                 .readers = contest->readers,
                                 .sockets = sockets,
                                 .batch = entry->load.batch,
                                 .rate = entry->load.rate,
                                 .last_of_batch = entry->load.last_of_batch};
    if (!result->entry[i].ran)
        return;
    if (entry->load.profile == TF_PROFILE_FLOOD) {
        reading.per_second = spread(result, i, TF_BLOCK_RATE, place);
    } else {
        reading.p50 = spread(result, i, TF_BLOCK_P50, place);
        reading.p99 = spread(result, i, TF_BLOCK_P99, place);
        reading.last_p50 = spread(result, i, TF_BLOCK_LAST_P50, place);
        reading.last_p99 = spread(result, i, TF_BLOCK_LAST_P99, place);
        reading.send_ns = spread(result, i, TF_BLOCK_SEND, place);
    }
    if (reading.p50.count || reading.per_second.count)
        tf_evidence_add(evidence, &reading);
}

static int run_contest(struct tf_evidence *evidence, const struct tf_perf_options *options,
                       const int *reader_cpu, uint32_t readers, uint32_t sockets)
{
    struct tf_entry entry[ENTRIES];
    char title[48];
    snprintf(title, sizeof title, "calibrating, %u reader%s", readers, readers == 1 ? "" : "s");
    struct tf_contest contest = {.entries = entry,
                                 .entry_count = enter(entry, readers, options),
                                 .rounds = options->rounds * BLOCKS_PER_ROUND,
                                 .seed = options->seed + readers,
                                 .writer_cpu = options->cpu[0],
                                 .reader_cpu = reader_cpu,
                                 .readers = readers,
                                 .quiet = options->quiet,
                                 .title = title};
    struct tf_contest_result result;
    int error = tf_contest_run(&contest, &result);
    if (error < 0)
        return tf_fail_in(error, "%s", title);
    for (uint32_t i = 0; i < contest.entry_count; i++) {
        if (readers > 1) {
            take_down(evidence, &contest, &result, i, TF_ROUND_ANY, sockets);
            continue;
        }
        take_down(evidence, &contest, &result, i, TF_ROUND_NEAR, 1);
        take_down(evidence, &contest, &result, i, TF_ROUND_FAR, 2);
    }
    tf_contest_free(&result);
    return 0;
}

/* CPUs at that distance from the writer's. */
static uint32_t at_distance(const struct tf_perf_options *options, enum tf_distance distance,
                            int *cpu)
{
    uint32_t count = 0;
    for (int i = 1; i < options->cpus && count < TF_CONTEST_READERS_MAX; i++)
        if (tf_cpu_distance(options->cpu[0], options->cpu[i]) == distance)
            cpu[count++] = options->cpu[i];
    return count;
}

/* Readers that share the writer's L3, and one of those next farther; no sibling of the writer if there are others. */
static uint32_t choose_readers(const struct tf_perf_options *options, int *near, int *far)
{
    static const enum tf_distance distances[] = {TF_SAME_L3, TF_SAME_NODE, TF_OTHER_NODE,
                                                 TF_SMT_SIBLING};
    uint32_t near_count = 0;
    int others[TF_CONTEST_READERS_MAX];
    *far = -1;
    for (int i = 0; i < 4; i++) {
        if (near_count == 0)
            near_count = at_distance(options, distances[i], near);
        else if (*far < 0 && distances[i] != TF_SMT_SIBLING &&
                 at_distance(options, distances[i], others) > 0)
            *far = others[0];
    }
    return near_count;
}

int tf_evidence_measure(struct tf_evidence *evidence, const struct tf_perf_options *options)
{
    int near[TF_CONTEST_READERS_MAX], far;
    *evidence = (struct tf_evidence){.source = "this machine"};
    uint32_t most = choose_readers(options, near, &far);
    if (most == 0)
        return tf_fail(
            TF_EBUSY,
            "calibrating takes two CPUs and one is allowed; --file RESULT.json takes the costs "
            "from another machine's result");
    int error = 0;
    for (size_t i = 0; i < sizeof reader_counts / sizeof reader_counts[0] && error == 0; i++)
        if (reader_counts[i] <= most)
            error = run_contest(evidence, options, near, reader_counts[i], 1);
    if (error == 0 && far >= 0)
        error = run_contest(evidence, options, &far, 1, 2);
    return error;
}
