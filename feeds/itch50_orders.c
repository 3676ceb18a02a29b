/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hot half of the ITCH 5.0 decoder: a message's way in, and orders and trades.  What each
 * becomes is the table in itch50.h.
 */
#include "itch50_internal.h"
#include "itch50_tally.h"

enum { MORE = 0, LAST = TF_FLAG_LAST, BAD = TF_FLAG_MAYBE_BAD_BOOK };

static void count_anomaly(struct tf_decoder *decoder, enum tf_anomaly anomaly)
{
    decoder->counts.anomalies[anomaly]++;
}

/* One order-by-order tick; all of them are the same but for these. */
static inline void mbo(struct tf_sink *sink, struct tf_itch50_event event, char action,
                       char side, uint64_t order_id, int64_t price, uint32_t size, int flags)
{
    sink->ticks[sink->count++] = (struct tf_tick){.ts_event = event.ts_event,
                                                  .ts_recv = TF_UNDEF_TIMESTAMP,
                                                  .order_id = order_id,
                                                  .price = price,
                                                  .size = size,
                                                  .sequence = event.sequence,
                                                  .instrument_id = event.locate,
                                                  .rtype = TF_RTYPE_MBO,
                                                  .action = action,
                                                  .side = side,
                                                  .flags = (uint8_t)flags};
}

/* The whole of an open order leaves the book. */
static inline void mbo_gone(struct tf_sink *sink, struct tf_itch50_event event,
                            const struct tf_order *order, int flags)
{
    event.locate = order->instrument;
    mbo(sink, event, 'C', order->side, order->ref, tf_itch50_price(order->price), order->shares,
        flags);
}

static char aggressor_of(char resting)
{
    return resting == 'B' ? 'A' : resting == 'A' ? 'B' : 'N';
}

/* Put an order into the store and emit its A, the message's last tick. */
static inline void add(struct tf_decoder *decoder, struct tf_sink *sink,
                       struct tf_itch50_event event, uint64_t ref, char side, uint32_t price,
                       uint32_t shares, int flags)
{
    bool is_new;
    struct tf_order *order = tf_order_put(&decoder->orders, ref, &is_new);
    if (__builtin_expect(!order, 0)) {
        count_anomaly(decoder, TF_ANOMALY_NO_MEMORY);
    } else {
        if (__builtin_expect(!is_new, 0)) {
            count_anomaly(decoder, TF_ANOMALY_DUPLICATE_ORDER);
            flags |= BAD;
            mbo_gone(sink, event, order, BAD);
        }
        order->price = price;
        order->shares = shares;
        order->instrument = event.locate;
        order->side = side;
    }
    mbo(sink, event, 'A', side, ref, tf_itch50_price(price), shares, flags | LAST);
}

static void add_order(struct tf_decoder *decoder, const uint8_t *message,
                      struct tf_itch50_event event, struct tf_sink *sink)
{
    uint8_t side = message[ITCH_ADD_SIDE];
    uint32_t shares = tf_be32(message + ITCH_ADD_SHARES);
    if (__builtin_expect((side != 'B' && side != 'S') || !shares, 0)) {
        tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, shares ? "side" : "shares",
                      shares ? ITCH_ADD_SIDE : ITCH_ADD_SHARES);
        return;
    }
    add(decoder, sink, event, tf_be64(message + ITCH_ADD_REF), side == 'B' ? 'B' : 'A',
        tf_be32(message + ITCH_ADD_PRICE), shares, MORE);
}

/* Take shares off an order, which may end it; how many there were to take. */
static uint32_t take(struct tf_decoder *decoder, struct tf_order *order, uint32_t shares)
{
    if (shares < order->shares) {
        order->shares -= shares;
        return shares;
    }
    if (shares > order->shares)
        count_anomaly(decoder, TF_ANOMALY_OVERFILL);
    shares = order->shares;
    tf_order_remove(&decoder->orders, order);
    return shares;
}

/* E and C.  `priced`: the message has its own price, and says whether it prints. */
static void execute(struct tf_decoder *decoder, const uint8_t *message,
                    struct tf_itch50_event event, struct tf_sink *sink, bool priced)
{
    struct tf_feed_counts *counts = &decoder->counts;
    uint64_t ref = tf_be64(message + ITCH_EXEC_REF);
    uint64_t match = tf_be64(message + ITCH_EXEC_MATCH);
    uint32_t shares = tf_be32(message + ITCH_EXEC_SHARES);
    uint8_t printable = priced ? message[ITCH_EXEC_PRINTABLE] : 'Y';
    if (__builtin_expect(printable != 'Y' && printable != 'N', 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_FIELD, "printable", ITCH_EXEC_PRINTABLE);
        return;
    }
    bool prints = printable == 'Y';
    counts->trades++;
    counts->traded_volume += shares;
    counts->printed_volume += prints ? shares : 0;

    struct tf_order *order = tf_order_find(&decoder->orders, ref);
    char side = 'N';
    int64_t resting = TF_UNDEF_PRICE;
    uint32_t taken = shares;
    int flags = MORE;
    if (__builtin_expect(order != 0, 1)) {
        side = order->side;
        resting = tf_itch50_price(order->price);
        event.locate = order->instrument;
        taken = take(decoder, order, shares);
    } else {
        count_anomaly(decoder, TF_ANOMALY_UNKNOWN_ORDER);
        flags = BAD;
    }
    int64_t price = priced ? tf_itch50_price(tf_be32(message + ITCH_EXEC_PRICE)) : resting;
    if (prints)
        mbo(sink, event, 'T', aggressor_of(side), match, price, shares, flags);
    mbo(sink, event, 'F', side, ref, price, shares, flags);
    mbo(sink, event, 'C', side, ref, resting, taken, flags | LAST);
}

static void cancel(struct tf_decoder *decoder, const uint8_t *message,
                   struct tf_itch50_event event, struct tf_sink *sink)
{
    uint64_t ref = tf_be64(message + ITCH_CANCEL_REF);
    uint32_t shares = tf_be32(message + ITCH_CANCEL_SHARES);
    struct tf_order *order = tf_order_find(&decoder->orders, ref);
    if (__builtin_expect(!order, 0)) {
        count_anomaly(decoder, TF_ANOMALY_UNKNOWN_ORDER);
        mbo(sink, event, 'C', 'N', ref, TF_UNDEF_PRICE, shares, BAD | LAST);
        return;
    }
    event.locate = order->instrument;
    int64_t price = tf_itch50_price(order->price);
    char side = order->side;
    mbo(sink, event, 'C', side, ref, price, take(decoder, order, shares), LAST);
}

static void delete_order(struct tf_decoder *decoder, const uint8_t *message,
                         struct tf_itch50_event event, struct tf_sink *sink)
{
    uint64_t ref = tf_be64(message + ITCH_DELETE_REF);
    struct tf_order *order = tf_order_find(&decoder->orders, ref);
    if (__builtin_expect(!order, 0)) {
        count_anomaly(decoder, TF_ANOMALY_UNKNOWN_ORDER);
        mbo(sink, event, 'C', 'N', ref, TF_UNDEF_PRICE, TF_UNDEF_SIZE, BAD | LAST);
        return;
    }
    mbo_gone(sink, event, order, LAST);
    tf_order_remove(&decoder->orders, order);
}

static void replace(struct tf_decoder *decoder, const uint8_t *message,
                    struct tf_itch50_event event, struct tf_sink *sink)
{
    uint64_t ref = tf_be64(message + ITCH_REPLACE_REF);
    uint32_t shares = tf_be32(message + ITCH_REPLACE_SHARES);
    if (__builtin_expect(!shares, 0)) {
        tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, "shares", ITCH_REPLACE_SHARES);
        return;
    }
    struct tf_order *order = tf_order_find(&decoder->orders, ref);
    char side = 'N';
    int flags = MORE;
    if (__builtin_expect(order != 0, 1)) {
        side = order->side;
        event.locate = order->instrument;
        mbo_gone(sink, event, order, MORE);
        tf_order_remove(&decoder->orders, order);
    } else {
        count_anomaly(decoder, TF_ANOMALY_UNKNOWN_ORDER);
        flags = BAD;
        mbo(sink, event, 'C', 'N', ref, TF_UNDEF_PRICE, TF_UNDEF_SIZE, BAD);
    }
    add(decoder, sink, event, tf_be64(message + ITCH_REPLACE_NEW_REF), side,
        tf_be32(message + ITCH_REPLACE_PRICE), shares, flags);
}

static void trade(struct tf_decoder *decoder, const uint8_t *message,
                  struct tf_itch50_event event, struct tf_sink *sink)
{
    struct tf_feed_counts *counts = &decoder->counts;
    uint32_t shares = tf_be32(message + ITCH_TRADE_SHARES);
    counts->trades++;
    counts->traded_volume += shares;
    counts->printed_volume += shares;
    mbo(sink, event, 'T', 'N', tf_be64(message + ITCH_TRADE_MATCH),
        tf_itch50_price(tf_be32(message + ITCH_TRADE_PRICE)), shares, LAST);
}

static void cross(struct tf_decoder *decoder, const uint8_t *message,
                  struct tf_itch50_event event, struct tf_sink *sink)
{
    uint64_t shares = tf_be64(message + ITCH_CROSS_SHARES);
    decoder->counts.printed_volume += shares;
    mbo(sink, event, 'T', 'N', tf_be64(message + ITCH_CROSS_MATCH),
        tf_itch50_price_or_none(tf_be32(message + ITCH_CROSS_PRICE)),
        tf_itch50_size(decoder, shares), LAST);
}

static void broken_trade(const uint8_t *message, struct tf_itch50_event event,
                         struct tf_sink *sink)
{
    struct tf_tick *tick = tf_itch50_tick(sink, event, TF_RTYPE_TRADE);
    tick->order_id = tf_be64(message + ITCH_BROKEN_MATCH);
    tick->action = 'C';
    tick->flags = TF_FLAG_LAST;
}

/* A message of the right length to its function. */
static void dispatch(struct tf_decoder *decoder, const uint8_t *message,
                     struct tf_itch50_event event, struct tf_sink *sink)
{
    switch (message[ITCH_TYPE]) {
    case 'A':
    case 'F':
        add_order(decoder, message, event, sink);
        break;
    case 'D':
        delete_order(decoder, message, event, sink);
        break;
    case 'U':
        replace(decoder, message, event, sink);
        break;
    case 'E':
        execute(decoder, message, event, sink, false);
        break;
    case 'C':
        execute(decoder, message, event, sink, true);
        break;
    case 'X':
        cancel(decoder, message, event, sink);
        break;
    case 'P':
        trade(decoder, message, event, sink);
        break;
    case 'Q':
        cross(decoder, message, event, sink);
        break;
    case 'B':
        broken_trade(message, event, sink);
        break;
    default:
        if (!tf_itch50_decode_market(decoder, message, event, sink))
            tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, "a code letter", 0);
    }
}

void tf_itch50_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                      struct tf_sink *sink)
{
    struct tf_feed_counts *counts = &decoder->counts;
    const uint8_t *message = found->bytes;
    uint32_t length = found->length;
    counts->messages++;
    if (__builtin_expect(decoder->tally != 0, 0))
        tf_itch50_tally_note(decoder->tally, &decoder->orders, message, length);
    if (__builtin_expect(!length, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", 0);
        return;
    }
    uint8_t type = message[ITCH_TYPE];
    counts->messages_by_type[type]++;
    struct tf_itch50_shape shape = tf_itch50_shapes[type];
    if (__builtin_expect(shape.length != length, 0)) {
        if (shape.length)
            tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", 0);
        else
            tf_count_flaw(counts, TF_ANOMALY_UNKNOWN_TYPE, "message type", ITCH_TYPE);
        return;
    }
    /* Eight bytes from the tracking number on hold the 48 bits of the time at their low end. */
    uint64_t time = tf_be64(message + ITCH_TRACKING) & 0xFFFFFFFFFFFF;
    struct tf_itch50_event event = {.ts_event = decoder->midnight_ns + time,
                                    .sequence = (uint32_t)found->sequence,
                                    .locate = tf_be16(message + ITCH_LOCATE)};
    tf_count_time(counts, event.ts_event);
    if (shape.stock)
        tf_symbol_set_note(&decoder->symbols, (uint16_t)event.locate, message + shape.stock);
    dispatch(decoder, message, event, sink);
}
