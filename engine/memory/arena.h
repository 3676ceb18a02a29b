/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - process heap on a chosen NUMA node: a jemalloc arena whose extents come from
 * libnuma. For book and decoder state.  Only the tickfan binary links it; a strategy's
 * allocator is its own.
 */
#ifndef TF_ARENA_H
#define TF_ARENA_H

#include <stddef.h>

/* The node's arena, made at the first call; node -1, or jemalloc absent: the default heap. */
unsigned tf_arena_of_node(int node);

/* Zeroed memory, at least 64-byte aligned; NULL when there is none.  arena from above. */
void *tf_arena_alloc(unsigned arena, size_t size);
void tf_arena_free(unsigned arena, void *memory, size_t size);

#endif
