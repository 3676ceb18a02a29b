/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - one writer and its readers, each a process, over one transport: a small driver of its own, so that
 * transports are not tested by the harness that measures them.
 */
#ifndef TF_DELIVERY_H
#define TF_DELIVERY_H

#include "transport.h"

enum { DELIVERY_READERS_MAX = 8, DELIVERY_SIZE_MAX = 1024, DELIVERY_BATCH_MAX = 64 };

struct delivery {
    const struct tf_transport *transport;
    uint32_t message_size, batch, readers, capacity;
    uint64_t messages;
    bool late;        /* readers attach, but read only when everything has been sent */
    bool abandon;     /* readers end without a word as soon as they are attached */
    bool kill_reader; /* the first one, in the middle; then the writer */
};

/* What a reader saw. */
struct delivery_reader {
    uint64_t received, lost;
    uint64_t first, last; /* numbers */
    uint64_t disordered, torn;
};

struct delivery_report {
    char problem[512]; /* "": it ran as it should; else where it stopped */
    struct delivery_reader reader[DELIVERY_READERS_MAX];
    bool isolated;       /* leftovers were looked for */
    char leftovers[512]; /* found after destroy() */
};

/* In a child with a world of its own (own_world.h), within 30 s. */
void tf_deliver(const struct delivery *delivery, struct delivery_report *report);

#endif
