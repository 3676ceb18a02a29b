/* SPDX-License-Identifier: Apache-2.0 */
#include "pacer.h"

#include "clock.h"
#include "command.h"
#include "tickfan.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const uint64_t spin_below_ns = 100 * 1000;
static const uint64_t sleep_max_ns = 100 * TF_NS_PER_MS; /* how soon a signal is noticed */
/* poll() may be late by a part of its timeout: the last of a wait is a plain sleep. */
static const uint64_t poll_above_ns = 2 * TF_NS_PER_MS;
/* A hundred years, which no sum with a clock exceeds 64 bits: times in a recording may be anything. */
static const double later_max_ns = 3e18;

/* ---- the clock ------------------------------------------------------------------------------- */

static uint64_t real_now(void *context)
{
    (void)context;
    return tf_monotonic_ns();
}

static void real_sleep(void *context, uint64_t until_ns, int wake_fd)
{
    (void)context;
    uint64_t now = tf_monotonic_ns(), left = until_ns > now ? until_ns - now : 0;
    if (wake_fd < 0 || left < poll_above_ns) {
        tf_sleep_until(until_ns);
        return;
    }
    left -= poll_above_ns / 2;
    struct timespec timeout = {.tv_sec = (time_t)(left / TF_NS_PER_S),
                               .tv_nsec = (long)(left % TF_NS_PER_S)};
    struct pollfd wake = {.fd = wake_fd, .events = POLLIN};
    ppoll(&wake, 1, &timeout, 0);
}

const struct tf_pacer_clock tf_pacer_real_clock = {real_now, real_sleep, 0};

static uint64_t now_of(const struct tf_pacer *pacer)
{
    return pacer->clock->now(pacer->clock->context);
}

/* ---- settings -------------------------------------------------------------------------------- */

static bool parse_number(const char *text, double least, double most, double *value, char **end)
{
    *value = strtod(text, end);
    return *end != text && *value >= least && *value <= most;
}

bool tf_pacer_parse_speed(const char *text, double *speed)
{
    char *end;
    if (strcmp(text, "max") == 0) {
        *speed = 0;
        return true;
    }
    return parse_number(text, 0.001, 1e6, speed, &end) && *end == 0;
}

bool tf_pacer_parse_rate(const char *text, double *rate, bool *of_events)
{
    char *end;
    if (!parse_number(text, 0.001, 1e9, rate, &end))
        return false;
    *of_events = strcmp(end, "events") == 0;
    return *of_events || *end == 0 || strcmp(end, "ticks") == 0;
}

void tf_pacer_init(struct tf_pacer *pacer, double speed)
{
    memset(pacer, 0, sizeof *pacer);
    pacer->speed = speed;
    pacer->clock = &tf_pacer_real_clock;
    pacer->wake_fd = -1;
    tf_histogram_reset(&pacer->error);
}

/* ---- the schedule ---------------------------------------------------------------------------- */

void tf_pacer_restart(struct tf_pacer *pacer)
{
    pacer->started = false;
}

/* A point of the schedule: this is due then. */
static void anchor(struct tf_pacer *pacer, uint64_t event, uint64_t due_ns)
{
    pacer->base_event = pacer->rate > 0 ? pacer->taken : event;
    pacer->base_due_ns = due_ns;
}

static void start(struct tf_pacer *pacer, uint64_t ts_event)
{
    pacer->started = true;
    pacer->last_event = ts_event;
    pacer->last_due_ns = now_of(pacer);
    anchor(pacer, ts_event, pacer->last_due_ns);
}

static bool is_undefined(uint64_t ts_event)
{
    return ts_event == TF_UNDEF_TIMESTAMP;
}

/* What the pace alone says. */
static uint64_t planned(const struct tf_pacer *pacer, uint64_t ts_event)
{
    bool by_rate = pacer->rate > 0;
    uint64_t at = by_rate ? pacer->taken : ts_event;
    uint64_t due = pacer->base_due_ns;
    if (at > pacer->base_event) {
        double later =
            (double)(at - pacer->base_event) * (by_rate ? 1e9 / pacer->rate : 1 / pacer->speed);
        due += later < later_max_ns ? (uint64_t)later : (uint64_t)later_max_ns;
    }
    return due > pacer->last_due_ns ? due : pacer->last_due_ns;
}

uint64_t tf_pacer_due(struct tf_pacer *pacer, uint64_t ts_event)
{
    if (is_undefined(ts_event) && !pacer->started)
        return now_of(pacer);
    if (is_undefined(ts_event))
        ts_event = pacer->last_event;
    if (!pacer->started)
        start(pacer, ts_event);
    uint64_t due = planned(pacer, ts_event);
    if (pacer->max_gap_ns && due - pacer->last_due_ns > pacer->max_gap_ns)
        due = pacer->last_due_ns + pacer->max_gap_ns;
    return due;
}

void tf_pacer_took(struct tf_pacer *pacer, uint64_t ts_event, uint32_t ticks)
{
    if (!tf_pacer_paces(pacer) || (is_undefined(ts_event) && !pacer->started))
        return;
    if (is_undefined(ts_event))
        ts_event = pacer->last_event;
    uint64_t due = tf_pacer_due(pacer, ts_event);
    if (due < planned(pacer, ts_event)) {
        anchor(pacer, ts_event, due);
        pacer->gaps_cut++;
    }
    pacer->last_due_ns = due;
    if (ts_event > pacer->last_event)
        pacer->last_event = ts_event;
    pacer->taken += pacer->rate_of_events ? 1 : ticks;
}

enum tf_pacer_result tf_pacer_wait(struct tf_pacer *pacer, uint64_t due_ns)
{
    uint64_t now = now_of(pacer);
    while (now < due_ns) {
        uint64_t left = due_ns - now;
        if (left > spin_below_ns) {
            if (tf_stop_requested())
                return TF_PACER_STOPPED;
            if (pacer->steered && *pacer->steered)
                return TF_PACER_STEERED;
            uint64_t nap = left - spin_below_ns;
            pacer->clock->sleep(pacer->clock->context,
                                now + (nap < sleep_max_ns ? nap : sleep_max_ns),
                                pacer->wake_fd);
        } else {
            tf_pause();
        }
        now = now_of(pacer);
    }
    tf_histogram_record(&pacer->error, now - due_ns);
    return TF_PACER_DUE;
}

/* ---- steering -------------------------------------------------------------------------------- */

void tf_pacer_paused(struct tf_pacer *pacer, uint64_t since_ns)
{
    uint64_t now = now_of(pacer), late = now > since_ns ? now - since_ns : 0;
    pacer->base_due_ns += late;
    pacer->last_due_ns += late;
}

void tf_pacer_jumped(struct tf_pacer *pacer, uint64_t ts_event)
{
    if (is_undefined(ts_event) && !pacer->started)
        return;
    start(pacer, is_undefined(ts_event) ? pacer->last_event : ts_event);
}

/* Where on the clock of events the schedule stands now. */
static uint64_t position(const struct tf_pacer *pacer, uint64_t now, uint64_t next_event)
{
    uint64_t at = pacer->last_event;
    if (pacer->rate <= 0 && pacer->speed > 0 && now > pacer->base_due_ns) {
        double passed = (double)(now - pacer->base_due_ns) * pacer->speed;
        uint64_t reached = passed < 1e18 ? pacer->base_event + (uint64_t)passed : UINT64_MAX;
        if (reached > at)
            at = reached;
    }
    /* Behind its schedule it has not got that far. */
    if (next_event >= pacer->last_event && at > next_event)
        at = next_event;
    return at;
}

void tf_pacer_change(struct tf_pacer *pacer, double speed, double rate, bool of_events,
                     uint64_t next_event)
{
    uint64_t now = now_of(pacer);
    if (is_undefined(next_event) && pacer->started)
        next_event = pacer->last_event;
    bool stands = pacer->started && tf_pacer_paces(pacer);
    uint64_t at = stands ? position(pacer, now, next_event) : next_event;
    pacer->speed = speed;
    pacer->rate = rate;
    pacer->rate_of_events = of_events;
    pacer->taken = 0;
    pacer->last_event = at;
    pacer->last_due_ns = now;
    pacer->started = !is_undefined(at);
    anchor(pacer, at, now);
}
