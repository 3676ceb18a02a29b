/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "clock.h"
#include "schedule.h"

#include <sched.h>

/* From the last reader's readiness to the first message: long enough for all to spin in receive(). */
static const double lead_ns = 20000;

static struct tf_message *message_at(const struct tf_shift *shift, uint32_t i)
{
    return (struct tf_message *)(void *)(shift->messages + (size_t)i * shift->message_size);
}

/* What of a message is known before its time: only the counter is missing then. */
static void prepare(struct tf_message *message, uint32_t size, uint64_t number, uint64_t due)
{
    message->due = due;
    message->number = number;
    message->sent = 0;
    tf_message_seal(message);
    if (size > sizeof *message)
        *tf_message_tail(message, size) = number;
}

static bool readers_ready(const struct tf_shift *shift)
{
    for (uint32_t r = 0; r < shift->duty->contest->readers; r++)
        if (tf_load_acquire(&shift->duty->control->worker[1 + r].ready) != shift->number)
            return false;
    return true;
}

static bool wait_for_readers(const struct tf_shift *shift)
{
    while (!readers_ready(shift)) {
        if (tf_abandoned(shift))
            return false;
        if (shift->yields)
            sched_yield();
    }
    return true;
}

static uint64_t wait_until(struct tf_shift *shift, uint64_t due)
{
    uint64_t now = tf_ticks();
    while ((int64_t)(now - due) < 0) {
        uint64_t before = now;
        if (shift->yields)
            sched_yield();
        now = tf_ticks();
        tf_look(shift, before, now);
    }
    return now;
}

/* ---- paced ------------------------------------------------------------------------------------- */

/*
 * The injected stall: this process is away from its CPU, the schedule is not.  Its clock counts what is evaluated of
 * the schedule, over all blocks of the entry, and a stall that would outlast its block waits for the next one, so that the share
 * of late messages can be told beforehand.
 */
static void stall(const struct tf_shift *shift, uint64_t first)
{
    const uint64_t *offsets = shift->duty->offsets;
    uint64_t warm = tf_warm_up(&shift->load), end = offsets[shift->load.messages - 1];
    if (shift->load.stall_ns == 0 || first < warm)
        return;
    uint64_t every = (uint64_t)((double)shift->load.stall_every_ns * shift->duty->ticks_per_ns);
    uint64_t length = (uint64_t)((double)shift->load.stall_ns * shift->duty->ticks_per_ns);
    struct tf_stall_clock *clock = shift->stall_clock;
    if (clock->evaluated + offsets[first] - offsets[warm] < every / 2 + clock->stalls * every)
        return;
    if (end - offsets[first] < length && end - offsets[warm] >= length)
        return;
    clock->stalls++;
    uint64_t until = tf_load(&shift->duty->control->start) + offsets[first] + length;
    while ((int64_t)(tf_ticks() - until) < 0)
        tf_pause();
}

static void advance_stall_clock(const struct tf_shift *shift)
{
    const uint64_t *offsets = shift->duty->offsets;
    shift->stall_clock->evaluated +=
        offsets[shift->load.messages - 1] - offsets[tf_warm_up(&shift->load)];
}

/* Only the two words that hold the counter are filled in after the message has come due. */
static void send_batch(struct tf_shift *shift, uint64_t first, uint32_t count, uint64_t start)
{
    const struct tf_duty *duty = shift->duty;
    uint64_t due = start + duty->offsets[first];
    for (uint32_t i = 0; i < count; i++)
        prepare(message_at(shift, i), shift->message_size, first + i + 1, due);
    uint64_t now = wait_until(shift, due);
    for (uint32_t i = 0; i < count; i++) {
        struct tf_message *message = message_at(shift, i);
        message->sent = now;
        message->check[1] = now + message->number;
    }
    uint64_t before = tf_ticks();
    shift->entry->transport->send(shift->channel, shift->messages, count);
    uint64_t after = tf_ticks();
    for (uint32_t i = 0; i < count; i++)
        duty->sent[first + i] = now;
    duty->spent[first] = (uint32_t)(after - before < UINT32_MAX ? after - before : UINT32_MAX);
    /* One that holds the writer or enters the kernel may take its time there. */
    unsigned traits = shift->entry->transport->traits;
    if ((traits & TF_TRAIT_LOSSY) && !(traits & TF_TRAIT_SLEEPS))
        tf_look(shift, before, after);
}

static uint64_t send_paced(struct tf_shift *shift, uint64_t start)
{
    uint64_t first = 0, messages = shift->load.messages;
    while (first < messages && !tf_abandoned(shift)) {
        uint64_t left = messages - first;
        uint32_t count = left < shift->load.batch ? (uint32_t)left : shift->load.batch;
        stall(shift, first);
        send_batch(shift, first, count, start);
        first += count;
        tf_store(&shift->self->progress, first);
    }
    advance_stall_clock(shift);
    return first;
}

/* ---- floods ------------------------------------------------------------------------------------ */

/*
 * Sealed beforehand: sealing one costs about as much as sending it.  192 are three times the largest batch and no divisor or
 * multiple of a ring's length, so a slot never gets the same message two laps running, and a mixture of two shows.
 * The first batch stands again behind the end, so that any batch lies in one piece.
 */
static void prepare_pool(struct tf_shift *shift, uint64_t start)
{
    for (uint32_t i = 0; i < TF_FLOOD_POOL + TF_MESSAGES_PER_CALL; i++) {
        struct tf_message *message = message_at(shift, i);
        prepare(message, shift->message_size, i % TF_FLOOD_POOL + 1, start);
        message->sent = start;
        tf_message_seal(message);
    }
}

/* The end mark: a message with a number that no other has, so that readers know it when they see it. */
static void send_last(struct tf_shift *shift, uint64_t start)
{
    struct tf_message *message = message_at(shift, 0);
    prepare(message, shift->message_size, UINT64_MAX, start);
    message->sent = start;
    tf_message_seal(message);
    shift->entry->transport->send(shift->channel, message, 1);
}

static uint64_t send_flood(struct tf_shift *shift, uint64_t start)
{
    void (*send)(struct tf_channel *, const void *, uint32_t) = shift->entry->transport->send;
    uint64_t limit = (uint64_t)((double)tf_flood_ns(&shift->load) * shift->duty->ticks_per_ns);
    uint32_t batch = shift->load.batch, at = 0;
    uint64_t sent = 0, before_last = shift->load.messages - 1;
    while (sent < before_last) {
        for (int i = 0; i < 64 && sent < before_last; i++) { /* looking is not free */
            uint64_t left = before_last - sent;
            uint32_t count = left < batch ? (uint32_t)left : batch;
            send(shift->channel, message_at(shift, at), count);
            sent += count;
            at += count;
            if (at >= TF_FLOOD_POOL)
                at -= TF_FLOOD_POOL;
        }
        tf_store(&shift->self->progress, sent);
        if (tf_ticks() - start > limit || tf_abandoned(shift))
            break;
        if (shift->yields)
            sched_yield();
    }
    send_last(shift, start);
    return sent + 1;
}

void tf_write_block(struct tf_shift *shift)
{
    struct tf_control *control = shift->duty->control;
    struct tf_worker *self = shift->self;
    if (!wait_for_readers(shift))
        return;
    uint64_t start = tf_ticks() + (uint64_t)(lead_ns * shift->duty->ticks_per_ns);
    bool flood = shift->load.profile == TF_PROFILE_FLOOD;
    if (flood)
        prepare_pool(shift, start);
    tf_store_release(&control->start, start);
    wait_until(shift, start);
    self->first = start;
    self->moved = flood ? send_flood(shift, start) : send_paced(shift, start);
    self->last = tf_ticks();
    tf_store_release(&control->finished, 1 + self->moved);
}
