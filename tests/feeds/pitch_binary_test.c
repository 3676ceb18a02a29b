/* SPDX-License-Identifier: Apache-2.0 */
/* Binary PITCH, each message by its fields, then the lives of orders. */
#include "pitch_fixture.h"

static void open_binary(void)
{
    open_decoder(&tf_pitch_binary_ops);
}

TestSuite(pitch_binary, .init = open_binary, .fini = close_decoder);

static const uint64_t SECOND = 1000000000;

Test(pitch_binary, add_long_has_every_field)
{
    feed(make_time(34200));
    cr_assert_eq(tick_count, 0);
    struct message add =
        make_add_long(0x0102030405060708, 'B', 0x11223344, "AAPL  ", 0x0102030405);
    put(&add, 2, 4, 0x12345678);
    feed(add);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'B', 0x0102030405060708, 0x0102030405, 0x11223344, 0);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + 34200 * SECOND + 0x12345678);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(definitions, 1);
    cr_assert_str_eq(defined.symbol, "AAPL");
    cr_assert_eq(defined.instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(defined.lot_size, TF_UNDEF_SIZE);
    cr_assert_eq(defined.price_increment, TF_UNDEF_PRICE);
    cr_assert_eq(counts()->messages, 2);
    cr_assert_eq(counts()->messages_by_type[0x21], 1);
    cr_assert_eq(counts()->symbols, 1);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(counts()->first_ts_event, ticks[0].ts_event);
    cr_assert_eq(counts()->last_ts_event, ticks[0].ts_event);
    cr_assert_eq(anomalies(), 0);
}

static struct message make_add_short(void)
{
    struct message add = make(0x22, 26, 1);
    put(&add, 6, 8, 77);
    add.bytes[14] = 'S';
    put(&add, 15, 2, 0xFFEE);
    put_text(&add, 17, "SPY   ");
    put(&add, 23, 2, 0xABCD);
    add.bytes[25] = 1;
    return add;
}

Test(pitch_binary, add_short_has_two_decimals)
{
    feed(make_add_short());
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'A', 77, 0xABCD * 100, 0xFFEE, 0);
    cr_assert_str_eq(defined.symbol, "SPY");
}

Test(pitch_binary, futures_leave_out_the_flags)
{
    struct message add = make_add_short();
    add.bytes[0] = 25;
    add.length = 25;
    feed(add);
    assert_mbo(ticks[0], 'A', 'A', 77, 0xABCD * 100, 0xFFEE, 0);
    add.bytes[0] = 24;
    add.length = 24;
    feed(add);
    assert_flaw(TF_ANOMALY_BAD_LENGTH, "length", 0);
}

Test(pitch_binary, add_expanded_has_eight_letters)
{
    struct message add = make(0x2F, 40, 1);
    put(&add, 6, 8, 78);
    add.bytes[14] = 'B';
    put(&add, 15, 4, 70000);
    put_text(&add, 19, "ABCDEFGH");
    put(&add, 27, 8, 1234567);
    add.bytes[35] = 1;
    put_text(&add, 36, "MPID");
    feed(add);
    assert_mbo(ticks[0], 'A', 'B', 78, 1234567, 70000, 0);
    cr_assert_str_eq(defined.symbol, "ABCDEFGH");
    add.bytes[0] = 41; /* with one byte more, as it is in newer versions */
    add.length = 41;
    put(&add, 6, 8, 79);
    feed(add);
    assert_mbo(ticks[0], 'A', 'B', 79, 1234567, 70000, 0);
    cr_assert_eq(definitions, 1);
}

Test(pitch_binary, complex_orders_may_have_negative_prices)
{
    feed(make_add_long(5, 'B', 1, "T02KHa", (uint64_t)-12500));
    assert_mbo(ticks[0], 'A', 'B', 5, -12500, 1, 0);
}

Test(pitch_binary, execution_is_trade_fill_cancel)
{
    feed(make_add_long(1, 'B', 300, "AAPL  ", 1000000));
    feed(make_executed(1, 100, 0xFEDCBA9876543210));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'A', 0xFEDCBA9876543210, 1000000, 100, 0);
    assert_mbo(ticks[1], 'F', 'B', 1, 1000000, 100, 0);
    assert_mbo(ticks[2], 'C', 'B', 1, 1000000, 100, 0);
    cr_assert_eq(ticks[2].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(counts()->trades, 1);
    cr_assert_eq(counts()->traded_volume, 100);
    cr_assert_eq(counts()->printed_volume, 100);
    cr_assert_eq(counts()->orders_open, 1);
    struct message rest = make_executed(1, 200, 2);
    rest.bytes[0] = 27; /* complex: with a trade condition */
    rest.length = 27;
    feed(rest);
    assert_mbo(ticks[2], 'C', 'B', 1, 1000000, 200, 0);
    cr_assert_eq(counts()->orders_open, 0);
    cr_assert_eq(anomalies(), 0);
}

static struct message make_executed_at(uint64_t id, uint32_t shares, uint32_t remaining,
                                       uint64_t price)
{
    struct message message = make(0x24, 38, 1);
    put(&message, 6, 8, id);
    put(&message, 14, 4, shares);
    put(&message, 18, 4, remaining);
    put(&message, 22, 8, 99);
    put(&message, 30, 8, price);
    return message;
}

Test(pitch_binary, executed_at_price_leaves_what_remains)
{
    feed(make_add_long(1, 'S', 300, "AAPL  ", 1000000));
    feed(make_executed_at(1, 100, 150, 1000100));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'B', 99, 1000100, 100, 0);
    assert_mbo(ticks[1], 'F', 'A', 1, 1000100, 100, 0);
    assert_mbo(ticks[2], 'C', 'A', 1, 1000000, 150, 0);
    cr_assert_eq(counts()->traded_volume, 100);
    feed(make_executed_at(1, 10, 400, 1000100)); /* its size was adjusted up */
    assert_mbo(ticks[2], 'M', 'A', 1, 1000000, 400, 0);
    feed(make_executed_at(1, 10, 0, 1000100));
    assert_mbo(ticks[2], 'C', 'A', 1, 1000000, 400, 0);
    cr_assert_eq(counts()->orders_open, 0);
    feed(make_executed_at(1, 10, 0, 1000100));
    assert_mbo(ticks[0], 'T', 'N', 99, 1000100, 10, 1);
    assert_mbo(ticks[1], 'F', 'N', 1, 1000100, 10, 1);
    assert_mbo(ticks[2], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, 1);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_ORDER], 1);
}

Test(pitch_binary, reductions_long_and_short)
{
    feed(make_add_long(1, 'S', 100000, "AAPL  ", 1000000));
    struct message reduce = make(0x25, 18, 1);
    put(&reduce, 6, 8, 1);
    put(&reduce, 14, 4, 70000);
    feed(reduce);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'C', 'A', 1, 1000000, 70000, 0);
    reduce = make(0x26, 16, 1);
    put(&reduce, 6, 8, 1);
    put(&reduce, 14, 2, 40000);
    feed(reduce);
    assert_mbo(ticks[0], 'C', 'A', 1, 1000000, 30000, 0); /* all there was */
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_OVERFILL], 1);
    cr_assert_eq(counts()->orders_open, 0);
    feed(reduce);
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, 40000, 1);
    cr_assert_eq(ticks[0].instrument_id, 0);
}

Test(pitch_binary, modifies_long_and_short)
{
    feed(make_add_long(1, 'B', 100, "AAPL  ", 1000000));
    struct message modify = make(0x27, 27, 1);
    put(&modify, 6, 8, 1);
    put(&modify, 14, 4, 70001);
    put(&modify, 18, 8, 990000);
    modify.bytes[26] = 3;
    feed(modify);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'M', 'B', 1, 990000, 70001, 0);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    modify = make(0x28, 19, 1);
    put(&modify, 6, 8, 1);
    put(&modify, 14, 2, 500);
    put(&modify, 16, 2, 9801);
    feed(modify);
    assert_mbo(ticks[0], 'M', 'B', 1, 980100, 500, 0);
    feed(make_executed(1, 500, 7));
    assert_mbo(ticks[2], 'C', 'B', 1, 980100, 500, 0);
    put(&modify, 14, 2, 0);
    feed(modify);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "shares", 14);
}

Test(pitch_binary, modified_order_that_was_never_added_is_remembered_without_a_side)
{
    struct message modify = make(0x27, 27, 1);
    put(&modify, 6, 8, 9);
    put(&modify, 14, 4, 50);
    put(&modify, 18, 8, 990000);
    feed(modify);
    assert_mbo(ticks[0], 'M', 'N', 9, 990000, 50, 1);
    cr_assert_eq(counts()->orders_open, 1);
    feed(make_executed(9, 50, 7));
    assert_mbo(ticks[0], 'T', 'N', 7, 990000, 50, 0);
    assert_mbo(ticks[2], 'C', 'N', 9, 990000, 50, 0);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(pitch_binary, delete_takes_what_was_left)
{
    feed(make_add_long(1, 'S', 300, "AAPL  ", 1000000));
    feed(make_executed(1, 100, 1));
    struct message delete = make(0x29, 14, 1);
    put(&delete, 6, 8, 1);
    feed(delete);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'C', 'A', 1, 1000000, 200, 0);
    cr_assert_eq(counts()->orders_open, 0);
    feed(delete);
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, 1);
}

Test(pitch_binary, trades_long_short_and_expanded)
{
    struct message trade = make(0x2A, 41, 1);
    put(&trade, 6, 8, 11);
    trade.bytes[14] = 'B';
    put(&trade, 15, 4, 70000);
    put_text(&trade, 19, "MSFT  ");
    put(&trade, 25, 8, 3000000);
    put(&trade, 33, 8, 0x1122334455667788);
    feed(trade);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'T', 'N', 0x1122334455667788, 3000000, 70000, 0);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    trade = make(0x2B, 33, 1);
    trade.bytes[14] = 'S';
    put(&trade, 15, 2, 100);
    put_text(&trade, 17, "MSFT  ");
    put(&trade, 23, 2, 30001);
    put(&trade, 25, 8, 12);
    feed(trade);
    assert_mbo(ticks[0], 'T', 'N', 12, 3000100, 100, 0);
    trade = make(0x30, 43, 1);
    trade.bytes[14] = 'B';
    put(&trade, 15, 4, 5);
    put_text(&trade, 19, "LONGNAME");
    put(&trade, 27, 8, 42);
    put(&trade, 35, 8, 13);
    feed(trade);
    assert_mbo(ticks[0], 'T', 'N', 13, 42, 5, 0);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST + 1);
    cr_assert_eq(counts()->trades, 3);
    cr_assert_eq(counts()->traded_volume, 70105);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(pitch_binary, trade_break_names_the_execution)
{
    struct message broken = make(0x2C, 14, 1);
    put(&broken, 6, 8, 0x99);
    feed(broken);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_TRADE);
    cr_assert_eq(ticks[0].action, 'C');
    cr_assert_eq(ticks[0].order_id, 0x99);
    cr_assert_eq(ticks[0].price, TF_UNDEF_PRICE);
    cr_assert_eq(ticks[0].size, TF_UNDEF_SIZE);
}

Test(pitch_binary, trading_status_and_its_states)
{
    static const struct {
        char letter;
        enum tf_status status;
    } states[] = {{'T', TF_STATUS_TRADING}, {'H', TF_STATUS_HALT},    {'S', TF_STATUS_HALT},
                  {'Q', TF_STATUS_QUOTING}, {'A', TF_STATUS_QUOTING}, {'X', TF_STATUS_NONE}};
    for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct message status = make(0x31, 18, 1);
        put_text(&status, 6, "0003Gc  ");
        put_text(&status, 14, (char[]){states[i].letter, '0', ' ', ' ', 0});
        feed(status);
        cr_assert_eq(tick_count, 1);
        cr_assert_eq(ticks[0].rtype, TF_RTYPE_STATUS);
        cr_assert_eq(ticks[0].size, (uint32_t)states[i].status);
        cr_assert_eq(ticks[0].text[0], states[i].letter);
        cr_assert_eq(memcmp(ticks[0].text + 1, "0      ", 7), 0);
        cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    }
    cr_assert_eq(definitions, 1);
    cr_assert_str_eq(defined.symbol, "0003Gc");
    cr_assert_eq(counts()->symbols, 0, "only orders and trades count");
}

Test(pitch_binary, end_of_session_is_a_system_event)
{
    feed(make(0x2D, 6, 1));
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_SYSTEM);
    cr_assert_eq(ticks[0].size, TF_SYSTEM_END_OF_MESSAGES);
}

Test(pitch_binary, unit_clear_forgets_the_orders_of_its_unit_alone)
{
    feed_on(make_add_long(1, 'B', 100, "AAPL  ", 1000000), 3);
    feed_on(make_add_long(2, 'B', 100, "AAPL  ", 1000000), 3);
    feed_on(make_add_long(3, 'B', 100, "MSFT  ", 1000000), 4);
    feed_on(make(0x97, 6, 1), 3);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_MBO);
    cr_assert_eq(ticks[0].action, 'R');
    cr_assert_eq(ticks[0].instrument_id, 0);
    cr_assert_eq(ticks[0].order_id, 3);
    cr_assert_eq(counts()->orders_open, 1);
    feed_on(make_executed(1, 100, 1), 3);
    assert_mbo(ticks[2], 'C', 'N', 1, NO_PRICE, 100, 1);
    feed_on(make_add_long(2, 'S', 7, "AAPL  ", 900000), 3);
    cr_assert_eq(tick_count, 1, "the old one is gone, not replaced");
    assert_mbo(ticks[0], 'A', 'A', 2, 900000, 7, 0);
    cr_assert_eq(counts()->orders_open, 2);
    feed_on(make_executed(3, 100, 1), 4);
    assert_mbo(ticks[2], 'C', 'B', 3, 1000000, 100, 0);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_DUPLICATE_ORDER], 0);
}

Test(pitch_binary, orders_stay_forgotten_after_any_number_of_clears)
{
    feed_on(make_add_long(1, 'B', 100, "AAPL  ", 1000000), 3);
    feed_on(make_add_long(2, 'B', 100, "AAPL  ", 1000000), 4);
    for (int i = 0; i < 65536; i++)
        feed_on(make(0x97, 6, 1), 3);
    cr_assert_eq(counts()->orders_open, 1);
    feed_on(make_executed(1, 100, 1), 3);
    assert_mbo(ticks[2], 'C', 'N', 1, NO_PRICE, 100, 1);
    feed_on(make_executed(2, 100, 1), 4);
    assert_mbo(ticks[2], 'C', 'B', 2, 1000000, 100, 0);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(pitch_binary, add_of_an_order_that_is_there_replaces_it)
{
    feed(make_add_long(1, 'B', 100, "AAPL  ", 1000000));
    feed(make_add_long(1, 'S', 50, "MSFT  ", 2000000));
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[0], 'C', 'B', 1, 1000000, 100, 1);
    assert_mbo(ticks[1], 'A', 'A', 1, 2000000, 50, 1);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(ticks[1].instrument_id, TF_INSTRUMENT_ID_FIRST + 1);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_DUPLICATE_ORDER], 1);
}

Test(pitch_binary, each_channel_has_its_own_second)
{
    struct message add = make_add_long(1, 'B', 100, "AAPL  ", 1000000);
    feed_on(add, 1);
    cr_assert_eq(ticks[0].ts_event, TF_UNDEF_TIMESTAMP);
    cr_assert_eq(counts()->first_ts_event, TF_UNDEF_TIMESTAMP);
    feed_on(make_time(100), 1);
    feed_on(make_time(200), 2);
    put(&add, 6, 8, 2);
    feed_on(add, 1);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + 100 * SECOND + 1000);
    put(&add, 6, 8, 3);
    feed_on(add, 2);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + 200 * SECOND + 1000);
    ops->gap(decoder, 1);
    put(&add, 6, 8, 4);
    feed_on(add, 1);
    cr_assert_eq(ticks[0].ts_event, TF_UNDEF_TIMESTAMP, "a Time message may be lost");
    feed_on(make_time(100000), 300);
    put(&add, 6, 8, 5);
    feed_on(add, 300);
    cr_assert_eq(ticks[0].ts_event, TF_UNDEF_TIMESTAMP, "more channels than are remembered");
    cr_assert_eq(counts()->last_ts_event, MIDNIGHT + 200 * SECOND + 1000);
    put(&add, 6, 8, 6);
    feed_on(make_time(150), 2);
    feed_on(add, 2);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_TIME_BACKWARDS], 1);
}

Test(pitch_binary, bad_fields_cost_their_message)
{
    feed(make_add_long(1, 'X', 100, "AAPL  ", 1000000));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "side", 14);
    ops->restart(decoder);
    feed(make_add_long(1, 'B', 0, "AAPL  ", 1000000));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "shares", 15);
    ops->restart(decoder);
    feed(make_add_long(1, 'B', 1, "      ", 1000000));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "symbol", 19);
    ops->restart(decoder);
    feed(make_add_long(1, 'B', 1, "AAPL  ", INT64_MAX / 2));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 25);
    ops->restart(decoder);
    feed(make_time(2 * 86400));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "seconds", 2);
    ops->restart(decoder);
    feed(make_executed_at(1, 1, 1, UINT64_C(1) << 62));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 30);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(pitch_binary, quantity_that_ticks_cannot_say_is_clipped)
{
    feed(make_add_long(1, 'B', UINT32_MAX, "AAPL  ", 1000000));
    assert_mbo(ticks[0], 'A', 'B', 1, 1000000, UINT32_MAX - 1, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_SIZE_OVERFLOW], 1);
}

Test(pitch_binary, other_types_are_counted_and_no_damage)
{
    feed(make(0x2E, 38, 1));
    feed(make(0xBB, 65, 1));
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->messages, 2);
    cr_assert_eq(counts()->messages_by_type[0xBB], 1);
    cr_assert_eq(anomalies(), 0);
    feed(make(0, 6, 1));
    assert_flaw(TF_ANOMALY_UNKNOWN_TYPE, "message type", 1);
    char name[8];
    ops->type_name(0x2E, name);
    cr_assert_str_eq(name, "0x2E");
    ops->type_name(0xBB, name);
    cr_assert_str_eq(name, "0xBB");
}

/* Every type at every length below its own: no tick, one flaw, no byte too far. */
Test(pitch_binary, short_messages_of_every_type_are_refused)
{
    static const uint8_t full[][2] = {
        {0x20, 6},  {0x97, 6},  {0x21, 33}, {0x22, 25}, {0x2F, 35}, {0x23, 26},
        {0x24, 38}, {0x25, 18}, {0x26, 16}, {0x27, 26}, {0x28, 18}, {0x29, 14},
        {0x2A, 41}, {0x2B, 33}, {0x30, 43}, {0x2C, 14}, {0x31, 16}, {0x2D, 6}};
    for (unsigned i = 0; i < sizeof full / sizeof full[0]; i++)
        for (uint32_t length = 0; length < full[i][1]; length++) {
            struct message cut = make(full[i][0], (uint8_t)length, 1);
            cut.length = length;
            ops->restart(decoder);
            feed(cut);
            assert_flaw(TF_ANOMALY_BAD_LENGTH, "length", 0);
        }
}

Test(pitch_binary, restart_begins_anew_and_defines_again)
{
    feed(make_time(100));
    feed(make_add_long(1, 'B', 100, "AAPL  ", 1000000));
    ops->restart(decoder);
    cr_assert_eq(counts()->messages, 0);
    cr_assert_eq(counts()->orders_open, 0);
    cr_assert_eq(counts()->symbols, 0);
    feed(make_add_long(1, 'B', 100, "AAPL  ", 1000000));
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].ts_event, TF_UNDEF_TIMESTAMP);
    cr_assert_eq(definitions, 2);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
}

Test(pitch_binary, facts_sum_messages_as_they_are)
{
    feed(make_time(100));
    feed(make_time(101));
    feed(make_add_long(1, 'B', 100, "ZZZ   ", 7));
    feed(make_add_long(2, 'S', 50, "AAPL  ", 8));
    feed(make_executed(1, 30, 4));
    assert_facts_have("\"symbols_detail\":[\"AAPL\",\"ZZZ\"]");
    assert_facts_have("\"time_seconds_sum\":201");
    assert_facts_have("\"add_shares_sum\":150");
    assert_facts_have("\"add_price_sum_e4\":15");
    assert_facts_have("\"exec_shares_sum\":30");
    assert_facts_have("\"0x20\":\"062064000000\"");
    char *all = facts();
    cr_assert(!strstr(all, "modify"), "only what came");
    free(all);
}
