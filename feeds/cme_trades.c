/* SPDX-License-Identifier: Apache-2.0 */
/* Trade summaries: the trades by price level, and the orders in them. */
#include "cme_mdp3_internal.h"

/* Where a template has what stands behind NumberOfOrders. */
struct shape {
    uint8_t shift, aggressor, action, id, id_since;
};

static struct shape shape_of(uint16_t template_id)
{
    if (template_id == 65)
        return (struct shape){CME_LONG_QTY_SHIFT, CME_TRADE_LONG_AGGRESSOR,
                              CME_TRADE_LONG_ACTION, CME_TRADE_LONG_ID, 0};
    if (template_id == 36)
        return (struct shape){0, CME_TRADE36_AGGRESSOR, CME_TRADE36_ACTION, CME_TRADE36_ID, 0};
    return (struct shape){0, CME_TRADE_AGGRESSOR, CME_TRADE_ACTION, CME_TRADE_ID, 7};
}

static char side_of(uint8_t aggressor)
{
    return aggressor == 1 ? 'B' : aggressor == 2 ? 'A' : 'N';
}

static uint32_t trade_id(const struct tf_cme_work *work, const uint8_t *entry,
                         uint32_t block_length, struct shape shape)
{
    if (!tf_cme_has(work->message, block_length, shape.id, 4, shape.id_since))
        return 0;
    uint32_t id = tf_le32(entry + shape.id);
    return id == UINT32_MAX ? 0 : id;
}

static void trade(struct tf_cme_work *work, const uint8_t *entry, uint32_t block_length,
                  struct shape shape)
{
    uint32_t id, size;
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, entry + CME_TRADE_SECURITY + shape.shift, &id);
    if (!instrument)
        return;
    tf_cme_count_update(instrument, tf_le32(entry + CME_TRADE_RPT_SEQ + shape.shift));
    char action = tf_cme_action(entry[shape.action]);
    if (!action) {
        tf_cme_bad_field(work, "MDUpdateAction", entry + shape.action);
        return;
    }
    if (!tf_cme_size(work, entry + CME_TRADE_SIZE, shape.shift, &size))
        return;
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_TRADE, id);
    tick->action = action == 'A' ? 'T' : action;
    tick->side = side_of(entry[shape.aggressor]);
    tick->order_id = trade_id(work, entry, block_length, shape);
    tick->price = tf_cme_price(work, entry + CME_TRADE_PRICE);
    tick->size = size;
    if (action == 'A') {
        struct tf_feed_counts *counts = &work->decoder->counts;
        uint64_t volume = size == TF_UNDEF_SIZE ? 0 : size;
        counts->trades++;
        counts->traded_volume += volume;
        counts->printed_volume += volume;
    }
}

static uint32_t orders_in(const uint8_t *entry, struct shape shape)
{
    uint32_t orders = tf_le32(entry + CME_TRADE_ORDERS + shape.shift);
    return orders < INT32_MAX ? orders : 0;
}

/* The orders of one entry: first the aggressor's, if there is one, then those it met. */
static void fills(struct tf_cme_work *work, const uint8_t *entry, struct shape shape,
                  const uint8_t *order, uint32_t block_length, uint32_t count)
{
    uint32_t id = tf_le32(entry + CME_TRADE_SECURITY + shape.shift), size;
    if (!id || entry[shape.action] != 0)
        return;
    char side = side_of(entry[shape.aggressor]);
    int64_t price = tf_cme_price(work, entry + CME_TRADE_PRICE);
    for (uint32_t i = 0; i < count; i++, order += block_length) {
        if (!tf_cme_size(work, order + CME_FILL_QUANTITY, false, &size))
            continue;
        struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_MBO, id);
        tick->action = 'F';
        tick->side = side == 'N' || i == 0 ? side : side == 'B' ? 'A' : 'B';
        tick->order_id = tf_le64(order + CME_FILL_ORDER);
        tick->price = price;
        tick->size = size;
    }
}

void tf_cme_trades(struct tf_cme_work *work)
{
    struct shape shape = shape_of(work->message->template_id);
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    struct tf_cme_run orders = tf_cme_run(work->message, 1);
    const uint8_t *entry = entries.entries, *order = orders.entries;
    uint64_t told = 0;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length) {
        trade(work, entry, entries.block_length, shape);
        told += orders_in(entry, shape);
    }
    /* The orders stand in the order of the entries, as many as each says. */
    bool in_turn = told == orders.count;
    if (!in_turn && entries.count != 1)
        return;
    entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length) {
        uint32_t count = in_turn ? orders_in(entry, shape) : orders.count;
        fills(work, entry, shape, order, orders.block_length, count);
        order += count * orders.block_length;
    }
}
