/* SPDX-License-Identifier: Apache-2.0 */
#include "series.h"

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const profile_names[] = {
    [TF_PROFILE_CONSTANT] = "constant", [TF_PROFILE_RAMP] = "ramp",
    [TF_PROFILE_BURST] = "burst",       [TF_PROFILE_RECORDED] = "recorded",
    [TF_PROFILE_FLOOD] = "flood",
};

json_t *tf_series_new(const char *measurement, const char *title, const char *explains)
{
    return json_pack("{s:s, s:s, s:s, s:{}, s:[], s:[]}", "measurement", measurement, "title",
                     title, "explains", explains, "setup", "rows", "notes");
}

static void setup_load(json_t *setup, const struct tf_entry *entry)
{
    const struct tf_workload *load = &entry->load;
    uint32_t bytes = entry->channel.message_size;
    json_object_set_new(setup, "profile", json_string(profile_names[load->profile]));
    if (load->profile != TF_PROFILE_FLOOD && load->profile != TF_PROFILE_RECORDED)
        json_object_set_new(setup, "rate", json_real(load->rate));
    json_object_set_new(setup, "batch", json_integer(load->batch));
    if (load->profile == TF_PROFILE_BURST)
        json_object_set_new(setup, "burst", json_integer(load->burst));
    json_object_set_new(setup, "messages", json_integer((json_int_t)load->messages));
    json_object_set_new(setup, "message_bytes",
                        json_integer(bytes ? bytes : sizeof(struct tf_message)));
    if (load->stall_ns) {
        json_object_set_new(setup, "stall_ns", json_integer((json_int_t)load->stall_ns));
        json_object_set_new(setup, "stall_every_ns",
                            json_integer((json_int_t)load->stall_every_ns));
    }
}

void tf_series_setup(json_t *series, const struct tf_contest *contest,
                     const struct tf_entry *entry, double seconds)
{
    json_t *setup = json_object_get(series, "setup"), *cpus = json_array();
    json_array_append_new(cpus, json_integer(contest->writer_cpu));
    for (uint32_t r = 0; r < contest->readers; r++)
        json_array_append_new(cpus, json_integer(contest->reader_cpu[r]));
    enum tf_distance farthest = TF_SAME_CPU;
    for (uint32_t r = 0; r < contest->readers; r++) {
        enum tf_distance distance =
            tf_cpu_distance(contest->writer_cpu, contest->reader_cpu[r]);
        if (distance > farthest)
            farthest = distance;
    }
    json_object_set_new(setup, "cpus", cpus);
    json_object_set_new(setup, "distance", json_string(tf_distance_names[farthest]));
    json_object_set_new(setup, "readers", json_integer(contest->readers));
    json_object_set_new(setup, "blocks", json_integer(contest->rounds));
    if (entry)
        setup_load(setup, entry);
    json_object_set_new(series, "seconds", json_real(seconds));
}

void tf_series_add(json_t *series, json_t *row)
{
    json_array_append_new(json_object_get(series, "rows"), row);
}

void tf_series_note(json_t *series, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_array_append_new(json_object_get(series, "notes"), json_string(text));
}

void tf_series_case(json_t *row, const char *what)
{
    json_object_set_new(row, "case", json_string(what));
}

void tf_series_x(json_t *row, const char *name, double value)
{
    json_object_set_new(row, "x", json_pack("{s:s, s:f}", "name", name, "value", value));
}

/* ---- options ----------------------------------------------------------------------------------- */

int tf_series_transports(const struct tf_perf_options *options,
                         const struct tf_transport **transport, uint32_t max, uint32_t *count)
{
    const char *at = options->only ? options->only : "tickfan";
    *count = 0;
    transport[(*count)++] = tf_transport_find("raw");
    while (*at) {
        char name[64];
        size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        at += length + (at[length] == ',');
        const struct tf_transport *found = tf_transport_find(name);
        if (!found)
            return TF_EUSAGE;
        if (found == transport[0])
            continue;
        if (*count == max)
            return tf_fail(TF_EUSAGE, "--only %s: at most %u beside the raw line",
                           options->only, max - 1);
        transport[(*count)++] = found;
    }
    return 0;
}

const char *tf_series_label(const struct tf_transport *transport)
{
    if (strcmp(transport->name, "raw") == 0)
        return "raw line";
    return strcmp(transport->name, "tickfan") == 0 ? "Tickfan" : transport->name;
}

uint32_t tf_series_blocks(const struct tf_perf_options *options, uint32_t per_round)
{
    double scaled = (double)per_round * (options->scale > 0 ? options->scale : 1) + 0.5;
    return (options->rounds ? options->rounds : 1) * (scaled < 1 ? 1 : (uint32_t)scaled);
}

int tf_series_pair(const struct tf_perf_options *options, int *writer_cpu, int *reader_cpu)
{
    if (options->cpus < 1)
        return tf_fail(TF_EBUSY, "no CPU may be used");
    if (options->cpus < 2 && !options->functional)
        return tf_fail(
            TF_EBUSY,
            "a writer and a reader need a CPU each, and one may be used; allow another "
            "with --cpus, or use --functional and believe no time");
    *writer_cpu = options->cpu[0];
    *reader_cpu = options->cpu[options->cpus > 1 ? 1 : 0];
    return 0;
}

int tf_series_hgrm(const struct tf_perf_options *options, const char *measurement,
                   const char *what, const struct tf_contest *contest,
                   const struct tf_contest_result *result, uint32_t entry)
{
    const struct tf_entry_result *from = &result->entry[entry];
    char name[200];
    if (!options->hgrm || !from->ran || from->from_sent[TF_ALL].count == 0)
        return 0;
    const char *transport = contest->entries[entry].transport->name;
    snprintf(name, sizeof name, "%s-%s-%s-from-sent", measurement, what, transport);
    int status = tf_histogram_write_hgrm(&from->from_sent[TF_ALL], options->hgrm, name);
    if (status < 0)
        return status;
    snprintf(name, sizeof name, "%s-%s-%s-from-due", measurement, what, transport);
    return tf_histogram_write_hgrm(&from->from_due[TF_ALL], options->hgrm, name);
}
