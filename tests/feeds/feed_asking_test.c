/* SPDX-License-Identifier: Apache-2.0 */
/* What a feed misses, what was asked for again, and how long each is waited for. */
#include "feed_fixture.h"

Test(feed_asking, what_was_asked_for_is_waited_for_and_counted)
{
    struct tf_missing missing[4];
    uint8_t bytes[TOY_MAX];
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(4, 1, 0, 2 * MS);
    give(8, 1, 0, 3 * MS);
    cr_assert_eq(tf_feed_missing(feed, missing, 4), 2);
    cr_assert_eq(missing[0].first, 2);
    cr_assert_eq(missing[0].last, 3);
    cr_assert_eq(missing[1].first, 5);
    cr_assert_eq(missing[1].last, 7);
    tf_feed_asked(feed, &missing[0], 50 * MS);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_RECOVERING);
    cr_assert_eq(tf_feed_missing(feed, missing, 4), 1);
    tf_feed_time(feed, 30 * MS);
    drain();
    cr_assert_str_eq(story(), "1");
    struct tf_packet packet = packet_of(bytes, 2, 2, 0, 9, 31 * MS);
    tf_feed_recovered(feed, &packet);
    drain();
    cr_assert_str_eq(story(), "1 2 3 4 gap 5-7 8", "the other gap had waited since 3 ms");
    cr_assert_eq(report_of(0).recovered, 2);
    cr_assert_eq(report_of(0).state, TF_CHANNEL_STALE);
    cr_assert_eq(tf_feed_lines(feed), 1, "an answer is of no line");
    tf_feed_close(feed);
}

Test(feed_asking, what_was_asked_for_behind_another_gap_stays_asked_for)
{
    struct tf_missing missing[4];
    uint8_t bytes[TOY_MAX];
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(3, 1, 0, 2 * MS);
    give(5, 1, 0, 3 * MS);
    cr_assert_eq(tf_feed_missing(feed, missing, 4), 2);
    tf_feed_asked(feed, &missing[0], 50 * MS);
    tf_feed_asked(feed, &missing[1], 60 * MS);
    /* The first of them comes: 3 is next to it, and 4 is still on its way. */
    struct tf_packet packet = packet_of(bytes, 2, 1, 0, 9, 20 * MS);
    tf_feed_recovered(feed, &packet);
    drain();
    cr_assert_str_eq(story(), "1 2 3");
    cr_assert_eq(tf_feed_missing(feed, missing, 4), 0, "it would be asked for twice");
    cr_assert_eq(report_of(0).state, TF_CHANNEL_RECOVERING);
    tf_feed_time(feed, 59 * MS);
    drain();
    cr_assert_str_eq(story(), "1 2 3");
    tf_feed_time(feed, 60 * MS);
    drain();
    cr_assert_str_eq(story(), "1 2 3 gap 4-4 5");
    tf_feed_close(feed);
}

Test(feed_asking, an_answer_that_never_comes_delays_no_longer_than_its_own_time)
{
    struct tf_missing missing[4];
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    give(3, 1, 0, 2 * MS);
    tf_feed_missing(feed, missing, 4);
    tf_feed_asked(feed, &missing[0], 50 * MS);
    give(5, 1, 0, 40 * MS);
    cr_assert_eq(tf_feed_missing(feed, missing, 4), 1);
    tf_feed_asked(feed, &missing[0], 90 * MS); /* later asked for, later given up */
    tf_feed_time(feed, 50 * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-2 3");
    tf_feed_time(feed, 90 * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-2 3 gap 4-4 5");
    tf_feed_close(feed);
}

Test(feed_asking, each_gap_waits_from_when_it_was_seen)
{
    open_feed(10 * MS, 0);
    give(1, 1, 0, 1 * MS);
    for (uint32_t i = 0; i < 5; i++) /* 2, 4, 6, 8, 10 are lost, all within 4 ms */
        give(3 + 2 * i, 1, 0, (2 + i) * MS);
    tf_feed_time(feed, 12 * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-2 3");
    tf_feed_time(feed, 16 * MS);
    drain();
    cr_assert_str_eq(story(), "1 gap 2-2 3 gap 4-4 5 gap 6-6 7 gap 8-8 9 gap 10-10 11");
    tf_feed_close(feed);
}
