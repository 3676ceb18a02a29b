/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The single-producer single-consumer ring as good libraries have it: head and tail on lines of their own, and each
 * side keeps a copy of the other's index, so that it fetches the other's line only when the copy says full or empty.
 * The reader pays two line transfers per message when paced, index and slot; a full ring holds the writer.
 */
#include "slots.h"

#include <stdlib.h>

struct control {
    struct tf_lone_word head; /* messages written, stored by the writer */
    struct tf_lone_word tail; /* messages read, stored by the reader */
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    struct tf_gate gate;
    uint64_t own, other; /* this side's index, the copy of the other's */
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

static int open_writer(struct tf_channel *channel)
{
    channel->own = tf_load(&channel->control->head.word);
    channel->other = tf_load_acquire(&channel->control->tail.word);
    return 0;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    channel->own = tf_load(&channel->control->tail.word);
    channel->other = channel->own;
    return 0;
}

static uint64_t room(struct tf_channel *channel)
{
    channel->other = tf_load_acquire(&channel->control->tail.word);
    return tf_slots_capacity(&channel->slots) - (channel->own - channel->other);
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    while (count > 0) {
        uint64_t space = tf_slots_capacity(&channel->slots) - (channel->own - channel->other);
        if (space < count && (space = room(channel)) == 0 &&
            (space = tf_gate_wait(&channel->gate, room, channel)) == 0)
            return;
        uint32_t part = space < count ? (uint32_t)space : count;
        tf_slots_put(&channel->slots, channel->own, from, part);
        channel->own += part;
        tf_store_release(&channel->control->head.word, channel->own);
        from += part * channel->slots.message_size;
        count -= part;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    if (channel->other == channel->own)
        channel->other = tf_load_acquire(&channel->control->head.word);
    uint64_t there = channel->other - channel->own;
    if (there == 0)
        return 0;
    uint32_t count = there < max ? (uint32_t)there : max;
    tf_slots_get(&channel->slots, channel->own, out, count);
    channel->own += count;
    tf_store_release(&channel->control->tail.word, channel->own);
    return count;
}

const struct tf_transport tf_transport_spsc_aligned = {
    .name = "spsc_aligned",
    .what = "lock-free ring, head and tail on own lines with cached copies",
    .origin = "textbook",
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .send = send,
    .receive = receive,
};
