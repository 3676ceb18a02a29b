/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver.h"

#include "error.h"
#include "report.h"
#include "result_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder must take a new file, since results replace their file by rename. */
static int check_writable(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return tf_fail(TF_ECREATE, "%s: is a folder; a file is wanted", path);
        if (!S_ISREG(status.st_mode))
            return access(path, W_OK) == 0 ? 0 : tf_fail_errno(TF_ECREATE, "%s", path);
    }
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    if (slash == path)
        snprintf(folder, sizeof folder, "/");
    else if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    if (access(folder, W_OK | X_OK) != 0)
        return tf_fail_errno(TF_ECREATE, "%s: cannot write into %s", path, folder);
    return 0;
}

int tf_deliver_check(const struct tf_perf_output *output, const char *hgrm)
{
    int error = 0;
    if (output->html)
        error = check_writable(output->html);
    if (!error && output->output)
        error = check_writable(output->output);
    if (error || !hgrm)
        return error;
    struct stat status;
    if (mkdir(hgrm, 0777) != 0 && errno != EEXIST)
        return tf_fail_errno(TF_ECREATE, "%s", hgrm);
    if (stat(hgrm, &status) != 0 || !S_ISDIR(status.st_mode))
        return tf_fail(TF_ECREATE, "%s: is no folder", hgrm);
    if (access(hgrm, W_OK | X_OK) != 0)
        return tf_fail_errno(TF_ECREATE, "%s", hgrm);
    return 0;
}

int tf_deliver(const json_t *result, const struct tf_perf_output *output)
{
    int error = 0;
    /* The file first: it is what cannot be had again. */
    if (output->output)
        error = tf_result_save(result, output->output);
    if (output->html) {
        int page = tf_report_html(result, output->html);
        error = error ? error : page;
    }
    if (!output->json) {
        tf_report_text(result, stdout);
        return error;
    }
    if (json_dumpf(result, stdout, TF_RESULT_FLAGS) != 0 || putchar('\n') == EOF)
        return tf_fail(TF_EIO, "standard output: cannot write the result");
    return error;
}
