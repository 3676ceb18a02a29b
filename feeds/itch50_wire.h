/* SPDX-License-Identifier: Apache-2.0 */
/*
 * itch50_wire.h - where the fields of a Nasdaq TotalView-ITCH 5.0 message are: offsets and
 * lengths in bytes, integers big endian, text space padded.  Decoder and generator share it.
 */
#ifndef TF_ITCH50_WIRE_H
#define TF_ITCH50_WIRE_H

#include <stdint.h>

/* Every message begins so.  Offset 3 read as 64 bits has the tracking number on top of the
 * time. */
enum {
    ITCH_TYPE = 0,
    ITCH_LOCATE = 1,
    ITCH_TRACKING = 3,
    ITCH_TIME = 5,
    ITCH_HEADER_LENGTH = 11
};

/* S */
enum { ITCH_SYSTEM_EVENT = 11 };
/* R */
enum {
    ITCH_DIR_STOCK = 11,
    ITCH_DIR_CATEGORY = 19,
    ITCH_DIR_FINANCIAL = 20,
    ITCH_DIR_LOT = 21,
    ITCH_DIR_LOTS_ONLY = 25,
    ITCH_DIR_CLASS = 26,
    ITCH_DIR_SUBTYPE = 27,
    ITCH_DIR_AUTHENTIC = 29,
    ITCH_DIR_THRESHOLD = 30,
    ITCH_DIR_IPO = 31,
    ITCH_DIR_LULD_TIER = 32,
    ITCH_DIR_ETP = 33,
    ITCH_DIR_LEVERAGE = 34,
    ITCH_DIR_INVERSE = 38
};
/* H */
enum { ITCH_HALT_STOCK = 11, ITCH_HALT_STATE = 19, ITCH_HALT_REASON = 21 };
/* Y */
enum { ITCH_SHO_STOCK = 11, ITCH_SHO_ACTION = 19 };
/* L */
enum {
    ITCH_MPID = 11,
    ITCH_MP_STOCK = 15,
    ITCH_MP_PRIMARY = 23,
    ITCH_MP_MODE = 24,
    ITCH_MP_STATE = 25
};
/* V */
enum { ITCH_MWCB_LEVEL1 = 11, ITCH_MWCB_LEVEL2 = 19, ITCH_MWCB_LEVEL3 = 27 };
/* W */
enum { ITCH_MWCB_BREACHED = 11 };
/* K */
enum { ITCH_IPO_STOCK = 11, ITCH_IPO_TIME = 19, ITCH_IPO_QUALIFIER = 23, ITCH_IPO_PRICE = 24 };
/* J */
enum {
    ITCH_COLLAR_STOCK = 11,
    ITCH_COLLAR_REFERENCE = 19,
    ITCH_COLLAR_UPPER = 23,
    ITCH_COLLAR_LOWER = 27,
    ITCH_COLLAR_EXTENSION = 31
};
/* h */
enum { ITCH_OP_STOCK = 11, ITCH_OP_MARKET = 19, ITCH_OP_ACTION = 20 };
/* A F */
enum {
    ITCH_ADD_REF = 11,
    ITCH_ADD_SIDE = 19,
    ITCH_ADD_SHARES = 20,
    ITCH_ADD_STOCK = 24,
    ITCH_ADD_PRICE = 32,
    ITCH_ADD_MPID = 36
};
/* E C */
enum {
    ITCH_EXEC_REF = 11,
    ITCH_EXEC_SHARES = 19,
    ITCH_EXEC_MATCH = 23,
    ITCH_EXEC_PRINTABLE = 31,
    ITCH_EXEC_PRICE = 32
};
/* X */
enum { ITCH_CANCEL_REF = 11, ITCH_CANCEL_SHARES = 19 };
/* D */
enum { ITCH_DELETE_REF = 11 };
/* U */
enum {
    ITCH_REPLACE_REF = 11,
    ITCH_REPLACE_NEW_REF = 19,
    ITCH_REPLACE_SHARES = 27,
    ITCH_REPLACE_PRICE = 31
};
/* P */
enum {
    ITCH_TRADE_REF = 11,
    ITCH_TRADE_SIDE = 19,
    ITCH_TRADE_SHARES = 20,
    ITCH_TRADE_STOCK = 24,
    ITCH_TRADE_PRICE = 32,
    ITCH_TRADE_MATCH = 36
};
/* Q */
enum {
    ITCH_CROSS_SHARES = 11,
    ITCH_CROSS_STOCK = 19,
    ITCH_CROSS_PRICE = 27,
    ITCH_CROSS_MATCH = 31,
    ITCH_CROSS_TYPE = 39
};
/* B */
enum { ITCH_BROKEN_MATCH = 11 };
/* I */
enum {
    ITCH_NOII_PAIRED = 11,
    ITCH_NOII_IMBALANCE = 19,
    ITCH_NOII_DIRECTION = 27,
    ITCH_NOII_STOCK = 28,
    ITCH_NOII_FAR = 36,
    ITCH_NOII_NEAR = 40,
    ITCH_NOII_REFERENCE = 44,
    ITCH_NOII_CROSS = 48,
    ITCH_NOII_VARIATION = 49
};
/* N */
enum { ITCH_RPII_STOCK = 11, ITCH_RPII_INTEREST = 19 };
/* O */
enum {
    ITCH_DLCR_STOCK = 11,
    ITCH_DLCR_ELIGIBLE = 19,
    ITCH_DLCR_MIN = 20,
    ITCH_DLCR_MAX = 24,
    ITCH_DLCR_NEAR = 28,
    ITCH_DLCR_NEAR_TIME = 32,
    ITCH_DLCR_LOWER = 40,
    ITCH_DLCR_UPPER = 44
};

/* By type byte; length 0: no such type; stock 0: the message names no stock. */
struct tf_itch50_shape {
    uint8_t length;
    uint8_t stock;
};
extern const struct tf_itch50_shape tf_itch50_shapes[256];

#endif
