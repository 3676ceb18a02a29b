/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock that stamps ts_pub: nanoseconds UTC, derived from the CPU's invariant counter.
 *
 * Why not clock_gettime() alone: it costs 20 to 25 ns here, a quarter of a whole line hand-off
 * (95 ns), and tf_publish() reads the clock on the way to the tick.  Reading the counter costs
 * about 8 ns.  A clock re-anchors itself to CLOCK_REALTIME at doubling intervals up to one second, so
 * it follows NTP; between anchors it errs by less than about 100 ns.  Where the counter is not
 * invariant it falls back to clock_gettime(), which on Linux is no system call either.
 */
#ifndef TF_CLOCK_H
#define TF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TF_NS_PER_S  UINT64_C(1000000000)
#define TF_NS_PER_MS UINT64_C(1000000)

/* One thread's clock.  Initialise with tf_clock_init(); plain memory, no shared state. */
struct tf_clock {
    uint64_t anchor_ticks;
    uint64_t anchor_ns;
    uint64_t mult;                  /* ns = ticks * mult >> 32; 0: use clock_gettime() */
    uint64_t refresh_ticks;         /* re-anchor when the counter is that far from the anchor */
    uint64_t first_ticks, first_ns; /* the baseline that the slope is measured over */
    bool rebased;                   /* the baseline is new: believe the next slope */
};

/* The CPU's counter: rdtsc on x86-64, cntvct_el0 on aarch64.  Not serialising. */
static inline uint64_t tf_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
#error "Tickfan supports x86-64 and aarch64"
#endif
}

/*
 * The same, read when all loads before it are done.  CPUs read the counter as soon as they have guessed
 * that they will: by tf_ticks() alone a line that is still on its way would count as read.  Costs 5 to 15 ns.
 */
static inline uint64_t tf_ticks_after_loads(void)
{
#if defined(__x86_64__)
    __builtin_ia32_lfence();
#else
    __asm__ volatile("dsb ishld\n\tisb" : : : "memory");
#endif
    return tf_ticks();
}

/* Takes about 2 ms the first time in a process, to measure the counter's rate. */
void tf_clock_init(struct tf_clock *clock);

/* Slow half of tf_clock_now(): a new anchor. */
uint64_t tf_clock_refresh(struct tf_clock *clock);

/* The time at which the counter stood at `ticks`, a moment ago, perhaps before the last anchor. */
static inline uint64_t tf_clock_at(struct tf_clock *clock, uint64_t ticks)
{
    int64_t elapsed = (int64_t)(ticks - clock->anchor_ticks);
    if (__builtin_expect(elapsed >= (int64_t)clock->refresh_ticks, 0))
        return tf_clock_refresh(clock);
    return clock->anchor_ns + (uint64_t)(((__int128)elapsed * (int64_t)clock->mult) >> 32);
}

static inline uint64_t tf_clock_now(struct tf_clock *clock)
{
    return tf_clock_at(clock, tf_ticks());
}

/* CLOCK_REALTIME and CLOCK_MONOTONIC in ns, for everything that is not hot. */
uint64_t tf_realtime_ns(void);
uint64_t tf_monotonic_ns(void);

/* Sleep until CLOCK_MONOTONIC reads `deadline_ns`; returns early on a signal. */
void tf_sleep_until(uint64_t deadline_ns);

/* Tell the CPU that this is a spin loop. */
static inline void tf_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
