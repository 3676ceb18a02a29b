/* SPDX-License-Identifier: Apache-2.0 */
#include "iextp.h"

#include "bytes.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    VERSION = 0,
    PROTOCOL = 2,
    CHANNEL = 4,
    SESSION = 8,
    PAYLOAD_LENGTH = 12,
    MESSAGES = 14,
    STREAM_OFFSET = 16,
    SEQUENCE = 24,
    SEND_TIME = 32
};

/* The venue's numbers and times are signed; none is ever negative. */
static bool negative(uint64_t value)
{
    return value > INT64_MAX;
}

/* A segment has messages and bytes for their lengths, or neither. */
static bool sensible(const struct tf_iextp_header *header)
{
    if (negative(header->stream_offset) || negative(header->sequence + header->messages) ||
        negative(header->sequence) || negative(header->ts_send))
        return false;
    if (!header->messages)
        return !header->payload_length;
    return header->sequence && header->payload_length >= 2u * header->messages;
}

bool tf_iextp_header(const uint8_t *bytes, size_t length, struct tf_iextp_header *header)
{
    if (length < TF_IEXTP_HEADER_LENGTH || bytes[VERSION] != 1)
        return false;
    *header = (struct tf_iextp_header){.protocol = tf_le16(bytes + PROTOCOL),
                                       .payload_length = tf_le16(bytes + PAYLOAD_LENGTH),
                                       .messages = tf_le16(bytes + MESSAGES),
                                       .channel = tf_le32(bytes + CHANNEL),
                                       .session = tf_le32(bytes + SESSION),
                                       .stream_offset = tf_le64(bytes + STREAM_OFFSET),
                                       .sequence = tf_le64(bytes + SEQUENCE),
                                       .ts_send = tf_le64(bytes + SEND_TIME)};
    return sensible(header);
}

static bool parse(const struct tf_packet *packet, uint16_t protocol, struct tf_segment *segment)
{
    struct tf_iextp_header header;
    if (!tf_iextp_header(packet->bytes, packet->length, &header))
        return false;
    if (header.protocol == TF_IEXTP_TOPS_15)
        header.protocol = TF_IEXTP_TOPS_16;
    if (header.protocol != protocol)
        return false;
    uint32_t there = packet->length - TF_IEXTP_HEADER_LENGTH;
    *segment = (struct tf_segment){
        .kind = header.messages ? TF_SEGMENT_DATA : TF_SEGMENT_HEARTBEAT,
        .sequence = header.sequence,
        .units = header.messages,
        .ts_send = header.ts_send,
        .key_is_whole = true,
        .may_restart = header.sequence <= 1 && header.stream_offset == 0,
        .body = packet->bytes + TF_IEXTP_HEADER_LENGTH,
        .body_length = header.payload_length < there ? header.payload_length : there,
        .header_length = TF_IEXTP_HEADER_LENGTH};
    /* Protocol, channel and session as they are on the wire. */
    memcpy(segment->key, packet->bytes + PROTOCOL, PAYLOAD_LENGTH - PROTOCOL);
    return true;
}

static bool parse_tops(const struct tf_packet *packet, struct tf_segment *segment)
{
    return parse(packet, TF_IEXTP_TOPS_16, segment);
}

static bool parse_deep(const struct tf_packet *packet, struct tf_segment *segment)
{
    return parse(packet, TF_IEXTP_DEEP_10, segment);
}

static bool parse_deepplus(const struct tf_packet *packet, struct tf_segment *segment)
{
    return parse(packet, TF_IEXTP_DEEPPLUS_10, segment);
}

static bool next(const struct tf_segment *segment, uint32_t *at,
                 struct tf_venue_message *message)
{
    uint32_t left = segment->body_length - *at;
    if (left < 2)
        return false;
    uint16_t length = tf_le16(segment->body + *at);
    if (length > left - 2)
        return false;
    message->bytes = segment->body + *at + 2;
    message->length = length;
    *at += 2u + length;
    return true;
}

static char *channel_text(const struct tf_packet *packet, const struct tf_segment *segment,
                          char *out, size_t size)
{
    (void)packet;
    const uint8_t *key = segment->key;
    snprintf(out, size, "proto=0x%04x chan=%" PRIu32 " session=%" PRIu32, tf_le16(key),
             tf_le32(key + CHANNEL - PROTOCOL), tf_le32(key + SESSION - PROTOCOL));
    return out;
}

const struct tf_session_ops tf_iextp_tops = {
    .name = "IEX-TP",
    .parse = parse_tops,
    .next = next,
    .channel_text = channel_text,
};

const struct tf_session_ops tf_iextp_deep = {
    .name = "IEX-TP",
    .parse = parse_deep,
    .next = next,
    .channel_text = channel_text,
};

const struct tf_session_ops tf_iextp_deepplus = {
    .name = "IEX-TP",
    .parse = parse_deepplus,
    .next = next,
    .channel_text = channel_text,
};

int tf_iextp_probe(const struct tf_packet *packet, const struct tf_session_ops *ops,
                   const uint8_t lengths[256])
{
    enum { HEARTBEAT_SCORE = 60 };
    struct tf_iextp_header header;
    struct tf_segment segment;
    if (!ops->parse(packet, &segment) ||
        !tf_iextp_header(packet->bytes, packet->length, &header))
        return 0;
    if (!packet->cut &&
        packet->length != TF_IEXTP_HEADER_LENGTH + (uint32_t)header.payload_length)
        return 0;
    if (!segment.units)
        return HEARTBEAT_SCORE;
    uint32_t at = 0, seen = 0, good = 0;
    struct tf_venue_message message;
    for (; seen < segment.units && ops->next(&segment, &at, &message); seen++) {
        uint8_t length = message.length ? lengths[message.bytes[0]] : 0;
        good += length && message.length >= length;
    }
    /* Of a whole packet, what could not be read counts as bad. */
    uint32_t of = packet->cut ? seen : segment.units;
    return of ? (int)(100 * good / of) : HEARTBEAT_SCORE;
}
