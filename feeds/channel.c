/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include <stdlib.h>
#include <string.h>

static struct tf_epoch_seen *epoch_of(struct tf_channel *channel)
{
    uint32_t epochs = channel->report.epochs;
    return epochs && epochs <= TF_EPOCHS_KEPT ? &channel->report.epoch[epochs - 1] : 0;
}

void tf_channel_restart(struct tf_channel *channel, const struct tf_segment *segment,
                        uint64_t packet)
{
    channel->report.epochs++;
    struct tf_epoch_seen *epoch = epoch_of(channel);
    if (epoch)
        *epoch = (struct tf_epoch_seen){.first_packet = packet,
                                        .first_sequence = segment->sequence,
                                        .next_sequence = segment->sequence,
                                        .first_ts_send = segment->ts_send,
                                        .last_ts_send = segment->ts_send};
    channel->epoch_ts_send = segment->ts_send == TF_UNDEF_TIMESTAMP ? 0 : segment->ts_send;
    channel->report.next_sequence = segment->sequence;
    channel->known_next = segment->sequence;
    channel->gap_since = TF_UNDEF_TIMESTAMP;
    channel->asked_count = 0;
    channel->first_hash = 0;
    channel->lost_count = 0;
    channel->hopeless = false;
    channel->started = true;
}

void tf_channel_open(struct tf_channel *channel, const struct tf_segment *segment)
{
    memset(channel, 0, sizeof *channel);
    memcpy(channel->key, segment->key, sizeof channel->key);
    channel->gap_since = TF_UNDEF_TIMESTAMP;
}

void tf_channel_close(struct tf_channel *channel)
{
    for (uint32_t i = 0; i < channel->held_count; i++)
        free(channel->held[i]);
    free(channel->held_base);
    channel->held = channel->held_base = 0;
    channel->held_count = channel->held_room = 0;
}

bool tf_channel_restarts(const struct tf_channel *channel, const struct tf_segment *segment,
                         uint64_t hash, uint32_t window)
{
    uint64_t next = channel->report.next_sequence;
    if (!channel->started || !segment->may_restart || segment->sequence >= next)
        return false;
    /* A copy that is late was sent before the newest packet; a restart after it. */
    if (segment->ts_send != TF_UNDEF_TIMESTAMP)
        return segment->ts_send > channel->last_ts_send;
    if (segment->kind != TF_SEGMENT_DATA)
        return false;
    /* Without a time the content tells: a copy of the first packet is the same. */
    return channel->first_hash ? channel->first_hash != hash : next > window;
}

/* How many of the units first..first+units were given up before. */
static uint64_t units_lost(const struct tf_channel *channel, uint64_t first, uint64_t units)
{
    enum { RING = sizeof channel->lost / sizeof channel->lost[0] };
    uint64_t last = first + units - 1, lost = 0;
    uint32_t kept = channel->lost_count < RING ? channel->lost_count : RING;
    for (uint32_t i = 0; i < kept; i++) {
        uint64_t from = channel->lost[i].first > first ? channel->lost[i].first : first;
        uint64_t to = channel->lost[i].last < last ? channel->lost[i].last : last;
        lost += to >= from ? to - from + 1 : 0;
    }
    return lost;
}

/* The units first..first+units are not needed: a copy was delivered, or they come too late. */
static void count_unneeded(struct tf_channel *channel, uint64_t first, uint64_t units)
{
    uint64_t late = units ? units_lost(channel, first, units) : 0;
    channel->report.late += late;
    channel->report.duplicates += units - late;
}

/* Where it belongs among the held; after those with the same sequence. */
static uint32_t place_of(const struct tf_channel *channel, uint64_t sequence)
{
    uint32_t low = 0, high = channel->held_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (channel->held[middle]->segment.sequence <= sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* For one more behind the last: where taking has left half of it free, that is used again. */
static bool have_room(struct tf_channel *channel)
{
    uint32_t taken = (uint32_t)(channel->held - channel->held_base);
    if (taken + channel->held_count < channel->held_room)
        return true;
    uint32_t room = channel->held_room ? channel->held_room * 2 : 64;
    if (taken < channel->held_room / 2 || !channel->held_room) {
        struct tf_held **base = realloc(channel->held_base, room * sizeof(struct tf_held *));
        if (!base)
            return false;
        channel->held_base = base;
        channel->held_room = room;
    }
    memmove(channel->held_base, channel->held_base + taken,
            channel->held_count * sizeof(struct tf_held *));
    channel->held = channel->held_base;
    return true;
}

/* Without memory the packet is as lost as one that never came, and becomes part of the gap. */
static void hold(struct tf_channel *channel, const struct tf_packet *packet,
                 const struct tf_segment *segment, struct tf_line *line, uint64_t since)
{
    uint32_t at = place_of(channel, segment->sequence);
    if (at && channel->held[at - 1]->segment.sequence == segment->sequence &&
        channel->held[at - 1]->segment.units >= segment->units) {
        channel->report.duplicates += segment->units;
        return;
    }
    struct tf_held *held = have_room(channel) ? malloc(sizeof *held + packet->length) : 0;
    if (!held)
        return;
    uint8_t *bytes = (uint8_t *)(held + 1);
    memcpy(bytes, packet->bytes, packet->length);
    *held = (struct tf_held){*packet, *segment, since, line};
    held->packet.bytes = bytes;
    held->segment.body = bytes + segment->header_length;
    memmove(channel->held + at + 1, channel->held + at,
            (channel->held_count - at) * sizeof(struct tf_held *));
    channel->held[at] = held;
    channel->held_count++;
    channel->report.held = channel->held_count;
    if (channel->held_count > channel->report.held_max)
        channel->report.held_max = channel->held_count;
}

static void note_segment(struct tf_channel *channel, const struct tf_segment *segment,
                         const struct tf_packet *packet)
{
    if (!channel->started) {
        tf_channel_restart(channel, segment, packet->number);
        channel->report.first_sequence = segment->sequence;
    }
    struct tf_epoch_seen *epoch = epoch_of(channel);
    if (epoch)
        epoch->packets++;
    if (segment->ts_send == TF_UNDEF_TIMESTAMP)
        return;
    if (segment->ts_send > channel->last_ts_send)
        channel->last_ts_send = segment->ts_send;
    if (epoch)
        epoch->last_ts_send = segment->ts_send;
}

static void miss_from(struct tf_channel *channel, uint64_t now)
{
    if (channel->gap_since == TF_UNDEF_TIMESTAMP)
        channel->gap_since = now;
}

static bool is_near(uint64_t a, uint64_t b, uint64_t distance)
{
    return a > b ? a - b <= distance : b - a <= distance;
}

/* How far ahead the venue can be by now: no feed has ten messages a microsecond. */
static uint64_t far_by_now(const struct tf_channel *channel, uint64_t now)
{
    enum { FAR = 1 << 20, NS_PER_UNIT = 100 };
    bool known = now != TF_UNDEF_TIMESTAMP && channel->trusted_at != TF_UNDEF_TIMESTAMP;
    return FAR +
           (known && now > channel->trusted_at ? (now - channel->trusted_at) / NS_PER_UNIT : 0);
}

enum tf_trust tf_channel_trust(struct tf_channel *channel, const struct tf_segment *segment,
                               uint64_t now)
{
    enum { TOGETHER = 1 << 16 };
    uint64_t next = channel->report.next_sequence, sequence = segment->sequence;
    if (channel->held_count)
        next = channel->held[channel->held_count - 1]->segment.sequence;
    if (!channel->started || is_near(sequence, next, far_by_now(channel, now))) {
        channel->trusted_at = now;
        return TF_TRUST;
    }
    /* A copy on the other line is no second opinion; a heartbeat repeats itself. */
    bool again = sequence != channel->doubted || segment->kind != TF_SEGMENT_DATA;
    bool followed =
        channel->is_doubting && again && is_near(sequence, channel->doubted, TOGETHER);
    channel->doubted = sequence;
    channel->is_doubting = !followed;
    if (!followed)
        return TF_TRUST_NOT;
    channel->trusted_at = now;
    return sequence < channel->report.next_sequence ? TF_TRUST_RESTARTS : TF_TRUST;
}

uint64_t tf_channel_known(const struct tf_channel *channel)
{
    uint64_t known = channel->known_next > channel->report.next_sequence
                         ? channel->known_next
                         : channel->report.next_sequence;
    if (channel->held_count) {
        const struct tf_segment *last = &channel->held[channel->held_count - 1]->segment;
        if (last->sequence + last->units > known)
            known = last->sequence + last->units;
    }
    return known;
}

enum tf_turn tf_channel_place(struct tf_channel *channel, const struct tf_packet *packet,
                              const struct tf_segment *segment, struct tf_line *line,
                              uint64_t now, uint32_t *skip)
{
    *skip = 0;
    /* What was sent before the publisher began anew belongs to numbers that are gone. */
    if (segment->ts_send != TF_UNDEF_TIMESTAMP && segment->ts_send < channel->epoch_ts_send) {
        channel->report.late += segment->units;
        return TF_TURN_NEVER;
    }
    note_segment(channel, segment, packet);
    uint64_t next = channel->report.next_sequence, end = segment->sequence + segment->units;
    if (segment->kind != TF_SEGMENT_DATA) {
        channel->report.ended |= segment->kind == TF_SEGMENT_END;
        if (segment->sequence > channel->known_next) {
            channel->known_next = segment->sequence;
            channel->known_since = now;
        }
        if (channel->known_next > next)
            miss_from(channel, now);
        return TF_TURN_NEVER;
    }
    if (end <= next) {
        count_unneeded(channel, segment->sequence, segment->units);
        return TF_TURN_NEVER;
    }
    if (segment->sequence <= next) {
        *skip = (uint32_t)(next - segment->sequence);
        count_unneeded(channel, segment->sequence, *skip);
        return TF_TURN_NOW;
    }
    miss_from(channel, now);
    hold(channel, packet, segment, line, now);
    return TF_TURN_HELD;
}

struct tf_held *tf_channel_take(struct tf_channel *channel, uint32_t *skip)
{
    uint64_t next = channel->report.next_sequence;
    while (channel->held_count && channel->held[0]->segment.sequence <= next) {
        struct tf_held *held = channel->held[0];
        channel->held++;
        channel->held_count--;
        channel->report.held = channel->held_count;
        *skip = held->segment.units;
        if (held->segment.sequence + held->segment.units > next)
            *skip = (uint32_t)(next - held->segment.sequence);
        count_unneeded(channel, held->segment.sequence, *skip);
        if (*skip < held->segment.units)
            return held;
        free(held);
    }
    return 0;
}

/* The first unit that is known to exist behind what is missing; 0: nothing is missing. */
static uint64_t beyond_gap(const struct tf_channel *channel)
{
    uint64_t next = channel->report.next_sequence;
    if (channel->held_count)
        return channel->held[0]->segment.sequence > next ? channel->held[0]->segment.sequence
                                                         : 0;
    return channel->known_next > next ? channel->known_next : 0;
}

bool tf_channel_hopeless(const struct tf_channel *channel, uint64_t now, uint64_t wait_ns,
                         uint32_t window, bool flush, uint64_t *first, uint64_t *last)
{
    uint64_t beyond = beyond_gap(channel);
    if (!beyond)
        return false;
    *first = channel->report.next_sequence;
    *last = beyond - 1;
    if (flush || channel->held_count > window)
        return true;
    return now != TF_UNDEF_TIMESTAMP && now >= tf_channel_deadline(channel, wait_ns);
}

/* The next unit is another: since when is it missed, and what was asked for is still ahead? */
static void look_ahead(struct tf_channel *channel)
{
    uint64_t next = channel->report.next_sequence;
    uint32_t done = 0;
    channel->gap_since = TF_UNDEF_TIMESTAMP;
    if (beyond_gap(channel))
        channel->gap_since =
            channel->held_count ? channel->held[0]->since : channel->known_since;
    while (done < channel->asked_count && channel->asked[done].last < next)
        done++;
    if (done) {
        channel->asked_count -= done;
        memmove(channel->asked, channel->asked + done,
                channel->asked_count * sizeof channel->asked[0]);
    }
}

void tf_channel_give_up(struct tf_channel *channel, uint64_t last, uint64_t packet)
{
    enum { RING = sizeof channel->lost / sizeof channel->lost[0] };
    struct tf_channel_report *report = &channel->report;
    uint64_t first = report->next_sequence, missing = last - first + 1;
    if (report->gap_count < TF_GAPS_KEPT)
        report->gaps[report->gap_count] = (struct tf_gap_seen){first, last, packet};
    report->gap_count++;
    report->missing += missing;
    struct tf_epoch_seen *epoch = epoch_of(channel);
    if (epoch) {
        epoch->gap_count++;
        epoch->missing += missing;
        epoch->next_sequence = last + 1;
    }
    channel->lost[channel->lost_count % RING].first = first;
    channel->lost[channel->lost_count % RING].last = last;
    channel->lost_count++;
    report->next_sequence = last + 1;
    channel->hopeless = true;
    look_ahead(channel);
}

void tf_channel_done(struct tf_channel *channel, uint64_t next, uint64_t units, bool recovered)
{
    channel->report.units += units;
    channel->report.recovered += recovered ? units : 0;
    channel->report.next_sequence = next;
    struct tf_epoch_seen *epoch = epoch_of(channel);
    if (epoch) {
        epoch->units += units;
        epoch->next_sequence = next;
    }
    if (channel->held_count || channel->gap_since != TF_UNDEF_TIMESTAMP || channel->asked_count)
        look_ahead(channel);
}

void tf_channel_asked(struct tf_channel *channel, uint64_t last, uint64_t until)
{
    struct tf_asked *entry =
        channel->asked_count ? &channel->asked[channel->asked_count - 1] : 0;
    if (entry && entry->last >= last)
        return;
    if (!entry || channel->asked_count < TF_ASKED_MAX)
        entry = &channel->asked[channel->asked_count++];
    *entry = (struct tf_asked){last, until};
}

uint64_t tf_channel_deadline(const struct tf_channel *channel, uint64_t wait_ns)
{
    if (channel->gap_since == TF_UNDEF_TIMESTAMP)
        return UINT64_MAX;
    return channel->asked_count ? channel->asked[0].until : channel->gap_since + wait_ns;
}

/* first..last is missing; without what was asked for. */
static uint32_t add_missing(const struct tf_channel *channel, uint32_t index, uint64_t first,
                            uint64_t last, uint64_t since, struct tf_missing *out)
{
    if (channel->asked_count && first <= channel->asked[channel->asked_count - 1].last)
        first = channel->asked[channel->asked_count - 1].last + 1;
    if (first > last)
        return 0;
    *out = (struct tf_missing){index, first, last, since};
    return 1;
}

uint32_t tf_channel_missing(const struct tf_channel *channel, uint32_t index,
                            struct tf_missing *out, uint32_t max)
{
    uint64_t next = channel->report.next_sequence;
    uint32_t count = 0;
    for (uint32_t i = 0; i < channel->held_count && count < max; i++) {
        const struct tf_segment *segment = &channel->held[i]->segment;
        uint64_t end = segment->sequence + segment->units;
        if (segment->sequence > next)
            count += add_missing(channel, index, next, segment->sequence - 1,
                                 channel->held[i]->since, out + count);
        next = end > next ? end : next;
    }
    if (count < max && channel->known_next > next)
        count += add_missing(channel, index, next, channel->known_next - 1,
                             channel->known_since, out + count);
    return count;
}

enum tf_channel_state tf_channel_state(const struct tf_channel *channel)
{
    if (beyond_gap(channel))
        return channel->asked_count ? TF_CHANNEL_RECOVERING : TF_CHANNEL_GAP;
    return channel->hopeless ? TF_CHANNEL_STALE : TF_CHANNEL_REALTIME;
}

const char *tf_channel_state_name(enum tf_channel_state state)
{
    static const char *const names[] = {[TF_CHANNEL_REALTIME] = "REALTIME",
                                        [TF_CHANNEL_GAP] = "GAP",
                                        [TF_CHANNEL_RECOVERING] = "RECOVERING",
                                        [TF_CHANNEL_STALE] = "STALE"};
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}
