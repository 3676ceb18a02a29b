/* SPDX-License-Identifier: Apache-2.0 */
/* LOBSTER rows by their fields, times as text, and where rows end. */
#include "lobster.h"
#include "pitch_fixture.h"

static void open_lobster(void)
{
    open_decoder(&tf_lobster_ops);
}

TestSuite(lobster, .init = open_lobster, .fini = close_decoder);

Test(lobster, new_order_has_every_field)
{
    feed(text("34200.004241176,1,16113575,18,5853300,1"));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'A', 'B', 16113575, 5853300, 18, 0);
    cr_assert_eq(ticks[0].ts_event, MIDNIGHT + UINT64_C(34200004241176));
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_str_eq(defined.symbol, "LOBSTER");
    cr_assert_eq(counts()->messages_by_type['1'], 1);
    feed(text("34200.02,1,7,18,5853300,-1"));
    cr_assert_eq(ticks[0].side, 'A');
    cr_assert_eq(definitions, 1);
}

Test(lobster, times_have_any_number_of_decimals_and_are_never_rounded)
{
    static const struct {
        const char *time;
        uint64_t ns;
    } times[] = {{"0", 0},
                 {"34200", UINT64_C(34200000000000)},
                 {"34200.1", UINT64_C(34200100000000)},
                 {"34200.00426064", UINT64_C(34200004260640)},
                 {"57599.999999999", UINT64_C(57599999999999)},
                 {"34200.000000001", UINT64_C(34200000000001)}};
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
        feed(text("%s,3,1,1,1,1", times[i].time));
        cr_assert_eq(ticks[0].ts_event, MIDNIGHT + times[i].ns, "%s", times[i].time);
    }
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_TIME_BACKWARDS], 2);
}

Test(lobster, every_type_becomes_its_ticks)
{
    feed(text("1,2,5,10,100,-1"));
    assert_mbo(ticks[0], 'C', 'A', 5, 100, 10, 0);
    feed(text("1,3,5,11,100,1"));
    assert_mbo(ticks[0], 'C', 'B', 5, 100, 11, 0);
    feed(text("1,4,5,12,100,-1"));
    cr_assert_eq(tick_count, 3);
    assert_mbo(ticks[0], 'T', 'B', 0, 100, 12, 0);
    assert_mbo(ticks[1], 'F', 'A', 5, 100, 12, 0);
    assert_mbo(ticks[2], 'C', 'A', 5, 100, 12, 0);
    feed(text("1,5,0,13,101,1"));
    cr_assert_eq(tick_count, 1);
    assert_mbo(ticks[0], 'T', 'A', 0, 101, 13, 0);
    cr_assert_eq(counts()->trades, 2);
    cr_assert_eq(counts()->traded_volume, 25);
    feed(text("1,6,-1,14,102,1") /* an id is no negative number */);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "order id", 4);
    feed(text("1,6,0,14,102,1"));
    assert_mbo(ticks[0], 'T', 'N', 0, 102, 14, 0);
    cr_assert_eq(counts()->printed_volume, 39);
    static const uint32_t states[] = {TF_STATUS_HALT, TF_STATUS_QUOTING, TF_STATUS_TRADING};
    for (int price = -1; price <= 1; price++) {
        feed(text("1,7,0,0,%d,-1", price));
        cr_assert_eq(ticks[0].rtype, TF_RTYPE_STATUS);
        cr_assert_eq(ticks[0].size, states[price + 1]);
        cr_assert_eq(ticks[0].price, TF_UNDEF_PRICE);
    }
}

Test(lobster, bad_fields_cost_their_row)
{
    static const struct {
        const char *row, *field;
        uint32_t at;
    } bad[] = {{"", "time", 0},
               {"x,1,1,1,1,1", "time", 0},
               {"172800,1,1,1,1,1", "time", 5},
               {"1.,1,1,1,1,1", "time", 2},
               {"1.0000000001,1,1,1,1,1", "time", 12},
               {"1,0,1,1,1,1", "type", 3},
               {"1,8,1,1,1,1", "type", 2},
               {"1,1,18446744073709551616,1,1,1", "order id", 23},
               {"1,1,1,4294967295,1,1", "size", 15},
               {"1,1,1,1,,1", "price", 8},
               {"1,1,1,1,99999999999999,1", "price", 21},
               {"1,1,1,1,1,0", "direction", 11},
               {"1,1,1,1,1", "price", 9},
               {"1,1,1,1,1,1,1", "direction", 11}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ops->restart(decoder);
        feed(text("%s", bad[i].row));
        assert_flaw(TF_ANOMALY_BAD_FIELD, bad[i].field, bad[i].at);
    }
}

Test(lobster, rows_end_in_any_way)
{
    const char *input = "1,1,1,1,1,1\n\n2,1,1,1,1,1,\r\n3,1,1,1,1,1\r\n4,1,1";
    struct tf_framing framing = {0};
    struct tf_venue_message rows[8];
    size_t consumed;
    uint32_t count = tf_lobster_rows.find(&framing, (const uint8_t *)input, strlen(input), rows,
                                          8, &consumed);
    cr_assert_eq(count, 3);
    cr_assert_eq(consumed, strlen(input) - 5);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(rows[i].length, 11);
        cr_assert_eq(rows[i].bytes[0], '1' + i);
        cr_assert_eq(rows[i].sequence, i + 1);
    }
    /* A last row without its end is one when it has all columns. */
    cr_assert_not(tf_lobster_rows.last(&framing, (const uint8_t *)input + consumed, 5, rows));
    cr_assert_not(tf_lobster_rows.last(&framing, (const uint8_t *)"4,1,1,1,1,-", 11, rows));
    cr_assert_not(tf_lobster_rows.last(&framing, (const uint8_t *)"4,1,1,1,1,", 10, rows));
    cr_assert(tf_lobster_rows.last(&framing, (const uint8_t *)"4,1,1,1,1,-1", 12, rows));
    cr_assert(rows[0].length == 12 && rows[0].sequence == 4);
}

Test(lobster, probe_tells_messages_from_books)
{
    const char *messages = "34200.004241176,1,16113575,18,5853300,1\n34200.1,3,5,1,2,-1\n";
    const char *book = "5859400,200,5853300,18,5859800,200,5853000,150\n";
    cr_assert_eq(tf_format_lobster.probe((const uint8_t *)messages, strlen(messages)), 100);
    cr_assert_eq(tf_format_lobster.probe((const uint8_t *)book, strlen(book)), 0);
    cr_assert_eq(tf_format_lobster.probe((const uint8_t *)"", 0), 0);
}

Test(lobster, facts_sum_rows)
{
    feed(text("34200.1,1,1,10,100,1"));
    feed(text("34200.2,4,1,4,100,1"));
    feed(text("34200.1,5,0,6,101,-1"));
    assert_facts_have("\"ns_since_midnight\":{\"first\":34200100000000,"
                      "\"last\":34200100000000,\"backward_steps\":1}");
    assert_facts_have("\"sums\":{\"size_sum\":20,\"price_sum_e4\":301,\"dir_1\":2,\"dir_-1\":1,"
                      "\"exec_count\":2,\"exec_size_sum\":10,\"exec_price_sum_e4\":201}");
}
