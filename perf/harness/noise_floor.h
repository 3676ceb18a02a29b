/* SPDX-License-Identifier: Apache-2.0 */
/*
 * noise_floor.h - what a loop that only reads the counter sees of everybody else on its CPU, with when: tf_noise_measure() for
 * several CPUs at once.
 */
#ifndef TF_NOISE_FLOOR_H
#define TF_NOISE_FLOOR_H

#include "fitness.h"

enum { TF_NOISE_SLICES = 50, TF_NOISE_LONGEST = 8, TF_NOISE_SLICE_GAPS = 64 };

struct tf_noise_gap {
    double at_seconds, ns;
};

struct tf_noise_floor {
    bool ran;
    struct tf_noise noise;
    uint32_t longest_count;
    struct tf_noise_gap longest[TF_NOISE_LONGEST]; /* longest first */
    /* The gaps above 1 us by the time of the run, which is cut into equal slices; 0: none in that slice. */
    struct tf_noise_slice {
        uint64_t gaps, p50_ns, p99_ns, max_ns;
    } slice[TF_NOISE_SLICES];
};

/*
 * A process on each of `cpus`, all spinning at the same time for `seconds`.  New array of `count`, to free(); NULL
 * without memory.  An entry with ran = false: that CPU could not be had, or the run was stopped.
 */
struct tf_noise_floor *tf_noise_floor_measure(const int *cpus, int count, double seconds);

/* What /proc/stat counted for a CPU: all its time, and what the hypervisor gave to others. */
struct tf_cpu_time {
    uint64_t all, stolen;
};
bool tf_cpu_time_of(const char *root, int cpu, struct tf_cpu_time *time);

#endif
