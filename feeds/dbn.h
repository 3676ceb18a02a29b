/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn.h - Databento Binary Encoding 1, 2 and 3 to ticks: the contract.
 *
 * A file is a metadata block and records; a fragment is records alone.  Prices, times, letters,
 * flags and undefined values are the tick's own, so what both have goes through as it is, and
 * undefined stays undefined.  ts_event and ts_recv are the record's.  The last tick of a record
 * has the record's flags; those before it have them without TF_FLAG_LAST.  Records without flags
 * have TF_FLAG_LAST.
 *
 * record            ticks rtype       what is not named as in the record
 * mbo                 1   MBO         as it is; with the flag MBP: LEVEL, order_id = level[]
 * trades              1   TRADE       LAST is set; order_id = what a tick has no place for, below
 * mbp-1 tbbo          1-2 TRADE       only of action T with a price: as of trades, without LAST
 *                         QUOTE       bid_px ask_px bid_sz ask_sz, action, side; LAST set in tbbo
 * cmbp-1 tcbbo        1-2 the same    LAST set in tcbbo
 * bbo cbbo            1   QUOTE       action N; LAST is set
 * mbp-10              2-23 the same, then LEVEL: R, and an A for each level that has a price;
 *                         bids first, level[] = orders and place 1 to 10
 * status              1   STATUS      size = action; text = is_trading, is_quoting,
 *                                     is_short_sell_restricted, reason in decimal; sequence =
 *                                     trading_event
 * definition          1   DEFINITION  after define(); action A M C (deleted); size = round lot;
 *                                     text = instrument class
 * imbalance           3   IMBALANCE   ref_price, size = total_imbalance_qty, order_id =
 *                                     paired_qty; then cont_book_clr_price and
 *                                     auct_interest_clr_price, text NEAR and FAR, text[6] =
 *                                     auction_type, text[7] = significant_imbalance; a price of
 *                                     0 means none and becomes undefined
 * statistics          1   STATISTICS  price, size = quantity, text = "STAT" and the number of the
 *                                     statistic; action A, C when it is taken back
 * symbol mapping      0               define(), where the name is new
 * system              0-1             what dbn_carry.h put there; else none
 * ohlcv error         0               counted
 *
 * define(): once for each instrument_id, before its first tick, with the name that the metadata
 * or a mapping gives to it, unless its own first record is a definition; a name that changes
 * later is not told, since a stream has one directory.  venue_class = instrument class (none
 * known: nothing), '@', publisher_id of the instrument's first record.
 *
 * What a tick of 64 bytes cannot hold of a record, and is lost: of mbo channel_id and
 * ts_in_delta, and publisher_id where it is not that of the instrument's first record; of mbp-1
 * and its kin the counts, publishers and, unless the action is T, price, size, depth, sequence
 * and ts_in_delta; of tbbo that LAST was not set; of the rest what the table does not name.  A
 * TRADE's order_id holds what is left of its record (dbn_extras.h), so that nothing of trades is
 * lost, and of a T of mbp-1 nothing but its counts.
 *
 * In files that Tickfan wrote (dbn_encode.h) every tick comes back as it was.
 *
 * Messages: the metadata block comes first, in pieces of up to 32 KiB, on channel 1; it is no
 * message of its own (type_of -1).  A record of unknown rtype is skipped by its length, one of
 * a known rtype and another length is counted and skipped.  A length below 16 ends the input:
 * nothing behind it can be trusted.  "DBN" where a record would begin starts another file, so
 * files may be put together with cat.
 */
#ifndef TF_DBN_H
#define TF_DBN_H

#include "format.h"

enum {
    TF_DBN_TICKS_MAX = 23,    /* mbp-10: trade, quote, clear, twenty levels */
    TF_DBN_PIECE = 32 * 1024, /* of the metadata */
    TF_DBN_METADATA_MAX =
        64 * 1024 * 1024 /* of longer blocks what is behind is not looked at */
};

extern const struct tf_framing_ops tf_dbn_framing;
extern const struct tf_decoder_ops tf_dbn_ops;
extern const struct tf_format tf_format_dbn;

#endif
