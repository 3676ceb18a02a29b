/* SPDX-License-Identifier: Apache-2.0 */
/* Ticks that are not of the book, to DBN's records. */
#include "dbn_encode_internal.h"
#include "dbn_fields.h"
#include "dbn_reference.h"

/* Same content, wherever in a stream they are. */
static bool same(const struct tf_tick *a, const struct tf_tick *b)
{
    return a->ts_event == b->ts_event && a->ts_recv == b->ts_recv &&
           a->order_id == b->order_id && a->price == b->price && a->size == b->size &&
           a->sequence == b->sequence && a->instrument_id == b->instrument_id &&
           a->rtype == b->rtype && a->action == b->action && a->side == b->side &&
           a->flags == b->flags;
}

static void put_value(const struct tf_dbn_field *field, uint64_t value, uint8_t *out)
{
    if (field->size == 1)
        out[field->offset] = (uint8_t)value;
    else if (field->size == 2)
        tf_put_le16(out + field->offset, (uint16_t)value);
    else if (field->size == 4)
        tf_put_le32(out + field->offset, (uint32_t)value);
    else
        tf_put_le64(out + field->offset, value);
}

/* Every field says that it says nothing. */
static void put_undefined(const struct tf_dbn_shape *shape, uint8_t *out)
{
    struct tf_dbn_field_walk walk = {.shape = shape};
    struct tf_dbn_field field;
    while (tf_dbn_field_next(&walk, &field)) {
        if (field.offset < DBN_HEADER || field.kind == TF_DBN_TEXT)
            continue;
        bool is_signed = field.kind == TF_DBN_I8 || field.kind == TF_DBN_I16 ||
                         field.kind == TF_DBN_I32 || field.kind == TF_DBN_I64 ||
                         field.kind == TF_DBN_PRICE;
        put_value(&field, is_signed ? UINT64_MAX >> (65 - 8 * field.size) : UINT64_MAX, out);
    }
}

static void put_number(const struct tf_dbn_shape *shape, const char *name, uint64_t value,
                       uint8_t *out)
{
    struct tf_dbn_field field;
    if (tf_dbn_field_of(shape, name, &field))
        put_value(&field, value, out);
}

static void put_words(const struct tf_dbn_shape *shape, const char *name, const char *text,
                      uint8_t *out)
{
    struct tf_dbn_field field;
    if (tf_dbn_field_of(shape, name, &field))
        memcpy(out + field.offset, text,
               strnlen(text, field.size > 1 ? field.size - 1u : field.size));
}

static const struct tf_dbn_shape *shape_for(uint8_t rtype, uint8_t version)
{
    const struct tf_dbn_shape *best = 0;
    for (unsigned i = 0; i < tf_dbn_shape_count; i++)
        if (tf_dbn_shapes[i].rtype == rtype && tf_dbn_shapes[i].version <= version &&
            (!best || tf_dbn_shapes[i].version > best->version))
            best = &tf_dbn_shapes[i];
    return best;
}

static size_t put_definition(const struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                             const struct tf_instrument *instrument, uint16_t publisher_id,
                             uint8_t *out)
{
    const struct tf_dbn_shape *shape = shape_for(DBN_DEFINITION, encoder->version);
    char letter[2] = {tick->text[0] > ' ' && tick->text[0] < 0x7F ? tick->text[0] : '?', 0};
    char venue_class[8] = {0};
    memcpy(venue_class, instrument->venue_class, sizeof venue_class - 1);
    tf_dbn_put_header(out, shape->length, DBN_DEFINITION, publisher_id, tick);
    put_undefined(shape, out);
    put_number(shape, "ts_recv", tick->ts_recv, out);
    put_number(shape, "min_price_increment", (uint64_t)instrument->price_increment, out);
    put_number(shape, "raw_instrument_id", tick->instrument_id, out);
    put_number(shape, "leg_count", 0, out);
    put_number(shape, "leg_index", 0, out);
    put_number(shape, "leg_instrument_id", 0, out);
    put_number(shape, "leg_underlying_id", 0, out);
    put_number(shape, "underlying_id", 0, out);
    if (instrument->lot_size != TF_UNDEF_SIZE)
        put_number(shape, "min_lot_size_round_lot", instrument->lot_size, out);
    put_words(shape, "raw_symbol", instrument->symbol, out);
    put_words(shape, "group", venue_class, out);
    put_words(shape, "instrument_class", letter, out);
    put_words(shape, "security_update_action",
              tick->action == 'C'   ? "D"
              : tick->action == 'M' ? "M"
              : tick->action == 'N' ? "~"
                                    : "A",
              out);
    put_words(shape, "user_defined_instrument", "N", out);
    put_words(shape, "match_algorithm", " ", out); /* undefined */
    put_words(shape, "leg_instrument_class", "~", out);
    put_words(shape, "leg_side", "N", out);
    return shape->length;
}

/* Yes, no, or nothing said: what a status record's three letters may be. */
static bool tells(char letter)
{
    return letter == 'Y' || letter == 'N' || letter == '~';
}

static size_t put_status(const struct tf_tick *tick, uint16_t publisher_id, uint8_t *out)
{
    unsigned reason = 0;
    /* Three letters and a number, as status records give it; else a venue's own text. */
    bool ours = tells(tick->text[0]) && tells(tick->text[1]) && tells(tick->text[2]);
    for (unsigned i = 3; i < 8 && tick->text[i] != ' '; i++) {
        ours = ours && tick->text[i] >= '0' && tick->text[i] <= '9';
        reason = reason * 10 + (unsigned)(tick->text[i] - '0');
    }
    tf_dbn_put_header(out, DBN_STATUS_LENGTH, DBN_STATUS, publisher_id, tick);
    tf_put_le64(out + DBN_STATUS_TS_RECV, tick->ts_recv);
    tf_put_le16(out + DBN_STATUS_ACTION, (uint16_t)tick->size);
    tf_put_le16(out + DBN_STATUS_REASON, ours ? (uint16_t)reason : 0);
    tf_put_le16(out + DBN_STATUS_EVENT, ours ? (uint16_t)tick->sequence : 0);
    out[DBN_STATUS_IS_TRADING] = ours ? (uint8_t)tick->text[0] : '~';
    out[DBN_STATUS_IS_QUOTING] = ours ? (uint8_t)tick->text[1] : '~';
    out[DBN_STATUS_IS_SHORT_RESTRICTED] = ours ? (uint8_t)tick->text[2] : '~';
    return DBN_STATUS_LENGTH;
}

/* 0: it came from no such record. */
static size_t put_statistics(const struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                             uint16_t publisher_id, uint8_t *out)
{
    const struct tf_dbn_shape *shape = shape_for(DBN_STATISTICS, encoder->version);
    unsigned type = 0;
    if (memcmp(tick->text, "STAT", 4) != 0)
        return 0;
    for (unsigned i = 4; i < 8 && tick->text[i] != ' '; i++) {
        if (tick->text[i] < '0' || tick->text[i] > '9')
            return 0;
        type = type * 10 + (unsigned)(tick->text[i] - '0');
    }
    tf_dbn_put_header(out, shape->length, DBN_STATISTICS, publisher_id, tick);
    put_undefined(shape, out);
    put_number(shape, "ts_recv", tick->ts_recv, out);
    put_number(shape, "price", (uint64_t)tick->price, out);
    if (tick->size != TF_UNDEF_SIZE)
        put_number(shape, "quantity", tick->size, out);
    put_number(shape, "sequence", tick->sequence, out);
    put_number(shape, "ts_in_delta", 0, out);
    put_number(shape, "stat_type", type, out);
    put_number(shape, "channel_id", 0, out);
    put_number(shape, "update_action", tick->action == 'C' ? 2 : 1, out);
    put_number(shape, "stat_flags", 0, out);
    return shape->length;
}

/* Would our reader make this tick of that record? */
static bool comes_back(const struct tf_tick *tick, const uint8_t *record, size_t length)
{
    struct tf_tick back;
    switch (record[DBN_RTYPE]) {
    case DBN_STATUS:
        return tf_dbn_status_tick(record, &back) && same(&back, tick);
    case DBN_DEFINITION:
        return tf_dbn_definition_tick(record, (uint32_t)length, &back) && same(&back, tick);
    default:
        return tf_dbn_statistics_tick(record, (uint32_t)length, &back) && same(&back, tick);
    }
}

size_t tf_dbn_put_reference(const struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                            const struct tf_instrument *instrument, uint16_t publisher_id,
                            uint8_t *out)
{
    uint8_t record[DBN_RECORD_MAX];
    size_t length = 0;
    if (tick->rtype == TF_RTYPE_STATUS)
        length = put_status(tick, publisher_id, record);
    else if (tick->rtype == TF_RTYPE_DEFINITION && instrument && tick->instrument_id)
        length = put_definition(encoder, tick, instrument, publisher_id, record);
    else if (tick->rtype == TF_RTYPE_STATISTICS)
        length = put_statistics(encoder, tick, publisher_id, record);
    if (!length)
        return tf_dbn_put_carried(TF_DBN_CARRY_TICK, encoder->version, tick, publisher_id, out);
    size_t at = 0;
    if (!comes_back(tick, record, length))
        at = tf_dbn_put_carried(TF_DBN_CARRY_NEXT, encoder->version, tick, publisher_id, out);
    memcpy(out + at, record, length);
    return at + length;
}
