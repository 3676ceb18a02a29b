/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "command.h"
#include "error.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The noise floor: long enough for a timer tick (4 ms) and a steal to show, and 4 s over all CPUs at most. */
static const double noise_seconds = 0.2, noise_seconds_all = 4;

struct run {
    struct tf_perf_options *options;
    const struct tf_measurement *const *which;
    int count;
    int cpus;               /* of options->cpu that the run uses */
    struct tf_noise *noise; /* of each CPU, the worse of before and after */
    int noises;
    double expected, done; /* seconds at this scale: all, and of those that ended */
    uint64_t started_ns, measuring_ns;
    char incomplete[512], message[768];
    int error;
};

static const char *compiler(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return "gcc-asan " __VERSION__;
#elif defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

static bool on_static_build(void)
{
#ifdef TF_STATIC
    return true;
#else
    return false;
#endif
}

/* A pair is enough for most; what looks at the machine or fans out takes every CPU. */
static int cpus_used(const struct run *run)
{
    const struct tf_perf_options *options = run->options;
    if (options->cpus_given)
        return options->cpus;
    int used = options->readers ? (int)options->readers + 1 : 2;
    for (int i = 0; i < run->count; i++) {
        const struct tf_measurement *one = run->which[i];
        bool all = one == &tf_measure_jitter || one == &tf_measure_fanout;
        if (all && options->readers == 0)
            used = options->cpus;
    }
    return used < options->cpus ? used : options->cpus;
}

static json_t *facts(const char *command, const struct run *run)
{
    char started[32], inject[96] = "";
    time_t now = time(NULL);
    struct tm utc;
    strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    const struct tf_perf_options *options = run->options;
    json_t *result = json_pack(
        "{s:i, s:s, s:s, s:s, s:b, s:s, s:I, s:I, s:o, s:o}", "schema", 1, "command", command,
        "version", tf_version(), "compiler", compiler(), "static", on_static_build(), "started",
        started, "seed", (json_int_t)options->seed, "rounds", (json_int_t)options->rounds,
        "machine", tf_machine_facts(), "clock", tf_clock_check_json(&options->clock));
    if (options->stall_ns)
        snprintf(inject, sizeof inject, "stall=%gms/%gs", (double)options->stall_ns / 1e6,
                 (double)options->stall_every_ns / 1e9);
    else if (options->skew_ns != 0)
        snprintf(inject, sizeof inject, "skew=%g", options->skew_ns);
    else if (options->tear)
        snprintf(inject, sizeof inject, "torn");
    if (inject[0])
        json_object_set_new(result, "inject", json_string(inject));
    if (options->functional)
        json_object_set_new(result, "functional", json_true());
    return result;
}

/* A neighbour who came while it was measured is as bad as one who was there before. */
static void keep_worse(struct run *run, const struct tf_noise *now)
{
    int i = 0;
    while (i < run->noises && run->noise[i].cpu != now->cpu)
        i++;
    if (i == run->noises) {
        run->noise[run->noises++] = *now;
        return;
    }
    struct tf_noise *kept = &run->noise[i];
    double steal = fmax(kept->steal_share, now->steal_share); /* a NAN gives way */
    if (now->away_share > kept->away_share)
        *kept = *now;
    kept->steal_share = steal;
}

/* The floor of every CPU in use, for the result and, in run->noise, for the machine's judgement. */
static json_t *measure_noise(struct run *run)
{
    json_t *list = json_array();
    double seconds = noise_seconds_all / run->cpus;
    if (seconds > noise_seconds)
        seconds = noise_seconds;
    for (int i = 0; i < run->cpus && run->noise && !tf_stop_requested(); i++) {
        struct tf_noise noise;
        if (!tf_noise_measure(&noise, run->options->cpu[i], seconds))
            continue;
        json_array_append_new(list, tf_noise_json(&noise));
        keep_worse(run, &noise);
    }
    return list;
}

/* One line for each measurement on a terminal; the contests draw their own progress below it. */
static void announce(const struct run *run, int index)
{
    if (run->options->quiet || run->count < 2 || !isatty(STDERR_FILENO))
        return;
    double left = run->expected - run->done;
    /* Machines differ: after the first tenth this one's own pace counts. */
    if (run->done > run->expected / 10)
        left *= (double)(tf_monotonic_ns() - run->measuring_ns) / 1e9 / run->done;
    fprintf(stderr, "%2d of %d  %-11s about %d:%02d left\n", index + 1, run->count,
            run->which[index]->name, (int)left / 60, (int)left % 60);
}

static void note_incomplete(struct run *run, const char *name, const char *why)
{
    size_t used = strlen(run->incomplete);
    snprintf(run->incomplete + used, sizeof run->incomplete - used, "%s%s: %s",
             used ? "; " : "", name, why);
}

/* Objects that do not say how long they took get it when there is no doubt whose time it was. */
static void set_seconds(json_t *out, size_t before, uint64_t started_ns)
{
    json_t *one = json_array_get(out, before);
    if (json_array_size(out) == before + 1 && json_is_object(one) &&
        !json_object_get(one, "seconds"))
        json_object_set_new(one, "seconds",
                            json_real((double)(tf_monotonic_ns() - started_ns) / 1e9));
}

/* The first error is the run's; what fails later is told by "incomplete". */
static void note_error(struct run *run, const char *name, int code)
{
    note_incomplete(run, name, tf_errmsg());
    if (run->error)
        return;
    run->error = code;
    snprintf(run->message, sizeof run->message, "%s: %s", name, tf_errmsg());
}

static void note_stop(struct run *run, int index, bool kept)
{
    char rest[64] = "stopped";
    if (index + 1 < run->count)
        snprintf(rest, sizeof rest, "stopped, and %d more not begun", run->count - index - 1);
    note_incomplete(run, run->which[index]->name, rest);
    run->error = TF_EBUSY;
    snprintf(run->message, sizeof run->message, "stopped%s",
             kept ? "; what was measured before is kept" : "; nothing was measured yet");
}

/* Comparators may be missing; a result without Tickfan is none, whatever its tables show. */
static void note_absence(struct run *run, const char *name, const json_t *out, size_t first)
{
    for (size_t i = first; i < json_array_size(out); i++) {
        size_t j;
        json_t *row;
        json_array_foreach(json_object_get(json_array_get(out, i), "rows"), j, row)
        {
            const char *transport = json_string_value(json_object_get(row, "transport"));
            const char *why = json_string_value(json_object_get(row, "skipped"));
            if (!transport || strcmp(transport, "tickfan") != 0 || !why)
                continue;
            tf_fail(TF_EOS, "Tickfan did not run: %s", why);
            note_error(run, name, TF_EOS);
            return;
        }
    }
}

static void measure_all(struct run *run, json_t *out)
{
    run->measuring_ns = tf_monotonic_ns();
    for (int i = 0; i < run->count; i++) {
        const struct tf_measurement *one = run->which[i];
        announce(run, i);
        size_t before = json_array_size(out);
        uint64_t started_ns = tf_monotonic_ns();
        int code = one->run(run->options, out);
        set_seconds(out, before, started_ns);
        run->done += one->seconds * run->options->scale;
        if (tf_stop_requested()) {
            note_stop(run, i, json_array_size(out) > 0);
            return;
        }
        if (code < 0)
            note_error(run, one->name, code);
        else
            note_absence(run, one->name, out, before);
    }
}

static int check_clock(struct run *run)
{
    struct tf_perf_options *options = run->options;
    tf_clock_check(&options->clock, options->cpu, run->cpus, options->skew_ns);
    /* A functional run counts messages: no time in it is judged. */
    if (options->clock.usable || options->functional)
        return 0;
    return tf_fail(TF_EBUSY, "no time that this clock tells would be true: %s",
                   options->clock.why);
}

static void plan(struct run *run)
{
    while (run->which[run->count])
        run->expected += run->which[run->count++]->seconds * run->options->scale;
    run->cpus = cpus_used(run);
    run->started_ns = tf_monotonic_ns();
}

static void finish(struct run *run, json_t *result)
{
    if (run->incomplete[0])
        json_object_set_new(result, "incomplete", json_string(run->incomplete));
    json_object_set_new(result, "seconds",
                        json_real((double)(tf_monotonic_ns() - run->started_ns) / 1e9));
}

int tf_suite_run(const char *command, const struct tf_measurement *const *which,
                 struct tf_perf_options *options, json_t **result)
{
    struct run run = {.options = options, .which = which};
    *result = NULL;
    plan(&run);
    int error = check_clock(&run);
    if (error)
        return error;
    tf_stop_on_signals();
    run.noise = calloc((size_t)run.cpus, sizeof *run.noise);
    json_t *made = facts(command, &run), *out = json_array();
    json_t *before = measure_noise(&run);
    measure_all(&run, out);
    json_t *after = measure_noise(&run);
    json_object_set_new(made, "unfit",
                        tf_machine_unfit(&options->clock, run.noise, run.noises, run.cpus));
    json_object_set_new(made, "noise",
                        json_pack("{s:o, s:o}", "before", before, "after", after));
    free(run.noise);
    json_object_set_new(made, "measurements", out);
    finish(&run, made);
    if (json_array_size(out) > 0)
        *result = made;
    else
        json_decref(made);
    return run.error ? tf_fail(run.error, "%s", run.message) : 0;
}

int tf_suite_run_bare(const struct tf_measurement *measurement,
                      const struct tf_perf_options *options)
{
    json_t *out = json_array();
    int error = measurement->run(options, out);
    json_decref(out);
    return error;
}
