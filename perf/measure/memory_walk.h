/* SPDX-License-Identifier: Apache-2.0 */
/* memory_walk.h - a stream in one process that is written and then read, half a ring at a time. */
#ifndef TF_MEMORY_WALK_H
#define TF_MEMORY_WALK_H

#include "tickfan_publish.h"

struct tf_walk {
    tf_publisher *publisher; /* NULL: none */
    tf_reader *reader;
    uint64_t slots;
    uint64_t page_size; /* of the ring, as the reader is told */
    char backing[16];
};

/* In the TICKFAN_DIR of the moment.  0, or what tf_publisher_create() and tf_attach() return. */
int tf_walk_open(struct tf_walk *walk, const char *name, uint64_t slots,
                 enum tf_huge_pages huge_pages, int node);
void tf_walk_close(struct tf_walk *walk);

/*
 * About `ticks` of them and at least half a ring: ns per tick of tf_publish() and of tf_read(), in batches of 64.  0;
 * TF_EINTERNAL when a tick did not come out.
 */
int tf_walk_run(struct tf_walk *walk, uint64_t ticks, double *publish_ns, double *read_ns);

#endif
