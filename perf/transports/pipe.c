/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pipe, as large as the kernel grants; a batch is one write() and one read().  A blocking read() could not end after
 * 50 ms, so the reader sleeps in poll(): waking costs it one more system call, about 0.2 of 9 us.
 */
#include "error.h"
#include "slots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct tf_channel {
    int read_end, write_end;
    size_t message_size;
    struct tf_gate gate;
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    if (options->message_size == 0 || options->message_size > PIPE_BUF) {
        tf_fail(TF_EUSAGE, "a pipe takes messages of up to %d bytes whole, not of %u", PIPE_BUF,
                options->message_size);
        return NULL;
    }
    struct tf_channel *channel = tf_channel_alloc(sizeof *channel);
    if (!channel)
        return NULL;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        tf_fail_errno(TF_EOS, "no pipe");
        free(channel);
        return NULL;
    }
    *channel = (struct tf_channel){
        .read_end = ends[0], .write_end = ends[1], .message_size = options->message_size};
    /* 1 MiB is what anyone may have by default; without it the pipe stays at 64 KiB. */
    fcntl(channel->write_end, F_SETPIPE_SZ, 1 << 20);
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    close(channel->read_end);
    close(channel->write_end);
    free(channel);
}

static bool wait_for(int end, short events, uint64_t ns)
{
    struct pollfd wanted = {.fd = end, .events = events};
    return poll(&wanted, 1, (int)(ns / 1000000)) > 0;
}

/*
 * A write of more than PIPE_BUF bytes goes in by pieces.  A reader given up may leave half a message in the pipe, which
 * nothing can follow: all is dropped from then on.
 */
static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    const unsigned char *from = messages;
    size_t left = count * channel->message_size;
    while (left > 0 && !channel->gate.given_up) {
        ssize_t done = write(channel->write_end, from, left);
        if (done > 0) {
            from += done;
            left -= (size_t)done;
        } else if (errno == EAGAIN) {
            channel->gate.given_up = !wait_for(channel->write_end, POLLOUT, TF_GATE_WAIT_NS);
        } else if (errno != EINTR) {
            channel->gate.given_up = true;
        }
    }
}

/* The rest of a message of which `have` bytes are there; the writer is about to write it. */
static bool complete(struct tf_channel *channel, unsigned char *to, size_t have)
{
    while (have < channel->message_size) {
        ssize_t done = read(channel->read_end, to + have, channel->message_size - have);
        if (done > 0)
            have += (size_t)done;
        else if (done == 0 || (errno != EAGAIN && errno != EINTR) ||
                 !wait_for(channel->read_end, POLLIN, TF_GATE_WAIT_NS))
            return false;
    }
    return true;
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    size_t size = channel->message_size;
    ssize_t done = read(channel->read_end, out, max * size);
    if (done < 0 && errno == EAGAIN && wait_for(channel->read_end, POLLIN, TF_RECEIVE_WAIT_NS))
        done = read(channel->read_end, out, max * size);
    if (done <= 0)
        return 0;
    uint32_t count = (uint32_t)((size_t)done / size);
    size_t rest = (size_t)done % size;
    if (rest > 0 && complete(channel, (unsigned char *)out + count * size, rest))
        count++;
    return count;
}

const struct tf_transport tf_transport_pipe = {
    .name = "pipe",
    .what = "pipe, a batch in one write",
    .origin = "POSIX",
    .traits = TF_TRAIT_SLEEPS,
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};
