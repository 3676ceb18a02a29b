/* SPDX-License-Identifier: Apache-2.0 */
/* The four ways of waiting for the next tick. */
#include "futex.h"
#include "reader.h"

#include <sched.h>

/* How long to spin before anything else: about 10 us, ten times a busy stream's spacing. */
enum { SPINS_AT_FIRST = 1024, SPINS_BETWEEN_LOOKS = 256, YIELDS = 16 };
static const uint64_t look_every_ns = 10 * TF_NS_PER_MS; /* at state and heartbeat */
static const uint64_t sleep_min_ns = 1000, sleep_max_ns = 50 * 1000;
static const uint64_t block_max_ns = 100 * TF_NS_PER_MS;

struct wait {
    uint64_t deadline; /* CLOCK_MONOTONIC; UINT64_MAX: none */
    uint64_t look_at;
    uint64_t sleep_ns;
    unsigned yields;
};

/* Spin for a while; true as soon as there is something. */
static bool spin(const struct tf_reader *reader, int spins)
{
    for (int i = 0; i < spins; i++) {
        if (tf_reader_has_next(reader))
            return true;
        if (reader->wait != TF_WAIT_SPIN)
            tf_pause();
    }
    return false;
}

/* 0: go on waiting; else what tf_wait() returns because the stream will not go on by itself. */
static int look_at_stream(const struct tf_reader *reader)
{
    enum tf_state state = tf_get_state(reader);
    if (state == TF_STATE_LIVE || state == TF_STATE_STARTING || tf_reader_has_next(reader))
        return 0;
    /* A state is stored after the last tick, so what it speaks of was there to be seen. */
    switch (state) {
    case TF_STATE_ENDED:
        return TF_ENDED;
    case TF_STATE_REPLACED:
        return TF_REPLACED;
    default:
        return TF_DEAD;
    }
}

/*
 * Sleep until the helper thread wakes us.  The flag and the doorbell come before the last look at the
 * ring, the helper looks at the ring after the flag: one of the two sees the other.
 */
static void block(struct tf_reader *reader, uint64_t ns)
{
    uint32_t wake = tf_load32_acquire(&reader->header->wake);
    if (ns > block_max_ns)
        ns = block_max_ns; /* nobody wakes us when the publisher is killed */
    if (!reader->doorbell && ns > sleep_max_ns)
        ns = sleep_max_ns; /* anonymous: nobody wakes us at all */
    tf_store32(&reader->slot->waiting, 1);
    if (reader->doorbell) {
        tf_add32_full(reader->doorbell, 1);
        tf_futex_wake(reader->doorbell);
    }
    tf_fence_full();
    if (!tf_reader_has_next(reader))
        tf_futex_wait(&reader->header->wake, wake, ns);
    tf_store32(&reader->slot->waiting, 0);
}

static void rest(struct tf_reader *reader, struct wait *wait, uint64_t now)
{
    uint64_t left = wait->deadline - now;
    switch (reader->wait) {
    case TF_WAIT_SPIN:
    case TF_WAIT_PAUSE:
        return;
    case TF_WAIT_BLOCK:
        block(reader, left);
        return;
    case TF_WAIT_BACKOFF:
        break;
    }
    if (wait->yields < YIELDS) {
        wait->yields++;
        sched_yield();
        return;
    }
    uint64_t ns = wait->sleep_ns < left ? wait->sleep_ns : left;
    tf_sleep_until(now + ns);
    if (wait->sleep_ns < sleep_max_ns)
        wait->sleep_ns *= 2;
}

int tf_wait(tf_reader *reader, int64_t timeout_ns)
{
    if (tf_reader_has_next(reader))
        return 1;
    reader->cursor.heat = TF_HEAT_NONE; /* it keeps up */
    if (spin(reader, timeout_ns == 0 ? 1 : SPINS_AT_FIRST))
        return 1;
    uint64_t now = tf_monotonic_ns();
    struct wait wait = {.deadline = timeout_ns < 0 ? UINT64_MAX : now + (uint64_t)timeout_ns,
                        .sleep_ns = sleep_min_ns};
    for (;;) {
        if (now >= wait.look_at) {
            int ended = look_at_stream(reader);
            if (ended)
                return ended;
            wait.look_at = now + look_every_ns;
        }
        if (now >= wait.deadline)
            return 0;
        rest(reader, &wait, now);
        if (spin(reader, reader->wait <= TF_WAIT_BACKOFF ? 1 : SPINS_BETWEEN_LOOKS))
            return 1;
        now = tf_monotonic_ns();
    }
}
