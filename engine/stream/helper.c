/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The publisher's helper thread: everything that must happen beside publishing and must not cost
 * the publishing thread anything.  It sleeps unless a reader is blocked: then it looks at `head` every
 * 50 us, and less often, up to every millisecond, the longer the stream has been idle.
 */
#include "publisher.h"

#include "error.h"
#include "futex.h"

#include <signal.h>
#include <string.h>

static const uint64_t heartbeat_every_ns = 100 * TF_NS_PER_MS;
static const uint64_t reap_every_ns = 500 * TF_NS_PER_MS;
static const uint64_t wake_every_min_ns = 50 * 1000;
static const uint64_t wake_every_max_ns = TF_NS_PER_MS;

static bool somebody_waits(const struct tf_publisher *publisher)
{
    for (uint32_t i = 0; i < publisher->descriptor.readers; i++)
        if (tf_load(&publisher->readers[i].owner) != 0 &&
            tf_load32(&publisher->readers[i].waiting) != 0)
            return true;
    return false;
}

static void wake_everybody(struct tf_publisher *publisher)
{
    for (uint32_t i = 0; i < publisher->ring_count; i++) {
        tf_word32 *wake = &publisher->ring[i].header->wake;
        tf_add32_full(wake, 1);
        tf_futex_wake(wake);
    }
}

static void beat(struct tf_publisher *publisher)
{
    uint64_t now = tf_realtime_ns();
    for (uint32_t i = 0; i < publisher->ring_count; i++)
        tf_store(&publisher->ring[i].header->heartbeat_ns, now);
}

static void *helper_main(void *context)
{
    struct tf_publisher *publisher = context;
    struct tf_roster_header *roster = publisher->roster.base;
    /* The last ring is written last: what is in it is in all of them. */
    const struct tf_data_header *last = publisher->ring[publisher->ring_count - 1].header;
    uint64_t head_woken = 0, head_changed_at = 0, beat_at = 0, reap_at = 0;

    while (!publisher->helper_stop) {
        uint64_t now = tf_monotonic_ns();
        if (now >= beat_at) {
            beat(publisher);
            beat_at = now + heartbeat_every_ns;
        }
        if (now >= reap_at) {
            tf_roster_reap(publisher->readers, publisher->descriptor.readers);
            reap_at = now + reap_every_ns;
        }
        uint32_t doorbell = tf_load32(&roster->doorbell);
        tf_fence_full(); /* the doorbell before the waiting flags: the reader does it the other way */
        if (!somebody_waits(publisher)) {
            tf_futex_wait(&roster->doorbell, doorbell, heartbeat_every_ns);
            continue;
        }
        uint64_t head = tf_load_acquire(&last->head);
        if (head != head_woken) {
            head_woken = head;
            head_changed_at = now;
            wake_everybody(publisher);
        }
        uint64_t pause = (now - head_changed_at) / 16;
        if (pause < wake_every_min_ns)
            pause = wake_every_min_ns;
        if (pause > wake_every_max_ns)
            pause = wake_every_max_ns;
        tf_sleep_until(now + pause);
    }
    return 0;
}

int tf_helper_start(struct tf_publisher *publisher)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* guard.h */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&publisher->helper, 0, helper_main, publisher);
    pthread_sigmask(SIG_SETMASK, &before, 0);
    if (error)
        return tf_fail(TF_EOS, "cannot start the helper thread: %s", strerror(error));
    pthread_setname_np(publisher->helper, "tickfan-helper");
    publisher->helper_runs = true;
    return 0;
}

void tf_helper_stop(struct tf_publisher *publisher)
{
    if (!publisher->helper_runs)
        return;
    struct tf_roster_header *roster = publisher->roster.base;
    publisher->helper_stop = 1;
    tf_add32_full(&roster->doorbell, 1);
    tf_futex_wake(&roster->doorbell);
    pthread_join(publisher->helper, 0);
    publisher->helper_runs = false;
    wake_everybody(publisher); /* whoever still sleeps looks again and sees the state */
}
