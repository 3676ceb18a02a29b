/* SPDX-License-Identifier: Apache-2.0 */
/* DBN's records to ticks. */
#include "dbn_carry.h"
#include "dbn_extras.h"
#include "dbn_internal.h"
#include "dbn_reference.h"

enum { ACTION = 1, SIDE = 2 };
static const uint8_t letters[256] = {
    ['A'] = ACTION | SIDE, ['B'] = SIDE,          ['C'] = ACTION, ['F'] = ACTION,
    ['M'] = ACTION,        ['N'] = ACTION | SIDE, ['R'] = ACTION, ['T'] = ACTION,
};

static bool letters_are(const uint8_t *record, uint32_t action_at, uint32_t side_at)
{
    return letters[record[action_at]] & ACTION && letters[record[side_at]] & SIDE;
}

static void bad(struct tf_decoder *decoder, enum tf_anomaly kind, const char *field,
                uint32_t offset)
{
    tf_count_flaw(&decoder->counts, kind, field, offset);
}

static void count_trade(struct tf_decoder *decoder, uint32_t size)
{
    if (size == TF_UNDEF_SIZE)
        return;
    decoder->counts.trades++;
    decoder->counts.traded_volume += size;
    decoder->counts.printed_volume += size;
}

/* ---- order by order -------------------------------------------------------------------------- */

/* What our own files say in a byte that their records have no other use for. */
static void restore_own(struct tf_tick *tick, uint8_t channel)
{
    switch (channel) {
    case TF_DBN_OWN_LEVEL:
        tick->flags &= (uint8_t)~TF_FLAG_MBP;
        break;
    case TF_DBN_OWN_MBO:
        tick->rtype = TF_RTYPE_MBO;
        break;
    case TF_DBN_OWN_TRADE:
        tick->rtype = TF_RTYPE_TRADE;
        break;
    default:
        break;
    }
}

static inline void decode_mbo(struct tf_decoder *decoder, const uint8_t *record,
                              struct tf_sink *sink)
{
    if (!letters_are(record, DBN_MBO_ACTION, DBN_MBO_SIDE)) {
        bad(decoder, TF_ANOMALY_BAD_FIELD, "action", DBN_MBO_ACTION);
        return;
    }
    struct tf_tick *tick = &sink->ticks[sink->count++];
    uint8_t flags = record[DBN_MBO_FLAGS];
    tick->seq = 0;
    tick->ts_event = tf_le64(record + DBN_TS_EVENT);
    tick->ts_recv = tf_le64(record + DBN_MBO_TS_RECV);
    tick->ts_pub = 0;
    tick->order_id = tf_le64(record + DBN_MBO_ORDER);
    tick->price = (int64_t)tf_le64(record + DBN_MBO_PRICE);
    tick->size = tf_le32(record + DBN_MBO_SIZE);
    tick->sequence = tf_le32(record + DBN_MBO_SEQUENCE);
    tick->instrument_id = tf_le32(record + DBN_INSTRUMENT);
    tick->rtype = flags & TF_FLAG_MBP ? TF_RTYPE_LEVEL : TF_RTYPE_MBO;
    tick->action = (char)record[DBN_MBO_ACTION];
    tick->side = (char)record[DBN_MBO_SIDE];
    tick->flags = flags;
    if (tick->action == 'T')
        count_trade(decoder, tick->size);
    if (decoder->own && record[DBN_MBO_CHANNEL])
        restore_own(tick, record[DBN_MBO_CHANNEL]);
}

/* ---- trades and quotes ----------------------------------------------------------------------- */

/* All that records of this family have in common. */
static struct tf_tick mbp_tick(const uint8_t *record, uint8_t rtype)
{
    return (struct tf_tick){.ts_event = tf_le64(record + DBN_TS_EVENT),
                            .ts_recv = tf_le64(record + DBN_MBP_TS_RECV),
                            .price = (int64_t)tf_le64(record + DBN_MBP_PRICE),
                            .size = tf_le32(record + DBN_MBP_SIZE),
                            .sequence = tf_le32(record + DBN_MBP_SEQUENCE),
                            .instrument_id = tf_le32(record + DBN_INSTRUMENT),
                            .rtype = rtype,
                            .action = (char)record[DBN_MBP_ACTION],
                            .side = (char)record[DBN_MBP_SIDE],
                            .flags = record[DBN_MBP_FLAGS]};
}

static uint64_t extras_of(const uint8_t *record, unsigned marks)
{
    return tf_dbn_extras(marks, tf_le16(record + DBN_PUBLISHER), record[DBN_MBP_DEPTH],
                         tf_le32(record + DBN_MBP_TS_IN_DELTA));
}

static void decode_trade(struct tf_decoder *decoder, const uint8_t *record,
                         struct tf_sink *sink)
{
    if (!letters_are(record, DBN_MBP_ACTION, DBN_MBP_SIDE)) {
        bad(decoder, TF_ANOMALY_BAD_FIELD, "action", DBN_MBP_ACTION);
        return;
    }
    struct tf_tick *tick = &sink->ticks[sink->count++];
    *tick = mbp_tick(record, TF_RTYPE_TRADE);
    if (tick->action == 'T')
        count_trade(decoder, tick->size);
    if (decoder->own && record[DBN_MBP_DEPTH] == TF_DBN_OWN_DEPTH)
        return;
    tick->order_id =
        extras_of(record, tick->flags & TF_FLAG_LAST ? 0 : TF_DBN_TRADE_LAST_ADDED);
    tick->flags |= TF_FLAG_LAST;
}

static void put_quote(const uint8_t *record, bool is_event, char action, struct tf_sink *sink)
{
    const uint8_t *level = record + DBN_MBP_LEVELS;
    struct tf_tick *tick = &sink->ticks[sink->count++];
    *tick = mbp_tick(record, TF_RTYPE_QUOTE);
    tick->action = action;
    tick->bid_px = (int64_t)tf_le64(level + DBN_LEVEL_BID_PX);
    tick->ask_px = (int64_t)tf_le64(level + DBN_LEVEL_ASK_PX);
    tick->bid_sz = tf_le32(level + DBN_LEVEL_BID_SZ);
    tick->ask_sz = tf_le32(level + DBN_LEVEL_ASK_SZ);
    if (is_event)
        tick->flags |= TF_FLAG_LAST;
}

/* A trade, if it is one, and the best bid and offer after it.  False: none. */
static bool decode_mbp(struct tf_decoder *decoder, const uint8_t *record, bool has_sequence,
                       struct tf_sink *sink)
{
    if (!letters_are(record, DBN_MBP_ACTION, DBN_MBP_SIDE)) {
        bad(decoder, TF_ANOMALY_BAD_FIELD, "action", DBN_MBP_ACTION);
        return false;
    }
    bool priced = (int64_t)tf_le64(record + DBN_MBP_PRICE) != TF_UNDEF_PRICE;
    if (record[DBN_MBP_ACTION] == 'T' && priced) {
        struct tf_tick *trade = &sink->ticks[sink->count++];
        *trade = mbp_tick(record, TF_RTYPE_TRADE);
        trade->order_id = extras_of(record, TF_DBN_TRADE_QUOTE);
        trade->flags &= (uint8_t)~TF_FLAG_LAST;
        if (!has_sequence)
            trade->sequence = 0;
        count_trade(decoder, trade->size);
    }
    /* A quote that never had a trade is of another venue, which told its events itself. */
    put_quote(record, decoder->each_is_event && (priced || !decoder->own),
              (char)record[DBN_MBP_ACTION], sink);
    return true;
}

static void put_level(const uint8_t *record, char side, unsigned place, struct tf_sink *sink)
{
    const uint8_t *level = record + DBN_MBP_LEVELS + (place - 1) * DBN_LEVEL_LENGTH;
    bool bid = side == 'B';
    int64_t price = (int64_t)tf_le64(level + (bid ? DBN_LEVEL_BID_PX : DBN_LEVEL_ASK_PX));
    if (price == TF_UNDEF_PRICE)
        return;
    struct tf_tick *tick = &sink->ticks[sink->count++];
    *tick = mbp_tick(record, TF_RTYPE_LEVEL);
    tick->level[0] = tf_le32(level + (bid ? DBN_LEVEL_BID_CT : DBN_LEVEL_ASK_CT));
    tick->level[1] = place;
    tick->price = price;
    tick->size = tf_le32(level + (bid ? DBN_LEVEL_BID_SZ : DBN_LEVEL_ASK_SZ));
    tick->action = 'A';
    tick->side = side;
}

/* The whole of the ten levels, so that a book of them never has to be guessed. */
static void decode_mbp10(struct tf_decoder *decoder, const uint8_t *record,
                         struct tf_sink *sink)
{
    if (!decode_mbp(decoder, record, true, sink))
        return;
    uint32_t first = sink->count - 1;
    struct tf_tick *clear = &sink->ticks[sink->count++];
    *clear = mbp_tick(record, TF_RTYPE_LEVEL);
    clear->price = TF_UNDEF_PRICE;
    clear->size = TF_UNDEF_SIZE;
    clear->action = 'R';
    clear->side = 'N';
    for (unsigned place = 1; place <= DBN_MBP10_LEVELS; place++)
        put_level(record, 'B', place, sink);
    for (unsigned place = 1; place <= DBN_MBP10_LEVELS; place++)
        put_level(record, 'A', place, sink);
    for (uint32_t i = first; i < sink->count; i++) {
        if (sink->ticks[i].rtype == TF_RTYPE_LEVEL)
            sink->ticks[i].flags |= TF_FLAG_MBP;
        if (i + 1 < sink->count)
            sink->ticks[i].flags &= (uint8_t)~TF_FLAG_LAST;
    }
}

/* Sampled quotes have no action. */
static void decode_bbo(struct tf_decoder *decoder, const uint8_t *record, struct tf_sink *sink)
{
    if (!(letters[record[DBN_MBP_SIDE]] & SIDE)) {
        bad(decoder, TF_ANOMALY_BAD_FIELD, "side", DBN_MBP_SIDE);
        return;
    }
    put_quote(record, true, 'N', sink);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static void decode_reference(struct tf_decoder *decoder, const uint8_t *record, uint32_t length,
                             struct tf_sink *sink)
{
    struct tf_tick *tick = &sink->ticks[sink->count];
    struct tf_instrument instrument;
    switch (record[DBN_RTYPE]) {
    case DBN_STATUS:
        sink->count += tf_dbn_status_tick(record, tick);
        break;
    case DBN_STATISTICS:
        if (tf_dbn_statistics_tick(record, length, tick))
            sink->count++;
        else
            bad(decoder, TF_ANOMALY_BAD_FIELD, "update_action",
                length == DBN_STAT1_LENGTH ? DBN_STAT1_UPDATE : DBN_STAT3_UPDATE);
        break;
    case DBN_DEFINITION:
        if (!tf_dbn_definition_tick(record, length, tick)) {
            bad(decoder, TF_ANOMALY_BAD_FIELD, "instrument_id", DBN_INSTRUMENT);
            break;
        }
        tf_dbn_definition_instrument(record, length, &instrument);
        char class_letter = tick->text[0];
        if (decoder->own)
            memcpy(instrument.venue_class, record + tf_dbn_definition_group(length), 7);
        else
            tf_dbn_venue_class(class_letter, tf_le16(record + DBN_PUBLISHER),
                               instrument.venue_class);
        tf_dbn_tell(decoder, &instrument, sink);
        sink->count++;
        break;
    default:
        tf_dbn_imbalance_ticks(record, tick);
        sink->count += 3;
        break;
    }
}

static void decode_mapping(struct tf_decoder *decoder, const uint8_t *record, uint32_t length,
                           struct tf_sink *sink)
{
    bool first = length == DBN_MAP1_LENGTH;
    size_t room = first ? DBN_SYMBOL1_LENGTH : DBN_SYMBOL_LENGTH;
    const char *out = (const char *)record + (first ? DBN_MAP1_OUT : DBN_MAP2_OUT);
    const char *in = (const char *)record + (first ? DBN_MAP1_IN : DBN_MAP2_IN);
    struct tf_instrument instrument = {.instrument_id = tf_le32(record + DBN_INSTRUMENT),
                                       .lot_size = TF_UNDEF_SIZE,
                                       .price_increment = TF_UNDEF_PRICE};
    /* The name is on the side that is not a number. */
    const char *name = *out && (*out < '0' || *out > '9') ? out : in;
    if (!*name)
        name = out;
    memcpy(instrument.symbol, name, strnlen(name, room));
    tf_dbn_venue_class(0, tf_le16(record + DBN_PUBLISHER), instrument.venue_class);
    if (instrument.instrument_id && instrument.symbol[0])
        tf_dbn_tell(decoder, &instrument, sink);
    else
        bad(decoder, TF_ANOMALY_BAD_FIELD, "stype_out_symbol",
            first ? DBN_MAP1_OUT : DBN_MAP2_OUT);
}

/* May stand in a recording: the stream's own last words would end whatever replays them. */
static bool may_be_carried(const struct tf_tick *tick)
{
    return tick->rtype != TF_RTYPE_END_OF_STREAM && tick->rtype != TF_RTYPE_REPLAY_COMPLETED &&
           tf_dbn_is_action(tick->action) && tf_dbn_is_side(tick->side);
}

static void decode_system(struct tf_decoder *decoder, const uint8_t *record, uint32_t length,
                          struct tf_sink *sink)
{
    struct tf_tick tick = {0};
    enum tf_dbn_carry carry =
        tf_dbn_carry_read((const char *)record + DBN_TEXT, length - DBN_TEXT, &tick);
    if (carry == TF_DBN_CARRY_NONE)
        return;
    tick.instrument_id = tf_le32(record + DBN_INSTRUMENT);
    tick.ts_event = tf_le64(record + DBN_TS_EVENT);
    if (!may_be_carried(&tick)) {
        bad(decoder, TF_ANOMALY_BAD_FIELD, "msg", DBN_TEXT);
    } else if (carry == TF_DBN_CARRY_NEXT) {
        decoder->instead = tick;
        decoder->replaced = true;
    } else {
        sink->ticks[sink->count++] = tick;
    }
}

/* ---- one record ------------------------------------------------------------------------------ */

/* True when it is a record that this decoder knows. */
static bool check_length(struct tf_decoder *decoder, const uint8_t *record, uint32_t length)
{
    if (tf_dbn_shape_of(record[DBN_RTYPE], length))
        return true;
    bool known = tf_dbn_rtype_name(record[DBN_RTYPE]);
    bad(decoder, known ? TF_ANOMALY_BAD_LENGTH : TF_ANOMALY_UNKNOWN_TYPE,
        known ? "length" : "rtype", known ? DBN_LENGTH : DBN_RTYPE);
    return false;
}

/* The seldom ones, of a length that is right. */
static void decode_other(struct tf_decoder *decoder, const uint8_t *record, uint32_t length,
                         struct tf_sink *sink)
{
    switch (record[DBN_RTYPE]) {
    case DBN_MBO: /* behind a system message that stands for it */
        decode_mbo(decoder, record, sink);
        break;
    case DBN_MBP10:
        decode_mbp10(decoder, record, sink);
        break;
    case DBN_CMBP1:
    case DBN_TCBBO:
        decode_mbp(decoder, record, false, sink);
        break;
    case DBN_CBBO_1S:
    case DBN_CBBO_1M:
    case DBN_BBO_1S:
    case DBN_BBO_1M:
        decode_bbo(decoder, record, sink);
        break;
    case DBN_STATUS:
    case DBN_STATISTICS:
    case DBN_DEFINITION:
    case DBN_IMBALANCE:
        decode_reference(decoder, record, length, sink);
        break;
    case DBN_SYMBOL_MAPPING:
        decode_mapping(decoder, record, length, sink);
        break;
    case DBN_SYSTEM:
        decode_system(decoder, record, length, sink);
        break;
    default: /* bars and errors */
        break;
    }
}

static void count_record(struct tf_decoder *decoder, const uint8_t *record, uint32_t length)
{
    struct tf_feed_counts *counts = &decoder->counts;
    uint64_t ts_event = tf_le64(record + DBN_TS_EVENT);
    counts->messages++;
    counts->messages_by_type[record[DBN_RTYPE]]++;
    if (ts_event != TF_UNDEF_TIMESTAMP)
        tf_count_time(counts, ts_event);
    if (decoder->tally)
        tf_dbn_tally_add(decoder->tally, record, length, decoder->ts_out);
}

static void decode_record(struct tf_decoder *decoder, const uint8_t *record, uint32_t length,
                          struct tf_sink *sink)
{
    if (record[DBN_RTYPE] == DBN_MBP0 && length == DBN_TRADE_LENGTH)
        decode_trade(decoder, record, sink);
    else if (record[DBN_RTYPE] == DBN_MBP1 && length == DBN_MBP1_LENGTH)
        decode_mbp(decoder, record, true, sink);
    else if (check_length(decoder, record, length))
        decode_other(decoder, record, length, sink);
}

/* A system message in front said what this record is in full. */
static void decode_replaced(struct tf_decoder *decoder, const uint8_t *record, uint32_t length,
                            struct tf_sink *sink)
{
    uint32_t first = sink->count;
    decoder->replaced = false;
    decode_record(decoder, record, length, sink);
    if (sink->count == first ||
        sink->ticks[first].instrument_id != decoder->instead.instrument_id)
        return;
    sink->ticks[first] = decoder->instead;
    sink->count = first + 1;
}

void tf_dbn_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                   struct tf_sink *sink)
{
    const uint8_t *record = found->bytes;
    if (__builtin_expect(found->channel != 0, 0)) {
        tf_dbn_take_metadata(decoder, found);
        return;
    }
    if (found->length < DBN_HEADER ||
        (uint32_t)record[DBN_LENGTH] * DBN_WORD != found->length) {
        bad(decoder, TF_ANOMALY_BAD_LENGTH, "length", DBN_LENGTH);
        return;
    }
    count_record(decoder, record, found->length);
    uint32_t ts_out = decoder->ts_out ? 8 : 0;
    if (found->length < DBN_HEADER + ts_out) {
        bad(decoder, TF_ANOMALY_BAD_LENGTH, "length", DBN_LENGTH);
        return;
    }
    if (__builtin_expect(!tf_dbn_is_recent(&decoder->names, tf_le32(record + DBN_INSTRUMENT)),
                         0))
        tf_dbn_meet(decoder, record, sink);
    /* Most of what there is, by the shortest way. */
    if (__builtin_expect(record[DBN_RTYPE] == DBN_MBO &&
                             found->length == DBN_MBO_LENGTH + ts_out && !decoder->replaced,
                         1))
        decode_mbo(decoder, record, sink);
    else if (decoder->replaced)
        decode_replaced(decoder, record, found->length - ts_out, sink);
    else
        decode_record(decoder, record, found->length - ts_out, sink);
}
