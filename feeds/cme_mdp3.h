/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cme_mdp3.h - CME MDP 3.0 (SBE, schema 1, versions 5 to 13 and what they append later) to
 * ticks: the contract.
 *
 * Every tick: ts_event = TransactTime, of a definition LastUpdateTime; ts_recv undefined;
 * sequence = MsgSeqNum of the packet; instrument_id = SecurityID.  Prices are the wire's value
 * at 1e-9 (templates up to 44: 1e-7): DisplayFactor is not applied, so an ES price of 4500.25
 * is 450025, and price_increment in the directory is in the same unit.  What a column does not
 * name is undefined (price, size), N (action, side) or 0.
 *
 * TF_FLAG_LAST: on the last tick of a message that ends an event (MatchEventIndicator 0x80), of
 * a snapshot and of a definition.  A message that ends an event and gives no tick of its own
 * (CME sends empty ones for this) gives one LEVEL, action N, instrument 0.
 *
 * template                  ticks rtype       action, side, fields
 * 32 46 64 book      entry    1   LEVEL       A new, M change and overlay, C delete, size, price,
 *                                             level = orders, place from the best;
 *                                             implied (E F): PUBLISHER_SPECIFIC
 *                                             DeleteFrom: C, no price: the best n of the side,
 *                                             n = level[1]; DeleteThru: R of the side
 *                                             w x: STATISTICS MKTOFFER MKTBID
 *                    reset J  2   LEVEL MBO   R of the instrument's levels and orders
 *                    order    1   MBO         A M C, order, displayed quantity, price and side of
 *                                             the entry it refers to; no priority
 * 43 47 orders       entry    1   MBO         A M C, order; DeleteThru: R of the side; J: R
 * 36 42 48 65 trades entry    1   TRADE       T, side of the aggressor, order_id = MDTradeEntryID
 *                                             (36: TradeID); M corrected, C taken back
 *                    order    1   MBO         F at the price of its entry: the orders stand in
 *                                             turn of the entries, NumberOfOrders of each, first
 *                                             the aggressor's (its side), then those it met; none
 *                                             where the numbers do not add up and there are
 *                                             several entries; order 0: the venue hides it
 * 37 66 volume       entry    1   STATISTICS  VOLUME, size = of the session so far
 * 33 49 daily        entry    1   STATISTICS  SETTLE + F final, P preliminary + A actual, T
 *                                             theoretical; CLEARVOL OPENINT FIXING
 * 35 51 67 session   entry    1   STATISTICS  OPEN INDOPEN HIGH LOW VWAP HIGHBID LOWOFFER
 *                                             REPO0830 REPO1000 REPOPREV
 * 34 50 limits       entry  0-3   STATISTICS  LIMITHI LIMITLO MAXVAR, those that are not null
 * 39 quote request   entry    1   STATISTICS  RFQ, side, size
 * 38 52 61 68 69 snapshot     *   LEVEL       R, then A as 46; other entries STATISTICS as above,
 *                                             LASTTRD for a trade; limits as 50; STATUS: all
 *                                             with TF_FLAG_SNAPSHOT
 * 44 53 59 orders    snapshot *   MBO         R (first chunk), then A; LAST on the last chunk
 * 30 60 status                1   STATUS      size = enum tf_status; text = security group (60:
 *                                             WORKUP), HaltReason and event as digits;
 *                                             instrument 0: of the whole group
 * 27 29 41 54-58 63           1   DEFINITION  A new, M changed, C deleted; size = MinTradeVol,
 *                                             text = SecurityType; after define(), unless C
 * 4  channel reset            2   LEVEL MBO   R, instrument 0: of all.  The message does not list
 *                                             the channel's own, so in a stream of several
 *                                             channels the others' books are cleared too
 * 12 15 16 62, TCP 206-210    0               heartbeat, log-in and -out, collateral prices (they
 *                                             name no instrument); session messages
 *
 * venue_class = CFICode.  Actions of statistics are those of MDUpdateAction: A new, M, C.
 *
 * TF_FLAG_MAYBE_BAD_BOOK: on the levels of an instrument from a jump in its RptSeq on, until a
 * snapshot of its levels that is as new, or a reset; on its orders until a snapshot of those, or
 * a reset.  Templates 43 and 47 have no RptSeq: there a loss on the channel makes all orders
 * doubtful.  A snapshot older than the last update (RptSeq) would undo it and gives no tick.
 *
 * A message is walked before anything is decoded: by MsgSize, and in it by the wire's
 * blockLength and group headers.  Where those contradict each other it is counted as of bad
 * length and gives no tick; trailing bytes are padding.  Of a message that is whole, an entry
 * with a code, quantity (negative) or SecurityID (0) that cannot be is counted as a bad field
 * and left out.  Quantities beyond 2^32-2 become that and are counted.  Other schemas and
 * templates are counted as unknown.
 *
 * messages_by_type is by template id; from 255 on all are "other" there.
 */
#ifndef TF_CME_MDP3_H
#define TF_CME_MDP3_H

#include "format.h"

/* 255 entries of limits with three each, of resets with two and 255 orders. */
enum { TF_CME_MDP3_TICKS_MAX = 3 * 255 + 1 };

extern const struct tf_decoder_ops tf_cme_mdp3_ops;

/* In captures and on the wire: UDP, and the TCP services. */
extern const struct tf_format tf_format_cme_mdp3;

#endif
