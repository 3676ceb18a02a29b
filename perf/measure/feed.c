/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf feed: how fast each protocol is decoded, beside a copy of the same bytes. */
#include "measurement.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "feed_day.h"
#include "instructions.h"
#include "progress.h"
#include "samples.h"
#include "stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A day of a million messages is 30 MB: more than caches hold, and decoded in 50 ms. */
static const double messages_at_scale_1 = 1e6;
enum { PASSES = 3, PASSES_A_ROUND = 3 }; /* kinds; of each kind */

static const char *const pass_names[PASSES] = {"memcpy", "decode", "decode and publish"};

struct run {
    const struct tf_perf_options *options;
    struct tf_stage stage;
    struct tf_progress progress;
    struct tf_feed_day day;
    tf_publisher *publisher;
    struct tf_counts counts;
    double *rate[PASSES]; /* [rounds], messages a second */
    uint32_t rounds;
    uint64_t seed;
};

/* ---- what is counted ---------------------------------------------------------------------------- */

static uint64_t counted_operations(uint32_t which)
{
    (void)which;
    return 2048;
}

static int counted_begin(uint32_t which, void **context)
{
    struct tf_feed_day *day = calloc(1, sizeof *day);
    const char *format = tf_feed_format(which), *folder = getenv("TICKFAN_DIR");
    *context = day;
    if (!day || !format || !folder) {
        free(day);
        return tf_fail(TF_EOS, "nothing to count");
    }
    int error = tf_feed_day_make(day, format, 60000, folder);
    if (error)
        free(day);
    else
        tf_feed_decode(day, 20000); /* past the directory, into the day */
    return error;
}

static void counted_end(void *context)
{
    tf_feed_day_close(context);
    free(context);
}

static void counted_run(void *context, uint64_t operations)
{
    tf_feed_decode(context, operations);
}

const struct tf_countable tf_countable_feed = {
    "feed", TF_COUNTED_CASES_MAX, counted_operations, counted_begin, counted_run, counted_end};

/* ---- what is timed ------------------------------------------------------------------------------ */

/* The best of a few passes: each does the same, so what is above it was taken by others. */
static double best_pass(struct run *run, enum tf_feed_pass pass)
{
    double best = INFINITY;
    for (int i = 0; i < PASSES_A_ROUND; i++) {
        double seconds = tf_feed_pass(&run->day, pass, run->publisher);
        if (seconds < 0)
            return seconds;
        best = fmin(best, seconds);
    }
    return best;
}

static int time_rounds(struct run *run)
{
    uint32_t order[PASSES];
    for (uint32_t round = 0; round < run->rounds; round++) {
        tf_draw_order(order, PASSES, &run->seed);
        for (int i = 0; i < PASSES; i++) {
            if (tf_stop_requested())
                return tf_fail(TF_EINTERNAL, "stopped by a signal");
            double seconds = best_pass(run, (enum tf_feed_pass)order[i]);
            if (seconds < 0)
                return (int)seconds;
            run->rate[order[i]][round] = (double)run->day.messages / seconds;
        }
        tf_progress_update(&run->progress, (round + 1.0) / run->rounds, round + 1, "rounds");
    }
    return 0;
}

/* ---- what comes out ----------------------------------------------------------------------------- */

static json_t *row_json(const struct run *run, uint32_t index, enum tf_feed_pass pass)
{
    const struct tf_feed_day *day = &run->day;
    char name[96];
    snprintf(name, sizeof name, "%s %s", day->format, pass_names[pass]);
    double bytes = (double)day->bytes / (double)day->messages;
    struct tf_spread rate = tf_quartiles(run->rate[pass], run->rounds);
    struct tf_spread copy = tf_quartiles(run->rate[TF_FEED_COPY], run->rounds);
    struct tf_spread in_bytes = {rate.low * bytes, rate.middle * bytes, rate.high * bytes,
                                 rate.count};
    json_t *decode =
        json_pack("{sfsfsf}", "messages_per_second", rate.middle, "bytes_per_second",
                  in_bytes.middle, "memcpy_messages_per_second", copy.middle);
    if (pass != TF_FEED_COPY)
        json_object_set_new(
            decode, "ticks_per_second",
            json_real(rate.middle * (double)day->ticks / (double)day->messages));
    if (pass == TF_FEED_DECODE) {
        double instructions = run->counts.count[index].instructions;
        if (!isnan(instructions))
            json_object_set_new(decode, "instructions", json_real(instructions));
        json_object_set_new(
            decode, "source",
            json_string(isnan(instructions) ? "not counted" : run->counts.source));
    }
    return json_pack("{sssssos{soso}}", "label", name, "case", name, "decode", decode, "rate",
                     "per_second", tf_spread_json(rate), "bytes_per_second",
                     tf_spread_json(in_bytes));
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static int count(struct run *run, uint32_t index)
{
    bool wanted[TF_COUNTED_CASES_MAX] = {false};
    wanted[index] = true;
    tf_count(&tf_countable_feed, wanted, &run->counts);
    return tf_stop_requested() ? tf_fail(TF_EINTERNAL, "stopped by a signal") : 0;
}

static int time_day(struct run *run, uint32_t index, json_t *rows)
{
    struct tf_publisher_options wanted = TF_PUBLISHER_OPTIONS_INIT;
    int node = run->options->cpus > 0 ? tf_cpu_node(run->options->cpu[0]) : 0;
    wanted.name = "feed";
    wanted.nodes = &node;
    wanted.node_count = 1;
    int error = tf_publisher_create(&wanted, &run->publisher);
    if (error)
        return error;
    if (!tf_pin(run->options->cpus > 0 ? run->options->cpu[0] : -1))
        error = tf_fail(TF_EBUSY, "cannot run on CPU %d; 'taskset -p $$' shows those allowed",
                        run->options->cpu[0]);
    if (!error)
        error = time_rounds(run);
    tf_unpin();
    for (int pass = TF_FEED_DECODE; pass < PASSES && !error; pass++)
        json_array_append_new(rows, row_json(run, index, (enum tf_feed_pass)pass));
    if (!error)
        json_array_append_new(rows, row_json(run, index, TF_FEED_COPY));
    tf_publisher_end(run->publisher);
    tf_publisher_close(run->publisher);
    return error;
}

/* The day is there: counted, timed and closed. */
static int measure_day(struct run *run, uint32_t index, json_t *rows)
{
    int error = count(run, index);
    if (!error)
        error = time_day(run, index, rows);
    tf_feed_day_close(&run->day);
    return error;
}

static int measure_recording(struct run *run, json_t *rows)
{
    uint32_t index = 0;
    int error = tf_feed_day_take(&run->day, run->options->file, run->stage.directory);
    if (error)
        return error;
    while (strcmp(tf_feed_format(index), run->day.format) != 0)
        index++;
    return measure_day(run, index, rows);
}

static int measure_generated(struct run *run, uint32_t index, json_t *rows)
{
    double messages = fmax(messages_at_scale_1 * run->options->scale, 20000);
    int error = tf_feed_day_make(&run->day, tf_feed_format(index), (uint64_t)messages,
                                 run->stage.directory);
    return error ? error : measure_day(run, index, rows);
}

static int append_result(const struct run *run, json_t *rows, uint64_t began_ns, json_t *out)
{
    json_t *notes = json_array(), *cpus = json_array();
    if (run->options->cpus > 0)
        json_array_append_new(cpus, json_integer(run->options->cpu[0]));
    json_array_append_new(
        notes,
        json_string(
            "From a plain file in memory, in one thread; each round's figure is the best of "
            "three passes. Order-by-order protocols keep their order store."));
    if (run->counts.way == TF_COUNT_NONE && run->counts.why[0])
        json_array_append_new(
            notes, json_sprintf("Instructions were not counted: %s.", run->counts.why));
    else
        json_array_append_new(
            notes,
            json_string(
                "Instructions are counted per message of a generated day of 60,000 messages."));
    if (!run->options->file)
        json_array_append_new(
            notes, json_string("Other protocols are measured with a recording: --file."));
    return json_array_append_new(
        out,
        json_pack("{sssssss{soss}sfsoso}", "measurement", "feed", "title", "Decoding feeds",
                  "explains",
                  "How many of a venue's messages one core turns into ticks, and into a "
                  "stream, per second. Copying the same "
                  "bytes is the least that any decoder could do.",
                  "setup", "cpus", cpus, "recording",
                  run->options->file ? run->options->file : "generated", "seconds",
                  (double)(tf_monotonic_ns() - began_ns) / 1e9, "rows", rows, "notes", notes));
}

/* The recording that was given; else what can be generated, of which --only may name one. */
static int measure_all(struct run *run, json_t *rows)
{
    const char *only = run->options->only;
    int error = 0;
    if (run->options->file)
        return measure_recording(run, rows);
    for (uint32_t i = 0; tf_feed_format(i) && !error; i++)
        if (only ? strcmp(only, tf_feed_format(i)) == 0 : i == TF_FEED_GENERATED)
            error = measure_generated(run, i, rows);
    if (!error && json_array_size(rows) == 0)
        error =
            tf_fail(TF_EUSAGE,
                    "--only %s: no such protocol; 'tickfan inspect --help' lists them", only);
    return error;
}

static int run_feed(const struct tf_perf_options *options, json_t *out)
{
    struct run run = {.options = options,
                      .rounds = options->rounds ? options->rounds : 5,
                      .seed = options->seed,
                      .counts.way = TF_COUNT_NONE};
    uint64_t began_ns = tf_monotonic_ns();
    int error;
    if (tf_counted_process(&error))
        return error;
    json_t *rows = json_array();
    double *numbers = calloc((size_t)run.rounds * PASSES, sizeof *numbers);
    for (int i = 0; i < PASSES && numbers; i++)
        run.rate[i] = numbers + (size_t)i * run.rounds;
    error = numbers ? tf_stage_open(&run.stage) : tf_fail(TF_EOS, "out of memory");
    if (!error) {
        tf_progress_start(&run.progress, "feed", options->quiet);
        error = measure_all(&run, rows);
        tf_progress_end(&run.progress);
        tf_stage_close(&run.stage);
    }
    if (!error)
        error = append_result(&run, json_incref(rows), began_ns, out) == 0
                    ? 0
                    : tf_fail(TF_EOS, "out of memory");
    json_decref(rows);
    free(numbers);
    return error;
}

/* clang-format off */
static const char help[] =
    "  tickfan perf feed                      every protocol that can be generated\n"
    "  tickfan perf feed --file day.itch.gz   the first 256 MiB, decompressed, of a recording\n"
    "\n"
    "Messages, bytes and ticks per second and instructions per message: decoding alone,\n"
    "decoding and publishing into one ring, and memcpy() of the same bytes.\n";
/* clang-format on */

const struct tf_measurement tf_measure_feed = {"feed", "decoding speed of each protocol", help,
                                               run_feed, 15};
