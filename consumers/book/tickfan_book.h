/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tickfan_book.h - order books from the ticks of a stream, inside a strategy.
 *
 * Concepts.  A `tf_books` holds the books of all instruments of one stream.  It is fed ticks, in
 * order, with tf_books_apply(), and asked between two calls.  An instrument can have three
 * ladders: of its orders (MBO ticks), of its outright price levels and of its implied ones (LEVEL
 * ticks, TF_FLAG_PUBLISHER_SPECIFIC: implied).  They are never mixed.  Its best bid and offer are
 * those of the outright level ladder if the venue sends levels, else those of its orders.
 *
 *   tf_books *books = tf_books_create(NULL);
 *   int got = tf_read(reader, ticks, 256);
 *   if (got == TF_OVERRUN)
 *       tf_books_mark(books, TF_BOOK_OVERRUN);
 *   for (int done = 0; done < got;) {
 *       done += (int)tf_books_apply(books, ticks + done, (size_t)(got - done));
 *       size_t count;
 *       const uint32_t *ids = tf_books_changed(books, &count);
 *       ... tf_book_best(books, ids[i], &best) ...
 *   }
 *
 * Caveats, first.
 *  - Between the ticks of a venue event a book may be crossed, a level empty of what was there.
 *    What tf_books_changed() names is consistent: it changes at ends of events (TF_FLAG_LAST).
 *  - The library cannot see what was never given to it: call tf_books_mark() after an overrun, and
 *    after attaching anywhere but at the stream's first tick.
 *  - A stale book goes on being kept, as well as its ticks allow.  Look at tf_book_state().
 *  - One thread at a time per tf_books; several tf_books share nothing.
 *
 * What ticks do.  MBO: A adds, C takes `size` off (the order is gone at 0), M sets price and size (an
 * unknown order is added, and doubted), R empties the instrument, or with instrument 0 every book; T, F
 * and N do nothing.  With TF_FLAG_TOB an A is the whole side: it becomes an outright level.  LEVEL,
 * by price (level[1] 0): A and M set the level's size, 0 as C removes it.  By place (level[1] from 1):
 * A inserts, what is pushed beyond the depth is dropped; M overwrites; C removes and what is below
 * moves up; C without a price removes the best level[1] levels.  R empties that side, or both with
 * side N, of the ladder of its kind (outright alone or, with side N, implied too).  The depth is the deepest place seen, at least 10, implied 2.
 * SYSTEM START_OF_MESSAGES and what follows a REPLAY_COMPLETED begin anew with empty books.
 *
 * Stale.  Every book: by a GAP of no instrument, an EPOCH after the first, tf_books_mark().  One book: by a
 * GAP that names it, a tick with MAYBE_BAD_BOOK, a tick that contradicts the book, a limit.  Healed by
 * R of both sides (a snapshot begins with one) and by a new session.  Orders and levels are doubted and
 * healed apart; the book is what the ladder of its best prices is.
 *
 * Structures.  Orders: one flat hash table for all instruments, open addressing, Robin Hood, 32
 * bytes an order, two to a line; tf_books_apply() asks for the lines of later ticks early.  Keyed
 * by a random seed.  R costs nothing: orders carry their book's generation, the dead are swept when the
 * table is full.  Levels: an array per side, 24 bytes a level, sorted, the best at the END: where
 * nearly all changes are, found by looking from there, and moving few bytes.  Worst case: a change
 * at the far end of n levels costs 6 + log2(n) looks and moves 24 n bytes: 1.5 MiB at the limit
 * of 65,536 levels.
 *
 * Measured (tests/book/book_bench.c, two shared cores of an AMD EPYC, busy): an ITCH day of 8,000 symbols,
 * 9.4 million ticks, 460,000 orders at most: 8 to 10 million ticks/s, 40 % of them change a best price; about
 * 400 instructions a tick.  One level in and out, ns, of n levels that stand:
 *
 *        n     near the best: array, best in front, std::map     at the far end: array, front, map
 *       10                     21        14           32                         26     19    33
 *      100                     22        53           39                         70     29    34
 *    1,000                     23       389           46                        796     35    39
 *   10,000                     19    10,579           82                      9,598    912    49
 *
 * What those ticks do to levels: 39 to 51 ns here, 33 to 45 in front (the day's books have at most 64
 * levels), 94 to 173 by std::map.  Real books of liquid names have hundreds to thousands.
 *
 * Memory: 160 bytes an instrument, 72 more with levels by the venue, 64 to 128 an open order, 24 to 48
 * a level; malloc(), tables from 2 MiB on mmap(); doubling, never shrinking: after warm-up no tick allocates.  Limits are
 * options; what is beyond them is counted in `refused` and makes the book stale, TF_BOOK_CAPACITY.
 */
#ifndef TICKFAN_BOOK_H
#define TICKFAN_BOOK_H

#include "tickfan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tf_books tf_books;

struct tf_books_options {
    size_t size;              /* sizeof(struct tf_books_options) */
    uint32_t instruments;     /* room from the start; 0: 1024 */
    uint32_t instruments_max; /* 0: 2^20 */
    uint64_t orders;          /* open at once, room from the start; 0: 65536 */
    uint64_t orders_max;      /* 0: 2^25, which can take 4 GiB */
    uint32_t levels_max;      /* of one side; 0: 65536 */
    /*
     * TF_FLAG_LAST ends the event of its own instrument alone, as DBN's files mean it where events of
     * several instruments interleave.  0: it ends the event of all since the last one; but of a book of
     * levels by price (DEEP) only ticks of its own instrument end events either way.
     */
    int event_per_instrument;
};
#define TF_BOOKS_OPTIONS_INIT                                                                  \
    {                                                                                          \
        sizeof(struct tf_books_options), 0, 0, 0, 0, 0, 0                                      \
    }

/* `options` may be NULL and is not kept.  NULL: no memory, or options that contradict themselves. */
tf_books *tf_books_create(const struct tf_books_options *options);
void tf_books_destroy(tf_books *books); /* NULL is ignored */

/*
 * Apply ticks[0..count) up to the end of the first event that changes a best price or size or
 * what is known of one; the rest is for the next call.  Returns how many were applied, at least 1 if
 * count is.  Any content is safe.  Cost: no system call; no allocation but the doubling above; an
 * ITCH day of 8,000 symbols runs at the rate that book_bench.c gives.
 */
size_t tf_books_apply(tf_books *books, const struct tf_tick *ticks, size_t count);

/*
 * The instruments whose best bid or offer (price or size) or whose state of being stale the last
 * tf_books_apply() changed, at the end of a whole event; none when it ended without such an event.  Id 0,
 * then alone or first: every book was emptied at once.  Lives until the next apply.
 * Becoming stale all together (a gap) is no change of each: see tf_books_marks().
 */
const uint32_t *tf_books_changed(const tf_books *books, size_t *count);

enum tf_book_state {
    TF_BOOK_OK = 0,
    TF_BOOK_GAP,     /* the venue's messages were lost on the way */
    TF_BOOK_DOUBTED, /* a tick said so: MAYBE_BAD_BOOK */
    TF_BOOK_DAMAGED, /* a tick contradicted the book: an unknown order, a place that is not there */
    TF_BOOK_CAPACITY,  /* a limit or memory: something was not kept */
    TF_BOOK_OVERRUN,   /* this reader was too slow: tf_books_mark() */
    TF_BOOK_LATE_JOIN, /* attached in mid-stream: tf_books_mark() */
    TF_BOOK_EPOCH,     /* the publisher was started anew */
    TF_BOOK_UNKNOWN    /* no tick of this instrument has changed a book yet */
};
const char *tf_book_state_name(enum tf_book_state state); /* "ok", "gap" ... */
enum tf_book_state tf_book_state(const tf_books *books, uint32_t instrument_id);

/* Every book is stale from now on, those to come too, until each is healed. */
void tf_books_mark(tf_books *books, enum tf_book_state reason);
/* How often all books were marked at once, by ticks and by tf_books_mark(). */
uint64_t tf_books_marks(const tf_books *books);
/* Empty every book, all OK: a new session.  O(1). */
void tf_books_clear(tf_books *books);

struct tf_best {
    int64_t bid_px, ask_px; /* TF_UNDEF_PRICE: that side is empty */
    uint64_t bid_sz, ask_sz;
    uint32_t bid_orders, ask_orders; /* TF_UNDEF_SIZE: the venue does not say */
};
/* 1, or 0 and *best undefined prices when there is no such book.  O(1). */
int tf_book_best(const tf_books *books, uint32_t instrument_id, struct tf_best *best);

enum tf_book_ladder {
    TF_LADDER_BEST = 0, /* the one of tf_book_best() */
    TF_LADDER_ORDERS,
    TF_LADDER_LEVELS,
    TF_LADDER_IMPLIED
};
struct tf_book_level {
    int64_t price; /* TF_UNDEF_PRICE: a place of which nothing is known (late joiners) */
    uint64_t size;
    uint32_t orders; /* TF_UNDEF_SIZE: the venue does not say */
    uint32_t reserved;
};
/* Copies up to `max` levels of side 'B' or 'A', best first; how many.  `out` may be NULL with 0: then how
 * many there are. */
uint32_t tf_book_levels(const tf_books *books, uint32_t instrument_id,
                        enum tf_book_ladder ladder, char side, struct tf_book_level *out,
                        uint32_t max);

struct tf_book_order {
    uint64_t order_id;
    int64_t price;
    uint32_t size;
    uint32_t instrument_id;
    char side; /* A, B */
};
/* 1 and *out, or 0.  One access to the table. */
int tf_book_order(const tf_books *books, uint32_t instrument_id, uint64_t order_id,
                  struct tf_book_order *out);

/* The instruments with books: index 0 up to the first 0. */
uint32_t tf_books_instrument_at(const tf_books *books, uint32_t index);

struct tf_books_totals {
    uint64_t ticks;       /* given to apply */
    uint64_t events;      /* whole ones that touched a best price */
    uint64_t changes;     /* instruments named by tf_books_changed() */
    uint64_t added, gone; /* orders, ever: added - gone = orders */
    uint64_t orders;      /* open now */
    uint64_t orders_peak; /* open at most */
    /* In books that were OK and ticks that said nothing of doubt: */
    uint64_t lost;       /* an order was named that is not there */
    uint64_t duplicates; /* an order was added that is there: it was replaced */
    uint64_t overfills;  /* more was taken off than there was: clipped */
    uint64_t misplaced;  /* a level's place or price that is not there */
    uint64_t bad_ticks;  /* a field outside its range: ignored, the book stale */
    /* Everywhere: */
    uint64_t refused; /* beyond a limit: not kept */
    uint64_t clears;  /* R and new sessions */
    uint32_t instruments;
    uint32_t reserved;
    uint64_t bytes; /* of memory held */
    uint64_t late;  /* of lost to bad_ticks those in books that were never whole */
};
void tf_books_totals(const tf_books *books, struct tf_books_totals *totals);

/*
 * 0: the book was never whole, what contradicts it may be of before the stream's first tick.  That is so
 * in a session whose start was not in the stream (START_OF_MESSAGES, R of instrument 0) for an
 * instrument without R whose first tick was not A, or that named an order or a place that is not there,
 * or said MAYBE_BAD_BOOK.  Else 1.
 */
int tf_book_is_whole(const tf_books *books, uint32_t instrument_id);

/* What totals.lost to bad_ticks count. */
struct tf_books_oddity {
    uint64_t ts_event;
    uint32_t instrument_id;
    uint32_t sequence; /* the venue's */
    const char *what;  /* "names an order that is not there" */
};
/* The first ones of books that are whole, or else of those that are `late`; 0 when there are no more. */
int tf_books_oddity(const tf_books *books, int late, uint32_t index,
                    struct tf_books_oddity *oddity);

struct tf_books_fault {
    uint64_t faults;        /* found in all */
    uint32_t instrument_id; /* of the first */
    char what[116];         /* in words */
};
/*
 * For tests and `tickfan book --check`, at the end of an event: every ladder is strictly sorted and without
 * an empty level, every level of orders is the sum of its orders and every order is in its level, counts
 * add up.  0 sound, 1 not and *fault, TF_EOS no memory to look.  O(orders log orders).
 */
int tf_books_verify(const tf_books *books, struct tf_books_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
