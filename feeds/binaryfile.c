/* SPDX-License-Identifier: Apache-2.0 */
#include "binaryfile.h"

static uint32_t find(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                     struct tf_venue_message *messages, uint32_t most, size_t *consumed)
{
    const uint8_t *at = bytes, *end = bytes + length;
    uint64_t sequence = framing->sequence;
    uint32_t count = 0;
    while (count < most) {
        size_t frame = tf_binaryfile_frame(at, (size_t)(end - at));
        if (__builtin_expect(frame <= 2, 0)) {
            framing->ended = frame == 2;
            at += frame;
            break;
        }
        messages[count].bytes = at + 2;
        messages[count].length = (uint32_t)frame - 2;
        messages[count++].sequence = ++sequence;
        at += frame;
    }
    framing->sequence = sequence;
    *consumed = (size_t)(at - bytes);
    return count;
}

const struct tf_framing_ops tf_binaryfile = {
    .name = "BinaryFILE",
    .frame_max = 2 + 65535,
    .find = find,
};
