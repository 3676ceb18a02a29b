/* SPDX-License-Identifier: Apache-2.0 */
/* perf memory: what pages and nodes cost, for memory of the size of rings, and for rings. */
#include "clock.h"
#include "command.h"
#include "error.h"
#include "memory_parts.h"
#include "stage.h"

#include <string.h>

/* A ring of 64 K slots and one of 1 M: the one fits a last cache, the other does not. */
static const uint64_t buffer_bytes[] = {UINT64_C(4) << 20, UINT64_C(64) << 20};

bool tf_memory_wanted(const struct tf_memory *memory, const char *which)
{
    return !memory->options->only || strstr(memory->options->only, which);
}

int tf_memory_stopped(void)
{
    return tf_stop_requested() ? tf_fail(TF_EINTERNAL, "stopped by a signal") : 0;
}

void tf_memory_step(struct tf_memory *memory, double parts)
{
    memory->done += parts;
    tf_progress_update(&memory->progress, memory->done / memory->whole, 0, "");
}

uint64_t tf_memory_scaled(const struct tf_memory *memory, double work)
{
    double amount = work * memory->options->scale;
    return amount > 10000 ? (uint64_t)amount : 10000;
}

json_t *tf_memory_row(struct tf_memory *memory, const char *label, const char *which)
{
    json_t *row = json_pack("{s:s, s:s}", "label", label, "case", which);
    json_array_append_new(memory->rows, row);
    return row;
}

json_t *tf_memory_json(uint64_t page_size, const char *backing, int node, double *values,
                       uint32_t count)
{
    struct tf_spread spread = tf_quartiles(values, count);
    json_t *out =
        json_pack("{s:I, s:f, s:s, s:o}", "page_bytes", (json_int_t)page_size, "ns_per_line",
                  spread.middle, "backing", backing, "spread", tf_spread_json(spread));
    if (node >= 0)
        json_object_set_new(out, "node", json_integer(node));
    return out;
}

/* ---- the whole -------------------------------------------------------------------------------- */

static bool any_wanted(const struct tf_memory *memory)
{
    return tf_memory_wanted(memory, "random") || tf_memory_wanted(memory, "sequential");
}

static int measure(struct tf_memory *memory)
{
    int error = 0;
    for (int i = 0; i < 2 && !error && any_wanted(memory); i++)
        error = tf_memory_compare_pages(memory, buffer_bytes[i]);
    if (!error && tf_memory_wanted(memory, "nodes"))
        error = tf_memory_compare_nodes(memory, buffer_bytes[1]);
    if (!error && tf_memory_wanted(memory, "rings"))
        error = tf_memory_compare_rings(memory);
    return error;
}

static int append_result(struct tf_memory *memory, uint64_t began_ns, json_t *out)
{
    static const char explains[] =
        "A line of 64 bytes is what a tick takes. Loads that each wait for the one before show "
        "what a miss costs, with "
        "the search for the page's address in it; sequential loads show what the CPU fetches "
        "ahead. Tickfan's "
        "rings are walked sequentially; the rows of rings say what page size is worth there.";
    json_t *notes = json_pack("[s, s]",
                              "Each kind of page was walked in every round, in an order drawn "
                              "anew: compare the kinds, not runs.",
                              "Rings: one process publishes half a ring and then reads it, so "
                              "no line moves between CPUs.");
    json_t *measurement = json_pack(
        "{s:s, s:s, s:s, s:{s:[i], s:i, s:I}, s:f, s:O, s:o}", "measurement", "memory", "title",
        "Pages and nodes", "explains", explains, "setup", "cpus", memory->cpu, "node",
        memory->node, "rounds", (json_int_t)memory->rounds, "seconds",
        (double)(tf_monotonic_ns() - began_ns) / 1e9, "rows", memory->rows, "notes", notes);
    return json_array_append_new(out, measurement) == 0 ? 0 : tf_fail(TF_EOS, "out of memory");
}

static void choose(struct tf_memory *memory)
{
    const struct tf_perf_options *options = memory->options;
    uint32_t rounds = options->rounds ? options->rounds : 5;
    memory->rounds = rounds < TF_MEMORY_ROUNDS_MAX ? rounds : TF_MEMORY_ROUNDS_MAX;
    memory->cpu = options->cpus > 0 ? options->cpu[0] : -1;
    if (memory->cpu < 0)
        tf_cpus_allowed(&memory->cpu, 1);
    memory->node = tf_cpu_node(memory->cpu);
    memory->whole = 2.0 * any_wanted(memory) + tf_memory_wanted(memory, "nodes") +
                    tf_memory_wanted(memory, "rings");
}

static int run_memory(const struct tf_perf_options *options, json_t *out)
{
    struct tf_memory memory = {
        .options = options, .seed = options->seed, .rows = json_array()};
    uint64_t began_ns = tf_monotonic_ns();
    choose(&memory);
    int error = 0;
    if (memory.whole <= 0)
        error =
            tf_fail(TF_EUSAGE, "--only %s: perf memory has random, sequential, nodes and rings",
                    options->only);
    else if (!tf_pin(memory.cpu))
        error = tf_fail(TF_EBUSY, "cannot run on CPU %d; 'taskset -p $$' shows those allowed",
                        memory.cpu);
    if (!error) {
        tf_progress_start(&memory.progress, "memory", options->quiet);
        error = measure(&memory);
        tf_progress_end(&memory.progress);
    }
    tf_unpin();
    if (!error)
        error = append_result(&memory, began_ns, out);
    json_decref(memory.rows);
    return error;
}

static const char help[] =
    "  tickfan perf memory                        all of it, from the first CPU allowed\n"
    "  tickfan perf memory --only rings           Tickfan's rings alone\n"
    "  tickfan perf memory --only random,nodes    dependent loads, and each node from each\n"
    "\n"
    "ns per cache line: loads in random order, each depending on the one before, and in "
    "sequence, over 4\n"
    "and 64 MiB on ordinary, transparent huge, 2 MiB and 1 GiB pages; each node's memory from "
    "each\n"
    "node's CPUs; and publishing into and reading from rings of 8 K, 64 K and 1 M slots. What "
    "cannot be\n"
    "had is skipped, with the command that provides it. --cpus N: measure from that CPU.\n";

const struct tf_measurement tf_measure_memory = {
    "memory", "what pages and nodes cost: latency, streaming, walks through rings", help,
    run_memory, 14};
