/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"
#include "lookalike.h"
#include "moldudp64.h"

#include <stdio.h>

static uint16_t le16(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t le32(const uint8_t *at)
{
    return le16(at) | (uint32_t)le16(at + 2) << 16;
}

static uint64_t le64(const uint8_t *at)
{
    return le32(at) | (uint64_t)le32(at + 4) << 32;
}

/* Between 2000 and 2100, in units of so many a second. */
static bool is_time(uint64_t time, uint64_t per_second)
{
    return time / per_second > 946684800 && time / per_second < 4102444800;
}

static bool is_time_of_day_ms(uint32_t ms)
{
    return ms < 86400000;
}

/* Messages of `count` follow one another from `at` to the packet's very end; their lengths lie
 * `field` bytes in, big endian, and count `extra` bytes too few. */
static bool fills_be(const uint8_t *bytes, size_t length, size_t at, unsigned count,
                     unsigned field, unsigned extra)
{
    for (; count; count--) {
        if (at + field + 2 > length)
            return false;
        size_t size = (size_t)tf_be16(bytes + at + field) + extra;
        if (size < field + 2 || size > length - at)
            return false;
        at += size;
    }
    return at == length;
}

/* ---- one function for each protocol; short packets are padded to 64 bytes with zeros ---------- */

/* The two tapes' processor and OPRA have one block header: version, length, feed, retransmission. */
static bool is_sip_block(const uint8_t *bytes, size_t length, uint8_t feed)
{
    return bytes[0] < 16 && tf_be16(bytes + 1) == length && bytes[3] == feed;
}

static bool is_cqs(const uint8_t *bytes, size_t length)
{
    return is_sip_block(bytes, length, 'Q');
}

static bool is_cts(const uint8_t *bytes, size_t length)
{
    return is_sip_block(bytes, length, 'T');
}

static bool is_opra(const uint8_t *bytes, size_t length)
{
    return is_sip_block(bytes, length, 'O');
}

static bool is_csm(const uint8_t *bytes, size_t length)
{
    return bytes[0] == 1 && tf_be16(bytes + 1) == length && is_time(tf_be64(bytes + 3), 1000);
}

static bool is_xdp(const uint8_t *bytes, size_t length)
{
    return le16(bytes) == length && bytes[2] < 64 && is_time(le32(bytes + 8), 1) &&
           le32(bytes + 12) < 1000000000;
}

static bool is_openbook(const uint8_t *bytes, size_t length)
{
    return tf_be16(bytes) == length - 2 && tf_be16(bytes + 2) < 512 &&
           is_time_of_day_ms(tf_be32(bytes + 8)) && bytes[12] != 0;
}

static bool is_eobi(const uint8_t *bytes, size_t length)
{
    uint16_t body = le16(bytes), template = le16(bytes + 2);
    return body >= 16 && body <= length && template >= 13000 &&
           template <13700 && le32(bytes + 4) == UINT32_MAX;
}

static bool is_memoir(const uint8_t *bytes, size_t length)
{
    enum { HEADER = 18 };
    if (length < HEADER || bytes[0] > 2 || bytes[1] != HEADER || tf_be16(bytes + 10))
        return false;
    return length == HEADER ||
           (length >= HEADER + 2 &&
            fills_be(bytes, length, HEADER + 2, tf_be16(bytes + HEADER), 0, 2));
}

static bool is_mach(const uint8_t *bytes, size_t length)
{
    enum { HEADER = 12 };
    size_t at = 0;
    while (at + HEADER <= length) {
        uint16_t size = le16(bytes + at + 8);
        if (le64(bytes + at) >> 48 || size < HEADER || size > length - at || bytes[at + 10] > 3)
            return false;
        at += size;
    }
    return at == length;
}

static bool is_umdf(const uint8_t *bytes, size_t length)
{
    return length >= 20 && is_time(le64(bytes + 8), 1000000000) && le16(bytes + 18) == 0xEB50;
}

static bool is_impact(const uint8_t *bytes, size_t length)
{
    return is_time(tf_be64(bytes + 8), 1000) &&
           fills_be(bytes, length, 16, tf_be16(bytes + 6), 1, 3);
}

/* Start of text, digits, to an end of text. */
static bool is_hsvf(const uint8_t *bytes, size_t length)
{
    for (unsigned i = 1; i < 10; i++)
        if (bytes[i] < '0' || bytes[i] > '9')
            return false;
    return bytes[0] == 2 && bytes[length - 1] == 3;
}

static bool is_xmt(const uint8_t *bytes, size_t length)
{
    return bytes[0] == 2 && bytes[1] == 'X' && le16(bytes + 3) == length - 5;
}

static bool is_coinbase(const uint8_t *bytes, size_t length)
{
    enum { SCHEMA = 1201 };
    return length >= 34 && is_time(le64(bytes), 1000000000) && le16(bytes + 30) == SCHEMA;
}

static bool is_otc(const uint8_t *bytes, size_t length)
{
    return tf_be16(bytes) == length && is_time_of_day_ms(tf_be32(bytes + 8)) &&
           fills_be(bytes, length, 12, bytes[7], 0, 0);
}

static bool is_iex(const uint8_t *bytes, size_t length)
{
    return length >= 40 && bytes[0] == 1 && le16(bytes + 2) >> 4 == 0x800 &&
           is_time(le64(bytes + 32), 1000000000);
}

/* The same header as MoldUDP64's and the same lengths, turned round. */
static bool is_intelligent_cross(const uint8_t *bytes, size_t length)
{
    size_t at = TF_MOLDUDP64_HEADER;
    for (unsigned i = 0; i < TF_MOLDUDP64_SESSION; i++)
        if (bytes[i] < ' ' || bytes[i] >= 0x7F)
            return false;
    if (length < at || le64(bytes + 10) >> 48)
        return false;
    for (unsigned count = le16(bytes + 18); count && count != TF_MOLDUDP64_END; count--) {
        if (at + 2 > length)
            return false;
        at += 2u + le16(bytes + at);
    }
    return at == length;
}

static bool is_fix(const uint8_t *bytes, size_t length)
{
    return length > 6 && memcmp(bytes, "8=FIX", 5) == 0;
}

static const struct {
    const char *what;
    bool (*is)(const uint8_t *bytes, size_t length);
} protocols[] = {
    {"CTA SIP quotes (CQS)", is_cqs},
    {"CTA SIP trades (CTS)", is_cts},
    {"OPRA", is_opra},
    {"Cboe CSM", is_csm},
    {"NYSE XDP or Pillar", is_xdp},
    {"NYSE OpenBook Ultra", is_openbook},
    {"Eurex T7 EOBI", is_eobi},
    {"MEMX MEMOIR", is_memoir},
    {"MIAX MACH", is_mach},
    {"B3 Binary UMDF", is_umdf},
    {"ICE iMpact", is_impact},
    {"HSVF text (Sola: Montreal Exchange, BOX)", is_hsvf},
    {"TMX XMT", is_xmt},
    {"Coinbase Derivatives SBE", is_coinbase},
    {"OTC Markets ATS", is_otc},
    {"IEX-TP with a protocol other than TOPS 1.6, DEEP 1.0 and DEEP+ 1.0", is_iex},
    {"IntelligentCross (MoldUDP64 in little endian)", is_intelligent_cross},
    {"FIX text", is_fix},
};

/* MoldUDP64 that holds together to its last byte? */
static bool is_moldudp64(const struct tf_packet *packet, char *out, size_t size)
{
    struct tf_segment segment;
    struct tf_venue_message message, first = {.length = 0};
    char session[64], type[8];
    if (!tf_moldudp64.parse(packet, &segment))
        return false;
    tf_moldudp64.channel_text(packet, &segment, session, sizeof session);
    if (!segment.units) {
        snprintf(out, size, "MoldUDP64 (%s) without a message: whose feed, it does not say",
                 session);
        return true;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < segment.units; i++) {
        if (!tf_moldudp64.next(&segment, &at, &message))
            return false;
        if (!first.length)
            first = message;
    }
    if (at != segment.body_length)
        return false;
    tf_type_letter(first.length ? first.bytes[0] : 0, type);
    snprintf(out, size,
             "MoldUDP64 (%s) with messages that are not ITCH 5.0 (the first: %s, %u bytes)",
             session, type, first.length);
    return true;
}

static void unknown(const struct tf_packet *packet, char *out, size_t size)
{
    const uint8_t *address = (const uint8_t[]){
        (uint8_t)(packet->flow.address >> 24), (uint8_t)(packet->flow.address >> 16),
        (uint8_t)(packet->flow.address >> 8), (uint8_t)packet->flow.address};
    int used = snprintf(out, size, "%s of an unknown protocol to %u.%u.%u.%u:%u (%u bytes%s",
                        packet->flow.protocol == 6 ? "TCP" : "UDP", address[0], address[1],
                        address[2], address[3], packet->flow.port, packet->length,
                        packet->length ? ", the first" : "");
    for (uint32_t i = 0; i < packet->length && i < 8 && (size_t)used + 5 < size; i++)
        used += snprintf(out + used, size - (size_t)used, " %02x", packet->bytes[i]);
    if ((size_t)used < size)
        snprintf(out + used, size - (size_t)used, ")");
}

const char *tf_lookalike_packet(const struct tf_packet *packet, char *out, size_t size,
                                bool *known)
{
    enum { SHORTEST = 12, ROOM = 64 };
    uint8_t padded[ROOM] = {0};
    const uint8_t *bytes = packet->bytes;
    if (packet->length < ROOM) { /* short ones may be looked at past their end */
        memcpy(padded, packet->bytes, packet->length);
        bytes = padded;
    }
    *known = true;
    if (is_moldudp64(packet, out, size))
        return out;
    for (unsigned i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (packet->length < SHORTEST || !protocols[i].is(bytes, packet->length))
            continue;
        snprintf(out, size, "%s", protocols[i].what);
        return out;
    }
    *known = false;
    unknown(packet, out, size);
    return out;
}
