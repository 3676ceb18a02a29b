/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf replay: how late a paced replay publishes, and how fast one is that does not wait. */
#include "measurement.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "progress.h"
#include "replay_pace.h"
#include "samples.h"
#include "stage.h"
#include "tickfan_publish.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Per round at scale 1: a day of 20,000 messages pressed into 1 s, the shortest that the generator makes, clusters
 * and all, and 0.25 s of each fixed rate.  Full speed takes a day of 300,000 messages, 20 to 30 ms.
 */
static const double stretch_seconds = 1, rate_seconds = 0.25;
enum { STRETCH_MESSAGES = 20000, FULL_MESSAGES = 300000, CASES = 5 };

static const struct {
    const char *name;
    double rate; /* ticks a second; 0: a recording at its own pace; negative: at full speed */
} cases[CASES] = {{"own pace", 0},
                  {"1,000 a second", 1e3},
                  {"20,000 a second", 2e4},
                  {"200,000 a second", 2e5},
                  {"full speed", -1}};

struct run {
    const struct tf_perf_options *options;
    struct tf_stage stage;
    struct tf_progress progress;
    tf_publisher *publisher;
    char stretch[96], full[96];
    struct tf_histogram late[CASES];
    struct tf_pace pace;
    double *p50[CASES], *p99[CASES], *rate[CASES]; /* [rounds] */
    uint64_t ticks[CASES];
    uint32_t rounds, done;
    uint64_t seed;
};

static int run_case(struct run *run, uint32_t round, uint32_t which)
{
    struct tf_pace *pace = &run->pace;
    double rate = cases[which].rate;
    int error = 0;
    if (tf_stop_requested())
        return tf_fail(TF_EINTERNAL, "stopped by a signal");
    if (rate > 0)
        tf_pace_rate(rate, rate_seconds * run->options->scale, run->publisher, pace);
    else
        error = tf_pace_recording(rate < 0 ? run->full : run->stretch, rate < 0 ? 0 : 1,
                                  run->publisher, pace);
    if (error)
        return error;
    tf_histogram_merge(&run->late[which], &pace->late);
    run->p50[which][round] = (double)tf_histogram_percentile(&pace->late, 50);
    run->p99[which][round] = (double)tf_histogram_percentile(&pace->late, 99);
    run->rate[which][round] = (double)pace->ticks / pace->seconds;
    run->ticks[which] += pace->ticks;
    run->done++;
    tf_progress_update(&run->progress, run->done / ((double)run->rounds * CASES), run->done,
                       "blocks");
    return 0;
}

static int run_rounds(struct run *run)
{
    uint32_t order[CASES];
    int error = 0;
    for (uint32_t round = 0; round < run->rounds && !error; round++) {
        tf_draw_order(order, CASES, &run->seed);
        for (uint32_t i = 0; i < CASES && !error; i++)
            error = run_case(run, round, order[i]);
    }
    return error;
}

/* ---- what comes out ----------------------------------------------------------------------------- */

static json_t *row_json(const struct run *run, uint32_t which)
{
    json_t *row = json_pack("{sssss{so}s{sI}}", "label", cases[which].name, "case",
                            cases[which].name, "rate", "per_second",
                            tf_spread_json(tf_quartiles(run->rate[which], run->rounds)),
                            "counts", "sent", (json_int_t)run->ticks[which]);
    if (cases[which].rate < 0)
        return row;
    json_object_set_new(row, "pacing", tf_histogram_json(&run->late[which]));
    json_object_set_new(
        row, "spread",
        json_pack("{soso}", "p50", tf_spread_json(tf_quartiles(run->p50[which], run->rounds)),
                  "p99", tf_spread_json(tf_quartiles(run->p99[which], run->rounds))));
    return row;
}

static int append_result(const struct run *run, uint64_t began_ns, json_t *out)
{
    json_t *rows = json_array(), *cpus = json_array(), *notes = json_array();
    if (run->options->cpus > 0)
        json_array_append_new(cpus, json_integer(run->options->cpu[0]));
    for (uint32_t i = 0; i < CASES; i++)
        json_array_append_new(rows, row_json(run, i));
    json_array_append_new(
        notes,
        json_string("At its own pace ticks of one event share a due time; lateness is up to "
                    "the moment when the replay "
                    "publishes. At fixed rates it is up to the return of tf_publish()."));
    json_array_append_new(notes,
                          json_string("A replay sleeps until 100 us before a tick is due, then "
                                      "polls the clock; the schedule is absolute, so "
                                      "lateness never adds up."));
    return json_array_append_new(
        out,
        json_pack("{sssssss{soss}sfsoso}", "measurement", "replay", "title",
                  "Replaying at a pace", "explains",
                  "A backtest replays a recording at its original pace. How late each tick is "
                  "published against the time when it was "
                  "due, and how fast a replay runs that waits for nothing.",
                  "setup", "cpus", cpus, "recording",
                  run->options->file ? run->options->file : "generated", "seconds",
                  (double)(tf_monotonic_ns() - began_ns) / 1e9, "rows", rows, "notes", notes));
}

/* ---- the whole ---------------------------------------------------------------------------------- */

/* --file is for full speed: at its own pace a day takes a day. */
static int make_recordings(struct run *run)
{
    double scale = run->options->scale;
    snprintf(run->stretch, sizeof run->stretch, "%s/stretch", run->stage.directory);
    int error =
        tf_pace_make_recording(run->stretch, (uint64_t)fmax(STRETCH_MESSAGES * scale, 4000),
                               (uint64_t)(stretch_seconds * fmax(scale, 1) * 1e9));
    if (error)
        return error;
    if (run->options->file) {
        if (strlen(run->options->file) >= sizeof run->full)
            return tf_fail(TF_EUSAGE, "--file: a path of at most %zu characters",
                           sizeof run->full - 1);
        snprintf(run->full, sizeof run->full, "%s", run->options->file);
        return 0;
    }
    snprintf(run->full, sizeof run->full, "%s/full", run->stage.directory);
    return tf_pace_make_recording(run->full, (uint64_t)fmax(FULL_MESSAGES * scale, 20000),
                                  UINT64_C(3600) * TF_NS_PER_S);
}

static int measure(struct run *run)
{
    const struct tf_perf_options *options = run->options;
    struct tf_publisher_options wanted = TF_PUBLISHER_OPTIONS_INIT;
    int node = options->cpus > 0 ? tf_cpu_node(options->cpu[0]) : 0;
    int error = make_recordings(run);
    if (error)
        return error;
    wanted.name = "replay";
    wanted.nodes = &node;
    wanted.node_count = 1;
    error = tf_publisher_create(&wanted, &run->publisher);
    if (error)
        return error;
    if (!tf_pin(options->cpus > 0 ? options->cpu[0] : -1))
        error = tf_fail(TF_EBUSY, "cannot run on CPU %d; 'taskset -p $$' shows those allowed",
                        options->cpu[0]);
    if (!error)
        error = run_rounds(run);
    tf_unpin();
    tf_publisher_end(run->publisher);
    tf_publisher_close(run->publisher);
    return error;
}

static int allocate(struct run *run)
{
    double *at = calloc(3 * (size_t)run->rounds * CASES, sizeof *at);
    if (!at)
        return tf_fail(TF_EOS, "out of memory");
    for (uint32_t i = 0; i < CASES; i++, at += 3 * (size_t)run->rounds) {
        run->p50[i] = at;
        run->p99[i] = at + run->rounds;
        run->rate[i] = at + 2 * (size_t)run->rounds;
        tf_histogram_reset(&run->late[i]);
    }
    return 0;
}

static int run_replay(const struct tf_perf_options *options, json_t *out)
{
    struct run *run = calloc(1, sizeof *run);
    uint64_t began_ns = tf_monotonic_ns();
    if (!run)
        return tf_fail(TF_EOS, "out of memory");
    run->options = options;
    run->rounds = options->rounds ? options->rounds : 5;
    run->seed = options->seed;
    int error = allocate(run);
    if (!error)
        error = tf_stage_open(&run->stage);
    if (!error) {
        tf_progress_start(&run->progress, "replay", options->quiet);
        error = measure(run);
        tf_progress_end(&run->progress);
        tf_stage_close(&run->stage);
    }
    if (!error && append_result(run, began_ns, out) != 0)
        error = tf_fail(TF_EOS, "out of memory");
    free(run->p50[0]);
    free(run);
    return error;
}

/* clang-format off */
static const char help[] =
    "  tickfan perf replay                  a stretch of a made-up day at its own pace, fixed\n"
    "                                       rates, full speed\n"
    "  tickfan perf replay --file day.itch  full speed with this recording\n"
    "\n"
    "How late ticks are published against their schedule, and ticks per second where there is\n"
    "none.\n";
/* clang-format on */

const struct tf_measurement tf_measure_replay = {"replay", "pacing error and speed of a replay",
                                                 help, run_replay, 10};
