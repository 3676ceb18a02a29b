/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching to a stream and leaving it. */
#include "reader.h"

#include "error.h"
#include "guard.h"
#include "placement.h"
#include "rundir.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int check_options(const struct tf_attach_options *options)
{
    if (options->size != sizeof *options)
        return tf_fail(TF_EUSAGE,
                       "the options' size is not this library's; rebuild the program");
    if (options->from < TF_FROM_NEWEST || options->from > TF_FROM_SEQUENCE)
        return tf_fail(TF_EUSAGE, "from is %d, not an enum tf_from", (int)options->from);
    if (options->from == TF_FROM_SEQUENCE &&
        (options->from_seq == 0 || options->from_seq > TF_SEQ_MAX))
        return tf_fail(TF_EUSAGE, "sequences count from 1");
    if (options->wait < TF_WAIT_BACKOFF || options->wait > TF_WAIT_BLOCK)
        return tf_fail(TF_EUSAGE, "wait is %d, not an enum tf_wait_mode", (int)options->wait);
    return 0;
}

/* By index if one is given, else the ring of the node, else of any node: a far ring is a ring. */
static int choose_ring(const struct tf_descriptor *descriptor,
                       const struct tf_attach_options *options, uint32_t *ring)
{
    if (options->ring >= 0) {
        if ((uint32_t)options->ring >= descriptor->ring_count)
            return tf_fail(TF_EUSAGE,
                           "there is no ring %d; the stream has %" PRIu32 " (0 to %" PRIu32 ")",
                           options->ring, descriptor->ring_count, descriptor->ring_count - 1);
        *ring = (uint32_t)options->ring;
        return 0;
    }
    int node = options->node >= 0 ? options->node : tf_node_here();
    for (*ring = 0; *ring < descriptor->ring_count; ++*ring)
        if (descriptor->data[*ring].node == node)
            return 0;
    if (options->node >= 0)
        return tf_fail(TF_EUSAGE,
                       "the stream has no ring on node %d; 'tickfan ls' shows its nodes",
                       options->node);
    *ring = 0;
    return 0;
}

static int map_data(struct tf_reader *reader, const struct tf_descriptor *descriptor,
                    uint32_t ring)
{
    int error = tf_segment_attach(&descriptor->data[ring].name, false,
                                  sizeof(struct tf_data_header), &reader->data);
    if (!error)
        error = tf_data_check(reader->data.base, reader->data.length, descriptor, ring);
    if (error)
        return error;
    reader->header = reader->data.base;
    reader->cursor.slots = tf_data_slots(reader->data.base);
    reader->cursor.mask = descriptor->capacity - 1;
    reader->cursor.head = &reader->header->head;
    tf_directory_open(&reader->directory, reader->data.base);
    return 0;
}

/* Without the roster (no permission, or full) the reader is anonymous and reads the same. */
static void join_roster(struct tf_reader *reader, const struct tf_descriptor *descriptor,
                        const struct tf_attach_options *options, uint32_t ring)
{
    reader->slot = &reader->anonymous;
    reader->info.roster_slot = -1;
    if (tf_segment_attach(&descriptor->roster.name, true, sizeof(struct tf_roster_header),
                          &reader->roster) != 0)
        return;
    tf_guard(&reader->roster);
    struct tf_roster_header *header = reader->roster.base;
    if (tf_roster_check(header, reader->roster.length, descriptor) != 0)
        return;
    const char *name =
        options->reader_name ? options->reader_name : program_invocation_short_name;
    struct tf_roster_slot *slots = tf_roster_slots(header);
    int index = tf_roster_claim(slots, descriptor->readers, name, ring, (uint32_t)options->wait,
                                reader->cursor.next);
    if (index < 0)
        return;
    reader->slot = &slots[index];
    reader->doorbell = &header->doorbell;
    reader->info.roster_slot = index;
}

static void fill_info(struct tf_reader *reader, const struct tf_descriptor *descriptor,
                      uint32_t ring)
{
    struct tf_stream_info *info = &reader->info;
    memcpy(info->name, descriptor->name, sizeof info->name);
    strcpy(info->backing, reader->data.name.backing == TF_BACKING_SYSV ? "sysv" : "file");
    info->capacity = descriptor->capacity;
    info->page_size = reader->data.page_size;
    info->rings = descriptor->ring_count;
    info->ring = ring;
    info->node = descriptor->data[ring].node;
}

static int attach(struct tf_reader *reader, const char *name,
                  const struct tf_attach_options *options, struct tf_descriptor *descriptor)
{
    int error = tf_rundir_find(name, reader->path, sizeof reader->path);
    if (!error)
        error = tf_descriptor_read(reader->path, descriptor);
    if (error)
        return error;
    if (descriptor->epoch == 0)
        return tf_fail(TF_ENOSTREAM, "stream %s is still being made; try again", name);
    uint32_t ring = 0;
    error = choose_ring(descriptor, options, &ring);
    if (!error)
        error = map_data(reader, descriptor, ring);
    if (error)
        return error;
    reader->wait = options->wait;
    tf_seek(reader, TF_FROM_NEWEST, 0);
    join_roster(reader, descriptor, options, ring);
    fill_info(reader, descriptor, ring);
    /* Only now, and again while the publisher gets on: a lockstep replay that has not seen this
     * reader's cursor does not wait for it. */
    uint64_t head;
    do {
        head = tf_load(&reader->header->head);
        error = tf_seek(reader, options->from, options->from_seq);
        tf_fence_full();
    } while (!error && options->from == TF_FROM_OLDEST &&
             tf_load(&reader->header->head) - head > reader->info.capacity / 32);
    return error;
}

int tf_attach(const char *name, const struct tf_attach_options *options, tf_reader **result)
{
    struct tf_attach_options defaults = TF_ATTACH_OPTIONS_INIT;
    *result = 0;
    if (!options)
        options = &defaults;
    name = tf_stream_name(name);
    int error = check_options(options);
    if (error)
        return error;
    struct tf_reader *reader =
        aligned_alloc(TF_SPACING, (sizeof *reader + TF_SPACING - 1) / TF_SPACING * TF_SPACING);
    struct tf_descriptor *descriptor = malloc(sizeof *descriptor);
    if (!reader || !descriptor) {
        free(reader);
        free(descriptor);
        return tf_fail(TF_EOS, "out of memory");
    }
    memset(reader, 0, sizeof *reader);
    reader->slot = &reader->anonymous;
    error = attach(reader, name, options, descriptor);
    /* A publisher that leaves or restarts between the descriptor and the segments: once more. */
    if (error == TF_ENOSTREAM && reader->path[0]) {
        tf_segment_detach(&reader->data);
        if (attach(reader, name, options, descriptor) == 0)
            error = 0;
    }
    free(descriptor);
    if (error) {
        tf_detach(reader);
        return error;
    }
    *result = reader;
    return 0;
}

void tf_detach(tf_reader *reader)
{
    if (!reader)
        return;
    if (reader->slot != &reader->anonymous)
        tf_roster_release(reader->slot);
    tf_unguard(&reader->roster);
    tf_segment_detach(&reader->roster);
    tf_segment_detach(&reader->data);
    free(reader);
}
