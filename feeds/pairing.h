/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairing.h - which flows of a capture are lines of one channel, found out before their first
 * packet is decoded.
 *
 * CME and PITCH name no session, but their lines A and B are byte for byte the same.  The
 * capture is read ahead, by a second of its time or 4096 packets, and two destinations that
 * bring the same packet within that are declared to be of one group.  So nothing that was
 * delivered has to be taken back: a flow whose twin first shows up later stays a channel of its
 * own.  Live lines are declared by who configures them and need none of this.
 *
 * Memory: copies of what was read ahead.  Cost: a copy and a hash a packet.
 */
#ifndef TF_PAIRING_H
#define TF_PAIRING_H

#include "feed.h"

struct tf_pairing;

struct tf_pairing *tf_pairing_open(const struct tf_session_ops *session); /* NULL: TF_EOS */
void tf_pairing_close(struct tf_pairing *pairing);                        /* NULL is ignored */

/* Is more wanted before the next can be taken? */
bool tf_pairing_wants(const struct tf_pairing *pairing);
/* Copy a packet to the end.  False: out of memory, as if it had not come. */
bool tf_pairing_add(struct tf_pairing *pairing, const struct tf_packet *packet);
/*
 * The oldest packet, good until the next call; its destination is declared to the feed.  1, or 0
 * when there is none.
 */
int tf_pairing_take(struct tf_pairing *pairing, struct tf_feed *feed, struct tf_packet *packet);

#endif
