/* SPDX-License-Identifier: Apache-2.0 */
#include "torn.h"

#include "wrapped.h"

#include <string.h>

enum { EVERY = 100, HALF = 32 };

struct torn_channel {
    struct tf_wrapped wrapped;
    unsigned received;     /* times, since the last tear */
    char before[2 * HALF]; /* the message that came before */
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    return tf_wrap(sizeof(struct torn_channel), tf_transport_find("raw"), options);
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    struct torn_channel *self = (struct torn_channel *)(void *)channel;
    uint32_t got = tf_wrapped_receive(channel, out, max, lost);
    if (got == 0)
        return 0;
    char newest[2 * HALF];
    memcpy(newest, (const char *)out + (got - 1) * sizeof newest, sizeof newest);
    if (++self->received >= EVERY) {
        memcpy((char *)out + HALF, self->before + HALF, HALF);
        self->received = 0;
    }
    memcpy(self->before, newest, sizeof newest);
    return got;
}

const struct tf_transport tf_transport_torn = {
    .name = "torn",
    .what = "the raw line with torn messages, on purpose",
    .origin = "self-test",
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY | TF_TRAIT_MAY_TEAR | TF_TRAIT_ONE_LINE,
    .readers_max = 256,
    .create = create,
    .destroy = tf_wrapped_destroy,
    .open_writer = tf_wrapped_open_writer,
    .open_reader = tf_wrapped_open_reader,
    .close = tf_wrapped_close,
    .send = tf_wrapped_send,
    .receive = receive,
};
