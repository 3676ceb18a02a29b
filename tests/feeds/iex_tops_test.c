/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes and trades of TOPS, and what every IEX message has: symbol, time, length. */
#include "iex_fixture.h"
#include "json_out.h"

#include <stdio.h>

static void open_tops(void)
{
    open_decoder(&tf_iex_tops_ops);
}

TestSuite(iex_tops, .init = open_tops, .fini = close_decoder);

static void assert_quote(uint64_t bid4, uint32_t bid_size, uint64_t ask4, uint32_t ask_size)
{
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_QUOTE);
    cr_assert_eq(ticks[0].bid_px, bid4 ? (int64_t)bid4 * 100000 : TF_UNDEF_PRICE);
    cr_assert_eq(ticks[0].ask_px, ask4 ? (int64_t)ask4 * 100000 : TF_UNDEF_PRICE);
    cr_assert_eq(ticks[0].bid_sz, bid_size);
    cr_assert_eq(ticks[0].ask_sz, ask_size);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(ticks[0].action, 'N');
    cr_assert_eq(ticks[0].side, 'N');
}

Test(iex_tops, quote_has_both_sides)
{
    feed(make_quote(0, 0x01020304, 990500, 1000500, 0x05060708));
    assert_quote(990500, 0x01020304, 1000500, 0x05060708);
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST | TF_FLAG_TOB);
    cr_assert_eq(anomalies(), 0);
    cr_assert_eq(counts()->messages_by_type['Q'], 1);
    cr_assert_eq(counts()->first_ts_event, TIME);
    cr_assert_eq(counts()->last_ts_event, TIME);
}

Test(iex_tops, side_without_shares_is_undefined)
{
    feed(make_quote(0, 0, 990500, 1000500, 100));
    assert_quote(0, 0, 1000500, 100);
    feed(make_quote(0, 100, 990500, 1000500, 0));
    assert_quote(990500, 100, 0, 0);
}

Test(iex_tops, quote_that_is_not_available_has_no_side)
{
    feed(make_quote(0x80, 100, 990500, 1000500, 100));
    assert_quote(0, 0, 0, 0);
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST | TF_FLAG_TOB);
}

Test(iex_tops, quote_outside_regular_hours_says_so)
{
    feed(make_quote(0x40, 100, 990500, 1000500, 200));
    assert_quote(990500, 100, 1000500, 200);
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST | TF_FLAG_TOB | TF_FLAG_PUBLISHER_SPECIFIC);
}

Test(iex_tops, trade_report_is_a_trade)
{
    feed(make_trade('T', 0x20, "AMZN", 57, 9951250, UINT64_C(0x0102030405060708)));
    cr_assert_eq(tick_count, 1);
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'T', 'N', 9951250, 57);
    cr_assert_eq(ticks[0].order_id, UINT64_C(0x0102030405060708));
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST);
    cr_assert_eq(counts()->trades, 1);
    cr_assert_eq(counts()->traded_volume, 57);
    cr_assert_eq(counts()->printed_volume, 57);
    feed(make_trade('T', 0x40, "AMZN", 100, 9951250, 1));
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST | TF_FLAG_PUBLISHER_SPECIFIC);
    cr_assert_eq(counts()->traded_volume, 157);
}

Test(iex_tops, trade_break_takes_a_trade_back)
{
    feed(make_trade('B', 0, "AMZN", 57, 9951250, 77));
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'C', 'N', 9951250, 57);
    cr_assert_eq(ticks[0].order_id, 77);
    cr_assert_eq(counts()->trades, 0);
    cr_assert_eq(counts()->traded_volume, 0);
}

Test(iex_tops, symbols_are_defined_before_their_first_tick)
{
    feed(make_trade('T', 0, "AMZN", 57, 9951250, 77));
    cr_assert_eq(definitions, 1);
    cr_assert_str_eq(defined.symbol, "AMZN");
    cr_assert_eq(defined.instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(defined.lot_size, TF_UNDEF_SIZE);
    cr_assert_eq(defined.price_increment, 100000);
    cr_assert_str_eq(defined.venue_class, "");
    feed(make_trade('T', 0, "ABCDEFGH", 57, 9951250, 78));
    cr_assert_eq(definitions, 2);
    cr_assert_str_eq(defined.symbol, "ABCDEFGH");
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST + 1);
    feed(make_trade('T', 0, "AMZN", 57, 9951250, 79));
    cr_assert_eq(definitions, 2);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(counts()->symbols, 2);
}

Test(iex_tops, restart_defines_and_counts_anew)
{
    feed(make_trade('T', 0, "AMZN", 57, 9951250, 77));
    ops->restart(decoder);
    cr_assert_eq(counts()->messages, 0);
    cr_assert_eq(counts()->symbols, 0);
    cr_assert_eq(counts()->first_ts_event, TF_UNDEF_TIMESTAMP);
    feed(make_trade('T', 0, "AMZN", 57, 9951250, 77));
    cr_assert_eq(definitions, 2);
    cr_assert_eq(counts()->symbols, 1);
}

Test(iex_tops, ids_can_be_shared_and_each_decoder_defines)
{
    struct tf_instrument_ids *ids = tf_instrument_ids_open();
    struct tf_decoder *kept = decoder;
    struct tf_decoder_options options = {.node = -1, .ids = ids};
    struct tf_decoder *one = ops->open(&options), *two = ops->open(&options);
    decoder = one;
    feed(make_trade('T', 0, "AMZN", 57, 9951250, 77));
    decoder = two;
    feed(make_trade('T', 0, "TWO", 57, 9951250, 77));
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST + 1);
    feed(make_trade('T', 0, "AMZN", 57, 9951250, 77));
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(definitions, 3);
    cr_assert_eq(counts()->symbols, 2);
    ops->close(one);
    ops->close(two);
    tf_instrument_ids_close(ids);
    decoder = kept;
}

/* More than there is room for at first. */
Test(iex_tops, many_symbols)
{
    enum { MANY = 40000 };
    char symbol[16];
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(symbol, sizeof symbol, "S%u", i);
        feed(make_trade('T', 0, symbol, 1, 10000, i));
        cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST + i);
    }
    cr_assert_eq(counts()->symbols, MANY);
    cr_assert_eq(definitions, MANY);
    cr_assert_eq(anomalies(), 0);
}

Test(iex_tops, what_is_no_symbol_is_a_flaw)
{
    static const char symbols[][9] = {"        ",  "\0\0\0\0\0\0\0", " A      ",
                                      "A\n      ", "A\0      ",      "A\x7F      "};
    for (unsigned i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        struct message trade = make_trade('T', 0, "AMZN", 57, 9951250, 77);
        memcpy(trade.bytes + 10, symbols[i], 8);
        feed(trade);
        assert_flaw(TF_ANOMALY_BAD_FIELD, "symbol", 10);
        feed(trade);
        assert_flaw(TF_ANOMALY_BAD_FIELD, "symbol", 10);
    }
    cr_assert_eq(definitions, 0);
    cr_assert_eq(counts()->symbols, 0);
    cr_assert_eq(counts()->trades, 0);
}

Test(iex_tops, times_may_step_back_but_not_before_the_epoch)
{
    struct message trade = make_trade('T', 0, "AMZN", 57, 9951250, 77);
    feed(trade);
    put(&trade, 2, 8, UINT64_C(1) << 63);
    feed(trade);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "timestamp", 2);
    cr_assert_eq(anomaly(TF_ANOMALY_TIME_BACKWARDS), 0);

    put(&trade, 2, 8, TIME - 1);
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_IEX_TICKS_MAX};
    ops->decode(decoder,
                &(struct tf_venue_message){.bytes = trade.bytes, .length = trade.length},
                &sink);
    cr_assert_eq(sink.count, 1);
    cr_assert_eq(ticks[0].ts_event, TIME - 1);
    cr_assert_eq(anomaly(TF_ANOMALY_TIME_BACKWARDS), 1);
    cr_assert_eq(counts()->first_ts_event, TIME);
    cr_assert_eq(counts()->last_ts_event, TIME - 1);
}

Test(iex_tops, prices_at_the_edge)
{
    feed(make_trade('T', 0, "AMZN", 1, UINT64_C(92233720368546), 1));
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'T', 'N', INT64_C(92233720368546), 1);
    feed(make_trade('T', 0, "AMZN", 1, UINT64_C(92233720368547), 1));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 22);
    feed(make_trade('T', 0, "AMZN", 1, UINT64_MAX, 1));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 22);
    feed(make_quote(0, 1, 1, UINT64_MAX, 1));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 30);
    feed(make_quote(0, 1, UINT64_MAX, 1, 1));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 22);
    cr_assert_eq(counts()->trades, 1);
}

Test(iex_tops, greatest_size_is_not_the_undefined_one)
{
    feed(make_trade('T', 0, "AMZN", UINT32_MAX, 10000, 1));
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'T', 'N', 10000, UINT32_MAX - 1);
    cr_assert_eq(anomaly(TF_ANOMALY_SIZE_OVERFLOW), 1);
    cr_assert_eq(counts()->traded_volume, UINT32_MAX);
}

Test(iex_tops, short_messages_are_flaws_and_long_ones_have_grown)
{
    struct message trade = make_trade('T', 0, "AMZN", 57, 9951250, 77);
    for (uint32_t length = 1; length < 38; length++) {
        feed_bytes(trade.bytes, length);
        assert_flaw(TF_ANOMALY_BAD_LENGTH, "length", 0);
        cr_assert_eq(anomaly(TF_ANOMALY_BAD_LENGTH), length);
    }
    feed_bytes(trade.bytes, 0);
    assert_flaw(TF_ANOMALY_BAD_LENGTH, "length", 0);
    cr_assert_eq(counts()->messages, 38);
    cr_assert_eq(counts()->messages_by_type['T'], 37);
    feed_bytes(trade.bytes, 45);
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'T', 'N', 9951250, 57);
    cr_assert_eq(anomalies(), 38);
}

/* Those of the other feeds too. */
Test(iex_tops, unknown_types_are_counted)
{
    const char others[] = "85EaMRLCZ";
    for (const char *type = others; *type; type++) {
        feed(make(*type, 80, 0, "AMZN"));
        assert_flaw(TF_ANOMALY_UNKNOWN_TYPE, "message type", 0);
        cr_assert_eq(counts()->messages_by_type[(uint8_t)*type], 1);
    }
    feed(make((char)0xF1, 80, 0, "AMZN"));
    cr_assert_eq(counts()->messages_by_type[0xF1], 1);
    cr_assert_eq(anomaly(TF_ANOMALY_UNKNOWN_TYPE), sizeof others);
    cr_assert_eq(counts()->symbols, 0);
}

Test(iex_tops, facts_are_of_the_wire)
{
    feed(make_quote(0x40, 10, 100, 200, 20));
    feed(make_quote(0, 0, 0, 0, 0));
    feed(make_quote(0, 1, 200, 200, 1));
    feed(make_trade('T', 0x60, "TWO", 5, 300, 7));
    feed(make_trade('T', 0x60, "AMZN", 5, 300, 8));
    feed(make_trade('B', 0, "AMZN", 5, 300, 8));
    feed_bytes(make('S', 10, 'R', "").bytes, 10);
    feed_bytes(make('S', 10, 'R', "").bytes, 9);
    struct message short_sale = make('P', 19, 1, "AMZN");
    short_sale.bytes[18] = 'N';
    feed(short_sale);

    char *text;
    size_t length;
    struct tf_json json = {.out = open_memstream(&text, &length)};
    tf_json_object(&json, 0);
    ops->facts(decoder, &json);
    tf_json_end_object(&json);
    fclose(json.out);
    const char *const parts[] = {
        "\"message_lengths_by_type\":{\"B\":{\"38\":1},\"P\":{\"19\":1},\"Q\":{\"42\":3},"
        "\"S\":{\"10\":1,\"9\":1},\"T\":{\"38\":2}}",
        "\"wrong_length_by_type\":{\"S\":{\"9\":1}}",
        "\"message_ts_ns\":{\"first_in_file\":1499697277643876560,\"last_in_file\":"
        "1499697277643876560,\"min\":1499697277643876560,\"max\":1499697277643876560,"
        "\"backward_steps_in_file_order\":0}",
        "\"sums\":{\"quote_bid_size_sum\":11,\"quote_bid_price_sum_e4\":300,"
        "\"quote_ask_price_sum_e4\":400,\"quote_ask_size_sum\":21,\"quote_zero_both\":1,"
        "\"quote_crossed_or_locked\":1,\"trade_count\":2,\"trade_volume\":10,"
        "\"trade_price_sum_e4\":600,\"trade_notional_sum_e4\":3000,\"trade_id_sum\":15,"
        "\"break_count\":1,\"break_volume\":5}",
        "\"flags\":{\"quote_flags\":{\"0x00\":2,\"0x40\":1},\"sale_condition_flags\":"
        "{\"0x60\":2},\"system_events\":[[\"R\",1499697277643876560]],"
        "\"short_sale_status\":{\"1/N\":1}}",
        "\"symbols_detail\":{\"distinct\":3,\"distinct_traded\":2,\"sample\":[\"AMZN\",\"TWO\","
        "\"ZIEXT\"],\"top_volume\":[[\"TWO\",5],[\"AMZN\",5]]}"};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
        cr_expect(strstr(text, parts[i]), "%s\nis not in\n%s", parts[i], text);
    free(text);
}
