/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directory.h - the instruments of a stream, in its data segments: written by the publisher,
 * found by readers by id or by symbol in O(1), without a lock and without a round trip.
 *
 * Entries are appended and never change once counted, so a reader needs no re-check.  Two open-
 * addressing arrays of 32-bit buckets (entry index + 1, 0 free) lead to them, at most half
 * full. A changed instrument is a new entry to which the id's bucket is turned; the old one is
 * then found no more.  Killed between count and bucket, a publisher's successor links the
 * entry.
 */
#ifndef TF_DIRECTORY_H
#define TF_DIRECTORY_H

#include "layout.h"

/* A view of one data segment's directory; `header` may be read-only memory. */
struct tf_directory {
    struct tf_data_header *header;
    struct tf_directory_entry *entries;
    tf_word32 *by_id;
    tf_word32 *by_symbol;
    uint32_t capacity;
    uint32_t bucket_mask;
};

/* Bytes that a directory takes, a multiple of 4 KiB, and its number of buckets. */
uint64_t tf_directory_size(uint32_t capacity, uint32_t *buckets);

/* The view; the caller has checked that the offsets lie inside the segment. */
void tf_directory_open(struct tf_directory *directory, struct tf_data_header *header);

/* Publisher: add or change.  Defining the same again is free.  TF_EOS when full, TF_EUSAGE for
 * id 0. */
int tf_directory_define(struct tf_directory *directory, const struct tf_instrument *instrument);

/* Publisher, after a restart: link the last counted entry, the only one that may lack it. */
void tf_directory_relink(struct tf_directory *directory);

/* Reader: 1 and *out, or 0. */
int tf_directory_by_id(const struct tf_directory *directory, uint32_t id,
                       struct tf_instrument *out);
int tf_directory_by_symbol(const struct tf_directory *directory, const char *symbol,
                           struct tf_instrument *out);
int tf_directory_at(const struct tf_directory *directory, uint32_t index,
                    struct tf_instrument *out);

#endif
