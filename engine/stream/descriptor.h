/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor.h - the file that tells where a stream's segments are; replaced whole, by rename.
 */
#ifndef TF_DESCRIPTOR_H
#define TF_DESCRIPTOR_H

#include "layout.h"

/*
 * Read RUNDIR/NAME/descriptor into private memory and check magic, version, signature, size and
 * checksum before anything in it is believed.  TF_ENOSTREAM, TF_EPERM, TF_ELAYOUT.
 */
int tf_descriptor_read(const char *path, struct tf_descriptor *descriptor);

/* Complete magic, signature and checksum and put it in place.  TF_ECREATE, TF_EIO. */
int tf_descriptor_write(const char *path, struct tf_descriptor *descriptor);

void tf_descriptor_remove(const char *path);

/* Take the names of all segments away.  What is gone already is fine. */
void tf_descriptor_destroy_segments(const struct tf_descriptor *descriptor);

/* A fresh random identity. */
struct tf_stream_id tf_stream_id_make(void);

static inline bool tf_stream_id_equal(struct tf_stream_id a, struct tf_stream_id b)
{
    return a.high == b.high && a.low == b.low;
}

/* ---- headers of segments
 * --------------------------------------------------------------------- */

/* Bytes of a data segment, and where its parts lie. */
struct tf_data_plan {
    uint64_t capacity;
    uint32_t instruments;
    uint32_t buckets;
    uint64_t directory_offset;
    uint64_t slots_offset;
    uint64_t length;
};
void tf_data_plan(struct tf_data_plan *plan, uint64_t capacity, uint32_t instruments);
uint64_t tf_roster_length(uint32_t readers);

/* Fill in fresh zeroed segments; the magic goes last.  State STARTING, slots 1..K prepared. */
void tf_data_format(struct tf_data_header *header, const struct tf_data_plan *plan,
                    const struct tf_descriptor *descriptor, uint32_t ring);
void tf_roster_format(struct tf_roster_header *header, const struct tf_descriptor *descriptor);

/*
 * Is this the segment that the descriptor means, laid out as this build expects, and does all
 * that it speaks of lie inside `mapped` bytes?  On 0 every offset may be used.  TF_ELAYOUT
 * names the field, what it is and what was expected; TF_ENOSTREAM when it is another stream's.
 */
int tf_data_check(const struct tf_data_header *header, uint64_t mapped,
                  const struct tf_descriptor *descriptor, uint32_t ring);
int tf_roster_check(const struct tf_roster_header *header, uint64_t mapped,
                    const struct tf_descriptor *descriptor);

static inline struct tf_slot *tf_data_slots(struct tf_data_header *header)
{
    return (struct tf_slot *)(void *)((unsigned char *)header + header->slots_offset);
}

static inline struct tf_roster_slot *tf_roster_slots(struct tf_roster_header *header)
{
    return (struct tf_roster_slot *)(void *)(header + 1);
}

#endif
