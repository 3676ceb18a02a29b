/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SysV shared memory segment with a ring and two process-shared semaphores, "empty" and "full": the bounded buffer of the
 * operating systems textbooks.  Two semaphore operations per message and side.
 */
#include "error.h"
#include "node_list.h"
#include "placement.h"
#include "slots.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

struct control {
    sem_t empty, full;   /* slots to write, messages to read */
    uint64_t head, tail; /* one side's each */
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    struct tf_gate gate;
};

/* Marked for removal while it is attached: the kernel frees it with the last process, however that ends. */
static void *attach_new(const struct tf_channel_options *options, size_t size)
{
    int id = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
    if (id < 0) {
        tf_fail_errno(TF_EOS, "no SysV segment of %zu bytes (see 'ipcs -l')", size);
        return NULL;
    }
    void *memory = shmat(id, NULL, 0);
    int error = errno;
    shmctl(id, IPC_RMID, NULL);
    if (memory == (void *)-1) {
        errno = error;
        tf_fail_errno(TF_EOS, "cannot attach a SysV segment of %zu bytes", size);
        return NULL;
    }
    struct tf_node_scope scope;
    tf_node_enter(&scope, tf_node_first(options->nodes));
    int populated = tf_populate(memory, size);
    tf_node_leave(&scope);
    if (populated == 0)
        return memory;
    shmdt(memory);
    return NULL;
}

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    struct tf_slots *slots = &channel->slots;
    void *memory = NULL;
    if (tf_slots_measure(slots, sizeof *channel->control, options))
        memory = attach_new(options, slots->shared_size);
    if (!memory) {
        free(channel);
        return NULL;
    }
    tf_slots_place(slots, memory);
    channel->control = memory;
    if (sem_init(&channel->control->empty, 1, (unsigned)tf_slots_capacity(slots)) != 0 ||
        sem_init(&channel->control->full, 1, 0) != 0) {
        tf_fail_errno(TF_EOS, "no process-shared semaphore");
        shmdt(memory);
        free(channel);
        return NULL;
    }
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    shmdt(channel->control);
    free(channel);
}

static bool available(char *why)
{
    int id = shmget(IPC_PRIVATE, TF_LINE_BYTES, IPC_CREAT | 0600);
    if (id < 0) {
        snprintf(why, 128, "no SysV shared memory here: %s", strerror(errno));
        return false;
    }
    shmctl(id, IPC_RMID, NULL);
    return true;
}

/* Mapped before the first message and not under it. */
static int open_writer(struct tf_channel *channel)
{
    return tf_populate(channel->control, channel->slots.shared_size);
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    return open_writer(channel);
}

/* sem_wait() tries first too, so only one that sleeps pays for the deadline. */
static bool take(sem_t *semaphore, uint64_t wait_ns)
{
    if (sem_trywait(semaphore) == 0)
        return true;
    if (wait_ns == 0)
        return false;
    struct timespec deadline = tf_deadline(CLOCK_MONOTONIC, wait_ns);
    int result;
    do
        result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    struct control *control = channel->control;
    const unsigned char *from = messages;
    for (uint32_t i = 0; i < count; i++) {
        channel->gate.given_up =
            !take(&control->empty, channel->gate.given_up ? 0 : TF_GATE_WAIT_NS);
        if (channel->gate.given_up)
            return;
        tf_slots_put(&channel->slots, control->head++, from, 1);
        sem_post(&control->full);
        from += channel->slots.message_size;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    struct control *control = channel->control;
    unsigned char *to = out;
    uint32_t count = 0;
    while (count < max && take(&control->full, count == 0 ? TF_RECEIVE_WAIT_NS : 0)) {
        tf_slots_get(&channel->slots, control->tail++, to, 1);
        sem_post(&control->empty);
        to += channel->slots.message_size;
        count++;
    }
    return count;
}

const struct tf_transport tf_transport_semaphores = {
    .name = "semaphores",
    .what = "SysV shared memory with two process-shared semaphores",
    .origin = "POSIX",
    .traits = TF_TRAIT_SLEEPS,
    .readers_max = 1,
    .available = available,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .send = send,
    .receive = receive,
};
