/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"
#include "cme_tally.h"
#include "cme_tally_internal.h"
#include "json_out.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LISTED = 40, JUMPS_LISTED = 20, NAME_ROOM = 96 };

/* ---- headers, times -------------------------------------------------------------------------- */

static void headers(const struct tf_cme_tally *tally, struct tf_json *json)
{
    char name[NAME_ROOM];
    tf_json_object(json, "headers");
    for (uint32_t i = 0; i < tally->header_count; i++) {
        uint64_t key = tally->headers[i].key;
        snprintf(name, sizeof name, "schema=%u version=%u template=%u blockLength=%u",
                 (unsigned)(key >> 32) & 0xFFFF, (unsigned)(key >> 48),
                 (unsigned)(key >> 16) & 0xFFFF, (unsigned)key & 0xFFFF);
        tf_json_u64(json, name, tally->headers[i].count);
    }
    tf_json_end_object(json);
}

static void messages_by_template(const struct tf_cme_tally *tally, struct tf_json *json)
{
    char name[NAME_ROOM];
    tf_json_object(json, "messages_by_template");
    for (uint32_t i = 0; i < tally->header_count; i++) {
        uint16_t template_id = (uint16_t)(tally->headers[i].key >> 16);
        uint64_t count = 0;
        bool first = true;
        for (uint32_t j = 0; j < tally->header_count; j++) {
            if ((uint16_t)(tally->headers[j].key >> 16) != template_id)
                continue;
            first = first && j >= i;
            count += tally->headers[j].count;
        }
        snprintf(name, sizeof name, "%u", template_id);
        if (first)
            tf_json_u64(json, name, count);
    }
    tf_json_end_object(json);
}

static void time_or_null(struct tf_json *json, const char *key, uint64_t time)
{
    tf_json_u64_or_null(json, key, time, TF_UNDEF_TIMESTAMP);
}

static void times(const struct tf_cme_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "sending_time_ns");
    time_or_null(json, "first", tally->first_sending);
    time_or_null(json, "last", tally->last_sending);
    tf_json_end_object(json);
    tf_json_object(json, "transact_time_ns");
    time_or_null(json, "first", tally->first_transact);
    time_or_null(json, "last", tally->last_transact);
    time_or_null(json, "min", tally->min_transact);
    time_or_null(json, "max", tally->max_transact);
    tf_json_end_object(json);
}

/* ---- entries --------------------------------------------------------------------------------- */

static void kinds(const struct tf_cme_tally *tally, struct tf_json *json)
{
    char name[NAME_ROOM], type[8];
    tf_json_object(json, "match_event_indicator");
    for (unsigned i = 0; i < 256; i++) {
        snprintf(name, sizeof name, "0x%02x", i);
        if (tally->indicators[i])
            tf_json_u64(json, name, tally->indicators[i]);
    }
    tf_json_end_object(json);
    tf_json_object(json, "entries_by_template_action_type");
    for (unsigned i = 0; i < TALLY_KINDS; i++) {
        uint64_t key = tally->kinds[i].key;
        unsigned template_id = (unsigned)(key >> 20), action = (unsigned)(key >> 8) & 0xFFF;
        if (!key)
            continue;
        tf_type_letter((unsigned)key & 0xFF, type);
        if (action)
            snprintf(name, sizeof name, "%u action=%u type=%s", template_id, action - 1, type);
        else
            snprintf(name, sizeof name, "%u action=None type=%s", template_id, type);
        tf_json_u64(json, name, tally->kinds[i].count);
    }
    tf_json_end_object(json);
}

/* ---- instruments ----------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const struct tf_cme_instrument *const *left = a, *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

static int by_place(const void *a, const void *b)
{
    const struct tf_cme_instrument *const *left = a, *const *right = b;
    return ((*left)->place > (*right)->place) - ((*left)->place < (*right)->place);
}

/* All entries of the table, sorted; NULL when there are none, or no memory for it. */
static const struct tf_cme_instrument **sorted(const struct tf_cme_instruments *instruments)
{
    const struct tf_cme_instrument **list =
        tf_arena_alloc(instruments->arena, (instruments->count + 1u) * sizeof *list);
    uint32_t count = 0;
    if (!list)
        return 0;
    for (uint32_t i = 0; i <= instruments->mask; i++)
        if (instruments->slots[i].id)
            list[count++] = &instruments->slots[i];
    qsort(list, count, sizeof *list, by_id);
    return list;
}

static void free_sorted(const struct tf_cme_instruments *instruments,
                        const struct tf_cme_instrument **list)
{
    if (list)
        tf_arena_free(instruments->arena, list, (instruments->count + 1u) * sizeof *list);
}

static void securities(const struct tf_cme_tally *tally, struct tf_json *json)
{
    const struct tf_cme_instrument **list = sorted(&tally->instruments);
    tf_json_u64(json, "distinct_security_ids", tally->instruments.count);
    tf_json_array(json, "security_ids");
    for (uint32_t i = 0; list && i < tally->instruments.count && i < LISTED; i++)
        tf_json_u64(json, 0, list[i]->id);
    tf_json_end_array(json);
    free_sorted(&tally->instruments, list);
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_SYMBOL);
}

/* Two instruments may have the same one: once. */
static void symbols(struct tf_cme_tally *tally, struct tf_json *json)
{
    char text[TALLY_SYMBOL + 1] = {0};
    unsigned listed = 0;
    if (tally->symbol_count)
        qsort(tally->symbols, tally->symbol_count, TALLY_SYMBOL, by_text);
    tf_json_array(json, "symbols_detail");
    for (uint32_t i = 0; i < tally->symbol_count && listed < LISTED; i++) {
        if (i && memcmp(tally->symbols[i - 1], tally->symbols[i], TALLY_SYMBOL) == 0)
            continue;
        memcpy(text, tally->symbols[i], TALLY_SYMBOL);
        tf_json_text(json, 0, text);
        listed++;
    }
    tf_json_end_array(json);
}

static void rpt_seq(const struct tf_cme_tally *tally, struct tf_json *json)
{
    char name[NAME_ROOM];
    const struct tf_cme_instrument **list = sorted(&tally->updated);
    uint32_t count = list ? tally->updated.count : 0;
    tf_json_object(json, "rptseq");
    tf_json_u64(json, "securities", tally->updated.count);
    tf_json_u64(json, "entries", tally->updates);
    tf_json_u64(json, "missing_total", tally->missing);
    tf_json_object(json, "first_last");
    for (uint32_t i = 0; i < count && i < LISTED; i++) {
        snprintf(name, sizeof name, "%" PRIu32, list[i]->id);
        tf_json_array(json, name);
        tf_json_u64(json, 0, list[i]->first_rpt_seq);
        tf_json_u64(json, 0, list[i]->rpt_seq);
        tf_json_end_array(json);
    }
    tf_json_end_object(json);
    if (count)
        qsort(list, count, sizeof *list, by_place);
    tf_json_object(json, "missing_by_security");
    for (uint32_t i = 0, listed = 0; i < count && listed < JUMPS_LISTED; i++) {
        if (!list[i]->missing)
            continue;
        snprintf(name, sizeof name, "%" PRIu32, list[i]->id);
        tf_json_u64(json, name, list[i]->missing);
        listed++;
    }
    tf_json_end_object(json);
    tf_json_end_object(json);
    free_sorted(&tally->updated, list);
}

/* ---- trades, levels, fields ------------------------------------------------------------------ */

static void trades(const struct tf_cme_tally *tally, struct tf_json *json)
{
    char name[NAME_ROOM];
    tf_json_object(json, "trades_detail");
    if (tally->trades) {
        tf_json_u64(json, "trade_entries", tally->trades);
        tf_json_sum(json, "trade_size_sum", tally->trade_size);
        tf_json_sum(json, "trade_price_mantissa_sum", tally->trade_price);
        tf_json_sum(json, "trade_px_x_size_sum", tally->trade_turnover);
        if (tally->trade_orders_said)
            tf_json_sum(json, "trade_orders_sum", tally->trade_orders);
    }
    for (unsigned i = 0; i < 256; i++) {
        snprintf(name, sizeof name, "aggressor_%u", i);
        if (tally->aggressors[i])
            tf_json_u64(json, name, tally->aggressors[i]);
    }
    if (tally->fills) {
        tf_json_u64(json, "order_entries", tally->fills);
        tf_json_sum(json, "order_lastqty_sum", tally->fill_size);
    }
    tf_json_end_object(json);
    tf_json_object(json, "book");
    if (tally->levels) {
        tf_json_u64(json, "level_entries", tally->levels);
        tf_json_sum(json, "level_px_mantissa_sum", tally->level_price);
        tf_json_sum(json, "level_size_sum", tally->level_size);
    }
    tf_json_end_object(json);
}

static void block(const struct tf_cme_block *block, struct tf_json *json)
{
    char name[NAME_ROOM];
    const struct tf_cme_field *fields =
        block->group ? block->group->fields : block->layout->fields;
    uint16_t count = block->group ? block->group->field_count : block->layout->field_count;
    if (block->group)
        snprintf(name, sizeof name, "%s(blockLength=%u)", block->group->name,
                 block->block_length);
    tf_json_object(json, block->group ? name : "root");
    tf_json_u64(json, "_count", block->count);
    for (uint16_t i = 0; i < count; i++) {
        const struct tf_cme_sum *sum = &block->sums[i];
        if (!sum->n && !sum->null)
            continue;
        tf_json_object(json, fields[i].name);
        tf_json_u64(json, "n", sum->n);
        tf_json_u64(json, "null", sum->null);
        tf_json_sum(json, "sum", sum->sum);
        tf_json_end_object(json);
    }
    tf_json_end_object(json);
}

static void field_sums(const struct tf_cme_tally *tally, struct tf_json *json)
{
    char name[NAME_ROOM];
    tf_json_object(json, "field_sums");
    for (uint32_t i = 0; i < tally->block_count; i++) {
        const struct tf_cme_block *root = &tally->blocks[i];
        if (root->group)
            continue;
        snprintf(name, sizeof name, "%u %s", root->template_id, root->layout->name);
        tf_json_object(json, name);
        for (uint32_t j = 0; j < tally->block_count; j++)
            if (tally->blocks[j].template_id == root->template_id)
                block(&tally->blocks[j], json);
        tf_json_end_object(json);
    }
    tf_json_end_object(json);
}

void tf_cme_tally_facts(struct tf_cme_tally *tally, struct tf_json *json)
{
    char crc[16];
    snprintf(crc, sizeof crc, "%08" PRIx32, tally->crc);
    tf_json_text(json, "message_stream_crc32", crc);
    if (tally->unknown)
        tf_json_u64(json, "unknown_template_or_schema", tally->unknown);
    messages_by_template(tally, json);
    headers(tally, json);
    times(tally, json);
    kinds(tally, json);
    securities(tally, json);
    symbols(tally, json);
    rpt_seq(tally, json);
    trades(tally, json);
    field_sums(tally, json);
}
