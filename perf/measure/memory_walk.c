/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_walk.h"

#include "clock.h"
#include "error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 64 };

int tf_walk_open(struct tf_walk *walk, const char *name, uint64_t slots,
                 enum tf_huge_pages huge_pages, int node)
{
    struct tf_publisher_options options = TF_PUBLISHER_OPTIONS_INIT;
    struct tf_attach_options attach = TF_ATTACH_OPTIONS_INIT;
    struct tf_stream_info info;

    *walk = (struct tf_walk){.slots = slots};
    options.name = name;
    options.capacity = slots;
    options.instruments = 16;
    options.readers = 1;
    options.nodes = &node;
    options.node_count = node >= 0 ? 1 : 0;
    options.huge_pages = huge_pages;
    options.lock_memory =
        TF_LOCK_OFF; /* nothing is swapped out in a second, and limits differ */
    int code = tf_publisher_create(&options, &walk->publisher);
    if (code < 0)
        return code;
    attach.ring = 0;
    code = tf_attach(name, &attach, &walk->reader);
    if (code < 0) {
        tf_walk_close(walk);
        return code;
    }
    tf_get_info(walk->reader, &info);
    walk->page_size = info.page_size;
    snprintf(walk->backing, sizeof walk->backing, "%s", info.backing);
    return 0;
}

void tf_walk_close(struct tf_walk *walk)
{
    tf_detach(walk->reader);
    if (walk->publisher)
        tf_publisher_end(walk->publisher);
    tf_publisher_close(walk->publisher);
    *walk = (struct tf_walk){0};
}

static uint64_t read_half(struct tf_walk *walk, uint64_t wanted)
{
    struct tf_tick ticks[BATCH];
    uint64_t got = 0;
    while (got < wanted) {
        int count = tf_read(walk->reader, ticks, BATCH);
        if (count <= 0)
            break;
        got += (uint64_t)count;
    }
    return got;
}

int tf_walk_run(struct tf_walk *walk, uint64_t ticks, double *publish_ns, double *read_ns)
{
    static const struct tf_tick batch[BATCH];
    uint64_t half = walk->slots / 2, laps = ticks / half ? ticks / half : 1;
    uint64_t publishing = 0, reading = 0;
    for (uint64_t lap = 0; lap < laps; lap++) {
        uint64_t began = tf_monotonic_ns();
        for (uint64_t i = 0; i < half; i += BATCH)
            tf_publish(walk->publisher, batch, BATCH);
        uint64_t between = tf_monotonic_ns();
        uint64_t got = read_half(walk, half);
        publishing += between - began;
        reading += tf_monotonic_ns() - between;
        if (got != half)
            return tf_fail(TF_EINTERNAL,
                           "%" PRIu64 " of %" PRIu64 " ticks came out of a ring of %" PRIu64
                           " that was not full",
                           got, half, walk->slots);
    }
    *publish_ns = (double)publishing / (double)(laps * half);
    *read_ns = (double)reading / (double)(laps * half);
    return 0;
}
