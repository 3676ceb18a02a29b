/* SPDX-License-Identifier: Apache-2.0 */
#include "book_check.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t verify_every = 1000000;

void tf_book_check_close(struct tf_book_check *check)
{
    free(check->statuses);
    check->statuses = 0;
}

static struct tf_book_status *slot_of(const struct tf_book_check *check, uint32_t instrument_id)
{
    uint32_t at = instrument_id * UINT32_C(0x9E3779B1) & check->status_mask;
    while (check->statuses[at].status && check->statuses[at].instrument_id != instrument_id)
        at = (at + 1) & check->status_mask;
    return &check->statuses[at];
}

/* False: no memory, and what is not remembered counts as trading. */
static bool grow(struct tf_book_check *check)
{
    struct tf_book_check old = *check;
    uint32_t slots = old.statuses ? (old.status_mask + 1) * 2 : 1024;
    check->statuses = calloc(slots, sizeof *check->statuses);
    if (!check->statuses) {
        check->statuses = old.statuses;
        return false;
    }
    check->status_mask = slots - 1;
    for (uint32_t i = 0; old.statuses && i <= old.status_mask; i++)
        if (old.statuses[i].status)
            *slot_of(check, old.statuses[i].instrument_id) = old.statuses[i];
    free(old.statuses);
    return true;
}

void tf_book_check_status(struct tf_book_check *check, const struct tf_tick *tick)
{
    if (tick->size == TF_STATUS_NONE || tick->size == TF_STATUS_SHORT_SALE_CHANGE ||
        tick->instrument_id == 0)
        return;
    if ((!check->statuses || check->status_count > check->status_mask / 2) && !grow(check))
        return;
    struct tf_book_status *slot = slot_of(check, tick->instrument_id);
    check->status_count += slot->status == 0;
    *slot = (struct tf_book_status){tick->instrument_id, tick->size};
}

/* TF_STATUS_NONE: nobody said. */
static uint32_t status_of(const struct tf_book_check *check, uint32_t instrument_id)
{
    return check->statuses ? slot_of(check, instrument_id)->status : (uint32_t)TF_STATUS_NONE;
}

static void count_crossed(struct tf_book_check *check, const tf_books *books,
                          uint32_t instrument_id, const struct tf_best *best,
                          const struct tf_tick *tick)
{
    if (!tf_book_is_whole(books, instrument_id)) {
        check->crossed_late++;
        return;
    }
    if (check->crossed < TF_BOOK_CROSSINGS)
        check->crossings[check->crossed] = (struct tf_book_crossing){
            .ts_event = tick->ts_event,
            .instrument_id = instrument_id,
            .sequence = tick->sequence,
            .bid_px = best->bid_px,
            .ask_px = best->ask_px,
            .of_levels = tf_book_levels(books, instrument_id, TF_LADDER_LEVELS, 'B', 0, 0) > 0};
    check->crossed++;
}

void tf_book_check_trade(struct tf_book_check *check, const struct tf_tick *tick)
{
    if ((tick->action != 'T' && tick->action != 'F') || tick->rtype == TF_RTYPE_LEVEL)
        return;
    for (uint32_t i = 0; i < check->traded_count; i++)
        if (check->traded[i] == tick->instrument_id)
            return;
    if (check->traded_count < TF_BOOK_TRADED_MAX)
        check->traded[check->traded_count++] = tick->instrument_id;
}

void tf_book_check_traded(struct tf_book_check *check, const tf_books *books,
                          const struct tf_tick *tick)
{
    struct tf_best best;
    for (uint32_t i = 0; i < check->traded_count; i++) {
        uint32_t id = check->traded[i];
        if (status_of(check, id) == TF_STATUS_NONE && tf_book_best(books, id, &best) &&
            best.bid_px != TF_UNDEF_PRICE && best.ask_px != TF_UNDEF_PRICE &&
            best.bid_px > best.ask_px && tf_book_state(books, id) == TF_BOOK_OK)
            count_crossed(check, books, id, &best, tick);
    }
    check->traded_count = 0;
}

void tf_book_check_best(struct tf_book_check *check, const tf_books *books,
                        uint32_t instrument_id, const struct tf_tick *tick)
{
    struct tf_best best;
    if (!tf_book_best(books, instrument_id, &best) || best.bid_px == TF_UNDEF_PRICE ||
        best.ask_px == TF_UNDEF_PRICE || best.bid_px < best.ask_px)
        return;
    if (best.bid_px == best.ask_px) {
        check->locked++;
    } else if (tf_book_state(books, instrument_id) != TF_BOOK_OK) {
        check->crossed_stale++;
    } else if (status_of(check, instrument_id) == TF_STATUS_TRADING) {
        count_crossed(check, books, instrument_id, &best, tick);
    } else if (status_of(check, instrument_id) == TF_STATUS_NONE) {
        check->crossed_quiet++;
    } else {
        check->crossed_halted++;
    }
}

void tf_book_check_all(struct tf_book_check *check, const tf_books *books, bool now)
{
    if (!now && ++check->changes < verify_every)
        return;
    check->changes = 0;
    struct tf_books_fault fault;
    if (tf_books_verify(books, &fault) < 0)
        return;
    check->verified++;
    uint64_t faults = check->fault.faults + fault.faults;
    if (!check->fault.faults)
        check->fault = fault;
    check->fault.faults = faults;
}

uint64_t tf_book_check_violations(const struct tf_book_check *check,
                                  const struct tf_books_totals *totals)
{
    return check->crossed + check->fault.faults + totals->lost + totals->duplicates +
           totals->overfills + totals->misplaced + totals->bad_ticks - totals->late +
           totals->refused;
}
