/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect_report.h"
#include "json_out.h"

#include <inttypes.h>
#include <string.h>

/* {"A":3,"0x1f":1}: the counts that are not zero, in the order of the types' numbers. */
static void write_by_type(struct tf_json *json, const char *key, const uint64_t counts[256],
                          void (*name_of)(unsigned type, char name[8]))
{
    tf_json_object(json, key);
    for (unsigned type = 0; type < 256; type++) {
        char name[8];
        if (!counts[type])
            continue;
        name_of(type, name);
        tf_json_u64(json, name, counts[type]);
    }
    tf_json_end_object(json);
}

static void write_errors(const struct tf_inspection *inspection, struct tf_json *json)
{
    const struct tf_feed_counts *counts = tf_recording_counts(inspection->recording);
    tf_json_u64(json, "errors", tf_inspection_errors(inspection));
    tf_json_object(json, "errors_by_kind");
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        if (counts->anomalies[i])
            tf_json_u64(json, tf_anomaly_name((enum tf_anomaly)i), counts->anomalies[i]);
    if (tf_recording_trailing_bytes(inspection->recording))
        tf_json_u64(json, "trailing_bytes", 1);
    if (tf_inspection_is_damaged(inspection))
        tf_json_u64(json, "damaged_input", 1);
    tf_json_end_object(json);
}

/* What all recordings have. */
static void write_common(const struct tf_inspection *inspection, struct tf_json *json)
{
    const struct tf_recording *recording = inspection->recording;
    const struct tf_format *format = tf_recording_format(recording);
    const struct tf_feed_counts *counts = tf_recording_counts(recording);
    tf_json_text(json, "format", format->name);
    tf_json_u64(json, "messages", counts->messages);
    write_by_type(json, "messages_by_type", counts->messages_by_type,
                  format->decoder->type_name);
    tf_json_u64(json, "ticks", inspection->ticks);
    write_by_type(json, "ticks_by_action", inspection->ticks_by_action, tf_type_letter);
    tf_json_u64(json, "symbols", counts->symbols);
    tf_json_u64_or_null(json, "first_ts_event", counts->first_ts_event, TF_UNDEF_TIMESTAMP);
    tf_json_u64_or_null(json, "last_ts_event", counts->last_ts_event, TF_UNDEF_TIMESTAMP);
    tf_json_u64(json, "trades", counts->trades);
    tf_json_u64(json, "traded_volume", counts->traded_volume);
    tf_json_u64(json, "trailing_bytes", tf_recording_trailing_bytes(recording));
    write_errors(inspection, json);
    tf_json_u64(json, "printed_volume", counts->printed_volume);
    tf_json_u64(json, "orders_open", counts->orders_open);
    tf_json_bool(json, "end_of_session", tf_recording_ended(recording));
}

static void write_file(const struct tf_inspection *inspection, struct tf_json *json)
{
    const struct tf_source *source = tf_recording_source(inspection->recording);
    tf_json_text(json, "compression", tf_source_compression(source));
    tf_json_u64(json, "bytes", tf_source_offset(source));
    tf_json_text(json, "file", tf_source_path(source));
    if (inspection->digest) {
        char digest[24];
        snprintf(digest, sizeof digest, "%016" PRIx64, tf_digest_value(inspection->digest));
        tf_json_text(json, "digest", digest);
        tf_json_u64(json, "digest_ticks", tf_digest_ticks(inspection->digest));
    }
}

/* ---- captures -------------------------------------------------------------------------------- */

static void write_container(const struct tf_inspection *inspection,
                            const struct tf_capture_report *report, struct tf_json *json)
{
    const struct tf_source *source = tf_recording_source(inspection->recording);
    const char *compression = tf_source_compression(source);
    tf_json_object(json, "container");
    tf_json_text(json, "container", report->container);
    tf_json_text(json, "compression", strcmp(compression, "none") ? compression : 0);
    tf_json_u64(json, "uncompressed_size", tf_source_offset(source));
    if (report->byte_order) {
        char version[16];
        snprintf(version, sizeof version, "%u.%u", report->version_major,
                 report->version_minor);
        tf_json_text(json, "byte_order", report->byte_order);
        tf_json_text(json, "ts_unit", report->ts_unit);
        tf_json_text(json, "version", version);
        tf_json_u64(json, "snaplen", report->snaplen);
    }
    tf_json_u64(json, "linktype", (uint64_t)report->link_type);
    tf_json_end_object(json);
    tf_json_object(json, "capture_ts_ns");
    tf_json_u64_or_null(json, "first", report->first_ts, TF_UNDEF_TIMESTAMP);
    tf_json_u64_or_null(json, "last", report->last_ts, TF_UNDEF_TIMESTAMP);
    tf_json_end_object(json);
}

static void write_packet_counters(const struct tf_feed *feed,
                                  const struct tf_capture_report *report, struct tf_json *json)
{
    enum { UDP = 17 };
    uint64_t udp = 0, heartbeats = 0, ends = 0, messages = 0;
    for (uint32_t i = 0; i < tf_feed_lines(feed); i++) {
        const struct tf_line_report *line = tf_feed_line_report(feed, i);
        udp += line->flow.protocol == UDP ? line->packets : 0;
        heartbeats += line->heartbeats;
        ends += line->ends;
        messages += line->messages;
    }
    tf_json_object(json, "packet_counters");
    tf_json_u64(json, "packets", report->packets);
    tf_json_u64(json, "udp_packets", udp);
    tf_json_u64(json, "heartbeats", heartbeats);
    tf_json_u64(json, "end_of_session", ends);
    tf_json_u64(json, "messages", messages);
    tf_json_u64(json, "vlan_tagged", report->vlan_tagged);
    tf_json_u64(json, "other", report->other);
    tf_json_u64(json, "cut", report->cut);
    tf_json_end_object(json);
}

static bool is_same_flow(const struct tf_flow *a, const struct tf_flow *b)
{
    return a->source == b->source && a->address == b->address &&
           a->source_port == b->source_port && a->port == b->port && a->protocol == b->protocol;
}

/* A flow that carries several channels has a line for each. */
static void write_flows(const struct tf_feed *feed, struct tf_json *json)
{
    uint32_t lines = tf_feed_lines(feed);
    tf_json_object(json, "flows");
    for (uint32_t i = 0; i < lines; i++) {
        const struct tf_flow *flow = &tf_feed_line_report(feed, i)->flow;
        uint64_t packets = 0;
        bool told = false;
        for (uint32_t j = 0; j < lines; j++) {
            const struct tf_line_report *other = tf_feed_line_report(feed, j);
            if (!is_same_flow(flow, &other->flow))
                continue;
            told |= j < i;
            packets += other->packets;
        }
        char text[64];
        if (!told)
            tf_json_u64(json, tf_flow_text(flow, text, sizeof text), packets);
    }
    tf_json_end_object(json);
}

/* [first, last, packet]; packets count from 0 here, as in the files that others compare with. */
static void write_gaps(struct tf_json *json, const struct tf_gap_seen *gaps, uint64_t count)
{
    for (uint64_t i = 0; i < count && i < TF_GAPS_KEPT; i++) {
        tf_json_array(json, 0);
        tf_json_u64(json, 0, gaps[i].first);
        tf_json_u64(json, 0, gaps[i].last);
        tf_json_u64(json, 0, gaps[i].packet ? gaps[i].packet - 1 : 0);
        tf_json_end_array(json);
    }
}

static void write_epochs(struct tf_json *json, const struct tf_channel_report *channel)
{
    tf_json_array(json, "epochs");
    for (uint32_t i = 0; i < channel->epochs && i < TF_EPOCHS_KEPT; i++) {
        const struct tf_epoch_seen *epoch = &channel->epoch[i];
        tf_json_object(json, 0);
        tf_json_u64(json, "first_packet", epoch->first_packet ? epoch->first_packet - 1 : 0);
        tf_json_u64(json, "packets", epoch->packets);
        tf_json_u64(json, "first_seq", epoch->first_sequence);
        tf_json_u64(json, "next_seq", epoch->next_sequence);
        tf_json_u64(json, "messages", epoch->units);
        tf_json_u64(json, "gaps", epoch->gap_count);
        tf_json_u64(json, "missing", epoch->missing);
        if (epoch->first_ts_send != TF_UNDEF_TIMESTAMP) {
            tf_json_u64(json, "first_send_time", epoch->first_ts_send);
            tf_json_u64(json, "last_send_time", epoch->last_ts_send);
        }
        tf_json_end_object(json);
    }
    tf_json_end_array(json);
}

static void write_channel(struct tf_json *json, const struct tf_channel_report *channel)
{
    tf_json_object(json, 0);
    tf_json_text(json, "name", channel->name);
    tf_json_text(json, "state", tf_channel_state_name(channel->state));
    tf_json_u64(json, "first_seq", channel->first_sequence);
    tf_json_u64(json, "next_expected", channel->next_sequence);
    tf_json_u64(json, "messages", channel->units);
    tf_json_u64(json, "duplicates", channel->duplicates);
    tf_json_u64(json, "gap_count", channel->gap_count);
    tf_json_u64(json, "missing_messages", channel->missing);
    tf_json_array(json, "gaps");
    write_gaps(json, channel->gaps, channel->gap_count);
    tf_json_end_array(json);
    tf_json_u64(json, "late", channel->late);
    tf_json_u64(json, "held_max", channel->held_max);
    write_epochs(json, channel);
    tf_json_bool(json, "end_of_session", channel->ended);
    tf_json_end_object(json);
}

/* Of the packets with the first and the last send time in the capture; nothing: there are none. */
static void write_send_times(const struct tf_feed *feed, struct tf_json *json)
{
    uint64_t first = TF_UNDEF_TIMESTAMP, last = 0;
    for (uint32_t i = 0; i < tf_feed_channels(feed); i++) {
        struct tf_channel_report channel;
        tf_feed_channel_report(feed, i, &channel);
        for (uint32_t e = 0; e < channel.epochs && e < TF_EPOCHS_KEPT; e++) {
            const struct tf_epoch_seen *epoch = &channel.epoch[e];
            if (epoch->first_ts_send == TF_UNDEF_TIMESTAMP)
                continue;
            first = epoch->first_ts_send < first ? epoch->first_ts_send : first;
            last = epoch->last_ts_send > last ? epoch->last_ts_send : last;
        }
    }
    if (first == TF_UNDEF_TIMESTAMP)
        return;
    tf_json_object(json, "segment_send_time_ns");
    tf_json_u64(json, "first", first);
    tf_json_u64(json, "last", last);
    tf_json_end_object(json);
}

/* All channels together, then each. */
static void write_channels(const struct tf_feed *feed, struct tf_json *json)
{
    struct tf_channel_report channel;
    uint64_t gaps = 0, missing = 0, duplicates = 0, late = 0, restarts = 0;
    uint32_t count = tf_feed_channels(feed);
    tf_json_array(json, "gaps");
    for (uint32_t i = 0; i < count; i++) {
        tf_feed_channel_report(feed, i, &channel);
        write_gaps(json, channel.gaps, channel.gap_count);
        gaps += channel.gap_count;
        missing += channel.missing;
        duplicates += channel.duplicates;
        late += channel.late;
        restarts += channel.epochs > 1 ? channel.epochs - 1 : 0;
    }
    tf_json_end_array(json);
    tf_json_u64(json, "gap_count", gaps);
    tf_json_u64(json, "missing_messages", missing);
    tf_json_u64(json, "duplicates", duplicates);
    tf_json_u64(json, "late", late);
    tf_json_u64(json, "restarts", restarts);
    tf_json_array(json, "channels");
    for (uint32_t i = 0; i < count; i++) {
        tf_feed_channel_report(feed, i, &channel);
        write_channel(json, &channel);
    }
    tf_json_end_array(json);
}

static void write_sequence(struct tf_json *json, const struct tf_line_report *line)
{
    uint64_t next = line->next_sequence;
    tf_json_object(json, "sequence");
    tf_json_u64(json, "first_seq", line->first_sequence);
    tf_json_u64(json, "last_seq", next ? next - 1 : 0);
    tf_json_u64(json, "next_expected", next);
    tf_json_u64(json, "messages", line->units);
    tf_json_u64(json, "gap_count", line->gap_count);
    tf_json_u64(json, "missing_messages", line->missing);
    tf_json_array(json, "gaps");
    write_gaps(json, line->gaps, line->gap_count);
    tf_json_end_array(json);
    tf_json_u64(json, "non_monotonic_count", line->backward);
    tf_json_end_object(json);
}

static void write_line(const struct tf_inspection *inspection,
                       const struct tf_line_report *line, struct tf_json *json)
{
    const struct tf_format *format = tf_recording_format(inspection->recording);
    struct tf_channel_report channel;
    char text[64];
    tf_feed_channel_report(tf_recording_feed(inspection->recording), line->channel, &channel);
    tf_json_object(json, 0);
    tf_json_text(json, "flow", tf_flow_text(&line->flow, text, sizeof text));
    tf_json_text(json, "channel", channel.name);
    tf_json_u64(json, "packets", line->packets);
    tf_json_u64(json, "heartbeats", line->heartbeats);
    tf_json_u64(json, "end_of_session", line->ends);
    tf_json_u64(json, "messages", line->messages);
    if (inspection->lines)
        write_by_type(json, "messages_by_type", line->messages_by_type,
                      format->decoder->type_name);
    write_sequence(json, line);
    tf_json_u64(json, "first_copies", line->wins);
    tf_json_u64(json, "leads", line->leads);
    tf_json_u64(json, "lead_ns", line->lead_ns);
    tf_json_end_object(json);
}

static void write_capture(const struct tf_inspection *inspection, struct tf_json *json)
{
    const struct tf_feed *feed = tf_recording_feed(inspection->recording);
    struct tf_capture_report report;
    tf_capture_report(tf_recording_capture(inspection->recording), &report);
    write_container(inspection, &report, json);
    write_packet_counters(feed, &report, json);
    write_flows(feed, json);
    write_send_times(feed, json);
    write_channels(feed, json);
    tf_json_array(json, "lines");
    for (uint32_t i = 0; i < tf_feed_lines(feed); i++)
        write_line(inspection, tf_feed_line_report(feed, i), json);
    tf_json_end_array(json);
}

void tf_inspection_json(const struct tf_inspection *inspection, FILE *out)
{
    const struct tf_recording *recording = inspection->recording;
    const struct tf_decoder_ops *decoder = tf_recording_format(recording)->decoder;
    struct tf_json json = {.out = out};
    tf_json_object(&json, 0);
    write_common(inspection, &json);
    write_file(inspection, &json);
    if (tf_recording_feed(recording))
        write_capture(inspection, &json);
    if (decoder->facts)
        decoder->facts(tf_recording_decoder(recording), &json);
    tf_json_end_object(&json);
    fputc('\n', out);
}
