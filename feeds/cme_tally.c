/* SPDX-License-Identifier: Apache-2.0 */
#include "cme_tally.h"

#include "arena.h"
#include "cme_tally_internal.h"
#include "cme_wire.h"
#include "error.h"

#include <zlib.h>

struct tf_cme_tally *tf_cme_tally_open(unsigned arena)
{
    struct tf_cme_tally *tally = tf_arena_alloc(arena, sizeof *tally);
    if (!tally) {
        tf_fail(TF_EOS, "no memory for a tally");
        return 0;
    }
    tally->arena = arena;
    if (tf_cme_instruments_open(&tally->instruments, arena) < 0 ||
        tf_cme_instruments_open(&tally->updated, arena) < 0) {
        tf_cme_tally_close(tally);
        return 0;
    }
    tf_cme_tally_clear(tally);
    return tally;
}

static uint16_t fields_of(const struct tf_cme_block *block)
{
    return block->group ? block->group->field_count : block->layout->field_count;
}

static void drop_blocks(struct tf_cme_tally *tally)
{
    for (uint32_t i = 0; i < tally->block_count; i++)
        if (tally->blocks[i].sums)
            tf_arena_free(tally->arena, tally->blocks[i].sums,
                          fields_of(&tally->blocks[i]) * sizeof *tally->blocks[i].sums);
    tally->block_count = 0;
    if (tally->symbols)
        tf_arena_free(tally->arena, tally->symbols,
                      tally->symbol_room * sizeof *tally->symbols);
    tally->symbols = 0;
    tally->symbol_count = tally->symbol_room = 0;
}

void tf_cme_tally_close(struct tf_cme_tally *tally)
{
    if (!tally)
        return;
    drop_blocks(tally);
    tf_cme_instruments_close(&tally->updated);
    tf_cme_instruments_close(&tally->instruments);
    tf_arena_free(tally->arena, tally, sizeof *tally);
}

void tf_cme_tally_clear(struct tf_cme_tally *tally)
{
    struct tf_cme_instruments instruments = tally->instruments, updated = tally->updated;
    unsigned arena = tally->arena;
    drop_blocks(tally);
    memset(tally, 0, sizeof *tally);
    tally->arena = arena;
    tally->instruments = instruments;
    tally->updated = updated;
    tf_cme_instruments_clear(&tally->instruments);
    tf_cme_instruments_clear(&tally->updated);
    tally->first_sending = tally->last_sending = TF_UNDEF_TIMESTAMP;
    tally->first_transact = tally->last_transact = TF_UNDEF_TIMESTAMP;
    tally->min_transact = tally->max_transact = TF_UNDEF_TIMESTAMP;
}

/* ---- sums of fields -------------------------------------------------------------------------- */

static const uint8_t widths[CME_KINDS] = {1, 2, 4, 8, 1, 2, 4, 8};

/* The field's value; false: null. */
static bool value_of(uint8_t kind, const uint8_t *at, __int128 *value)
{
    uint64_t raw = 0;
    unsigned width = widths[kind & (CME_NULLABLE - 1)], bits = 8 * width;
    memcpy(&raw, at, width);
    bool is_signed = (kind & (CME_NULLABLE - 1)) >= CME_I8;
    uint64_t greatest = UINT64_MAX >> (64 - bits + is_signed);
    if (kind & CME_NULLABLE && raw == greatest)
        return false;
    if (is_signed)
        *value = (int64_t)(raw << (64 - bits)) >> (64 - bits);
    else
        *value = raw;
    return true;
}

static struct tf_cme_block *block_of(struct tf_cme_tally *tally,
                                     const struct tf_cme_message *message,
                                     const struct tf_cme_group *group, uint32_t block_length)
{
    for (uint32_t i = 0; i < tally->block_count; i++) {
        struct tf_cme_block *block = &tally->blocks[i];
        if (block->template_id == message->template_id && block->group == group &&
            (!group || block->block_length == block_length))
            return block;
    }
    if (tally->block_count == TALLY_BLOCKS)
        return 0;
    struct tf_cme_block *block = &tally->blocks[tally->block_count];
    *block = (struct tf_cme_block){.layout = message->layout,
                                   .group = group,
                                   .template_id = message->template_id,
                                   .block_length = (uint16_t)block_length};
    if (fields_of(block)) {
        block->sums = tf_arena_alloc(tally->arena, fields_of(block) * sizeof *block->sums);
        if (!block->sums)
            return 0;
    }
    tally->block_count++;
    return block;
}

static void sum_entry(struct tf_cme_block *block, const struct tf_cme_message *message,
                      const uint8_t *at, uint32_t block_length)
{
    const struct tf_cme_field *fields =
        block->group ? block->group->fields : block->layout->fields;
    block->count++;
    for (uint16_t i = 0; i < fields_of(block); i++) {
        __int128 value;
        const struct tf_cme_field *field = &fields[i];
        uint32_t width = widths[field->kind & (CME_NULLABLE - 1)];
        if (!tf_cme_has(message, block_length, field->at, width, field->since))
            continue;
        if (value_of(field->kind, at + field->at, &value)) {
            block->sums[i].n++;
            block->sums[i].sum += value;
        } else {
            block->sums[i].null++;
        }
    }
}

/* ---- entries --------------------------------------------------------------------------------- */

static void count_kind(struct tf_cme_tally *tally, uint64_t key)
{
    uint32_t at = (uint32_t)(key * 0x9E3779B97F4A7C15u >> 40) % TALLY_KINDS;
    while (tally->kinds[at].key && tally->kinds[at].key != key)
        at = (at + 1) % TALLY_KINDS;
    if (!tally->kinds[at].key) {
        if (tally->kind_count == TALLY_KINDS / 2)
            return;
        tally->kind_count++;
        tally->kinds[at].key = key;
    }
    tally->kinds[at].count++;
}

static void count_rpt_seq(struct tf_cme_tally *tally, uint32_t id, uint32_t rpt_seq)
{
    tally->updates++;
    if (!id)
        return;
    struct tf_cme_instrument *instrument = tf_cme_instrument(&tally->updated, id);
    if (!instrument->counted) {
        instrument->first_rpt_seq = rpt_seq;
        instrument->place = tally->updated.count;
    } else if (rpt_seq > (uint64_t)instrument->rpt_seq + 1) {
        uint32_t missing = rpt_seq - instrument->rpt_seq - 1;
        instrument->missing += missing;
        tally->missing += missing;
    }
    instrument->counted = true;
    instrument->rpt_seq = rpt_seq;
}

static void count_entry(struct tf_cme_tally *tally, const struct tf_cme_message *message,
                        const struct tf_cme_group *group, const uint8_t *entry)
{
    bool has_action = group->action || group->const_action;
    bool has_type = group->type || group->const_type;
    if (has_action || has_type) {
        int action = group->action         ? entry[group->action]
                     : group->const_action ? group->const_action - '0'
                                           : -1;
        uint8_t type = group->type ? entry[group->type] : (uint8_t)group->const_type;
        count_kind(tally, tf_cme_kind_key(message->template_id, action, type));
    }
    uint32_t id = group->security ? tf_le32(entry + group->security) : 0;
    if (id && id != INT32_MAX)
        tf_cme_instrument(&tally->instruments, id);
    if (group->rpt_seq)
        count_rpt_seq(tally, id, tf_le32(entry + group->rpt_seq));
}

/* A trade or a level: its price and size are where the layout's first fields say. */
static bool is_trade(uint16_t template_id)
{
    return template_id == 36 || template_id == 42 || template_id == 48 || template_id == 65;
}

static bool is_book(uint16_t template_id)
{
    return template_id == 32 || template_id == 46 || template_id == 64;
}

static void count_trade(struct tf_cme_tally *tally, const struct tf_cme_group *group,
                        uint16_t template_id, const uint8_t *entry)
{
    __int128 price = 0, size = 0, orders;
    bool is_long = template_id == 65;
    unsigned at_orders = CME_TRADE_ORDERS + (is_long ? CME_LONG_QTY_SHIFT : 0);
    unsigned aggressor = is_long             ? CME_TRADE_LONG_AGGRESSOR
                         : template_id == 36 ? CME_TRADE36_AGGRESSOR
                                             : CME_TRADE_AGGRESSOR;
    tally->trades++;
    value_of(group->fields[0].kind, entry + CME_TRADE_PRICE, &price);
    value_of(group->fields[1].kind, entry + CME_TRADE_SIZE, &size);
    tally->trade_price += price;
    tally->trade_size += size;
    /* Modulo 2^128: only a hostile message gets there. */
    tally->trade_turnover = (__int128)((unsigned __int128)tally->trade_turnover +
                                       (unsigned __int128)price * (unsigned __int128)size);
    if (value_of(CME_I32N, entry + at_orders, &orders)) {
        tally->trade_orders_said = true;
        tally->trade_orders += orders;
    }
    tally->aggressors[entry[aggressor]]++;
}

static void count_level(struct tf_cme_tally *tally, const struct tf_cme_group *group,
                        const uint8_t *entry)
{
    __int128 value;
    tally->levels++;
    if (value_of(group->fields[0].kind, entry + CME_BOOK_PRICE, &value))
        tally->level_price += value;
    if (value_of(group->fields[1].kind, entry + CME_BOOK_SIZE, &value))
        tally->level_size += value;
}

static void count_group(struct tf_cme_tally *tally, const struct tf_cme_message *message,
                        unsigned index)
{
    const struct tf_cme_group *group = &message->layout->groups[index];
    struct tf_cme_run run = message->group[index];
    uint16_t template_id = message->template_id;
    struct tf_cme_block *block = block_of(tally, message, group, run.block_length);
    const uint8_t *entry = run.entries;
    for (uint32_t i = 0; i < run.count; i++, entry += run.block_length) {
        if (block)
            sum_entry(block, message, entry, run.block_length);
        count_entry(tally, message, group, entry);
        if (index == 0 && is_trade(template_id))
            count_trade(tally, group, template_id, entry);
        else if (index == 0 && is_book(template_id))
            count_level(tally, group, entry);
        else if (index == 1 && is_trade(template_id)) {
            tally->fills++;
            tally->fill_size += (int32_t)tf_le32(entry + CME_FILL_QUANTITY);
        }
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

static void count_header(struct tf_cme_tally *tally, const struct tf_venue_message *found)
{
    uint64_t key = tf_le64(found->bytes + CME_BLOCK_LENGTH);
    uint32_t i = 0;
    while (i < tally->header_count && tally->headers[i].key != key)
        i++;
    if (i == TALLY_HEADERS)
        i--;
    else if (i == tally->header_count)
        tally->headers[tally->header_count++].key = key;
    tally->headers[i].count++;
}

static void count_time(struct tf_cme_tally *tally, uint64_t time)
{
    if (tally->first_transact == TF_UNDEF_TIMESTAMP)
        tally->first_transact = tally->min_transact = tally->max_transact = time;
    tally->last_transact = time;
    if (time < tally->min_transact)
        tally->min_transact = time;
    if (time > tally->max_transact)
        tally->max_transact = time;
}

static void note_symbol(struct tf_cme_tally *tally, const uint8_t *text)
{
    enum { LENGTH = 20 };
    if (tally->symbol_count == tally->symbol_room) {
        uint32_t room = tally->symbol_room ? 2 * tally->symbol_room : 1024;
        char(*symbols)[TALLY_SYMBOL] =
            room <= TALLY_SYMBOLS ? tf_arena_alloc(tally->arena, room * sizeof *symbols) : 0;
        if (!symbols)
            return;
        if (tally->symbols) {
            memcpy(symbols, tally->symbols, tally->symbol_count * sizeof *symbols);
            tf_arena_free(tally->arena, tally->symbols, tally->symbol_room * sizeof *symbols);
        }
        tally->symbols = symbols;
        tally->symbol_room = room;
    }
    char *symbol = tally->symbols[tally->symbol_count++];
    memset(symbol, 0, TALLY_SYMBOL);
    for (unsigned i = 0; i < LENGTH && text[i]; i++)
        symbol[i] = (char)text[i];
}

static void count_root(struct tf_cme_tally *tally, const struct tf_cme_message *message)
{
    const struct tf_cme_layout *layout = message->layout;
    struct tf_cme_block *block = block_of(tally, message, 0, 0);
    if (block)
        sum_entry(block, message, message->block, message->block_length);
    if (layout->transact != CME_NONE)
        count_time(tally, tf_le64(message->block + layout->transact));
    if (layout->indicator != CME_NONE)
        tally->indicators[message->block[layout->indicator]]++;
    uint32_t id = layout->security ? tf_le32(message->block + layout->security) : 0;
    if (!id || id == INT32_MAX)
        return;
    struct tf_cme_instrument *instrument = tf_cme_instrument(&tally->instruments, id);
    /* Definitions come round again and again: the symbol of an instrument once. */
    if (layout->security == CME_DEF_SECURITY && !instrument->named)
        note_symbol(tally, message->block + CME_DEF_SYMBOL);
    if (layout->security == CME_DEF_SECURITY)
        instrument->named = instrument->id != 0;
}

void tf_cme_tally_message(struct tf_cme_tally *tally, const struct tf_venue_message *found,
                          const struct tf_cme_message *message, enum tf_cme_fault fault)
{
    tally->crc = (uint32_t)crc32(tally->crc, found->bytes, found->length);
    if (found->ts_send != TF_UNDEF_TIMESTAMP) {
        if (tally->first_sending == TF_UNDEF_TIMESTAMP)
            tally->first_sending = found->ts_send;
        tally->last_sending = found->ts_send;
    }
    if (found->length >= CME_HEADER_LENGTH)
        count_header(tally, found);
    tally->unknown += fault == TF_CME_UNKNOWN || fault == TF_CME_SESSION;
    if (fault != TF_CME_WHOLE)
        return;
    count_root(tally, message);
    for (unsigned i = 0; i < message->groups; i++)
        count_group(tally, message, i);
}
