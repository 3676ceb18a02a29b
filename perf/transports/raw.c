/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical limit of handing over one line: seven stores and a stamp, a reader that polls the stamp and copies.
 * No look back whether the copy was overtaken, no clock, no counters, nobody to tell: less cannot be done, and it is
 * no product, since a reader that is a lap behind may get a torn message and never know.
 */
#include "error.h"
#include "node_list.h"
#include "order.h"
#include "placement.h"
#include "transport.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 65536, WORDS = 8 };

struct slot {
    alignas(64) tf_word word[WORDS]; /* word 0: the stamp, 1 for the first message */
};

/* A message in the reader's own memory. */
struct line {
    uint64_t word[WORDS];
};

struct tf_channel {
    struct slot *slots; /* shared */
    uint64_t mask;
    uint64_t next; /* each process has its own copy of this: the next to send or to receive */
};

static struct tf_channel *raw_create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = calloc(1, sizeof *channel);
    uint64_t slots = options->capacity ? options->capacity : SLOTS;
    if (!channel) {
        tf_fail(TF_EOS, "no memory for a channel");
        return 0;
    }
    channel->mask = slots - 1;
    channel->next = 1;
    struct tf_node_scope scope;
    tf_node_enter(&scope, tf_node_first(options->nodes));
    channel->slots = tf_shared_alloc(slots * sizeof *channel->slots);
    tf_node_leave(&scope);
    if (!channel->slots) {
        tf_fail(TF_EOS, "no memory for a ring of %llu lines", (unsigned long long)slots);
        free(channel);
        return 0;
    }
    return channel;
}

static void raw_destroy(struct tf_channel *channel)
{
    tf_shared_free(channel->slots, (channel->mask + 1) * sizeof *channel->slots);
    free(channel);
}

static int raw_open_writer(struct tf_channel *channel)
{
    (void)channel;
    return 0;
}

static int raw_open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)channel;
    (void)reader;
    return 0;
}

/*
 * Seven words, one by one from where they are to where they belong, and written out: gathered in an array first, compilers
 * move them on 16 bytes at a time and the CPU waits for the stores to retire, 10 ns a line; as a loop they stay one.
 */
static inline void store_words(tf_word *to, const uint64_t *from)
{
    tf_store(&to[1], from[1]);
    tf_store(&to[2], from[2]);
    tf_store(&to[3], from[3]);
    tf_store(&to[4], from[4]);
    tf_store(&to[5], from[5]);
    tf_store(&to[6], from[6]);
    tf_store(&to[7], from[7]);
}

static inline void load_words(uint64_t *to, const tf_word *from)
{
    to[1] = tf_load(&from[1]);
    to[2] = tf_load(&from[2]);
    to[3] = tf_load(&from[3]);
    to[4] = tf_load(&from[4]);
    to[5] = tf_load(&from[5]);
    to[6] = tf_load(&from[6]);
    to[7] = tf_load(&from[7]);
}

static void raw_send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const struct line *from = messages;
    struct slot *slots = channel->slots;
    uint64_t next = channel->next, mask = channel->mask;
    for (uint32_t i = 0; i < count; i++, next++) {
        tf_word *to = slots[next & mask].word;
        store_words(to, from[i].word);
        tf_store_release(&to[0], next);
    }
    channel->next = next;
}

/* Overtaken: on from an eighth of the ring above the oldest line, as Tickfan does. */
static void skip_ahead(struct tf_channel *channel, uint64_t stamp, uint64_t *lost)
{
    uint64_t slots = channel->mask + 1, resume = stamp - slots + slots / 8;
    *lost += resume - channel->next;
    channel->next = resume;
}

static uint32_t raw_receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    struct line *to = out;
    const struct slot *slots = channel->slots;
    uint64_t next = channel->next, mask = channel->mask;
    uint32_t got = 0;
    for (; got < max; got++, next++) {
        const tf_word *from = slots[next & mask].word;
        uint64_t stamp = tf_load_acquire(&from[0]);
        if (stamp != next) {
            if (got == 0 && stamp > next)
                skip_ahead(channel, stamp, lost);
            break;
        }
        to[got].word[0] = stamp;
        load_words(to[got].word, from);
    }
    if (got > 0)
        channel->next = next;
    return got;
}

const struct tf_transport tf_transport_raw = {
    .name = "raw",
    .what = "one stamped line, written and polled: the physical limit",
    .origin = "this suite",
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY | TF_TRAIT_MAY_TEAR | TF_TRAIT_LIMIT |
              TF_TRAIT_ONE_LINE,
    .readers_max = 1024,
    .create = raw_create,
    .destroy = raw_destroy,
    .open_writer = raw_open_writer,
    .open_reader = raw_open_reader,
    .send = raw_send,
    .receive = raw_receive,
};
