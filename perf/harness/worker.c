/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "clock.h"
#include "error.h"
#include "futex.h"
#include "shared.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const double away_ns = 20000;
/* A lap of the default ring and a bit; slow transports are cut short by the clock of floods. */
static const uint64_t warm_up_messages = 65536 + 4096;
static const uint64_t slow_warm_up_messages = 2000;

struct tf_workload tf_warm_up_load(const struct tf_entry *entry)
{
    bool slow = entry->transport->traits & TF_TRAIT_SLEEPS;
    uint64_t lap = entry->channel.capacity ? entry->channel.capacity + 4096u : warm_up_messages;
    return (struct tf_workload){.profile = TF_PROFILE_FLOOD,
                                .batch = entry->load.batch,
                                .messages = slow ? slow_warm_up_messages : lap};
}

/* ---- one worker's life ------------------------------------------------------------------------- */

struct worker {
    const struct tf_duty *duty;
    struct tf_worker *self;
    uint32_t worker;
    bool yields;
    char *messages;
    struct tf_stall_clock *stall_clock; /* per entry */
    bool *opened;
};

static int cpu_of(const struct tf_contest *contest, uint32_t worker)
{
    return worker == 0 ? contest->writer_cpu : contest->reader_cpu[worker - 1];
}

static bool shares_cpu(const struct tf_contest *contest, uint32_t worker)
{
    for (uint32_t other = 0; other <= contest->readers; other++)
        if (other != worker && cpu_of(contest, other) == cpu_of(contest, worker))
            return true;
    return false;
}

static int pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        return tf_fail_errno(TF_EBUSY, "CPU %d cannot be had; choose others with --cpus", cpu);
    return 0;
}

/* What belongs to this worker alone is touched first by it, so that it lies on its node. */
static void touch_own_arrays(const struct worker *me)
{
    const struct tf_duty *duty = me->duty;
    uint64_t longest = 0;
    for (uint32_t e = 0; e < duty->contest->entry_count; e++)
        if (duty->contest->entries[e].load.profile != TF_PROFILE_FLOOD &&
            duty->contest->entries[e].load.messages > longest)
            longest = duty->contest->entries[e].load.messages;
    if (me->worker == 0) {
        memset(duty->sent, 0, longest * sizeof *duty->sent);
        memset(duty->spent, 0, longest * sizeof *duty->spent);
    } else {
        memset(duty->seen[me->worker - 1], 0, longest * sizeof(uint64_t));
        memset(duty->marks[me->worker - 1], 0, TF_MARKS_MAX * sizeof(struct tf_mark));
    }
}

static int begin(struct worker *me)
{
    const struct tf_contest *contest = me->duty->contest;
    size_t messages = TF_FLOOD_POOL + TF_MESSAGES_PER_CALL;
    int result = pin(cpu_of(contest, me->worker));
    if (result < 0)
        return result;
    me->messages =
        aligned_alloc(4096, (messages * me->duty->message_size_max + 4095) & ~(size_t)4095);
    me->stall_clock = calloc(contest->entry_count, sizeof *me->stall_clock);
    me->opened = calloc(contest->entry_count, sizeof *me->opened);
    if (!me->messages || !me->stall_clock || !me->opened)
        return tf_fail(TF_EOS, "no memory for a worker's messages");
    memset(me->messages, 0, messages * me->duty->message_size_max);
    me->yields = shares_cpu(contest, me->worker);
    touch_own_arrays(me);
    tf_shared_fault_in();
    return 0;
}

static int open_channel(struct worker *me, uint32_t entry)
{
    const struct tf_transport *transport = me->duty->contest->entries[entry].transport;
    struct tf_channel *channel = me->duty->channel[entry];
    int result = me->worker == 0 ? tf_transport_open_writer(transport, channel)
                                 : tf_transport_open_reader(transport, channel, me->worker - 1);
    me->opened[entry] = result >= 0;
    return result;
}

static _Noreturn void leave(struct worker *me)
{
    for (uint32_t e = 0; me->opened && e < me->duty->contest->entry_count; e++)
        if (me->opened[e] && me->duty->contest->entries[e].transport->close)
            me->duty->contest->entries[e].transport->close(me->duty->channel[e]);
    _exit(0);
}

static uint64_t involuntary_switches(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? (uint64_t)usage.ru_nivcsw : 0;
}

static int run_block(struct worker *me, uint32_t entry, uint32_t number)
{
    struct tf_worker *self = me->self;
    const struct tf_entry *of = &me->duty->contest->entries[entry];
    struct tf_shift shift = {
        .duty = me->duty,
        .self = self,
        .entry = of,
        .load = me->duty->control->warm_up ? tf_warm_up_load(of) : of->load,
        .channel = me->duty->channel[entry],
        .messages = me->messages,
        .message_size = of->channel.message_size ? of->channel.message_size : 64,
        .number = number,
        .worker = me->worker,
        .yields = me->yields,
        .away_ticks = (uint64_t)(away_ns * me->duty->ticks_per_ns),
        .stall_clock = &me->stall_clock[entry],
    };
    self->moved = self->torn = self->repeated = self->away = 0;
    self->first = self->last = self->marks = 0;
    self->gave_up = false;
    uint64_t switches = involuntary_switches();
    if (me->worker == 0)
        tf_write_block(&shift);
    else
        tf_read_block(&shift);
    self->away += involuntary_switches() - switches;
    return 0;
}

/* ---- orders ------------------------------------------------------------------------------------ */

/* Asleep until there is a new one; the coordinator may take seconds to evaluate. */
static uint32_t next_order(const struct tf_control *control, uint32_t done)
{
    uint32_t order;
    while ((order = tf_load32_acquire(&control->order)) == done)
        tf_futex_wait(&control->order, done, TF_NS_PER_S);
    return order;
}

static void report(struct worker *me, uint32_t order, int status, int done_fd)
{
    me->self->status = status;
    if (status < 0)
        snprintf(me->self->why, sizeof me->self->why, "%s", tf_errmsg());
    tf_store32_release(&me->self->done, order);
    if (tf_add32_full(&me->duty->control->working, UINT32_MAX) == 1) {
        char byte = 0;
        while (write(done_fd, &byte, 1) < 0 && errno == EINTR)
            ;
    }
}

static int obey(struct worker *me, uint32_t number)
{
    const struct tf_control *control = me->duty->control;
    switch ((enum tf_order)control->what) {
    case TF_ORDER_OPEN:
        return open_channel(me, control->entry);
    case TF_ORDER_RUN:
        return run_block(me, control->entry, number);
    case TF_ORDER_LEAVE:
        leave(me);
    }
    return 0;
}

/* The coordinator decides when a contest ends: a signal to the whole group must not end the workers before. */
static void ignore_signals(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

_Noreturn void tf_worker_main(const struct tf_duty *duty, uint32_t worker, int done_fd)
{
    struct worker me = {.duty = duty, .self = &duty->control->worker[worker], .worker = worker};
    ignore_signals();
    int status = begin(&me);
    report(&me, 0, status, done_fd);
    for (uint32_t done = 0;;) {
        done = next_order(duty->control, done);
        report(&me, done, obey(&me, done), done_fd);
    }
}
