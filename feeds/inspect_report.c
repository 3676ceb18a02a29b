/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect_report.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>

static bool is_damaged(const struct tf_inspection *inspection)
{
    return tf_source_status(tf_recording_source(inspection->recording)) < 0;
}

uint64_t tf_inspection_errors(const struct tf_inspection *inspection)
{
    const struct tf_feed_counts *counts = tf_recording_counts(inspection->recording);
    uint64_t errors = 0;
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        if (tf_anomaly_is_damage((enum tf_anomaly)i))
            errors += counts->anomalies[i];
    errors += tf_recording_trailing_bytes(inspection->recording) != 0;
    return errors + is_damaged(inspection);
}

/* The letter itself, or "0x1f" where it would not print. */
static const char *name_of_byte(unsigned byte, char name[8])
{
    snprintf(name, 8, byte > ' ' && byte < 0x7F ? "%c" : "0x%02x", byte);
    return name;
}

/* {"A":3,"0x1f":1}: the counts that are not zero, in byte order. */
static void json_by_byte(FILE *out, const char *key, const uint64_t counts[256])
{
    const char *separator = "";
    fprintf(out, ",\"%s\":{", key);
    for (unsigned byte = 0; byte < 256; byte++) {
        char name[8];
        if (!counts[byte])
            continue;
        fputs(separator, out);
        tf_json_string(out, name_of_byte(byte, name));
        fprintf(out, ":%" PRIu64, counts[byte]);
        separator = ",";
    }
    fputc('}', out);
}

static void json_number(FILE *out, const char *key, uint64_t value)
{
    fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

static void json_time(FILE *out, const char *key, uint64_t ts_event)
{
    if (ts_event == TF_UNDEF_TIMESTAMP)
        fprintf(out, ",\"%s\":null", key);
    else
        json_number(out, key, ts_event);
}

static void json_errors(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_feed_counts *counts = tf_recording_counts(inspection->recording);
    const char *separator = "";
    fputs(",\"errors_by_kind\":{", out);
    for (int i = 0; i < TF_ANOMALY_COUNT; i++) {
        if (!counts->anomalies[i])
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, separator, tf_anomaly_name((enum tf_anomaly)i),
                counts->anomalies[i]);
        separator = ",";
    }
    if (tf_recording_trailing_bytes(inspection->recording)) {
        fprintf(out, "%s\"trailing_bytes\":1", separator);
        separator = ",";
    }
    if (is_damaged(inspection))
        fprintf(out, "%s\"damaged_input\":1", separator);
    fputc('}', out);
}

void tf_inspection_json(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_recording *recording = inspection->recording;
    const struct tf_feed_counts *counts = tf_recording_counts(recording);
    const struct tf_source *source = tf_recording_source(recording);
    fputs("{\"format\":", out);
    tf_json_string(out, tf_recording_format(recording)->name);
    json_number(out, "messages", counts->messages);
    json_by_byte(out, "messages_by_type", counts->messages_by_type);
    json_number(out, "ticks", inspection->ticks);
    json_by_byte(out, "ticks_by_action", inspection->ticks_by_action);
    json_number(out, "symbols", counts->symbols);
    json_time(out, "first_ts_event", counts->first_ts_event);
    json_time(out, "last_ts_event", counts->last_ts_event);
    json_number(out, "trades", counts->trades);
    json_number(out, "traded_volume", counts->traded_volume);
    json_number(out, "trailing_bytes", tf_recording_trailing_bytes(recording));
    json_number(out, "errors", tf_inspection_errors(inspection));
    json_errors(inspection, out);
    json_number(out, "printed_volume", counts->printed_volume);
    json_number(out, "orders_open", counts->orders_open);
    fprintf(out, ",\"end_of_session\":%s", tf_recording_ended(recording) ? "true" : "false");
    fprintf(out, ",\"compression\":\"%s\"", tf_source_compression(source));
    json_number(out, "bytes", tf_source_offset(source));
    fputs(",\"file\":", out);
    tf_json_string(out, tf_source_path(source));
    if (inspection->digest) {
        fprintf(out, ",\"digest\":\"%016" PRIx64 "\"", tf_digest_value(inspection->digest));
        json_number(out, "digest_ticks", tf_digest_ticks(inspection->digest));
    }
    fputs("}\n", out);
}

static void text_count(FILE *out, const char *label, uint64_t count)
{
    char digits[32];
    fprintf(out, "  %-24s %18s\n", label, tf_format_count(digits, sizeof digits, count));
}

/* 04:00:00.000000001, with the date where the recording's is known. */
static void text_time(FILE *out, const char *label, uint64_t ts_event)
{
    if (ts_event == TF_UNDEF_TIMESTAMP) {
        fprintf(out, "  %-24s %18s\n", label, "none");
        return;
    }
    uint64_t seconds = ts_event / 1000000000;
    fprintf(out,
            "  %-24s %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%09" PRIu64 " (%" PRIu64 ")\n",
            label, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, ts_event % 1000000000,
            ts_event);
}

static void text_by_byte(FILE *out, const char *label, const uint64_t counts[256])
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char name[8], line[48];
        if (!counts[byte])
            continue;
        snprintf(line, sizeof line, "%s %s", label, name_of_byte(byte, name));
        text_count(out, line, counts[byte]);
    }
}

void tf_inspection_text(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_recording *recording = inspection->recording;
    const struct tf_feed_counts *counts = tf_recording_counts(recording);
    const struct tf_source *source = tf_recording_source(recording);
    char size[32];
    fprintf(out, "%s: %s, %s%s%s\n", tf_source_path(source),
            tf_recording_format(recording)->description,
            tf_format_size(size, sizeof size, tf_source_offset(source)),
            strcmp(tf_source_compression(source), "none") ? " from " : "",
            strcmp(tf_source_compression(source), "none") ? tf_source_compression(source) : "");
    text_count(out, "messages", counts->messages);
    text_by_byte(out, "  of type", counts->messages_by_type);
    text_count(out, "ticks", inspection->ticks);
    text_by_byte(out, "  of action", inspection->ticks_by_action);
    text_count(out, "symbols", counts->symbols);
    text_time(out, "first event", counts->first_ts_event);
    text_time(out, "last event", counts->last_ts_event);
    text_count(out, "trades (E C P)", counts->trades);
    text_count(out, "  shares", counts->traded_volume);
    text_count(out, "printed shares", counts->printed_volume);
    text_count(out, "orders open at the end", counts->orders_open);
    fprintf(out, "  %-24s %18s\n", "end-of-session mark",
            tf_recording_ended(recording) ? "yes" : "no");
    text_count(out, "errors", tf_inspection_errors(inspection));
    for (int i = 0; i < TF_ANOMALY_COUNT; i++) {
        char line[48];
        snprintf(line, sizeof line, "  %s", tf_anomaly_name((enum tf_anomaly)i));
        if (counts->anomalies[i])
            text_count(out, line, counts->anomalies[i]);
    }
    if (tf_recording_trailing_bytes(recording))
        text_count(out, "trailing bytes", tf_recording_trailing_bytes(recording));
    if (inspection->digest)
        fprintf(out, "  %-24s   %016" PRIx64 " (%" PRIu64 " ticks)\n", "digest",
                tf_digest_value(inspection->digest), tf_digest_ticks(inspection->digest));
}
