/* SPDX-License-Identifier: Apache-2.0 */
/* Price levels of DEEP, and which of their ticks end an event. */
#include "iex_fixture.h"

static void open_deep(void)
{
    open_decoder(&tf_iex_deep_ops);
}

TestSuite(iex_deep, .init = open_deep, .fini = close_decoder);

static bool is_last(void)
{
    return ticks[tick_count - 1].flags & TF_FLAG_LAST;
}

Test(iex_deep, buy_level_has_every_field)
{
    feed(make_level('8', 1, "ZIEXT", 0x01020304, 992000));
    cr_assert_eq(tick_count, 1);
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'M', 'B', 992000, 0x01020304);
    cr_assert_eq(ticks[0].level[0], UINT32_MAX);
    cr_assert_eq(ticks[0].level[1], 0);
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST | TF_FLAG_MBP);
    cr_assert_eq(ticks[0].instrument_id, TF_INSTRUMENT_ID_FIRST);
    cr_assert_eq(anomalies(), 0);
}

Test(iex_deep, sell_level_is_an_ask)
{
    feed(make_level('5', 1, "ZIEXT", 100, 992000));
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'M', 'A', 992000, 100);
}

Test(iex_deep, level_of_size_zero_is_gone)
{
    feed(make_level('5', 1, "ZIEXT", 0, 992000));
    assert_tick(ticks[0], TF_RTYPE_LEVEL, 'C', 'A', 992000, 0);
    cr_assert_eq(ticks[0].flags, TF_FLAG_LAST | TF_FLAG_MBP);
}

Test(iex_deep, level_without_a_possible_price_changes_nothing)
{
    feed(make_level('8', 0, "ZIEXT", 100, UINT64_MAX));
    assert_flaw(TF_ANOMALY_BAD_FIELD, "price", 22);
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert(is_last());
}

Test(iex_deep, no_tick_of_an_instrument_in_transition_ends_an_event)
{
    feed(make_level('8', 0, "ZIEXT", 100, 992000));
    cr_assert_eq(ticks[0].flags, TF_FLAG_MBP);
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert_not(is_last());
    feed(make_level('8', 1, "OTHER", 100, 992000));
    cr_assert(is_last());
    feed(make_level('5', 0, "ZIEXT", 100, 992000));
    cr_assert_not(is_last());
    feed(make('S', 10, 'M', ""));
    cr_assert(is_last());
    feed(make_level('8', 1, "ZIEXT", 0, 992000));
    cr_assert(is_last());
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert(is_last());
}

Test(iex_deep, other_event_flags_do_not_matter)
{
    feed(make_level('8', 0xFE, "ZIEXT", 100, 992000));
    cr_assert_not(is_last());
    feed(make_level('8', 0xFF, "ZIEXT", 100, 992000));
    cr_assert(is_last());
}

Test(iex_deep, gap_ends_transitions)
{
    feed(make_level('8', 0, "ZIEXT", 100, 992000));
    ops->gap(decoder, 0);
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert(is_last());
    feed(make_level('8', 0, "ZIEXT", 100, 992000));
    cr_assert_not(is_last());
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert_not(is_last());
}

Test(iex_deep, start_of_messages_ends_transitions)
{
    feed(make_level('8', 0, "ZIEXT", 100, 992000));
    feed(make('S', 10, 'O', ""));
    cr_assert(is_last());
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert(is_last());
}

Test(iex_deep, restart_forgets_transitions)
{
    feed(make_level('8', 0, "ZIEXT", 100, 992000));
    ops->restart(decoder);
    feed(make_trade('T', 0, "ZIEXT", 100, 992000, 1));
    cr_assert(is_last());
}

Test(iex_deep, types_of_other_feeds_are_unknown)
{
    const char others[] = "QaMRLC";
    for (const char *type = others; *type; type++) {
        feed(make(*type, 80, 0, "AMZN"));
        assert_flaw(TF_ANOMALY_UNKNOWN_TYPE, "message type", 0);
    }
}

Test(iex_deep, every_type_needs_its_length)
{
    static const struct {
        char type;
        uint32_t length;
    } types[] = {{'S', 10}, {'D', 31}, {'H', 22}, {'I', 18}, {'O', 18}, {'P', 19}, {'T', 38},
                 {'X', 26}, {'B', 38}, {'A', 80}, {'E', 18}, {'8', 30}, {'5', 30}};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct message message = make(types[i].type, types[i].length - 1, 'O', "");
        memset(message.bytes + 10, 'A', 8);
        feed(message);
        assert_flaw(TF_ANOMALY_BAD_LENGTH, "length", 0);
        message.length++;
        feed(message); /* whatever else is wrong with it */
        cr_assert_eq(anomaly(TF_ANOMALY_BAD_LENGTH), i + 1);
    }
}
