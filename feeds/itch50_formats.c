/* SPDX-License-Identifier: Apache-2.0 */
/* The formats that carry ITCH 5.0, and how each is told from what only looks like it. */
#include "binaryfile.h"
#include "itch50.h"
#include "itch50_wire.h"
#include "moldudp64.h"

/* Looked at before a probe makes up its mind. */
enum { LOOK_AT_MOST = 64 };

/* A day counts from midnight and ends an hour or so after the late session. */
static const uint64_t time_end_ns = UINT64_C(2) * 86400 * 1000000000;

static bool is_stock(const uint8_t *stock)
{
    for (unsigned i = 0; i < 8; i++)
        if (stock[i] < ' ' || stock[i] >= 0x7F)
            return false;
    return stock[0] != ' ';
}

/*
 * Type, length and time fit, and the stock is a name where there is one.  `length` is the whole
 * message's; of its bytes so many are here.  Dialects of other venues share the letters, and some
 * lengths, but hardly the time in the same place.
 */
static bool is_message(const uint8_t *message, size_t length, size_t here)
{
    if (!length || !here)
        return false;
    struct tf_itch50_shape shape = tf_itch50_shapes[message[ITCH_TYPE]];
    if (shape.length != length)
        return false;
    if (here >= ITCH_HEADER_LENGTH && tf_be48(message + ITCH_TIME) >= time_end_ns)
        return false;
    return !shape.stock || here < shape.stock + 8u || is_stock(message + shape.stock);
}

/* The share of good messages: one odd message in a recording must not hide it. */
static int probe_binaryfile(const uint8_t *bytes, size_t length)
{
    unsigned seen = 0, good = 0;
    for (size_t at = 0; at + 3 <= length && seen < LOOK_AT_MOST;) {
        uint16_t size = tf_be16(bytes + at);
        if (!size)
            break;
        size_t here = length - at - 2 < size ? length - at - 2 : size;
        good += is_message(bytes + at + 2, size, here);
        at += 2u + size;
        seen++;
    }
    return seen ? (int)(100 * good / seen) : 0;
}

/*
 * Nasdaq's options exchanges send MoldUDP64 too, to ports of their own: their heartbeats are
 * nobody else's.
 */
static bool is_options_port(uint16_t port)
{
    return port >= 18000 && port < 19000;
}

static int probe_moldudp64(const struct tf_packet *packet)
{
    enum { SILENT = 50 }; /* a heartbeat says what session it is, not whose messages */
    struct tf_segment segment;
    if (!tf_moldudp64.parse(packet, &segment))
        return 0;
    if (segment.kind != TF_SEGMENT_DATA)
        return is_options_port(packet->flow.port) ? 0 : SILENT;
    unsigned seen = 0, good = 0;
    struct tf_venue_message message;
    for (uint32_t at = 0; seen < segment.units && seen < LOOK_AT_MOST; seen++) {
        if (!tf_moldudp64.next(&segment, &at, &message)) {
            if (!packet->cut)
                return 0;
            break;
        }
        /* An empty message is the session's business, and says nothing of the venue. */
        good += !message.length || is_message(message.bytes, message.length, message.length);
    }
    return seen ? (int)(100 * good / seen) : 0;
}

const struct tf_format tf_format_itch50 = {
    .name = "itch50",
    .description = "Nasdaq TotalView-ITCH 5.0",
    .decoder = &tf_itch50_ops,
    .framing = &tf_binaryfile,
    .probe = probe_binaryfile,
};

const struct tf_format tf_format_moldudp64_itch50 = {
    .name = "moldudp64_itch50",
    .description = "Nasdaq TotalView-ITCH 5.0 in MoldUDP64",
    .decoder = &tf_itch50_ops,
    .session = &tf_moldudp64,
    .probe_packet = probe_moldudp64,
};
