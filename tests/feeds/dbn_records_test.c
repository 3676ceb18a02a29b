/* SPDX-License-Identifier: Apache-2.0 */
/* Each record of DBN to ticks, by its fields. */
#include "dbn_fixture.h"

TestSuite(dbn_records, .init = open_decoder, .fini = close_decoder);

/* TRADE.order_id of the fixture's trades: depth 3, delta -5, publisher 0x0102. */
#define EXTRAS(marks) ((UINT64_C(0xD8) | (marks)) << 56 | UINT64_C(0x010203FFFFFFFB))

Test(dbn_records, mbo_is_a_tick_as_it_is)
{
    feed(make_mbo('A', 'B', 0x1122334455667788, -5, 7, 0x82));
    cr_assert_eq(tick_count, 1);
    assert_tick(&ticks[0], TF_RTYPE_MBO, 'A', 'B', 0x82, 0x1122334455667788, -5, 7, 0xFEDCBA98);
    cr_assert_eq(ticks[0].ts_recv, 1600000000123999999);
    cr_assert_eq(counts()->messages, 1);
    cr_assert_eq(counts()->messages_by_type[0xA0], 1);
    cr_assert_eq(counts()->first_ts_event, 1600000000123456789);
    cr_assert_eq(counts()->last_ts_event, 1600000000123456789);
    cr_assert_eq(counts()->symbols, 1);
}

Test(dbn_records, undefined_stays_undefined)
{
    struct record record = make_mbo('R', 'N', 0, INT64_MAX, UINT32_MAX, 0x08);
    put(&record, 40, 8, UINT64_MAX);
    feed(record);
    assert_tick(&ticks[0], TF_RTYPE_MBO, 'R', 'N', 0x08, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE,
                0xFEDCBA98);
    cr_assert_eq(ticks[0].ts_recv, TF_UNDEF_TIMESTAMP);
}

Test(dbn_records, mbo_of_a_price_level_is_a_level)
{
    feed(make_mbo('M', 'A', UINT64_C(2) << 32 | 9, 5, 7, 0x90));
    assert_tick(&ticks[0], TF_RTYPE_LEVEL, 'M', 'A', 0x90, UINT64_C(2) << 32 | 9, 5, 7,
                0xFEDCBA98);
    cr_assert_eq(ticks[0].level[0], 9);
    cr_assert_eq(ticks[0].level[1], 2);
}

Test(dbn_records, letters_that_are_none_cost_the_record)
{
    feed(make_mbo('X', 'B', 1, 1, 1, 0));
    cr_assert_eq(tick_count, 0);
    feed(make_mbo('A', 'S', 1, 1, 1, 0));
    cr_assert_eq(tick_count, 0);
    feed(make_mbp(0x00, 48, 'T', 0, 0));
    cr_assert_eq(tick_count, 0);
    feed(make_mbp(0x01, 80, 0, 'N', 0));
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 4);
    cr_assert_eq(counts()->flaw.count, 4);
    cr_assert_eq(counts()->flaw.offset, 28);
}

Test(dbn_records, trade_keeps_in_order_id_what_has_no_place)
{
    feed(make_mbp(0x00, 48, 'T', 'A', 0x80));
    cr_assert_eq(tick_count, 1);
    assert_tick(&ticks[0], TF_RTYPE_TRADE, 'T', 'A', 0x80, EXTRAS(0), 101500000000, 12, 4711);
    cr_assert_eq(counts()->trades, 1);
    cr_assert_eq(counts()->traded_volume, 12);
    feed(make_mbp(0x00, 48, 'T', 'A', 0x02));
    assert_tick(&ticks[0], TF_RTYPE_TRADE, 'T', 'A', 0x82, EXTRAS(2), 101500000000, 12, 4711);
}

Test(dbn_records, mbp1_is_a_quote)
{
    struct record record = make_mbp(0x01, 80, 'C', 'B', 0x82);
    put_level(&record, 0, 99, 101, 5, 6);
    feed(record);
    cr_assert_eq(tick_count, 1);
    assert_tick(&ticks[0], TF_RTYPE_QUOTE, 'C', 'B', 0x82, 101, 99, 5, 6);
    cr_assert_eq(ticks[0].ts_recv, 1600000000123999999);
    cr_assert_eq(counts()->trades, 0);
}

Test(dbn_records, mbp1_of_a_trade_is_the_trade_then_the_quote)
{
    struct record record = make_mbp(0x01, 80, 'T', 'B', 0x82);
    put_level(&record, 0, 99, 101, 5, 6);
    feed(record);
    cr_assert_eq(tick_count, 2);
    assert_tick(&ticks[0], TF_RTYPE_TRADE, 'T', 'B', 0x02, EXTRAS(1), 101500000000, 12, 4711);
    assert_tick(&ticks[1], TF_RTYPE_QUOTE, 'T', 'B', 0x82, 101, 99, 5, 6);
}

Test(dbn_records, a_trade_without_a_price_is_a_quote_alone)
{
    struct record record = make_mbp(0x01, 80, 'T', 'B', 0);
    put(&record, 16, 8, INT64_MAX);
    feed(record);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].rtype, TF_RTYPE_QUOTE);
    cr_assert_eq(ticks[0].flags, 0);
}

Test(dbn_records, each_record_of_tbbo_is_an_event)
{
    feed_metadata(make_metadata(3));
    struct record record = make_mbp(0x01, 80, 'T', 'B', 0);
    put_level(&record, 0, 99, 101, 5, 6);
    feed(record);
    cr_assert_eq(tick_count, 2);
    cr_assert_eq(ticks[0].flags, 0);
    cr_assert_eq(ticks[1].flags, TF_FLAG_LAST);
}

Test(dbn_records, consolidated_quotes)
{
    for (int rtype = 0xB1; rtype <= 0xC2; rtype += 0xC2 - 0xB1) {
        struct record record = make_mbp((uint8_t)rtype, 80, 'T', 'A', 0xC0);
        put_level(&record, 0, 99, TF_UNDEF_PRICE, 5, 0);
        feed(record);
        cr_assert_eq(tick_count, 2);
        /* These have no sequence: what stands there is reserved. */
        assert_tick(&ticks[0], TF_RTYPE_TRADE, 'T', 'A', 0x40, EXTRAS(1), 101500000000, 12, 0);
        assert_tick(&ticks[1], TF_RTYPE_QUOTE, 'T', 'A', 0xC0, (uint64_t)TF_UNDEF_PRICE, 99, 5,
                    0);
    }
}

Test(dbn_records, sampled_quotes_have_no_action)
{
    for (int rtype = 0xC0; rtype <= 0xC4; rtype++) {
        if (rtype == 0xC2)
            continue;
        struct record record = make_mbp((uint8_t)rtype, 80, 0, 'B', 0);
        put_level(&record, 0, 99, 101, 5, 6);
        feed(record);
        cr_assert_eq(tick_count, 1);
        assert_tick(&ticks[0], TF_RTYPE_QUOTE, 'N', 'B', 0x80, 101, 99, 5, 6);
    }
}

Test(dbn_records, mbp10_is_a_quote_and_a_whole_book)
{
    struct record record = make_mbp(0x0A, 368, 'T', 'B', 0x80);
    for (unsigned i = 0; i < 10; i++)
        put_level(&record, i, 99 - (int)i, i == 9 ? TF_UNDEF_PRICE : 101 + (int)i, 5 + i,
                  6 + i);
    feed(record);
    cr_assert_eq(tick_count, 1 + 1 + 1 + 10 + 9);
    assert_tick(&ticks[0], TF_RTYPE_TRADE, 'T', 'B', 0, EXTRAS(1), 101500000000, 12, 4711);
    assert_tick(&ticks[1], TF_RTYPE_QUOTE, 'T', 'B', 0, 101, 99, 5, 6);
    assert_tick(&ticks[2], TF_RTYPE_LEVEL, 'R', 'N', 0x10, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE,
                4711);
    assert_tick(&ticks[3], TF_RTYPE_LEVEL, 'A', 'B', 0x10, UINT64_C(1) << 32 | 100, 99, 5,
                4711);
    assert_tick(&ticks[12], TF_RTYPE_LEVEL, 'A', 'B', 0x10, UINT64_C(10) << 32 | 109, 90, 14,
                4711);
    assert_tick(&ticks[13], TF_RTYPE_LEVEL, 'A', 'A', 0x10, UINT64_C(1) << 32 | 200, 101, 6,
                4711);
    assert_tick(&ticks[21], TF_RTYPE_LEVEL, 'A', 'A', 0x90, UINT64_C(9) << 32 | 208, 109, 14,
                4711);
}

Test(dbn_records, status)
{
    struct record record = make(0x12, 40);
    put(&record, 16, 8, 1600000000123999999);
    put(&record, 24, 2, 8);
    put(&record, 26, 2, 30);
    put(&record, 28, 2, 2);
    put_text(&record, 30, "NY~");
    feed(record);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(memcmp(ticks[0].text, "NY~30   ", 8), 0);
    assert_tick(&ticks[0], TF_RTYPE_STATUS, 'N', 'N', 0x80, ticks[0].order_id, TF_UNDEF_PRICE,
                TF_STATUS_HALT, 2);
}

Test(dbn_records, imbalance_is_three_prices)
{
    struct record record = make(0x14, 112);
    put(&record, 16, 8, 1600000000123999999);
    put(&record, 24, 8, 50);
    put(&record, 40, 8, 51);
    put(&record, 48, 8, 0);
    put(&record, 88, 4, 1000);
    put(&record, 92, 4, 33);
    record.bytes[104] = 'O';
    record.bytes[105] = 'B';
    record.bytes[110] = 'L';
    feed(record);
    cr_assert_eq(tick_count, 3);
    assert_tick(&ticks[0], TF_RTYPE_IMBALANCE, 'N', 'B', 0, 1000, 50, 33, 0);
    cr_assert_eq(memcmp(ticks[1].text, "NEAR  OL", 8), 0);
    assert_tick(&ticks[1], TF_RTYPE_IMBALANCE, 'N', 'B', 0, ticks[1].order_id, 51,
                TF_UNDEF_SIZE, 0);
    cr_assert_eq(memcmp(ticks[2].text, "FAR   OL", 8), 0);
    assert_tick(&ticks[2], TF_RTYPE_IMBALANCE, 'N', 'B', 0x80, ticks[2].order_id,
                TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0);
}

Test(dbn_records, statistics_of_both_lengths)
{
    struct record old = make(0x18, 64), new = make(0x18, 80);
    put(&old, 32, 8, 42);
    put(&old, 40, 4, 1000);
    put(&old, 44, 4, 5);
    put(&old, 52, 2, 9);
    old.bytes[56] = 1;
    feed(old);
    cr_assert_eq(memcmp(ticks[0].text, "STAT9   ", 8), 0);
    assert_tick(&ticks[0], TF_RTYPE_STATISTICS, 'A', 'N', 0x80, ticks[0].order_id, 42, 1000, 5);
    put(&new, 32, 8, INT64_MAX);
    put(&new, 40, 8, UINT64_C(1) << 40);
    put(&new, 48, 4, 6);
    put(&new, 56, 2, 12);
    new.bytes[60] = 2;
    feed(new);
    cr_assert_eq(memcmp(ticks[0].text, "STAT12  ", 8), 0);
    assert_tick(&ticks[0], TF_RTYPE_STATISTICS, 'C', 'N', 0x80, ticks[0].order_id,
                TF_UNDEF_PRICE, TF_UNDEF_SIZE - 1, 6);
    put(&old, 40, 4, INT32_MAX);
    feed(old);
    cr_assert_eq(ticks[0].size, TF_UNDEF_SIZE);
    put(&new, 40, 8, INT64_MAX);
    feed(new);
    cr_assert_eq(ticks[0].size, TF_UNDEF_SIZE);
    old.bytes[56] = 7;
    feed(old);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 1);
}

Test(dbn_records, definitions_of_all_versions)
{
    static const struct {
        uint32_t length, lot, symbol, class_letter, update;
    } versions[] = {
        {360, 148, 200, 325, 349}, {400, 156, 200, 374, 382}, {520, 168, 238, 487, 493}};
    for (unsigned i = 0; i < 3; i++) {
        struct record record = make(0x13, versions[i].length);
        put(&record, 4, 4, 1000 + i);
        put(&record, 16, 8, 1600000000123999999);
        put(&record, 24, 8, 250000000);
        put(&record, versions[i].lot, 4, 100);
        put_text(&record, versions[i].symbol, "ESH1 P2250");
        record.bytes[versions[i].class_letter] = 'P';
        record.bytes[versions[i].update] = i == 2 ? 'D' : 'A';
        feed(record);
        cr_assert_eq(tick_count, 1);
        cr_assert_eq(ticks[0].rtype, TF_RTYPE_DEFINITION);
        cr_assert_eq(ticks[0].action, i == 2 ? 'C' : 'A');
        cr_assert_eq(ticks[0].size, 100);
        cr_assert_eq(ticks[0].flags, 0x80);
        cr_assert_eq(ticks[0].ts_recv, 1600000000123999999);
        cr_assert_eq(memcmp(ticks[0].text, "P       ", 8), 0);
        cr_assert_eq(defined_count, i + 1);
        cr_assert_eq(defined[i].instrument_id, 1000 + i);
        cr_assert_str_eq(defined[i].symbol, "ESH1 P2250");
        cr_assert_str_eq(defined[i].venue_class, "P@258");
        cr_assert_eq(defined[i].lot_size, 100);
        cr_assert_eq(defined[i].price_increment, 250000000);
    }
}

Test(dbn_records, symbol_mappings_define_once)
{
    struct record old = make(0x16, 80), new = make(0x16, 176);
    put_text(&old, 16, "ES.FUT");
    put_text(&old, 38, "ESH1");
    feed(old);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(defined_count, 1);
    cr_assert_str_eq(defined[0].symbol, "ESH1");
    feed(old);
    cr_assert_eq(defined_count, 1);
    put(&new, 4, 4, 99);
    put_text(&new, 17, "ESM1");
    put_text(&new, 89, "99"); /* a number is no name */
    feed(new);
    cr_assert_eq(defined_count, 2);
    cr_assert_str_eq(defined[1].symbol, "ESM1");
}

Test(dbn_records, bars_errors_and_words_give_no_ticks)
{
    static const uint8_t bars[] = {0x11, 0x20, 0x21, 0x22, 0x23, 0x24};
    for (unsigned i = 0; i < sizeof bars; i++) {
        feed(make(bars[i], 56));
        cr_assert_eq(tick_count, 0);
    }
    for (unsigned length = 80; length <= 320; length += 240) {
        feed(make(0x15, length));
        cr_assert_eq(tick_count, 0);
        struct record system = make(0x17, length);
        put_text(&system, 16, "Heartbeat");
        feed(system);
        cr_assert_eq(tick_count, 0);
    }
    cr_assert_eq(counts()->messages, 10);
    cr_assert_eq(counts()->flaw.count, 0);
}

Test(dbn_records, unknown_and_misshapen_records_are_counted)
{
    feed(make(0x77, 32));
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_TYPE], 1);
    feed(make(0xA0, 60));
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_LENGTH], 1);
    cr_assert_eq(counts()->messages, 2);
    /* Not even what its header says. */
    struct record record = make(0xA0, 56);
    record.length = 20;
    feed(record);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_LENGTH], 2);
    cr_assert_eq(counts()->messages, 2);
}
