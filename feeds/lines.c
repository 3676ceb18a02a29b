/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include "arena.h"
#include "error.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tf_lines_open(struct tf_lines *lines)
{
    memset(lines, 0, sizeof *lines);
    lines->recent = tf_arena_alloc(tf_arena_of_node(-1), TF_RECENT * sizeof *lines->recent);
    return lines->recent ? 0 : tf_fail(TF_EOS, "no memory for the lines of a feed");
}

static void forget(struct tf_lines *lines)
{
    for (uint32_t i = 0; i < lines->channel_count; i++) {
        tf_channel_close(lines->channels[i]);
        free(lines->channels[i]);
    }
    for (uint32_t i = 0; i < lines->count; i++)
        free(lines->lines[i]);
    lines->channel_count = lines->count = lines->declared_count = 0;
}

void tf_lines_close(struct tf_lines *lines)
{
    forget(lines);
    free(lines->declared);
    lines->declared = 0;
    if (lines->recent)
        tf_arena_free(tf_arena_of_node(-1), lines->recent, TF_RECENT * sizeof *lines->recent);
}

void tf_lines_clear(struct tf_lines *lines)
{
    forget(lines);
    memset(lines->recent, 0, TF_RECENT * sizeof *lines->recent);
}

static bool same_flow(const struct tf_flow *a, const struct tf_flow *b)
{
    return a->address == b->address && a->port == b->port && a->source == b->source &&
           a->source_port == b->source_port && a->protocol == b->protocol;
}

static bool is_line(const struct tf_line *line, const struct tf_packet *packet,
                    const struct tf_segment *segment)
{
    return same_flow(&line->report.flow, &packet->flow) &&
           memcmp(line->key, segment->key, sizeof line->key) == 0;
}

struct tf_channel *tf_channel_of_key(struct tf_lines *lines, const struct tf_segment *segment)
{
    for (uint32_t i = 0; i < lines->channel_count; i++)
        if (memcmp(lines->channels[i]->key, segment->key, sizeof segment->key) == 0)
            return lines->channels[i];
    return 0;
}

/* What this flow was declared to be of, counted from 1; 0: nothing. */
static uint32_t group_of(const struct tf_lines *lines, const struct tf_flow *flow)
{
    for (uint32_t i = 0; i < lines->declared_count; i++)
        if (lines->declared[i].port == flow->port &&
            (!lines->declared[i].address || lines->declared[i].address == flow->address))
            return lines->declared[i].group + 1;
    return 0;
}

/* The channel that other lines of the packet's kind have; NULL: none. */
static struct tf_channel *shared_channel(struct tf_lines *lines, uint32_t group,
                                         const struct tf_segment *segment)
{
    if (segment->key_is_whole)
        return tf_channel_of_key(lines, segment);
    for (uint32_t i = 0; group && i < lines->channel_count; i++)
        if (lines->channels[i]->group == group &&
            memcmp(lines->channels[i]->key, segment->key, sizeof segment->key) == 0)
            return lines->channels[i];
    return 0;
}

static struct tf_channel *new_channel(struct tf_lines *lines, const struct tf_segment *segment)
{
    if (lines->channel_count == TF_LINES_MAX)
        return 0;
    struct tf_channel *channel = malloc(sizeof *channel);
    if (!channel)
        return 0;
    tf_channel_open(channel, segment);
    channel->index = lines->channel_count;
    lines->channels[lines->channel_count++] = channel;
    return channel;
}

static struct tf_line *new_line(struct tf_lines *lines, const struct tf_packet *packet,
                                const struct tf_segment *segment)
{
    struct tf_line *line = lines->count < TF_LINES_MAX ? calloc(1, sizeof *line) : 0;
    uint32_t group = group_of(lines, &packet->flow);
    struct tf_channel *channel = line ? shared_channel(lines, group, segment) : 0;
    if (line && !channel)
        channel = new_channel(lines, segment);
    if (!channel) {
        free(line);
        return 0;
    }
    channel->group = group;
    line->index = lines->count;
    line->report.flow = packet->flow;
    line->report.channel = channel->index;
    memcpy(line->key, segment->key, sizeof line->key);
    lines->lines[lines->count++] = line;
    return line;
}

/* Where to look first; key: a flow may carry several channels. */
static uint32_t *likely_line(struct tf_lines *lines, const struct tf_packet *packet,
                             const struct tf_segment *segment)
{
    uint32_t key;
    memcpy(&key, segment->key, sizeof key);
    uint32_t hash = (packet->flow.address ^ packet->flow.source * 31u ^ key) * 0x9E3779B1u;
    hash ^= (packet->flow.port + (uint32_t)packet->flow.source_port * 7u) * 0x85EBCA6Bu;
    return &lines->likely[hash >> 16 & (TF_LIKELY - 1)];
}

struct tf_line *tf_line_of(struct tf_lines *lines, const struct tf_packet *packet,
                           const struct tf_segment *segment)
{
    uint32_t *likely = likely_line(lines, packet, segment);
    if (*likely < lines->count && is_line(lines->lines[*likely], packet, segment))
        return lines->lines[*likely];
    struct tf_line *found = 0;
    for (uint32_t i = 0; i < lines->count && !found; i++)
        if (is_line(lines->lines[i], packet, segment))
            found = lines->lines[i];
    if (!found)
        found = new_line(lines, packet, segment);
    if (found)
        *likely = found->index;
    return found;
}

int tf_lines_declare(struct tf_lines *lines, uint32_t address, uint16_t port, uint32_t group)
{
    if (lines->declared_count == TF_LINES_MAX)
        return tf_fail(TF_EOS, "no more than %d lines can be declared", TF_LINES_MAX);
    void *grown =
        realloc(lines->declared, (lines->declared_count + 1) * sizeof *lines->declared);
    if (!grown)
        return tf_fail(TF_EOS, "no memory for a line");
    lines->declared = grown;
    lines->declared[lines->declared_count].address = address;
    lines->declared[lines->declared_count].port = port;
    lines->declared[lines->declared_count++].group = group;
    return 0;
}

void tf_lines_note(struct tf_lines *lines, struct tf_line *line, uint64_t hash, uint64_t now)
{
    uint32_t slot = (uint32_t)(hash >> 32) % TF_RECENT;
    if (lines->recent[slot].hash != hash || lines->recent[slot].line == line->index) {
        lines->recent[slot].hash = hash;
        lines->recent[slot].ts = now;
        lines->recent[slot].line = line->index;
        return;
    }
    struct tf_line *first = lines->lines[lines->recent[slot].line];
    if (first->report.channel == line->report.channel && now >= lines->recent[slot].ts &&
        now != TF_UNDEF_TIMESTAMP) {
        first->report.leads++;
        first->report.lead_ns += now - lines->recent[slot].ts;
    }
}

void tf_line_count(struct tf_line *line, const struct tf_packet *packet,
                   const struct tf_segment *segment)
{
    struct tf_line_report *report = &line->report;
    uint64_t first = segment->sequence, end = first + segment->units;
    bool is_first = report->packets++ == 0;
    report->heartbeats += segment->kind == TF_SEGMENT_HEARTBEAT;
    report->ends += segment->kind == TF_SEGMENT_END;
    report->units += segment->units;
    report->last_packet_ts = packet->ts_recv;
    if (is_first) {
        report->first_sequence = first;
        report->next_sequence = end;
        return;
    }
    if (first > report->next_sequence) {
        if (report->gap_count < TF_GAPS_KEPT)
            report->gaps[report->gap_count] =
                (struct tf_gap_seen){report->next_sequence, first - 1, packet->number};
        report->gap_count++;
        report->missing += first - report->next_sequence;
    } else if (first < report->next_sequence) {
        report->backward++;
    }
    if (end > report->next_sequence)
        report->next_sequence = end;
}

char *tf_flow_text(const struct tf_flow *flow, char *out, size_t size)
{
    char source[INET_ADDRSTRLEN], address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &(struct in_addr){htonl(flow->source)}, source, sizeof source);
    inet_ntop(AF_INET, &(struct in_addr){htonl(flow->address)}, address, sizeof address);
    snprintf(out, size, "%s:%u->%s:%u", source, flow->source_port, address, flow->port);
    return out;
}
