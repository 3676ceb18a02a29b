/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"

#include "clock.h"
#include "order.h"
#include "own_world.h"
#include "tickfan.h"

#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A worker that is stuck ends by its alarm, the coordinator by its own, later. */
enum { WORKER_SECONDS = 15, COORDINATOR_SECONDS = 30 };
static const uint64_t quiet_ns = TF_NS_PER_S, open_ns = 12 * TF_NS_PER_S;

/* What the processes of one delivery share. */
struct stage {
    struct delivery_report report;
    tf_word opened;   /* workers that have */
    tf_word go, sent; /* 1 when so */
    tf_word received; /* by the first reader, as it goes */
    tf_word finished; /* readers that are done */
    alignas(64) char problem[DELIVERY_READERS_MAX + 1][512];
};

static uint64_t pattern(uint64_t number)
{
    return number * UINT64_C(0x9e3779b97f4a7c15);
}

/* The words after the message's own carry a pattern, so that a large one torn anywhere shows. */
static void fill(unsigned char *at, size_t size, uint64_t number)
{
    struct tf_message message = {
        .due = 3 * number, .sent = 5 * number, .number = number, .transport_1 = ~number};
    tf_message_seal(&message);
    memcpy(at, &message, sizeof message);
    uint64_t word = pattern(number);
    for (size_t i = sizeof message; i < size; i += sizeof word)
        memcpy(at + i, &word, sizeof word);
}

static bool whole(const unsigned char *at, size_t size, uint64_t number)
{
    struct tf_message message;
    memcpy(&message, at, sizeof message);
    bool good =
        tf_message_whole(&message) && message.due == 3 * number && message.sent == 5 * number;
    for (size_t i = sizeof message; i < size && good; i += sizeof number) {
        uint64_t word;
        memcpy(&word, at + i, sizeof word);
        good = word == pattern(number);
    }
    return good;
}

/* Until it is `value` or more. */
static bool wait_for(tf_word *word, uint64_t value, uint64_t ns)
{
    uint64_t until = tf_monotonic_ns() + ns;
    while (tf_load_acquire(word) < value) {
        if (tf_monotonic_ns() > until)
            return false;
        usleep(200);
    }
    return true;
}

static void count_one(tf_word *word)
{
    uint64_t before;
    do
        before = tf_load(word);
    while (!tf_claim(word, before, before + 1));
}

static _Noreturn void write_all(const struct delivery *delivery, struct tf_channel *channel,
                                struct stage *stage)
{
    static alignas(4096) unsigned char messages[DELIVERY_BATCH_MAX * DELIVERY_SIZE_MAX];
    const struct tf_transport *transport = delivery->transport;
    if (tf_transport_open_writer(transport, channel) < 0) {
        snprintf(stage->problem[0], sizeof stage->problem[0], "open_writer: %s", tf_errmsg());
        _exit(1);
    }
    count_one(&stage->opened);
    if (!wait_for(&stage->go, 1, open_ns))
        _exit(2);
    for (uint64_t number = 1; number <= delivery->messages;) {
        uint32_t count = 0;
        for (; count < delivery->batch && number <= delivery->messages; count++)
            fill(messages + count * delivery->message_size, delivery->message_size, number++);
        transport->send(channel, messages, count);
    }
    tf_store_release(&stage->sent, 1);
    /* A library may still have messages to pass on; readers that are gone finish never. */
    if (!delivery->abandon)
        wait_for(&stage->finished, delivery->readers, open_ns);
    if (transport->close)
        transport->close(channel);
    _exit(0);
}

static void look_at(const struct delivery *delivery, struct delivery_reader *seen,
                    const unsigned char *at)
{
    struct tf_message message;
    memcpy(&message, at, sizeof message);
    seen->received++;
    seen->first = seen->first ? seen->first : message.number;
    seen->disordered += message.number <= seen->last;
    seen->torn += !whole(at, delivery->message_size, message.number);
    seen->last = message.number;
}

static _Noreturn void read_all(const struct delivery *delivery, struct tf_channel *channel,
                               struct stage *stage, uint32_t reader)
{
    static alignas(4096) unsigned char out[DELIVERY_BATCH_MAX * DELIVERY_SIZE_MAX];
    const struct tf_transport *transport = delivery->transport;
    struct delivery_reader *seen = &stage->report.reader[reader];
    if (tf_transport_open_reader(transport, channel, reader) < 0) {
        snprintf(stage->problem[reader + 1], sizeof stage->problem[0], "open_reader: %s",
                 tf_errmsg());
        _exit(1);
    }
    count_one(&stage->opened);
    if (delivery->abandon)
        _exit(0);
    if (delivery->late && !wait_for(&stage->sent, 1, open_ns))
        _exit(2);
    uint64_t quiet_since = 0;
    while (seen->last < delivery->messages) {
        uint64_t lost = seen->lost;
        bool all_sent = tf_load_acquire(&stage->sent);
        uint32_t count = transport->receive(channel, out, delivery->batch, &seen->lost);
        for (uint32_t i = 0; i < count; i++)
            look_at(delivery, seen, out + i * delivery->message_size);
        if (reader == 0)
            tf_store_release(&stage->received, seen->received);
        if (count > 0 || seen->lost > lost || !all_sent) {
            quiet_since = 0;
            if (count == 0)
                sched_yield();
            continue;
        }
        uint64_t now = tf_monotonic_ns();
        quiet_since = quiet_since ? quiet_since : now;
        if (now - quiet_since > quiet_ns)
            break;
    }
    count_one(&stage->finished);
    if (transport->close)
        transport->close(channel);
    _exit(0);
}

/* Worker 0 writes, the others read. */
static pid_t start(const struct delivery *delivery, struct tf_channel *channel,
                   struct stage *stage, uint32_t worker)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(WORKER_SECONDS);
    if (worker == 0)
        write_all(delivery, channel, stage);
    read_all(delivery, channel, stage, worker - 1);
}

static void conclude(struct stage *stage, uint32_t worker, int status, bool killed)
{
    char *problem = stage->report.problem;
    if (problem[0] || killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return;
    const char *who = worker == 0 ? "the writer" : "a reader";
    if (stage->problem[worker][0])
        snprintf(problem, sizeof stage->report.problem, "%s", stage->problem[worker]);
    else if (WIFSIGNALED(status))
        snprintf(problem, sizeof stage->report.problem, "%s ended by signal %d%s", who,
                 WTERMSIG(status), WTERMSIG(status) == SIGALRM ? ": it was stuck" : "");
    else
        snprintf(problem, sizeof stage->report.problem, "%s waited in vain for the others",
                 who);
}

static void run_workers(const struct delivery *delivery, struct tf_channel *channel,
                        struct stage *stage)
{
    pid_t worker[DELIVERY_READERS_MAX + 1];
    uint32_t count = delivery->readers + 1;
    for (uint32_t i = 0; i < count; i++)
        worker[i] = start(delivery, channel, stage, i);
    if (wait_for(&stage->opened, count, open_ns))
        tf_store_release(&stage->go, 1);
    if (delivery->kill_reader) {
        wait_for(&stage->received, delivery->messages / 4, open_ns);
        kill(worker[1], SIGKILL);
        usleep(30000);
        kill(worker[0], SIGKILL);
    }
    for (uint32_t i = 0; i < count; i++) {
        int status = 0;
        waitpid(worker[i], &status, 0);
        conclude(stage, i, status, delivery->kill_reader);
    }
}

static _Noreturn void coordinate(const struct delivery *delivery, struct stage *stage)
{
    struct delivery_report *report = &stage->report;
    struct tf_channel_options options = {.readers = delivery->readers,
                                         .message_size = delivery->message_size,
                                         .capacity = delivery->capacity};
    alarm(COORDINATOR_SECONDS);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    report->isolated = tf_own_world_enter();
    struct tf_channel *channel = delivery->transport->create(&options);
    if (channel) {
        run_workers(delivery, channel, stage);
        delivery->transport->destroy(channel);
    } else {
        snprintf(report->problem, sizeof report->problem, "create: %s", tf_errmsg());
    }
    if (report->isolated)
        tf_own_world_leftovers(report->leftovers, sizeof report->leftovers);
    _exit(0);
}

void tf_deliver(const struct delivery *delivery, struct delivery_report *report)
{
    struct stage *stage =
        mmap(NULL, sizeof *stage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        coordinate(delivery, stage);
    waitpid(pid, &status, 0);
    *report = stage->report;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        snprintf(report->problem, sizeof report->problem, "the coordinator ended by signal %d",
                 WTERMSIG(status));
    munmap(stage, sizeof *stage);
}
