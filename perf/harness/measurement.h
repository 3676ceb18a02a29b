/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measurement.h - what every `tickfan perf` measurement is made of: options in, JSON out.
 *
 * A measurement appends one or more objects as perf/report/schema.md describes to `out`; terminal tables and the page are made
 * of them and of nothing else (report.h).
 */
#ifndef TF_MEASUREMENT_H
#define TF_MEASUREMENT_H

#include "fitness.h"
#include "spread.h"

enum { TF_PERF_CPUS_MAX = 1024 };

struct tf_perf_options {
    int cpu[TF_PERF_CPUS_MAX]; /* writer, then readers; chosen with tf_cpus_allowed() unless given */
    int cpus;
    bool cpus_given;
    uint32_t readers;    /* 0: the measurement's own choice */
    uint32_t rounds;     /* at least 5 unless the user says otherwise */
    double scale;        /* multiplies the work of a block: --quick is 0.25 */
    double rate;         /* messages a second; 0: the measurement's own */
    uint32_t batch;      /* 0: the measurement's own */
    const char *profile; /* constant, ramp, burst, recorded; NULL: all */
    const char *file;    /* a recording, for `recorded`, `feed` and `replay`; NULL: one is generated */
    const char *only;    /* a comma list of transports or cases; NULL: all */
    const char *nodes, *backing;
    bool functional;     /* what is asked for may not fit the machine: deliver, do not judge */
    bool quiet;          /* no progress */
    uint64_t seed;
    uint64_t stall_ns, stall_every_ns; /* --inject stall=1ms/1s */
    double skew_ns;                    /* --inject skew=NS */
    bool tear;                         /* --inject torn */
    struct tf_clock_check clock;       /* done before any measurement runs */
    const char *hgrm; /* folder to write every histogram to as NAME.hgrm; NULL: none */
};

struct tf_measurement {
    const char *name;    /* `tickfan perf NAME` */
    const char *summary; /* one line */
    const char *help;    /* examples first, then what the options mean here */
    /* 0, or a negative tf_error with tf_errmsg(). */
    int (*run)(const struct tf_perf_options *options, json_t *out);
    double seconds;      /* about, at scale 1 on two CPUs: for progress over `perf all` */
};

/* latency, throughput, fanout, compare; publish, wait, feed, replay; memory, jitter. */
extern const struct tf_measurement tf_measure_latency, tf_measure_throughput, tf_measure_fanout,
    tf_measure_compare, tf_measure_publish, tf_measure_wait, tf_measure_feed, tf_measure_replay,
    tf_measure_memory, tf_measure_jitter;

/* {"count","min","max","p50",...,"curve"} of schema.md; values divided by `unit` (1: as they are). */
json_t *tf_histogram_json(const struct tf_histogram *histogram);
/* {"low","middle","high","count"}; null when there is nothing. */
json_t *tf_spread_json(struct tf_spread spread);
/* HdrHistogram's percentile text, as its plotter reads it.  0, or negative with tf_errmsg(). */
int tf_histogram_write_hgrm(const struct tf_histogram *histogram, const char *folder, const char *name);

#endif
