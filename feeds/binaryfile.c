/* SPDX-License-Identifier: Apache-2.0 */
#include "binaryfile.h"

static uint32_t find(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                     struct tf_venue_message *messages, uint32_t most, size_t *consumed)
{
    uint32_t count = 0;
    size_t at = 0;
    while (count < most) {
        size_t frame = tf_binaryfile_frame(bytes + at, length - at);
        if (frame <= 2) {
            framing->ended = frame == 2;
            at += frame;
            break;
        }
        messages[count++] = (struct tf_venue_message){.bytes = bytes + at + 2,
                                                      .length = (uint32_t)frame - 2,
                                                      .sequence = ++framing->sequence,
                                                      .ts_recv = TF_UNDEF_TIMESTAMP,
                                                      .ts_send = TF_UNDEF_TIMESTAMP};
        at += frame;
    }
    *consumed = at;
    return count;
}

const struct tf_framing_ops tf_binaryfile = {
    .name = "BinaryFILE",
    .frame_max = 2 + 65535,
    .find = find,
};
