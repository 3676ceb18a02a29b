/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any ticks into books with small limits: never a crash, memory within its bounds, and what the books say
 * of their orders is always what the orders say.
 *
 * 16 bytes of input are a tick.  Numbers are few, so that ticks meet each other's orders, places and
 * levels, but for every eighth, whose bytes are taken as they are.
 */
#include "fuzz.h"
#include "tickfan_book.h"

#include <string.h>

enum { TICK_BYTES = 16, INSTRUMENTS = 20, ORDERS = 500, LEVELS = 40 };

/* Good input: adds, partial cancels, modifies and levels of a few instruments. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    size_t ticks = room / TICK_BYTES;
    uint64_t state = which * 0x9E3779B97F4A7C15u + 1;
    ticks = ticks > 400 ? 400 : ticks;
    for (size_t i = 0; i < ticks * TICK_BYTES; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out[i] = (uint8_t)(state >> 40);
    }
    return ticks * TICK_BYTES;
}

/* bytes: 0 kind, 1 action and side, 2 instrument, 3 flags, 4 order, 5 place, 6 price, 7 size; 8 to 15 raw */
static struct tf_tick tick_of(const uint8_t *bytes)
{
    static const uint8_t kinds[] = {TF_RTYPE_MBO,    TF_RTYPE_MBO,
                                    TF_RTYPE_MBO,    TF_RTYPE_LEVEL,
                                    TF_RTYPE_LEVEL,  TF_RTYPE_MBO,
                                    TF_RTYPE_GAP,    TF_RTYPE_SYSTEM,
                                    TF_RTYPE_EPOCH,  TF_RTYPE_REPLAY_COMPLETED,
                                    TF_RTYPE_STATUS, TF_RTYPE_QUOTE};
    struct tf_tick tick = {.rtype = bytes[0] < 240 ? kinds[bytes[0] % 6]
                                                   : kinds[bytes[0] % sizeof kinds],
                           .action = "AACCMMCAARTF"[bytes[1] % (bytes[1] < 250 ? 9 : 12)],
                           .side = "BABABABN"[bytes[1] >> 5],
                           .instrument_id = bytes[2] % 32,
                           .flags = bytes[3] & 1 ? TF_FLAG_LAST : 0,
                           .price = (int64_t)(bytes[6] % 64) * TF_PRICE_SCALE,
                           .size = bytes[7] % 16};
    if (bytes[3] > 250)
        tick.flags |= bytes[8];
    tick.order_id = bytes[4];
    if (tick.rtype == TF_RTYPE_LEVEL) {
        tick.level[0] = 1;
        tick.level[1] = bytes[5] & 0x40 ? bytes[5] % 13 : 0;
    }
    if (bytes[5] % 8 == 7) {
        memcpy(&tick.price, bytes + 8, 8);
        memcpy(&tick.order_id, bytes + 8, 8);
        memcpy(&tick.size, bytes + 11, 4);
    }
    if (bytes[0] == 255) {
        tick.action = (char)bytes[1];
        tick.side = (char)bytes[2];
        tick.rtype = bytes[4];
        memcpy(&tick.instrument_id, bytes + 8, 4);
    }
    if (bytes[7] == 255)
        tick.price = TF_UNDEF_PRICE;
    return tick;
}

static void check_sides(const tf_books *books, uint32_t id)
{
    struct tf_best best;
    struct tf_book_level levels[LEVELS + 1];
    tf_book_best(books, id, &best);
    for (int ladder = TF_LADDER_BEST; ladder <= TF_LADDER_IMPLIED; ladder++)
        for (int side = 0; side < 2; side++) {
            uint32_t count = tf_book_levels(books, id, (enum tf_book_ladder)ladder,
                                            side ? 'A' : 'B', levels, LEVELS + 1);
            MUST(count <= LEVELS);
            for (uint32_t i = 1; i < count && ladder == TF_LADDER_ORDERS; i++)
                MUST(side ? levels[i - 1].price < levels[i].price
                          : levels[i - 1].price > levels[i].price);
            if (ladder != TF_LADDER_BEST)
                continue;
            MUST((side ? best.ask_px : best.bid_px) ==
                 (count ? levels[0].price : TF_UNDEF_PRICE));
            MUST((side ? best.ask_sz : best.bid_sz) == (count ? levels[0].size : 0));
        }
}

/* Levels by place are as good as their ticks; all else must be sound. */
static void check_books(const tf_books *books)
{
    struct tf_books_fault fault;
    struct tf_books_totals totals;
    tf_books_totals(books, &totals);
    MUST(totals.instruments <= INSTRUMENTS);
    MUST(totals.added - totals.gone == totals.orders);
    MUST(totals.bytes < 1 << 20);
    if (tf_books_verify(books, &fault))
        MUST(strstr(fault.what, "outright") || strstr(fault.what, "implied"));
    uint32_t id;
    for (uint32_t i = 0; (id = tf_books_instrument_at(books, i)); i++) {
        MUST(tf_book_state(books, id) <= TF_BOOK_UNKNOWN);
        check_sides(books, id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum { BATCH = 64 };
    struct tf_books_options options = TF_BOOKS_OPTIONS_INIT;
    options.instruments = 1;
    options.instruments_max = INSTRUMENTS;
    options.orders = 1;
    options.orders_max = ORDERS;
    options.levels_max = LEVELS;
    options.event_per_instrument = length % 2;
    tf_books *books = tf_books_create(&options);
    MUST(books);
    struct tf_tick ticks[BATCH];
    for (size_t at = 0; at + TICK_BYTES <= length;) {
        size_t count = 0;
        for (; count < BATCH && at + TICK_BYTES <= length; at += TICK_BYTES)
            ticks[count++] = tick_of(bytes + at);
        for (size_t done = 0; done < count;) {
            size_t applied = tf_books_apply(books, ticks + done, count - done), changed;
            MUST(applied >= 1 && applied <= count - done);
            const uint32_t *ids = tf_books_changed(books, &changed);
            MUST(changed <= INSTRUMENTS + 1);
            for (size_t i = 0; i < changed; i++)
                MUST(ids[i] != 0 || i == 0);
            done += applied;
        }
        check_books(books);
    }
    tf_books_destroy(books);
    return 0;
}
