/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include "clock.h"
#include "error.h"

#include <inttypes.h>

void tf_ring_prepare(struct tf_slot *slots, uint64_t mask, uint64_t seq)
{
    /* The guard of a block that is begun holds its tick; tick 0 is what an empty slot 0 says. */
    uint64_t guard = tf_block_first(seq) == seq ? seq : tf_block_first(seq) + TF_BLOCK;
    for (; guard <= tf_block_first(seq) + TF_BLOCKS_AHEAD * TF_BLOCK; guard += TF_BLOCK)
        tf_store(&slots[guard & mask].word[TF_WORD_STAMP], guard | TF_STAMP_PREPARED);
}

int tf_ring_find_head(const struct tf_slot *slots, uint64_t mask, uint64_t *head)
{
    *head = 0;
    for (uint64_t i = 0; i <= mask; i++) {
        uint64_t stamp = tf_load_acquire(&slots[i].word[TF_WORD_STAMP]);
        uint64_t seq = stamp & ~TF_STAMP_FLAGS;
        if (seq != 0 && (seq & mask) != i)
            return tf_fail(TF_EDATA, "slot %" PRIu64 " holds the stamp of tick %" PRIu64, i,
                           seq);
        if (!(stamp & TF_STAMP_PREPARED) && seq > *head)
            *head = seq;
    }
    return 0;
}

int tf_ring_catch_up(struct tf_slot *to_slots, const struct tf_slot *from_slots,
                     const tf_word *head, uint64_t mask, uint64_t from, uint64_t to)
{
    struct tf_cursor cursor = {.slots = from_slots, .mask = mask, .head = head};
    for (uint64_t n = from; n <= to; n++) {
        struct tf_tick tick;
        cursor.next = n;
        if (tf_cursor_read(&cursor, &tick, 1) != 1)
            return tf_fail(TF_EDATA,
                           "tick %" PRIu64 " cannot be read in the ring that has most", n);
        tf_ring_write(to_slots, mask, n, &tick, 1, tick.ts_pub);
    }
    return 0;
}

/* How far the publisher is known to be: the tick that a slot holds or is being made ready for. */
static uint64_t slot_seq(const struct tf_cursor *cursor, uint64_t n)
{
    return tf_cursor_stamp(cursor, n) & ~TF_STAMP_FLAGS;
}

int tf_cursor_lapped(struct tf_cursor *cursor)
{
    uint64_t at = slot_seq(cursor, cursor->next);
    uint64_t guard = slot_seq(cursor, tf_block_first(cursor->next));
    if (guard > at)
        at = guard;
    /* The publisher was at this slot up to a lap ago: halve the ring down to where it is now, or
     * the tick to resume at would be gone as well (4.5 overruns in a row instead of one). */
    for (uint64_t step = (cursor->mask + 1) / 2; step > cursor->mask / 64; step /= 2) {
        uint64_t there = slot_seq(cursor, at + step);
        if (there >= at + step)
            at = there;
    }
    at += (cursor->mask + 1) / 64; /* it may be that much further on */
    uint64_t resume = tf_ring_oldest(at, cursor->mask);
    if (resume <= cursor->next) /* only a damaged ring: go on, never back */
        resume = cursor->next + 1;
    cursor->lost += resume - cursor->next;
    cursor->next = resume;
    if (cursor->torn)
        cursor->overrun_reading++;
    else
        cursor->overrun_polling++;
    cursor->torn = false;
    cursor->heat = TF_HEAT_MORE;
    return TF_OVERRUN;
}

/* R0 of tick n. */
static enum tf_slot_state state_at(const struct tf_cursor *cursor, uint64_t n)
{
    return tf_cursor_state(cursor, tf_cursor_stamp(cursor, n), n);
}

/* The last of at most `room` ticks from n on that are all of n's block. */
static uint64_t run_end(uint64_t n, int room)
{
    uint64_t last = n | (TF_BLOCK - 1);
    return last - n < (uint64_t)room ? last : n + (uint64_t)room - 1;
}

/*
 * How many ticks from n on, of n's block and at most `room`, are whole: all or none, by one R0 of the
 * last.  None, and one that nobody has looked at, are both 1.
 */
static int whole_run(const struct tf_cursor *cursor, uint64_t n, int room)
{
    uint64_t last = run_end(n, room);
    return state_at(cursor, last) == TF_SLOT_READY ? (int)(last - n) + 1 : 1;
}

/* Where a read ends. */
static int moved(struct tf_cursor *cursor, uint64_t next, int got)
{
    cursor->next = next;
    cursor->ticks += (uint64_t)got;
    return got;
}

/* What was copied before is good; then the next call reports the loss. */
static int overtaken(struct tf_cursor *cursor, uint64_t next, int got)
{
    cursor->torn = true;
    return got == 0 ? tf_cursor_lapped(cursor) : moved(cursor, next, got);
}

/* R1 to R3 of n .. n+run-1, all of one block. */
static inline bool copy_run(const struct tf_cursor *cursor, uint64_t n, struct tf_tick *to,
                            int run)
{
    const struct tf_slot *slot = &cursor->slots[n & cursor->mask];
#pragma GCC unroll 4
    for (int i = 0; i < run; i++)                            /* a block never wraps */
        tf_slot_copy(&to[i], slot[i].word, n + (uint64_t)i); /* R1 */
    tf_fence_acquire();                                      /* R2 */
    return !tf_cursor_overtaken(cursor, n);                  /* R3 */
}

/* After a read by stamps. */
static void warm(struct tf_cursor *cursor, int got)
{
    if (got >= TF_RUN_AFTER)
        cursor->heat += got;
    else if (cursor->heat > TF_HEAT_MORE)
        cursor->heat--;
    else
        cursor->heat = got > 0 ? TF_HEAT_MORE : TF_HEAT_NONE;
    if (cursor->heat <= TF_HEAT_MOST)
        return;
    cursor->heat = TF_HEAT_FLOODED;
    cursor->known = 0;
}

static int read_by_stamps(struct tf_cursor *cursor, struct tf_tick *out, int max)
{
    uint64_t next = cursor->next;
    int got = 0, run_at = TF_RUN_AFTER;
    while (got < max) {
        /* Only behind ticks that are there: see TF_RUN_AFTER. */
        int run = got >= run_at && max - got > 1 ? whole_run(cursor, next, max - got) : 1;
        if (run == 1) {
            enum tf_slot_state state = state_at(cursor, next);
            if (state == TF_SLOT_LAPPED && got == 0)
                return tf_cursor_lapped(cursor);
            if (state != TF_SLOT_READY)
                break;
            if (got >= run_at)
                run_at = got + TF_RUN_AFTER;
        }
        if (!copy_run(cursor, next, &out[got], run))
            return overtaken(cursor, next, got);
        next += (uint64_t)run;
        got += run;
    }
    warm(cursor, got);
    return moved(cursor, next, got);
}

/* In runs up to head.  Head is a hint, and may be damaged: R0 of each run's last tick proves it. */
static int read_by_head(struct tf_cursor *cursor, struct tf_tick *out, int max)
{
    uint64_t next = cursor->next;
    if (cursor->known < next)
        cursor->known = tf_load_acquire(cursor->head);
    if (cursor->known < next) {
        tf_pause();
        cursor->heat++;
        return 0;
    }
    int got = 0;
    while (got < max && next <= cursor->known) {
        uint64_t last = run_end(next, max - got);
        if (last > cursor->known)
            last = cursor->known;
        if (state_at(cursor, last) != TF_SLOT_READY) { /* overrun, or no true head */
            cursor->heat = TF_HEAT_MORE;
            return got > 0 ? moved(cursor, next, got) : read_by_stamps(cursor, out, max);
        }
        int run = (int)(last - next) + 1;
        if (!copy_run(cursor, next, &out[got], run))
            return overtaken(cursor, next, got);
        next += (uint64_t)run;
        got += run;
    }
    cursor->heat = got >= TF_RUN_AFTER ? TF_HEAT_FLOODED : cursor->heat + 1;
    return moved(cursor, next, got);
}

int tf_cursor_read_more(struct tf_cursor *cursor, struct tf_tick *out, int max)
{
    return tf_cursor_flooded(cursor) ? read_by_head(cursor, out, max)
                                     : read_by_stamps(cursor, out, max);
}

static inline uint8_t wants(const struct tf_slot *slot, const uint8_t *wanted, uint32_t id_mask)
{
    return wanted[(uint32_t)tf_load(&slot->word[TF_WORD_INSTRUMENT]) & id_mask]; /* R1 */
}

/* The first of `run` slots that is perhaps wanted.  By fours: most are not. */
static int find_wanted(const struct tf_slot *slot, int run, const uint8_t *wanted,
                       uint32_t id_mask)
{
    int i = 0;
    while (i + 4 <= run &&
           !(wants(&slot[i], wanted, id_mask) | wants(&slot[i + 1], wanted, id_mask) |
             wants(&slot[i + 2], wanted, id_mask) | wants(&slot[i + 3], wanted, id_mask)))
        i += 4;
    while (i < run && !wants(&slot[i], wanted, id_mask))
        i++;
    return i;
}

/* Of `run` slots copy those wanted, as long as there is room: how many slots were looked at. */
static int pick(const struct tf_slot *slot, uint64_t n, int run, const uint8_t *wanted,
                uint32_t id_mask, struct tf_tick *out, int *got, int max)
{
    int i = find_wanted(slot, run, wanted, id_mask);
    while (i < run && *got < max) {
        tf_slot_copy(&out[*got], slot[i].word, n + (uint64_t)i); /* R1 */
        *got += out[*got].instrument_id <= id_mask && wanted[out[*got].instrument_id];
        i++;
        i += find_wanted(&slot[i], run - i, wanted, id_mask);
    }
    return i;
}

int tf_cursor_read_of(struct tf_cursor *cursor, const uint8_t *wanted, uint32_t id_mask,
                      struct tf_tick *out, int max)
{
    uint64_t next = cursor->next;
    int got = 0;
    for (int looked = 0, last = 1; got < max && looked < TF_LOOK_MAX; looked += last) {
        /* A reader that keeps up does not look ahead: see TF_RUN_AFTER. */
        int run = looked < TF_RUN_AFTER ? 1 : whole_run(cursor, next, (int)TF_BLOCK);
        if (run == 1) {
            enum tf_slot_state state = state_at(cursor, next);
            if (state == TF_SLOT_LAPPED && got == 0) {
                cursor->next = next;
                return tf_cursor_lapped(cursor);
            }
            if (state != TF_SLOT_READY)
                break;
        }
        int whole = got;
        last = pick(&cursor->slots[next & cursor->mask], next, run, wanted, id_mask, out, &got,
                    max);
        tf_fence_acquire(); /* R2 */
        if (tf_cursor_overtaken(cursor, next)) {
            cursor->next = next;
            return overtaken(cursor, next, whole);
        }
        next += (uint64_t)last;
    }
    return moved(cursor, next, got);
}
