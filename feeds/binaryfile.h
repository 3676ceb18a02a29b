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
#include "decoder.h"

/* The longest frame: a window of this many bytes always holds a whole one. */
enum { TF_BINARYFILE_FRAME_MAX = 2 + 65535 };

/* Where a session stands.  All zero: at its first byte. */
struct tf_binaryfile {
    bool ended; /* the end mark was read */
};

/*
 * Decode the whole messages at the front of bytes[0..length) into the sink, until there are no
 * more, the end mark, `messages_max`, or a sink without room for another.  Returns how many;
 * *consumed gets the bytes that are done with.  The next call goes on at bytes + *consumed.
 * Fastest with a sink for some hundred messages: within a call the orders of later messages are
 * loaded ahead.
 */
uint32_t tf_binaryfile_decode(struct tf_binaryfile *session, const uint8_t *bytes,
                              size_t length, uint32_t messages_max,
                              const struct tf_decoder_ops *ops, struct tf_decoder *decoder,
                              struct tf_sink *sink, size_t *consumed);

/* The first frame of these bytes: its whole length, or 0 when they do not hold all of it. */
static inline size_t tf_binaryfile_frame(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return 0;
    size_t frame = 2u + tf_be16(bytes);
    return frame <= length ? frame : 0;
}

#endif
