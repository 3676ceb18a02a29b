/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iextp.h - IEX Transport Protocol 1 (specification 1.26): the segments that carry TOPS, DEEP and
 * DEEP+, and the request that asks for lost ones again.  Little endian.
 *
 *   at  size
 *    0  1     version, 1
 *    1  1     reserved
 *    2  2     protocol of the messages: enum tf_iextp_protocol
 *    4  4     channel
 *    8  4     session
 *   12  2     payload length, of what follows this header
 *   14  2     messages in it
 *   16  8     offset of the payload in the session's stream of bytes
 *   24  8     sequence of the first message, from 1; of the next one in a heartbeat
 *   32  8     send time, ns since the epoch
 *   40        so often: length u16, message
 *
 * A channel's key is protocol, channel and session.  Lines may cut the same messages into other
 * segments, so a message is a unit.  A publisher that was restarted uses the same session id and
 * counts messages from 1 and bytes from 0 again: may_restart, and a later ts_send tells.
 */
#ifndef TF_IEXTP_H
#define TF_IEXTP_H

#include "session.h"

enum tf_iextp_protocol {
    TF_IEXTP_TOPS_15 = 0x8002, /* TOPS 1.5; the messages that it has are those of 1.6 */
    TF_IEXTP_TOPS_16 = 0x8003,
    TF_IEXTP_DEEP_10 = 0x8004,
    TF_IEXTP_DEEPPLUS_10 = 0x8005
};

enum { TF_IEXTP_HEADER_LENGTH = 40 };

/*
 * Segments of the one feed: those of another are not packets of its protocol, nor is one whose
 * count, payload length and sequence contradict each other.  A payload that is longer than the
 * packet is read as far as it goes; bytes behind the payload are not read.
 */
extern const struct tf_session_ops tf_iextp_tops;
extern const struct tf_session_ops tf_iextp_deep;
extern const struct tf_session_ops tf_iextp_deepplus;

struct tf_iextp_header {
    uint16_t protocol, payload_length, messages;
    uint32_t channel, session;
    uint64_t stream_offset, sequence, ts_send;
};

/* False: not IEX-TP, or it contradicts itself.  Any content. */
bool tf_iextp_header(const uint8_t *bytes, size_t length, struct tf_iextp_header *header);

/*
 * For a format's probe_packet: 0 for another protocol or a header that does not fit its packet,
 * 60 for a heartbeat, else the share of the messages, in percent, whose length fits their type:
 * at least lengths[type], which is 0 where there is no such type.
 */
int tf_iextp_probe(const struct tf_packet *packet, const struct tf_session_ops *ops,
                   const uint8_t lengths[256]);

/* ---- gap fill -------------------------------------------------------------------------------- */

enum tf_iextp_request_type {
    TF_IEXTP_REQUEST_MESSAGES = 1, /* ranges are sequences */
    TF_IEXTP_REQUEST_BYTES = 2     /* ranges are stream offsets */
};

enum { TF_IEXTP_REQUEST_LENGTH = 16, TF_IEXTP_RANGE_LENGTH = 16 };

struct tf_iextp_range {
    uint64_t first, last; /* both wanted */
};

struct tf_iextp_request {
    enum tf_iextp_request_type type;
    uint16_t protocol;
    uint32_t channel, session;
    uint32_t count; /* of ranges */
};

/*
 * Write a request for ranges[0..request->count): its length, or 0 when `size` bytes do not hold
 * it or a range ends before it begins or beyond INT64_MAX.
 */
size_t tf_iextp_request_write(const struct tf_iextp_request *request,
                              const struct tf_iextp_range *ranges, uint8_t *out, size_t size);
/*
 * Read one: false when bytes[0..length) are no whole request.  More than `most` ranges: the
 * first `most` are given, request->count says how many there were.
 */
bool tf_iextp_request_read(const uint8_t *bytes, size_t length,
                           struct tf_iextp_request *request, struct tf_iextp_range *ranges,
                           uint32_t most);

#endif
