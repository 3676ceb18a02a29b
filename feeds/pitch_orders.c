/* SPDX-License-Identifier: Apache-2.0 */
/* The hot half of the PITCH core: orders.  What each message becomes is the table in
 * pitch_core.h. */
#include "pitch_emit.h"
#include "pitch_tally.h"

enum { MORE = 0, LAST = TF_FLAG_LAST, BAD = TF_FLAG_MAYBE_BAD_BOOK };

static void count_anomaly(struct tf_decoder *decoder, enum tf_anomaly anomaly)
{
    decoder->counts.anomalies[anomaly]++;
}

/* An order's stamp is its channel and that channel's round. */
static inline uint32_t stamp_of(const struct tf_decoder *decoder, uint8_t channel)
{
    return (uint32_t)channel << 16 | decoder->channels[channel].round;
}

static inline uint8_t channel_of(const struct tf_order *order)
{
    return (uint8_t)(order->stamp >> 16);
}

static inline bool is_cleared(const struct tf_decoder *decoder, const struct tf_order *order)
{
    return order->stamp != stamp_of(decoder, channel_of(order));
}

/* The open order with this id, or NULL. */
static inline struct tf_order *find(struct tf_decoder *decoder, uint64_t id)
{
    struct tf_order *order = tf_order_find(&decoder->orders, id);
    if (__builtin_expect(order && is_cleared(decoder, order), 0)) {
        tf_order_remove(&decoder->orders, order);
        decoder->cleared--;
        order = 0;
    }
    if (__builtin_expect(!order, 0))
        count_anomaly(decoder, TF_ANOMALY_UNKNOWN_ORDER);
    return order;
}

static inline void drop(struct tf_decoder *decoder, struct tf_order *order)
{
    decoder->channels[channel_of(order)].orders--;
    tf_order_remove(&decoder->orders, order);
}

/* Room for an order of this id; *old gets one that is open there, side 0 if none is.  NULL: out
 * of memory. */
static struct tf_order *put(struct tf_decoder *decoder, uint64_t id, uint8_t channel,
                            struct tf_order *old)
{
    bool is_new;
    struct tf_order *order = tf_order_put(&decoder->orders, id, &is_new);
    old->side = 0;
    if (__builtin_expect(!order, 0)) {
        count_anomaly(decoder, TF_ANOMALY_NO_MEMORY);
        return 0;
    }
    if (__builtin_expect(!is_new, 0)) {
        if (is_cleared(decoder, order)) {
            decoder->cleared--;
        } else {
            *old = *order;
            decoder->channels[channel_of(order)].orders--;
        }
    }
    order->stamp = stamp_of(decoder, channel) & 0xFFFFFF;
    decoder->channels[channel].orders++;
    return order;
}

/* The whole of an order leaves the book. */
static inline void gone(struct tf_sink *sink, struct tf_pitch_event event,
                        const struct tf_order *order, int flags)
{
    tf_pitch_mbo(sink, event, order->instrument, 'C', order->side, order->ref,
                 tf_pitch_price(order->price), order->shares, flags);
}

void tf_pitch_add(struct tf_decoder *decoder, struct tf_sink *sink, struct tf_pitch_event event,
                  const struct tf_pitch_order *added)
{
    bool buys = added->side == 'B';
    tf_pitch_sum(decoder, TF_PITCH_ADDS, 1);
    tf_pitch_sum(decoder, TF_PITCH_ADD_SHARES, added->shares);
    tf_pitch_sum(decoder, TF_PITCH_ADD_PRICE, added->price);
    tf_pitch_sum(decoder, buys ? TF_PITCH_ADD_B : TF_PITCH_ADD_S, 1);
    uint32_t instrument = tf_pitch_traded(decoder, sink, added->symbol);
    char side = buys ? 'B' : 'A';
    int flags = LAST;
    struct tf_order old;
    struct tf_order *order = put(decoder, added->id, event.channel, &old);
    if (__builtin_expect(old.side != 0, 0)) {
        count_anomaly(decoder, TF_ANOMALY_DUPLICATE_ORDER);
        flags |= BAD;
        gone(sink, event, &old, BAD);
    }
    if (__builtin_expect(order != 0, 1)) {
        order->price = added->price;
        order->shares = added->shares;
        order->instrument = instrument;
        order->side = side;
    }
    tf_pitch_mbo(sink, event, instrument, 'A', side, added->id, tf_pitch_price(added->price),
                 added->shares, flags);
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
    drop(decoder, order);
    return shares;
}

static void count_execution(struct tf_decoder *decoder, uint32_t shares)
{
    decoder->counts.trades++;
    decoder->counts.traded_volume += shares;
    decoder->counts.printed_volume += shares;
    tf_pitch_sum(decoder, TF_PITCH_EXECUTIONS, 1);
    tf_pitch_sum(decoder, TF_PITCH_EXECUTED_SHARES, shares);
}

/* T and F: the print and whom it filled. */
static void print(struct tf_sink *sink, struct tf_pitch_event event,
                  const struct tf_order *order, uint64_t execution, int64_t price,
                  uint32_t shares, int flags)
{
    char aggressor = order->side == 'B' ? 'A' : order->side == 'A' ? 'B' : 'N';
    tf_pitch_mbo(sink, event, order->instrument, 'T', aggressor, execution, price, shares,
                 flags);
    tf_pitch_mbo(sink, event, order->instrument, 'F', order->side, order->ref, price, shares,
                 flags);
}

static struct tf_order unknown(uint64_t id)
{
    return (struct tf_order){.ref = id, .side = 'N'};
}

void tf_pitch_executed(struct tf_decoder *decoder, struct tf_sink *sink,
                       struct tf_pitch_event event, uint64_t id, uint32_t shares,
                       uint64_t execution)
{
    count_execution(decoder, shares);
    struct tf_order *order = find(decoder, id);
    if (__builtin_expect(!order, 0)) {
        struct tf_order none = unknown(id);
        print(sink, event, &none, execution, TF_UNDEF_PRICE, shares, BAD);
        tf_pitch_mbo(sink, event, 0, 'C', 'N', id, TF_UNDEF_PRICE, shares, BAD | LAST);
        return;
    }
    tf_pitch_sum(decoder, TF_PITCH_EXECUTED_BOOK_PRICE, order->price);
    struct tf_order was = *order;
    int64_t price = tf_pitch_price(was.price);
    print(sink, event, &was, execution, price, shares, MORE);
    tf_pitch_mbo(sink, event, was.instrument, 'C', was.side, id, price,
                 take(decoder, order, shares), LAST);
}

void tf_pitch_executed_at(struct tf_decoder *decoder, struct tf_sink *sink,
                          struct tf_pitch_event event, uint64_t id, uint32_t shares,
                          uint32_t remaining, uint64_t execution, int64_t price)
{
    price = tf_pitch_price(price);
    count_execution(decoder, shares);
    struct tf_order *order = find(decoder, id);
    if (__builtin_expect(!order, 0)) {
        struct tf_order none = unknown(id);
        print(sink, event, &none, execution, price, shares, BAD);
        tf_pitch_mbo(sink, event, 0, 'C', 'N', id, TF_UNDEF_PRICE, TF_UNDEF_SIZE, BAD | LAST);
        return;
    }
    tf_pitch_sum(decoder, TF_PITCH_EXECUTED_BOOK_PRICE, order->price);
    struct tf_order was = *order;
    print(sink, event, &was, execution, price, shares, MORE);
    if (remaining < was.shares) {
        tf_pitch_mbo(sink, event, was.instrument, 'C', was.side, id, tf_pitch_price(was.price),
                     take(decoder, order, was.shares - remaining), LAST);
        return;
    }
    order->shares = remaining;
    tf_pitch_mbo(sink, event, was.instrument, 'M', was.side, id, tf_pitch_price(was.price),
                 remaining, LAST);
}

void tf_pitch_reduced(struct tf_decoder *decoder, struct tf_sink *sink,
                      struct tf_pitch_event event, uint64_t id, uint32_t shares)
{
    tf_pitch_sum(decoder, TF_PITCH_REDUCTIONS, 1);
    tf_pitch_sum(decoder, TF_PITCH_REDUCED_SHARES, shares);
    struct tf_order *order = find(decoder, id);
    if (__builtin_expect(!order, 0)) {
        tf_pitch_mbo(sink, event, 0, 'C', 'N', id, TF_UNDEF_PRICE, shares, BAD | LAST);
        return;
    }
    struct tf_order was = *order;
    tf_pitch_mbo(sink, event, was.instrument, 'C', was.side, id, tf_pitch_price(was.price),
                 take(decoder, order, shares), LAST);
}

void tf_pitch_modified(struct tf_decoder *decoder, struct tf_sink *sink,
                       struct tf_pitch_event event, uint64_t id, uint32_t shares, int64_t price)
{
    tf_pitch_sum(decoder, TF_PITCH_MODIFIES, 1);
    tf_pitch_sum(decoder, TF_PITCH_MODIFIED_SHARES, shares);
    tf_pitch_sum(decoder, TF_PITCH_MODIFIED_PRICE, price);
    struct tf_order *order = find(decoder, id), old;
    int flags = LAST;
    if (__builtin_expect(!order, 0)) {
        flags |= BAD;
        order = put(decoder, id, event.channel, &old);
        if (order) {
            order->instrument = 0;
            order->side = 'N';
        }
    }
    if (order) {
        order->price = price;
        order->shares = shares;
    }
    tf_pitch_mbo(sink, event, order ? order->instrument : 0, 'M', order ? order->side : 'N', id,
                 tf_pitch_price(price), shares, flags);
}

void tf_pitch_deleted(struct tf_decoder *decoder, struct tf_sink *sink,
                      struct tf_pitch_event event, uint64_t id)
{
    struct tf_order *order = find(decoder, id);
    if (__builtin_expect(!order, 0)) {
        tf_pitch_mbo(sink, event, 0, 'C', 'N', id, TF_UNDEF_PRICE, TF_UNDEF_SIZE, BAD | LAST);
        return;
    }
    gone(sink, event, order, LAST);
    drop(decoder, order);
}

/* Rounds begin anew: none of the channel's orders may be left to be taken for open ones. */
static void sweep(struct tf_decoder *decoder, uint8_t channel)
{
    struct tf_order_store *store = &decoder->orders;
    for (uint64_t i = 0; i <= store->mask && decoder->cleared; i++)
        while (store->slots[i].side && channel_of(&store->slots[i]) == channel) {
            tf_order_remove(store, &store->slots[i]);
            decoder->cleared--;
        }
}

void tf_pitch_clear(struct tf_decoder *decoder, struct tf_sink *sink,
                    struct tf_pitch_event event)
{
    struct tf_pitch_channel *channel = &decoder->channels[event.channel];
    decoder->cleared += channel->orders;
    channel->orders = 0;
    if (++channel->round == 0)
        sweep(decoder, event.channel);
    tf_pitch_mbo(sink, event, 0, 'R', 'N', event.channel, TF_UNDEF_PRICE, TF_UNDEF_SIZE, LAST);
}
