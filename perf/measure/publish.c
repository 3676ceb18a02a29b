/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tickfan perf publish: what a tick costs the one who publishes it and the one who reads it, and whether others
 * change that.
 */
#include "publish_rounds.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what comes out ----------------------------------------------------------------------------- */

static json_t *cost_json(const struct tf_publish_run *run, uint32_t which, double ns)
{
    const struct tf_count *count = &run->counts.count[which];
    json_t *cost = json_pack("{sf}", "ns", ns);
    bool counted = !isnan(count->instructions);
    if (counted)
        json_object_set_new(cost, "instructions", json_real(count->instructions));
    if (!isnan(count->cycles))
        json_object_set_new(cost, "cycles", json_real(count->cycles));
    json_object_set_new(cost, "source",
                        json_string(counted ? run->counts.source : "not counted"));
    return cost;
}

static void add_ratio(const struct tf_publish_run *run, uint32_t which, json_t *row)
{
    int reference = tf_publish_find(tf_bench_cases[which].reference);
    if (reference < 0 || !run->wanted[reference])
        return;
    double *ratios = run->scratch; /* no longer needed */
    for (uint32_t round = 0; round < run->rounds; round++)
        ratios[round] = *tf_publish_ratio(run, round, which);
    json_object_set_new(row, "ratio",
                        json_pack("{ssso}", "to", tf_bench_cases[reference].name, "send_ns",
                                  tf_spread_json(tf_quartiles(ratios, run->rounds))));
}

static json_t *row_json(const struct tf_publish_run *run, uint32_t which)
{
    const struct tf_bench_case *this = &tf_bench_cases[which];
    double *values = run->scratch;
    json_t *row = json_pack("{ssss}", "label", this->name, "case", this->name),
           *rounds = json_array();
    for (uint32_t round = 0; round < run->rounds; round++) {
        values[round] = *tf_publish_ns(run, round, which);
        json_array_append_new(
            rounds, json_pack("{sisf}", "round", (int)round, "send_ns", values[round]));
    }
    struct tf_spread spread = tf_quartiles(values, run->rounds);
    json_object_set_new(row, "send_ns", tf_spread_json(spread));
    json_object_set_new(row, "cost", cost_json(run, which, spread.middle));
    if (this->sweep)
        json_object_set_new(row, "x",
                            json_pack("{sssi}", "name", this->sweep, "value",
                                      (int)(*this->sweep == 'b'     ? this->batch
                                            : this->sweep[1] == 'e' ? this->readers
                                                                    : this->rings)));
    add_ratio(run, which, row);
    json_object_set_new(row, "rounds", rounds);
    return row;
}

static json_t *setup_json(const struct tf_publish_run *run)
{
    const struct tf_perf_options *options = run->options;
    json_t *cpus = json_array();
    for (int i = 0; i < options->cpus && i < 2; i++)
        json_array_append_new(cpus, json_integer(options->cpu[i]));
    json_t *setup = json_pack("{sosisssi}", "cpus", cpus, "message_bytes", 64, "counted_by",
                              run->counts.source, "capacity", 65536);
    if (options->cpus > 1)
        json_object_set_new(
            setup, "distance",
            json_string(tf_distance_names[tf_cpu_distance(options->cpu[0], options->cpu[1])]));
    return setup;
}

static json_t *notes_json(const struct tf_publish_run *run)
{
    json_t *notes = json_array();
    json_array_append_new(
        notes, json_string("Times are of ticks published back to back, the middle of a "
                           "thousand pieces of 4096 "
                           "ticks; \"paced\" is one call every 3 us, each call timed."));
    json_array_append_new(notes, json_string("The publisher's helper thread is kept off the "
                                             "publisher's CPU where there is another."));
    if (run->counts.way == TF_COUNT_CALLGRIND)
        json_array_append_new(
            notes,
            json_string(
                "Instructions were counted by callgrind, on the path of ordinary stores."));
    if (run->counts.way == TF_COUNT_NONE)
        json_array_append_new(
            notes, json_sprintf("Instructions were not counted: %s.",
                                run->counts.why[0] ? run->counts.why : "not asked for"));
    if (run->options->cpus < 2)
        json_array_append_new(
            notes, json_string("One CPU: whoever is attached shares it with the publisher."));
    return notes;
}

static int append_result(const struct tf_publish_run *run, uint64_t began_ns, json_t *out)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; i < tf_bench_case_count; i++)
        if (run->wanted[i])
            json_array_append_new(rows, row_json(run, i));
    return json_array_append_new(
        out, json_pack("{sssssssosfsoso}", "measurement", "publish", "title",
                       "The cost of publishing and of reading a tick", "explains",
                       "What the feed handler's thread spends per tick, and what a strategy "
                       "spends to take it. It must not "
                       "depend on who is attached: not on how many, not on stopped ones, not "
                       "on hostile ones.",
                       "setup", setup_json(run), "seconds",
                       (double)(tf_monotonic_ns() - began_ns) / 1e9, "rows", rows, "notes",
                       notes_json(run)));
}

/* ---- the whole ---------------------------------------------------------------------------------- */

/* --only: names, or parts of names, with commas between; references are measured too. */
static int choose_cases(struct tf_publish_run *run)
{
    const char *only = run->options->only;
    int whole = only ? tf_publish_find(only) : -1; /* names have commas themselves */
    if (!only || whole >= 0) {
        for (uint32_t i = 0; i < tf_bench_case_count; i++)
            run->wanted[i] = !only || (int)i == whole;
    } else {
        int error = 0;
        char *list = strdup(only), *rest = list;
        for (char *part; list && (part = strsep(&rest, ",")) != NULL && !error;) {
            bool found = false;
            part += strspn(part, " ");
            for (uint32_t i = 0; i < tf_bench_case_count && *part; i++)
                if (strstr(tf_bench_cases[i].name, part))
                    found = run->wanted[i] = true;
            if (!found)
                error = tf_fail(TF_EUSAGE,
                                "--only %s: no case of perf publish has '%s' in its name", only,
                                part);
        }
        free(list);
        if (error)
            return error;
    }
    for (uint32_t i = 0; i < tf_bench_case_count; i++) {
        int reference = run->wanted[i] ? tf_publish_find(tf_bench_cases[i].reference) : -1;
        if (reference >= 0)
            run->wanted[reference] = true;
    }
    for (uint32_t i = 0; i < tf_bench_case_count; i++)
        run->wanted_count += run->wanted[i];
    return 0;
}

/* Instructions first: that may fork, and a fork keeps the locks of publishers that are there. */
static int measure(struct tf_publish_run *run)
{
    bool counted[TF_BENCH_CASES_MAX];
    for (uint32_t i = 0; i < TF_BENCH_CASES_MAX; i++)
        counted[i] = run->wanted[i] && tf_bench_cases[i].kind != TF_BENCH_PACED;
    tf_count(&tf_countable_publish, counted, &run->counts);
    return tf_publish_rounds(run);
}

static int run_publish(const struct tf_perf_options *options, json_t *out)
{
    int error;
    if (tf_counted_process(&error))
        return error;
    struct tf_publish_run run = {.options = options,
                                 .rounds = options->rounds ? options->rounds : 5,
                                 .seed = options->seed,
                                 .ns_per_tick = tf_ns_per_tick(&options->clock)};
    uint64_t began_ns = tf_monotonic_ns();
    if (run.rounds > TF_PUBLISH_SCRATCH)
        run.rounds = TF_PUBLISH_SCRATCH;
    error = choose_cases(&run);
    if (error)
        return error;
    run.ns = calloc((size_t)run.rounds * TF_BENCH_CASES_MAX, 2 * sizeof *run.ns);
    run.ratio = run.ns + (run.ns ? (size_t)run.rounds * TF_BENCH_CASES_MAX : 0);
    run.scratch = calloc(TF_PUBLISH_SCRATCH, sizeof *run.scratch);
    error =
        run.ns && run.scratch ? tf_stage_open(&run.stage) : tf_fail(TF_EOS, "out of memory");
    if (!error) {
        tf_progress_start(&run.progress, "publish", options->quiet);
        error = measure(&run);
        tf_progress_end(&run.progress);
        tf_stage_close(&run.stage);
    }
    if (!error)
        error = append_result(&run, began_ns, out) == 0 ? 0 : tf_fail(TF_EOS, "out of memory");
    free(run.ns);
    free(run.scratch);
    return error;
}

/* clang-format off */
static const char help[] =
    "  tickfan perf publish                           all cases\n"
    "  tickfan perf publish --only 'readers'          those with 'readers' in their name, and what\n"
    "                                                 they are compared with\n"
    "  tickfan perf publish --nodes 0,1               rings on these nodes in turn\n"
    "\n"
    "Nanoseconds, instructions and, where the CPU tells, cycles per tick of tf_publish(),\n"
    "tf_read(), tf_peek() with tf_commit(): single and in batches, into 1, 2 and 4 rings,\n"
    "with 0 to 250 readers attached, with readers that wait, are stopped, or scribble over\n"
    "all that a reader may write; memcpy() of as many bytes beside them. --cpus W,R: the\n"
    "publisher's CPU and everybody else's.\n";
/* clang-format on */

const struct tf_measurement tf_measure_publish = {
    "publish", "instructions and time per tick against readers, rings and batch", help,
    run_publish, 25};
