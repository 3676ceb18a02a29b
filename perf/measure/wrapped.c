/* SPDX-License-Identifier: Apache-2.0 */
#include "wrapped.h"

#include "error.h"

#include <stdlib.h>

void *tf_wrap(size_t size, const struct tf_transport *transport,
              const struct tf_channel_options *options)
{
    struct tf_wrapped *self = calloc(1, size);
    if (!self) {
        tf_fail(TF_EOS, "no memory for a channel");
        return NULL;
    }
    self->transport = transport;
    self->inner = transport->create(options);
    if (!self->inner) {
        free(self);
        return NULL;
    }
    return self;
}

void tf_wrapped_destroy(struct tf_channel *channel)
{
    struct tf_wrapped *self = tf_wrapped_of(channel);
    self->transport->destroy(self->inner);
    free(self);
}

int tf_wrapped_open_writer(struct tf_channel *channel)
{
    struct tf_wrapped *self = tf_wrapped_of(channel);
    return tf_transport_open_writer(self->transport, self->inner);
}

int tf_wrapped_open_reader(struct tf_channel *channel, uint32_t reader)
{
    struct tf_wrapped *self = tf_wrapped_of(channel);
    self->reader = reader;
    return tf_transport_open_reader(self->transport, self->inner, reader);
}

void tf_wrapped_close(struct tf_channel *channel)
{
    struct tf_wrapped *self = tf_wrapped_of(channel);
    if (self->transport->close)
        self->transport->close(self->inner);
}

void tf_wrapped_send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    struct tf_wrapped *self = tf_wrapped_of(channel);
    self->transport->send(self->inner, messages, count);
}

uint32_t tf_wrapped_receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    struct tf_wrapped *self = tf_wrapped_of(channel);
    return self->transport->receive(self->inner, out, max, lost);
}
