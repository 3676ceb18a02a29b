/* SPDX-License-Identifier: Apache-2.0 */
#include "contest_fixture.h"

#include "error.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 1024, READERS = 8 };

struct ring {
    tf_word head; /* messages in it so far */
    tf_word cursor[READERS];
    struct tf_message slot[SLOTS];
};

struct tf_channel {
    struct ring *ring;
    uint32_t index, readers, reader;
    uint64_t sent, received; /* this process's own */
    bool faulty;
};

struct faults faults;
struct run_log *run_log;
static uint32_t channels;

const struct tf_workload brief = {
    .profile = TF_PROFILE_CONSTANT, .rate = 100e3, .batch = 1, .messages = 1000};

void fixture_reset(void)
{
    faults = (struct faults){0};
    channels = 0;
    run_log = tf_shared_alloc(sizeof *run_log);
    cr_assert_not_null(run_log);
}

/* ---- the transport ----------------------------------------------------------------------------- */

static struct tf_channel *make(const struct tf_channel_options *options, bool is_faulty)
{
    struct tf_channel *channel = calloc(1, sizeof *channel);
    cr_assert(channel && options->readers <= READERS);
    *channel = (struct tf_channel){.ring = tf_shared_alloc(sizeof *channel->ring),
                                   .index = channels++,
                                   .readers = options->readers,
                                   .faulty = is_faulty};
    return channel;
}

static struct tf_channel *good_create(const struct tf_channel_options *options)
{
    return make(options, false);
}

static struct tf_channel *faulty_create(const struct tf_channel_options *options)
{
    if (faults.create_fails) {
        tf_fail(TF_ECREATE, "the ring is out of order");
        return 0;
    }
    return make(options, true);
}

static void destroy(struct tf_channel *channel)
{
    tf_shared_free(channel->ring, sizeof *channel->ring);
    free(channel);
}

static int open_writer(struct tf_channel *channel)
{
    if (channel->faulty && faults.open_fails)
        return tf_fail(TF_EOS, "no writer today");
    return 0;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    channel->reader = reader;
    return 0;
}

static void wait_for_room(const struct ring *ring, uint32_t readers)
{
    for (uint32_t r = 0; r < readers; r++)
        while (tf_load(&ring->head) - tf_load_acquire(&ring->cursor[r]) >= SLOTS)
            sched_yield();
}

static void put(struct tf_channel *channel, const struct tf_message *message)
{
    struct ring *ring = channel->ring;
    wait_for_room(ring, channel->readers);
    uint64_t head = tf_load(&ring->head);
    ring->slot[head % SLOTS] = *message;
    tf_store_release(&ring->head, head + 1);
}

static bool now(uint64_t every, uint64_t count)
{
    return every && count % every == 0;
}

static void send_one(struct tf_channel *channel, const struct tf_message *message)
{
    channel->sent++;
    if (message->number == 1)
        run_log->channel[tf_load(&run_log->count) % 4096] = channel->index;
    if (message->number == 1)
        tf_store(&run_log->count, tf_load(&run_log->count) + 1);
    if (!channel->faulty) {
        put(channel, message);
        return;
    }
    if (faults.writer_dies_at == channel->sent)
        _exit(3);
    if (faults.sinks || now(faults.loses_every, channel->sent))
        return;
    struct tf_message copy = *message;
    if (now(faults.tears_every, channel->sent))
        copy.check[1]++;
    put(channel, &copy);
    if (now(faults.repeats_every, channel->sent))
        put(channel, &copy);
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        send_one(channel, (const struct tf_message *)messages + i);
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    struct ring *ring = channel->ring;
    uint64_t head = tf_load_acquire(&ring->head);
    uint32_t got = 0;
    (void)lost;
    if (channel->faulty && faults.blocks)
        return 0;
    for (; got < max && channel->received < head; got++) {
        memcpy((char *)out + got * sizeof(struct tf_message),
               &ring->slot[channel->received++ % SLOTS], sizeof(struct tf_message));
        if (channel->faulty && faults.dozes && ((struct tf_message *)out + got)->number == 500)
            usleep(1000);
        if (channel->faulty && faults.reader_dies_at == channel->received)
            raise(SIGKILL);
    }
    tf_store_release(&ring->cursor[channel->reader], channel->received);
    return got;
}

#define FIXTURE_TRANSPORT(its_name, its_traits, its_create)                                    \
    {                                                                                          \
        .name = its_name, .what = "of the tests", .origin = "tests", .traits = its_traits,     \
        .readers_max = READERS, .create = its_create, .destroy = destroy,                      \
        .open_writer = open_writer, .open_reader = open_reader, .send = send,                  \
        .receive = receive                                                                     \
    }
const struct tf_transport good = FIXTURE_TRANSPORT("good", TF_TRAIT_BROADCAST, good_create);
const struct tf_transport faulty =
    FIXTURE_TRANSPORT("faulty", TF_TRAIT_BROADCAST, faulty_create);
const struct tf_transport faulty_lossy =
    FIXTURE_TRANSPORT("faulty", TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY, faulty_create);

/* ---- running ----------------------------------------------------------------------------------- */

void fixture_cpus(int *writer, int *reader)
{
    cpu_set_t set;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    *writer = *reader = -1;
    for (int cpu = 0; cpu < CPU_SETSIZE && *reader < 0; cpu++) {
        if (!CPU_ISSET((size_t)cpu, &set))
            continue;
        *(*writer < 0 ? writer : reader) = cpu;
    }
    if (*reader < 0)
        *reader = *writer;
}

int run_entries(const struct tf_entry *entries, uint32_t count, uint32_t rounds,
                uint32_t readers, struct tf_contest_result *result)
{
    int writer, reader, reader_cpu[READERS];
    fixture_cpus(&writer, &reader);
    for (uint32_t r = 0; r < READERS; r++)
        reader_cpu[r] = reader;
    const struct tf_contest contest = {.entries = entries,
                                       .entry_count = count,
                                       .rounds = rounds,
                                       .seed = 42,
                                       .writer_cpu = writer,
                                       .reader_cpu = reader_cpu,
                                       .readers = readers,
                                       .quiet = true};
    return tf_contest_run(&contest, result);
}

void expect_no_children(void)
{
    cr_expect_eq(waitpid(-1, 0, WNOHANG), -1, "a child was left behind");
    cr_expect_eq(errno, ECHILD);
}
