/* SPDX-License-Identifier: Apache-2.0 */
#include "wait_ways.h"

#include "clock.h"
#include "error.h"
#include "futex.h"

#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

const struct tf_way tf_ways[TF_WAYS] = {
    {"spin", "tf_wait() that polls", TF_WAIT_SPIN},
    {"pause", "tf_wait() that polls with the CPU's pause hint", TF_WAIT_PAUSE},
    {"backoff", "tf_wait() that polls, then yields, then sleeps up to 50 us", TF_WAIT_BACKOFF},
    {"block", "tf_wait() asleep in the kernel, woken by the publisher's helper thread",
     TF_WAIT_BLOCK},
    {"futex", "asleep on a futex that the sender wakes itself", TF_WAY_FUTEX},
    {"eventfd", "asleep in read() of an eventfd that the sender writes", TF_WAY_EVENTFD},
};

/* How soon a receiver notices that it is wanted no more. */
static const uint64_t look_up_ns = 100 * TF_NS_PER_MS;

enum { STAMPS = 1024 };

struct tf_wait_channel {
    const char *stream;
    int event;                   /* inherited */
    alignas(128) tf_word32 bell; /* counts bare messages */
    tf_word sent[STAMPS];        /* the counter at each of the last */
    alignas(128) tf_word32 received;
    alignas(128) uint64_t took[TF_WAKES_MAX];
};

struct tf_wait_channel *tf_wait_channel_open(const char *stream)
{
    struct tf_wait_channel *channel = mmap(NULL, sizeof *channel, PROT_READ | PROT_WRITE,
                                           MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (channel == MAP_FAILED) {
        tf_fail_errno(TF_EOS, "no memory to share with a process");
        return NULL;
    }
    channel->stream = stream;
    channel->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (channel->event < 0) {
        tf_fail_errno(TF_EOS, "cannot make an eventfd");
        munmap(channel, sizeof *channel);
        return NULL;
    }
    return channel;
}

void tf_wait_channel_close(struct tf_wait_channel *channel)
{
    if (!channel)
        return;
    close(channel->event);
    munmap(channel, sizeof *channel);
}

uint32_t tf_wait_received(const struct tf_wait_channel *channel, const uint64_t **took)
{
    *took = channel->took;
    return tf_load32_acquire(&channel->received);
}

void tf_wait_reset(struct tf_wait_channel *channel)
{
    tf_store32_release(&channel->received, 0);
}

/* ---- the receiver ------------------------------------------------------------------------------- */

static void note(struct tf_wait_channel *channel, uint64_t sent)
{
    uint64_t now = tf_ticks();
    uint32_t at = tf_load32(&channel->received);
    if (at < TF_WAKES_MAX)
        channel->took[at] = now > sent ? now - sent : 0;
    tf_store32_release(&channel->received, at + 1);
}

static int receive_ticks(struct tf_wait_channel *channel, int mode,
                         struct tf_actor_board *board)
{
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    struct tf_tick tick;
    tf_reader *reader;
    options.reader_name = "perf wait";
    options.wait = (enum tf_wait_mode)mode;
    int error = tf_attach(channel->stream, &options, &reader);
    if (error)
        return error;
    tf_actor_ready(board);
    while (!tf_actor_relieved(board)) {
        if (tf_wait(reader, (int64_t)look_up_ns) == 1 && tf_read(reader, &tick, 1) == 1)
            note(channel, tick.ts_event);
    }
    tf_detach(reader);
    return 0;
}

/* Bare messages after `seen`, as many as one wake-up was for. */
static uint32_t note_up_to(struct tf_wait_channel *channel, uint32_t seen, uint32_t last)
{
    while (seen != last)
        note(channel, tf_load(&channel->sent[++seen % STAMPS]));
    return last;
}

static int receive_futex(struct tf_wait_channel *channel, struct tf_actor_board *board)
{
    uint32_t seen = tf_load32_acquire(&channel->bell);
    tf_actor_ready(board);
    while (!tf_actor_relieved(board)) {
        uint32_t last = tf_load32_acquire(&channel->bell);
        if (last == seen)
            tf_futex_wait(&channel->bell, seen, look_up_ns);
        seen = note_up_to(channel, seen, last);
    }
    return 0;
}

static int receive_event(struct tf_wait_channel *channel, struct tf_actor_board *board)
{
    struct pollfd poll_one = {.fd = channel->event, .events = POLLIN};
    uint32_t seen = tf_load32_acquire(&channel->bell);
    uint64_t count;
    tf_actor_ready(board);
    while (!tf_actor_relieved(board)) {
        if (poll(&poll_one, 1, (int)(look_up_ns / TF_NS_PER_MS)) == 1 &&
            read(channel->event, &count, sizeof count) == (ssize_t)sizeof count)
            seen = note_up_to(channel, seen, seen + (uint32_t)count);
    }
    return 0;
}

int tf_wait_receive(void *context, uint32_t what, struct tf_actor_board *board)
{
    struct tf_wait_channel *channel = context;
    if (what >= TF_WAYS)
        return 0;
    switch (tf_ways[what].mode) {
    case TF_WAY_FUTEX:
        return receive_futex(channel, board);
    case TF_WAY_EVENTFD:
        return receive_event(channel, board);
    default:
        return receive_ticks(channel, tf_ways[what].mode, board);
    }
}

/* ---- the sender --------------------------------------------------------------------------------- */

void tf_wait_send(struct tf_wait_channel *channel, const struct tf_way *way,
                  tf_publisher *publisher)
{
    static const uint64_t one = 1;
    struct tf_tick tick = {
        .rtype = TF_RTYPE_MBO, .action = 'A', .side = 'B', .instrument_id = 1};
    if (way->mode >= 0) {
        tick.ts_event = tf_ticks();
        tf_publish(publisher, &tick, 1);
        return;
    }
    uint32_t number = tf_load32(&channel->bell) + 1;
    tf_store(&channel->sent[number % STAMPS], tf_ticks());
    tf_store32_release(&channel->bell, number);
    if (way->mode == TF_WAY_FUTEX)
        tf_futex_wake(&channel->bell);
    else if (write(channel->event, &one, sizeof one) != (ssize_t)sizeof one)
        return; /* shows as lost */
}
