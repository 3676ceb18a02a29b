/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording.h - a recorded feed as a sequence of ticks: source, then framing or capture and feed,
 * then decoder put together.  Replay and inspect both read through it, so they cannot disagree.
 *
 * The first few messages that are found damaged are logged with file, packet, message and field.
 */
#ifndef TF_RECORDING_H
#define TF_RECORDING_H

#include "capture.h"
#include "feed.h"
#include "source.h"

struct tf_recording_options {
    const char *format; /* NULL or "auto": by content */
    struct tf_decoder_options decoder;
    bool lines; /* of a capture: count each line apart, see feed.h */
};

struct tf_recording;

/* NULL on failure, *error set: TF_ENOINPUT, TF_EPERM, TF_EIO, TF_EDATA (not a known format: the
 * message says what it looks like). */
struct tf_recording *tf_recording_open(const char *path,
                                       const struct tf_recording_options *options, int *error);
void tf_recording_close(struct tf_recording *recording);

/*
 * Decode messages into the sink, which must have room for one (its decoder's ticks_max),
 * until it has no room for another or `messages_max` (at least 1) were decoded.  Returns the
 * number of messages, which may have given no ticks at all; 0 at the end; TF_EDATA when the
 * input ends inside a message or is damaged (everything whole before it was delivered by
 * earlier calls, tf_errmsg() names file and offset); TF_EIO.  After 0 or an error it keeps
 * returning the same.
 */
ptrdiff_t tf_recording_next(struct tf_recording *recording, uint32_t messages_max,
                            struct tf_sink *sink);

/* Back to the first message, for --loop.  TF_EIO when the input cannot be rewound (a pipe). */
int tf_recording_rewind(struct tf_recording *recording);

const struct tf_format *tf_recording_format(const struct tf_recording *recording);
const struct tf_feed_counts *tf_recording_counts(const struct tf_recording *recording);
const struct tf_source *tf_recording_source(const struct tf_recording *recording);
/*
 * Bytes after the last whole message or after the session's end mark; known once the end was
 * reached, 0 when the input ended cleanly.  Bytes behind an end mark are no error of next().
 */
uint64_t tf_recording_trailing_bytes(const struct tf_recording *recording);
/* Of a capture; NULL where the recording is none. */
const struct tf_capture *tf_recording_capture(const struct tf_recording *recording);
const struct tf_feed *tf_recording_feed(const struct tf_recording *recording);
/* For its facts(). */
struct tf_decoder *tf_recording_decoder(const struct tf_recording *recording);
/* The session's own end mark (BinaryFILE: zero length) was seen, on all channels that there are. */
bool tf_recording_ended(const struct tf_recording *recording);

#endif
