/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring in shared memory whose reader sleeps on an eventfd.  The writer writes to it only when the reader says
 * that it sleeps; "I sleep" and the last look at the ring, and publishing and the look at "it sleeps", are each
 * separated by a full fence, so that one of the two sees the other.
 */
#include "error.h"
#include "slots.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct control {
    struct tf_lone_word head, tail;
    alignas(TF_LINE_BYTES) tf_word32 sleeping;
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    struct tf_gate gate;
    int event;
    bool woken; /* reader: the event still counts what woke it */
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    channel->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (channel->event < 0) {
        tf_fail_errno(TF_EOS, "no eventfd");
        free(channel);
        return NULL;
    }
    if (!tf_slots_create(&channel->slots, sizeof *channel->control, options)) {
        close(channel->event);
        free(channel);
        return NULL;
    }
    channel->control = channel->slots.control;
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    close(channel->event);
    tf_slots_destroy(&channel->slots);
    free(channel);
}

static uint64_t room(struct tf_channel *channel)
{
    return tf_slots_capacity(&channel->slots) - (tf_load(&channel->control->head.word) -
                                                 tf_load_acquire(&channel->control->tail.word));
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    struct control *control = channel->control;
    const unsigned char *from = messages;
    while (count > 0) {
        uint64_t space = room(channel);
        if (space == 0 && (space = tf_gate_wait(&channel->gate, room, channel)) == 0)
            return;
        uint32_t part = space < count ? (uint32_t)space : count;
        uint64_t head = tf_load(&control->head.word);
        tf_slots_put(&channel->slots, head, from, part);
        tf_store_release(&control->head.word, head + part);
        tf_fence_full();
        if (tf_load32(&control->sleeping))
            eventfd_write(channel->event, 1);
        from += part * channel->slots.message_size;
        count -= part;
    }
}

static uint32_t take(struct tf_channel *channel, void *out, uint32_t max)
{
    struct control *control = channel->control;
    uint64_t tail = tf_load(&control->tail.word);
    uint64_t there = tf_load_acquire(&control->head.word) - tail;
    if (there == 0)
        return 0;
    uint32_t count = there < max ? (uint32_t)there : max;
    tf_slots_get(&channel->slots, tail, out, count);
    tf_store_release(&control->tail.word, tail + count);
    return count;
}

/* The event is reset before sleeping and not after waking: nobody waits for the reader then. */
static uint32_t sleep_for_some(struct tf_channel *channel, void *out, uint32_t max)
{
    struct control *control = channel->control;
    eventfd_t ignored;
    if (channel->woken)
        eventfd_read(channel->event, &ignored);
    tf_store32(&control->sleeping, 1);
    tf_fence_full();
    uint32_t count = take(channel, out, max);
    if (count == 0) {
        struct pollfd event = {.fd = channel->event, .events = POLLIN};
        poll(&event, 1, (int)(TF_RECEIVE_WAIT_NS / 1000000));
        count = take(channel, out, max);
    }
    tf_store32(&control->sleeping, 0);
    channel->woken = true;
    return count;
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    uint32_t count = take(channel, out, max);
    return count > 0 ? count : sleep_for_some(channel, out, max);
}

const struct tf_transport tf_transport_eventfd = {
    .name = "eventfd",
    .what = "ring in shared memory, an eventfd wakes the reader",
    .origin = "Linux",
    .traits = TF_TRAIT_SLEEPS,
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};
