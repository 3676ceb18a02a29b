/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory is on the node that was asked for, and the audit sees it when it is not.  A plain
 * program: it runs on any machine, and means most in the virtual one with several nodes.  What
 * a machine of one node cannot show is counted as skipped.
 */
#include "arena.h"
#include "pages.h"
#include "placement.h"
#include "segment.h"
#include "tickfan.h"

#include <inttypes.h>
#include <numa.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NODES_MAX = 64, LENGTH = 5 * 1000 * 1000, THREADS = 4 };

static int checks, failures, skipped;

static bool check(bool true_that, const char *what, int node)
{
    checks++;
    if (!true_that) {
        failures++;
        printf("FAILED: node %d: %s (%s)\n", node, what, tf_errmsg());
    }
    return true_that;
}

static bool is_on(const void *base, uint64_t length, uint64_t page_size, int node)
{
    return tf_verify_placement(base, length, page_size, node, NULL) == 0;
}

/* ---- segments ---------------------------------------------------------------------------- */

static void check_audit_of(const struct tf_segment *segment, int node, int other)
{
    uint64_t misplaced = 0, pages = segment->length / segment->page_size;
    int result = tf_verify_placement(segment->base, segment->length, segment->page_size, other,
                                     &misplaced);
    check(result == TF_EOS, "the audit for another node fails", node);
    check(misplaced == pages, "it counts every page", node);
    char words[64];
    snprintf(words, sizeof words, "%" PRIu64 " of %" PRIu64 " pages are not on node %d", pages,
             pages, other);
    check(strstr(tf_errmsg(), words) != NULL, words, node);
}

static void check_segment(enum tf_backing backing, enum tf_huge_pages huge,
                          const char *directory, int node, int other)
{
    struct tf_segment_options options = {.backing = backing,
                                         .huge_pages = huge,
                                         .length = LENGTH,
                                         .node = node,
                                         .mode = 0600,
                                         .group = (gid_t)-1,
                                         .directory = directory};
    struct tf_segment segment, reader;
    char report[512], file_name[32];
    snprintf(file_name, sizeof file_name, "tf-nodes-%d", (int)getpid());
    options.file_name = file_name;
    if (!check(tf_segment_create(&options, &segment, report, sizeof report) == 0, "create",
               node))
        return;
    printf("%s\n", report);
    check(is_on(segment.base, segment.length, segment.page_size, node), "is there", node);
    if (other >= 0)
        check_audit_of(&segment, node, other);
    if (check(tf_segment_attach(&segment.name, false, LENGTH, &reader) == 0, "attach", node)) {
        check(is_on(reader.base, reader.length, reader.page_size, node), "a reader's view too",
              node);
        tf_segment_detach(&reader);
    }
    struct tf_segment_name name = segment.name;
    tf_segment_detach(&segment);
    check(tf_segment_destroy(&name) == 0, "destroy", node);
}

/* ---- heaps ------------------------------------------------------------------------------- */

static void check_heap(int node)
{
    enum { SIZE = 3 << 20 };
    unsigned arena = tf_arena_of_node(node);
    check(arena == tf_arena_of_node(node), "a node has one heap", node);
    if (arena == 0) {
        skipped++;
        return;
    }
    char *memory = tf_arena_alloc(arena, SIZE);
    if (!check(memory != NULL, "allocate", node))
        return;
    check((uintptr_t)memory % 64 == 0, "whole cache lines", node);
    unsigned not_zero = 0;
    for (size_t i = 0; i < SIZE; i++)
        not_zero += memory[i] != 0;
    check(not_zero == 0, "zeroed", node);
    memset(memory, 1, SIZE);
    uint64_t page = tf_page_size();
    char *first = memory + (-(uintptr_t)memory & (page - 1));
    check(is_on(first, SIZE - page, page, node), "the heap is there", node);
    tf_arena_free(arena, memory, SIZE);

    /* Used memory comes back clean, in small sizes as well. */
    for (int i = 0; i < 1000; i++) {
        unsigned char *small = tf_arena_alloc(arena, 200);
        if (!check(small && small[0] == 0 && small[199] == 0, "small and zeroed", node))
            return;
        memset(small, 0xff, 200);
        tf_arena_free(arena, small, 200);
    }
    checks -= 999;
}

static void *first_use(void *node)
{
    return (void *)(uintptr_t)tf_arena_of_node(*(int *)node);
}

/* All threads that come at once get the one heap. */
static void check_heap_race(int node)
{
    pthread_t threads[THREADS];
    void *arenas[THREADS];
    bool same = true;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, first_use, &node) != 0)
            abort();
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &arenas[i]);
        same = same && arenas[i] == arenas[0];
    }
    check(same, "threads share a node's heap", node);
}

/* ---- where threads run ------------------------------------------------------------------- */

static void check_pinned(int node)
{
    int nodes[NODES_MAX];
    if (numa_available() < 0 || numa_run_on_node(node) != 0) {
        skipped++;
        return;
    }
    check(tf_node_here() == node, "a thread pinned to a node is there", node);
    check(tf_nodes_allowed(nodes, NODES_MAX) == 1 && nodes[0] == node, "and may use only it",
          node);
    numa_run_on_node(-1);
}

int main(void)
{
    int nodes[NODES_MAX];
    int count = tf_nodes_allowed(nodes, NODES_MAX);

    for (int i = 0; i < count; i++) {
        int node = nodes[i], other = count > 1 ? nodes[(i + 1) % count] : -1;
        check(tf_node_check(node) == 0, "is allowed", node);
        check(tf_node_free(node) > 0, "has memory free", node);
        check_segment(TF_BACKING_SYSV, TF_HUGE_AUTO, "/dev/shm", node, other);
        check_segment(TF_BACKING_SYSV, TF_HUGE_OFF, "/dev/shm", node, other);
        check_segment(TF_BACKING_FILE, TF_HUGE_AUTO, "/dev/shm", node, other);
        check_segment(TF_BACKING_FILE, TF_HUGE_OFF, "/dev/shm", node, other);
        check_segment(TF_BACKING_FILE, TF_HUGE_OFF, "/tmp", node, other);
        check_heap_race(node);
        check_heap(node);
        check_pinned(node);
        skipped += other < 0;
    }
    check(count >= 1, "there is a node", 0);
    printf("memory_nodes: %d nodes, %d checks, %d failed, %d skipped\n", count, checks,
           failures, skipped);
    return failures ? 1 : 0;
}
