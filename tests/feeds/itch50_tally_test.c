/* SPDX-License-Identifier: Apache-2.0 */
/* The tally of ITCH 5.0: each sum from messages made by hand, and that it is off unless asked. */
#include "itch50_fixture.h"
#include "json_out.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static void open_with_tally(void)
{
    decoder = tf_itch50_ops.open(
        &(struct tf_decoder_options){.midnight_ns = MIDNIGHT, .node = -1, .tally = true});
    cr_assert(decoder);
}

TestSuite(itch50_tally, .init = open_with_tally, .fini = close_decoder);

/* What the decoder's facts() writes, read back by another's parser. */
static json_t *facts(void)
{
    char *text = 0;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct tf_json json = {.out = out};
    tf_json_object(&json, 0);
    tf_itch50_ops.facts(decoder, &json);
    tf_json_end_object(&json);
    fclose(out);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert(root, "%s in %s", error.text, text);
    free(text);
    return root;
}

/* The value under two keys; -1: it is not there. */
static json_int_t at(const json_t *root, const char *outer, const char *inner)
{
    const json_t *value = json_object_get(json_object_get(root, outer), inner);
    return value ? json_integer_value(value) : -1;
}

static struct message make_directory(uint16_t locate, const char *stock, uint32_t lot)
{
    struct message message = make('R', 39, locate, 5);
    put_text(&message, 11, stock);
    put_text(&message, 19, "Q");
    put(&message, 21, 4, lot);
    put_text(&message, 26, "C");
    put_text(&message, 33, "Y");
    return message;
}

Test(itch50_tally, nothing_yet)
{
    json_t *root = facts();
    cr_assert(json_is_null(
        json_object_get(json_object_get(root, "message_ts_ns_since_midnight"), "min")));
    cr_assert_eq(json_object_size(json_object_get(root, "sums")), 0);
    cr_assert_eq(json_integer_value(json_object_get(root, "open_shares_at_end")), 0);
    json_decref(root);
}

Test(itch50_tally, order_messages)
{
    feed(make_add(10, 'B', 300, "MSFT    ", 1000));
    feed(make_add(20, 'S', 200, "AAPL    ", 2000));
    feed(make_executed(10, 100, 77)); /* at 1000 */
    feed(make_executed(99, 50, 78));  /* of an order never seen */
    feed(make_executed_at(20, 40, 79, 'Y', 2100));
    feed(make_executed_at(20, 10, 80, 'N', 2200));
    feed(make_executed_at(98, 10, 81, 'N', 2300));
    feed(make_cancel(10, 30));
    feed(make_cancel(97, 30));
    feed(make_replace(20, 21, 500, 2500));
    feed(make_replace(96, 22, 600, 2600));
    feed(make_delete(10));
    feed(make_delete(95));
    static const struct {
        const char *key;
        json_int_t value;
    } wanted[] = {{"add_count", 2},
                  {"add_shares_sum", 500},
                  {"add_price_sum_e4", 3000},
                  {"add_ref_sum", 30},
                  {"add_buy", 1},
                  {"add_sell", 1},
                  {"exec_count", 2},
                  {"exec_shares_sum", 150},
                  {"exec_match_sum", 155},
                  {"exec_unknown_order", 1},
                  {"exec_priced_shares_sum", 100},
                  {"exec_price_sum_e4_from_book", 1000},
                  {"exec_px_count", 3},
                  {"exec_px_shares_sum", 60},
                  {"exec_px_price_sum_e4", 6600},
                  {"exec_px_printable_shares", 40},
                  {"exec_px_nonprintable_shares", 20},
                  {"exec_px_unknown_order", 1},
                  {"cancel_count", 2},
                  {"cancel_shares_sum", 60},
                  {"cancel_unknown_order", 1},
                  {"replace_count", 2},
                  {"replace_shares_sum", 1100},
                  {"replace_price_sum_e4", 5100},
                  {"replace_unknown_order", 1},
                  {"delete_count", 2},
                  {"delete_unknown_order", 1},
                  {"locate_sum", 13 * 7},
                  {"tracking_number_sum", 13 * 0xFFFF}};
    json_t *root = facts();
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        cr_assert_eq(at(root, "sums", wanted[i].key), wanted[i].value, "%s is %lld",
                     wanted[i].key, (long long)at(root, "sums", wanted[i].key));
    cr_assert_eq(json_object_size(json_object_get(root, "sums")),
                 sizeof wanted / sizeof wanted[0]);
    cr_assert_eq(json_integer_value(json_object_get(root, "open_shares_at_end")), 1100);
    cr_assert_eq(json_integer_value(json_object_get(root, "orders_open_at_end")), 2);
    cr_assert_eq(at(root, "message_lengths_by_type", "E"), 0); /* an object */
    json_decref(root);
}

Test(itch50_tally, symbols_flags_times_and_events)
{
    struct message event = make('S', 12, 0, 9);
    event.bytes[11] = 'Q';
    feed(make_directory(3, "ZZZ     ", 100));
    feed(make_directory(4, "AA      ", 10));
    feed(make_directory(4, "AA      ", 10));
    feed(event);
    feed(make_add(1, 'B', 1, "BBB     ", 1)); /* at 1000 */
    json_t *root = facts();
    cr_assert_eq(at(root, "symbols_detail", "distinct_in_messages"), 3);
    cr_assert_eq(at(root, "symbols_detail", "directory_entries"), 2);
    cr_assert_eq(at(root, "symbols_detail", "distinct_locates"), 4);
    const json_t *sample = json_object_get(json_object_get(root, "symbols_detail"), "sample");
    cr_assert_eq(json_array_size(sample), 3);
    cr_assert_str_eq(json_string_value(json_array_get(sample, 0)), "AA");
    cr_assert_str_eq(json_string_value(json_array_get(sample, 2)), "ZZZ");
    const json_t *flags = json_object_get(root, "flags");
    cr_assert_eq(at(flags, "market_category", "Q"), 3);
    cr_assert_eq(at(flags, "etp_flag", "Y"), 3);
    cr_assert_eq(json_object_size(flags), 3);
    cr_assert_eq(at(root, "sums", "directory_round_lot_sum"), 120);
    cr_assert_eq(at(root, "message_ts_ns_since_midnight", "first_in_file"), 5);
    cr_assert_eq(at(root, "message_ts_ns_since_midnight", "last_in_file"), 1000);
    cr_assert_eq(at(root, "message_ts_ns_since_midnight", "backward_steps_in_file_order"), 0);
    const json_t *seen = json_array_get(json_object_get(root, "system_events"), 0);
    cr_assert_str_eq(json_string_value(json_array_get(seen, 0)), "Q");
    cr_assert_eq(json_integer_value(json_array_get(seen, 1)), 9);
    json_decref(root);
}

Test(itch50_tally, sample_is_the_first_ten_by_name)
{
    for (unsigned i = 0; i < 26; i++) {
        char stock[] = "X       ";
        stock[0] = (char)('Z' - i);
        feed(make_directory((uint16_t)(i + 1), stock, 100));
    }
    json_t *root = facts();
    const json_t *sample = json_object_get(json_object_get(root, "symbols_detail"), "sample");
    cr_assert_eq(json_array_size(sample), 10);
    for (unsigned i = 0; i < 10; i++)
        cr_assert_eq(json_string_value(json_array_get(sample, i))[0], 'A' + (char)i);
    json_decref(root);
}

Test(itch50_tally, odd_lengths_times_that_step_back_and_the_checksum)
{
    struct message late = make('S', 12, 0, 100), early = make('S', 12, 0, 50);
    struct message odd = make('S', 13, 0, 7), none = {.length = 0};
    feed(late);
    feed(early);
    feed(odd);
    feed(none);
    uint8_t block[64] = {0, 12};
    uLong crc = crc32(0, 0, 0);
    memcpy(block + 2, late.bytes, 12);
    crc = crc32(crc, block, 14);
    memcpy(block + 2, early.bytes, 12);
    crc = crc32(crc, block, 14);
    block[1] = 13;
    memcpy(block + 2, odd.bytes, 13);
    crc = crc32(crc, block, 15);
    crc = crc32(crc, (const uint8_t *)"\0\0", 2);
    char digits[16];
    snprintf(digits, sizeof digits, "%08lx", crc);
    json_t *root = facts();
    cr_assert_str_eq(json_string_value(json_object_get(
                         json_object_get(root, "message_block_stream"), "crc32")),
                     digits);
    const json_t *lengths = json_object_get(root, "message_lengths_by_type");
    cr_assert_eq(at(lengths, "S", "12"), 2);
    cr_assert_eq(at(lengths, "S", "13"), 1);
    cr_assert_eq(at(root, "message_ts_ns_since_midnight", "min"), 50);
    cr_assert_eq(at(root, "message_ts_ns_since_midnight", "backward_steps_in_file_order"), 1);
    json_decref(root);
}

Test(itch50_tally, restart_forgets)
{
    feed(make_add(1, 'B', 1, "BBB     ", 1));
    tf_itch50_ops.restart(decoder);
    json_t *root = facts();
    cr_assert_eq(json_object_size(json_object_get(root, "sums")), 0);
    cr_assert_eq(at(root, "symbols_detail", "distinct_locates"), 0);
    json_decref(root);
}

Test(itch50_tally, is_off_unless_asked)
{
    close_decoder();
    open_decoder();
    feed(make_add(1, 'B', 1, "BBB     ", 1));
    json_t *root = facts();
    cr_assert_eq(json_object_size(root), 0);
    json_decref(root);
}
