/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gap fill request of IEX-TP: version u8 0, type u8 1, protocol u16 2, channel u32 4, session
 * u32 8, ranges u32 12, then each range's first and last, i64.
 */
#include "bytes.h"
#include "iextp.h"

enum { VERSION = 0, TYPE = 1, PROTOCOL = 2, CHANNEL = 4, SESSION = 8, COUNT = 12 };

static bool sensible(struct tf_iextp_range range)
{
    return range.first <= range.last && range.last <= INT64_MAX;
}

size_t tf_iextp_request_write(const struct tf_iextp_request *request,
                              const struct tf_iextp_range *ranges, uint8_t *out, size_t size)
{
    if (size < TF_IEXTP_REQUEST_LENGTH ||
        (size - TF_IEXTP_REQUEST_LENGTH) / TF_IEXTP_RANGE_LENGTH < request->count)
        return 0;
    out[VERSION] = 1;
    out[TYPE] = (uint8_t)request->type;
    tf_put_le16(out + PROTOCOL, request->protocol);
    tf_put_le32(out + CHANNEL, request->channel);
    tf_put_le32(out + SESSION, request->session);
    tf_put_le32(out + COUNT, request->count);
    uint8_t *at = out + TF_IEXTP_REQUEST_LENGTH;
    for (uint32_t i = 0; i < request->count; i++, at += TF_IEXTP_RANGE_LENGTH) {
        if (!sensible(ranges[i]))
            return 0;
        tf_put_le64(at, ranges[i].first);
        tf_put_le64(at + 8, ranges[i].last);
    }
    return (size_t)(at - out);
}

bool tf_iextp_request_read(const uint8_t *bytes, size_t length,
                           struct tf_iextp_request *request, struct tf_iextp_range *ranges,
                           uint32_t most)
{
    if (length < TF_IEXTP_REQUEST_LENGTH || bytes[VERSION] != 1 ||
        (bytes[TYPE] != TF_IEXTP_REQUEST_MESSAGES && bytes[TYPE] != TF_IEXTP_REQUEST_BYTES))
        return false;
    *request = (struct tf_iextp_request){.type = (enum tf_iextp_request_type)bytes[TYPE],
                                         .protocol = tf_le16(bytes + PROTOCOL),
                                         .channel = tf_le32(bytes + CHANNEL),
                                         .session = tf_le32(bytes + SESSION),
                                         .count = tf_le32(bytes + COUNT)};
    if ((length - TF_IEXTP_REQUEST_LENGTH) / TF_IEXTP_RANGE_LENGTH < request->count)
        return false;
    const uint8_t *at = bytes + TF_IEXTP_REQUEST_LENGTH;
    for (uint32_t i = 0; i < request->count; i++, at += TF_IEXTP_RANGE_LENGTH) {
        struct tf_iextp_range range = {tf_le64(at), tf_le64(at + 8)};
        if (!sensible(range))
            return false;
        if (i < most)
            ranges[i] = range;
    }
    return true;
}
