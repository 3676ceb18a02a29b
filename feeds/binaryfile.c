/* SPDX-License-Identifier: Apache-2.0 */
#include "binaryfile.h"

/*
 * How far orders are loaded ahead of their use: about 14 messages of 36 bytes, 500 ns of decoding,
 * where one miss to memory takes 100 to 200 ns with its page walk.
 */
enum { LOOK_AHEAD = 512 };

/* Start loads for the messages up to `until`; returns where the next one to look at begins. */
static inline size_t look_ahead(const uint8_t *bytes, size_t length, size_t from, size_t until,
                         const struct tf_decoder_ops *ops, const struct tf_decoder *decoder)
{
    while (from < until) {
        size_t frame = tf_binaryfile_frame(bytes + from, length - from);
        if (!frame)
            break;
        if (frame > 2)
            ops->prefetch(decoder, bytes + from + 2, (uint32_t)frame - 2);
        from += frame;
    }
    return from;
}

/* How many messages the sink has room for, whatever they are. */
static uint32_t room_for(const struct tf_sink *sink)
{
    return (sink->capacity - sink->count) / TF_TICKS_PER_MESSAGE_MAX;
}

uint32_t tf_binaryfile_decode(struct tf_binaryfile *session, const uint8_t *bytes, size_t length,
                              uint32_t messages_max, const struct tf_decoder_ops *ops,
                              struct tf_decoder *decoder, struct tf_sink *sink, size_t *consumed)
{
    size_t at = 0, ahead = session->ahead <= length ? session->ahead : 0;
    size_t frame = 0;
    uint32_t messages = 0, run;
    do {
        /* Most messages give one tick, so the room is looked at again after each run. */
        run = room_for(sink);
        if (run > messages_max - messages)
            run = messages_max - messages;
        messages += run;
        for (; run; run--) {
            frame = tf_binaryfile_frame(bytes + at, length - at);
            if (frame <= 2)
                break;
            if (ahead < at + LOOK_AHEAD && ops->prefetch)
                ahead = look_ahead(bytes, length, ahead > at ? ahead : at, at + LOOK_AHEAD, ops,
                                   decoder);
            ops->decode(decoder, bytes + at + 2, (uint32_t)frame - 2, sink);
            at += frame;
        }
        messages -= run;
    } while (!run && messages < messages_max && room_for(sink));
    if (run && frame == 2) {
        session->ended = true;
        at += frame;
    }
    session->ahead = ahead > at ? ahead - at : 0;
    *consumed = at;
    return messages;
}
