/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book_orders.h - the open orders of all books, by the venue's number and the book.
 *
 * One flat array of 32-byte entries, a power of two, linear probing, Robin Hood: a removal shifts
 * its followers back and leaves no tombstone.  Numbers that follow each other share lines: the hash
 * is of the number without its low three bits, which pick one of the eight slots found.
 *
 * Venues count orders over all instruments, so the book is no part of the hash: neighbours in
 * time are neighbours in memory, whatever they belong to, and a home is known without looking the
 * book up.  A venue, or a liar, that gives one number to orders of very many instruments would
 * make one long cluster of it: the first order farther than TF_BOOK_FAR from its home makes the
 * table be hashed anew, with the book in the hash.
 *
 * An order is alive while its generation is its book's.  Emptying a book is making its generation the
 * next; the dead are dropped when the table is full and rebuilt, in the same size if that makes room.
 */
#ifndef TF_BOOK_ORDERS_H
#define TF_BOOK_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TF_BOOK_FAR = 512 };

#define TF_ORDER_USED  UINT32_C(0x80000000)
#define TF_ORDER_ASK   UINT32_C(0x40000000)
#define TF_GENERATIONS UINT32_C(0x3FFFFFFF) /* the last one: the mask of the rest of a tag */

struct tf_book_entry {
    uint64_t id;
    int64_t key; /* the price as levels have it: book_side.h */
    uint32_t size;
    uint32_t book;     /* index */
    uint32_t tag;      /* TF_ORDER_USED, TF_ORDER_ASK, generation; 0: the slot is free */
    uint32_t distance; /* slots from home */
};
_Static_assert(sizeof(struct tf_book_entry) == 32, "two orders to a line");

struct tf_book_orders {
    struct tf_book_entry *slots;
    void *memory;
    uint64_t mask;
    uint64_t seed;
    uint64_t mix;   /* 0, or what a book's index is multiplied by */
    uint64_t count; /* slots in use, the dead among them */
    uint64_t limit; /* rebuild when count would pass it */
    uint64_t slots_max;
    unsigned shift; /* 64 - log2(slots) */
};

/* Who knows which orders live: the generations of books are the caller's. */
struct tf_book_life {
    bool (*is_alive)(const void *context, const struct tf_book_entry *entry);
    const void *context;
    uint64_t living; /* how many */
};

/* Room for `expected`, never more than for `orders_max`.  False: no memory. */
bool tf_book_orders_open(struct tf_book_orders *orders, uint64_t expected, uint64_t orders_max);
void tf_book_orders_close(struct tf_book_orders *orders);

/*
 * The entry with this number and book, dead or alive, or a new one with tag 0, which the caller
 * must fill before the next call.  NULL: full.  Amortised O(1), also when it is full.
 */
struct tf_book_entry *tf_book_orders_put(struct tf_book_orders *orders, uint64_t id,
                                         uint32_t book, const struct tf_book_life *life);
void tf_book_orders_remove(struct tf_book_orders *orders, struct tf_book_entry *entry);
/* Drop the dead. */
void tf_book_orders_sweep(struct tf_book_orders *orders, const struct tf_book_life *life);

static inline uint64_t tf_book_orders_home(const struct tf_book_orders *orders, uint64_t id,
                                           uint32_t book)
{
    unsigned __int128 product =
        (unsigned __int128)((id >> 3) ^ orders->seed ^ book * orders->mix) *
        0x9E3779B97F4A7C15u;
    uint64_t hash = ((uint64_t)product ^ (uint64_t)(product >> 64)) >> orders->shift;
    return (hash & ~UINT64_C(7)) | (id & 7);
}

static inline struct tf_book_entry *tf_book_orders_find(const struct tf_book_orders *orders,
                                                        uint64_t id, uint32_t book)
{
    uint64_t at = tf_book_orders_home(orders, id, book);
    for (uint32_t walked = 0;; walked++, at++) {
        struct tf_book_entry *entry = &orders->slots[at & orders->mask];
        if (!entry->tag || entry->distance < walked)
            return 0;
        if (entry->id == id && entry->book == book)
            return entry;
    }
}

#endif
