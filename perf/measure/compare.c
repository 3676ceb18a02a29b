/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf compare: Tickfan beside what one would use instead, all of them in the same rounds. */
#include "candidates.h"
#include "clock.h"
#include "contest.h"
#include "error.h"
#include "series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * Three contests, each of which interleaves all that take part: at a pace that everything stands (the slowest, a socket
 * library, takes 54 us a message), at a pace for those that poll, and floods.  A trial flood beforehand tells how many
 * messages each moves in a block of 40 ms, so that the slow ones do not take the time of all.
 */
enum stage { TRIAL, PACED, POLLED, FLOOD, STAGES };
static const struct {
    const char *title;
    double rate; /* 0: flood */
    uint64_t messages;
    uint32_t rounds; /* for one of --rounds */
} stages[STAGES] = {[TRIAL] = {"compare, who can", 0, 4000, 0},
                    [PACED] = {"compare, 20 k/s", 20e3, 300, 16},
                    [POLLED] = {"compare, 200 k/s", 200e3, 2000, 32},
                    [FLOOD] = {"compare, floods", 0, 0, 6}};
static const double flood_block_seconds = 0.04;
enum { RAW }; /* the first candidate */
enum { FLOOD_MIN = 500, FLOOD_MAX = 1 << 22, FLOOD_BATCH = 32 };

struct compare {
    const struct tf_perf_options *options;
    struct tf_candidates all;
    json_t *object; /* with a row for each candidate */
    json_t *polled; /* with a row for each that polls */
    struct totals {
        uint64_t sent, received, lost, torn;
    } total[TF_CANDIDATES_MAX]; /* of all stages */
};

/*
 * One contest: which candidate each entry is.  Floods have no latency that would tell a near round from a far one, so
 * their first entry is the raw line, paced, once more: nobody's row.
 */
struct heat {
    enum stage stage;
    struct tf_entry entry[TF_CANDIDATES_MAX + 1];
    uint32_t candidate[TF_CANDIDATES_MAX + 1];
    uint32_t first; /* the first entry that is a candidate */
    struct tf_contest contest;
    struct tf_contest_result result;
    double seconds;
};

static struct tf_workload load_of(const struct compare *compare, enum stage stage,
                                  const struct tf_candidate *candidate)
{
    struct tf_workload load = {.profile = TF_PROFILE_CONSTANT, .batch = 1};
    double messages = (double)stages[stage].messages;
    load.rate = stages[stage].rate;
    if (load.rate > 0 && compare->options->rate > 0 && stage == PACED)
        load.rate = compare->options->rate;
    if (stages[stage].rate <= 0) {
        load.profile = TF_PROFILE_FLOOD;
        load.batch = compare->options->batch ? compare->options->batch : FLOOD_BATCH;
    }
    if (stage == FLOOD)
        messages =
            fmin(fmax(candidate->flood_rate * flood_block_seconds, FLOOD_MIN), FLOOD_MAX);
    if (stage != TRIAL)
        messages = fmax(messages * compare->options->scale, 200);
    if (load.rate > 0)
        messages = fmin(messages, TF_CONTEST_MESSAGES_MAX);
    load.messages = (uint64_t)messages;
    return load;
}

static bool takes_part(const struct tf_candidate *candidate, enum stage stage)
{
    return tf_candidate_runs(candidate) &&
           (stage != POLLED || !(candidate->transport->traits & TF_TRAIT_SLEEPS));
}

static struct tf_entry entry_of(const struct compare *compare, enum stage stage, uint32_t index)
{
    const struct tf_candidate *candidate = &compare->all.list[index];
    return (struct tf_entry){.label = tf_series_label(candidate->transport),
                             .transport = candidate->transport,
                             .channel = {.readers = 1,
                                         .message_size = sizeof(struct tf_message),
                                         .nodes = compare->options->nodes,
                                         .backing = compare->options->backing},
                             .load = load_of(compare, stage, candidate)};
}

static void prepare(struct heat *heat, const struct compare *compare, enum stage stage)
{
    const struct tf_perf_options *options = compare->options;
    uint32_t count = heat->first = 0;
    if (stage == FLOOD) {
        heat->entry[count++] = entry_of(compare, POLLED, RAW);
        heat->first = count;
    }
    for (uint32_t i = 0; i < compare->all.count; i++) {
        if (!takes_part(&compare->all.list[i], stage))
            continue;
        heat->candidate[count] = i;
        heat->entry[count++] = entry_of(compare, stage, i);
    }
    heat->stage = stage;
    heat->contest = (struct tf_contest){
        .entries = heat->entry,
        .entry_count = count,
        .rounds = stage == TRIAL ? 1 : options->rounds * stages[stage].rounds,
        .seed = options->seed + (uint64_t)stage,
        .writer_cpu = options->cpu[0],
        .reader_cpu = &options->cpu[1],
        .readers = 1,
        .quiet = options->quiet,
        .title = stages[stage].title};
}

static void add_up(struct totals *total, const struct tf_entry_result *entry, uint32_t rounds)
{
    for (uint32_t i = 0; i < rounds; i++) {
        total->sent += entry->blocks[i].sent;
        total->received += entry->blocks[i].received;
        total->lost += entry->blocks[i].lost;
        total->torn += entry->blocks[i].torn;
    }
}

/* Who failed on the way leaves the field with the reason; what was sent and received in all stages is added up. */
static void take_stock(struct compare *compare, const struct heat *heat)
{
    for (uint32_t e = heat->first; e < heat->contest.entry_count; e++) {
        const struct tf_entry_result *entry = &heat->result.entry[e];
        struct tf_candidate *candidate = &compare->all.list[heat->candidate[e]];
        if (!entry->ran) {
            snprintf(candidate->why, sizeof candidate->why, "%s", entry->why);
            continue;
        }
        add_up(&compare->total[heat->candidate[e]], entry, heat->result.rounds);
        if (heat->stage == TRIAL)
            candidate->flood_rate = isnan(entry->blocks[0].rate) ? 0 : entry->blocks[0].rate;
    }
}

static json_t *row_of(const struct heat *heat, uint32_t entry)
{
    json_t *row = tf_series_row(&heat->contest, &heat->result, entry, heat->first);
    if (!(heat->entry[entry].transport->traits & TF_TRAIT_LOSSY))
        json_array_append_new(json_object_get(row, "traits"), json_string("gated"));
    return row;
}

static void describe(json_t *object, const struct heat *heat)
{
    tf_series_setup(object, &heat->contest, &heat->entry[0], heat->seconds);
}

static void add_paced_rows(struct compare *compare, const struct heat *heat)
{
    uint32_t entry = 0;
    for (uint32_t i = 0; i < compare->all.count; i++) {
        const struct tf_candidate *candidate = &compare->all.list[i];
        bool entered = entry < heat->contest.entry_count && heat->candidate[entry] == i;
        json_t *row = entered
                          ? row_of(heat, entry++)
                          : json_pack("{s:s, s:s, s:s}", "label", candidate->name, "transport",
                                      candidate->name, "skipped", candidate->why);
        tf_series_add(compare->object, row);
    }
    describe(compare->object, heat);
}

static void add_polled_rows(struct compare *compare, const struct heat *heat)
{
    for (uint32_t e = 0; e < heat->contest.entry_count; e++)
        tf_series_add(compare->polled, row_of(heat, e));
    describe(compare->polled, heat);
}

/* The rate in `from`, a ratio to the raw line, into `to`. */
static void copy_rate(json_t *to, const json_t *from)
{
    json_t *rate = json_object_get(from, "rate");
    if (to && rate)
        json_object_set(to, "rate", rate);
}

/* Into the rows of the paced stage: what floods say belongs to the same transport. */
static void add_flood_numbers(struct compare *compare, const struct heat *heat)
{
    for (uint32_t e = heat->first; e < heat->contest.entry_count; e++) {
        json_t *row =
            json_array_get(json_object_get(compare->object, "rows"), heat->candidate[e]);
        json_t *flood = row_of(heat, e);
        json_t *to = json_object_get(row, "ratio"), *from = json_object_get(flood, "ratio");
        if (!json_object_get(row, "skipped")) {
            copy_rate(row, flood);
            json_object_set(row, "flood_rounds", json_object_get(flood, "rounds"));
            copy_rate(to, from);
            copy_rate(json_object_get(to, "near"), json_object_get(from, "near"));
            copy_rate(json_object_get(to, "far"), json_object_get(from, "far"));
        }
        json_decref(flood);
    }
}

static void set_counts(struct compare *compare)
{
    for (uint32_t i = 0; i < compare->all.count; i++) {
        const struct totals *total = &compare->total[i];
        json_t *row = json_array_get(json_object_get(compare->object, "rows"), i);
        if (row && !json_object_get(row, "skipped"))
            json_object_set_new(
                row, "counts",
                json_pack("{s:I, s:I, s:I, s:I}", "sent", (json_int_t)total->sent, "received",
                          (json_int_t)total->received, "lost", (json_int_t)total->lost, "torn",
                          (json_int_t)total->torn));
    }
}

static int run_stage(struct compare *compare, enum stage stage)
{
    static struct heat heat; /* 64 entries: no stack for it */
    prepare(&heat, compare, stage);
    uint64_t started_ns = tf_monotonic_ns();
    int error = tf_contest_run(&heat.contest, &heat.result);
    heat.seconds = (double)(tf_monotonic_ns() - started_ns) / 1e9;
    if (error < 0)
        return tf_fail_in(error, "%s", stages[stage].title);
    take_stock(compare, &heat);
    if (stage == PACED)
        add_paced_rows(compare, &heat);
    else if (stage == POLLED)
        add_polled_rows(compare, &heat);
    else if (stage == FLOOD)
        add_flood_numbers(compare, &heat);
    tf_contest_free(&heat.result);
    return 0;
}

/* ---- the result ------------------------------------------------------------------------- */

static const char explains[] = "The same messages between the same two processes on the same "
                               "two CPUs, through everything that one might use "
                               "instead, in an order drawn anew for every round.";

static void add_notes(struct compare *compare)
{
    tf_series_note(compare->object,
                   "Latency is paced; the rate is that of a flood in batches of %u.  "
                   "Broadcast: every reader "
                   "gets every message; lossy: a slow reader loses messages, others hold "
                   "the writer; sleeps: "
                   "the reader sleeps in the kernel, so it needs no CPU of its own.",
                   compare->options->batch ? compare->options->batch : FLOOD_BATCH);
    tf_series_note(compare->object, "Counts are of all blocks, floods included.");
    for (uint32_t i = 0; i < compare->all.count; i++)
        if (compare->total[i].torn > 0)
            tf_series_note(compare->object, "%s delivered %llu torn messages%s.",
                           compare->all.list[i].name,
                           (unsigned long long)compare->total[i].torn,
                           compare->all.list[i].transport->traits & TF_TRAIT_MAY_TEAR
                               ? ", as it may by design"
                               : ", which it must not");
}

static void append(json_t *out, json_t *object)
{
    if (json_array_size(json_object_get(object, "rows")) > 0)
        json_array_append(out, object);
    json_decref(object);
}

static uint64_t torn_by(const struct compare *compare, const char *name)
{
    for (uint32_t i = 0; i < compare->all.count; i++)
        if (strcmp(compare->all.list[i].name, name) == 0)
            return compare->total[i].torn;
    return 0;
}

/* A torn tick is a wrong result whatever else was measured; an injected one that nobody saw is a broken suite. */
static int check_torn(const struct compare *compare)
{
    uint64_t ours = torn_by(compare, "tickfan"), injected = torn_by(compare, "torn");
    if (ours > 0)
        return tf_fail(TF_EINTERNAL, "Tickfan delivered %llu torn messages",
                       (unsigned long long)ours);
    if (compare->options->tear && injected == 0)
        return tf_fail(TF_EINTERNAL, "messages were torn on purpose and none was noticed");
    return 0;
}

static int run(const struct tf_perf_options *options, json_t *out)
{
    static struct compare compare;
    compare = (struct compare){.options = options};
    if (options->cpus < 2)
        return tf_fail(TF_EBUSY, "a comparison takes two CPUs and one is allowed");
    int error = tf_candidates_gather(&compare.all, options);
    if (error < 0)
        return error;
    compare.object =
        tf_series_new("compare", "Tickfan beside what one would use instead", explains);
    compare.polled = tf_series_new("compare", "Those that poll, ten times as fast", explains);
    for (enum stage stage = TRIAL; stage < STAGES && error == 0; stage++)
        error = run_stage(&compare, stage);
    set_counts(&compare);
    add_notes(&compare);
    append(out, compare.object); /* also what was measured before an error */
    append(out, compare.polled);
    return error < 0 ? error : check_torn(&compare);
}

/* clang-format off */
static const char help[] =
    "usage: tickfan perf compare [OPTION]...\n"
    "\n"
    "  tickfan perf compare                       all that is built in, and the peers that are built\n"
    "  tickfan perf compare --only seqlocks,pipe  these beside the raw line and Tickfan\n"
    "  tickfan perf compare --inject torn         does the suite find torn messages?\n"
    "  deploy/packages install peers && ninja peers\n"
    "                                             ck_ring, rte_ring, iceoryx, ZeroMQ, NNG to\n"
    "                                             compare with\n"
    "\n"
    "Latency at 20 k/s (or --rate) for all, at 200 k/s for those that poll, and the rate of\n"
    "floods; all transports in the same rounds, each round in another order. What cannot run\n"
    "here is listed with the reason.\n"
    "\n"
    "Exit status 70 when Tickfan delivers a torn message, or when torn ones that were\n"
    "injected are not found.\n";
/* clang-format on */

const struct tf_measurement tf_measure_compare = {
    "compare", "Tickfan beside what one would use instead, in one run", help, run, 90};
