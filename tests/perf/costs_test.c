/* SPDX-License-Identifier: Apache-2.0 */
/* Counting, actors, and the measurements of costs at a size that takes no time: what they deliver, never how fast. */
#include "clock.h"
#include "error.h"
#include "feed_day.h"
#include "instructions.h"
#include "measurement.h"
#include "publish_crowd.h"
#include "replay_pace.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- counting ----------------------------------------------------------------------------------- */

/* Not counted with the rest: this program has loops of its own to count. */
static uint64_t few(uint32_t which)
{
    (void)which;
    return 64;
}

static int begin(uint32_t which, void **context)
{
    static bool long_one[2] = {false, true};
    *context = &long_one[which];
    return 0;
}

#define NOP4 "nop\n\tnop\n\tnop\n\tnop\n\t"

static void spin(void *context, uint64_t operations)
{
    const bool *long_one = context;
    if (*long_one)
        for (uint64_t i = 0; i < operations; i++)
            __asm__ volatile(NOP4 NOP4 NOP4);
    else
        for (uint64_t i = 0; i < operations; i++)
            __asm__ volatile(NOP4);
}

static void end(void *context)
{
    (void)context;
}

static const struct tf_countable nops = {"nops", 2, few, begin, spin, end};

Test(count, steps_differ_by_the_instructions_that_differ)
{
    static struct tf_counts counts;
    const bool wanted[2] = {true, true};
    setenv("TF_PERF_COUNT", "step", 1);
    tf_count(&nops, wanted, &counts);
    if (counts.way == TF_COUNT_NONE)
        cr_skip_test("%s", counts.why);
    cr_expect_str_eq(counts.source, "single step");
    double shorter = counts.count[0].instructions, longer = counts.count[1].instructions;
    cr_expect(shorter >= 4 && shorter <= 16, "%f instructions", shorter);
    cr_expect_float_eq(longer - shorter, 8, 1e-9, "%f and %f", shorter, longer);
    cr_expect(isnan(counts.count[0].cycles), "steps know no cycles");
}

Test(count, nothing_is_counted_that_was_not_asked_for)
{
    static struct tf_counts counts;
    const bool wanted[2] = {false, true};
    setenv("TF_PERF_COUNT", "step", 1);
    tf_count(&nops, wanted, &counts);
    cr_expect(isnan(counts.count[0].instructions));
}

Test(count, without_a_way_the_source_says_so)
{
    static struct tf_counts counts;
    const bool wanted[2] = {true, true};
    setenv("TF_PERF_COUNT", "none", 1);
    tf_count(&nops, wanted, &counts);
    cr_expect_eq(counts.way, TF_COUNT_NONE);
    cr_expect_str_eq(counts.source, "not counted");
    cr_expect(isnan(counts.count[1].instructions));
}

/* ---- actors ------------------------------------------------------------------------------------- */

enum { FAIL = 1, LAST, DIE, COUNT };

static int play(void *context, uint32_t what, struct tf_actor_board *board)
{
    (void)context;
    if (what == FAIL)
        return tf_fail(TF_EDATA, "as it was told");
    if (what == DIE)
        _exit(3);
    if (what == LAST) {
        tf_actor_ready(board);
        while (!tf_actor_relieved(board))
            tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS);
    }
    return (int)what;
}

Test(actors, answer_fail_last_and_end)
{
    struct tf_actor actor;
    cr_assert_eq(tf_actor_start(&actor, play, NULL, -1), 0);
    cr_expect_eq(tf_actor_ask(&actor, COUNT), COUNT);
    cr_expect_eq(tf_actor_ask(&actor, FAIL), TF_EDATA);
    cr_expect_str_eq(tf_errmsg(), "as it was told");
    cr_expect_eq(tf_actor_ask(&actor, LAST), 0, "ready while it lasts");
    tf_actor_stop(&actor);
    tf_actor_go_on(&actor);
    cr_expect_eq(tf_actor_ask(&actor, COUNT), COUNT, "relieved by the next order");
    tf_actor_end(&actor);
    cr_expect(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no process is left");
}

Test(actors, one_that_died_is_an_error_and_no_wait)
{
    struct tf_actor actor;
    cr_assert_eq(tf_actor_start(&actor, play, NULL, -1), 0);
    uint64_t began = tf_monotonic_ns();
    cr_expect_eq(tf_actor_ask(&actor, DIE), TF_EINTERNAL);
    cr_expect_lt(tf_monotonic_ns() - began, 15 * TF_NS_PER_S, "it was waited for all the 20 s");
    tf_actor_end(&actor);
}

/* ---- who is attached ---------------------------------------------------------------------------- */

static uint32_t readers_of(const tf_publisher *publisher)
{
    uint32_t readers;
    tf_publisher_room(publisher, &readers);
    return readers;
}

Test(crowd, is_in_the_roster_while_it_is_there)
{
    struct tf_stage stage;
    struct tf_crowd crowd;
    struct tf_publisher_options options = TF_PUBLISHER_OPTIONS_INIT;
    tf_publisher *publisher;
    options.name = "crowded";
    cr_assert_eq(tf_stage_open(&stage), 0);
    cr_assert_eq(tf_crowd_hire(&crowd, options.name, -1), 0);
    cr_assert_eq(tf_publisher_create(&options, &publisher), 0, "%s", tf_errmsg());
    static const struct {
        enum tf_crowd_kind kind;
        uint32_t asked, seen;
    } turns[] = {
        {TF_CROWD_ATTACHED, 62, 62}, {TF_CROWD_STOPPED, 4, 4}, {TF_CROWD_WAITING, 4, 4}};
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        cr_expect_eq(tf_crowd_enter(&crowd, turns[i].kind, turns[i].asked), 0, "%s",
                     tf_errmsg());
        cr_expect_eq(readers_of(publisher), turns[i].seen, "turn %zu", i);
        cr_expect_eq(tf_crowd_leave(&crowd), 0, "%s", tf_errmsg());
        cr_expect_eq(readers_of(publisher), 0, "after turn %zu", i);
    }
    cr_expect_eq(tf_crowd_enter(&crowd, TF_CROWD_HOSTILE, 1), 0, "%s", tf_errmsg());
    uint32_t noise = 0; /* another number at nearly every look */
    for (int i = 0; i < 10000 && noise < 2; i++) {
        tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS);
        noise = readers_of(publisher);
    }
    cr_expect_geq(noise, 2, "the roster was not scribbled over");
    cr_expect_eq(tf_crowd_leave(&crowd), 0, "%s", tf_errmsg());
    cr_expect_eq(readers_of(publisher), 0, "the roster is not as it was");
    tf_crowd_dismiss(&crowd);
    tf_publisher_end(publisher);
    tf_publisher_close(publisher);
    tf_stage_close(&stage);
    cr_expect_neq(access(stage.scratch.path, F_OK), 0, "%s is left", stage.scratch.path);
}

/* A killed run's directory goes with the next run, once it is old enough not to be one that is just being made. */
Test(stage, what_a_killed_run_left_is_removed_by_the_next)
{
    static const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    struct tf_stage stage, held;
    int pipes[2];
    char left[sizeof stage.scratch.path];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        if (tf_stage_open(&stage) == 0)
            (void)!write(pipes[1], stage.scratch.path, sizeof left);
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    close(pipes[1]);
    cr_assert_eq(read(pipes[0], left, sizeof left), (ssize_t)sizeof left);
    cr_assert_eq(access(left, F_OK), 0, "%s is gone already", left);
    cr_assert_eq(tf_stage_open(&held), 0);
    utimensat(AT_FDCWD, left, long_ago, 0);
    utimensat(AT_FDCWD, held.directory, long_ago, 0);
    cr_assert_eq(tf_stage_open(&stage), 0);
    cr_expect_neq(access(left, F_OK), 0, "%s is left", left);
    cr_expect_eq(access(held.directory, F_OK), 0, "one in use was removed");
    tf_stage_close(&stage);
    tf_stage_close(&held);
    close(pipes[0]);
}

/* ---- whole measurements ------------------------------------------------------------------------- */

static struct tf_perf_options options = {.rounds = 1, .scale = 0.02, .seed = 3, .quiet = true};

/* The result lives as long as the test. */
static json_t *measured(const struct tf_measurement *measurement)
{
    static json_t *kept[4];
    static unsigned runs;
    json_t *out = kept[runs++ % 4] = json_array();
    setenv("TF_PERF_COUNT", "none", 1);
    setenv("TICKFAN_LOG", "error", 1);
    setenv("TICKFAN_DIR", "/where/it/was", 1);
    options.cpus = tf_cpus_allowed(options.cpu, TF_PERF_CPUS_MAX);
    int error = measurement->run(&options, out);
    cr_assert_eq(error, 0, "%s: %s", measurement->name, tf_errmsg());
    cr_expect_eq(json_array_size(out), 1);
    cr_expect(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "processes are left");
    cr_expect_str_eq(getenv("TICKFAN_DIR"), "/where/it/was", "TICKFAN_DIR is left as %s",
                     getenv("TICKFAN_DIR"));
    return json_array_get(out, 0);
}

static json_t *row_of(json_t *measurement, const char *name)
{
    json_t *row;
    size_t index;
    json_array_foreach(json_object_get(measurement, "rows"), index,
                       row) if (strcmp(json_string_value(json_object_get(row, "case")), name) ==
                                0) return row;
    return NULL;
}

/* A number inside, as "send_ns.middle"; NAN: none. */
static double number_in(const json_t *object, const char *path)
{
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part; (part = strsep(&rest, ".")) != NULL;)
        object = json_object_get(object, part);
    return json_is_number(object) ? json_number_value(object) : NAN;
}

Test(publish, every_case_is_there_with_its_ratio, .timeout = 120)
{
    json_t *result = measured(&tf_measure_publish);
    static const char *const names[] = {"publish single",
                                        "publish batch 32",
                                        "publish batch 32, readers 1",
                                        "publish batch 32, readers 62",
                                        "publish batch 32, readers 250",
                                        "publish batch 32, rings 2",
                                        "publish batch 32, rings 4",
                                        "publish, readers waiting",
                                        "publish, readers stopped",
                                        "publish, readers hostile",
                                        "read single",
                                        "read batch 64",
                                        "peek and commit",
                                        "memcpy batch 32"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *row = row_of(result, names[i]);
        cr_assert(row != NULL, "no row '%s'", names[i]);
        cr_expect(number_in(row, "send_ns.middle") > 0, "%s", names[i]);
        bool compared = strchr(names[i], ',') || strncmp(names[i], "memcpy", 6) == 0;
        cr_expect_eq(number_in(row, "ratio.send_ns.middle") > 0, compared, "%s", names[i]);
        cr_expect_str_eq(
            json_string_value(json_object_get(json_object_get(row, "cost"), "source")),
            "not counted");
    }
}

Test(publish, only_takes_names_and_parts_and_adds_the_reference, .timeout = 120)
{
    options.only = "publish batch 32, readers 1";
    json_t *result = measured(&tf_measure_publish);
    cr_expect_eq(json_array_size(json_object_get(result, "rows")), 2);
    cr_expect(row_of(result, "publish batch 32") != NULL);
    options.only = "read single,peek";
    result = measured(&tf_measure_publish);
    cr_expect_eq(json_array_size(json_object_get(result, "rows")), 2);
    cr_expect(row_of(result, "peek and commit") != NULL);
}

Test(publish, an_unknown_case_is_named)
{
    json_t *out = json_array();
    options.only = "read single,telepathy";
    cr_expect_eq(tf_measure_publish.run(&options, out), TF_EUSAGE);
    cr_expect(strstr(tf_errmsg(), "telepathy") != NULL, "%s", tf_errmsg());
    json_decref(out);
}

Test(wait, every_way_receives_what_was_sent, .timeout = 120)
{
    json_t *result = measured(&tf_measure_wait), *row;
    size_t index;
    cr_expect_eq(json_array_size(json_object_get(result, "rows")), 12);
    json_array_foreach(json_object_get(result, "rows"), index, row)
    {
        const char *name = json_string_value(json_object_get(row, "case"));
        cr_expect_eq(number_in(row, "counts.lost"), 0, "%s", name);
        cr_expect(number_in(row, "wake.latency.count") >= 9, "%s", name);
        cr_expect(number_in(row, "wake.cpu_share_idle") >= 0, "%s", name);
    }
    double asleep = number_in(row_of(result, "block, every 1 ms"), "wake.cpu_share_idle");
    double awake = number_in(row_of(result, "spin, every 1 ms"), "wake.cpu_share_idle");
    cr_expect_lt(asleep, awake, "who blocks takes %f of a CPU, who spins %f", asleep, awake);
}

Test(feed, itch_is_decoded_and_published, .timeout = 120)
{
    json_t *result = measured(&tf_measure_feed);
    double decode = number_in(row_of(result, "itch50 decode"), "decode.messages_per_second");
    double copy = number_in(row_of(result, "itch50 memcpy"), "decode.messages_per_second");
    cr_expect(decode > 0 && copy > decode, "decoded %f, copied %f a second", decode, copy);
    cr_expect(
        number_in(row_of(result, "itch50 decode and publish"), "decode.ticks_per_second") > 0);
}

Test(feed, a_file_that_is_not_there_is_named)
{
    json_t *out = json_array();
    options.file = "/nowhere/day.itch";
    cr_expect_eq(tf_measure_feed.run(&options, out), TF_ENOINPUT);
    cr_expect(strstr(tf_errmsg(), "/nowhere/day.itch") != NULL, "%s", tf_errmsg());
    json_decref(out);
}

Test(feed, a_day_has_the_messages_asked_for_in_every_pass)
{
    struct tf_feed_day day;
    cr_assert_eq(tf_feed_day_make(&day, "itch50", 20000, "/tmp"), 0, "%s", tf_errmsg());
    uint64_t ticks = day.ticks;
    cr_expect_eq(day.messages, 20000);
    cr_expect_gt(ticks, 20000);
    cr_expect(tf_feed_pass(&day, TF_FEED_DECODE, NULL) > 0);
    cr_expect_eq(day.ticks, ticks);
    tf_feed_decode(&day, 50000); /* round the end twice */
    tf_feed_day_close(&day);
    cr_expect_eq(tf_feed_day_make(&day, "morse", 20000, "/tmp"), TF_EUSAGE);
    cr_expect(strstr(tf_errmsg(), "morse") != NULL, "%s", tf_errmsg());
}

Test(replay, everything_due_is_published, .timeout = 120)
{
    json_t *result = measured(&tf_measure_replay);
    cr_expect_eq(number_in(row_of(result, "200,000 a second"), "counts.sent"), 1000);
    cr_expect_eq(number_in(row_of(result, "200,000 a second"), "pacing.count"), 1000);
    cr_expect(number_in(row_of(result, "own pace"), "pacing.count") > 0);
    cr_expect(isnan(number_in(row_of(result, "full speed"), "pacing.count")),
              "what waits for nothing is never late");
    cr_expect_gt(number_in(row_of(result, "full speed"), "counts.sent"), 20000);
}
