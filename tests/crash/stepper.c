/* SPDX-License-Identifier: Apache-2.0 */
#include "stepper.h"

#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

void stepper_mark(void)
{
    raise(SIGSTOP);
}

struct start {
    void (*run)(void *context);
    void *context;
};

static void run_traced(void *context)
{
    struct start *start = context;
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
        _exit(77);
    start->run(start->context);
}

/* The next stop; false when there is none because the child has ended. */
static bool next_stop(pid_t pid, int *signal_number)
{
    int status;
    while (waitpid(pid, &status, __WALL) < 0)
        REQUIRE(errno == EINTR, "waitpid: %s", strerror(errno));
    if (!WIFSTOPPED(status)) {
        REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %#x",
                (unsigned)status);
        return false;
    }
    *signal_number = WSTOPSIG(status);
    return true;
}

pid_t stepper_start(void (*run)(void *context), void *context)
{
    struct start start = {run, context};
    int signal_number;
    pid_t pid = child_start(run_traced, &start);
    REQUIRE(next_stop(pid, &signal_number) && signal_number == SIGSTOP, "no first mark");
    REQUIRE(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0,
            "PTRACE_SETOPTIONS: %s", strerror(errno));
    return pid;
}

bool stepper_go(pid_t pid, enum step kind, uint64_t steps)
{
    int expected = kind == STEP_SYSCALL ? SIGTRAP | 0x80 : SIGTRAP;
    for (uint64_t i = 0; i < steps;) {
        int signal_number;
        long result = kind == STEP_SYSCALL ? ptrace(PTRACE_SYSCALL, pid, 0, 0)
                                           : ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
        REQUIRE(result == 0, "ptrace: %s", strerror(errno));
        if (!next_stop(pid, &signal_number) || signal_number == SIGSTOP)
            return false;
        REQUIRE(signal_number == expected || signal_number == SIGTRAP,
                "the child got signal %d", signal_number);
        i++;
    }
    return true;
}

void stepper_kill(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    /* It may have been waited for already, if it ended by itself. */
    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
        ;
}

static void mark_twice(void *context)
{
    (void)context;
    stepper_mark();
    stepper_mark();
}

bool stepper_works(const char **why)
{
    struct start start = {mark_twice, NULL};
    int status;
    pid_t pid = child_start(run_traced, &start);
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    if (!WIFSTOPPED(status)) {
        *why = "tracing a child is not permitted here";
        return false;
    }
    bool works = ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0;
    if (!works)
        *why = "this kernel or emulator cannot single-step";
    stepper_kill(pid);
    return works;
}
