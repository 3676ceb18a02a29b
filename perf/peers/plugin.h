/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.h - what every plug-in of this folder begins with: the program's functions, and what libraries with threads of
 * their own need.  For one source file each: everything here is static.
 */
#ifndef TF_PLUGIN_H
#define TF_PLUGIN_H

#include "peer.h"
#include "tickfan.h"

#include <sched.h>

extern const struct tf_peer tf_peer __attribute__((visibility("default")));

/* The program that loaded this plug-in. */
static const struct tf_peer_services *tickfan;

static void plugin_init(const struct tf_peer_services *services)
{
    tickfan = services;
}

/*
 * Workers are pinned, and a thread inherits that: a library's own threads would share the CPU of the loop that
 * spins.  They are started between these two, and may run anywhere.
 */
static inline void plugin_unpin(cpu_set_t *pinned)
{
    cpu_set_t all;
    memset(&all, 0xff, sizeof all); /* the kernel takes those that this process may use */
    sched_getaffinity(0, sizeof *pinned, pinned);
    sched_setaffinity(0, sizeof all, &all);
}

static inline void plugin_pin_again(const cpu_set_t *pinned)
{
    sched_setaffinity(0, sizeof *pinned, pinned);
}

static inline uint64_t plugin_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void plugin_sleep_ms(unsigned ms)
{
    struct timespec time = {.tv_nsec = (long)ms * 1000000};
    nanosleep(&time, NULL);
}

/* Opening waits for the other side at most so long. */
#define PLUGIN_OPEN_NS UINT64_C(10000000000)

/*
 * Subscribing takes its time, and a publisher drops what is sent before.  A reader announces itself before it
 * connects; the writer, which sees the connections come in, sends nothing while there are fewer than announced.
 * So a reader whose open_reader() has returned gets all that is sent from then on.
 */
static inline void plugin_announce(tf_word *announced)
{
    uint64_t before;
    do
        before = tf_load(announced);
    while (!tf_claim(announced, before, before + 1));
}

#endif
