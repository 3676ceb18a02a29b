/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h - sizes of pages: which there are, how many are free, and which a mapping has. */
#ifndef TF_PAGES_H
#define TF_PAGES_H

#include <stddef.h>
#include <stdint.h>

enum { TF_HUGE_SIZES_MAX = 8 };

/* The ordinary page, 4 KiB on x86-64. */
uint64_t tf_page_size(void);

/*
 * The sizes of huge pages worth trying for `length` bytes, best first; at most
 * TF_HUGE_SIZES_MAX. The system's default size always is; the others from eight pages on, so
 * that rounding up never costs more than an eighth (1 GiB pages from 8 GiB on).  0 when the
 * kernel has no huge pages.
 */
int tf_huge_page_sizes(uint64_t length, uint64_t *sizes);

/* Huge pages of one size, in pages: on `node`, or on the whole machine for -1. */
struct tf_huge_pool {
    uint64_t total;
    uint64_t available; /* free, not promised to a mapping, or obtainable by overcommit */
};
void tf_huge_pool(uint64_t page_size, int node, struct tf_huge_pool *pool);

/* "4 KiB", "2 MiB", "1 GiB" into `out` (at least 16 bytes); returns out. */
char *tf_format_page_size(char *out, size_t size, uint64_t page_size);

/* What the kernel says of the mapping that starts at `base`.  Slow: it walks page tables. */
struct tf_mapping {
    uint64_t page_size;
    uint64_t huge_bytes; /* of ordinary pages: in transparent huge pages */
};
void tf_mapping_inspect(const void *base, struct tf_mapping *mapping);

#endif
