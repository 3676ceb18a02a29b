/* SPDX-License-Identifier: Apache-2.0 */
/* The schedule, on a clock that runs only when it is slept on. */
#include "pacer.h"
#include "tickfan.h"

#include <criterion/criterion.h>

#define MS UINT64_C(1000000)
#define S  UINT64_C(1000000000)

static struct tf_pacer pacer;
static uint64_t now;
static unsigned naps;
static _Atomic bool steered;
static unsigned steer_at_nap;

static uint64_t fake_now(void *context)
{
    (void)context;
    return now += 10; /* reading it takes time: what spins gets on */
}

static void fake_sleep(void *context, uint64_t until_ns, int wake_fd)
{
    (void)context;
    (void)wake_fd;
    cr_assert_lt(until_ns, now + 101 * MS, "a signal would not be noticed");
    if (++naps == steer_at_nap)
        steered = true;
    if (until_ns > now)
        now = until_ns;
}

static const struct tf_pacer_clock fake = {fake_now, fake_sleep, 0};

static void begin(double speed)
{
    now = 50 * S;
    tf_pacer_init(&pacer, speed);
    pacer.clock = &fake;
    pacer.steered = &steered;
}

/* Publish one event; when it was, in ns from `since`. */
static uint64_t play(uint64_t ts_event, uint64_t since)
{
    cr_assert_eq(tf_pacer_wait(&pacer, tf_pacer_due(&pacer, ts_event)), TF_PACER_DUE);
    tf_pacer_took(&pacer, ts_event, 3);
    return now - since;
}

/* Within what reading the clock takes. */
static void at(uint64_t want, uint64_t got)
{
    cr_assert(got + 100 >= want && got <= want + 300, "%zu, not %zu", (size_t)got,
              (size_t)want);
}

Test(pacer, original_pace_without_drift)
{
    begin(1);
    uint64_t first = 7 * S;
    play(first, 0);
    uint64_t since = now;
    for (uint64_t i = 1; i <= 1000; i++)
        at(i * 777000, play(first + i * 777000, since));
    cr_assert_eq(pacer.error.count, 1001);
    cr_assert_lt(pacer.error.max, 300);
}

Test(pacer, a_factor)
{
    begin(10);
    play(7 * S, 0);
    uint64_t since = now;
    at(S, play(17 * S, since));
    begin(0.5);
    play(7 * S, 0);
    since = now;
    at(2 * S, play(8 * S, since));
}

Test(pacer, times_that_step_back_are_due_at_once)
{
    begin(1);
    play(7 * S, 0);
    uint64_t since = now;
    at(S, play(8 * S, since));
    at(S, play(5 * S, since));
    at(2 * S, play(9 * S, since));
}

Test(pacer, without_a_time_due_with_the_one_before)
{
    begin(1);
    uint64_t since = now;
    at(0, play(TF_UNDEF_TIMESTAMP, since)); /* begins no schedule */
    now += S;
    play(7 * S, 0);
    since = now;
    at(0, play(TF_UNDEF_TIMESTAMP, since));
    at(S, play(8 * S, since));
    at(S, play(TF_UNDEF_TIMESTAMP, since));
    at(2 * S, play(9 * S, since));
    tf_pacer_jumped(&pacer, TF_UNDEF_TIMESTAMP);
    tf_pacer_change(&pacer, 2, 0, false, TF_UNDEF_TIMESTAMP);
    since = now;
    at(S / 2, play(10 * S, since));
}

Test(pacer, times_that_cannot_be_overflow_nothing)
{
    begin(0.001);
    play(0, 0);
    uint64_t due = tf_pacer_due(&pacer, UINT64_MAX - 1);
    cr_assert_gt(due, now + UINT64_C(2000000000000000000));
    pacer.max_gap_ns = S;
    uint64_t since = now;
    at(S, play(UINT64_MAX - 1, since));
    at(S, play(5, since));
}

Test(pacer, late_events_do_not_move_the_schedule)
{
    begin(1);
    play(7 * S, 0);
    uint64_t since = now;
    now += 3 * S; /* somebody held it up */
    at(3 * S, play(8 * S, since));
    at(3 * S, play(9 * S, since));
    at(4 * S, play(11 * S, since));
    cr_assert_geq(pacer.error.max, 2 * S - 300);
}

Test(pacer, max_gap_cuts_pauses_and_nothing_else)
{
    begin(2);
    pacer.max_gap_ns = 100 * MS;
    play(7 * S, 0);
    uint64_t since = now;
    at(50 * MS, play(7 * S + 100 * MS, since));
    at(150 * MS, play(3600 * S, since));
    at(200 * MS, play(3600 * S + 100 * MS, since));
    at(300 * MS, play(7200 * S, since));
    at(400 * MS, play(7200 * S + 200 * MS, since)); /* exactly: not cut */
    cr_assert_eq(pacer.gaps_cut, 2);
}

Test(pacer, a_rate_of_ticks_whatever_their_times)
{
    begin(0);
    pacer.rate = 3000; /* an event here has 3 ticks */
    cr_assert(tf_pacer_paces(&pacer));
    play(7 * S, 0);
    uint64_t since = now;
    for (uint64_t i = 1; i <= 100; i++)
        at(i * MS, play(i % 2 ? 3 * S : 900 * S, since));
}

Test(pacer, a_rate_of_events)
{
    begin(0);
    pacer.rate = 100;
    pacer.rate_of_events = true;
    play(7 * S, 0);
    uint64_t since = now;
    for (uint64_t i = 1; i <= 100; i++)
        at(i * 10 * MS, play(7 * S, since));
}

Test(pacer, a_pause_moves_all_that_was_not_due)
{
    begin(1);
    play(7 * S, 0);
    uint64_t since = now;
    now += 400 * MS;
    uint64_t paused = now;
    now += 20 * S;
    tf_pacer_paused(&pacer, paused);
    at(21 * S, play(8 * S, since));
    at(22 * S, play(9 * S, since));
}

Test(pacer, a_pause_is_no_gap)
{
    begin(1);
    pacer.max_gap_ns = 100 * MS;
    play(7 * S, 0);
    uint64_t since = now;
    now += 20 * S;
    tf_pacer_paused(&pacer, since);
    at(20 * S + 50 * MS, play(7 * S + 50 * MS, since));
    cr_assert_eq(pacer.gaps_cut, 0);
}

Test(pacer, after_a_jump_the_schedule_goes_on_from_there)
{
    begin(1);
    play(7 * S, 0);
    tf_pacer_jumped(&pacer, 1000 * S);
    uint64_t since = now;
    at(500 * MS, play(1000 * S + 500 * MS, since));
}

Test(pacer, a_new_speed_holds_from_where_the_schedule_stands)
{
    begin(1);
    play(10 * S, 0);
    uint64_t since = now;
    now += 2 * S; /* of the 10 s to the next event */
    tf_pacer_change(&pacer, 4, 0, false, 20 * S);
    at(4 * S, play(20 * S, since));
    at(5 * S, play(24 * S, since));
}

Test(pacer, a_new_speed_does_not_skip_what_is_late)
{
    begin(1000);
    play(10 * S, 0);
    now += S; /* on schedule it would be at 1010 s */
    tf_pacer_change(&pacer, 1, 0, false, 11 * S);
    uint64_t since = now;
    at(0, play(11 * S, since));
    at(S, play(12 * S, since));
}

Test(pacer, from_no_pace_to_one_and_back_to_times)
{
    begin(0);
    cr_assert_not(tf_pacer_paces(&pacer));
    tf_pacer_change(&pacer, 1, 0, false, 100 * S);
    uint64_t since = now;
    at(0, play(100 * S, since));
    at(S, play(101 * S, since));
    tf_pacer_change(&pacer, 0, 0, false, 102 * S);
    tf_pacer_took(&pacer, 500 * S, 1);
    now += S;
    tf_pacer_change(&pacer, 0, 300, false, 501 * S);
    since = now;
    at(0, play(501 * S, since));
    at(10 * MS, play(900 * S, since));
    tf_pacer_change(&pacer, 1, 0, false, 901 * S);
    since = now;
    at(S, play(901 * S, since));
}

Test(pacer, steering_ends_a_wait_and_is_no_error_of_the_pace)
{
    begin(1);
    play(7 * S, 0);
    uint64_t events = pacer.error.count;
    steer_at_nap = naps + 3;
    cr_assert_eq(tf_pacer_wait(&pacer, tf_pacer_due(&pacer, 100 * S)), TF_PACER_STEERED);
    cr_assert_eq(pacer.error.count, events);
    steered = false;
    uint64_t since = now;
    play(100 * S, since);
    cr_assert_eq(pacer.error.count, events + 1);
}

Test(pacer, speeds_and_rates_as_written)
{
    double value;
    bool of_events;
    cr_assert(tf_pacer_parse_speed("max", &value) && value == 0);
    cr_assert(tf_pacer_parse_speed("2.5", &value) && value == 2.5);
    cr_assert_not(tf_pacer_parse_speed("0", &value));
    cr_assert_not(tf_pacer_parse_speed("nan", &value));
    cr_assert_not(tf_pacer_parse_speed("2x", &value));
    cr_assert(tf_pacer_parse_rate("1e5", &value, &of_events) && value == 1e5 && !of_events);
    cr_assert(tf_pacer_parse_rate("10ticks", &value, &of_events) && !of_events);
    cr_assert(tf_pacer_parse_rate("5events", &value, &of_events) && value == 5 && of_events);
    cr_assert_not(tf_pacer_parse_rate("5msgs", &value, &of_events));
    cr_assert_not(tf_pacer_parse_rate("0", &value, &of_events));
    cr_assert_not(tf_pacer_parse_rate("inf", &value, &of_events));
}
