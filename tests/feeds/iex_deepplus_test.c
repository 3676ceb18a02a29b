/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of DEEP+, each message by its fields, then their lives. */
#include "iex_fixture.h"

static void open_deepplus(void)
{
    open_decoder(&tf_iex_deepplus_ops);
}

TestSuite(iex_deepplus, .init = open_deepplus, .fini = close_decoder);

#define ID UINT64_C(0x006300000000000a)

/* An MBO tick with all that matters. */
#define assert_mbo(tick, act, sd, id, price4, sz, flag)                                        \
    do {                                                                                       \
        assert_tick(tick, TF_RTYPE_MBO, act, sd, price4, sz);                                  \
        cr_assert_eq((tick).order_id, (uint64_t)(id));                                         \
        cr_assert_eq((tick).flags & ~TF_FLAG_LAST, flag, "flags %x", (tick).flags);            \
    } while (0)
enum { FINE = 0, BAD = TF_FLAG_MAYBE_BAD_BOOK, SPECIFIC = TF_FLAG_PUBLISHER_SPECIFIC };

static void add_order(const char *symbol, uint64_t id, char side, uint32_t size, uint64_t price)
{
    feed(make_order('a', side == 'B' ? '8' : '5', symbol, id, size, price, 0));
}

Test(iex_deepplus, add_order_has_every_field)
{
    add_order("IBKR", ID, 'B', 0x01020304, UINT64_C(0x123456789A));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'B', ID, INT64_C(0x123456789A), 0x01020304, FINE);
    cr_assert(ticks[0].flags & TF_FLAG_LAST);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(counts()->orders_open, 1);
    add_order("IBKR", ID + 1, 'A', 100, 1000000);
    assert_mbo(ticks[0], 'A', 'A', ID + 1, 1000000, 100, FINE);
    cr_assert_eq(counts()->orders_open, 2);
    cr_assert_eq(anomalies(), 0);
}

Test(iex_deepplus, add_order_with_a_bad_field_adds_nothing)
{
    feed(make_order('a', 'B', "IBKR", ID, 100, 1000000, 0));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "side", 1);
    feed(make_order('a', '8', "IBKR", ID, 0, 1000000, 0));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "size", 26);
    feed(make_order('a', '8', "IBKR", ID, 100, UINT64_MAX, 0));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 30);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(iex_deepplus, delete_has_what_was_left)
{
    add_order("IBKR", ID, 'B', 300, UINT64_C(5000000000)); /* beyond 32 bits */
    feed(make_delete("IBKR", ID));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'C', 'B', ID, INT64_C(5000000000), 300, FINE);
    cr_assert_eq(counts()->orders_open, 0);
    cr_assert_eq(anomalies(), 0);
}

Test(iex_deepplus, modify_sets_price_and_size)
{
    add_order("IBKR", ID, 'A', 300, 1000000);
    feed(make_order('M', 0, "IBKR", ID, 200, 1000100, 0));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'M', 'A', ID, 1000100, 200, FINE);
    feed(make_order('M', 1, "IBKR", ID, 150, 1000200, 0));
    assert_mbo(ticks[0], 'M', 'A', ID, 1000200, 150, SPECIFIC);
    feed(make_delete("IBKR", ID));
    assert_mbo(ticks[0], 'C', 'A', ID, 1000200, 150, FINE);
    feed(make_order('M', 0, "IBKR", ID, 0, 1000100, 0));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "size", 26);
}

Test(iex_deepplus, execution_is_trade_fill_cancel)
{
    add_order("IBKR", ID, 'B', 300, 1380000);
    feed(make_order('L', 0, "IBKR", ID, 100, 1370000, 77));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'A', 77, 1370000, 100, FINE);
    assert_mbo(ticks[1], 'F', 'B', ID, 1370000, 100, FINE);
    assert_mbo(ticks[2], 'C', 'B', ID, 1380000, 100, FINE);
    cr_assert(ticks[2].flags & TF_FLAG_LAST);
    cr_assert_eq(counts()->orders_open, 1);
    cr_assert_eq(counts()->printed_volume, 100);
    cr_assert_eq(counts()->trades, 0);
    feed(make_delete("IBKR", ID));
    assert_mbo(ticks[0], 'C', 'B', ID, 1380000, 200, FINE);
}

Test(iex_deepplus, aggressor_of_a_sell_order_is_the_bid)
{
    add_order("IBKR", ID, 'A', 300, 1380000);
    feed(make_order('L', 0x40, "IBKR", ID, 300, 1380000, 78));
    assert_mbo(ticks[0], 'T', 'B', 78, 1380000, 300, SPECIFIC);
    assert_mbo(ticks[1], 'F', 'A', ID, 1380000, 300, FINE);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(iex_deepplus, more_executed_than_there_is_is_clipped)
{
    add_order("IBKR", ID, 'B', 100, 1380000);
    feed(make_order('L', 0, "IBKR", ID, 150, 1380000, 78));
    assert_mbo(ticks[0], 'T', 'A', 78, 1380000, 150, FINE);
    assert_mbo(ticks[2], 'C', 'B', ID, 1380000, 100, FINE);
    cr_assert_eq(anomaly(TF_ANOMALY_OVERFILL), 1);
    cr_assert_eq(counts()->orders_open, 0);
}

Test(iex_deepplus, trades_without_an_order_are_trades)
{
    feed(make_trade('T', 0, "IBKR", 100, 1380000, 5));
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'T', 'N', 1380000, 100);
    cr_assert_eq(counts()->traded_volume, 100);
    cr_assert_eq(counts()->printed_volume, 100);
    feed(make_trade('B', 0, "IBKR", 100, 1380000, 5));
    assert_tick(ticks[0], TF_RTYPE_TRADE, 'C', 'N', 1380000, 100);
}

Test(iex_deepplus, unknown_orders_are_delivered_as_doubtful)
{
    feed(make_delete("IBKR", ID));
    assert_mbo(ticks[0], 'C', 'N', ID, NO_PRICE, TF_UNDEF_SIZE, BAD);
    feed(make_order('L', 0, "IBKR", ID, 100, 1380000, 78));
    assert_mbo(ticks[0], 'T', 'N', 78, 1380000, 100, BAD);
    assert_mbo(ticks[1], 'F', 'N', ID, 1380000, 100, BAD);
    assert_mbo(ticks[2], 'C', 'N', ID, NO_PRICE, 100, BAD);
    feed(make_order('M', 0, "IBKR", ID, 200, 1000100, 0));
    assert_mbo(ticks[0], 'M', 'N', ID, 1000100, 200, BAD);
    cr_assert_eq(anomaly(TF_ANOMALY_UNKNOWN_ORDER), 3);
    feed(make_delete("IBKR", ID)); /* known now, but for its side */
    assert_mbo(ticks[0], 'C', 'N', ID, 1000100, 200, FINE);
    cr_assert_eq(anomaly(TF_ANOMALY_UNKNOWN_ORDER), 3);
}

Test(iex_deepplus, add_of_a_taken_id_replaces)
{
    add_order("IBKR", ID, 'B', 300, 1380000);
    add_order("TFC", ID, 'A', 200, 1390000);
    cr_assert_eq(tick_count, 2);
    assert_mbo(ticks[0], 'C', 'B', ID, 1380000, 300, BAD);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    assert_mbo(ticks[1], 'A', 'A', ID, 1390000, 200, BAD);
    cr_assert_eq(ticks[1].instrument_id, TF_INSTRUMENT_ID_FIRST + 1);
    cr_assert_eq(anomaly(TF_ANOMALY_DUPLICATE_ORDER), 1);
    cr_assert_eq(anomaly(TF_ANOMALY_UNKNOWN_ORDER), 0);
    cr_assert_eq(counts()->orders_open, 1);
    feed(make_delete("TFC", ID));
    assert_mbo(ticks[0], 'C', 'A', ID, 1390000, 200, FINE);
}

Test(iex_deepplus, own_instrument_wins)
{
    add_order("IBKR", ID, 'B', 300, 1380000);
    feed(make_order('L', 0, "TFC", ID, 100, 1380000, 78));
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(ticks[i].instrument_id, TF_INSTRUMENT_ID_FIRST);
}

Test(iex_deepplus, clear_book_takes_all_orders_of_the_instrument)
{
    add_order("IBKR", 1, 'B', 300, 1380000);
    add_order("IBKR", 2, 'A', 300, 1390000);
    add_order("TFC", 3, 'A', 300, 400000);
    feed(make('C', 18, 0, "IBKR"));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'R', 'N', 0, NO_PRICE, TF_UNDEF_SIZE, FINE);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(counts()->orders_open, 1);
    feed(make_delete("IBKR", 1));
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, BAD);
    add_order("IBKR", 2, 'B', 50, 1380000); /* the id is free */
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'B', 2, 1380000, 50, FINE);
    feed(make_delete("TFC", 3));
    assert_mbo(ticks[0], 'C', 'A', 3, 400000, 300, FINE);
    cr_assert_eq(counts()->orders_open, 1);
    feed(make('C', 18, 0, "IBKR"));
    cr_assert_eq(counts()->orders_open, 0);
}

Test(iex_deepplus, start_of_messages_takes_all_orders)
{
    add_order("IBKR", 1, 'B', 300, 1380000);
    add_order("TFC", 2, 'A', 300, 400000);
    feed(make('S', 10, 'O', ""));
    cr_assert_eq(counts()->orders_open, 0);
    add_order("IBKR", 1, 'A', 100, 1380000);
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'A', 1, 1380000, 100, FINE);
    feed(make('C', 18, 0, "TFC")); /* has none that count */
    cr_assert_eq(counts()->orders_open, 1);
    feed(make_delete("TFC", 2));
    assert_mbo(ticks[0], 'C', 'N', 2, NO_PRICE, TF_UNDEF_SIZE, BAD);
    feed(make_delete("IBKR", 1));
    assert_mbo(ticks[0], 'C', 'A', 1, 1380000, 100, FINE);
    cr_assert_eq(counts()->orders_open, 0);
    feed(make('S', 10, 'S', "")); /* another event takes none */
    add_order("IBKR", 1, 'A', 100, 1380000);
    feed(make('S', 10, 'R', ""));
    cr_assert_eq(counts()->orders_open, 1);
}

Test(iex_deepplus, orders_from_before_a_gap_are_doubtful)
{
    add_order("IBKR", 1, 'B', 300, 1380000);
    add_order("IBKR", 2, 'B', 300, 1380000);
    ops->gap(decoder, 0);
    add_order("IBKR", 3, 'B', 300, 1380000);
    assert_mbo(ticks[0], 'A', 'B', 3, 1380000, 300, FINE);
    feed(make_order('L', 0, "IBKR", 3, 100, 1380000, 9));
    assert_mbo(ticks[2], 'C', 'B', 3, 1380000, 100, FINE);
    feed(make_order('L', 0, "IBKR", 1, 100, 1380000, 9));
    for (unsigned i = 0; i < 3; i++)
        cr_assert(ticks[i].flags & TF_FLAG_MAYBE_BAD_BOOK);
    feed(make_delete("IBKR", 1));
    assert_mbo(ticks[0], 'C', 'B', 1, 1380000, 200, BAD);
    feed(make_order('M', 0, "IBKR", 2, 50, 1370000, 0));
    assert_mbo(ticks[0], 'M', 'B', 2, 1370000, 50, BAD);
    feed(make_delete("IBKR", 2)); /* all of it was told again */
    assert_mbo(ticks[0], 'C', 'B', 2, 1370000, 50, FINE);
    cr_assert_eq(anomalies(), 0);
}

/* More of them than an order can tell apart: then everything is forgotten, and said to be. */
Test(iex_deepplus, sixteen_million_gaps)
{
    add_order("IBKR", 1, 'B', 300, 1380000);
    feed(make('C', 18, 0, "TFC"));
    for (unsigned i = 0; i < 1u << 24; i++)
        ops->gap(decoder, 0);
    cr_assert_eq(counts()->orders_open, 0);
    feed(make_delete("IBKR", 1));
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, BAD);
    add_order("TFC", 2, 'B', 300, 1380000);
    cr_assert_eq(counts()->orders_open, 1);
    feed(make('C', 18, 0, "TFC"));
    cr_assert_eq(counts()->orders_open, 0);
    add_order("TFC", 2, 'B', 300, 1380000);
    assert_mbo(ticks[0], 'A', 'B', 2, 1380000, 300, FINE);
    feed(make_delete("TFC", 2));
    assert_mbo(ticks[0], 'C', 'B', 2, 1380000, 300, FINE);
}

Test(iex_deepplus, restart_forgets_orders)
{
    add_order("IBKR", 1, 'B', 300, 1380000);
    feed(make('C', 18, 0, "TFC"));
    ops->restart(decoder);
    cr_assert_eq(counts()->orders_open, 0);
    feed(make_delete("IBKR", 1));
    assert_mbo(ticks[0], 'C', 'N', 1, NO_PRICE, TF_UNDEF_SIZE, BAD);
}

/* Against a plain array: what is open, and how much of it. */
Test(iex_deepplus, lives_of_many_orders)
{
    enum { ORDERS = 4000, STEPS = 100000 };
    static uint32_t shares[ORDERS];
    uint64_t random = 88172645463325252u, open = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        unsigned id = (unsigned)(random % ORDERS);
        const char *symbol = id % 3 ? "IBKR" : "TFC";
        uint32_t size = 1 + (uint32_t)(random >> 40) % 100;
        if (!shares[id]) {
            add_order(symbol, id, 'B', size, 10000 + id);
            shares[id] = size;
            open++;
        } else if (random >> 62 == 0) {
            feed(make_delete(symbol, id));
            assert_mbo(ticks[0], 'C', 'B', id, 10000 + (int64_t)id, shares[id], FINE);
            shares[id] = 0;
            open--;
        } else if (random >> 62 == 1) {
            feed(make_order('M', 0, symbol, id, size, 10000 + id, 0));
            shares[id] = size;
        } else if (size <= shares[id]) {
            feed(make_order('L', 0, symbol, id, size, 10000 + id, step));
            assert_mbo(ticks[2], 'C', 'B', id, 10000 + (int64_t)id, size, FINE);
            shares[id] -= size;
            open -= !shares[id];
        } else if (random % 1000 == 0) {
            feed(make('C', 18, 0, symbol));
            for (unsigned i = 0; i < ORDERS; i++) {
                if ((i % 3 == 0) == (id % 3 == 0) && shares[i]) {
                    shares[i] = 0;
                    open--;
                }
            }
        }
        cr_assert_eq(counts()->orders_open, open);
    }
    cr_assert_eq(anomalies(), 0);
}
