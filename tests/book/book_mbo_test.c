/* SPDX-License-Identifier: Apache-2.0 */
/* Books of orders: every action, alone and in events, and what contradicts them. */
#include "book_fixture.h"

TestSuite(book_mbo, .init = setup, .fini = teardown);

Test(book_mbo, adds_make_levels_best_first)
{
    apply(mbo('A', 'B', 7, 1, PX(10), 100));
    apply(mbo('A', 'B', 7, 2, PX(11), 50));
    apply(mbo('A', 'B', 7, 3, PX(10), 5));
    apply(mbo('A', 'B', 7, 4, PX(9), 1));
    apply(mbo('A', 'A', 7, 5, PX(12), 3));
    apply(mbo('A', 'A', 7, 6, PX(14), 4));
    apply(mbo('A', 'A', 7, 7, PX(13), 9));
    expect_side(7, TF_LADDER_ORDERS, 'B', "11x50(1) 10x105(2) 9x1(1)");
    expect_side(7, TF_LADDER_BEST, 'A', "12x3(1) 13x9(1) 14x4(1)");
    struct tf_best best;
    cr_assert_eq(tf_book_best(books, 7, &best), 1);
    cr_assert(best.bid_px == PX(11) && best.bid_sz == 50 && best.bid_orders == 1);
    cr_assert(best.ask_px == PX(12) && best.ask_sz == 3 && best.ask_orders == 1);
    cr_assert_eq(tf_book_best(books, 8, &best), 0);
    cr_assert(best.bid_px == TF_UNDEF_PRICE && best.ask_px == TF_UNDEF_PRICE);
    expect_sound();
}

Test(book_mbo, cancel_takes_off_and_removes_at_zero)
{
    apply(mbo('A', 'A', 7, 1, PX(10), 100));
    cr_assert_eq(apply(mbo('C', 'A', 7, 1, PX(10), 30)), 1);
    struct tf_book_order order;
    cr_assert_eq(tf_book_order(books, 7, 1, &order), 1);
    cr_assert(order.size == 70 && order.price == PX(10) && order.side == 'A');
    cr_assert_eq(order.instrument_id, 7);
    expect_side(7, TF_LADDER_BEST, 'A', "10x70(1)");
    apply(mbo('C', 'A', 7, 1, PX(10), 70));
    cr_assert_eq(tf_book_order(books, 7, 1, &order), 0);
    expect_side(7, TF_LADDER_BEST, 'A', "");
    cr_assert_eq(tf_book_state(books, 7), TF_BOOK_OK);
    cr_assert_eq(totals().orders, 0);
    expect_sound();
}

Test(book_mbo, modify_moves_price_size_and_side)
{
    apply(mbo('A', 'B', 7, 1, PX(10), 100));
    apply(mbo('A', 'B', 7, 2, PX(10), 10));
    apply(mbo('M', 'B', 7, 1, PX(10), 40));
    expect_side(7, TF_LADDER_BEST, 'B', "10x50(2)");
    apply(mbo('M', 'B', 7, 1, PX(10.5), 60));
    expect_side(7, TF_LADDER_BEST, 'B', "10.5x60(1) 10x10(1)");
    apply(mbo('M', 'A', 7, 1, PX(11), 60));
    expect_side(7, TF_LADDER_BEST, 'B', "10x10(1)");
    expect_side(7, TF_LADDER_BEST, 'A', "11x60(1)");
    apply(mbo('M', 'A', 7, 1, PX(11), 0));
    expect_side(7, TF_LADDER_BEST, 'A', "");
    cr_assert_eq(tf_book_state(books, 7), TF_BOOK_OK);
    expect_sound();
}

Test(book_mbo, trades_and_fills_change_nothing)
{
    apply(mbo('A', 'B', 7, 1, PX(10), 100));
    cr_assert_eq(apply(mbo('T', 'A', 7, 99, PX(10), 100)), 0);
    cr_assert_eq(apply(mbo('F', 'B', 7, 1, PX(10), 100)), 0);
    cr_assert_eq(apply(mbo('N', 'B', 7, 1, PX(10), 100)), 0);
    expect_side(7, TF_LADDER_BEST, 'B', "10x100(1)");
}

Test(book_mbo, clear_empties_one_instrument_or_all)
{
    for (uint32_t id = 1; id <= 3; id++)
        apply(mbo('A', 'B', id, id, PX(10), id));
    cr_assert_eq(apply(mbo('R', 'N', 2, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE)), 1);
    expect_side(2, TF_LADDER_BEST, 'B', "");
    struct tf_book_order order;
    cr_assert_eq(tf_book_order(books, 2, 2, &order), 0);
    cr_assert_eq(totals().orders, 2);
    /* The number may be used again. */
    apply(mbo('A', 'A', 2, 2, PX(20), 5));
    cr_assert_eq(totals().duplicates, 0);
    expect_side(2, TF_LADDER_BEST, 'A', "20x5(1)");
    expect_sound();

    apply(mbo('R', 'N', 0, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    size_t count;
    const uint32_t *ids = tf_books_changed(books, &count);
    cr_assert(count == 1 && ids[0] == 0);
    struct tf_best best;
    for (uint32_t id = 1; id <= 3; id++)
        cr_assert_eq(tf_book_best(books, id, &best), 0);
    cr_assert_eq(totals().orders, 0);
    expect_sound();
    apply(mbo('A', 'B', 1, 1, PX(9), 4));
    expect_side(1, TF_LADDER_BEST, 'B', "9x4(1)");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    expect_sound();
}

Test(book_mbo, changes_are_told_at_the_end_of_the_event)
{
    struct tf_tick event[] = {
        with(mbo('A', 'B', 1, 1, PX(10), 5), 0), with(mbo('A', 'A', 2, 2, PX(11), 5), 0),
        with(mbo('A', 'B', 1, 3, PX(12), 5), 0),
        with(mbo('C', 'B', 1, 3, PX(12), 5), TF_FLAG_LAST), mbo('A', 'B', 3, 4, PX(1), 1)};
    size_t count;
    cr_assert_eq(tf_books_apply(books, event, 3), 3);
    tf_books_changed(books, &count);
    cr_assert_eq(count, 0);
    cr_assert_eq(tf_books_apply(books, event + 3, 2), 1, "stops where something changed");
    const uint32_t *ids = tf_books_changed(books, &count);
    cr_assert_eq(count, 2);
    cr_assert(ids[0] == 1 && ids[1] == 2);
    cr_assert_eq(tf_books_apply(books, event + 4, 1), 1);
    tf_books_changed(books, &count);
    cr_assert_eq(count, 1);
}

Test(book_mbo, what_comes_and_goes_within_an_event_is_no_change)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(with(mbo('A', 'B', 1, 2, PX(11), 5), 0));
    cr_assert_eq(apply(mbo('C', 'B', 1, 2, PX(11), 5)), 0);
    cr_assert_eq(apply(mbo('A', 'B', 1, 3, PX(9), 5)), 0, "deeper is no change");
    cr_assert_eq(apply(mbo('A', 'B', 1, 4, PX(10), 5)), 1, "a size is one");
    cr_assert_eq(apply(mbo('C', 'B', 1, 3, PX(9), 5)), 0);
}

Test(book_mbo, events_of_one_instrument_when_asked_for)
{
    tf_books_destroy(books);
    struct tf_books_options options = TF_BOOKS_OPTIONS_INIT;
    options.event_per_instrument = 1;
    cr_assert((books = tf_books_create(&options)));
    apply(with(mbo('A', 'B', 1, 1, PX(10), 5), 0));
    apply(with(mbo('A', 'B', 2, 2, PX(10), 5), 0));
    size_t count;
    cr_assert_eq(apply(mbo('A', 'B', 2, 3, PX(11), 5)), 1);
    cr_assert_eq(tf_books_changed(books, &count)[0], 2);
    cr_assert_eq(apply(mbo('A', 'A', 1, 4, PX(12), 5)), 1);
    cr_assert_eq(tf_books_changed(books, &count)[0], 1);
}

Test(book_mbo, unknown_order_is_lost_and_doubts_its_book_alone)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(mbo('A', 'B', 2, 2, PX(10), 5));
    cr_assert_eq(apply(mbo('C', 'B', 1, 99, PX(10), 5)), 1, "becoming stale is a change");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED);
    cr_assert_eq(tf_book_state(books, 2), TF_BOOK_OK);
    cr_assert_eq(totals().lost, 1);
    apply(mbo('C', 'B', 1, 98, PX(10), 5));
    cr_assert_eq(totals().lost, 1, "counted in books that were OK alone");
    apply(mbo('M', 'B', 2, 97, PX(10), 7));
    cr_assert_eq(totals().lost, 2);
    expect_side(2, TF_LADDER_BEST, 'B', "10x12(2)");
    /* The same number in another book is another order. */
    apply(mbo('C', 'B', 2, 1, PX(10), 5));
    expect_side(1, TF_LADDER_BEST, 'B', "10x5(1)");
    expect_sound();
}

Test(book_mbo, duplicate_replaces_and_overfill_clips)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(mbo('A', 'A', 1, 1, PX(12), 7));
    expect_side(1, TF_LADDER_BEST, 'B', "");
    expect_side(1, TF_LADDER_BEST, 'A', "12x7(1)");
    cr_assert_eq(totals().duplicates, 1);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED);
    apply(mbo('A', 'A', 2, 1, PX(12), 7));
    apply(mbo('C', 'A', 2, 1, PX(12), 8));
    expect_side(2, TF_LADDER_BEST, 'A', "");
    cr_assert_eq(totals().overfills, 1);
    cr_assert_eq(tf_book_state(books, 2), TF_BOOK_DAMAGED);
    apply(mbo('A', 'A', 3, 1, PX(12), 7));
    apply(mbo('C', 'A', 3, 1, PX(12), TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 3), TF_BOOK_OK, "undefined takes all of it");
    expect_side(3, TF_LADDER_BEST, 'A', "");
    expect_sound();
}

Test(book_mbo, fields_out_of_range_are_refused)
{
    struct tf_tick bad[] = {
        mbo('A', 'N', 1, 1, PX(10), 5), mbo('A', 'B', 1, 1, TF_UNDEF_PRICE, 5),
        mbo('A', 'B', 1, 1, PX(10), 0), mbo('A', 'B', 1, 1, PX(10), TF_UNDEF_SIZE)};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bad[i].instrument_id = i + 1;
        apply(bad[i]);
        cr_assert_eq(tf_book_state(books, i + 1), TF_BOOK_DAMAGED);
        cr_assert_eq(totals().bad_ticks, i + 1);
    }
    apply(mbo('A', 'B', 0, 1, PX(10), 5));
    cr_assert_eq(totals().bad_ticks, 5, "no instrument");
    cr_assert_eq(totals().orders, 0);
}

Test(book_mbo, prices_at_the_ends_of_their_range)
{
    apply(mbo('A', 'B', 1, 1, INT64_MIN, 1));
    apply(mbo('A', 'B', 1, 2, -1, 2));
    apply(mbo('A', 'B', 1, 3, INT64_MAX - 1, 3));
    apply(mbo('A', 'A', 1, 4, INT64_MIN, 4));
    apply(mbo('A', 'A', 1, 5, INT64_MAX - 1, 5));
    struct tf_book_level levels[4];
    cr_assert_eq(tf_book_levels(books, 1, TF_LADDER_ORDERS, 'B', levels, 4), 3);
    cr_assert(levels[0].price == INT64_MAX - 1 && levels[1].price == -1 &&
              levels[2].price == INT64_MIN);
    cr_assert_eq(tf_book_levels(books, 1, TF_LADDER_ORDERS, 'A', levels, 4), 2);
    cr_assert(levels[0].price == INT64_MIN && levels[1].price == INT64_MAX - 1);
    expect_sound();
}

Test(book_mbo, top_of_book_ticks_are_the_whole_side)
{
    apply(with(mbo('A', 'B', 1, 0, PX(10), 5), TF_FLAG_LAST | TF_FLAG_TOB));
    apply(with(mbo('A', 'A', 1, 0, PX(11), 6), TF_FLAG_LAST | TF_FLAG_TOB));
    apply(with(mbo('A', 'B', 1, 0, PX(9), 7), TF_FLAG_LAST | TF_FLAG_TOB));
    expect_side(1, TF_LADDER_BEST, 'B', "9x7(-1)");
    expect_side(1, TF_LADDER_BEST, 'A', "11x6(-1)");
    apply(with(mbo('A', 'A', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE), TF_FLAG_LAST | TF_FLAG_TOB));
    expect_side(1, TF_LADDER_BEST, 'A', "");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
}

Test(book_mbo, clear_of_one_side)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(mbo('A', 'A', 1, 2, PX(11), 6));
    apply(mbo('A', 'A', 1, 3, PX(12), 7));
    cr_assert_eq(apply(mbo('R', 'A', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE)), 1);
    expect_side(1, TF_LADDER_BEST, 'A', "");
    expect_side(1, TF_LADDER_BEST, 'B', "10x5(1)");
    cr_assert_eq(totals().orders, 1);
    apply(mbo('A', 'A', 1, 2, PX(13), 8));
    apply(mbo('M', 'A', 1, 1, PX(14), 9));
    expect_side(1, TF_LADDER_BEST, 'A', "13x8(1) 14x9(1)");
    cr_assert_eq(totals().duplicates, 0);
    expect_sound();
}

Test(book_mbo, orders_of_unknown_instruments_doubt_all_once)
{
    uint8_t doubt = TF_FLAG_LAST | TF_FLAG_MAYBE_BAD_BOOK;
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    for (int i = 0; i < 3; i++)
        apply(with(mbo('C', 'N', 0, 77, TF_UNDEF_PRICE, TF_UNDEF_SIZE), doubt));
    cr_assert_eq(tf_books_marks(books), 1);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DOUBTED);
    cr_assert_eq(totals().bad_ticks, 0);
}
