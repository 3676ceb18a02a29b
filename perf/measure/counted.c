/* SPDX-License-Identifier: Apache-2.0 */
#include "counted.h"

#include "contest.h"
#include "error.h"
#include "futex.h"
#include "order.h"
#include "tickfan_channel.h"
#include "wrapped.h"

#include <inttypes.h>
#include <stdalign.h>

static const uint64_t writer_patience_ns = 10 * TF_NS_PER_S;

/* Two lines for each process: nobody takes a line from another by counting. */
struct books {
    alignas(128) tf_word sent;
    tf_word32 opened; /* the writer has: there is a stream, or never will be */
    struct {
        alignas(128) tf_word received;
        tf_word lost;
    } reader[TF_CONTEST_READERS_MAX];
};

struct counted_channel {
    struct tf_wrapped wrapped;
    struct books *books;
};

static struct {
    uint64_t sent;
    struct tf_counted reader[TF_CONTEST_READERS_MAX];
} last;

static struct counted_channel *self_of(struct tf_channel *channel)
{
    return (struct counted_channel *)(void *)channel;
}

struct tf_channel *tf_counted_around(const struct tf_transport *transport,
                                     const struct tf_channel_options *options)
{
    struct counted_channel *self = tf_wrap(sizeof *self, transport, options);
    if (!self)
        return NULL;
    self->books = tf_shared_alloc(sizeof *self->books);
    if (!self->books) {
        tf_fail(TF_EOS, "no memory for %zu bytes of counters", sizeof *self->books);
        tf_wrapped_destroy((struct tf_channel *)(void *)self);
        return NULL;
    }
    return (struct tf_channel *)(void *)self;
}

static struct tf_channel *create(const struct tf_channel_options *options)
{
    return tf_counted_around(&tf_transport_tickfan, options);
}

static void destroy(struct tf_channel *channel)
{
    struct books *books = self_of(channel)->books;
    last.sent = tf_load(&books->sent);
    for (uint32_t i = 0; i < TF_CONTEST_READERS_MAX; i++)
        last.reader[i] = (struct tf_counted){tf_load(&books->reader[i].received),
                                             tf_load(&books->reader[i].lost)};
    tf_shared_free(books, sizeof *books);
    tf_wrapped_destroy(channel);
}

/* ---- opening: sixty readers that ask for a stream again and again keep its writer from making it ---- */

static int open_writer(struct tf_channel *channel)
{
    struct books *books = self_of(channel)->books;
    int result = tf_wrapped_open_writer(channel);
    tf_store32_release(&books->opened, 1);
    tf_futex_wake(&books->opened);
    return result;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    const struct books *books = self_of(channel)->books;
    uint64_t until = tf_monotonic_ns() + writer_patience_ns;
    while (!tf_load32_acquire(&books->opened) && tf_monotonic_ns() < until)
        tf_futex_wait(&books->opened, 0, TF_NS_PER_S);
    return tf_wrapped_open_reader(channel, reader);
}

/* ---- counting ------------------------------------------------------------------------------------ */

static void send_and_count(struct tf_channel *channel, const void *messages, uint32_t count)
{
    tf_word *sent = &self_of(channel)->books->sent;
    tf_wrapped_send(channel, messages, count);
    tf_store(sent, tf_load(sent) + count);
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    struct counted_channel *self = self_of(channel);
    tf_word *received = &self->books->reader[self->wrapped.reader].received;
    tf_word *counted = &self->books->reader[self->wrapped.reader].lost;
    uint64_t before = *lost;
    uint32_t got = tf_wrapped_receive(channel, out, max, lost);
    if (got)
        tf_store(received, tf_load(received) + got);
    if (*lost != before)
        tf_store(counted, tf_load(counted) + (*lost - before));
    return got;
}

uint64_t tf_counted_sent(void)
{
    return last.sent;
}

struct tf_counted tf_counted_reader(uint32_t reader)
{
    return last.reader[reader];
}

int tf_counted_check(uint32_t readers)
{
    for (uint32_t i = 0; i < readers; i++) {
        uint64_t received = last.reader[i].received, lost = last.reader[i].lost;
        if (received + lost != last.sent)
            return tf_fail(TF_EINTERNAL,
                           "reader %u received %" PRIu64 " ticks and was told of %" PRIu64
                           " lost; %" PRIu64 " were sent: %s",
                           i, received, lost, last.sent,
                           received + lost < last.sent ? "some are unaccounted for"
                                                       : "some came twice");
    }
    return 0;
}

const struct tf_transport tf_transport_counted = {
    .name = "tickfan",
    .what = "Tickfan, every tick accounted for",
    .origin = "Tickfan",
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY,
    .readers_max = TF_CONTEST_READERS_MAX,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .close = tf_wrapped_close,
    .send = send_and_count,
    .receive = receive,
};
