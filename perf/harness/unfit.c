/* SPDX-License-Identifier: Apache-2.0 */
#include "unfit_of.h"

#include "machine_source.h"
#include "placement_of.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A p99 of hand-offs 5 us apart holds while less than 1 % of the time somebody else has the CPU.  The kernel counts stolen
 * time in steps of 10 ms, so its share is believed from 2 % on.
 */
static const double away_max = 0.01, steal_max = 0.02;
static const char note[] = "note: ";

static void add(json_t *reasons, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(json_t *reasons, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_array_append_new(reasons, json_string(text));
}

/* The CPUs that are used: those whose noise was measured, else the first of the order. */
static int used_cpus(const char *root, const cpu_set_t *allowed, const struct tf_noise *noise,
                     int noises, int wanted, int *used)
{
    int count = 0;
    if (noises == 0) {
        count = tf_cpus_order(root, allowed, used, CPU_SETSIZE);
        return count < wanted ? count : wanted;
    }
    for (int i = 0; i < noises && count < CPU_SETSIZE; i++)
        used[count++] = noise[i].cpu;
    return count;
}

static void look_at_siblings(json_t *reasons, const char *root, const int *used, int count)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            if (used[i] != used[j] &&
                tf_cpu_distance_of(root, used[j], used[i]) == TF_SMT_SIBLING) {
                add(reasons,
                    "CPUs %d and %d share one core: a spinning reader takes half of its "
                    "neighbour; use one CPU of each core (--cpus)",
                    used[j], used[i]);
                return;
            }
}

static void look_at_noise(json_t *reasons, const struct tf_noise *noise, int noises)
{
    const struct tf_noise *away = NULL, *stolen = NULL;
    for (int i = 0; i < noises; i++) {
        if (!away || noise[i].away_share > away->away_share)
            away = &noise[i];
        if (isfinite(noise[i].steal_share) &&
            (!stolen || noise[i].steal_share > stolen->steal_share))
            stolen = &noise[i];
    }
    if (stolen && stolen->steal_share > steal_max)
        add(reasons,
            "the hypervisor takes %.1f %% of the time of CPU %d, %.0f %% is the most that can "
            "be "
            "judged",
            100 * stolen->steal_share, stolen->cpu, 100 * steal_max);
    if (away && away->away_share > away_max)
        add(reasons,
            "others have CPU %d for %.1f %% of the time (longest %.2f ms, %llu preemptions), "
            "%.0f "
            "%% is the most that can be judged; stop other work, or isolate CPUs",
            away->cpu, 100 * away->away_share, away->gap_ns_max / 1e6,
            (unsigned long long)away->preemptions, 100 * away_max);
}

static void look_at_kind(json_t *reasons, const char *root)
{
    char text[64];
    if (tf_governor_of(root, text, sizeof text) && strcmp(text, "performance") != 0)
        add(reasons,
            "%sfrequency governor is \"%s\": the clock rises and falls with the load; "
            "cpupower frequency-set -g performance",
            note, text);
    tf_hypervisor_of(root, text, sizeof text);
    if (text[0])
        add(reasons,
            "%srunning under a hypervisor (%s): it may move CPUs about, and the kernel's word "
            "for "
            "their distance need not be true",
            note, text);
}

json_t *tf_machine_unfit_of(const char *root, const cpu_set_t *allowed,
                            const struct tf_clock_check *clock, const struct tf_noise *noise,
                            int noises, int cpus_wanted)
{
    static _Thread_local int used[CPU_SETSIZE];
    json_t *reasons = json_array();
    int count = used_cpus(root, allowed, noise, noises, cpus_wanted, used);

    if (CPU_COUNT(allowed) < cpus_wanted)
        add(reasons, "%d CPUs allowed, %d wanted", CPU_COUNT(allowed), cpus_wanted);
    if (clock && !clock->usable)
        add(reasons, "unstable clock: %s", clock->why);
    look_at_noise(reasons, noise, noises);
    look_at_siblings(reasons, root, used, count);
    look_at_kind(reasons, root);
    return reasons;
}

json_t *tf_machine_unfit(const struct tf_clock_check *clock, const struct tf_noise *noise,
                         int noises, int cpus_wanted)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        CPU_ZERO(&allowed);
    return tf_machine_unfit_of(tf_this_machine, &allowed, clock, noise, noises, cpus_wanted);
}

bool tf_machine_is_unfit(const json_t *reasons)
{
    size_t index;
    json_t *reason;
    json_array_foreach(reasons, index, reason)
    {
        const char *text = json_string_value(reason);
        if (text && strncmp(text, note, sizeof note - 1) != 0)
            return true;
    }
    return false;
}
