/* SPDX-License-Identifier: Apache-2.0 */
#include "bystanders.h"

#include "clock.h"
#include "error.h"
#include "futex.h"
#include "order.h"
#include "transport.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

const char *const tf_bystander_names[TF_BYSTANDER_KINDS] = {
    "undisturbed", "readers stopped", "readers killed", "readers slow", "readers come and go"};

enum { BATCH = 64, DIRECTORY_MAX = 256, STREAM_MAX = 64 };
static const uint64_t kill_every_ns = 100 * TF_NS_PER_MS;
static const uint64_t slow_sleep_ns = 10 * TF_NS_PER_MS;
static const uint64_t run_before_stop_ns = 5 * TF_NS_PER_MS;
/* On a CPU that is measured: long enough to leave most of it alone, short enough to keep up. */
static const uint64_t sparing_sleep_ns = 2 * TF_NS_PER_MS;
/* The manager is not woken for the end of a block: the writer would pay for it in its last message. */
static const uint64_t look_at_state_ns = 5 * TF_NS_PER_MS;

/* Odd while they are on; counts, so that the manager does not take a second time on for the first. */
static const uint32_t quit = UINT32_MAX;

/* One bystander's own line, and the numbers it leaves when it is killed. */
struct life {
    alignas(64) tf_word attached;
    tf_word failed, ticks, overruns;
};

struct tf_bystanders {
    alignas(64) tf_word32 state; /* the manager sleeps on it */
    alignas(64) tf_word32
        active; /* the bystanders do: waking them is the manager's work, not the writer's */
    alignas(64) tf_word stopped, killed, switched_on;
    struct life life[TF_BYSTANDERS_MAX];

    enum tf_bystander_kind kind;
    uint32_t count;
    char directory[DIRECTORY_MAX], stream[STREAM_MAX];
    int cpu[TF_BYSTANDERS_MAX]; /* -1: anywhere */
    bool sparing;
    pid_t manager;
    pid_t child[TF_BYSTANDERS_MAX]; /* the manager's */
};

static void add(tf_word *word, uint64_t value)
{
    tf_store(word, tf_load(word) + value);
}

static void sleep_ns(uint64_t ns)
{
    tf_sleep_until(tf_monotonic_ns() + ns);
}

/* False: the parent is gone already. */
static bool die_with(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

/* Negative: on every CPU that this process may use, whatever its parent was pinned to. */
static void run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu >= 0)
        CPU_SET((size_t)cpu, &set);
    else
        memset(&set, 0xff, sizeof set);
    sched_setaffinity(0, sizeof set, &set); /* refused: then where it is */
}

/* ---- a bystander ------------------------------------------------------------------------ */

static bool is_active(const struct tf_bystanders *all)
{
    return tf_load32_acquire(&all->active) != 0;
}

static tf_reader *attach(const struct tf_bystanders *all, struct life *life)
{
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    options.reader_name = "bystander";
    tf_reader *reader = NULL;
    bool good = tf_attach(all->stream, &options, &reader) == 0;
    add(good ? &life->attached : &life->failed, 1);
    return good ? reader : NULL;
}

/* At most one batch.  True when there was something. */
static bool read_some(tf_reader *reader, struct life *life)
{
    struct tf_tick ticks[BATCH];
    int got = tf_read(reader, ticks, BATCH);
    if (got > 0)
        add(&life->ticks, (uint64_t)got);
    else if (got == TF_OVERRUN)
        add(&life->overruns, 1);
    return got != 0;
}

/* Between two looks at the ring, by the manners of the kind. */
static void rest(const struct tf_bystanders *all, tf_reader *reader, bool had_some)
{
    if (all->kind == TF_BYSTANDERS_SLOW)
        sleep_ns(slow_sleep_ns);
    else if (had_some)
        return;
    else if (all->sparing)
        sleep_ns(sparing_sleep_ns);
    else
        tf_wait(reader, (int64_t)TF_NS_PER_MS);
}

static void live_through_on(const struct tf_bystanders *all, struct life *life,
                            tf_reader **reader)
{
    while (is_active(all)) {
        if (!*reader && !(*reader = attach(all, life))) {
            sleep_ns(sparing_sleep_ns);
            continue;
        }
        rest(all, *reader, read_some(*reader, life));
        if (all->kind == TF_BYSTANDERS_RESTLESS) {
            read_some(*reader,
                      life); /* what came while it rested: it began at the newest tick */
            tf_detach(*reader);
            *reader = NULL;
        }
    }
}

static _Noreturn void bystander_main(struct tf_bystanders *all, uint32_t index, pid_t manager)
{
    tf_reader *reader = NULL;
    if (!die_with(manager))
        _exit(0);
    run_on(all->cpu[index]);
    for (;;) {
        live_through_on(all, &all->life[index], &reader);
        tf_futex_wait(&all->active, 0, TF_NS_PER_S);
    }
}

/* ---- their manager ---------------------------------------------------------------------- */

static void bear(struct tf_bystanders *all, uint32_t index)
{
    pid_t manager = getpid(), child = fork();
    if (child == 0)
        bystander_main(all, index, manager);
    all->child[index] = child;
    if (child < 0)
        add(&all->life[index].failed, 1);
}

static void signal_all(struct tf_bystanders *all, int number)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->child[i] > 0)
            kill(all->child[i], number);
}

static void bury_all(struct tf_bystanders *all)
{
    signal_all(all, SIGKILL);
    for (uint32_t i = 0; i < all->count; i++) {
        while (all->child[i] > 0 && waitpid(all->child[i], NULL, 0) < 0 && errno == EINTR)
            ;
        all->child[i] = 0;
    }
}

static void bear_missing(struct tf_bystanders *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->child[i] <= 0)
            bear(all, i);
}

/* Until they are switched off, at most `ns`.  False: they are. */
static bool on_for(const struct tf_bystanders *all, uint32_t state, uint64_t ns)
{
    uint64_t until = tf_monotonic_ns() + ns;
    for (uint64_t now;
         tf_load32_acquire(&all->state) == state && (now = tf_monotonic_ns()) < until;)
        sleep_ns(until - now < look_at_state_ns ? until - now : look_at_state_ns);
    return tf_load32_acquire(&all->state) == state;
}

static bool all_attached(const struct tf_bystanders *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (tf_load(&all->life[i].attached) == 0)
            return false;
    return true;
}

/* Stopped before it is attached, a reader would prove nothing. */
static void stop_in_the_middle(struct tf_bystanders *all, uint32_t state)
{
    signal_all(all, SIGCONT);
    bool on = on_for(all, state, run_before_stop_ns);
    while (on && !all_attached(all))
        on = on_for(all, state, TF_NS_PER_MS);
    signal_all(all, SIGSTOP);
    if (on)
        add(&all->stopped, all->count);
}

static void manage_on(struct tf_bystanders *all, uint32_t state)
{
    add(&all->switched_on, 1);
    bear_missing(all);
    tf_futex_wake(&all->active);
    if (all->kind == TF_BYSTANDERS_STOPPED)
        stop_in_the_middle(all, state);
    while (on_for(all, state, all->kind == TF_BYSTANDERS_KILLED ? kill_every_ns : TF_NS_PER_S))
        if (all->kind == TF_BYSTANDERS_KILLED) {
            bury_all(all);
            add(&all->killed, all->count);
            bear_missing(all);
        }
}

static _Noreturn void manager_main(struct tf_bystanders *all, pid_t parent)
{
    if (!die_with(parent))
        _exit(0);
    setenv("TICKFAN_DIR", all->directory, 1);
    run_on(all->cpu[0]);
    for (uint32_t state; (state = tf_load32_acquire(&all->state)) != quit;) {
        if (state & 1)
            manage_on(all, state);
        else
            tf_futex_wait(&all->state, state, TF_NS_PER_S);
    }
    bury_all(all);
    _exit(0);
}

/* ---- the measuring side ----------------------------------------------------------------- */

static bool fill(struct tf_bystanders *all, const struct tf_bystanders_options *options)
{
    all->kind = options->kind;
    all->count = options->kind == TF_BYSTANDERS_NONE ? 0 : options->count;
    all->sparing = options->sparing;
    for (uint32_t i = 0; i < TF_BYSTANDERS_MAX; i++)
        all->cpu[i] = options->cpus > 0 ? options->cpu[(int)i % options->cpus] : -1;
    return all->count <= TF_BYSTANDERS_MAX &&
           snprintf(all->directory, DIRECTORY_MAX, "%s", options->directory) < DIRECTORY_MAX &&
           snprintf(all->stream, STREAM_MAX, "%s", options->stream) < STREAM_MAX;
}

struct tf_bystanders *tf_bystanders_start(const struct tf_bystanders_options *options)
{
    struct tf_bystanders *all = tf_shared_alloc(sizeof *all);
    if (!all) {
        tf_fail(TF_EOS, "no memory for %zu bytes shared with bystanders", sizeof *all);
        return NULL;
    }
    if (!fill(all, options)) {
        tf_fail(TF_EUSAGE, "bystanders: at most %d, of a stream with shorter names",
                TF_BYSTANDERS_MAX);
        tf_shared_free(all, sizeof *all);
        return NULL;
    }
    if (all->count == 0)
        return all;
    pid_t self = getpid(), manager = fork();
    if (manager == 0)
        manager_main(all, self);
    if (manager < 0) {
        tf_fail_errno(TF_EOS, "cannot fork the bystanders' manager");
        tf_shared_free(all, sizeof *all);
        return NULL;
    }
    all->manager = manager; /* not by the child, whose memory this is too */
    return all;
}

void tf_bystanders_switch(struct tf_bystanders *bystanders, bool on)
{
    uint32_t state = tf_load32(&bystanders->state);
    if (bystanders->count == 0 || (state & 1) == on)
        return;
    tf_store32_release(&bystanders->active, on);
    tf_store32_release(&bystanders->state, state + 1);
    if (on)
        tf_futex_wake(&bystanders->state);
}

void tf_bystanders_seen(const struct tf_bystanders *bystanders, struct tf_bystanders_seen *seen)
{
    *seen = (struct tf_bystanders_seen){.stopped = tf_load(&bystanders->stopped),
                                        .killed = tf_load(&bystanders->killed),
                                        .switched_on = tf_load(&bystanders->switched_on)};
    for (uint32_t i = 0; i < bystanders->count; i++) {
        const struct life *life = &bystanders->life[i];
        seen->attached += tf_load(&life->attached);
        seen->failed += tf_load(&life->failed);
        seen->ticks += tf_load(&life->ticks);
        seen->overruns += tf_load(&life->overruns);
    }
}

void tf_bystanders_stop(struct tf_bystanders *bystanders)
{
    if (!bystanders)
        return;
    if (bystanders->manager > 0) {
        tf_store32_release(&bystanders->active, 0);
        tf_store32_release(&bystanders->state, quit);
        tf_futex_wake(&bystanders->state);
        uint64_t until = tf_monotonic_ns() + 2 * TF_NS_PER_S;
        while (waitpid(bystanders->manager, NULL, WNOHANG) == 0) {
            if (tf_monotonic_ns() > until)
                kill(bystanders->manager,
                     SIGKILL); /* and those it bore, by their wish to die with it */
            sleep_ns(TF_NS_PER_MS);
        }
    }
    tf_shared_free(bystanders, sizeof *bystanders);
}
