/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and trades of ITCH 5.0, each message by its fields, then their lives. */
#include "itch50_fixture.h"

TestSuite(itch50_orders, .init = open_decoder, .fini = close_decoder);

Test(itch50_orders, add_order_has_every_field)
{
    struct message add = make_add(0x0102030405060708, 'B', 0x11223344, "AAPL    ", 1234567);
    put(&add, 1, 2, 0xBEEF);
    put(&add, 5, 6, 0x0000123456789ABC);
    feed(add);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'B', 0x0102030405060708, 1234567, 0x11223344, 0);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + 0x0000123456789ABC);
    cr_assert_eq(ticks[0].instrument_id, 0xBEEF);
    cr_assert_eq(ticks[0].sequence, 1);
    cr_assert_eq(counts()->symbols, 1);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(counts()->first_ts_event, MIDNIGHT + 0x0000123456789ABC);
    cr_assert_eq(anomalies(), 0);
}

Test(itch50_orders, add_order_with_mpid_is_an_add)
{
    struct message add = make_add(9, 'S', 100, "MSFT    ", 500000);
    add.bytes[0] = 'F';
    add.length = 40;
    put_text(&add, 36, "NSDQ");
    feed(add);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'A', 9, 500000, 100, 0);
    cr_assert_eq(counts()->messages_by_type['F'], 1);
}

Test(itch50_orders, execution_is_trade_fill_cancel)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_executed(1, 100, 77));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'A', 77, 1000000, 100, 0);
    assert_mbo(ticks[1], 'F', 'B', 1, 1000000, 100, 0);
    assert_mbo(ticks[2], 'C', 'B', 1, 1000000, 100, 0);
    cr_assert_eq(ticks[2].sequence, 2);
    cr_assert_eq(counts()->trades, 1);
    cr_assert_eq(counts()->traded_volume, 100);
    cr_assert_eq(counts()->printed_volume, 100);
    cr_assert_eq(counts()->orders_open, 1);
}

Test(itch50_orders, aggressor_of_a_sell_order_is_the_bid)
{
    feed(make_add(1, 'S', 300, "AAPL    ", 1000000));
    feed(make_executed(1, 300, 78));
    assert_mbo(ticks[0], 'T', 'B', 78, 1000000, 300, 0);
    assert_mbo(ticks[1], 'F', 'A', 1, 1000000, 300, 0);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(itch50_orders, execution_with_price_prints_at_its_price_and_cancels_at_the_orders)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_executed_at(1, 100, 79, 'Y', 999900));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'A', 79, 999900, 100, 0);
    assert_mbo(ticks[1], 'F', 'B', 1, 999900, 100, 0);
    assert_mbo(ticks[2], 'C', 'B', 1, 1000000, 100, 0);
}

Test(itch50_orders, execution_that_does_not_print_has_no_trade)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_executed_at(1, 300, 80, 'N', 999900));
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[0], 'F', 'B', 1, 999900, 300, 0);
    assert_mbo(ticks[1], 'C', 'B', 1, 1000000, 300, 0);
    cr_assert_eq(counts()->trades, 1);
    cr_assert_eq(counts()->traded_volume, 300);
    cr_assert_eq(counts()->printed_volume, 0);
}

Test(itch50_orders, cancel_takes_shares_off)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_cancel(1, 120));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'C', 'B', 1, 1000000, 120, 0);
    feed(make_delete(1));
    assert_mbo(ticks[0], 'C', 'B', 1, 1000000, 180, 0);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(itch50_orders, replace_inherits_side_and_stock)
{
    feed(make_add(1, 'S', 300, "AAPL    ", 1000000));
    feed(make_cancel(1, 100));
    feed(make_replace(1, 2, 500, 1000100));
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[0], 'C', 'A', 1, 1000000, 200, 0);
    assert_mbo(ticks[1], 'A', 'A', 2, 1000100, 500, 0);
    feed(make_delete(1));
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, 1);
    feed(make_executed(2, 500, 5));
    assert_mbo(ticks[1], 'F', 'A', 2, 1000100, 500, 0);
    cr_assert_eq(counts()->orders_open, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_ORDER], 1);
}

Test(itch50_orders, replace_may_keep_the_reference)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_replace(1, 1, 400, 999900));
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[1], 'A', 'B', 1, 999900, 400, 0);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(anomalies(), 0);
}

Test(itch50_orders, trade_of_a_hidden_order)
{
    struct message trade = make('P', 44, 3, 1);
    trade.bytes[19] = 'B';
    put(&trade, 20, 4, 147);
    put_text(&trade, 24, "GOOGL   ");
    put(&trade, 32, 4, 1284600);
    put(&trade, 36, 8, 0xFFFFFFFFFFFFFFFE);
    feed(trade);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'T', 'N', 0xFFFFFFFFFFFFFFFE, 1284600, 147, 0);
    cr_assert_eq(counts()->trades, 1);
    cr_assert_eq(counts()->traded_volume, 147);
    cr_assert_eq(counts()->symbols, 1);
}

Test(itch50_orders, cross_prints_but_is_no_trade_of_the_count)
{
    struct message cross = make('Q', 40, 3, 1);
    put(&cross, 11, 8, 250000);
    put_text(&cross, 19, "BAC-Q   ");
    put(&cross, 27, 4, 280000);
    put(&cross, 31, 8, 0x1122334455);
    cross.bytes[39] = 'O';
    feed(cross);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'T', 'N', 0x1122334455, 280000, 250000, 0);
    cr_assert_eq(counts()->trades, 0);
    cr_assert_eq(counts()->traded_volume, 0);
    cr_assert_eq(counts()->printed_volume, 250000);

    put(&cross, 11, 8, 0x100000000);
    put(&cross, 27, 4, 0);
    feed(cross);
    assert_mbo(ticks[0], 'T', 'N', 0x1122334455, NO_PRICE, TF_UNDEF_SIZE - 1, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_SIZE_OVERFLOW], 1);
}

Test(itch50_orders, broken_trade_names_the_match)
{
    struct message broken = make('B', 19, 3, 1);
    put(&broken, 11, 8, 77);
    feed(broken);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_TRADE);
    cr_assert_eq(ticks[0].action, 'C');
    cr_assert_eq(ticks[0].side, 'N');
    cr_assert_eq(ticks[0].order_id, 77);
    cr_assert_eq(ticks[0].price, TF_UNDEF_PRICE);
    cr_assert_eq(ticks[0].size, TF_UNDEF_SIZE);
}

/* ---- what a capture from mid-session or a damaged one does ---- */

Test(itch50_orders, unknown_orders_are_delivered_and_marked)
{
    feed(make_executed(1, 100, 5));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'N', 5, NO_PRICE, 100, 1);
    assert_mbo(ticks[1], 'F', 'N', 1, NO_PRICE, 100, 1);
    assert_mbo(ticks[2], 'C', 'N', 1, NO_PRICE, 100, 1);
    cr_assert_eq(ticks[2].instrument_id, 7);
    feed(make_executed_at(1, 50, 6, 'Y', 123400));
    assert_mbo(ticks[0], 'T', 'N', 6, 123400, 50, 1);
    assert_mbo(ticks[2], 'C', 'N', 1, NO_PRICE, 50, 1);
    feed(make_cancel(1, 10));
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, 10, 1);
    feed(make_delete(1));
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, 1);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_ORDER], 4);
    cr_assert_eq(counts()->trades, 2);
    cr_assert_eq(counts()->traded_volume, 150);
}

Test(itch50_orders, replacement_of_an_unknown_order_is_remembered)
{
    feed(make_replace(1, 2, 500, 1000100));
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, 1);
    assert_mbo(ticks[1], 'A', 'N', 2, 1000100, 500, 1);
    cr_assert_eq(counts()->orders_open, 1);
    feed(make_executed(2, 500, 9));
    assert_mbo(ticks[0], 'T', 'N', 9, 1000100, 500, 0);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(itch50_orders, taking_more_than_there_is_clips_the_book_not_the_print)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_executed(1, 400, 5));
    assert_mbo(ticks[0], 'T', 'A', 5, 1000000, 400, 0);
    assert_mbo(ticks[2], 'C', 'B', 1, 1000000, 300, 0);
    feed(make_add(2, 'B', 300, "AAPL    ", 1000000));
    feed(make_cancel(2, 0xFFFFFFFF));
    assert_mbo(ticks[0], 'C', 'B', 2, 1000000, 300, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_OVERFILL], 2);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(itch50_orders, an_add_with_a_taken_reference_replaces)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    feed(make_add(1, 'S', 50, "AAPL    ", 1000200));
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[0], 'C', 'B', 1, 1000000, 300, 1);
    assert_mbo(ticks[1], 'A', 'A', 1, 1000200, 50, 1);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_DUPLICATE_ORDER], 1);
    feed(make_add(2, 'B', 300, "AAPL    ", 1000000));
    feed(make_replace(2, 1, 10, 5));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'C', 'B', 2, 1000000, 300, 0);
    assert_mbo(ticks[1], 'C', 'A', 1, 1000200, 50, 1);
    assert_mbo(ticks[2], 'A', 'B', 1, 5, 10, 1);
}

Test(itch50_orders, the_orders_locate_wins)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    struct message delete_elsewhere = make_delete(1);
    put(&delete_elsewhere, 1, 2, 99);
    feed(delete_elsewhere);
    cr_assert_eq(ticks[0].instrument_id, 7);
}

Test(itch50_orders, bad_fields_cost_the_message)
{
    feed(make_add(1, 'Z', 300, "AAPL    ", 1000000));
    feed(make_add(1, 'B', 0, "AAPL    ", 1000000));
    feed(make_executed_at(1, 300, 1, '?', 1));
    feed(make_replace(1, 2, 0, 1));
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 4);
    cr_assert_eq(counts()->messages, 4);
    cr_assert_eq(counts()->orders_open, 0);
    cr_assert_eq(counts()->trades, 0);
}

Test(itch50_orders, restart_forgets_everything)
{
    feed(make_add(1, 'B', 300, "AAPL    ", 1000000));
    tf_itch50_ops.restart(decoder);
    cr_assert_eq(counts()->messages, 0);
    cr_assert_eq(counts()->orders_open, 0);
    cr_assert_eq(counts()->symbols, 0);
    cr_assert_eq(counts()->first_ts_event, TF_UNDEF_TIMESTAMP);
    cr_assert_eq(counts()->last_ts_event, TF_UNDEF_TIMESTAMP);
    feed(make_delete(1));
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_ORDER], 1);
}
