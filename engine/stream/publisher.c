/* SPDX-License-Identifier: Apache-2.0 */
/* A publisher's life: take the stream's name, make or take over its memory, announce it, leave. */
#include "publisher.h"

#include "control.h"
#include "error.h"
#include "guard.h"
#include "log.h"
#include "placement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t default_capacity = 65536;
static const uint32_t default_instruments = 16384, default_readers = 256;

/* ---- options --------------------------------------------------------------------------------- */

static int check_options(const struct tf_publisher_options *options)
{
    uint64_t capacity = options->capacity;
    if (options->size != sizeof *options)
        return tf_fail(TF_EUSAGE,
                       "the options' size is not this library's; rebuild the program");
    if (capacity && (capacity < TF_CAPACITY_MIN || capacity > TF_CAPACITY_MAX ||
                     (capacity & (capacity - 1))))
        return tf_fail(TF_EUSAGE,
                       "capacity %" PRIu64 " is not a power of two from 1024 to 2^30",
                       capacity);
    if (options->instruments > TF_INSTRUMENTS_MAX)
        return tf_fail(TF_EUSAGE, "a directory holds at most %u instruments",
                       TF_INSTRUMENTS_MAX);
    if (options->readers > TF_READERS_MAX)
        return tf_fail(TF_EUSAGE, "a roster holds at most %u readers", TF_READERS_MAX);
    if (options->node_count > TF_MAX_RINGS)
        return tf_fail(TF_EUSAGE, "a stream has at most %d rings", TF_MAX_RINGS);
    if (options->node_count && !options->nodes)
        return tf_fail(TF_EUSAGE, "node_count is %" PRIu32 " and nodes is NULL",
                       options->node_count);
    for (uint32_t i = 0; i < options->node_count; i++) {
        int error = tf_node_check(options->nodes[i]);
        if (error)
            return error;
    }
    return 0;
}

/* What the stream will be, before any segment exists. */
static void plan(const struct tf_publisher_options *options, struct tf_descriptor *wanted)
{
    int nodes[TF_MAX_RINGS];
    *wanted = (struct tf_descriptor){
        .capacity = options->capacity ? options->capacity : default_capacity,
        .instruments = options->instruments ? options->instruments : default_instruments,
        .readers = options->readers ? options->readers : default_readers,
        .ring_count = options->node_count,
        .mode = options->mode & 0666u,
        .created_ns = tf_realtime_ns(),
        .stream_id = tf_stream_id_make(),
    };
    snprintf(wanted->name, sizeof wanted->name, "%s", tf_stream_name(options->name));
    if (wanted->ring_count == 0)
        wanted->ring_count = (uint32_t)tf_nodes_allowed(nodes, TF_MAX_RINGS);
    else
        memcpy(nodes, options->nodes, wanted->ring_count * sizeof nodes[0]);
    for (uint32_t i = 0; i < wanted->ring_count; i++)
        wanted->data[i].node = nodes[i];
    wanted->roster.node = -1;
}

/* ---- a new stream ---------------------------------------------------------------------------- */

static void detach_all(struct tf_publisher *publisher)
{
    for (uint32_t i = 0; i < TF_MAX_RINGS; i++)
        tf_segment_detach(&publisher->data[i]);
    tf_unguard(&publisher->roster);
    tf_segment_detach(&publisher->roster);
}

static int make_stream(struct tf_publisher *publisher,
                       const struct tf_publisher_options *options,
                       const struct tf_descriptor *wanted)
{
    /* Written before the first segment: whatever happens from here on, `gc` knows what to look for. */
    publisher->descriptor = *wanted;
    publisher->descriptor.epoch = 0;
    int error = tf_segments_plan(publisher, options);
    if (!error)
        error = tf_descriptor_write(publisher->path, &publisher->descriptor);
    if (!error)
        error = tf_segments_make(publisher, options);
    publisher->descriptor.epoch = wanted->epoch;
    if (error) {
        tf_descriptor_destroy_segments(&publisher->descriptor);
        tf_descriptor_remove(publisher->path);
    }
    return error;
}

/* ---- begin and end --------------------------------------------------------------------------- */

/* Point the hot fields at the segments. */
static void open_rings(struct tf_publisher *publisher)
{
    publisher->mask = publisher->descriptor.capacity - 1;
    publisher->ring_count = publisher->descriptor.ring_count;
    for (uint32_t i = 0; i < publisher->ring_count; i++) {
        publisher->ring[i].header = publisher->data[i].base;
        publisher->ring[i].slots = tf_data_slots(publisher->ring[i].header);
        tf_directory_open(&publisher->directory[i], publisher->ring[i].header);
    }
    publisher->readers = tf_roster_slots(publisher->roster.base);
    tf_guard(&publisher->roster);
}

/* From here on readers can attach. */
static int announce(struct tf_publisher *publisher)
{
    struct tf_process self;
    tf_process_self(&self);
    publisher->descriptor.epoch++;
    for (uint32_t i = 0; i < publisher->ring_count; i++) {
        struct tf_data_header *header = publisher->ring[i].header;
        tf_store(&header->publisher_pid, self.pid);
        tf_store(&header->publisher_start_time, self.start_time);
        tf_store(&header->publisher_pid_namespace, self.pid_namespace);
        tf_store(&header->epoch, publisher->descriptor.epoch);
        tf_store(&header->heartbeat_ns, tf_realtime_ns());
        tf_store32_release(&header->state, TF_STORED_LIVE);
    }
    int error = tf_descriptor_write(publisher->path, &publisher->descriptor);
    if (error)
        return error;
    struct tf_tick first = tf_control_tick(TF_RTYPE_EPOCH, tf_clock_now(&publisher->clock));
    first.epoch = publisher->descriptor.epoch;
    tf_publish(publisher, &first, 1);
    return 0;
}

/* Resume what a dead publisher left, or clear it away and make the stream anew. */
static int take_or_make(struct tf_publisher *publisher,
                        const struct tf_publisher_options *options)
{
    struct tf_descriptor *wanted = calloc(2, sizeof *wanted), *old = wanted + 1;
    if (!wanted)
        return tf_fail(TF_EOS, "out of memory");
    int error = 0;
    plan(options, wanted);
    int found = tf_descriptor_read(publisher->path, old);
    if (found != TF_ENOSTREAM && options->on_existing == TF_EXISTING_REFUSE) {
        error = tf_fail(TF_EBUSY,
                        "%s exists; remove it with 'tickfan gc' or choose --on-existing "
                        "resume or recreate",
                        publisher->path);
        goto out;
    }
    int resumed = 0;
    if (found == 0) {
        wanted->epoch = old->epoch;
        if (options->on_existing == TF_EXISTING_RESUME)
            resumed = tf_publisher_resume(publisher, options, wanted, old);
        if (resumed < 0) {
            error = resumed;
            goto out;
        }
        if (!resumed) {
            detach_all(publisher);
            tf_stream_abandon(old);
        }
    } else if (found != TF_ENOSTREAM) {
        tf_log(TF_LOG_WARNING, "%s; making the stream anew", tf_errmsg());
    }
    if (!resumed)
        error = make_stream(publisher, options, wanted);
out:
    free(wanted);
    return error;
}

int tf_publisher_create(const struct tf_publisher_options *options, tf_publisher **result)
{
    *result = 0;
    struct tf_publisher_options defaults = TF_PUBLISHER_OPTIONS_INIT;
    if (!options)
        options = &defaults;
    struct tf_publisher *publisher = calloc(1, sizeof *publisher);
    if (!publisher)
        return tf_fail(TF_EOS, "out of memory");
    tf_clock_init(&publisher->clock);
    const char *name = tf_stream_name(options->name);
    int error = check_options(options);
    if (!error)
        error = tf_rundir_create(name, publisher->path, sizeof publisher->path);
    if (error)
        goto fail_path;
    publisher->lock = tf_lock_take(publisher->path);
    if (publisher->lock < 0) {
        error = publisher->lock;
        goto fail_path;
    }
    tf_segment_reclaim(false);
    error = take_or_make(publisher, options);
    if (error)
        goto fail_lock;
    open_rings(publisher);
    tf_flood_init(&publisher->flood, &publisher->clock, publisher->descriptor.capacity,
                  !options->no_streaming);
    publisher->wide = tf_wide_here();
    error = announce(publisher);
    if (!error && !options->no_helper)
        error = tf_helper_start(publisher);
    if (error)
        goto fail_segments;
    *result = publisher;
    return 0;

fail_segments:
    tf_stream_abandon(&publisher->descriptor);
    tf_descriptor_remove(publisher->path);
fail_lock:
    detach_all(publisher);
    tf_rundir_remove(publisher->path);
    close(publisher->lock);
fail_path:
    free(publisher);
    return tf_fail_in(error, "stream %s", name);
}

void tf_publisher_close(tf_publisher *publisher)
{
    if (!publisher)
        return;
    tf_helper_stop(publisher);
    if (publisher->ended) {
        /* Segments before the descriptor that leads to them: killed in between, gc finds them. */
        tf_descriptor_destroy_segments(&publisher->descriptor);
        tf_descriptor_remove(publisher->path);
        tf_rundir_remove(publisher->path);
    }
    detach_all(publisher);
    close(publisher->lock);
    free(publisher);
}
