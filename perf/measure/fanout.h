/* SPDX-License-Identifier: Apache-2.0 */
/* fanout.h - the parts of `perf fanout`: where readers are, what each of them got, and the runs. */
#ifndef TF_FANOUT_H
#define TF_FANOUT_H

#include "contest.h"
#include "measurement.h"

/* Where a reader is, seen from the writer. */
struct tf_place {
    int cpu, node;
    enum tf_distance distance; /* the kernel's word */
    double line_ns;            /* the raw line's; negative: not measured */
};

/*
 * Places of `readers` readers on the CPUs of `options` that follow the writer's; with fewer CPUs than readers they share
 * them (functional runs), the writer's last.  The line is measured where `measure` says so: 5 ms each.
 */
void tf_places_fill(struct tf_place *place, uint32_t readers,
                    const struct tf_perf_options *options, bool measure);
/* The nodes of these places, each once, ascending, as --nodes takes them.  Returns `out`. */
char *tf_places_nodes(const struct tf_place *place, uint32_t readers, char *out, size_t size);

/* "fanout" of schema.md.  Not judged: counts only, no percentiles. */
json_t *tf_fanout_json(const struct tf_entry_result *entry, const struct tf_place *place,
                       uint32_t readers, bool judged);

/* Each appends objects to `out`.  0, or a negative tf_error with tf_errmsg(). */
int tf_fanout_counts(const struct tf_perf_options *options, json_t *out);
int tf_fanout_disturbed(const struct tf_perf_options *options, json_t *out);
int tf_fanout_functional(const struct tf_perf_options *options, json_t *out);

#endif
