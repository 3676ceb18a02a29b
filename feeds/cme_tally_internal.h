/* SPDX-License-Identifier: Apache-2.0 */
/* cme_tally_internal.h - what counting and reporting share; nobody else includes it. */
#ifndef TF_CME_TALLY_INTERNAL_H
#define TF_CME_TALLY_INTERNAL_H

#include "cme_instruments.h"
#include "cme_tally.h"

enum {
    TALLY_HEADERS = 1024, /* different message headers; beyond them: the last */
    TALLY_KINDS = 4096, /* slots for entries by template, action and type; half full at most */
    TALLY_BLOCKS = 512, /* blocks by template, group and blockLength */
    TALLY_SYMBOLS = 1 << 20,
    TALLY_SYMBOL = 24 /* bytes of one, NUL padded */
};

struct tf_cme_sum {
    uint64_t n, null;
    __int128 sum;
};

/* The root block of a template, or a group of it that came with one blockLength. */
struct tf_cme_block {
    const struct tf_cme_layout *layout;
    const struct tf_cme_group *group; /* NULL: root */
    struct tf_cme_sum *sums;          /* one for each field */
    uint64_t count;
    uint16_t template_id, block_length;
};

struct tf_cme_counted {
    uint64_t key, count;
};

struct tf_cme_tally {
    unsigned arena;
    uint64_t unknown;                             /* session messages of the TCP services too */
    uint32_t crc;                                 /* of all messages, MsgSize included */
    struct tf_cme_counted headers[TALLY_HEADERS]; /* the eight bytes behind MsgSize */
    uint32_t header_count;
    uint64_t first_sending, last_sending;
    uint64_t first_transact, last_transact, min_transact, max_transact;
    uint64_t indicators[256];
    struct tf_cme_counted kinds[TALLY_KINDS]; /* key: KIND_... ; 0: free */
    uint32_t kind_count;
    struct tf_cme_block blocks[TALLY_BLOCKS];
    uint32_t block_count;
    struct tf_cme_instruments instruments; /* all that messages name */
    struct tf_cme_instruments updated;     /* all with an RptSeq */
    uint64_t updates, missing;
    uint64_t trades, aggressors[256], fills, levels;
    bool trade_orders_said;
    __int128 trade_size, trade_price, trade_turnover, trade_orders, fill_size;
    __int128 level_price, level_size;
    char (*symbols)[TALLY_SYMBOL];
    uint32_t symbol_count, symbol_room;
};

/* A key of `kinds`: never 0. */
static inline uint64_t tf_cme_kind_key(uint16_t template_id, int action, uint8_t type)
{
    return (uint64_t)template_id << 20 | (uint64_t)(uint16_t)(action + 1) << 8 | type;
}

#endif
