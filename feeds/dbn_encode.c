/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_encode.h"

#include "bytes.h"
#include "dbn_carry.h"
#include "dbn_encode_internal.h"
#include "dbn_extras.h"

#include <stdio.h>

void tf_dbn_put_header(uint8_t *out, uint32_t length, uint8_t rtype, uint16_t publisher_id,
                       const struct tf_tick *tick)
{
    memset(out, 0, length);
    out[DBN_LENGTH] = (uint8_t)(length / DBN_WORD);
    out[DBN_RTYPE] = rtype;
    tf_put_le16(out + DBN_PUBLISHER, publisher_id);
    tf_put_le32(out + DBN_INSTRUMENT, tick->instrument_id);
    tf_put_le64(out + DBN_TS_EVENT, tick->ts_event);
}

/* ---- books and trades ------------------------------------------------------------------------ */

static size_t put_mbo(const struct tf_tick *tick, uint16_t publisher_id, uint8_t *out)
{
    uint8_t flags = tick->flags;
    uint8_t channel = TF_DBN_OWN_PLAIN;
    if (tick->rtype == TF_RTYPE_LEVEL && !(flags & TF_FLAG_MBP)) {
        flags |= TF_FLAG_MBP;
        channel = TF_DBN_OWN_LEVEL;
    } else if (tick->rtype == TF_RTYPE_MBO && flags & TF_FLAG_MBP) {
        channel = TF_DBN_OWN_MBO;
    } else if (tick->rtype == TF_RTYPE_TRADE) {
        channel = TF_DBN_OWN_TRADE;
    }
    tf_dbn_put_header(out, DBN_MBO_LENGTH, DBN_MBO, publisher_id, tick);
    tf_put_le64(out + DBN_MBO_ORDER, tick->order_id);
    tf_put_le64(out + DBN_MBO_PRICE, (uint64_t)tick->price);
    tf_put_le32(out + DBN_MBO_SIZE, tick->size);
    out[DBN_MBO_FLAGS] = flags;
    out[DBN_MBO_CHANNEL] = channel;
    out[DBN_MBO_ACTION] = (uint8_t)tick->action;
    out[DBN_MBO_SIDE] = (uint8_t)tick->side;
    tf_put_le64(out + DBN_MBO_TS_RECV, tick->ts_recv);
    tf_put_le32(out + DBN_MBO_SEQUENCE, tick->sequence);
    return DBN_MBO_LENGTH;
}

static bool has_extras(const struct tf_tick *tick)
{
    return tick->rtype == TF_RTYPE_TRADE && tf_dbn_is_extras(tick->order_id);
}

/* What trades and quotes have in common; the price and size of a trade. */
static void put_mbp(const struct tf_tick *tick, uint8_t *out)
{
    tf_put_le64(out + DBN_MBP_PRICE, (uint64_t)tick->price);
    tf_put_le32(out + DBN_MBP_SIZE, tick->size);
    out[DBN_MBP_ACTION] = (uint8_t)tick->action;
    out[DBN_MBP_SIDE] = (uint8_t)tick->side;
    out[DBN_MBP_FLAGS] = tick->flags;
    tf_put_le64(out + DBN_MBP_TS_RECV, tick->ts_recv);
    tf_put_le32(out + DBN_MBP_SEQUENCE, tick->sequence);
}

/* Depth and time on its way, as they were in the record that the tick is of. */
static void put_extras(const struct tf_tick *trade, uint8_t *out)
{
    out[DBN_MBP_DEPTH] = tf_dbn_extras_depth(trade->order_id);
    tf_put_le32(out + DBN_MBP_TS_IN_DELTA, tf_dbn_extras_delta(trade->order_id));
}

static uint16_t publisher_of(const struct tf_tick *trade, uint16_t publisher_id)
{
    return has_extras(trade) ? tf_dbn_extras_publisher(trade->order_id) : publisher_id;
}

static size_t put_trade(const struct tf_tick *tick, uint16_t publisher_id, uint8_t *out)
{
    tf_dbn_put_header(out, DBN_TRADE_LENGTH, DBN_MBP0, publisher_of(tick, publisher_id), tick);
    put_mbp(tick, out);
    if (!has_extras(tick)) {
        out[DBN_MBP_DEPTH] = TF_DBN_OWN_DEPTH;
        return DBN_TRADE_LENGTH;
    }
    put_extras(tick, out);
    if (tf_dbn_extras_marks(tick->order_id) & TF_DBN_TRADE_LAST_ADDED)
        out[DBN_MBP_FLAGS] &= (uint8_t)~TF_FLAG_LAST;
    return DBN_TRADE_LENGTH;
}

/* `trade`: the one that came with it, or NULL. */
static size_t put_quote(const struct tf_tick *trade, const struct tf_tick *quote,
                        uint16_t publisher_id, uint8_t *out)
{
    tf_dbn_put_header(out, DBN_MBP1_LENGTH, DBN_MBP1,
                      trade ? publisher_of(trade, publisher_id) : publisher_id, quote);
    if (trade) {
        put_mbp(trade, out);
        put_extras(trade, out);
    } else {
        put_mbp(quote, out);
        tf_put_le64(out + DBN_MBP_PRICE, (uint64_t)TF_UNDEF_PRICE);
        tf_put_le32(out + DBN_MBP_SIZE, TF_UNDEF_SIZE);
        tf_put_le32(out + DBN_MBP_SEQUENCE, 0);
    }
    out[DBN_MBP_FLAGS] = quote->flags;
    uint8_t *level = out + DBN_MBP_LEVELS;
    tf_put_le64(level + DBN_LEVEL_BID_PX, (uint64_t)quote->bid_px);
    tf_put_le64(level + DBN_LEVEL_ASK_PX, (uint64_t)quote->ask_px);
    tf_put_le32(level + DBN_LEVEL_BID_SZ, quote->bid_sz);
    tf_put_le32(level + DBN_LEVEL_ASK_SZ, quote->ask_sz);
    return DBN_MBP1_LENGTH;
}

/* Do both come from one record, so that one record gives both back? */
static bool is_pair(const struct tf_tick *trade, const struct tf_tick *quote)
{
    return quote->rtype == TF_RTYPE_QUOTE && quote->action == 'T' &&
           quote->side == trade->side && quote->instrument_id == trade->instrument_id &&
           quote->ts_event == trade->ts_event && quote->ts_recv == trade->ts_recv &&
           (quote->flags & ~TF_FLAG_LAST) == trade->flags && trade->price != TF_UNDEF_PRICE;
}

/* ---- system messages ------------------------------------------------------------------------- */

static uint32_t text_length(uint8_t version)
{
    return version == 1 ? DBN_TEXT1_LENGTH : DBN_TEXT2_LENGTH;
}

/* The header is the tick's; where the text goes and how much room it has. */
static size_t put_text(uint8_t version, const struct tf_tick *tick, uint16_t publisher_id,
                       const char *text, uint8_t *out)
{
    uint32_t length = text_length(version);
    size_t room = (version == 1 ? length : DBN_SYSTEM2_CODE) - DBN_TEXT - 1;
    tf_dbn_put_header(out, length, DBN_SYSTEM, publisher_id, tick);
    if (version > 1)
        out[DBN_SYSTEM2_CODE] = DBN_SYSTEM_CODE_UNSET;
    memcpy(out + DBN_TEXT, text, strnlen(text, room));
    return length;
}

/* What people see of it in other tools. */
static void describe(const struct tf_tick *tick, char *out, size_t size)
{
    switch (tick->rtype) {
    case TF_RTYPE_GAP:
        snprintf(out, size, " gap: messages %llu to %llu of channel %u never arrived",
                 (unsigned long long)tick->gap_first, (unsigned long long)tick->gap_last,
                 (unsigned)tick->size);
        break;
    case TF_RTYPE_EPOCH:
        snprintf(out, size, " epoch %llu: the publisher restarted",
                 (unsigned long long)tick->epoch);
        break;
    default:
        snprintf(out, size, " kind 0x%02x", tick->rtype);
        break;
    }
}

size_t tf_dbn_put_carried(enum tf_dbn_carry carry, uint8_t version, const struct tf_tick *tick,
                          uint16_t publisher_id, uint8_t *out)
{
    char text[DBN_TEXT2_LENGTH];
    tf_dbn_carry_write(carry, tick, text);
    describe(tick, text + TF_DBN_CARRIED_TEXT, sizeof text - TF_DBN_CARRIED_TEXT);
    return put_text(version, tick, publisher_id, text, out);
}

size_t tf_dbn_encode_words(uint8_t version, uint64_t ts_event, const char *words, uint8_t *out)
{
    struct tf_tick tick = {.ts_event = ts_event};
    return put_text(version, &tick, 0, words, out);
}

size_t tf_dbn_encode_mapping(uint8_t version, const struct tf_instrument *instrument,
                             uint16_t publisher_id, uint64_t ts_event, uint8_t *out)
{
    struct tf_tick tick = {.ts_event = ts_event, .instrument_id = instrument->instrument_id};
    uint32_t length = version == 1 ? DBN_MAP1_LENGTH : DBN_MAP2_LENGTH;
    size_t room = (version == 1 ? DBN_SYMBOL1_LENGTH : DBN_SYMBOL_LENGTH) - 1;
    size_t name = strnlen(instrument->symbol, room);
    tf_dbn_put_header(out, length, DBN_SYMBOL_MAPPING, publisher_id, &tick);
    memcpy(out + (version == 1 ? DBN_MAP1_IN : DBN_MAP2_IN), instrument->symbol, name);
    memcpy(out + (version == 1 ? DBN_MAP1_OUT : DBN_MAP2_OUT), instrument->symbol, name);
    if (version > 1) {
        out[DBN_MAP2_STYPE_IN] = DBN_STYPE_RAW_SYMBOL;
        out[DBN_MAP2_STYPE_OUT] = DBN_STYPE_RAW_SYMBOL;
    }
    tf_put_le64(out + length - 16, ts_event);
    tf_put_le64(out + length - 8, TF_UNDEF_TIMESTAMP);
    return length;
}

/* ---- one tick -------------------------------------------------------------------------------- */

static bool wants(const struct tf_dbn_encoder *encoder, const struct tf_tick *tick)
{
    switch (encoder->content) {
    case TF_DBN_CONTENT_ALL:
        return true;
    case TF_DBN_CONTENT_MBO:
        return tick->rtype == TF_RTYPE_MBO || tick->rtype == TF_RTYPE_LEVEL;
    case TF_DBN_CONTENT_TRADES:
        return tick->rtype == TF_RTYPE_TRADE ||
               (tick->rtype == TF_RTYPE_MBO && tick->action == 'T');
    case TF_DBN_CONTENT_MBP1:
        return tick->rtype == TF_RTYPE_QUOTE ||
               (tick->rtype == TF_RTYPE_TRADE && has_extras(tick) &&
                tf_dbn_extras_marks(tick->order_id) & TF_DBN_TRADE_QUOTE);
    default:
        return (tick->rtype == TF_RTYPE_QUOTE && tick->action == 'T') ||
               (tick->rtype == TF_RTYPE_TRADE && has_extras(tick) &&
                tf_dbn_extras_marks(tick->order_id) & TF_DBN_TRADE_QUOTE);
    }
}

static size_t put_trade_kind(struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                             uint16_t publisher_id, uint8_t *out)
{
    if (encoder->content == TF_DBN_CONTENT_ALL && tick->order_id && !has_extras(tick))
        return put_mbo(tick, publisher_id, out);
    return put_trade(tick, publisher_id, out);
}

size_t tf_dbn_encode_rest(struct tf_dbn_encoder *encoder, uint8_t *out)
{
    if (!encoder->held)
        return 0;
    encoder->held = false;
    return put_trade(&encoder->trade, encoder->held_publisher, out);
}

/* Gaps and restarts are kept whatever the content; the stream's last words are not. */
static size_t encode_control(struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                             uint16_t publisher_id, uint8_t *out)
{
    if (tick->rtype == TF_RTYPE_EPOCH && !encoder->any)
        return 0;
    if (tick->rtype == TF_RTYPE_END_OF_STREAM || tick->rtype == TF_RTYPE_REPLAY_COMPLETED)
        return 0;
    return tf_dbn_put_carried(TF_DBN_CARRY_TICK, encoder->version, tick, publisher_id, out);
}

static size_t encode_content(struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                             const struct tf_instrument *instrument, uint16_t publisher_id,
                             uint8_t *out)
{
    switch (tick->rtype) {
    case TF_RTYPE_MBO:
        if (encoder->content == TF_DBN_CONTENT_TRADES)
            return put_trade(tick, publisher_id, out);
        return put_mbo(tick, publisher_id, out);
    case TF_RTYPE_LEVEL:
        return put_mbo(tick, publisher_id, out);
    case TF_RTYPE_TRADE:
        if (encoder->content != TF_DBN_CONTENT_TRADES && has_extras(tick) &&
            tf_dbn_extras_marks(tick->order_id) & TF_DBN_TRADE_QUOTE) {
            encoder->trade = *tick;
            encoder->held_publisher = publisher_id;
            encoder->held = true;
            return 0;
        }
        return put_trade_kind(encoder, tick, publisher_id, out);
    case TF_RTYPE_QUOTE:
        return put_quote(0, tick, publisher_id, out);
    default:
        return tf_dbn_put_reference(encoder, tick, instrument, publisher_id, out);
    }
}

size_t tf_dbn_encode(struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                     const struct tf_instrument *instrument, uint16_t publisher_id,
                     uint8_t *out)
{
    if (tick->rtype >= TF_RTYPE_GAP) {
        encoder->any = encoder->any || tick->rtype == TF_RTYPE_GAP;
        return encode_control(encoder, tick, publisher_id, out);
    }
    encoder->any = true;
    if (!wants(encoder, tick)) {
        encoder->left_out++;
        return 0;
    }
    if (encoder->held && is_pair(&encoder->trade, tick)) {
        encoder->held = false;
        return put_quote(&encoder->trade, tick, publisher_id, out);
    }
    size_t rest = tf_dbn_encode_rest(encoder, out);
    return rest + encode_content(encoder, tick, instrument, publisher_id, out + rest);
}

bool tf_dbn_content_of(const char *name, enum tf_dbn_content *content)
{
    static const char *const names[] = {
        [TF_DBN_CONTENT_ALL] = "all",       [TF_DBN_CONTENT_MBO] = "mbo",
        [TF_DBN_CONTENT_TRADES] = "trades", [TF_DBN_CONTENT_MBP1] = "mbp-1",
        [TF_DBN_CONTENT_TBBO] = "tbbo",
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *content = (enum tf_dbn_content)i;
            return true;
        }
    }
    return false;
}

uint16_t tf_dbn_schema_asked_for(enum tf_dbn_content content)
{
    switch (content) {
    case TF_DBN_CONTENT_MBO:
        return DBN_SCHEMA_MBO;
    case TF_DBN_CONTENT_TRADES:
        return DBN_SCHEMA_TRADES;
    case TF_DBN_CONTENT_MBP1:
        return DBN_SCHEMA_MBP1;
    case TF_DBN_CONTENT_TBBO:
        return DBN_SCHEMA_TBBO;
    case TF_DBN_CONTENT_ALL:
        break;
    }
    return DBN_SCHEMA_MIXED;
}

uint16_t tf_dbn_schema_of(enum tf_dbn_content content, uint8_t rtype)
{
    switch (rtype) {
    case DBN_MBO:
        return DBN_SCHEMA_MBO;
    case DBN_MBP0:
        return DBN_SCHEMA_TRADES;
    case DBN_MBP1:
        return content == TF_DBN_CONTENT_TBBO ? DBN_SCHEMA_TBBO : DBN_SCHEMA_MBP1;
    case DBN_DEFINITION:
        return DBN_SCHEMA_DEFINITION;
    case DBN_STATISTICS:
        return DBN_SCHEMA_STATISTICS;
    case DBN_STATUS:
        return DBN_SCHEMA_STATUS;
    default:
        return DBN_SCHEMA_MIXED;
    }
}
