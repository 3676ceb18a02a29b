/* SPDX-License-Identifier: Apache-2.0 */
/* Counting by tracing a child one instruction at a time: needs nothing but the right to trace one's own child. */
#include "instructions.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "stage.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A step costs 3 us on a bare machine and 60 us under some hypervisors, so runs are short, and of each length the
 * shorter of two counts: the clock that a publisher looks at now and then corrects itself would show in one.
 */
enum { LESS = 64, MORE = 256, RUNS = 4 };
static const uint64_t lengths[RUNS] = {LESS, LESS, MORE, MORE};
static const uint64_t patience_ns = 20 * TF_NS_PER_S;

/* Stops before the first run and after each. */
_Noreturn static void be_traced(const struct tf_countable *what, uint32_t which)
{
    void *context;
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0 || what->begin(which, &context) != 0)
        _exit(1);
    raise(SIGSTOP);
    for (int i = 0; i < RUNS; i++) {
        tf_counted_run(what, context, lengths[i]);
        raise(SIGSTOP);
    }
    what->end(context);
    _exit(0);
}

/* Continue in steps until the child's next SIGSTOP; how many, or -1. */
static int64_t step_to_stop(pid_t pid)
{
    for (int64_t steps = 0;; steps++) {
        int status;
        if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0) != 0 || waitpid(pid, &status, __WALL) != pid ||
            !WIFSTOPPED(status) || (steps % 4096 == 0 && tf_stop_requested()))
            return -1;
        if (WSTOPSIG(status) == SIGSTOP)
            return steps;
        if (WSTOPSIG(status) != SIGTRAP)
            return -1;
    }
}

/* Let go of the child: it leaves in good order, so that its stream leaves nothing behind. */
static void let_go(pid_t pid, bool stands)
{
    if (!stands || ptrace(PTRACE_DETACH, pid, 0, 0) != 0)
        kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int count_case(const struct tf_countable *what, uint32_t which, struct tf_counts *counts)
{
    int64_t steps[RUNS] = {0};
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        be_traced(what, which);
    if (pid < 0 || waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) {
        snprintf(counts->why, sizeof counts->why, "single step: a child cannot be traced here");
        return TF_EOS;
    }
    bool stands = ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL) == 0;
    for (int i = 0; i < RUNS && stands; i++) {
        steps[i] = step_to_stop(pid);
        stands = steps[i] > 0;
    }
    let_go(pid, stands);
    if (!stands) {
        snprintf(counts->why, sizeof counts->why,
                 "single step: the traced child did not get through");
        return TF_EOS;
    }
    int64_t less = steps[0] < steps[1] ? steps[0] : steps[1];
    int64_t more = steps[2] < steps[3] ? steps[2] : steps[3];
    counts->count[which].instructions = (double)(more - less) / (MORE - LESS);
    return 0;
}

int tf_count_by_steps(const struct tf_countable *what, const bool *wanted,
                      struct tf_counts *counts)
{
    int error = 0;
    uint64_t deadline = tf_monotonic_ns() + patience_ns;
    tf_pin(sched_getcpu()); /* the child too: they take turns */
    for (uint32_t i = 0; i < what->cases && !error && tf_monotonic_ns() < deadline; i++)
        if (wanted[i])
            error = count_case(what, i, counts);
    tf_unpin();
    return error;
}
