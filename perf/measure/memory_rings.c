/* SPDX-License-Identifier: Apache-2.0 */
/* What the size of pages costs a ring: one process, so that nothing but the walk through memory is measured. */
#include "error.h"
#include "memory_parts.h"
#include "memory_walk.h"
#include "pages.h"
#include "samples.h"
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 2, RING_SIZES = 3, RING_KINDS = 3 };
static const uint64_t ring_slots[RING_SIZES] = {8192, 65536, 1048576};
static const uint64_t transparent_bytes = UINT64_C(2) << 20;
static const double ring_ticks = 4e6; /* per block, at scale 1 */

static const struct {
    const char *name;
    enum tf_huge_pages huge_pages;
} ring_kinds[RING_KINDS] = {{"ordinary pages", TF_HUGE_OFF},
                            {"reserved huge pages", TF_HUGE_REQUIRE},
                            {"transparent huge pages", TF_HUGE_AUTO}};

struct rings {
    struct tf_walk walk[RING_SIZES][RING_KINDS];
    char why[RING_SIZES][RING_KINDS][512];
    double ns[RING_SIZES][RING_KINDS][WAYS][TF_MEMORY_ROUNDS_MAX];
};

/* "auto" takes what is there; only a ring that came out with transparent huge pages is one of that kind. */
static void keep_transparent_only(struct tf_walk *walk, char *why, size_t size)
{
    bool reserved = walk->page_size > tf_page_size();
    if (!reserved && strstr(tf_publisher_report(walk->publisher), "transparent")) {
        walk->page_size = transparent_bytes;
        return;
    }
    if (reserved)
        snprintf(why, size, "reserved huge pages are there, and a ring takes those first");
    else if (walk->slots * sizeof(struct tf_tick) < transparent_bytes)
        snprintf(why, size, "the ring is smaller than a huge page");
    else
        snprintf(why, size,
                 "shared memory gets no transparent huge pages; as root: echo advise > "
                 "/sys/kernel/mm/transparent_hugepage/shmem_enabled");
    tf_walk_close(walk);
}

static void open_rings(struct tf_memory *memory, struct rings *rings)
{
    for (int size = 0; size < RING_SIZES; size++)
        for (int kind = 0; kind < RING_KINDS; kind++) {
            struct tf_walk *walk = &rings->walk[size][kind];
            char name[32], *why = rings->why[size][kind];
            snprintf(name, sizeof name, "memory-%d-%d", size, kind);
            if (tf_walk_open(walk, name, ring_slots[size], ring_kinds[kind].huge_pages,
                             memory->node) != 0)
                snprintf(why, sizeof rings->why[size][kind], "%s", tf_errmsg());
            else if (ring_kinds[kind].huge_pages == TF_HUGE_AUTO)
                keep_transparent_only(walk, why, sizeof rings->why[size][kind]);
        }
}

static int measure_rings(struct tf_memory *memory, struct rings *rings)
{
    uint32_t order[RING_SIZES * RING_KINDS];
    for (uint32_t round = 0; round < memory->rounds; round++) {
        tf_draw_order(order, RING_SIZES * RING_KINDS, &memory->seed);
        for (uint32_t i = 0; i < RING_SIZES * RING_KINDS; i++) {
            uint32_t size = order[i] / RING_KINDS, kind = order[i] % RING_KINDS;
            struct tf_walk *walk = &rings->walk[size][kind];
            if (!walk->publisher)
                continue;
            int error = tf_memory_stopped();
            if (!error)
                error = tf_walk_run(walk, tf_memory_scaled(memory, ring_ticks),
                                    &rings->ns[size][kind][0][round],
                                    &rings->ns[size][kind][1][round]);
            if (error)
                return error;
        }
        tf_memory_step(memory, 1.0 / memory->rounds);
    }
    return 0;
}

static void add_ring_rows(struct tf_memory *memory, struct rings *rings)
{
    static const char *const labels[WAYS] = {"Tickfan publish", "Tickfan read"};
    for (int way = 0; way < WAYS; way++)
        for (int kind = 0; kind < RING_KINDS; kind++)
            for (int size = 0; size < RING_SIZES; size++) {
                struct tf_walk *walk = &rings->walk[size][kind];
                json_t *row = tf_memory_row(memory, labels[way], ring_kinds[kind].name);
                json_object_set_new(row, "x",
                                    json_pack("{s:s, s:I}", "name", "slots", "value",
                                              (json_int_t)ring_slots[size]));
                if (walk->publisher)
                    json_object_set_new(row, "memory",
                                        tf_memory_json(walk->page_size, walk->backing,
                                                       memory->node, rings->ns[size][kind][way],
                                                       memory->rounds));
                else
                    json_object_set_new(row, "skipped", json_string(rings->why[size][kind]));
            }
}

int tf_memory_compare_rings(struct tf_memory *memory)
{
    struct tf_stage stage;
    struct rings *rings = calloc(1, sizeof *rings);
    int error = rings ? tf_stage_open(&stage) : tf_fail(TF_EOS, "out of memory");
    if (error) {
        free(rings);
        return error;
    }
    tf_keep_off(memory->cpu); /* the publishers' helper threads */
    open_rings(memory, rings);
    tf_pin(memory->cpu);
    error = measure_rings(memory, rings);
    if (!error)
        add_ring_rows(memory, rings);
    for (int size = 0; size < RING_SIZES; size++)
        for (int kind = 0; kind < RING_KINDS; kind++)
            tf_walk_close(&rings->walk[size][kind]);
    tf_stage_close(&stage);
    free(rings);
    return error;
}
