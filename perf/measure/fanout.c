/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf fanout: one writer, 1 to N readers, a CPU for each. */
#include "fanout.h"

#include "clock.h"
#include "error.h"
#include "prediction.h"
#include "series.h"

#include <stdio.h>
#include <string.h>

/* One less than the CPUs of common machines and, at the end, the promise: 62 strategies on 64 cores. */
static const uint32_t usual_counts[] = {1, 2, 3, 7, 15, 31, 62};
enum { USUAL = sizeof usual_counts / sizeof usual_counts[0], USUAL_MAX = 62 };

/* More short blocks beat few long ones: --rounds 5 is 40 rounds of a fifth of a second. */
enum { BLOCKS_PER_ROUND = 8, BURST = 32 };

/* What every reader count is measured with; each is an object of its own in the result. */
struct kind {
    const char *title, *suffix; /* the suffix tells cases of different kinds apart */
    enum tf_profile profile;
    double rate;
    uint32_t batch;
    uint64_t messages; /* of a block at scale 1 */
};
static const struct kind kinds[] = {
    {"One tick to many readers", "", TF_PROFILE_CONSTANT, 200e3, 1, 4000},
    {"One tick to many readers", ", 1 M/s", TF_PROFILE_CONSTANT, 1e6, 1, 10000},
    {"As many ticks as possible to many readers", ", flood", TF_PROFILE_FLOOD, 0, 32, 1 << 20},
};
enum { KINDS = sizeof kinds / sizeof kinds[0], RAW = 0, TICKFAN = 1, ENTRIES = 2 * KINDS };

static const char *const profile_names[] = {[TF_PROFILE_CONSTANT] = "constant",
                                            [TF_PROFILE_RAMP] = "ramp",
                                            [TF_PROFILE_BURST] = "burst"};

static const char explains_paced[] = "One process publishes ticks at a fixed pace, each reader "
                                     "polls on a CPU of its own.  A tick has arrived "
                                     "when the last of them has it; a reader that is late "
                                     "although others are not is bad luck of place.";
static const char explains_flood[] =
    "One process publishes as fast as it can and each reader reads as fast as it can.  The "
    "rate is that of the "
    "slowest reader; what a reader could not take it was told that it lost.";

struct fanout {
    const struct tf_perf_options *options;
    json_t *object[KINDS];
    bool wanted[KINDS];
    enum tf_profile profile; /* of what is paced */
    double rate[KINDS];      /* --rate in place of the kind's own */
    uint64_t started_ns;
    struct tf_place place[TF_CONTEST_READERS_MAX];
    int reader_cpu[TF_CONTEST_READERS_MAX];
};

static struct tf_workload load_of(const struct fanout *fanout, int kind)
{
    double messages = (double)kinds[kind].messages * fanout->options->scale;
    bool flood = kinds[kind].profile == TF_PROFILE_FLOOD;
    struct tf_workload load = {.profile = flood ? TF_PROFILE_FLOOD : fanout->profile,
                               .rate = fanout->rate[kind],
                               .batch = fanout->options->batch ? fanout->options->batch
                                                               : kinds[kind].batch,
                               .burst = BURST,
                               .messages = messages < 200 ? 200 : (uint64_t)messages,
                               .stall_ns = fanout->options->stall_ns,
                               .stall_every_ns = fanout->options->stall_every_ns};
    if (!flood && load.messages > TF_CONTEST_MESSAGES_MAX)
        load.messages = TF_CONTEST_MESSAGES_MAX;
    return load;
}

/* The rate is the slowest reader's, so at least so many ticks reached all of them together. */
static void add_deliveries(json_t *row, const struct tf_contest_result *result, uint32_t entry)
{
    struct tf_spread all = tf_contest_spread(result, entry, TF_BLOCK_RATE, TF_ROUND_ANY);
    if (all.count == 0)
        return;
    all.low *= result->readers;
    all.middle *= result->readers;
    all.high *= result->readers;
    json_object_set_new(json_object_get(row, "rate"), "deliveries_per_second",
                        tf_spread_json(all));
}

static int add_row(struct fanout *fanout, int kind, const struct tf_contest *contest,
                   const struct tf_contest_result *result, uint32_t entry, uint32_t reference)
{
    const struct tf_entry_result *ran = &result->entry[entry];
    char name[64];
    uint32_t readers = contest->readers;
    json_t *row = tf_series_row(contest, result, entry, reference);
    snprintf(name, sizeof name, "%u reader%s%s", readers, readers == 1 ? "" : "s",
             kinds[kind].suffix);
    tf_series_case(row, name);
    tf_series_x(row, "readers", readers);
    if (ran->ran)
        json_object_set_new(row, "fanout", tf_fanout_json(ran, fanout->place, readers, true));
    if (ran->ran && kinds[kind].profile == TF_PROFILE_FLOOD)
        add_deliveries(row, result, entry);
    /* What the stalls must do is told from one reader's messages. */
    json_t *stall = readers == 1 ? tf_stall_check_row(&contest->entries[entry], ran) : NULL;
    if (stall)
        json_object_set_new(row, "stall", stall);
    tf_series_add(fanout->object[kind], row);
    return ran->ran ? tf_series_hgrm(fanout->options, "fanout", name, contest, result, entry)
                    : 0;
}

/* Raw and Tickfan of each kind in one contest. */
static uint32_t enter(const struct fanout *fanout, uint32_t readers, const char *nodes,
                      struct tf_entry *entry, int *kind_of)
{
    uint32_t count = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (int which = RAW; fanout->wanted[kind] && which <= TICKFAN; which++) {
            kind_of[count] = kind;
            entry[count++] = (struct tf_entry){
                .label = which == RAW ? "raw line" : "Tickfan",
                .transport = tf_transport_find(which == RAW ? "raw" : "tickfan"),
                .channel = {.readers = readers,
                            .message_size = sizeof(struct tf_message),
                            .nodes = nodes,
                            .backing = fanout->options->backing},
                .load = load_of(fanout, kind)};
        }
    return count;
}

static double seconds_since(uint64_t started_ns)
{
    return (double)(tf_monotonic_ns() - started_ns) / 1e9;
}

/* The setup of the largest run so far. */
static void describe(struct fanout *fanout, const struct tf_contest *contest,
                     const int *kind_of)
{
    for (uint32_t i = 0; i < contest->entry_count; i++) {
        tf_series_setup(fanout->object[kind_of[i]], contest, &contest->entries[i],
                        seconds_since(fanout->started_ns));
    }
}

static int run_count(struct fanout *fanout, uint32_t readers)
{
    const struct tf_perf_options *options = fanout->options;
    struct tf_entry entry[ENTRIES];
    int kind_of[ENTRIES];
    char nodes[256], title[64];
    tf_places_fill(fanout->place, readers, options, true);
    tf_places_nodes(fanout->place, readers, nodes, sizeof nodes);
    snprintf(title, sizeof title, "fanout, %u reader%s", readers, readers == 1 ? "" : "s");
    for (uint32_t i = 0; i < readers; i++)
        fanout->reader_cpu[i] = fanout->place[i].cpu;
    struct tf_contest contest = {.entries = entry,
                                 .rounds = options->rounds * BLOCKS_PER_ROUND,
                                 .seed = options->seed + readers,
                                 .writer_cpu = options->cpu[0],
                                 .reader_cpu = fanout->reader_cpu,
                                 .readers = readers,
                                 .quiet = options->quiet,
                                 .title = title};
    contest.entry_count =
        enter(fanout, readers, options->nodes ? options->nodes : nodes, entry, kind_of);
    struct tf_contest_result result;
    int error = tf_contest_run(&contest, &result);
    if (error < 0)
        return tf_fail_in(error, "%s", title);
    for (uint32_t i = 0; i < contest.entry_count; i++) {
        int kept = add_row(fanout, kind_of[i], &contest, &result, i, i - i % 2);
        error = error < 0 ? error : kept;
    }
    describe(fanout, &contest, kind_of);
    tf_contest_free(&result);
    return error;
}

/* The counts to run, ascending. */
static int choose_counts(const struct tf_perf_options *options, uint32_t *count)
{
    uint32_t most = options->cpus > 1 ? (uint32_t)options->cpus - 1 : 0;
    int chosen = 0;
    if (options->readers > 0) {
        count[chosen++] = options->readers;
        return chosen;
    }
    for (int i = 0; i < USUAL && usual_counts[i] <= most; i++)
        count[chosen++] = usual_counts[i];
    if (chosen > 0 && most < USUAL_MAX && most > count[chosen - 1])
        count[chosen++] = most; /* and all that are left */
    return chosen;
}

static int choose_profile(struct fanout *fanout)
{
    const char *name = fanout->options->profile;
    fanout->profile = TF_PROFILE_CONSTANT;
    if (!name)
        return 0;
    for (int profile = TF_PROFILE_CONSTANT; profile <= TF_PROFILE_BURST; profile++)
        if (strcmp(name, profile_names[profile]) == 0) {
            fanout->profile = (enum tf_profile)profile;
            return 0;
        }
    return tf_fail(TF_EUSAGE, "fanout --profile %s: constant, ramp or burst", name);
}

static void add_notes(const struct tf_perf_options *options, json_t *object, bool flood)
{
    if (options->cpus <= USUAL_MAX && options->readers == 0)
        tf_series_note(object,
                       "%d CPUs are allowed, so at most %d reader%s can have one of its own; "
                       "the promise of 62 readers takes 64.",
                       options->cpus, options->cpus - 1, options->cpus == 2 ? "" : "s");
    if (!options->nodes)
        tf_series_note(object, "Tickfan keeps one ring on each node that a reader is on; "
                               "the raw line has one for all.");
    if (flood)
        tf_series_note(object, "Deliveries a second are the slowest reader's rate times "
                               "the readers: at least so many reached all of them.");
}

/* --rate replaces both paces by one. */
static void choose_kinds(struct fanout *fanout)
{
    const struct tf_perf_options *options = fanout->options;
    for (int kind = 0; kind < KINDS; kind++) {
        bool flood = kinds[kind].profile == TF_PROFILE_FLOOD;
        bool replaced = !flood && options->rate > 0;
        char title[96];
        fanout->wanted[kind] = !replaced || kind == 0;
        fanout->rate[kind] = replaced ? options->rate : kinds[kind].rate;
        snprintf(title, sizeof title, "%s", kinds[kind].title);
        if (!flood && fanout->rate[kind] >= 1e6)
            snprintf(title, sizeof title, "%s, at %.4g M/s", kinds[kind].title,
                     fanout->rate[kind] / 1e6);
        else if (!flood)
            snprintf(title, sizeof title, "%s, at %.4g k/s", kinds[kind].title,
                     fanout->rate[kind] / 1e3);
        fanout->object[kind] =
            tf_series_new("fanout", title, flood ? explains_flood : explains_paced);
        add_notes(options, fanout->object[kind], flood);
    }
}

int tf_fanout_counts(const struct tf_perf_options *options, json_t *out)
{
    static struct fanout fanout; /* places of 256 readers: no stack for it */
    uint32_t count[USUAL + 1];
    int counts = choose_counts(options, count);
    fanout = (struct fanout){.options = options, .started_ns = tf_monotonic_ns()};
    int error = choose_profile(&fanout);
    choose_kinds(&fanout);
    for (int i = 0; i < counts && error == 0; i++)
        error = run_count(&fanout, count[i]);
    for (int kind = 0; kind < KINDS; kind++) {
        /* What was measured before an error is kept. */
        if (json_array_size(json_object_get(fanout.object[kind], "rows")) > 0)
            json_array_append(out, fanout.object[kind]);
        json_decref(fanout.object[kind]);
    }
    return error;
}

/* clang-format off */
/* clang-format off */
static const char help[] =
    "usage: tickfan perf fanout [OPTION]...\n"
    "\n"
    "  tickfan perf fanout                        1, 2, 3, 7, 15, 31, 62 readers, as CPUs allow\n"
    "  tickfan perf fanout --cpus 0-15            writer on CPU 0, up to 15 readers on the others\n"
    "  tickfan perf fanout --readers 15 --nodes 0,1\n"
    "                                             15 readers, a ring on each of two nodes\n"
    "  tickfan perf fanout --only disturbed       readers that are stopped, killed, slow, restless\n"
    "  tickfan perf fanout --readers 62 --functional\n"
    "                                             more readers than CPUs: does every tick arrive?\n"
    "\n"
    "One writer publishes, each reader polls on a CPU of its own: every reader's percentiles,\n"
    "the last one's, and fairness, the worst reader beside the median; at 200 k/s, at 1 M/s\n"
    "(or at --rate) and in floods. Then one or two readers are measured while others,\n"
    "attached to the same stream, misbehave.\n"
    "\n"
    "--functional judges nothing: readers may share CPUs; every tick must be received or\n"
    "counted as lost by every reader. Exit status 70 when a count is wrong.\n";
/* clang-format on */
/* clang-format on */

/* --only may name what other measurements know: then both parts run. */
static bool is_wanted(const struct tf_perf_options *options, const char *part,
                      const char *other)
{
    return !options->only || strstr(options->only, part) || !strstr(options->only, other);
}

static int run(const struct tf_perf_options *options, json_t *out)
{
    if (options->functional)
        return tf_fanout_functional(options, out);
    if (options->cpus < 2 || options->readers + 1 > (uint32_t)options->cpus)
        return tf_fail(TF_EBUSY,
                       "%u readers and their writer take %u CPUs, %d are allowed; --functional "
                       "lets readers share them",
                       options->readers ? options->readers : 1,
                       options->readers ? options->readers + 1 : 2, options->cpus);
    int error = is_wanted(options, "counts", "disturbed") ? tf_fanout_counts(options, out) : 0;
    if (error == 0 && is_wanted(options, "disturbed", "counts"))
        error = tf_fanout_disturbed(options, out);
    return error;
}

const struct tf_measurement tf_measure_fanout = {
    "fanout", "1 to N readers: each one's percentiles, the last one's, fairness", help, run,
    40};
