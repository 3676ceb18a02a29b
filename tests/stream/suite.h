/* SPDX-License-Identifier: Apache-2.0 */
/* suite.h - how the Criterion files here declare their tests: each in a world of its own. */
#ifndef TF_TEST_SUITE_H
#define TF_TEST_SUITE_H

#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static inline void open_quiet_world(void)
{
    setenv("TICKFAN_LOG", "error", 0);
    board();
    world_open();
}

/* A test that ends well has left nothing, neither segment nor file. */
static inline void close_empty_world(void)
{
    cr_expect_eq(world_left(), 0);
    world_close();
}

/* A skipped test does not get to its .fini. */
#define SKIP(reason)                                                                           \
    do {                                                                                       \
        world_close();                                                                         \
        cr_skip_test(reason);                                                                  \
    } while (0)

#define STREAM_TEST(suite, test)                                                               \
    Test(suite, test, .init = open_quiet_world, .fini = close_empty_world, .timeout = 120)

/* A parameter is copied into the test's process, so it holds no pointer. */
#define ON_BOTH_BACKINGS(suite, test)                                                          \
    ParameterizedTestParameters(suite, test)                                                   \
    {                                                                                          \
        static enum tf_backing both[] = {TF_BACKING_SYSV, TF_BACKING_FILE};                    \
        return cr_make_param_array(enum tf_backing, both, 2, NULL);                            \
    }                                                                                          \
    ParameterizedTest(enum tf_backing *backing, suite, test, .init = open_quiet_world,         \
                      .fini = close_empty_world, .timeout = 120)

#define EXPECT_ERROR(call, code, words)                                                        \
    do {                                                                                       \
        int error_ = (call);                                                                   \
        cr_expect_eq(error_, code, "%d: %s", error_, tf_errmsg());                             \
        cr_expect_not_null(strstr(tf_errmsg(), words), "\"%s\" is not in \"%s\"", words,       \
                           tf_errmsg());                                                       \
    } while (0)

/* An orderly end. */
static inline void finish(tf_publisher *publisher)
{
    tf_publisher_end(publisher);
    tf_publisher_close(publisher);
}

#endif
