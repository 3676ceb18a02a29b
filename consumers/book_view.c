/* SPDX-License-Identifier: Apache-2.0 */
/* Books as people look at them. */
#include "book_run.h"

#include "tick_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

static void print_level(const struct tf_book_level *level, bool is_there, bool is_ask)
{
    char price[32] = "", size[24] = "", orders[16] = "";
    if (is_there) {
        tf_format_price(price, sizeof price, level->price);
        snprintf(size, sizeof size, "%" PRIu64, level->size);
        if (level->orders != TF_UNDEF_SIZE)
            snprintf(orders, sizeof orders, "%" PRIu32, level->orders);
        if (!price[0])
            strcpy(price, "?");
    }
    if (is_ask)
        printf("%-12s %10s %6s", price, size, orders);
    else
        printf("%6s %10s %12s", orders, size, price);
}

static void print_book(const struct tf_book_run *run, uint32_t id, const char *symbol)
{
    static struct tf_book_level bids[DEPTH_MAX], asks[DEPTH_MAX];
    uint32_t depth = run->depth < DEPTH_MAX ? run->depth : DEPTH_MAX;
    uint32_t bid_count = tf_book_levels(run->books, id, TF_LADDER_BEST, 'B', bids, depth);
    uint32_t ask_count = tf_book_levels(run->books, id, TF_LADDER_BEST, 'A', asks, depth);
    printf("%s  %s\n%6s %10s %12s   %-12s %10s %6s\n", symbol,
           id ? tf_book_state_name(tf_book_state(run->books, id)) : "not defined yet", "orders",
           "size", "bid", "ask", "size", "orders");
    for (uint32_t i = 0; i < bid_count || i < ask_count; i++) {
        print_level(&bids[i], i < bid_count, false);
        fputs("   ", stdout);
        print_level(&asks[i], i < ask_count, true);
        putchar('\n');
    }
    putchar('\n');
}

void tf_book_view(const struct tf_book_run *run, bool to_terminal)
{
    if (to_terminal)
        fputs("\033[H\033[J", stdout);
    for (uint32_t i = 0; i < run->symbol_count; i++) {
        struct tf_instrument instrument = {.instrument_id = 0};
        if (run->reader)
            tf_instrument_by_symbol(run->reader, run->symbols[i], &instrument);
        print_book(run, instrument.instrument_id, run->symbols[i]);
    }
    fflush(stdout);
}
