/* SPDX-License-Identifier: Apache-2.0 */
/* Making a stream's segments: all of them, or those that a dead publisher's readers did not keep. */
#include "publisher.h"

#include "error.h"
#include "process.h"

#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>

/* File segments live in memory: beside the descriptor if that is on tmpfs, else in /dev/shm. */
static const char *file_directory(const struct tf_publisher_options *options, const char *path)
{
    struct statfs fs;
    if (options->file_dir)
        return options->file_dir;
    bool in_memory = statfs(path, &fs) == 0 && (unsigned long)fs.f_type == TMPFS_MAGIC;
    return in_memory ? path : "/dev/shm";
}

static void append_report(struct tf_publisher *publisher, const char *what, int number,
                          const char *clause)
{
    size_t used = strlen(publisher->report);
    snprintf(publisher->report + used, sizeof publisher->report - used, "%s%s",
             used ? "\n" : "", what);
    used = strlen(publisher->report);
    if (number >= 0)
        snprintf(publisher->report + used, sizeof publisher->report - used, " %d: %s", number,
                 clause);
    else
        snprintf(publisher->report + used, sizeof publisher->report - used, ": %s", clause);
}

static int create_segment(struct tf_publisher *publisher, struct tf_segment_options *options,
                          const char *what, int number, struct tf_segment *segment,
                          struct tf_descriptor_segment *entry)
{
    char clause[512] = "";
    options->file_name = strrchr(entry->name.path, '/') + 1; /* by tf_segments_plan() */
    options->node = entry->node;
    int error = tf_segment_create(options, segment, clause, sizeof clause);
    if (error)
        return number >= 0 ? tf_fail_in(error, "%s %d", what, number)
                           : tf_fail_in(error, "%s", what);
    entry->name = segment->name;
    entry->length = segment->length;
    append_report(publisher, what, number, clause);
    return 0;
}

int tf_segments_plan(struct tf_publisher *publisher, const struct tf_publisher_options *options)
{
    struct tf_descriptor *descriptor = &publisher->descriptor;
    const char *directory = file_directory(options, publisher->path);
    for (uint32_t i = 0; i <= descriptor->ring_count; i++) {
        bool roster = i == descriptor->ring_count;
        struct tf_descriptor_segment *entry =
            roster ? &descriptor->roster : &descriptor->data[i];
        char what[16] = "roster";
        if (roster ? publisher->roster.base : publisher->data[i].base)
            continue;
        if (!roster)
            snprintf(what, sizeof what, "ring%" PRIu32, i);
        int length = snprintf(entry->name.path, sizeof entry->name.path,
                              "%s/tickfan-%s-%016" PRIx64 "-%s", directory, descriptor->name,
                              descriptor->stream_id.low, what);
        if (length >= (int)sizeof entry->name.path)
            return tf_fail(TF_EUSAGE, "%s: the path is too long for file segments", directory);
        entry->name.backing = TF_BACKING_FILE;
    }
    return 0;
}

/* What the segments that there are live in, so that those to come do too. */
static enum tf_backing backing_of(const struct tf_publisher *publisher,
                                  const struct tf_publisher_options *options)
{
    for (uint32_t i = 0; i < publisher->descriptor.ring_count; i++)
        if (publisher->data[i].base)
            return (enum tf_backing)publisher->data[i].name.backing;
    return options->backing;
}

int tf_segments_make(struct tf_publisher *publisher, const struct tf_publisher_options *options)
{
    struct tf_descriptor *descriptor = &publisher->descriptor;
    struct tf_data_plan layout;
    tf_data_plan(&layout, descriptor->capacity, descriptor->instruments);
    struct tf_segment_options wanted = {.backing = backing_of(publisher, options),
                                        .huge_pages = options->huge_pages,
                                        .lock_memory = options->lock_memory,
                                        .length = layout.length,
                                        .mode = descriptor->mode,
                                        .directory = file_directory(options, publisher->path)};
    int error = tf_group_find(options->group, &wanted.group);
    for (uint32_t i = 0; i < descriptor->ring_count && !error; i++) {
        if (publisher->data[i].base)
            continue;
        error = create_segment(publisher, &wanted, "ring", (int)i, &publisher->data[i],
                               &descriptor->data[i]);
        if (!error)
            tf_data_format(publisher->data[i].base, &layout, descriptor, i);
    }
    if (error || publisher->roster.base)
        return error;
    /* The roster is small and every reader writes to it: small pages, and w wherever there is r. */
    wanted.length = tf_roster_length(descriptor->readers);
    wanted.huge_pages = TF_HUGE_OFF;
    wanted.lock_memory = TF_LOCK_TRY;
    wanted.mode |= (descriptor->mode & 0444u) >> 1;
    wanted.backing = backing_of(publisher, options);
    error = create_segment(publisher, &wanted, "roster", -1, &publisher->roster,
                           &descriptor->roster);
    if (!error)
        tf_roster_format(publisher->roster.base, descriptor);
    return error;
}
