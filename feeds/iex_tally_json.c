/* SPDX-License-Identifier: Apache-2.0 */
/* The tally as JSON; the key names are those of the recordings' reference facts. */
#include "iex_tally_internal.h"

#include "bytes.h"
#include "json_out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 10, TOP = 10 };

static void lengths_of_type(const struct lengths_seen *seen, uint32_t but, struct tf_json *json)
{
    char key[16];
    for (uint32_t i = 0; i < seen->distinct; i++) {
        if (seen->kept[i].length == but)
            continue;
        snprintf(key, sizeof key, "%" PRIu32, seen->kept[i].length);
        tf_json_u64(json, key, seen->kept[i].count);
    }
    if (seen->others)
        tf_json_u64(json, "other", seen->others);
}

/* `wrong`: of types that the feed has, lengths that are not the specification's. */
static void all_lengths(const struct tf_iex_tally *tally, const char *key, bool wrong,
                        struct tf_json *json)
{
    tf_json_object(json, key);
    for (unsigned type = 0; type < 256; type++) {
        const struct lengths_seen *seen = &tally->w.lengths_seen[type];
        uint32_t right = tally->lengths[type];
        bool only_right = seen->distinct == 1 && seen->kept[0].length == right;
        if (!seen->distinct || (wrong && (!right || only_right)))
            continue;
        char name[8];
        tf_type_letter(type, name);
        tf_json_object(json, name);
        lengths_of_type(seen, wrong ? right : UINT32_MAX, json);
        tf_json_end_object(json);
    }
    tf_json_end_object(json);
}

static void times(const struct wiped *w, struct tf_json *json)
{
    uint64_t none = TF_UNDEF_TIMESTAMP;
    tf_json_object(json, "message_ts_ns");
    tf_json_u64_or_null(json, "first_in_file", w->timed ? w->first_ts : none, none);
    tf_json_u64_or_null(json, "last_in_file", w->timed ? w->last_ts : none, none);
    tf_json_u64_or_null(json, "min", w->timed ? w->min_ts : none, none);
    tf_json_u64_or_null(json, "max", w->timed ? w->max_ts : none, none);
    tf_json_u64(json, "backward_steps_in_file_order", w->backward);
    tf_json_end_object(json);
}

static void level_sums(const struct size_price_sums *sums, const char *side,
                       struct tf_json *json)
{
    if (!sums->count)
        return;
    char key[32];
    snprintf(key, sizeof key, "plu_%s_count", side);
    tf_json_u64(json, key, sums->count);
    snprintf(key, sizeof key, "plu_%s_size_sum", side);
    tf_json_sum(json, key, sums->size);
    snprintf(key, sizeof key, "plu_%s_price_sum_e4", side);
    tf_json_sum(json, key, sums->price);
    snprintf(key, sizeof key, "plu_%s_removed", side);
    tf_json_u64(json, key, sums->zero);
}

static void quote_sums(const struct quote_sums *sums, struct tf_json *json)
{
    tf_json_sum(json, "quote_bid_size_sum", sums->bid_size);
    tf_json_sum(json, "quote_bid_price_sum_e4", sums->bid_price);
    tf_json_sum(json, "quote_ask_price_sum_e4", sums->ask_price);
    tf_json_sum(json, "quote_ask_size_sum", sums->ask_size);
    tf_json_u64(json, "quote_zero_both", sums->zero_both);
    tf_json_u64(json, "quote_crossed_or_locked", sums->crossed_or_locked);
}

static void trade_sums(const struct wiped *w, struct tf_json *json)
{
    if (w->trades.count) {
        tf_json_u64(json, "trade_count", w->trades.count);
        tf_json_sum(json, "trade_volume", w->trades.size);
        tf_json_sum(json, "trade_price_sum_e4", w->trades.price);
        tf_json_sum(json, "trade_notional_sum_e4", w->trades.notional);
        tf_json_sum(json, "trade_id_sum", w->trades.id);
    }
    if (w->breaks.count) {
        tf_json_u64(json, "break_count", w->breaks.count);
        tf_json_sum(json, "break_volume", w->breaks.size);
    }
    if (w->executions.count) {
        tf_json_u64(json, "exec_count", w->executions.count);
        tf_json_sum(json, "exec_volume", w->executions.size);
        tf_json_sum(json, "exec_price_sum_e4", w->executions.price);
    }
}

/* Each group where its message occurred. */
static void sums(const struct wiped *w, struct tf_json *json)
{
    tf_json_object(json, "sums");
    if (w->messages['Q'])
        quote_sums(&w->quotes, json);
    if (w->messages['D']) {
        tf_json_sum(json, "directory_round_lot_sum", w->lots);
        tf_json_sum(json, "directory_poc_price_sum_e4", w->closes);
    }
    level_sums(&w->buys, "buy", json);
    level_sums(&w->sells, "sell", json);
    trade_sums(w, json);
    if (w->messages['X'])
        tf_json_sum(json, "official_price_sum_e4", w->officials);
    tf_json_end_object(json);
}

/* How often each value of byte 1 was in these types. */
static void flag_counts(const struct wiped *w, const char *key, const char *types, bool hex,
                        struct tf_json *json)
{
    bool any = false;
    for (const char *type = types; *type; type++)
        any |= w->messages[(uint8_t)*type] != 0;
    if (!any)
        return;
    tf_json_object(json, key);
    for (unsigned value = 0; value < 256; value++) {
        uint64_t count = 0;
        for (const char *type = types; *type; type++)
            count += w->flags[(uint8_t)*type][value];
        char name[8];
        if (hex)
            snprintf(name, sizeof name, "0x%02x", value);
        else
            tf_type_letter(value, name);
        if (count)
            tf_json_u64(json, name, count);
    }
    tf_json_end_object(json);
}

static void system_events(const struct wiped *w, struct tf_json *json)
{
    if (!w->events_seen)
        return;
    tf_json_array(json, "system_events");
    for (uint64_t i = 0; i < w->events_seen && i < EVENTS_KEPT; i++) {
        char letter[8];
        tf_type_letter(w->events[i].letter, letter);
        tf_json_array(json, 0);
        tf_json_text(json, 0, letter);
        tf_json_u64(json, 0, w->events[i].ts);
        tf_json_end_array(json);
    }
    tf_json_end_array(json);
    if (w->events_seen > EVENTS_KEPT)
        tf_json_u64(json, "system_events_not_listed", w->events_seen - EVENTS_KEPT);
}

static void short_sales(const struct wiped *w, struct tf_json *json)
{
    if (!w->messages['P'])
        return;
    tf_json_object(json, "short_sale_status");
    for (unsigned status = 0; status < 2; status++) {
        for (unsigned detail = 0; detail < SHORT_DETAILS; detail++) {
            char letter[8] = " ", key[16];
            if (detail != ' ')
                tf_type_letter(detail, letter);
            snprintf(key, sizeof key, "%u/%s", status, letter);
            if (w->short_details[status][detail])
                tf_json_u64(json, key, w->short_details[status][detail]);
        }
    }
    if (w->short_others)
        tf_json_u64(json, "other", w->short_others);
    tf_json_end_object(json);
}

static void flags(const struct wiped *w, struct tf_json *json)
{
    tf_json_object(json, "flags");
    flag_counts(w, "quote_flags", "Q", true, json);
    flag_counts(w, "sale_condition_flags", "T", true, json);
    flag_counts(w, "plu_event_flags", "85", true, json);
    system_events(w, json);
    flag_counts(w, "trading_status", "H", false, json);
    short_sales(w, json);
    flag_counts(w, "security_event", "E", false, json);
    flag_counts(w, "op_halt", "O", false, json);
    flag_counts(w, "auction_type", "A", false, json);
    flag_counts(w, "price_type", "X", false, json);
    tf_json_end_object(json);
}

/* ---- symbols --------------------------------------------------------------------------------- */

static uint64_t sort_key(const struct symbol_tally *symbol)
{
    return __builtin_bswap64(symbol->name);
}

static bool by_name(const struct symbol_tally *a, const struct symbol_tally *b)
{
    return sort_key(a) < sort_key(b);
}

/* The greater volume, then who traded first. */
static bool by_volume(const struct symbol_tally *a, const struct symbol_tally *b)
{
    return a->volume != b->volume ? a->volume > b->volume : a->first_trade < b->first_trade;
}

/* Keep best[0..count) the first of all that were offered, in order. */
static unsigned offer(const struct symbol_tally **best, unsigned count, unsigned most,
                      const struct symbol_tally *symbol,
                      bool (*before)(const struct symbol_tally *, const struct symbol_tally *))
{
    unsigned at = count;
    while (at && before(symbol, best[at - 1]))
        at--;
    if (at == most)
        return count;
    count += count < most;
    memmove(best + at + 1, best + at, (count - at - 1) * sizeof *best);
    best[at] = symbol;
    return count;
}

/* The name without its padding. */
static const char *text_of(const struct symbol_tally *symbol, char out[9])
{
    size_t length = tf_trimmed(&symbol->name, 8);
    memcpy(out, &symbol->name, length);
    out[length] = 0;
    return out;
}

static void symbols(const struct tf_iex_tally *tally, struct tf_json *json)
{
    const struct symbol_tally *sample[SAMPLE], *top[TOP];
    unsigned sampled = 0, topped = 0;
    char text[9];
    for (uint32_t i = 0; i < tally->room; i++) {
        const struct symbol_tally *symbol = &tally->symbols[i];
        if (symbol->name)
            sampled = offer(sample, sampled, SAMPLE, symbol, by_name);
        if (symbol->first_trade)
            topped = offer(top, topped, TOP, symbol, by_volume);
    }
    tf_json_object(json, "symbols_detail");
    tf_json_u64(json, "distinct", tally->w.distinct);
    tf_json_u64(json, "distinct_traded", tally->w.traded);
    tf_json_array(json, "sample");
    for (unsigned i = 0; i < sampled; i++)
        tf_json_text(json, 0, text_of(sample[i], text));
    tf_json_end_array(json);
    tf_json_array(json, "top_volume");
    for (unsigned i = 0; i < topped; i++) {
        tf_json_array(json, 0);
        tf_json_text(json, 0, text_of(top[i], text));
        tf_json_u64(json, 0, top[i]->volume);
        tf_json_end_array(json);
    }
    tf_json_end_array(json);
    if (tally->w.symbols_lost)
        tf_json_bool(json, "incomplete", true);
    tf_json_end_object(json);
}

static void blocks(const struct wiped *w, struct tf_json *json)
{
    char crc[16], hex[2 * FIRST_BYTES + 1];
    snprintf(crc, sizeof crc, "%08" PRIx32, w->crc);
    tf_json_object(json, "message_block_stream");
    tf_json_text(json, "crc32", crc);
    tf_json_end_object(json);
    tf_json_array(json, "first_messages_hex");
    for (uint32_t i = 0; i < w->first_count; i++) {
        hex[0] = 0;
        for (uint32_t at = 0; at < w->first[i].length; at++)
            snprintf(hex + 2 * (size_t)at, 3, "%02x", w->first[i].bytes[at]);
        tf_json_text(json, 0, hex);
    }
    tf_json_end_array(json);
}

void tf_iex_tally_json(const struct tf_iex_tally *tally, struct tf_json *json)
{
    all_lengths(tally, "message_lengths_by_type", false, json);
    all_lengths(tally, "wrong_length_by_type", true, json);
    times(&tally->w, json);
    sums(&tally->w, json);
    flags(&tally->w, json);
    symbols(tally, json);
    blocks(&tally->w, json);
}
