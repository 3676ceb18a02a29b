/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrapped.h - a transport around another one, to disturb it, to spoil it or to count beside it.  A wrapper's channel begins
 * with a struct tf_wrapped; what it does not change it takes from here.
 */
#ifndef TF_WRAPPED_H
#define TF_WRAPPED_H

#include "transport.h"

struct tf_wrapped {
    const struct tf_transport *transport;
    struct tf_channel *inner;
    uint32_t reader; /* in a reader: which */
};

/* `size` bytes, zero but for the struct tf_wrapped at the front, around a new channel; NULL as create(). */
void *tf_wrap(size_t size, const struct tf_transport *transport,
              const struct tf_channel_options *options);

static inline struct tf_wrapped *tf_wrapped_of(struct tf_channel *channel)
{
    return (struct tf_wrapped *)(void *)channel;
}

void tf_wrapped_destroy(struct tf_channel *channel);
int tf_wrapped_open_writer(struct tf_channel *channel);
int tf_wrapped_open_reader(struct tf_channel *channel, uint32_t reader);
void tf_wrapped_close(struct tf_channel *channel);
void tf_wrapped_send(struct tf_channel *channel, const void *messages, uint32_t count);
uint32_t tf_wrapped_receive(struct tf_channel *channel, void *out, uint32_t max,
                            uint64_t *lost);

#endif
