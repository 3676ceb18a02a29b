/* SPDX-License-Identifier: Apache-2.0 */
/* Going on where a dead publisher stopped, in the same memory, with its readers attached. */
#include "publisher.h"

#include "error.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* NULL, or why the old stream cannot carry what is wanted now. */
static const char *difference(const struct tf_publisher_options *options,
                              const struct tf_descriptor *wanted,
                              const struct tf_descriptor *old)
{
    if (old->epoch == 0)
        return "its publisher died while making it";
    if (options->backing != TF_BACKING_AUTO && options->backing != old->data[0].name.backing)
        return "another backing is asked for";
    if (wanted->mode != old->mode)
        return "another mode is asked for";
    if (wanted->capacity != old->capacity)
        return "another capacity is asked for";
    if (wanted->instruments != old->instruments)
        return "a directory of another size is asked for";
    if (wanted->readers != old->readers)
        return "a roster of another size is asked for";
    if (wanted->ring_count != old->ring_count)
        return "another number of rings is asked for";
    for (uint32_t i = 0; i < wanted->ring_count; i++)
        if (wanted->data[i].node != old->data[i].node)
            return "other nodes are asked for";
    return 0;
}

/*
 * Attach and check one segment.  One that is gone is no error: the kernel frees a SysV segment with
 * its last process, so a ring without readers went with the publisher.
 */
static int attach_ring(struct tf_publisher *publisher, uint32_t i,
                       enum tf_lock_memory lock_memory)
{
    const struct tf_descriptor *descriptor = &publisher->descriptor;
    struct tf_segment *segment = &publisher->data[i];
    int error = tf_segment_attach(&descriptor->data[i].name, true,
                                  sizeof(struct tf_data_header), segment);
    if (!error)
        error = tf_data_check(segment->base, segment->length, descriptor, i);
    if (!error) /* locks died with the process that took them */
        error = tf_segment_lock(segment, lock_memory, 0, 0);
    if (error == TF_ENOSTREAM) {
        tf_segment_detach(segment);
        return 0;
    }
    return error;
}

/*
 * The roster, too, may be gone.  One that is there and does not look like it was written over by a
 * reader, who may do that: its header is made good, and its readers stay listed.
 */
static void attach_roster(struct tf_publisher *publisher)
{
    const struct tf_descriptor *descriptor = &publisher->descriptor;
    int error = tf_segment_attach(&descriptor->roster.name, true,
                                  tf_roster_length(descriptor->readers), &publisher->roster);
    if (error) { /* gone, or cut short: readers that still have it go on unlisted */
        tf_segment_destroy(&descriptor->roster.name);
        return;
    }
    if (tf_roster_check(publisher->roster.base, publisher->roster.length, descriptor) != 0)
        tf_roster_format(publisher->roster.base, descriptor);
}

/* How many rings there still are, *ended whether the stream was over; negative on errors. */
static int attach_all(struct tf_publisher *publisher, enum tf_lock_memory lock_memory,
                      bool *ended)
{
    int rings = 0, error = 0;
    attach_roster(publisher);
    *ended = false;
    for (uint32_t i = 0; i < publisher->descriptor.ring_count && !error; i++) {
        error = attach_ring(publisher, i, lock_memory);
        const struct tf_data_header *header = publisher->data[i].base;
        if (error || !header)
            continue;
        rings++;
        *ended |= tf_load32(&header->state) >= TF_STORED_ENDED;
    }
    return error ? error : rings;
}

/*
 * Give a ring the ticks that it lacks: a few after a kill, all that there are if it is new.  All that
 * there are begins with a block, or the guard of the first one would hold nothing.
 */
static int level_ring(struct tf_data_header *header, uint64_t head,
                      struct tf_data_header *leader, uint64_t most)
{
    struct tf_slot *slots = tf_data_slots(header);
    uint64_t mask = header->capacity - 1;
    uint64_t readable = mask + 1 - TF_PREPARED_MAX;
    uint64_t from = head + 1;
    if (most - head > readable)
        from = tf_block_first(most - readable + TF_BLOCK);
    /* Older ones are gone, and not about to come: a new ring's empty slots would say that. */
    for (uint64_t n = from - 1; head == 0 && n > 0 && n + mask >= most; n--)
        tf_store(&slots[n & mask].word[TF_WORD_STAMP], (n + mask + 1) | TF_STAMP_PREPARED);
    tf_ring_prepare(slots, mask, from);
    int error = tf_ring_catch_up(slots, tf_data_slots(leader), &leader->head, mask, from, most);
    tf_ring_prepare(slots, mask, most + 1);
    tf_store_release(&header->head, most);
    return error;
}

/* The ring that got furthest leads. */
static int level_rings(struct tf_publisher *publisher)
{
    uint64_t head[TF_MAX_RINGS], most = 0;
    uint32_t leader = 0;
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++) {
        int error = tf_ring_find_head(tf_data_slots(publisher->data[i].base),
                                      publisher->descriptor.capacity - 1, &head[i]);
        if (error)
            return tf_fail_in(error, "ring %" PRIu32, i);
        if (head[i] > most) {
            most = head[i];
            leader = i;
        }
    }
    /* The leader's own head first: what it streamed last is read by it. */
    struct tf_data_header *first = publisher->data[leader].base;
    tf_store_release(&first->head, most);
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++)
        if (level_ring(publisher->data[i].base, head[i], first, most) != 0)
            return TF_EDATA;
    publisher->seq = most;
    return 0;
}

/*
 * Killed while it ended the stream, a publisher has published the last tick and not stored the
 * state: that is made up for, since nothing may follow that tick.
 */
static bool is_over(struct tf_publisher *publisher)
{
    const struct tf_data_header *ring = publisher->data[0].base;
    struct tf_cursor cursor = {.slots = tf_data_slots(publisher->data[0].base),
                               .mask = publisher->descriptor.capacity - 1,
                               .head = &ring->head,
                               .next = publisher->seq};
    struct tf_tick last = {0};
    if (tf_cursor_read(&cursor, &last, 1) != 1 || last.rtype != TF_RTYPE_END_OF_STREAM)
        return false;
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++) {
        struct tf_data_header *header = publisher->data[i].base;
        tf_store32_release(&header->state, TF_STORED_ENDED);
    }
    return true;
}

/* Likewise the directories: killed between two rings, a definition may be in the first ones only. */
static void level_directories(struct tf_publisher *publisher)
{
    struct tf_directory all[TF_MAX_RINGS];
    struct tf_instrument instrument;
    uint32_t leader = 0;
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++) {
        tf_directory_open(&all[i], publisher->data[i].base);
        tf_directory_relink(&all[i]);
        if (tf_load32(&all[i].header->directory_count) >
            tf_load32(&all[leader].header->directory_count))
            leader = i;
    }
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++) {
        uint32_t have = tf_load32(&all[i].header->directory_count);
        for (uint32_t at = have; tf_directory_at(&all[leader], at, &instrument); at++)
            tf_directory_define(&all[i], &instrument);
    }
}

int tf_publisher_resume(struct tf_publisher *publisher,
                        const struct tf_publisher_options *options,
                        const struct tf_descriptor *wanted, const struct tf_descriptor *old)
{
    const char *why = difference(options, wanted, old);
    if (why) {
        tf_log(TF_LOG_INFO, "stream %s: made anew: %s", wanted->name, why);
        return 0;
    }
    publisher->descriptor = *old;
    bool ended;
    int rings = attach_all(publisher, options->lock_memory, &ended);
    if (rings == 0 || (rings > 0 && ended))
        return 0; /* nobody is left to go on for; or it was over: a new day, a new stream */
    int error = rings < 0 ? rings : 0;
    if (!error)
        error = tf_segments_plan(publisher, options);
    if (!error)
        error = tf_segments_make(publisher, options);
    if (!error)
        error = level_rings(publisher);
    if (!error && is_over(publisher))
        return 0;
    if (error) {
        tf_log(TF_LOG_WARNING, "stream %s: made anew: %s", wanted->name, tf_errmsg());
        return 0;
    }
    level_directories(publisher);
    snprintf(publisher->report, sizeof publisher->report,
             "resumed after tick %" PRIu64 ": %d of %" PRIu32 " rings were still there, %s",
             publisher->seq, rings, old->ring_count,
             publisher->data[0].name.backing == TF_BACKING_SYSV ? "sysv" : "file");
    return 1;
}

/* Its publisher died while making it: nothing is known but where files were going to be. */
static void clear_unfinished(const struct tf_descriptor *descriptor)
{
    for (uint32_t i = 0; i <= descriptor->ring_count; i++) {
        const struct tf_segment_name *name =
            i < descriptor->ring_count ? &descriptor->data[i].name : &descriptor->roster.name;
        char directory[TF_SEGMENT_PATH_MAX];
        snprintf(directory, sizeof directory, "%s", name->path);
        char *slash = strrchr(directory, '/');
        if (!slash)
            continue;
        *slash = 0;
        tf_segment_clear(directory, slash + 1);
    }
}

void tf_stream_abandon(const struct tf_descriptor *descriptor)
{
    if (descriptor->epoch == 0) {
        clear_unfinished(descriptor);
        return;
    }
    for (uint32_t i = 0; i < descriptor->ring_count; i++) {
        struct tf_segment segment = {0};
        if (tf_segment_attach(&descriptor->data[i].name, true, sizeof(struct tf_data_header),
                              &segment) != 0)
            continue;
        struct tf_data_header *header = segment.base;
        if (tf_data_check(header, segment.length, descriptor, i) == 0 &&
            tf_load32(&header->state) != TF_STORED_ENDED)
            tf_store32_release(&header->state, TF_STORED_REPLACED);
        tf_segment_detach(&segment);
    }
    tf_descriptor_destroy_segments(descriptor);
}
