/* SPDX-License-Identifier: Apache-2.0 */
/* The sequenced unit header, and what is taken for binary PITCH. */
#include "pitch_fixture.h"

TestSuite(pitch_session);

/* A packet on the heap, of just its size. */
static struct tf_packet packet_of(uint16_t length, uint8_t count, uint8_t unit,
                                  uint32_t sequence, const struct message *messages,
                                  unsigned message_count)
{
    struct message all = {.length = 8};
    put(&all, 0, 2, length);
    put(&all, 2, 1, count);
    put(&all, 3, 1, unit);
    put(&all, 4, 4, sequence);
    for (unsigned i = 0; i < message_count; i++) {
        memcpy(all.bytes + all.length, messages[i].bytes, messages[i].length);
        all.length += messages[i].length;
    }
    uint8_t *exact = malloc(all.length);
    memcpy(exact, all.bytes, all.length);
    return (struct tf_packet){
        .bytes = exact, .length = all.length, .ts_recv = TF_UNDEF_TIMESTAMP};
}

static void drop(struct tf_packet packet)
{
    free((void *)(uintptr_t)packet.bytes);
}

static int probe(struct tf_packet packet)
{
    int score = tf_format_pitch_binary.probe_packet(&packet);
    drop(packet);
    return score;
}

Test(pitch_session, header_has_every_field)
{
    struct message two[] = {make_time(1), make_executed(1, 2, 3)};
    struct tf_packet packet = packet_of(8 + 6 + 26, 2, 17, 0x01020304, two, 2);
    struct tf_segment segment;
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert_eq(segment.kind, TF_SEGMENT_DATA);
    cr_assert_not(segment.unsequenced);
    cr_assert_eq(segment.sequence, 0x01020304);
    cr_assert_eq(segment.units, 2);
    cr_assert_eq(segment.ts_send, TF_UNDEF_TIMESTAMP);
    cr_assert_eq(segment.key[0], 17);
    cr_assert_not(segment.key_is_whole);
    cr_assert_not(segment.may_restart);
    cr_assert_eq(segment.header_length, 8);
    cr_assert_eq(segment.body_length, 32);
    cr_assert_not(tf_pitch_session.unit_is_packet);
    char name[32];
    cr_assert_str_eq(tf_pitch_session.channel_text(&packet, &segment, name, sizeof name),
                     "unit 17");

    struct tf_venue_message message;
    uint32_t at = 0;
    cr_assert(tf_pitch_session.next(&segment, &at, &message));
    cr_assert_eq(message.bytes, packet.bytes + 8);
    cr_assert_eq(message.length, 6);
    cr_assert(tf_pitch_session.next(&segment, &at, &message));
    cr_assert_eq(message.bytes, packet.bytes + 14);
    cr_assert_eq(message.length, 26);
    cr_assert_eq(at, segment.body_length);
    cr_assert_not(tf_pitch_session.next(&segment, &at, &message));
    drop(packet);
}

Test(pitch_session, count_zero_is_a_heartbeat)
{
    struct tf_packet packet = packet_of(8, 0, 1, 77, 0, 0);
    struct tf_segment segment;
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert_eq(segment.kind, TF_SEGMENT_HEARTBEAT);
    cr_assert_eq(segment.sequence, 77);
    cr_assert_eq(segment.units, 0);
    cr_assert_eq(segment.body_length, 0);
    drop(packet);
}

Test(pitch_session, sequence_zero_is_unsequenced_and_one_may_be_a_restart)
{
    struct message time = make_time(1);
    struct tf_segment segment;
    struct tf_packet packet = packet_of(14, 1, 1, 0, &time, 1);
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert(segment.unsequenced);
    drop(packet);
    packet = packet_of(14, 1, 1, 1, &time, 1);
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert_not(segment.unsequenced);
    cr_assert(segment.may_restart);
    drop(packet);
}

Test(pitch_session, header_must_fit_its_packet)
{
    struct message time = make_time(1);
    struct tf_segment segment;
    struct tf_packet packet = packet_of(15, 1, 1, 5, &time, 1); /* one more than there is */
    cr_assert_not(tf_pitch_session.parse(&packet, &segment));
    packet.cut = true;
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert_eq(segment.body_length, 6);
    drop(packet);
    packet = packet_of(13, 1, 1, 5, &time, 1); /* what follows is nobody's */
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert_eq(segment.body_length, 5);
    struct tf_venue_message message;
    uint32_t at = 0;
    cr_assert_not(tf_pitch_session.next(&segment, &at, &message), "longer than the body");
    cr_assert_eq(at, 0);
    drop(packet);
    packet = packet_of(7, 0, 1, 5, &time, 1);
    cr_assert_not(tf_pitch_session.parse(&packet, &segment), "shorter than itself");
    drop(packet);
    packet = packet_of(14, 4, 1, 5, &time, 1);
    cr_assert_not(tf_pitch_session.parse(&packet, &segment), "more messages than bytes hold");
    packet.length = 7;
    cr_assert_not(tf_pitch_session.parse(&packet, &segment));
    drop(packet);
}

Test(pitch_session, message_without_a_length_ends_the_walk)
{
    struct message odd = {.bytes = {1, 0x20}, .length = 2};
    struct tf_packet packet = packet_of(10, 1, 1, 5, &odd, 1);
    struct tf_segment segment;
    struct tf_venue_message message;
    uint32_t at = 0;
    cr_assert(tf_pitch_session.parse(&packet, &segment));
    cr_assert_not(tf_pitch_session.next(&segment, &at, &message));
    drop(packet);
}

Test(pitch_session, probe_believes_lengths_that_lead_to_the_end)
{
    struct message two[] = {make_time(1), make_add_long(1, 'B', 1, "AAPL  ", 1)};
    cr_assert_eq(probe(packet_of(8 + 6 + 34, 2, 1, 5, two, 2)), 100);
    cr_assert_eq(probe(packet_of(8, 0, 1, 5, 0, 0)), 50, "a heartbeat says little");
    struct message other = make(0xBB, 65, 1);
    cr_assert_eq(probe(packet_of(8 + 65, 1, 1, 0, &other, 1)), 60);

    cr_assert_eq(probe(packet_of(8 + 6 + 34, 1, 1, 5, two, 2)), 0, "one more than counted");
    cr_assert_eq(probe(packet_of(8 + 6 + 34, 3, 1, 5, two, 2)), 0, "one fewer than counted");
    cr_assert_eq(probe(packet_of(8 + 6, 1, 1, 5, two, 2)), 0, "bytes behind the header's");
    cr_assert_eq(probe(packet_of(8, 0, 1, 5, two, 1)), 0, "bytes behind a heartbeat");
    cr_assert_eq(probe(packet_of(0, 0, 0, 0, 0, 0)), 0, "zeros");
    two[1] = make_add_long(1, 'X', 1, "AAPL  ", 1);
    cr_assert_eq(probe(packet_of(8 + 6 + 34, 2, 1, 5, two, 2)), 0, "no side");
    two[0] = make_time(1000000);
    cr_assert_eq(probe(packet_of(8 + 6, 1, 1, 5, two, 1)), 0, "no time of day");
    two[0] = make(0x23, 25, 1);
    cr_assert_eq(probe(packet_of(8 + 25, 1, 1, 5, two, 1)), 0, "too short for its type");
}
