/* SPDX-License-Identifier: Apache-2.0 */
/* Floods: when a publisher streams, and that what it streams is read like all else. */
#include "flood.h"

#include "publisher.h"
#include "suite.h"

/* One nanosecond is one counter tick here. */
static struct tf_flood flood_of_ns(void)
{
    struct tf_clock clock = {.mult = UINT64_C(1) << 32};
    struct tf_flood flood;
    tf_flood_init(&flood, &clock, true);
    if (!TF_CAN_STREAM)
        SKIP("nothing to stream with on this CPU");
    return flood;
}

/* Run `windows` windows at these prices; how many of them streamed. */
static uint32_t windows_streamed(struct tf_flood *flood, uint32_t windows, uint64_t store_ns,
                                 uint64_t stream_ns)
{
    uint32_t streamed = 0;
    for (uint32_t i = 0; i < windows * (TF_FLOOD_WINDOW / 32); i++) {
        bool streams = tf_flood_streams(flood);
        streamed += streams;
        tf_flood_spent(flood, 32, 32 * (streams ? stream_ns : store_ns));
    }
    return streamed / (TF_FLOOD_WINDOW / 32);
}

STREAM_TEST(flood, cheap_stores_are_never_given_up)
{
    struct tf_flood flood = flood_of_ns();
    cr_expect_eq(windows_streamed(&flood, 10 * TF_FLOOD_PERIOD, TF_FLOOD_DEAR_NS, 1), 0);
}

STREAM_TEST(flood, dear_stores_give_way_to_cheaper_streaming)
{
    struct tf_flood flood = flood_of_ns();
    cr_expect_eq(windows_streamed(&flood, 10 * TF_FLOOD_PERIOD, 22, 7),
                 10 * (TF_FLOOD_PERIOD - 1));
}

STREAM_TEST(flood, dearer_streaming_is_tried_once_a_period)
{
    struct tf_flood flood = flood_of_ns();
    cr_expect_eq(windows_streamed(&flood, 10 * TF_FLOOD_PERIOD, 22, 30), 10);
}

STREAM_TEST(flood, streaming_ends_when_stores_get_cheap_again)
{
    struct tf_flood flood = flood_of_ns();
    windows_streamed(&flood, 3 * TF_FLOOD_PERIOD, 22, 7);
    cr_expect_eq(windows_streamed(&flood, TF_FLOOD_PERIOD, 3, 7), 0);
}

STREAM_TEST(flood, slow_or_small_calls_are_no_flood)
{
    struct tf_flood flood = {.batch = TF_FLOOD_BATCH};
    uint64_t now = 1000000000;
    cr_expect_not(tf_flood_looks_like(&flood, 32, now), "the first call");
    now += 32 * TF_FLOOD_NS_PER_TICK - 1;
    cr_expect(tf_flood_looks_like(&flood, 32, now));
    now += 32 * TF_FLOOD_NS_PER_TICK;
    cr_expect_not(tf_flood_looks_like(&flood, 32, now), "10 M ticks/s");
    cr_expect_not(tf_flood_looks_like(&flood, TF_FLOOD_BATCH - 1, now + 1), "few at once");
    cr_expect_not(tf_flood_looks_like(&flood, 32, now - 100), "the clock stepped back");
}

static struct tf_stats stats_of(const tf_reader *reader)
{
    struct tf_stats stats;
    tf_get_stats(reader, &stats);
    return stats;
}

/* Every call streams. */
static void flood_of(tf_publisher *publisher, uint64_t count, uint64_t batch)
{
    struct tf_tick ticks[256];
    while (count > 0) {
        uint64_t some = count < batch ? count : batch;
        for (uint64_t i = 0; i < some; i++)
            ticks[i] = tick_of(tf_publisher_seq(publisher) + 1 + i);
        publisher->flood = (struct tf_flood){
            .last_pub = tf_now(), .last_count = UINT64_C(1) << 40, .streams = true};
        tf_publish(publisher, ticks, some);
        count -= some;
    }
}

ON_BOTH_BACKINGS(flood, streamed_ticks_are_read_like_all_others)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    for (uint64_t batch = 16; batch <= 256; batch += 24) {
        flood_of(publisher, 400, batch);
        publish(publisher, batch / 3);
        witness_drain(&witness);
        cr_assert_eq(witness.lost, 0);
        cr_assert_eq(witness.next, tf_publisher_seq(publisher) + 1);
    }
    tf_detach(witness.reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(flood, streamed_tick_in_place_has_its_seq)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    flood_of(publisher, 100, 50);
    for (uint64_t i = 0; i < 100; i++) {
        const struct tf_tick *tick;
        uint64_t seq = stats_of(reader).next_seq;
        cr_assert_eq(tf_wait(reader, 0), 1);
        cr_assert_eq(tf_peek(reader, &tick), 1);
        cr_assert_eq(tick->seq, seq);
        cr_assert(tick_is_whole(tick));
        cr_assert_eq(tf_commit(reader), 1);
    }
    cr_expect_eq(tf_wait(reader, 0), 0);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(flood, overrun_by_streamed_ticks_is_told_exactly)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    uint64_t next = stats_of(reader).next_seq;
    struct tf_tick ticks[64];
    flood_of(publisher, 5000, 64);
    cr_expect_eq(tf_read(reader, ticks, 64), TF_OVERRUN);
    struct tf_stats stats = stats_of(reader);
    cr_expect_eq(next + stats.lost, stats.next_seq);
    cr_expect_eq(tf_read(reader, ticks, 64), 64);
    cr_expect(ticks[0].seq == stats.next_seq && tick_is_whole(&ticks[63]));
    tf_detach(reader);
    finish(publisher);
}

STREAM_TEST(flood, successor_goes_on_after_streamed_ticks)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    flood_of(publisher, 300, 64);
    tf_publisher_close(publisher);
    publisher = must_create(&options);
    flood_of(publisher, 100, 64);
    witness_drain(&witness);
    cr_expect_eq(witness.lost, 0);
    cr_expect_eq(witness.next, tf_publisher_seq(publisher) + 1);
    tf_detach(witness.reader);
    finish(publisher);
}
