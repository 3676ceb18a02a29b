/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_tally_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { SET_FIRST = 1024, SET_MAX = 1 << 24 };

/* ---- sets and samples ------------------------------------------------------------------------ */

static uint64_t *slot_of(uint64_t *slots, uint64_t mask, uint64_t value)
{
    uint64_t at = (value * 0x9E3779B97F4A7C15u) >> 20 & mask;
    while (slots[at] && slots[at] != value)
        at = (at + 1) & mask;
    return &slots[at];
}

static bool set_grow(struct tf_dbn_tally_set *set)
{
    uint64_t mask = set->slots ? set->mask * 2 + 1 : SET_FIRST - 1;
    uint64_t *slots = calloc(mask + 1, sizeof *slots);
    if (!slots)
        return false;
    for (uint64_t i = 0; set->slots && i <= set->mask; i++)
        if (set->slots[i])
            *slot_of(slots, mask, set->slots[i]) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->mask = mask;
    return true;
}

/* True when it is new. */
static bool set_add(struct tf_dbn_tally_set *set, uint64_t value)
{
    if ((!set->slots || (set->count + 1) * 2 > set->mask + 1) &&
        (set->count >= SET_MAX || !set_grow(set)))
        return false;
    uint64_t *slot = slot_of(set->slots, set->mask, value);
    if (*slot)
        return false;
    *slot = value;
    set->count++;
    return true;
}

static void set_clear(struct tf_dbn_tally_set *set)
{
    if (set->slots)
        memset(set->slots, 0, (set->mask + 1) * sizeof *set->slots);
    set->count = 0;
}

static void sample_id(struct tf_dbn_tally_counts *counts, uint32_t id)
{
    uint32_t at = counts->ids_count;
    while (at > 0 && counts->ids[at - 1] > id)
        at--;
    if (at == TF_DBN_TALLY_SAMPLE)
        return;
    if (counts->ids_count < TF_DBN_TALLY_SAMPLE)
        counts->ids_count++;
    memmove(counts->ids + at + 1, counts->ids + at,
            (counts->ids_count - at - 1) * sizeof counts->ids[0]);
    counts->ids[at] = id;
}

static void sample_symbol(struct tf_dbn_tally_counts *counts, const char *symbol)
{
    uint32_t at = counts->symbols_count;
    while (at > 0 && strcmp(counts->symbols[at - 1], symbol) > 0)
        at--;
    if (at == TF_DBN_TALLY_SAMPLE)
        return;
    if (counts->symbols_count < TF_DBN_TALLY_SAMPLE)
        counts->symbols_count++;
    memmove(counts->symbols[at + 1], counts->symbols[at],
            (counts->symbols_count - at - 1) * sizeof counts->symbols[0]);
    snprintf(counts->symbols[at], sizeof counts->symbols[at], "%s", symbol);
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001B3u;
    return hash | 1;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void note_special(struct tf_dbn_tally_special *special, const struct tf_dbn_field *field,
                         int index)
{
    bool letter = field->kind == TF_DBN_TEXT && field->size == 1;
    if (letter && strcmp(field->name, "action") == 0)
        special->action = index;
    else if (letter && strcmp(field->name, "side") == 0)
        special->side = index;
    else if (strcmp(field->name, "flags") == 0)
        special->flags = index;
    else if (strcmp(field->name, "ts_recv") == 0)
        special->ts_recv = index;
    else if (strcmp(field->name, "sequence") == 0)
        special->sequence = index;
    else if (strcmp(field->name, "price") == 0)
        special->price = index;
    else if (strcmp(field->name, "size") == 0)
        special->size = index;
    else if (strcmp(field->name, "volume") == 0)
        special->volume = index;
    else if (strcmp(field->name, "close") == 0)
        special->close = index;
    else if (strcmp(field->name, "raw_symbol") == 0)
        special->raw_symbol = index;
}

static void open_shape(struct tf_dbn_tally_shape *shape, const struct tf_dbn_shape *of)
{
    struct tf_dbn_field_walk walk = {.shape = of};
    shape->special = (struct tf_dbn_tally_special){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    while (shape->count < TF_DBN_TALLY_FIELDS_MAX &&
           tf_dbn_field_next(&walk, &shape->fields[shape->count])) {
        note_special(&shape->special, &shape->fields[shape->count], (int)shape->count);
        shape->count++;
    }
}

struct tf_dbn_tally *tf_dbn_tally_open(void)
{
    struct tf_dbn_tally *tally = calloc(1, sizeof *tally);
    for (unsigned i = 0; tally && i < tf_dbn_shape_count && i < TF_DBN_TALLY_SHAPES_MAX; i++)
        open_shape(&tally->shapes[i], &tf_dbn_shapes[i]);
    return tally;
}

void tf_dbn_tally_close(struct tf_dbn_tally *tally)
{
    if (!tally)
        return;
    free(tally->id_set.slots);
    free(tally->symbol_set.slots);
    free(tally);
}

void tf_dbn_tally_clear(struct tf_dbn_tally *tally)
{
    memset(&tally->counts, 0, sizeof tally->counts);
    set_clear(&tally->id_set);
    set_clear(&tally->symbol_set);
    for (unsigned i = 0; i < TF_DBN_TALLY_SHAPES_MAX; i++) {
        struct tf_dbn_tally_shape *shape = &tally->shapes[i];
        memset(shape->sums, 0, sizeof shape->sums);
        memset(shape->defined, 0, sizeof shape->defined);
        memset(shape->undefined, 0, sizeof shape->undefined);
    }
}

/* ---- counting -------------------------------------------------------------------------------- */

static void widen(struct tf_dbn_tally_range *range, uint64_t value)
{
    if (!range->any)
        range->first = range->min = range->max = value;
    else if (value < range->last)
        range->backward++;
    range->any = true;
    range->last = value;
    range->min = value < range->min ? value : range->min;
    range->max = value > range->max ? value : range->max;
}

static const uint8_t *at_field(const struct tf_dbn_tally_shape *shape, int index,
                               const uint8_t *record)
{
    return record + shape->fields[index].offset;
}

static void add_totals(struct tf_dbn_tally_totals *totals,
                       const struct tf_dbn_tally_shape *shape, const uint8_t *record)
{
    const struct tf_dbn_tally_special *special = &shape->special;
    if (special->volume >= 0) {
        totals->has_bars = true;
        totals->volume += tf_le64(at_field(shape, special->volume, record));
        totals->closes += (int64_t)tf_le64(at_field(shape, special->close, record));
    }
    if (special->action < 0 || special->price < 0 || special->size < 0)
        return;
    uint8_t action = *at_field(shape, special->action, record);
    int64_t price = (int64_t)tf_le64(at_field(shape, special->price, record));
    uint32_t size = tf_le32(at_field(shape, special->size, record));
    if (action == 'T') {
        totals->trades++;
        totals->trade_volume += size;
        if (price != INT64_MAX) {
            totals->trade_prices += price;
            totals->trade_notional += (__int128)price * size;
        }
    } else if (action == 'F') {
        totals->fills++;
        totals->fill_volume += size;
    }
}

static void add_special(struct tf_dbn_tally *tally, const struct tf_dbn_tally_shape *shape,
                        const uint8_t *record)
{
    const struct tf_dbn_tally_special *special = &shape->special;
    struct tf_dbn_tally_counts *counts = &tally->counts;
    if (special->ts_recv >= 0) {
        uint64_t ts_recv = tf_le64(at_field(shape, special->ts_recv, record));
        if (ts_recv != UINT64_MAX)
            widen(&counts->ts_recv, ts_recv);
    }
    if (special->sequence >= 0)
        widen(&counts->sequence, tf_le32(at_field(shape, special->sequence, record)));
    if (special->flags >= 0)
        counts->flags[*at_field(shape, special->flags, record)]++;
    if (special->action >= 0) {
        uint8_t action = *at_field(shape, special->action, record);
        counts->actions[action]++;
        if (special->side >= 0)
            counts->action_sides[action][*at_field(shape, special->side, record)]++;
    }
    if (special->raw_symbol >= 0) {
        char symbol[DBN_SYMBOL_LENGTH + 1] = {0};
        size_t size = shape->fields[special->raw_symbol].size;
        memcpy(symbol, at_field(shape, special->raw_symbol, record),
               size < DBN_SYMBOL_LENGTH ? size : DBN_SYMBOL_LENGTH);
        if (set_add(&tally->symbol_set, hash_of(symbol)))
            sample_symbol(counts, symbol);
    }
    add_totals(&counts->totals, shape, record);
}

static void add_fields(struct tf_dbn_tally_shape *shape, const uint8_t *record)
{
    for (unsigned i = 0; i < shape->count; i++) {
        const struct tf_dbn_field *field = &shape->fields[i];
        if (field->kind == TF_DBN_TEXT)
            continue;
        __int128 value = tf_dbn_field_value(field, record);
        if (tf_dbn_field_is_undefined(field, value)) {
            shape->undefined[i]++;
        } else {
            shape->defined[i]++;
            shape->sums[i] += value;
        }
    }
}

void tf_dbn_tally_add(struct tf_dbn_tally *tally, const uint8_t *record, uint32_t length,
                      bool ts_out)
{
    struct tf_dbn_tally_counts *counts = &tally->counts;
    uint64_t ts_event = tf_le64(record + DBN_TS_EVENT);
    uint32_t id = tf_le32(record + DBN_INSTRUMENT);
    uint32_t body = ts_out ? length - 8 : length;
    if (counts->records++ == 0) {
        counts->first_length = length;
        memcpy(counts->first, record,
               length < TF_DBN_TALLY_FIRST_BYTES ? length : TF_DBN_TALLY_FIRST_BYTES);
    }
    counts->crc = (uint32_t)crc32(counts->crc, record, length);
    counts->by_length[record[DBN_RTYPE]][length / DBN_WORD]++;
    counts->publishers[tf_le16(record + DBN_PUBLISHER)] = true;
    if (ts_event != UINT64_MAX)
        widen(&counts->ts_event, ts_event);
    if (set_add(&tally->id_set, UINT64_C(1) << 32 | id))
        sample_id(counts, id);
    const struct tf_dbn_shape *known = tf_dbn_shape_of(record[DBN_RTYPE], body);
    if (!known)
        return;
    /* Only a type with several lengths tells versions apart; the newest found wins. */
    if (known->version > 1 && known->version > counts->version)
        counts->version = known->version;
    else if (known->rtype == DBN_DEFINITION && counts->version == 0)
        counts->version = 1;
    struct tf_dbn_tally_shape *shape = &tally->shapes[known - tf_dbn_shapes];
    add_fields(shape, record);
    add_special(tally, shape, record);
}
