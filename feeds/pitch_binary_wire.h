/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_binary_wire.h - types, lengths and byte offsets of binary PITCH, little endian (Cboe
 * Multicast PITCH 2.41, "Message Formats").
 *
 * A length here is the least that holds every field that is used: the products add fields behind
 * them (options, complex) or leave out the flags at the end (futures).
 */
#ifndef TF_PITCH_BINARY_WIRE_H
#define TF_PITCH_BINARY_WIRE_H

/* Begin every message; all but Time have the ns behind the unit's second next. */
enum { PITCH_LENGTH = 0, PITCH_TYPE = 1, PITCH_OFFSET = 2, PITCH_ID = 6 };

enum {
    PITCH_TIME = 0x20, /* seconds u32 @2 */
    PITCH_ADD_LONG = 0x21,
    PITCH_ADD_SHORT = 0x22,
    PITCH_EXECUTED = 0x23,
    PITCH_EXECUTED_AT = 0x24,
    PITCH_REDUCE_LONG = 0x25,
    PITCH_REDUCE_SHORT = 0x26,
    PITCH_MODIFY_LONG = 0x27,
    PITCH_MODIFY_SHORT = 0x28,
    PITCH_DELETE = 0x29,
    PITCH_TRADE_LONG = 0x2A,
    PITCH_TRADE_SHORT = 0x2B,
    PITCH_BREAK = 0x2C,
    PITCH_END = 0x2D,
    PITCH_ADD_EXPANDED = 0x2F,
    PITCH_TRADE_EXPANDED = 0x30,
    PITCH_STATUS = 0x31,
    PITCH_CLEAR = 0x97,
};
enum { PITCH_NO_TYPE = 0 };

enum { PITCH_TIME_SECONDS = 2, PITCH_TIME_LEAST = 6 };
enum { PITCH_BARE_LEAST = 6 }; /* clear, end: a time alone */

/* Adds and trades: side @14, shares @15, u32 or u16; then the rest moves. */
enum { PITCH_SIDE = 14, PITCH_SHARES = 15 };
enum { PITCH_LONG_SYMBOL = 19, PITCH_LONG_PRICE = 25, PITCH_LONG_EXECUTION = 33 };
enum { PITCH_SHORT_SYMBOL = 17, PITCH_SHORT_PRICE = 23, PITCH_SHORT_EXECUTION = 25 };
enum { PITCH_EXPANDED_SYMBOL = 19, PITCH_EXPANDED_PRICE = 27, PITCH_EXPANDED_EXECUTION = 35 };
enum { PITCH_ADD_LONG_LEAST = 33, PITCH_ADD_SHORT_LEAST = 25, PITCH_ADD_EXPANDED_LEAST = 35 };
enum {
    PITCH_TRADE_LONG_LEAST = 41,
    PITCH_TRADE_SHORT_LEAST = 33,
    PITCH_TRADE_EXPANDED_LEAST = 43
};

enum { PITCH_EXEC_SHARES = 14, PITCH_EXEC_EXECUTION = 18, PITCH_EXEC_LEAST = 26 };
enum {
    PITCH_EXEC_AT_REMAINING = 18,
    PITCH_EXEC_AT_EXECUTION = 22,
    PITCH_EXEC_AT_PRICE = 30,
    PITCH_EXEC_AT_LEAST = 38
};
enum { PITCH_REDUCE_SHARES = 14, PITCH_REDUCE_LONG_LEAST = 18, PITCH_REDUCE_SHORT_LEAST = 16 };
enum {
    PITCH_MODIFY_SHARES = 14,
    PITCH_MODIFY_LONG_PRICE = 18,
    PITCH_MODIFY_LONG_LEAST = 26,
    PITCH_MODIFY_SHORT_PRICE = 16,
    PITCH_MODIFY_SHORT_LEAST = 18
};
enum { PITCH_DELETE_LEAST = 14, PITCH_BREAK_LEAST = 14 };
enum {
    PITCH_STATUS_SYMBOL = 6,
    PITCH_STATUS_STATE = 14,
    PITCH_STATUS_SHORT_SALE = 15,
    PITCH_STATUS_LEAST = 16
};

#endif
