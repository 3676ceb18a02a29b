/* SPDX-License-Identifier: Apache-2.0 */
/* Books by instrument: made, found, emptied, doubted. */
#include "book_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define COLD __attribute__((noinline, cold))

static bool order_is_alive(const void *context, const struct tf_book_entry *entry)
{
    return tf_order_is_alive(context, entry);
}

struct tf_book_life tf_books_life(const struct tf_books *books)
{
    return (struct tf_book_life){order_is_alive, books, books->totals.orders};
}

/* The table of ids anew, for `room` books, from the books that there are. */
static bool index_ids(struct tf_books *books, uint32_t room)
{
    uint32_t bits = 4;
    while (bits < 31 && (UINT32_C(1) << bits) / 2 < room)
        bits++;
    struct tf_id_slot *ids = calloc(UINT32_C(1) << bits, sizeof *ids);
    if (!ids)
        return false;
    free(books->ids);
    books->ids = ids;
    books->id_shift = 32 - bits;
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    for (uint32_t i = 0; i < books->count; i++) {
        uint32_t at = tf_id_home(books, books->books[i].instrument_id);
        while (ids[at].instrument_id)
            at = (at + 1) & mask;
        ids[at] = (struct tf_id_slot){books->books[i].instrument_id, i};
    }
    return true;
}

/* Room for more books; what succeeded before something failed is kept and does no harm. */
static COLD bool grow(struct tf_books *books, uint32_t room)
{
    if (room > books->limits.instruments_max)
        room = books->limits.instruments_max;
    if (room <= books->room)
        return false;
    struct tf_book *grown = aligned_alloc(64, (size_t)room * sizeof *grown);
    if (!grown)
        return false;
    if (books->count)
        memcpy(grown, books->books, (size_t)books->count * sizeof *grown);
    free(books->books);
    books->books = grown;
    uint32_t *pending = realloc(books->pending, (size_t)room * sizeof *pending);
    if (!pending)
        return false;
    books->pending = pending;
    /* And id 0. */
    uint32_t *changed = realloc(books->changed, ((size_t)room + 1) * sizeof *changed);
    if (!changed)
        return false;
    books->changed = changed;
    if (!index_ids(books, room))
        return false;
    books->room = room;
    return true;
}

static void set_limits(struct tf_books *books, const struct tf_books_options *options)
{
    struct tf_books_options *limits = &books->limits;
    if (options)
        *limits = *options;
    limits->instruments_max = limits->instruments_max ? limits->instruments_max : 1u << 20;
    limits->instruments = limits->instruments ? limits->instruments : 1024;
    limits->orders_max = limits->orders_max ? limits->orders_max : 1u << 25;
    limits->orders = limits->orders ? limits->orders : 65536;
    limits->levels_max = limits->levels_max ? limits->levels_max : 65536;
    if (limits->instruments > limits->instruments_max)
        limits->instruments = limits->instruments_max;
    if (limits->orders > limits->orders_max)
        limits->orders = limits->orders_max;
}

tf_books *tf_books_create(const struct tf_books_options *options)
{
    if (options &&
        (options->size != sizeof *options || options->instruments_max > UINT32_C(1) << 24))
        return 0;
    struct tf_books *books = calloc(1, sizeof *books);
    if (!books)
        return 0;
    set_limits(books, options);
    if (getrandom(&books->id_seed, sizeof books->id_seed, GRND_NONBLOCK) < 0)
        books->id_seed = (uint32_t)(uintptr_t)books;
    /* Near the golden ratio, so that ids that follow each other are spread evenly. */
    books->id_seed = UINT32_C(0x9E3779B1) ^ (books->id_seed & 0xFFFFE);
    if (tf_book_orders_open(&books->orders, books->limits.orders, books->limits.orders_max) &&
        grow(books, books->limits.instruments))
        return books;
    tf_books_destroy(books);
    return 0;
}

void tf_books_destroy(tf_books *books)
{
    if (!books)
        return;
    for (uint32_t i = 0; i < books->count; i++) {
        struct tf_book *book = &books->books[i];
        for (int side = BID; side <= ASK; side++) {
            tf_side_close(&book->orders[side]);
            if (book->levels) {
                tf_side_close(&book->levels->outright[side]);
                tf_side_close(&book->levels->implied[side]);
            }
        }
        free(book->levels);
    }
    tf_book_orders_close(&books->orders);
    free(books->books);
    free(books->ids);
    free(books->pending);
    free(books->changed);
    free(books);
}

static struct tf_id_slot *slot_of(const struct tf_books *books, uint32_t instrument_id)
{
    uint32_t mask = (UINT32_C(1) << (32 - books->id_shift)) - 1;
    uint32_t at = tf_id_home(books, instrument_id);
    while (books->ids[at].instrument_id && books->ids[at].instrument_id != instrument_id)
        at = (at + 1) & mask;
    return &books->ids[at];
}

struct tf_book *tf_books_find(const struct tf_books *books, uint32_t instrument_id)
{
    if (instrument_id == 0)
        return 0;
    const struct tf_id_slot *slot = slot_of(books, instrument_id);
    return slot->instrument_id ? &books->books[slot->book] : 0;
}

COLD struct tf_book *tf_books_add(struct tf_books *books, uint32_t instrument_id)
{
    if (books->count == books->room && !grow(books, books->room * 2))
        return 0;
    struct tf_book *book = &books->books[books->count];
    *book = (struct tf_book){.instrument_id = instrument_id,
                             .session = books->session,
                             .clean_mark = {books->session_mark, books->session_mark},
                             .told = {{TF_UNDEF_PRICE, 0}, {TF_UNDEF_PRICE, 0}}};
    *slot_of(books, instrument_id) = (struct tf_id_slot){instrument_id, books->count++};
    return book;
}

static void forget_orders(struct tf_books *books, struct tf_book *book, int side)
{
    book->orders[side].count = 0;
    book->open[side] = 0;
    book->generation[side] = (book->generation[side] + 1) & TF_GENERATIONS;
    if (book->generation[side] == 0) {
        /* Generations begin anew, so the dead of the old ones have to go: this side's, with
         * those of the other, which lives, put aside. */
        struct tf_book_life life = tf_books_life(books);
        book->generation[side] = TF_GENERATIONS + 1; /* of no order */
        tf_book_orders_sweep(&books->orders, &life);
        book->generation[side] = 0;
    }
}

/* Kept from another session: as never seen, but for its memory. */
static COLD void bring_up(struct tf_books *books, struct tf_book *book)
{
    book->session = books->session;
    for (int side = BID; side <= ASK; side++) {
        forget_orders(books, book, side);
        if (book->levels)
            book->levels->outright[side].count = book->levels->implied[side].count = 0;
    }
    book->clean_mark[ORDERS] = book->clean_mark[LEVELS] = books->session_mark;
    book->reason[ORDERS] = book->reason[LEVELS] = TF_BOOK_OK;
    book->origin = UNTOUCHED;
    book->pending = book->has_levels = book->told_stale = book->own_events = false;
    book->told[BID] = book->told[ASK] = (struct tf_quoted){TF_UNDEF_PRICE, 0};
}

struct tf_book *tf_books_take(struct tf_books *books, uint32_t instrument_id)
{
    struct tf_book *book = tf_books_find(books, instrument_id);
    if (__builtin_expect(!book, 0))
        return instrument_id ? tf_books_add(books, instrument_id) : 0;
    if (__builtin_expect(book->session != books->session, 0))
        bring_up(books, book);
    return book;
}

void tf_book_empty(struct tf_books *books, struct tf_book *book, int side)
{
    books->totals.orders -= book->open[side];
    books->totals.gone += book->open[side];
    forget_orders(books, book, side);
}

void tf_books_clear(tf_books *books)
{
    for (uint32_t i = 0; i < books->pending_count; i++)
        books->books[books->pending[i]].pending = false;
    books->pending_count = 0;
    books->session++;
    books->session_mark = books->mark;
    books->totals.gone += books->totals.orders;
    books->totals.orders = 0;
    books->totals.clears++;
    books->started = true;
    books->emptied = true;
}

void tf_books_mark(tf_books *books, enum tf_book_state reason)
{
    books->mark++;
    books->mark_reason = (uint8_t)reason;
}

static const char *words_of(const struct tf_books_totals *totals, const uint64_t *counter)
{
    if (counter == &totals->lost)
        return "names an order that is not there";
    if (counter == &totals->duplicates)
        return "adds an order that is there";
    if (counter == &totals->overfills)
        return "takes more off an order than there is";
    if (counter == &totals->misplaced)
        return "names a level that is not there";
    return "has a field outside its range";
}

static COLD void note_oddity(struct tf_books *books, struct tf_book *book,
                             const struct tf_tick *tick, const uint64_t *counter)
{
    bool is_unknown = counter == &books->totals.lost || counter == &books->totals.misplaced;
    if (book->origin == MAYBE_WHOLE && is_unknown)
        book->origin = LATE;
    bool late = book->origin == LATE;
    books->totals.late += late;
    if (books->oddities_count[late] < TF_BOOK_ODDITIES)
        books->oddities[late][books->oddities_count[late]++] =
            (struct tf_books_oddity){.ts_event = tick->ts_event,
                                     .instrument_id = tick->instrument_id,
                                     .sequence = tick->sequence,
                                     .what = words_of(&books->totals, counter)};
}

void tf_book_doubt(struct tf_books *books, struct tf_book *book, const struct tf_tick *tick,
                   uint64_t *counter, enum tf_book_state reason)
{
    int ladder = tick->rtype == TF_RTYPE_LEVEL ? LEVELS : ORDERS;
    if (!(tick->flags & TF_FLAG_MAYBE_BAD_BOOK) &&
        tf_ladder_state(books, book, ladder) == TF_BOOK_OK) {
        ++*counter;
        note_oddity(books, book, tick, counter);
    }
    if (tick->flags & TF_FLAG_MAYBE_BAD_BOOK && book->origin == MAYBE_WHOLE)
        book->origin = LATE;
    if (!book->reason[ladder])
        book->reason[ladder] = (uint8_t)reason;
    tf_book_touch(books, book);
}

void tf_book_refuse(struct tf_books *books, struct tf_book *book, int ladder)
{
    books->totals.refused++;
    if (!book->reason[ladder])
        book->reason[ladder] = TF_BOOK_CAPACITY;
    tf_book_touch(books, book);
}
