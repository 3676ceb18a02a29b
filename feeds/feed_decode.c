/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a feed that gives ticks: whose turn it is, decoding, giving up. */
#include "feed_internal.h"

#include <stdlib.h>

static void tell_flaw(struct tf_feed *feed, const struct tf_feed_work *work,
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

static void decode(struct tf_feed *feed, const struct tf_feed_work *work,
                   struct tf_venue_message *message, struct tf_sink *sink)
{
    const struct tf_segment *segment = &work->segment;
    uint32_t first = sink->count;
    message->channel = work->channel->index;
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

/*
 * The packet is done with: its units are delivered, as far as they were there.  What a damaged one
 * lacks is missing as if it had not come, and another line may have it.
 */
static void finish(struct tf_feed *feed)
{
    struct tf_feed_work *work = &feed->active;
    const struct tf_segment *segment = &work->segment;
    uint32_t end = feed->session->unit_is_packet ? segment->units : work->unit;
    uint32_t units = end > work->skip ? end - work->skip : 0;
    if (segment->unsequenced)
        work->channel->report.units += units;
    else if (units)
        tf_channel_done(work->channel, segment->sequence + end, units, !work->line);
    tf_feed_note_deadline(feed, work->channel);
    if (work->line)
        work->line->report.wins += units;
    free(work->held);
    feed->is_active = false;
}

/* The next message of the packet at work; false: it had no more, and is done with. */
static bool next_message(struct tf_feed *feed, struct tf_venue_message *message)
{
    struct tf_feed_work *work = &feed->active;
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

/*
 * Begin to load what the packet's messages need, so many of them: a packet of orders has 10 to 40, and
 * a core keeps a dozen loads under way.
 */
static void look_ahead(struct tf_feed *feed)
{
    enum { AHEAD = 16 };
    struct tf_venue_message messages[AHEAD];
    uint32_t count = 0, at = feed->active.at;
    while (count < AHEAD && feed->session->next(&feed->active.segment, &at, &messages[count]))
        count++;
    feed->ops->prefetch(feed->decoder, messages, count);
}

static void activate(struct tf_feed *feed, const struct tf_feed_work *work, uint32_t skip)
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
    if (feed->ops->prefetch)
        look_ahead(feed);
}

static void give_gap(struct tf_feed *feed, struct tf_channel *channel, uint64_t first,
                     uint64_t last, struct tf_sink *sink)
{
    uint32_t index = channel->index;
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
        struct tf_feed_work work = {.packet = held->packet,
                                    .segment = held->segment,
                                    .channel = channel,
                                    .line = held->line,
                                    .held = held};
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
    struct tf_feed_work *work = &feed->arrived;
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
    enum tf_turn turn =
        tf_channel_place(channel, &work->packet, &work->segment, work->line, feed->now, &skip);
    if (turn == TF_TURN_NOW)
        activate(feed, work, skip);
    tf_feed_note_deadline(feed, channel);
}

/* All channels were looked at: when must that be done again? */
static void set_deadline(struct tf_feed *feed)
{
    feed->deadline = UINT64_MAX;
    for (uint32_t i = 0; i < feed->lines.channel_count; i++)
        tf_feed_note_deadline(feed, feed->lines.channels[i]);
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
    while (feed->look_from < feed->look_to && feed->look_from < feed->lines.channel_count) {
        if (advance_channel(feed, feed->lines.channels[feed->look_from], sink))
            return true;
        feed->look_from++;
    }
    feed->look_from = feed->look_to = 0;
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
