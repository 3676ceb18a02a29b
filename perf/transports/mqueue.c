/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A POSIX message queue, as long as fs.mqueue.msg_max lets anyone make it: 10 messages on most machines, so that in
 * a flood writer and reader take turns.  Its name is removed as soon as it is open; workers inherit the descriptor.
 */
#include "error.h"
#include "slots.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct tf_channel {
    mqd_t queue;
    size_t message_size;
    struct tf_gate gate;
};

/* A limit of the kernel's; `otherwise` is its default. */
static uint64_t kernel_limit(const char *name, uint64_t otherwise)
{
    char path[64], line[32] = "";
    uint64_t value;
    snprintf(path, sizeof path, "/proc/sys/fs/mqueue/%s", name);
    FILE *file = fopen(path, "re");
    if (!file)
        return otherwise;
    bool read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return read && tf_parse_u64(line, UINT32_MAX, &value) && value > 0 ? value : otherwise;
}

static mqd_t open_new(long messages, long size)
{
    static unsigned made;
    char name[64];
    struct mq_attr attributes = {.mq_maxmsg = messages, .mq_msgsize = size};
    snprintf(name, sizeof name, "/tickfan-perf-%d-%u", (int)getpid(), made++);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
    if (queue != (mqd_t)-1)
        mq_unlink(name);
    return queue;
}

static struct tf_channel *create(const struct tf_channel_options *options)
{
    uint64_t longest = kernel_limit("msg_max", 10);
    uint64_t wanted = options->capacity ? options->capacity : TF_SLOTS_DEFAULT;
    uint64_t largest = kernel_limit("msgsize_max", 8192);
    if (options->message_size == 0 || options->message_size > largest) {
        tf_fail(TF_EUSAGE, "fs.mqueue.msgsize_max allows messages of %llu bytes, not of %u",
                (unsigned long long)largest, options->message_size);
        return NULL;
    }
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    long messages = (long)(wanted < longest ? wanted : longest);
    channel->message_size = options->message_size;
    channel->queue = open_new(messages, (long)options->message_size);
    if (channel->queue == (mqd_t)-1) {
        tf_fail_errno(TF_EOS, "no message queue of %ld messages of %u bytes (see 'ulimit -q')",
                      messages, options->message_size);
        free(channel);
        return NULL;
    }
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    mq_close(channel->queue);
    free(channel);
}

static bool available(char *why)
{
    mqd_t queue = open_new(1, TF_LINE_BYTES);
    if (queue == (mqd_t)-1) {
        snprintf(why, 128, "no POSIX message queues here: %s", strerror(errno));
        return false;
    }
    mq_close(queue);
    return true;
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const char *from = messages;
    for (uint32_t i = 0; i < count; i++) {
        struct timespec deadline =
            tf_deadline(CLOCK_REALTIME, channel->gate.given_up ? 0 : TF_GATE_WAIT_NS);
        int result;
        do
            result = mq_timedsend(channel->queue, from, channel->message_size, 0, &deadline);
        while (result != 0 && errno == EINTR);
        channel->gate.given_up = result != 0;
        if (result != 0)
            return;
        from += channel->message_size;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    char *to = out;
    uint32_t count = 0;
    struct timespec deadline = tf_deadline(CLOCK_REALTIME, TF_RECEIVE_WAIT_NS);
    while (count < max &&
           mq_timedreceive(channel->queue, to, channel->message_size, NULL, &deadline) > 0) {
        to += channel->message_size;
        count++;
        deadline = (struct timespec){0}; /* only the first is waited for */
    }
    return count;
}

const struct tf_transport tf_transport_mqueue = {
    .name = "mqueue",
    .what = "POSIX message queue",
    .origin = "POSIX",
    .traits = TF_TRAIT_SLEEPS,
    .readers_max = 1,
    .available = available,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};
