/* SPDX-License-Identifier: Apache-2.0 */
/* dbn_tally_internal.h - what is counted; for the two files of the tally alone. */
#ifndef TF_DBN_TALLY_INTERNAL_H
#define TF_DBN_TALLY_INTERNAL_H

#include "bytes.h"
#include "dbn_fields.h"
#include "dbn_tally.h"
#include "dbn_wire.h"

enum {
    TF_DBN_TALLY_SHAPES_MAX = 32,
    TF_DBN_TALLY_FIELDS_MAX = 80,
    TF_DBN_TALLY_SAMPLE = 20,
};
enum { TF_DBN_TALLY_FIRST_BYTES = 128 };

/* Fields that more is asked of than their sum; -1: the shape has none. */
struct tf_dbn_tally_special {
    int action, side, flags, ts_recv, sequence, price, size, volume, close, raw_symbol;
};

struct tf_dbn_tally_shape {
    struct tf_dbn_field fields[TF_DBN_TALLY_FIELDS_MAX];
    unsigned count;
    struct tf_dbn_tally_special special;
    __int128 sums[TF_DBN_TALLY_FIELDS_MAX];
    uint64_t defined[TF_DBN_TALLY_FIELDS_MAX], undefined[TF_DBN_TALLY_FIELDS_MAX];
};

/* Distinct 64-bit values but 0; open addressing, at most half full. */
struct tf_dbn_tally_set {
    uint64_t *slots;
    uint64_t mask, count;
};

struct tf_dbn_tally_range {
    uint64_t first, last, min, max, backward;
    bool any;
};

struct tf_dbn_tally_totals {
    uint64_t trades, fills;
    __int128 trade_volume, trade_prices, trade_notional, fill_volume, volume, closes;
    bool has_bars;
};

/* All that clear() makes zero. */
struct tf_dbn_tally_counts {
    uint64_t records;
    uint64_t by_length[256][256]; /* rtype, length byte */
    struct tf_dbn_tally_range ts_event, ts_recv, sequence;
    bool publishers[UINT16_MAX + 1];
    uint64_t actions[256], action_sides[256][256], flags[256];
    struct tf_dbn_tally_totals totals;
    uint32_t ids[TF_DBN_TALLY_SAMPLE];                        /* the smallest, ascending */
    char symbols[TF_DBN_TALLY_SAMPLE][DBN_SYMBOL_LENGTH + 1]; /* the same */
    uint32_t ids_count, symbols_count;
    uint32_t crc;
    uint8_t first[TF_DBN_TALLY_FIRST_BYTES]; /* of the first record, */
    uint32_t first_length;                   /* which has so many bytes */
    uint8_t version; /* that the records' lengths speak for; 0: none does */
};

struct tf_dbn_tally {
    struct tf_dbn_tally_shape shapes[TF_DBN_TALLY_SHAPES_MAX];
    struct tf_dbn_tally_set id_set, symbol_set;
    struct tf_dbn_tally_counts counts;
};

#endif
