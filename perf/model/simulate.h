/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate.h - one publisher and many spinning readers on some sockets, by discrete events, in nanoseconds.
 *
 * A slot's line starts prepared in the publisher's cache, as ring.h leaves it.  Readers that wait for its tick fetch it
 * and hold copies; the publisher's stores take it back, which invalidates the copies one after the
 * other; readers then ask for it again and the home serves them in the order of their requests.  In a socket
 * other than the home's the first request fetches the line and the others wait for that copy.  Stores leave
 * the publisher in order (x86), with at most `overlap` lines asked for ahead and a store buffer of 56.
 *
 * A socket is a group of cores with one L3: a package of a Xeon, a part of one on CPUs that have several.
 *
 * Not modelled: interrupts, SMT siblings, frequency, bandwidth of links and mesh, evictions, memory.
 */
#ifndef TF_SIMULATE_H
#define TF_SIMULATE_H

#include "costs.h"

enum tf_layout {
    TF_LAYOUT_ONE_RING,      /* in the publisher's node, for all readers */
    TF_LAYOUT_RING_PER_NODE, /* the publisher stores into each */
    TF_LAYOUT_FORWARDER /* a ring per node; a reader per other node stores into that node's */
};
enum { TF_SOCKETS_MAX = 4 };

struct tf_scenario {
    uint32_t sockets; /* 1 to TF_SOCKETS_MAX; the publisher is on socket 0 */
    uint32_t readers; /* reader i is on socket (i + first_socket) % sockets */
    uint32_t first_socket;
    enum tf_layout layout;
    double rate;    /* ticks a second */
    uint32_t batch; /* published at once; 1 or more */
    bool steady;    /* at even intervals; else at random times, that often on average */
    uint32_t ticks; /* the first tenth is not evaluated */
    uint64_t seed;
    /* Called for each tick that a reader sees, if not NULL; from the publisher's start of that tick. */
    void (*seen)(void *context, uint32_t reader, uint32_t tick, double latency_ns);
    void *context;
};

/* ns from the start of publishing: of all readers, of the last one of each tick. */
struct tf_outcome {
    double p50, p99, last_p50, last_p99;
    double
        publish_ns; /* the publisher's time per tick, waiting for room in its store buffer included */
    double batch_ns; /* middle time until the last reader has the whole batch, from its start */
    double per_second; /* what the slowest reader saw */
    bool sustained;    /* readers keep up; else the latencies grow with time and say little */
    uint64_t seen;     /* by all readers together */
};

/* 0; TF_EUSAGE; TF_EOS without memory.  The same scenario and costs give the same outcome. */
int tf_simulate(const struct tf_costs *costs, const struct tf_scenario *scenario,
                struct tf_outcome *outcome);

#endif
