/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf all, verify, report: a result measured, judged, shown again. */
#include "error.h"
#include "job.h"
#include "judge.h"
#include "perf_words.h"
#include "suite.h"

static int run_all(const struct tf_command *command, int argc, char **argv)
{
    struct tf_perf_job job;
    int status = tf_perf_begin(&job, command, argc, argv, 0);
    return status ? status : tf_perf_measure(&job, tf_measurements);
}

const struct tf_perf_word tf_word_all = {
    "all",
    "usage: tickfan perf all [OPTION]...\n"
    "\n"
    "  tickfan perf all --html report.html      a page for a browser\n"
    "  tickfan perf all --output result.json    kept: 'tickfan perf report result.json'\n"
    "\n"
    "Every measurement, one after the other, in under ten minutes.\n",
    run_all};

static int run_verify(const struct tf_command *command, int argc, char **argv)
{
    struct tf_perf_job job;
    json_t *result;
    int ended, status = tf_perf_begin(&job, command, argc, argv, 1);
    if (status)
        return status;
    const char *profile = job.output.profile ? job.output.profile : tf_judge_profiles()[0];
    const char *const *needs = tf_judge_needs(profile);
    if (!needs)
        return tf_command_usage(command, "%s", tf_errmsg());
    status = tf_perf_obtain(&job, job.operand[0], needs, &result, &ended);
    if (status)
        return status;
    status = tf_perf_verdict_status(&job, tf_judge(result, profile));
    return tf_perf_end(&job, result, status ? status : ended);
}

const struct tf_perf_word tf_word_verify = {
    "verify",
    "usage: tickfan perf verify [--profile small|xeon64] [OPTION]... [FILE]\n"
    "\n"
    "  tickfan perf verify                            the goals that two CPUs can show\n"
    "  tickfan perf verify --profile xeon64           62 readers on 64 cores, two sockets\n"
    "  tickfan perf verify --profile xeon64 r.json    judge a result of another machine\n"
    "\n"
    "Measure what the profile's goals need, or take it from FILE, and print each goal\n"
    "with its value, its spread and PASS, FAIL or INVALID.  INVALID is never a pass:\n"
    "this machine, or this run, cannot show it, or it is too close to call.\n"
    "Exit status: 0 all demanded goals are met; 1 one is missed; 75 none is missed\n"
    "and one is INVALID.\n",
    run_verify};

static int run_report(const struct tf_command *command, int argc, char **argv)
{
    struct tf_perf_job job;
    json_t *result;
    int ended, status = tf_perf_begin(&job, command, argc, argv, 1);
    if (status)
        return status;
    if (job.operands == 0)
        return tf_command_usage(command,
                                "the file of a result is wanted, as --output makes it");
    status = tf_perf_obtain(&job, job.operand[0], NULL, &result, &ended);
    return status ? status : tf_perf_end(&job, result, 0);
}

const struct tf_perf_word tf_word_report = {
    "report",
    "usage: tickfan perf report [OPTION]... FILE\n"
    "\n"
    "  tickfan perf report result.json                     its tables\n"
    "  tickfan perf report result.json --html page.html    its page\n"
    "\n"
    "Show a result that --output kept, on any machine.\n",
    run_report};
