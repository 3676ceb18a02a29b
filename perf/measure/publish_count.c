/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of `perf publish` as something whose instructions can be counted, in one process. */
#include "error.h"
#include "instructions.h"
#include "publish_crowd.h"

#include <stdlib.h>

struct counted {
    struct tf_bench *bench;
    const struct tf_bench_case *which;
    tf_reader *held[256];
};

static uint64_t counted_operations(uint32_t which)
{
    (void)which;
    return 4096;
}

static void counted_end(void *context)
{
    struct counted *counted = context;
    for (uint32_t i = 0; i < counted->which->readers; i++)
        tf_detach(counted->held[i]);
    tf_bench_close(counted->bench);
    free(counted);
}

/* The smaller ring takes no other path and is made sooner. */
static int counted_begin(uint32_t which, void **context)
{
    struct counted *counted = calloc(1, sizeof *counted);
    *context = counted;
    if (!counted)
        return tf_fail(TF_EOS, "out of memory");
    counted->which = &tf_bench_cases[which];
    struct tf_bench_options options = {.stream = "counted",
                                       .rings = counted->which->rings,
                                       .capacity = 4096,
                                       .reads = counted->which->kind == TF_BENCH_READ ||
                                                counted->which->kind == TF_BENCH_READ_OF ||
                                                counted->which->kind == TF_BENCH_PEEK,
                                       .no_helper = true,
                                       .no_streaming = true};
    int error = tf_bench_open(&options, &counted->bench);
    if (!error)
        error = tf_crowd_pretend(options.stream, counted->which->crowd, counted->which->readers,
                                 counted->held);
    if (error)
        counted_end(counted);
    return error;
}

static void counted_run(void *context, uint64_t operations)
{
    struct counted *counted = context;
    tf_bench_run(counted->bench, counted->which, operations);
}

const struct tf_countable tf_countable_publish = {
    "publish", TF_BENCH_CASES_MAX, counted_operations, counted_begin, counted_run, counted_end};
