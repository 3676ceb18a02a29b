/* SPDX-License-Identifier: Apache-2.0 */
#include "pitch_session.h"

#include "bytes.h"

#include <stdio.h>

enum { HEADER_LENGTH = 0, HEADER_COUNT = 2, HEADER_UNIT = 3, HEADER_SEQUENCE = 4 };
enum { MESSAGE_MIN = 2 }; /* its length and its type */

static bool parse(const struct tf_packet *packet, struct tf_segment *segment)
{
    if (packet->length < TF_PITCH_HEADER)
        return false;
    uint32_t length = tf_le16(packet->bytes + HEADER_LENGTH);
    uint32_t count = packet->bytes[HEADER_COUNT];
    if (length < TF_PITCH_HEADER + MESSAGE_MIN * count ||
        (length > packet->length && !packet->cut))
        return false;
    if (length > packet->length)
        length = packet->length;
    uint32_t sequence = tf_le32(packet->bytes + HEADER_SEQUENCE);
    *segment = (struct tf_segment){.kind = count ? TF_SEGMENT_DATA : TF_SEGMENT_HEARTBEAT,
                                   .unsequenced = sequence == 0,
                                   .sequence = sequence,
                                   .units = count,
                                   .ts_send = TF_UNDEF_TIMESTAMP,
                                   .key = {packet->bytes[HEADER_UNIT]},
                                   .may_restart = sequence == 1,
                                   .body = packet->bytes + TF_PITCH_HEADER,
                                   .body_length = length - TF_PITCH_HEADER,
                                   .header_length = TF_PITCH_HEADER};
    return true;
}

static bool next(const struct tf_segment *segment, uint32_t *at,
                 struct tf_venue_message *message)
{
    uint32_t left = segment->body_length - *at;
    if (!left)
        return false;
    uint32_t length = segment->body[*at];
    if (length < MESSAGE_MIN || length > left)
        return false;
    message->bytes = segment->body + *at;
    message->length = length;
    *at += length;
    return true;
}

static char *channel_text(const struct tf_packet *packet, const struct tf_segment *segment,
                          char *out, size_t size)
{
    (void)packet;
    snprintf(out, size, "unit %u", segment->key[0]);
    return out;
}

const struct tf_session_ops tf_pitch_session = {
    .name = "PITCH unit",
    .key_is_flow = true,
    .parse = parse,
    .next = next,
    .channel_text = channel_text,
};
