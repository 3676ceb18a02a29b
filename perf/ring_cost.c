/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "counter.h"
#include "ring.h"
#include "ring_speed.h"

#include <stdlib.h>

const char *const tf_cost_names[TF_COST_CASES] = {"write single", "write batch 32",
                                                  "read single", "read batch 64"};

enum { SLOTS = 4096, WRITE_BATCH = 32, READ_BATCH = 64 };

struct bench {
    struct tf_slot slots[SLOTS];
    struct tf_tick ticks[READ_BATCH];
    struct tf_cursor cursor;
    uint64_t seq;
};

static void write_ticks(struct bench *bench, uint64_t count, uint32_t batch)
{
    for (uint64_t done = 0; done < count; done += batch) {
        tf_ring_write(bench->slots, SLOTS - 1, bench->seq + 1, bench->ticks, batch, done);
        bench->seq += batch;
    }
}

/* The same full ring over and over: the cursor goes back, the ticks stay. */
static void read_ticks(struct bench *bench, uint64_t count, int batch)
{
    const uint64_t first = bench->seq - SLOTS / 2;
    bench->cursor.next = first;
    for (uint64_t done = 0; done < count;) {
        int got = tf_cursor_read(&bench->cursor, bench->ticks, batch);
        __asm__ volatile("" ::"r"(bench->ticks) : "memory");
        if (got <= 0)
            bench->cursor.next = first;
        else
            done += (uint64_t)got;
    }
}

static void run_case(struct bench *bench, enum tf_cost_case which, uint64_t ticks)
{
    switch (which) {
    case TF_WRITE_SINGLE:
        write_ticks(bench, ticks, 1);
        break;
    case TF_WRITE_BATCH:
        write_ticks(bench, ticks, WRITE_BATCH);
        break;
    case TF_READ_SINGLE:
        read_ticks(bench, ticks, 1);
        break;
    default:
        read_ticks(bench, ticks, READ_BATCH);
        break;
    }
}

struct tf_cost tf_cost_measure(enum tf_cost_case which, uint64_t ticks, int rounds)
{
    struct tf_cost best = {.ns = 1e18, .instructions = -1};
    struct bench *bench =
        aligned_alloc(TF_LINE, (sizeof *bench + TF_LINE - 1) / TF_LINE * TF_LINE);
    if (!bench)
        return best;
    memset(bench, 0, sizeof *bench);
    bench->cursor = (struct tf_cursor){.slots = bench->slots, .mask = SLOTS - 1};
    tf_ring_prepare(bench->slots, SLOTS - 1, 1);
    write_ticks(bench, 2 * SLOTS, WRITE_BATCH);
    int counter = tf_counter_open();
    for (int round = 0; round < rounds; round++) {
        uint64_t instructions = tf_counter_read(counter);
        uint64_t started = tf_monotonic_ns();
        run_case(bench, which, ticks);
        double ns = (double)(tf_monotonic_ns() - started) / (double)ticks;
        instructions = tf_counter_read(counter) - instructions;
        if (ns < best.ns)
            best.ns = ns;
        if (counter >= 0 && instructions)
            best.instructions = (double)instructions / (double)ticks;
    }
    tf_counter_close(counter);
    free(bench);
    return best;
}
