/* SPDX-License-Identifier: Apache-2.0 */
/* CME MDP 3.0: books by level and by order, resets, RptSeq. */
#include "cme_fixture.h"

enum { PS = TF_FLAG_PUBLISHER_SPECIFIC, LAST = TF_FLAG_LAST, BAD = TF_FLAG_MAYBE_BAD_BOOK };

TestSuite(cme_book, .init = open_decoder, .fini = close_decoder);

Test(cme_book, each_update_action_and_side_of_template_46)
{
    struct message m = make_refresh(46, 9, END);
    uint32_t at = add_group(&m, 3, 32, 7);
    put_level(&m, at, 450025000000000, 12, 77, 1, 3, 1, 0, '0');
    put_level(&m, at + 32, 450050000000000, 7, 77, 2, INT32_MAX, 2, 1, '1');
    put_level(&m, at + 64, 5, 1, 77, 3, 1, 3, 2, 'E');
    put_level(&m, at + 96, 6, 1, 77, 4, 1, 1, 5, 'F');
    put_level(&m, at + 128, 9, 9, 77, 5, 9, 3, 4, '0');
    put_level(&m, at + 160, 9, 9, 77, 6, 9, 1, 3, '1');
    put_level(&m, at + 192, NULL_PRICE, INT32_MAX, 78, 1, 0, 1, 0, '1');
    feed(&m);
    cr_assert_eq(tick_count, 7);
    assert_level(ticks[0], 'A', 'B', 77, 450025000000000, 12, 3, 1, 0);
    assert_level(ticks[1], 'M', 'A', 77, 450050000000000, 7, TF_UNDEF_SIZE, 2, 0);
    assert_level(ticks[2], 'C', 'B', 77, 5, 1, 1, 3, PS);
    assert_level(ticks[3], 'M', 'A', 77, 6, 1, 1, 1, PS);
    assert_level(ticks[4], 'C', 'B', 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, TF_UNDEF_SIZE, 3, 0);
    assert_level(ticks[5], 'R', 'A', 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0, 0, 0);
    assert_level(ticks[6], 'A', 'A', 78, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0, 1, LAST);
    cr_assert_eq(ticks[0].ts_event, TIME);
    cr_assert_eq(counts()->messages, 1);
    cr_assert_eq(counts()->messages_by_type[46], 1);
    cr_assert_eq(counts()->first_ts_event, TIME);
    cr_assert_eq(counts()->last_ts_event, TIME);
    cr_assert_eq(anomalies(), 0);
}

Test(cme_book, old_prices_are_scaled_and_checked)
{
    struct message m = make_refresh(32, 6, END);
    uint32_t at = add_group(&m, 3, 32, 3);
    put_level(&m, at, -2078000000000, 12, 77, 1, 3, 1, 0, '0');
    put_level(&m, at + 32, INT64_MAX / 100, 12, 77, 2, 3, 1, 0, '0');
    put_level(&m, at + 64, INT64_MAX / 100 + 1, 12, 77, 3, 3, 1, 0, '0');
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_level(ticks[0], 'A', 'B', 77, -207800000000000, 12, 3, 1, 0);
    assert_level(ticks[1], 'A', 'B', 77, INT64_MAX / 100 * 100, 12, 3, 1, 0);
    assert_level(ticks[2], 'A', 'B', 77, TF_UNDEF_PRICE, 12, 3, 1, LAST);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", at + 64);
}

Test(cme_book, long_quantities_of_template_64)
{
    struct message m = make_refresh(64, 12, END);
    uint32_t at = add_group(&m, 3, 32, 3);
    const uint64_t sizes[] = {6000000, UINT64_C(0x100000000), UINT64_MAX};
    for (unsigned i = 0; i < 3; i++) {
        put(&m, at + 32 * i, 8, 1208150000);
        put(&m, at + 32 * i + 8, 8, sizes[i]);
        put(&m, at + 32 * i + 16, 4, 11827320);
        put(&m, at + 32 * i + 24, 4, INT32_MAX);
        put(&m, at + 32 * i + 28, 1, 4);
        put(&m, at + 32 * i + 29, 1, 1);
        put(&m, at + 32 * i + 30, 1, '1');
    }
    add_group(&m, 8, 24, 0);
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_level(ticks[0], 'M', 'A', 11827320, 1208150000, 6000000, TF_UNDEF_SIZE, 4, 0);
    assert_level(ticks[1], 'M', 'A', 11827320, 1208150000, UINT32_MAX - 1, TF_UNDEF_SIZE, 4, 0);
    assert_level(ticks[2], 'M', 'A', 11827320, 1208150000, TF_UNDEF_SIZE, TF_UNDEF_SIZE, 4,
                 LAST);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_SIZE_OVERFLOW], 1);
    cr_assert_eq(anomalies(), 1);
}

static void put_reference(struct message *m, uint32_t at, uint64_t order, int32_t quantity,
                          uint8_t entry, uint8_t action)
{
    put(m, at, 8, order);
    put(m, at + 8, 8, 999); /* priority */
    put(m, at + 16, 4, (uint32_t)quantity);
    put(m, at + 20, 1, entry);
    put(m, at + 21, 1, action);
}

Test(cme_book, orders_take_price_and_side_of_the_entry_they_refer_to)
{
    struct message m = make_refresh(46, 9, END);
    uint32_t at = add_group(&m, 3, 32, 2);
    put_level(&m, at, 500, 12, 77, 1, 3, 1, 0, '0');
    put_level(&m, at + 32, 600, 7, 78, 1, 1, 2, 2, '1');
    at = add_group(&m, 8, 24, 3);
    put_reference(&m, at, 0x1122334455667788, 10, 1, 0);
    put_reference(&m, at + 24, 43, INT32_MAX, 2, 2);
    put_reference(&m, at + 48, 44, 2, 1, 1);
    feed(&m);
    cr_assert_eq(tick_count, 5);
    assert_order(ticks[2], 'A', 'B', 0x1122334455667788, 77, 500, 10, 0);
    assert_order(ticks[3], 'C', 'A', 43, 78, 600, TF_UNDEF_SIZE, 0);
    assert_order(ticks[4], 'M', 'B', 44, 77, 500, 2, LAST);
    cr_assert_eq(anomalies(), 0);
}

Test(cme_book, orders_of_template_64_too)
{
    struct message m = make_refresh(64, 12, END);
    uint32_t at = add_group(&m, 3, 32, 1);
    put(&m, at, 8, 1000);
    put(&m, at + 16, 4, 9);
    put(&m, at + 30, 1, '0');
    put_reference(&m, add_group(&m, 8, 24, 1), 5, 6, 1, 0);
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_order(ticks[1], 'A', 'B', 5, 9, 1000, 6, LAST);
}

Test(cme_book, orders_with_bad_references_are_left_out)
{
    struct message m = make_refresh(46, 9, END);
    put_level(&m, add_group(&m, 3, 32, 1), 500, 12, 77, 1, 3, 1, 0, '0');
    uint32_t at = add_group(&m, 8, 24, 4);
    put_reference(&m, at, 1, 10, 0, 0);
    put_reference(&m, at + 24, 3, 10, 255, 0);
    /* As an entry of the book, what stands behind the last one would pass. */
    put_reference(&m, at + 48, 2, 10, 2, 0);
    put(&m, at + 4, 4, 5);
    put(&m, at + 18, 1, '0');
    put_reference(&m, at + 72, 4, 10, 1, 3);
    feed(&m);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(ticks[0].flags, LAST);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 4);
    cr_assert_str_eq(counts()->flaw.field, "OrderUpdateAction");
    cr_assert_eq(counts()->flaw.offset, at + 72 + 21);
}

Test(cme_book, version_6_has_no_orders_in_its_book)
{
    struct message m = make_refresh(32, 6, END);
    put_level(&m, add_group(&m, 3, 32, 1), 500, 12, 77, 1, 3, 1, 0, '0');
    add_group(&m, 8, 24, 1); /* what would be a group from version 7 on is padding here */
    feed(&m);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(anomalies(), 0);
    put(&m, 8, 2, 7);
    feed(&m);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 1); /* reference 0 */
}

Test(cme_book, longer_blocks_of_newer_versions_are_stepped_over)
{
    struct message m = make(46, 99, 40);
    put(&m, 10, 8, TIME);
    put(&m, 18, 1, END);
    uint32_t at = add_group(&m, 3, 48, 2);
    put_level(&m, at, 500, 12, 77, 1, 3, 1, 0, '0');
    put_level(&m, at + 48, 501, 13, 77, 2, 4, 2, 1, '0');
    put_reference(&m, add_group(&m, 8, 56, 1), 5, 6, 2, 0);
    add_group(&m, 3, 4, 7); /* a group that is not known */
    feed(&m);
    cr_assert_eq(tick_count, 3);
    assert_level(ticks[1], 'M', 'B', 77, 501, 13, 4, 2, 0);
    assert_order(ticks[2], 'A', 'B', 5, 77, 501, 6, LAST);
    cr_assert_eq(anomalies(), 0);
}

Test(cme_book, an_empty_message_that_ends_an_event_is_a_bare_tick)
{
    struct message m = make_refresh(32, 6, END);
    add_group(&m, 3, 32, 0);
    feed(&m);
    cr_assert_eq(tick_count, 1);
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'N', 'N', 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE, LAST);
    m.bytes[18] = 0x04;
    feed(&m);
    cr_assert_eq(tick_count, 0);
}

Test(cme_book, last_only_where_the_event_ends)
{
    struct message m = make_refresh(46, 9, 0x7F);
    put_level(&m, add_group(&m, 3, 32, 1), 500, 12, 77, 1, 3, 1, 0, '0');
    feed(&m);
    cr_assert_eq(ticks[0].flags, 0);
    m.bytes[18] = END;
    feed(&m);
    cr_assert_eq(ticks[0].flags, LAST);
}

Test(cme_book, a_reset_clears_levels_and_orders_of_its_instrument)
{
    struct message m = make_refresh(46, 9, END);
    put_level(&m, add_group(&m, 3, 32, 1), NULL_PRICE, INT32_MAX, 77, 1, 0, 0, 0, 'J');
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'R', 'N', 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0);
    assert_tick(ticks[1], TF_RTYPE_MBO, 'R', 'N', 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE, LAST);
}

Test(cme_book, best_of_the_whole_market_is_a_statistic)
{
    struct message m = make_refresh(46, 12, 0);
    uint32_t at = add_group(&m, 3, 32, 2);
    put_level(&m, at, 500, 12, 77, 1, 3, 1, 1, 'w');
    put_level(&m, at + 32, 400, 13, 77, 2, 3, 1, 0, 'x');
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_statistic(ticks[0], "MKTOFFER", 'M', 'A', 77, 500, 12, 0);
    assert_statistic(ticks[1], "MKTBID  ", 'A', 'B', 77, 400, 13, 0);
}

Test(cme_book, bad_codes_cost_their_entry)
{
    const struct {
        unsigned at;
        uint8_t value;
        unsigned told;
        const char *field;
    } bad[] = {
        {25, 6, 25, "MDUpdateAction"}, {26, '3', 26, "MDEntryType"}, {11, 0x80, 8, "quantity"}};
    for (unsigned i = 0; i < 3; i++) {
        struct message m = make_refresh(46, 9, END);
        uint32_t at = add_group(&m, 3, 32, 2);
        put_level(&m, at, 500, 12, 77, 1, 3, 1, 0, '0');
        put_level(&m, at + 32, 501, 13, 77, 2, 3, 2, 0, '0');
        m.bytes[at + bad[i].at] = bad[i].value;
        tf_cme_mdp3_ops.restart(decoder);
        feed(&m);
        cr_assert_eq(tick_count, 1);
        assert_level(ticks[0], 'A', 'B', 77, 501, 13, 3, 2, LAST);
        assert_flaw(TF_ANOMALY_BAD_FIELD, bad[i].field, at + bad[i].told);
    }
}

Test(cme_book, security_zero_is_none)
{
    struct message m = make_refresh(46, 9, 0);
    uint32_t at = add_group(&m, 3, 32, 1);
    put_level(&m, at, 500, 12, 0, 1, 3, 1, 0, 'J');
    feed(&m);
    cr_assert_eq(tick_count, 0);
    assert_flaw(TF_ANOMALY_BAD_FIELD, "SecurityID", at + 12);
}

static void put_order(struct message *m, uint32_t at, uint64_t order, int64_t price,
                      int32_t quantity, uint32_t id, uint8_t action, char type)
{
    put(m, at, 8, order);
    put(m, at + 8, 8, 999);
    put(m, at + 16, 8, (uint64_t)price);
    put(m, at + 24, 4, (uint32_t)quantity);
    put(m, at + 28, 4, id);
    put(m, at + 32, 1, action);
    put(m, at + 33, 1, (uint8_t)type);
}

Test(cme_book, orders_of_templates_47_and_43)
{
    for (unsigned i = 0; i < 2; i++) {
        struct message m = make_refresh(i ? 43 : 47, i ? 8 : 9, END);
        int64_t scale = i ? 100 : 1;
        uint32_t at = add_group(&m, 3, 40, 5);
        put_order(&m, at, 76662054355, 12068000000000, 4, 532259, 0, '1');
        put_order(&m, at + 40, 2, 100, 5, 532259, 1, '0');
        put_order(&m, at + 80, 3, NULL_PRICE, INT32_MAX, 532259, 2, '0');
        put_order(&m, at + 120, UINT64_MAX, NULL_PRICE, INT32_MAX, 532259, 3, '0');
        put_order(&m, at + 160, UINT64_MAX, NULL_PRICE, INT32_MAX, 532259, 0, 'J');
        feed(&m);
        cr_assert_eq(tick_count, 5);
        assert_order(ticks[0], 'A', 'A', 76662054355, 532259, 12068000000000 * scale, 4, 0);
        assert_order(ticks[1], 'M', 'B', 2, 532259, 100 * scale, 5, 0);
        assert_order(ticks[2], 'C', 'B', 3, 532259, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0);
        assert_order(ticks[3], 'R', 'B', 0, 532259, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0);
        assert_order(ticks[4], 'R', 'N', 0, 532259, TF_UNDEF_PRICE, TF_UNDEF_SIZE, LAST);
        cr_assert_eq(anomalies(), 0);
    }
}

Test(cme_book, orders_without_an_id_or_from_a_level_are_bad)
{
    struct message m = make_refresh(47, 9, 0);
    uint32_t at = add_group(&m, 3, 40, 3);
    put_order(&m, at, UINT64_MAX, 1, 4, 5, 0, '1');
    put_order(&m, at + 40, 1, 1, 4, 5, 4, '1');
    put_order(&m, at + 80, 1, 1, 4, 5, 0, 'x');
    feed(&m);
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 3);
}

Test(cme_book, a_channel_reset_clears_everything)
{
    struct message m = make_refresh(4, 9, END);
    put(&m, add_group(&m, 3, 2, 1), 2, 310);
    feed_level(77, 10);
    feed_level(77, 12);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    feed(&m);
    cr_assert_eq(tick_count, 2);
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'R', 'N', 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE, 0);
    assert_tick(ticks[1], TF_RTYPE_MBO, 'R', 'N', 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE, LAST);
    feed_level(77, 1); /* numbers begin anew */
    cr_assert_eq(ticks[0].flags, LAST);
    feed_level(77, 3);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
}

Test(cme_book, a_jump_of_rpt_seq_marks_its_instrument_until_a_reset)
{
    feed_level(77, 10);
    feed_level(78, 10);
    feed_level(77, 11);
    cr_assert_eq(ticks[0].flags, LAST);
    feed_level(77, 13);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    feed_level(77, 14);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    feed_level(78, 11);
    cr_assert_eq(ticks[0].flags, LAST);
    struct message m = make_refresh(46, 9, END);
    put_level(&m, add_group(&m, 3, 32, 1), NULL_PRICE, INT32_MAX, 77, 15, 0, 0, 0, 'J');
    feed(&m);
    feed_level(77, 16);
    cr_assert_eq(ticks[0].flags, LAST);
    feed_level(77, 18);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
}

Test(cme_book, orders_of_a_jumped_instrument_are_marked_too)
{
    feed_level(77, 10);
    struct message m = make_refresh(46, 9, END);
    put_level(&m, add_group(&m, 3, 32, 1), 500, 12, 77, 12, 3, 1, 0, '0');
    put_reference(&m, add_group(&m, 8, 24, 1), 5, 6, 1, 0);
    feed(&m);
    cr_assert_eq(tick_count, 2);
    cr_assert_eq(ticks[1].flags, LAST | BAD);
}

static void feed_order(uint32_t id)
{
    struct message m = make_refresh(47, 9, END);
    put_order(&m, add_group(&m, 3, 40, 1), 1, 100, 4, id, 0, '1');
    feed(&m);
}

Test(cme_book, orders_without_rpt_seq_are_doubtful_after_a_loss_on_their_channel)
{
    feed_order(5);
    cr_assert_eq(ticks[0].flags, LAST);
    tf_cme_mdp3_ops.gap(decoder, 3);
    feed_order(5);
    cr_assert_eq(ticks[0].flags, LAST); /* this one is on channel 0 */
    tf_cme_mdp3_ops.gap(decoder, 0);
    feed_order(5);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    channel = 1;
    feed_order(6);
    cr_assert_eq(ticks[0].flags, LAST);
}

Test(cme_book, orders_of_an_instrument_that_is_new_after_a_loss_are_doubtful)
{
    struct message reset = make_refresh(4, 9, END);
    add_group(&reset, 3, 2, 0);
    tf_cme_mdp3_ops.gap(decoder, 0);
    feed_order(5);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
    feed(&reset);
    feed_order(5);
    cr_assert_eq(ticks[0].flags, LAST);
    tf_cme_mdp3_ops.gap(decoder, 0);
    feed_order(6);
    cr_assert_eq(ticks[0].flags, LAST | BAD);
}

Test(cme_book, time_that_goes_back_is_counted_by_channel)
{
    struct message m = make_refresh(46, 9, END);
    feed(&m);
    put(&m, 10, 8, TIME - 1);
    channel = 1;
    feed(&m);
    cr_assert_eq(anomalies(), 0);
    channel = 0;
    feed(&m);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_TIME_BACKWARDS], 1);
    cr_assert_eq(counts()->last_ts_event, TIME - 1);
}

Test(cme_book, a_flood_of_instruments_is_remembered)
{
    enum { MANY = 20000 };
    for (uint32_t id = 1; id <= MANY; id++)
        feed_level(id, 10);
    for (uint32_t id = 1; id <= MANY; id++) {
        feed_level(id, id % 2 ? 11 : 12);
        cr_assert_eq(ticks[0].flags, id % 2 ? LAST : LAST | BAD);
    }
}

Test(cme_book, restart_forgets)
{
    feed_level(77, 10);
    feed_level(77, 12);
    tf_cme_mdp3_ops.restart(decoder);
    cr_assert_eq(counts()->messages, 0);
    cr_assert_eq(counts()->first_ts_event, TF_UNDEF_TIMESTAMP);
    feed_level(77, 13);
    cr_assert_eq(ticks[0].flags, LAST);
}
