/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf latency: one tick at a time to one reader, beside the raw line, under every kind of load. */
#include "clock.h"
#include "error.h"
#include "prediction.h"
#include "recorded.h"
#include "series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Many blocks of 10 to 25 ms: a disturbance spoils one of them, and a drift of the machine is in all transports alike. */
enum { BLOCKS_PER_ROUND = 60, BURST = 32, BATCH = 32, CASES = 5, TRANSPORTS_MAX = 8 };

struct profile {
    const char *name; /* as --profile takes it; of the batch: none, it is a part of constant */
    const char *what; /* the case */
    struct tf_workload load;
};
static const struct profile profiles[CASES] = {
    {"constant",
     "constant",
     {.profile = TF_PROFILE_CONSTANT, .rate = 200e3, .batch = 1, .messages = 2000}},
    {"constant",
     "last of a batch of 32",
     {.profile = TF_PROFILE_CONSTANT,
      .rate = 200e3,
      .batch = BATCH,
      .messages = 128 * BATCH,
      .last_of_batch = true}},
    {"ramp", "ramp", {.profile = TF_PROFILE_RAMP, .rate = 1e6, .batch = 1, .messages = 4000}},
    {"burst",
     "burst",
     {.profile = TF_PROFILE_BURST,
      .rate = 32e3,
      .batch = 1,
      .burst = BURST,
      .messages = 25 * BURST}},
    {"recorded", "recorded", {.profile = TF_PROFILE_RECORDED, .batch = 1}},
};

static const char explains[] =
    "One process publishes at times fixed beforehand, another reads, each on its own CPU.  "
    "Latency is counted from "
    "just before the publish (sent) and from when the schedule wanted it (due); the raw line "
    "is one cache "
    "line handed over with nothing around it, the least that the machine can do.";

struct latency {
    const struct tf_perf_options *options;
    const struct tf_transport *transport[TRANSPORTS_MAX]; /* [0] is the raw line */
    uint32_t transports;
    const struct profile *profile[CASES];
    uint32_t cases;
    struct tf_stretch stretch;
    struct tf_entry entry[CASES * TRANSPORTS_MAX];
};

/* ---- what runs --------------------------------------------------------------------------------- */

static bool is_wanted(const struct latency *latency, const struct profile *profile)
{
    const char *only = latency->options->profile;
    return !only || strcmp(only, profile->name) == 0;
}

static int choose_profiles(struct latency *latency)
{
    /* A batch of one's own choice stands in every profile, so the one of 32 needs no row. */
    bool own_batch = latency->options->batch != 0;
    for (int i = 0; i < CASES; i++)
        if (is_wanted(latency, &profiles[i]) && !(own_batch && profiles[i].load.last_of_batch))
            latency->profile[latency->cases++] = &profiles[i];
    if (latency->cases == 0)
        return tf_fail(TF_EUSAGE, "--profile %s: constant, ramp, burst or recorded",
                       latency->options->profile);
    for (uint32_t i = 0; i < latency->cases; i++)
        if (latency->profile[i]->load.profile == TF_PROFILE_RECORDED)
            return tf_stretch_of(latency->options->file, latency->options->seed,
                                 &latency->stretch);
    return 0;
}

static struct tf_workload load_of(const struct latency *latency, const struct profile *profile)
{
    const struct tf_perf_options *options = latency->options;
    struct tf_workload load = profile->load;
    if (options->rate > 0) {
        double slower = load.rate / options->rate; /* the same block length at another rate */
        double messages = (double)load.messages / slower;
        load.rate = options->rate;
        load.messages = messages < 500 ? 500 : (uint64_t)messages;
        if (load.messages > TF_CONTEST_MESSAGES_MAX)
            load.messages = TF_CONTEST_MESSAGES_MAX;
    }
    if (options->batch)
        load.batch = options->batch;
    if (load.profile == TF_PROFILE_RECORDED) {
        load.messages = latency->stretch.ticks;
        load.offsets_ns = latency->stretch.offsets_ns;
    }
    load.stall_ns = options->stall_ns;
    load.stall_every_ns = options->stall_every_ns;
    return load;
}

static void enter(struct latency *latency)
{
    for (uint32_t c = 0; c < latency->cases; c++)
        for (uint32_t t = 0; t < latency->transports; t++)
            latency->entry[c * latency->transports + t] =
                (struct tf_entry){.label = tf_series_label(latency->transport[t]),
                                  .transport = latency->transport[t],
                                  .channel = {.nodes = latency->options->nodes,
                                              .backing = latency->options->backing},
                                  .load = load_of(latency, latency->profile[c])};
}

/* ---- what comes out ---------------------------------------------------------------------------- */

static void add_notes(const struct latency *latency, json_t *series)
{
    tf_series_note(series,
                   "A round is far when the raw line's middle in it is above 160 ns: the "
                   "two CPUs then share no L3, or the host has moved them.");
    if (latency->stretch.ticks)
        tf_series_note(series,
                       "recorded: %llu ticks of %s, %.0f a second, at %.3g times their speed.",
                       (unsigned long long)latency->stretch.ticks,
                       latency->options->file ? latency->options->file : "a generated day",
                       latency->stretch.rate, latency->stretch.speed);
}

/* Beside what was injected: what it had to do and what it did.  Only at a constant rate can that be told. */
static void check_stall(const struct latency *latency, json_t *series, json_t *row,
                        const struct tf_entry *entry, const struct tf_entry_result *result)
{
    const struct tf_workload *load = &entry->load;
    const struct tf_stall injected = {(double)load->stall_ns, (double)load->stall_every_ns};
    struct tf_stall_check check;
    char text[400];
    if (!latency->options->stall_ns || !result->ran || load->profile != TF_PROFILE_CONSTANT ||
        load->last_of_batch)
        return;
    tf_stall_check(&check, injected, load->rate, &result->from_due[TF_ALL],
                   &result->from_sent[TF_ALL]);
    json_object_set_new(row, "stall", tf_stall_check_json(&check));
    tf_series_note(series, "%s: %s", entry->label,
                   tf_stall_check_text(&check, text, sizeof text));
}

static int add_rows(const struct latency *latency, json_t *series,
                    const struct tf_contest *contest, const struct tf_contest_result *result)
{
    int status = 0;
    for (uint32_t c = 0; c < latency->cases; c++)
        for (uint32_t t = 0; t < latency->transports; t++) {
            uint32_t reference = c * latency->transports, entry = reference + t;
            json_t *row = tf_series_row(contest, result, entry, reference);
            tf_series_case(row, latency->profile[c]->what);
            check_stall(latency, series, row, &contest->entries[entry], &result->entry[entry]);
            tf_series_add(series, row);
            if (status == 0)
                status = tf_series_hgrm(latency->options, "latency", latency->profile[c]->what,
                                        contest, result, entry);
        }
    return status;
}

static int measure(struct latency *latency, json_t *out)
{
    const struct tf_perf_options *options = latency->options;
    int writer_cpu, reader_cpu;
    int status = tf_series_pair(options, &writer_cpu, &reader_cpu);
    if (status < 0)
        return status;
    struct tf_contest contest = {.entries = latency->entry,
                                 .entry_count = latency->cases * latency->transports,
                                 .rounds = tf_series_blocks(options, BLOCKS_PER_ROUND),
                                 .seed = options->seed,
                                 .writer_cpu = writer_cpu,
                                 .reader_cpu = &reader_cpu,
                                 .readers = 1,
                                 .quiet = options->quiet,
                                 .title = "latency"};
    struct tf_contest_result result;
    uint64_t began = tf_monotonic_ns();
    status = tf_contest_run(&contest, &result);
    if (status < 0)
        return status;
    json_t *series = tf_series_new("latency", "One tick to one reader", explains);
    tf_series_setup(series, &contest, latency->cases == 1 ? &latency->entry[0] : 0,
                    (double)(tf_monotonic_ns() - began) / 1e9);
    status = add_rows(latency, series, &contest, &result);
    add_notes(latency, series);
    json_array_append_new(out, series);
    tf_contest_free(&result);
    return status;
}

static int run(const struct tf_perf_options *options, json_t *out)
{
    struct latency *latency = calloc(1, sizeof *latency);
    if (!latency)
        return tf_fail(TF_EOS, "no memory for a measurement");
    latency->options = options;
    int status =
        tf_series_transports(options, latency->transport, TRANSPORTS_MAX, &latency->transports);
    if (status == 0)
        status = choose_profiles(latency);
    if (status == 0) {
        enter(latency);
        status = measure(latency, out);
    }
    free(latency->stretch.offsets_ns);
    free(latency);
    return status;
}

static const char help[] =
    "Examples:\n"
    "  tickfan perf latency\n"
    "  tickfan perf latency --profile constant --rate 1000000\n"
    "  tickfan perf latency --profile recorded --file 20200130.itch.gz\n"
    "  tickfan perf latency --only tickfan,seqlocks\n"
    "\n"
    "  --profile NAME   constant: 200,000 ticks a second, one by one, and 32 at once of which "
    "the\n"
    "                   last is looked at; ramp: from 100,000 to 1,000,000 a second; burst: 32 "
    "back\n"
    "                   to back every millisecond; recorded: as in a busy stretch of --file, "
    "or of a\n"
    "                   generated day.  Without it: all\n"
    "  --rate N         ticks a second in place of these\n"
    "  --batch N        ticks per publish\n"
    "  --only LIST      transports beside the raw line; without it: tickfan\n";

const struct tf_measurement tf_measure_latency = {
    .name = "latency",
    .summary = "one tick to one reader, paced, beside the raw line",
    .help = help,
    .run = run,
    .seconds = 60,
};
