/* SPDX-License-Identifier: Apache-2.0 */
/*
 * itch50.h - Nasdaq TotalView-ITCH 5.0 (also BX and PSX) to ticks: the contract.
 *
 * Every tick: ts_event = midnight + the message's time; ts_recv undefined (BinaryFILE has
 * none); sequence = low 32 bits of the message's number in the session, from 1; instrument_id =
 * stock locate.  Prices are the venue's 1e-4 (V: 1e-8) scaled to 1e-9.  The message's last tick
 * has TF_FLAG_LAST.  What a column does not name is undefined (price, size), N (action, side)
 * or 0.
 *
 * type message            ticks rtype       action, side, order_id, price, size
 * A F  add order            1    MBO         A; the order.  The MPID of F is not in the tick
 * E    executed             3    MBO         T aggressor side, match number, shares
 *                                            F resting side, order, shares
 *                                            C resting side, order, the shares taken off;
 *                                            all three at the order's price
 * C    executed with price  3|2  MBO         as E, but T and F at the message's price;
 *                                            no T when not printable: it is no volume
 * X    cancel               1    MBO         C with the shares cancelled
 * D    delete               1    MBO         C with the shares that were left
 * U    replace              2    MBO         C old reference, shares left, old price;
 *                                            A new reference
 * P    trade, not displayed 1    MBO         T, side N (the venue's is always B), match number
 * Q    cross trade          1    MBO         T, side N, match number
 * B    broken trade         1    TRADE       C, order_id = the match number to take back
 * R    stock directory      1    DEFINITION  A, size = round lot; after define(); text: below
 * H    trading action       1    STATUS      size = enum tf_status, text = reason
 * h    operational halt     1    STATUS      HALT or TRADING, text = "OPHALT " + market letter
 * Y    Reg SHO              1    STATUS      SHORT_SALE_CHANGE, text = action letter 0 1 2
 * S    system event         1    SYSTEM      size = enum tf_system_event
 * W    circuit breaker hit  1    SYSTEM      CIRCUIT_BREAKER, order_id = level 1 to 3
 * V    breaker levels       3    STATISTICS  text MWCB1 MWCB2 MWCB3, price
 * K    IPO quoting period   1    STATISTICS  text IPO, action A anticipated, C cancelled,
 *                                            price, size = release time, s since midnight
 * J    LULD auction collar  3    STATISTICS  text LULDREF LULDUPPR LULDLOWR, price,
 *                                            size = number of the extension
 * L    participant position 1    STATISTICS  text = MPID, '/', primary (Y N), mode, state
 * N    retail interest      1    STATISTICS  text RPII + interest letter in the last place;
 *                                            side B bid, A ask, N both or none
 * O    direct listing       5    STATISTICS  text DLCRMIN DLCRMAX DLCRNEAR DLCRLOWR DLCRUPPR,
 *                                            price; size of MIN and MAX = open eligibility 0 1,
 *                                            of NEAR = near execution time, s since midnight
 * I    NOII                 3    IMBALANCE   reference price, size = imbalance, its side (B A,
 *                                            N: none or not enough orders), order_id = paired
 *                                            shares; then near and far price, size undefined,
 *                                            text "NEAR" or "FAR", text[6] = cross type,
 *                                            text[7] = price variation
 *
 * Texts are space padded.  A price of 0 in I J K O Q means "none" and becomes undefined.
 * Quantities beyond 2^32-2 become that and are counted.
 *
 * R: venue_class = market category, financial status, issue classification, sub-type (2),
 * authenticity, ETP flag; the tick's text = round lots only, short sale threshold, IPO flag,
 * LULD tier, ETP flag, leverage as a digit (9: 9 or more), inverse.
 *
 * An order that was never added (E C X D U): the same ticks with MAYBE_BAD_BOOK, side N,
 * undefined price where the order's is meant and, for D and the C of U, undefined size.  The
 * new reference of such a U is remembered with side N.  An add whose reference is taken: first
 * a C for the old order, then the A, both MAYBE_BAD_BOOK.  More taken off than there is: T and
 * F have the message's shares, C what there was.  The order's own locate wins over the
 * message's.
 *
 * Messages of unknown type or other length, and those with a code letter that the specification
 * does not have, are counted and give no tick.
 */
#ifndef TF_ITCH50_H
#define TF_ITCH50_H

#include "format.h"

enum { TF_ITCH50_TICKS_MAX = 5 }; /* a direct listing has five prices */

extern const struct tf_decoder_ops tf_itch50_ops;

/* In the daily files: BinaryFILE.  On the wire and in captures: MoldUDP64. */
extern const struct tf_format tf_format_itch50, tf_format_moldudp64_itch50;

#endif
