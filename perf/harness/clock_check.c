/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "clock_check_pair.h"
#include "fitness.h"
#include "machine_source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const double pair_seconds = 0.02;
static const uint64_t rate_ns = 25 * TF_NS_PER_MS;
/* Two runs of 25 ms between readings that are sure to 0.1 us differ by 8 millionths; a counter that follows the CPU's clock,
 * by hundredths. */
static const double rate_error_max = 1e-4;
/*
 * A line takes at most 0.3 us from one socket to another.  A bound much wider means that the two processes hardly ever ran
 * at the same time, and then a skew worth refusing could hide in it.
 */
static const double bound_max_ns = 450;
enum { RATE_TRIES = 3, PAIR_TRIES = 32 };

/* Counter and CLOCK_MONOTONIC_RAW at one time: of several tries the one with the least between. */
struct reading {
    uint64_t ticks, ns;
};

static struct reading read_both(void)
{
    struct reading best = {0, 0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < PAIR_TRIES; i++) {
        struct timespec now;
        uint64_t before = tf_ticks();
        clock_gettime(CLOCK_MONOTONIC_RAW, &now);
        uint64_t between = tf_ticks() - before;
        if (between >= least)
            continue;
        least = between;
        best.ticks = before + between / 2;
        best.ns = (uint64_t)now.tv_sec * TF_NS_PER_S + (uint64_t)now.tv_nsec;
    }
    return best;
}

static double rate(struct reading from, struct reading to)
{
    return (double)(to.ticks - from.ticks) / (double)(to.ns - from.ns) * 1e9;
}

static struct reading reading_after(uint64_t ns)
{
    uint64_t until = tf_monotonic_ns() + ns;
    while (tf_monotonic_ns() < until)
        tf_sleep_until(until);
    return read_both();
}

double tf_ticks_hz(void)
{
    static double known;
    if (known <= 0) {
        struct reading first = read_both();
        known = rate(first, reading_after(10 * TF_NS_PER_MS));
    }
    return known;
}

/* Twice.  A stolen moment inside a reading shows as a rate that moved, so what moved is looked at again. */
static void check_rate(struct tf_clock_check *check)
{
    for (int i = 0; i < RATE_TRIES; i++) {
        struct reading first = read_both(), second = reading_after(rate_ns);
        struct reading third = reading_after(rate_ns);
        check->hz = rate(first, third);
        check->hz_error = fabs(rate(first, second) - rate(second, third)) / check->hz;
        if (check->hz_error <= rate_error_max)
            return;
    }
}

/* ---- what CPU and kernel promise -------------------------------------------------------------- */

static bool is_invariant(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (__get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8)))
        return true;
    char flags[8192];
    return tf_source_field(flags, sizeof flags, tf_this_machine, "/proc/cpuinfo", "flags") &&
           tf_has_word(flags, "constant_tsc") && tf_has_word(flags, "nonstop_tsc");
#else
    return true; /* the generic timer is, by architecture */
#endif
}

static void kernel_source(char *out, size_t size)
{
    tf_source_line(out, size, tf_this_machine,
                   "/sys/devices/system/clocksource/clocksource0/current_clocksource");
}

static bool is_trusted(void)
{
    char source[64];
    kernel_source(source, sizeof source);
    return tf_has_word("tsc kvm-clock hyperv_clocksource_tsc_page arch_sys_counter", source);
}

/* ---- skew ------------------------------------------------------------------------------------- */

/* What the counter advances by at least between two looks at it, ns. */
static double resolution_ns(double hz)
{
    uint64_t least = UINT64_MAX, last = tf_ticks();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = tf_ticks();
        if (now != last && now - last < least)
            least = now - last;
        last = now;
    }
    return least == UINT64_MAX ? 0 : (double)least / hz * 1e9;
}

static void refuse(struct tf_clock_check *check, const char *why)
{
    if (check->usable)
        snprintf(check->why, sizeof check->why, "%s", why);
    check->usable = false;
}

static void check_skew(struct tf_clock_check *check, int first, int other, double injected_ns)
{
    char why[sizeof check->why];
    struct tf_pair pair;
    if (!tf_pair_measure(&pair, first, other, pair_seconds, TF_PAIR_OFFSET)) {
        snprintf(why, sizeof why,
                 "the counters of CPU %d and %d could not be compared: not both can be had",
                 first, other);
        refuse(check, why);
        return;
    }
    double ns = 1e9 / check->hz;
    double offset = (pair.offset_low + pair.offset_high) / 2 * ns + injected_ns;
    /* Bounds that cross are counters that jump; they bound nothing, and the offset is beyond 0. */
    double bound = fmax((pair.offset_high - pair.offset_low) / 2 * ns, 0);
    bool beyond = fabs(offset) > bound + resolution_ns(check->hz);
    if (check->skew_cpu < 0 || fabs(offset) > check->skew_ns_max) {
        check->skew_ns_max = fabs(offset);
        check->skew_bound_ns = bound;
        check->skew_cpu = other;
    }
    if (bound > bound_max_ns) {
        snprintf(
            why, sizeof why,
            "CPUs %d and %d are too busy to compare their counters: known to %.0f ns, needed "
            "to %.0f ns; stop other work",
            first, other, bound, bound_max_ns);
        refuse(check, why);
    }
    if (!beyond)
        return;
    snprintf(
        why, sizeof why,
        "the counter of CPU %d is %.0f ns off that of CPU %d, and only %.0f ns can be an error "
        "of measuring",
        other, offset, first, bound);
    refuse(check, why);
}

void tf_clock_check(struct tf_clock_check *check, const int *cpus, int count,
                    double injected_skew_ns)
{
    char why[sizeof check->why], source[64];
    *check = (struct tf_clock_check){.skew_cpu = -1, .usable = true};
    check->invariant = is_invariant();
    check->kernel_trusts = is_trusted();
    check_rate(check);
    if (!check->invariant && !check->kernel_trusts) {
        kernel_source(source, sizeof source);
        snprintf(why, sizeof why,
                 "the CPU does not promise a constant counter, and the kernel uses %s instead",
                 source[0] ? source : "another clock");
        refuse(check, why);
    }
    if (!(check->hz_error <= rate_error_max)) {
        snprintf(why, sizeof why,
                 "the counter's rate moved by %.4f %% between two measurements",
                 check->hz_error * 100);
        refuse(check, why);
    }
    for (int i = 1; i < count; i++)
        if (cpus[i] != cpus[0])
            check_skew(check, cpus[0], cpus[i], injected_skew_ns);
}

json_t *tf_clock_check_json(const struct tf_clock_check *check)
{
    char source[64];
#if defined(__x86_64__)
    static const char counter[] = "tsc";
#else
    static const char counter[] = "cntvct";
#endif
    json_t *out =
        json_pack("{s:s, s:b, s:b, s:f, s:f}", "source", counter, "invariant", check->invariant,
                  "usable", check->usable, "hz", check->hz, "hz_error", check->hz_error);
    kernel_source(source, sizeof source);
    tf_set_text(out, "kernel_source", source);
    tf_set_text(out, "why", check->why);
    if (check->skew_cpu >= 0) {
        json_object_set_new(out, "skew_ns_max", json_real(check->skew_ns_max));
        json_object_set_new(out, "skew_bound_ns", json_real(check->skew_bound_ns));
        json_object_set_new(out, "skew_cpu", json_integer(check->skew_cpu));
    }
    return out;
}
