/* SPDX-License-Identifier: Apache-2.0 */
#include "publish_crowd.h"

#include "clock.h"
#include "descriptor.h"
#include "error.h"
#include "rundir.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELD_MAX = 256 };

/* ---- idle readers ------------------------------------------------------------------------------- */

static int attach(const char *stream, enum tf_wait_mode wait, tf_reader **reader)
{
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    struct tf_stream_info info;
    options.reader_name = "perf";
    options.wait = wait;
    options.ring = 0;
    int error = tf_attach(stream, &options, reader);
    if (error)
        return error;
    tf_get_info(*reader, &info);
    if (info.roster_slot < 0)
        return tf_fail(TF_EINTERNAL, "the roster of stream %s is full", stream);
    return 0;
}

static int hold(void *context, uint32_t what, struct tf_actor_board *board)
{
    static tf_reader *held[HELD_MAX];
    static uint32_t count;
    (void)board;
    while (count > 0)
        tf_detach(held[--count]);
    for (; count < what && count < HELD_MAX; count++) {
        int error = attach(context, TF_WAIT_SPIN, &held[count]);
        if (error)
            return error;
    }
    return 0;
}

/* ---- readers that wait -------------------------------------------------------------------------- */

/* A reader that only wants to know that something happened: it sleeps, wakes, goes to the newest, sleeps. */
static int wait_and_skip(void *context, uint32_t what, struct tf_actor_board *board)
{
    tf_reader *reader;
    if (!what)
        return 0;
    int error = attach(context, TF_WAIT_BLOCK, &reader);
    if (error)
        return error;
    tf_actor_ready(board);
    while (!tf_actor_relieved(board)) {
        tf_wait(reader, 50 * (int64_t)TF_NS_PER_MS);
        tf_seek(reader, TF_FROM_NEWEST, 0);
    }
    tf_detach(reader);
    return 0;
}

/* ---- a reader that means harm ------------------------------------------------------------------- */

static int map_roster(const char *stream, struct tf_segment *segment)
{
    char path[PATH_MAX];
    struct tf_descriptor *descriptor = malloc(sizeof *descriptor);
    if (!descriptor)
        return tf_fail(TF_EOS, "out of memory");
    int error = tf_rundir_find(stream, path, sizeof path);
    if (!error)
        error = tf_descriptor_read(path, descriptor);
    if (!error)
        error = tf_segment_attach(&descriptor->roster.name, true, 4096, segment);
    free(descriptor);
    return error;
}

/* Numbers that others may believe, between noise: cursors near 2^20, this process as everyone's owner. */
static void scribble_once(const struct tf_segment *roster, uint64_t *state)
{
    tf_word *words = roster->base;
    const uint64_t self = (uint64_t)getpid();
    for (uint64_t i = 0; i < roster->length / sizeof *words; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t noise = *state >> 33;
        const uint64_t choice[4] = {self, noise % (1 << 20), 1, *state};
        tf_store(&words[i], choice[*state >> 62]);
    }
}

static int scribble(void *context, uint32_t what, struct tf_actor_board *board)
{
    struct tf_segment roster;
    uint64_t state = 1;
    if (!what)
        return 0;
    int error = map_roster(context, &roster);
    if (error)
        return error;
    void *before = malloc(roster.length);
    if (!before) {
        tf_segment_detach(&roster);
        return tf_fail(TF_EOS, "out of memory");
    }
    memcpy(before, roster.base, roster.length);
    tf_actor_ready(board);
    while (!tf_actor_relieved(board))
        scribble_once(&roster, &state);
    memcpy(roster.base, before, roster.length);
    free(before);
    tf_segment_detach(&roster);
    return 0;
}

/* ---- together ----------------------------------------------------------------------------------- */

int tf_crowd_hire(struct tf_crowd *crowd, const char *stream, int cpu)
{
    *crowd = (struct tf_crowd){.kind = TF_CROWD_NOBODY};
    void *context = (void *)(uintptr_t)stream; /* read only */
    int error = tf_actor_start(&crowd->holder, hold, context, cpu);
    if (!error)
        error = tf_actor_start(&crowd->hostile, scribble, context, cpu);
    for (int i = 0; i < TF_CROWD_WAITERS && !error; i++)
        error = tf_actor_start(&crowd->waiter[i], wait_and_skip, context, cpu);
    if (error)
        tf_crowd_dismiss(crowd);
    return error;
}

static int ask_waiters(struct tf_crowd *crowd, uint32_t what)
{
    for (int i = 0; i < TF_CROWD_WAITERS; i++) {
        int error = tf_actor_ask(&crowd->waiter[i], what);
        if (error)
            return error;
    }
    return 0;
}

int tf_crowd_enter(struct tf_crowd *crowd, enum tf_crowd_kind kind, uint32_t readers)
{
    int error = 0;
    crowd->kind = kind;
    switch (kind) {
    case TF_CROWD_NOBODY:
        break;
    case TF_CROWD_ATTACHED:
        error = tf_actor_ask(&crowd->holder, readers);
        break;
    case TF_CROWD_WAITING:
    case TF_CROWD_STOPPED:
        error = ask_waiters(crowd, 1);
        /* They spin for some 50 us before they sleep, one after the other where they share a CPU. */
        tf_sleep_until(tf_monotonic_ns() + 5 * TF_NS_PER_MS);
        for (int i = 0; i < TF_CROWD_WAITERS && !error && kind == TF_CROWD_STOPPED; i++)
            tf_actor_stop(&crowd->waiter[i]);
        break;
    case TF_CROWD_HOSTILE:
        error = tf_actor_ask(&crowd->hostile, 1);
        break;
    }
    return error;
}

int tf_crowd_leave(struct tf_crowd *crowd)
{
    enum tf_crowd_kind kind = crowd->kind;
    crowd->kind = TF_CROWD_NOBODY;
    switch (kind) {
    case TF_CROWD_NOBODY:
        return 0;
    case TF_CROWD_ATTACHED:
        return tf_actor_ask(&crowd->holder, 0);
    case TF_CROWD_STOPPED:
        for (int i = 0; i < TF_CROWD_WAITERS; i++)
            tf_actor_go_on(&crowd->waiter[i]);
        return ask_waiters(crowd, 0);
    case TF_CROWD_WAITING:
        return ask_waiters(crowd, 0);
    case TF_CROWD_HOSTILE:
        return tf_actor_ask(&crowd->hostile, 0);
    }
    return 0;
}

void tf_crowd_dismiss(struct tf_crowd *crowd)
{
    tf_actor_end(&crowd->holder);
    tf_actor_end(&crowd->hostile);
    for (int i = 0; i < TF_CROWD_WAITERS; i++)
        tf_actor_end(&crowd->waiter[i]);
}

int tf_crowd_pretend(const char *stream, enum tf_crowd_kind kind, uint32_t readers,
                     tf_reader **held)
{
    for (uint32_t i = 0; i < readers; i++) {
        int error =
            attach(stream, kind == TF_CROWD_ATTACHED ? TF_WAIT_SPIN : TF_WAIT_BLOCK, &held[i]);
        if (error)
            return error;
    }
    if (kind != TF_CROWD_HOSTILE)
        return 0;
    struct tf_segment roster;
    uint64_t state = 1;
    int error = map_roster(stream, &roster);
    if (error)
        return error;
    scribble_once(&roster, &state);
    tf_segment_detach(&roster);
    return 0;
}
