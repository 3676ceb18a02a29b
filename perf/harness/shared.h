/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.h - memory that coordinator, writer and readers share, and when its pages are mapped.
 *
 * tf_shared_alloc() (transport.h) faults its pages in for the process that calls it; a child has to map every page once more
 * at the first touch, some 0.5 us each.  Left to the measured loops that would be one message in 64 of the first lap, in the
 * readers' p99.  So every worker maps all of it before it opens the first channel.
 */
#ifndef TF_SHARED_H
#define TF_SHARED_H

#include <stddef.h>

/* In a child, once: map every page of all that tf_shared_alloc() has given out. */
void tf_shared_fault_in(void);

/* Zeroed and shared, not faulted in: who touches a page first has it on its own node.  NULL without memory.
 * Free it with tf_shared_free(). */
void *tf_shared_reserve(size_t size);

#endif
