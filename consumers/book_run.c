/* SPDX-License-Identifier: Apache-2.0 */
#include "book_run.h"

#include "clock.h"
#include "log.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- out ------------------------------------------------------------------------------------- */

/* Lockstep: what a reader of ours has no room for yet is held back.  False: asked to stop. */
static bool make_room(struct tf_book_run *run, uint32_t count)
{
    uint64_t nap_ns = 0;
    while (run->lockstep && run->room < count) {
        run->room = tf_publisher_room(run->publisher, 0);
        if (run->room >= count)
            break;
        if (tf_stop_requested())
            return false;
        if (nap_ns < 20 * 1000)
            sched_yield();
        else
            tf_sleep_until(tf_monotonic_ns() + nap_ns);
        nap_ns = nap_ns < TF_NS_PER_MS ? nap_ns + 1000 : TF_NS_PER_MS;
    }
    run->room -= run->lockstep ? count : 0;
    return true;
}

static void flush(struct tf_book_run *run)
{
    enum { PIECE = 32 }; /* as much room as there is when everybody has kept up */
    for (uint32_t first = 0; first < run->out_count && run->publisher;) {
        uint32_t count = run->out_count - first;
        if (run->lockstep && count > PIECE)
            count = PIECE;
        if (!make_room(run, count))
            break;
        tf_publish(run->publisher, &run->out[first], count);
        first += count;
    }
    run->out_count = 0;
}

static void put(struct tf_book_run *run, const struct tf_tick *tick)
{
    if (run->out_count == TF_BOOK_OUT)
        flush(run);
    run->out[run->out_count++] = *tick;
}

static uint32_t size_of(uint64_t size)
{
    return size < TF_UNDEF_SIZE ? (uint32_t)size : TF_UNDEF_SIZE - 1;
}

static struct tf_tick quote_tick(const struct tf_tick *cause, uint32_t instrument_id,
                                 char action)
{
    return (struct tf_tick){.ts_event = cause->ts_event,
                            .ts_recv = cause->ts_recv,
                            .bid_px = TF_UNDEF_PRICE,
                            .ask_px = TF_UNDEF_PRICE,
                            .instrument_id = instrument_id,
                            .rtype = TF_RTYPE_QUOTE,
                            .action = action,
                            .side = 'N'};
}

/* All books were doubted at once. */
static void tell_doubt(struct tf_book_run *run, const struct tf_tick *cause)
{
    if (run->marks_told == tf_books_marks(run->books))
        return;
    run->marks_told = tf_books_marks(run->books);
    struct tf_tick tick = quote_tick(cause, 0, 'N');
    tick.flags = TF_FLAG_LAST | TF_FLAG_MAYBE_BAD_BOOK;
    put(run, &tick);
    run->quotes++;
}

static void tell_changes(struct tf_book_run *run, const struct tf_tick *cause)
{
    size_t count;
    const uint32_t *ids = tf_books_changed(run->books, &count);
    for (size_t i = 0; i < count; i++) {
        struct tf_tick tick = quote_tick(cause, ids[i], ids[i] ? 'M' : 'R');
        struct tf_best best;
        if (ids[i]) {
            tf_book_best(run->books, ids[i], &best);
            tick.bid_px = best.bid_px;
            tick.ask_px = best.ask_px;
            tick.bid_sz = size_of(best.bid_sz);
            tick.ask_sz = size_of(best.ask_sz);
            if (tf_book_state(run->books, ids[i]) != TF_BOOK_OK)
                tick.flags |= TF_FLAG_MAYBE_BAD_BOOK;
            if (run->check)
                tf_book_check_best(&run->checked, run->books, ids[i], cause);
        }
        if (i + 1 == count)
            tick.flags |= TF_FLAG_LAST;
        put(run, &tick);
        run->quotes++;
    }
    if (run->check && count)
        tf_book_check_all(&run->checked, run->books, false);
}

/* ---- in -------------------------------------------------------------------------------------- */

static bool is_symbol_wanted(const struct tf_book_run *run, const char *symbol)
{
    for (uint32_t i = 0; i < run->symbol_count; i++)
        if (strcmp(run->symbols[i], symbol) == 0)
            return true;
    return run->symbol_count == 0;
}

static bool is_wanted(const struct tf_book_run *run, uint32_t instrument_id)
{
    if (run->symbol_count == 0 || instrument_id == 0)
        return true;
    for (uint32_t i = 0; i < run->wanted_count; i++)
        if (run->wanted[i] == instrument_id)
            return true;
    return false;
}

static void carry(struct tf_book_run *run, const struct tf_instrument *instrument)
{
    if (!is_symbol_wanted(run, instrument->symbol))
        return;
    if (run->symbol_count && !is_wanted(run, instrument->instrument_id) &&
        run->wanted_count < TF_BOOK_SYMBOLS_MAX)
        run->wanted[run->wanted_count++] = instrument->instrument_id;
    if (run->publisher && tf_publisher_define(run->publisher, instrument) < 0 &&
        run->undefined++ == 0)
        tf_log(TF_LOG_WARNING, "%s", tf_errmsg());
}

/* What the directory has learned since; before the ticks that were read after it did. */
static void carry_directory(struct tf_book_run *run)
{
    struct tf_instrument instrument;
    while (tf_instrument_at(run->reader, run->next_instrument, &instrument)) {
        run->next_instrument++;
        carry(run, &instrument);
    }
}

/* A tick that changes no book: for our readers too, and for the check. */
static void pass_on(struct tf_book_run *run, const struct tf_tick *tick)
{
    struct tf_instrument instrument;
    switch (tick->rtype) {
    case TF_RTYPE_DEFINITION:
        /* An entry that was there may have changed. */
        if (tf_instrument_by_id(run->reader, tick->instrument_id, &instrument))
            carry(run, &instrument);
        break;
    case TF_RTYPE_STATUS:
        tf_book_check_status(&run->checked, tick);
        break;
    case TF_RTYPE_GAP:
        run->gaps++;
        break;
    case TF_RTYPE_SYSTEM:
    case TF_RTYPE_REPLAY_COMPLETED:
        break;
    case TF_RTYPE_EPOCH:
        run->restarts += tick->seq > 1;
        return;
    default:
        return;
    }
    put(run, tick);
    run->passed++;
}

static void take_tick(struct tf_book_run *run, const struct tf_tick *tick)
{
    if (run->check && (tick->rtype == TF_RTYPE_MBO || tick->rtype == TF_RTYPE_TRADE))
        tf_book_check_trade(&run->checked, tick);
    if (tick->rtype != TF_RTYPE_MBO && tick->rtype != TF_RTYPE_LEVEL)
        pass_on(run, tick);
}

/* Nothing is left of it but that an event may end here. */
static void blank(struct tf_tick *tick)
{
    tick->rtype = TF_RTYPE_MBO;
    tick->action = 'N';
    tick->flags &= TF_FLAG_LAST;
}

static void take(struct tf_book_run *run, struct tf_tick *ticks, size_t count)
{
    carry_directory(run);
    for (size_t i = 0; i < count && run->symbol_count; i++)
        if (!is_wanted(run, ticks[i].instrument_id))
            blank(&ticks[i]);
    for (size_t done = 0; done < count;) {
        size_t applied = tf_books_apply(run->books, ticks + done, count - done);
        for (size_t i = done; i < done + applied; i++)
            take_tick(run, &ticks[i]);
        done += applied;
        tell_doubt(run, &ticks[done - 1]);
        tell_changes(run, &ticks[done - 1]);
        if (run->check && (ticks[done - 1].flags & TF_FLAG_LAST))
            tf_book_check_traded(&run->checked, run->books, &ticks[done - 1]);
    }
    flush(run);
}

/* Ticks are missing that nobody will bring. */
static void lose(struct tf_book_run *run, enum tf_book_state reason)
{
    tf_books_mark(run->books, reason);
    struct tf_tick cause = {.ts_event = tf_now(), .ts_recv = TF_UNDEF_TIMESTAMP};
    tell_doubt(run, &cause);
    flush(run);
}

static void take_overrun(struct tf_book_run *run)
{
    struct tf_stats stats;
    tf_get_stats(run->reader, &stats);
    if (run->overruns++ == 0)
        tf_log(TF_LOG_WARNING, "too slow: %" PRIu64 " ticks lost; every book is stale now",
               stats.lost - run->lost);
    run->lost = stats.lost;
    lose(run, TF_BOOK_OVERRUN);
}

/* The stream was made anew under its name. */
static int attach_anew(struct tf_book_run *run)
{
    tf_detach(run->reader);
    run->reader = 0;
    run->attach.options.from = TF_FROM_OLDEST;
    run->attach.appear_ns = run->dead_after_ns;
    int error = tf_attach_with(&run->attach, &run->reader);
    if (error)
        return error;
    run->next_instrument = 0;
    run->restarts++;
    run->lost = 0;
    lose(run, TF_BOOK_EPOCH);
    return 0;
}

static int take_state(struct tf_book_run *run, int state, uint64_t *dead_since)
{
    uint64_t now = tf_monotonic_ns();
    if (state == TF_REPLACED)
        return attach_anew(run);
    if (state != TF_DEAD)
        return state == TF_ENDED ? TF_ENDED : 0;
    if (!*dead_since) {
        *dead_since = now;
        tf_log(TF_LOG_WARNING, "the publisher is gone; waiting for its restart");
    }
    return now - *dead_since > run->dead_after_ns ? TF_DEAD : 0;
}

static void view_when_due(struct tf_book_run *run)
{
    uint64_t now;
    if (!run->depth || (now = tf_monotonic_ns()) < run->view_due_ns)
        return;
    run->view_due_ns = now + run->view_every_ns;
    tf_book_view(run, isatty(STDOUT_FILENO));
}

int tf_book_follow(struct tf_book_run *run)
{
    struct tf_tick ticks[TF_BOOK_BATCH];
    uint64_t dead_since = 0;
    bool is_first = true;
    run->view_due_ns = tf_monotonic_ns() + run->view_every_ns;
    while (!tf_stop_requested()) {
        int got = tf_read(run->reader, ticks, TF_BOOK_BATCH);
        if (got == TF_OVERRUN) {
            take_overrun(run);
            is_first = false;
            continue;
        }
        if (got > 0) {
            /* Who was not there from the first tick on has missed orders. */
            if (is_first && ticks[0].seq > 1)
                lose(run, TF_BOOK_LATE_JOIN);
            is_first = false;
            dead_since = 0;
            take(run, ticks, (size_t)got);
            view_when_due(run);
            continue;
        }
        view_when_due(run);
        int wait_ms = run->depth && run->view_every_ns < 200 * TF_NS_PER_MS ? 20 : 200;
        int state = tf_wait(run->reader, wait_ms * (int64_t)TF_NS_PER_MS);
        int ended = take_state(run, state, &dead_since);
        if (ended)
            return ended == TF_ENDED ? 0 : ended;
    }
    return 0;
}
