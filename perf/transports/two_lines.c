/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata and payload apart, as Firedancer's tango has them: a ring of 32-byte entries, each with a stamp, and a ring of
 * payloads that the entries point to.  Readers poll the stamp, copy entry and payload, and look at the stamp again.
 * Entry of message n, from 1: stamp n-1 while it is written, n when it is there.
 *
 * The payload is not guarded itself: it lives longer than its entry, since there are more payloads than entries.  So
 * whoever reads a payload's successor has, by the fence before each entry, an entry's successor to find.
 */
#include "slots.h"
#include "words.h"

#include <stdlib.h>

enum { BURST = 64 }; /* payloads beyond the number of entries */

struct entry {
    alignas(32) tf_word stamp;
    tf_word signature; /* what readers may filter by: the number */
    tf_word chunk;     /* index of the payload, size in the upper half */
    tf_word sent;
};
static_assert(sizeof(struct entry) == 32, "two entries in a line");

struct tf_channel {
    struct tf_lone_word
        *written; /* the shared memory's beginning, then entries, then payloads */
    struct entry *entries;
    tf_word *payloads;
    size_t shared_size;
    size_t words; /* of a message */
    uint64_t mask;
    uint64_t chunks; /* how many payloads */
    uint64_t next;   /* the message that comes next, from 1 */
    uint64_t chunk;  /* the writer's next payload */
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_slots sizes;
    if (!tf_slots_measure(&sizes, 0, options))
        return NULL;
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    uint64_t capacity = tf_slots_capacity(&sizes);
    size_t entries = capacity * sizeof(struct entry);
    /* A ring of two entries shares its line with nothing either. */
    entries = (entries + TF_LINE_BYTES - 1) / TF_LINE_BYTES * TF_LINE_BYTES;
    channel->chunks = capacity + BURST;
    channel->shared_size =
        sizeof *channel->written + entries + channel->chunks * sizes.message_size;
    channel->written = tf_channel_memory(options, channel->shared_size);
    if (!channel->written) {
        free(channel);
        return NULL;
    }
    channel->entries = (struct entry *)(channel->written + 1);
    channel->payloads = (tf_word *)channel->entries + entries / sizeof(tf_word);
    channel->words = sizes.message_size / sizeof(tf_word);
    channel->mask = sizes.mask;
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tf_shared_free(channel->written, channel->shared_size);
    free(channel);
}

static int open_writer(struct tf_channel *channel)
{
    channel->next = tf_load_acquire(&channel->written->word) + 1;
    channel->chunk = (channel->next - 1) % channel->chunks;
    return 0;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    return open_writer(channel);
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const uint64_t *from = messages;
    size_t words = channel->words;
    uint64_t next = channel->next, chunk = channel->chunk;
    for (uint32_t i = 0; i < count; i++, from += words) {
        tf_words_put(channel->payloads + chunk * words, from, 0, words);
        struct entry *entry = &channel->entries[next & channel->mask];
        tf_store(&entry->stamp, next - 1);
        tf_fence_release();
        tf_store(&entry->signature, from[4]);
        tf_store(&entry->chunk, chunk | (uint64_t)words << 32);
        tf_store(&entry->sent, from[2]);
        tf_store_release(&entry->stamp, next);
        next++;
        chunk = chunk + 1 == channel->chunks ? 0 : chunk + 1;
    }
    channel->next = next;
    channel->chunk = chunk;
    tf_store_release(&channel->written->word, next - 1);
}

/* The entry has a later stamp: go on an eighth of the ring above the oldest, or it would be lapped at once. */
static uint64_t skip(struct tf_channel *channel, uint64_t stamp)
{
    uint64_t capacity = channel->mask + 1;
    uint64_t from = channel->next;
    channel->next = stamp - capacity + capacity / 8 + 1;
    return channel->next - from;
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    uint64_t *to = out;
    uint64_t next = channel->next, stamp = 0;
    uint32_t count = 0;
    for (; count < max; count++, next++, to += channel->words) {
        struct entry *entry = &channel->entries[next & channel->mask];
        stamp = tf_load_acquire(&entry->stamp);
        if (stamp != next)
            break;
        uint64_t chunk = tf_load(&entry->chunk) & UINT32_MAX;
        tf_words_get(to, channel->payloads + chunk * channel->words, 0, channel->words);
        tf_fence_acquire();
        stamp = tf_load(&entry->stamp);
        if (stamp != next)
            break;
    }
    channel->next = next;
    if (count < max && stamp > next)
        *lost += skip(channel, stamp);
    return count;
}

const struct tf_transport tf_transport_two_lines = {
    .name = "two_lines",
    .what = "stamped metadata ring and payload ring apart",
    .origin = "after Firedancer tango",
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY,
    .readers_max = 256,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .send = send,
    .receive = receive,
};
