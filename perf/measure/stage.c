/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include "clock.h"
#include "error.h"
#include "futex.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the directory ------------------------------------------------------------------------------ */

int tf_stage_open(struct tf_stage *stage)
{
    *stage = (struct tf_stage){0};
    int error = tf_scratch_make(&stage->scratch);
    if (error)
        return error;
    stage->directory = stage->scratch.path;
    const char *before = getenv("TICKFAN_DIR");
    stage->before = before ? strdup(before) : NULL;
    setenv("TICKFAN_DIR", stage->directory, 1);
    return 0;
}

void tf_stage_close(struct tf_stage *stage)
{
    if (!stage->directory)
        return;
    tf_scratch_remove(&stage->scratch);
    if (stage->before)
        setenv("TICKFAN_DIR", stage->before, 1);
    else
        unsetenv("TICKFAN_DIR");
    free(stage->before);
    stage->directory = NULL;
}

/* ---- CPUs --------------------------------------------------------------------------------------- */

static cpu_set_t allowed_at_first;
static bool allowed_known;

static void remember_allowed(void)
{
    if (!allowed_known)
        allowed_known = sched_getaffinity(0, sizeof allowed_at_first, &allowed_at_first) == 0;
}

bool tf_pin(int cpu)
{
    remember_allowed();
    if (cpu < 0)
        return true;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return cpu < CPU_SETSIZE && sched_setaffinity(0, sizeof set, &set) == 0;
}

void tf_keep_off(int cpu)
{
    remember_allowed();
    cpu_set_t set = allowed_at_first;
    if (cpu >= 0 && cpu < CPU_SETSIZE)
        CPU_CLR((size_t)cpu, &set);
    if (CPU_COUNT(&set) > 0)
        sched_setaffinity(0, sizeof set, &set);
}

void tf_unpin(void)
{
    if (allowed_known)
        sched_setaffinity(0, sizeof allowed_at_first, &allowed_at_first);
}

/* ---- actors ------------------------------------------------------------------------------------- */

static const uint64_t patience_ns = 20 * TF_NS_PER_S;

struct tf_actor_board {
    tf_word32 order; /* counts up with every request */
    tf_word32 ready; /* the order that is done or under way */
    uint32_t what;
    uint32_t taken; /* the actor's own: the order it works on */
    int result;
    char message[256];
};

static void answer(struct tf_actor_board *board, int result)
{
    board->result = result;
    if (result < 0)
        snprintf(board->message, sizeof board->message, "%s", tf_errmsg());
    tf_store32_release(&board->ready, board->taken);
    tf_futex_wake(&board->ready);
}

void tf_actor_ready(struct tf_actor_board *board)
{
    answer(board, 0);
}

bool tf_actor_relieved(const struct tf_actor_board *board)
{
    return tf_load32(&board->order) != board->taken;
}

_Noreturn static void actor_main(struct tf_actor_board *board, tf_act *act, void *context)
{
    for (;;) {
        uint32_t order = tf_load32_acquire(&board->order);
        if (order == board->taken) {
            tf_futex_wait(&board->order, order, TF_NS_PER_S);
            continue;
        }
        board->taken = order;
        int result = act(context, board->what, board);
        if (tf_load32(&board->ready) != board->taken)
            answer(board, result);
    }
}

int tf_actor_start(struct tf_actor *actor, tf_act *act, void *context, int cpu)
{
    actor->pid = 0;
    void *memory = mmap(NULL, sizeof *actor->board, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return tf_fail_errno(TF_EOS, "no memory to share with a process");
    actor->board = memory;
    pid_t parent = getpid();
    fflush(NULL);
    actor->pid = fork();
    if (actor->pid < 0) {
        actor->pid = 0;
        munmap(memory, sizeof *actor->board);
        return tf_fail_errno(TF_EOS, "cannot start a process");
    }
    if (actor->pid > 0)
        return 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGINT, SIG_IGN); /* the coordinator's to handle: it ends us */
    tf_unpin();
    tf_pin(cpu);
    actor_main(actor->board, act, context);
}

static bool is_gone(const struct tf_actor *actor)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)actor->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
}

int tf_actor_ask(struct tf_actor *actor, uint32_t what)
{
    struct tf_actor_board *board = actor->board;
    board->what = what;
    uint32_t order = tf_load32(&board->order) + 1;
    tf_store32_release(&board->order, order);
    tf_futex_wake(&board->order);
    uint64_t deadline = tf_monotonic_ns() + patience_ns;
    for (uint32_t ready; (ready = tf_load32_acquire(&board->ready)) != order;) {
        if (is_gone(actor))
            return tf_fail(TF_EINTERNAL, "a process of the measurement died");
        if (tf_monotonic_ns() > deadline)
            return tf_fail(TF_EINTERNAL, "a process of the measurement did not answer in 20 s");
        tf_futex_wait(&board->ready, ready, 20 * TF_NS_PER_MS);
    }
    return board->result < 0 ? tf_fail(board->result, "%s", board->message) : board->result;
}

void tf_actor_stop(struct tf_actor *actor)
{
    siginfo_t info;
    kill(actor->pid, SIGSTOP);
    waitid(P_PID, (id_t)actor->pid, &info, WSTOPPED | WEXITED | WNOWAIT);
}

void tf_actor_go_on(struct tf_actor *actor)
{
    kill(actor->pid, SIGCONT);
}

void tf_actor_end(struct tf_actor *actor)
{
    if (actor->pid <= 0)
        return;
    kill(actor->pid, SIGKILL);
    waitpid(actor->pid, NULL, 0);
    munmap(actor->board, sizeof *actor->board);
    actor->pid = 0;
}
