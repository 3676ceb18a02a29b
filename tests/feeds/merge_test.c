/* SPDX-License-Identifier: Apache-2.0 */
/* Merging by time: what comes out is the inputs' events, each whole, in the order of the rule. */
#include "error.h"
#include "merge.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS_MAX = 7, EVENTS_MAX = 300, TICKS_MAX = 3000 };

/* An input made of memory, that gives as many ticks at a time as it pleases. */
struct made {
    struct tf_tick ticks[TICKS_MAX];
    uint32_t count, at;
    struct tf_random random; /* how many at a time */
    uint32_t most;           /* of them */
    int error;               /* at the end */
};

static ptrdiff_t next(void *from, uint32_t messages_max, struct tf_sink *sink)
{
    struct made *made = from;
    uint32_t messages = 0, want = 1 + tf_random_below(&made->random, made->most);
    cr_assert_lt(sink->count, sink->capacity);
    if (made->at == made->count)
        return made->error ? tf_fail(made->error, "input %p is cut", from) : 0;
    while (messages < want && messages < messages_max && made->at < made->count &&
           sink->count < sink->capacity) {
        /* Now and then a message without a tick. */
        if (tf_random_below(&made->random, 5) > 0)
            sink->ticks[sink->count++] = made->ticks[made->at++];
        messages++;
    }
    return messages;
}

/* order_id: input << 32 | index.  Times mostly rise, often tie, at times step back or are undefined. */
static void fill(struct made *made, uint32_t input, uint64_t seed, bool ragged)
{
    memset(made, 0, sizeof *made);
    tf_random_seed(&made->random, seed * 31 + input);
    made->most = 1 + tf_random_below(&made->random, 400);
    uint64_t time = 1000;
    uint32_t events = tf_random_below(&made->random, EVENTS_MAX);
    for (uint32_t i = 0; i < events && made->count + 8 < TICKS_MAX; i++) {
        uint32_t length = 1 + tf_random_below(&made->random, 6);
        time += tf_random_below(&made->random, 4);
        uint64_t stamp = time;
        if (tf_random_below(&made->random, 10) == 0)
            stamp = time - tf_random_below(&made->random, 500);
        if (tf_random_below(&made->random, 20) == 0)
            stamp = TF_UNDEF_TIMESTAMP;
        for (uint32_t j = 0; j < length; j++) {
            struct tf_tick *tick = &made->ticks[made->count];
            /* Later ticks of an event may have any time: only the first one's counts. */
            *tick = (struct tf_tick){.ts_event = j ? stamp ^ 77 : stamp,
                                     .ts_recv = TF_UNDEF_TIMESTAMP,
                                     .order_id = (uint64_t)input << 32 | made->count};
            bool last = j + 1 == length;
            if (last && !(ragged && i + 1 == events))
                tick->flags = TF_FLAG_LAST;
            made->count++;
        }
    }
}

static struct tf_merge *open_made(struct made *made, uint32_t count, bool by_recv)
{
    struct tf_merge_input inputs[INPUTS_MAX];
    for (uint32_t i = 0; i < count; i++)
        inputs[i] = (struct tf_merge_input){next, &made[i], 1};
    struct tf_merge_options options = {.by_recv = by_recv};
    struct tf_merge *merge = tf_merge_open(inputs, count, &options);
    cr_assert(merge);
    return merge;
}

/* All of it, with sinks of changing size; *end is how it ended. */
static uint32_t take_all(struct tf_merge *merge, struct tf_tick *out, uint32_t room,
                         uint32_t capacity, ptrdiff_t *end)
{
    uint32_t total = 0;
    ptrdiff_t more;
    do {
        cr_assert_leq(total + capacity, room);
        struct tf_sink sink = {.ticks = out + total, .capacity = capacity};
        more = tf_merge_next(merge, 256, &sink);
        cr_assert_leq(sink.count, capacity);
        total += sink.count;
    } while (more > 0);
    cr_assert_eq(tf_merge_next(merge, 256, &(struct tf_sink){.ticks = out, .capacity = 1}),
                 more);
    *end = more;
    return total;
}

/* The rule, by brute force: all events with their times, sorted by (time, input, place). */
struct event {
    uint64_t time;
    uint32_t input, first, length;
};

static int compare(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->input != y->input)
        return x->input < y->input ? -1 : 1;
    return x->first < y->first ? -1 : 1;
}

static uint32_t expect(const struct made *made, uint32_t count, struct tf_tick *out)
{
    static struct event events[INPUTS_MAX * EVENTS_MAX];
    uint32_t total = 0, ticks = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t time = 0;
        for (uint32_t at = 0; at < made[i].count;) {
            uint64_t stamp = made[i].ticks[at].ts_event;
            if (stamp != TF_UNDEF_TIMESTAMP && stamp > time)
                time = stamp;
            struct event event = {time, i, at, 0};
            do
                event.length++;
            while (!(made[i].ticks[at++].flags & TF_FLAG_LAST) && at < made[i].count);
            events[total++] = event;
        }
    }
    qsort(events, total, sizeof events[0], compare);
    for (uint32_t i = 0; i < total; i++)
        for (uint32_t j = 0; j < events[i].length; j++)
            out[ticks++] = made[events[i].input].ticks[events[i].first + j];
    return ticks;
}

Test(merge, gives_whole_events_in_the_order_of_the_rule)
{
    static struct made made[INPUTS_MAX];
    static struct tf_tick got[INPUTS_MAX * TICKS_MAX + 1024], wanted[INPUTS_MAX * TICKS_MAX];
    static const uint32_t capacities[] = {1, 2, 7, 256, 1024};
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint32_t count = 2 + (uint32_t)(seed % (INPUTS_MAX - 1));
        uint32_t ticks = 0;
        for (uint32_t i = 0; i < count; i++) {
            fill(&made[i], i, seed, seed % 3 == 0);
            ticks += made[i].count;
        }
        ptrdiff_t end;
        struct tf_merge *merge = open_made(made, count, false);
        uint32_t total =
            take_all(merge, got, sizeof got / sizeof got[0], capacities[seed % 5], &end);
        cr_assert_eq(end, 0);
        cr_assert_eq(total, ticks, "seed %zu", (size_t)seed);
        cr_assert_eq(expect(made, count, wanted), ticks);
        cr_assert_eq(memcmp(got, wanted, ticks * sizeof got[0]), 0, "seed %zu", (size_t)seed);
        for (uint32_t i = 0; i < count; i++) {
            struct tf_merge_counts counts;
            tf_merge_counts(merge, i, &counts);
            cr_assert_eq(counts.ticks, made[i].count);
            cr_assert_geq(counts.messages, made[i].count);
        }
        tf_merge_close(merge);
    }
}

static void add(struct made *made, uint64_t ts_event, uint64_t ts_recv, uint64_t id, bool last)
{
    made->most = 100;
    tf_random_seed(&made->random, id);
    made->ticks[made->count++] = (struct tf_tick){.ts_event = ts_event,
                                                  .ts_recv = ts_recv,
                                                  .order_id = id,
                                                  .flags = last ? TF_FLAG_LAST : 0};
}

static void expect_ids(struct made *made, uint32_t count, bool by_recv, const uint64_t *ids,
                       uint32_t id_count)
{
    struct tf_tick got[64];
    ptrdiff_t end;
    struct tf_merge *merge = open_made(made, count, by_recv);
    cr_assert_eq(take_all(merge, got, 64, 16, &end), id_count);
    for (uint32_t i = 0; i < id_count; i++)
        cr_assert_eq(got[i].order_id, ids[i], "tick %u is %zu", i, (size_t)got[i].order_id);
    tf_merge_close(merge);
}

Test(merge, ties_go_to_the_input_named_first)
{
    static struct made made[3];
    for (uint32_t i = 0; i < 3; i++) {
        add(&made[i], 5, TF_UNDEF_TIMESTAMP, 10 * i, false);
        add(&made[i], 5, TF_UNDEF_TIMESTAMP, 10 * i + 1, true);
        add(&made[i], 5, TF_UNDEF_TIMESTAMP, 10 * i + 2, true);
    }
    expect_ids(made, 3, false, (uint64_t[]){0, 1, 2, 10, 11, 12, 20, 21, 22}, 9);
}

Test(merge, an_event_is_not_torn_by_an_earlier_one_of_another_input)
{
    static struct made made[2];
    add(&made[0], 10, TF_UNDEF_TIMESTAMP, 1, false);
    add(&made[0], 30, TF_UNDEF_TIMESTAMP, 2, true);
    add(&made[1], 20, TF_UNDEF_TIMESTAMP, 3, true);
    expect_ids(made, 2, false, (uint64_t[]){1, 2, 3}, 3);
}

Test(merge, time_that_steps_back_keeps_its_place)
{
    static struct made made[2];
    add(&made[0], 10, TF_UNDEF_TIMESTAMP, 1, true);
    add(&made[0], 5, TF_UNDEF_TIMESTAMP, 2, true);
    add(&made[0], 20, TF_UNDEF_TIMESTAMP, 3, true);
    add(&made[1], 7, TF_UNDEF_TIMESTAMP, 4, true);
    add(&made[1], 10, TF_UNDEF_TIMESTAMP, 5, true);
    expect_ids(made, 2, false, (uint64_t[]){4, 1, 2, 5, 3}, 5);
    made[0].at = made[1].at = 0;
    struct tf_tick got[64];
    struct tf_merge_counts counts;
    ptrdiff_t end;
    struct tf_merge *merge = open_made(made, 2, false);
    cr_assert_eq(take_all(merge, got, 64, 16, &end), 5);
    tf_merge_counts(merge, 0, &counts);
    cr_assert_eq(counts.events_back, 1);
    tf_merge_close(merge);
}

Test(merge, by_time_of_capture_where_there_is_one)
{
    static struct made made[2];
    add(&made[0], 1, 100, 1, true);
    add(&made[0], 2, 300, 2, true);
    add(&made[1], 90, 200, 3, true);
    add(&made[1], 250, TF_UNDEF_TIMESTAMP, 4, true);
    expect_ids(made, 2, true, (uint64_t[]){1, 3, 4, 2}, 4);
    made[0].at = made[1].at = 0;
    expect_ids(made, 2, false, (uint64_t[]){1, 2, 3, 4}, 4);
}

Test(merge, an_input_that_fails_costs_itself_and_is_told_at_the_end)
{
    static struct made made[3];
    static struct tf_tick got[64];
    ptrdiff_t end;
    for (uint32_t i = 0; i < 3; i++)
        for (uint64_t t = 0; t < 5; t++)
            add(&made[i], i == 1 ? t : 10 + t, TF_UNDEF_TIMESTAMP, 10 * i + t, true);
    made[1].error = TF_EDATA;
    made[2].error = TF_EIO;
    struct tf_merge *merge = open_made(made, 3, false);
    cr_assert_eq(take_all(merge, got, 64, 4, &end), 15);
    cr_assert_eq(end, TF_EDATA);
    cr_assert(strstr(tf_errmsg(), "is cut"));
    struct tf_merge_counts counts;
    tf_merge_counts(merge, 2, &counts);
    cr_assert_eq(counts.error, TF_EIO);
    tf_merge_close(merge);
}

Test(merge, one_input_is_handed_through_with_its_error)
{
    static struct made made[1];
    static struct tf_tick got[TICKS_MAX + 512];
    fill(&made[0], 0, 11, true);
    made[0].ticks[0].ts_event = UINT64_MAX - 1; /* in any order of times */
    made[0].error = TF_EDATA;
    ptrdiff_t end;
    struct tf_merge *merge = open_made(made, 1, false);
    cr_assert_eq(take_all(merge, got, TICKS_MAX + 512, 300, &end), made[0].count);
    cr_assert_eq(end, TF_EDATA);
    cr_assert_eq(memcmp(got, made[0].ticks, made[0].count * sizeof got[0]), 0);
    tf_merge_close(merge);
}

/* An input without end: ticks that rise in time and never have the flag, or messages without ticks. */
struct endless {
    bool ticks;
    uint64_t messages;
};

static ptrdiff_t next_endless(void *from, uint32_t messages_max, struct tf_sink *sink)
{
    struct endless *endless = from;
    uint32_t messages = 0;
    for (; messages < messages_max && sink->count < sink->capacity; messages++) {
        endless->messages++;
        if (endless->ticks)
            sink->ticks[sink->count++] = (struct tf_tick){.ts_event = endless->messages,
                                                          .ts_recv = TF_UNDEF_TIMESTAMP,
                                                          .order_id = UINT64_MAX};
    }
    return messages;
}

Test(merge, an_input_without_ends_of_events_cannot_keep_others_waiting)
{
    static struct made made;
    static struct tf_tick got[5 * TF_MERGE_EVENT_MAX];
    struct endless endless = {.ticks = true};
    struct tf_merge_options options = {0};
    add(&made, 2, TF_UNDEF_TIMESTAMP, 1, false);
    add(&made, 2, TF_UNDEF_TIMESTAMP, 2, true);
    add(&made, TF_MERGE_EVENT_MAX + 2, TF_UNDEF_TIMESTAMP, 3, true);
    struct tf_merge *merge = tf_merge_open(
        (struct tf_merge_input[]){{next_endless, &endless, 1}, {next, &made, 1}}, 2, &options);
    uint32_t total = 0;
    while (total < 3 * TF_MERGE_EVENT_MAX) {
        struct tf_sink sink = {.ticks = got + total, .capacity = 100};
        cr_assert_gt(tf_merge_next(merge, 256, &sink), 0);
        total += sink.count;
    }
    /* Each goes where the event that is longest allowed ends. */
    cr_assert_eq(got[TF_MERGE_EVENT_MAX].order_id, 1);
    cr_assert_eq(got[TF_MERGE_EVENT_MAX + 1].order_id, 2);
    cr_assert_eq(got[2 * TF_MERGE_EVENT_MAX + 2].order_id, 3);
    tf_merge_close(merge);
}

Test(merge, decodes_no_more_messages_than_may_be)
{
    static struct made made;
    struct endless silent = {.ticks = false};
    struct tf_merge_options options = {0};
    struct tf_tick ticks[16];
    for (uint64_t t = 0; t < 1000; t++)
        add(&made, t, TF_UNDEF_TIMESTAMP, t, true);
    struct tf_merge *merge = tf_merge_open(
        (struct tf_merge_input[]){{next, &made, 1}, {next_endless, &silent, 1}}, 2, &options);
    for (unsigned i = 0; i < 50; i++) {
        struct tf_merge_counts counts;
        struct tf_sink sink = {.ticks = ticks, .capacity = 16};
        uint64_t messages = 0;
        cr_assert_gt(tf_merge_next(merge, 10, &sink), 0, "it comes back without a tick");
        for (uint32_t j = 0; j < 2; j++) {
            tf_merge_counts(merge, j, &counts);
            messages += counts.messages;
        }
        cr_assert_leq(messages, 10u * (i + 1));
        cr_assert_eq(sink.count, 0, "the silent one may be earlier");
    }
    tf_merge_close(merge);
}
