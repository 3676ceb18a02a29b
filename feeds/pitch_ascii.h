/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_ascii.h - Cboe (BATS) PITCH as text (TCP PITCH 1.15): format `pitch_ascii`.  What the
 * messages become is the table in pitch_core.h.
 *
 * ts_event = midnight + the message's milliseconds; a file need not be in order of time.  Order
 * and execution ids are base 36, digits and capitals, to 64 bits: 12 of them always fit.
 *
 * Framing, settled by the first message:
 *   lines    each message ends in \n or \r\n, which is then what tells its length; empty lines
 *            are nothing, and so is a session's heartbeat, a lone H.  The last line may lack
 *            its end.
 *   stream   no line ends: a message is as long as its type says.  A byte that no message
 *            begins with, or a type without a known length, costs what is before the next
 *            place that reads like a whole message: one message of unknown type if it begins
 *            with eight digits, else a flaw.
 * An S before the eight digits, as SoupTCP puts in front of sequenced data, is not part of the
 * message in both.
 *
 * Lengths: A 45, d 51, E 39, X 27, P 56, r 58, B 21, H 21; and by length alone, without a tick
 * or being damage: I 68, J 38 (auctions), R 18 (retail interest), s 17 (symbol clear).  A line
 * may be longer than its type, not shorter.
 */
#ifndef TF_PITCH_ASCII_H
#define TF_PITCH_ASCII_H

#include "format.h"

enum { TF_PITCH_LINE_MAX = 512 };

extern const struct tf_framing_ops tf_pitch_text;
extern const struct tf_decoder_ops tf_pitch_ascii_ops;
extern const struct tf_format tf_format_pitch_ascii;

#endif
