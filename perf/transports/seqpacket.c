/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pair of Unix sockets that keep message boundaries; a batch is one sendmmsg() and one recvmmsg().  The kernel
 * lets net.unix.max_dgram_qlen messages wait (10 on many machines), whatever the buffers.
 */
#include "error.h"
#include "slots.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH_MAX = 64, MESSAGE_BYTES_MAX = 65536, BUFFER_BYTES = 4 << 20 };

struct tf_channel {
    int writer, reader;
    size_t message_size;
    struct tf_gate gate;
};

static bool make_pair(struct tf_channel *channel)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        tf_fail_errno(TF_EOS, "no pair of Unix sockets");
        return false;
    }
    channel->writer = pair[0];
    channel->reader = pair[1];
    /* As much as the kernel grants; it cuts it to net.core.wmem_max itself. */
    int bytes = BUFFER_BYTES;
    setsockopt(channel->writer, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    struct timeval patience = {.tv_sec = (time_t)(TF_GATE_WAIT_NS / 1000000000)};
    setsockopt(channel->writer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct timeval wait = {.tv_usec = (suseconds_t)(TF_RECEIVE_WAIT_NS / 1000)};
    setsockopt(channel->reader, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    return true;
}

static struct tf_channel *create(const struct tf_channel_options *options)
{
    if (options->message_size == 0 || options->message_size > MESSAGE_BYTES_MAX) {
        tf_fail(TF_EUSAGE, "messages of up to %d bytes, not of %u", MESSAGE_BYTES_MAX,
                options->message_size);
        return NULL;
    }
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    channel->message_size = options->message_size;
    if (!make_pair(channel)) {
        free(channel);
        return NULL;
    }
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    close(channel->writer);
    close(channel->reader);
    free(channel);
}

/* One message each; the kernel only reads what a writer's part points to. */
static void lay_out(struct mmsghdr *headers, struct iovec *parts, void *messages, size_t size,
                    uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        parts[i] = (struct iovec){.iov_base = (char *)messages + i * size, .iov_len = size};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
    }
}

/* How many of them went; 0: the reader is given up. */
static int send_some(struct tf_channel *channel, void *messages, uint32_t count)
{
    int flags = MSG_NOSIGNAL | (channel->gate.given_up ? MSG_DONTWAIT : 0);
    if (count == 1)
        return send(channel->writer, messages, channel->message_size, flags) >= 0 ? 1 : -1;
    struct mmsghdr headers[BATCH_MAX];
    struct iovec parts[BATCH_MAX];
    lay_out(headers, parts, messages, channel->message_size, count);
    return sendmmsg(channel->writer, headers, count, flags);
}

static void send_all(struct tf_channel *channel, const void *messages, uint32_t count)
{
    /* struct iovec has no const. */
    unsigned char *from = (unsigned char *)(uintptr_t)messages;
    while (count > 0) {
        int done = send_some(channel, from, count);
        if (done < 0 && errno == EINTR)
            continue;
        channel->gate.given_up = done <= 0;
        if (done <= 0)
            return;
        from += (size_t)done * channel->message_size;
        count -= (uint32_t)done;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    if (max == 1)
        return recv(channel->reader, out, channel->message_size, 0) > 0 ? 1 : 0;
    struct mmsghdr headers[BATCH_MAX];
    struct iovec parts[BATCH_MAX];
    lay_out(headers, parts, out, channel->message_size, max);
    int done = recvmmsg(channel->reader, headers, max, MSG_WAITFORONE, NULL);
    return done > 0 ? (uint32_t)done : 0;
}

const struct tf_transport tf_transport_seqpacket = {
    .name = "seqpacket",
    .what = "pair of Unix sockets that keep message boundaries",
    .origin = "POSIX",
    .traits = TF_TRAIT_SLEEPS,
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send_all,
    .receive = receive,
};
