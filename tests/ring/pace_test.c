/* SPDX-License-Identifier: Apache-2.0 */
/* Wide stores, and the paces of a reader: it keeps up, has more, or is flooded. */
#include "fixture.h"

static struct tf_slot slots[SLOTS];

Test(ring, wide_stores_write_the_same)
{
#if TF_HAS_WIDE
    static struct tf_slot other[SLOTS];
    if (!tf_wide_here())
        cr_skip_test("this CPU has no AVX");
    fresh_ring(slots, 0);
    fresh_ring(other, 0);
    for (uint64_t at = 1; at < 5 * SLOTS;
         at += 27) { /* calls begin and end anywhere in a block and in the ring */
        struct tf_tick ticks[27];
        for (uint32_t i = 0; i < 27; i++)
            ticks[i] = tick_of(at + i);
        tf_ring_write(slots, mask, at, ticks, 27, at);
        tf_ring_write_wide(other, mask, at, ticks, 27, at);
        cr_assert_eq(memcmp(slots, other, sizeof slots), 0);
    }
#else
    cr_skip_test("not on this CPU or with this sanitizer");
#endif
}

/* ---- readers that keep up, and floods ---------------------------------------------------- */

Test(ring, tick_that_comes_after_nothing_is_read_alone)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = cursor_at(slots, 1);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 0);
    write_ticks(slots, 1, 20, 20);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 1);
    expect_tick(&out[0], 1, 1);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 19);
    expect_tick(&out[18], 20, 1);
    cr_expect_eq(cursor.ticks, 20);
}

Test(ring, reader_of_many_ticks_in_a_row_reads_by_head_until_nothing_comes)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = cursor_at(slots, 1);
    for (uint64_t at = 1; at <= TF_HEAT_MOST; at += 32) {
        cr_assert_geq(cursor.heat, 0);
        write_ticks(slots, at, at + 31, 32);
        cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 32);
    }
    cr_expect_lt(cursor.heat, 0);
    for (int look = 1; look <= -TF_HEAT_FLOODED; look++) {
        cr_expect_lt(cursor.heat, 0);
        cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 0);
    }
    cr_expect_geq(cursor.heat, 0);
    write_ticks(slots, cursor.next, cursor.next + 4, 5);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 1);
}

Test(ring, flooded_reader_gets_all_up_to_the_head_and_no_more)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = flooded_cursor_at(slots, 1);
    write_ticks(slots, 1, 70, TF_WRITE_MAX);
    tf_store_release(&head, 50); /* 51 to 70 are on their way */
    cr_expect_eq(tf_cursor_read(&cursor, out, 40), 40);
    cr_expect_eq(tf_cursor_read(&cursor, out, 40), 10);
    cr_expect_eq(tf_cursor_read(&cursor, out, 40), 0);
    tf_store_release(&head, 70);
    cr_expect_eq(tf_cursor_read(&cursor, out, 40), 20);
    for (uint64_t i = 0; i < 20; i++)
        expect_tick(&out[i], 51 + i, out[i].ts_pub);
    cr_expect_eq(cursor.ticks, 70);
}

Test(ring, flooded_reader_believes_stamps_rather_than_a_damaged_head)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 10);
    struct tf_cursor cursor = flooded_cursor_at(slots, 1);
    tf_store_release(&head, 1000);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 10);
    cr_expect_geq(cursor.heat, 0);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 0);
}

Test(ring, flooded_reader_that_was_lapped_is_told)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = flooded_cursor_at(slots, 1);
    write_ticks(slots, 1, 3 * SLOTS, TF_WRITE_MAX);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), TF_OVERRUN);
    cr_expect_eq(cursor.lost, cursor.next - 1);
    cr_expect_geq(cursor.heat, 0);
}

Test(ring, small_reads_are_no_flood_however_many)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = cursor_at(slots, 1);
    for (uint64_t at = 1; at < 20 * TF_HEAT_MOST;
         at += 3) { /* read without an empty look between */
        write_ticks(slots, at, at + 2, 3);
        cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 3);
        cr_assert_geq(cursor.heat, 0);
    }
    cursor = flooded_cursor_at(slots, cursor.next);
    for (int i = 0; i < -TF_HEAT_FLOODED; i++) {
        cr_assert_lt(cursor.heat, 0);
        write_ticks(slots, cursor.next, cursor.next + 2, 3);
        cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 3);
    }
    cr_expect_eq(cursor.heat, TF_HEAT_NONE);
}
