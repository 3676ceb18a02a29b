/* SPDX-License-Identifier: Apache-2.0 */
/* CME MDP 3.0: trades with their orders, and statistics. */
#include "cme_fixture.h"

enum { LAST = TF_FLAG_LAST };

TestSuite(cme_trades, .init = open_decoder, .fini = close_decoder);

/* Entries of templates 42 and 48. */
static void put_trade(struct message *m, uint32_t at, int64_t price, int32_t size, uint32_t id,
                      uint32_t rpt_seq, int32_t orders, uint8_t aggressor, uint8_t action,
                      uint32_t trade_id)
{
    put(m, at, 8, (uint64_t)price);
    put(m, at + 8, 4, (uint32_t)size);
    put(m, at + 12, 4, id);
    put(m, at + 16, 4, rpt_seq);
    put(m, at + 20, 4, (uint32_t)orders);
    put(m, at + 24, 1, aggressor);
    put(m, at + 25, 1, action);
    put(m, at + 26, 4, trade_id);
}

static void put_fill(struct message *m, uint32_t at, uint64_t order, int32_t quantity)
{
    put(m, at, 8, order);
    put(m, at + 8, 4, (uint32_t)quantity);
}

#define assert_trade(tick, act, sd, trade, id, px, sz, flag)                                   \
    do {                                                                                       \
        assert_tick(tick, TF_RTYPE_TRADE, act, sd, id, px, sz, flag);                          \
        cr_assert_eq((tick).order_id, (uint64_t)(trade));                                      \
    } while (0)

Test(cme_trades, one_tick_an_entry_and_one_an_order)
{
    struct message m = make_refresh(48, 9, END);
    uint32_t at = add_group(&m, 3, 32, 2);
    put_trade(&m, at, 2078, 11, 13950, 1, 3, 1, 0, 900);
    put_trade(&m, at + 32, 2079, 5, 13951, 1, 2, 2, 0, 901);
    at = add_group(&m, 8, 16, 5);
    for (unsigned i = 0; i < 5; i++)
        put_fill(&m, at + 16 * i, 100 + i, (int32_t)(i + 1));
    feed(&m);
    cr_assert_eq(tick_count, 7);
    assert_trade(ticks[0], 'T', 'B', 900, 13950, 2078, 11, 0);
    assert_trade(ticks[1], 'T', 'A', 901, 13951, 2079, 5, 0);
    assert_order(ticks[2], 'F', 'B', 100, 13950, 2078, 1, 0);
    assert_order(ticks[3], 'F', 'A', 101, 13950, 2078, 2, 0);
    assert_order(ticks[4], 'F', 'A', 102, 13950, 2078, 3, 0);
    assert_order(ticks[5], 'F', 'A', 103, 13951, 2079, 4, 0);
    assert_order(ticks[6], 'F', 'B', 104, 13951, 2079, 5, LAST);
    cr_assert_eq(counts()->trades, 2);
    cr_assert_eq(counts()->traded_volume, 16);
    cr_assert_eq(counts()->printed_volume, 16);
    cr_assert_eq(anomalies(), 0);
}

Test(cme_trades, no_aggressor_no_side)
{
    struct message m = make_refresh(48, 9, 0);
    put_trade(&m, add_group(&m, 3, 32, 1), 2078, 11, 13950, 1, 1, 0, 0, UINT32_MAX);
    put_fill(&m, add_group(&m, 8, 16, 1), 0, 11);
    feed(&m);
    assert_trade(ticks[0], 'T', 'N', 0, 13950, 2078, 11, 0);
    assert_order(ticks[1], 'F', 'N', 0, 13950, 2078, 11, 0);
}

Test(cme_trades, orders_that_do_not_add_up)
{
    struct message m = make_refresh(48, 9, 0);
    uint32_t at = add_group(&m, 3, 32, 1);
    put_trade(&m, at, 2078, 11, 13950, 1, 5, 1, 0, 900);
    put_fill(&m, add_group(&m, 8, 16, 1), 7, 11);
    feed(&m);
    cr_assert_eq(tick_count, 2); /* of one entry alone: all are its own */
    assert_order(ticks[1], 'F', 'B', 7, 13950, 2078, 11, 0);
    m = make_refresh(48, 9, 0);
    at = add_group(&m, 3, 32, 2);
    put_trade(&m, at, 2078, 11, 13950, 2, 5, 1, 0, 900);
    put_trade(&m, at + 32, 2079, 11, 13950, 3, INT32_MAX, 1, 0, 900);
    put_fill(&m, add_group(&m, 8, 16, 1), 7, 11);
    feed(&m);
    cr_assert_eq(tick_count, 2); /* of which of the two?  none */
}

Test(cme_trades, corrections_and_busts_are_no_volume)
{
    struct message m = make_refresh(48, 9, 0);
    uint32_t at = add_group(&m, 3, 32, 3);
    put_trade(&m, at, 2078, 11, 13950, 1, 1, 1, 1, 900);
    put_trade(&m, at + 32, 2078, 11, 13950, 2, 0, 1, 2, 900);
    put_trade(&m, at + 64, 2078, 11, 13950, 3, 0, 1, 9, 900);
    put_fill(&m, add_group(&m, 8, 16, 1), 7, 11);
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_trade(ticks[0], 'M', 'B', 900, 13950, 2078, 11, 0);
    assert_trade(ticks[1], 'C', 'B', 900, 13950, 2078, 11, 0);
    cr_assert_eq(counts()->trades, 0);
    cr_assert_eq(counts()->traded_volume, 0);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "MDUpdateAction", at + 64 + 25);
}

Test(cme_trades, template_42_has_old_prices_and_ids_from_version_7_on)
{
    for (uint16_t version = 6; version <= 8; version += 2) {
        struct message m = make_refresh(42, version, 0);
        put_trade(&m, add_group(&m, 3, 32, 1), 2078, 11, 13950, 1, 0, 2, 0, 900);
        add_group(&m, 8, 16, 0);
        feed(&m);
        cr_assert_eq(tick_count, 1);
        assert_trade(ticks[0], 'T', 'A', version >= 7 ? 900 : 0, 13950, 207800, 11, 0);
    }
}

Test(cme_trades, template_36)
{
    struct message m = make_refresh(36, 6, END);
    uint32_t at = add_group(&m, 3, 32, 1);
    put_trade(&m, at, 2078, 11, 13950, 1, 0, 0, 0, 0);
    put(&m, at + 24, 4, 77);
    put(&m, at + 28, 1, 2);
    put(&m, at + 29, 1, 0);
    feed(&m);
    cr_assert_eq(tick_count, 1);
    assert_trade(ticks[0], 'T', 'A', 77, 13950, 207800, 11, LAST);
}

Test(cme_trades, template_65_has_long_quantities)
{
    struct message m = make_refresh(65, 12, END);
    uint32_t at = add_group(&m, 3, 40, 1);
    put(&m, at, 8, 1208150000);
    put(&m, at + 8, 8, 3000000);
    put(&m, at + 16, 4, 5);
    put(&m, at + 20, 4, 1);
    put(&m, at + 24, 4, 2);
    put(&m, at + 28, 4, 901);
    put(&m, at + 32, 1, 1);
    at = add_group(&m, 8, 16, 2);
    put_fill(&m, at, 1, 2);
    put_fill(&m, at + 16, 3, 4);
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_trade(ticks[0], 'T', 'B', 901, 5, 1208150000, 3000000, 0);
    assert_order(ticks[1], 'F', 'B', 1, 5, 1208150000, 2, 0);
    assert_order(ticks[2], 'F', 'A', 3, 5, 1208150000, 4, LAST);
}

Test(cme_trades, most_ticks_that_a_message_can_give)
{
    struct message m = make_refresh(46, 9, END);
    uint32_t at = add_group(&m, 3, 27, 255);
    for (uint32_t i = 0; i < 255; i++)
        put_level(&m, at + 27 * i, NULL_PRICE, INT32_MAX, 1 + i, 1, 0, 0, 0, i ? 'J' : '0');
    at = add_group(&m, 8, 22, 255);
    for (uint32_t i = 0; i < 255; i++)
        m.bytes[at + 22 * i + 20] = 1;
    feed(&m);
    cr_assert_eq(tick_count, 1 + 254 * 2 + 255);
    cr_assert(tick_count <= tf_cme_mdp3_ops.ticks_max);
    m = make_refresh(50, 9, END);
    at = add_group(&m, 3, 32, 255);
    for (uint32_t i = 0; i < 255; i++)
        put(&m, at + 32 * i + 24, 4, 1 + i);
    feed(&m);
    cr_assert_eq(tick_count, 255 * 3);
    cr_assert(tick_count <= tf_cme_mdp3_ops.ticks_max);
}

/* ---- statistics ------------------------------------------------------------------------------ */

Test(cme_trades, volume)
{
    struct message m = make_refresh(37, 6, END);
    uint32_t at = add_group(&m, 3, 16, 1);
    put(&m, at, 4, 1340718);
    put(&m, at + 4, 4, 13950);
    put(&m, at + 8, 4, 1);
    feed(&m);
    cr_assert_eq(tick_count, 1);
    assert_statistic(ticks[0], "VOLUME  ", 'A', 'N', 13950, TF_UNDEF_PRICE, 1340718, LAST);
    m = make_refresh(66, 12, END);
    at = add_group(&m, 3, 24, 1);
    put(&m, at, 8, 4000000000u);
    put(&m, at + 8, 4, 13950);
    put(&m, at + 12, 4, 1);
    put(&m, at + 16, 1, 2);
    feed(&m);
    assert_statistic(ticks[0], "VOLUME  ", 'C', 'N', 13950, TF_UNDEF_PRICE, 4000000000u, LAST);
}

static void put_daily(struct message *m, uint32_t at, int64_t price, int32_t size,
                      uint8_t settle, char type)
{
    put(m, at, 8, (uint64_t)price);
    put(m, at + 8, 4, (uint32_t)size);
    put(m, at + 12, 4, 5);
    put(m, at + 16, 4, 1);
    put(m, at + 22, 1, settle);
    put(m, at + 24, 1, (uint8_t)type);
}

Test(cme_trades, daily_statistics)
{
    struct message m = make_refresh(49, 9, 0);
    uint32_t at = add_group(&m, 3, 32, 6);
    put_daily(&m, at, 500, INT32_MAX, 3, '6');
    put_daily(&m, at + 32, 500, INT32_MAX, 0, '6');
    put_daily(&m, at + 64, 500, INT32_MAX, 0x80, '6');
    put_daily(&m, at + 96, NULL_PRICE, 900, 0x80, 'B');
    put_daily(&m, at + 128, NULL_PRICE, 901, 0x80, 'C');
    put_daily(&m, at + 160, 501, INT32_MAX, 0x80, 'W');
    feed(&m);
    cr_assert_eq(tick_count, 6);
    assert_statistic(ticks[0], "SETTLEFA", 'A', 'N', 5, 500, TF_UNDEF_SIZE, 0);
    assert_statistic(ticks[1], "SETTLEPT", 'A', 'N', 5, 500, TF_UNDEF_SIZE, 0);
    assert_statistic(ticks[2], "SETTLE  ", 'A', 'N', 5, 500, TF_UNDEF_SIZE, 0);
    assert_statistic(ticks[3], "CLEARVOL", 'A', 'N', 5, TF_UNDEF_PRICE, 900, 0);
    assert_statistic(ticks[4], "OPENINT ", 'A', 'N', 5, TF_UNDEF_PRICE, 901, 0);
    assert_statistic(ticks[5], "FIXING  ", 'A', 'N', 5, 501, TF_UNDEF_SIZE, 0);
    m = make_refresh(33, 8, 0);
    put_daily(&m, add_group(&m, 3, 32, 1), 5, INT32_MAX, 1, '6');
    feed(&m);
    assert_statistic(ticks[0], "SETTLEFT", 'A', 'N', 5, 500, TF_UNDEF_SIZE, 0);
}

Test(cme_trades, session_statistics)
{
    const struct {
        char type;
        uint8_t flag;
        const char *text;
        char side;
    } cases[] = {{'4', 0, "OPEN    ", 'N'},   {'4', 5, "INDOPEN ", 'N'},
                 {'7', 255, "HIGH    ", 'N'}, {'8', 255, "LOW     ", 'N'},
                 {'9', 100, "VWAP    ", 'N'}, {'9', 101, "REPO0830", 'N'},
                 {'9', 102, "REPO1000", 'N'}, {'9', 103, "REPOPREV", 'N'},
                 {'N', 255, "HIGHBID ", 'B'}, {'O', 255, "LOWOFFER", 'A'}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = make_refresh(51, 10, END);
        uint32_t at = add_group(&m, 3, 24, 1);
        put(&m, at, 8, 500);
        put(&m, at + 8, 4, 5);
        put(&m, at + 16, 1, cases[i].flag);
        put(&m, at + 17, 1, 1);
        put(&m, at + 18, 1, (uint8_t)cases[i].type);
        put(&m, at + 19, 4, 44);
        feed(&m);
        cr_assert_eq(tick_count, 1);
        assert_statistic(ticks[0], cases[i].text, 'M', cases[i].side, 5, 500, 44, LAST);
        m = make_refresh(67, 12, END);
        at = add_group(&m, 3, 32, 1);
        put(&m, at, 8, 500);
        put(&m, at + 8, 8, 45);
        put(&m, at + 16, 4, 5);
        put(&m, at + 24, 1, cases[i].flag);
        put(&m, at + 26, 1, (uint8_t)cases[i].type);
        feed(&m);
        assert_statistic(ticks[0], cases[i].text, 'A', cases[i].side, 5, 500, 45, LAST);
    }
    cr_assert_eq(anomalies(), 0);
}

Test(cme_trades, session_statistics_have_a_size_from_version_8_on)
{
    for (uint16_t version = 6; version <= 8; version += 2) {
        struct message m = make_refresh(35, version, END);
        uint32_t at = add_group(&m, 3, 24, 1);
        put(&m, at, 8, 5);
        put(&m, at + 8, 4, 5);
        put(&m, at + 18, 1, '4');
        put(&m, at + 19, 4, 44);
        feed(&m);
        assert_statistic(ticks[0], "OPEN    ", 'A', 'N', 5, 500,
                         version >= 8 ? 44 : TF_UNDEF_SIZE, LAST);
    }
}

Test(cme_trades, unknown_statistics_cost_their_entry)
{
    struct message m = make_refresh(51, 10, 0);
    uint32_t at = add_group(&m, 3, 24, 1);
    put(&m, at + 8, 4, 5);
    put(&m, at + 18, 1, 'q');
    feed(&m);
    cr_assert_eq(tick_count, 0);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "MDEntryType", at + 18);
}

Test(cme_trades, limits_that_are_not_null)
{
    for (unsigned i = 0; i < 2; i++) {
        struct message m = make_refresh(i ? 34 : 50, i ? 8 : 9, END);
        int64_t scale = i ? 100 : 1;
        uint32_t at = add_group(&m, 3, 32, 2);
        put(&m, at, 8, 600);
        put(&m, at + 8, 8, 400);
        put(&m, at + 16, 8, 7);
        put(&m, at + 24, 4, 5);
        put(&m, at + 32, 8, INT64_MAX);
        put(&m, at + 40, 8, 401);
        put(&m, at + 48, 8, INT64_MAX);
        put(&m, at + 56, 4, 6);
        feed(&m);
        cr_assert_eq(tick_count, 4);
        assert_statistic(ticks[0], "LIMITHI ", 'A', 'N', 5, 600 * scale, TF_UNDEF_SIZE, 0);
        assert_statistic(ticks[1], "LIMITLO ", 'A', 'N', 5, 400 * scale, TF_UNDEF_SIZE, 0);
        assert_statistic(ticks[2], "MAXVAR  ", 'A', 'N', 5, 7 * scale, TF_UNDEF_SIZE, 0);
        assert_statistic(ticks[3], "LIMITLO ", 'A', 'N', 6, 401 * scale, TF_UNDEF_SIZE, LAST);
    }
}

Test(cme_trades, request_for_quote)
{
    struct message m = make(39, 9, 35);
    put(&m, 10, 8, TIME);
    put(&m, 41, 1, END);
    uint32_t at = add_group(&m, 3, 32, 2);
    put(&m, at + 20, 4, 5);
    put(&m, at + 24, 4, 50);
    put(&m, at + 29, 1, 1);
    put(&m, at + 52, 4, 6);
    put(&m, at + 56, 4, INT32_MAX);
    put(&m, at + 61, 1, 127);
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_statistic(ticks[0], "RFQ     ", 'A', 'B', 5, TF_UNDEF_PRICE, 50, 0);
    assert_statistic(ticks[1], "RFQ     ", 'A', 'N', 6, TF_UNDEF_PRICE, TF_UNDEF_SIZE, LAST);
}

Test(cme_trades, rpt_seq_counts_over_all_incremental_templates)
{
    feed_level(5, 10);
    struct message m = make_refresh(48, 9, 0);
    put_trade(&m, add_group(&m, 3, 32, 1), 2078, 11, 5, 11, 0, 1, 0, 900);
    feed(&m);
    m = make_refresh(37, 9, 0);
    uint32_t at = add_group(&m, 3, 16, 1);
    put(&m, at + 4, 4, 5);
    put(&m, at + 8, 4, 12);
    feed(&m);
    m = make_refresh(50, 9, 0);
    at = add_group(&m, 3, 32, 1);
    put(&m, at + 24, 4, 5);
    put(&m, at + 28, 4, 13);
    feed(&m);
    feed_level(5, 14);
    cr_assert_eq(ticks[0].flags, LAST);
}
