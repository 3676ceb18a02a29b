/* SPDX-License-Identifier: Apache-2.0 */
#include "slots.h"

#include "clock.h"
#include "error.h"
#include "node_list.h"
#include "placement.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>

/* 256 MiB of slots: 64 K messages of 4 KiB.  More is a mistake in the options. */
#define SLOTS_BYTES_MAX (UINT64_C(256) << 20)

bool tf_slots_measure(struct tf_slots *slots, size_t control_size,
                      const struct tf_channel_options *options)
{
    uint64_t capacity = options->capacity ? options->capacity : TF_SLOTS_DEFAULT;
    uint64_t bytes = capacity * options->message_size;
    if ((capacity & (capacity - 1)) != 0) {
        tf_fail(TF_EUSAGE, "a ring of %" PRIu64 " messages: it must be a power of two",
                capacity);
        return false;
    }
    if (options->message_size == 0 || options->message_size % TF_LINE_BYTES != 0 ||
        bytes > SLOTS_BYTES_MAX) {
        tf_fail(TF_EUSAGE,
                "%" PRIu64 " messages of %u bytes: they must be multiples of 64 bytes and "
                "fit 256 MiB together",
                capacity, options->message_size);
        return false;
    }
    size_t control = (control_size + TF_LINE_BYTES - 1) / TF_LINE_BYTES * TF_LINE_BYTES;
    *slots = (struct tf_slots){.message_size = options->message_size,
                               .mask = capacity - 1,
                               .shared_size = control + bytes};
    return true;
}

void tf_slots_place(struct tf_slots *slots, void *memory)
{
    size_t bytes = tf_slots_capacity(slots) * slots->message_size;
    slots->control = memory;
    slots->base = (unsigned char *)memory + (slots->shared_size - bytes);
}

bool tf_slots_create(struct tf_slots *slots, size_t control_size,
                     const struct tf_channel_options *options)
{
    if (!tf_slots_measure(slots, control_size, options))
        return false;
    void *memory = tf_channel_memory(options, slots->shared_size);
    if (memory)
        tf_slots_place(slots, memory);
    return memory != NULL;
}

void tf_slots_destroy(struct tf_slots *slots)
{
    tf_shared_free(slots->control, slots->shared_size);
}

void *tf_channel_memory(const struct tf_channel_options *options, size_t size)
{
    struct tf_node_scope scope;
    tf_node_enter(&scope, tf_node_first(options->nodes));
    void *memory = tf_shared_alloc(size);
    tf_node_leave(&scope);
    if (!memory)
        tf_fail(TF_EOS, "no %zu bytes of shared memory for a channel", size);
    return memory;
}

struct tf_channel *tf_channel_alloc(size_t size)
{
    struct tf_channel *channel = calloc(1, size);
    if (!channel)
        tf_fail(TF_EOS, "no memory for a channel");
    return channel;
}

struct timespec tf_deadline(clockid_t clock, uint64_t ns)
{
    struct timespec now;
    clock_gettime(clock, &now);
    ns += (uint64_t)now.tv_nsec;
    return (struct timespec){.tv_sec = now.tv_sec + (time_t)(ns / TF_NS_PER_S),
                             .tv_nsec = (long)(ns % TF_NS_PER_S)};
}

uint64_t tf_gate_wait(struct tf_gate *gate, uint64_t (*room)(struct tf_channel *),
                      struct tf_channel *channel)
{
    uint64_t until = 0;
    for (uint64_t looks = 1;; looks++) {
        uint64_t found = room(channel);
        if (found > 0) {
            gate->given_up = false;
            return found;
        }
        if (gate->given_up)
            return 0;
        tf_pause();
        if (looks % 1024 != 0)
            continue;
        /* The reader may be waiting for this very CPU. */
        sched_yield();
        uint64_t now = tf_monotonic_ns();
        until = until ? until : now + TF_GATE_WAIT_NS;
        gate->given_up = now >= until;
    }
}
