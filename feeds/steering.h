/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steering.h - requests to a running replay, from a thread that talks with people to the one that
 * publishes.
 *
 * The publishing thread looks at one word between batches and, where it waits, is woken through a
 * descriptor.  One request is under way at a time; who asks waits until it is done, but not for
 * ever, so that neither side can hold up the other.
 *
 * The language: one request a line, words between blanks.
 *
 *   pause               after the venue event that is being published
 *   resume              at the pace that was, as if the pause had not been
 *   step [N]            publish N venue events (default 1) at once, then stay paused
 *   speed max|FACTOR    as --speed
 *   rate N[ticks|events]    as --rate
 *   status              change nothing
 *
 * Every answer is one line: "ok" and the state after it as KEY=VALUE words, or "error SENTENCE".
 */
#ifndef TF_STEERING_H
#define TF_STEERING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tf_steer_verb {
    TF_STEER_STATUS,
    TF_STEER_PAUSE,
    TF_STEER_RESUME,
    TF_STEER_STEP,
    TF_STEER_SPEED,
    TF_STEER_RATE
};

struct tf_steer_request {
    enum tf_steer_verb verb;
    uint64_t steps;
    double speed, rate;
    bool rate_of_events;
};

enum tf_steer_state {
    TF_STEER_WAITING, /* for its readers, before the first tick */
    TF_STEER_RUNNING,
    TF_STEER_PAUSED,
    TF_STEER_STEPPING, /* not yet as many steps as asked for */
    TF_STEER_ENDED
};

struct tf_steer_status {
    enum tf_steer_state state;
    double speed, rate;
    bool rate_of_events;
    uint64_t messages, ticks, pass; /* decoded; published, as numbered from 1 */
    uint64_t time;                  /* of the last event published; TF_UNDEF_TIMESTAMP: none */
    uint64_t seq;                   /* the last of the stream */
    uint64_t pauses, paused_ns;
};

/* A line without its newline.  False: *why is a sentence. */
bool tf_steer_parse(const char *line, struct tf_steer_request *request, const char **why);
/* "state=paused speed=max ticks=..." into `out`; returns out. */
char *tf_steer_text(const struct tf_steer_status *status, char *out, size_t size);

struct tf_steering {
    _Atomic bool pending; /* the publishing thread's one word */
    int wake_fd;          /* readable while a request is pending */
    pthread_mutex_t mutex;
    pthread_cond_t done_or_free;
    struct tf_steer_request request;
    struct tf_steer_status status; /* after the last request that was done */
    bool under_way, over;
    uint64_t done;
};

/* 0 or TF_EOS. */
int tf_steering_open(struct tf_steering *steering);
void tf_steering_close(struct tf_steering *steering);

/*
 * From any other thread: do this.  True when it was done, *status how things stand then.  False after
 * `timeout_ns`: it is under way and will be done, or one before it still is.  False at once from
 * tf_steering_end() on.
 */
bool tf_steering_ask(struct tf_steering *steering, const struct tf_steer_request *request,
                     struct tf_steer_status *status, uint64_t timeout_ns);

/* ---- of the publishing thread ---- */

/* Nothing will be answered any more: who waits or will wait goes away empty. */
void tf_steering_end(struct tf_steering *steering);

static inline bool tf_steering_pending(const struct tf_steering *steering)
{
    return steering && steering->pending;
}

/* The request that is pending, which then no longer is.  False: none. */
bool tf_steering_take(struct tf_steering *steering, struct tf_steer_request *request);
/* What was taken is done. */
void tf_steering_answer(struct tf_steering *steering, const struct tf_steer_status *status);
/* Until a request is pending, a signal came, or so long. */
void tf_steering_wait(const struct tf_steering *steering, uint64_t timeout_ns);

#endif
