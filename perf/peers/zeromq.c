/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ZeroMQ's PUB and SUB over ipc, on an abstract socket so that no file is left.  The publisher is an XPUB, which is a PUB
 * that shows the subscriptions that come in; both drop what a subscriber's queue has no room for.
 */
#include "plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

struct tf_channel {
    tf_word *announced;  /* shared: readers that have subscribed or are about to */
    uint64_t subscribed; /* writer: subscriptions seen */
    void *context, *socket;
    size_t message_size;
    int queue;
    char address[64];
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    static unsigned made;
    struct tf_channel *channel = tickfan->channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    channel->announced = tickfan->channel_memory(options, TF_LINE_BYTES);
    if (!channel->announced) {
        free(channel);
        return NULL;
    }
    channel->message_size = options->message_size;
    channel->queue = (int)(options->capacity ? options->capacity : TF_SLOTS_DEFAULT);
    snprintf(channel->address, sizeof channel->address, "ipc://@tickfan-zeromq-%d-%u",
             (int)getpid(), made++);
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tickfan->shared_free(channel->announced, TF_LINE_BYTES);
    free(channel);
}

static void close_either(struct tf_channel *channel)
{
    if (channel->socket)
        zmq_close(channel->socket);
    if (channel->context)
        zmq_ctx_term(channel->context);
    channel->socket = channel->context = NULL;
}

static int fail(struct tf_channel *channel, const char *what)
{
    int error = zmq_errno();
    close_either(channel);
    return tickfan->fail(TF_EOS, "zeromq: %s %s: %s", what, channel->address,
                         zmq_strerror(error));
}

static int open_either(struct tf_channel *channel, int type)
{
    cpu_set_t pinned;
    int linger = 0, wait_ms = (int)(TF_RECEIVE_WAIT_NS / 1000000), verbose = 1;
    plugin_unpin(&pinned);
    channel->context = zmq_ctx_new();
    if (channel->context)
        channel->socket = zmq_socket(channel->context, type);
    plugin_pin_again(&pinned);
    if (!channel->socket)
        return fail(channel, "no socket for");
    zmq_setsockopt(channel->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(channel->socket, ZMQ_SNDHWM, &channel->queue, sizeof channel->queue);
    zmq_setsockopt(channel->socket, ZMQ_RCVHWM, &channel->queue, sizeof channel->queue);
    zmq_setsockopt(channel->socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    if (type == ZMQ_XPUB) /* every subscription, not only the first of its kind */
        zmq_setsockopt(channel->socket, ZMQ_XPUB_VERBOSE, &verbose, sizeof verbose);
    return 0;
}

static int open_writer(struct tf_channel *channel)
{
    int result = open_either(channel, ZMQ_XPUB);
    if (result == 0 && zmq_bind(channel->socket, channel->address) != 0)
        return fail(channel, "cannot bind");
    return result;
}

/* Connecting goes on until there is a writer. */
static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    plugin_announce(channel->announced);
    int result = open_either(channel, ZMQ_SUB);
    if (result < 0)
        return result;
    if (zmq_setsockopt(channel->socket, ZMQ_SUBSCRIBE, "", 0) != 0 ||
        zmq_connect(channel->socket, channel->address) != 0)
        return fail(channel, "cannot connect to");
    return 0;
}

/* A reader that announced itself and died is waited for once. */
static void wait_for_readers(struct tf_channel *channel, uint64_t announced)
{
    uint64_t until = plugin_now_ns() + TF_GATE_WAIT_NS;
    while (channel->subscribed < announced && plugin_now_ns() < until) {
        char message[2];
        if (zmq_recv(channel->socket, message, sizeof message, 0) > 0 && message[0] == 1)
            channel->subscribed++;
    }
    channel->subscribed = announced;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    uint64_t announced = tf_load_acquire(channel->announced);
    if (channel->subscribed < announced)
        wait_for_readers(channel, announced);
    for (uint32_t i = 0; i < count; i++, from += channel->message_size)
        while (zmq_send(channel->socket, from, channel->message_size, 0) < 0 &&
               zmq_errno() == EINTR)
            ;
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost; /* it does not count them */
    unsigned char *to = out;
    uint32_t count = 0;
    while (count < max && zmq_recv(channel->socket, to, channel->message_size,
                                   count == 0 ? 0 : ZMQ_DONTWAIT) >= 0) {
        to += channel->message_size;
        count++;
    }
    return count;
}

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

static const struct tf_transport transport = {
    .name = "zeromq",
    .what = "ZeroMQ, PUB and SUB over ipc",
    .origin = "libzmq " TEXT(ZMQ_VERSION_MAJOR) "." TEXT(ZMQ_VERSION_MINOR) "." TEXT(
        ZMQ_VERSION_PATCH),
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY | TF_TRAIT_SLEEPS,
    .readers_max = 256,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .close = close_either,
    .send = send,
    .receive = receive,
};

const struct tf_peer tf_peer = TF_PEER_INIT(&transport, plugin_init);
