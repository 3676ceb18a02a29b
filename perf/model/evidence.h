/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.h - what a machine has shown of its cache lines, measured here or read from a result, and the costs that follow. */
#ifndef TF_EVIDENCE_H
#define TF_EVIDENCE_H

#include "contest.h"
#include "costs.h"
#include "measurement.h"

enum { TF_READINGS_MAX = 128 };

/* One case of raw line or Tickfan, over its quiet rounds.  What was not measured has count 0. */
struct tf_reading {
    bool tickfan;              /* else the raw line */
    enum tf_round_class place; /* with several readers: any */
    uint32_t readers;
    uint32_t sockets; /* that they and the writer are on, as far as known; at least 1 */
    uint32_t batch;
    bool last_of_batch; /* latencies are those of the last tick of each batch */
    double rate;        /* 0: a flood */
    struct tf_spread p50, p99, last_p50, last_p99; /* ns from the send */
    struct tf_spread per_second, send_ns;
};

struct tf_evidence {
    struct tf_reading reading[TF_READINGS_MAX];
    uint32_t count;
    char source[160]; /* "this machine", "FILE, AMD EPYC" */
    json_t *machine;  /* of a file; else NULL */
};

/* Measure on the CPUs of `options`, a second or two per number of readers.  0, or negative with tf_errmsg(). */
int tf_evidence_measure(struct tf_evidence *evidence, const struct tf_perf_options *options);
/* From a result (schema.md) with rows of raw line and Tickfan: latency, fanout, throughput, compare or all.  TF_ENOINPUT, TF_EDATA. */
int tf_evidence_load(struct tf_evidence *evidence, const char *path);
void tf_evidence_free(struct tf_evidence *evidence);

/* Full: the reading is dropped. */
void tf_evidence_add(struct tf_evidence *evidence, const struct tf_reading *reading);
/* NULL when there is none; the one with the most rounds.  Batch 0: any of 16 and more. */
const struct tf_reading *tf_evidence_find(const struct tf_evidence *evidence, bool tickfan,
                                          uint32_t batch, bool flood,
                                          enum tf_round_class place);

/*
 * The ranges of the costs.  TF_EDATA when not even one hand-off of the raw line was measured; TF_EBUSY when it took longer than any
 * line takes, so that what was measured is a scheduler.
 */
int tf_evidence_costs(const struct tf_evidence *evidence, struct tf_cost_table *table);

#endif
