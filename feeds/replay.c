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

/* In lockstep: as much as tf_publisher_room() gives at least when everybody has kept up. */
enum { LOCKSTEP_PIECE = 32 };

static void define(void *context, const struct tf_instrument *instrument)
{
    struct tf_replay *replay = context;
    int result = tf_publisher_define(replay->publisher, instrument);
    if (result < 0 && replay->undefined++ == 0)
        tf_log(TF_LOG_WARNING, "%s", tf_errmsg());
    if (result > 0 && !replay->conflict) {
        replay->conflict = true;
        tf_fail(TF_EDATA,
                "instrument %u is %s here and was another in an earlier recording; replay "
                "different "
                "days one after the other, not in one stream",
                instrument->instrument_id, instrument->symbol);
    }
}

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

static bool publish(struct tf_replay *replay, uint32_t first, uint32_t end)
{
    while (first < end) {
        uint32_t count = end - first;
        if (replay->lockstep && count > LOCKSTEP_PIECE)
            count = LOCKSTEP_PIECE;
        if (!make_room(replay, count))
            return false;
        tf_publish(replay->publisher, &replay->ticks[first], count);
        replay->published += count;
        first += count;
    }
    return true;
}

/* How many of the ticks from `first` on are due by now; at least the first one's whole event. */
static uint32_t due_together(struct tf_replay *replay, uint32_t first, uint32_t count,
                             uint64_t now)
{
    uint32_t end = first;
    do {
        while (end < count && !(replay->ticks[end].flags & TF_FLAG_LAST))
            end++;
        end = end < count ? end + 1 : count;
    } while (end < count && tf_pacer_due(&replay->pacer, replay->ticks[end].ts_event) <= now);
    return end;
}

static bool publish_paced(struct tf_replay *replay, uint32_t count)
{
    for (uint32_t first = 0; first < count;) {
        uint64_t due = tf_pacer_due(&replay->pacer, replay->ticks[first].ts_event);
        if (!tf_pacer_wait(&replay->pacer, due))
            return false;
        uint32_t end = due_together(replay, first, count, tf_monotonic_ns());
        if (!publish(replay, first, end))
            return false;
        first = end;
    }
    return true;
}

static bool publish_all(struct tf_replay *replay, uint32_t count)
{
    if (replay->pacer.speed > 0)
        return publish_paced(replay, count);
    return publish(replay, 0, count);
}

static void show_progress(struct tf_replay *replay, const struct tf_recording *recording)
{
    const struct tf_source *source = tf_recording_source(recording);
    uint64_t total = tf_source_total_bytes(source);
    double fraction = total ? (double)tf_source_read_bytes(source) / (double)total : -1;
    tf_progress_update(&replay->progress, fraction, replay->published, "ticks");
}

int tf_replay_run(struct tf_replay *replay, struct tf_recording *recording)
{
    struct tf_sink sink = {.ticks = replay->ticks,
                           .capacity = TF_REPLAY_BATCH,
                           .define = define,
                           .context = replay};
    for (uint64_t rounds = 0; !tf_stop_requested(); rounds++) {
        sink.count = 0;
        ptrdiff_t messages = tf_recording_next(recording, TF_REPLAY_BATCH, &sink);
        if (messages > 0)
            replay->messages += (uint64_t)messages;
        if (replay->conflict)
            return TF_EDATA;
        if (sink.count && !publish_all(replay, sink.count))
            return 0;
        if (messages <= 0)
            return (int)messages;
        /* The line is drawn five times a second; looking at the clock for it every time would cost
         * more than the ring does. */
        if (rounds % 64 == 0 || replay->pacer.speed > 0)
            show_progress(replay, recording);
    }
    return 0;
}

void tf_replay_control(struct tf_replay *replay, enum tf_rtype rtype)
{
    struct tf_tick tick = tf_control_tick(rtype, tf_now());
    if (make_room(replay, 1)) {
        tf_publish(replay->publisher, &tick, 1);
        replay->control++;
    }
}
