/* SPDX-License-Identifier: Apache-2.0 */
/* The tally of a DBN recording as JSON. */
#include "dbn_tally_internal.h"

#include <stdio.h>

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
    while (walk.mapping <= TF_DBN_TALLY_SAMPLE && tf_dbn_mapping_next(&walk) &&
           walk.mapping <= TF_DBN_TALLY_SAMPLE) {
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
    for (uint32_t i = 0; i < symbols->count && i < TF_DBN_TALLY_SAMPLE; i++)
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

static void write_records(const struct tf_dbn_tally_counts *counts, struct tf_json *json)
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

static void write_range(struct tf_json *json, const char *key,
                        const struct tf_dbn_tally_range *range, bool ends, bool steps)
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
    const struct tf_dbn_tally_counts *counts = &tally->counts;
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

static void write_letters(const struct tf_dbn_tally_counts *counts, struct tf_json *json)
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

static void write_totals(const struct tf_dbn_tally_totals *totals, struct tf_json *json)
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
        const struct tf_dbn_tally_shape *shape = &tally->shapes[i];
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
        const struct tf_dbn_tally_shape *shape = &tally->shapes[i];
        for (unsigned j = 0; j < shape->count; j++) {
            snprintf(key, sizeof key, "%s.%s", tf_dbn_shapes[i].name, shape->fields[j].name);
            if (shape->undefined[j])
                tf_json_u64(json, key, shape->undefined[j]);
        }
    }
    tf_json_end_object(json);
    tf_json_end_object(json);
}

/* As others say which records they saw. */
static void write_stream(const struct tf_dbn_tally_counts *counts, struct tf_json *json)
{
    char text[2 * TF_DBN_TALLY_FIRST_BYTES + 4];
    snprintf(text, sizeof text, "%08x", counts->crc);
    tf_json_text(json, "record_stream_crc32", text);
    uint32_t shown = counts->first_length < TF_DBN_TALLY_FIRST_BYTES ? counts->first_length
                                                                     : TF_DBN_TALLY_FIRST_BYTES;
    for (uint32_t i = 0; i < shown; i++)
        snprintf(text + (size_t)2 * i, 3, "%02x", counts->first[i]);
    if (counts->first_length > TF_DBN_TALLY_FIRST_BYTES)
        snprintf(text + (size_t)2 * TF_DBN_TALLY_FIRST_BYTES, 4, "...");
    tf_json_text(json, "first_record_hex", counts->records ? text : 0);
}

void tf_dbn_tally_write(const struct tf_dbn_tally *tally,
                        const struct tf_dbn_metadata *metadata, struct tf_json *json)
{
    const struct tf_dbn_tally_counts *counts = &tally->counts;
    write_version(tally, metadata, json);
    write_records(counts, json);
    write_range(json, "ts_event", &counts->ts_event, true, true);
    write_range(json, "ts_recv", &counts->ts_recv, false, true);
    write_range(json, "sequence", &counts->sequence, false, false);
    write_samples(tally, json);
    write_letters(counts, json);
    write_totals(&counts->totals, json);
    write_sums(tally, json);
    write_stream(counts, json);
}
