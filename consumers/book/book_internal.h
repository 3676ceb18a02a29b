/* SPDX-License-Identifier: Apache-2.0 */
/* book_internal.h - the books of a stream, between the files of this library. */
#ifndef TF_BOOK_INTERNAL_H
#define TF_BOOK_INTERNAL_H

#include "book_orders.h"
#include "book_side.h"
#include "tickfan_book.h"

enum { BID, ASK };
enum { ORDERS, LEVELS }; /* the two ladders that can be doubted */
enum { TF_BOOK_ODDITIES = 4 };

/* What is known of a book's beginning.  Without the session's start, a book that began with an add may
 * be whole, until it names an order or a place that is not there. */
enum tf_book_origin { UNTOUCHED, MAYBE_WHOLE, LATE, WHOLE };

/* No more books are in the middle of events of their own; venues have a handful. */
enum { TF_BOOK_TRANSITIONS_MAX = 4096 };

/* What the venue aggregates itself; few instruments of a stream of orders have one. */
struct tf_levels {
    struct tf_side outright[2], implied[2];
    uint32_t depth[2]; /* places, outright and implied */
};

struct tf_quoted {
    int64_t price; /* undefined: none */
    uint64_t size;
};

/* A book; two lines, what every tick of an order needs in the first. */
struct tf_book {
    struct tf_side orders[2];
    uint32_t instrument_id;
    uint32_t session;       /* not tf_books.session: empty, what is here is from before */
    uint32_t generation[2]; /* of its orders, by side */
    uint32_t open[2];       /* orders */
    struct tf_levels *levels;

    struct tf_quoted told[2]; /* best prices as the last change said */
    uint32_t clean_mark[2];   /* tf_books.mark when the ladder was healed last */
    uint8_t reason[2];        /* enum tf_book_state of its own */
    bool has_levels;          /* since it was emptied: they are its best */
    bool pending;             /* in tf_books.pending */
    bool told_stale;          /* as the last change of it said */
    bool own_events;          /* only ticks of its own end its events */
    uint8_t origin;           /* enum tf_book_origin */
    uint64_t reserved[2];
};
_Static_assert(sizeof(struct tf_book) == 128, "two lines");

struct tf_id_slot {
    uint32_t instrument_id; /* 0: free */
    uint32_t book;          /* index */
};

struct tf_books {
    struct tf_books_options limits; /* none of them 0 */
    struct tf_book_orders orders;

    struct tf_book *books;
    uint32_t count, room;
    struct tf_id_slot *ids; /* open addressing, at most half full, two slots or more a book */
    uint32_t id_shift;      /* 32 - log2(slots) */
    uint32_t id_seed;       /* odd */

    uint32_t session;
    uint32_t mark;         /* counts the times that all books were doubted */
    uint32_t session_mark; /* mark when the session began */
    uint8_t mark_reason;
    bool seen_epoch;
    bool started;   /* the session's first message was seen: all its books are whole */
    bool completed; /* a replay is; what comes next begins anew */
    bool emptied;   /* all at once, not told yet */

    /* Books touched since their last whole event; changes of the last apply.  `room` each. */
    uint32_t *pending, pending_count;
    uint32_t *changed, changed_count;

    struct tf_books_totals totals;
    struct tf_books_oddity oddities[2]
                                   [TF_BOOK_ODDITIES]; /* the first; of late books the second */
    uint32_t oddities_count[2];
};

/* The instrument's book or NULL; not brought into the session. */
struct tf_book *tf_books_find(const struct tf_books *books, uint32_t instrument_id);
/* The same, made if need be and brought into the session.  NULL: no room, or id 0. */
struct tf_book *tf_books_take(struct tf_books *books, uint32_t instrument_id);
/* A new one at the end. */
struct tf_book *tf_books_add(struct tf_books *books, uint32_t instrument_id);
/* No orders on this side any more: they die by their generation. */
void tf_book_empty(struct tf_books *books, struct tf_book *book, int side);
struct tf_book_life tf_books_life(const struct tf_books *books);

static inline uint32_t tf_books_index(const struct tf_books *books, const struct tf_book *book)
{
    return (uint32_t)(book - books->books);
}

static inline uint32_t tf_id_home(const struct tf_books *books, uint32_t instrument_id)
{
    return (instrument_id * books->id_seed) >> books->id_shift;
}

/* What it is since the session began; a book from before it is as one never seen. */
static inline bool tf_book_is_current(const struct tf_books *books, const struct tf_book *book)
{
    return book && book->session == books->session;
}

static inline enum tf_book_state tf_ladder_state(const struct tf_books *books,
                                                 const struct tf_book *book, int ladder)
{
    if (book->reason[ladder])
        return (enum tf_book_state)book->reason[ladder];
    return book->clean_mark[ladder] == books->mark ? TF_BOOK_OK
                                                   : (enum tf_book_state)books->mark_reason;
}

/* Of the ladder that its best prices come from. */
static inline enum tf_book_state tf_book_state_of(const struct tf_books *books,
                                                  const struct tf_book *book)
{
    return tf_ladder_state(books, book, book->has_levels ? LEVELS : ORDERS);
}

static inline void tf_ladder_heal(const struct tf_books *books, struct tf_book *book,
                                  int ladder)
{
    book->reason[ladder] = TF_BOOK_OK;
    book->clean_mark[ladder] = books->mark;
    book->origin = WHOLE;
}

static inline bool tf_order_is_alive(const struct tf_books *books,
                                     const struct tf_book_entry *entry)
{
    const struct tf_book *book = &books->books[entry->book];
    return book->session == books->session &&
           (entry->tag & TF_GENERATIONS) == book->generation[(entry->tag & TF_ORDER_ASK) != 0];
}

/* The best of a side; undefined price when there is none. */
static inline struct tf_quoted tf_book_quoted(const struct tf_book *book, int is_ask)
{
    const struct tf_side *side =
        book->has_levels ? &book->levels->outright[is_ask] : &book->orders[is_ask];
    if (side->count == 0)
        return (struct tf_quoted){TF_UNDEF_PRICE, 0};
    const struct tf_side_level *best = &side->levels[side->count - 1];
    return (struct tf_quoted){tf_side_key(best->key, is_ask), best->size};
}

/* ---- what one tick does: book_mbo.c, book_mbp.c ---------------------------------------------- */

/* Something in this tick does not fit: count it if nobody said so before, and doubt its ladder. */
void tf_book_doubt(struct tf_books *books, struct tf_book *book, const struct tf_tick *tick,
                   uint64_t *counter, enum tf_book_state reason);
/* A limit is reached: count it, and doubt the ladder. */
void tf_book_refuse(struct tf_books *books, struct tf_book *book, int ladder);
/* Its best price may be another when the event ends. */
static inline void tf_book_touch(struct tf_books *books, struct tf_book *book)
{
    if (!book->pending) {
        book->pending = true;
        books->pending[books->pending_count++] = tf_books_index(books, book);
    }
}

void tf_books_apply_order(struct tf_books *books, struct tf_book *book,
                          const struct tf_tick *tick);
void tf_books_apply_level(struct tf_books *books, struct tf_book *book,
                          const struct tf_tick *tick);
/* One level is a side's all: TF_FLAG_TOB. */
void tf_books_apply_top(struct tf_books *books, struct tf_book *book,
                        const struct tf_tick *tick);

#endif
