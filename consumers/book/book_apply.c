/* SPDX-License-Identifier: Apache-2.0 */
/* Ticks in, ends of events out. */
#include "book_internal.h"

/*
 * What a tick needs is four lines in three steps that depend on each other: its order and its book,
 * the ends of the book's levels.  Each step is asked for so many ticks before it is needed.
 */
enum { AHEAD_ORDER = 24, AHEAD_BOOK = 16, AHEAD_LEVELS = 8 };

/* The book where it is expected; NULL is no matter. */
static inline const struct tf_book *expected_book(const struct tf_books *books,
                                                  const struct tf_tick *tick)
{
    const struct tf_id_slot *slot = &books->ids[tf_id_home(books, tick->instrument_id)];
    return slot->instrument_id == tick->instrument_id && slot->instrument_id
               ? &books->books[slot->book]
               : 0;
}

/* As a number: there may be no levels yet. */
static inline __attribute__((always_inline)) void prefetch_best(const struct tf_side *side)
{
    uintptr_t end = (uintptr_t)(side->levels) + side->count * sizeof *side->levels;
    __builtin_prefetch((const void *)(end - sizeof *side->levels), 1);
}

/* Inlined by force: gcc 12 takes a function of prefetches for one without effect and drops its call. */
static inline __attribute__((always_inline)) void
look_ahead(const struct tf_books *books, const struct tf_tick *ticks, size_t left)
{
    if (left > AHEAD_ORDER && ticks[AHEAD_ORDER].rtype == TF_RTYPE_MBO && !books->orders.mix)
        __builtin_prefetch(
            &books->orders
                 .slots[tf_book_orders_home(&books->orders, ticks[AHEAD_ORDER].order_id, 0)],
            1);
    const struct tf_book *book;
    if (left > AHEAD_BOOK && (book = expected_book(books, &ticks[AHEAD_BOOK]))) {
        __builtin_prefetch(book, 1);
        __builtin_prefetch((const char *)book + 64, 1);
    }
    if (left > AHEAD_LEVELS && (book = expected_book(books, &ticks[AHEAD_LEVELS]))) {
        prefetch_best(&book->orders[BID]);
        prefetch_best(&book->orders[ASK]);
    }
}

static void begin_session(struct tf_books *books)
{
    books->completed = false;
    tf_books_clear(books);
}

/* Of no instrument: R empties all.  Orders that nobody knows the instrument of (PITCH) make everything
 * doubtful once. */
static void apply_to_none(struct tf_books *books, const struct tf_tick *tick)
{
    if (tick->action == 'R')
        tf_books_clear(books);
    else if (!(tick->flags & TF_FLAG_MAYBE_BAD_BOOK))
        books->totals.bad_ticks++;
    else if (books->mark == books->session_mark)
        tf_books_mark(books, TF_BOOK_DOUBTED);
}

/* A tick of an order or a level. */
static void apply_to_book(struct tf_books *books, const struct tf_tick *tick)
{
    if (tick->action == 'T' || tick->action == 'F' || tick->action == 'N') {
        /* They change nothing, but say that something is wrong. */
        if (__builtin_expect(!(tick->flags & TF_FLAG_MAYBE_BAD_BOOK), 1))
            return;
    }
    if (tick->instrument_id == 0) {
        apply_to_none(books, tick);
        return;
    }
    struct tf_book *book = tf_books_take(books, tick->instrument_id);
    if (__builtin_expect(!book, 0)) {
        books->totals.refused++;
        return;
    }
    if (__builtin_expect(book->origin == UNTOUCHED, 0))
        book->origin = books->started ? WHOLE : tick->action == 'A' ? MAYBE_WHOLE : LATE;
    if (__builtin_expect(tick->flags & TF_FLAG_MAYBE_BAD_BOOK, 0))
        tf_book_doubt(books, book, tick, &books->totals.bad_ticks, TF_BOOK_DOUBTED);
    if (tick->rtype == TF_RTYPE_MBO)
        tf_books_apply_order(books, book, tick);
    else
        tf_books_apply_level(books, book, tick);
}

/* A gap of one instrument is its book's alone. */
static void apply_gap(struct tf_books *books, const struct tf_tick *tick)
{
    struct tf_book *book = 0;
    if (tick->instrument_id)
        book = tf_books_take(books, tick->instrument_id);
    if (!book) {
        tf_books_mark(books, TF_BOOK_GAP);
        return;
    }
    for (int ladder = ORDERS; ladder <= LEVELS; ladder++)
        if (!book->reason[ladder])
            book->reason[ladder] = TF_BOOK_GAP;
    tf_book_touch(books, book);
}

static void apply_other(struct tf_books *books, const struct tf_tick *tick)
{
    switch (tick->rtype) {
    case TF_RTYPE_GAP:
        apply_gap(books, tick);
        break;
    case TF_RTYPE_SYSTEM:
        if (tick->size == TF_SYSTEM_START_OF_MESSAGES)
            begin_session(books);
        break;
    case TF_RTYPE_EPOCH:
        /* The first one found nothing to doubt. */
        if (books->seen_epoch || books->totals.ticks)
            tf_books_mark(books, TF_BOOK_EPOCH);
        books->seen_epoch = true;
        break;
    case TF_RTYPE_REPLAY_COMPLETED:
        books->completed = true;
        break;
    default:
        break;
    }
}

static bool is_same(const struct tf_quoted *one, const struct tf_quoted *other)
{
    return one->price == other->price && one->size == other->size;
}

/* The event is over for this book: what changed of what was told? */
static void tell(struct tf_books *books, struct tf_book *book)
{
    struct tf_quoted bid = tf_book_quoted(book, BID), ask = tf_book_quoted(book, ASK);
    bool is_stale = tf_book_state_of(books, book) != TF_BOOK_OK;
    book->pending = false;
    if (is_same(&bid, &book->told[BID]) && is_same(&ask, &book->told[ASK]) &&
        is_stale == book->told_stale)
        return;
    book->told[BID] = bid;
    book->told[ASK] = ask;
    book->told_stale = is_stale;
    books->changed[books->changed_count++] = book->instrument_id;
}

/* Does this tick, the last of an event, end the one of this book too? */
static bool ends_event_of(const struct tf_books *books, const struct tf_book *book,
                          const struct tf_tick *tick)
{
    if (book->instrument_id == tick->instrument_id)
        return true;
    return !book->own_events &&
           !(books->limits.event_per_instrument && tick->instrument_id != 0);
}

static void end_event(struct tf_books *books, const struct tf_tick *tick)
{
    if (books->emptied) {
        books->changed[books->changed_count++] = 0;
        books->emptied = false;
    }
    books->totals.events++;
    bool all = books->pending_count > TF_BOOK_TRANSITIONS_MAX;
    uint32_t left = 0;
    for (uint32_t i = 0; i < books->pending_count; i++) {
        struct tf_book *book = &books->books[books->pending[i]];
        if (all || ends_event_of(books, book, tick))
            tell(books, book);
        else
            books->pending[left++] = books->pending[i];
    }
    books->pending_count = left;
    books->totals.changes += books->changed_count;
}

size_t tf_books_apply(tf_books *books, const struct tf_tick *ticks, size_t count)
{
    books->changed_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tf_tick *tick = &ticks[i];
        look_ahead(books, tick, count - i);
        if (__builtin_expect(books->completed && tick->rtype <= TF_RTYPE_GAP, 0)) {
            begin_session(books);
            books->started = false;
        }
        if (tick->rtype == TF_RTYPE_MBO || tick->rtype == TF_RTYPE_LEVEL)
            apply_to_book(books, tick);
        else
            apply_other(books, tick);
        books->totals.ticks++;
        if ((tick->flags & TF_FLAG_LAST) && (books->pending_count || books->emptied)) {
            end_event(books, tick);
            if (books->changed_count)
                return i + 1;
        }
    }
    return count;
}

const uint32_t *tf_books_changed(const tf_books *books, size_t *count)
{
    *count = books->changed_count;
    return books->changed;
}
