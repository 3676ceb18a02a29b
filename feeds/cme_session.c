/* SPDX-License-Identifier: Apache-2.0 */
#include "cme_session.h"

#include "bytes.h"

#include <stdio.h>

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, MESSAGE_HEADER = 10 };

/* Can messages begin at `at`?  A packet may also have none. */
static bool fits(const struct tf_packet *packet, uint32_t at)
{
    if (packet->length < at)
        return false;
    uint32_t rest = packet->length - at;
    return rest == 0 || (rest >= 2 && tf_le16(packet->bytes + at) >= MESSAGE_HEADER);
}

/* Of the packet's header, in bytes; 0: it has none. */
static uint32_t header_of(const struct tf_packet *packet)
{
    bool tcp = packet->length >= 2 && tf_le16(packet->bytes) == CME_TCP_MAGIC &&
               fits(packet, CME_TCP_HEADER);
    bool udp = fits(packet, CME_UDP_HEADER);
    if (packet->flow.protocol == PROTOCOL_TCP)
        return tcp ? CME_TCP_HEADER : 0;
    if (packet->flow.protocol == PROTOCOL_UDP || udp)
        return udp ? CME_UDP_HEADER : 0;
    return tcp ? CME_TCP_HEADER : 0;
}

static bool parse(const struct tf_packet *packet, struct tf_segment *segment)
{
    uint32_t header = header_of(packet);
    if (!header)
        return false;
    const uint8_t *at = packet->bytes + header - CME_UDP_HEADER;
    uint64_t sending_time = tf_le64(at + 4);
    *segment = (struct tf_segment){.kind = TF_SEGMENT_DATA,
                                   .sequence = tf_le32(at),
                                   .units = 1,
                                   .ts_send = sending_time ? sending_time : TF_UNDEF_TIMESTAMP,
                                   .may_restart = tf_le32(at) == 1,
                                   .unsequenced = !tf_le32(at) && !sending_time,
                                   .body = packet->bytes + header,
                                   .body_length = packet->length - header,
                                   .header_length = header};
    return true;
}

static bool next(const struct tf_segment *segment, uint32_t *at,
                 struct tf_venue_message *message)
{
    uint32_t rest = segment->body_length - *at;
    if (rest < MESSAGE_HEADER)
        return false;
    uint32_t size = tf_le16(segment->body + *at);
    if (size < MESSAGE_HEADER || size > rest)
        return false;
    message->bytes = segment->body + *at;
    message->length = size;
    *at += size;
    return true;
}

/* One address is enough to tell channels apart where packets are sent to a group. */
static char *channel_text(const struct tf_packet *packet, const struct tf_segment *segment,
                          char *out, size_t size)
{
    (void)segment;
    const struct tf_flow *flow = &packet->flow;
    if (flow->protocol == PROTOCOL_TCP)
        return tf_flow_text(flow, out, size);
    snprintf(out, size, "%u.%u.%u.%u:%u", flow->address >> 24, flow->address >> 16 & 0xFF,
             flow->address >> 8 & 0xFF, flow->address & 0xFF, flow->port);
    return out;
}

const struct tf_session_ops tf_cme_session = {
    .name = "CME packet header",
    .key_is_flow = true,
    .unit_is_packet = true,
    .parse = parse,
    .next = next,
    .channel_text = channel_text,
};
