/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include "deliver.h"
#include "error.h"
#include "judge.h"
#include "result_file.h"
#include "suite.h"

#include <string.h>

int tf_perf_begin(struct tf_perf_job *job, const struct tf_command *command, int argc,
                  char **argv, int operands_max)
{
    int rest;
    job->command = command;
    job->word = argv[0];
    int status = tf_perf_parse(command, argc, argv, &job->options, &job->output, &rest);
    if (status)
        return status;
    job->operand = argv + rest;
    job->operands = argc - rest;
    if (job->operands > operands_max)
        return tf_command_usage(command, "'%s' is one too many", job->operand[operands_max]);
    int error = tf_deliver_check(&job->output, job->options.hgrm);
    return error ? tf_command_fail(command, error) : 0;
}

int tf_perf_end(const struct tf_perf_job *job, json_t *result, int status)
{
    int error = result ? tf_deliver(result, &job->output) : 0;
    json_decref(result);
    if (!error)
        return status;
    int failed = tf_command_fail(job->command, error);
    return status ? status : failed;
}

int tf_perf_measure(struct tf_perf_job *job, const struct tf_measurement *const *which)
{
    json_t *result;
    int error = tf_suite_run(job->word, which, &job->options, &result);
    return tf_perf_end(job, result, error ? tf_command_fail(job->command, error) : 0);
}

int tf_perf_obtain(struct tf_perf_job *job, const char *file, const char *const *needs,
                   json_t **result, int *status)
{
    int error = 0, count = 0;
    *status = 0;
    if (file) {
        *result = tf_result_load(file, &error);
        return *result ? 0 : tf_command_fail(job->command, error);
    }
    const struct tf_measurement *which[TF_MEASUREMENTS_MAX + 1] = {NULL};
    for (int i = 0; tf_measurements[i]; i++)
        for (int j = 0; needs[j]; j++)
            if (strcmp(needs[j], tf_measurements[i]->name) == 0)
                which[count++] = tf_measurements[i];
    error = tf_suite_run(job->word, which, &job->options, result);
    if (error)
        *status = tf_command_fail(job->command, error);
    return *result ? 0 : *status;
}

int tf_perf_verdict_status(const struct tf_perf_job *job, int verdict)
{
    switch (verdict) {
    case TF_PASS:
        return 0;
    case TF_FAIL:
        return 1;
    case TF_INVALID:
        return -TF_EBUSY;
    default:
        return tf_command_fail(job->command, verdict);
    }
}
