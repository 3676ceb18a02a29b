/* SPDX-License-Identifier: Apache-2.0 */
/* Floods: when a publisher streams, and that what it streams is read like all else. */
#include "flood.h"

#include "publisher.h"
#include "suite.h"

enum { LAP = 65536, BATCH = TF_FLOOD_BATCH };

/* One nanosecond is one counter tick here. */
static struct tf_flood small_flood(void)
{
    struct tf_clock clock = {.mult = UINT64_C(1) << 32};
    struct tf_flood flood;
    tf_flood_init(&flood, &clock, LAP, true);
    if (!TF_CAN_STREAM)
        SKIP("nothing to stream with on this CPU");
    return flood;
}

/* ns a tick.  The first lap of either kind costs what it does after a lap of the other one. */
struct prices {
    uint64_t store, stream, first_store, first_stream;
};

/* What else the publisher does between two calls, ns a tick. */
static uint64_t own_work;

/* How many of so many laps streamed. */
static uint32_t laps_streamed(struct tf_flood *flood, uint32_t laps, struct prices prices)
{
    uint64_t now = flood->last_pub + 1, calls = 0, since_change = 0;
    bool last = false;
    for (uint32_t i = 0; i < laps * (LAP / BATCH); i++) {
        if (!tf_flood_looks_like(flood, BATCH, now))
            cr_assert_eq(i, 0);
        bool streams = flood->streams;
        since_change = streams == last ? since_change + 1 : 0;
        bool first = since_change < LAP / BATCH;
        uint64_t ns = streams ? (first ? prices.first_stream : prices.stream)
                              : (first ? prices.first_store : prices.store);
        uint64_t spent = BATCH * ns + (i % 37 == 0 ? 1500 : 0); /* preempted now and then */
        if (tf_flood_times(flood, BATCH))
            tf_flood_spent(flood, BATCH, spent);
        now += spent + BATCH * own_work;
        calls += streams;
        last = streams;
    }
    return (uint32_t)(calls / (LAP / BATCH));
}

STREAM_TEST(flood, cheap_stores_are_never_given_up)
{
    struct tf_flood flood = small_flood();
    cr_expect_eq(laps_streamed(&flood, 160, (struct prices){11, 1, 20, 1}), 0);
}

STREAM_TEST(flood, dear_stores_give_way_to_cheaper_streaming)
{
    struct tf_flood flood = small_flood();
    uint32_t streamed = laps_streamed(&flood, 160, (struct prices){22, 7, 30, 9});
    cr_expect(streamed >= 130 && streamed <= 141, "%u laps", streamed);
}

STREAM_TEST(flood, streaming_that_gains_little_is_tried_for_two_laps_a_period)
{
    struct tf_flood flood = small_flood();
    uint32_t streamed = laps_streamed(&flood, 160, (struct prices){22, 19, 22, 9});
    cr_expect(streamed >= 16 && streamed <= 23, "%u laps", streamed);
}

STREAM_TEST(flood, streaming_ends_when_stores_get_cheap_again)
{
    struct tf_flood flood = small_flood();
    laps_streamed(&flood, 40, (struct prices){22, 7, 30, 9});
    /* Cheap once the lines are in the cache again, which takes them a dear lap. */
    uint32_t streamed = laps_streamed(&flood, 160, (struct prices){3, 7, 15, 7});
    cr_expect_leq(streamed, TF_FLOOD_PERIOD, "%u laps", streamed);
}

STREAM_TEST(flood, time_between_calls_is_not_the_price_of_stores)
{
    struct tf_flood flood = small_flood();
    own_work = 50;
    cr_expect_eq(laps_streamed(&flood, 40, (struct prices){3, 1, 3, 1}), 0);
}

STREAM_TEST(flood, flood_after_a_pause_begins_with_stores)
{
    struct tf_flood flood = small_flood();
    laps_streamed(&flood, TF_FLOOD_PERIOD - 3, (struct prices){22, 7, 30, 9});
    cr_assert(flood.streams);
    uint64_t now = flood.last_pub + BATCH * TF_FLOOD_NS_PER_TICK;
    cr_expect_not(tf_flood_looks_like(&flood, BATCH, now), "not fast enough");
    cr_expect(flood.streams, "that was a short pause");
    now += TF_FLOOD_PAUSE_NS + 1;
    cr_expect_not(tf_flood_looks_like(&flood, BATCH, now));
    cr_expect_not(flood.streams, "that was a long one");
}

STREAM_TEST(flood, slow_or_small_calls_are_no_flood)
{
    struct tf_flood flood = small_flood();
    uint64_t now = 1000000000;
    cr_expect_not(tf_flood_looks_like(&flood, BATCH, now), "the first call");
    now += BATCH * TF_FLOOD_NS_PER_TICK - 1;
    cr_expect(tf_flood_looks_like(&flood, BATCH, now));
    cr_expect_not(tf_flood_looks_like(&flood, TF_FLOOD_BATCH - 1, now + 1), "few at once");
    cr_expect_not(tf_flood_looks_like(&flood, BATCH, now - 100), "the clock stepped back");
    tf_flood_init(&flood, &(struct tf_clock){.mult = 1}, LAP, false);
    cr_expect_not(tf_flood_looks_like(&flood, 1000, 1), "switched off");
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
        publisher->flood.batch = TF_FLOOD_BATCH;
        publisher->flood.last_pub = tf_now();
        publisher->flood.last_count = UINT64_C(1) << 40;
        publisher->flood.lap = UINT64_MAX;
        publisher->flood.streams = true;
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
    for (uint64_t batch = 32; batch <= 256; batch += 24) {
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
