/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book_run.h - `tickfan book` between its options and its report: reads a stream, keeps its books,
 * publishes what their best prices do.
 *
 * The derived stream.  QUOTE, action M: the best bid and offer of an instrument changed, or whether they
 * can be trusted (MAYBE_BAD_BOOK: they cannot), ts_event and ts_recv of the tick that ended the event.
 * An empty side has an undefined price and size 0.  The last quote of an event has TF_FLAG_LAST.  A
 * quote has no room for the venue's sequence: ask_sz is where that would be.  QUOTE of instrument 0,
 * action R: every book was emptied.  QUOTE of instrument 0, action N with MAYBE_BAD_BOOK: from here on no
 * best price can be trusted until the instrument has another quote without that flag.  DEFINITION,
 * STATUS, SYSTEM, GAP and REPLAY_COMPLETED are passed on as they are.
 */
#ifndef TF_BOOK_RUN_H
#define TF_BOOK_RUN_H

#include "attach_args.h"
#include "book_check.h"
#include "publisher_args.h"
#include "tickfan_book.h"

enum { TF_BOOK_SYMBOLS_MAX = 64, TF_BOOK_BATCH = 256, TF_BOOK_OUT = 512 };

struct tf_book_run {
    /* What was asked for. */
    struct tf_attach_args attach;
    struct tf_publisher_args publish;
    struct tf_books_options book_options;
    const char *symbols[TF_BOOK_SYMBOLS_MAX]; /* none: all */
    uint32_t symbol_count;
    bool is_silent; /* publishes nothing */
    bool lockstep, check;
    uint64_t dead_after_ns;
    uint32_t depth; /* of the view; 0: none */
    uint64_t view_every_ns;

    /* What there is. */
    tf_reader *reader;
    tf_publisher *publisher; /* NULL: is_silent */
    tf_books *books;
    struct tf_book_check checked;
    uint32_t wanted[TF_BOOK_SYMBOLS_MAX]; /* ids of the symbols that the directory knows */
    uint32_t wanted_count;
    uint32_t next_instrument; /* of the directory, to be carried over */
    struct tf_tick out[TF_BOOK_OUT];
    uint32_t out_count;
    uint64_t room;       /* lockstep: ticks that may be published before asking again */
    uint64_t marks_told; /* of tf_books_marks() */
    uint64_t view_due_ns;

    /* What happened. */
    uint64_t quotes, passed, gaps, restarts, lost, overruns;
    uint64_t undefined; /* instruments that found no place in our directory */
};

/* Until the stream ends, the publisher stays dead, or a signal: 0, or an enum tf_error. */
int tf_book_follow(struct tf_book_run *run);

/* One screen of the chosen books; `to_terminal`: in place of the one before. */
void tf_book_view(const struct tf_book_run *run, bool to_terminal);

#endif
