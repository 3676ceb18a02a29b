/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike.h - what a file that no decoder claims seems to be, for an error that helps. */
#ifndef TF_LOOKALIKE_H
#define TF_LOOKALIKE_H

#include <stddef.h>
#include <stdint.h>

/* "a pcap capture", "text", "unknown data (first bytes 00 01 ...)"; in `out`, returns out. */
const char *tf_lookalike(const uint8_t *bytes, size_t length, char *out, size_t size);

#endif
