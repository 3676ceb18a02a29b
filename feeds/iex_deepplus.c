/* SPDX-License-Identifier: Apache-2.0 */
/* DEEP+ 1.0: orders. */
#include "iex_internal.h"
#include "iextp.h"

static const uint8_t lengths[256] = {
    IEX_COMMON_LENGTHS,        ['a'] = IEX_ORDER_LENGTH, ['M'] = IEX_ORDER_LENGTH,
    ['R'] = IEX_DELETE_LENGTH, ['L'] = IEX_EXEC_LENGTH,  ['C'] = IEX_PLAIN_LENGTH,
    ['E'] = IEX_PLAIN_LENGTH,
};

enum { BAD = TF_FLAG_MAYBE_BAD_BOOK };

/* An order's own side of an event, which wins over what the message said. */
struct resting {
    struct tf_order *order; /* NULL: unknown; the rest is then what is known nevertheless */
    int64_t price;
    uint32_t shares;
    char side;
    int flags;
};

static void mbo(struct tf_sink *sink, struct tf_iex_event event, char action, char side,
                uint64_t order_id, int64_t price, uint32_t size, int flags)
{
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_MBO);
    tick->action = action;
    tick->side = side;
    tick->order_id = order_id;
    tick->price = price;
    tick->size = size;
    tick->flags = (uint8_t)flags;
}

/* How many orders the instrument has open. */
static uint32_t *open_of(const struct tf_decoder *decoder, uint32_t id)
{
    struct tf_iex_instrument *instrument = tf_iex_instrument(decoder, id);
    if (__builtin_expect(instrument->counted < decoder->begun_stamp, 0)) {
        instrument->counted = decoder->begun_stamp;
        instrument->open = 0;
    }
    return &instrument->open;
}

/* The store's memory of an order ends. */
static void forget(struct tf_decoder *decoder, struct tf_order *order)
{
    --*open_of(decoder, order->instrument);
    decoder->counts.orders_open--;
    tf_order_remove(&decoder->orders, order);
}

/* It went with a clear book or with its session; what is left is its place in the store. */
static bool is_cleared(const struct tf_decoder *decoder, const struct tf_order *order)
{
    return order->stamp < decoder->begun_stamp ||
           order->stamp < tf_iex_instrument(decoder, order->instrument)->cleared;
}

/* The order as the book has it; event->instrument becomes its own. */
static struct resting find(struct tf_decoder *decoder, uint64_t id, struct tf_iex_event *event)
{
    struct tf_order *order = tf_order_find(&decoder->orders, id);
    if (__builtin_expect(order && is_cleared(decoder, order), 0)) {
        tf_order_remove(&decoder->orders, order); /* it was counted out then */
        order = 0;
    }
    if (__builtin_expect(!order, 0)) {
        decoder->counts.anomalies[TF_ANOMALY_UNKNOWN_ORDER]++;
        return (struct resting){0, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 'N', BAD};
    }
    event->instrument = order->instrument;
    return (struct resting){order, order->price, order->shares, order->side,
                            order->stamp < decoder->gap_stamp ? BAD : 0};
}

/* Remember an order; false: it was there already, and stays as it is. */
static bool put(struct tf_decoder *decoder, uint64_t id, uint32_t instrument, char side,
                int64_t price, uint32_t shares)
{
    bool is_new;
    struct tf_order *order = tf_order_put(&decoder->orders, id, &is_new);
    if (__builtin_expect(!order, 0)) {
        decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
        return true;
    }
    if (!is_new && !is_cleared(decoder, order))
        return false;
    order->price = price;
    order->shares = shares;
    order->instrument = instrument;
    order->side = side;
    order->stamp = decoder->stamp & IEX_STAMP_MAX;
    ++*open_of(decoder, instrument);
    decoder->counts.orders_open++;
    return true;
}

/* The fields that a and M share; false: counted, no tick. */
static bool order_fields(struct tf_decoder *decoder, const uint8_t *message, int64_t *price,
                         uint32_t *size)
{
    if (!tf_iex_price(decoder, message, IEX_ORDER_PRICE, price))
        return false;
    *size = tf_iex_size(decoder, message + IEX_ORDER_SIZE);
    if (!*size)
        tf_iex_bad(decoder, "size", IEX_ORDER_SIZE);
    return *size != 0;
}

static void add(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                struct tf_sink *sink)
{
    uint64_t id = tf_le64(message + IEX_ORDER_ID);
    uint8_t letter = message[IEX_FLAGS];
    int flags = 0;
    int64_t price;
    uint32_t size;
    if (letter != '8' && letter != '5') {
        tf_iex_bad(decoder, "side", IEX_FLAGS);
        return;
    }
    if (!order_fields(decoder, message, &price, &size))
        return;
    char side = letter == '8' ? 'B' : 'A';
    if (!put(decoder, id, event.instrument, side, price, size)) {
        decoder->counts.anomalies[TF_ANOMALY_DUPLICATE_ORDER]++;
        flags = BAD;
        struct tf_iex_event old_event = event;
        struct resting old = find(decoder, id, &old_event);
        mbo(sink, old_event, 'C', old.side, id, old.price, old.shares, BAD);
        forget(decoder, old.order);
        put(decoder, id, event.instrument, side, price, size);
    }
    mbo(sink, event, 'A', side, id, price, size, flags);
}

static void modify(struct tf_decoder *decoder, const uint8_t *message,
                   struct tf_iex_event event, struct tf_sink *sink)
{
    uint64_t id = tf_le64(message + IEX_ORDER_ID);
    int64_t price;
    uint32_t size;
    if (!order_fields(decoder, message, &price, &size))
        return;
    struct resting resting = find(decoder, id, &event);
    if (__builtin_expect(resting.order != 0, 1)) {
        resting.order->price = price;
        resting.order->shares = size;
        resting.order->stamp = decoder->stamp & IEX_STAMP_MAX;
    } else {
        put(decoder, id, event.instrument, 'N', price, size);
    }
    int keeps = message[IEX_FLAGS] & IEX_MODIFY_KEEPS_PRIORITY ? TF_FLAG_PUBLISHER_SPECIFIC : 0;
    mbo(sink, event, 'M', resting.side, id, price, size, resting.flags | keeps);
}

static void delete_order(struct tf_decoder *decoder, const uint8_t *message,
                         struct tf_iex_event event, struct tf_sink *sink)
{
    uint64_t id = tf_le64(message + IEX_ORDER_ID);
    struct resting resting = find(decoder, id, &event);
    if (__builtin_expect(resting.order != 0, 1))
        forget(decoder, resting.order);
    mbo(sink, event, 'C', resting.side, id, resting.price, resting.shares, resting.flags);
}

/* How much of the executed shares the order had; ends it when that is all. */
static uint32_t take(struct tf_decoder *decoder, struct resting resting, uint32_t shares)
{
    if (!resting.order)
        return shares;
    if (shares < resting.shares) {
        resting.order->shares -= shares;
        return shares;
    }
    if (shares > resting.shares)
        decoder->counts.anomalies[TF_ANOMALY_OVERFILL]++;
    forget(decoder, resting.order);
    return resting.shares;
}

static char aggressor_of(char resting)
{
    return resting == 'B' ? 'A' : resting == 'A' ? 'B' : 'N';
}

static void execute(struct tf_decoder *decoder, const uint8_t *message,
                    struct tf_iex_event event, struct tf_sink *sink)
{
    uint64_t id = tf_le64(message + IEX_ORDER_ID);
    int64_t price;
    if (!tf_iex_price(decoder, message, IEX_ORDER_PRICE, &price))
        return;
    decoder->counts.printed_volume += tf_le32(message + IEX_ORDER_SIZE);
    uint32_t size = tf_iex_size(decoder, message + IEX_ORDER_SIZE);
    struct resting resting = find(decoder, id, &event);
    uint32_t taken = take(decoder, resting, size);
    int hours = message[IEX_FLAGS] & IEX_SALE_EXTENDED_HOURS ? TF_FLAG_PUBLISHER_SPECIFIC : 0;
    mbo(sink, event, 'T', aggressor_of(resting.side), tf_le64(message + IEX_EXEC_TRADE_ID),
        price, size, resting.flags | hours);
    mbo(sink, event, 'F', resting.side, id, price, size, resting.flags);
    mbo(sink, event, 'C', resting.side, id, resting.price, taken, resting.flags);
}

/* Another value for `stamp`.  When there is none left, everything is forgotten. */
static void advance_stamp(struct tf_decoder *decoder)
{
    if (++decoder->stamp <= IEX_STAMP_MAX)
        return;
    tf_order_store_clear(&decoder->orders);
    decoder->counts.orders_open = 0;
    decoder->stamp = 1;
    decoder->gap_stamp = decoder->begun_stamp = 1;
    for (uint32_t i = 0; i < decoder->room; i++)
        decoder->instruments[i].cleared = decoder->instruments[i].counted = 0;
}

static void clear_book(struct tf_decoder *decoder, struct tf_iex_event event,
                       struct tf_sink *sink)
{
    advance_stamp(decoder);
    uint32_t *open = open_of(decoder, event.instrument);
    decoder->counts.orders_open -= *open;
    *open = 0;
    tf_iex_instrument(decoder, event.instrument)->cleared = decoder->stamp;
    mbo(sink, event, 'R', 'N', 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0);
}

/* A publisher that was restarted knows none of the orders from before. */
static void begin_session(struct tf_decoder *decoder)
{
    advance_stamp(decoder);
    decoder->begun_stamp = decoder->stamp;
    decoder->counts.orders_open = 0;
}

static void gap(struct tf_decoder *decoder, uint32_t channel)
{
    (void)channel;
    advance_stamp(decoder);
    decoder->gap_stamp = decoder->stamp;
}

static void decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                   struct tf_sink *sink)
{
    struct tf_iex_event event;
    uint32_t from = sink->count;
    if (!tf_iex_begin(decoder, found, sink, &event))
        return;
    switch (found->bytes[IEX_TYPE]) {
    case 'a':
        add(decoder, found->bytes, event, sink);
        break;
    case 'R':
        delete_order(decoder, found->bytes, event, sink);
        break;
    case 'M':
        modify(decoder, found->bytes, event, sink);
        break;
    case 'L':
        execute(decoder, found->bytes, event, sink);
        break;
    case 'C':
        clear_book(decoder, event, sink);
        break;
    case 'T':
    case 'B':
        tf_iex_trade(decoder, found->bytes, event, sink);
        break;
    default:
        if (tf_iex_is_start(found->bytes))
            begin_session(decoder);
        tf_iex_admin(decoder, found->bytes, event, sink);
    }
    tf_iex_end(sink, from);
}

static void prefetch(const struct tf_decoder *decoder, const struct tf_venue_message *messages,
                     uint32_t count)
{
    /* All that name an order have its id at the same place. */
    static const bool names_order[256] = {
        ['a'] = true, ['M'] = true, ['R'] = true, ['L'] = true};
    for (uint32_t i = 0; i < count; i++)
        if (messages[i].length >= IEX_DELETE_LENGTH && names_order[messages[i].bytes[IEX_TYPE]])
            tf_order_prefetch(&decoder->orders, tf_le64(messages[i].bytes + IEX_ORDER_ID));
}

static struct tf_decoder *open_deepplus(const struct tf_decoder_options *options)
{
    return tf_iex_open(options, lengths, true);
}

static int probe(const struct tf_packet *packet)
{
    return tf_iextp_probe(packet, &tf_iextp_deepplus, lengths);
}

const struct tf_decoder_ops tf_iex_deepplus_ops = {
    .name = "iex_deepplus",
    .ticks_max = TF_IEX_TICKS_MAX,
    .open = open_deepplus,
    .close = tf_iex_close,
    .restart = tf_iex_restart,
    .decode = decode,
    .counts = tf_iex_counts,
    .type_of = tf_iex_type_of,
    .type_name = tf_type_letter,
    .facts = tf_iex_facts,
    .prefetch = prefetch,
    .gap = gap,
};

const struct tf_format tf_format_iex_deepplus = {
    .name = "iex_deepplus",
    .description = "IEX DEEP+ 1.0 in IEX-TP",
    .decoder = &tf_iex_deepplus_ops,
    .session = &tf_iextp_deepplus,
    .probe_packet = probe,
};
