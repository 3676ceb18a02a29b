/* SPDX-License-Identifier: Apache-2.0 */
/* Making and checking the headers of segments (descriptor.h). */
#include "descriptor.h"

#include "clock.h"
#include "directory.h"
#include "error.h"
#include "ring.h"

#include <inttypes.h>
#include <string.h>

void tf_data_plan(struct tf_data_plan *plan, uint64_t capacity, uint32_t instruments)
{
    plan->capacity = capacity;
    plan->instruments = instruments;
    plan->directory_offset = sizeof(struct tf_data_header);
    uint64_t slots_at = plan->directory_offset + tf_directory_size(instruments, &plan->buckets);
    plan->slots_offset = (slots_at + 4095) & ~UINT64_C(4095);
    plan->length = plan->slots_offset + capacity * sizeof(struct tf_slot);
}

uint64_t tf_roster_length(uint32_t readers)
{
    return sizeof(struct tf_roster_header) + (uint64_t)readers * sizeof(struct tf_roster_slot);
}

void tf_data_format(struct tf_data_header *header, const struct tf_data_plan *plan,
                    const struct tf_descriptor *descriptor, uint32_t ring)
{
    header->version = TF_LAYOUT_VERSION;
    header->header_size = sizeof *header;
    header->signature = tf_layout_signature();
    header->length = plan->length;
    header->stream_id = descriptor->stream_id;
    header->capacity = plan->capacity;
    header->slots_offset = plan->slots_offset;
    header->directory_offset = plan->directory_offset;
    header->directory_capacity = plan->instruments;
    header->directory_buckets = plan->buckets;
    header->ring_index = ring;
    header->ring_count = descriptor->ring_count;
    header->node = descriptor->data[ring].node;
    header->created_ns = descriptor->created_ns;
    memcpy(header->name, descriptor->name, sizeof header->name);
    tf_store32(&header->state, TF_STORED_STARTING);
    tf_store(&header->heartbeat_ns, tf_realtime_ns());
    tf_ring_prepare(tf_data_slots(header), plan->capacity - 1, 1);
    tf_store_release(&header->magic, TF_DATA_MAGIC);
}

void tf_roster_format(struct tf_roster_header *header, const struct tf_descriptor *descriptor)
{
    header->version = TF_LAYOUT_VERSION;
    header->header_size = sizeof *header;
    header->signature = tf_layout_signature();
    header->length = tf_roster_length(descriptor->readers);
    header->stream_id = descriptor->stream_id;
    header->capacity = descriptor->readers;
    tf_store_release(&header->magic, TF_ROSTER_MAGIC);
}

/* What both kinds of header begin with. */
static int check_start(const char *what, const char *stream, uint64_t magic,
                       uint64_t expected_magic, uint32_t version, uint64_t signature)
{
    if (magic != expected_magic)
        return tf_fail(TF_ELAYOUT,
                       "stream %s: the %s segment has magic %016" PRIx64 ", not %016" PRIx64
                       "; it is not, or not yet, a Tickfan segment",
                       stream, what, magic, expected_magic);
    if (version != TF_LAYOUT_VERSION)
        return tf_fail(TF_ELAYOUT,
                       "stream %s: the %s segment has layout version %" PRIu32
                       ", this build reads %u; "
                       "use matching builds of publisher and reader",
                       stream, what, version, TF_LAYOUT_VERSION);
    if (signature != tf_layout_signature())
        return tf_fail(TF_ELAYOUT,
                       "stream %s: the %s segment has layout signature %016" PRIx64
                       ", this build has %016" PRIx64
                       "; use matching builds of publisher and reader",
                       stream, what, signature, tf_layout_signature());
    return 0;
}

static int check_length(const char *what, const char *stream, uint64_t stated,
                        uint64_t expected, uint64_t mapped)
{
    if (stated != expected || stated > mapped)
        return tf_fail(TF_ELAYOUT,
                       "stream %s: the %s segment says it has %" PRIu64
                       " bytes and has %" PRIu64 ", its parts take %" PRIu64,
                       stream, what, stated, mapped, expected);
    return 0;
}

int tf_data_check(const struct tf_data_header *header, uint64_t mapped,
                  const struct tf_descriptor *descriptor, uint32_t ring)
{
    const char *name = descriptor->name;
    if (mapped < sizeof *header)
        return tf_fail(TF_ELAYOUT, "stream %s: the data segment has only %" PRIu64 " bytes",
                       name, mapped);
    int error = check_start("data", name, tf_load_acquire(&header->magic), TF_DATA_MAGIC,
                            header->version, header->signature);
    if (error)
        return error;
    if (!tf_stream_id_equal(header->stream_id, descriptor->stream_id))
        return tf_fail(TF_ENOSTREAM, "stream %s: its memory is gone and the id is another's",
                       name);
    struct tf_data_plan plan;
    tf_data_plan(&plan, descriptor->capacity, descriptor->instruments);
    if (header->header_size != sizeof *header || header->capacity != plan.capacity ||
        header->slots_offset != plan.slots_offset ||
        header->directory_offset != plan.directory_offset ||
        header->directory_capacity != plan.instruments ||
        header->directory_buckets != plan.buckets || header->ring_index != ring ||
        header->ring_count != descriptor->ring_count)
        return tf_fail(TF_ELAYOUT,
                       "stream %s: ring %" PRIu32 " is laid out otherwise than the "
                       "descriptor says; recreate the stream",
                       name, ring);
    return check_length("data", name, header->length, plan.length, mapped);
}

int tf_roster_check(const struct tf_roster_header *header, uint64_t mapped,
                    const struct tf_descriptor *descriptor)
{
    const char *name = descriptor->name;
    if (mapped < sizeof *header)
        return tf_fail(TF_ELAYOUT, "stream %s: the roster segment has only %" PRIu64 " bytes",
                       name, mapped);
    int error = check_start("roster", name, tf_load_acquire(&header->magic), TF_ROSTER_MAGIC,
                            header->version, header->signature);
    if (error)
        return error;
    if (!tf_stream_id_equal(header->stream_id, descriptor->stream_id))
        return tf_fail(TF_ENOSTREAM, "stream %s: its roster is gone and the id is another's",
                       name);
    if (header->header_size != sizeof *header || header->capacity != descriptor->readers)
        return tf_fail(TF_ELAYOUT,
                       "stream %s: the roster is laid out otherwise than the descriptor "
                       "says; recreate the stream",
                       name);
    return check_length("roster", name, header->length, tf_roster_length(descriptor->readers),
                        mapped);
}
