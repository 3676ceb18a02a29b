/* SPDX-License-Identifier: Apache-2.0 */
/* memory_parts.h - what the parts of perf memory share. */
#ifndef TF_MEMORY_PARTS_H
#define TF_MEMORY_PARTS_H

#include "measurement.h"
#include "progress.h"

enum { TF_MEMORY_ROUNDS_MAX = 64 };

struct tf_memory {
    const struct tf_perf_options *options;
    uint32_t rounds;
    uint64_t seed;
    int cpu, node; /* where it is measured from */
    json_t *rows;
    struct tf_progress progress;
    double done, whole; /* parts */
};

/* Each appends its rows.  0; TF_EINTERNAL when stopped; TF_EOS. */
int tf_memory_compare_pages(struct tf_memory *memory, uint64_t bytes);
int tf_memory_compare_nodes(struct tf_memory *memory, uint64_t bytes);
int tf_memory_compare_rings(struct tf_memory *memory);

/* Does --only leave it in? */
bool tf_memory_wanted(const struct tf_memory *memory, const char *which);
/* TF_EINTERNAL after a signal. */
int tf_memory_stopped(void);
void tf_memory_step(struct tf_memory *memory, double parts);
/* --scale times the work, but not so little that only the clock would be measured. */
uint64_t tf_memory_scaled(const struct tf_memory *memory, double work);

/* A new row, borrowed. */
json_t *tf_memory_row(struct tf_memory *memory, const char *label, const char *which);
/* Its "memory": the middle of `values`, which are put in order. */
json_t *tf_memory_json(uint64_t page_size, const char *backing, int node, double *values,
                       uint32_t count);

#endif
