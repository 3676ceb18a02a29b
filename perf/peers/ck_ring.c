/* SPDX-License-Identifier: Apache-2.0 */
/* Concurrency Kit's single-producer single-consumer ring, with the messages in the ring by value. */
#include "plugin.h"

#include <ck_ring.h>
#include <stdlib.h>

struct line {
    alignas(TF_LINE_BYTES) unsigned char bytes[TF_LINE_BYTES];
};
CK_RING_PROTOTYPE(line, line)

struct control {
    alignas(TF_LINE_BYTES) struct ck_ring ring;
};

struct tf_channel {
    struct tf_slots slots;
    struct ck_ring *ring; /* shared */
    struct line *lines;   /* shared */
    struct tf_gate gate;
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = tickfan->channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    struct tf_slots *slots = &channel->slots;
    void *memory = NULL;
    if (tickfan->slots_measure(slots, sizeof(struct control), options))
        memory = tickfan->channel_memory(options, slots->shared_size);
    if (!memory) {
        free(channel);
        return NULL;
    }
    tickfan->slots_place(slots, memory);
    channel->ring = memory;
    channel->lines = (struct line *)(void *)slots->base;
    ck_ring_init(channel->ring, (unsigned)tf_slots_capacity(slots));
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tickfan->shared_free(channel->slots.control, channel->slots.shared_size);
    free(channel);
}

/* One slot stays free. */
static uint64_t room(struct tf_channel *channel)
{
    return tf_slots_capacity(&channel->slots) - 1 - ck_ring_size(channel->ring);
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    /* Its prototypes have no const. */
    struct line *from = (struct line *)(uintptr_t)messages;
    for (uint32_t i = 0; i < count; i++)
        while (!ck_ring_enqueue_spsc_line(channel->ring, channel->lines, &from[i]))
            if (tickfan->gate_wait(&channel->gate, room, channel) == 0)
                return;
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    struct line *to = out;
    uint32_t count = 0;
    while (count < max && ck_ring_dequeue_spsc_line(channel->ring, channel->lines, &to[count]))
        count++;
    return count;
}

static const struct tf_transport transport = {
    .name = "ck_ring",
    .what = "Concurrency Kit's ring for one writer and one reader",
    .origin = "libck " CK_VERSION_TEXT,
    .traits = TF_TRAIT_ONE_LINE,
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};

const struct tf_peer tf_peer = TF_PEER_INIT(&transport, plugin_init);
