/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike.h - what a file that no decoder claims seems to be, for an error that helps. */
#ifndef TF_LOOKALIKE_H
#define TF_LOOKALIKE_H

#include "session.h"

#include <stddef.h>
#include <stdint.h>

/* "a pcap capture", "text", "unknown data (first bytes 00 01 ...)"; in `out`, returns out. */
const char *tf_lookalike(const uint8_t *bytes, size_t length, char *out, size_t size);
/* Of one packet: "UDP to 224.0.31.1:14310 of an unknown protocol (first bytes ...)". */
const char *tf_lookalike_packet(const struct tf_packet *packet, char *out, size_t size);

#endif
