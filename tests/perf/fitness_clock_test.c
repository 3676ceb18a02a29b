/* SPDX-License-Identifier: Apache-2.0 */
/* The clock check, the raw line and the noise floor on the machine at hand, at rest and with others on its CPUs. */
#include "clock.h"
#include "clock_check_pair.h"
#include "fitness.h"
#include "noise_floor.h"
#include "placement_of.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int cpus[CPU_SETSIZE];
static int count;
static pid_t hogs[2];

static void begin(void)
{
    count = tf_cpus_allowed(cpus, CPU_SETSIZE);
    cr_assert_geq(count, 1);
}

/* Someone who wants the same CPU all the time. */
static void start_hog(int which, int cpu)
{
    hogs[which] = fork();
    if (hogs[which] != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    tf_pin_to(cpu);
    uint64_t until = tf_monotonic_ns() + 30 * TF_NS_PER_S;
    while (tf_monotonic_ns() < until)
        ;
    _exit(0);
}

static void end(void)
{
    for (int i = 0; i < 2; i++)
        if (hogs[i] > 0) {
            kill(hogs[i], SIGKILL);
            waitpid(hogs[i], NULL, 0);
        }
}

TestSuite(clock_check, .init = begin, .fini = end, .timeout = 60);
TestSuite(noise, .init = begin, .fini = end, .timeout = 60);

/* One core cannot hand a line to itself. */
static void need_two(void)
{
    if (count < 2)
        cr_skip_test("two CPUs are needed, one is allowed");
}

static void check_both_ways(int times)
{
    struct tf_clock_check check;
    int two[2] = {cpus[0], cpus[1]};
    for (int i = 0; i < times; i++) {
        tf_clock_check(&check, two, 2, 0);
        cr_expect(check.usable, "clean, but: %s", check.why);
        cr_expect_eq(check.skew_cpu, two[1]);
        tf_clock_check(&check, two, 2, i % 2 ? 500 : -500);
        cr_expect_not(check.usable, "500 ns injected, %.0f found within %.0f",
                      check.skew_ns_max, check.skew_bound_ns);
        cr_expect(strstr(check.why, "off that of CPU"), "%s", check.why);
    }
}

Test(clock_check, accepts_what_is_good_and_refuses_skew)
{
    need_two();
    check_both_ways(4);
}

Test(clock_check, does_so_with_others_on_both_cpus)
{
    need_two();
    start_hog(0, cpus[0]);
    start_hog(1, cpus[1]);
    check_both_ways(2);
}

Test(clock_check, one_cpu_has_no_skew)
{
    struct tf_clock_check check;
    int same[2] = {cpus[0], cpus[0]};
    tf_clock_check(&check, same, 2, 500);
    cr_expect(check.usable, "%s", check.why);
    cr_expect_eq(check.skew_cpu, -1);
    json_t *json = tf_clock_check_json(&check);
    cr_expect_null(json_object_get(json, "skew_ns_max"));
    cr_expect(json_is_true(json_object_get(json, "usable")));
    cr_expect_gt(json_real_value(json_object_get(json, "hz")), 1e6);
    json_decref(json);
}

Test(clock_check, a_cpu_that_is_not_there_is_said)
{
    struct tf_clock_check check;
    int two[2] = {cpus[0], CPU_SETSIZE - 1};
    tf_clock_check(&check, two, 2, 0);
    cr_expect_not(check.usable);
    cr_expect(strstr(check.why, "CPU"), "%s", check.why);
    cr_expect_lt(tf_line_ns(cpus[0], CPU_SETSIZE - 1), 0);
    cr_expect_lt(tf_line_ns(-1, cpus[0]), 0);
}

Test(clock_check, leaves_the_process_where_it_was)
{
    cpu_set_t before, after;
    need_two();
    sched_getaffinity(0, sizeof before, &before);
    double ns = tf_line_ns(cpus[0], cpus[1]);
    cr_expect_gt(ns, 0);
    sched_getaffinity(0, sizeof after, &after);
    cr_expect(CPU_EQUAL(&before, &after));
}

/* ---- noise ------------------------------------------------------------------------------------ */

Test(noise, somebody_on_the_same_cpu_is_seen)
{
    static struct tf_noise noise;
    start_hog(0, cpus[0]);
    cr_assert(tf_noise_measure(&noise, cpus[0], 0.5));
    /* A fair share is half; how the two share the first moments is the scheduler's. */
    cr_expect_gt(noise.away_share, 0.2);
    cr_expect_gt(noise.preemptions, 0);
    cr_expect_gt(noise.gaps, 0);
    cr_expect_gt(noise.gap_ns_max, 500e3);
    cr_expect_eq(noise.cpu, cpus[0]);
}

Test(noise, is_consistent)
{
    struct tf_noise_floor *floor = tf_noise_floor_measure(cpus, count < 2 ? count : 2, 0.3);
    cr_assert(floor);
    for (int i = 0; i < count && i < 2; i++) {
        uint64_t gaps = 0;
        cr_assert(floor[i].ran);
        cr_expect_eq(floor[i].noise.cpu, cpus[i]);
        for (int slice = 0; slice < TF_NOISE_SLICES; slice++)
            gaps += floor[i].slice[slice].gaps;
        cr_expect_eq(gaps, floor[i].noise.gap.count);
        cr_expect_leq(floor[i].noise.gaps, gaps);
        for (uint32_t at = 1; at < floor[i].longest_count; at++)
            cr_expect_leq(floor[i].longest[at].ns, floor[i].longest[at - 1].ns);
        if (floor[i].longest_count)
            cr_expect_eq((uint64_t)floor[i].longest[0].ns, floor[i].noise.gap.max);
        cr_expect(floor[i].noise.away_share >= 0 && floor[i].noise.away_share <= 1);
    }
    free(floor);
}

Test(noise, a_cpu_that_is_not_there_has_none)
{
    static struct tf_noise noise;
    cr_expect_not(tf_noise_measure(&noise, CPU_SETSIZE - 1, 0.1));
}

Test(noise, json_leaves_out_what_is_not_known)
{
    static struct tf_noise noise = {.cpu = 3, .seconds = 1, .steal_share = NAN};
    json_t *json = tf_noise_json(&noise);
    cr_expect_eq(json_integer_value(json_object_get(json, "cpu")), 3);
    cr_expect_null(json_object_get(json, "steal_share"));
    cr_expect_null(json_object_get(json, "gap_ns_max"));
    json_decref(json);
}
