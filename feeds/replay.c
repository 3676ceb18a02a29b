/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include "clock.h"
#include "command.h"
#include "control.h"
#include "error.h"
#include "log.h"

#include <sched.h>
#include <string.h>

static const uint64_t complain_after_ns = 5 * TF_NS_PER_S;
/* Who asked for steps gets an answer by then; the steps go on. */
static const uint64_t step_answer_ns = 200 * TF_NS_PER_MS;

/* In lockstep: as much as tf_publisher_room() gives at least when everybody has kept up. */
enum { LOCKSTEP_PIECE = 32 };

void tf_replay_define(void *context, const struct tf_instrument *instrument)
{
    struct tf_replay *replay = context;
    if (replay->filter) {
        int wanted = tf_symbol_filter_define(replay->filter, instrument);
        if (wanted < 0 && !replay->failed)
            replay->failed = wanted;
        if (wanted <= 0)
            return;
    }
    int result = tf_publisher_define(replay->publisher, instrument);
    if (result < 0 && replay->undefined++ == 0)
        tf_log(TF_LOG_WARNING, "%s", tf_errmsg());
    if (result > 0 && !replay->failed)
        replay->failed = tf_fail(TF_EDATA,
                                 "instrument %u is %s here and was another in an earlier "
                                 "recording; --separate-ids gives each file ids of its own, "
                                 "and so does a stream for each",
                                 instrument->instrument_id, instrument->symbol);
}

/* The time that everything goes by; may be undefined. */
static uint64_t time_of(const struct tf_replay *replay, const struct tf_tick *tick)
{
    return tf_tick_time(tick, replay->window.by_recv);
}

/* ---- steering -------------------------------------------------------------------------------- */

uint64_t tf_replay_messages(const struct tf_replay *replay)
{
    struct tf_merge_counts counts;
    uint64_t messages = replay->messages_before;
    for (uint32_t i = 0; replay->merge && i < tf_merge_inputs(replay->merge); i++) {
        tf_merge_counts(replay->merge, i, &counts);
        messages += counts.messages;
    }
    return messages;
}

static void answer(struct tf_replay *replay, enum tf_steer_state state)
{
    const struct tf_pacer *pacer = &replay->pacer;
    if (replay->paused && state == TF_STEER_RUNNING)
        state = replay->steps || replay->in_event ? TF_STEER_STEPPING : TF_STEER_PAUSED;
    uint64_t paused_now = replay->paused ? tf_monotonic_ns() - replay->paused_since_ns : 0;
    struct tf_steer_status status = {.state = state,
                                     .speed = pacer->speed,
                                     .rate = pacer->rate,
                                     .rate_of_events = pacer->rate_of_events,
                                     .messages = tf_replay_messages(replay),
                                     .ticks = replay->published,
                                     .pass = replay->passes,
                                     .time = replay->published ? replay->last_time
                                                               : TF_UNDEF_TIMESTAMP,
                                     .seq = tf_publisher_seq(replay->publisher),
                                     .pauses = replay->pauses,
                                     .paused_ns = replay->paused_ns + paused_now};
    replay->answer_by_ns = 0;
    tf_steering_answer(replay->steering, &status);
}

static void pause_now(struct tf_replay *replay)
{
    if (replay->paused)
        return;
    replay->paused = true;
    replay->pauses++;
    replay->paused_since_ns = tf_monotonic_ns();
}

static void resume(struct tf_replay *replay)
{
    if (!replay->paused)
        return;
    replay->paused = false;
    replay->steps = 0;
    replay->paused_ns += tf_monotonic_ns() - replay->paused_since_ns;
    tf_pacer_paused(&replay->pacer, replay->paused_since_ns);
}

/* A new pace holds from where the schedule stands: in a pause, where it stood when that began. */
static void change_pace(struct tf_replay *replay, const struct tf_steer_request *request,
                        uint64_t next_event)
{
    if (replay->paused) {
        uint64_t now = tf_monotonic_ns();
        tf_pacer_paused(&replay->pacer, replay->paused_since_ns);
        replay->paused_ns += now - replay->paused_since_ns;
        replay->paused_since_ns = now;
    }
    tf_pacer_change(&replay->pacer, request->speed, request->rate, request->rate_of_events,
                    next_event);
}

/* What is asked for.  The event that is next begins at `next_event`. */
static void serve(struct tf_replay *replay, enum tf_steer_state state, uint64_t next_event)
{
    struct tf_steer_request request;
    if (!tf_steering_take(replay->steering, &request))
        return;
    switch (request.verb) {
    case TF_STEER_PAUSE:
        pause_now(replay);
        replay->steps = 0;
        break;
    case TF_STEER_RESUME:
        resume(replay);
        break;
    case TF_STEER_STEP:
        pause_now(replay);
        replay->steps += request.steps;
        replay->answer_by_ns = tf_monotonic_ns() + step_answer_ns;
        break;
    case TF_STEER_SPEED:
    case TF_STEER_RATE:
        change_pace(replay, &request, next_event);
        break;
    case TF_STEER_STATUS:
        break;
    }
    /* Steps are answered when they are taken, and elsewhere there are none to take. */
    if (!replay->answer_by_ns || state != TF_STEER_RUNNING)
        answer(replay, state);
}

void tf_replay_serve(struct tf_replay *replay, enum tf_steer_state state)
{
    if (tf_steering_pending(replay->steering))
        serve(replay, state, replay->last_time);
}

void tf_replay_idle(struct tf_replay *replay, enum tf_steer_state state, uint64_t ns)
{
    if (replay->steering)
        tf_steering_wait(replay->steering, ns);
    else
        tf_sleep_until(tf_monotonic_ns() + ns);
    tf_replay_serve(replay, state);
}

/* Steps that are taken, or take too long to wait for. */
static void answer_steps(struct tf_replay *replay)
{
    if (replay->answer_by_ns && ((replay->steps == 0 && !replay->in_event) ||
                                 tf_monotonic_ns() >= replay->answer_by_ns))
        answer(replay, TF_STEER_RUNNING);
}

/* Before an event: do what is asked for, and wait while paused.  False: stop. */
static bool steer(struct tf_replay *replay, const struct tf_tick *next)
{
    for (;;) {
        if (tf_steering_pending(replay->steering))
            serve(replay, TF_STEER_RUNNING, time_of(replay, next));
        if (!replay->paused || replay->steps)
            return true;
        if (tf_stop_requested())
            return false;
        tf_steering_wait(replay->steering, 100 * TF_NS_PER_MS);
    }
}

/* ---- publishing ------------------------------------------------------------------------------ */

/*
 * Lockstep: hold the next `count` ticks back until the slowest reader has room for them.  The ring
 * itself never waits; this is a replay that chooses not to publish yet.
 */
static bool make_room(struct tf_replay *replay, uint32_t count)
{
    if (!replay->lockstep)
        return true;
    uint64_t nap_ns = 0, since = 0;
    while (replay->room < count) {
        replay->room = tf_publisher_room(replay->publisher, 0);
        if (replay->room >= count)
            break;
        if (tf_stop_requested())
            return false;
        tf_replay_serve(replay, TF_STEER_RUNNING);
        answer_steps(replay);
        if (nap_ns == 0) {
            replay->lockstep_waits++;
            since = tf_monotonic_ns();
        } else if (since && tf_monotonic_ns() - since > complain_after_ns) {
            tf_log(TF_LOG_WARNING,
                   "lockstep: waiting for the slowest reader; 'tickfan ls' shows it");
            since = 0;
        }
        /* Give the readers the CPU first: on a small machine they wait for ours. */
        if (nap_ns < 20 * 1000)
            sched_yield();
        else
            tf_sleep_until(tf_monotonic_ns() + nap_ns);
        nap_ns = nap_ns < TF_NS_PER_MS ? nap_ns + 1000 : TF_NS_PER_MS;
    }
    replay->room -= count;
    return true;
}

static bool publish(struct tf_replay *replay, const struct tf_tick *ticks, uint32_t total)
{
    for (uint32_t first = 0; first < total;) {
        uint32_t count = total - first;
        if (replay->lockstep && count > LOCKSTEP_PIECE)
            count = LOCKSTEP_PIECE;
        if (!make_room(replay, count))
            return false;
        tf_publish(replay->publisher, &ticks[first], count);
        replay->published += count;
        first += count;
    }
    replay->last_time = time_of(replay, &ticks[total - 1]);
    replay->in_event = !(ticks[total - 1].flags & TF_FLAG_LAST);
    if (__builtin_expect(replay->digest != 0, 0))
        tf_digest_add(replay->digest, ticks, total);
    return true;
}

/* The first event, or as much of it as there is. */
static uint32_t event_length(const struct tf_tick *ticks, uint32_t count)
{
    uint32_t end = 0;
    while (end < count && !(ticks[end].flags & TF_FLAG_LAST))
        end++;
    return end < count ? end + 1 : count;
}

/* How many of the ticks belong to events that are due by now; the first is. */
static uint32_t due_together(struct tf_replay *replay, const struct tf_tick *ticks,
                             uint32_t count, uint64_t now)
{
    uint32_t end = 0;
    do {
        uint32_t length = event_length(ticks + end, count - end);
        tf_pacer_took(&replay->pacer, time_of(replay, &ticks[end]), length);
        end += length;
    } while (end < count && tf_pacer_due(&replay->pacer, time_of(replay, &ticks[end])) <= now);
    return end;
}

/* One event in a pause. */
static bool publish_step(struct tf_replay *replay, const struct tf_tick *ticks, uint32_t count)
{
    replay->steps--;
    if (!publish(replay, ticks, count))
        return false;
    uint64_t now = tf_monotonic_ns();
    replay->paused_ns += now - replay->paused_since_ns;
    replay->paused_since_ns = now;
    if (tf_pacer_paces(&replay->pacer))
        tf_pacer_jumped(&replay->pacer, time_of(replay, &ticks[0]));
    answer_steps(replay);
    return true;
}

/*
 * Event by event, as pace and steering have it.  An event that is cut by the end of a batch is
 * finished before anything else is looked at.
 */
static bool publish_paced(struct tf_replay *replay, const struct tf_tick *ticks, uint32_t count)
{
    while (count) {
        uint32_t end = event_length(ticks, count);
        if (replay->in_event) {
            if (!publish(replay, ticks, end))
                return false;
            answer_steps(replay);
        } else {
            if (!steer(replay, ticks))
                return false;
            if (replay->paused) {
                if (!publish_step(replay, ticks, end))
                    return false;
            } else if (!tf_pacer_paces(&replay->pacer)) {
                return publish(replay, ticks, count);
            } else {
                uint64_t due = tf_pacer_due(&replay->pacer, time_of(replay, &ticks[0]));
                enum tf_pacer_result waited = tf_pacer_wait(&replay->pacer, due);
                if (waited == TF_PACER_STOPPED)
                    return false;
                if (waited == TF_PACER_STEERED)
                    continue;
                end = due_together(replay, ticks, count, tf_monotonic_ns());
                if (!publish(replay, ticks, end))
                    return false;
            }
        }
        ticks += end;
        count -= end;
    }
    return true;
}

static bool publish_all(struct tf_replay *replay, const struct tf_tick *ticks, uint32_t count)
{
    if (tf_pacer_paces(&replay->pacer) || replay->paused ||
        tf_steering_pending(replay->steering))
        return publish_paced(replay, ticks, count);
    return publish(replay, ticks, count);
}

/* ---- window and filter ----------------------------------------------------------------------- */

/* One part of the window, through the filter.  Only ticks + 1 on are in use: see struct tf_replay. */
static bool pass_part(struct tf_replay *replay, struct tf_tick *ticks, uint32_t count)
{
    if (replay->filter)
        count = tf_symbol_filter_run(replay->filter, &ticks, count);
    if (!count)
        return true;
    if (replay->window.part == TF_WINDOW_INSIDE)
        return publish_all(replay, ticks, count);
    replay->warmed_up += count;
    if (replay->paused || tf_steering_pending(replay->steering)) {
        if (!replay->in_event && !steer(replay, ticks))
            return false;
    }
    return publish(replay, ticks, count);
}

/* False: stop, or nothing after this is in the window. */
static bool pass(struct tf_replay *replay, struct tf_tick *ticks, uint32_t count)
{
    if (!tf_window_is_set(&replay->window)) {
        replay->window.part = TF_WINDOW_INSIDE;
        return pass_part(replay, ticks, count);
    }
    while (count) {
        uint32_t run = tf_window_run(&replay->window, ticks, count);
        if (replay->window.part == TF_WINDOW_AFTER)
            return false;
        if (replay->window.part == TF_WINDOW_BEFORE && !replay->warm_up)
            replay->before_start += run;
        else if (!pass_part(replay, ticks, run))
            return false;
        ticks += run;
        count -= run;
    }
    return true;
}

static void begin_merge(struct tf_replay *replay, const struct tf_merge *merge)
{
    replay->merge = merge;
    tf_window_restart(&replay->window);
    tf_pacer_restart(&replay->pacer);
    replay->in_event = false;
}

static void end_merge(struct tf_replay *replay)
{
    struct tf_tick held;
    if (replay->filter && tf_symbol_filter_flush(replay->filter, &held))
        publish_all(replay, &held, 1);
    replay->messages_before = tf_replay_messages(replay);
    replay->merge = 0;
}

static void show_progress(struct tf_replay *replay)
{
    double fraction = replay->fraction ? replay->fraction(replay->context) : -1;
    tf_progress_update(&replay->progress, fraction, replay->published, "ticks");
}

static int run(struct tf_replay *replay, struct tf_merge *merge)
{
    /* Some formats' messages give more ticks than a batch wants. */
    uint32_t least = tf_merge_ticks_min(merge);
    struct tf_sink sink = {.ticks = replay->ticks + 1,
                           .capacity = least > TF_REPLAY_BATCH ? least : TF_REPLAY_BATCH};
    for (uint64_t rounds = 0; !tf_stop_requested(); rounds++) {
        sink.count = 0;
        ptrdiff_t more = tf_merge_next(merge, TF_REPLAY_BATCH, &sink);
        if (replay->failed)
            return replay->failed;
        if (sink.count && !pass(replay, sink.ticks, sink.count))
            return 0;
        if (more <= 0)
            return (int)more;
        /* The line is drawn five times a second; looking at the clock for it every time would cost
         * more than the ring does. */
        if (rounds % 64 == 0 || tf_pacer_paces(&replay->pacer))
            show_progress(replay);
    }
    return 0;
}

int tf_replay_run(struct tf_replay *replay, struct tf_merge *merge)
{
    begin_merge(replay, merge);
    int error = run(replay, merge);
    end_merge(replay);
    return error;
}

void tf_replay_control(struct tf_replay *replay, enum tf_rtype rtype)
{
    struct tf_tick tick = tf_control_tick(rtype, tf_now());
    if (make_room(replay, 1)) {
        tf_publish(replay->publisher, &tick, 1);
        replay->control++;
    }
}
