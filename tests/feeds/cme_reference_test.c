/* SPDX-License-Identifier: Apache-2.0 */
/* CME MDP 3.0: snapshots, status, definitions. */
#include "cme_fixture.h"

enum { LAST = TF_FLAG_LAST, SNAP = TF_FLAG_SNAPSHOT, BAD = TF_FLAG_MAYBE_BAD_BOOK };

TestSuite(cme_reference, .init = open_decoder, .fini = close_decoder);

/* Root of templates 38, 52 and 69; limits null. */
static struct message make_snapshot(uint16_t template_id, uint32_t id, uint32_t rpt_seq,
                                    uint8_t status)
{
    struct message m = make(template_id, 12, 59);
    put(&m, 18, 4, id);
    put(&m, 22, 4, rpt_seq);
    put(&m, 26, 8, TIME - 7);
    put(&m, 44, 1, status);
    for (unsigned at = 45; at < 69; at += 8)
        put(&m, at, 8, INT64_MAX);
    return m;
}

static void put_entry(struct message *m, uint32_t at, int64_t price, int32_t size,
                      int32_t orders, uint8_t place, uint8_t settle, char type)
{
    put(m, at, 8, (uint64_t)price);
    put(m, at + 8, 4, (uint32_t)size);
    put(m, at + 12, 4, (uint32_t)orders);
    put(m, at + 16, 1, place);
    put(m, at + 19, 1, 255);
    put(m, at + 20, 1, settle);
    put(m, at + 21, 1, (uint8_t)type);
}

Test(cme_reference, snapshot_is_a_reset_then_levels_and_statistics)
{
    struct message m = make_snapshot(52, 77, 5, 17);
    put(&m, 45, 8, 600);
    uint32_t at = add_group(&m, 3, 22, 5);
    put_entry(&m, at, 500, 12, 3, 1, 0x80, '0');
    put_entry(&m, at + 22, 501, 13, INT32_MAX, 1, 0x80, 'F');
    put_entry(&m, at + 44, 499, 1, 1, 127, 0x80, '2');
    put_entry(&m, at + 66, 498, INT32_MAX, INT32_MAX, 127, 3, '6');
    put_entry(&m, at + 88, NULL_PRICE, 0, 0, 127, 0x80, 'J');
    feed(&m);
    cr_assert_eq(tick_count, 7);
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'R', 'N', 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, SNAP);
    assert_level(ticks[1], 'A', 'B', 77, 500, 12, 3, 1, SNAP);
    assert_level(ticks[2], 'A', 'A', 77, 501, 13, TF_UNDEF_SIZE, 1,
                 SNAP | TF_FLAG_PUBLISHER_SPECIFIC);
    assert_statistic(ticks[3], "LASTTRD ", 'A', 'N', 77, 499, 1, SNAP);
    assert_statistic(ticks[4], "SETTLEFA", 'A', 'N', 77, 498, TF_UNDEF_SIZE, SNAP);
    assert_statistic(ticks[5], "LIMITHI ", 'A', 'N', 77, 600, TF_UNDEF_SIZE, SNAP);
    assert_tick(ticks[6], TF_RTYPE_STATUS, 'N', 'N', 77, TF_UNDEF_PRICE, TF_STATUS_TRADING,
                SNAP | LAST);
    cr_assert_eq(ticks[0].ts_event, TIME - 7);
    cr_assert_eq(anomalies(), 0);
}

Test(cme_reference, snapshot_of_template_38_has_old_prices)
{
    struct message m = make_snapshot(38, 77, 5, 255);
    put_entry(&m, add_group(&m, 3, 22, 1), 500, 12, 3, 1, 0x80, '0');
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_level(ticks[1], 'A', 'B', 77, 50000, 12, 3, 1, SNAP | LAST);
}

static void put_long_entry(struct message *m, uint32_t at, int64_t price, uint64_t size,
                           uint8_t place, char type)
{
    put(m, at, 8, (uint64_t)price);
    put(m, at + 8, 8, size);
    put(m, at + 16, 4, INT32_MAX);
    put(m, at + 20, 1, place);
    put(m, at + 21, 1, 255);
    put(m, at + 22, 1, (uint8_t)type);
}

Test(cme_reference, snapshot_with_long_quantities)
{
    struct message m = make_snapshot(69, 77, 5, 255);
    uint32_t at = add_group(&m, 3, 23, 2);
    put_long_entry(&m, at, 500, 3000000, 200, '0');
    put_long_entry(&m, at + 23, 501, UINT64_MAX, 255, '1');
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_level(ticks[1], 'A', 'B', 77, 500, 3000000, TF_UNDEF_SIZE, 200, SNAP);
    assert_level(ticks[2], 'A', 'A', 77, 501, TF_UNDEF_SIZE, TF_UNDEF_SIZE, 0, SNAP | LAST);
}

static struct message make_tcp_snapshot(uint16_t template_id)
{
    struct message m = make(template_id, 12, 37);
    put(&m, 10, 8, TIME);
    put(&m, 18, 1, END);
    put(&m, 19, 4, 77);
    put(&m, 23, 8, INT64_MAX);
    put(&m, 31, 8, 50000);
    put(&m, 39, 8, INT64_MAX);
    return m;
}

Test(cme_reference, snapshots_over_tcp)
{
    struct message m = make_tcp_snapshot(68);
    uint32_t at = add_group(&m, 3, 23, 2);
    put_long_entry(&m, at, 500, 1000000, 1, 'x');
    put_long_entry(&m, at + 23, 501, 1000000, 2, '1');
    feed(&m);
    cr_assert_eq(tick_count, 4);
    cr_assert_eq(ticks[0].action, 'R');
    assert_statistic(ticks[1], "MKTBID  ", 'A', 'B', 77, 500, 1000000, SNAP);
    assert_level(ticks[2], 'A', 'A', 77, 501, 1000000, TF_UNDEF_SIZE, 2, SNAP);
    assert_statistic(ticks[3], "LIMITLO ", 'A', 'N', 77, 50000, TF_UNDEF_SIZE, SNAP | LAST);
    m = make_tcp_snapshot(61);
    at = add_group(&m, 3, 26, 1);
    put(&m, at, 8, 500);
    put(&m, at + 8, 4, 9);
    put(&m, at + 16, 4, 2);
    put(&m, at + 20, 1, 3);
    put(&m, at + 22, 1, '0');
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_level(ticks[1], 'A', 'B', 77, 500, 9, 2, 3, SNAP);
}

static void feed_snapshot(uint32_t id, uint32_t rpt_seq)
{
    struct message m = make_snapshot(52, id, rpt_seq, 255);
    add_group(&m, 3, 22, 0);
    feed(&m);
}

Test(cme_reference, a_snapshot_as_new_as_the_updates_heals_the_levels)
{
    feed_level(77, 10);
    feed_level(77, 15);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    feed_snapshot(77, 14); /* without update 15: it would undo that */
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(anomalies(), 0);
    feed_level(77, 16);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    feed_snapshot(77, 16);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].flags, SNAP | LAST);
    feed_level(77, 17);
    cr_assert_eq(ticks[0].flags, LAST);
    feed_snapshot(77, 20);
    feed_level(77, 21);
    cr_assert_eq(ticks[0].flags, LAST);
}

/* Root of templates 44 and 53. */
static struct message make_orders(uint16_t template_id, uint32_t id, uint32_t chunks,
                                  uint32_t chunk, uint8_t entries)
{
    struct message m = make(template_id, 9, 28);
    put(&m, 18, 4, id);
    put(&m, 22, 4, chunks);
    put(&m, 26, 4, chunk);
    put(&m, 30, 8, TIME);
    uint32_t at = add_group(&m, 3, 29, entries);
    for (uint32_t i = 0; i < entries; i++) {
        put(&m, at + 29 * i, 8, 1000 + i);
        put(&m, at + 29 * i + 16, 8, 500);
        put(&m, at + 29 * i + 24, 4, 7);
        put(&m, at + 29 * i + 28, 1, '1');
    }
    return m;
}

Test(cme_reference, orders_in_chunks_are_one_reset_and_one_last)
{
    struct message m = make_orders(53, 77, 2, 1, 2);
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_order(ticks[0], 'R', 'N', 0, 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, SNAP);
    assert_order(ticks[1], 'A', 'A', 1000, 77, 500, 7, SNAP);
    assert_order(ticks[2], 'A', 'A', 1001, 77, 500, 7, SNAP);
    m = make_orders(53, 77, 2, 2, 1);
    feed(&m);
    cr_assert_eq(tick_count, 1);
    assert_order(ticks[0], 'A', 'A', 1000, 77, 500, 7, SNAP | LAST);
    m = make_orders(53, 77, 2, 2, 0);
    feed(&m);
    cr_assert_eq(tick_count, 0);
    m = make_orders(53, 77, 2, 2, 1);
    m.bytes[m.length - 1] = 'q'; /* the only entry, and bad */
    feed(&m);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(anomalies(), 1);
    m = make_orders(44, 77, 1, 1, 1);
    feed(&m);
    assert_order(ticks[1], 'A', 'A', 1000, 77, 50000, 7, SNAP | LAST);
    cr_assert_eq(anomalies(), 1);
}

static uint8_t flags_of_an_order(uint32_t id)
{
    struct message m = make_refresh(47, 9, END);
    uint32_t at = add_group(&m, 3, 40, 1);
    put(&m, at + 28, 4, id);
    put(&m, at + 33, 1, '0');
    feed(&m);
    return ticks[0].flags;
}

Test(cme_reference, orders_heal_with_a_snapshot_of_orders)
{
    flags_of_an_order(77);
    tf_cme_mdp3_ops.gap(decoder, 0);
    cr_assert_eq(flags_of_an_order(77), LAST | BAD);
    feed_snapshot(77, 1);
    cr_assert_eq(flags_of_an_order(77), LAST | BAD);
    struct message m = make_orders(53, 77, 1, 1, 0);
    feed(&m);
    cr_assert_eq(flags_of_an_order(77), LAST);
    cr_assert_eq(flags_of_an_order(78), LAST | BAD);
}

Test(cme_reference, top_orders)
{
    struct message m = make(59, 10, 13);
    put(&m, 10, 8, TIME);
    put(&m, 19, 4, 77);
    uint32_t at = add_group(&m, 3, 29, 1);
    put(&m, at, 8, 9);
    put(&m, at + 16, 8, 500);
    put(&m, at + 24, 4, 7);
    put(&m, at + 28, 1, '0');
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_order(ticks[0], 'R', 'N', 0, 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, SNAP);
    assert_order(ticks[1], 'A', 'B', 9, 77, 500, 7, SNAP | LAST);
}

/* ---- status ---------------------------------------------------------------------------------- */

static struct message make_status(uint32_t id, uint8_t status)
{
    struct message m = make(30, 9, 30);
    put(&m, 10, 8, TIME);
    put_text(&m, 18, "ES");
    put(&m, 30, 4, id);
    put(&m, 36, 1, END);
    put(&m, 37, 1, status);
    put(&m, 38, 1, 2);
    put(&m, 39, 1, 4);
    return m;
}

Test(cme_reference, every_trading_status)
{
    const struct {
        uint8_t venue, tick;
    } cases[] = {{2, 8},  {4, 12}, {15, 6},  {17, 7},  {18, 15}, {20, 0},  {21, 1},
                 {24, 2}, {25, 4}, {26, 13}, {103, 0}, {201, 7}, {202, 7}, {255, 0}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = make_status(i % 2 ? 77 : INT32_MAX, cases[i].venue);
        feed(&m);
        cr_assert_eq(tick_count, 1);
        assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', i % 2 ? 77 : 0, TF_UNDEF_PRICE,
                    cases[i].tick, LAST);
        cr_assert(memcmp(ticks[0].text, "ES    24", 8) == 0);
    }
    cr_assert_eq(anomalies(), 0);
}

Test(cme_reference, unknown_status_is_bad)
{
    struct message m = make_status(77, 99);
    feed(&m);
    cr_assert_eq(tick_count, 1); /* the end of the event alone */
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_LEVEL);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "SecurityTradingStatus", 37);
}

Test(cme_reference, workup)
{
    struct message m = make(60, 10, 30);
    put(&m, 10, 8, TIME);
    put(&m, 18, 8, 500);
    put(&m, 26, 4, 77);
    put(&m, 30, 1, END);
    put(&m, 37, 1, 201);
    put(&m, 39, 1, 7);
    feed(&m);
    assert_tick(ticks[0], TF_RTYPE_STATUS, 'N', 'N', 77, 500, TF_STATUS_TRADING, LAST);
    cr_assert(memcmp(ticks[0].text, "WORKUP07", 8) == 0);
}

/* ---- definitions ----------------------------------------------------------------------------- */

Test(cme_reference, every_definition_template)
{
    const struct {
        uint16_t template_id, version, length, increment, lot;
        int64_t scale;
    } cases[] = {
        {27, 5, 214, 91, 83, 100}, {29, 5, 193, 94, 86, 100},  {41, 5, 211, 111, 103, 100},
        {54, 13, 224, 91, 83, 1},  {55, 13, 221, 111, 103, 1}, {56, 13, 255, 94, 86, 1},
        {57, 13, 338, 86, 78, 1},  {58, 13, 276, 86, 78, 1},   {63, 13, 337, 89, 81, 1}};
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct message m = make(cases[i].template_id, cases[i].version, cases[i].length);
        put(&m, 15, 1, 'A');
        put(&m, 16, 8, TIME + 1);
        put_text(&m, 45, "ESM6-ESU6 LONG NAMES"); /* all of its 20 bytes */
        put(&m, 65, 4, 1000 + i);
        put_text(&m, 69, "FUT");
        put_text(&m, 75, "FFIXSX");
        put(&m, 10u + cases[i].lot, 4, 5);
        put(&m, 10u + cases[i].increment, 8, 250000000);
        memset(&defined, 0, sizeof defined);
        feed(&m);
        cr_assert_eq(tick_count, 1, "template %u", cases[i].template_id);
        assert_tick(ticks[0], TF_RTYPE_DEFINITION, 'A', 'N', 1000 + i, TF_UNDEF_PRICE, 5, LAST);
        cr_assert_eq(ticks[0].ts_event, TIME + 1);
        cr_assert(memcmp(ticks[0].text, "FUT     ", 8) == 0);
        cr_assert_eq(defined.instrument_id, 1000 + i);
        cr_assert_eq(defined.lot_size, 5);
        cr_assert_eq(defined.price_increment, 250000000 * cases[i].scale);
        cr_assert_str_eq(defined.symbol, "ESM6-ESU6 LONG NAMES");
        cr_assert_str_eq(defined.venue_class, "FFIXSX");
        cr_assert_eq(counts()->symbols, i + 1);
    }
    cr_assert_eq(anomalies(), 0);
}

static struct message make_definition(char action, const char *symbol)
{
    struct message m = make(54, 9, 216);
    put(&m, 15, 1, (uint8_t)action);
    put_text(&m, 45, symbol);
    put(&m, 65, 4, 77);
    put(&m, 101, 8, INT64_MAX);
    return m;
}

Test(cme_reference, definitions_that_change_and_go)
{
    struct message m = make_definition('M', "ESZ5");
    feed(&m);
    cr_assert_eq(ticks[0].action, 'M');
    cr_assert_str_eq(defined.symbol, "ESZ5");
    cr_assert_str_eq(defined.venue_class, "");
    cr_assert_eq(defined.price_increment, TF_UNDEF_PRICE);
    cr_assert_eq(defined.lot_size, TF_UNDEF_SIZE);
    m = make_definition('D', "ESZ5");
    feed(&m);
    cr_assert_eq(ticks[0].action, 'C');
    cr_assert_eq(definitions, 1);
    cr_assert_eq(counts()->symbols, 1);
}

Test(cme_reference, definitions_that_cannot_be)
{
    struct message m = make_definition('X', "ESZ5");
    feed(&m);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "SecurityUpdateAction", 15);
    m = make_definition('A', "");
    feed(&m);
    cr_assert_str_eq(counts()->flaw.field, "Symbol");
    m = make_definition('A', "ESZ5");
    put(&m, 65, 4, 0);
    feed(&m);
    cr_assert_str_eq(counts()->flaw.field, "SecurityID");
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(definitions, 0);
}

Test(cme_reference, what_gives_no_tick)
{
    const uint16_t lengths[][2] = {{12, 0}, {15, 1}, {16, 180}};
    for (unsigned i = 0; i < 3; i++) {
        struct message m = make(lengths[i][0], 9, lengths[i][1]);
        feed(&m);
        cr_assert_eq(tick_count, 0);
    }
    struct message m = make_refresh(62, 11, 0);
    put(&m, add_group(&m, 3, 40, 1) + 13, 8, 5);
    feed(&m);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->messages, 4);
    cr_assert_eq(anomalies(), 0);
}
