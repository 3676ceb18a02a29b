/* SPDX-License-Identifier: Apache-2.0 */
#include "pitch_ascii.h"

#include "pitch_ascii_wire.h"
#include "pitch_tally.h"

static void dispatch(struct tf_decoder *decoder, uint8_t type, struct tf_pitch_event event,
                     const struct tf_text_fields *fields, struct tf_sink *sink)
{
    const struct tf_pitch_order *order = &fields->order;
    switch (type) {
    case 'A':
    case 'd':
        tf_pitch_add(decoder, sink, event, order);
        break;
    case 'P':
    case 'r':
        tf_pitch_trade(decoder, sink, event, order);
        break;
    case 'E':
        tf_pitch_executed(decoder, sink, event, order->id, order->shares, fields->execution);
        break;
    case 'X':
        tf_pitch_reduced(decoder, sink, event, order->id, order->shares);
        break;
    case 'B':
        tf_pitch_broken(sink, event, order->id);
        break;
    case 'H':
        tf_pitch_status(decoder, sink, event, order->symbol, fields->state, fields->short_sale);
        break;
    default: /* of known length, without a tick */
        break;
    }
}

static void ascii_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                         struct tf_sink *sink)
{
    struct tf_feed_counts *counts = &decoder->counts;
    const uint8_t *message = found->bytes;
    counts->messages++;
    if (__builtin_expect(found->length <= TEXT_TYPE, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", 0);
        return;
    }
    uint8_t type = message[TEXT_TYPE], least = tf_pitch_text_lengths[type];
    counts->messages_by_type[type]++;
    if (__builtin_expect(decoder->tally != 0, 0))
        tf_pitch_tally_message(decoder->tally, type, message, found->length);
    if (__builtin_expect(!least, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_UNKNOWN_TYPE, "message type", TEXT_TYPE);
        return;
    }
    if (__builtin_expect(found->length < least, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", 0);
        return;
    }
    struct tf_text_fields fields;
    const char *flaw = tf_pitch_text_parse(message, &fields);
    if (__builtin_expect(flaw != 0, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_FIELD, flaw, fields.flaw_at);
        return;
    }
    if (decoder->tally)
        tf_pitch_tally_ms(decoder->tally, fields.ms);
    struct tf_pitch_event event = {.ts_event = decoder->midnight_ns + fields.ms * 1000000,
                                   .sequence = (uint32_t)found->sequence,
                                   .channel = tf_pitch_channel(found->channel)};
    tf_pitch_count_time(decoder, event.ts_event);
    dispatch(decoder, type, event, &fields, sink);
}

/* All that name an order have its id at the same place. */
static void ascii_prefetch(const struct tf_decoder *decoder,
                           const struct tf_venue_message *messages, uint32_t count)
{
    enum { ID_END = TEXT_ID + 12 };
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *message = messages[i].bytes;
        uint64_t id;
        if (messages[i].length < ID_END)
            continue;
        uint8_t type = message[TEXT_TYPE];
        if ((type == 'A' || type == 'X' || type == 'E' || type == 'd') &&
            tf_text_id(message + TEXT_ID, &id))
            tf_order_prefetch(&decoder->orders, id);
    }
}

static int ascii_type_of(const struct tf_venue_message *message)
{
    return message->length > TEXT_TYPE ? message->bytes[TEXT_TYPE] : -1;
}

/*
 * What share of the first messages is whole, of a known type, and has numbers where they belong?
 * One odd message in a recording must not hide it.
 */
static int ascii_probe(const uint8_t *bytes, size_t length)
{
    enum { LOOK_AT_MOST = 64 };
    struct tf_framing framing = {0};
    struct tf_venue_message messages[LOOK_AT_MOST];
    size_t consumed;
    uint32_t seen =
                 tf_pitch_text.find(&framing, bytes, length, messages, LOOK_AT_MOST, &consumed),
             good = 0;
    if (!seen && !framing.flaws && length < TF_PITCH_LINE_MAX)
        seen = tf_pitch_text.last(&framing, bytes, length, messages);
    for (uint32_t i = 0; i < seen; i++) {
        struct tf_text_fields fields;
        int type = ascii_type_of(&messages[i]);
        good += type >= 0 && tf_pitch_text_lengths[type] &&
                messages[i].length >= tf_pitch_text_lengths[type] &&
                !tf_pitch_text_parse(messages[i].bytes, &fields);
    }
    return seen ? (int)(100 * good / (seen + framing.flaws)) : 0;
}

const struct tf_decoder_ops tf_pitch_ascii_ops = {
    .name = "pitch_ascii",
    .ticks_max = TF_PITCH_TICKS_MAX,
    .open = tf_pitch_open,
    .close = tf_pitch_close,
    .restart = tf_pitch_restart,
    .decode = ascii_decode,
    .counts = tf_pitch_counts,
    .type_of = ascii_type_of,
    .type_name = tf_type_letter,
    .facts = tf_pitch_facts_ascii,
    .prefetch = ascii_prefetch,
};

const struct tf_format tf_format_pitch_ascii = {
    .name = "pitch_ascii",
    .description = "Cboe PITCH, text",
    .decoder = &tf_pitch_ascii_ops,
    .framing = &tf_pitch_text,
    .probe = ascii_probe,
};
