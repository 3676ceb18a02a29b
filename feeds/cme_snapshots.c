/* SPDX-License-Identifier: Apache-2.0 */
/* Whole books: the snapshot loops and what the TCP services answer with. */
#include "cme_mdp3_internal.h"

/* Where a template has what; CME_NONE: nowhere. */
struct shape {
    uint8_t security, rpt_seq, status, limits; /* root */
    uint8_t orders, level, flag, settle, type; /* entry; price at 0, size at 8 */
    bool is_long;
    uint8_t no_level;
};

static const struct shape loop_shape = {.security = CME_SNAP_SECURITY,
                                        .rpt_seq = CME_SNAP_RPT_SEQ,
                                        .status = CME_SNAP_STATUS,
                                        .limits = CME_SNAP_LIMITS,
                                        .orders = 12,
                                        .level = 16,
                                        .flag = 19,
                                        .settle = 20,
                                        .type = 21,
                                        .no_level = INT8_MAX};
static const struct shape loop_long_shape = {.security = CME_SNAP_SECURITY,
                                             .rpt_seq = CME_SNAP_RPT_SEQ,
                                             .status = CME_SNAP_STATUS,
                                             .limits = CME_SNAP_LIMITS,
                                             .orders = 16,
                                             .level = 20,
                                             .flag = 21,
                                             .settle = CME_NONE,
                                             .type = 22,
                                             .is_long = true,
                                             .no_level = UINT8_MAX};
static const struct shape tcp_shape = {.security = CME_TCP_SECURITY,
                                       .rpt_seq = CME_NONE,
                                       .status = CME_NONE,
                                       .limits = CME_TCP_LIMITS,
                                       .orders = 16,
                                       .level = 20,
                                       .flag = 21,
                                       .settle = 25,
                                       .type = 22,
                                       .no_level = INT8_MAX};
static const struct shape tcp_long_shape = {.security = CME_TCP_SECURITY,
                                            .rpt_seq = CME_NONE,
                                            .status = CME_NONE,
                                            .limits = CME_TCP_LIMITS,
                                            .orders = 16,
                                            .level = 20,
                                            .flag = 21,
                                            .settle = CME_NONE,
                                            .type = 22,
                                            .is_long = true,
                                            .no_level = UINT8_MAX};

static const struct shape *shape_of(uint16_t template_id)
{
    switch (template_id) {
    case 69:
        return &loop_long_shape;
    case 61:
        return &tcp_shape;
    case 68:
        return &tcp_long_shape;
    default:
        return &loop_shape;
    }
}

static void entry_tick(struct tf_cme_work *work, uint32_t id, const uint8_t *entry,
                       const struct shape *shape)
{
    uint32_t size;
    uint8_t type = entry[shape->type], implied;
    if (type == 'J')
        return; /* said already */
    if (!tf_cme_size(work, entry + CME_BOOK_SIZE, shape->is_long, &size))
        return;
    char side = tf_cme_side(type, &implied);
    struct tf_tick *tick;
    if (side) {
        uint32_t orders = tf_le32(entry + shape->orders);
        uint8_t level = entry[shape->level];
        tick = tf_cme_tick(work, TF_RTYPE_LEVEL, id);
        tick->action = 'A';
        tick->side = side;
        tick->flags |= implied;
        tick->level[0] = orders < INT32_MAX ? orders : TF_UNDEF_SIZE;
        tick->level[1] = level < shape->no_level ? level : 0;
    } else {
        tick = tf_cme_statistic(work, id, type, entry[shape->flag],
                                shape->settle == CME_NONE ? 0x80 : entry[shape->settle]);
        if (!tick) {
            tf_cme_bad_field(work, "MDEntryType", entry + shape->type);
            return;
        }
    }
    tick->price = tf_cme_price(work, entry + CME_BOOK_PRICE);
    tick->size = size;
}

/* Its levels are known again; false: what is there already is newer than the snapshot. */
static bool heal(struct tf_cme_work *work, struct tf_cme_instrument *instrument,
                 const struct shape *shape)
{
    if (shape->rpt_seq == CME_NONE) {
        instrument->counted = false; /* of which update it is, it does not say */
    } else {
        uint32_t rpt_seq = tf_le32(work->message->block + shape->rpt_seq);
        if (instrument->counted && rpt_seq < instrument->rpt_seq) {
            work->decoder->stale_snapshots++;
            return false;
        }
        instrument->counted = true;
        instrument->rpt_seq = rpt_seq;
    }
    instrument->bad_levels = false;
    return true;
}

void tf_cme_snapshot(struct tf_cme_work *work)
{
    const struct shape *shape = shape_of(work->message->template_id);
    const uint8_t *root = work->message->block;
    uint32_t id;
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, root + shape->security, &id);
    if (!instrument || !heal(work, instrument, shape))
        return;
    work->flags = TF_FLAG_SNAPSHOT;
    tf_cme_tick(work, TF_RTYPE_LEVEL, id)->action = 'R';
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length)
        entry_tick(work, id, entry, shape);
    tf_cme_limit_ticks(work, id, root + shape->limits);
    int status = shape->status == CME_NONE ? -1 : tf_cme_trading_status(root[shape->status]);
    if (status >= 0)
        tf_cme_tick(work, TF_RTYPE_STATUS, id)->size = (uint32_t)status;
    work->sink->ticks[work->sink->count - 1].flags |= TF_FLAG_LAST;
}

void tf_cme_snapshot_orders(struct tf_cme_work *work)
{
    bool top = work->message->template_id == 59;
    const uint8_t *root = work->message->block;
    uint32_t chunks = top ? 1 : tf_le32(root + CME_SNAP_CHUNKS);
    uint32_t chunk = top ? 1 : tf_le32(root + CME_SNAP_CHUNK), id;
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, root + (top ? CME_TCP_SECURITY : CME_SNAP_SECURITY), &id);
    if (!instrument)
        return;
    uint32_t first = work->sink->count;
    work->flags = TF_FLAG_SNAPSHOT;
    if (chunk <= 1)
        tf_cme_tick(work, TF_RTYPE_MBO, id)->action = 'R';
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length) {
        uint32_t size;
        uint8_t implied;
        char side = tf_cme_side(entry[CME_SNAP_ORDER_TYPE], &implied);
        if (!side) {
            tf_cme_bad_field(work, "MDEntryType", entry + CME_SNAP_ORDER_TYPE);
            continue;
        }
        if (!tf_cme_size(work, entry + CME_ORDER_QUANTITY, false, &size))
            continue;
        struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_MBO, id);
        tick->action = 'A';
        tick->side = side;
        tick->flags |= implied;
        tick->order_id = tf_le64(entry + CME_ORDER_ID);
        tick->price = tf_cme_price(work, entry + CME_ORDER_PRICE);
        tick->size = size;
    }
    if (chunk < chunks)
        return;
    instrument->bad_orders = false;
    instrument->healed = work->decoder->losses;
    if (work->sink->count > first)
        work->sink->ticks[work->sink->count - 1].flags |= TF_FLAG_LAST;
}
