/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tickfan itself, through its public headers, as a feed handler and a strategy use it: a stream in a directory of its
 * own, readers that spin.
 *
 * A message of 64 bytes is one tick: transport_1 and transport_2 lie where a tick has its sequence and its publish
 * time.  A larger one is several ticks, the first with the head, each further one with 48 bytes, since two of a tick's
 * eight words are the stream's.  Nothing but messages is published once readers are there, so a tick's sequence says which
 * part of which message it is, and a reader that was overrun goes on at the next first part.
 */
#include "tickfan_channel.h"

#include "clock.h"
#include "error.h"
#include "node_list.h"
#include "placement.h"
#include "scratch.h"
#include "tickfan_publish.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_BYTES = 64,
    PART_BYTES = 48,
    MESSAGE_MAX = 4096,
    PARTS_MAX = 1 + (MESSAGE_MAX - HEAD_BYTES + PART_BYTES - 1) / PART_BYTES,
    READ_MAX = 64,
    ROSTER_SPARE = 64 /* for those who disturb */
};
static const uint64_t attach_patience_ns = 10 * TF_NS_PER_S;

static_assert(sizeof(struct tf_tick) == HEAD_BYTES, "a message's head is one tick");

struct tf_channel {
    tf_publisher *publisher;
    tf_reader *reader;
    uint64_t lost; /* told to the caller so far */
    uint32_t message_size, parts;

    /* Messages of several ticks. */
    uint64_t first_seq;      /* of the first part of some message */
    uint32_t next_part;      /* of the message that is being put together; 0: none */
    uint32_t buffered, used; /* ticks in `ticks` */
    alignas(64) struct tf_tick ticks[PARTS_MAX > READ_MAX ? PARTS_MAX : READ_MAX];
    alignas(64) char message[MESSAGE_MAX + PART_BYTES]; /* the last part may hang over */

    struct tf_channel_options options;
    struct tf_scratch scratch;
};

const char *tf_tickfan_channel_directory(const struct tf_channel *channel)
{
    return channel->scratch.path;
}

/* ---- making and removing ----------------------------------------------------------------------- */

static struct tf_channel *tickfan_create(const struct tf_channel_options *options)
{
    if (options->message_size > MESSAGE_MAX) {
        tf_fail(TF_EUSAGE, "messages of %u bytes; up to %d are possible", options->message_size,
                MESSAGE_MAX);
        return 0;
    }
    struct tf_channel *channel = aligned_alloc(alignof(struct tf_channel), sizeof *channel);
    if (!channel) {
        tf_fail(TF_EOS, "no memory for a channel");
        return 0;
    }
    memset(channel, 0, sizeof *channel);
    channel->options = *options;
    channel->message_size = options->message_size;
    channel->parts = 1 + (options->message_size - HEAD_BYTES + PART_BYTES - 1) / PART_BYTES;
    if (tf_scratch_make(&channel->scratch) < 0) {
        free(channel);
        return 0;
    }
    return channel;
}

static void tickfan_destroy(struct tf_channel *channel)
{
    tf_scratch_remove(&channel->scratch);
    free(channel);
}

/* ---- the two roles ----------------------------------------------------------------------------- */

int tf_tickfan_backing(const char *text, enum tf_backing *backing)
{
    static const char *const names[] = {"auto", "sysv", "file"};
    *backing = TF_BACKING_AUTO;
    if (!text)
        return 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *backing = (enum tf_backing)i;
            return 0;
        }
    }
    return tf_fail(TF_EUSAGE, "--backing %s: auto, sysv or file", text);
}

/* Each channel's stream is in its own directory, and the library reads the environment at each call. */
static int enter(const struct tf_channel *channel)
{
    if (setenv("TICKFAN_DIR", channel->scratch.path, 1) != 0)
        return tf_fail_errno(TF_EOS, "cannot set TICKFAN_DIR");
    return 0;
}

static int tickfan_open_writer(struct tf_channel *channel)
{
    int nodes[TF_MAX_RINGS];
    struct tf_publisher_options options = TF_PUBLISHER_OPTIONS_INIT;
    int count = tf_node_list(channel->options.nodes, nodes, TF_MAX_RINGS);
    if (count == 0)
        nodes[count++] = tf_node_here(); /* one ring: what the other transports have */
    if (count < 0 || tf_tickfan_backing(channel->options.backing, &options.backing) < 0)
        return TF_EUSAGE;
    options.name = TF_TICKFAN_CHANNEL_STREAM;
    options.capacity = channel->options.capacity;
    options.readers = channel->options.readers + ROSTER_SPARE;
    options.nodes = nodes;
    options.node_count = (uint32_t)count;
    options.file_dir = channel->scratch.path;
    int result = enter(channel);
    return result < 0 ? result : tf_publisher_create(&options, &channel->publisher);
}

static int tickfan_open_reader(struct tf_channel *channel, uint32_t reader)
{
    char name[32];
    snprintf(name, sizeof name, "reader-%u", reader);
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    options.wait = TF_WAIT_SPIN;
    options.reader_name = name;
    int result = enter(channel);
    uint64_t end = tf_monotonic_ns() + attach_patience_ns;
    while (result >= 0) { /* the writer may still be making the stream */
        result = tf_attach(TF_TICKFAN_CHANNEL_STREAM, &options, &channel->reader);
        if (result != TF_ENOSTREAM || tf_monotonic_ns() > end)
            break;
        tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS);
        result = 0;
    }
    if (result < 0)
        return result;
    struct tf_stats stats;
    tf_get_stats(channel->reader, &stats);
    channel->first_seq = stats.next_seq;
    return 0;
}

static void tickfan_close(struct tf_channel *channel)
{
    tf_detach(channel->reader);
    if (channel->publisher)
        tf_publisher_end(channel->publisher);
    tf_publisher_close(channel->publisher);
    channel->reader = 0;
    channel->publisher = 0;
}

/* ---- one tick a message ------------------------------------------------------------------------ */

/* Out of line, like a loss: the registers that they save would be charged to each single tick. */
#define COLD __attribute__((noinline))
COLD static void send_large(struct tf_channel *channel, const char *messages, uint32_t count);
COLD static uint32_t receive_large(struct tf_channel *channel, char *out, uint32_t max,
                                   uint64_t *lost);
COLD static uint32_t count_lost(struct tf_channel *channel, uint64_t *lost);

/*
 * The message's own time is the publish time, as in a feed handler that stamps what it publishes: what this is compared
 * with reads no clock either.  It stays the counter's, since a handler has its time in ns already.  All messages of a flood bear
 * the time of its start, which says of it what is true: calls without a pause between them.
 */
static void publish(struct tf_channel *channel, const struct tf_tick *ticks, uint32_t count,
                    const struct tf_message *first)
{
    tf_publish_at(channel->publisher, ticks, count, first->sent);
}

static void tickfan_send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    if (channel->parts > 1)
        send_large(channel, messages, count);
    else
        publish(channel, messages, count, messages);
}

static uint32_t count_lost(struct tf_channel *channel, uint64_t *lost)
{
    struct tf_stats stats;
    tf_get_stats(channel->reader, &stats);
    *lost += stats.lost - channel->lost;
    channel->lost = stats.lost;
    channel->next_part = 0; /* or the rest of one message would complete another */
    return 0;
}

static inline uint32_t read_ticks(struct tf_channel *channel, struct tf_tick *out, uint32_t max,
                                  uint64_t *lost)
{
    int got = tf_read(channel->reader, out, (int)max);
    return __builtin_expect(got < 0, 0) ? count_lost(channel, lost) : (uint32_t)got;
}

static uint32_t tickfan_receive(struct tf_channel *channel, void *out, uint32_t max,
                                uint64_t *lost)
{
    if (channel->parts > 1)
        return receive_large(channel, out, max, lost);
    return read_ticks(channel, out, max, lost);
}

/* ---- several ticks a message ------------------------------------------------------------------- */

/* The words of a part that are the message's: 1, 2 and 4 to 7. */
static void fill_part(struct tf_tick *tick, const char *bytes, size_t size)
{
    char part[PART_BYTES] = {0};
    memcpy(part, bytes, size);
    memcpy((char *)tick + 8, part, 16);
    memcpy((char *)tick + 32, part + 16, 32);
}

static void send_large(struct tf_channel *channel, const char *messages, uint32_t count)
{
    for (uint32_t m = 0; m < count; m++, messages += channel->message_size) {
        memcpy(&channel->ticks[0], messages, HEAD_BYTES);
        size_t at = HEAD_BYTES;
        for (uint32_t part = 1; part < channel->parts; part++, at += PART_BYTES) {
            size_t left = channel->message_size - at;
            fill_part(&channel->ticks[part], messages + at,
                      left < PART_BYTES ? left : PART_BYTES);
        }
        publish(channel, channel->ticks, channel->parts,
                (const struct tf_message *)(const void *)messages);
    }
}

/* True when the message is complete. */
static bool take_part(struct tf_channel *channel, const struct tf_tick *tick)
{
    uint32_t part = (uint32_t)((tick->seq - channel->first_seq) % channel->parts);
    if (part != 0 && part != channel->next_part) {
        channel->next_part = 0; /* its beginning was lost */
        return false;
    }
    if (part == 0) {
        memcpy(channel->message, tick, HEAD_BYTES);
    } else {
        char *to = channel->message + HEAD_BYTES + (size_t)(part - 1) * PART_BYTES;
        memcpy(to, (const char *)tick + 8, 16);
        memcpy(to + 16, (const char *)tick + 32, 32);
    }
    channel->next_part = (part + 1) % channel->parts;
    return channel->next_part == 0;
}

static uint32_t receive_large(struct tf_channel *channel, char *out, uint32_t max,
                              uint64_t *lost)
{
    uint32_t got = 0;
    while (got < max) {
        if (channel->used == channel->buffered) {
            channel->used = 0;
            channel->buffered = read_ticks(channel, channel->ticks, READ_MAX, lost);
            if (channel->buffered == 0)
                break;
        }
        if (!take_part(channel, &channel->ticks[channel->used++]))
            continue;
        memcpy(out + (size_t)got++ * channel->message_size, channel->message,
               channel->message_size);
    }
    return got;
}

const struct tf_transport tf_transport_tickfan = {
    .name = "tickfan",
    .what = "one stamped line per tick, lossy by contract, never torn",
    .origin = "Tickfan " TF_VERSION_STRING,
    .traits = TF_TRAIT_BROADCAST | TF_TRAIT_LOSSY,
    .readers_max = 1024,
    .create = tickfan_create,
    .destroy = tickfan_destroy,
    .open_writer = tickfan_open_writer,
    .open_reader = tickfan_open_reader,
    .close = tickfan_close,
    .send = tickfan_send,
    .receive = tickfan_receive,
};
