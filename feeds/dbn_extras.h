/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_extras.h - what is left of a DBN trade when its tick is full, in TRADE.order_id.
 *
 *   bits 0-31 ts_in_delta, 32-39 depth, 40-55 publisher_id, 56-63 0xD8 and marks
 *
 * Such a number is no trade number: DBN's trades have none.
 */
#ifndef TF_DBN_EXTRAS_H
#define TF_DBN_EXTRAS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TF_DBN_TRADE_QUOTE = 1,      /* the QUOTE that follows is of the same record */
    TF_DBN_TRADE_LAST_ADDED = 2, /* a record of trades had no LAST */
    TF_DBN_TRADE_MARKS = 3,
    TF_DBN_TRADE_MARK = 0xD8
};

static inline uint64_t tf_dbn_extras(unsigned marks, uint16_t publisher_id, uint8_t depth,
                                     uint32_t ts_in_delta)
{
    return (uint64_t)(TF_DBN_TRADE_MARK | marks) << 56 | (uint64_t)publisher_id << 40 |
           (uint64_t)depth << 32 | ts_in_delta;
}

static inline bool tf_dbn_is_extras(uint64_t order_id)
{
    return (order_id >> 56 & ~(uint64_t)TF_DBN_TRADE_MARKS) == TF_DBN_TRADE_MARK;
}

static inline unsigned tf_dbn_extras_marks(uint64_t extras)
{
    return extras >> 56 & TF_DBN_TRADE_MARKS;
}

static inline uint16_t tf_dbn_extras_publisher(uint64_t extras)
{
    return (uint16_t)(extras >> 40);
}

static inline uint8_t tf_dbn_extras_depth(uint64_t extras)
{
    return (uint8_t)(extras >> 32);
}

static inline uint32_t tf_dbn_extras_delta(uint64_t extras)
{
    return (uint32_t)extras;
}

#endif
