/* SPDX-License-Identifier: Apache-2.0 */
#include "steering.h"

#include "clock.h"
#include "error.h"
#include "pacer.h"
#include "text.h"
#include "tickfan.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* ---- the language ---------------------------------------------------------------------------- */

enum { WORDS_MAX = 3, WORD_BYTES = 64 };

/* False: too many words, or one too long. */
static bool split(const char *line, char words[WORDS_MAX][WORD_BYTES], unsigned *count)
{
    static const char blanks[] = " \t\r";
    for (*count = 0;; ++*count) {
        line += strspn(line, blanks);
        size_t length = strcspn(line, blanks);
        if (length == 0)
            return true;
        if (*count == WORDS_MAX || length >= WORD_BYTES)
            return false;
        memcpy(words[*count], line, length);
        words[*count][length] = 0;
        line += length;
    }
}

bool tf_steer_parse(const char *line, struct tf_steer_request *request, const char **why)
{
    static const struct {
        const char *word;
        unsigned least, most; /* words after it */
    } verbs[] = {[TF_STEER_STATUS] = {"status", 0, 0}, [TF_STEER_PAUSE] = {"pause", 0, 0},
                 [TF_STEER_RESUME] = {"resume", 0, 0}, [TF_STEER_STEP] = {"step", 0, 1},
                 [TF_STEER_SPEED] = {"speed", 1, 1},   [TF_STEER_RATE] = {"rate", 1, 1}};
    char words[WORDS_MAX][WORD_BYTES];
    unsigned count, verb = 0;
    *request = (struct tf_steer_request){.steps = 1};
    *why = "pause, resume, step [N], speed max|FACTOR, rate N[ticks|events] or status";
    if (!split(line, words, &count) || count == 0)
        return false;
    while (strcmp(words[0], verbs[verb].word) != 0)
        if (++verb == sizeof verbs / sizeof verbs[0])
            return false;
    if (count - 1 < verbs[verb].least || count - 1 > verbs[verb].most)
        return false;
    request->verb = (enum tf_steer_verb)verb;
    switch (request->verb) {
    case TF_STEER_STEP:
        *why = "step N: how many venue events, from 1 to 10^15";
        return count == 1 ||
               (tf_parse_u64(words[1], UINT64_C(1000000000000000), &request->steps) &&
                request->steps > 0);
    case TF_STEER_SPEED:
        *why = "speed: max, or a factor from 0.001 to 1000000";
        return tf_pacer_parse_speed(words[1], &request->speed);
    case TF_STEER_RATE:
        *why = "rate: ticks a second from 0.001 to 1e9, or so many events as in 5000events";
        return tf_pacer_parse_rate(words[1], &request->rate, &request->rate_of_events);
    default:
        return true;
    }
}

char *tf_steer_text(const struct tf_steer_status *status, char *out, size_t size)
{
    static const char *const states[] = {"waiting", "running", "paused", "stepping", "ended"};
    char pace[48] = "speed=max", time[24] = "none";
    if (status->rate > 0)
        snprintf(pace, sizeof pace, "rate=%g%s", status->rate,
                 status->rate_of_events ? "events" : "ticks");
    else if (status->speed > 0)
        snprintf(pace, sizeof pace, "speed=%g", status->speed);
    if (status->time != TF_UNDEF_TIMESTAMP)
        snprintf(time, sizeof time, "%" PRIu64, status->time);
    snprintf(out, size,
             "state=%s %s messages=%" PRIu64 " ticks=%" PRIu64 " pass=%" PRIu64
             " time=%s seq=%" PRIu64 " pauses=%" PRIu64 " paused_ns=%" PRIu64,
             states[status->state], pace, status->messages, status->ticks, status->pass, time,
             status->seq, status->pauses, status->paused_ns);
    return out;
}

/* ---- between the threads --------------------------------------------------------------------- */

int tf_steering_open(struct tf_steering *steering)
{
    memset(steering, 0, sizeof *steering);
    steering->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (steering->wake_fd < 0)
        return tf_fail_errno(TF_EOS, "no descriptor to be woken by");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&steering->mutex, 0);
    pthread_cond_init(&steering->done_or_free, &attributes);
    pthread_condattr_destroy(&attributes);
    return 0;
}

void tf_steering_close(struct tf_steering *steering)
{
    pthread_cond_destroy(&steering->done_or_free);
    pthread_mutex_destroy(&steering->mutex);
    close(steering->wake_fd);
}

bool tf_steering_ask(struct tf_steering *steering, const struct tf_steer_request *request,
                     struct tf_steer_status *status, uint64_t timeout_ns)
{
    uint64_t until = tf_monotonic_ns() + timeout_ns, one = 1;
    struct timespec deadline = {.tv_sec = (time_t)(until / TF_NS_PER_S),
                                .tv_nsec = (long)(until % TF_NS_PER_S)};
    bool done = false;
    pthread_mutex_lock(&steering->mutex);
    while (steering->under_way && !steering->over)
        if (pthread_cond_timedwait(&steering->done_or_free, &steering->mutex, &deadline) != 0)
            goto out;
    if (steering->over)
        goto out;
    steering->request = *request;
    steering->under_way = true;
    uint64_t before = steering->done;
    steering->pending = true;
    if (write(steering->wake_fd, &one, sizeof one) < 0) {
        /* It is full, so it is readable. */
    }
    while (steering->done == before && !steering->over)
        if (pthread_cond_timedwait(&steering->done_or_free, &steering->mutex, &deadline) != 0)
            break;
    done = steering->done != before;
    *status = steering->status;
out:
    pthread_mutex_unlock(&steering->mutex);
    return done;
}

void tf_steering_end(struct tf_steering *steering)
{
    pthread_mutex_lock(&steering->mutex);
    steering->over = true;
    pthread_cond_broadcast(&steering->done_or_free);
    pthread_mutex_unlock(&steering->mutex);
}

bool tf_steering_take(struct tf_steering *steering, struct tf_steer_request *request)
{
    if (!tf_steering_pending(steering))
        return false;
    uint64_t wakes;
    pthread_mutex_lock(&steering->mutex);
    *request = steering->request;
    steering->pending = false;
    if (read(steering->wake_fd, &wakes, sizeof wakes) < 0) {
        /* Nobody had written: nothing to take back. */
    }
    pthread_mutex_unlock(&steering->mutex);
    return true;
}

void tf_steering_answer(struct tf_steering *steering, const struct tf_steer_status *status)
{
    pthread_mutex_lock(&steering->mutex);
    steering->status = *status;
    steering->under_way = false;
    steering->done++;
    pthread_cond_broadcast(&steering->done_or_free);
    pthread_mutex_unlock(&steering->mutex);
}

void tf_steering_wait(const struct tf_steering *steering, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / TF_NS_PER_S),
                               .tv_nsec = (long)(timeout_ns % TF_NS_PER_S)};
    struct pollfd wake = {.fd = steering->wake_fd, .events = POLLIN};
    ppoll(&wake, 1, &timeout, 0);
}
