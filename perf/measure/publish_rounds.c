/* SPDX-License-Identifier: Apache-2.0 */
#include "publish_rounds.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "samples.h"

#include <math.h>
#include <string.h>

/*
 * A visit to a case times 256 pieces of 4096 ticks, some 15 us each, of which the middle one counts: what another
 * process took from us falls out.  A case with a reference is timed between two visits to that, since a CPU shared
 * with others changes its speed by half every some ten milliseconds; such ratios hold within 2 % where those over a
 * whole round spread by 50 %.
 *
 * First six laps that do not count, at every scale.  While a crowd comes, 100 ms for 62 readers, the publisher sleeps,
 * and others who share the cache take it from the ring: the next lap costs 6 ns a tick, not 3, and four laps pass
 * until the lines are back, whoever is attached: 30 ms of sleep alone, with nobody there, do the same, and a ring that
 * fits the second-level cache shows nothing.  With less, idle readers looked 1.2 to 1.5 times slower.
 */
enum {
    CAPACITY = 65536,
    WARM_LAPS = 6,
    PIECE = 4096,
    PIECES = 256,
    PACED_CALLS = 1024,
    VISITS = 5
};
static const double paced_gap_ns = 3000;

static const char stream[] = "one"; /* that the crowd attaches to */

double *tf_publish_ns(const struct tf_publish_run *run, uint32_t round, uint32_t which)
{
    return &run->ns[(size_t)round * TF_BENCH_CASES_MAX + which];
}

double *tf_publish_ratio(const struct tf_publish_run *run, uint32_t round, uint32_t which)
{
    return &run->ratio[(size_t)round * TF_BENCH_CASES_MAX + which];
}

int tf_publish_find(const char *name)
{
    for (uint32_t i = 0; i < tf_bench_case_count && name; i++)
        if (strcmp(tf_bench_cases[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* ---- what is timed ------------------------------------------------------------------------------ */

static struct tf_bench *bench_for(const struct tf_publish_run *run,
                                  const struct tf_bench_case *which)
{
    if (which->kind == TF_BENCH_READ || which->kind == TF_BENCH_READ_OF ||
        which->kind == TF_BENCH_PEEK)
        return run->bench[3];
    return run->bench[which->rings / 2];
}

static double time_flood(struct tf_publish_run *run, const struct tf_bench_case *which)
{
    struct tf_bench *bench = bench_for(run, which);
    uint32_t pieces = (uint32_t)(PIECES * run->options->scale);
    if (pieces < 16)
        pieces = 16;
    if (pieces > PIECES)
        pieces = PIECES;
    tf_bench_run(bench, which, WARM_LAPS * (uint64_t)CAPACITY);
    uint64_t began = tf_ticks();
    for (uint32_t i = 0; i < pieces; i++) {
        tf_bench_run(bench, which, PIECE);
        uint64_t now = tf_ticks();
        run->scratch[i] = (double)(now - began);
        began = now;
    }
    return tf_median(run->scratch, pieces) * run->ns_per_tick / PIECE;
}

static double time_paced(struct tf_publish_run *run, const struct tf_bench_case *which)
{
    uint32_t calls = (uint32_t)(PACED_CALLS * run->options->scale);
    if (calls < 256)
        calls = 256;
    if (calls > PACED_CALLS)
        calls = PACED_CALLS;
    uint64_t gap = (uint64_t)(paced_gap_ns / run->ns_per_tick);
    tf_bench_run_paced(bench_for(run, which), which, gap, run->scratch, calls);
    double ticks = tf_median(run->scratch, calls) - run->timer_ticks;
    return ticks * run->ns_per_tick / which->batch;
}

static double time_loop(struct tf_publish_run *run, const struct tf_bench_case *which)
{
    return which->kind == TF_BENCH_PACED ? time_paced(run, which) : time_flood(run, which);
}

static int visit(struct tf_publish_run *run, uint32_t which, double *ns, double *ratio)
{
    const struct tf_bench_case *this = &tf_bench_cases[which];
    int reference = tf_publish_find(this->reference);
    double before = reference < 0 ? NAN : time_loop(run, &tf_bench_cases[reference]);
    int error = tf_crowd_enter(&run->crowd, this->crowd, this->readers);
    if (!error)
        *ns = time_loop(run, this);
    int left = tf_crowd_leave(&run->crowd);
    double after = reference < 0 ? NAN : time_loop(run, &tf_bench_cases[reference]);
    *ratio = *ns / ((before + after) / 2);
    return error ? error : left;
}

static double timer_ticks(double *times)
{
    for (uint32_t i = 0; i < PACED_CALLS; i++) {
        uint64_t began = tf_ticks();
        times[i] = (double)(tf_ticks() - began);
    }
    return tf_median(times, PACED_CALLS);
}

static int time_round(struct tf_publish_run *run, uint32_t round)
{
    double ns[TF_BENCH_CASES_MAX][VISITS], ratio[TF_BENCH_CASES_MAX][VISITS];
    uint32_t order[TF_BENCH_CASES_MAX];
    for (uint32_t turn = 0; turn < VISITS; turn++) {
        tf_draw_order(order, tf_bench_case_count, &run->seed);
        for (uint32_t i = 0; i < tf_bench_case_count; i++) {
            uint32_t which = order[i];
            if (!run->wanted[which])
                continue;
            if (tf_stop_requested())
                return tf_fail(TF_EINTERNAL, "stopped by a signal");
            int error = visit(run, which, &ns[which][turn], &ratio[which][turn]);
            if (error)
                return tf_fail_in(error, "%s", tf_bench_cases[which].name);
            run->visited++;
            tf_progress_update(&run->progress,
                               0.3 + 0.7 * run->visited /
                                         ((double)run->rounds * VISITS * run->wanted_count),
                               run->visited, "visits");
        }
    }
    for (uint32_t i = 0; i < tf_bench_case_count; i++) {
        if (run->wanted[i]) {
            *tf_publish_ns(run, round, i) = tf_median(ns[i], VISITS);
            *tf_publish_ratio(run, round, i) = tf_median(ratio[i], VISITS);
        }
    }
    return 0;
}

static int time_rounds(struct tf_publish_run *run)
{
    int error = 0;
    run->timer_ticks = timer_ticks(run->scratch);
    for (uint32_t round = 0; round < run->rounds && !error; round++)
        error = time_round(run, round);
    return error;
}

/* ---- the streams -------------------------------------------------------------------------------- */

static int open_benches(struct tf_publish_run *run)
{
    static const char *const names[TF_PUBLISH_BENCHES] = {stream, "two", "four", "read"};
    static const uint32_t rings[TF_PUBLISH_BENCHES] = {1, 2, 4, 1};
    for (int i = 0; i < TF_PUBLISH_BENCHES; i++) {
        struct tf_bench_options options = {.stream = names[i],
                                           .rings = rings[i],
                                           .capacity = CAPACITY,
                                           .nodes = run->options->nodes,
                                           .backing = run->options->backing,
                                           .reads = i == 3};
        int error = tf_bench_open(&options, &run->bench[i]);
        if (error)
            return error;
    }
    return 0;
}

int tf_publish_rounds(struct tf_publish_run *run)
{
    const struct tf_perf_options *options = run->options;
    int publisher_cpu = options->cpus > 0 ? options->cpu[0] : -1;
    if (tf_stop_requested())
        return tf_fail(TF_EINTERNAL, "stopped by a signal");
    int error = tf_crowd_hire(&run->crowd, stream, options->cpus > 1 ? options->cpu[1] : -1);
    if (error)
        return error;
    tf_keep_off(publisher_cpu);
    error = open_benches(run);
    if (!error && !tf_pin(publisher_cpu))
        error = tf_fail(TF_EBUSY, "cannot run on CPU %d; 'taskset -p $$' shows those allowed",
                        publisher_cpu);
    if (!error)
        error = time_rounds(run);
    tf_unpin();
    tf_crowd_dismiss(&run->crowd);
    for (int i = 0; i < TF_PUBLISH_BENCHES; i++)
        tf_bench_close(run->bench[i]);
    return error;
}
