/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of plain seqlocks, rigtorp's style: each slot has a sequence word, odd while the slot is written, in the same line as
 * the message.  The writer knows no readers; a reader copies and looks again.  Slot of message n, from 1:
 * 2n-1 while n is written, 2n when it is there.  The sequence takes the message's first word.
 *
 * What Tickfan does otherwise: it marks a slot long before it is written, not just before, when readers poll it.
 */
#include "slots.h"
#include "words.h"

#include <stdlib.h>

struct control {
    struct tf_lone_word written; /* where readers that come later begin */
};

struct tf_channel {
    struct tf_slots slots;
    struct control *control;
    uint64_t next; /* the message that comes next, from 1 */
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
    channel->next = tf_load_acquire(&channel->control->written.word) + 1;
    return 0;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    return open_writer(channel);
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    size_t words = channel->slots.message_size / sizeof(uint64_t);
    const uint64_t *from = messages;
    uint64_t next = channel->next;
    for (uint32_t i = 0; i < count; i++) {
        tf_word *slot = tf_slots_at(&channel->slots, next);
        uint64_t sequence = 2 * next++;
        tf_store(&slot[0], sequence - 1);
        tf_fence_release();
        tf_words_put(slot, from, 1, words);
        tf_store_release(&slot[0], sequence);
        from += words;
    }
    channel->next = next;
    tf_store_release(&channel->control->written.word, next - 1);
}

/* The slot holds a later message: go on an eighth of the ring above the oldest, or it would be lapped at once. */
static uint64_t skip(struct tf_channel *channel, uint64_t sequence)
{
    uint64_t capacity = tf_slots_capacity(&channel->slots);
    uint64_t from = channel->next;
    channel->next = (sequence + 1) / 2 - capacity + capacity / 8 + 1;
    return channel->next - from;
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    size_t words = channel->slots.message_size / sizeof(uint64_t);
    uint64_t *to = out;
    uint64_t next = channel->next, sequence = 0;
    uint32_t count = 0;
    for (; count < max; count++, next++, to += words) {
        tf_word *slot = tf_slots_at(&channel->slots, next);
        sequence = tf_load_acquire(&slot[0]);
        if (sequence != 2 * next)
            break;
        tf_words_get(to, slot, 1, words);
        tf_fence_acquire();
        sequence = tf_load(&slot[0]);
        if (sequence != 2 * next)
            break;
    }
    channel->next = next;
    if (count < max && sequence > 2 * next)
        *lost += skip(channel, sequence);
    return count;
}

const struct tf_transport tf_transport_seqlocks = {
    .name = "seqlocks",
    .what = "ring of plain seqlocks, one line each",
    .origin = "after rigtorp/Seqlock",
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY,
    .readers_max = 256,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .send = send,
    .receive = receive,
};
