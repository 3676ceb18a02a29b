/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdint.h>

/* Every block is of whole cache lines, so that neighbours never share one. */
enum { LINE = 64, DEFAULT_HEAP = 0 };

static size_t whole_lines(size_t size)
{
    return size == 0 ? LINE : (size + LINE - 1) & ~(size_t)(LINE - 1);
}

#ifdef TF_NO_JEMALLOC

#include <stdlib.h>
#include <string.h>

unsigned tf_arena_of_node(int node)
{
    (void)node;
    return DEFAULT_HEAP;
}

void *tf_arena_alloc(unsigned arena, size_t size)
{
    (void)arena;
    if (size > SIZE_MAX / 2)
        return NULL;
    void *memory = aligned_alloc(LINE, whole_lines(size));
    return memory ? memset(memory, 0, whole_lines(size)) : NULL;
}

void tf_arena_free(unsigned arena, void *memory, size_t size)
{
    (void)arena;
    (void)size;
    free(memory);
}

#else

#include "log.h"
#include "placement.h"

#include <jemalloc/jemalloc.h>
#include <numa.h>
#include <numaif.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum { NODES_MAX = 64 };

/* jemalloc gives the hooks back to us with every call: that is how they know their node. */
struct node_arena {
    extent_hooks_t hooks; /* first */
    int node;
    unsigned index; /* DEFAULT_HEAP: none yet */
};

static struct node_arena arenas[NODES_MAX];
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/* mmap() knows pages only: take more, give back both ends. */
static char *map_aligned(size_t size, size_t alignment)
{
    size_t room = size + alignment;
    if (room < size)
        return NULL;
    char *start = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)start & (alignment - 1);
    if (before > 0)
        munmap(start, before);
    munmap(start + before + size, room - before - size);
    return start + before;
}

/*
 * Preferred, not bound: a heap grows in the middle of the day, and a node that runs full then
 * must cost some locality, not the process.  Segments are bound because they are sized at
 * start.
 */
static void prefer_node(void *base, size_t size, int node)
{
    if (numa_available() < 0)
        return;
    struct bitmask *mask = numa_allocate_nodemask();
    numa_bitmask_setbit(mask, (unsigned)node);
    mbind(base, size, MPOL_PREFERRED, mask->maskp, mask->size + 1, 0);
    numa_bitmask_free(mask);
}

static void *extent_alloc(extent_hooks_t *hooks, void *wanted, size_t size, size_t alignment,
                          bool *zero, bool *commit, unsigned index)
{
    (void)index;
    /* Growing in place would need just these addresses; jemalloc takes no for an answer. */
    if (wanted)
        return NULL;
    char *base = map_aligned(size, alignment);
    if (!base)
        return NULL;
    prefer_node(base, size, ((struct node_arena *)(void *)hooks)->node);
    *zero = true;
    *commit = true;
    return base;
}

static bool extent_dalloc(extent_hooks_t *hooks, void *base, size_t size, bool committed,
                          unsigned index)
{
    (void)hooks, (void)committed, (void)index;
    return munmap(base, size) != 0;
}

static void extent_destroy(extent_hooks_t *hooks, void *base, size_t size, bool committed,
                           unsigned index)
{
    (void)hooks, (void)committed, (void)index;
    munmap(base, size);
}

static bool extent_purge(extent_hooks_t *hooks, void *base, size_t size, size_t offset,
                         size_t length, unsigned index)
{
    (void)hooks, (void)size, (void)index;
    return madvise((char *)base + offset, length, MADV_DONTNEED) != 0;
}

/* Mappings of one node can be cut and joined at will: false means "do". */
static bool extent_split(extent_hooks_t *hooks, void *base, size_t size, size_t size_a,
                         size_t size_b, bool committed, unsigned index)
{
    (void)hooks, (void)base, (void)size, (void)size_a, (void)size_b, (void)committed,
        (void)index;
    return false;
}

static bool extent_merge(extent_hooks_t *hooks, void *base_a, size_t size_a, void *base_b,
                         size_t size_b, bool committed, unsigned index)
{
    (void)hooks, (void)base_a, (void)size_a, (void)base_b, (void)size_b, (void)committed;
    (void)index;
    return false;
}

static void make_arena(struct node_arena *arena, int node)
{
    arena->node = node;
    arena->hooks = (extent_hooks_t){.alloc = extent_alloc,
                                    .dalloc = extent_dalloc,
                                    .destroy = extent_destroy,
                                    .purge_forced = extent_purge,
                                    .split = extent_split,
                                    .merge = extent_merge};
    extent_hooks_t *hooks = &arena->hooks;
    unsigned index;
    size_t size = sizeof index;
    int error = mallctl("arenas.create", &index, &size, &hooks, sizeof hooks);
    if (error == 0)
        arena->index = index;
    else
        tf_log(TF_LOG_WARNING, "no heap for node %d, its objects go to the common one: %s",
               node, strerror(error));
}

unsigned tf_arena_of_node(int node)
{
    if (node < 0 || node >= NODES_MAX || tf_node_check(node) != 0)
        return DEFAULT_HEAP;
    pthread_mutex_lock(&making);
    if (arenas[node].index == DEFAULT_HEAP)
        make_arena(&arenas[node], node);
    unsigned index = arenas[node].index;
    pthread_mutex_unlock(&making);
    return index;
}

/* A thread's cache knows no nodes, so memory of a node's arena goes past it both ways. */
static int flags_of(unsigned arena)
{
    int flags = MALLOCX_ALIGN(LINE);
    return arena == DEFAULT_HEAP ? flags
                                 : flags | (int)MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE;
}

void *tf_arena_alloc(unsigned arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    return mallocx(whole_lines(size), flags_of(arena) | MALLOCX_ZERO);
}

void tf_arena_free(unsigned arena, void *memory, size_t size)
{
    if (memory)
        sdallocx(memory, whole_lines(size), flags_of(arena));
}

#endif
