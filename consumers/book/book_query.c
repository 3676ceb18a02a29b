/* SPDX-License-Identifier: Apache-2.0 */
#include "book_internal.h"

#include <string.h>

const char *tf_book_state_name(enum tf_book_state state)
{
    static const char *const names[] = {"ok",        "gap",      "doubted",
                                        "damaged",   "capacity", "overrun",
                                        "late join", "epoch",    "unknown"};
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

static const struct tf_book *current(const tf_books *books, uint32_t instrument_id)
{
    const struct tf_book *book = tf_books_find(books, instrument_id);
    return tf_book_is_current(books, book) ? book : 0;
}

enum tf_book_state tf_book_state(const tf_books *books, uint32_t instrument_id)
{
    const struct tf_book *book = current(books, instrument_id);
    return book ? tf_book_state_of(books, book) : TF_BOOK_UNKNOWN;
}

uint64_t tf_books_marks(const tf_books *books)
{
    return books->mark;
}

static const struct tf_side *side_of(const struct tf_book *book, enum tf_book_ladder ladder,
                                     int is_ask)
{
    if (ladder == TF_LADDER_BEST)
        ladder = book->has_levels ? TF_LADDER_LEVELS : TF_LADDER_ORDERS;
    if (ladder == TF_LADDER_ORDERS)
        return &book->orders[is_ask];
    if (!book->levels)
        return 0;
    return ladder == TF_LADDER_IMPLIED ? &book->levels->implied[is_ask]
                                       : &book->levels->outright[is_ask];
}

static struct tf_book_level level_of(const struct tf_side_level *level, int is_ask)
{
    return (struct tf_book_level){tf_side_key(level->key, is_ask), level->size, level->orders,
                                  0};
}

static struct tf_book_level best_of(const struct tf_book *book, int is_ask)
{
    const struct tf_side *side = side_of(book, TF_LADDER_BEST, is_ask);
    if (side->count == 0)
        return (struct tf_book_level){TF_UNDEF_PRICE, 0, 0, 0};
    return level_of(&side->levels[side->count - 1], is_ask);
}

int tf_book_best(const tf_books *books, uint32_t instrument_id, struct tf_best *best)
{
    const struct tf_book *book = current(books, instrument_id);
    struct tf_book_level bid = {TF_UNDEF_PRICE, 0, 0, 0}, ask = bid;
    if (book) {
        bid = best_of(book, BID);
        ask = best_of(book, ASK);
    }
    *best = (struct tf_best){bid.price, ask.price, bid.size, ask.size, bid.orders, ask.orders};
    return book != 0;
}

uint32_t tf_book_levels(const tf_books *books, uint32_t instrument_id,
                        enum tf_book_ladder ladder, char side_letter, struct tf_book_level *out,
                        uint32_t max)
{
    const struct tf_book *book = current(books, instrument_id);
    int is_ask = side_letter == 'A';
    const struct tf_side *side = book ? side_of(book, ladder, is_ask) : 0;
    if (!side)
        return 0;
    if (!out)
        return side->count;
    uint32_t count = side->count < max ? side->count : max;
    for (uint32_t i = 0; i < count; i++)
        out[i] = level_of(&side->levels[side->count - 1 - i], is_ask);
    return count;
}

int tf_book_order(const tf_books *books, uint32_t instrument_id, uint64_t order_id,
                  struct tf_book_order *out)
{
    const struct tf_book *book = current(books, instrument_id);
    if (!book)
        return 0;
    const struct tf_book_entry *entry =
        tf_book_orders_find(&books->orders, order_id, tf_books_index(books, book));
    if (!entry || !tf_order_is_alive(books, entry))
        return 0;
    bool is_ask = (entry->tag & TF_ORDER_ASK) != 0;
    *out = (struct tf_book_order){.order_id = order_id,
                                  .price = tf_side_key(entry->key, is_ask),
                                  .size = entry->size,
                                  .instrument_id = instrument_id,
                                  .side = is_ask ? 'A' : 'B'};
    return 1;
}

uint32_t tf_books_instrument_at(const tf_books *books, uint32_t index)
{
    return index < books->count ? books->books[index].instrument_id : 0;
}

static uint64_t bytes_of_side(const struct tf_side *side)
{
    return side->room * sizeof *side->levels;
}

static uint64_t bytes_of(const struct tf_books *books)
{
    uint64_t bytes = sizeof *books + (books->orders.mask + 1) * sizeof *books->orders.slots;
    bytes += books->room * (sizeof *books->books + 2 * sizeof(uint32_t));
    bytes += (UINT64_C(1) << (32 - books->id_shift)) * sizeof *books->ids;
    for (uint32_t i = 0; i < books->count; i++) {
        const struct tf_book *book = &books->books[i];
        for (int side = BID; side <= ASK; side++) {
            bytes += bytes_of_side(&book->orders[side]);
            if (book->levels)
                bytes += bytes_of_side(&book->levels->outright[side]) +
                         bytes_of_side(&book->levels->implied[side]);
        }
        bytes += book->levels ? sizeof *book->levels : 0;
    }
    return bytes;
}

void tf_books_totals(const tf_books *books, struct tf_books_totals *totals)
{
    *totals = books->totals;
    totals->instruments = books->count;
    totals->bytes = bytes_of(books);
}

int tf_book_is_whole(const tf_books *books, uint32_t instrument_id)
{
    const struct tf_book *book = tf_books_find(books, instrument_id);
    return !tf_book_is_current(books, book) || book->origin != LATE;
}

int tf_books_oddity(const tf_books *books, int late, uint32_t index,
                    struct tf_books_oddity *oddity)
{
    if (index >= books->oddities_count[late != 0])
        return 0;
    *oddity = books->oddities[late != 0][index];
    return 1;
}
