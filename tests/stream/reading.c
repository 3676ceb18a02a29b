/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: every tick whole, once and in order, or counted as lost; never both or neither. */
#include "suite.h"

#include <pthread.h>
#include <string.h>

static struct tf_stats stats_of(const tf_reader *reader)
{
    struct tf_stats stats;
    tf_get_stats(reader, &stats);
    return stats;
}

ON_BOTH_BACKINGS(reading, tick_arrives_as_it_was_published_with_seq_and_ts_pub_set)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    struct tf_tick sent = tick_of(77), got;
    sent.seq = 12345;
    sent.ts_pub = 1;
    uint64_t before = tf_now();
    cr_expect_eq(tf_publish(publisher, &sent, 1), 2);
    cr_assert_eq(tf_read(reader, &got, 1), 1);
    cr_expect_eq(got.seq, 2);
    /* Stamped by this call, give or take what two clocks of one machine differ. */
    cr_expect(got.ts_pub + TF_NS_PER_S > before && got.ts_pub < tf_now() + TF_NS_PER_S);
    cr_expect(tick_is_whole(&got));
    cr_expect_eq(got.order_id, 77);
    cr_expect_eq(tf_read(reader, &got, 1), 0);
    tf_detach(reader);
    finish(publisher);
}

STREAM_TEST(reading, first_tick_is_the_epoch_and_the_last_the_end)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_OLDEST, -1);
    struct tf_tick ticks[4];
    finish(publisher);
    cr_assert_eq(tf_read(reader, ticks, 4), 2);
    cr_expect(ticks[0].rtype == TF_RTYPE_EPOCH && ticks[0].epoch == 1);
    cr_expect_eq(ticks[1].rtype, TF_RTYPE_END_OF_STREAM);
    for (int i = 0; i < 2; i++) {
        cr_expect(ticks[i].action == 'N' && ticks[i].side == 'N' &&
                  ticks[i].instrument_id == 0);
        cr_expect(ticks[i].price == TF_UNDEF_PRICE && ticks[i].size == TF_UNDEF_SIZE);
        cr_expect_eq(ticks[i].ts_recv, TF_UNDEF_TIMESTAMP);
    }
    tf_detach(reader);
}

STREAM_TEST(reading, batches_of_any_size_give_the_same_ticks)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    struct tf_tick sent[300], got[300];
    /* Calls longer than the slots prepared ahead are cut, which nobody may notice. */
    static const size_t counts[] = {1, 2, 31, 32, 33, 64, 65, 300, 0};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
        uint64_t seq = tf_publisher_seq(publisher);
        for (size_t j = 0; j < counts[i]; j++)
            sent[j] = tick_of(j);
        cr_assert_eq(tf_publish(publisher, sent, counts[i]), seq + counts[i]);
        cr_expect_eq(tf_read(reader, got, 0), 0);
        cr_assert_eq(tf_read(reader, got, 300), (int)counts[i]);
        for (size_t j = 0; j < counts[i]; j++) {
            cr_assert(got[j].seq == seq + 1 + j && got[j].order_id == j &&
                      tick_is_whole(&got[j]));
            cr_assert_eq(got[j].ts_pub, got[0].ts_pub, "one clock reading per call");
        }
        tf_detach(reader);
    }
    finish(publisher);
}

STREAM_TEST(reading, peek_shows_and_commit_moves)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    const struct tf_tick *tick = NULL;
    cr_expect_eq(tf_peek(reader, &tick), 0);
    publish(publisher, 2);
    for (uint64_t seq = 2; seq <= 3; seq++) {
        cr_assert_eq(tf_peek(reader, &tick), 1);
        cr_assert_eq(tf_peek(reader, &tick), 1, "looking twice changes nothing");
        cr_expect(tick->seq == seq && tick_is_whole(tick));
        cr_expect_eq(tf_commit(reader), 1);
        cr_expect_eq(stats_of(reader).next_seq, seq + 1);
    }
    cr_expect_eq(tf_peek(reader, &tick), 0);
    cr_expect_eq(stats_of(reader).ticks, 2);
    tf_detach(reader);
    finish(publisher);
}

STREAM_TEST(reading, tick_overtaken_between_peek_and_commit_is_taken_back)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    const struct tf_tick *tick;
    publish(publisher, 1);
    cr_assert_eq(tf_peek(reader, &tick), 1);
    /* As soon as its block is being prepared for a lap later. */
    publish(publisher, 1024 - TF_BLOCKS_AHEAD * TF_BLOCK);
    cr_expect_eq(tf_commit(reader), TF_OVERRUN);
    struct tf_stats stats = stats_of(reader);
    cr_expect_eq(stats.ticks, 0);
    cr_expect(stats.overrun_reading == 1 && stats.overrun_polling == 0);
    cr_expect_eq(2 + stats.lost, stats.next_seq);
    cr_assert_eq(tf_peek(reader, &tick), 1);
    cr_expect_eq(tick->seq, stats.next_seq);
    tf_detach(reader);
    finish(publisher);
}

/* ---- some instruments alone ------------------------------------------------------------- */

ON_BOTH_BACKINGS(reading, ticks_of_wanted_instruments_come_whole_and_in_order)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *all = must_attach(TF_FROM_NEWEST, -1), *some = must_attach(TF_FROM_NEWEST, -1);
    static uint8_t wanted[16];
    wanted[3] = wanted[7] = 1;
    const struct tf_instrument_set set = {wanted, 15};
    uint64_t expected = 0, found = 0;
    for (int turn = 0; turn < 50; turn++) {
        struct tf_tick ticks[200], picked[7];
        for (uint32_t i = 0; i < 150; i++) {
            ticks[i] = tick_of(tf_publisher_seq(publisher) + 1 + i);
            ticks[i].instrument_id =
                (i * 7 + (uint32_t)turn) % 40; /* 19 and 23 would alias 3 and 7 */
        }
        tf_publish(publisher, ticks, 150);
        cr_assert_eq(tf_read(all, ticks, 200), 150);
        uint64_t from = 0;
        for (int got; (got = tf_read_of(some, &set, picked, 7)) > 0;)
            for (int i = 0; i < got; i++, found++) {
                while (ticks[from].instrument_id != 3 && ticks[from].instrument_id != 7)
                    from++;
                cr_assert_eq(memcmp(&picked[i], &ticks[from++], sizeof picked[i]), 0);
            }
        for (int i = 0; i < 150; i++)
            expected += ticks[i].instrument_id == 3 || ticks[i].instrument_id == 7;
        cr_assert_eq(found, expected);
        cr_assert_eq(stats_of(some).next_seq, stats_of(all).next_seq);
    }
    cr_expect_gt(found, 0);
    cr_expect_eq(stats_of(some).ticks, found);
    tf_detach(all);
    tf_detach(some);
    finish(publisher);
}

STREAM_TEST(reading, overrun_is_told_to_who_wants_some_instruments)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    static uint8_t none[8];
    const struct tf_instrument_set set = {none, 7};
    struct tf_tick tick;
    uint64_t next = stats_of(reader).next_seq;
    publish(publisher, 500);
    cr_expect_eq(tf_read_of(reader, &set, &tick, 1), 0);
    cr_expect_eq(stats_of(reader).next_seq, next + 500);
    publish(publisher, 3000);
    cr_expect_eq(tf_read_of(reader, &set, &tick, 1), TF_OVERRUN);
    struct tf_stats stats = stats_of(reader);
    cr_expect_eq(next + 500 + stats.lost, stats.next_seq);
    tf_detach(reader);
    finish(publisher);
}

/* ---- overruns --------------------------------------------------------------------------- */

ON_BOTH_BACKINGS(reading, overrun_is_told_once_and_counted_exactly)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    /* However far behind, in laps and parts of them: one overrun, then room to spare. */
    for (uint64_t behind = 1024 - TF_BLOCKS_AHEAD * TF_BLOCK + 1; behind < 6000; behind += 61) {
        tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
        uint64_t next = tf_publisher_seq(publisher) + 1;
        struct tf_tick tick;
        publish(publisher, behind);
        cr_assert_eq(tf_read(reader, &tick, 1), TF_OVERRUN);
        struct tf_stats stats = stats_of(reader);
        cr_assert_eq(next + stats.lost, stats.next_seq);
        cr_assert_leq(stats.lag, 1024 - 1024 / 8, "%llu behind: moved to where %llu are left",
                      (unsigned long long)behind, (unsigned long long)stats.lag);
        cr_assert_geq(stats.lag, 1024 - 1024 / 8 - TF_PREPARED_MAX, "no further than needed");
        cr_assert_eq(stats.overrun_polling + stats.overrun_reading, 1);
        cr_assert_eq(tf_read(reader, &tick, 1), 1, "%llu behind", (unsigned long long)behind);
        cr_assert(tick.seq == stats.next_seq && tick_is_whole(&tick));
        tf_detach(reader);
    }
    finish(publisher);
}

ON_BOTH_BACKINGS(reading, ticks_and_losses_add_up_over_many_forced_overruns)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    uint64_t state = 88172645463325252u, overruns = 0;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    for (int turn = 0; turn < 20000; turn++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        publish(publisher, state % 16 == 0 ? (state >> 8) % 4000 : (state >> 8) % 40);
        for (uint64_t reads = (state >> 32) % 3; reads > 0; reads--)
            overruns += witness_read(&witness) < 0;
    }
    tf_publisher_end(publisher);
    witness_drain(&witness);
    struct tf_stats stats = stats_of(witness.reader);
    cr_expect(witness.ended);
    cr_expect_eq(stats.ticks + stats.lost, tf_publisher_seq(publisher));
    cr_expect_gt(overruns, 100);
    cr_expect_geq(stats.overrun_polling + stats.overrun_reading, overruns);
    tf_detach(witness.reader);
    tf_publisher_close(publisher);
}

static void *publish_a_million(void *publisher)
{
    for (int i = 0; i < 10000; i++)
        publish(publisher, 100);
    tf_publisher_end(publisher);
    return NULL;
}

ON_BOTH_BACKINGS(reading, nothing_is_torn_or_missing_beside_a_publisher_at_full_speed)
{
    struct tf_publisher_options options = small_stream(*backing);
    tf_publisher *publisher = must_create(&options);
    struct witness witness;
    pthread_t thread;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, -1));
    cr_assert_eq(pthread_create(&thread, NULL, publish_a_million, publisher), 0);
    while (!witness.ended)
        witness_read(&witness);
    pthread_join(thread, NULL);
    cr_expect_eq(witness.ticks + witness.lost, 1000002);
    tf_detach(witness.reader);
    tf_publisher_close(publisher);
}

/* ---- where a reader stands -------------------------------------------------------------- */

STREAM_TEST(reading, seek_moves_without_losses)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_OLDEST, -1);
    struct tf_tick tick;
    publish(publisher, 99);
    cr_expect_eq(tf_seek(reader, TF_FROM_SEQUENCE, 50), 0);
    cr_expect(tf_read(reader, &tick, 1) == 1 && tick.seq == 50);
    cr_expect_eq(tf_seek(reader, TF_FROM_OLDEST, 0), 0);
    cr_expect(tf_read(reader, &tick, 1) == 1 && tick.seq == 1, "back as well");
    cr_expect_eq(tf_seek(reader, TF_FROM_NEWEST, 0), 0);
    cr_expect_eq(tf_read(reader, &tick, 1), 0);
    cr_expect_eq(stats_of(reader).lag, 0);
    struct tf_stats stats = stats_of(reader);
    cr_expect(stats.ticks == 2 && stats.lost == 0 && stats.next_seq == 101);
    EXPECT_ERROR(tf_seek(reader, TF_FROM_SEQUENCE, 0), TF_EUSAGE, "from 1");
    EXPECT_ERROR(tf_seek(reader, TF_FROM_SEQUENCE, UINT64_MAX), TF_EUSAGE, "from 1");
    EXPECT_ERROR(tf_seek(reader, (enum tf_from)9, 1), TF_EUSAGE, "enum tf_from");
    cr_expect_eq(stats_of(reader).next_seq, 101, "a refused seek moves nothing");
    tf_detach(reader);
    finish(publisher);
}

STREAM_TEST(reading, lag_is_what_is_published_and_not_yet_read)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    struct tf_tick ticks[10];
    cr_expect_eq(stats_of(reader).lag, 0);
    publish(publisher, 25);
    cr_expect_eq(stats_of(reader).lag, 25);
    cr_assert_eq(tf_read(reader, ticks, 10), 10);
    cr_expect_eq(stats_of(reader).lag, 15);
    cr_expect_eq(stats_of(reader).epoch, 1);
    tf_detach(reader);
    finish(publisher);
}

STREAM_TEST(reading, readers_share_nothing)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *slow = must_attach(TF_FROM_OLDEST, -1), *fast = must_attach(TF_FROM_OLDEST, -1);
    struct tf_tick tick;
    publish(publisher, 10);
    while (tf_read(fast, &tick, 1) == 1)
        ;
    cr_expect_eq(tick.seq, 11);
    cr_expect_eq(stats_of(slow).next_seq, 1);
    tf_detach(fast);
    cr_expect(tf_read(slow, &tick, 1) == 1 && tick.seq == 1);
    tf_detach(slow);
    tf_detach(NULL);
    finish(publisher);
    tf_publisher_close(NULL);
}

STREAM_TEST(reading, commit_without_a_peek_is_refused_and_loses_nothing)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, -1);
    struct tf_stats before, after;
    tf_get_stats(reader, &before);
    cr_expect_eq(tf_commit(reader), TF_EUSAGE);
    tf_get_stats(reader, &after);
    cr_expect_eq(after.next_seq, before.next_seq);
    cr_expect_eq(after.lost, 0);
    tf_detach(reader);
    finish(publisher);
}
