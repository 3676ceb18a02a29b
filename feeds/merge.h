/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h - several sequences of ticks as one, by time.
 *
 * What is ordered is whole venue events: the ticks of one input up to and with the one that has
 * TF_FLAG_LAST.  They are never torn apart, and an input's own order is never changed.  What goes on
 * for TF_MERGE_EVENT_MAX ticks is no event: there another begins, so that an input that never has the
 * flag cannot keep the others waiting for its end.
 *
 * The rule.  An event's time is that of its first tick; where that is below the time of an event
 * before it in the same input, or undefined, it is the same as that one's.  Of the events next in
 * each input the earliest goes first; of those at the same time, that of the input named first.
 * So the result depends on the inputs and their order alone, never on when anything was read.
 *
 * An input that fails ends there, after all that it gave; the others go on, and the error is the
 * result at the end.
 */
#ifndef TF_MERGE_H
#define TF_MERGE_H

#include "decoder.h"

#include <stddef.h>

enum { TF_MERGE_EVENT_MAX = 4096 };

struct tf_merge_input {
    /*
     * Up to so many messages into the sink; as tf_recording_next(): how many, 0 at the end,
     * negative on an error, whose sentence is tf_errmsg().
     */
    ptrdiff_t (*next)(void *from, uint32_t messages_max, struct tf_sink *sink);
    void *from;
    uint32_t ticks_max; /* that one message can give; up to TF_SINK_MIN */
};

struct tf_merge_options {
    bool by_recv; /* order by ts_recv, of a tick without one by ts_event */
    /* As in struct tf_sink: what inputs define, when it is decoded, which is before its turn. */
    void (*define)(void *context, const struct tf_instrument *instrument);
    void *context;
};

struct tf_merge;

/* `inputs` is copied; what they read from stays the caller's.  NULL: TF_EOS. */
struct tf_merge *tf_merge_open(const struct tf_merge_input *inputs, uint32_t count,
                               const struct tf_merge_options *options);
void tf_merge_close(struct tf_merge *merge);

/* A sink for tf_merge_next() holds at least so many ticks. */
uint32_t tf_merge_ticks_min(const struct tf_merge *merge);

/*
 * More ticks into the sink; its define is not used.  Decodes up to `messages_max` messages, of all
 * inputs together.  Positive: there may be more, even if there were none this time.  0: the end.  Negative: the end, and the first input that failed did so with this
 * error; tf_errmsg() is its sentence.
 *
 * One input is handed through: no copy, no order, its errors at once.  Otherwise O(log inputs) for
 * each event, a copy of each tick, and 16 KiB or more for each input.
 */
ptrdiff_t tf_merge_next(struct tf_merge *merge, uint32_t messages_max, struct tf_sink *sink);

/* What an input gave so far, before any order. */
struct tf_merge_counts {
    uint64_t messages, ticks;
    uint64_t
        events_back; /* events with a time below that of one before them; several inputs only */
    int error;
};
uint32_t tf_merge_inputs(const struct tf_merge *merge);
void tf_merge_counts(const struct tf_merge *merge, uint32_t input, struct tf_merge_counts *out);

/* The time that events are ordered by. */
static inline uint64_t tf_tick_time(const struct tf_tick *tick, bool by_recv)
{
    return by_recv && tick->ts_recv != TF_UNDEF_TIMESTAMP ? tick->ts_recv : tick->ts_event;
}

#endif
