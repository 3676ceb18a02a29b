/* SPDX-License-Identifier: Apache-2.0 */
/* book_fixture.h - ticks by hand, and what a book says, as text that a test can compare. */
#ifndef TF_BOOK_FIXTURE_H
#define TF_BOOK_FIXTURE_H

#include "tickfan_book.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PX(x) ((int64_t)((x)*1000) * 1000000) /* tests use at most three decimals */

static tf_books *books;

static inline void setup(void)
{
    books = tf_books_create(0);
    cr_assert(books);
}

static inline void teardown(void)
{
    tf_books_destroy(books);
}

static inline struct tf_tick mbo(char action, char side, uint32_t id, uint64_t order,
                                 int64_t price, uint32_t size)
{
    return (struct tf_tick){.rtype = TF_RTYPE_MBO,
                            .action = action,
                            .side = side,
                            .instrument_id = id,
                            .order_id = order,
                            .price = price,
                            .size = size,
                            .flags = TF_FLAG_LAST};
}

static inline struct tf_tick level(char action, char side, uint32_t id, uint32_t place,
                                   int64_t price, uint32_t size)
{
    struct tf_tick tick = mbo(action, side, id, 0, price, size);
    tick.rtype = TF_RTYPE_LEVEL;
    tick.level[0] = 1;
    tick.level[1] = place;
    return tick;
}

static inline struct tf_tick with(struct tf_tick tick, uint8_t flags)
{
    tick.flags = flags;
    return tick;
}

static inline struct tf_tick other(uint8_t rtype, uint32_t id, uint32_t size)
{
    return (struct tf_tick){.rtype = rtype,
                            .action = 'N',
                            .side = 'N',
                            .instrument_id = id,
                            .size = size,
                            .flags = TF_FLAG_LAST};
}

/* Apply one tick; how many instruments it changed. */
static inline size_t apply(struct tf_tick tick)
{
    size_t count;
    cr_assert_eq(tf_books_apply(books, &tick, 1), 1);
    tf_books_changed(books, &count);
    return count;
}

static inline char *price_text(int64_t price, char *out)
{
    if (price == TF_UNDEF_PRICE)
        return strcpy(out, "?");
    sprintf(out, "%g", (double)price / 1e9);
    return out;
}

/* "100x5(2) 99x1(1)", best first. */
static inline const char *side_text(uint32_t id, enum tf_book_ladder ladder, char side)
{
    static char texts[4][512];
    static int next;
    char *out = texts[next++ & 3], price[32];
    struct tf_book_level levels[16];
    uint32_t count = tf_book_levels(books, id, ladder, side, levels, 16);
    size_t used = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < count; i++)
        used += (size_t)sprintf(out + used, "%s%sx%" PRIu64 "(%" PRId32 ")", i ? " " : "",
                                price_text(levels[i].price, price), levels[i].size,
                                (int32_t)levels[i].orders);
    return out;
}

#define expect_side(id, ladder, side, text)                                                    \
    cr_assert_str_eq(side_text((id), (ladder), (side)), (text))

static inline void expect_sound(void)
{
    struct tf_books_fault fault;
    cr_assert_eq(tf_books_verify(books, &fault), 0, "instrument %" PRIu32 ": %s",
                 fault.instrument_id, fault.what);
}

static inline struct tf_books_totals totals(void)
{
    struct tf_books_totals out;
    tf_books_totals(books, &out);
    return out;
}

#endif
