/* SPDX-License-Identifier: Apache-2.0 */
/* iex_tally_internal.h - what counting and reporting share; nobody else includes it. */
#ifndef TF_IEX_TALLY_INTERNAL_H
#define TF_IEX_TALLY_INTERNAL_H

#include "iex_tally.h"

enum { LENGTHS_KEPT = 16, EVENTS_KEPT = 4096, SHORT_DETAILS = 256 };
enum { FIRST_MESSAGES = 5, FIRST_BYTES = 256 };

struct length_count {
    uint32_t length;
    uint64_t count;
};

/* Of one type. */
struct lengths_seen {
    struct length_count kept[LENGTHS_KEPT];
    uint32_t distinct;
    uint64_t others;
};

struct quote_sums {
    __int128 bid_size, bid_price, ask_price, ask_size;
    uint64_t zero_both, crossed_or_locked;
};

/* T, B, L and each side of 8 and 5. */
struct size_price_sums {
    uint64_t count, zero; /* messages; of size 0 */
    __int128 size, price, notional, id;
};

struct first_message {
    uint8_t bytes[FIRST_BYTES];
    uint32_t length; /* at most FIRST_BYTES */
};

struct system_event {
    uint8_t letter;
    uint64_t ts;
};

/* By instrument id. */
struct symbol_tally {
    uint64_t name; /* as on the wire; 0: not seen */
    uint64_t volume;
    uint32_t first_trade; /* 1: it was the first symbol with a trade; 0: none yet */
};

struct tf_iex_tally {
    const uint8_t *lengths;
    unsigned arena;
    struct symbol_tally *symbols;
    uint32_t room;
    struct wiped { /* all that clear() zeroes at once */
        struct lengths_seen lengths_seen[256];
        struct first_message first[FIRST_MESSAGES];
        uint32_t first_count;
        uint32_t crc; /* of all messages, each behind its length, u16 little endian */
        uint64_t first_ts, last_ts, min_ts, max_ts, backward, timed;
        uint64_t messages[256];                   /* that were long enough */
        uint64_t flags[256][256];                 /* by type, by its byte 1 */
        uint64_t short_details[2][SHORT_DETAILS]; /* P: by byte 1, by detail */
        uint64_t short_others;                    /* P: byte 1 neither 0 nor 1 */
        struct quote_sums quotes;
        struct size_price_sums trades, breaks, executions, buys, sells;
        __int128 lots, closes, officials;
        struct system_event events[EVENTS_KEPT];
        uint64_t events_seen;
        uint32_t distinct, traded;
        bool symbols_lost; /* no memory for another */
    } w;
};

#endif
