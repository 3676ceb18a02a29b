/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binaryfile.h - Nasdaq BinaryFILE framing: a big-endian u16 length, then that many bytes of
 * message, over and over.  Length zero marks the end of the session; there is no file header.
 *
 * A file cut from a day has no end mark and may stop inside a message.  What follows an end
 * mark is not a message: the session is over, the recording counts those bytes as trailing.
 */
#ifndef TF_BINARYFILE_H
#define TF_BINARYFILE_H

#include "bytes.h"
#include "framing.h"

extern const struct tf_framing_ops tf_binaryfile;

/* The first frame of these bytes: its whole length, or 0 when they do not hold all of it. */
static inline size_t tf_binaryfile_frame(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return 0;
    size_t frame = 2u + tf_be16(bytes);
    return frame <= length ? frame : 0;
}

#endif
