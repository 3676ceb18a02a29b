/* SPDX-License-Identifier: Apache-2.0 */
/* Directory, status, official prices and auctions of the IEX feeds. */
#include "iex_fixture.h"

/* DEEP has all of them. */
static void open_deep(void)
{
    open_decoder(&tf_iex_deep_ops);
}

TestSuite(iex_admin, .init = open_deep, .fini = close_decoder);

/* A message of this letter gives this one tick, which ends its event. */
static void feed_one(struct message message)
{
    feed(message);
    cr_assert_eq(tick_count, 1);
    cr_assert(ticks[0].flags & TF_FLAG_LAST);
}

Test(iex_admin, system_events)
{
    static const char letters[] = "OSRMEC";
    for (uint32_t i = 0; i < 6; i++) {
        feed_one(make('S', 10, (uint8_t)letters[i], ""));
        assert_tick(ticks[0], TF_RTYPE_SYSTEM, 'N', 'N', NO_PRICE,
                    TF_SYSTEM_START_OF_MESSAGES + i);
        cr_assert_eq(ticks[0].instrument_id, 0);
    }
    feed(make('S', 10, 'Q', ""));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "system event", 1);
    feed(make('S', 10, 0, ""));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "system event", 1);
    cr_assert_eq(definitions, 0);
}

Test(iex_admin, directory_defines_with_lot_and_class)
{
    struct message directory = make('D', 31, 0xA0, "ZEXIT");
    put(&directory, 18, 4, 100);
    put(&directory, 22, 8, 999900);
    directory.bytes[30] = 2;
    feed_one(directory);
    assert_tick(ticks[0], TF_RTYPE_DEFINITION, 'A', 'N', 999900, 100);
    assert_text(&ticks[0], "T-E2    ");
    cr_assert_eq(definitions, 2);
    cr_assert_eq(defined.instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_str_eq(defined.symbol, "ZEXIT");
    cr_assert_str_eq(defined.venue_class, "T-E2");
    cr_assert_eq(defined.lot_size, 100);
    cr_assert_eq(defined.price_increment, 100000);

    directory.bytes[1] = 0x40;
    directory.bytes[30] = 0;
    put(&directory, 22, 8, 0);
    feed_one(directory);
    assert_tick(ticks[0], TF_RTYPE_DEFINITION, 'A', 'N', NO_PRICE, 100);
    assert_text(&ticks[0], "-W-0    ");
    cr_assert_eq(definitions, 3);
}

Test(iex_admin, directory_without_sense_defines_no_more_than_the_symbol)
{
    struct message directory = make('D', 31, 0, "ZEXIT");
    directory.bytes[30] = 10;
    feed(directory);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "LULD tier", 30);
    directory.bytes[30] = 0;
    put(&directory, 22, 8, UINT64_MAX);
    feed(directory);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 22);
    cr_assert_eq(definitions, 1);
}

Test(iex_admin, trading_status)
{
    static const struct {
        uint8_t letter;
        uint32_t status;
    } states[] = {{'H', TF_STATUS_HALT},
                  {'O', TF_STATUS_QUOTING},
                  {'P', TF_STATUS_PAUSE},
                  {'T', TF_STATUS_TRADING}};
    for (unsigned i = 0; i < 4; i++) {
        struct message halt = make('H', 22, states[i].letter, "ZEUS");
        put_text(&halt, 18, "NA  ");
        feed_one(halt);
        assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', NO_PRICE, states[i].status);
        assert_text(&ticks[0], "NA      ");
        cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    }
    feed(make('H', 22, 'X', "ZEUS"));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "trading status", 1);
}

Test(iex_admin, operational_halt)
{
    feed_one(make('O', 18, 'O', "KOOL"));
    assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', NO_PRICE, TF_STATUS_HALT);
    assert_text(&ticks[0], "OPHALT  ");
    feed_one(make('O', 18, 'N', "KOOL"));
    assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', NO_PRICE, TF_STATUS_TRADING);
    feed(make('O', 18, 'X', "KOOL"));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "operational halt status", 1);
}

Test(iex_admin, short_sale_price_test)
{
    struct message test = make('P', 19, 1, "KOOL");
    test.bytes[18] = 'A';
    feed_one(test);
    assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', NO_PRICE, TF_STATUS_SHORT_SALE_CHANGE);
    assert_text(&ticks[0], "1A      ");
    test.bytes[1] = 0;
    test.bytes[18] = ' ';
    feed_one(test);
    assert_text(&ticks[0], "0       ");
    test.bytes[18] = 'X';
    feed(test);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "detail", 18);
    test.bytes[1] = 2;
    feed(test);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "short sale price test status", 1);
}

Test(iex_admin, security_event)
{
    feed_one(make('E', 18, 'O', "KOOL"));
    assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', NO_PRICE, TF_STATUS_NONE);
    assert_text(&ticks[0], "OPENED  ");
    feed_one(make('E', 18, 'C', "KOOL"));
    assert_text(&ticks[0], "CLOSED  ");
    feed(make('E', 18, 'X', "KOOL"));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "security event", 1);
}

Test(iex_admin, retail_liquidity)
{
    static const char letters[] = " ABC", sides[] = "NBAN";
    for (unsigned i = 0; i < 4; i++) {
        feed_one(make('I', 18, (uint8_t)letters[i], "KOOL"));
        assert_tick(ticks[0], TF_RTYPE_STATISTICS, 'N', sides[i], NO_PRICE, TF_UNDEF_SIZE);
        cr_assert_arr_eq(ticks[0].text, "RLI    ", 7);
        cr_assert_eq(ticks[0].text[7], letters[i]);
    }
    feed(make('I', 18, 'D', "KOOL"));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "retail liquidity indicator", 1);
}

Test(iex_admin, official_price)
{
    struct message official = make('X', 26, 'Q', "ZXIET");
    put(&official, 18, 8, 1000000);
    feed_one(official);
    assert_tick(ticks[0], TF_RTYPE_STATISTICS, 'N', 'N', 1000000, TF_UNDEF_SIZE);
    assert_text(&ticks[0], "OPENPX  ");
    official.bytes[1] = 'M';
    put(&official, 18, 8, 0);
    feed_one(official);
    assert_tick(ticks[0], TF_RTYPE_STATISTICS, 'N', 'N', NO_PRICE, TF_UNDEF_SIZE);
    assert_text(&ticks[0], "CLOSEPX ");
    official.bytes[1] = 'X';
    feed(official);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price type", 1);
}

static struct message make_auction(uint8_t type, char side)
{
    struct message auction = make('A', 80, type, "ZIEXT");
    put(&auction, 18, 4, 715);    /* paired */
    put(&auction, 22, 8, 200000); /* reference */
    put(&auction, 30, 8, 199900); /* indicative clearing */
    put(&auction, 38, 4, 53);     /* imbalance */
    auction.bytes[42] = (uint8_t)side;
    auction.bytes[43] = 3; /* extensions */
    put(&auction, 44, 4, 1499715000);
    put(&auction, 48, 8, 199800); /* book clearing */
    put(&auction, 56, 8, 200100); /* collar reference */
    put(&auction, 64, 8, 180000); /* lower */
    put(&auction, 72, 8, 220000); /* upper */
    return auction;
}

Test(iex_admin, auction_is_six_ticks)
{
    feed(make_auction('O', 'S'));
    cr_assert_eq(tick_count, 6);
    assert_tick(ticks[0], TF_RTYPE_IMBALANCE, 'N', 'A', 200000, 53);
    cr_assert_eq(ticks[0].order_id, 715);
    assert_tick(ticks[1], TF_RTYPE_IMBALANCE, 'N', 'N', 199900, 1499715000);
    assert_text(&ticks[1], "INDIC  O");
    assert_tick(ticks[2], TF_RTYPE_IMBALANCE, 'N', 'N', 199800, TF_UNDEF_SIZE);
    assert_text(&ticks[2], "BOOK   O");
    assert_tick(ticks[3], TF_RTYPE_IMBALANCE, 'N', 'N', 200100, 3);
    assert_text(&ticks[3], "COLLREFO");
    assert_tick(ticks[4], TF_RTYPE_IMBALANCE, 'N', 'N', 180000, 3);
    assert_text(&ticks[4], "COLLLOWO");
    assert_tick(ticks[5], TF_RTYPE_IMBALANCE, 'N', 'N', 220000, 3);
    assert_text(&ticks[5], "COLLUPRO");
    cr_assert_eq(ticks[5].flags, TF_FLAG_LAST);
}

Test(iex_admin, auction_without_prices)
{
    struct message auction = make_auction('V', 'N');
    for (unsigned at = 48; at < 80; at++)
        auction.bytes[at] = 0;
    feed(auction);
    cr_assert_eq(tick_count, 6);
    assert_tick(ticks[0], TF_RTYPE_IMBALANCE, 'N', 'N', 200000, 53);
    for (unsigned i = 2; i < 6; i++)
        cr_assert_eq(ticks[i].price, TF_UNDEF_PRICE);
    feed(make_auction('C', 'B'));
    cr_assert_eq(ticks[0].side, 'B');
}

Test(iex_admin, auction_with_a_bad_field_gives_nothing)
{
    feed(make_auction('Z', 'B'));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "auction type", 1);
    feed(make_auction('O', 'A'));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "imbalance side", 42);
    static const unsigned prices[] = {22, 30, 48, 56, 64, 72};
    for (unsigned i = 0; i < 6; i++) {
        struct message auction = make_auction('O', 'B');
        put(&auction, prices[i], 8, UINT64_MAX);
        feed(auction);
        assert_flaw(TF_ANOMALY_BAD_FIELD, "price", prices[i]);
    }
}
