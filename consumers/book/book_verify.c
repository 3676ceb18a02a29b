/* SPDX-License-Identifier: Apache-2.0 */
/* Is what the books say of their orders what the orders say?  Slow and obvious. */
#include "book_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((format(printf, 3, 4))) void
found(struct tf_books_fault *fault, uint32_t instrument_id, const char *format, ...)
{
    if (fault->faults++)
        return;
    va_list arguments;
    va_start(arguments, format);
    fault->instrument_id = instrument_id;
    vsnprintf(fault->what, sizeof fault->what, format, arguments);
    va_end(arguments);
}

/* By book, side and price. */
static int compare(const void *one, const void *other)
{
    const struct tf_book_entry *a = one, *b = other;
    if (a->book != b->book)
        return a->book < b->book ? -1 : 1;
    uint32_t side_a = a->tag & TF_ORDER_ASK, side_b = b->tag & TF_ORDER_ASK;
    if (side_a != side_b)
        return side_a < side_b ? -1 : 1;
    return a->key < b->key ? -1 : a->key > b->key;
}

/* The orders from `*at` on that belong to this side must be its levels, from the worst up. */
static void verify_orders(const struct tf_book *book, uint32_t index, int is_ask,
                          const struct tf_book_entry *entries, uint64_t count, uint64_t *at,
                          struct tf_books_fault *fault)
{
    const struct tf_side *side = &book->orders[is_ask];
    uint32_t tag = is_ask ? TF_ORDER_ASK : 0, level = 0;
    while (*at < count && entries[*at].book == index &&
           (entries[*at].tag & TF_ORDER_ASK) == tag) {
        int64_t key = entries[*at].key;
        uint64_t size = 0;
        uint32_t orders = 0;
        for (; *at < count && entries[*at].book == index &&
               (entries[*at].tag & TF_ORDER_ASK) == tag && entries[*at].key == key;
             ++*at, orders++) {
            size += entries[*at].size;
            if (entries[*at].size == 0)
                found(fault, book->instrument_id, "order %" PRIu64 " has no size",
                      entries[*at].id);
        }
        while (level < side->count && side->levels[level].key < key) {
            found(fault, book->instrument_id, "a level of no order");
            level++;
        }
        if (!tf_side_has(side, level, key)) {
            found(fault, book->instrument_id, "%" PRIu32 " orders without their level", orders);
            continue;
        }
        if (side->levels[level].size != size || side->levels[level].orders != orders)
            found(fault, book->instrument_id,
                  "a level of %" PRIu64 " in %" PRIu32 " orders, they sum to %" PRIu64
                  " in %" PRIu32,
                  side->levels[level].size, side->levels[level].orders, size, orders);
        level++;
    }
    for (; level < side->count; level++)
        found(fault, book->instrument_id, "a level of no order");
}

static void verify_sorted(const struct tf_book *book, const struct tf_side *side, int is_ask,
                          const char *which, struct tf_books_fault *fault)
{
    const char *name = is_ask ? "ask" : "bid";
    if (side->count > side->room)
        found(fault, book->instrument_id, "more %s %s levels than room", which, name);
    for (uint32_t i = 0; i < side->count; i++) {
        if (side->levels[i].size == 0)
            found(fault, book->instrument_id, "an empty %s %s level", which, name);
        if (i && side->levels[i - 1].key >= side->levels[i].key)
            found(fault, book->instrument_id, "%s %s levels out of order", which, name);
    }
}

/* Levels by place are as good as their ticks: looked at only while the book is OK. */
static void verify_book(const struct tf_books *books, const struct tf_book *book,
                        struct tf_books_fault *fault)
{
    bool is_ok = tf_ladder_state(books, book, LEVELS) == TF_BOOK_OK;
    for (int side = BID; side <= ASK; side++) {
        verify_sorted(book, &book->orders[side], side, "order", fault);
        if (book->levels && is_ok) {
            verify_sorted(book, &book->levels->outright[side], side, "outright", fault);
            verify_sorted(book, &book->levels->implied[side], side, "implied", fault);
        }
    }
}

static uint64_t collect(const struct tf_books *books, struct tf_book_entry *entries,
                        struct tf_books_fault *fault)
{
    uint64_t living = 0, used = 0;
    for (uint64_t i = 0; i <= books->orders.mask; i++) {
        const struct tf_book_entry *entry = &books->orders.slots[i];
        if (!entry->tag)
            continue;
        used++;
        if (tf_book_orders_find(&books->orders, entry->id, entry->book) != entry)
            found(fault, 0, "order %" PRIu64 " cannot be found where it is", entry->id);
        if (tf_order_is_alive(books, entry) && living < books->totals.orders)
            entries[living++] = *entry;
    }
    if (used != books->orders.count)
        found(fault, 0, "%" PRIu64 " slots used, %" PRIu64 " counted", used,
              books->orders.count);
    if (living != books->totals.orders ||
        books->totals.added - books->totals.gone != books->totals.orders)
        found(fault, 0, "%" PRIu64 " orders there, %" PRIu64 " counted", living,
              books->totals.orders);
    return living;
}

int tf_books_verify(const tf_books *books, struct tf_books_fault *fault)
{
    memset(fault, 0, sizeof *fault);
    struct tf_book_entry *entries =
        malloc((size_t)(books->totals.orders + 1) * sizeof *entries);
    if (!entries)
        return TF_EOS;
    uint64_t count = collect(books, entries, fault), at = 0;
    qsort(entries, (size_t)count, sizeof *entries, compare);
    for (uint32_t i = 0; i < books->count; i++) {
        const struct tf_book *book = &books->books[i];
        if (!tf_book_is_current(books, book))
            continue;
        for (int side = BID; side <= ASK; side++) {
            uint64_t first = at;
            verify_orders(book, i, side, entries, count, &at, fault);
            if (at - first != book->open[side])
                found(fault, book->instrument_id, "%" PRIu64 " orders, %" PRIu32 " counted",
                      at - first, book->open[side]);
        }
        verify_book(books, book, fault);
    }
    free(entries);
    return fault->faults ? 1 : 0;
}
