/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots.h - what the comparators have in common: a ring of message slots behind a control block in shared
 * memory, copying in and out of it, and waiting for room that ends.
 *
 * Message n, counted from 0, lies in slot n mod capacity.  Who may touch a slot when is each transport's own affair.
 */
#ifndef TF_SLOTS_H
#define TF_SLOTS_H

#include "order.h"
#include "transport.h"

#include <stdalign.h>
#include <string.h>
#include <time.h>

enum { TF_LINE_BYTES = 64, TF_SLOTS_DEFAULT = 65536 };

/* How long receive() may sleep, and how long send() waits for a reader that does not move before it drops. */
#define TF_RECEIVE_WAIT_NS UINT64_C(50000000)
#define TF_GATE_WAIT_NS    UINT64_C(2000000000)

/* A word that has its line to itself. */
struct tf_lone_word {
    alignas(TF_LINE_BYTES) tf_word word;
};

struct tf_slots {
    void *control;       /* where the shared memory begins */
    unsigned char *base; /* slot 0 */
    size_t message_size;
    uint64_t mask;
    size_t shared_size;
};

/*
 * Sizes for `options` with a control block of `control_size` bytes: false, and tf_errmsg(), when the options
 * make no ring.  Then tf_slots_place() in shared_size bytes of memory that begin on a line.
 */
bool tf_slots_measure(struct tf_slots *slots, size_t control_size,
                      const struct tf_channel_options *options);
void tf_slots_place(struct tf_slots *slots, void *memory);

/* Both, in zeroed memory from tf_shared_alloc(). */
bool tf_slots_create(struct tf_slots *slots, size_t control_size,
                     const struct tf_channel_options *options);
void tf_slots_destroy(struct tf_slots *slots);

/* tf_shared_alloc() on the node that `options` name first; NULL, and tf_errmsg(). */
void *tf_channel_memory(const struct tf_channel_options *options, size_t size);

/* A zeroed channel of `size` bytes for free(); NULL, and tf_errmsg(). */
struct tf_channel *tf_channel_alloc(size_t size);

/* CLOCK_MONOTONIC or CLOCK_REALTIME, `ns` from now, for calls that take a deadline. */
struct timespec tf_deadline(clockid_t clock, uint64_t ns);

/*
 * The writer's side of a gate.  A reader that has not made room for TF_GATE_WAIT_NS is taken for dead: what is sent
 * from then on is dropped without waiting until there is room again.  Missing messages end the measurement with
 * a reason; a writer that hangs would not.
 */
struct tf_gate {
    bool given_up;
};

/* Spin until room() is not 0, and return that; 0: given up. */
uint64_t tf_gate_wait(struct tf_gate *gate, uint64_t (*room)(struct tf_channel *),
                      struct tf_channel *channel);

static inline uint64_t tf_slots_capacity(const struct tf_slots *slots)
{
    return slots->mask + 1;
}

static inline void *tf_slots_at(const struct tf_slots *slots, uint64_t number)
{
    return slots->base + (number & slots->mask) * slots->message_size;
}

/* One line at a time inline: a program that knows its message's type would have no call to memcpy() either. */
static inline void tf_copy_message(void *restrict to, const void *restrict from, size_t size)
{
    if (size == TF_LINE_BYTES)
        memcpy(to, from, TF_LINE_BYTES);
    else
        memcpy(to, from, size);
}

/* `count` messages, at most the capacity, from slot `number` on. */
static inline void tf_slots_put(const struct tf_slots *slots, uint64_t number,
                                const void *messages, uint32_t count)
{
    if (count == 1) {
        tf_copy_message(tf_slots_at(slots, number), messages, slots->message_size);
        return;
    }
    uint64_t straight = tf_slots_capacity(slots) - (number & slots->mask);
    size_t first = (size_t)(straight < count ? straight : count) * slots->message_size;
    memcpy(tf_slots_at(slots, number), messages, first);
    memcpy(slots->base, (const unsigned char *)messages + first,
           count * slots->message_size - first);
}

static inline void tf_slots_get(const struct tf_slots *slots, uint64_t number, void *out,
                                uint32_t count)
{
    if (count == 1) {
        tf_copy_message(out, tf_slots_at(slots, number), slots->message_size);
        return;
    }
    uint64_t straight = tf_slots_capacity(slots) - (number & slots->mask);
    size_t first = (size_t)(straight < count ? straight : count) * slots->message_size;
    memcpy(out, tf_slots_at(slots, number), first);
    memcpy((unsigned char *)out + first, slots->base, count * slots->message_size - first);
}

#endif
