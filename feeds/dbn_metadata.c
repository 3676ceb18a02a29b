/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_metadata.h"

#include "bytes.h"
#include "dbn_wire.h"

#include <stdio.h>
#include <time.h>

/* In the reserved bytes, which readers of DBN leave alone: who wrote the file. */
static const char tickfan_mark[8] = "TICKFAN";

/* A mapping's symbol and interval count; an interval but for its symbol. */
enum { MAPPING_HEAD = 4, INTERVAL_HEAD = 8, ALIGN = 8 };

struct parse {
    const uint8_t *bytes;
    size_t at, end;
    size_t symbol;
    struct tf_dbn_bad *bad;
};

static bool refuse(const struct parse *parse, const char *field)
{
    parse->bad->field = field;
    parse->bad->offset = (uint32_t)(parse->at < UINT32_MAX ? parse->at : UINT32_MAX);
    return false;
}

/* A count, and that the list which it begins can be there at all. */
static bool parse_count(struct parse *parse, const char *field, size_t each, uint32_t *count)
{
    if (parse->end - parse->at < 4)
        return refuse(parse, field);
    *count = tf_le32(parse->bytes + parse->at);
    if (*count > (parse->end - parse->at - 4) / each)
        return refuse(parse, field);
    parse->at += 4;
    return true;
}

static bool parse_list(struct parse *parse, const char *field, struct tf_dbn_list *list)
{
    if (!parse_count(parse, field, parse->symbol, &list->count))
        return false;
    list->first = parse->bytes + parse->at;
    parse->at += list->count * parse->symbol;
    return true;
}

static bool parse_mappings(struct parse *parse, struct tf_dbn_list *list)
{
    if (!parse_count(parse, "mappings_count", parse->symbol + MAPPING_HEAD, &list->count))
        return false;
    list->first = parse->bytes + parse->at;
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t intervals;
        if (parse->end - parse->at < parse->symbol)
            return refuse(parse, "mappings");
        parse->at += parse->symbol;
        if (!parse_count(parse, "interval_count", INTERVAL_HEAD + parse->symbol, &intervals))
            return false;
        parse->at += intervals * (INTERVAL_HEAD + parse->symbol);
    }
    return true;
}

static void parse_fixed(const uint8_t *bytes, struct tf_dbn_metadata *metadata)
{
    bool first = metadata->version == 1;
    memcpy(metadata->dataset, bytes + DBN_META_DATASET, DBN_META_DATASET_LENGTH);
    metadata->schema = tf_le16(bytes + DBN_META_SCHEMA);
    metadata->start = tf_le64(bytes + DBN_META_START);
    metadata->end = tf_le64(bytes + DBN_META_END);
    metadata->limit = tf_le64(bytes + DBN_META_LIMIT);
    if (first)
        metadata->record_count = tf_le64(bytes + DBN_META1_RECORD_COUNT);
    const uint8_t *types = bytes + (first ? DBN_META1_STYPE_IN : DBN_META2_STYPE_IN);
    metadata->stype_in = types[0];
    metadata->stype_out = types[1];
    metadata->ts_out = types[2] != 0;
    metadata->symbol_length =
        first ? DBN_SYMBOL1_LENGTH : tf_le16(bytes + DBN_META2_SYMBOL_LENGTH);
    metadata->is_tickfan = memcmp(bytes + (first ? DBN_META1_RESERVED : DBN_META2_RESERVED),
                                  tickfan_mark, sizeof tickfan_mark) == 0;
}

bool tf_dbn_metadata_parse(const uint8_t *bytes, size_t length,
                           struct tf_dbn_metadata *metadata, struct tf_dbn_bad *bad)
{
    struct tf_dbn_metadata found = {0};
    struct parse parse = {.bytes = bytes, .end = length, .at = DBN_META_VERSION, .bad = bad};
    *metadata = found;
    if (length < DBN_META_PRELUDE)
        return refuse(&parse, "version");
    found.version = bytes[DBN_META_VERSION];
    found.length = tf_le32(bytes + DBN_META_LENGTH);
    if (found.version < 1 || found.version > 3)
        return refuse(&parse, "version");
    parse.at = DBN_META_LENGTH;
    if (found.length < DBN_META_SHORTEST + 4 ||
        length < (uint64_t)found.length + DBN_META_PRELUDE)
        return refuse(&parse, "metadata_length");
    parse.end = (size_t)found.length + DBN_META_PRELUDE;
    parse_fixed(bytes, &found);
    *metadata = found;
    parse.at = DBN_META2_SYMBOL_LENGTH;
    parse.symbol = found.symbol_length;
    if (parse.symbol == 0)
        return refuse(&parse, "symbol_cstr_len");
    /* A definition of the schema has never been used; it would stand between. */
    parse.at = DBN_META_SCHEMA_LENGTH;
    uint32_t schema_bytes;
    if (!parse_count(&parse, "schema_definition_length", 1, &schema_bytes))
        return false;
    parse.at += schema_bytes;
    if (!parse_list(&parse, "symbols_count", &found.symbols) ||
        !parse_list(&parse, "partial_count", &found.partial) ||
        !parse_list(&parse, "not_found_count", &found.not_found) ||
        !parse_mappings(&parse, &found.mappings))
        return false;
    found.padding = (uint32_t)(parse.end - parse.at);
    *metadata = found;
    return true;
}

bool tf_dbn_mapping_next(struct tf_dbn_mapping_walk *walk)
{
    const struct tf_dbn_metadata *metadata = walk->metadata;
    const uint8_t *first = metadata->mappings.first;
    struct tf_dbn_mapping *found = &walk->found;
    size_t symbol = metadata->symbol_length;
    found->is_first = walk->interval == 0;
    if (found->is_first) {
        if (walk->mapping == metadata->mappings.count)
            return false;
        walk->mapping++;
        found->symbol = (const char *)first + walk->at;
        walk->interval = tf_le32(first + walk->at + symbol);
        walk->at += symbol + MAPPING_HEAD;
    }
    found->intervals = walk->interval;
    found->mapped = 0;
    if (walk->interval == 0)
        return true;
    found->start = tf_le32(first + walk->at);
    found->end = tf_le32(first + walk->at + 4);
    found->mapped = (const char *)first + walk->at + INTERVAL_HEAD;
    walk->at += INTERVAL_HEAD + symbol;
    walk->interval--;
    return true;
}

static size_t symbol_size(uint8_t version)
{
    return version == 1 ? DBN_SYMBOL1_LENGTH : DBN_SYMBOL_LENGTH;
}

size_t tf_dbn_header_size(uint8_t version, uint32_t count)
{
    size_t mapping = 2 * symbol_size(version) + MAPPING_HEAD + INTERVAL_HEAD;
    size_t size = DBN_META_LISTS + 4 * 4 + count * mapping;
    return version < 3 ? size : (size + ALIGN - 1) / ALIGN * ALIGN;
}

static uint8_t *put_symbol(uint8_t *at, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    memcpy(at, text, length);
    return at + size;
}

void tf_dbn_header_write(const struct tf_dbn_header *header, uint8_t *out, size_t size)
{
    bool first = header->version == 1;
    size_t symbol = symbol_size(header->version);
    memset(out, 0, size);
    memcpy(out, "DBN", 3);
    out[DBN_META_VERSION] = header->version;
    tf_put_le32(out + DBN_META_LENGTH, (uint32_t)(size - DBN_META_PRELUDE));
    memcpy(out + DBN_META_DATASET, header->dataset,
           strnlen(header->dataset, DBN_META_DATASET_LENGTH));
    tf_put_le16(out + DBN_META_SCHEMA, header->schema);
    tf_put_le64(out + DBN_META_START, header->start);
    tf_put_le64(out + DBN_META_END, header->end);
    if (first)
        tf_put_le64(out + DBN_META1_RECORD_COUNT, UINT64_MAX);
    else
        tf_put_le16(out + DBN_META2_SYMBOL_LENGTH, (uint16_t)symbol);
    out[first ? DBN_META1_STYPE_IN : DBN_META2_STYPE_IN] = DBN_STYPE_RAW_SYMBOL;
    out[(first ? DBN_META1_STYPE_IN : DBN_META2_STYPE_IN) + 1] = DBN_STYPE_ID;
    memcpy(out + (first ? DBN_META1_RESERVED : DBN_META2_RESERVED), tickfan_mark,
           sizeof tickfan_mark);
    uint8_t *at = out + DBN_META_LISTS + 3 * 4;
    tf_put_le32(at, header->count);
    at += 4;
    for (uint32_t i = 0; i < header->count; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", (unsigned)header->symbols[i].instrument_id);
        at = put_symbol(at, symbol, header->symbols[i].name);
        tf_put_le32(at, 1);
        tf_put_le32(at + MAPPING_HEAD, header->symbols[i].first_day);
        tf_put_le32(at + MAPPING_HEAD + 4, header->symbols[i].end_day);
        at = put_symbol(at + MAPPING_HEAD + INTERVAL_HEAD, symbol, id);
    }
}

uint32_t tf_dbn_day(uint64_t ns)
{
    time_t seconds = ns == UINT64_MAX ? 0 : (time_t)(ns / 1000000000);
    struct tm day;
    gmtime_r(&seconds, &day);
    return (uint32_t)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday);
}

const char *tf_dbn_schema_name(uint16_t schema)
{
    static const char *const names[] = {
        "mbo",      "mbp-1",    "mbp-10",     "tbbo",       "trades", "ohlcv-1s",  "ohlcv-1m",
        "ohlcv-1h", "ohlcv-1d", "definition", "statistics", "status", "imbalance", "ohlcv-eod",
        "cmbp-1",   "cbbo-1s",  "cbbo-1m",    "tcbbo",      "bbo-1s", "bbo-1m",
    };
    return schema < sizeof names / sizeof names[0] ? names[schema] : 0;
}
