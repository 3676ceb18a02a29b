/* SPDX-License-Identifier: Apache-2.0 */
/*
 * space.h - is there room, asked before any page is touched?  Afterwards the answer would be
 * SIGBUS or the OOM killer.  Each returns 0 or TF_EOS; the sentence is "CAUSE with what is
 * needed and what there is; what to do", so that up to the semicolon it can serve as the reason
 * of a fallback.
 */
#ifndef TF_SPACE_H
#define TF_SPACE_H

#include <stddef.h>
#include <stdint.h>

/* Ordinary pages: the machine, the node (-1: any) and every control group above us. */
int tf_space_for_memory(uint64_t need, int node);

/* Huge pages come from a pool of their own: that pool, on the node. */
int tf_space_for_huge_pages(uint64_t need, uint64_t page_size, int node);

/* The file system that `fd` is on; `path` is how to name it.  Unlimited ones pass. */
int tf_space_in_file_system(int fd, const char *path, uint64_t need);

/* After mlock(2) has refused: the sentence with the limit's numbers.  Returns TF_EOS. */
int tf_space_lock_refused(uint64_t need);

#endif
