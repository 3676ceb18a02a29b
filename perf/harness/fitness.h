/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fitness.h - what is this machine, and may its numbers be believed?  Facts for every result, the clock that all
 * measurements rest on, and the noise floor.
 */
#ifndef TF_FITNESS_H
#define TF_FITNESS_H

#include "histogram.h"

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- facts ------------------------------------------------------------------------------------ */

/* CPU, topology, governor, idle states, isolated CPUs, SMT, huge pages, kernel, hypervisor, memory, limits: see
 * perf/report/schema.md, "machine".  A fact that cannot be had is absent.  New reference. */
json_t *tf_machine_facts(void);
/* Twelve hex digits that name this machine and stay the same over boots: what baselines are kept by. */
void tf_machine_id(char id[13]);

/* ---- the clock -------------------------------------------------------------------------------- */

struct tf_clock_check {
    bool invariant;     /* the CPU promises a constant rate in all states */
    bool kernel_trusts; /* the kernel's clock source is that counter, or a paravirtual clock made of it */
    double hz;          /* of tf_ticks(), against CLOCK_MONOTONIC_RAW */
    double hz_error;    /* relative, between two measurements */
    /* Between the first CPU and each other one: offset, and the half round trip that bounds its error. */
    double skew_ns_max, skew_bound_ns;
    int skew_cpu;       /* where */
    bool usable;        /* offset within its bound everywhere, rate stable, invariant or trusted */
    char why[256];      /* when not */
};

/*
 * Measure over `cpus` (all pairs with the first of them), about 20 ms a pair, up to 3 s where others keep the two from
 * running at once.  Unusable also when the offset cannot be bounded to 450 ns: then a skew could hide.
 * `injected_skew_ns` is added to the other CPU's readings: the self-test of this check.
 */
void tf_clock_check(struct tf_clock_check *check, const int *cpus, int count, double injected_skew_ns);
json_t *tf_clock_check_json(const struct tf_clock_check *check);

/* ---- noise ------------------------------------------------------------------------------------ */

struct tf_noise {
    int cpu;
    double seconds;
    double gap_ns_p50, gap_ns_p99, gap_ns_max; /* of the gaps above 1 us in a loop that only reads the counter */
    double away_share;        /* time in gaps above 1 us */
    uint64_t gaps;            /* above 20 us */
    uint64_t preemptions;     /* involuntary context switches */
    double steal_share;       /* of /proc/stat, that CPU; NAN: not told */
    struct tf_histogram gap;  /* ns */
};
/* Spin on `cpu` for `seconds`, in a process of its own.  False: the CPU cannot be had. */
bool tf_noise_measure(struct tf_noise *noise, int cpu, double seconds);
json_t *tf_noise_json(const struct tf_noise *noise);

/* ---- placement -------------------------------------------------------------------------------- */

/* What the kernel says of two CPUs, nearest first, and what the raw line says. */
enum tf_distance { TF_SAME_CPU, TF_SMT_SIBLING, TF_SAME_L3, TF_SAME_NODE, TF_OTHER_NODE };
extern const char *const tf_distance_names[];
enum tf_distance tf_cpu_distance(int a, int b);

/* Median one-way time of the raw line between two CPUs, half a round trip, ns; negative when one cannot be had.  About
 * 5 ms. */
double tf_line_ns(int a, int b);

/*
 * CPUs that this process may use, in the order in which a writer and its readers should take them: the writer first,
 * then for each other physical core one CPU, the writer's node first, SMT siblings last.  CPU 0 is taken last of its
 * kind.  Returns how many there are.
 */
int tf_cpus_allowed(int *cpus, int max);
int tf_cpu_node(int cpu);

/*
 * Is it fit to judge absolute goals?  Reasons against it, one string each; empty: fit.  A string that begins with
 * "note: " is a warning and does not make it unfit.  `noise` has one for each CPU used, `noises` of them; NULL and 0:
 * not measured.  New reference.
 */
json_t *tf_machine_unfit(const struct tf_clock_check *clock, const struct tf_noise *noise, int noises,
                         int cpus_wanted);
/* Does any reason in that array make it unfit, or are there only notes? */
bool tf_machine_is_unfit(const json_t *reasons);

#endif
