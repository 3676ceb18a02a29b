/* SPDX-License-Identifier: Apache-2.0 */
/* Which way to count, and the CPU's own counters. */
#include "instructions.h"

#include "error.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const sources[] = {"perf_event", "callgrind", "single step", "not counted"};

__attribute__((noinline)) void tf_counted_run(const struct tf_countable *what, void *context,
                                              uint64_t operations)
{
    what->run(context, operations);
}

/* ---- perf_event --------------------------------------------------------------------------------- */

static int open_counter(uint64_t event)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE,
                                         .size = sizeof attributes,
                                         .config = event,
                                         .exclude_kernel = 1,
                                         .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static double read_counter(int counter)
{
    uint64_t value;
    if (counter < 0 || read(counter, &value, sizeof value) != (ssize_t)sizeof value)
        return NAN;
    return (double)value;
}

struct reading {
    double instructions, cycles;
};

/* What `operations` operations take. */
static struct reading read_around(const struct tf_countable *what, void *context,
                                  const int counter[2], uint64_t operations)
{
    struct reading before = {read_counter(counter[0]), read_counter(counter[1])};
    tf_counted_run(what, context, operations);
    return (struct reading){read_counter(counter[0]) - before.instructions,
                            read_counter(counter[1]) - before.cycles};
}

static int count_one(const struct tf_countable *what, uint32_t which, const int counter[2],
                     struct tf_count *count)
{
    void *context;
    uint64_t operations = what->operations(which);
    int error = what->begin(which, &context);
    if (error)
        return error;
    struct reading less = read_around(what, context, counter, operations);
    struct reading more = read_around(what, context, counter, 17 * operations);
    what->end(context);
    count->instructions = (more.instructions - less.instructions) / (16.0 * (double)operations);
    count->cycles = (more.cycles - less.cycles) / (16.0 * (double)operations);
    return count->instructions > 0 ? 0 : tf_fail(TF_EOS, "the CPU's counter stands still");
}

static int count_by_perf_event(const struct tf_countable *what, const bool *wanted,
                               struct tf_counts *counts)
{
    int counter[2] = {open_counter(PERF_COUNT_HW_INSTRUCTIONS),
                      open_counter(PERF_COUNT_HW_CPU_CYCLES)};
    if (counter[0] < 0) {
        snprintf(counts->why, sizeof counts->why, "perf_event: %s%s", strerror(errno),
                 errno == EACCES || errno == EPERM
                     ? ", lower /proc/sys/kernel/perf_event_paranoid to 2"
                     : "");
        if (counter[1] >= 0)
            close(counter[1]);
        return TF_EOS;
    }
    int error = 0;
    for (uint32_t i = 0; i < what->cases && !error; i++)
        if (wanted[i])
            error = count_one(what, i, counter, &counts->count[i]);
    if (error)
        snprintf(counts->why, sizeof counts->why, "perf_event: %s", tf_errmsg());
    close(counter[0]);
    if (counter[1] >= 0)
        close(counter[1]);
    return error;
}

/* ---- the way ------------------------------------------------------------------------------------ */

static void count_nothing(struct tf_counts *counts)
{
    for (uint32_t i = 0; i < TF_COUNTED_CASES_MAX; i++)
        counts->count[i] = (struct tf_count){NAN, NAN};
}

/* What $TF_PERF_COUNT leaves to try. */
static bool may_try(enum tf_count_way way)
{
    static const char *const names[] = {"perf_event", "callgrind", "step"};
    const char *chosen = getenv("TF_PERF_COUNT");
    return !chosen || !*chosen || strcmp(chosen, names[way]) == 0;
}

void tf_count(const struct tf_countable *what, const bool *wanted, struct tf_counts *counts)
{
    static int (*const ways[])(const struct tf_countable *, const bool *,
                               struct tf_counts *) = {count_by_perf_event,
                                                      tf_count_by_callgrind, tf_count_by_steps};
    char whys[sizeof counts->why] = "";
    *counts = (struct tf_counts){.way = TF_COUNT_NONE};
    for (int way = 0; way < TF_COUNT_NONE && counts->way == TF_COUNT_NONE; way++) {
        count_nothing(counts);
        if (!may_try((enum tf_count_way)way))
            continue;
        counts->why[0] = 0;
        if (ways[way](what, wanted, counts) == 0)
            counts->way = (enum tf_count_way)way;
        else
            snprintf(whys + strlen(whys), sizeof whys - strlen(whys), "%s%s", *whys ? "; " : "",
                     counts->why);
    }
    if (counts->way == TF_COUNT_NONE)
        count_nothing(counts);
    counts->source = sources[counts->way];
    snprintf(counts->why, sizeof counts->why, "%s", whys);
}
