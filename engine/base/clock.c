/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include "tickfan.h"

#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static uint64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * TF_NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t tf_realtime_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t tf_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void tf_sleep_until(uint64_t deadline_ns)
{
    struct timespec until = {.tv_sec = (time_t)(deadline_ns / TF_NS_PER_S),
                             .tv_nsec = (long)(deadline_ns % TF_NS_PER_S)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0);
}

static bool counter_is_invariant(void)
{
#if defined(__x86_64__)
    /* CPUID leaves a virtual machine and costs microseconds there: ask once. */
    static _Atomic int known = -1;
    if (known < 0) {
        unsigned a, b, c, d;
        known = __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
    }
    return known;
#else
    return true; /* the generic timer is, by architecture */
#endif
}

/* A (counter, wall clock) pair: of several tries the one with the least time in between. */
static void read_pair(uint64_t *ticks, uint64_t *ns)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        uint64_t before = tf_ticks();
        uint64_t now = tf_realtime_ns();
        uint64_t after = tf_ticks();
        if (after - before < best) {
            best = after - before;
            *ticks = before + (after - before) / 2;
            *ns = now;
        }
    }
}

static uint64_t slope(uint64_t ticks, uint64_t ns)
{
    return (uint64_t)(((unsigned __int128)ns << 32) / ticks);
}

void tf_clock_init(struct tf_clock *clock)
{
    *clock = (struct tf_clock){0}; /* refresh_ticks 0: every reading goes the slow way */
    if (!counter_is_invariant())
        return;
    read_pair(&clock->first_ticks, &clock->first_ns);
    uint64_t until = tf_monotonic_ns() + 2 * TF_NS_PER_MS;
    while (tf_monotonic_ns() < until)
        tf_pause();
    tf_clock_refresh(clock);
}

uint64_t tf_clock_refresh(struct tf_clock *clock)
{
    if (clock->first_ticks == 0)
        return tf_realtime_ns();
    uint64_t ticks = 0, ns = 0;
    read_pair(&ticks, &ns);
    /* A wall clock that was stepped would bend the slope: measure from here again. */
    uint64_t ticks_run = ticks - clock->first_ticks;
    uint64_t ns_run = ns - clock->first_ns;
    uint64_t fresh = ns > clock->first_ns && ticks_run ? slope(ticks_run, ns_run) : 0;
    bool bent =
        clock->mult && !clock->rebased &&
        (fresh > clock->mult + clock->mult / 1000 || fresh < clock->mult - clock->mult / 1000);
    bool stepped = fresh == 0 || bent;
    if (!stepped)
        clock->mult = fresh;
    clock->rebased = stepped;
    clock->anchor_ticks = ticks;
    clock->anchor_ns = ns;
    /* The slope's error is the pair's error over the run measured, so trust it for as long
     * again as it was measured, at most a second. */
    uint64_t second = clock->mult ? (TF_NS_PER_S << 32) / clock->mult : 0;
    clock->refresh_ticks = ticks_run < second ? ticks_run : second;
    if (stepped || ticks_run > 16 * second) {
        clock->first_ticks = ticks;
        clock->first_ns = ns;
        clock->refresh_ticks = second / 16;
    }
    return ns;
}

uint64_t tf_now(void)
{
    static _Thread_local struct tf_clock clock;
    if (clock.first_ticks == 0)
        tf_clock_init(&clock);
    return tf_clock_now(&clock);
}
