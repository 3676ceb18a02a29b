/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iex.h - IEX TOPS 1.6 (quotes), DEEP 1.0 (price levels) and DEEP+ 1.0 (orders) to ticks: the
 * contract.  They come in IEX-TP (iextp.h).
 *
 * Every tick: ts_event = the message's time; ts_recv undefined, the caller's; sequence = low 32
 * bits of the message's number (QUOTE has none); instrument_id by the symbol, from
 * instrument_ids.h.  Prices are the venue's 1e-4 scaled to 1e-9.  What a column does not name is
 * undefined (price, size), N (action, side) or 0.
 *
 * type message            feed  ticks rtype       action, side, order_id, price, size
 * Q    quote              T       1   QUOTE       both sides, TOB; a side of no shares, and both
 *                                                 when not available: undefined price, size 0
 * T    trade report       T D +   1   TRADE       T, trade id
 * B    trade break        T D +   1   TRADE       C, id of the trade to take back, its price, size
 * 8 5  price level          D     1   LEVEL       M; C with size 0: it is gone.  8 side B, 5 side
 *                                                 A; size is the whole of it, not a difference;
 *                                                 orders undefined, place 0; MBP
 * a    add order              +   1   MBO         A; the order
 * M    modify                 +   1   MBO         M; the order with its new price and size
 * R    delete                 +   1   MBO         C with the shares that were left
 * L    executed               +   3   MBO         T aggressor side, trade id ) the message's price
 *                                                 F resting side, order      ) and size
 *                                                 C resting side, order, the order's price, the
 *                                                 shares taken off
 * C    clear book             +   1   MBO         R; all orders of the instrument are gone
 * D    security directory T D +   1   DEFINITION  A, size = round lot, price = adjusted close of
 *                                                 the day before; after define(); text: below
 * H    trading status     T D +   1   STATUS      size = enum tf_status (order acceptance is
 *                                                 QUOTING), text = reason
 * O    operational halt   T D +   1   STATUS      HALT or TRADING, text OPHALT
 * P    short sale test    T D +   1   STATUS      SHORT_SALE_CHANGE, text = 0 or 1, detail letter
 * E    security event       D +   1   STATUS      NONE, text OPENED or CLOSED: the opening or
 *                                                 closing process of the security is complete
 * I    retail liquidity   T D +   1   STATISTICS  text RLI + indicator letter (blank A B C) in the
 *                                                 last place; side B buy, A sell, N both or none
 * X    official price     T D     1   STATISTICS  text OPENPX or CLOSEPX, price
 * S    system event       T D +   1   SYSTEM      size = enum tf_system_event
 * A    auction            T D     6   IMBALANCE   reference price, size = imbalance, its side (B
 *                                                 A, N none), order_id = paired shares; then text
 *                                                 INDIC (size = time of the auction, s since the
 *                                                 epoch), BOOK, COLLREF, COLLLOW, COLLUPR (size =
 *                                                 number of extensions): price; text[7] = type of
 *                                                 the auction
 *
 * Texts are space padded.  A price of 0 in A D X means "none" and becomes undefined.
 * PUBLISHER_SPECIFIC on Q and its like T B and the T of L: outside regular market hours; on M: the
 * order keeps its priority.  Other sale conditions are in no tick.
 *
 * LAST ends the message's ticks, in DEEP not while the instrument's book is in transition: from a
 * level whose event flag is 0 to the next of the same instrument whose flag is 1.  Transitions of
 * several instruments interleave, so LAST speaks of its own instrument.
 *
 * The first message that names a symbol defines it, without lot and class; D defines it with
 * both.  venue_class and the text of D: T test, W when issued, E ETP, each else -, then the LULD
 * tier as a digit.
 *
 * An order that was never added (M R L): the same ticks with MAYBE_BAD_BOOK, side N, undefined
 * price where the order's is meant and, for R, undefined size.  M makes it known from then on, but
 * for its side.  An add whose id is taken: first a C for the old order, then the A, both
 * MAYBE_BAD_BOOK.  More executed than there is: T and F have the message's shares, C what there
 * was.  The order's own instrument wins over the message's.  After a gap what is told about orders
 * from before it is MAYBE_BAD_BOOK until they are modified.
 *
 * Start of messages (S with O) begins a session, also when a publisher was restarted within the
 * day: the orders and transitions from before are over.
 *
 * A message longer than the specification says has grown at its end, as the venue announces that
 * messages may; it is decoded by the fields known here.  Shorter ones, those of unknown type,
 * those without a symbol and those with a code letter, time or price that cannot be are counted
 * and give no tick.
 *
 * counts.trades and traded_volume are of T; printed_volume of T and L.  Breaks are not taken off.
 */
#ifndef TF_IEX_H
#define TF_IEX_H

#include "format.h"

enum { TF_IEX_TICKS_MAX = 6 }; /* an auction has five prices more */

extern const struct tf_decoder_ops tf_iex_tops_ops;
extern const struct tf_decoder_ops tf_iex_deep_ops;
extern const struct tf_decoder_ops tf_iex_deepplus_ops;

extern const struct tf_format tf_format_iex_tops;
extern const struct tf_format tf_format_iex_deep;
extern const struct tf_format tf_format_iex_deepplus;

#endif
