/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - what the tests of streams, crashes and hostile readers share.
 *
 * A world is one test process's surroundings: a runtime directory of its own on tmpfs and,
 * where that is permitted, an IPC namespace, so that "nothing is left" can be counted exactly
 * while other tests run beside it.  Nothing here depends on Criterion: the plain programs use
 * it too.
 */
#ifndef TF_TEST_FIXTURE_H
#define TF_TEST_FIXTURE_H

#include "descriptor.h"
#include "reader.h"
#include "survey.h"
#include "tickfan.h"
#include "tickfan_publish.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/*
 * Say what is wrong and leave at once with status 1: in a child, where Criterion cannot help.
 */
#define REQUIRE(condition, ...)                                                                \
    do {                                                                                       \
        if (!(condition))                                                                      \
            require_failed(__FILE__, __LINE__, #condition, __VA_ARGS__);                       \
    } while (0)

_Noreturn void require_failed(const char *file, int line, const char *condition,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Poll for a condition.  Not a limit on time: a test that takes this long hangs. */
#define WAIT_UNTIL(condition)                                                                  \
    do {                                                                                       \
        for (int tries_ = 0; !(condition); tries_++) {                                         \
            REQUIRE(tries_ < 60 * 1000, "waited for a minute");                                \
            usleep(1000);                                                                      \
        }                                                                                      \
    } while (0)

/* ---- the world -------------------------------------------------------------------------- */

/* Set TICKFAN_DIR to a fresh directory that carries the pid.  TICKFAN_STREAM is unset. */
void world_open(void);
/* The directory; valid until world_close(). */
const char *world_directory(void);
/* Where the files of `stream` are. */
const char *world_stream(const char *stream);
/* SysV segments and files that are still there; says on standard error what they are. */
int world_left(void);
/* Remove the directory and all that is in it; children must be gone. */
void world_close(void);

/* ---- children --------------------------------------------------------------------------- */

/* Fork; the child runs `run` and exits with 0.  It dies with its parent. */
pid_t child_start(void (*run)(void *context), void *context);
/* In a child that became another user: that wish was forgotten. */
void child_dies_with_parent(void);
/* Its exit status; 128 + n when signal n ended it. */
int child_wait(pid_t pid);
/* kill -9, and wait until it is gone. */
void child_kill(pid_t pid);
/* The state letter of /proc/PID/stat. */
char child_state(pid_t pid);

/* Words shared with all children started after it was called first; zero at first. */
enum { BOARD_WORDS = 4096 };
tf_word *board(void);

/* ---- ticks ------------------------------------------------------------------------------ */

/* A tick every word of which follows from `number`: no two torn halves agree. */
struct tf_tick tick_of(uint64_t number);
/* Is it the tick_of() its order_id, seq apart? */
bool tick_is_whole(const struct tf_tick *tick);

/* Publish `count` ticks numbered as their sequences; returns the last. */
uint64_t publish(tf_publisher *publisher, uint64_t count);

/* ---- publishers and readers ------------------------------------------------------------- */

/* A small stream: 1024 ticks, 64 instruments, 8 readers, one ring, small unlocked pages. */
struct tf_publisher_options small_stream(enum tf_backing backing);
/* The same with two rings on node 0. */
struct tf_publisher_options two_rings(enum tf_backing backing);
tf_publisher *must_create(const struct tf_publisher_options *options);

tf_reader *must_attach(enum tf_from from, int ring);
/* A second look at the roster, writable: what a reader may map. */
struct tf_roster_header *map_roster(const char *stream, struct tf_segment *segment);
/* A data segment, writable, as only its publisher may map it. */
struct tf_data_header *map_data(const char *stream, uint32_t ring, struct tf_segment *segment);

/*
 * A reader that believes nothing: each tick is whole, sequences have no holes but those that
 * were told, EPOCHs grow, the counts agree.  Whatever does not hold ends the process.
 */
struct witness {
    tf_reader *reader;
    uint64_t start, next; /* seq */
    uint64_t ticks, lost;
    uint64_t epochs, last_epoch;
    bool ended; /* END_OF_STREAM was seen, the last tick */
};
void witness_begin(struct witness *witness, tf_reader *reader);
/* One tf_read(); what it returned. */
int witness_read(struct witness *witness);
/* Read until nothing is there. */
void witness_drain(struct witness *witness);

#endif
