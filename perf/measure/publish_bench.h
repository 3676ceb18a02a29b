/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish_bench.h - the loops around the public API that `perf publish` times and counts: the same compiled code for
 * both.
 */
#ifndef TF_PUBLISH_BENCH_H
#define TF_PUBLISH_BENCH_H

#include "tickfan_publish.h"

#include <stdbool.h>

enum tf_bench_kind {
    TF_BENCH_PUBLISH, /* tf_publish() of `batch` ticks, back to back */
    TF_BENCH_PACED,   /* the same, one call now and then */
    TF_BENCH_READ,    /* tf_read() of at most `batch` ticks */
    TF_BENCH_READ_OF, /* tf_read_of(), and none is wanted */
    TF_BENCH_PEEK,    /* tf_peek() and tf_commit() */
    TF_BENCH_COPY     /* memcpy() of `batch` lines into memory as large as a ring */
};

/* Who is attached meanwhile. */
enum tf_crowd_kind {
    TF_CROWD_NOBODY,
    TF_CROWD_ATTACHED, /* readers in the roster that do nothing */
    TF_CROWD_WAITING,  /* readers asleep in tf_wait() or on their way there */
    TF_CROWD_STOPPED,  /* the same, stopped by SIGSTOP */
    TF_CROWD_HOSTILE   /* a process that scribbles over the whole roster without end */
};

struct tf_bench_case {
    const char *name;
    const char *reference; /* the case that its ratio is taken to; NULL: none */
    const char *
        sweep; /* "batch", "readers" or "rings": what a series varies here; NULL: no part of one */
    enum tf_bench_kind kind;
    uint32_t batch, rings, readers;
    enum tf_crowd_kind crowd;
};
enum { TF_BENCH_CASES_MAX = 64, TF_BENCH_BATCH_MAX = 64 };
extern const struct tf_bench_case tf_bench_cases[];
extern const uint32_t tf_bench_case_count;

struct tf_bench_options {
    const char *stream;
    uint32_t rings;      /* on the nodes in turn */
    uint64_t capacity;   /* ticks per ring, as tickfan_publish.h */
    const char *nodes;   /* "0,1"; NULL: those allowed */
    const char *backing; /* auto, sysv, file; NULL: auto */
    bool reads;        /* with a reader of its own, and every tick of the ring there to read */
    bool no_helper;    /* for counting: nothing but the loop, */
    bool no_streaming; /* and one path, however slow what counts is */
};

struct tf_bench;

/* 0, or a negative tf_error with tf_errmsg(). */
int tf_bench_open(const struct tf_bench_options *options, struct tf_bench **bench);
void tf_bench_close(struct tf_bench *bench);

/* `ticks` ticks, a multiple of 64, in the manner of the case. */
void tf_bench_run(struct tf_bench *bench, const struct tf_bench_case *which, uint64_t ticks);

/* TF_BENCH_PACED: `calls` calls, one every `gap` of the counter; each call's time, in units of the counter. */
void tf_bench_run_paced(struct tf_bench *bench, const struct tf_bench_case *which, uint64_t gap,
                        double *times, uint32_t calls);

#endif
