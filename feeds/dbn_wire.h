/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_wire.h - where the fields of Databento Binary Encoding 1 to 3 are: offsets from the start
 * of the record, little endian.  Names are DBN's.
 */
#ifndef TF_DBN_WIRE_H
#define TF_DBN_WIRE_H

/* Lengths in the header are counted in these. */
enum { DBN_WORD = 4, DBN_HEADER = 16, DBN_RECORD_MAX = 255 * DBN_WORD };

/* RecordHeader. */
enum { DBN_LENGTH = 0, DBN_RTYPE = 1, DBN_PUBLISHER = 2, DBN_INSTRUMENT = 4, DBN_TS_EVENT = 8 };

enum dbn_rtype {
    DBN_MBP0 = 0x00, /* trades */
    DBN_MBP1 = 0x01, /* mbp-1, tbbo */
    DBN_MBP10 = 0x0A,
    DBN_OHLCV_OLD = 0x11,
    DBN_STATUS = 0x12,
    DBN_DEFINITION = 0x13,
    DBN_IMBALANCE = 0x14,
    DBN_ERROR = 0x15,
    DBN_SYMBOL_MAPPING = 0x16,
    DBN_SYSTEM = 0x17,
    DBN_STATISTICS = 0x18,
    DBN_OHLCV_1S = 0x20,
    DBN_OHLCV_1M,
    DBN_OHLCV_1H,
    DBN_OHLCV_1D,
    DBN_OHLCV_EOD,
    DBN_MBO = 0xA0,
    DBN_CMBP1 = 0xB1,
    DBN_CBBO_1S = 0xC0,
    DBN_CBBO_1M,
    DBN_TCBBO,
    DBN_BBO_1S,
    DBN_BBO_1M
};

enum dbn_schema {
    DBN_SCHEMA_MBO = 0,
    DBN_SCHEMA_MBP1 = 1,
    DBN_SCHEMA_TBBO = 3,
    DBN_SCHEMA_TRADES = 4,
    DBN_SCHEMA_DEFINITION = 9,
    DBN_SCHEMA_STATISTICS = 10,
    DBN_SCHEMA_STATUS = 11,
    DBN_SCHEMA_TCBBO = 17,
    DBN_SCHEMA_MIXED = 0xFFFF
};
enum dbn_stype { DBN_STYPE_ID = 0, DBN_STYPE_RAW_SYMBOL = 1, DBN_STYPE_MIXED = 0xFF };

/* MboMsg. */
enum {
    DBN_MBO_ORDER = 16,
    DBN_MBO_PRICE = 24,
    DBN_MBO_SIZE = 32,
    DBN_MBO_FLAGS = 36,
    DBN_MBO_CHANNEL = 37,
    DBN_MBO_ACTION = 38,
    DBN_MBO_SIDE = 39,
    DBN_MBO_TS_RECV = 40,
    DBN_MBO_TS_IN_DELTA = 48,
    DBN_MBO_SEQUENCE = 52,
    DBN_MBO_LENGTH = 56
};

/* TradeMsg; Mbp1Msg and its kin go on with levels. */
enum {
    DBN_MBP_PRICE = 16,
    DBN_MBP_SIZE = 24,
    DBN_MBP_ACTION = 28,
    DBN_MBP_SIDE = 29,
    DBN_MBP_FLAGS = 30,
    DBN_MBP_DEPTH = 31,
    DBN_MBP_TS_RECV = 32,
    DBN_MBP_TS_IN_DELTA = 40,
    DBN_MBP_SEQUENCE = 44,
    DBN_TRADE_LENGTH = 48,
    DBN_MBP_LEVELS = 48,
    DBN_MBP1_LENGTH = 80,
    DBN_MBP10_LENGTH = 368,
    DBN_MBP10_LEVELS = 10
};

/* One level, from its own start. */
enum {
    DBN_LEVEL_BID_PX = 0,
    DBN_LEVEL_ASK_PX = 8,
    DBN_LEVEL_BID_SZ = 16,
    DBN_LEVEL_ASK_SZ = 20,
    DBN_LEVEL_BID_CT = 24,
    DBN_LEVEL_ASK_CT = 28,
    DBN_LEVEL_LENGTH = 32
};

enum { DBN_OHLCV_LENGTH = 56 };

/* StatusMsg. */
enum {
    DBN_STATUS_TS_RECV = 16,
    DBN_STATUS_ACTION = 24,
    DBN_STATUS_REASON = 26,
    DBN_STATUS_EVENT = 28,
    DBN_STATUS_IS_TRADING = 30,
    DBN_STATUS_IS_QUOTING = 31,
    DBN_STATUS_IS_SHORT_RESTRICTED = 32,
    DBN_STATUS_LENGTH = 40
};

/* ImbalanceMsg. */
enum {
    DBN_IMBALANCE_TS_RECV = 16,
    DBN_IMBALANCE_REF_PRICE = 24,
    DBN_IMBALANCE_CONT_PRICE = 40,
    DBN_IMBALANCE_AUCT_PRICE = 48,
    DBN_IMBALANCE_PAIRED = 88,
    DBN_IMBALANCE_TOTAL = 92,
    DBN_IMBALANCE_AUCTION_TYPE = 104,
    DBN_IMBALANCE_SIDE = 105,
    DBN_IMBALANCE_SIGNIFICANT = 110,
    DBN_IMBALANCE_LENGTH = 112
};

/* StatMsg: the same up to the price. */
enum {
    DBN_STAT_TS_RECV = 16,
    DBN_STAT_PRICE = 32,
    DBN_STAT_QUANTITY = 40,
    DBN_STAT1_SEQUENCE = 44,
    DBN_STAT1_TYPE = 52,
    DBN_STAT1_UPDATE = 56,
    DBN_STAT1_LENGTH = 64,
    DBN_STAT3_SEQUENCE = 48,
    DBN_STAT3_TYPE = 56,
    DBN_STAT3_UPDATE = 60,
    DBN_STAT3_LENGTH = 80
};

/* SymbolMappingMsg. */
enum {
    DBN_MAP1_IN = 16,
    DBN_MAP1_OUT = 38,
    DBN_MAP1_LENGTH = 80,
    DBN_MAP2_STYPE_IN = 16,
    DBN_MAP2_IN = 17,
    DBN_MAP2_STYPE_OUT = 88,
    DBN_MAP2_OUT = 89,
    DBN_MAP2_START = 160,
    DBN_MAP2_END = 168,
    DBN_MAP2_LENGTH = 176
};

/* ErrorMsg and SystemMsg. */
enum {
    DBN_TEXT = 16,
    DBN_TEXT1_LENGTH = 80,
    DBN_TEXT2_LENGTH = 320,
    DBN_SYSTEM2_CODE = 319,
    DBN_SYSTEM_CODE_UNSET = 255
};

/* InstrumentDefMsg: the same up to the price variation. */
enum {
    DBN_DEF_TS_RECV = 16,
    DBN_DEF_INCREMENT = 24,
    DBN_DEF1_LOT = 148,
    DBN_DEF1_SYMBOL = 200,
    DBN_DEF1_GROUP = 222,
    DBN_DEF1_CLASS = 325,
    DBN_DEF1_UPDATE = 349,
    DBN_DEF1_LENGTH = 360,
    DBN_DEF2_LOT = 156,
    DBN_DEF2_SYMBOL = 200,
    DBN_DEF2_GROUP = 271,
    DBN_DEF2_CLASS = 374,
    DBN_DEF2_UPDATE = 382,
    DBN_DEF2_LENGTH = 400,
    DBN_DEF3_LOT = 168,
    DBN_DEF3_SYMBOL = 238,
    DBN_DEF3_GROUP = 309,
    DBN_DEF3_CLASS = 487,
    DBN_DEF3_UPDATE = 493,
    DBN_DEF3_LENGTH = 520
};

/* Symbols: version 1, then 2 and later. */
enum { DBN_SYMBOL1_LENGTH = 22, DBN_SYMBOL_LENGTH = 71 };

/* The prelude and the metadata block, from the first byte of the file. */
enum {
    DBN_META_VERSION = 3,
    DBN_META_LENGTH = 4,
    DBN_META_PRELUDE = 8, /* what the length does not count */
    DBN_META_SHORTEST = 100,
    DBN_META_DATASET = 8,
    DBN_META_DATASET_LENGTH = 16,
    DBN_META_SCHEMA = 24,
    DBN_META_START = 26,
    DBN_META_END = 34,
    DBN_META_LIMIT = 42,
    DBN_META1_RECORD_COUNT = 50,
    DBN_META1_STYPE_IN = 58, /* then stype_out, ts_out */
    DBN_META1_RESERVED = 61,
    DBN_META2_STYPE_IN = 50,
    DBN_META2_SYMBOL_LENGTH = 53,
    DBN_META2_RESERVED = 55,
    DBN_META_SCHEMA_LENGTH = 108,
    DBN_META_LISTS = 112
};

#endif
