/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_reference.h"

#include "bytes.h"
#include "dbn_wire.h"

#include <stdio.h>

/* Where a definition's fields are, by version. */
static const struct definition {
    uint16_t length, lot, symbol, symbol_length, group, class_letter, update;
} definitions[] = {
    {DBN_DEF1_LENGTH, DBN_DEF1_LOT, DBN_DEF1_SYMBOL, DBN_SYMBOL1_LENGTH, DBN_DEF1_GROUP,
     DBN_DEF1_CLASS, DBN_DEF1_UPDATE},
    {DBN_DEF2_LENGTH, DBN_DEF2_LOT, DBN_DEF2_SYMBOL, DBN_SYMBOL_LENGTH, DBN_DEF2_GROUP,
     DBN_DEF2_CLASS, DBN_DEF2_UPDATE},
    {DBN_DEF3_LENGTH, DBN_DEF3_LOT, DBN_DEF3_SYMBOL, DBN_SYMBOL_LENGTH, DBN_DEF3_GROUP,
     DBN_DEF3_CLASS, DBN_DEF3_UPDATE},
};

static const struct definition *definition_of(uint32_t length)
{
    for (unsigned i = 0; i < 2; i++)
        if (definitions[i].length == length)
            return &definitions[i];
    return &definitions[2];
}

bool tf_dbn_is_action(char action)
{
    return action && strchr("ACMRTFN", action);
}

bool tf_dbn_is_side(char side)
{
    return side && strchr("ABN", side);
}

struct tf_tick tf_dbn_blank_tick(const uint8_t *record, uint8_t rtype)
{
    return (struct tf_tick){.ts_event = tf_le64(record + DBN_TS_EVENT),
                            .ts_recv = TF_UNDEF_TIMESTAMP,
                            .price = TF_UNDEF_PRICE,
                            .size = TF_UNDEF_SIZE,
                            .instrument_id = tf_le32(record + DBN_INSTRUMENT),
                            .rtype = rtype,
                            .action = 'N',
                            .side = 'N',
                            .flags = TF_FLAG_LAST};
}

/* The characters of `text`, at most 8, blanks behind them. */
static void set_text(struct tf_tick *tick, const char *text)
{
    size_t length = strnlen(text, sizeof tick->text);
    memset(tick->text, ' ', sizeof tick->text);
    memcpy(tick->text, text, length);
}

static char printable(uint8_t byte)
{
    return byte > ' ' && byte < 0x7F ? (char)byte : '~';
}

bool tf_dbn_status_tick(const uint8_t *record, struct tf_tick *tick)
{
    char text[16];
    *tick = tf_dbn_blank_tick(record, TF_RTYPE_STATUS);
    tick->ts_recv = tf_le64(record + DBN_STATUS_TS_RECV);
    tick->size = tf_le16(record + DBN_STATUS_ACTION);
    tick->sequence = tf_le16(record + DBN_STATUS_EVENT);
    snprintf(text, sizeof text, "%c%c%c%u", printable(record[DBN_STATUS_IS_TRADING]),
             printable(record[DBN_STATUS_IS_QUOTING]),
             printable(record[DBN_STATUS_IS_SHORT_RESTRICTED]),
             (unsigned)tf_le16(record + DBN_STATUS_REASON));
    set_text(tick, text);
    return true;
}

/* A quantity that says nothing is the greatest of its width. */
static uint32_t quantity_of(const uint8_t *record, uint32_t length)
{
    int64_t quantity = length == DBN_STAT1_LENGTH
                           ? (int32_t)tf_le32(record + DBN_STAT_QUANTITY)
                           : (int64_t)tf_le64(record + DBN_STAT_QUANTITY);
    int64_t undefined = length == DBN_STAT1_LENGTH ? INT32_MAX : INT64_MAX;
    if (quantity == undefined || quantity < 0)
        return TF_UNDEF_SIZE;
    return quantity < TF_UNDEF_SIZE ? (uint32_t)quantity : TF_UNDEF_SIZE - 1;
}

bool tf_dbn_statistics_tick(const uint8_t *record, uint32_t length, struct tf_tick *tick)
{
    enum { ADDED = 1, DELETED = 2 };
    bool first = length == DBN_STAT1_LENGTH;
    char text[16];
    uint8_t update = record[first ? DBN_STAT1_UPDATE : DBN_STAT3_UPDATE];
    *tick = tf_dbn_blank_tick(record, TF_RTYPE_STATISTICS);
    tick->ts_recv = tf_le64(record + DBN_STAT_TS_RECV);
    tick->price = (int64_t)tf_le64(record + DBN_STAT_PRICE);
    tick->size = quantity_of(record, length);
    tick->sequence = tf_le32(record + (first ? DBN_STAT1_SEQUENCE : DBN_STAT3_SEQUENCE));
    if (update != ADDED && update != DELETED)
        return false;
    tick->action = update == DELETED ? 'C' : 'A';
    uint16_t type = tf_le16(record + (first ? DBN_STAT1_TYPE : DBN_STAT3_TYPE));
    snprintf(text, sizeof text, "STAT%u", (unsigned)type);
    set_text(tick, text);
    return true;
}

/* 'A', 'M', 'D' to a tick's letters. */
static char action_of_update(uint8_t update)
{
    switch (update) {
    case 'A':
    case 'M':
        return (char)update;
    case 'D':
        return 'C';
    default:
        return 'N';
    }
}

static uint32_t lot_of(const uint8_t *record, const struct definition *definition)
{
    int32_t lot = (int32_t)tf_le32(record + definition->lot);
    return lot <= 0 || lot == INT32_MAX ? TF_UNDEF_SIZE : (uint32_t)lot;
}

bool tf_dbn_definition_tick(const uint8_t *record, uint32_t length, struct tf_tick *tick)
{
    const struct definition *definition = definition_of(length);
    char text[2] = {printable(record[definition->class_letter]), 0};
    *tick = tf_dbn_blank_tick(record, TF_RTYPE_DEFINITION);
    tick->ts_recv = tf_le64(record + DBN_DEF_TS_RECV);
    tick->size = lot_of(record, definition);
    tick->action = action_of_update(record[definition->update]);
    set_text(tick, text);
    return tick->instrument_id != 0;
}

void tf_dbn_definition_instrument(const uint8_t *record, uint32_t length,
                                  struct tf_instrument *instrument)
{
    const struct definition *definition = definition_of(length);
    const char *symbol = (const char *)record + definition->symbol;
    int64_t increment = (int64_t)tf_le64(record + DBN_DEF_INCREMENT);
    *instrument = (struct tf_instrument){
        .instrument_id = tf_le32(record + DBN_INSTRUMENT),
        .lot_size = lot_of(record, definition),
        .price_increment = increment > 0 ? increment : TF_UNDEF_PRICE,
    };
    memcpy(instrument->symbol, symbol, strnlen(symbol, definition->symbol_length));
}

uint32_t tf_dbn_definition_group(uint32_t length)
{
    return definition_of(length)->group;
}

/* 0 is how the venues say "none". */
static int64_t price_or_none(const uint8_t *at)
{
    int64_t price = (int64_t)tf_le64(at);
    return price ? price : TF_UNDEF_PRICE;
}

bool tf_dbn_imbalance_ticks(const uint8_t *record, struct tf_tick ticks[3])
{
    char side = (char)record[DBN_IMBALANCE_SIDE];
    struct tf_tick tick = tf_dbn_blank_tick(record, TF_RTYPE_IMBALANCE);
    tick.ts_recv = tf_le64(record + DBN_IMBALANCE_TS_RECV);
    tick.side = side == 'A' || side == 'B' ? side : 'N';
    tick.flags = 0;
    ticks[0] = ticks[1] = ticks[2] = tick;
    ticks[0].price = price_or_none(record + DBN_IMBALANCE_REF_PRICE);
    ticks[0].size = tf_le32(record + DBN_IMBALANCE_TOTAL);
    ticks[0].order_id = tf_le32(record + DBN_IMBALANCE_PAIRED);
    ticks[1].price = price_or_none(record + DBN_IMBALANCE_CONT_PRICE);
    ticks[2].price = price_or_none(record + DBN_IMBALANCE_AUCT_PRICE);
    for (int i = 1; i < 3; i++) {
        set_text(&ticks[i], i == 1 ? "NEAR" : "FAR");
        ticks[i].text[6] = printable(record[DBN_IMBALANCE_AUCTION_TYPE]);
        ticks[i].text[7] = printable(record[DBN_IMBALANCE_SIGNIFICANT]);
    }
    ticks[2].flags = TF_FLAG_LAST;
    return true;
}

void tf_dbn_venue_class(char class_letter, uint16_t publisher_id, char venue_class[8])
{
    unsigned used = 0;
    memset(venue_class, 0, 8);
    if (class_letter > ' ' && class_letter < 0x7F)
        venue_class[used++] = class_letter;
    if (publisher_id)
        snprintf(venue_class + used, 8 - used, "@%u", (unsigned)publisher_id);
}

uint16_t tf_dbn_publisher_of(const char venue_class[8])
{
    unsigned at = 0, publisher = 0;
    while (at < 8 && venue_class[at] && venue_class[at] != '@')
        at++;
    if (at == 8 || venue_class[at] != '@')
        return 0;
    for (at++; at < 8 && venue_class[at]; at++) {
        if (venue_class[at] < '0' || venue_class[at] > '9')
            return 0;
        publisher = publisher * 10 + (unsigned)(venue_class[at] - '0');
    }
    return publisher <= UINT16_MAX ? (uint16_t)publisher : 0;
}
