/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MoldUDP64 packets made byte by byte, requests, and what the probe of ITCH 5.0 over it takes for
 * its own.  Offsets are numbers out of the specification.
 */
#include "itch50_fixture.h"
#include "moldudp64.h"

#include <stdlib.h>

static struct {
    uint8_t bytes[2048];
    uint32_t length;
    uint16_t port;
    bool cut;
} made;
static uint8_t *exact; /* of just that length, so that reading past it is caught */
static struct tf_packet packet;
static struct tf_segment segment;

static void release(void)
{
    free(exact);
    exact = 0;
}

TestSuite(moldudp64, .fini = release);

static void begin(const char *session, uint64_t sequence, uint16_t count)
{
    memset(&made, 0, sizeof made);
    memcpy(made.bytes, session, 10);
    for (unsigned i = 0; i < 8; i++)
        made.bytes[10 + i] = (uint8_t)(sequence >> 8 * (7 - i));
    made.bytes[18] = (uint8_t)(count >> 8);
    made.bytes[19] = (uint8_t)count;
    made.length = 20;
}

static void append(const void *bytes, uint16_t length)
{
    made.bytes[made.length++] = (uint8_t)(length >> 8);
    made.bytes[made.length++] = (uint8_t)length;
    memcpy(made.bytes + made.length, bytes, length);
    made.length += length;
}

static void append_message(struct message message)
{
    append(message.bytes, (uint16_t)message.length);
}

static const struct tf_packet *finished(void)
{
    release();
    exact = malloc(made.length ? made.length : 1);
    memcpy(exact, made.bytes, made.length);
    packet = (struct tf_packet){
        .bytes = exact, .length = made.length, .cut = made.cut, .flow.port = made.port};
    return &packet;
}

static bool parsed(void)
{
    memset(&segment, 0xAA, sizeof segment);
    return tf_moldudp64.parse(finished(), &segment);
}

Test(moldudp64, data_packet_has_every_field)
{
    begin("000010059B", 0x0102030405060708, 3);
    append("abc", 3);
    append("", 0);
    append("z", 1);
    cr_assert(parsed());
    cr_assert_eq(segment.kind, TF_SEGMENT_DATA);
    cr_assert_eq(segment.sequence, 0x0102030405060708);
    cr_assert_eq(segment.units, 3);
    cr_assert_eq(segment.ts_send, TF_UNDEF_TIMESTAMP);
    cr_assert_eq(segment.header_length, 20);
    cr_assert_eq(segment.body, packet.bytes + 20);
    cr_assert_eq(segment.body_length, packet.length - 20);
    cr_assert(segment.key_is_whole && !segment.unsequenced && !segment.may_restart);
    cr_assert_arr_eq(segment.key, "000010059B\0\0\0\0\0\0", 16);

    struct tf_venue_message message;
    uint32_t at = 0;
    cr_assert(tf_moldudp64.next(&segment, &at, &message));
    cr_assert(message.length == 3 && memcmp(message.bytes, "abc", 3) == 0);
    cr_assert(tf_moldudp64.next(&segment, &at, &message));
    cr_assert_eq(message.length, 0);
    cr_assert(tf_moldudp64.next(&segment, &at, &message));
    cr_assert(message.length == 1 && message.bytes[0] == 'z');
    cr_assert_not(tf_moldudp64.next(&segment, &at, &message));
    cr_assert_eq(at, segment.body_length);
}

Test(moldudp64, heartbeat_and_end_name_the_next_number_and_carry_nothing)
{
    begin("000010059B", 77, 0);
    cr_assert(parsed());
    cr_assert(segment.kind == TF_SEGMENT_HEARTBEAT && segment.sequence == 77 && !segment.units);
    begin("000010059B", 78, 0xFFFF);
    cr_assert(parsed());
    cr_assert(segment.kind == TF_SEGMENT_END && segment.sequence == 78 && !segment.units);
    cr_assert_eq(segment.body_length, 0);
}

Test(moldudp64, number_one_may_be_a_new_beginning)
{
    begin("000010059B", 1, 1);
    append("a", 1);
    cr_assert(parsed() && segment.may_restart);
    begin("000010059B", 1, 0); /* before the first message: it says nothing new */
    cr_assert(parsed() && !segment.may_restart);
}

Test(moldudp64, sanitised_packets_are_unsequenced)
{
    char text[64];
    begin("\0\0\0\0\0\0\0\0\0\0", 0, 1);
    append("a", 1);
    cr_assert(parsed() && segment.unsequenced && segment.units == 1);
    cr_assert_str_eq(tf_moldudp64.channel_text(&packet, &segment, text, sizeof text),
                     "no session");
    begin("\0\0\0\0\0\0\0\0\0\0", 9, 1);
    append("a", 1);
    cr_assert(parsed() && !segment.unsequenced);
}

Test(moldudp64, channel_is_called_by_its_session)
{
    char text[64];
    begin("  1059B   ", 2, 0);
    cr_assert(parsed());
    cr_assert_str_eq(tf_moldudp64.channel_text(&packet, &segment, text, sizeof text),
                     "session 1059B");
}

Test(moldudp64, other_protocols_are_refused)
{
    begin("000010059B", 2, 0);
    made.length = 19;
    cr_assert_not(parsed());
    begin("00001\x01"
          "059B",
          2, 0);
    cr_assert_not(parsed());
    begin("00001\xFF"
          "059B",
          2, 0);
    cr_assert_not(parsed());
    begin("0000\0\0\0\0\0\0", 2, 0); /* neither text nor sanitised */
    cr_assert_not(parsed());
    begin("000010059B", 2, 0); /* a heartbeat with a message */
    append("a", 1);
    cr_assert_not(parsed());
    begin("000010059B", 2, 3); /* three messages need six bytes of lengths */
    append("abc", 3);
    cr_assert_not(parsed());
    made.cut = true;
    cr_assert(parsed());
    begin("000010059B", UINT64_MAX, 1);
    append("a", 1);
    cr_assert_not(parsed());
    made.length = 0;
    cr_assert_not(parsed());
}

Test(moldudp64, message_that_does_not_fit_ends_the_packet)
{
    begin("000010059B", 2, 2);
    append("abc", 3);
    append("defg", 4);
    made.length--;
    cr_assert(parsed());
    struct tf_venue_message message;
    uint32_t at = 0;
    cr_assert(tf_moldudp64.next(&segment, &at, &message));
    cr_assert_not(tf_moldudp64.next(&segment, &at, &message));
    cr_assert_lt(at, segment.body_length);
    made.length = 20 + 5 + 1; /* half a length */
    made.cut = true;
    cr_assert(parsed());
    at = 5;
    cr_assert_not(tf_moldudp64.next(&segment, &at, &message));
}

Test(moldudp64, request_goes_there_and_back)
{
    struct tf_moldudp64_request request = {.sequence = 0x0102030405060708, .count = 0x0A0B},
                                got;
    uint8_t bytes[21];
    memcpy(request.session, "000010059B", 10);
    tf_moldudp64_request_put(&request, bytes);
    cr_assert_arr_eq(bytes, "000010059B\1\2\3\4\5\6\7\x08\x0A\x0B", 20);
    cr_assert(tf_moldudp64_request_get(bytes, 20, &got));
    cr_assert_arr_eq(got.session, request.session, 10);
    cr_assert(got.sequence == request.sequence && got.count == request.count);
    cr_assert_not(tf_moldudp64_request_get(bytes, 19, &got));
    cr_assert_not(tf_moldudp64_request_get(bytes, 21, &got));
    bytes[18] = bytes[19] = 0;
    cr_assert_not(tf_moldudp64_request_get(bytes, 20, &got));
    bytes[18] = bytes[19] = 0xFF;
    cr_assert_not(tf_moldudp64_request_get(bytes, 20, &got));
}

/* ---- whose messages are they? ---------------------------------------------------------------- */

static int probe(void)
{
    return tf_format_moldudp64_itch50.probe_packet(finished());
}

Test(moldudp64, probe_takes_itch50)
{
    begin("000010059B", 5, 2);
    append_message(make_add(1, 'B', 100, "AAPL    ", 1000000));
    append_message(make_executed(1, 100, 5));
    cr_assert_eq(probe(), 100);
    append("", 0);
    made.bytes[19] = 3;
    cr_assert_eq(probe(), 100);
}

Test(moldudp64, probe_refuses_dialects)
{
    struct message other = make_add(1, 'B', 100, "AAPL    ", 1000000);
    begin("000010059B", 5, 1);
    other.length = 40; /* of A, in another version */
    append_message(other);
    cr_assert_eq(probe(), 0);
    begin("000010059B", 5, 1);
    other.length = 36;
    put(&other, 5, 6, UINT64_C(3) * 86400 * 1000000000); /* not a time of the day */
    append_message(other);
    cr_assert_eq(probe(), 0);
    begin("000010059B", 5, 1);
    other = make_add(1, 'B', 100, "\1\2\3\4\5\6\7\x08", 1000000);
    append_message(other);
    cr_assert_eq(probe(), 0);
    begin("000010059B", 5, 1);
    append_message(make_add(1, 'B', 100, "AAPL    ", 1000000));
    made.length--; /* the packet contradicts itself */
    cr_assert_eq(probe(), 0);
}

Test(moldudp64, probe_of_a_silent_packet_is_unsure)
{
    begin("000010059B", 5, 0);
    made.port = 26477;
    cr_assert_eq(probe(), 50);
    begin("000010059B", 5, 0xFFFF);
    made.port = 26477;
    cr_assert_eq(probe(), 50);
    begin("000008367I", 5, 0); /* an options exchange of the same house */
    made.port = 18024;
    cr_assert_eq(probe(), 0);
}
