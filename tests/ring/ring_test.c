/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the ring: one thread, so that every interleaving is one that the test has
 * chosen. */
#include "fixture.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static struct tf_slot slots[SLOTS];

/* ---- writing and reading ----------------------------------------------------------------- */

Test(ring, nothing_is_read_from_an_empty_ring)
{
    struct tf_tick out;
    fresh_ring(slots, 0);
    struct tf_cursor cursor = cursor_at(slots, 1);
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), 0);
    memset(slots, 0, sizeof slots); /* not even prepared */
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), 0);
    cr_expect_eq(cursor.next, 1);
    cr_expect_eq(cursor.ticks + cursor.lost, 0);
}

Test(ring, tick_is_read_as_written_with_seq_and_publish_time)
{
    struct tf_tick out[2];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = cursor_at(slots, 1);
    struct tf_tick tick = tick_of(1);
    tf_ring_write(slots, mask, 1, &tick, 1, 4711);
    cr_assert_eq(tf_cursor_read(&cursor, out, 2), 1);
    expect_tick(&out[0], 1, 4711);
    cr_expect_eq(cursor.next, 2);
    cr_expect_eq(tf_cursor_read(&cursor, out, 2), 0, "a tick was read twice");
}

Test(ring, read_returns_no_more_than_asked_for)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 20);
    struct tf_cursor cursor = cursor_at(slots, 1);
    cr_expect_eq(tf_cursor_read(&cursor, out, 0), 0);
    cr_expect_eq(tf_cursor_read(&cursor, out, 7), 7);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 13);
    expect_tick(&out[0], 8, 8);
    expect_tick(&out[12], 20, 20);
    cr_expect_eq(cursor.ticks, 20);
}

Test(ring, slots_are_used_again_lap_after_lap)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    struct tf_cursor cursor = cursor_at(slots, 1);
    for (uint64_t n = 1; n <= 10 * SLOTS; n++) {
        write_ticks(slots, n, n, 1);
        cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 1);
        expect_tick(&out[0], n, n);
    }
    cr_expect_eq(cursor.lost, 0);
}

Test(ring, batch_crosses_the_end_of_the_slots)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, SLOTS - 5);
    write_ticks(slots, SLOTS - 4, SLOTS + 27, 32); /* one call */
    struct tf_cursor cursor = cursor_at(slots, SLOTS - 4);
    cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 32);
    for (uint64_t i = 0; i < 32; i++)
        expect_tick(&out[i], SLOTS - 4 + i, SLOTS - 4);
}

Test(ring, batches_of_every_size_write_the_same_ring)
{
    static struct tf_slot one_by_one[SLOTS];
    fresh_ring(one_by_one, 3 * SLOTS);
    for (uint32_t batch = 2; batch <= TF_WRITE_MAX; batch++) {
        fresh_ring(slots, 0);
        write_ticks(slots, 1, 3 * SLOTS, batch);
        for (uint64_t i = 0; i < SLOTS; i++)
            for (unsigned word = 0; word < 8; word++)
                if (word != TF_WORD_TS_PUB)
                    cr_assert_eq(tf_load(&slots[i].word[word]),
                                 tf_load(&one_by_one[i].word[word]),
                                 "batch %u, slot %u, word %u", batch, (unsigned)i, word);
    }
}

Test(ring, guards_of_the_next_two_blocks_are_always_prepared)
{
    fresh_ring(slots, 0);
    uint32_t batch = 1;
    for (uint64_t at = 0; at < 5 * SLOTS; batch = batch % TF_WRITE_MAX + 1) {
        write_ticks(slots, at + 1, at + batch, batch);
        at += batch;
        cr_expect_eq(stamp_of(slots, at), at);
        for (uint64_t n = 1; n <= TF_BLOCKS_AHEAD; n++) {
            uint64_t guard = tf_block_first(at) + n * TF_BLOCK;
            cr_assert_eq(stamp_of(slots, guard), guard | TF_STAMP_PREPARED);
        }
    }
}

Test(ring, prepared_slot_is_never_read)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 95);
    struct tf_cursor cursor = cursor_at(slots, 96);
    /* All words of the tick are there, its stamp is not. */
    write_ticks(slots, 96, 96, 1);
    set_stamp(slots, 96, 96 | TF_STAMP_PREPARED);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 0);
    cr_expect_eq(tf_cursor_state(&cursor, 96 | TF_STAMP_PREPARED, 96), TF_SLOT_EMPTY);
    cr_expect_eq(cursor.next, 96);
}

Test(ring, whole_tick_of_a_block_that_is_prepared_for_the_next_lap_is_lost)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 90);
    struct tf_cursor cursor = cursor_at(slots, 70);
    set_stamp(slots, 64, (64 + SLOTS) | TF_STAMP_PREPARED);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), TF_OVERRUN);
    cr_expect_eq(cursor.overrun_reading, 1);
    cr_expect_eq(cursor.next, 64 + SLOTS + SLOTS / 64 - tf_ring_safe_depth(mask) + 1);
}

/* ---- streamed ticks ---------------------------------------------------------------------- */

Test(ring, streamed_tick_is_read_once_the_head_has_reached_it)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 10);
    stream_ticks(slots, 11, 60);
    struct tf_cursor cursor = cursor_at(slots, 1);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 10, "what no head proves was read");
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 0);
    tf_store_release(&head, 40);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 30);
    for (uint64_t i = 0; i < 30; i++)
        expect_tick(&out[i], 11 + i, 11);
    tf_store_release(&head, 60);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 20);
    write_ticks(slots, 61, 70, 3);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 10);
    cr_expect_eq(cursor.lost, 0);
}

Test(ring, any_mix_of_streamed_and_stored_ticks_reads_the_same)
{
    static struct tf_slot other[SLOTS];
    struct tf_tick out[2][SLOTS];
    fresh_ring(other, 0);
    fresh_ring(slots, 0);
    struct tf_cursor cursor[2] = {cursor_at(slots, 1), cursor_at(other, 1)};
    uint64_t at = 0;
    for (uint32_t turn = 1; at < 20 * SLOTS; turn = turn * 7 % 251) {
        uint64_t to = at + 1 + turn % TF_WRITE_MAX;
        if (turn % 3 == 0)
            write_ticks(slots, at + 1, to, TF_WRITE_MAX);
        else
            stream_ticks(slots, at + 1, to);
        write_ticks(other, at + 1, to, TF_WRITE_MAX); /* moves the head */
        at = to;
        if (turn % 5 == 0)
            continue;
        int max = 1 + (int)(turn % 30); /* slower than the publisher: overruns come */
        int got = tf_cursor_read(&cursor[0], out[0], max);
        cr_assert_eq(got, tf_cursor_read(&cursor[1], out[1], max));
        cr_assert(got == TF_OVERRUN ||
                  memcmp(out[0], out[1], (size_t)got * sizeof out[0][0]) == 0);
        cr_assert_eq(cursor[0].next, cursor[1].next);
    }
    cr_expect_gt(cursor[0].lost, 0);
}

Test(ring, streamed_ticks_overtake_a_copy)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 0);
    stream_ticks(slots, 1, 50);
    tf_store_release(&head, 50);
    struct tf_cursor cursor = cursor_at(slots, 30);
    stream_ticks(slots, 51, 30 + SLOTS);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), TF_OVERRUN);
    cr_expect_eq(cursor.overrun_polling, 1);
}

/* ---- overruns ---------------------------------------------------------------------------- */

/* After `to` ticks a reader at 1 goes on no further back than tick 1's slot, a lap further on,
 * allows. */
static void expect_overrun_of_first_tick(uint64_t to)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, to);
    struct tf_cursor cursor = cursor_at(slots, 1);
    uint64_t at = stamp_of(slots, 1) & ~TF_STAMP_FLAGS;
    cr_assert_gt(at, 1);
    cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), TF_OVERRUN);
    cr_expect_geq(cursor.next, tf_ring_oldest(at, mask));
    cr_expect_leq(cursor.next, tf_ring_oldest(to + TF_PREPARED_MAX + SLOTS / 64, mask));
    cr_expect_eq(cursor.lost, cursor.next - 1);
    cr_expect_eq(cursor.overrun_polling, 1);
    cr_expect_eq(cursor.overrun_reading, 0);
    cr_expect_eq(cursor.ticks, 0);
    uint64_t lost = cursor.lost;
    while (cursor.next <= to) {
        uint64_t first = cursor.next;
        int got = tf_cursor_read(&cursor, out, SLOTS);
        if (got == TF_OVERRUN) /* the slot stood nearly a lap behind the head */
            lost += cursor.next - first;
        else
            for (int i = 0; i < got; i++)
                expect_tick(&out[i], first + (uint64_t)i, first + (uint64_t)i);
    }
    cr_expect_eq(cursor.next - 1, cursor.ticks + cursor.lost);
    cr_expect_eq(cursor.lost, lost);
}

Test(ring, reader_a_lap_behind_is_told_how_many_it_lost)
{
    expect_overrun_of_first_tick(SLOTS + 1);
    expect_overrun_of_first_tick(2 * SLOTS);
    expect_overrun_of_first_tick(1000 * SLOTS + 77);
}

Test(ring, tick_is_lost_once_its_block_is_prepared_for_the_next_lap)
{
    struct tf_tick out;
    /* The first block is prepared again by the tick that begins the last but one. */
    const uint64_t before = SLOTS - TF_BLOCKS_AHEAD * TF_BLOCK - 1;
    fresh_ring(slots, before);
    struct tf_cursor cursor = cursor_at(slots, 1);
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), 1);
    write_ticks(slots, before + 1, before + 1, 1);
    cursor = cursor_at(slots, 1);
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), TF_OVERRUN);
    cr_expect_eq(cursor.next, SLOTS + SLOTS / 64 - tf_ring_safe_depth(mask) + 1);
    cr_expect_eq(cursor.lost, cursor.next - 1);
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), 1);
    expect_tick(&out, cursor.next - 1, cursor.next - 1);
}

Test(ring, ticks_before_an_overrun_are_returned_first)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 40);
    struct tf_cursor cursor = cursor_at(slots, 1);
    set_stamp(slots, 6, 6 + SLOTS);
    cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 5);
    expect_tick(&out[4], 5, 5);
    cr_expect_eq(cursor.lost, 0);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), TF_OVERRUN);
    cr_expect_eq(cursor.next, 6 + SLOTS + SLOTS / 64 - tf_ring_safe_depth(mask) + 1);
    cr_expect_eq(cursor.overrun_polling, 1);
}

/*
 * A reader stopped in the middle of a copy: `out` lies on a page that may not be written, so
 * that the copy of the tick faults after its words were loaded and before its stamp is looked
 * at again.
 */
static unsigned char *guarded;
static size_t page;
static uint64_t overtake_from, overtake_to;

static void overtake(int signal)
{
    (void)signal;
    write_ticks(slots, overtake_from, overtake_to, 1);
    if (mprotect(guarded, page, PROT_READ | PROT_WRITE))
        _exit(1);
}

/* Room for `before` ticks and then the page at whose first touch the ticks from..to get
 * written. */
static struct tf_tick *trap(size_t before, uint64_t from, uint64_t to)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *memory =
        mmap(0, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    guarded = memory + page;
    overtake_from = from;
    overtake_to = to;
    struct sigaction action = {.sa_handler = overtake};
    cr_assert_eq(sigaction(SIGSEGV, &action, 0), 0);
    cr_assert_eq(mprotect(guarded, page, PROT_NONE), 0);
    return (struct tf_tick *)(void *)(guarded - before * sizeof(struct tf_tick));
}

Test(ring, reader_lapped_mid_copy_reports_overrun)
{
    fresh_ring(slots, 50);
    struct tf_tick *out = trap(0, 51, 30 + SLOTS);
    struct tf_cursor cursor = cursor_at(slots, 30);
    cr_assert_eq(tf_cursor_read(&cursor, out, 1), TF_OVERRUN);
    cr_expect_eq(cursor.overrun_reading, 1);
    cr_expect_eq(cursor.overrun_polling, 0);
    cr_expect_eq(cursor.ticks, 0);
    cr_expect_eq(cursor.lost, cursor.next - 30);
    cr_expect_eq(tf_cursor_read(&cursor, out, 1), 1);
    cr_expect_eq(out->seq, cursor.next - 1);
}

Test(ring, reader_lapped_mid_batch_keeps_what_was_whole)
{
    fresh_ring(slots, 50);
    struct tf_tick *out = trap(3, 51, 33 + SLOTS);
    struct tf_cursor cursor = cursor_at(slots, 30);
    cr_assert_eq(tf_cursor_read(&cursor, out, 8), 3);
    for (uint64_t i = 0; i < 3; i++)
        expect_tick(&out[i], 30 + i, 30 + i);
    cr_expect_eq(cursor.ticks, 3);
    cr_expect_eq(cursor.lost, 0);
    /* The loss comes with the next call, as one that was found while reading. */
    cr_assert_eq(tf_cursor_read(&cursor, out, 8), TF_OVERRUN);
    cr_expect_eq(cursor.overrun_reading, 1);
    cr_expect_eq(cursor.overrun_polling, 0);
    cr_expect_eq(cursor.next - 30, cursor.ticks + cursor.lost);
}

Test(ring, block_prepared_mid_copy_is_an_overrun_too)
{
    /* Tick 1's words are still whole, but nobody can know. */
    const uint64_t before = SLOTS - TF_BLOCKS_AHEAD * TF_BLOCK - 1;
    fresh_ring(slots, before);
    struct tf_tick *out = trap(0, before + 1, before + 1);
    struct tf_cursor cursor = cursor_at(slots, 1);
    cr_assert_eq(tf_cursor_read(&cursor, out, 1), TF_OVERRUN);
    cr_expect_eq(cursor.overrun_reading, 1);
    cr_expect_eq(cursor.lost, cursor.next - 1);
}

Test(ring, run_overtaken_mid_copy_is_an_overrun)
{
    fresh_ring(slots, 200);
    struct tf_tick *out = trap(20, 201, 64 + SLOTS);
    struct tf_cursor cursor = flooded_cursor_at(slots, 64); /* takes 64..95 in one run */
    cr_assert_eq(tf_cursor_read(&cursor, out, 60), TF_OVERRUN);
    cr_expect_eq(cursor.overrun_reading, 1);
    cr_expect_eq(cursor.ticks, 0);
}

/* ---- where to start ---------------------------------------------------------------------- */

Test(ring, oldest_safe_tick_leaves_an_eighth_of_the_ring)
{
    cr_expect_eq(tf_ring_oldest(0, mask), 1);
    cr_expect_eq(tf_ring_oldest(1, mask), 1);
    cr_expect_eq(tf_ring_oldest(SLOTS - SLOTS / 8, mask), 1);
    cr_expect_eq(tf_ring_oldest(SLOTS - SLOTS / 8 + 1, mask), 2);
    cr_expect_eq(tf_ring_oldest(1000000, mask), 1000000 - (SLOTS - SLOTS / 8) + 1);
}

Test(ring, oldest_tick_of_a_real_ring_can_be_read)
{
    /* In the smallest ring allowed an eighth is well over what is prepared. */
    enum { REAL = TF_CAPACITY_MIN };
    static struct tf_slot real[REAL];
    cr_assert_gt(REAL - tf_ring_safe_depth(REAL - 1), TF_PREPARED_MAX);
    tf_ring_prepare(real, REAL - 1, 1);
    for (uint64_t n = 1; n <= 3 * REAL; n++) {
        struct tf_tick out, tick = tick_of(n);
        tf_ring_write(real, REAL - 1, n, &tick, 1, n);
        uint64_t oldest = tf_ring_oldest(n, REAL - 1);
        struct tf_cursor cursor = {
            .slots = real, .mask = REAL - 1, .head = &head, .next = oldest};
        cr_assert_eq(tf_cursor_read(&cursor, &out, 1), 1);
        cr_assert_eq(out.seq, oldest);
    }
}

/* ---- damage ------------------------------------------------------------------------------ */

Test(ring, stamps_from_garbage_never_move_the_cursor_back)
{
    const uint64_t values[] = {0,
                               1,
                               SLOTS,
                               UINT64_MAX,
                               UINT64_MAX - 1,
                               TF_STAMP_PREPARED,
                               TF_STAMP_PREPARED - 1,
                               TF_STAMP_PREPARED | 500,
                               TF_STAMP_UNORDERED | 490,
                               TF_STAMP_UNORDERED | 505,
                               499,
                               501,
                               489 + SLOTS,
                               490 + SLOTS,
                               491 + SLOTS};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct tf_tick out[SLOTS];
        fresh_ring(slots, 500);
        struct tf_cursor cursor = cursor_at(slots, 490);
        for (uint64_t n = 490; n < 600; n += 5)
            set_stamp(slots, n, values[i]);
        for (int reads = 0; reads < 2 * SLOTS; reads++) {
            uint64_t before = cursor.next;
            int got = tf_cursor_read(&cursor, out, SLOTS);
            cr_assert(got >= 0 || got == TF_OVERRUN);
            if (got == TF_OVERRUN)
                cr_assert_gt(cursor.next, before);
            else
                cr_assert_eq(cursor.next, before + (uint64_t)got);
        }
        cr_expect_eq(cursor.next - 490, cursor.ticks + cursor.lost);
    }
}

Test(ring, stamp_just_ahead_of_the_cursor_skips_that_tick_alone)
{
    struct tf_tick out;
    fresh_ring(slots, 500);
    struct tf_cursor cursor = cursor_at(slots, 490);
    set_stamp(slots, 490, 491); /* in no sane ring: the oldest safe tick before 491 is behind */
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), TF_OVERRUN);
    cr_expect_eq(cursor.next, 491);
    cr_expect_eq(cursor.lost, 1);
    cr_expect_eq(tf_cursor_read(&cursor, &out, 1), 1);
}

/* ---- restart ----------------------------------------------------------------------------- */

static uint64_t head_of(const struct tf_slot *ring)
{
    uint64_t found = UINT64_MAX;
    cr_assert_eq(tf_ring_find_head(ring, mask, &found), 0);
    return found;
}

Test(restart, head_of_a_fresh_ring_is_zero)
{
    memset(slots, 0, sizeof slots);
    cr_expect_eq(head_of(slots), 0);
    tf_ring_prepare(slots, mask, 1);
    cr_expect_eq(head_of(slots), 0);
}

Test(restart, head_is_found_wherever_it_is)
{
    fresh_ring(slots, 0);
    for (uint64_t n = 1; n <= 3 * SLOTS + 3; n++) {
        write_ticks(slots, n, n, 1);
        cr_assert_eq(head_of(slots), n);
    }
}

Test(restart, half_written_tick_is_not_the_head_and_is_written_anew)
{
    struct tf_tick out;
    fresh_ring(slots, 300);
    tf_store(&slots[301 & mask].word[1], 1); /* killed after the first word of tick 301 */
    cr_expect_eq(head_of(slots), 300);
    tf_ring_prepare(slots, mask, 301);
    write_ticks(slots, 301, 301, 1);
    struct tf_cursor cursor = cursor_at(slots, 301);
    cr_assert_eq(tf_cursor_read(&cursor, &out, 1), 1);
    expect_tick(&out, 301, 301);
}

Test(restart, head_is_found_among_streamed_ticks)
{
    fresh_ring(slots, 1000);
    stream_ticks(slots, 1001, 1100);
    cr_expect_eq(head_of(slots), 1100);
}

Test(restart, publisher_killed_before_it_prepared_leaves_that_to_its_successor)
{
    struct tf_tick out[SLOTS];
    fresh_ring(slots, 1300);
    /* Ticks 1301..1332 in one call, killed before P4: the guard two blocks on holds the lap before. */
    write_ticks(slots, 1301, 1332, 32);
    const uint64_t guard = tf_block_first(1332) + TF_BLOCKS_AHEAD * TF_BLOCK;
    cr_assert_eq(stamp_of(slots, guard), guard | TF_STAMP_PREPARED);
    set_stamp(slots, guard, guard - SLOTS);
    cr_expect_eq(head_of(slots), 1332);
    tf_ring_prepare(slots, mask, 1333);
    cr_expect_eq(stamp_of(slots, guard), guard | TF_STAMP_PREPARED);
    struct tf_cursor cursor = cursor_at(slots, 1290);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 43);
    write_ticks(slots, 1333, 1340, 8);
    cr_expect_eq(tf_cursor_read(&cursor, out, SLOTS), 8);
    cr_expect_eq(cursor.lost, 0, "a reader noticed the restart");
}

Test(restart, successor_may_begin_anywhere_in_a_block)
{
    for (uint64_t at = 990; at < 990 + 3 * TF_BLOCK; at++) {
        struct tf_tick out[SLOTS];
        fresh_ring(slots, at);
        struct tf_cursor cursor = cursor_at(slots, at - 100);
        tf_ring_prepare(slots, mask, at + 1);
        write_ticks(slots, at + 1, at + 100, TF_WRITE_MAX);
        cr_assert_eq(tf_cursor_read(&cursor, out, SLOTS), 201);
        cr_assert_eq(cursor.lost, 0);
    }
}

Test(restart, preparing_twice_changes_nothing)
{
    static struct tf_slot before[SLOTS];
    fresh_ring(slots, 200);
    memcpy(before, slots, sizeof before);
    tf_ring_prepare(slots, mask, 201);
    cr_expect_eq(memcmp(before, slots, sizeof before), 0);
}

Test(restart, stamp_in_the_wrong_slot_is_bad_data)
{
    uint64_t found;
    fresh_ring(slots, 200);
    set_stamp(slots, 150, 151);
    cr_expect_eq(tf_ring_find_head(slots, mask, &found), TF_EDATA);
    cr_expect_neq(strstr(tf_errmsg(), "151"), 0, "%s", tf_errmsg());
    set_stamp(slots, 150, 151 | TF_STAMP_PREPARED);
    cr_expect_eq(tf_ring_find_head(slots, mask, &found), TF_EDATA);
    set_stamp(slots, 150, TF_STAMP_PREPARED); /* of no tick at all */
    cr_expect_eq(tf_ring_find_head(slots, mask, &found), 0);
    cr_expect_eq(found, 200);
}

Test(restart, second_ring_catches_up_with_the_first)
{
    static struct tf_slot second[SLOTS];
    for (uint64_t behind = 1; behind <= TF_WRITE_MAX; behind++) {
        struct tf_tick tick[2];
        fresh_ring(second, 1000 - behind);
        fresh_ring(slots, 1000);
        tf_ring_prepare(second, mask, 1001 - behind);
        tf_ring_catch_up(second, slots, &head, mask, 1001 - behind, 1000);
        cr_assert_eq(head_of(second), 1000);
        for (uint64_t n = 940; n <= 1000; n++) {
            struct tf_cursor cursor[2] = {cursor_at(slots, n), cursor_at(second, n)};
            cr_assert_eq(tf_cursor_read(&cursor[0], &tick[0], 1), 1);
            cr_assert_eq(tf_cursor_read(&cursor[1], &tick[1], 1), 1);
            cr_assert_eq(memcmp(&tick[0], &tick[1], sizeof tick[0]), 0);
        }
    }
}

Test(restart, catching_up_with_nothing_changes_nothing)
{
    static struct tf_slot before[SLOTS], second[SLOTS];
    fresh_ring(slots, 100);
    fresh_ring(second, 100);
    memcpy(before, second, sizeof before);
    tf_ring_catch_up(second, slots, &head, mask, 101, 100);
    cr_expect_eq(memcmp(before, second, sizeof before), 0);
}
