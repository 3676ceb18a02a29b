/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instructions.h - how many instructions, and where the CPU tells how many cycles, an operation takes in user mode.
 *
 * Always the difference of two runs of the compiled loop that is also timed, of N and of 17 N operations, over 16 N:
 * what the loop takes to begin and to end cancels.  Three ways, the first that works here:
 *   perf_event    the CPU's own counters.
 *   callgrind     this very program under `valgrind --tool=callgrind`, which counts the call of tf_counted_run() and
 *                 nothing else.  It emulates a CPU without AVX-512: code that looks at the CPU may take another path
 *                 than it takes when timed.
 *   single step   a child of this process, traced one instruction at a time on the bare CPU: 64 and 256 operations,
 *                 within a tenth; cases that 20 s do not suffice for are not counted.
 *
 * Neither emulation nor steps are quick: code that goes by time, as a path for floods does, is counted as at a low
 * rate.
 */
#ifndef TF_INSTRUCTIONS_H
#define TF_INSTRUCTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* A family of loops that can be counted. */
struct tf_countable {
    const char *name;                       /* one word */
    uint32_t cases;                         /* at most TF_COUNTED_CASES_MAX */
    uint64_t (*operations)(uint32_t which); /* N */
    /* Not counted.  0, or a negative tf_error with tf_errmsg(). */
    int (*begin)(uint32_t which, void **context);
    void (*run)(void *context, uint64_t operations);
    void (*end)(void *context);
};
enum { TF_COUNTED_CASES_MAX = 64 };

extern const struct tf_countable tf_countable_publish, tf_countable_feed;

struct tf_count {
    double instructions, cycles; /* per operation; NAN: not counted */
};

/* The ways, in the order in which they are tried; TF_COUNT_NONE is the end. */
enum tf_count_way { TF_COUNT_PERF_EVENT, TF_COUNT_CALLGRIND, TF_COUNT_STEP, TF_COUNT_NONE };

struct tf_counts {
    enum tf_count_way way;
    const char *source; /* "perf_event", "callgrind", "single step", "not counted" */
    char why[256];      /* of "not counted", and why ways before the one taken did not work */
    struct tf_count count[TF_COUNTED_CASES_MAX];
};

/* Count the wanted cases.  $TF_PERF_COUNT (perf_event, callgrind, step, none) chooses the way, for tests. */
void tf_count(const struct tf_countable *what, const bool *wanted, struct tf_counts *counts);

/*
 * The run() of a measurement that counts calls this first: true when this process was started by tf_count() under
 * callgrind only to be counted ($TF_PERF_CASE).  It has done that then, and run() is to return *error.
 */
bool tf_counted_process(int *error);

/* ---- between the files that count ---------------------------------------------------------------- */

/* The call that is counted. */
void tf_counted_run(const struct tf_countable *what, void *context, uint64_t operations);

/* 0; or why not in counts->why, which ends in a full clause. */
int tf_count_by_callgrind(const struct tf_countable *what, const bool *wanted,
                          struct tf_counts *counts);
int tf_count_by_steps(const struct tf_countable *what, const bool *wanted,
                      struct tf_counts *counts);

#endif
