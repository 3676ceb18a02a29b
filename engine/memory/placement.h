/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placement.h - NUMA nodes: which there are, binding memory to one, proving that it is there.
 */
#ifndef TF_PLACEMENT_H
#define TF_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The nodes that have memory and a CPU that this process may run on, ascending; at most `max`.
 * Returns how many; on a machine without NUMA that is one, node 0.
 */
int tf_nodes_allowed(int *nodes, int max);

/*
 * Does the node have memory that this process may use?  0, or TF_EUSAGE naming those that do.
 */
int tf_node_check(int node);

/* The node of the CPU that this thread runs on now.  No system call on x86-64 (vDSO). */
int tf_node_here(void);

/* Bytes free on a node, with what the kernel can drop at once; the whole machine's for -1. */
uint64_t tf_node_free(int node);

/* Bind not yet touched memory to exactly this node (MPOL_BIND).  0 or TF_EOS. */
int tf_bind(void *base, uint64_t length, int node);

/*
 * Until leave, what the kernel allocates for this thread comes from `node` too.  tf_bind()
 * alone is not enough: space reserved in a file is allocated before there is a mapping to bind,
 * and for the page cache of a disk file a mapping's policy does not count.  Node -1: both do
 * nothing.
 */
struct tf_node_scope {
    bool active;
    int mode;
    unsigned long nodes[16]; /* 1024 bits, the most that Linux has */
};
void tf_node_enter(struct tf_node_scope *scope, int node);
void tf_node_leave(const struct tf_node_scope *scope);

/* Fault every page in, writable, content kept, no signals: TF_EOS when memory runs out. */
int tf_populate(void *base, uint64_t length);

/*
 * Ask the kernel where every page is (move_pages with no target).  0, or TF_EOS with how many
 * of how many pages are elsewhere, the first of them, and where.  *misplaced may be NULL.
 */
int tf_verify_placement(const void *base, uint64_t length, uint64_t page_size, int node,
                        uint64_t *misplaced);

#endif
