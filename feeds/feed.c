/* SPDX-License-Identifier: Apache-2.0 */
#include "feed_internal.h"

#include "arena.h"
#include "error.h"

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { REORDER_PACKETS = 16384 };
#define REORDER_NS UINT64_C(1000000000)

struct tf_feed *tf_feed_open(const struct tf_feed_options *options)
{
    unsigned arena = tf_arena_of_node(options->decoder.node);
    struct tf_feed *feed = tf_arena_alloc(arena, sizeof *feed);
    if (!feed) {
        tf_fail(TF_EOS, "no memory for a feed");
        return 0;
    }
    feed->options = *options;
    if (!feed->options.reorder_ns)
        feed->options.reorder_ns = REORDER_NS;
    if (!feed->options.reorder_packets)
        feed->options.reorder_packets = REORDER_PACKETS;
    feed->session = options->format->session;
    feed->ops = options->format->decoder;
    feed->now = TF_UNDEF_TIMESTAMP;
    feed->deadline = UINT64_MAX;
    feed->decoder = feed->ops->open(&options->decoder);
    if (feed->decoder && tf_lines_open(&feed->lines) == 0) {
        feed->decoded = feed->ops->counts(feed->decoder);
        return feed;
    }
    if (feed->decoder)
        feed->ops->close(feed->decoder);
    tf_arena_free(arena, feed, sizeof *feed);
    return 0;
}

static void drop_work(struct tf_feed *feed)
{
    if (feed->is_active)
        free(feed->active.held);
    feed->is_active = feed->has_arrived = false;
}

void tf_feed_close(struct tf_feed *feed)
{
    if (!feed)
        return;
    drop_work(feed);
    tf_lines_close(&feed->lines);
    feed->ops->close(feed->decoder);
    tf_arena_free(tf_arena_of_node(feed->options.decoder.node), feed, sizeof *feed);
}

void tf_feed_restart(struct tf_feed *feed)
{
    drop_work(feed);
    tf_lines_clear(&feed->lines);
    feed->ops->restart(feed->decoder);
    feed->flush = false;
    feed->look_from = feed->look_to = 0;
    feed->now = TF_UNDEF_TIMESTAMP;
    feed->deadline = UINT64_MAX;
    feed->bad = feed->cut = feed->foreign = feed->too_many = feed->flaws_seen = 0;
}

struct tf_decoder *tf_feed_decoder(struct tf_feed *feed)
{
    return feed->decoder;
}

const struct tf_feed_counts *tf_feed_counts(struct tf_feed *feed)
{
    feed->counts = *feed->ops->counts(feed->decoder);
    feed->counts.anomalies[TF_ANOMALY_BAD_PACKET] += feed->bad;
    feed->counts.anomalies[TF_ANOMALY_CUT_PACKET] += feed->cut;
    feed->counts.anomalies[TF_ANOMALY_FOREIGN_PACKET] += feed->foreign;
    feed->counts.anomalies[TF_ANOMALY_TOO_MANY_LINES] += feed->too_many;
    return &feed->counts;
}

/* ---- packets in ------------------------------------------------------------------------------ */

static void look_at(struct tf_feed *feed, uint32_t from, uint32_t to)
{
    if (feed->look_from == feed->look_to) {
        feed->look_from = from;
        feed->look_to = to;
    } else {
        feed->look_from = from < feed->look_from ? from : feed->look_from;
        feed->look_to = to > feed->look_to ? to : feed->look_to;
    }
}

static void advance_clock(struct tf_feed *feed, uint64_t now)
{
    if (now == TF_UNDEF_TIMESTAMP)
        return;
    if (feed->now == TF_UNDEF_TIMESTAMP || now > feed->now)
        feed->now = now;
    if (feed->now >= feed->deadline)
        look_at(feed, 0, feed->lines.channel_count);
}

/* Every message of every copy, for a report by line. */
static void count_line_messages(struct tf_feed *feed, struct tf_line *line,
                                const struct tf_segment *segment)
{
    struct tf_venue_message message = {0};
    for (uint32_t at = 0, unit = 0; (feed->session->unit_is_packet || unit < segment->units) &&
                                    feed->session->next(segment, &at, &message);
         unit++) {
        int type = feed->ops->type_of(&message);
        line->report.messages++;
        if (type >= 0)
            line->report.messages_by_type[type & 0xFF]++;
    }
}

static void arrive(struct tf_feed *feed, const struct tf_packet *packet,
                   const struct tf_segment *segment, struct tf_channel *channel,
                   struct tf_line *line)
{
    feed->arrived = (struct tf_feed_work){
        .packet = *packet, .segment = *segment, .channel = channel, .line = line};
    feed->has_arrived = true;
    look_at(feed, channel->index, channel->index + 1);
}

/* 0 where copies do not matter. */
static uint64_t hash_of(const struct tf_packet *packet, const struct tf_segment *segment)
{
    bool matters = segment->kind == TF_SEGMENT_DATA && !segment->unsequenced;
    return matters ? XXH3_64bits(packet->bytes, packet->length) | 1 : 0;
}

/* The line counts it, and who brought it first is noted. */
static void count_packet(struct tf_feed *feed, struct tf_line *line,
                         const struct tf_packet *packet, const struct tf_segment *segment,
                         uint64_t hash)
{
    tf_line_count(line, packet, segment);
    if (feed->options.lines)
        count_line_messages(feed, line, segment);
    else if (!feed->session->unit_is_packet)
        line->report.messages += segment->units;
    if (hash)
        tf_lines_note(&feed->lines, line, hash, feed->now);
}

void tf_feed_packet(struct tf_feed *feed, const struct tf_packet *packet)
{
    struct tf_segment segment = {.ts_send = TF_UNDEF_TIMESTAMP};
    advance_clock(feed, packet->ts_recv);
    if (!feed->session->parse(packet, &segment)) {
        feed->foreign++;
        return;
    }
    struct tf_line *line = tf_line_of(&feed->lines, packet, &segment);
    if (!line) {
        feed->too_many++;
        return;
    }
    struct tf_channel *channel = feed->lines.channels[line->report.channel];
    if (!channel->report.name[0])
        feed->session->channel_text(packet, &segment, channel->report.name,
                                    sizeof channel->report.name);
    uint64_t hash = hash_of(packet, &segment);
    if (tf_channel_restarts(channel, &segment, hash, feed->options.reorder_packets))
        channel->restarting = true;
    else if (!segment.unsequenced)
        switch (tf_channel_trust(channel, &segment, feed->now)) {
        case TF_TRUST_NOT:
            feed->bad++;
            return;
        case TF_TRUST_RESTARTS:
            channel->restarting = true;
            break;
        case TF_TRUST:
            break;
        }
    count_packet(feed, line, packet, &segment, hash);
    arrive(feed, packet, &segment, channel, line);
    feed->arrived.hash = hash;
}

int tf_feed_declare(struct tf_feed *feed, uint32_t address, uint16_t port, uint32_t group)
{
    return tf_lines_declare(&feed->lines, address, port, group);
}

void tf_feed_recovered(struct tf_feed *feed, const struct tf_packet *packet)
{
    struct tf_segment segment = {.ts_send = TF_UNDEF_TIMESTAMP};
    advance_clock(feed, packet->ts_recv);
    struct tf_channel *channel = 0;
    if (feed->session->parse(packet, &segment))
        channel = tf_channel_of_key(&feed->lines, &segment);
    /* A server that tells of numbers which no line has told of is not believed. */
    if (channel && segment.sequence >= tf_channel_known(channel))
        channel = 0;
    if (channel && segment.kind == TF_SEGMENT_DATA && !segment.unsequenced)
        arrive(feed, packet, &segment, channel, 0);
    else
        feed->foreign++;
}

void tf_feed_time(struct tf_feed *feed, uint64_t now)
{
    advance_clock(feed, now);
}

void tf_feed_flush(struct tf_feed *feed)
{
    feed->flush = true;
    look_at(feed, 0, feed->lines.channel_count);
}

/* ---- reports --------------------------------------------------------------------------------- */

uint32_t tf_feed_missing(const struct tf_feed *feed, struct tf_missing *out, uint32_t max)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < feed->lines.channel_count && count < max; i++)
        count += tf_channel_missing(feed->lines.channels[i], i, out + count, max - count);
    return count;
}

void tf_feed_asked(struct tf_feed *feed, const struct tf_missing *missing, uint64_t give_up_at)
{
    if (missing->channel >= feed->lines.channel_count)
        return;
    struct tf_channel *channel = feed->lines.channels[missing->channel];
    tf_channel_asked(channel, missing->last, give_up_at);
    /* Perhaps sooner than what the feed would have waited. */
    tf_feed_note_deadline(feed, channel);
}

uint32_t tf_feed_channels(const struct tf_feed *feed)
{
    return feed->lines.channel_count;
}

uint32_t tf_feed_lines(const struct tf_feed *feed)
{
    return feed->lines.count;
}

void tf_feed_channel_report(const struct tf_feed *feed, uint32_t channel,
                            struct tf_channel_report *out)
{
    *out = feed->lines.channels[channel]->report;
    out->state = tf_channel_state(feed->lines.channels[channel]);
}

const struct tf_line_report *tf_feed_line_report(const struct tf_feed *feed, uint32_t line)
{
    return &feed->lines.lines[line]->report;
}
