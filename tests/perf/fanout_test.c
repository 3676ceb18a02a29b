/* SPDX-License-Identifier: Apache-2.0 */
/* What `perf fanout` adds up and checks: places, fairness, the books of every reader. */
#include "contest.h"
#include "counted.h"
#include "error.h"
#include "fanout.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { READERS = 4 };

static struct tf_histogram histogram[READERS];
static uint64_t received[READERS], lost[READERS], torn[READERS];
static struct tf_place place[READERS];

/* Reader i saw a hundred ticks after `ns[i]` each. */
static struct tf_entry_result entry_of(const uint64_t ns[READERS])
{
    struct tf_entry_result entry = {.ran = true,
                                    .reader = histogram,
                                    .reader_received = received,
                                    .reader_lost = lost,
                                    .reader_torn = torn};
    tf_histogram_reset(&entry.last[TF_ALL]);
    for (int i = 0; i < READERS; i++) {
        tf_histogram_reset(&histogram[i]);
        for (int n = 0; n < 100; n++)
            tf_histogram_record(&histogram[i], ns[i]);
        received[i] = 100 - (uint64_t)i;
        lost[i] = (uint64_t)i;
        place[i] = (struct tf_place){
            .cpu = i + 1, .node = i / 2, .distance = TF_OTHER_NODE, .line_ns = 50};
    }
    return entry;
}

Test(fanout, worst_reader_is_compared_with_the_median_one)
{
    struct tf_entry_result entry = entry_of((const uint64_t[READERS]){60, 20, 40, 10});
    json_t *fanout = tf_fanout_json(&entry, place, READERS, true);
    cr_assert_float_eq(json_real_value(json_object_get(fanout, "worst_to_median")), 60.0 / 30,
                       1e-9);
    json_t *second = json_array_get(json_object_get(fanout, "readers"), 1);
    cr_expect_float_eq(json_number_value(json_object_get(second, "p99")), 20, 1e-9);
    cr_expect_eq(json_integer_value(json_object_get(second, "cpu")), 2);
    cr_expect_eq(json_integer_value(json_object_get(second, "received")), 99);
    cr_expect_eq(json_integer_value(json_object_get(second, "lost")), 1);
    cr_expect_str_eq(json_string_value(json_object_get(second, "distance")),
                     tf_distance_names[TF_OTHER_NODE]);
    json_decref(fanout);
}

Test(fanout, reader_that_saw_nothing_has_counts_and_no_percentiles)
{
    struct tf_entry_result entry = entry_of((const uint64_t[READERS]){60, 20, 40, 10});
    tf_histogram_reset(&histogram[3]);
    json_t *fanout = tf_fanout_json(&entry, place, READERS, true);
    json_t *last = json_array_get(json_object_get(fanout, "readers"), 3);
    cr_expect_null(json_object_get(last, "p50"));
    cr_expect_not_null(json_object_get(last, "lost"));
    cr_expect_float_eq(json_real_value(json_object_get(fanout, "worst_to_median")), 60.0 / 40,
                       1e-9);
    json_decref(fanout);
}

Test(fanout, functional_run_tells_no_times)
{
    struct tf_entry_result entry = entry_of((const uint64_t[READERS]){60, 20, 40, 10});
    json_t *fanout = tf_fanout_json(&entry, place, READERS, false);
    cr_expect_null(json_object_get(fanout, "worst_to_median"));
    cr_expect_null(json_object_get(fanout, "last"));
    cr_expect_null(
        json_object_get(json_array_get(json_object_get(fanout, "readers"), 0), "p50"));
    json_decref(fanout);
}

Test(fanout, every_node_with_a_reader_gets_one_ring)
{
    char nodes[64];
    const int node[READERS] = {3, 0, 3, 1};
    for (int i = 0; i < READERS; i++)
        place[i] = (struct tf_place){.node = node[i]};
    cr_expect_str_eq(tf_places_nodes(place, READERS, nodes, sizeof nodes), "0,1,3");
    cr_expect_str_eq(tf_places_nodes(place, 1, nodes, sizeof nodes), "3");
    for (int i = 0; i < READERS; i++)
        place[i].node = -1; /* the kernel does not say */
    cr_expect_str_eq(tf_places_nodes(place, READERS, nodes, sizeof nodes), "0");
}

Test(fanout, readers_take_the_cpus_after_the_writers_and_share_them_when_there_are_too_few)
{
    static struct tf_perf_options options = {.cpu = {7, 3, 5}, .cpus = 3};
    tf_places_fill(place, READERS, &options, false);
    const int want[READERS] = {3, 5, 3, 5};
    for (int i = 0; i < READERS; i++) {
        cr_expect_eq(place[i].cpu, want[i], "reader %d on CPU %d", i, place[i].cpu);
        cr_expect_lt(place[i].line_ns, 0, "measured although nobody asked");
    }
    options.cpus = 1;
    tf_places_fill(place, READERS, &options, false);
    cr_expect_eq(place[2].cpu, 7);
}

/* ---- books ------------------------------------------------------------------------------ */

/* A channel of the counting transport with nothing inside: what is sent and received is up to the test. */
static uint32_t next_got;
static uint64_t next_lost;

static struct tf_channel *fake_create(const struct tf_channel_options *options)
{
    (void)options;
    return malloc(1);
}

static void fake_destroy(struct tf_channel *channel)
{
    free(channel);
}

static int fake_open_writer(struct tf_channel *channel)
{
    (void)channel;
    return 0;
}

static int fake_open_reader(struct tf_channel *channel, uint32_t reader)
{
    (void)channel;
    (void)reader;
    return 0;
}

static void fake_send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    (void)channel;
    (void)messages;
    (void)count;
}

static uint32_t fake_receive(struct tf_channel *channel, void *out, uint32_t max,
                             uint64_t *lost_too)
{
    (void)channel;
    (void)out;
    (void)max;
    *lost_too += next_lost;
    return next_got;
}

static const struct tf_transport fake = {.name = "fake",
                                         .create = fake_create,
                                         .destroy = fake_destroy,
                                         .open_writer = fake_open_writer,
                                         .open_reader = fake_open_reader,
                                         .send = fake_send,
                                         .receive = fake_receive};

/* Two readers of 100 messages in two sends; reader 1 gets `got` and is told of `missed`. */
static int books_of(uint32_t got, uint64_t missed)
{
    const struct tf_channel_options options = {.readers = 2, .message_size = 64};
    const struct tf_transport *counted = &tf_transport_counted;
    struct tf_channel *channel = tf_counted_around(&fake, &options);
    char message[64];
    uint64_t told = 0;
    cr_assert_not_null(channel);
    counted->open_writer(channel);
    counted->send(channel, message, 60);
    counted->send(channel, message, 40);
    counted->open_reader(channel, 0);
    next_got = 50;
    next_lost = 0;
    counted->receive(channel, message, 64, &told);
    counted->receive(channel, message, 64, &told);
    counted->open_reader(channel, 1);
    next_got = got;
    next_lost = missed;
    told = 0;
    counted->receive(channel, message, 64, &told);
    counted->destroy(channel);
    return tf_counted_check(2);
}

Test(fanout, books_balance_when_all_arrived_or_was_told_lost)
{
    cr_expect_eq(books_of(100, 0), 0);
    cr_expect_eq(books_of(30, 70), 0);
    cr_expect_eq(tf_counted_sent(), 100);
    cr_expect_eq(tf_counted_reader(1).received, 30);
    cr_expect_eq(tf_counted_reader(1).lost, 70);
}

Test(fanout, tick_that_is_neither_received_nor_told_lost_is_an_error_that_names_the_reader)
{
    cr_assert_eq(books_of(99, 0), TF_EINTERNAL);
    cr_expect_not_null(strstr(tf_errmsg(), "reader 1 received 99"), "%s", tf_errmsg());
    cr_assert_eq(books_of(99, 2), TF_EINTERNAL);
    cr_expect_not_null(strstr(tf_errmsg(), "twice"), "%s", tf_errmsg());
}
