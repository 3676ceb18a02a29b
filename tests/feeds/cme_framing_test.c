/* SPDX-License-Identifier: Apache-2.0 */
/* CME MDP 3.0: packets, lengths that cannot be, what is recognised, what is reported. */
#include "cme_fixture.h"
#include "cme_layout.h"
#include "cme_session.h"
#include "json_out.h"

#include <stdio.h>

TestSuite(cme_framing, .init = open_decoder, .fini = close_decoder);

/* ---- packets --------------------------------------------------------------------------------- */

static struct tf_packet make_packet(const struct message *message, uint8_t protocol,
                                    uint8_t *bytes)
{
    unsigned header = protocol == 6 ? 14 : 12;
    memset(bytes, 0, header);
    if (protocol == 6)
        memcpy(bytes, "\xFE\xCA", 2);
    memcpy(bytes + header - 12, "\x44\x33\x22\x11", 4);
    for (unsigned i = 0; i < 8; i++)
        bytes[header - 8 + i] = (uint8_t)(TIME >> 8 * i);
    memcpy(bytes + header, message->bytes, message->length);
    return (struct tf_packet){
        .bytes = bytes, .length = header + message->length, .flow = {1, 2, 3, 4, protocol}};
}

Test(cme_framing, headers_over_udp_and_tcp)
{
    static uint8_t bytes[ROOM + 14];
    const uint8_t protocols[] = {17, 6, 0};
    for (unsigned i = 0; i < 3; i++) {
        struct message m = make_refresh(46, 9, END);
        struct tf_packet packet = make_packet(&m, protocols[i], bytes);
        struct tf_segment segment;
        struct tf_venue_message found = {0};
        uint32_t at = 0;
        cr_assert(tf_cme_session.parse(&packet, &segment));
        cr_assert_eq(segment.kind, TF_SEGMENT_DATA);
        cr_assert_eq(segment.sequence, 0x11223344);
        cr_assert_eq(segment.units, 1);
        cr_assert_eq(segment.ts_send, TIME);
        cr_assert_eq(segment.header_length, protocols[i] == 6 ? 14 : 12);
        cr_assert(!segment.unsequenced && !segment.may_restart && !segment.key_is_whole);
        cr_assert(tf_cme_session.next(&segment, &at, &found));
        cr_assert_eq(found.length, m.length);
        cr_assert_eq(at, segment.body_length);
        cr_assert(!tf_cme_session.next(&segment, &at, &found));
        cr_assert_eq(at, segment.body_length);
    }
}

Test(cme_framing, a_tcp_header_where_the_protocol_is_not_known)
{
    static uint8_t bytes[ROOM + 14];
    struct message m = make_refresh(46, 9, END);
    struct tf_packet packet = make_packet(&m, 6, bytes);
    struct tf_segment segment;
    packet.flow.protocol = 0;
    bytes[12] = bytes[13] = 0; /* as a MsgSize at 12 it would be too small */
    cr_assert(tf_cme_session.parse(&packet, &segment));
    cr_assert_eq(segment.header_length, 14);
}

Test(cme_framing, two_messages_and_a_rest)
{
    static uint8_t bytes[ROOM + 14];
    struct message m = make_refresh(46, 9, END);
    struct tf_packet packet = make_packet(&m, 17, bytes);
    struct tf_segment segment;
    struct tf_venue_message found = {0};
    uint32_t at = 0;
    memcpy(bytes + packet.length, m.bytes, m.length);
    packet.length += m.length + 2;
    cr_assert(tf_cme_session.parse(&packet, &segment));
    cr_assert(tf_cme_session.next(&segment, &at, &found));
    cr_assert(tf_cme_session.next(&segment, &at, &found));
    cr_assert(!tf_cme_session.next(&segment, &at, &found));
    cr_assert_eq(at + 2, segment.body_length);
}

Test(cme_framing, packets_that_are_none)
{
    static uint8_t bytes[ROOM + 14];
    struct message m = make_refresh(46, 9, END);
    struct tf_segment segment;
    struct tf_packet packet = make_packet(&m, 17, bytes);
    for (uint32_t length = 0; length < 12; length++) {
        packet.length = length;
        cr_assert(!tf_cme_session.parse(&packet, &segment));
    }
    packet.length = 12; /* no message is a packet too: it uses up its number */
    cr_assert(tf_cme_session.parse(&packet, &segment));
    cr_assert_eq(segment.units, 1);
    packet.length = 12 + m.length;
    bytes[12] = 9;
    cr_assert(!tf_cme_session.parse(&packet, &segment));
    packet = make_packet(&m, 6, bytes);
    bytes[0] = 0;
    cr_assert(!tf_cme_session.parse(&packet, &segment));
}

Test(cme_framing, first_number_and_no_number)
{
    static uint8_t bytes[ROOM + 14];
    struct message m = make_refresh(46, 9, END);
    struct tf_segment segment;
    struct tf_packet packet = make_packet(&m, 17, bytes);
    memcpy(bytes, "\1\0\0\0", 4);
    cr_assert(tf_cme_session.parse(&packet, &segment));
    cr_assert(segment.may_restart && !segment.unsequenced);
    memset(bytes, 0, 12);
    cr_assert(tf_cme_session.parse(&packet, &segment));
    cr_assert(segment.unsequenced && segment.ts_send == TF_UNDEF_TIMESTAMP);
}

/* ---- what is recognised ---------------------------------------------------------------------- */

static int probe(const struct message *message, uint8_t protocol)
{
    static uint8_t bytes[ROOM + 14];
    struct tf_packet packet = make_packet(message, protocol, bytes);
    return tf_format_cme_mdp3.probe_packet(&packet);
}

Test(cme_framing, probe_wants_known_templates)
{
    struct message m = make_refresh(46, 9, END);
    add_group(&m, 3, 32, 2);
    cr_assert_geq(probe(&m, 17), 90);
    cr_assert_geq(probe(&m, 6), 90);
    put(&m, 4, 2, 150);
    cr_assert(probe(&m, 17) > 55 && probe(&m, 17) < 90);
    put(&m, 6, 2, 0xABCD);
    cr_assert(probe(&m, 17) >= 50 && probe(&m, 17) <= 55);
    m = make_refresh(46, 9, END);
    put(&m, 2, 2, 5); /* a block shorter than it ever was */
    cr_assert_eq(probe(&m, 17), 0);
    m = make(208, 0, 5);
    put(&m, 6, 2, 2);
    cr_assert_geq(probe(&m, 6), 90);
    cr_assert_lt(probe(&m, 17), 60);
}

Test(cme_framing, probe_wants_a_time_and_whole_messages)
{
    static uint8_t bytes[ROOM + 14];
    struct message m = make_refresh(46, 9, END);
    struct tf_packet packet = make_packet(&m, 17, bytes);
    cr_assert_geq(tf_format_cme_mdp3.probe_packet(&packet), 90);
    packet.length += 10; /* ten bytes that are no message */
    cr_assert_eq(tf_format_cme_mdp3.probe_packet(&packet), 0);
    packet.length -= 10;
    bytes[11] = 0;
    cr_assert_eq(tf_format_cme_mdp3.probe_packet(&packet), 0);
}

/* ---- lengths --------------------------------------------------------------------------------- */

Test(cme_framing, every_cut_of_a_message_gives_nothing)
{
    struct message whole = make_refresh(46, 9, END);
    uint32_t at = add_group(&whole, 3, 32, 2);
    put_level(&whole, at, 500, 12, 77, 1, 3, 1, 0, '0');
    put_level(&whole, at + 32, 501, 12, 77, 2, 3, 1, 0, '0');
    at = add_group(&whole, 8, 24, 1);
    whole.bytes[at + 20] = 1;
    feed(&whole);
    cr_assert_eq(tick_count, 3);
    for (uint32_t length = 0; length < whole.length; length++) {
        for (unsigned told = 0; told < 2; told++) {
            struct message m = whole;
            m.length = length;
            if (told)
                put(&m, 0, 2, length);
            tf_cme_mdp3_ops.restart(decoder);
            feed(&m);
            /* The book alone is whole where its message ends before the group of orders. */
            bool short_of_orders = told && length >= 21 + 3 + 64 && length < 21 + 3 + 64 + 8;
            bool empty = told && length >= 21 && length < 21 + 3;
            cr_assert_eq(tick_count, short_of_orders ? 2 : empty ? 1 : 0, "length %u", length);
            cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_LENGTH],
                         !short_of_orders && !empty);
        }
    }
}

Test(cme_framing, counts_and_lengths_that_cannot_be)
{
    struct message m = make_refresh(46, 9, END);
    uint32_t at = add_group(&m, 3, 32, 2);
    m.bytes[at - 1] = 3;
    feed(&m);
    assert_flaw(TF_ANOMALY_BAD_LENGTH, "NoMDEntries", 21);
    tf_cme_mdp3_ops.restart(decoder);
    m.bytes[at - 1] = 2;
    put(&m, at - 3, 2, 26); /* shorter than an entry ever was */
    feed(&m);
    assert_flaw(TF_ANOMALY_BAD_LENGTH, "NoMDEntries", 21);
    tf_cme_mdp3_ops.restart(decoder);
    put(&m, at - 3, 2, 65535);
    feed(&m);
    assert_flaw(TF_ANOMALY_BAD_LENGTH, "NoMDEntries", 21);
    tf_cme_mdp3_ops.restart(decoder);
    m = make_refresh(46, 9, END);
    put(&m, 2, 2, 12);
    feed(&m);
    assert_flaw(TF_ANOMALY_BAD_LENGTH, "blockLength", 2);
    cr_assert_eq(tick_count, 0);
}

Test(cme_framing, unknown_templates_and_schemas)
{
    struct message m = make_refresh(150, 9, END);
    feed(&m);
    assert_flaw(TF_ANOMALY_UNKNOWN_TYPE, "templateId", 4);
    cr_assert_eq(counts()->messages_by_type[150], 1);
    m = make_refresh(46, 9, END);
    put(&m, 6, 2, 0xABCD);
    feed(&m);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_TYPE], 2);
    m = make(700, 9, 3);
    feed(&m);
    cr_assert_eq(counts()->messages_by_type[255], 1);
    char name[8];
    tf_cme_mdp3_ops.type_name(255, name);
    cr_assert_str_eq(name, "other");
    tf_cme_mdp3_ops.type_name(46, name);
    cr_assert_str_eq(name, "46");
    m = make(206, 0, 6);
    put(&m, 6, 2, 2);
    feed(&m); /* a session message of a TCP service: known */
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_UNKNOWN_TYPE], 3);
    cr_assert_eq(counts()->messages, 4);
}

/* ---- the tables ------------------------------------------------------------------------------ */

static void check_fields(const struct tf_cme_field *fields, unsigned count, unsigned block_min)
{
    static const unsigned widths[8] = {1, 2, 4, 8, 1, 2, 4, 8};
    for (unsigned i = 0; i < count; i++) {
        unsigned end = fields[i].at + widths[fields[i].kind & 7];
        cr_assert(i == 0 || fields[i].at >= fields[i - 1].at + widths[fields[i - 1].kind & 7],
                  "%s overlaps", fields[i].name);
        cr_assert(fields[i].since || end <= block_min, "%s beyond the block", fields[i].name);
    }
}

Test(cme_framing, tables_hold_together)
{
    unsigned templates = 0;
    for (uint16_t id = 0; id < 256; id++) {
        const struct tf_cme_layout *layout = tf_cme_layout(id);
        if (!layout)
            continue;
        char digits[8];
        templates++;
        snprintf(digits, sizeof digits, "%u", id);
        size_t length = strlen(layout->name), tail = strlen(digits);
        cr_assert_str_eq(layout->name + length - tail, digits);
        check_fields(layout->fields, layout->field_count, layout->block_min);
        cr_assert_leq(layout->group_count, CME_GROUPS_MAX);
        cr_assert(layout->transact == CME_NONE || layout->transact + 8 <= layout->block_min);
        cr_assert(layout->indicator == CME_NONE || layout->indicator < layout->block_min);
        cr_assert(layout->security + 4 <= layout->block_min || !layout->security);
        for (unsigned i = 0; i < layout->group_count; i++) {
            const struct tf_cme_group *group = &layout->groups[i];
            check_fields(group->fields, group->field_count, group->block_min);
            cr_assert(group->header == 3 || group->header == 4 || group->header == 8);
            cr_assert_lt(group->action, group->block_min);
            cr_assert_lt(group->type, group->block_min);
            cr_assert(group->security + 4 <= group->block_min || !group->security);
            cr_assert(group->rpt_seq + 4 <= group->block_min || !group->rpt_seq);
            cr_assert(group->since == 0 || i + 1 == layout->group_count);
        }
    }
    cr_assert_eq(templates, 43);
}

/* ---- the tally ------------------------------------------------------------------------------- */

static const char *facts(void)
{
    static char *text;
    size_t size;
    free(text);
    struct tf_json json = {.out = open_memstream(&text, &size)};
    tf_json_object(&json, 0);
    tf_cme_mdp3_ops.facts(decoder, &json);
    tf_json_end_object(&json);
    fclose(json.out);
    return text;
}

#define assert_says(part) cr_assert(strstr(facts(), part), "%s", facts())

Test(cme_framing, tally_of_a_book)
{
    struct message m = make_refresh(46, 9, END);
    uint32_t at = add_group(&m, 3, 32, 3);
    put_level(&m, at, 500, 12, 77, 1, INT32_MAX, 1, 0, '0');
    put_level(&m, at + 32, NULL_PRICE, 13, 77, 5, 2, 1, 1, '1');
    put_level(&m, at + 64, -700, INT32_MAX, 78, 1, 2, 1, 2, 'E');
    feed(&m);
    feed(&m);
    assert_says("\"headers\":{\"schema=1 version=9 template=46 blockLength=11\":2}");
    assert_says("\"messages_by_template\":{\"46\":2}");
    assert_says("\"sending_time_ns\":{\"first\":1500000000000000005,");
    assert_says("\"match_event_indicator\":{\"0x80\":2}");
    assert_says("\"46 action=0 type=0\":2");
    assert_says("\"46 action=2 type=E\":2");
    assert_says("\"distinct_security_ids\":2,\"security_ids\":[77,78]");
    assert_says(
        "\"rptseq\":{\"securities\":2,\"entries\":6,\"missing_total\":6,"
        "\"first_last\":{\"77\":[1,5],\"78\":[1,1]},\"missing_by_security\":{\"77\":6}}");
    assert_says("\"trades_detail\":{}");
    assert_says("\"book\":{\"level_entries\":6,\"level_px_mantissa_sum\":-400,"
                "\"level_size_sum\":50}");
    assert_says("\"46 MDIncrementalRefreshBook46\":{\"root\":{\"_count\":2,");
    assert_says(
        "\"NoMDEntries(blockLength=32)\":{\"_count\":6,\"MDEntryPx\":{\"n\":4,\"null\":2,"
        "\"sum\":-400}");
    assert_says("\"NumberOfOrders\":{\"n\":4,\"null\":2,\"sum\":8}");
    cr_assert(!strstr(facts(), "TradeableSize")); /* since version 10 */
    put(&m, 8, 2, 10);
    feed(&m);
    assert_says("\"TradeableSize\":{\"n\":3,\"null\":0,\"sum\":0}");
}

Test(cme_framing, tally_of_sums_beyond_64_bits)
{
    struct message m = make_refresh(46, 9, END);
    put(&m, 10, 8, INT64_MAX);
    for (unsigned i = 0; i < 4; i++)
        feed(&m);
    assert_says("\"TransactTime\":{\"n\":4,\"null\":0,\"sum\":36893488147419103228}");
}

Test(cme_framing, tally_of_trades)
{
    struct message m = make_refresh(42, 8, END);
    uint32_t at = add_group(&m, 3, 32, 1);
    put(&m, at, 8, 1000);
    put(&m, at + 8, 4, 11);
    put(&m, at + 12, 4, 5);
    put(&m, at + 20, 4, 2);
    put(&m, at + 24, 1, 2);
    at = add_group(&m, 8, 16, 2);
    put(&m, at + 8, 4, 11);
    put(&m, at + 24, 4, 11);
    feed(&m);
    assert_says("\"trades_detail\":{\"trade_entries\":1,\"trade_size_sum\":11,"
                "\"trade_price_mantissa_sum\":1000,\"trade_px_x_size_sum\":11000,"
                "\"trade_orders_sum\":2,\"aggressor_2\":1,\"order_entries\":2,"
                "\"order_lastqty_sum\":22}");
    assert_says("\"42 action=0 type=2\":1");
}

Test(cme_framing, tally_of_definitions_and_unknowns)
{
    struct message m = make(54, 9, 216);
    put(&m, 15, 1, 'A');
    put_text(&m, 45, "ESZ5");
    put(&m, 65, 4, 77);
    feed(&m);
    feed(&m);
    put_text(&m, 45, "ESM5");
    put(&m, 65, 4, 78);
    feed(&m);
    m = make(150, 9, 3);
    feed(&m);
    assert_says("\"symbols_detail\":[\"ESM5\",\"ESZ5\"]");
    assert_says(
        "\"transact_time_ns\":{\"first\":null,\"last\":null,\"min\":null,\"max\":null}");
    assert_says("\"unknown_template_or_schema\":1");
    assert_says("\"messages_by_template\":{\"54\":3,\"150\":1}");
    tf_cme_mdp3_ops.restart(decoder);
    assert_says("\"symbols_detail\":[]");
    assert_says("\"field_sums\":{}");
}

Test(cme_framing, tally_of_snapshots_has_no_action)
{
    struct message m = make(68, 12, 37);
    put(&m, 19, 4, 77);
    put(&m, add_group(&m, 3, 23, 1) + 22, 1, 'w');
    feed(&m);
    assert_says("\"68 action=None type=w\":1");
    assert_says("\"security_ids\":[77]");
    assert_says("\"rptseq\":{\"securities\":0,");
}
