/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_binary.h - Cboe (BATS) PITCH, binary, of Equities, Options, Complex and Futures: format
 * `pitch_binary`.  What the messages become is the table in pitch_core.h.
 *
 * ts_event = midnight + the second of the channel's last Time message + the message's own ns.
 * Before the first Time message of a channel, and after a gap in it, the second is unknown and
 * ts_event is TF_UNDEF_TIMESTAMP: the venue sends a Time message whenever a second begins with
 * traffic.  A Time message gives no tick.  Beyond 255 channels times are undefined.
 *
 * Prices are read as signed, for complex orders may have negative ones.
 *
 * The family has more types than the specification at hand, and the products differ: a type
 * that is not in the table gives no tick, is counted under its number and is no damage, but for
 * 0, which nobody sends.  A message shorter than its fields is BAD_LENGTH, longer is
 * the venue's right.
 */
#ifndef TF_PITCH_BINARY_H
#define TF_PITCH_BINARY_H

#include "format.h"

extern const struct tf_decoder_ops tf_pitch_binary_ops;

/* In sequenced units. */
extern const struct tf_format tf_format_pitch_binary;

#endif
