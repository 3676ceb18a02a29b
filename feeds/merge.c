/* SPDX-License-Identifier: Apache-2.0 */
#include "merge.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, SENTENCE = 512 };

struct input {
    struct tf_merge_input reads;
    struct tf_tick *ticks; /* at..count are decoded and not given yet */
    uint32_t at, count, capacity;
    uint64_t time;        /* of the next event, or of the one that is being given */
    uint32_t event_ticks; /* given of an event that goes on; 0: the next tick begins one */
    struct tf_merge_counts counts;
};

struct tf_merge {
    struct tf_merge_options options;
    struct input *inputs;
    uint32_t count;
    uint32_t begun; /* inputs that were read from */
    uint32_t *heap; /* inputs that have something to give, the next one first */
    uint32_t heap_count;
    int error;
    char sentence[SENTENCE];
};

struct tf_merge *tf_merge_open(const struct tf_merge_input *inputs, uint32_t count,
                               const struct tf_merge_options *options)
{
    struct tf_merge *merge = calloc(1, sizeof *merge);
    if (!merge)
        goto fail;
    merge->options = *options;
    merge->inputs = calloc(count, sizeof *merge->inputs);
    merge->heap = calloc(count, sizeof *merge->heap);
    if (!merge->inputs || !merge->heap)
        goto fail;
    for (; merge->count < count; merge->count++) {
        struct input *input = &merge->inputs[merge->count];
        input->reads = inputs[merge->count];
        input->capacity = input->reads.ticks_max > BATCH ? input->reads.ticks_max : BATCH;
        input->ticks = count > 1 ? malloc(input->capacity * sizeof *input->ticks) : 0;
        if (!input->ticks && count > 1)
            goto fail;
    }
    return merge;
fail:
    tf_merge_close(merge);
    tf_fail(TF_EOS, "no memory to merge %u recordings", count);
    return 0;
}

void tf_merge_close(struct tf_merge *merge)
{
    if (!merge)
        return;
    for (uint32_t i = 0; i < merge->count; i++)
        free(merge->inputs[i].ticks);
    free(merge->inputs);
    free(merge->heap);
    free(merge);
}

uint32_t tf_merge_ticks_min(const struct tf_merge *merge)
{
    return merge->count == 1 ? merge->inputs[0].reads.ticks_max : 1;
}

static void note_error(struct tf_merge *merge, struct input *input, int error)
{
    input->counts.error = error;
    if (merge->error)
        return;
    merge->error = error;
    strncpy(merge->sentence, tf_errmsg(), SENTENCE - 1);
}

enum refilled { NOT_YET, FILLED, ENDED };

/* Decode until there is a tick, or as many messages as may be. */
static enum refilled refill(struct tf_merge *merge, struct input *input, uint32_t *messages_max)
{
    struct tf_sink sink = {.ticks = input->ticks,
                           .capacity = input->capacity,
                           .define = merge->options.define,
                           .context = merge->options.context};
    while (sink.count == 0) {
        if (*messages_max == 0)
            return NOT_YET;
        ptrdiff_t messages = input->reads.next(
            input->reads.from, *messages_max < BATCH ? *messages_max : BATCH, &sink);
        if (messages > 0) {
            input->counts.messages += (uint64_t)messages;
            *messages_max -= (uint32_t)messages;
        } else if (sink.count == 0) {
            if (messages < 0)
                note_error(merge, input, (int)messages);
            return ENDED;
        }
    }
    input->at = 0;
    input->count = sink.count;
    input->counts.ticks += sink.count;
    return FILLED;
}

/* The time of the event that begins here. */
static void begin_event(const struct tf_merge *merge, struct input *input)
{
    uint64_t time = tf_tick_time(&input->ticks[input->at], merge->options.by_recv);
    if (time == TF_UNDEF_TIMESTAMP)
        return;
    if (time < input->time)
        input->counts.events_back++;
    else
        input->time = time;
}

static bool goes_before(const struct tf_merge *merge, uint32_t a, uint32_t b)
{
    uint64_t time_a = merge->inputs[a].time, time_b = merge->inputs[b].time;
    return time_a < time_b || (time_a == time_b && a < b);
}

/* The entry at `at` may be later than those below it. */
static void sift_down(struct tf_merge *merge, uint32_t at)
{
    uint32_t *heap = merge->heap, moved = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= merge->heap_count)
            break;
        if (child + 1 < merge->heap_count && goes_before(merge, heap[child + 1], heap[child]))
            child++;
        if (!goes_before(merge, heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Read from each input for the first time.  False: not all of them yet. */
static bool start(struct tf_merge *merge, uint32_t *messages_max)
{
    for (; merge->begun < merge->count; merge->begun++) {
        struct input *input = &merge->inputs[merge->begun];
        enum refilled refilled = refill(merge, input, messages_max);
        if (refilled == NOT_YET)
            return false;
        if (refilled == ENDED)
            continue;
        begin_event(merge, input);
        merge->heap[merge->heap_count++] = merge->begun;
    }
    return true;
}

/* As much of one event as is decoded and fits. */
static void give(struct input *input, struct tf_sink *sink)
{
    do {
        struct tf_tick *tick = &sink->ticks[sink->count++];
        *tick = input->ticks[input->at++];
        input->event_ticks = tick->flags & TF_FLAG_LAST ? 0 : input->event_ticks + 1;
        if (input->event_ticks == TF_MERGE_EVENT_MAX)
            input->event_ticks = 0;
    } while (input->event_ticks && input->at < input->count && sink->count < sink->capacity);
}

static ptrdiff_t merge_next(struct tf_merge *merge, uint32_t messages_max, struct tf_sink *sink)
{
    if (merge->begun < merge->count) {
        if (!start(merge, &messages_max))
            return 1;
        for (uint32_t i = merge->heap_count / 2; i-- > 0;)
            sift_down(merge, i);
    }
    while (merge->heap_count && sink->count < sink->capacity) {
        struct input *input = &merge->inputs[merge->heap[0]];
        if (input->at == input->count) {
            enum refilled refilled = refill(merge, input, &messages_max);
            if (refilled == NOT_YET)
                return 1;
            if (refilled == ENDED)
                merge->heap[0] = merge->heap[--merge->heap_count];
            else if (!input->event_ticks)
                begin_event(merge, input);
            /* It may not be the next one any more. */
            if (refilled == ENDED || !input->event_ticks)
                sift_down(merge, 0);
            continue;
        }
        give(input, sink);
        if (!input->event_ticks && input->at < input->count) {
            begin_event(merge, input);
            sift_down(merge, 0);
        }
    }
    if (merge->heap_count || sink->count)
        return 1;
    return merge->error ? tf_fail(merge->error, "%s", merge->sentence) : 0;
}

ptrdiff_t tf_merge_next(struct tf_merge *merge, uint32_t messages_max, struct tf_sink *sink)
{
    if (merge->count != 1)
        return merge_next(merge, messages_max, sink);
    struct input *input = &merge->inputs[0];
    sink->define = merge->options.define;
    sink->context = merge->options.context;
    uint32_t before = sink->count;
    ptrdiff_t messages = input->reads.next(input->reads.from, messages_max, sink);
    if (messages > 0)
        input->counts.messages += (uint64_t)messages;
    else
        input->counts.error = (int)messages;
    input->counts.ticks += sink->count - before;
    return messages;
}

uint32_t tf_merge_inputs(const struct tf_merge *merge)
{
    return merge->count;
}

void tf_merge_counts(const struct tf_merge *merge, uint32_t input, struct tf_merge_counts *out)
{
    *out = merge->inputs[input].counts;
}
