/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting under valgrind.  One run of this program counts all cases: callgrind collects inside tf_counted_run() only
 * and writes its sum each time that returns, so the sums come in the order of the calls, two per case.
 */
#include "instructions.h"

#include "clock.h"
#include "command.h"
#include "error.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* "publish 0,3,17": what the process is to run. */
#define TO_RUN "TF_PERF_CASE"

/* Twenty cases take 4 s where it is quick. */
static const uint64_t patience_ns = 120 * TF_NS_PER_S;

/* ---- in the process that is counted ------------------------------------------------------------- */

static int run_case(const struct tf_countable *what, uint32_t which)
{
    void *context;
    int error = what->begin(which, &context);
    if (error)
        return error;
    tf_counted_run(what, context, what->operations(which));
    tf_counted_run(what, context, 17 * what->operations(which));
    what->end(context);
    return 0;
}

static int run_cases(const struct tf_countable *what, const char *list)
{
    for (const char *at = list; *at;) {
        char *end;
        unsigned long which = strtoul(at, &end, 10);
        if (end == at || which >= what->cases)
            return tf_fail(TF_EUSAGE, TO_RUN " is for internal use");
        int error = run_case(what, (uint32_t)which);
        if (error)
            return error;
        at = *end == ',' ? end + 1 : end;
    }
    return 0;
}

bool tf_counted_process(int *error)
{
    static const struct tf_countable *const all[] = {&tf_countable_publish, &tf_countable_feed};
    const char *text = getenv(TO_RUN);
    if (!text)
        return false;
    *error = tf_fail(TF_EUSAGE, TO_RUN " is for internal use");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        size_t length = strlen(all[i]->name);
        if (strncmp(text, all[i]->name, length) == 0 && text[length] == ' ')
            *error = run_cases(all[i], text + length + 1);
    }
    return true;
}

/* ---- in the process that wants to know ---------------------------------------------------------- */

struct files {
    char folder[40], sums[64], said[64];
};

static void list_cases(const struct tf_countable *what, const bool *wanted, char *text,
                       size_t size)
{
    size_t length = (size_t)snprintf(text, size, "%s ", what->name);
    const char *comma = "";
    for (uint32_t i = 0; i < what->cases && length < size; i++) {
        if (wanted[i]) {
            length += (size_t)snprintf(text + length, size - length, "%s%u", comma, i);
            comma = ",";
        }
    }
}

_Noreturn static void run_valgrind(const struct files *files, const char *self)
{
    char out[96];
    snprintf(out, sizeof out, "--callgrind-out-file=%s", files->sums);
    int said = open(files->said, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(said, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    execlp("valgrind", "valgrind", "-q", "--tool=callgrind", "--collect-atstart=no",
           "--toggle-collect=tf_counted_run", "--dump-after=tf_counted_run",
           "--combine-dumps=yes", out, self, "perf", "publish", (char *)NULL);
    _exit(127);
}

/* Its exit status; negative when it had to be killed. */
static int wait_for(pid_t pid)
{
    uint64_t deadline = tf_monotonic_ns() + patience_ns;
    for (;;) {
        int status;
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (tf_monotonic_ns() > deadline || tf_stop_requested()) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return -1;
        }
        tf_sleep_until(tf_monotonic_ns() + 20 * TF_NS_PER_MS);
    }
}

/* The next sum in callgrind's file, as a line "summary: N". */
static bool next_sum(FILE *file, double *sum)
{
    char line[256];
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "summary: %lf", sum) == 1)
            return true;
    return false;
}

static int read_sums(const struct files *files, const struct tf_countable *what,
                     const bool *wanted, struct tf_counts *counts)
{
    FILE *file = fopen(files->sums, "r");
    bool good = file != NULL;
    for (uint32_t i = 0; i < what->cases && good; i++) {
        double less, more;
        if (!wanted[i])
            continue;
        good = next_sum(file, &less) && next_sum(file, &more) && more > less;
        if (good)
            counts->count[i].instructions =
                (more - less) / (16.0 * (double)what->operations(i));
    }
    if (file)
        fclose(file);
    if (!good)
        snprintf(counts->why, sizeof counts->why,
                 "callgrind: it did not see tf_counted_run(); is the program stripped?");
    return good ? 0 : TF_EOS;
}

/* Why the run failed: its own last line. */
static void explain(const struct files *files, int status, struct tf_counts *counts)
{
    char line[160] = "", last[160] = "";
    FILE *file = fopen(files->said, "r");
    while (file && fgets(line, sizeof line, file))
        if (line[0] != '\n')
            memcpy(last, line, sizeof last);
    if (file)
        fclose(file);
    last[strcspn(last, "\n")] = 0;
    if (status == 127 && !last[0])
        snprintf(counts->why, sizeof counts->why, "callgrind: valgrind is not installed");
    else
        snprintf(counts->why, sizeof counts->why, "callgrind: %s",
                 last[0] ? last : "it did not end in time");
}

int tf_count_by_callgrind(const struct tf_countable *what, const bool *wanted,
                          struct tf_counts *counts)
{
    struct files files = {.folder = "/tmp/tickfan-count.XXXXXX"};
    char self[4096], list[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0 || !mkdtemp(files.folder)) {
        snprintf(counts->why, sizeof counts->why, "callgrind: no /proc or no room in /tmp");
        return TF_EOS;
    }
    self[length] = 0;
    snprintf(files.sums, sizeof files.sums, "%s/sums", files.folder);
    snprintf(files.said, sizeof files.said, "%s/said", files.folder);
    list_cases(what, wanted, list, sizeof list);
    setenv(TO_RUN, list, 1);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        run_valgrind(&files, self);
    int status = pid > 0 ? wait_for(pid) : -1;
    unsetenv(TO_RUN);
    int error = status == 0 ? read_sums(&files, what, wanted, counts) : TF_EOS;
    if (status != 0)
        explain(&files, status, counts);
    unlink(files.sums);
    unlink(files.said);
    rmdir(files.folder);
    return error;
}
