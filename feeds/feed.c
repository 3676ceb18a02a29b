/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include "arena.h"
#include "channel.h"
#include "error.h"
#include "lines.h"

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { REORDER_PACKETS = 16384 };
#define REORDER_NS UINT64_C(1000000000)

/* Where its decoding stands. */
struct work {
    struct tf_packet packet;
    struct tf_segment segment;
    struct tf_channel *channel;
    struct tf_line *line; /* NULL: of no line */
    struct tf_held *held; /* to be freed with it; NULL: the bytes are the caller's */
    uint32_t at, unit;    /* in the body; units passed */
    uint32_t skip;        /* the first so many units are not needed */
    uint64_t hash;        /* of the packet */
    bool recovered;
};

struct tf_feed {
    struct tf_feed_options options;
    const struct tf_session_ops *session;
    const struct tf_decoder_ops *ops;
    struct tf_decoder *decoder;
    const struct tf_feed_counts *decoded; /* the decoder's own */
    struct tf_lines lines;
    struct work arrived, active;
    bool has_arrived, is_active, flush;
    uint32_t look_from, look_to; /* channels that may have something due */
    uint64_t now, deadline;      /* look at all channels then */
    struct tf_feed_counts counts;
    uint64_t bad, cut, foreign; /* packets */
    uint64_t flaws_seen;
};

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
    feed->bad = feed->cut = feed->foreign = feed->flaws_seen = 0;
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
    for (uint32_t at = 0, unit = 0;
         (feed->session->unit_is_packet || unit < segment->units) &&
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
    feed->arrived = (struct work){.packet = *packet,
                                  .segment = *segment,
                                  .channel = channel,
                                  .line = line,
                                  .recovered = !line};
    feed->has_arrived = true;
    uint32_t index = (uint32_t)(channel - feed->lines.channels);
    look_at(feed, index, index + 1);
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
        feed->foreign++;
        return;
    }
    tf_line_count(line, packet, &segment);
    if (feed->options.lines)
        count_line_messages(feed, line, &segment);
    else if (!feed->session->unit_is_packet)
        line->report.messages += segment.units;
    uint64_t hash = 0;
    if (segment.kind == TF_SEGMENT_DATA && !segment.unsequenced) {
        hash = XXH3_64bits(packet->bytes, packet->length) | 1;
        tf_lines_pair(&feed->lines, line, packet, &segment, hash, feed->now);
    }
    struct tf_channel *channel = &feed->lines.channels[line->report.channel];
    if (!channel->report.name[0])
        feed->session->channel_text(&segment, channel->report.name,
                                    sizeof channel->report.name);
    if (tf_channel_restarts(channel, &segment, hash, feed->options.reorder_packets))
        channel->restarting = true;
    arrive(feed, packet, &segment, channel, line);
    feed->arrived.hash = hash;
}

void tf_feed_recovered(struct tf_feed *feed, const struct tf_packet *packet)
{
    struct tf_segment segment = {.ts_send = TF_UNDEF_TIMESTAMP};
    advance_clock(feed, packet->ts_recv);
    struct tf_channel *channel = 0;
    if (feed->session->parse(packet, &segment))
        channel = tf_channel_of_key(&feed->lines, &segment);
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

/* ---- ticks out ------------------------------------------------------------------------------- */

static void tell_flaw(struct tf_feed *feed, const struct work *work,
                      const struct tf_venue_message *message)
{
    feed->flaws_seen = feed->decoded->flaw.count;
    if (!feed->options.flawed)
        return;
    struct tf_flaw_place place = {.flaw = feed->decoded->flaw,
                                  .packet = work->packet.number,
                                  .sequence = message->sequence,
                                  .type = feed->ops->type_of(message)};
    place.flaw.offset += (uint32_t)(message->bytes - work->packet.bytes);
    feed->options.flawed(feed->options.context, &place);
}

static void decode(struct tf_feed *feed, const struct work *work,
                   struct tf_venue_message *message, struct tf_sink *sink)
{
    const struct tf_segment *segment = &work->segment;
    uint32_t first = sink->count;
    message->channel = (uint32_t)(work->channel - feed->lines.channels);
    message->sequence =
        feed->session->unit_is_packet ? segment->sequence : segment->sequence + work->unit;
    message->ts_recv = work->packet.ts_recv;
    message->ts_send = segment->ts_send;
    feed->ops->decode(feed->decoder, message, sink);
    for (uint32_t i = first; i < sink->count; i++)
        if (sink->ticks[i].ts_recv == TF_UNDEF_TIMESTAMP)
            sink->ticks[i].ts_recv = message->ts_recv;
    if (__builtin_expect(feed->decoded->flaw.count != feed->flaws_seen, 0))
        tell_flaw(feed, work, message);
}

static void note_deadline(struct tf_feed *feed, const struct tf_channel *channel)
{
    uint64_t deadline = tf_channel_deadline(channel, feed->options.reorder_ns);
    if (deadline < feed->deadline)
        feed->deadline = deadline;
}

/*
 * The packet is done with: its units are delivered, as far as they were there.  What a damaged one
 * lacks is missing as if it had not come, and another line may have it.
 */
static void finish(struct tf_feed *feed)
{
    struct work *work = &feed->active;
    const struct tf_segment *segment = &work->segment;
    uint32_t end = feed->session->unit_is_packet ? segment->units : work->unit;
    uint32_t units = end > work->skip ? end - work->skip : 0;
    if (segment->unsequenced)
        work->channel->report.units += units;
    else if (units)
        tf_channel_done(work->channel, segment->sequence + end, units, work->recovered,
                        feed->now);
    note_deadline(feed, work->channel);
    if (work->line)
        work->line->report.wins += units;
    free(work->held);
    feed->is_active = false;
}

/* The next message of the packet at work; false: it had no more, and is done with. */
static bool next_message(struct tf_feed *feed, struct tf_venue_message *message)
{
    struct work *work = &feed->active;
    bool whole = feed->session->unit_is_packet || work->unit < work->segment.units;
    if (whole && feed->session->next(&work->segment, &work->at, message))
        return true;
    if (whole && (!feed->session->unit_is_packet || work->at < work->segment.body_length)) {
        if (work->packet.cut)
            feed->cut++;
        else
            feed->bad++;
    }
    finish(feed);
    return false;
}

static void activate(struct tf_feed *feed, const struct work *work, uint32_t skip)
{
    struct tf_venue_message passed;
    feed->active = *work;
    feed->active.skip = skip;
    feed->is_active = true;
    if (feed->session->unit_is_packet)
        return;
    while (feed->active.unit < skip &&
           feed->session->next(&feed->active.segment, &feed->active.at, &passed))
        feed->active.unit++;
}

static void give_gap(struct tf_feed *feed, struct tf_channel *channel, uint64_t first,
                     uint64_t last, struct tf_sink *sink)
{
    uint32_t index = (uint32_t)(channel - feed->lines.channels);
    tf_channel_give_up(channel, last, feed->arrived.packet.number);
    if (feed->ops->gap)
        feed->ops->gap(feed->decoder, index);
    sink->ticks[sink->count++] = (struct tf_tick){.ts_event = feed->now,
                                                  .ts_recv = feed->now,
                                                  .gap_first = first,
                                                  .gap_last = last,
                                                  .size = index,
                                                  .sequence = (uint32_t)last,
                                                  .rtype = TF_RTYPE_GAP,
                                                  .action = 'N',
                                                  .side = 'N',
                                                  .flags = TF_FLAG_LAST};
}

/* Something of this channel whose turn it is: true when there is work, or a GAP was given. */
static bool advance_channel(struct tf_feed *feed, struct tf_channel *channel,
                            struct tf_sink *sink)
{
    uint32_t skip;
    uint64_t first, last;
    struct tf_held *held = tf_channel_take(channel, &skip);
    if (held) {
        struct work work = {.packet = held->packet,
                            .segment = held->segment,
                            .channel = channel,
                            .held = held,
                            .recovered = held->recovered};
        activate(feed, &work, skip);
        return true;
    }
    bool flush = feed->flush || channel->restarting;
    if (!tf_channel_hopeless(channel, feed->now, feed->options.reorder_ns,
                             feed->options.reorder_packets, flush, &first, &last))
        return false;
    give_gap(feed, channel, first, last, sink);
    return true;
}

/* The packet that came last, where it belongs. */
static void place_arrived(struct tf_feed *feed)
{
    struct work *work = &feed->arrived;
    struct tf_channel *channel = work->channel;
    uint32_t skip = 0;
    feed->has_arrived = false;
    if (channel->restarting) {
        tf_channel_restart(channel, &work->segment, work->packet.number);
        channel->restarting = false;
    }
    if (work->segment.unsequenced) {
        if (work->segment.kind == TF_SEGMENT_DATA)
            activate(feed, work, 0);
        return;
    }
    if (work->segment.may_restart && work->segment.kind == TF_SEGMENT_DATA)
        channel->first_hash = work->hash;
    enum tf_turn turn = tf_channel_place(channel, &work->packet, &work->segment,
                                         work->recovered, feed->now, &skip);
    if (turn == TF_TURN_NOW)
        activate(feed, work, skip);
    note_deadline(feed, channel);
}

/* All channels were looked at: when must that be done again? */
static void set_deadline(struct tf_feed *feed)
{
    feed->deadline = UINT64_MAX;
    for (uint32_t i = 0; i < feed->lines.channel_count; i++)
        note_deadline(feed, &feed->lines.channels[i]);
}

/* Find work, or give a GAP; false: nothing is due. */
static bool advance(struct tf_feed *feed, struct tf_sink *sink)
{
    /* Before a publisher begins anew, all that is left of its old numbers. */
    if (feed->has_arrived && feed->arrived.channel->restarting &&
        advance_channel(feed, feed->arrived.channel, sink))
        return true;
    if (feed->has_arrived) {
        place_arrived(feed);
        return true;
    }
    while (feed->look_from < feed->look_to) {
        if (advance_channel(feed, &feed->lines.channels[feed->look_from], sink))
            return true;
        feed->look_from++;
    }
    if (feed->now != TF_UNDEF_TIMESTAMP && feed->now >= feed->deadline)
        set_deadline(feed);
    return false;
}

uint32_t tf_feed_next(struct tf_feed *feed, uint32_t messages_max, struct tf_sink *sink)
{
    uint32_t messages = 0;
    struct tf_venue_message message;
    while (messages < messages_max && sink->count + feed->ops->ticks_max <= sink->capacity) {
        if (!feed->is_active) {
            uint32_t before = sink->count;
            if (!advance(feed, sink))
                break;
            messages += sink->count - before;
        } else if (next_message(feed, &message)) {
            decode(feed, &feed->active, &message, sink);
            feed->active.unit++;
            messages++;
        }
    }
    return messages;
}

/* ---- reports --------------------------------------------------------------------------------- */

uint32_t tf_feed_missing(const struct tf_feed *feed, struct tf_missing *out, uint32_t max)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < feed->lines.channel_count && count < max; i++)
        count += tf_channel_missing(&feed->lines.channels[i], i, out + count, max - count);
    return count;
}

void tf_feed_asked(struct tf_feed *feed, const struct tf_missing *missing, uint64_t give_up_at)
{
    if (missing->channel >= feed->lines.channel_count)
        return;
    struct tf_channel *channel = &feed->lines.channels[missing->channel];
    if (channel->asked_last < missing->last)
        channel->asked_last = missing->last;
    channel->asked_until = give_up_at;
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
    *out = feed->lines.channels[channel].report;
    out->state = tf_channel_state(&feed->lines.channels[channel]);
}

const struct tf_line_report *tf_feed_line_report(const struct tf_feed *feed, uint32_t line)
{
    return &feed->lines.lines[line].report;
}
