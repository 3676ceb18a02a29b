/* SPDX-License-Identifier: Apache-2.0 */
/* Order, loss, lines and restarts, with a toy protocol whose every message is a number. */
#include "feed_fixture.h"

Test(feed, order_of_one_line)
{
    open_feed(0, 0);
    give(1, 3, 0, 1 * MS);
    give(4, 1, 0, 2 * MS);
    give(4, 2, 0, 3 * MS); /* overlaps: 4 again, 5 new */
    cr_assert_str_eq(story(), "1 2 3 4 5");
    cr_assert_eq(out[4].ts_recv, 3 * MS);
    cr_assert_eq(report_of(0).duplicates, 1);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_REALTIME);
    tf_feed_close(feed);
}

Test(feed, begins_wherever_the_capture_begins)
{
    open_feed(0, 0);
    give(500, 2, 0, 1 * MS);
    give(502, 1, 0, 1 * MS);
    flush();
    cr_assert_str_eq(story(), "500 501 502");
    cr_assert_eq(report_of(0).first_sequence, 500);
    cr_assert_eq(report_of(0).gap_count, 0);
    tf_feed_close(feed);
}

Test(feed, what_comes_early_waits_for_its_turn)
{
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(4, 2, 0, 2 * MS);
    give(3, 1, 0, 3 * MS);
    cr_assert_str_eq(story(), "1");
    cr_assert_eq(report_of(0).state, TF_CHANNEL_GAP);
    give(2, 1, 0, 4 * MS);
    cr_assert_str_eq(story(), "1 2 3 4 5");
    cr_assert_eq(out[3].ts_recv, 2 * MS);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_REALTIME);
    cr_assert_eq(report_of(0).held_max, 2);
    tf_feed_close(feed);
}

Test(feed, gives_up_in_time_with_the_exact_range_and_drops_what_is_late)
{
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(5, 1, 0, 2 * MS);
    give(6, 1, 0, 11 * MS);
    cr_assert_str_eq(story(), "1");
    give(7, 1, 0, 12 * MS); /* 10 ms after the gap was noticed */
    cr_assert_str_eq(story(), "1 gap 2-4 5 6 7");
    give(3, 1, 0, 13 * MS);
    cr_assert_str_eq(story(), "1 gap 2-4 5 6 7");
    cr_assert_eq(report_of(0).late, 1);
    cr_assert_eq(report_of(0).duplicates, 0);
    cr_assert_eq(report_of(0).missing, 3);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_STALE);
    cr_assert_eq(toy.gaps, 1);
    tf_feed_close(feed);
}

Test(feed, two_gaps_each_wait_their_own_time)
{
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(3, 1, 0, 2 * MS);
    give(5, 1, 0, 10 * MS);
    tf_feed_time(feed, 12 * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-2 3");
    give(4, 1, 0, 14 * MS);
    cr_assert_str_eq(story(), "1 gap 2-2 3 4 5");
    tf_feed_close(feed);
}

Test(feed, gives_up_when_too_much_waits)
{
    open_feed(0, 4);
    give(1, 1, 0, 1 * MS);
    for (uint64_t i = 0; i < 5; i++)
        give(10 + i, 1, 0, 1 * MS);
    cr_assert_str_eq(story(), "1 gap 2-9 10 11 12 13 14");
    tf_feed_close(feed);
}

Test(feed, a_heartbeat_tells_of_a_loss_at_the_end)
{
    open_feed(10 * MS, 0);
    give(1, 2, 0, 1 * MS);
    give(3, 0, 0, 2 * MS);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_REALTIME);
    give(5, 0, 0, 3 * MS);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_GAP);
    give(5, 0xFFFF, 0, 20 * MS);
    cr_assert_str_eq(story(), "1 2 gap 3-4");
    cr_assert(report_of(0).ended);
    tf_feed_close(feed);
}

Test(feed, lines_fill_each_others_holes)
{
    open_feed(0, 0);
    give(1, 2, 0, 1 * MS);
    give(1, 1, 1, 2 * MS);
    give(5, 1, 0, 3 * MS); /* 3 4 are lost on line A */
    give(2, 3, 1, 4 * MS); /* B splits its packets elsewhere */
    give(5, 1, 1, 5 * MS);
    flush();
    cr_assert_str_eq(story(), "1 2 3 4 5");
    cr_assert_eq(tf_feed_channels(feed), 1);
    cr_assert_eq(tf_feed_lines(feed), 2);
    cr_assert_eq(report_of(0).duplicates, 3);
    cr_assert_eq(tf_feed_line_report(feed, 0)->missing, 2);
    cr_assert_eq(tf_feed_line_report(feed, 0)->wins, 3); /* 1 2, and 5 that waited */
    cr_assert_eq(tf_feed_line_report(feed, 1)->missing, 0);
    cr_assert_eq(tf_feed_line_report(feed, 1)->wins, 2);
    cr_assert_eq(tf_feed_line_report(feed, 1)->messages_by_type['M'], 5);
    tf_feed_close(feed);
}

Test(feed, without_a_session_id_lines_are_what_was_declared)
{
    open_feed(0, 0);
    key_is_whole = false;
    cr_assert_eq(tf_feed_declare(feed, 0xE9360C01, 26400, 3), 0);
    cr_assert_eq(tf_feed_declare(feed, 0xE9360C02, 26401, 3), 0);
    give(1, 1, 0, 1 * MS);
    give(5, 4, 1, 2 * MS); /* line B begins later, and first it is ahead */
    give(3, 2, 0, 3 * MS);
    give(5, 4, 0, 5 * MS);
    give(1, 3, 7, 6 * MS); /* another feed: same numbers, other packets */
    cr_assert_str_eq(story(), "1 1 2 3");
    give(2, 1, 1, 7 * MS);
    cr_assert_str_eq(story(), "1 1 2 3 2 3 4 5 6 7 8");
    cr_assert_eq(tf_feed_channels(feed), 2);
    cr_assert_eq(tf_feed_line_report(feed, 1)->channel, 0);
    cr_assert_eq(tf_feed_line_report(feed, 2)->channel, 1);
    cr_assert_eq(tf_feed_line_report(feed, 1)->leads, 1);
    cr_assert_eq(tf_feed_line_report(feed, 1)->lead_ns, 3 * MS);
    tf_feed_close(feed);
}

Test(feed, a_number_that_cannot_be_costs_its_packet)
{
    open_feed(10 * MS, 0);
    give(1, 2, 0, 1 * MS);
    give(UINT64_C(1) << 40, 1, 0, 2 * MS);
    give(UINT64_C(1) << 40, 1, 1, 2 * MS); /* its copy is no second opinion */
    give(3, 1, 0, 3 * MS);
    give(UINT64_C(1) << 50, 0, 0, 4 * MS); /* nor a heartbeat */
    give(4, 1, 0, 50 * MS);
    cr_assert_str_eq(story(), "1 2 3 4");
    cr_assert_eq(tf_feed_counts(feed)->anomalies[TF_ANOMALY_BAD_PACKET], 3);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_REALTIME);
    tf_feed_close(feed);
}

Test(feed, a_number_far_off_is_believed_when_others_follow_or_time_explains_it)
{
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(5000000, 1, 0, 2 * MS);
    give(5000001, 1, 0, 3 * MS);
    tf_feed_time(feed, 20 * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-5000000 5000001");
    give(9000000, 1, 0, UINT64_C(2000) * MS);
    tf_feed_time(feed, UINT64_C(2020) * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-5000000 5000001 gap 5000002-8999999 9000000");
    give(70, 1, 0, UINT64_C(2021) * MS); /* far below: the numbers have begun anew */
    give(71, 1, 0, UINT64_C(2022) * MS);
    cr_assert_str_eq(story(), "1 gap 2-5000000 5000001 gap 5000002-8999999 9000000 71");
    cr_assert_eq(report_of(0).epochs, 2);
    tf_feed_close(feed);
}

Test(feed, an_answer_is_believed_where_something_is_missing)
{
    uint8_t bytes[TOY_MAX];
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(4, 1, 0, 2 * MS);
    struct tf_packet packet = packet_of(bytes, 9, 2, 0, 9, 3 * MS);
    tf_feed_recovered(feed, &packet); /* nobody has told of 9 */
    drain();
    packet = packet_of(bytes, 2, 2, 0, 9, 3 * MS);
    tf_feed_recovered(feed, &packet);
    drain();
    give(5, 1, 0, 4 * MS);
    cr_assert_str_eq(story(), "1 2 3 4 5");
    cr_assert_eq(tf_feed_counts(feed)->anomalies[TF_ANOMALY_FOREIGN_PACKET], 1);
    tf_feed_close(feed);
}

/* ---- a publisher that begins anew -------------------------------------------------------------- */

static void give_sent(uint64_t first, uint32_t count, uint64_t sent, unsigned line,
                      uint64_t now)
{
    uint8_t bytes[TOY_MAX];
    struct tf_packet packet = packet_of(bytes, first, count, sent, line, now);
    tf_feed_packet(feed, &packet);
    drain();
}

Test(feed, a_restart_is_told_from_a_late_copy_by_its_send_time)
{
    open_feed(0, 0);
    give_sent(1, 2, 100, 0, 1 * MS);
    give_sent(3, 1, 200, 0, 2 * MS);
    give_sent(1, 2, 100, 1, 3 * MS); /* line B, late */
    cr_assert_str_eq(story(), "1 2 3");
    give_sent(6, 1, 300, 0, 4 * MS);
    give_sent(1, 1, 400, 0, 5 * MS); /* anew: what was held comes first, with its gap */
    give_sent(7, 1, 350, 1, 6 * MS); /* of the old numbers */
    give_sent(2, 1, 500, 1, 7 * MS);
    cr_assert_str_eq(story(), "1 2 3 gap 4-5 6 1 2");
    cr_assert_eq(report_of(0).epochs, 2);
    cr_assert_eq(report_of(0).epoch[1].first_ts_send, 400);
    cr_assert_eq(report_of(0).epoch[1].units, 2);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_REALTIME);
    tf_feed_close(feed);
}

Test(feed, a_restart_without_send_time_is_told_by_its_content)
{
    open_feed(0, 0);
    give(1, 2, 0, 1 * MS);
    give(3, 2, 0, 2 * MS);
    give(1, 2, 0, 3 * MS); /* the same again: a duplicate */
    cr_assert_str_eq(story(), "1 2 3 4");
    give(1, 3, 0, 4 * MS); /* other content: a new life */
    cr_assert_str_eq(story(), "1 2 3 4 1 2 3");
    cr_assert_eq(report_of(0).epochs, 2);
    tf_feed_close(feed);
}

/* ---- damage ------------------------------------------------------------------------------------ */

Test(feed, a_packet_that_ends_early_costs_what_is_not_there)
{
    uint8_t bytes[TOY_MAX];
    open_feed(0, 0);
    struct tf_packet packet = packet_of(bytes, 1, 3, 0, 0, 1 * MS);
    packet.length -= 3;
    tf_feed_packet(feed, &packet);
    drain();
    give(4, 1, 0, 2 * MS);
    flush();
    cr_assert_str_eq(story(), "1 2 gap 3-3 4");
    cr_assert_eq(tf_feed_counts(feed)->anomalies[TF_ANOMALY_BAD_PACKET], 1);
    packet = packet_of(bytes, 5, 1, 0, 0, 3 * MS);
    packet.length = 5;
    tf_feed_packet(feed, &packet);
    drain();
    cr_assert_eq(tf_feed_counts(feed)->anomalies[TF_ANOMALY_FOREIGN_PACKET], 1);
    tf_feed_close(feed);
}

Test(feed, a_flaw_is_told_with_its_place_in_the_packet)
{
    uint8_t bytes[TOY_MAX];
    open_feed(0, 0);
    struct tf_packet packet = packet_of(bytes, 1, 3, 0, 0, 1 * MS);
    tf_put_be64(bytes + TOY_HEADER + TOY_MESSAGE, UINT64_MAX);
    tf_feed_packet(feed, &packet);
    drain();
    cr_assert_eq(flawed.packet, packet.number);
    cr_assert_eq(flawed.sequence, 2);
    cr_assert_eq(flawed.flaw.offset, TOY_HEADER + TOY_MESSAGE + 3);
    tf_feed_close(feed);
}

/* ---- any mixture of loss, copies and disorder --------------------------------------------------- */

struct event {
    uint64_t first, due;
    uint32_t count;
    unsigned line;
};

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return x->due < y->due ? -1 : x->due > y->due;
}

enum { UNITS = 20000, EVENTS_MAX = 4 * UNITS };
static struct event events[EVENTS_MAX];
static bool sent[2][UNITS + 2];

/* Both lines with their own packets, losses, copies and delays, up to `delay_ms`. */
static size_t make_events(struct tf_random *random, unsigned loss_percent, unsigned delay_ms)
{
    size_t count = 0;
    memset(sent, 0, sizeof sent);
    for (unsigned line = 0; line < 2; line++)
        for (uint64_t first = 1; first <= UNITS;) {
            uint32_t units = 1 + (uint32_t)(tf_random_next(random) % 4);
            if (first + units > UNITS + 1)
                units = (uint32_t)(UNITS + 1 - first);
            uint32_t copies = tf_random_next(random) % 50 == 0 ? 2 : 1;
            /* The first packet comes on both: a channel begins with what it sees first. */
            if (first > 1 && tf_random_next(random) % 100 < loss_percent)
                copies = 0;
            for (uint32_t copy = 0; copy < copies; copy++) {
                uint64_t delay = first > 1 && tf_random_next(random) % 20 == 0
                                     ? tf_random_next(random) % (delay_ms * MS)
                                     : 0;
                events[count++] = (struct event){first, first * 10000 + delay, units, line};
            }
            for (uint32_t i = 0; i < units; i++)
                sent[line][first + i] |= copies > 0;
            first += units;
        }
    qsort(events, count, sizeof *events, by_time);
    return count;
}

static void check_story(void)
{
    uint64_t next = 1;
    for (uint32_t i = 0; i < out_count; i++) {
        uint64_t first = out[i].order_id - 1000, last = first;
        bool gap = out[i].rtype == TF_RTYPE_GAP;
        if (gap) {
            first = out[i].gap_first;
            last = out[i].gap_last;
        }
        cr_assert_eq(first, next, "%u after %u", (unsigned)first, (unsigned)next);
        for (uint64_t unit = first; unit <= last; unit++)
            cr_assert_eq(sent[0][unit] || sent[1][unit], !gap, "unit %u", (unsigned)unit);
        next = last + 1;
    }
    cr_assert_eq(next, UNITS + 1);
}

Test(feed, every_unit_once_in_order_and_every_loss_a_gap)
{
    static const struct {
        unsigned loss, delay;
    } cases[] = {{0, 1}, {1, 20}, {5, 50}, {20, 50}, {60, 5}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tf_random random;
        tf_random_seed(&random, i + 1);
        open_feed(60 * MS, 0);
        size_t count = make_events(&random, cases[i].loss, cases[i].delay);
        for (size_t at = 0; at < count; at++)
            give(events[at].first, events[at].count, events[at].line, events[at].due);
        give(UNITS + 1, 0xFFFF, 0, UNITS * 10000 + 100 * MS);
        flush();
        check_story();
        cr_assert_eq(report_of(0).units + report_of(0).missing, UNITS);
        tf_feed_close(feed);
    }
}
