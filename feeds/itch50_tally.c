/* SPDX-License-Identifier: Apache-2.0 */
#include "itch50_tally.h"

#include "bytes.h"
#include "error.h"
#include "itch50_wire.h"
#include "json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define SUMS(X)                                                                                \
    X(tracking_number_sum)                                                                     \
    X(locate_sum)                                                                              \
    X(directory_round_lot_sum)                                                                 \
    X(add_count)                                                                               \
    X(add_shares_sum)                                                                          \
    X(add_price_sum_e4)                                                                        \
    X(add_ref_sum)                                                                             \
    X(add_buy)                                                                                 \
    X(add_sell)                                                                                \
    X(exec_count)                                                                              \
    X(exec_shares_sum)                                                                         \
    X(exec_match_sum)                                                                          \
    X(exec_unknown_order)                                                                      \
    X(exec_priced_shares_sum)                                                                  \
    X(exec_price_sum_e4_from_book)                                                             \
    X(exec_px_count)                                                                           \
    X(exec_px_shares_sum)                                                                      \
    X(exec_px_price_sum_e4)                                                                    \
    X(exec_px_printable_shares)                                                                \
    X(exec_px_nonprintable_shares)                                                             \
    X(exec_px_unknown_order)                                                                   \
    X(cancel_count)                                                                            \
    X(cancel_shares_sum)                                                                       \
    X(cancel_unknown_order)                                                                    \
    X(delete_count)                                                                            \
    X(delete_unknown_order)                                                                    \
    X(replace_count)                                                                           \
    X(replace_shares_sum)                                                                      \
    X(replace_price_sum_e4)                                                                    \
    X(replace_unknown_order)                                                                   \
    X(trade_count)                                                                             \
    X(trade_shares_sum)                                                                        \
    X(trade_price_sum_e4)                                                                      \
    X(trade_notional_sum_e4)                                                                   \
    X(trade_match_sum)                                                                         \
    X(cross_count)                                                                             \
    X(cross_shares_sum)                                                                        \
    X(cross_price_sum_e4)                                                                      \
    X(noii_count)                                                                              \
    X(noii_paired_sum)                                                                         \
    X(noii_imbalance_sum)                                                                      \
    X(noii_far_sum_e4)                                                                         \
    X(noii_near_sum_e4)                                                                        \
    X(noii_ref_sum_e4)                                                                         \
    X(luld_ref_sum_e4)                                                                         \
    X(luld_upper_sum_e4)                                                                       \
    X(luld_lower_sum_e4)

#define AS_ENUM(name) name,
#define AS_TEXT(name) #name,
enum sum { SUMS(AS_ENUM) SUM_COUNT };
static const char *const sum_names[] = {SUMS(AS_TEXT)};

enum flag {
    MARKET_CATEGORY,
    ISSUE_CLASSIFICATION,
    ETP_FLAG,
    TRADING_STATE,
    REGSHO_ACTION,
    CROSS_TYPE,
    MP_STATE,
    FLAG_COUNT
};
static const char *const flag_names[] = {
    [MARKET_CATEGORY] = "market_category",
    [ISSUE_CLASSIFICATION] = "issue_classification",
    [ETP_FLAG] = "etp_flag",
    [TRADING_STATE] = "trading_state",
    [REGSHO_ACTION] = "regsho_action",
    [CROSS_TYPE] = "cross_type",
    [MP_STATE] = "mp_state",
};

enum { FIRST_BYTES = 64, EVENTS_MAX = 1024, ODD_MAX = 64, SAMPLE = 10 };

struct length_count {
    uint64_t count;
    uint32_t length;
    uint8_t type;
};

struct tf_itch50_tally {
    __int128 sums[SUM_COUNT];
    bool seen[SUM_COUNT];
    uint64_t flags[FLAG_COUNT][256];
    uint64_t regular[256]; /* messages of the type's own length */
    struct length_count odd[ODD_MAX];
    uint32_t odd_count;
    uint64_t times, first, last, min, max, backward;
    uint8_t located[65536 / 8], listed[65536 / 8]; /* locates, in any message and in R */
    uint8_t event_codes[EVENTS_MAX];
    uint64_t event_times[EVENTS_MAX];
    uint32_t events;
    uint32_t crc;
    uint8_t first_bytes[256][FIRST_BYTES];
    uint32_t first_length[256];
};

struct tf_itch50_tally *tf_itch50_tally_open(void)
{
    struct tf_itch50_tally *tally = calloc(1, sizeof *tally);
    if (!tally)
        tf_fail(TF_EOS, "no memory for a tally");
    return tally;
}

void tf_itch50_tally_close(struct tf_itch50_tally *tally)
{
    free(tally);
}

void tf_itch50_tally_clear(struct tf_itch50_tally *tally)
{
    memset(tally, 0, sizeof *tally);
}

static void add(struct tf_itch50_tally *tally, enum sum sum, uint64_t value)
{
    tally->seen[sum] = true;
    tally->sums[sum] += value;
}

static void code(struct tf_itch50_tally *tally, enum flag flag, uint8_t letter)
{
    tally->flags[flag][letter]++;
}

static void mark(uint8_t *bits, uint16_t locate)
{
    bits[locate / 8] |= (uint8_t)(1u << locate % 8);
}

static uint64_t marked(const uint8_t *bits)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < 65536 / 8; i++)
        count += (uint64_t)__builtin_popcount(bits[i]);
    return count;
}

static void note_length(struct tf_itch50_tally *tally, uint8_t type, uint32_t length)
{
    if (tf_itch50_shapes[type].length == length) {
        tally->regular[type]++;
        return;
    }
    struct length_count *odd = tally->odd, *end = tally->odd + tally->odd_count;
    while (odd < end && (odd->type != type || odd->length != length))
        odd++;
    if (odd == tally->odd + ODD_MAX)
        return;
    if (odd == end) {
        *odd = (struct length_count){.length = length, .type = type};
        tally->odd_count++;
    }
    odd->count++;
}

static void note_time(struct tf_itch50_tally *tally, uint64_t time)
{
    if (!tally->times++) {
        tally->first = tally->min = tally->max = time;
    } else {
        tally->backward += time < tally->last;
        tally->min = time < tally->min ? time : tally->min;
        tally->max = time > tally->max ? time : tally->max;
    }
    tally->last = time;
}

static void note_directory(struct tf_itch50_tally *tally, const uint8_t *message)
{
    mark(tally->listed, tf_be16(message + ITCH_LOCATE));
    add(tally, directory_round_lot_sum, tf_be32(message + ITCH_DIR_LOT));
    code(tally, MARKET_CATEGORY, message[ITCH_DIR_CATEGORY]);
    code(tally, ISSUE_CLASSIFICATION, message[ITCH_DIR_CLASS]);
    code(tally, ETP_FLAG, message[ITCH_DIR_ETP]);
}

static void note_add(struct tf_itch50_tally *tally, const uint8_t *message)
{
    add(tally, add_count, 1);
    add(tally, add_shares_sum, tf_be32(message + ITCH_ADD_SHARES));
    add(tally, add_price_sum_e4, tf_be32(message + ITCH_ADD_PRICE));
    add(tally, add_ref_sum, tf_be64(message + ITCH_ADD_REF));
    add(tally, message[ITCH_ADD_SIDE] == 'B' ? add_buy : add_sell, 1);
}

static void note_executed(struct tf_itch50_tally *tally, const struct tf_order *order,
                          const uint8_t *message)
{
    uint32_t shares = tf_be32(message + ITCH_EXEC_SHARES);
    add(tally, exec_count, 1);
    add(tally, exec_shares_sum, shares);
    add(tally, exec_match_sum, tf_be64(message + ITCH_EXEC_MATCH));
    if (order) {
        add(tally, exec_priced_shares_sum, shares);
        add(tally, exec_price_sum_e4_from_book, (uint64_t)order->price);
    } else {
        add(tally, exec_unknown_order, 1);
    }
}

static void note_executed_at(struct tf_itch50_tally *tally, const struct tf_order *order,
                             const uint8_t *message)
{
    uint32_t shares = tf_be32(message + ITCH_EXEC_SHARES);
    bool prints = message[ITCH_EXEC_PRINTABLE] == 'Y';
    add(tally, exec_px_count, 1);
    add(tally, exec_px_shares_sum, shares);
    add(tally, exec_px_price_sum_e4, tf_be32(message + ITCH_EXEC_PRICE));
    add(tally, prints ? exec_px_printable_shares : exec_px_nonprintable_shares, shares);
    if (!order)
        add(tally, exec_px_unknown_order, 1);
}

static void note_trade(struct tf_itch50_tally *tally, const uint8_t *message)
{
    uint64_t shares = tf_be32(message + ITCH_TRADE_SHARES);
    uint64_t price = tf_be32(message + ITCH_TRADE_PRICE);
    add(tally, trade_count, 1);
    add(tally, trade_shares_sum, shares);
    add(tally, trade_price_sum_e4, price);
    add(tally, trade_notional_sum_e4, shares * price);
    add(tally, trade_match_sum, tf_be64(message + ITCH_TRADE_MATCH));
}

static void note_cross(struct tf_itch50_tally *tally, const uint8_t *message)
{
    add(tally, cross_count, 1);
    add(tally, cross_shares_sum, tf_be64(message + ITCH_CROSS_SHARES));
    add(tally, cross_price_sum_e4, tf_be32(message + ITCH_CROSS_PRICE));
    code(tally, CROSS_TYPE, message[ITCH_CROSS_TYPE]);
}

static void note_imbalance(struct tf_itch50_tally *tally, const uint8_t *message)
{
    add(tally, noii_count, 1);
    add(tally, noii_paired_sum, tf_be64(message + ITCH_NOII_PAIRED));
    add(tally, noii_imbalance_sum, tf_be64(message + ITCH_NOII_IMBALANCE));
    add(tally, noii_far_sum_e4, tf_be32(message + ITCH_NOII_FAR));
    add(tally, noii_near_sum_e4, tf_be32(message + ITCH_NOII_NEAR));
    add(tally, noii_ref_sum_e4, tf_be32(message + ITCH_NOII_REFERENCE));
}

/* C D E U X: the order that they name. */
static void note_of_order(struct tf_itch50_tally *tally, const struct tf_order_store *orders,
                          const uint8_t *message)
{
    const struct tf_order *order = tf_order_find(orders, tf_be64(message + ITCH_EXEC_REF));
    switch (message[ITCH_TYPE]) {
    case 'E':
        note_executed(tally, order, message);
        break;
    case 'C':
        note_executed_at(tally, order, message);
        break;
    case 'X':
        add(tally, cancel_count, 1);
        add(tally, cancel_shares_sum, tf_be32(message + ITCH_CANCEL_SHARES));
        if (!order)
            add(tally, cancel_unknown_order, 1);
        break;
    case 'D':
        add(tally, delete_count, 1);
        if (!order)
            add(tally, delete_unknown_order, 1);
        break;
    case 'U':
        add(tally, replace_count, 1);
        add(tally, replace_shares_sum, tf_be32(message + ITCH_REPLACE_SHARES));
        add(tally, replace_price_sum_e4, tf_be32(message + ITCH_REPLACE_PRICE));
        if (!order)
            add(tally, replace_unknown_order, 1);
        break;
    default:
        break;
    }
}

static void note_event(struct tf_itch50_tally *tally, const uint8_t *message)
{
    if (tally->events == EVENTS_MAX)
        return;
    tally->event_codes[tally->events] = message[ITCH_SYSTEM_EVENT];
    tally->event_times[tally->events++] = tf_be48(message + ITCH_TIME);
}

/* By type; the message has its type's length. */
static void note_fields(struct tf_itch50_tally *tally, const struct tf_order_store *orders,
                        const uint8_t *message)
{
    switch (message[ITCH_TYPE]) {
    case 'S':
        note_event(tally, message);
        break;
    case 'R':
        note_directory(tally, message);
        break;
    case 'H':
        code(tally, TRADING_STATE, message[ITCH_HALT_STATE]);
        break;
    case 'Y':
        code(tally, REGSHO_ACTION, message[ITCH_SHO_ACTION]);
        break;
    case 'L':
        code(tally, MP_STATE, message[ITCH_MP_STATE]);
        break;
    case 'J':
        add(tally, luld_ref_sum_e4, tf_be32(message + ITCH_COLLAR_REFERENCE));
        add(tally, luld_upper_sum_e4, tf_be32(message + ITCH_COLLAR_UPPER));
        add(tally, luld_lower_sum_e4, tf_be32(message + ITCH_COLLAR_LOWER));
        break;
    case 'A':
    case 'F':
        note_add(tally, message);
        break;
    case 'P':
        note_trade(tally, message);
        break;
    case 'Q':
        note_cross(tally, message);
        break;
    case 'I':
        note_imbalance(tally, message);
        break;
    case 'E':
    case 'C':
    case 'X':
    case 'D':
    case 'U':
        note_of_order(tally, orders, message);
        break;
    default:
        break;
    }
}

void tf_itch50_tally_note(struct tf_itch50_tally *tally, const struct tf_order_store *orders,
                          const uint8_t *message, uint32_t length)
{
    uint8_t prefix[2];
    tf_put_be16(prefix, (uint16_t)length);
    tally->crc = (uint32_t)crc32(tally->crc, prefix, sizeof prefix);
    if (!length)
        return;
    tally->crc = (uint32_t)crc32(tally->crc, message, length);
    uint8_t type = message[ITCH_TYPE];
    note_length(tally, type, length);
    if (!tally->first_length[type]) {
        tally->first_length[type] = length < FIRST_BYTES ? length : FIRST_BYTES;
        memcpy(tally->first_bytes[type], message, tally->first_length[type]);
    }
    if (tf_itch50_shapes[type].length != length)
        return;
    note_time(tally, tf_be48(message + ITCH_TIME));
    mark(tally->located, tf_be16(message + ITCH_LOCATE));
    add(tally, tracking_number_sum, tf_be16(message + ITCH_TRACKING));
    add(tally, locate_sum, tf_be16(message + ITCH_LOCATE));
    note_fields(tally, orders, message);
}

/* ---- the report ------------------------------------------------------------------------------ */

static void write_lengths(const struct tf_itch50_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "message_lengths_by_type");
    for (unsigned type = 0; type < 256; type++) {
        char name[8], length[16];
        if (!tally->first_length[type])
            continue;
        tf_type_letter(type, name);
        tf_json_object(json, name);
        if (tally->regular[type]) {
            snprintf(length, sizeof length, "%u", tf_itch50_shapes[type].length);
            tf_json_u64(json, length, tally->regular[type]);
        }
        for (uint32_t i = 0; i < tally->odd_count; i++) {
            if (tally->odd[i].type != type)
                continue;
            snprintf(length, sizeof length, "%u", tally->odd[i].length);
            tf_json_u64(json, length, tally->odd[i].count);
        }
        tf_json_end_object(json);
    }
    tf_json_end_object(json);
}

static void write_times(const struct tf_itch50_tally *tally, struct tf_json *json)
{
    uint64_t none = tally->times ? TF_UNDEF_TIMESTAMP : 0; /* where there are none all are 0 */
    tf_json_object(json, "message_ts_ns_since_midnight");
    tf_json_u64_or_null(json, "first_in_file", tally->first, none);
    tf_json_u64_or_null(json, "last_in_file", tally->last, none);
    tf_json_u64_or_null(json, "min", tally->min, none);
    tf_json_u64_or_null(json, "max", tally->max, none);
    tf_json_u64(json, "backward_steps_in_file_order", tally->backward);
    tf_json_end_object(json);
}

/* The first by name, sorted: `names` has room for SAMPLE; how many. */
static unsigned first_symbols(const struct tf_symbol_set *symbols, uint64_t *names)
{
    unsigned count = 0;
    for (uint64_t i = 0; i <= symbols->mask; i++) {
        uint64_t symbol = __builtin_bswap64(symbols->slots[i]);
        unsigned at = count;
        if (!symbol || (count == SAMPLE && symbol >= names[SAMPLE - 1]))
            continue;
        if (count < SAMPLE)
            count++;
        else
            at--;
        for (; at && names[at - 1] > symbol; at--)
            names[at] = names[at - 1];
        names[at] = symbol;
    }
    return count;
}

static void write_symbols(const struct tf_itch50_tally *tally,
                          const struct tf_feed_counts *counts,
                          const struct tf_symbol_set *symbols, struct tf_json *json)
{
    uint64_t names[SAMPLE];
    unsigned count = first_symbols(symbols, names);
    tf_json_object(json, "symbols_detail");
    tf_json_u64(json, "distinct_in_messages", counts->symbols);
    tf_json_u64(json, "directory_entries", marked(tally->listed));
    tf_json_u64(json, "distinct_locates", marked(tally->located));
    tf_json_array(json, "sample");
    for (unsigned i = 0; i < count; i++) {
        char name[9] = {0};
        tf_put_be64((uint8_t *)name, names[i]);
        for (unsigned end = 8; end && (name[end - 1] == ' ' || !name[end - 1]); end--)
            name[end - 1] = 0;
        tf_json_text(json, 0, name);
    }
    tf_json_end_array(json);
    tf_json_end_object(json);
}

static void write_events(const struct tf_itch50_tally *tally, struct tf_json *json)
{
    tf_json_array(json, "system_events");
    for (uint32_t i = 0; i < tally->events; i++) {
        char name[8];
        tf_type_letter(tally->event_codes[i], name);
        tf_json_array(json, 0);
        tf_json_text(json, 0, name);
        tf_json_u64(json, 0, tally->event_times[i]);
        tf_json_end_array(json);
    }
    tf_json_end_array(json);
}

static void write_flags(const struct tf_itch50_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "flags");
    for (int flag = 0; flag < FLAG_COUNT; flag++) {
        bool open = false;
        for (unsigned letter = 0; letter < 256; letter++) {
            char name[8];
            if (!tally->flags[flag][letter])
                continue;
            if (!open)
                tf_json_object(json, flag_names[flag]);
            open = true;
            tf_type_letter(letter, name);
            tf_json_u64(json, name, tally->flags[flag][letter]);
        }
        if (open)
            tf_json_end_object(json);
    }
    tf_json_end_object(json);
}

static void write_sums(const struct tf_itch50_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "sums");
    for (int sum = 0; sum < SUM_COUNT; sum++)
        if (tally->seen[sum])
            tf_json_sum(json, sum_names[sum], tally->sums[sum]);
    tf_json_end_object(json);
}

static void write_first_bytes(const struct tf_itch50_tally *tally, struct tf_json *json)
{
    tf_json_object(json, "first_message_of_each_type_hex");
    for (unsigned type = 0; type < 256; type++) {
        char name[8], hex[2 * FIRST_BYTES + 1] = "";
        if (!tally->first_length[type])
            continue;
        for (uint32_t i = 0; i < tally->first_length[type]; i++)
            snprintf(hex + 2 * i, 3, "%02x", tally->first_bytes[type][i]);
        tf_type_letter(type, name);
        tf_json_text(json, name, hex);
    }
    tf_json_end_object(json);
}

static uint64_t open_shares(const struct tf_order_store *orders)
{
    uint64_t shares = 0;
    for (uint64_t i = 0; i <= orders->mask; i++)
        shares += orders->slots[i].side ? orders->slots[i].shares : 0;
    return shares;
}

void tf_itch50_tally_facts(const struct tf_itch50_tally *tally,
                           const struct tf_feed_counts *counts,
                           const struct tf_order_store *orders,
                           const struct tf_symbol_set *symbols, struct tf_json *json)
{
    char crc[16];
    write_lengths(tally, json);
    write_times(tally, json);
    write_symbols(tally, counts, symbols, json);
    write_events(tally, json);
    write_flags(tally, json);
    write_sums(tally, json);
    tf_json_u64(json, "executed_volume_all_E_C_P", counts->traded_volume);
    tf_json_u64(json, "trade_events_E_C_P", counts->trades);
    tf_json_u64(json, "orders_open_at_end", counts->orders_open);
    tf_json_u64(json, "open_shares_at_end", open_shares(orders));
    snprintf(crc, sizeof crc, "%08x", tally->crc);
    tf_json_object(json, "message_block_stream");
    tf_json_text(json, "crc32", crc);
    tf_json_end_object(json);
    write_first_bytes(tally, json);
}
