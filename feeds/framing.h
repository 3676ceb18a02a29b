/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framing.h - formats that are one run of bytes: where each message ends.
 *
 * Recordings without packets: BinaryFILE, DBN, ASCII PITCH.  A framing never looks into a
 * message further than it must to find its length, and keeps no pointer between calls.
 */
#ifndef TF_FRAMING_H
#define TF_FRAMING_H

#include "decoder.h"

/* Where a framing stands; all zero: at the first byte of the input, telling nobody of flaws. */
struct tf_framing {
    uint64_t sequence; /* of the last message, counted from 1 */
    uint64_t flaws;    /* places where a length could not be right */
    bool ended;        /* the format's own end mark was read: what follows is no message */
    uint32_t state[6]; /* the framing's own */
    /*
     * A length that the framing waits for more than a message by, for an error that names it; NULL:
     * none.  Where it stands: so many bytes before what is not consumed yet, so many after its start.
     */
    struct {
        const char *field;
        uint64_t value;
        uint64_t consumed;
        uint32_t offset;
    } awaited;
    /* Called by tf_framing_decode() for each message that is found damaged.  May be NULL. */
    void (*flawed)(void *context, const struct tf_flaw_place *place);
    void *context;
};

struct tf_framing_ops {
    const char *name; /* "BinaryFILE" */
    /* A window of so many bytes always holds a whole frame; up to TF_SOURCE_PEEK_MAX. */
    uint32_t frame_max;
    /*
     * The whole messages at the front of bytes[0..length): up to `most` into messages[].
     * Returns how many; *consumed gets the bytes that are done with, end mark included.  Fewer
     * than `most` means that more bytes are wanted, or the end.  Any content: where a length
     * cannot be right, skip what the format allows to skip and count it in flaws, or set `ended`
     * when nothing after it can be trusted.  Sets bytes, length and sequence, which it counts on;
     * the channel is 0 and the times are undefined already.
     */
    uint32_t (*find)(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                     struct tf_venue_message *messages, uint32_t most, size_t *consumed);
    /*
     * The input ended with bytes[0..length) left over: true and *message when they are a whole
     * message after all (a last line without its newline).  May be NULL.
     */
    bool (*last)(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                 struct tf_venue_message *message);
};

/*
 * Decode the whole messages at the front of bytes[0..length) into the sink, until there are no
 * more, the end mark, `messages_max`, or a sink without room for another.  Returns how many;
 * *consumed gets the bytes that are done with.  The next call goes on at bytes + *consumed.
 * Fastest with a sink for some hundred messages: within a call what later messages need is
 * loaded ahead.
 */
uint32_t tf_framing_decode(const struct tf_framing_ops *ops, struct tf_framing *framing,
                           const uint8_t *bytes, size_t length, uint32_t messages_max,
                           const struct tf_decoder_ops *decoder_ops, struct tf_decoder *decoder,
                           struct tf_sink *sink, size_t *consumed);

#endif
