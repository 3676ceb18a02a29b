/* SPDX-License-Identifier: Apache-2.0 */
/* What the size of pages and the distance of a node cost a walk through memory. */
#include "error.h"
#include "memory_buffer.h"
#include "memory_parts.h"
#include "placement.h"
#include "samples.h"
#include "stage.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

enum { NODES_MAX = 16, WAYS = 2 };
/* Per block, at scale 1: four times round the larger buffer at random, 0.4 s there and 0.05 s in the smaller one. */
static const double chase_lines = 4e6, stream_bytes = 512e6;

/* ---- each kind of page --------------------------------------------------------------- */

static const char *const way_names[WAYS] = {"random", "sequential"};

struct buffers {
    struct tf_buffer buffer[TF_PAGE_KINDS];
    char why[TF_PAGE_KINDS][512]; /* when there is none */
    double ns[TF_PAGE_KINDS][WAYS][TF_MEMORY_ROUNDS_MAX];
};

static double walk_through(struct tf_memory *memory, struct tf_buffer *buffer, uint32_t way)
{
    if (way == 0)
        return tf_buffer_chase(buffer, tf_memory_scaled(memory, chase_lines));
    double laps = (double)tf_memory_scaled(memory, stream_bytes) / (double)buffer->length;
    return tf_buffer_stream(buffer, laps > 1 ? (unsigned)laps : 1);
}

static int measure_buffers(struct tf_memory *memory, struct buffers *buffers)
{
    uint32_t order[TF_PAGE_KINDS * WAYS];
    for (uint32_t round = 0; round < memory->rounds; round++) {
        tf_draw_order(order, TF_PAGE_KINDS * WAYS, &memory->seed);
        for (uint32_t i = 0; i < TF_PAGE_KINDS * WAYS; i++) {
            uint32_t kind = order[i] / WAYS, way = order[i] % WAYS;
            if (!buffers->buffer[kind].base || !tf_memory_wanted(memory, way_names[way]))
                continue;
            int error = tf_memory_stopped();
            if (error)
                return error;
            buffers->ns[kind][way][round] = walk_through(memory, &buffers->buffer[kind], way);
        }
        tf_memory_step(memory, 1.0 / memory->rounds);
    }
    return 0;
}

static void add_buffer_rows(struct tf_memory *memory, struct buffers *buffers, uint64_t bytes)
{
    char label[64], size[16];
    for (int way = 0; way < WAYS; way++)
        for (int kind = 0; kind < TF_PAGE_KINDS && tf_memory_wanted(memory, way_names[way]);
             kind++) {
            struct tf_buffer *buffer = &buffers->buffer[kind];
            snprintf(label, sizeof label, "%s loads, %s", way_names[way],
                     tf_format_size(size, sizeof size, bytes));
            json_t *row = tf_memory_row(memory, label, tf_page_kind_names[kind]);
            if (buffer->base)
                json_object_set_new(row, "memory",
                                    tf_memory_json(buffer->page_size, "private", buffer->node,
                                                   buffers->ns[kind][way], memory->rounds));
            else
                json_object_set_new(row, "skipped", json_string(buffers->why[kind]));
        }
}

int tf_memory_compare_pages(struct tf_memory *memory, uint64_t bytes)
{
    struct buffers *buffers = calloc(1, sizeof *buffers);
    if (!buffers)
        return tf_fail(TF_EOS, "out of memory");
    for (int kind = 0; kind < TF_PAGE_KINDS; kind++)
        if (tf_buffer_open(&buffers->buffer[kind], (enum tf_page_kind)kind, bytes, memory->node,
                           memory->seed) != 0)
            snprintf(buffers->why[kind], sizeof buffers->why[kind], "%s", tf_errmsg());
    int error = measure_buffers(memory, buffers);
    if (!error)
        add_buffer_rows(memory, buffers, bytes);
    for (int kind = 0; kind < TF_PAGE_KINDS; kind++)
        tf_buffer_close(&buffers->buffer[kind]);
    free(buffers);
    return error;
}

/* ---- each node from each -------------------------------------------------------------------- */

/* A CPU of the node; -1: none that this process may use. */
static int cpu_of_node(int node)
{
    static int cpus[TF_PERF_CPUS_MAX];
    int count = tf_cpus_allowed(cpus, TF_PERF_CPUS_MAX);
    for (int i = 0; i < count && i < TF_PERF_CPUS_MAX; i++)
        if (tf_cpu_node(cpus[i]) == node)
            return cpus[i];
    return -1;
}

static int measure_from(struct tf_memory *memory, struct tf_buffer *buffer, int from, int to)
{
    double ns[WAYS][TF_MEMORY_ROUNDS_MAX];
    char which[64];
    int cpu = cpu_of_node(from);
    if (cpu < 0 || !tf_pin(cpu))
        return 0;
    for (uint32_t round = 0; round < memory->rounds; round++)
        for (uint32_t way = 0; way < WAYS; way++) {
            int error = tf_memory_stopped();
            if (error)
                return error;
            ns[way][round] =
                way == 0 ? tf_buffer_chase(buffer, tf_memory_scaled(memory, chase_lines / 16))
                         : tf_buffer_stream(buffer, 1);
        }
    snprintf(which, sizeof which, "from node %d to node %d", from, to);
    for (int way = 0; way < WAYS; way++) {
        json_t *row =
            tf_memory_row(memory, way == 0 ? "random loads" : "sequential loads", which);
        json_object_set_new(row, "memory",
                            tf_memory_json(buffer->page_size, "private", buffer->node, ns[way],
                                           memory->rounds));
    }
    return 0;
}

int tf_memory_compare_nodes(struct tf_memory *memory, uint64_t bytes)
{
    int nodes[NODES_MAX], count = tf_nodes_allowed(nodes, NODES_MAX), error = 0;
    for (int to = 0; to < count && count > 1 && !error; to++) {
        struct tf_buffer buffer;
        char which[32];
        int code =
            tf_buffer_open(&buffer, TF_PAGES_TRANSPARENT, bytes, nodes[to], memory->seed);
        if (code)
            code = tf_buffer_open(&buffer, TF_PAGES_ORDINARY, bytes, nodes[to], memory->seed);
        if (code) {
            snprintf(which, sizeof which, "to node %d", nodes[to]);
            json_object_set_new(tf_memory_row(memory, "random loads", which), "skipped",
                                json_string(tf_errmsg()));
            continue;
        }
        for (int from = 0; from < count && !error; from++)
            error = measure_from(memory, &buffer, nodes[from], nodes[to]);
        tf_buffer_close(&buffer);
        tf_memory_step(memory, 1.0 / count);
    }
    tf_pin(memory->cpu);
    return error;
}
