/* SPDX-License-Identifier: Apache-2.0 */
/* The venue's own levels: by price or by place from the best. */
#include "book_internal.h"

#include <stdlib.h>

enum {
    DEPTH_OUTRIGHT = 10, /* places, until a deeper one is seen */
    DEPTH_IMPLIED = 2,
    PLACES_MAX = 1024 /* no venue has so many; what says so is damaged */
};

static struct tf_side_level level_of(const struct tf_tick *tick, bool is_ask)
{
    return (struct tf_side_level){tf_side_key(tick->price, is_ask), tick->size, tick->level[0],
                                  0};
}

/* One tick on its way into one side. */
struct change {
    struct tf_books *books;
    struct tf_book *book;
    const struct tf_tick *tick;
    struct tf_side *side;
    uint32_t *depth;
    bool is_ask;
};

static void misplaced(const struct change *change)
{
    tf_book_doubt(change->books, change->book, change->tick, &change->books->totals.misplaced,
                  TF_BOOK_DAMAGED);
}

static void bad_tick(const struct change *change)
{
    tf_book_doubt(change->books, change->book, change->tick, &change->books->totals.bad_ticks,
                  TF_BOOK_DAMAGED);
}

static bool insert(const struct change *change, uint32_t at)
{
    if (tf_side_insert(change->side, at, change->books->limits.levels_max))
        return true;
    tf_book_refuse(change->books, change->book, LEVELS);
    return false;
}

static void touch_if_best(const struct change *change, uint32_t at)
{
    if (at + 1 >= change->side->count)
        tf_book_touch(change->books, change->book);
}

static void by_price(const struct change *change)
{
    const struct tf_tick *tick = change->tick;
    struct tf_side *side = change->side;
    bool removes = tick->action == 'C' || tick->size == 0;
    if (tick->price == TF_UNDEF_PRICE || (!removes && tick->size == TF_UNDEF_SIZE)) {
        bad_tick(change);
        return;
    }
    struct tf_side_level level = level_of(tick, change->is_ask);
    uint32_t at = tf_side_find(side, level.key);
    bool is_there = tf_side_has(side, at, level.key);
    touch_if_best(change, at);
    if (removes && !is_there)
        misplaced(change);
    else if (removes)
        tf_side_remove(side, at);
    else if (is_there || insert(change, at))
        side->levels[at] = level;
    touch_if_best(change, at);
}

/* Somebody who came late learns of the places before the first `places` last. */
static bool fill_up(const struct change *change, uint32_t places)
{
    struct tf_side *side = change->side;
    if (side->count < places)
        misplaced(change);
    while (side->count < places) {
        if (!insert(change, 0))
            return false;
        side->levels[0] = (struct tf_side_level){tf_side_key(TF_UNDEF_PRICE, change->is_ask), 0,
                                                 TF_UNDEF_SIZE, 0};
    }
    return true;
}

static void set_place(const struct change *change, uint32_t place)
{
    struct tf_side *side = change->side;
    if (change->tick->price == TF_UNDEF_PRICE || change->tick->size == TF_UNDEF_SIZE) {
        bad_tick(change);
        return;
    }
    if (*change->depth < place)
        *change->depth = place;
    bool inserts = change->tick->action == 'A';
    if (!fill_up(change, inserts ? place - 1 : place))
        return;
    if (inserts && !insert(change, side->count - (place - 1)))
        return;
    side->levels[side->count - place] = level_of(change->tick, change->is_ask);
    if (side->count > *change->depth)
        tf_side_drop_worst(side, side->count - *change->depth);
}

static void remove_place(const struct change *change, uint32_t place)
{
    struct tf_side *side = change->side;
    int64_t key = tf_side_key(change->tick->price, change->is_ask);
    if (change->tick->price == TF_UNDEF_PRICE) {
        if (place > side->count)
            misplaced(change);
        side->count -= place < side->count ? place : side->count;
        return;
    }
    if (place > side->count) {
        misplaced(change);
        return;
    }
    uint32_t at = side->count - place;
    if (side->levels[at].key != key)
        misplaced(change);
    tf_side_remove(side, at);
}

static void by_place(const struct change *change)
{
    uint32_t place = change->tick->level[1];
    if (place > PLACES_MAX) {
        bad_tick(change);
        return;
    }
    if (change->tick->action == 'C')
        remove_place(change, place);
    else
        set_place(change, place);
    if (place == 1 || change->tick->price == TF_UNDEF_PRICE)
        tf_book_touch(change->books, change->book);
}

/* R: one side or both; without a side and not of implied levels alone, all of it, and healed. */
static void reset(struct tf_books *books, struct tf_book *book, const struct tf_tick *tick)
{
    struct tf_levels *levels = book->levels;
    bool is_implied = tick->flags & TF_FLAG_PUBLISHER_SPECIFIC;
    bool both = tick->side != 'A' && tick->side != 'B';
    for (int side = BID; side <= ASK; side++) {
        if (!both && side != (tick->side == 'A'))
            continue;
        if (!is_implied)
            levels->outright[side].count = 0;
        if (is_implied || both)
            levels->implied[side].count = 0;
    }
    books->totals.clears++;
    if (both && !is_implied) {
        tf_ladder_heal(books, book, LEVELS);
    }
    tf_book_touch(books, book);
}

static bool have_levels(struct tf_books *books, struct tf_book *book)
{
    if (book->levels)
        return true;
    book->levels = calloc(1, sizeof *book->levels);
    if (!book->levels) {
        tf_book_refuse(books, book, LEVELS);
        return false;
    }
    book->levels->depth[0] = DEPTH_OUTRIGHT;
    book->levels->depth[1] = DEPTH_IMPLIED;
    return true;
}

static void show_levels(struct tf_books *books, struct tf_book *book)
{
    if (!book->has_levels)
        tf_book_touch(books, book);
    book->has_levels = true;
}

void tf_books_apply_level(struct tf_books *books, struct tf_book *book,
                          const struct tf_tick *tick)
{
    if (!have_levels(books, book))
        return;
    bool is_implied = tick->flags & TF_FLAG_PUBLISHER_SPECIFIC;
    bool is_ask = tick->side == 'A';
    struct change change = {.books = books,
                            .book = book,
                            .tick = tick,
                            .side = is_implied ? &book->levels->implied[is_ask]
                                               : &book->levels->outright[is_ask],
                            .depth = &book->levels->depth[is_implied],
                            .is_ask = is_ask};
    if (!is_implied)
        show_levels(books, book);
    switch (tick->action) {
    case 'R':
        reset(books, book, tick);
        return;
    case 'A':
    case 'C':
    case 'M':
        break;
    default:
        return;
    }
    /* The only feed that does so says of each instrument when its book is whole (iex.h). */
    book->own_events = tick->level[1] == 0;
    if (!is_ask && tick->side != 'B')
        bad_tick(&change);
    else if (tick->level[1])
        by_place(&change);
    else
        by_price(&change);
}

void tf_books_apply_top(struct tf_books *books, struct tf_book *book,
                        const struct tf_tick *tick)
{
    if (!have_levels(books, book))
        return;
    bool is_ask = tick->side == 'A';
    struct tf_side *side = &book->levels->outright[is_ask];
    struct change change = {.books = books, .book = book, .tick = tick, .side = side};
    bool is_empty = tick->price == TF_UNDEF_PRICE;
    if ((!is_ask && tick->side != 'B') || (!is_empty && tick->size == TF_UNDEF_SIZE)) {
        bad_tick(&change);
        return;
    }
    show_levels(books, book);
    tf_book_touch(books, book);
    side->count = 0;
    if (!is_empty && insert(&change, 0))
        side->levels[0] = (struct tf_side_level){tf_side_key(tick->price, is_ask), tick->size,
                                                 TF_UNDEF_SIZE, 0};
}
