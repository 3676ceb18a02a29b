/* SPDX-License-Identifier: Apache-2.0 */
#include "pitch_binary.h"

#include "bytes.h"
#include "pitch_binary_wire.h"
#include "pitch_core.h"
#include "pitch_session.h"
#include "pitch_tally.h"

#include <stdio.h>

/* The least length of each type of the specification; 0: not in it. */
static const uint8_t least[256] = {
    [PITCH_TIME] = PITCH_TIME_LEAST,
    [PITCH_ADD_LONG] = PITCH_ADD_LONG_LEAST,
    [PITCH_ADD_SHORT] = PITCH_ADD_SHORT_LEAST,
    [PITCH_EXECUTED] = PITCH_EXEC_LEAST,
    [PITCH_EXECUTED_AT] = PITCH_EXEC_AT_LEAST,
    [PITCH_REDUCE_LONG] = PITCH_REDUCE_LONG_LEAST,
    [PITCH_REDUCE_SHORT] = PITCH_REDUCE_SHORT_LEAST,
    [PITCH_MODIFY_LONG] = PITCH_MODIFY_LONG_LEAST,
    [PITCH_MODIFY_SHORT] = PITCH_MODIFY_SHORT_LEAST,
    [PITCH_DELETE] = PITCH_DELETE_LEAST,
    [PITCH_TRADE_LONG] = PITCH_TRADE_LONG_LEAST,
    [PITCH_TRADE_SHORT] = PITCH_TRADE_SHORT_LEAST,
    [PITCH_BREAK] = PITCH_BREAK_LEAST,
    [PITCH_END] = PITCH_BARE_LEAST,
    [PITCH_ADD_EXPANDED] = PITCH_ADD_EXPANDED_LEAST,
    [PITCH_TRADE_EXPANDED] = PITCH_TRADE_EXPANDED_LEAST,
    [PITCH_STATUS] = PITCH_STATUS_LEAST,
    [PITCH_CLEAR] = PITCH_BARE_LEAST,
};

/* Where an add or a trade has what follows its shares. */
enum shape { LONG, SHORT, EXPANDED };

static inline uint64_t symbol_at(const uint8_t *at, size_t letters)
{
    uint64_t symbol = UINT64_C(0x2020202020202020);
    memcpy(&symbol, at, letters);
    return symbol;
}

/* Two decimals in 16 bits, four in 64; both as four. */
static inline int64_t short_price(const uint8_t *at)
{
    return (int64_t)tf_le16(at) * 100;
}

static inline int64_t long_price(const uint8_t *at)
{
    return (int64_t)tf_le64(at);
}

static inline struct tf_pitch_order fields(struct tf_decoder *decoder, const uint8_t *message,
                                           enum shape shape, bool trade)
{
    struct tf_pitch_order order = {.side = message[PITCH_SIDE]};
    const uint8_t *id = message + PITCH_ID;
    if (shape == SHORT) {
        order.shares = tf_le16(message + PITCH_SHARES);
        order.symbol = symbol_at(message + PITCH_SHORT_SYMBOL, 6);
        order.price = short_price(message + PITCH_SHORT_PRICE);
        id = trade ? message + PITCH_SHORT_EXECUTION : id;
    } else {
        bool expanded = shape == EXPANDED;
        order.shares = tf_pitch_size(decoder, tf_le32(message + PITCH_SHARES));
        order.symbol = expanded ? symbol_at(message + PITCH_EXPANDED_SYMBOL, 8)
                                : symbol_at(message + PITCH_LONG_SYMBOL, 6);
        order.price =
            long_price(message + (expanded ? PITCH_EXPANDED_PRICE : PITCH_LONG_PRICE));
        if (trade)
            id = message + (expanded ? PITCH_EXPANDED_EXECUTION : PITCH_LONG_EXECUTION);
    }
    order.id = tf_le64(id);
    return order;
}

static __attribute__((noinline, cold)) void bad_field(struct tf_decoder *decoder,
                                                      const char *field, enum shape shape)
{
    uint32_t at = PITCH_SIDE;
    if (strcmp(field, "shares") == 0)
        at = PITCH_SHARES;
    else if (strcmp(field, "symbol") == 0)
        at = shape == SHORT ? PITCH_SHORT_SYMBOL : PITCH_LONG_SYMBOL;
    else if (strcmp(field, "price") == 0)
        at = shape == SHORT  ? PITCH_SHORT_PRICE
             : shape == LONG ? PITCH_LONG_PRICE
                             : PITCH_EXPANDED_PRICE;
    tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, field, at);
}

/* An add or a trade; `shape` and `trade` are constants where it is called. */
static inline void order_or_trade(struct tf_decoder *decoder, const uint8_t *message,
                                  struct tf_pitch_event event, struct tf_sink *sink,
                                  enum shape shape, bool trade)
{
    struct tf_pitch_order order = fields(decoder, message, shape, trade);
    const char *flaw = tf_pitch_flaw(&order);
    if (__builtin_expect(flaw != 0, 0))
        bad_field(decoder, flaw, shape);
    else if (trade)
        tf_pitch_trade(decoder, sink, event, &order);
    else
        tf_pitch_add(decoder, sink, event, &order);
}

static bool price_fits(struct tf_decoder *decoder, int64_t price, uint32_t at)
{
    const int64_t most = INT64_MAX / TF_PITCH_PRICE_TO_TICK - 1;
    if (__builtin_expect(price <= most && price >= -most, 1))
        return true;
    tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, "price", at);
    return false;
}

static void executed_at(struct tf_decoder *decoder, const uint8_t *message,
                        struct tf_pitch_event event, struct tf_sink *sink)
{
    int64_t price = long_price(message + PITCH_EXEC_AT_PRICE);
    if (price_fits(decoder, price, PITCH_EXEC_AT_PRICE))
        tf_pitch_executed_at(decoder, sink, event, tf_le64(message + PITCH_ID),
                             tf_pitch_size(decoder, tf_le32(message + PITCH_EXEC_SHARES)),
                             tf_pitch_size(decoder, tf_le32(message + PITCH_EXEC_AT_REMAINING)),
                             tf_le64(message + PITCH_EXEC_AT_EXECUTION), price);
}

static void modified(struct tf_decoder *decoder, const uint8_t *message,
                     struct tf_pitch_event event, struct tf_sink *sink)
{
    bool brief = message[PITCH_TYPE] == PITCH_MODIFY_SHORT;
    const uint8_t *shares_at = message + PITCH_MODIFY_SHARES;
    uint32_t shares = brief ? tf_le16(shares_at) : tf_pitch_size(decoder, tf_le32(shares_at));
    int64_t price = brief ? short_price(message + PITCH_MODIFY_SHORT_PRICE)
                          : long_price(message + PITCH_MODIFY_LONG_PRICE);
    if (!shares)
        tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, "shares", PITCH_MODIFY_SHARES);
    else if (price_fits(decoder, price, PITCH_MODIFY_LONG_PRICE))
        tf_pitch_modified(decoder, sink, event, tf_le64(message + PITCH_ID), shares, price);
}

static void time_message(struct tf_decoder *decoder, const uint8_t *message, uint8_t channel)
{
    uint32_t seconds = tf_le32(message + PITCH_TIME_SECONDS);
    if (seconds >= TF_PITCH_DAYS_S) {
        tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, "seconds", PITCH_TIME_SECONDS);
        return;
    }
    tf_pitch_sum(decoder, TF_PITCH_TIMES, 1);
    tf_pitch_sum(decoder, TF_PITCH_TIME_SECONDS, seconds);
    decoder->channels[channel].seconds = seconds;
    decoder->channels[channel].timed = channel < TF_PITCH_CHANNELS - 1;
}

/* A message that is as long as its fields need, with a time of its own. */
static void dispatch(struct tf_decoder *decoder, const uint8_t *message,
                     struct tf_pitch_event event, struct tf_sink *sink)
{
    const uint8_t *id = message + PITCH_ID, *shares = message + PITCH_REDUCE_SHARES;
    switch (message[PITCH_TYPE]) {
    case PITCH_ADD_LONG:
        order_or_trade(decoder, message, event, sink, LONG, false);
        break;
    case PITCH_ADD_SHORT:
        order_or_trade(decoder, message, event, sink, SHORT, false);
        break;
    case PITCH_ADD_EXPANDED:
        order_or_trade(decoder, message, event, sink, EXPANDED, false);
        break;
    case PITCH_TRADE_LONG:
        order_or_trade(decoder, message, event, sink, LONG, true);
        break;
    case PITCH_TRADE_SHORT:
        order_or_trade(decoder, message, event, sink, SHORT, true);
        break;
    case PITCH_TRADE_EXPANDED:
        order_or_trade(decoder, message, event, sink, EXPANDED, true);
        break;
    case PITCH_EXECUTED:
        tf_pitch_executed(decoder, sink, event, tf_le64(id),
                          tf_pitch_size(decoder, tf_le32(message + PITCH_EXEC_SHARES)),
                          tf_le64(message + PITCH_EXEC_EXECUTION));
        break;
    case PITCH_EXECUTED_AT:
        executed_at(decoder, message, event, sink);
        break;
    case PITCH_REDUCE_LONG:
        tf_pitch_reduced(decoder, sink, event, tf_le64(id),
                         tf_pitch_size(decoder, tf_le32(shares)));
        break;
    case PITCH_REDUCE_SHORT:
        tf_pitch_reduced(decoder, sink, event, tf_le64(id), tf_le16(shares));
        break;
    case PITCH_MODIFY_LONG:
    case PITCH_MODIFY_SHORT:
        modified(decoder, message, event, sink);
        break;
    case PITCH_DELETE:
        tf_pitch_deleted(decoder, sink, event, tf_le64(id));
        break;
    case PITCH_BREAK:
        tf_pitch_broken(sink, event, tf_le64(id));
        break;
    case PITCH_STATUS:
        tf_pitch_status(decoder, sink, event, symbol_at(message + PITCH_STATUS_SYMBOL, 8),
                        (char)message[PITCH_STATUS_STATE],
                        (char)message[PITCH_STATUS_SHORT_SALE]);
        break;
    case PITCH_CLEAR:
        tf_pitch_clear(decoder, sink, event);
        break;
    default: /* PITCH_END */
        tf_pitch_end(sink, event);
    }
}

static void binary_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                          struct tf_sink *sink)
{
    struct tf_feed_counts *counts = &decoder->counts;
    const uint8_t *message = found->bytes;
    counts->messages++;
    if (__builtin_expect(found->length <= PITCH_TYPE, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", PITCH_LENGTH);
        return;
    }
    uint8_t type = message[PITCH_TYPE], channel = tf_pitch_channel(found->channel);
    counts->messages_by_type[type]++;
    if (__builtin_expect(decoder->tally != 0, 0))
        tf_pitch_tally_message(decoder->tally, type, message, found->length);
    if (__builtin_expect(!least[type], 0)) {
        if (type == PITCH_NO_TYPE)
            tf_count_flaw(counts, TF_ANOMALY_UNKNOWN_TYPE, "message type", PITCH_TYPE);
        return;
    }
    if (__builtin_expect(found->length < least[type], 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", PITCH_LENGTH);
        return;
    }
    if (type == PITCH_TIME) {
        time_message(decoder, message, channel);
        return;
    }
    const struct tf_pitch_channel *clock = &decoder->channels[channel];
    struct tf_pitch_event event = {.ts_event = TF_UNDEF_TIMESTAMP,
                                   .sequence = (uint32_t)found->sequence,
                                   .channel = channel};
    if (__builtin_expect(clock->timed, 1))
        event.ts_event = decoder->midnight_ns + clock->seconds * UINT64_C(1000000000) +
                         tf_le32(message + PITCH_OFFSET);
    tf_pitch_count_time(decoder, event.ts_event);
    dispatch(decoder, message, event, sink);
}

static void binary_prefetch(const struct tf_decoder *decoder,
                            const struct tf_venue_message *messages, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *message = messages[i].bytes;
        if (messages[i].length < PITCH_DELETE_LEAST)
            continue;
        uint8_t type = message[PITCH_TYPE];
        if ((type >= PITCH_ADD_LONG && type <= PITCH_DELETE) || type == PITCH_ADD_EXPANDED)
            tf_order_prefetch(&decoder->orders, tf_le64(message + PITCH_ID));
    }
}

/* A Time message may be among what was lost. */
static void binary_gap(struct tf_decoder *decoder, uint32_t channel)
{
    decoder->channels[tf_pitch_channel(channel)].timed = false;
}

static int binary_type_of(const struct tf_venue_message *message)
{
    return message->length > PITCH_TYPE ? message->bytes[PITCH_TYPE] : -1;
}

static void binary_type_name(unsigned type, char name[8])
{
    snprintf(name, 8, "0x%02X", type & 0xFF);
}

/* The message is of the specification and its letters and numbers make sense; or not of it. */
static bool is_plausible(const uint8_t *message, uint32_t length)
{
    uint8_t type = message[PITCH_TYPE];
    if (length < least[type])
        return false;
    switch (type) {
    case PITCH_TIME:
        return tf_le32(message + PITCH_TIME_SECONDS) < TF_PITCH_DAYS_S;
    case PITCH_ADD_LONG:
    case PITCH_ADD_SHORT:
    case PITCH_ADD_EXPANDED:
    case PITCH_TRADE_LONG:
    case PITCH_TRADE_SHORT:
    case PITCH_TRADE_EXPANDED:
        return message[PITCH_SIDE] == 'B' || message[PITCH_SIDE] == 'S';
    case PITCH_STATUS:
        return message[PITCH_STATUS_SYMBOL] > ' ' && message[PITCH_STATUS_STATE] >= 'A' &&
               message[PITCH_STATUS_STATE] <= 'Z';
    default:
        return type != PITCH_NO_TYPE;
    }
}

/*
 * The header's length must be the packet's, and the messages' lengths must lead to its end in
 * just as many steps as the header counts: no other venue's packets do by chance.  A heartbeat
 * is eight bytes that say little.
 */
static int binary_probe(const struct tf_packet *packet)
{
    enum { HEARTBEAT = 50, ONLY_OTHER_TYPES = 60, SURE = 100 };
    struct tf_segment segment;
    if (packet->cut || !tf_pitch_session.parse(packet, &segment) ||
        segment.header_length + segment.body_length != packet->length)
        return 0;
    if (!segment.units)
        return segment.body_length || !segment.key[0] ? 0 : HEARTBEAT;
    struct tf_venue_message message;
    uint32_t at = 0, count = 0;
    bool known = false;
    for (; count < segment.units && tf_pitch_session.next(&segment, &at, &message); count++) {
        if (!is_plausible(message.bytes, message.length))
            return 0;
        known |= least[message.bytes[PITCH_TYPE]] != 0;
    }
    if (count != segment.units || at != segment.body_length)
        return 0;
    return known ? SURE : ONLY_OTHER_TYPES;
}

const struct tf_decoder_ops tf_pitch_binary_ops = {
    .name = "pitch_binary",
    .ticks_max = TF_PITCH_TICKS_MAX,
    .open = tf_pitch_open,
    .close = tf_pitch_close,
    .restart = tf_pitch_restart,
    .decode = binary_decode,
    .counts = tf_pitch_counts,
    .type_of = binary_type_of,
    .type_name = binary_type_name,
    .facts = tf_pitch_facts_binary,
    .prefetch = binary_prefetch,
    .gap = binary_gap,
};

const struct tf_format tf_format_pitch_binary = {
    .name = "pitch_binary",
    .description = "Cboe PITCH, binary",
    .decoder = &tf_pitch_binary_ops,
    .session = &tf_pitch_session,
    .probe_packet = binary_probe,
};
