/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iceoryx's publisher and subscriber through its C binding, copying in and out of its chunks as every other entry
 * copies.  Queues hold 256 messages, the most that Debian's build allows, and drop the oldest; readers poll.
 */
#include "iceoryx_roudi.h"
#include "plugin.h"

#include <iceoryx_binding_c/log.h>
#include <iceoryx_binding_c/publisher.h>
#include <iceoryx_binding_c/runtime.h>
#include <iceoryx_binding_c/subscriber.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { QUEUE_MAX = 256 };

struct tf_channel {
    size_t message_size;
    uint64_t queue;
    char instance[32]; /* of the service: one per channel */
    iox_pub_storage_t publisher_storage;
    iox_sub_storage_t subscriber_storage;
    iox_pub_t publisher;
    iox_sub_t subscriber;
};

/* Starting the daemon is the only way to find out more, and create() does that. */
static bool available(char *why)
{
    const char *path = getenv("PATH");
    for (const char *from = path ? path : "/usr/bin"; *from; from += *from == ':') {
        char file[512];
        size_t length = strcspn(from, ":");
        snprintf(file, sizeof file, "%.*s/iox-roudi", (int)length, from);
        if (access(file, X_OK) == 0)
            return true;
        from += length;
    }
    snprintf(why, 128, "its daemon iox-roudi is not here: 'deploy/packages install peers'");
    return false;
}

static struct tf_channel *create(const struct tf_channel_options *options)
{
    static unsigned made;
    char why[TF_ROUDI_WHY_BYTES];
    if (options->message_size > TF_ROUDI_BYTES_MAX) {
        tickfan->fail(TF_EUSAGE, "messages of up to %u bytes, not of %u", TF_ROUDI_BYTES_MAX,
                      options->message_size);
        return NULL;
    }
    struct tf_channel *channel = tickfan->channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    if (!tf_roudi_hold(why)) {
        tickfan->fail(TF_ENOSTREAM, "%s", why);
        free(channel);
        return NULL;
    }
    channel->message_size = options->message_size;
    channel->queue = options->capacity && options->capacity < QUEUE_MAX ? options->capacity
                                                                        : (uint64_t)QUEUE_MAX;
    snprintf(channel->instance, sizeof channel->instance, "channel_%u", made++);
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tf_roudi_release();
    free(channel);
}

static unsigned open_channels; /* of this process */

/* A process registers once, for all its channels; its threads may run anywhere. */
static void join(const char *name)
{
    cpu_set_t pinned;
    if (open_channels++ > 0)
        return;
    iox_set_loglevel(Iceoryx_LogLevel_Off);
    plugin_unpin(&pinned);
    iox_runtime_init(name);
    plugin_pin_again(&pinned);
}

static void leave(void)
{
    if (--open_channels == 0)
        iox_runtime_shutdown();
}

static void close_either(struct tf_channel *channel)
{
    if (channel->publisher)
        iox_pub_deinit(channel->publisher);
    if (channel->subscriber)
        iox_sub_deinit(channel->subscriber);
    channel->publisher = NULL;
    channel->subscriber = NULL;
    leave();
}

static int fail(struct tf_channel *channel, const char *what)
{
    close_either(channel);
    return tickfan->fail(TF_EOS, "iceoryx: %s", what);
}

static int open_writer(struct tf_channel *channel)
{
    iox_pub_options_t options;
    join(TF_ROUDI_WRITER);
    iox_pub_options_init(&options);
    channel->publisher = iox_pub_init(&channel->publisher_storage, "tickfan", "perf",
                                      channel->instance, &options);
    return channel->publisher ? 0 : fail(channel, "no publisher");
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    char name[32];
    iox_sub_options_t options;
    snprintf(name, sizeof name, TF_ROUDI_READER, reader);
    join(name);
    iox_sub_options_init(&options);
    options.queueCapacity = channel->queue;
    options.historyRequest = 0;
    channel->subscriber = iox_sub_init(&channel->subscriber_storage, "tickfan", "perf",
                                       channel->instance, &options);
    if (!channel->subscriber)
        return fail(channel, "no subscriber");
    uint64_t until = plugin_now_ns() + PLUGIN_OPEN_NS;
    while (iox_sub_get_subscription_state(channel->subscriber) != SubscribeState_SUBSCRIBED) {
        if (plugin_now_ns() > until)
            return fail(channel, "the writer did not come within 10 s");
        plugin_sleep_ms(2);
    }
    return 0;
}

/* Without a free chunk the message is dropped, as the readers' queues drop. */
static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    for (uint32_t i = 0; i < count; i++, from += channel->message_size) {
        void *chunk;
        if (iox_pub_loan_chunk(channel->publisher, &chunk, (uint32_t)channel->message_size) !=
            AllocationResult_SUCCESS)
            continue;
        tf_copy_message(chunk, from, channel->message_size);
        iox_pub_publish_chunk(channel->publisher, chunk);
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost; /* it says that some were lost, not how many */
    unsigned char *to = out;
    uint32_t count = 0;
    const void *chunk;
    while (count < max &&
           iox_sub_take_chunk(channel->subscriber, &chunk) == ChunkReceiveResult_SUCCESS) {
        tf_copy_message(to, chunk, channel->message_size);
        iox_sub_release_chunk(channel->subscriber, chunk);
        to += channel->message_size;
        count++;
    }
    return count;
}

static const struct tf_transport transport = {
    .name = "iceoryx",
    .what = "Eclipse iceoryx, publisher and subscriber over shared memory",
    .origin = "iceoryx " ICEORYX_VERSION_TEXT,
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY,
    .readers_max = TF_ROUDI_READERS_MAX,
    .available = available,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .close = close_either,
    .send = send,
    .receive = receive,
};

const struct tf_peer tf_peer = TF_PEER_INIT(&transport, plugin_init);
