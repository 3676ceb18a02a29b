/* SPDX-License-Identifier: Apache-2.0 */
/* job.h - what the words of `tickfan perf` have in common: options read, a result obtained, shown and kept. */
#ifndef TF_JOB_H
#define TF_JOB_H

#include "perf_args.h"

struct tf_perf_job {
    const struct tf_command *command;
    const char *word;
    struct tf_perf_options options;
    struct tf_perf_output output;
    char **operand; /* ends with NULL */
    int operands;
};

/* Read the command line and make sure that results can be written.  0, or the exit status after a complaint. */
int tf_perf_begin(struct tf_perf_job *job, const struct tf_command *command, int argc,
                  char **argv, int operands_max);

/* Measure `which` (ends with NULL) and deliver.  The exit status. */
int tf_perf_measure(struct tf_perf_job *job, const struct tf_measurement *const *which);

/*
 * The result kept in `file`, or, when that is NULL, of measuring now those named in `needs`.  0 with *result, the
 * caller's; or the exit status.  A run that ended early gives what it has: *status is then what it ends with at best.
 */
int tf_perf_obtain(struct tf_perf_job *job, const char *file, const char *const *needs,
                   json_t **result, int *status);

/* Deliver and free it.  The exit status: `status` unless that is 0 and the delivery fails. */
int tf_perf_end(const struct tf_perf_job *job, json_t *result, int status);

/* The exit status of an enum tf_verdict, or of a negative tf_error, about which it complains. */
int tf_perf_verdict_status(const struct tf_perf_job *job, int verdict);

#endif
