/* SPDX-License-Identifier: Apache-2.0 */
/* perf jitter: the machine alone, seen by a loop that only reads the counter on each CPU. */
#include "clock.h"
#include "command.h"
#include "error.h"
#include "measurement.h"
#include "noise_floor.h"
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All CPUs together, and one by one: eight seconds to share, but at most two each and long enough for a timer tick of 100 Hz. */
static const double together_seconds = 4, alone_all_seconds = 4, alone_max_seconds = 2,
                    alone_min_seconds = 0.2;
static const char title[] = "The machine alone";

struct jitter {
    const struct tf_perf_options *options;
    int cpu[TF_PERF_CPUS_MAX];
    int cpus;
    double alone, together; /* seconds */
    json_t *rows;
    struct tf_noise_gap worst;
    int worst_cpu; /* -1: no gap at all */
    struct tf_progress progress;
};

static void choose_cpus(struct jitter *jitter)
{
    const struct tf_perf_options *options = jitter->options;
    jitter->cpus = options->cpus;
    memcpy(jitter->cpu, options->cpu, sizeof jitter->cpu);
    if (options->cpus <= 0)
        jitter->cpus = tf_cpus_allowed(jitter->cpu, TF_PERF_CPUS_MAX);
    if (jitter->cpus > TF_PERF_CPUS_MAX)
        jitter->cpus = TF_PERF_CPUS_MAX;
}

static void choose_times(struct jitter *jitter)
{
    double alone = alone_all_seconds / (jitter->cpus ? jitter->cpus : 1);
    if (alone > alone_max_seconds)
        alone = alone_max_seconds;
    alone *= jitter->options->scale;
    jitter->alone = alone < alone_min_seconds ? alone_min_seconds : alone;
    jitter->together = together_seconds * jitter->options->scale;
}

static bool wanted(const struct jitter *jitter, const char *which)
{
    return !jitter->options->only || strstr(jitter->options->only, which);
}

/* ---- rows ------------------------------------------------------------------------------------- */

static json_t *over_time(const struct tf_noise_floor *floor)
{
    json_t *points = json_array();
    double width = floor->noise.seconds / TF_NOISE_SLICES;
    for (int i = 0; i < TF_NOISE_SLICES; i++) {
        const struct tf_noise_slice *slice = &floor->slice[i];
        if (slice->gaps)
            json_array_append_new(
                points, json_pack("[f, I, I, I]", (i + 0.5) * width, (json_int_t)slice->p50_ns,
                                  (json_int_t)slice->p99_ns, (json_int_t)slice->max_ns));
    }
    return points;
}

static json_t *longest(const struct tf_noise_floor *floor)
{
    json_t *gaps = json_array();
    for (uint32_t i = 0; i < floor->longest_count; i++)
        json_array_append_new(
            gaps, json_pack("[f, f]", floor->longest[i].at_seconds, floor->longest[i].ns));
    return gaps;
}

static void remember_worst(struct jitter *jitter, const struct tf_noise_floor *floor)
{
    if (floor->longest_count && floor->longest[0].ns > jitter->worst.ns) {
        jitter->worst = floor->longest[0];
        jitter->worst_cpu = floor->noise.cpu;
    }
}

static int write_hgrm(const struct jitter *jitter, const struct tf_noise_floor *floor,
                      const char *how)
{
    char name[64];
    if (!jitter->options->hgrm)
        return 0;
    snprintf(name, sizeof name, "jitter CPU %d %s", floor->noise.cpu, how);
    return tf_histogram_write_hgrm(&floor->noise.gap, jitter->options->hgrm, name);
}

static int add_row(struct jitter *jitter, const struct tf_noise_floor *floor, const char *how)
{
    char label[32];
    snprintf(label, sizeof label, "CPU %d", floor->noise.cpu);
    json_t *row = json_pack("{s:s, s:s}", "label", label, "case", how);
    json_array_append_new(jitter->rows, row);
    if (!floor->ran) {
        json_object_set_new(
            row, "skipped",
            json_sprintf("CPU %d cannot be had; 'taskset -p $$' shows those allowed",
                         floor->noise.cpu));
        return 0;
    }
    json_object_set_new(row, "noise", tf_noise_json(&floor->noise));
    if (floor->noise.gap.count) {
        json_object_set_new(row, "gap", tf_histogram_json(&floor->noise.gap));
        json_object_set_new(row, "over_time", over_time(floor));
        json_object_set_new(row, "longest", longest(floor));
    }
    remember_worst(jitter, floor);
    return write_hgrm(jitter, floor, how);
}

/* ---- the runs --------------------------------------------------------------------------------- */

static int measure(struct jitter *jitter, const int *cpus, int count, double seconds,
                   const char *how)
{
    struct tf_noise_floor *floors = tf_noise_floor_measure(cpus, count, seconds);
    int error = floors ? 0 : tf_fail(TF_EOS, "no memory for the noise of %d CPUs", count);
    if (!error && tf_stop_requested())
        error = tf_fail(TF_EINTERNAL, "stopped by a signal");
    for (int i = 0; i < count && !error; i++)
        error = add_row(jitter, &floors[i], how);
    free(floors);
    return error;
}

static int measure_all(struct jitter *jitter)
{
    double whole = jitter->alone * jitter->cpus + jitter->together, done = 0;
    int error = 0;
    for (int i = 0; i < jitter->cpus && !error && wanted(jitter, "alone"); i++) {
        tf_progress_update(&jitter->progress, done / whole, (uint64_t)i, "CPUs");
        error = measure(jitter, &jitter->cpu[i], 1, jitter->alone, "alone");
        done += jitter->alone;
    }
    if (!error && jitter->cpus > 1 && wanted(jitter, "together")) {
        tf_progress_update(&jitter->progress, done / whole, (uint64_t)jitter->cpus, "CPUs");
        error = measure(jitter, jitter->cpu, jitter->cpus, jitter->together, "all together");
    }
    return error;
}

static json_t *setup_json(const struct jitter *jitter)
{
    json_t *cpus = json_array();
    for (int i = 0; i < jitter->cpus; i++)
        json_array_append_new(cpus, json_integer(jitter->cpu[i]));
    return json_pack("{s:o, s:f, s:f}", "cpus", cpus, "seconds_alone", jitter->alone,
                     "seconds_together", jitter->together);
}

static json_t *notes_json(const struct jitter *jitter)
{
    json_t *notes = json_array();
    if (jitter->worst_cpu >= 0)
        json_array_append_new(
            notes,
            json_sprintf("The longest gap of all was %.3f ms, on CPU %d, %.2f s into its run.",
                         jitter->worst.ns / 1e6, jitter->worst_cpu, jitter->worst.at_seconds));
    json_array_append_new(
        notes,
        json_string(
            "A gap is time above 1 us between two looks at the counter that follow one "
            "another, which are 10 to 30 ns apart when nobody interferes. Its causes are "
            "interrupts, other processes, and the hypervisor."));
    return notes;
}

static int append_result(struct jitter *jitter, uint64_t began_ns, json_t *out)
{
    static const char explains[] =
        "On each CPU a process does nothing but look at the clock. When it finds that time is "
        "missing, somebody else had the CPU: no program on this machine can be more punctual "
        "than "
        "that.";
    json_t *measurement =
        json_pack("{s:s, s:s, s:s, s:o, s:f, s:O, s:o}", "measurement", "jitter", "title",
                  title, "explains", explains, "setup", setup_json(jitter), "seconds",
                  (double)(tf_monotonic_ns() - began_ns) / 1e9, "rows", jitter->rows, "notes",
                  notes_json(jitter));
    return json_array_append_new(out, measurement) == 0 ? 0 : tf_fail(TF_EOS, "out of memory");
}

static int run_jitter(const struct tf_perf_options *options, json_t *out)
{
    static struct jitter jitter;
    uint64_t began_ns = tf_monotonic_ns();
    jitter = (struct jitter){.options = options, .rows = json_array(), .worst_cpu = -1};
    if (!wanted(&jitter, "alone") && !wanted(&jitter, "together")) {
        json_decref(jitter.rows);
        return tf_fail(TF_EUSAGE, "--only %s: perf jitter has alone and together",
                       options->only);
    }
    choose_cpus(&jitter);
    choose_times(&jitter);
    tf_progress_start(&jitter.progress, "jitter", options->quiet);
    int error = measure_all(&jitter);
    tf_progress_end(&jitter.progress);
    if (!error)
        error = append_result(&jitter, began_ns, out);
    json_decref(jitter.rows);
    return error;
}

static const char help[] = "  tickfan perf jitter                        every CPU allowed, "
                           "one by one, then all at once\n"
                           "  tickfan perf jitter --cpus 2,3             these two\n"
                           "  tickfan perf jitter --only together        all at once only\n"
                           "  tickfan perf jitter --scale 15             a minute of each "
                           "kind: rare disturbances show too\n"
                           "\n"
                           "How often and for how long the machine takes a CPU away from a "
                           "program that never gives it up: gaps\n"
                           "above 1 us, the time in them, their percentiles over the run, "
                           "involuntary context switches,\n"
                           "and what the hypervisor took.\n";

const struct tf_measurement tf_measure_jitter = {
    "jitter", "the machine alone: gaps, preemptions, stolen time", help, run_jitter, 9};
