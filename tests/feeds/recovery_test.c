/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a re-request server and when, by a clock that the tests turn. */
#include "recovery.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct tf_recovery *recovery;
static char told[4096];

/* 2 in flight, again after 10. */
static void open_it(uint32_t outstanding, uint32_t ranges)
{
    recovery = tf_recovery_open(&(struct tf_recovery_options){
        .outstanding = outstanding, .ranges = ranges, .retry_ns = 10});
    cr_assert(recovery);
}

static void close_it(void)
{
    tf_recovery_close(recovery);
}

/* All requests due now: "0:10+5 " is stream 0, five messages from 10 on. */
static const char *requests(uint64_t now)
{
    struct tf_recovery_request request;
    size_t used = 0;
    told[0] = 0;
    while (tf_recovery_next(recovery, now, &request))
        used += (size_t)snprintf(told + used, sizeof told - used, "%u:%llu+%u ", request.stream,
                                 (unsigned long long)request.sequence, request.count);
    return told;
}

TestSuite(recovery, .fini = close_it);

Test(recovery, asks_for_a_range_once_until_its_answer_is_late)
{
    open_it(2, 16);
    cr_assert_eq(tf_recovery_due(recovery), UINT64_MAX);
    cr_assert(tf_recovery_want(recovery, 3, 10, 14, 1000));
    cr_assert_eq(tf_recovery_due(recovery), 0);
    cr_assert_str_eq(requests(100), "3:10+5 ");
    cr_assert_str_eq(requests(100), "");
    cr_assert_eq(tf_recovery_due(recovery), 110);
    cr_assert_str_eq(requests(109), "");
    cr_assert_str_eq(requests(110), "3:10+5 ");
    cr_assert_eq(tf_recovery_counts(recovery)->requests, 2);
    cr_assert_eq(tf_recovery_counts(recovery)->repeated, 1);
}

Test(recovery, waits_twice_as_long_each_time_up_to_eight_times)
{
    static const uint64_t at[] = {0, 10, 30, 70, 150, 230, 310};
    open_it(1, 16);
    tf_recovery_want(recovery, 0, 1, 1, 100000);
    for (unsigned i = 0; i < sizeof at / sizeof at[0]; i++) {
        if (at[i])
            cr_assert_str_eq(requests(at[i] - 1), "", "before %d", (int)at[i]);
        cr_assert_str_eq(requests(at[i]), "0:1+1 ", "at %d", (int)at[i]);
    }
}

Test(recovery, an_answer_ends_it)
{
    open_it(2, 16);
    tf_recovery_want(recovery, 0, 10, 14, 1000);
    requests(0);
    tf_recovery_answer(recovery, 0, 10, 5);
    cr_assert_eq(tf_recovery_outstanding(recovery), 0);
    cr_assert_eq(tf_recovery_due(recovery), UINT64_MAX);
    cr_assert_str_eq(requests(500), "");
    cr_assert_eq(tf_recovery_counts(recovery)->answered, 5);
    tf_recovery_answer(recovery, 0, 10, 5); /* the answer to a repeated request */
    cr_assert_eq(tf_recovery_counts(recovery)->answered, 5);
    cr_assert_eq(tf_recovery_counts(recovery)->unsolicited, 5);
}

Test(recovery, a_short_answer_is_followed_by_the_rest_at_once)
{
    open_it(4, 16);
    tf_recovery_want(recovery, 0, 1, 20, 1000);
    cr_assert_str_eq(requests(0), "0:1+20 ");
    tf_recovery_answer(recovery, 0, 1, 8);
    cr_assert_str_eq(requests(1), "0:9+12 ");
    cr_assert_eq(tf_recovery_counts(recovery)->repeated, 0, "that is no repetition");
    /* And the next range is asked for in pieces that a packet can carry. */
    tf_recovery_want(recovery, 0, 101, 120, 1000);
    requests(1);
    cr_assert(strstr(told, "0:101+8 ") && strstr(told, "0:109+8 ") && strstr(told, "0:117+4 "));
}

Test(recovery, learns_that_a_packet_carries_more)
{
    open_it(1, 16);
    tf_recovery_want(recovery, 0, 1, 100000, UINT64_MAX);
    uint64_t first = 1, asked = 0;
    for (int i = 0; i < 40; i++) {
        struct tf_recovery_request request;
        cr_assert(tf_recovery_next(recovery, 0, &request));
        cr_assert_eq(request.sequence, first);
        cr_assert_geq(request.count, asked);
        asked = request.count;
        tf_recovery_answer(recovery, 0, first, asked);
        first += asked;
    }
    cr_assert_gt(asked, 100);
    cr_assert_leq(asked, TF_RECOVERY_ASK_MAX);
}

Test(recovery, keeps_so_many_in_flight_and_the_others_waiting)
{
    open_it(2, 16);
    for (uint64_t i = 0; i < 5; i++)
        tf_recovery_want(recovery, 0, 10 * i + 1, 10 * i + 1, 1000);
    requests(0);
    cr_assert_eq(tf_recovery_outstanding(recovery), 2);
    cr_assert_eq(tf_recovery_counts(recovery)->requests, 2);
    tf_recovery_answer(recovery, 0, 1, 1);
    cr_assert_str_eq(requests(1), "0:21+1 ");
}

Test(recovery, gives_up_when_the_time_of_the_range_is_up)
{
    open_it(1, 16);
    tf_recovery_want(recovery, 0, 1, 4, 15);
    tf_recovery_want(recovery, 0, 11, 12, 15);
    tf_recovery_want(recovery, 0, 21, 21, 100);
    cr_assert_str_eq(requests(0), "0:1+4 ");
    cr_assert_str_eq(requests(10), "0:1+4 ");
    cr_assert_eq(tf_recovery_due(recovery), 15);
    cr_assert_str_eq(requests(15), "0:21+1 ", "what never was asked for is dropped too");
    cr_assert_eq(tf_recovery_counts(recovery)->given_up, 6);
    tf_recovery_answer(recovery, 0, 1, 4);
    cr_assert_eq(tf_recovery_counts(recovery)->unsolicited, 4);
}

Test(recovery, refuses_what_it_has_no_room_for)
{
    open_it(1, 2);
    cr_assert(tf_recovery_want(recovery, 0, 1, 1, 100));
    cr_assert(tf_recovery_want(recovery, 0, 3, 3, 100));
    cr_assert_not(tf_recovery_want(recovery, 0, 5, 5, 100));
    cr_assert_eq(tf_recovery_counts(recovery)->refused, 1);
    requests(0);
    cr_assert(tf_recovery_want(recovery, 0, 5, 5, 100), "one is in flight now");
}

Test(recovery, answers_of_another_stream_or_place_are_unsolicited)
{
    open_it(1, 2);
    tf_recovery_want(recovery, 7, 10, 19, 100);
    requests(0);
    tf_recovery_answer(recovery, 6, 10, 10);
    tf_recovery_answer(recovery, 7, 20, 5);
    tf_recovery_answer(recovery, 7, 1, 9);
    tf_recovery_answer(recovery, 7, 12, 3); /* out of the middle: the rest brings it again */
    tf_recovery_answer(recovery, 7, UINT64_MAX - 1, 5);
    tf_recovery_answer(recovery, 7, 10, 0);
    cr_assert_eq(tf_recovery_counts(recovery)->answered, 0);
    tf_recovery_answer(recovery, 7, 15, 10); /* its end */
    cr_assert_eq(tf_recovery_counts(recovery)->answered, 5);
    cr_assert_str_eq(requests(10), "7:10+5 ");
    tf_recovery_answer(recovery, 7, 1, 100); /* more than all of it */
    cr_assert_eq(tf_recovery_outstanding(recovery), 0);
    cr_assert_eq(tf_recovery_counts(recovery)->answered, 10);
}

/* What is awaited of first..first + count - 1, as "10+5 ". */
static const char *awaited(uint32_t stream, uint64_t first, uint64_t count)
{
    uint64_t end = first + count, run;
    size_t used = 0;
    told[0] = 0;
    while ((run = tf_recovery_awaited(recovery, stream, &first, end - first))) {
        used += (size_t)snprintf(told + used, sizeof told - used, "%llu+%llu ",
                                 (unsigned long long)first, (unsigned long long)run);
        first += run;
    }
    return told;
}

Test(recovery, awaits_what_is_in_flight_and_nothing_else)
{
    open_it(2, 16);
    tf_recovery_want(recovery, 7, 10, 19, 100);
    cr_assert_str_eq(awaited(7, 1, 100), "", "it was not asked for yet");
    requests(0);
    tf_recovery_want(recovery, 7, 30, 39, 100);
    requests(0);
    tf_recovery_want(recovery, 7, 50, 59, 100); /* two are in flight: this waits */
    requests(0);
    cr_assert_str_eq(awaited(7, 10, 10), "10+10 ");
    cr_assert_str_eq(awaited(7, 1, 100), "10+10 30+10 ");
    cr_assert_str_eq(awaited(7, 15, 20), "15+5 30+5 ");
    cr_assert_str_eq(awaited(7, 12, 3), "12+3 ");
    cr_assert_str_eq(awaited(7, 1, 9), "");
    cr_assert_str_eq(awaited(7, 20, 10), "");
    cr_assert_str_eq(awaited(7, 50, 10), "");
    cr_assert_str_eq(awaited(6, 10, 10), "");
    cr_assert_str_eq(awaited(7, UINT64_C(1) << 63, 1), "");
    cr_assert_str_eq(awaited(7, UINT64_MAX - 1, 5), "");
    cr_assert_str_eq(awaited(7, 10, 0), "");
    tf_recovery_answer(recovery, 7, 8, 5); /* 8 and 9 are nobody's */
    cr_assert_str_eq(awaited(7, 1, 25), "13+7 ");
    tf_recovery_answer(recovery, 7, 8, 5);
    tf_recovery_answer(recovery, 7, UINT64_C(1) << 63, 1);
    tf_recovery_answer(recovery, 7, UINT64_MAX - 1, 5);
    tf_recovery_answer(recovery, 7, 15, 2); /* out of the middle */
    cr_assert_eq(tf_recovery_counts(recovery)->unsolicited, 2 + 5 + 1 + 5);
    tf_recovery_answer(recovery, 7, 13, 7);
    cr_assert_str_eq(awaited(7, 1, 100), "30+10 ");
}

Test(recovery, a_range_beyond_one_request_is_asked_for_whole)
{
    open_it(1, 2);
    uint64_t last = 3 * UINT64_C(70000);
    tf_recovery_want(recovery, 0, 1, last, UINT64_MAX);
    uint64_t at = 1;
    struct tf_recovery_request request;
    while (tf_recovery_next(recovery, 0, &request)) {
        cr_assert_eq(request.sequence, at);
        cr_assert_geq(request.count, 1);
        tf_recovery_answer(recovery, 0, at, request.count);
        at += request.count;
    }
    cr_assert_eq(at, last + 1);
    cr_assert_eq(tf_recovery_counts(recovery)->answered, last);
}
