/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first lock-free ring of most textbooks: head, tail, and a count of what is in it that both sides change.  Every
 * message costs two locked additions to one line that both sides poll, and head and tail lie in that line too.
 */
#include "slots.h"

#include <stdlib.h>

struct control {
    tf_word head, tail; /* next to write, next to read: one side's each */
    tf_word32 count;
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    struct tf_gate gate;
};

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
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tf_slots_destroy(&channel->slots);
    free(channel);
}

static uint64_t room(struct tf_channel *channel)
{
    return tf_slots_capacity(&channel->slots) - tf_load32_acquire(&channel->control->count);
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
        uint64_t head = tf_load(&control->head);
        tf_slots_put(&channel->slots, head, from, part);
        tf_store(&control->head, head + part);
        tf_add32_full(&control->count, part);
        from += part * channel->slots.message_size;
        count -= part;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    struct control *control = channel->control;
    uint32_t there = tf_load32_acquire(&control->count);
    if (there == 0)
        return 0;
    uint32_t count = there < max ? there : max;
    uint64_t tail = tf_load(&control->tail);
    tf_slots_get(&channel->slots, tail, out, count);
    tf_store(&control->tail, tail + count);
    tf_add32_full(&control->count, -count);
    return count;
}

const struct tf_transport tf_transport_spsc_count = {
    .name = "spsc_count",
    .what = "lock-free ring with head, tail and a shared count",
    .origin = "textbook",
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};
