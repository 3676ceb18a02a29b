/* SPDX-License-Identifier: Apache-2.0 */
/* memory_buffer.h - as much memory as a ring has, on pages of one kind, and two ways of walking through it. */
#ifndef TF_MEMORY_BUFFER_H
#define TF_MEMORY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tf_page_kind {
    TF_PAGES_ORDINARY,    /* and never merged to larger ones */
    TF_PAGES_TRANSPARENT, /* ordinary memory that the kernel was advised to put on huge pages */
    TF_PAGES_2M,          /* reserved */
    TF_PAGES_1G,
    TF_PAGE_KINDS
};
extern const char *const tf_page_kind_names[];

struct tf_buffer {
    unsigned char *base; /* NULL: none */
    uint64_t length;     /* walked through */
    uint64_t mapped;     /* whole pages */
    uint64_t page_size;  /* of what it lies on */
    int node;            /* where every page is, as the kernel says; -1: it does not say */
    uint64_t at;         /* where the random walk has come to */
};

/*
 * Map, bind to `node`, fault in, ask where the pages are, and link all lines into one circle of random order.  0; or
 * TF_EOS and tf_errmsg() says what is missing and how to get it.
 */
int tf_buffer_open(struct tf_buffer *buffer, enum tf_page_kind kind, uint64_t length, int node,
                   uint64_t seed);
void tf_buffer_close(struct tf_buffer *buffer);

/* ns per line: `lines` loads, the address of each from the one before it; it goes on where it stopped. */
double tf_buffer_chase(struct tf_buffer *buffer, uint64_t lines);
/* ns per line: every word in order, `laps` times. */
double tf_buffer_stream(const struct tf_buffer *buffer, unsigned laps);

#endif
