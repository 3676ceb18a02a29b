/* SPDX-License-Identifier: Apache-2.0 */
#include "moldudp64.h"

#include "bytes.h"

#include <stdio.h>

enum { AT_SEQUENCE = 10, AT_COUNT = 18 };

/* Text, or NUL throughout: other protocols fail here most of the time. */
static bool is_session(const uint8_t *session)
{
    bool text = true;
    uint8_t any = 0;
    for (unsigned i = 0; i < TF_MOLDUDP64_SESSION; i++) {
        text &= session[i] >= ' ' && session[i] < 0x7F;
        any |= session[i];
    }
    return text || !any;
}

static bool parse(const struct tf_packet *packet, struct tf_segment *segment)
{
    const uint8_t *bytes = packet->bytes;
    if (packet->length < TF_MOLDUDP64_HEADER || !is_session(bytes))
        return false;
    uint16_t count = tf_be16(bytes + AT_COUNT);
    uint32_t body_length = packet->length - TF_MOLDUDP64_HEADER;
    bool silent = count == 0 || count == TF_MOLDUDP64_END;
    if (silent ? body_length != 0 : body_length < 2u * count && !packet->cut)
        return false;
    if (tf_be64(bytes + AT_SEQUENCE) > UINT64_MAX - count) /* numbers cannot run over */
        return false;
    *segment = (struct tf_segment){.kind = count == 0                  ? TF_SEGMENT_HEARTBEAT
                                           : count == TF_MOLDUDP64_END ? TF_SEGMENT_END
                                                                       : TF_SEGMENT_DATA,
                                   .sequence = tf_be64(bytes + AT_SEQUENCE),
                                   .units = silent ? 0 : count,
                                   .ts_send = TF_UNDEF_TIMESTAMP,
                                   .key_is_whole = true,
                                   .body = bytes + TF_MOLDUDP64_HEADER,
                                   .body_length = body_length,
                                   .header_length = TF_MOLDUDP64_HEADER};
    segment->unsequenced = segment->sequence == 0;
    segment->may_restart = segment->sequence == 1 && !silent;
    memcpy(segment->key, bytes, TF_MOLDUDP64_SESSION);
    return true;
}

static bool next(const struct tf_segment *segment, uint32_t *at,
                 struct tf_venue_message *message)
{
    uint32_t left = segment->body_length - *at;
    if (left < 2)
        return false;
    const uint8_t *block = segment->body + *at;
    uint32_t length = tf_be16(block);
    if (length > left - 2)
        return false;
    message->bytes = block + 2;
    message->length = length;
    *at += 2 + length;
    return true;
}

static char *channel_text(const struct tf_packet *packet, const struct tf_segment *segment,
                          char *out, size_t size)
{
    (void)packet;
    const char *session = (const char *)segment->key;
    int length = (int)tf_trimmed(session, TF_MOLDUDP64_SESSION);
    for (; length && *session == ' '; length--)
        session++;
    if (length)
        snprintf(out, size, "session %.*s", length, session);
    else
        snprintf(out, size, "no session");
    return out;
}

const struct tf_session_ops tf_moldudp64 = {
    .name = "MoldUDP64",
    .parse = parse,
    .next = next,
    .channel_text = channel_text,
};

void tf_moldudp64_header_put(const uint8_t session[TF_MOLDUDP64_SESSION], uint64_t sequence,
                             uint16_t count, uint8_t out[TF_MOLDUDP64_HEADER])
{
    memcpy(out, session, TF_MOLDUDP64_SESSION);
    tf_put_be64(out + AT_SEQUENCE, sequence);
    tf_put_be16(out + AT_COUNT, count);
}

void tf_moldudp64_request_put(const struct tf_moldudp64_request *request,
                              uint8_t out[TF_MOLDUDP64_HEADER])
{
    tf_moldudp64_header_put(request->session, request->sequence, request->count, out);
}

bool tf_moldudp64_request_get(const uint8_t *bytes, size_t length,
                              struct tf_moldudp64_request *request)
{
    if (length != TF_MOLDUDP64_HEADER)
        return false;
    memcpy(request->session, bytes, TF_MOLDUDP64_SESSION);
    request->sequence = tf_be64(bytes + AT_SEQUENCE);
    request->count = tf_be16(bytes + AT_COUNT);
    return request->count != 0 && request->count != TF_MOLDUDP64_END;
}
