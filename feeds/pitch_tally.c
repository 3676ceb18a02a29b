/* SPDX-License-Identifier: Apache-2.0 */
#include "pitch_tally.h"

#include "json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { SAMPLE = 10 };

void tf_pitch_tally_message(struct tf_pitch_tally *tally, uint8_t type, const uint8_t *message,
                            uint32_t length)
{
    uint8_t short_length = (uint8_t)(length < 255 ? length : 255);
    tally->lengths[type][short_length]++;
    tally->crc = (uint32_t)crc32(tally->crc, message, length);
    if (tally->first_length[type])
        return;
    tally->first_length[type] = short_length;
    memcpy(tally->first[type], message, short_length);
}

void tf_pitch_tally_ms(struct tf_pitch_tally *tally, uint64_t ms)
{
    if (!tally->timed)
        tally->first_ms = ms;
    else if (ms < tally->last_ms)
        tally->backward++;
    tally->last_ms = ms;
    tally->timed = true;
}

static int by_letters(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(uint64_t));
}

/* The symbols of orders and trades in the order of their letters; at most so many. */
static void write_symbols(const struct tf_symbol_set *set, struct tf_json *json,
                          const char *key, uint64_t most)
{
    uint64_t *names = malloc((set->count ? set->count : 1) * sizeof *names), count = 0;
    if (names) {
        for (uint64_t i = 0; i <= set->mask && count < set->count; i++)
            if (set->slots[i])
                names[count++] = set->slots[i];
        qsort(names, count, sizeof *names, by_letters);
    }
    tf_json_array(json, key);
    for (uint64_t i = 0; i < count && i < most; i++) {
        char text[sizeof *names + 1] = {0};
        memcpy(text, &names[i], sizeof *names);
        for (size_t end = sizeof *names; end && text[end - 1] == ' ';)
            text[--end] = 0;
        tf_json_text(json, 0, text);
    }
    tf_json_end_array(json);
    free(names);
}

struct named_sum {
    const char *name;
    enum tf_pitch_sum sum;
    enum tf_pitch_sum count; /* of its messages */
};

/* `all`: those of messages that never came, too. */
static void write_sums(const struct tf_pitch_tally *tally, struct tf_json *json,
                       const struct named_sum *sums, size_t count, bool all)
{
    tf_json_object(json, "sums");
    for (size_t i = 0; i < count; i++)
        if (all || tally->sums[sums[i].count])
            tf_json_sum(json, sums[i].name, tally->sums[sums[i].sum]);
    tf_json_end_object(json);
}

static void write_first_messages(const struct tf_pitch_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "first_message_of_each_type_hex");
    for (unsigned type = 0; type < 256; type++) {
        char name[8], hex[2 * 255 + 1] = "";
        if (!tally->first_length[type])
            continue;
        for (unsigned i = 0; i < tally->first_length[type]; i++)
            snprintf(hex + (size_t)2 * i, 3, "%02x", tally->first[type][i]);
        snprintf(name, sizeof name, "0x%02X", type);
        tf_json_text(json, name, hex);
    }
    tf_json_end_object(json);
}

void tf_pitch_facts_binary(struct tf_decoder *decoder, struct tf_json *json)
{
    static const struct named_sum sums[] = {
        {"time_seconds_sum", TF_PITCH_TIME_SECONDS, TF_PITCH_TIMES},
        {"add_shares_sum", TF_PITCH_ADD_SHARES, TF_PITCH_ADDS},
        {"add_price_sum_e4", TF_PITCH_ADD_PRICE, TF_PITCH_ADDS},
        {"exec_shares_sum", TF_PITCH_EXECUTED_SHARES, TF_PITCH_EXECUTIONS},
        {"reduce_shares_sum", TF_PITCH_REDUCED_SHARES, TF_PITCH_REDUCTIONS},
        {"modify_shares_sum", TF_PITCH_MODIFIED_SHARES, TF_PITCH_MODIFIES},
        {"modify_price_sum_e4", TF_PITCH_MODIFIED_PRICE, TF_PITCH_MODIFIES},
        {"trade_shares_sum", TF_PITCH_TRADE_SHARES, TF_PITCH_TRADES},
        {"trade_price_sum_e4", TF_PITCH_TRADE_PRICE, TF_PITCH_TRADES},
    };
    if (!decoder->tally)
        return;
    write_symbols(&decoder->symbols, json, "symbols_detail", UINT64_MAX);
    write_sums(decoder->tally, json, sums, sizeof sums / sizeof sums[0], false);
    write_first_messages(decoder->tally, json);
    char crc[16];
    snprintf(crc, sizeof crc, "%08x", decoder->tally->crc);
    tf_json_text(json, "message_stream_crc32", crc);
}

static void write_lengths(const struct tf_pitch_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "message_lengths_by_type");
    for (unsigned type = 0; type < 256; type++) {
        char name[8], length_name[8];
        bool any = false;
        for (unsigned length = 0; length < 256; length++) {
            if (!tally->lengths[type][length])
                continue;
            tf_type_letter(type, name);
            if (!any)
                tf_json_object(json, name);
            any = true;
            snprintf(length_name, sizeof length_name, "%u", length);
            tf_json_u64(json, length_name, tally->lengths[type][length]);
        }
        if (any)
            tf_json_end_object(json);
    }
    tf_json_end_object(json);
}

static void write_unknown(const struct tf_feed_counts *counts, struct tf_json *json)
{
    static const char known[] = "AdEXPrBH";
    tf_json_object(json, "unknown_types");
    for (unsigned type = 0; type < 256; type++) {
        char name[8];
        if (!counts->messages_by_type[type] || memchr(known, (int)type, sizeof known - 1))
            continue;
        tf_type_letter(type, name);
        tf_json_u64(json, name, counts->messages_by_type[type]);
    }
    tf_json_end_object(json);
}

void tf_pitch_facts_ascii(struct tf_decoder *decoder, struct tf_json *json)
{
    static const struct named_sum sums[] = {
        {"add_count", TF_PITCH_ADDS, 0},
        {"add_shares_sum", TF_PITCH_ADD_SHARES, 0},
        {"add_price_sum_e4", TF_PITCH_ADD_PRICE, 0},
        {"add_S", TF_PITCH_ADD_S, 0},
        {"add_B", TF_PITCH_ADD_B, 0},
        {"cancel_count", TF_PITCH_REDUCTIONS, 0},
        {"cancel_shares_sum", TF_PITCH_REDUCED_SHARES, 0},
        {"exec_count", TF_PITCH_EXECUTIONS, 0},
        {"exec_shares_sum", TF_PITCH_EXECUTED_SHARES, 0},
        {"exec_price_sum_e4_from_book", TF_PITCH_EXECUTED_BOOK_PRICE, 0},
        {"trade_count", TF_PITCH_TRADES, 0},
        {"trade_shares_sum", TF_PITCH_TRADE_SHARES, 0},
        {"trade_price_sum_e4", TF_PITCH_TRADE_PRICE, 0},
        {"trade_notional_sum_e4", TF_PITCH_TRADE_NOTIONAL, 0},
    };
    const struct tf_pitch_tally *tally = decoder->tally;
    if (!tally)
        return;
    write_lengths(tally, json);
    write_unknown(&decoder->counts, json);
    tf_json_object(json, "timestamp_ms_since_midnight");
    tf_json_u64_or_null(json, "first", tally->timed ? tally->first_ms : UINT64_MAX, UINT64_MAX);
    tf_json_u64_or_null(json, "last", tally->timed ? tally->last_ms : UINT64_MAX, UINT64_MAX);
    tf_json_u64(json, "backward_steps", tally->backward);
    tf_json_end_object(json);
    tf_json_object(json, "symbols_detail");
    tf_json_u64(json, "distinct", decoder->symbols.count);
    write_symbols(&decoder->symbols, json, "sample", SAMPLE);
    tf_json_end_object(json);
    write_sums(tally, json, sums, sizeof sums / sizeof sums[0], true);
    tf_json_u64(json, "trade_events_E_P", decoder->counts.trades);
    tf_json_u64(json, "executed_volume_E_P", decoder->counts.traded_volume);
}
