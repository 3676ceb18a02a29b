/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cme_wire.h - where the decoder finds in a message of CME MDP 3.0 what becomes ticks; offsets
 * in a root block or in an entry of a group.  LONG_QTY_SHIFT: in the templates with 64-bit
 * sizes (64 to 69) everything behind the size lies so many bytes further on.
 */
#ifndef TF_CME_WIRE_H
#define TF_CME_WIRE_H

enum {
    CME_LONG_QTY_SHIFT = 4,

    /* 32 46 64: NoMDEntries */
    CME_BOOK_PRICE = 0,
    CME_BOOK_SIZE = 8,
    CME_BOOK_SECURITY = 12,
    CME_BOOK_RPT_SEQ = 16,
    CME_BOOK_ORDERS = 20,
    CME_BOOK_LEVEL = 24,
    CME_BOOK_ACTION = 25,
    CME_BOOK_TYPE = 26,
    /* their NoOrderIDEntries */
    CME_REF_ORDER = 0,
    CME_REF_QUANTITY = 16,
    CME_REF_ENTRY = 20, /* 1: the first of NoMDEntries */
    CME_REF_ACTION = 21,

    /* 43 47: NoMDEntries */
    CME_ORDER_ID = 0,
    CME_ORDER_PRICE = 16,
    CME_ORDER_QUANTITY = 24,
    CME_ORDER_SECURITY = 28,
    CME_ORDER_ACTION = 32,
    CME_ORDER_TYPE = 33,
    /* 44 53 59: NoMDEntries, as above up to the quantity */
    CME_SNAP_ORDER_TYPE = 28,

    /* 42 48: NoMDEntries; 65 has the last three elsewhere */
    CME_TRADE_PRICE = 0,
    CME_TRADE_SIZE = 8,
    CME_TRADE_SECURITY = 12,
    CME_TRADE_RPT_SEQ = 16,
    CME_TRADE_ORDERS = 20,
    CME_TRADE_AGGRESSOR = 24,
    CME_TRADE_ACTION = 25,
    CME_TRADE_ID = 26,
    CME_TRADE_LONG_ID = 28,
    CME_TRADE_LONG_AGGRESSOR = 32,
    CME_TRADE_LONG_ACTION = 33,
    /* 36, as above up to the orders */
    CME_TRADE36_ID = 24,
    CME_TRADE36_AGGRESSOR = 28,
    CME_TRADE36_ACTION = 29,
    /* their NoOrderIDEntries */
    CME_FILL_ORDER = 0,
    CME_FILL_QUANTITY = 8,

    /* 37 66: NoMDEntries */
    CME_VOLUME_SIZE = 0,
    CME_VOLUME_SECURITY = 4,
    CME_VOLUME_RPT_SEQ = 8,
    CME_VOLUME_ACTION = 12,

    /* 33 49: NoMDEntries */
    CME_DAILY_PRICE = 0,
    CME_DAILY_SIZE = 8,
    CME_DAILY_SECURITY = 12,
    CME_DAILY_RPT_SEQ = 16,
    CME_DAILY_SETTLE_TYPE = 22,
    CME_DAILY_ACTION = 23,
    CME_DAILY_TYPE = 24,

    /* 34 50: NoMDEntries */
    CME_LIMIT_HIGH = 0,
    CME_LIMIT_LOW = 8,
    CME_LIMIT_VARIATION = 16,
    CME_LIMIT_SECURITY = 24,
    CME_LIMIT_RPT_SEQ = 28,

    /* 35 51: NoMDEntries */
    CME_SESSION_PRICE = 0,
    CME_SESSION_SECURITY = 8,
    CME_SESSION_RPT_SEQ = 12,
    CME_SESSION_FLAG = 16,
    CME_SESSION_ACTION = 17,
    CME_SESSION_TYPE = 18,
    CME_SESSION_SIZE = 19, /* since version 8 */
    /* 67 */
    CME_SESSION_LONG_SIZE = 8,
    CME_SESSION_LONG_SECURITY = 16,
    CME_SESSION_LONG_RPT_SEQ = 20,
    CME_SESSION_LONG_FLAG = 24,
    CME_SESSION_LONG_ACTION = 25,
    CME_SESSION_LONG_TYPE = 26,

    /* 39: NoRelatedSym */
    CME_QUOTE_SECURITY = 20,
    CME_QUOTE_QUANTITY = 24,
    CME_QUOTE_SIDE = 29,

    /* 30: root */
    CME_STATUS_GROUP = 8,
    CME_STATUS_SECURITY = 20,
    CME_STATUS_STATUS = 27,
    CME_STATUS_REASON = 28,
    CME_STATUS_EVENT = 29,
    /* 60: root, status to event as above */
    CME_WORKUP_PRICE = 8,
    CME_WORKUP_SECURITY = 16,

    /* 38 52 69: root */
    CME_SNAP_SECURITY = 8,
    CME_SNAP_RPT_SEQ = 12,
    CME_SNAP_STATUS = 34,
    CME_SNAP_LIMITS = 35, /* high, low, variation */
    /* 44 53: root */
    CME_SNAP_CHUNKS = 12,
    CME_SNAP_CHUNK = 16, /* 1: the first */
    /* 59 61 68: root */
    CME_TCP_SECURITY = 9,
    CME_TCP_LIMITS = 13, /* 61 68 */

    /* 27 29 41 54 to 58 63: root */
    CME_DEF_UPDATE_ACTION = 5,
    CME_DEF_UPDATE_TIME = 6,
    CME_DEF_SYMBOL = 35, /* 20 bytes */
    CME_DEF_SECURITY = 55,
    CME_DEF_SECURITY_TYPE = 59, /* 6 bytes */
    CME_DEF_CFI = 65            /* 6 bytes */
};

#endif
