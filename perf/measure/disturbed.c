/* SPDX-License-Identifier: Apache-2.0 */
#include "disturbed.h"

#include "tickfan_channel.h"
#include "wrapped.h"

static struct tf_disturbed_setup setup;
/* At most one channel of each kind exists. */
static struct tf_bystanders *bystanders[TF_BYSTANDER_KINDS];
static struct tf_bystanders_seen seen[TF_BYSTANDER_KINDS];

struct disturbed_channel {
    struct tf_wrapped wrapped;
    struct tf_bystanders *bystanders;
    uint64_t messages;
    enum tf_bystander_kind kind;
};

static struct disturbed_channel *self_of(struct tf_channel *channel)
{
    return (struct disturbed_channel *)(void *)channel;
}

void tf_disturbed_prepare(const struct tf_disturbed_setup *wanted)
{
    setup = *wanted;
    for (int i = 0; i < TF_BYSTANDER_KINDS; i++)
        seen[i] = (struct tf_bystanders_seen){0};
}

void tf_disturbed_off(void)
{
    for (int i = 0; i < TF_BYSTANDER_KINDS; i++)
        if (bystanders[i])
            tf_bystanders_switch(bystanders[i], false);
}

const struct tf_bystanders_seen *tf_disturbed_seen(enum tf_bystander_kind kind)
{
    return &seen[kind];
}

/* ---- the transport ---------------------------------------------------------------------- */

static void destroy(struct tf_channel *channel)
{
    struct disturbed_channel *self = self_of(channel);
    if (self->bystanders) {
        tf_bystanders_seen(self->bystanders, &seen[self->kind]);
        tf_bystanders_stop(self->bystanders);
        bystanders[self->kind] = NULL;
    }
    tf_wrapped_destroy(channel);
}

static struct tf_channel *create(const struct tf_channel_options *options,
                                 enum tf_bystander_kind kind)
{
    struct disturbed_channel *self = tf_wrap(sizeof *self, &tf_transport_tickfan, options);
    if (!self)
        return NULL;
    self->kind = kind;
    self->messages = setup.messages;
    struct tf_bystanders_options wanted = {
        .kind = kind,
        .count = TF_DISTURBED_COUNT,
        .directory = tf_tickfan_channel_directory(self->wrapped.inner),
        .stream = TF_TICKFAN_CHANNEL_STREAM,
        .cpu = setup.cpu,
        .cpus = setup.cpus,
        .sparing = setup.sparing};
    self->bystanders = bystanders[kind] = tf_bystanders_start(&wanted);
    if (!self->bystanders) {
        tf_wrapped_destroy((struct tf_channel *)(void *)self);
        return NULL;
    }
    return (struct tf_channel *)(void *)self;
}

static void send_and_switch(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const struct disturbed_channel *self = self_of(channel);
    uint64_t number = ((const struct tf_message *)messages)->number;
    if (number == 1)
        tf_bystanders_switch(self->bystanders, true);
    tf_wrapped_send(channel, messages, count);
    if (number + count > self->messages)
        tf_bystanders_switch(self->bystanders, false);
}

#define CREATE(name, kind)                                                                     \
    static struct tf_channel *name(const struct tf_channel_options *options)                   \
    {                                                                                          \
        return create(options, kind);                                                          \
    }
CREATE(create_undisturbed, TF_BYSTANDERS_NONE)
CREATE(create_stopped, TF_BYSTANDERS_STOPPED)
CREATE(create_killed, TF_BYSTANDERS_KILLED)
CREATE(create_slow, TF_BYSTANDERS_SLOW)
CREATE(create_restless, TF_BYSTANDERS_RESTLESS)

#define TRANSPORT(create_it)                                                                   \
    {                                                                                          \
        .name = "tickfan", .what = "Tickfan with bystanders", .origin = "Tickfan",             \
        .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY, .readers_max = 256,                     \
        .create = create_it, .destroy = destroy, .open_writer = tf_wrapped_open_writer,        \
        .open_reader = tf_wrapped_open_reader, .close = tf_wrapped_close,                      \
        .send = send_and_switch, .receive = tf_wrapped_receive                                 \
    }
const struct tf_transport tf_transport_disturbed[TF_BYSTANDER_KINDS] = {
    [TF_BYSTANDERS_NONE] = TRANSPORT(create_undisturbed),
    [TF_BYSTANDERS_STOPPED] = TRANSPORT(create_stopped),
    [TF_BYSTANDERS_KILLED] = TRANSPORT(create_killed),
    [TF_BYSTANDERS_SLOW] = TRANSPORT(create_slow),
    [TF_BYSTANDERS_RESTLESS] = TRANSPORT(create_restless),
};
