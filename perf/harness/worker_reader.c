/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "clock.h"

#include <sched.h>
#include <string.h>

/*
 * Polls between two looks at the counter.  A look costs 8 ns, a poll of a line in this core's cache about 2: looking
 * every time would put 4 ns on the mean of what is measured.
 *
 * What a paced receive() gave is checked later, on the third look in a row without a message, some 150 ns, or when the
 * room is full: 3 ns for each message of a burst would stand between it and the one after it.  One that sleeps is checked
 * at once.
 */
enum { POLLS_PER_LOOK = 16, LOOKS_BEFORE_CHECK = 3, EMPTY_LOOKS = 64 };
enum { ROOM = TF_FLOOD_POOL + TF_MESSAGES_PER_CALL, RECEIVES_MAX = 64 };
static const double mark_every_ns = 100e3;
/* After the writer has finished: how long nothing may come before a reader concludes that nothing will. */
static const double silence_lossy_ns = 30e6, silence_gated_ns = 1e9;

/* What one receive() gave, not checked yet. */
struct receipt {
    uint64_t at;
    uint32_t messages;
};

/* A reader within a block. */
struct reading {
    struct receipt receipt[RECEIVES_MAX];
    uint32_t receipts, held; /* and the messages that they are of, from the begin of the room */
    uint32_t empty_looks_now;
    uint64_t *seen;
    struct tf_mark *marks;
    uint64_t start;                    /* messages sent before are an earlier block's */
    uint64_t looked;                   /* at the counter, last */
    uint64_t quiet_since, empty_looks; /* since the writer finished and nothing came */
    uint64_t next_mark;
    bool polls, lossy, shares;
    bool end_seen; /* the last message of the block */
};

static struct tf_message *message_at(const struct tf_shift *shift, uint32_t i)
{
    return (struct tf_message *)(void *)(shift->messages + (size_t)i * shift->message_size);
}

static bool whole(struct tf_message *message, uint32_t size)
{
    return tf_message_whole(message) &&
           (size == sizeof *message || *tf_message_tail(message, size) == message->number);
}

static bool stale(const struct reading *reading, const struct tf_message *message)
{
    return (int64_t)(message->sent - reading->start) < 0;
}

/* ---- what was received ------------------------------------------------------------------------- */

static void take_paced(struct tf_shift *shift, struct reading *reading,
                       struct tf_message *message, uint64_t now)
{
    struct tf_worker *self = shift->self;
    uint64_t messages = shift->load.messages, place = message->number - 1;
    if (!whole(message, shift->message_size)) {
        self->torn++;
    } else if (stale(reading, message)) {
        return;
    } else if (place >= messages) {
        self->torn++;
    } else if (reading->seen[place]) {
        self->repeated++;
    } else {
        reading->seen[place] = now;
        self->moved++;
        reading->end_seen |= place + 1 == messages;
    }
}

/* One message of a flood: is it of this block, is it whole, is it the end? */
static uint32_t check_one(struct tf_shift *shift, struct reading *reading, uint32_t i)
{
    struct tf_message *message = message_at(shift, i);
    if (!whole(message, shift->message_size)) {
        shift->self->torn++;
        return 0;
    }
    if (stale(reading, message))
        return 0;
    reading->end_seen |= message->number == UINT64_MAX;
    return 1;
}

static void take_flood(struct tf_shift *shift, struct reading *reading, uint32_t got)
{
    struct tf_worker *self = shift->self;
    uint32_t last = got - 1;
    if (__builtin_expect(stale(reading, message_at(shift, 0)), 0)) {
        for (uint32_t i = 0; i < got; i++)
            self->moved += check_one(shift, reading, i);
    } else {
        self->moved += check_one(shift, reading, last);
        if (last > 0)
            self->moved += last - 1 + check_one(shift, reading, 0);
    }
}

static void set_mark(struct tf_shift *shift, struct reading *reading, uint64_t now)
{
    struct tf_worker *self = shift->self;
    if (now < reading->next_mark || self->marks == TF_MARKS_MAX)
        return;
    reading->marks[self->marks++] = (struct tf_mark){now, self->moved};
    reading->next_mark = now + (uint64_t)(mark_every_ns * shift->duty->ticks_per_ns);
}

/* After messages were counted: when, and that this reader lives. */
static void note_progress(struct tf_shift *shift, struct reading *reading, uint64_t before,
                          uint64_t now)
{
    struct tf_worker *self = shift->self;
    if (self->moved == before)
        return;
    if (before == 0)
        self->first = now;
    self->last = now;
    reading->quiet_since = 0;
    tf_store(&self->progress, self->moved);
}

static void check_receipts(struct tf_shift *shift, struct reading *reading)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < reading->receipts; i++) {
        uint64_t before = shift->self->moved, now = reading->receipt[i].at;
        for (uint32_t m = 0; m < reading->receipt[i].messages; m++)
            take_paced(shift, reading, message_at(shift, at++), now);
        note_progress(shift, reading, before, now);
    }
    reading->receipts = reading->held = 0;
}

/* False: the writer still waits for us, what came is an earlier block's. */
static bool has_begun(const struct tf_shift *shift, struct reading *reading)
{
    if (__builtin_expect(reading->start == 0, 0))
        reading->start = tf_load_acquire(&shift->duty->control->start);
    return reading->start != 0;
}

static void take(struct tf_shift *shift, struct reading *reading, uint32_t got, uint64_t now)
{
    if (!has_begun(shift, reading))
        return;
    reading->empty_looks_now = 0;
    reading->receipt[reading->receipts++] = (struct receipt){now, got};
    reading->held += got;
    if (!reading->polls || reading->receipts == RECEIVES_MAX ||
        reading->held + TF_MESSAGES_PER_CALL > ROOM)
        check_receipts(shift, reading);
}

/* ---- the end ----------------------------------------------------------------------------------- */

static bool complete(const struct tf_shift *shift, const struct reading *reading)
{
    if (reading->shares) /* somebody else may have got the last one */
        return false;
    if (shift->load.profile != TF_PROFILE_FLOOD && !reading->lossy)
        return shift->self->moved == shift->load.messages;
    return reading->end_seen;
}

/* Nothing came.  True when nothing will. */
static bool silent(struct tf_shift *shift, struct reading *reading, uint64_t now)
{
    struct tf_control *control = shift->duty->control;
    if (shift->yields)
        sched_yield();
    if (reading->start == 0)
        reading->start = tf_load_acquire(&control->start);
    if (tf_abandoned(shift))
        return true;
    if (tf_load_acquire(&control->finished) == 0)
        return false;
    if (reading->quiet_since == 0) {
        reading->quiet_since = now;
        reading->empty_looks = 0;
        return false;
    }
    double patience = reading->lossy || reading->shares ? silence_lossy_ns : silence_gated_ns;
    reading->empty_looks++;
    return (double)(now - reading->quiet_since) > patience * shift->duty->ticks_per_ns &&
           reading->empty_looks >= (reading->polls ? EMPTY_LOOKS : 2);
}

static struct reading begin(const struct tf_shift *shift)
{
    unsigned traits = shift->entry->transport->traits;
    uint32_t reader = shift->worker - 1;
    return (struct reading){
        .seen = shift->duty->seen[reader],
        .marks = shift->duty->marks[reader],
        .looked = tf_ticks(),
        .polls = !(traits & TF_TRAIT_SLEEPS),
        .lossy = traits & TF_TRAIT_LOSSY,
        .shares = !(traits & TF_TRAIT_BROADCAST) && shift->duty->contest->readers > 1,
    };
}

/* ---- one block --------------------------------------------------------------------------------- */

typedef uint32_t receive_function(struct tf_channel *, void *, uint32_t, uint64_t *);

static void look(struct tf_shift *shift, struct reading *reading, uint64_t now)
{
    if (reading->polls && reading->start)
        tf_look(shift, reading->looked, now);
    reading->looked = now;
}

static void read_paced(struct tf_shift *shift, struct reading *reading,
                       receive_function *receive)
{
    uint64_t lost = 0;
    for (;;) {
        uint32_t got = 0;
        void *room = message_at(shift, reading->held);
        for (int polls = reading->polls ? POLLS_PER_LOOK : 1; polls > 0 && got == 0; polls--)
            got = receive(shift->channel, room, TF_MESSAGES_PER_CALL, &lost);
        /* Not before the words are here: an index that came early is no message. */
        uint64_t now = got > 0 ? tf_ticks_after_loads() : tf_ticks();
        look(shift, reading, now);
        if (got > 0)
            take(shift, reading, got, now);
        else if (reading->receipts > 0 && ++reading->empty_looks_now >= LOOKS_BEFORE_CHECK)
            check_receipts(shift, reading);
        if (reading->receipts == 0 && complete(shift, reading))
            return;
        if (got == 0 && silent(shift, reading, now)) {
            shift->self->gave_up = true;
            return;
        }
    }
}

/* A look for every 16 receives: at 300 million messages a second one each would be a tenth of the time. */
static void read_flood(struct tf_shift *shift, struct reading *reading,
                       receive_function *receive)
{
    uint64_t lost = 0;
    for (;;) {
        uint64_t before = shift->self->moved;
        for (int i = reading->polls ? POLLS_PER_LOOK : 1; i > 0 && !reading->end_seen; i--) {
            uint32_t got =
                receive(shift->channel, shift->messages, TF_MESSAGES_PER_CALL, &lost);
            if (got > 0 && has_begun(shift, reading))
                take_flood(shift, reading, got);
        }
        uint64_t now = tf_ticks();
        look(shift, reading, now);
        note_progress(shift, reading, before, now);
        if (shift->self->moved != before)
            set_mark(shift, reading, now);
        if (complete(shift, reading))
            return;
        if (shift->self->moved == before && silent(shift, reading, now)) {
            shift->self->gave_up = true;
            return;
        }
    }
}

void tf_read_block(struct tf_shift *shift)
{
    bool flood = shift->load.profile == TF_PROFILE_FLOOD;
    struct reading reading = begin(shift);
    if (!flood)
        memset(reading.seen, 0, shift->load.messages * sizeof *reading.seen);
    tf_store_release(&shift->self->ready, shift->number);
    if (flood)
        read_flood(shift, &reading, shift->entry->transport->receive);
    else
        read_paced(shift, &reading, shift->entry->transport->receive);
}
