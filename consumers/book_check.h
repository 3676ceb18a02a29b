/* SPDX-License-Identifier: Apache-2.0 */
/* book_check.h - `tickfan book --check`: what must hold for books at the ends of events. */
#ifndef TF_BOOK_CHECK_H
#define TF_BOOK_CHECK_H

#include "tickfan_book.h"

#include <stdbool.h>

struct tf_book_status {
    uint32_t instrument_id;
    uint32_t status; /* enum tf_status; 0: free slot */
};

enum { TF_BOOK_TRADED_MAX = 64, TF_BOOK_CROSSINGS = 4 };

struct tf_book_crossing {
    uint64_t ts_event;
    uint32_t instrument_id;
    uint32_t sequence; /* the venue's, of the tick that ended the event */
    int64_t bid_px, ask_px;
    bool of_levels; /* which the venue aggregates */
};

/*
 * A venue crosses its own books in auctions, when nothing trades: where STATUS ticks say what trades they
 * decide.  Where there are none (DBN's mbo files), a book that is crossed is wrong if it still is
 * after an event in which it trades.
 */
struct tf_book_check {
    uint64_t crossed;        /* bid above ask in a book that is OK and trades: a violation */
    uint64_t crossed_late;   /* the same in a book that was never whole: tf_book_is_whole() */
    uint64_t crossed_stale;  /* the same in a stale book */
    uint64_t crossed_halted; /* the same while the instrument does not trade: auctions */
    uint64_t crossed_quiet;  /* the same where no status is known, without a trade */
    uint64_t locked;         /* bid equal to ask */
    uint64_t verified;       /* passes over everything */
    struct tf_books_fault fault; /* added up over them; the first in words */
    struct tf_book_crossing crossings[TF_BOOK_CROSSINGS]; /* the first of `crossed` */
    uint64_t changes;                /* of best prices since the last pass */
    struct tf_book_status *statuses; /* open addressing; a STATUS tick is rare */
    uint32_t status_count, status_mask;
    uint32_t traded[TF_BOOK_TRADED_MAX]; /* in the ticks since tf_book_check_traded() */
    uint32_t traded_count;
};

void tf_book_check_close(struct tf_book_check *check);
/* Remember whether an instrument trades. */
void tf_book_check_status(struct tf_book_check *check, const struct tf_tick *tick);
/* Remember what trades, of all ticks that change no best price. */
void tf_book_check_trade(struct tf_book_check *check, const struct tf_tick *tick);
/* At the end of an event: are those crossed that traded in it? */
void tf_book_check_traded(struct tf_book_check *check, const tf_books *books,
                          const struct tf_tick *tick);
/* The best price of this instrument changed, in an event that `tick` ended. */
void tf_book_check_best(struct tf_book_check *check, const tf_books *books,
                        uint32_t instrument_id, const struct tf_tick *tick);
/* At the end of an event that changed a best price: everything, after a million of them, or `now`. */
void tf_book_check_all(struct tf_book_check *check, const tf_books *books, bool now);
/* How many of all kinds, without those of books that began in mid-session. */
uint64_t tf_book_check_violations(const struct tf_book_check *check,
                                  const struct tf_books_totals *totals);

#endif
