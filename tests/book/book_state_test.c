/* SPDX-License-Identifier: Apache-2.0 */
/* What makes books stale, what heals them, and the limits. */
#include "book_fixture.h"

TestSuite(book_state, .init = setup, .fini = teardown);

Test(book_state, a_gap_doubts_every_book_until_each_is_healed)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(mbo('A', 'B', 2, 2, PX(10), 5));
    cr_assert_eq(apply(other(TF_RTYPE_GAP, 0, 0)), 0, "no change of each");
    cr_assert_eq(tf_books_marks(books), 1);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_GAP);
    cr_assert_eq(tf_book_state(books, 2), TF_BOOK_GAP);
    apply(mbo('A', 'B', 3, 3, PX(10), 5));
    cr_assert_eq(tf_book_state(books, 3), TF_BOOK_GAP, "its orders before the gap are unknown");
    cr_assert_eq(apply(mbo('A', 'B', 1, 4, PX(10), 5)), 1);
    apply(mbo('C', 'B', 1, 77, PX(10), 5));
    cr_assert_eq(totals().lost, 0, "nobody wonders after a gap");
    cr_assert_eq(apply(mbo('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE)), 1);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    cr_assert_eq(tf_book_state(books, 2), TF_BOOK_GAP);
    apply(other(TF_RTYPE_GAP, 0, 0));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_GAP);
}

Test(book_state, a_gap_of_one_instrument_is_its_own)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(mbo('A', 'B', 2, 2, PX(10), 5));
    cr_assert_eq(apply(other(TF_RTYPE_GAP, 2, 0)), 1);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    cr_assert_eq(tf_book_state(books, 2), TF_BOOK_GAP);
}

Test(book_state, a_snapshot_heals)
{
    uint8_t snapshot = TF_FLAG_SNAPSHOT;
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(other(TF_RTYPE_GAP, 0, 0));
    struct tf_tick ticks[] = {
        with(mbo('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE), snapshot),
        with(mbo('A', 'B', 1, 8, PX(11), 2), snapshot),
        with(mbo('A', 'A', 1, 9, PX(12), 3), snapshot | TF_FLAG_LAST)};
    cr_assert_eq(tf_books_apply(books, ticks, 3), 3);
    size_t count;
    tf_books_changed(books, &count);
    cr_assert_eq(count, 1, "one change, at its end");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    expect_side(1, TF_LADDER_BEST, 'B', "11x2(1)");
    expect_sound();
}

Test(book_state, a_session_heals_and_empties)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(other(TF_RTYPE_GAP, 0, 0));
    apply(other(TF_RTYPE_SYSTEM, 0, TF_SYSTEM_START_OF_MESSAGES));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_UNKNOWN);
    apply(mbo('A', 'B', 1, 1, PX(10), 6));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    expect_side(1, TF_LADDER_BEST, 'B', "10x6(1)");
    cr_assert_eq(totals().duplicates, 0);
    apply(other(TF_RTYPE_SYSTEM, 0, TF_SYSTEM_END_OF_MARKET_HOURS));
    expect_side(1, TF_LADDER_BEST, 'B', "10x6(1)");
    expect_sound();
}

Test(book_state, after_a_completed_replay_comes_a_new_one)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(other(TF_RTYPE_REPLAY_COMPLETED, 0, 0));
    apply(other(TF_RTYPE_END_OF_STREAM, 0, 0));
    expect_side(1, TF_LADDER_BEST, 'B', "10x5(1)");
    apply(mbo('A', 'B', 1, 1, PX(10), 6));
    expect_side(1, TF_LADDER_BEST, 'B', "10x6(1)");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    cr_assert_eq(totals().duplicates, 0);
}

Test(book_state, the_first_epoch_is_none_and_the_next_is)
{
    apply(other(TF_RTYPE_EPOCH, 0, 0));
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    apply(other(TF_RTYPE_EPOCH, 0, 0));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_EPOCH);
}

Test(book_state, an_epoch_in_mid_stream_is_a_restart)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(other(TF_RTYPE_EPOCH, 0, 0));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_EPOCH);
}

Test(book_state, marks_have_their_reason)
{
    tf_books_mark(books, TF_BOOK_LATE_JOIN);
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_LATE_JOIN);
    apply(mbo('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    tf_books_mark(books, TF_BOOK_OVERRUN);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OVERRUN);
    tf_books_clear(books);
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    cr_assert_str_eq(tf_book_state_name(TF_BOOK_LATE_JOIN), "late join");
    cr_assert_str_eq(tf_book_state_name((enum tf_book_state)99), "?");
}

Test(book_state, doubted_ticks_doubt)
{
    uint8_t doubt = TF_FLAG_LAST | TF_FLAG_MAYBE_BAD_BOOK;
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    cr_assert_eq(apply(with(mbo('F', 'N', 1, 99, TF_UNDEF_PRICE, 5), doubt)), 1);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DOUBTED);
    apply(with(mbo('C', 'N', 1, 99, TF_UNDEF_PRICE, 5), doubt));
    cr_assert_eq(totals().lost, 0, "it said so itself");
    apply(mbo('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
}

static void with_limits(uint32_t instruments, uint64_t orders, uint32_t levels)
{
    struct tf_books_options options = TF_BOOKS_OPTIONS_INIT;
    options.instruments_max = instruments;
    options.orders_max = orders;
    options.levels_max = levels;
    tf_books_destroy(books);
    cr_assert((books = tf_books_create(&options)));
}

Test(book_state, instruments_beyond_the_limit_are_refused)
{
    with_limits(3, 0, 0);
    for (uint32_t id = 1; id <= 5; id++)
        apply(mbo('A', 'B', id, id, PX(10), 5));
    cr_assert_eq(totals().instruments, 3);
    cr_assert_eq(totals().refused, 2);
    cr_assert_eq(tf_book_state(books, 3), TF_BOOK_OK);
    cr_assert_eq(tf_book_state(books, 4), TF_BOOK_UNKNOWN);
    expect_sound();
}

Test(book_state, orders_beyond_the_limit_are_refused_and_doubt)
{
    with_limits(0, 1000, 0);
    uint64_t open = 0;
    for (uint64_t order = 1; order <= 5000; order++) {
        apply(mbo('A', 'B', 1, order, PX((int)(order % 50)), 5));
        open = totals().orders;
    }
    cr_assert(open >= 1000 && open < 2048, "%" PRIu64 " open", open);
    cr_assert_eq(totals().refused, 5000 - open);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_CAPACITY);
    expect_sound();
    /* The dead make room. */
    apply(mbo('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    for (uint64_t order = 1; order <= 1000; order++)
        apply(mbo('A', 'B', 1, order, PX(1), 5));
    cr_assert_eq(totals().orders, 1000);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    expect_sound();
}

Test(book_state, levels_beyond_the_limit_are_refused_and_doubt)
{
    with_limits(0, 0, 4);
    for (uint64_t order = 1; order <= 6; order++)
        apply(mbo('A', 'B', 1, order, PX((int)order), 5));
    cr_assert_eq(tf_book_levels(books, 1, TF_LADDER_BEST, 'B', 0, 0), 4);
    cr_assert_eq(totals().refused, 2);
    cr_assert_eq(totals().orders, 4);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_CAPACITY);
    apply(mbo('M', 'B', 1, 1, PX(2), 5));
    apply(mbo('M', 'B', 1, 2, PX(1), 5));
    expect_side(1, TF_LADDER_BEST, 'B', "4x5(1) 3x5(1) 2x5(1) 1x5(1)");
    apply(mbo('A', 'B', 1, 20, PX(2), 5));
    expect_side(1, TF_LADDER_BEST, 'B', "4x5(1) 3x5(1) 2x10(2) 1x5(1)");
    expect_sound();
}

Test(book_state, many_clears_leave_no_trace)
{
    with_limits(0, 1000, 0);
    for (int round = 0; round < 5000; round++) {
        for (uint64_t order = 1; order <= 3; order++)
            apply(mbo('A', 'A', 1 + (uint32_t)(round % 7), order, PX((int)order), 5));
        apply(mbo('R', 'N', round % 5 ? 1 + (uint32_t)(round % 7) : 0, 0, TF_UNDEF_PRICE,
                  TF_UNDEF_SIZE));
    }
    cr_assert_eq(totals().refused, 0);
    cr_assert_eq(totals().orders, 0);
    cr_assert_eq(totals().added, 15000);
    expect_sound();
}

Test(book_state, one_number_in_very_many_books)
{
    uint32_t count = 20000;
    for (uint32_t id = 1; id <= count; id++)
        apply(mbo('A', 'B', id, 5, PX(10), id));
    for (uint32_t id = 1; id <= count; id += 2)
        apply(mbo('C', 'B', id, 5, PX(10), id));
    cr_assert_eq(totals().orders, count / 2);
    cr_assert_eq(totals().lost, 0);
    struct tf_book_order order;
    cr_assert_eq(tf_book_order(books, 20, 5, &order), 1);
    cr_assert_eq(order.size, 20);
    cr_assert_eq(tf_book_order(books, 21, 5, &order), 0);
    expect_sound();
}

Test(book_state, options_that_cannot_be)
{
    struct tf_books_options options = TF_BOOKS_OPTIONS_INIT;
    options.size--;
    cr_assert_null(tf_books_create(&options));
    options = (struct tf_books_options)TF_BOOKS_OPTIONS_INIT;
    options.instruments_max = UINT32_MAX;
    cr_assert_null(tf_books_create(&options));
    tf_books_destroy(0);
    cr_assert_eq(tf_books_apply(books, 0, 0), 0);
}

static void assert_late(uint64_t lost, uint64_t late, int whole)
{
    struct tf_books_totals totals;
    tf_books_totals(books, &totals);
    cr_assert_eq(totals.lost + totals.misplaced, lost);
    cr_assert_eq(totals.late, late);
    cr_assert_eq(tf_book_is_whole(books, 1), whole);
}

Test(book_state, what_contradicts_a_book_of_mid_session_is_told_apart)
{
    struct tf_tick ticks[] = {mbo('C', 'B', 1, 5, PX(10), 1)};
    ticks[0].sequence = 42;
    ticks[0].ts_event = 7;
    tf_books_apply(books, ticks, 1);
    assert_late(1, 1, 0);
    struct tf_books_oddity oddity;
    cr_assert_eq(tf_books_oddity(books, 0, 0, &oddity), 0);
    cr_assert_eq(tf_books_oddity(books, 1, 0, &oddity), 1);
    cr_assert_eq(oddity.sequence, 42);
    cr_assert_eq(oddity.ts_event, 7);
    cr_assert_eq(oddity.instrument_id, 1);
    cr_assert_eq(tf_books_oddity(books, 1, 1, &oddity), 0);
}

Test(book_state, an_unknown_order_behind_an_add_is_of_mid_session_too)
{
    struct tf_tick ticks[] = {mbo('A', 'B', 1, 4, PX(10), 1), mbo('C', 'B', 1, 5, PX(10), 1)};
    tf_books_apply(books, ticks, 1);
    assert_late(0, 0, 1);
    tf_books_apply(books, ticks + 1, 1);
    assert_late(1, 1, 0);
}

Test(book_state, a_whole_book_that_is_contradicted_is_wrong)
{
    struct tf_tick start = other(TF_RTYPE_SYSTEM, 0, TF_SYSTEM_START_OF_MESSAGES);
    struct tf_tick unknown = mbo('C', 'B', 1, 5, PX(10), 1);
    tf_books_apply(books, &start, 1);
    tf_books_apply(books, &unknown, 1);
    assert_late(1, 0, 1);
}

Test(book_state, a_snapshot_makes_a_book_whole)
{
    struct tf_tick unknown = mbo('C', 'B', 1, 5, PX(10), 1), clear = mbo('R', 'N', 1, 0, 0, 0);
    tf_books_apply(books, &unknown, 1);
    tf_books_apply(books, &clear, 1);
    assert_late(1, 1, 1);
    tf_books_apply(books, &unknown, 1);
    assert_late(2, 1, 1);
}
