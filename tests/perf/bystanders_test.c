/* SPDX-License-Identifier: Apache-2.0 */
/* Bystanders on a real stream: do they do to it what they are named for, only when they are told to, and end? */
#include "bystanders.h"
#include "clock.h"
#include "tickfan_publish.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 2, CAPACITY = 1024 };
/* Generous: the machine may be busy.  Nothing waits as long unless it fails. */
static const uint64_t patience_ns = 20 * TF_NS_PER_S;

static char directory[64];
static tf_publisher *publisher;
static struct tf_bystanders *bystanders;

/* Bystanders first: a child that is forked later would hold the stream's lock. */
static void set(enum tf_bystander_kind kind)
{
    const struct tf_bystanders_options options = {.kind = kind,
                                                  .count = COUNT,
                                                  .directory = directory,
                                                  .stream = "perf",
                                                  .sparing = true};
    snprintf(directory, sizeof directory, "/dev/shm/tf-bystanders-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    setenv("TICKFAN_DIR", directory, 1);
    bystanders = tf_bystanders_start(&options);
    cr_assert_not_null(bystanders, "%s", tf_errmsg());
    struct tf_publisher_options stream = TF_PUBLISHER_OPTIONS_INIT;
    const int node = 0;
    stream.name = "perf";
    stream.capacity = CAPACITY;
    stream.nodes = &node;
    stream.node_count = 1;
    stream.huge_pages = TF_HUGE_OFF;
    cr_assert_eq(tf_publisher_create(&stream, &publisher), 0, "%s", tf_errmsg());
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void strike(void)
{
    tf_bystanders_stop(bystanders);
    tf_publisher_end(publisher);
    tf_publisher_close(publisher);
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
    cr_expect_eq(errno, ECHILD);
}

static struct tf_bystanders_seen seen(void)
{
    struct tf_bystanders_seen now;
    tf_bystanders_seen(bystanders, &now);
    return now;
}

/* Publish, some 100 k/s, until the condition holds. */
#define PUBLISH_UNTIL(condition)                                                               \
    do {                                                                                       \
        uint64_t until = tf_monotonic_ns() + patience_ns;                                      \
        while (!(condition)) {                                                                 \
            cr_assert_lt(tf_monotonic_ns(), until, "never: %s", #condition);                   \
            publish_some();                                                                    \
        }                                                                                      \
    } while (0)

static void publish_some(void)
{
    static const struct tf_tick ticks[32];
    for (int i = 0; i < 4; i++)
        tf_publish(publisher, ticks, 32);
    tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS);
}

static void publish_for(uint64_t ns)
{
    for (uint64_t until = tf_monotonic_ns() + ns; tf_monotonic_ns() < until;)
        publish_some();
}

Test(bystanders, off_at_first_nobody_attaches)
{
    set(TF_BYSTANDERS_SLOW);
    publish_for(50 * TF_NS_PER_MS);
    cr_expect_eq(seen().attached, 0);
    cr_expect_eq(seen().switched_on, 0);
    strike();
}

Test(bystanders, stopped_readers_attach_read_and_stand_still)
{
    set(TF_BYSTANDERS_STOPPED);
    tf_bystanders_switch(bystanders, true);
    PUBLISH_UNTIL(seen().stopped == COUNT);
    cr_expect_eq(seen().attached, COUNT);
    uint64_t ticks = seen().ticks;
    publish_for(50 * TF_NS_PER_MS);
    cr_expect_eq(seen().ticks, ticks, "one that is stopped has read");
    tf_bystanders_switch(bystanders, false);
    tf_bystanders_switch(bystanders,
                         true); /* the next block: they go on, and are stopped again */
    PUBLISH_UNTIL(seen().stopped == 2 * COUNT);
    cr_expect_gt(seen().ticks, ticks);
    cr_expect_eq(seen().attached, COUNT);
    strike();
}

Test(bystanders, killed_readers_are_replaced)
{
    set(TF_BYSTANDERS_KILLED);
    tf_bystanders_switch(bystanders, true);
    PUBLISH_UNTIL(seen().killed >= 2 * COUNT && seen().attached > 2 * COUNT);
    cr_expect_eq(seen().failed, 0);
    strike();
}

Test(bystanders, slow_readers_are_overrun)
{
    set(TF_BYSTANDERS_SLOW);
    tf_bystanders_switch(bystanders, true);
    PUBLISH_UNTIL(seen().overruns >= 3);
    cr_expect_eq(seen().attached, COUNT);
    strike();
}

Test(bystanders, restless_readers_attach_again_and_again)
{
    set(TF_BYSTANDERS_RESTLESS);
    tf_bystanders_switch(bystanders, true);
    PUBLISH_UNTIL(seen().attached >= 20 && seen().ticks > 0);
    cr_expect_eq(seen().failed, 0);
    strike();
}

Test(bystanders, switched_off_they_touch_nothing)
{
    set(TF_BYSTANDERS_RESTLESS);
    tf_bystanders_switch(bystanders, true);
    PUBLISH_UNTIL(seen().attached >= 4);
    tf_bystanders_switch(bystanders, false);
    /* Within their last look at the switch; then nothing at all. */
    struct tf_bystanders_seen before, after = seen();
    uint64_t until = tf_monotonic_ns() + patience_ns;
    do {
        before = after;
        publish_for(50 * TF_NS_PER_MS);
        after = seen();
    } while (before.attached != after.attached && tf_monotonic_ns() < until);
    publish_for(50 * TF_NS_PER_MS);
    cr_expect_eq(seen().attached, after.attached);
    cr_expect_eq(seen().ticks, after.ticks);
    strike();
}

Test(bystanders, nobody_is_nobody)
{
    set(TF_BYSTANDERS_NONE);
    tf_bystanders_switch(bystanders, true);
    publish_for(20 * TF_NS_PER_MS);
    cr_expect_eq(seen().attached + seen().switched_on, 0);
    strike();
}

Test(bystanders, too_many_is_an_error)
{
    const struct tf_bystanders_options options = {.kind = TF_BYSTANDERS_SLOW,
                                                  .count = TF_BYSTANDERS_MAX + 1,
                                                  .directory = "/dev/shm",
                                                  .stream = "perf"};
    cr_expect_null(tf_bystanders_start(&options));
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}
