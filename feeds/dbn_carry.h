/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_carry.h - ticks that DBN has no record for, inside its system messages.
 *
 * Every reader of DBN skips a system message or shows its text; ours turns it back into the tick,
 * bit for bit but for seq and ts_pub, which belong to a stream.
 *
 *   tickfan tick BASE64 ...   this tick
 *   tickfan next BASE64 ...   this tick instead of those of the record that follows, which says
 *                             the same to other readers as well as DBN can
 *
 * BASE64: 36 bytes, little endian: ts_recv, order_id, price (8 each), size, sequence (4 each),
 * rtype, action, side, flags.  instrument_id and ts_event are the record's.  Behind it, where
 * the version has room, the tick in words.
 */
#ifndef TF_DBN_CARRY_H
#define TF_DBN_CARRY_H

#include "tickfan.h"

#include <stdbool.h>

enum { TF_DBN_CARRIED_TEXT = 13 + 48 };

enum tf_dbn_carry {
    TF_DBN_CARRY_NONE, /* another system message */
    TF_DBN_CARRY_TICK,
    TF_DBN_CARRY_NEXT
};

/*
 * What the channel_id of an mbo record says in a file that Tickfan wrote: how the tick differed
 * from what the record's flags say.
 */
enum tf_dbn_own_channel {
    TF_DBN_OWN_PLAIN,
    TF_DBN_OWN_LEVEL, /* a LEVEL tick without the flag MBP, which the record has */
    TF_DBN_OWN_MBO,   /* an MBO tick with that flag */
    TF_DBN_OWN_TRADE  /* a TRADE tick with an order_id, which trades have no place for */
};
/* TradeMsg.depth of such a file: order_id was 0, and the flags are as they were. */
enum { TF_DBN_OWN_DEPTH = 255 };

/* TF_DBN_CARRIED_TEXT characters to `text`, no NUL. */
void tf_dbn_carry_write(enum tf_dbn_carry carry, const struct tf_tick *tick, char *text);
/*
 * Read text[0..length); sets all of *tick but instrument_id, ts_event, seq and ts_pub.  Any
 * content: what is not exactly such a text is NONE.
 */
enum tf_dbn_carry tf_dbn_carry_read(const char *text, size_t length, struct tf_tick *tick);

#endif
