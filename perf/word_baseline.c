/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf baseline: what was measured, kept, and compared with what is measured now. */
#include "error.h"
#include "job.h"
#include "judge.h"
#include "perf_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* $XDG_STATE_HOME/tickfan/perf, by default below ~/.local/state; made when it is not there. */
static int default_folder(char *folder, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (state && state[0] == '/')
        length = snprintf(folder, size, "%s/tickfan/perf", state);
    else if (home && home[0] == '/')
        length = snprintf(folder, size, "%s/.local/state/tickfan/perf", home);
    else
        return tf_fail(TF_EUSAGE, "neither HOME nor XDG_STATE_HOME is set: --folder says where "
                                  "baselines are kept");
    return length < (int)size ? 0 : tf_fail(TF_ECREATE, "%s: the path is too long", folder);
}

static int make_folders(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", folder);
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return tf_fail_errno(TF_ECREATE, "%s", path);
        *at = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return tf_fail_errno(TF_ECREATE, "%s", path);
    return 0;
}

/* What is incomplete would make every later check incomplete: it is not kept. */
static int save(const struct tf_perf_job *job, const json_t *result, const char *folder,
                int ended)
{
    char path[4096];
    if (ended)
        return ended;
    int error = tf_baseline_save(result, folder, path);
    if (error)
        return tf_command_fail(job->command, error);
    char why[512];
    if (tf_baseline_doubt(result, why))
        fprintf(
            stderr,
            "tickfan %s: warning: a poor baseline, later checks against it see little: %s\n",
            job->command->name, why);
    fprintf(stderr, "tickfan %s: saved as %s\n", job->command->name, path);
    return 0;
}

/* The report comes first: what was not judged is the last line, where nobody overlooks it. */
static int check(const struct tf_perf_job *job, json_t *result, const char *folder, int ended)
{
    struct tf_baseline_count count;
    char why[1024];
    int verdict = tf_baseline_check(result, folder, &count);
    snprintf(why, sizeof why, "%s", tf_errmsg());
    int status = tf_perf_verdict_status(job, verdict);
    status = tf_perf_end(job, result, status ? status : ended);
    fflush(stdout);
    if (verdict == TF_INVALID)
        fprintf(stderr, "tickfan %s: INVALID: %s\n", job->command->name, why);
    if (count.compared)
        fprintf(stderr, "tickfan %s: %zu of %zu numbers could not be judged for their noise\n",
                job->command->name, count.unjudged, count.compared);
    return status;
}

static int find_folder(const struct tf_perf_job *job, bool make, char *folder, size_t size)
{
    int error = 0;
    if (job->output.folder)
        snprintf(folder, size, "%s", job->output.folder);
    else
        error = default_folder(folder, size);
    return error || !make ? error : make_folders(folder);
}

static int run_baseline(const struct tf_command *command, int argc, char **argv)
{
    struct tf_perf_job job;
    json_t *result;
    char folder[4096];
    int ended, status = tf_perf_begin(&job, command, argc, argv, 2);
    if (status)
        return status;
    const char *what = job.operands ? job.operand[0] : "";
    bool saves = strcmp(what, "save") == 0;
    if (!saves && strcmp(what, "check") != 0)
        return tf_command_usage(command, "'save' or 'check' is wanted");
    int error = find_folder(&job, saves, folder, sizeof folder);
    if (error)
        return tf_command_fail(command, error);
    status = tf_perf_obtain(&job, job.operand[1], tf_baseline_needs(), &result, &ended);
    if (status)
        return status;
    if (!saves)
        return check(&job, result, folder, ended);
    return tf_perf_end(&job, result, save(&job, result, folder, ended));
}

const struct tf_perf_word tf_word_baseline = {
    "baseline",
    "usage: tickfan perf baseline save|check [OPTION]... [FILE]\n"
    "\n"
    "  tickfan perf baseline save                 measure, keep the numbers that matter\n"
    "  tickfan perf baseline check                measure again: is anything worse?\n"
    "  tickfan perf baseline check result.json    of a result that --output kept\n"
    "\n"
    "Kept are ratios to the raw line, relative rates and instructions, with their\n"
    "spreads, one file for each machine and compiler.  Worse is what is worse by more\n"
    "than both spreads and 5 % (of instructions: 0.5 %).\n"
    "Exit status of check: 0 nothing is worse; 1 something is; 66 there is no baseline\n"
    "yet; 75 another machine's baseline, not the same things measured, or a number with\n"
    "more than 20 % of noise.\n",
    run_baseline};
