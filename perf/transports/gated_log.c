/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log in shared memory, as Aeron's IPC has it: messages are framed by a 32-byte header, committed by one release
 * store into it, and the writer may be at most one log ahead of the slowest reader, each of which publishes its position
 * once per poll.  A frame of a 64-byte message spans two lines, so it costs two transfers.
 *
 * Aeron's frames are committed by their length, which needs the log wiped before each lap; here the header holds the
 * message's number, which needs none: that is in the log's favour.
 *
 * The writer looks at the readers' positions only when it has used up the room of its last look.  A reader that comes
 * holds the writer at a position it has passed, and only then takes the log's end for its own (the fences let one
 * of the two see the other).
 */
#include "slots.h"

#include <stdlib.h>

enum { READERS_MAX = 256 };
#define POSITION_NONE UINT64_MAX

struct control {
    struct tf_lone_word written;               /* messages */
    struct tf_lone_word position[READERS_MAX]; /* messages read; POSITION_NONE: nobody */
};

struct frame {
    tf_word number; /* from 1, when all of it is there */
    uint32_t length, type;
    uint64_t session, reserved;
    unsigned char payload[];
};
static_assert(sizeof(struct frame) == 32, "Aeron's header");

struct tf_channel {
    struct tf_slots slots; /* of whole frames */
    struct control *control;
    struct tf_gate gate;
    uint64_t next;  /* messages written, or read */
    uint64_t limit; /* writer: up to here without a look */
    size_t message_size;
    uint32_t readers;
    uint32_t reader; /* READERS_MAX: this is the writer */
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    struct tf_slots *slots = &channel->slots;
    void *memory = NULL;
    if (tf_slots_measure(slots, sizeof *channel->control, options)) {
        slots->shared_size += tf_slots_capacity(slots) * sizeof(struct frame);
        slots->message_size += sizeof(struct frame);
        memory = tf_channel_memory(options, slots->shared_size);
    }
    if (!memory) {
        free(channel);
        return NULL;
    }
    tf_slots_place(slots, memory);
    channel->control = memory;
    channel->message_size = options->message_size;
    channel->readers = options->readers;
    for (uint32_t i = 0; i < READERS_MAX; i++)
        tf_store(&channel->control->position[i].word, POSITION_NONE);
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tf_slots_destroy(&channel->slots);
    free(channel);
}

static int open_writer(struct tf_channel *channel)
{
    channel->reader = READERS_MAX;
    channel->next = channel->limit = tf_load_acquire(&channel->control->written.word);
    return 0;
}

static int open_reader(struct tf_channel *channel, uint32_t reader)
{
    struct control *control = channel->control;
    channel->reader = reader;
    tf_store_release(&control->position[reader].word, tf_load_acquire(&control->written.word));
    tf_fence_full();
    channel->next = tf_load_acquire(&control->written.word);
    tf_store_release(&control->position[reader].word, channel->next);
    return 0;
}

static void close_either(struct tf_channel *channel)
{
    if (channel->reader < READERS_MAX)
        tf_store_release(&channel->control->position[channel->reader].word, POSITION_NONE);
}

static uint64_t room(struct tf_channel *channel)
{
    uint64_t slowest = channel->next;
    tf_store_release(&channel->control->written.word, channel->next);
    tf_fence_full();
    for (uint32_t i = 0; i < channel->readers; i++) {
        uint64_t position = tf_load_acquire(&channel->control->position[i].word);
        if (position < slowest)
            slowest = position;
    }
    channel->limit = slowest + tf_slots_capacity(&channel->slots);
    return channel->limit - channel->next;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    for (uint32_t i = 0; i < count; i++) {
        if (channel->next == channel->limit && room(channel) == 0 &&
            tf_gate_wait(&channel->gate, room, channel) == 0)
            break;
        struct frame *frame = tf_slots_at(&channel->slots, channel->next);
        frame->length = (uint32_t)channel->message_size;
        frame->type = 1;
        frame->session = 1;
        frame->reserved = 0;
        tf_copy_message(frame->payload, from, channel->message_size);
        tf_store_release(&frame->number, ++channel->next);
        from += channel->message_size;
    }
    tf_store_release(&channel->control->written.word, channel->next);
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    unsigned char *to = out;
    uint64_t next = channel->next;
    uint32_t count = 0;
    for (; count < max; count++, next++, to += channel->message_size) {
        struct frame *frame = tf_slots_at(&channel->slots, next);
        if (tf_load_acquire(&frame->number) != next + 1)
            break;
        tf_copy_message(to, frame->payload, channel->message_size);
    }
    channel->next = next;
    if (count > 0)
        tf_store_release(&channel->control->position[channel->reader].word, channel->next);
    return count;
}

const struct tf_transport tf_transport_gated_log = {
    .name = "gated_log",
    .what = "shared log, the slowest reader holds the writer",
    .origin = "after Aeron IPC",
    .traits = TF_TRAIT_BROADCAST,
    .readers_max = READERS_MAX,
    .create = create,
    .destroy = destroy,
    .open_writer = open_writer,
    .open_reader = open_reader,
    .close = close_either,
    .send = send,
    .receive = receive,
};
