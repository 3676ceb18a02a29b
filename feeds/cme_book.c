/* SPDX-License-Identifier: Apache-2.0 */
/* Books by level and by order. */
#include "cme_mdp3_internal.h"

enum { DELETE_THRU = 3, DELETE_FROM = 4 };

void tf_cme_clear(struct tf_cme_work *work, struct tf_cme_instrument *instrument, uint32_t id)
{
    if (instrument) {
        instrument->counted = instrument->bad_levels = instrument->bad_orders = false;
        instrument->healed = work->decoder->losses;
    }
    tf_cme_tick(work, TF_RTYPE_LEVEL, id)->action = 'R';
    tf_cme_tick(work, TF_RTYPE_MBO, id)->action = 'R';
}

void tf_cme_channel_reset(struct tf_cme_work *work)
{
    work->decoder->resets++;
    work->decoder->losses_before_reset = work->decoder->losses;
    tf_cme_clear(work, 0, 0);
}

/* One entry of a book by level, with a side. */
static inline void level(struct tf_cme_work *work, const uint8_t *entry, unsigned shift,
                         uint32_t id, char side, uint8_t flags)
{
    uint8_t update = entry[CME_BOOK_ACTION + shift];
    char action = tf_cme_action(update);
    uint32_t size;
    if (__builtin_expect(!action, 0)) {
        tf_cme_bad_field(work, "MDUpdateAction", entry + CME_BOOK_ACTION + shift);
        return;
    }
    if (!tf_cme_size(work, entry + CME_BOOK_SIZE, shift, &size))
        return;
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_LEVEL, id);
    tick->action = action;
    tick->side = side;
    tick->flags |= flags;
    if (__builtin_expect(update == DELETE_THRU, 0)) {
        tick->action = 'R';
        return;
    }
    tick->level[0] = TF_UNDEF_SIZE;
    tick->level[1] = entry[CME_BOOK_LEVEL + shift];
    if (__builtin_expect(update == DELETE_FROM, 0))
        return;
    uint32_t orders = tf_le32(entry + CME_BOOK_ORDERS + shift);
    if (orders < INT32_MAX)
        tick->level[0] = orders;
    tick->price = tf_cme_price(work, entry + CME_BOOK_PRICE);
    tick->size = size;
}

static inline void book_entry(struct tf_cme_work *work, const uint8_t *entry, unsigned shift)
{
    uint32_t id;
    uint8_t type = entry[CME_BOOK_TYPE + shift], implied;
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, entry + CME_BOOK_SECURITY + shift, &id);
    if (!instrument)
        return;
    tf_cme_count_update(instrument, tf_le32(entry + CME_BOOK_RPT_SEQ + shift));
    char side = tf_cme_side(type, &implied);
    if (__builtin_expect(side != 0, 1)) {
        level(work, entry, shift, id, side,
              implied | (instrument->bad_levels ? TF_FLAG_MAYBE_BAD_BOOK : 0));
        return;
    }
    if (type == 'J') {
        uint32_t rpt_seq = instrument->rpt_seq;
        tf_cme_clear(work, instrument, id);
        tf_cme_count_update(instrument, rpt_seq);
        return;
    }
    uint32_t size;
    if (!tf_cme_size(work, entry + CME_BOOK_SIZE, shift, &size))
        return;
    /* The best of the whole market, of venues beyond this one. */
    struct tf_tick *tick =
        type == 'w' || type == 'x' ? tf_cme_statistic(work, id, type, 0, 0) : 0;
    if (!tick) {
        tf_cme_bad_field(work, "MDEntryType", entry + CME_BOOK_TYPE + shift);
        return;
    }
    char action = tf_cme_action(entry[CME_BOOK_ACTION + shift]);
    tick->action = action ? action : 'N';
    tick->price = tf_cme_price(work, entry + CME_BOOK_PRICE);
    tick->size = size;
}

/* One order of the book of orders; false: counted as bad. */
static inline bool order(struct tf_cme_work *work, const uint8_t *quantity, char action,
                         char side, uint64_t order_id, uint32_t id, int64_t price,
                         uint8_t flags)
{
    uint32_t size;
    if (!tf_cme_size(work, quantity, false, &size))
        return false;
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_MBO, id);
    tick->action = action;
    tick->side = side;
    tick->flags |= flags;
    tick->order_id = order_id;
    tick->price = price;
    tick->size = size;
    return true;
}

/* An order that changed the level of the entry which it refers to. */
static inline void referring_order(struct tf_cme_work *work, const uint8_t *entry,
                                   unsigned shift, struct tf_cme_run entries)
{
    static const char actions[] = {'A', 'M', 'C'};
    uint8_t reference = entry[CME_REF_ENTRY], update = entry[CME_REF_ACTION], implied;
    if (reference == 0 || reference > entries.count) {
        tf_cme_bad_field(work, "ReferenceID", entry + CME_REF_ENTRY);
        return;
    }
    if (update >= sizeof actions) {
        tf_cme_bad_field(work, "OrderUpdateAction", entry + CME_REF_ACTION);
        return;
    }
    const uint8_t *at = entries.entries + (reference - 1u) * entries.block_length;
    uint32_t id = tf_le32(at + CME_BOOK_SECURITY + shift);
    char side = tf_cme_side(at[CME_BOOK_TYPE + shift], &implied);
    if (!side || !id) {
        tf_cme_bad_field(work, "ReferenceID", entry + CME_REF_ENTRY);
        return;
    }
    bool bad = tf_cme_instrument(&work->decoder->instruments, id)->bad_orders;
    order(work, entry + CME_REF_QUANTITY, actions[update], side, tf_le64(entry + CME_REF_ORDER),
          id, tf_cme_price(work, at + CME_BOOK_PRICE),
          implied | (bad ? TF_FLAG_MAYBE_BAD_BOOK : 0));
}

static inline __attribute__((always_inline)) void book(struct tf_cme_work *work, unsigned shift)
{
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    struct tf_cme_run orders = tf_cme_run(work->message, 1);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length)
        book_entry(work, entry, shift);
    entry = orders.entries;
    for (uint32_t i = 0; i < orders.count; i++, entry += orders.block_length)
        referring_order(work, entry, shift, entries);
}

void tf_cme_book(struct tf_cme_work *work)
{
    book(work, 0);
}

void tf_cme_book_long(struct tf_cme_work *work)
{
    book(work, CME_LONG_QTY_SHIFT);
}

static void orders_entry(struct tf_cme_work *work, const uint8_t *entry)
{
    uint32_t id;
    uint8_t implied, update = entry[CME_ORDER_ACTION], type = entry[CME_ORDER_TYPE];
    uint64_t order_id = tf_le64(entry + CME_ORDER_ID);
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, entry + CME_ORDER_SECURITY, &id);
    if (!instrument)
        return;
    if (type == 'J') {
        instrument->bad_orders = false;
        instrument->healed = work->decoder->losses;
        tf_cme_tick(work, TF_RTYPE_MBO, id)->action = 'R';
        return;
    }
    char side = tf_cme_side(type, &implied), action = tf_cme_action(update);
    if (!side || !action || update == DELETE_FROM) {
        tf_cme_bad_field(work, !side ? "MDEntryType" : "MDUpdateAction",
                         entry + (!side ? CME_ORDER_TYPE : CME_ORDER_ACTION));
        return;
    }
    /* No RptSeq here: a loss on the channel may have been of this instrument. */
    bool bad = instrument->bad_orders || instrument->healed < work->lost;
    uint8_t flags = implied | (bad ? TF_FLAG_MAYBE_BAD_BOOK : 0);
    if (update == DELETE_THRU) {
        struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_MBO, id);
        tick->action = 'R';
        tick->side = side;
        tick->flags |= flags;
        return;
    }
    if (order_id == UINT64_MAX) {
        tf_cme_bad_field(work, "OrderID", entry + CME_ORDER_ID);
        return;
    }
    order(work, entry + CME_ORDER_QUANTITY, action, side, order_id, id,
          tf_cme_price(work, entry + CME_ORDER_PRICE), flags);
}

void tf_cme_orders(struct tf_cme_work *work)
{
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length)
        orders_entry(work, entry);
}
