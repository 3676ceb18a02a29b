/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_speed.h - what one tick costs in the ring, beside what moving one cache line costs here.
 *
 * Costs: one process, the ring in its caches; the code's own price.  Hand-off: two pinned
 * processes, paced, from the store to the load that sees it, by the CPU's counter; the raw line
 * and the ring take turns in the same two processes, so that a ratio survives a noisy machine.
 * Flood: publisher at full speed, one reader.
 */
#ifndef TF_RING_SPEED_H
#define TF_RING_SPEED_H

#include "histogram.h"

#include <stdbool.h>
#include <stdint.h>

enum tf_cost_case {
    TF_WRITE_SINGLE,
    TF_WRITE_BATCH,
    TF_READ_SINGLE,
    TF_READ_BATCH,
    TF_COST_CASES
};
extern const char *const tf_cost_names[TF_COST_CASES];

struct tf_cost {
    double ns;           /* per tick, the best of the rounds */
    double instructions; /* per tick; negative: not counted */
};

/* `ticks` ticks in each of `rounds` rounds. */
struct tf_cost tf_cost_measure(enum tf_cost_case which, uint64_t ticks, int rounds);

struct tf_handoff {
    struct tf_histogram raw, ring; /* ns */
    double ring_flood;             /* ticks a second that the reader got */
    double ring_lost;              /* share of the flood that it lost */
};

/*
 * Writer on one CPU, reader on the other; `samples` of each kind per round.  False: cannot pin.
 */
bool tf_handoff_measure(struct tf_handoff *result, int writer_cpu, int reader_cpu,
                        uint64_t samples, int rounds);

#endif
