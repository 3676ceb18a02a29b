/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring behind a process-shared mutex with two condition variables, as every course on threads has it.  A batch goes in
 * and out under one lock; a side is signalled only when the ring was empty or full, since only then can it wait.
 */
#include "error.h"
#include "slots.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct control {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty, not_full;
    uint64_t head, tail; /* under the mutex */
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    struct tf_gate gate;
};

static int make_locks(struct control *control)
{
    pthread_mutexattr_t mutex;
    pthread_condattr_t condition;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    /* A worker killed inside must not stop the other for good. */
    pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    int error = pthread_mutex_init(&control->mutex, &mutex);
    if (error == 0)
        error = pthread_cond_init(&control->not_empty, &condition);
    if (error == 0)
        error = pthread_cond_init(&control->not_full, &condition);
    pthread_mutexattr_destroy(&mutex);
    pthread_condattr_destroy(&condition);
    return error;
}

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    if (!tf_slots_create(&channel->slots, sizeof *channel->control, options)) {
        free(channel);
        return NULL;
    }
    channel->control = channel->slots.control;
    int error = make_locks(channel->control);
    if (error != 0) {
        errno = error;
        tf_fail_errno(TF_EOS, "cannot make a process-shared mutex");
        tf_slots_destroy(&channel->slots);
        free(channel);
        return NULL;
    }
    return channel;
}

/* The locks are not destroyed: glibc would wait for a waiter that was killed. */
static void destroy(struct tf_channel *channel)
{
    tf_slots_destroy(&channel->slots);
    free(channel);
}

/* The indices change in one store each, so what a dead owner left is whole. */
static void recover(struct control *control, int error)
{
    if (error == EOWNERDEAD)
        pthread_mutex_consistent(&control->mutex);
}

static void lock(struct control *control)
{
    recover(control, pthread_mutex_lock(&control->mutex));
}

/* Once, until signalled or `ns` have passed; false: they have, or it failed.  The caller looks again. */
static bool wait(struct control *control, pthread_cond_t *condition, uint64_t ns)
{
    struct timespec deadline = tf_deadline(CLOCK_MONOTONIC, ns);
    int error = pthread_cond_clockwait(condition, &control->mutex, CLOCK_MONOTONIC, &deadline);
    recover(control, error);
    return error == 0 || error == EOWNERDEAD;
}

/* The room there is, with the mutex held; 0: none for TF_GATE_WAIT_NS. */
static uint64_t wait_for_room(struct tf_channel *channel)
{
    struct control *control = channel->control;
    uint64_t capacity = tf_slots_capacity(&channel->slots);
    while (control->head - control->tail == capacity && !channel->gate.given_up)
        channel->gate.given_up = !wait(control, &control->not_full, TF_GATE_WAIT_NS);
    uint64_t space = capacity - (control->head - control->tail);
    if (space > 0)
        channel->gate.given_up = false;
    return space;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    struct control *control = channel->control;
    const unsigned char *from = messages;
    while (count > 0) {
        lock(control);
        uint64_t space = wait_for_room(channel);
        uint32_t part = space < count ? (uint32_t)space : count;
        bool was_empty = control->head == control->tail;
        tf_slots_put(&channel->slots, control->head, from, part);
        control->head += part;
        pthread_mutex_unlock(&control->mutex);
        if (part == 0)
            return;
        if (was_empty)
            pthread_cond_signal(&control->not_empty);
        from += part * channel->slots.message_size;
        count -= part;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    struct control *control = channel->control;
    lock(control);
    bool in_time = true;
    while (control->head == control->tail && in_time)
        in_time = wait(control, &control->not_empty, TF_RECEIVE_WAIT_NS);
    uint64_t there = control->head - control->tail;
    uint32_t count = there < max ? (uint32_t)there : max;
    tf_slots_get(&channel->slots, control->tail, out, count);
    control->tail += count;
    pthread_mutex_unlock(&control->mutex);
    if (there == tf_slots_capacity(&channel->slots))
        pthread_cond_signal(&control->not_full);
    return count;
}

const struct tf_transport tf_transport_mutex = {
    .name = "mutex",
    .what = "ring behind a process-shared mutex and condition variables",
    .origin = "POSIX",
    .traits = TF_TRAIT_SLEEPS,
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};
