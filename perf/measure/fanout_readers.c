/* SPDX-License-Identifier: Apache-2.0 */
#include "fanout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void tf_places_fill(struct tf_place *place, uint32_t readers,
                    const struct tf_perf_options *options, bool measure)
{
    int writer = options->cpu[0], others = options->cpus - 1;
    for (uint32_t i = 0; i < readers; i++) {
        int cpu = others > 0 ? options->cpu[1 + (int)i % others] : writer;
        place[i] = (struct tf_place){.cpu = cpu,
                                     .node = tf_cpu_node(cpu),
                                     .distance = tf_cpu_distance(writer, cpu),
                                     .line_ns = measure ? tf_line_ns(writer, cpu) : -1};
    }
}

static int ascending(const void *a, const void *b)
{
    const int *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

char *tf_places_nodes(const struct tf_place *place, uint32_t readers, char *out, size_t size)
{
    int node[TF_CONTEST_READERS_MAX];
    size_t used = 0;
    for (uint32_t i = 0; i < readers; i++)
        node[i] = place[i].node < 0 ? 0 : place[i].node;
    qsort(node, readers, sizeof node[0], ascending);
    out[0] = 0;
    for (uint32_t i = 0; i < readers && used < size; i++)
        if (i == 0 || node[i] != node[i - 1])
            used += (size_t)snprintf(out + used, size - used, "%s%d", used ? "," : "", node[i]);
    return out;
}

static void set_percentiles(json_t *object, const struct tf_histogram *histogram)
{
    static const struct {
        const char *key;
        double percent;
    } keys[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}};
    if (histogram->count == 0)
        return;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        json_object_set_new(
            object, keys[i].key,
            json_real((double)tf_histogram_percentile(histogram, keys[i].percent)));
    json_object_set_new(object, "max", json_real((double)histogram->max));
}

static json_t *reader_json(const struct tf_entry_result *entry, const struct tf_place *place,
                           uint32_t reader, bool judged)
{
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:s, s:I, s:I, s:I}", "reader", (int)reader, "cpu", place->cpu, "node",
        place->node, "distance", tf_distance_names[place->distance], "received",
        (json_int_t)entry->reader_received[reader], "lost",
        (json_int_t)entry->reader_lost[reader], "torn", (json_int_t)entry->reader_torn[reader]);
    if (place->line_ns >= 0)
        json_object_set_new(object, "line_ns", json_real(place->line_ns));
    if (judged)
        set_percentiles(object, &entry->reader[reader]);
    return object;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The worst reader's percentile in units of the median reader's; NAN when there is nothing to divide. */
static double worst_to_median(const struct tf_entry_result *entry, uint32_t readers,
                              double percent)
{
    double value[TF_CONTEST_READERS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < readers; i++)
        if (entry->reader[i].count > 0)
            value[count++] = (double)tf_histogram_percentile(&entry->reader[i], percent);
    if (count == 0)
        return NAN;
    qsort(value, count, sizeof value[0], by_value);
    double median = (value[(count - 1) / 2] + value[count / 2]) / 2;
    return median > 0 ? value[count - 1] / median : NAN;
}

json_t *tf_fanout_json(const struct tf_entry_result *entry, const struct tf_place *place,
                       uint32_t readers, bool judged)
{
    json_t *object = json_object(), *list = json_array();
    for (uint32_t i = 0; i < readers; i++)
        json_array_append_new(list, reader_json(entry, &place[i], i, judged));
    json_object_set_new(object, "readers", list);
    if (!judged)
        return object;
    double middle = worst_to_median(entry, readers, 50),
           tail = worst_to_median(entry, readers, 99);
    if (entry->last[TF_ALL].count > 0)
        json_object_set_new(object, "last", tf_histogram_json(&entry->last[TF_ALL]));
    if (!isnan(middle))
        json_object_set_new(object, "worst_to_median", json_real(middle));
    if (!isnan(tail))
        json_object_set_new(object, "worst_to_median_p99", json_real(tail));
    return object;
}
