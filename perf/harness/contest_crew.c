/* SPDX-License-Identifier: Apache-2.0 */
#include "contest_crew.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "futex.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const uint64_t begin_patience_ns =
    30 * TF_NS_PER_S; /* 62 of them map some 100 MiB each */
static const uint64_t look_every_ns = 250 * TF_NS_PER_MS;
static const uint64_t stop_patience_ns = TF_NS_PER_S;
static const uint64_t abandon_ns =
    1500 * TF_NS_PER_MS; /* a gated reader waits one second for what is missing */
static const uint64_t leave_ns = 2 * TF_NS_PER_S;

char *tf_worker_name(char *out, size_t size, uint32_t worker)
{
    if (worker == 0)
        snprintf(out, size, "the writer");
    else
        snprintf(out, size, "reader %u", worker - 1);
    return out;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

static uint64_t total_progress(const struct tf_crew *crew)
{
    uint64_t total = 0;
    for (uint32_t w = 0; w < crew->workers; w++)
        total += tf_load(&crew->duty->control->worker[w].progress);
    return total;
}

static int tell_of_death(struct tf_crew *crew, uint32_t worker)
{
    char name[16];
    int status = 0;
    const struct tf_control *control = crew->duty->control;
    const char *label = crew->order ? crew->duty->contest->entries[control->entry].label : 0;
    tf_worker_name(name, sizeof name, worker);
    if (waitpid(crew->pid[worker], &status, 0) == crew->pid[worker])
        crew->pid[worker] = 0;
    if (WIFSIGNALED(status))
        return tf_fail(TF_EINTERNAL, "%s%s%s was killed by signal %d (%s)", label ? label : "",
                       label ? ": " : "", name, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return tf_fail(TF_EINTERNAL, "%s%s%s ended by itself with status %d", label ? label : "",
                   label ? ": " : "", name, WEXITSTATUS(status));
}

/* Sleep until something happens or the time is over: 0, or TF_EINTERNAL when a worker is gone. */
static int sleep_a_while(struct tf_crew *crew, uint64_t ns)
{
    if (poll(crew->pipe, crew->workers, (int)(ns / TF_NS_PER_MS) + 1) <= 0)
        return 0;
    for (uint32_t w = 0; w < crew->workers; w++) {
        char bytes[64];
        if ((crew->pipe[w].revents & POLLIN) && read(crew->pipe[w].fd, bytes, sizeof bytes) > 0)
            continue; /* that they are all done is told by `working` */
        if (crew->pipe[w].revents & (POLLHUP | POLLIN | POLLERR))
            return tell_of_death(crew, w);
    }
    return 0;
}

static bool all_done(const struct tf_crew *crew)
{
    return tf_load32_acquire(&crew->duty->control->working) == 0;
}

static int wait_at_most(struct tf_crew *crew, uint64_t ns)
{
    uint64_t end = tf_monotonic_ns() + ns, now;
    while (!all_done(crew) && (now = tf_monotonic_ns()) < end) {
        int result = sleep_a_while(crew, end - now);
        if (result < 0)
            return result;
    }
    return 0;
}

static int give_up(struct tf_crew *crew)
{
    tf_store(&crew->duty->control->abandon, crew->order);
    int result = wait_at_most(crew, abandon_ns);
    if (result < 0)
        return result;
    return all_done(crew) ? TF_CREW_ABANDONED : TF_CREW_STUCK;
}

static int wait_for_all(struct tf_crew *crew, uint64_t expected_ns, uint64_t patience_ns)
{
    int result = wait_at_most(crew, expected_ns);
    uint64_t progress = total_progress(crew), moved_ns = tf_monotonic_ns();
    while (result == 0 && !all_done(crew)) {
        result = wait_at_most(crew, look_every_ns);
        uint64_t now = tf_monotonic_ns(), seen = total_progress(crew);
        if (seen != progress)
            moved_ns = now;
        progress = seen;
        uint64_t patience = tf_stop_requested() && patience_ns > stop_patience_ns
                                ? stop_patience_ns
                                : patience_ns;
        if (result == 0 && !all_done(crew) && now - moved_ns > patience)
            return give_up(crew);
    }
    return result;
}

int tf_crew_order(struct tf_crew *crew, enum tf_order what, uint32_t entry,
                  uint64_t expected_ns, uint64_t patience_ns)
{
    struct tf_control *control = crew->duty->control;
    control->what = what;
    control->entry = entry;
    tf_store(&control->start, 0);
    tf_store(&control->finished, 0);
    for (uint32_t w = 0; w < crew->workers; w++)
        tf_store(&control->worker[w].progress, 0);
    tf_store32(&control->working, crew->workers);
    tf_store32_release(&control->order, ++crew->order);
    tf_futex_wake(&control->order);
    return wait_for_all(crew, expected_ns, patience_ns);
}

/* ---- start and end ----------------------------------------------------------------------------- */

static int start_one(struct tf_crew *crew, uint32_t worker, pid_t parent)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return tf_fail_errno(TF_EOS, "cannot make a pipe to worker %u", worker);
    pid_t pid = fork();
    if (pid < 0) {
        int failure = tf_fail_errno(TF_EOS, "cannot fork worker %u", worker);
        close(ends[0]);
        close(ends[1]);
        return failure;
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) /* gone before it could take effect */
            _exit(1);
        close(ends[0]);
        tf_worker_main(crew->duty, worker, ends[1]);
    }
    close(ends[1]);
    crew->pid[worker] = pid;
    crew->pipe[worker] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    return 0;
}

static int start_all(struct tf_crew *crew)
{
    struct tf_control *control = crew->duty->control;
    tf_store32(&control->working, crew->workers);
    tf_store32(&control->order, 0);
    tf_store(&control->abandon, 0);
    fflush(0); /* or children would write it once more */
    for (uint32_t w = 0; w < crew->workers; w++) {
        int result = start_one(crew, w, getpid());
        if (result < 0)
            return result;
    }
    int result = wait_for_all(crew, begin_patience_ns, 0);
    for (uint32_t w = 0; w < crew->workers && result == 0; w++)
        if (control->worker[w].status < 0)
            result = tf_fail(control->worker[w].status, "%s", control->worker[w].why);
    if (result > 0)
        result = tf_fail(TF_EINTERNAL, "the processes of a contest did not start within 30 s");
    return result;
}

int tf_crew_start(struct tf_crew *crew, const struct tf_duty *duty)
{
    *crew = (struct tf_crew){.duty = duty, .workers = 1 + duty->contest->readers};
    crew->pid = calloc(crew->workers, sizeof *crew->pid);
    crew->pipe = calloc(crew->workers, sizeof *crew->pipe);
    int result = crew->pid && crew->pipe
                     ? 0
                     : tf_fail(TF_EOS, "no memory for %u workers", crew->workers);
    if (result == 0) {
        for (uint32_t w = 0; w < crew->workers; w++)
            crew->pipe[w].fd = -1;
        result = start_all(crew);
    }
    if (result < 0)
        tf_crew_end(crew);
    return result;
}

static bool gone(struct tf_crew *crew, uint32_t worker)
{
    if (crew->pid[worker] && waitpid(crew->pid[worker], 0, WNOHANG) != 0)
        crew->pid[worker] = 0;
    return crew->pid[worker] == 0;
}

static bool all_gone(struct tf_crew *crew)
{
    bool all = true;
    for (uint32_t w = 0; w < crew->workers; w++)
        all &= gone(crew, w);
    return all;
}

void tf_crew_end(struct tf_crew *crew)
{
    if (crew->pid && crew->pipe) {
        struct tf_control *control = crew->duty->control;
        control->what = TF_ORDER_LEAVE;
        tf_store(&control->abandon, crew->order);
        tf_store32_release(&control->order, ++crew->order);
        tf_futex_wake(&control->order);
        uint64_t end = tf_monotonic_ns() + leave_ns;
        while (!all_gone(crew) && tf_monotonic_ns() < end)
            tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS);
        for (uint32_t w = 0; w < crew->workers; w++) {
            if (crew->pid[w]) {
                kill(crew->pid[w], SIGKILL);
                waitpid(crew->pid[w], 0, 0);
            }
            if (crew->pipe[w].fd >= 0)
                close(crew->pipe[w].fd);
        }
    }
    free(crew->pid);
    free(crew->pipe);
    *crew = (struct tf_crew){0};
}
