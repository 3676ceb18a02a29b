/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iex_wire.h - where the fields of TOPS 1.6, DEEP 1.0 and DEEP+ 1.0 messages are: offsets in
 * bytes, integers little endian, text space padded.  Prices are signed 64-bit, 1e-4; times signed
 * 64-bit, ns since the epoch.
 */
#ifndef TF_IEX_WIRE_H
#define TF_IEX_WIRE_H

/* Every message begins so; S ends before the symbol. */
enum { IEX_TYPE = 0, IEX_FLAGS = 1, IEX_TIME = 2, IEX_SYMBOL = 10 };

/* What some messages have in IEX_FLAGS. */
enum { IEX_QUOTE_NOT_AVAILABLE = 0x80, IEX_QUOTE_EXTENDED_HOURS = 0x40 };
enum { IEX_SALE_EXTENDED_HOURS = 0x40 };
enum { IEX_LEVEL_COMPLETE = 0x01 };
enum { IEX_MODIFY_KEEPS_PRIORITY = 0x01 };
enum { IEX_DIR_TEST = 0x80, IEX_DIR_WHEN_ISSUED = 0x40, IEX_DIR_ETP = 0x20 };

/* D */
enum { IEX_DIR_LOT = 18, IEX_DIR_CLOSE = 22, IEX_DIR_LULD_TIER = 30, IEX_DIR_LENGTH = 31 };
/* H */
enum { IEX_HALT_REASON = 18, IEX_HALT_LENGTH = 22 };
/* P */
enum { IEX_SHORT_DETAIL = 18, IEX_SHORT_LENGTH = 19 };
/* S; I O E C, which have no more than a symbol */
enum { IEX_SYSTEM_LENGTH = 10, IEX_PLAIN_LENGTH = 18 };
/* Q */
enum {
    IEX_QUOTE_BID_SIZE = 18,
    IEX_QUOTE_BID = 22,
    IEX_QUOTE_ASK = 30,
    IEX_QUOTE_ASK_SIZE = 38,
    IEX_QUOTE_LENGTH = 42
};
/* T B */
enum { IEX_TRADE_SIZE = 18, IEX_TRADE_PRICE = 22, IEX_TRADE_ID = 30, IEX_TRADE_LENGTH = 38 };
/* X */
enum { IEX_OFFICIAL_PRICE = 18, IEX_OFFICIAL_LENGTH = 26 };
/* A */
enum {
    IEX_AUCTION_PAIRED = 18,
    IEX_AUCTION_REFERENCE = 22,
    IEX_AUCTION_INDICATIVE = 30,
    IEX_AUCTION_IMBALANCE = 38,
    IEX_AUCTION_SIDE = 42,
    IEX_AUCTION_EXTENSION = 43,
    IEX_AUCTION_TIME = 44,
    IEX_AUCTION_BOOK = 48,
    IEX_AUCTION_COLLAR = 56,
    IEX_AUCTION_LOWER = 64,
    IEX_AUCTION_UPPER = 72,
    IEX_AUCTION_LENGTH = 80
};
/* 8 5 */
enum { IEX_LEVEL_SIZE = 18, IEX_LEVEL_PRICE = 22, IEX_LEVEL_LENGTH = 30 };
/* a M */
enum { IEX_ORDER_ID = 18, IEX_ORDER_SIZE = 26, IEX_ORDER_PRICE = 30, IEX_ORDER_LENGTH = 38 };
/* R has the order's id alone */
enum { IEX_DELETE_LENGTH = 26 };
/* L: as a and M, then */
enum { IEX_EXEC_TRADE_ID = 38, IEX_EXEC_LENGTH = 46 };

#endif
