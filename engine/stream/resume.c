/* SPDX-License-Identifier: Apache-2.0 */
/* Going on where a dead publisher stopped, in the same memory, with its readers attached. */
#include "publisher.h"

#include "error.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* NULL, or why the old stream cannot carry what is wanted now. */
static const char *difference(const struct tf_descriptor *wanted, const struct tf_descriptor *old)
{
    if (old->epoch == 0)
        return "its publisher died while making it";
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

/* Locks died with the process that took them. */
static int attach_all(struct tf_publisher *publisher, enum tf_lock_memory lock_memory)
{
    const struct tf_descriptor *descriptor = &publisher->descriptor;
    for (uint32_t i = 0; i < descriptor->ring_count; i++) {
        struct tf_segment *segment = &publisher->data[i];
        int error = tf_segment_attach(&descriptor->data[i].name, true,
                                      sizeof(struct tf_data_header), segment);
        if (!error)
            error = tf_data_check(segment->base, segment->length, descriptor, i);
        if (!error)
            error = tf_segment_lock(segment, lock_memory, 0, 0);
        if (error)
            return error;
    }
    int error = tf_segment_attach(&descriptor->roster.name, true, sizeof(struct tf_roster_header),
                                  &publisher->roster);
    if (!error)
        error = tf_roster_check(publisher->roster.base, publisher->roster.length, descriptor);
    return error;
}

/* The ring that got furthest leads; the others are given what they lack. */
static int level_rings(struct tf_publisher *publisher)
{
    uint64_t head[TF_MAX_RINGS], most = 0;
    uint32_t leader = 0;
    uint64_t mask = publisher->descriptor.capacity - 1;
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++) {
        int error = tf_ring_find_head(tf_data_slots(publisher->data[i].base), mask, &head[i]);
        if (error)
            return tf_fail_in(error, "ring %" PRIu32, i);
        if (head[i] > most) {
            most = head[i];
            leader = i;
        }
    }
    struct tf_slot *from = tf_data_slots(publisher->data[leader].base);
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++) {
        struct tf_data_header *header = publisher->data[i].base;
        if (most - head[i] > TF_PREPARE_AHEAD)
            return tf_fail(TF_EDATA, "ring %" PRIu32 " is %" PRIu64 " ticks behind", i, most - head[i]);
        tf_ring_prepare(tf_data_slots(header), mask, head[i] + 1);
        tf_ring_catch_up(tf_data_slots(header), from, mask, head[i] + 1, most);
        tf_ring_prepare(tf_data_slots(header), mask, most + 1);
        tf_store_release(&header->head, most);
    }
    publisher->seq = most;
    return 0;
}

/* Likewise the directories: killed between two rings, a definition may be in the first only. */
static void level_directories(struct tf_publisher *publisher)
{
    struct tf_directory first, other;
    struct tf_instrument instrument;
    tf_directory_open(&first, publisher->data[0].base);
    tf_directory_relink(&first);
    for (uint32_t i = 1; i < publisher->descriptor.ring_count; i++) {
        tf_directory_open(&other, publisher->data[i].base);
        tf_directory_relink(&other);
        uint32_t have = tf_load32(&other.header->directory_count);
        for (uint32_t at = have; tf_directory_at(&first, at, &instrument); at++)
            tf_directory_define(&other, &instrument);
    }
}

int tf_publisher_resume(struct tf_publisher *publisher, const struct tf_publisher_options *options,
                        const struct tf_descriptor *wanted, const struct tf_descriptor *old)
{
    const char *why = difference(wanted, old);
    if (why) {
        tf_log(TF_LOG_INFO, "stream %s: made anew: %s", wanted->name, why);
        return 0;
    }
    publisher->descriptor = *old;
    int error = attach_all(publisher, options->lock_memory);
    const struct tf_data_header *header = publisher->data[0].base;
    if (!error && tf_load32(&header->state) >= TF_STORED_ENDED)
        return 0; /* it was over: a new day, a new stream */
    if (!error)
        error = level_rings(publisher);
    if (error) {
        tf_log(error == TF_ENOSTREAM ? TF_LOG_DEBUG : TF_LOG_WARNING,
               "stream %s: made anew: %s", wanted->name, tf_errmsg());
        return 0;
    }
    level_directories(publisher);
    snprintf(publisher->report, sizeof publisher->report,
             "resumed after tick %" PRIu64 ", %" PRIu32 " ring(s), %s", publisher->seq,
             old->ring_count, publisher->data[0].name.backing == TF_BACKING_SYSV ? "sysv" : "file");
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
