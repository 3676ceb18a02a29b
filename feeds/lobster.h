/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lobster.h - LOBSTER message files (CSV of one Nasdaq symbol's day) to ticks: format `lobster`.
 *
 * A row: seconds after midnight with 0 to 9 decimals, event type, order id, size, price in 1e-4,
 * direction 1 (a buy order) or -1 (a sell order); rows may end with a comma, lines in \n or
 * \r\n.  Times are read as text to ns, never through floating point.
 *
 * Every tick: ts_event = midnight + the row's time; ts_recv undefined; sequence = the row's number
 * from 1; instrument_id = that of the name LOBSTER, for the file does not name its symbol.
 * Prices scaled to 1e-9.  The row's last tick has TF_FLAG_LAST.
 *
 * type                        ticks rtype  action, side, order_id, price, size
 * 1 new limit order             1   MBO    A; the order
 * 2 partial cancel, 3 delete    1   MBO    C with the row's size
 * 4 execution, visible          3   MBO    T aggressor side, no trade number; F and C resting
 *                                          side, the order; all at the row's price and size
 * 5 execution, hidden           1   MBO    T aggressor side
 * 6 cross trade                 1   MBO    T, side N
 * 7 halt                        1   STATUS price -1: HALT, 0: QUOTING, 1: TRADING
 *
 * Rows say price, side and size themselves, so no orders are kept: orders_open is 0, and rows about
 * orders from before the file cannot be told apart.  Order book files are another thing and are
 * not read.
 */
#ifndef TF_LOBSTER_H
#define TF_LOBSTER_H

#include "format.h"

extern const struct tf_framing_ops tf_lobster_rows;
extern const struct tf_decoder_ops tf_lobster_ops;
extern const struct tf_format tf_format_lobster;

#endif
