/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NNG's pub0 and sub0 over ipc, on an abstract socket so that no file is left.  What a subscriber's queue has no room for
 * is dropped; queues are as long as NNG lets them be.
 */
#include "plugin.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { QUEUE_MAX = 8192 };

/* Shared. */
struct control {
    struct tf_lone_word announced; /* readers that are connected or about to be */
    struct tf_lone_word connected; /* pipes that the publisher has had */
};

struct tf_channel {
    struct control *control;
    uint64_t expected; /* writer: of the readers announced, those it has waited for */
    nng_socket socket;
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
    channel->control = tickfan->channel_memory(options, sizeof *channel->control);
    if (!channel->control) {
        free(channel);
        return NULL;
    }
    channel->message_size = options->message_size;
    uint32_t wanted = options->capacity ? options->capacity : TF_SLOTS_DEFAULT;
    channel->queue = (int)(wanted < QUEUE_MAX ? wanted : QUEUE_MAX);
    snprintf(channel->address, sizeof channel->address, "abstract://tickfan-nng-%d-%u",
             (int)getpid(), made++);
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tickfan->shared_free(channel->control, sizeof *channel->control);
    free(channel);
}

static void close_either(struct tf_channel *channel)
{
    nng_close(channel->socket);
}

static int fail(struct tf_channel *channel, const char *what, int error)
{
    nng_close(channel->socket);
    return tickfan->fail(TF_EOS, "nng: %s %s: %s", what, channel->address, nng_strerror(error));
}

/* In a thread of NNG's. */
static void on_connection(nng_pipe pipe, nng_pipe_ev event, void *control)
{
    (void)pipe;
    (void)event;
    plugin_announce(&((struct control *)control)->connected.word);
}

static int open_writer(struct tf_channel *channel)
{
    cpu_set_t pinned;
    plugin_unpin(&pinned);
    int error = nng_pub0_open(&channel->socket);
    plugin_pin_again(&pinned);
    if (error == 0)
        error = nng_socket_set_int(channel->socket, NNG_OPT_SENDBUF, channel->queue);
    if (error == 0)
        error = nng_pipe_notify(channel->socket, NNG_PIPE_EV_ADD_POST, on_connection,
                                channel->control);
    if (error == 0)
        error = nng_listen(channel->socket, channel->address, NULL, 0);
    return error == 0 ? 0 : fail(channel, "cannot listen on", error);
}

static int set_up_reader(struct tf_channel *channel)
{
    int error = nng_socket_set_int(channel->socket, NNG_OPT_RECVBUF, channel->queue);
    if (error == 0)
        error = nng_socket_set_ms(channel->socket, NNG_OPT_RECVTIMEO,
                                  (nng_duration)(TF_RECEIVE_WAIT_NS / 1000000));
    if (error == 0)
        error = nng_socket_set(channel->socket, NNG_OPT_SUB_SUBSCRIBE, "", 0);
    return error;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)reader;
    cpu_set_t pinned;
    plugin_announce(&channel->control->announced.word);
    plugin_unpin(&pinned);
    int error = nng_sub0_open(&channel->socket);
    plugin_pin_again(&pinned);
    if (error == 0)
        error = set_up_reader(channel);
    uint64_t until = plugin_now_ns() + PLUGIN_OPEN_NS;
    while (error == 0 && (error = nng_dial(channel->socket, channel->address, NULL, 0)) != 0 &&
           plugin_now_ns() < until) {
        plugin_sleep_ms(2); /* the writer may not listen yet */
        error = 0;
    }
    return error == 0 ? 0 : fail(channel, "cannot connect to", error);
}

/* A reader that announced itself and died is waited for once. */
static void wait_for_readers(struct tf_channel *channel, uint64_t announced)
{
    uint64_t until = plugin_now_ns() + TF_GATE_WAIT_NS;
    while (tf_load_acquire(&channel->control->connected.word) < announced &&
           plugin_now_ns() < until)
        plugin_sleep_ms(1);
    channel->expected = announced;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    uint64_t announced = tf_load_acquire(&channel->control->announced.word);
    if (channel->expected < announced)
        wait_for_readers(channel, announced);
    for (uint32_t i = 0; i < count; i++, from += channel->message_size)
        nng_send(channel->socket, (void *)(uintptr_t)from, channel->message_size, 0);
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost; /* it does not count them */
    unsigned char *to = out;
    uint32_t count = 0;
    size_t size = channel->message_size;
    while (count < max &&
           nng_recv(channel->socket, to, &size, count == 0 ? 0 : NNG_FLAG_NONBLOCK) == 0) {
        to += channel->message_size;
        size = channel->message_size;
        count++;
    }
    return count;
}

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

static const struct tf_transport transport = {
    .name = "nng",
    .what = "NNG, pub and sub over ipc",
    .origin =
        "nng " TEXT(NNG_MAJOR_VERSION) "." TEXT(NNG_MINOR_VERSION) "." TEXT(NNG_PATCH_VERSION),
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
