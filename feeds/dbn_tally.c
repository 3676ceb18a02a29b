/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_tally.h"

#include "bytes.h"
#include "dbn_fields.h"
#include "dbn_wire.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHAPES_MAX = 32, FIELDS_MAX = 80, SAMPLE = 20, SET_FIRST = 1024, SET_MAX = 1 << 24 };

/* Fields that more is asked of than their sum; -1: the shape has none. */
struct special {
    int action, side, flags, ts_recv, sequence, price, size, volume, close, raw_symbol;
};

struct shape {
    struct tf_dbn_field fields[FIELDS_MAX];
    unsigned count;
    struct special special;
    __int128 sums[FIELDS_MAX];
    uint64_t defined[FIELDS_MAX], undefined[FIELDS_MAX];
};

/* Distinct 64-bit values but 0; open addressing, at most half full. */
struct set {
    uint64_t *slots;
    uint64_t mask, count;
};

struct range {
    uint64_t first, last, min, max, backward;
    bool any;
};

struct totals {
    uint64_t trades, fills;
    __int128 trade_volume, trade_prices, trade_notional, fill_volume, volume, closes;
    bool has_bars;
};

/* All that clear() makes zero. */
struct counts {
    uint64_t records;
    uint64_t by_length[256][256]; /* rtype, length byte */
    struct range ts_event, ts_recv, sequence;
    bool publishers[UINT16_MAX + 1];
    uint64_t actions[256], action_sides[256][256], flags[256];
    struct totals totals;
    uint32_t ids[SAMPLE];                       /* the smallest, ascending */
    char symbols[SAMPLE][DBN_SYMBOL_LENGTH + 1]; /* the same */
    uint32_t ids_count, symbols_count;
    uint8_t version; /* that the records' lengths speak for; 0: none does */
};

struct tf_dbn_tally {
    struct shape shapes[SHAPES_MAX];
    struct set id_set, symbol_set;
    struct counts counts;
};

/* ---- sets and samples ------------------------------------------------------------------------ */

static uint64_t *slot_of(uint64_t *slots, uint64_t mask, uint64_t value)
{
    uint64_t at = (value * 0x9E3779B97F4A7C15u) >> 20 & mask;
    while (slots[at] && slots[at] != value)
        at = (at + 1) & mask;
    return &slots[at];
}

static bool set_grow(struct set *set)
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
static bool set_add(struct set *set, uint64_t value)
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

static void set_clear(struct set *set)
{
    if (set->slots)
        memset(set->slots, 0, (set->mask + 1) * sizeof *set->slots);
    set->count = 0;
}

static void sample_id(struct counts *counts, uint32_t id)
{
    uint32_t at = counts->ids_count;
    while (at > 0 && counts->ids[at - 1] > id)
        at--;
    if (at == SAMPLE)
        return;
    if (counts->ids_count < SAMPLE)
        counts->ids_count++;
    memmove(counts->ids + at + 1, counts->ids + at,
            (counts->ids_count - at - 1) * sizeof counts->ids[0]);
    counts->ids[at] = id;
}

static void sample_symbol(struct counts *counts, const char *symbol)
{
    uint32_t at = counts->symbols_count;
    while (at > 0 && strcmp(counts->symbols[at - 1], symbol) > 0)
        at--;
    if (at == SAMPLE)
        return;
    if (counts->symbols_count < SAMPLE)
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

static void note_special(struct special *special, const struct tf_dbn_field *field, int index)
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

static void open_shape(struct shape *shape, const struct tf_dbn_shape *of)
{
    struct tf_dbn_field_walk walk = {.shape = of};
    shape->special = (struct special){-1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    while (shape->count < FIELDS_MAX &&
           tf_dbn_field_next(&walk, &shape->fields[shape->count])) {
        note_special(&shape->special, &shape->fields[shape->count], (int)shape->count);
        shape->count++;
    }
}

struct tf_dbn_tally *tf_dbn_tally_open(void)
{
    struct tf_dbn_tally *tally = calloc(1, sizeof *tally);
    for (unsigned i = 0; tally && i < tf_dbn_shape_count && i < SHAPES_MAX; i++)
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
    for (unsigned i = 0; i < SHAPES_MAX; i++) {
        struct shape *shape = &tally->shapes[i];
        memset(shape->sums, 0, sizeof shape->sums);
        memset(shape->defined, 0, sizeof shape->defined);
        memset(shape->undefined, 0, sizeof shape->undefined);
    }
}

/* ---- counting -------------------------------------------------------------------------------- */

static void widen(struct range *range, uint64_t value)
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

static const uint8_t *at_field(const struct shape *shape, int index, const uint8_t *record)
{
    return record + shape->fields[index].offset;
}

static void add_totals(struct totals *totals, const struct shape *shape, const uint8_t *record)
{
    const struct special *special = &shape->special;
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

static void add_special(struct tf_dbn_tally *tally, const struct shape *shape,
                        const uint8_t *record)
{
    const struct special *special = &shape->special;
    struct counts *counts = &tally->counts;
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

static void add_fields(struct shape *shape, const uint8_t *record)
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
    struct counts *counts = &tally->counts;
    uint64_t ts_event = tf_le64(record + DBN_TS_EVENT);
    uint32_t id = tf_le32(record + DBN_INSTRUMENT);
    uint32_t body = ts_out ? length - 8 : length;
    counts->records++;
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
    struct shape *shape = &tally->shapes[known - tf_dbn_shapes];
    add_fields(shape, record);
    add_special(tally, shape, record);
}

/* ---- report ---------------------------------------------------------------------------------- */

static void write_name(struct tf_json *json, const char *text, size_t size)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)strnlen(text, size < 255 ? size : 255), text);
    tf_json_text(json, 0, name);
}

static void write_mappings(const struct tf_dbn_metadata *metadata, struct tf_json *json)
{
    struct tf_dbn_mapping_walk walk = {.metadata = metadata};
    size_t size = metadata->symbol_length;
    tf_json_array(json, "mappings");
    while (walk.mapping <= SAMPLE && tf_dbn_mapping_next(&walk) && walk.mapping <= SAMPLE) {
        if (walk.found.is_first) {
            tf_json_array(json, 0);
            write_name(json, walk.found.symbol, size);
            tf_json_array(json, 0);
        }
        if (walk.found.mapped) {
            tf_json_array(json, 0);
            tf_json_u64(json, 0, walk.found.start);
            tf_json_u64(json, 0, walk.found.end);
            write_name(json, walk.found.mapped, size);
            tf_json_end_array(json);
        }
        if (walk.interval == 0) {
            tf_json_end_array(json);
            tf_json_end_array(json);
        }
    }
    tf_json_end_array(json);
}

static void write_metadata(const struct tf_dbn_metadata *metadata, struct tf_json *json)
{
    const struct tf_dbn_list *symbols = &metadata->symbols;
    tf_json_object(json, "metadata");
    tf_json_u64(json, "version", metadata->version);
    tf_json_u64(json, "metadata_length", metadata->length);
    tf_json_u64(json, "records_start_offset", (uint64_t)metadata->length + DBN_META_PRELUDE);
    tf_json_text(json, "dataset", metadata->dataset);
    tf_json_u64(json, "schema_id", metadata->schema);
    tf_json_text(json, "schema", tf_dbn_schema_name(metadata->schema));
    tf_json_u64_or_null(json, "start", metadata->start, UINT64_MAX);
    tf_json_u64_or_null(json, "end", metadata->end, UINT64_MAX);
    tf_json_u64(json, "limit", metadata->limit);
    if (metadata->version == 1)
        tf_json_u64(json, "record_count_field", metadata->record_count);
    tf_json_u64(json, "stype_in", metadata->stype_in);
    tf_json_u64(json, "stype_out", metadata->stype_out);
    tf_json_bool(json, "ts_out", metadata->ts_out);
    tf_json_u64(json, "symbol_cstr_len", metadata->symbol_length);
    tf_json_u64(json, "symbols_count", symbols->count);
    tf_json_array(json, "symbols");
    for (uint32_t i = 0; i < symbols->count && i < SAMPLE; i++)
        write_name(json, (const char *)symbols->first + (size_t)i * metadata->symbol_length,
                   metadata->symbol_length);
    tf_json_end_array(json);
    tf_json_u64(json, "partial_count", metadata->partial.count);
    tf_json_u64(json, "not_found_count", metadata->not_found.count);
    tf_json_u64(json, "mappings_count", metadata->mappings.count);
    write_mappings(metadata, json);
    tf_json_u64(json, "metadata_padding_bytes", metadata->padding);
    tf_json_end_object(json);
}

static void write_version(const struct tf_dbn_tally *tally,
                          const struct tf_dbn_metadata *metadata, struct tf_json *json)
{
    enum { NEWEST = 3 };
    unsigned version = metadata->version;
    char text[128];
    if (version) {
        write_metadata(metadata, json);
    } else {
        version = tally->counts.version ? tally->counts.version : NEWEST;
        tf_json_text(json, "metadata", 0);
        snprintf(text, sizeof text,
                 "no DBN header; record version assumed %u, from the record lengths", version);
        tf_json_text(json, "fragment", text);
    }
    snprintf(text, sizeof text, "DBN v%u", version);
    tf_json_text(json, "version", text);
}

static void write_records(const struct counts *counts, struct tf_json *json)
{
    char key[64];
    tf_json_u64(json, "records", counts->records);
    tf_json_object(json, "records_by_rtype");
    for (unsigned rtype = 0; rtype < 256; rtype++) {
        const char *name = tf_dbn_rtype_name((uint8_t)rtype);
        uint64_t sum = 0;
        for (unsigned i = 0; i < 256; i++)
            sum += counts->by_length[rtype][i];
        snprintf(key, sizeof key, "0x%02x %s", rtype, name ? name : "unknown");
        if (sum)
            tf_json_u64(json, key, sum);
    }
    tf_json_end_object(json);
    tf_json_object(json, "record_lengths");
    for (unsigned rtype = 0; rtype < 256; rtype++) {
        for (unsigned i = 0; i < 256; i++) {
            snprintf(key, sizeof key, "rtype=0x%02x len=%u", rtype, i * DBN_WORD);
            if (counts->by_length[rtype][i])
                tf_json_u64(json, key, counts->by_length[rtype][i]);
        }
    }
    tf_json_end_object(json);
}

static void write_one(struct tf_json *json, const char *key, bool any, uint64_t value)
{
    if (any)
        tf_json_u64(json, key, value);
    else
        tf_json_text(json, key, 0);
}

static void write_range(struct tf_json *json, const char *key, const struct range *range,
                        bool ends, bool steps)
{
    tf_json_object(json, key);
    if (ends) {
        write_one(json, "first", range->any, range->first);
        write_one(json, "last", range->any, range->last);
    }
    write_one(json, "min", range->any, range->min);
    write_one(json, "max", range->any, range->max);
    if (steps)
        tf_json_u64(json, "backward_steps", range->backward);
    tf_json_end_object(json);
}

static void write_samples(const struct tf_dbn_tally *tally, struct tf_json *json)
{
    const struct counts *counts = &tally->counts;
    tf_json_object(json, "instrument_ids");
    tf_json_u64(json, "distinct", tally->id_set.count);
    tf_json_array(json, "sample");
    for (uint32_t i = 0; i < counts->ids_count; i++)
        tf_json_u64(json, 0, counts->ids[i]);
    tf_json_end_array(json);
    tf_json_end_object(json);
    tf_json_array(json, "publisher_ids");
    for (unsigned i = 0; i <= UINT16_MAX; i++)
        if (counts->publishers[i])
            tf_json_u64(json, 0, i);
    tf_json_end_array(json);
    if (!tally->symbol_set.count)
        return;
    tf_json_object(json, "definition_raw_symbols");
    tf_json_u64(json, "distinct", tally->symbol_set.count);
    tf_json_array(json, "sample");
    for (uint32_t i = 0; i < counts->symbols_count; i++)
        tf_json_text(json, 0, counts->symbols[i]);
    tf_json_end_array(json);
    tf_json_end_object(json);
}

static void write_letters(const struct counts *counts, struct tf_json *json)
{
    char key[8];
    tf_json_object(json, "action_counts");
    for (int action = 0; action < 256; action++) {
        snprintf(key, sizeof key, "%c", action);
        if (counts->actions[action])
            tf_json_u64(json, key, counts->actions[action]);
    }
    tf_json_end_object(json);
    tf_json_object(json, "action_side_counts");
    for (int action = 0; action < 256; action++) {
        for (int side = 0; side < 256; side++) {
            snprintf(key, sizeof key, "%c/%c", action, side);
            if (counts->action_sides[action][side])
                tf_json_u64(json, key, counts->action_sides[action][side]);
        }
    }
    tf_json_end_object(json);
    tf_json_object(json, "flags");
    for (unsigned flags = 0; flags < 256; flags++) {
        snprintf(key, sizeof key, "0x%02x", flags);
        if (counts->flags[flags])
            tf_json_u64(json, key, counts->flags[flags]);
    }
    tf_json_end_object(json);
}

static void write_totals(const struct totals *totals, struct tf_json *json)
{
    tf_json_object(json, "totals");
    if (totals->has_bars) {
        tf_json_sum(json, "ohlcv_volume", totals->volume);
        tf_json_sum(json, "ohlcv_close_sum_e9", totals->closes);
    }
    if (totals->trades) {
        tf_json_u64(json, "trade_count", totals->trades);
        tf_json_sum(json, "trade_volume", totals->trade_volume);
        tf_json_sum(json, "trade_price_sum_e9", totals->trade_prices);
        tf_json_sum(json, "trade_notional_sum_e9", totals->trade_notional);
    }
    if (totals->fills) {
        tf_json_u64(json, "fill_count", totals->fills);
        tf_json_sum(json, "fill_volume", totals->fill_volume);
    }
    tf_json_end_object(json);
}

static void write_sums(const struct tf_dbn_tally *tally, struct tf_json *json)
{
    char key[80];
    tf_json_object(json, "field_sums_by_rtype");
    tf_json_object(json, "sums");
    for (unsigned i = 0; i < tf_dbn_shape_count; i++) {
        const struct shape *shape = &tally->shapes[i];
        if (!shape->defined[0])
            continue;
        tf_json_object(json, tf_dbn_shapes[i].name);
        for (unsigned j = 0; j < shape->count; j++)
            if (shape->defined[j])
                tf_json_sum(json, shape->fields[j].name, shape->sums[j]);
        tf_json_end_object(json);
    }
    tf_json_end_object(json);
    tf_json_object(json, "undefined_counts");
    for (unsigned i = 0; i < tf_dbn_shape_count; i++) {
        const struct shape *shape = &tally->shapes[i];
        for (unsigned j = 0; j < shape->count; j++) {
            snprintf(key, sizeof key, "%s.%s", tf_dbn_shapes[i].name, shape->fields[j].name);
            if (shape->undefined[j])
                tf_json_u64(json, key, shape->undefined[j]);
        }
    }
    tf_json_end_object(json);
    tf_json_end_object(json);
}

void tf_dbn_tally_write(const struct tf_dbn_tally *tally, const struct tf_dbn_metadata *metadata,
                        struct tf_json *json)
{
    const struct counts *counts = &tally->counts;
    write_version(tally, metadata, json);
    write_records(counts, json);
    write_range(json, "ts_event", &counts->ts_event, true, true);
    write_range(json, "ts_recv", &counts->ts_recv, false, true);
    write_range(json, "sequence", &counts->sequence, false, false);
    write_samples(tally, json);
    write_letters(counts, json);
    write_totals(&counts->totals, json);
    write_sums(tally, json);
}
