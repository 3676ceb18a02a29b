/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - `tickfan perf model`: from what this machine, or the result of another, shows of its cache lines to what
 * 62 and 250 readers on one, two and four sockets would see.  simulate.h says what is computed, costs.h from what.
 */
#ifndef TF_MODEL_H
#define TF_MODEL_H

#include "costs.h"
#include "evidence.h"
#include "measurement.h"
#include "simulate.h"

extern const struct tf_measurement tf_measure_model;

struct tf_predict_options {
    uint32_t draws;   /* machines drawn from the ranges of the costs */
    uint32_t ticks;   /* in each simulation */
    uint32_t readers; /* 0: 62 and 250 */
    double rate;      /* 0: 100 k, 1 M and 10 M a second */
    uint64_t seed;
    bool quiet; /* no progress */
};

/* "validation" of schema.md: each reading beside the model's answer.  NULL with tf_errmsg(). */
json_t *tf_model_validate(const struct tf_cost_table *table, const struct tf_evidence *evidence,
                          const struct tf_predict_options *options);
/* "predictions".  Sentences on which layout is faster, and how surely, are added to `notes`.  NULL with tf_errmsg(). */
json_t *tf_model_predict(const struct tf_cost_table *table,
                         const struct tf_predict_options *options, json_t *notes);

#endif
