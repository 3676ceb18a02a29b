/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookalike.h - what an input that no format claims seems to be, for an error that helps.
 *
 * Names only what the bytes themselves show: a length that is the packet's, a schema's number, a
 * time that is one.  Where they show nothing it says what they are: their first bytes.
 */
#ifndef TF_LOOKALIKE_H
#define TF_LOOKALIKE_H

#include "session.h"

#include <stddef.h>
#include <stdint.h>

enum { TF_LOOKALIKE_ROOM = 256 }; /* enough for any of these */

/* "a pcap capture", "text", "unknown data (first bytes 00 01 ...)"; in `out`, returns out or a
 * constant. */
const char *tf_lookalike(const uint8_t *bytes, size_t length, char *out, size_t size);

/*
 * One payload of a capture: "NYSE XDP or Pillar", "MoldUDP64 with messages that are not ITCH 5.0
 * (the first: 'S', 10 bytes)", "UDP of an unknown protocol to 224.0.31.1:14310 (first bytes ...)".
 * *known: the protocol was recognised; of several packets take the first that is, else the first.
 */
const char *tf_lookalike_packet(const struct tf_packet *packet, char *out, size_t size,
                                bool *known);

#endif
