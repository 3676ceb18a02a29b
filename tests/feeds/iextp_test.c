/* SPDX-License-Identifier: Apache-2.0 */
/* The segments of IEX-TP byte by byte, and the request that asks for lost ones. */
#include "iex.h"
#include "iextp.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
    uint8_t at[256];
    uint32_t length;
};

/* Little endian, `width` bytes. */
static void put(struct bytes *bytes, unsigned at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        bytes->at[at + i] = (uint8_t)(value >> 8 * i);
}

static struct bytes make_segment(uint16_t protocol, uint64_t offset, uint64_t sequence)
{
    struct bytes bytes = {.length = 40};
    put(&bytes, 0, 1, 1);
    put(&bytes, 1, 1, 0xEE); /* reserved */
    put(&bytes, 2, 2, protocol);
    put(&bytes, 4, 4, 1);
    put(&bytes, 8, 4, 1150681088);
    put(&bytes, 16, 8, offset);
    put(&bytes, 24, 8, sequence);
    put(&bytes, 32, 8, UINT64_C(1517060400126900045));
    return bytes;
}

/* One more message: type S or what is given, filled up with zeros. */
static void append(struct bytes *bytes, uint16_t length, uint8_t type)
{
    put(bytes, bytes->length, 2, length);
    put(bytes, bytes->length + 2, 1, type);
    bytes->length += 2u + length;
    put(bytes, 12, 2, bytes->length - 40);
    put(bytes, 14, 2, bytes->at[14] + 1u);
}

/* In a heap block of just that size, so that reading past it is caught by sanitizers. */
static struct tf_packet packet_of(const struct bytes *bytes)
{
    uint8_t *exact = malloc(bytes->length ? bytes->length : 1);
    memcpy(exact, bytes->at, bytes->length);
    return (struct tf_packet){.bytes = exact, .length = bytes->length, .number = 1};
}

static bool parses(const struct tf_session_ops *ops, struct bytes bytes)
{
    struct tf_segment segment;
    struct tf_packet packet = packet_of(&bytes);
    bool parsed = ops->parse(&packet, &segment);
    free((void *)packet.bytes);
    return parsed;
}

Test(iextp, header_has_every_field)
{
    struct bytes bytes =
        make_segment(0x8004, UINT64_C(0x1112131415161718), UINT64_C(0x2122232425262728));
    append(&bytes, 10, 'S');
    append(&bytes, 18, 'O');
    struct tf_packet packet = packet_of(&bytes);
    struct tf_segment segment;
    char text[64];
    cr_assert(tf_iextp_deep.parse(&packet, &segment));
    cr_assert_eq(segment.kind, TF_SEGMENT_DATA);
    cr_assert_eq(segment.sequence, UINT64_C(0x2122232425262728));
    cr_assert_eq(segment.units, 2);
    cr_assert_eq(segment.ts_send, UINT64_C(1517060400126900045));
    cr_assert(segment.key_is_whole);
    cr_assert_not(segment.unsequenced);
    cr_assert_not(segment.may_restart);
    cr_assert_eq(segment.header_length, 40);
    cr_assert_eq(segment.body - packet.bytes, 40);
    cr_assert_eq(segment.body_length, 32);
    cr_assert_str_eq(tf_iextp_deep.channel_text(&packet, &segment, text, sizeof text),
                     "proto=0x8004 chan=1 session=1150681088");

    uint32_t at = 0;
    struct tf_venue_message message = {.channel = 7, .sequence = 9};
    cr_assert(tf_iextp_deep.next(&segment, &at, &message));
    cr_assert_eq(message.length, 10);
    cr_assert_eq(message.bytes - packet.bytes, 42);
    cr_assert_eq(message.channel, 7);
    cr_assert_eq(message.sequence, 9);
    cr_assert(tf_iextp_deep.next(&segment, &at, &message));
    cr_assert_eq(message.length, 18);
    cr_assert_eq(message.bytes[0], 'O');
    cr_assert_not(tf_iextp_deep.next(&segment, &at, &message));
    cr_assert_eq(at, segment.body_length);
    free((void *)packet.bytes);
}

Test(iextp, key_is_protocol_channel_and_session)
{
    struct tf_segment first, other;
    struct bytes bytes = make_segment(0x8003, 0, 1);
    struct tf_packet packet = packet_of(&bytes);
    cr_assert(tf_iextp_tops.parse(&packet, &first));
    free((void *)packet.bytes);
    static const unsigned fields[] = {2, 4, 8};
    for (unsigned i = 0; i < 3; i++) {
        struct bytes changed = bytes;
        changed.at[fields[i]] ^= 1; /* of the protocol: TOPS 1.5 */
        packet = packet_of(&changed);
        cr_assert(tf_iextp_tops.parse(&packet, &other));
        cr_assert_neq(memcmp(first.key, other.key, sizeof first.key), 0);
        free((void *)packet.bytes);
    }
    put(&bytes, 24, 8, 77);
    put(&bytes, 16, 8, 99);
    put(&bytes, 32, 8, 11);
    packet = packet_of(&bytes);
    cr_assert(tf_iextp_tops.parse(&packet, &other));
    cr_assert_arr_eq(first.key, other.key, sizeof first.key);
    free((void *)packet.bytes);
}

Test(iextp, heartbeat_says_what_is_next)
{
    struct bytes bytes = make_segment(0x8003, 100, 34362);
    struct tf_packet packet = packet_of(&bytes);
    struct tf_segment segment;
    cr_assert(tf_iextp_tops.parse(&packet, &segment));
    cr_assert_eq(segment.kind, TF_SEGMENT_HEARTBEAT);
    cr_assert_eq(segment.sequence, 34362);
    cr_assert_eq(segment.units, 0);
    cr_assert_eq(segment.body_length, 0);
    uint32_t at = 0;
    struct tf_venue_message message;
    cr_assert_not(tf_iextp_tops.next(&segment, &at, &message));
    free((void *)packet.bytes);
}

Test(iextp, first_message_of_all_may_be_a_restart)
{
    static const struct {
        uint64_t offset, sequence;
        bool may;
    } cases[] = {{0, 1, true}, {0, 2, false}, {10, 1, false}, {10, 2, false}};
    for (unsigned i = 0; i < 4; i++) {
        struct bytes bytes = make_segment(0x8005, cases[i].offset, cases[i].sequence);
        append(&bytes, 10, 'S');
        struct tf_packet packet = packet_of(&bytes);
        struct tf_segment segment;
        cr_assert(tf_iextp_deepplus.parse(&packet, &segment));
        cr_assert_eq(segment.may_restart, cases[i].may);
        free((void *)packet.bytes);
    }
}

Test(iextp, each_feed_has_its_protocols)
{
    static const struct tf_session_ops *const feeds[] = {&tf_iextp_tops, &tf_iextp_deep,
                                                         &tf_iextp_deepplus};
    static const int feed_of[] = {-1, 0, 0, 1, 2, -1}; /* of 0x8001 to 0x8006 */
    for (unsigned i = 0; i < 6; i++) {
        struct bytes bytes = make_segment((uint16_t)(0x8001 + i), 0, 1);
        for (int feed = 0; feed < 3; feed++)
            cr_assert_eq(parses(feeds[feed], bytes), feed_of[i] == feed,
                         "protocol 0x%x, feed %d", 0x8001 + i, feed);
    }
}

Test(iextp, contradictions_are_no_segments)
{
    struct bytes good = make_segment(0x8003, 0, 1);
    append(&good, 10, 'S');
    cr_assert(parses(&tf_iextp_tops, good));
    static const struct {
        unsigned at, width;
        uint64_t value;
    } changes[] = {
        {0, 1, 0},                  /* version */
        {0, 1, 2},                  /* version */
        {14, 2, 0},                 /* no messages, but bytes */
        {14, 2, 7},                 /* more messages than lengths fit */
        {12, 2, 0},                 /* messages, but no bytes */
        {24, 8, 0},                 /* the first message is number 1 */
        {24, 8, UINT64_MAX},        /* below zero */
        {24, 8, INT64_MAX},         /* the one behind is below zero */
        {16, 8, UINT64_C(1) << 63}, /* offset below zero */
        {32, 8, UINT64_C(1) << 63}, /* sent before the epoch */
    };
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct bytes bytes = good;
        put(&bytes, changes[i].at, changes[i].width, changes[i].value);
        cr_assert_not(parses(&tf_iextp_tops, bytes), "change %u", i);
    }
    for (good.length = 0; good.length < 40; good.length++)
        cr_assert_not(parses(&tf_iextp_tops, good));
}

/* How many messages there are in the segment's body, whatever the header says. */
static unsigned messages_in(struct bytes bytes)
{
    struct tf_packet packet = packet_of(&bytes);
    struct tf_segment segment;
    struct tf_venue_message message;
    uint32_t at = 0;
    unsigned count = 0;
    cr_assert(tf_iextp_tops.parse(&packet, &segment));
    while (tf_iextp_tops.next(&segment, &at, &message))
        count++;
    cr_assert_leq(at, segment.body_length);
    free((void *)packet.bytes);
    return count;
}

Test(iextp, cut_packets_are_read_as_far_as_they_go)
{
    struct bytes bytes = make_segment(0x8003, 0, 1);
    append(&bytes, 10, 'S');
    append(&bytes, 10, 'S');
    cr_assert_eq(messages_in(bytes), 2);
    for (uint32_t length = 40; length < 64; length++) {
        bytes.length = length;
        cr_assert_eq(messages_in(bytes), length < 52 ? 0 : 1);
    }
    bytes.length = 64 + 9; /* what is behind the payload is not read */
    cr_assert_eq(messages_in(bytes), 2);
}

Test(iextp, messages_that_end_behind_the_payload_are_none)
{
    struct bytes bytes = make_segment(0x8003, 0, 1);
    append(&bytes, 10, 'S');
    append(&bytes, 10, 'S');
    put(&bytes, 52, 2, 11);
    cr_assert_eq(messages_in(bytes), 1);
    put(&bytes, 40, 2, 0xFFFF);
    cr_assert_eq(messages_in(bytes), 0);
    put(&bytes, 40, 2, 0); /* an empty message is one */
    cr_assert_eq(messages_in(bytes), 1);
}

static int probe(const struct tf_format *format, struct bytes bytes, bool cut)
{
    struct tf_packet packet = packet_of(&bytes);
    packet.cut = cut;
    int sure = format->probe_packet(&packet);
    free((void *)packet.bytes);
    return sure;
}

Test(iextp, probe_looks_at_messages)
{
    struct bytes bytes = make_segment(0x8004, 0, 1);
    cr_assert_eq(probe(&tf_format_iex_deep, bytes, false), 60);
    cr_assert_eq(probe(&tf_format_iex_tops, bytes, false), 0);
    append(&bytes, 10, 'S');
    append(&bytes, 18, 'E');
    append(&bytes, 30, '8');
    append(&bytes, 35, '5'); /* grown */
    cr_assert_eq(probe(&tf_format_iex_deep, bytes, false), 100);
    cr_assert_eq(probe(&tf_format_iex_deepplus, bytes, false), 0);
    bytes.length--;
    cr_assert_eq(probe(&tf_format_iex_deep, bytes, false), 0);
    cr_assert_eq(probe(&tf_format_iex_deep, bytes, true), 100);
    bytes.length++;
    append(&bytes, 10, 'Z');
    cr_assert_eq(probe(&tf_format_iex_deep, bytes, false), 80);
    put(&bytes, 2, 2, 0x8003); /* of these, TOPS has S alone */
    cr_assert_eq(probe(&tf_format_iex_tops, bytes, false), 20);
}

/* ---- gap fill -------------------------------------------------------------------------------- */

Test(iextp, request_byte_by_byte)
{
    struct tf_iextp_request request = {TF_IEXTP_REQUEST_MESSAGES, 0x8004, 1, 0x11223344, 2};
    struct tf_iextp_range ranges[2] = {{5, 9}, {UINT64_C(0x0102030405060708), INT64_MAX}};
    uint8_t out[64];
    memset(out, 0xAA, sizeof out);
    cr_assert_eq(tf_iextp_request_write(&request, ranges, out, sizeof out), 48);
    static const uint8_t expected[48] = {
        1,    1,    0x04, 0x80, 1,    0,    0,    0,    0x44, 0x33, 0x22, 0x11,
        2,    0,    0,    0,    5,    0,    0,    0,    0,    0,    0,    0,
        9,    0,    0,    0,    0,    0,    0,    0,    0x08, 0x07, 0x06, 0x05,
        0x04, 0x03, 0x02, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
    cr_assert_arr_eq(out, expected, 48);
    cr_assert_eq(out[48], 0xAA);

    struct tf_iextp_request read;
    struct tf_iextp_range got[2] = {{0, 0}, {0, 0}};
    cr_assert(tf_iextp_request_read(out, 48, &read, got, 2));
    cr_assert_eq(read.type, TF_IEXTP_REQUEST_MESSAGES);
    cr_assert_eq(read.protocol, 0x8004);
    cr_assert_eq(read.channel, 1);
    cr_assert_eq(read.session, 0x11223344);
    cr_assert_eq(read.count, 2);
    cr_assert_arr_eq(got, ranges, sizeof ranges);
    memset(got, 0, sizeof got);
    cr_assert(tf_iextp_request_read(out, 48, &read, got, 1));
    cr_assert_eq(read.count, 2);
    cr_assert_eq(got[0].last, 9);
    cr_assert_eq(got[1].last, 0);
}

Test(iextp, request_that_does_not_fit_is_not_written)
{
    struct tf_iextp_request request = {TF_IEXTP_REQUEST_BYTES, 0x8004, 1, 2, 2};
    struct tf_iextp_range ranges[2] = {{5, 9}, {10, 10}};
    uint8_t out[48];
    for (size_t size = 0; size < 48; size++)
        cr_assert_eq(tf_iextp_request_write(&request, ranges, out, size), 0);
    cr_assert_eq(tf_iextp_request_write(&request, ranges, out, 48), 48);
    cr_assert_eq(out[1], 2);
    request.count = UINT32_MAX;
    cr_assert_eq(tf_iextp_request_write(&request, ranges, out, 48), 0);
    request.count = 2;
    ranges[1].last = 9;
    cr_assert_eq(tf_iextp_request_write(&request, ranges, out, 48), 0);
    ranges[1] = (struct tf_iextp_range){1, UINT64_MAX};
    cr_assert_eq(tf_iextp_request_write(&request, ranges, out, 48), 0);
}

Test(iextp, request_that_is_none_is_not_read)
{
    struct tf_iextp_request request = {TF_IEXTP_REQUEST_MESSAGES, 0x8004, 1, 2, 1}, read;
    struct tf_iextp_range range = {5, 9}, got;
    uint8_t good[32], out[32];
    cr_assert_eq(tf_iextp_request_write(&request, &range, good, sizeof good), 32);
    for (size_t length = 0; length < 32; length++)
        cr_assert_not(tf_iextp_request_read(good, length, &read, &got, 1));
    cr_assert(tf_iextp_request_read(good, 32, &read, &got, 1));
    static const struct {
        unsigned at;
        uint8_t value;
    } changes[] = {{0, 2}, {1, 0}, {1, 3}, {12, 2}, {15, 0xFF}, {16, 10}, {31, 0x80}};
    for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        memcpy(out, good, sizeof out);
        out[changes[i].at] = changes[i].value;
        cr_assert_not(tf_iextp_request_read(out, 32, &read, &got, 1), "change %u", i);
    }
}
