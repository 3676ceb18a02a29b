/* SPDX-License-Identifier: Apache-2.0 */
/* Books of the venue's levels, by price and by place. */
#include "book_fixture.h"

TestSuite(book_mbp, .init = setup, .fini = teardown);

Test(book_mbp, by_price_sizes_are_absolute)
{
    apply(level('A', 'B', 1, 0, PX(10), 100));
    apply(level('M', 'B', 1, 0, PX(10), 40));
    apply(level('M', 'B', 1, 0, PX(11), 7));
    apply(level('A', 'A', 1, 0, PX(12), 9));
    expect_side(1, TF_LADDER_BEST, 'B', "11x7(1) 10x40(1)");
    cr_assert_eq(apply(level('C', 'B', 1, 0, PX(11), 0)), 1);
    expect_side(1, TF_LADDER_LEVELS, 'B', "10x40(1)");
    apply(level('M', 'A', 1, 0, PX(12), 0));
    expect_side(1, TF_LADDER_BEST, 'A', "");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    apply(level('C', 'A', 1, 0, PX(12), 0));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED, "it was not there");
    cr_assert_eq(totals().misplaced, 1);
}

Test(book_mbp, a_removed_best_is_told)
{
    apply(level('A', 'B', 1, 0, PX(10), 100));
    apply(level('A', 'B', 1, 0, PX(9), 100));
    cr_assert_eq(apply(level('C', 'B', 1, 0, PX(9), 0)), 0);
    cr_assert_eq(apply(level('C', 'B', 1, 0, PX(10), 0)), 1);
}

Test(book_mbp, new_inserts_and_pushes_out_beyond_the_depth)
{
    for (uint32_t place = 1; place <= 10; place++)
        apply(level('A', 'B', 1, place, PX(100 - (int)place), place));
    cr_assert_eq(apply(level('A', 'B', 1, 3, PX(97.5), 50)), 0, "not the best");
    expect_side(1, TF_LADDER_BEST, 'B',
                "99x1(1) 98x2(1) 97.5x50(1) 97x3(1) 96x4(1) 95x5(1) 94x6(1) 93x7(1) 92x8(1) "
                "91x9(1)");
    cr_assert_eq(apply(level('A', 'B', 1, 1, PX(99.5), 1)), 1);
    cr_assert_eq(tf_book_levels(books, 1, TF_LADDER_BEST, 'B', 0, 0), 10);
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    expect_sound();
}

Test(book_mbp, a_deeper_place_makes_the_book_deeper)
{
    for (uint32_t place = 1; place <= 12; place++)
        apply(level('A', 'A', 1, place, PX(100 + (int)place), place));
    cr_assert_eq(tf_book_levels(books, 1, TF_LADDER_BEST, 'A', 0, 0), 12);
    apply(level('A', 'A', 1, 1, PX(100), 1));
    cr_assert_eq(tf_book_levels(books, 1, TF_LADDER_BEST, 'A', 0, 0), 12);
}

Test(book_mbp, change_overwrites_delete_shifts_up)
{
    apply(level('A', 'A', 1, 1, PX(10), 1));
    apply(level('A', 'A', 1, 2, PX(11), 2));
    apply(level('A', 'A', 1, 3, PX(12), 3));
    apply(level('M', 'A', 1, 2, PX(11), 20));
    expect_side(1, TF_LADDER_BEST, 'A', "10x1(1) 11x20(1) 12x3(1)");
    cr_assert_eq(apply(level('C', 'A', 1, 2, PX(11), 20)), 0);
    expect_side(1, TF_LADDER_BEST, 'A', "10x1(1) 12x3(1)");
    cr_assert_eq(apply(level('C', 'A', 1, 1, PX(10), 1)), 1);
    expect_side(1, TF_LADDER_BEST, 'A', "12x3(1)");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
}

Test(book_mbp, delete_from_takes_the_best_n_and_delete_thru_a_side)
{
    for (uint32_t place = 1; place <= 5; place++) {
        apply(level('A', 'B', 1, place, PX(100 - (int)place), place));
        apply(level('A', 'A', 1, place, PX(100 + (int)place), place));
    }
    cr_assert_eq(apply(level('C', 'B', 1, 3, TF_UNDEF_PRICE, TF_UNDEF_SIZE)), 1);
    expect_side(1, TF_LADDER_BEST, 'B', "96x4(1) 95x5(1)");
    cr_assert_eq(apply(level('R', 'A', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE)), 1);
    expect_side(1, TF_LADDER_BEST, 'A', "");
    expect_side(1, TF_LADDER_BEST, 'B', "96x4(1) 95x5(1)");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    apply(level('C', 'B', 1, 3, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    expect_side(1, TF_LADDER_BEST, 'B', "");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED, "there were only two");
}

Test(book_mbp, implied_levels_are_apart_and_two_deep)
{
    uint8_t implied = TF_FLAG_LAST | TF_FLAG_PUBLISHER_SPECIFIC;
    apply(level('A', 'B', 1, 1, PX(10), 1));
    cr_assert_eq(apply(with(level('A', 'B', 1, 1, PX(10.5), 9), implied)), 0);
    apply(with(level('A', 'B', 1, 2, PX(10.2), 8), implied));
    apply(with(level('A', 'B', 1, 1, PX(10.7), 7), implied));
    expect_side(1, TF_LADDER_IMPLIED, 'B', "10.7x7(1) 10.5x9(1)");
    expect_side(1, TF_LADDER_LEVELS, 'B', "10x1(1)");
    expect_side(1, TF_LADDER_BEST, 'B', "10x1(1)");
    apply(with(level('R', 'B', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE), implied));
    expect_side(1, TF_LADDER_IMPLIED, 'B', "");
    expect_side(1, TF_LADDER_BEST, 'B', "10x1(1)");
}

Test(book_mbp, who_came_late_knows_places_but_not_those_before)
{
    apply(level('M', 'B', 1, 3, PX(97), 3));
    expect_side(1, TF_LADDER_BEST, 'B', "?x0(-1) ?x0(-1) 97x3(1)");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED);
    struct tf_best best;
    cr_assert_eq(tf_book_best(books, 1, &best), 1);
    cr_assert_eq(best.bid_px, TF_UNDEF_PRICE);
    apply(level('M', 'B', 1, 1, PX(99), 1));
    apply(level('A', 'B', 1, 2, PX(98.5), 5));
    expect_side(1, TF_LADDER_BEST, 'B', "99x1(1) 98.5x5(1) ?x0(-1) 97x3(1)");
    apply(level('C', 'B', 1, 3, PX(98), 2));
    expect_side(1, TF_LADDER_BEST, 'B', "99x1(1) 98.5x5(1) 97x3(1)");
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED, "until it is healed");
    apply(level('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
    expect_side(1, TF_LADDER_BEST, 'B', "");
}

Test(book_mbp, wrong_places_are_damage)
{
    apply(level('A', 'B', 1, 1, PX(10), 1));
    apply(level('C', 'B', 1, 1, PX(11), 1));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DAMAGED, "another price there");
    apply(level('C', 'B', 2, 1, PX(11), 1));
    cr_assert_eq(tf_book_state(books, 2), TF_BOOK_DAMAGED, "nothing there");
    apply(level('A', 'B', 3, 2000000000, PX(11), 1));
    cr_assert_eq(tf_book_state(books, 3), TF_BOOK_DAMAGED, "no venue is that deep");
    expect_side(3, TF_LADDER_BEST, 'B', "");
    apply(level('A', 'N', 4, 1, PX(11), 1));
    cr_assert_eq(tf_book_state(books, 4), TF_BOOK_DAMAGED, "no side");
    cr_assert_eq(totals().misplaced, 2);
    cr_assert_eq(totals().bad_ticks, 2);
}

Test(book_mbp, levels_and_orders_of_one_instrument_do_not_mix)
{
    apply(mbo('A', 'B', 1, 1, PX(10), 5));
    apply(level('A', 'B', 1, 1, PX(10), 6));
    expect_side(1, TF_LADDER_ORDERS, 'B', "10x5(1)");
    expect_side(1, TF_LADDER_LEVELS, 'B', "10x6(1)");
    struct tf_best best;
    tf_book_best(books, 1, &best);
    cr_assert_eq(best.bid_sz, 6, "the venue's own levels where there are some");
    apply(level('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    expect_side(1, TF_LADDER_ORDERS, 'B', "10x5(1)");
    expect_sound();
}

Test(book_mbp, levels_of_another_session_are_gone)
{
    apply(level('A', 'B', 1, 1, PX(10), 6));
    apply(other(TF_RTYPE_SYSTEM, 0, TF_SYSTEM_START_OF_MESSAGES));
    expect_side(1, TF_LADDER_LEVELS, 'B', "");
    apply(mbo('A', 'B', 1, 1, PX(9), 5));
    expect_side(1, TF_LADDER_LEVELS, 'B', "");
    expect_side(1, TF_LADDER_BEST, 'B', "9x5(1)");
}

Test(book_mbp, transitions_of_levels_by_price_interleave)
{
    apply(with(level('M', 'B', 1, 0, PX(10), 5), 0));
    cr_assert_eq(apply(level('M', 'B', 2, 0, PX(20), 5)), 1, "ends its own alone");
    cr_assert_eq(apply(other(TF_RTYPE_STATUS, 3, TF_STATUS_TRADING)), 0);
    cr_assert_eq(apply(other(TF_RTYPE_SYSTEM, 0, TF_SYSTEM_END_OF_MESSAGES)), 0);
    cr_assert_eq(apply(level('M', 'A', 1, 0, PX(11), 5)), 1);
}

Test(book_mbp, levels_by_place_end_together_also_by_a_tick_of_nobody)
{
    apply(with(level('A', 'B', 1, 1, PX(10), 5), 0));
    apply(with(level('A', 'B', 2, 1, PX(10), 5), 0));
    cr_assert_eq(apply(level('N', 'N', 0, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE)), 2);
}

Test(book_mbp, very_many_transitions_do_not_pile_up)
{
    size_t count = 0;
    for (uint32_t id = 1; id <= 4097; id++)
        apply(with(level('M', 'B', id, 0, PX(10), 5), 0));
    apply(other(TF_RTYPE_STATUS, 5000, TF_STATUS_TRADING));
    tf_books_changed(books, &count);
    cr_assert_eq(count, 4097);
}

Test(book_mbp, orders_and_levels_are_doubted_apart)
{
    uint8_t doubt = TF_FLAG_LAST | TF_FLAG_MAYBE_BAD_BOOK;
    apply(level('A', 'B', 1, 1, PX(10), 6));
    apply(with(mbo('A', 'B', 1, 1, PX(10), 5), doubt));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK, "its levels are");
    apply(with(level('M', 'B', 1, 1, PX(10), 7), doubt));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DOUBTED);
    apply(mbo('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_DOUBTED, "those were its orders");
    apply(level('R', 'N', 1, 0, TF_UNDEF_PRICE, TF_UNDEF_SIZE));
    cr_assert_eq(tf_book_state(books, 1), TF_BOOK_OK);
}
