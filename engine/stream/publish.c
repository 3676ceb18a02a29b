/* SPDX-License-Identifier: Apache-2.0 */
/* The publish path, and what else a publisher does between ticks. */
#include "control.h"
#include "publisher.h"

/* Ticks between two looks at a second ring: more of them, and the last ring's readers wait. */
enum { STORE_CHUNK = 32 };

typedef void ring_writer(struct tf_slot *, uint64_t, uint64_t, const struct tf_tick *, uint32_t,
                         uint64_t);

__attribute__((always_inline)) static inline void store_by(ring_writer *write,
                                                           tf_publisher *publisher,
                                                           const struct tf_tick *ticks,
                                                           uint32_t count, uint64_t ts_pub)
{
    const uint64_t seq = publisher->seq, mask = publisher->mask;
    const uint32_t rings = publisher->ring_count;
    uint32_t i = 0;
    do { /* there is one at least */
        write(publisher->ring[i].slots, mask, seq + 1, ticks, count, ts_pub);
        tf_store_release(&publisher->ring[i].header->head, seq + count);
    } while (++i < rings);
    publisher->seq = seq + count;
}

static inline void store_chunk(tf_publisher *publisher, const struct tf_tick *ticks,
                               uint32_t count, uint64_t ts_pub)
{
    store_by(tf_ring_write, publisher, ticks, count, ts_pub);
}

#if TF_HAS_WIDE
TF_WIDE static void store_wide(tf_publisher *publisher, const struct tf_tick *ticks,
                               uint32_t count, uint64_t ts_pub)
{
    store_by(tf_ring_write_wide, publisher, ticks, count, ts_pub);
}
#endif

/* What few single ticks need: guards further on, and the rings of other nodes. */
__attribute__((noinline)) static uint64_t store_one_further(tf_publisher *publisher,
                                                            uint64_t seq,
                                                            const struct tf_tick *tick,
                                                            uint64_t ts_pub)
{
    const uint64_t mask = publisher->mask;
    tf_ring_prepare_ahead(publisher->ring[0].slots, mask, seq, 1);
    for (uint32_t i = 1; i < publisher->ring_count; i++) {
        struct tf_slot *slots = publisher->ring[i].slots;
        tf_ring_end_one(tf_ring_begin_one(slots, mask, seq, tick), seq, ts_pub);
        tf_store_release(&publisher->ring[i].header->head, seq);
        tf_ring_prepare_ahead(slots, mask, seq, 1); /* P4 */
    }
    return seq;
}

/* The first ring with no call before its stores, which would save registers first. */
static inline tf_word *begin_one(const tf_publisher *publisher, const struct tf_tick *tick)
{
    return tf_ring_begin_one(publisher->ring[0].slots, publisher->mask, publisher->seq + 1,
                             tick);
}

static inline uint64_t end_one(tf_publisher *publisher, tf_word *slot,
                               const struct tf_tick *tick, uint64_t ts_pub)
{
    const uint64_t seq = publisher->seq + 1;
    tf_ring_end_one(slot, seq, ts_pub);
    tf_store_release(&publisher->ring[0].header->head, seq);
    publisher->seq = seq;
    if (tf_block_first(seq) == seq || publisher->ring_count > 1)
        return store_one_further(publisher, seq, tick, ts_pub);
    return seq;
}

static uint64_t store_ticks(tf_publisher *publisher, const struct tf_tick *ticks, size_t count,
                            uint64_t ts_pub)
{
    while (count > 0) {
        uint32_t chunk = count < STORE_CHUNK ? (uint32_t)count : STORE_CHUNK;
#if TF_HAS_WIDE
        if (publisher->wide)
            store_wide(publisher, ticks, chunk, ts_pub);
        else
#endif
            store_chunk(publisher, ticks, chunk, ts_pub);
        ticks += chunk;
        count -= chunk;
    }
    return publisher->seq;
}

__attribute__((noinline)) static uint64_t stream_ticks(tf_publisher *publisher,
                                                       const struct tf_tick *ticks,
                                                       size_t count, uint64_t ts_pub)
{
    uint64_t seq = publisher->seq;
    tf_fence_stream(); /* P1' */
    while (count > 0) {
        uint32_t chunk = count < TF_WRITE_MAX ? (uint32_t)count : TF_WRITE_MAX;
        for (uint32_t i = 0; i < publisher->ring_count; i++)
            tf_ring_stream(publisher->ring[i].slots, publisher->mask, seq + 1, ticks, chunk,
                           ts_pub);
        tf_fence_stream(); /* P5, and P1' of the next chunk */
        for (uint32_t i = 0; i < publisher->ring_count; i++)
            tf_store_release(&publisher->ring[i].header->head, seq + chunk);
        seq += chunk;
        ticks += chunk;
        count -= chunk;
    }
    publisher->seq = seq;
    return seq;
}

static uint64_t flood(tf_publisher *publisher, const struct tf_tick *ticks, size_t count,
                      uint64_t ts_pub)
{
    bool times = tf_flood_times(&publisher->flood, count);
    uint64_t began = times ? tf_ticks() : 0;
    uint64_t seq = publisher->flood.streams ? stream_ticks(publisher, ticks, count, ts_pub)
                                            : store_ticks(publisher, ticks, count, ts_pub);
    if (times)
        tf_flood_spent(&publisher->flood, count, tf_ticks() - began);
    return seq;
}

__attribute__((noinline)) static uint64_t publish_several(tf_publisher *publisher,
                                                          const struct tf_tick *ticks,
                                                          size_t count, uint64_t ts_pub)
{
    if (tf_flood_looks_like(&publisher->flood, count, ts_pub))
        return flood(publisher, ticks, count, ts_pub);
    return store_ticks(publisher, ticks, count, ts_pub);
}

/* The clock is read while the slot's line is on its way: 10 ns that nobody waits for. */
uint64_t tf_publish(tf_publisher *publisher, const struct tf_tick *ticks, size_t count)
{
    if (__builtin_expect(count != 1, 0))
        return publish_several(publisher, ticks, count, tf_clock_now(&publisher->clock));
    tf_word *slot = begin_one(publisher, ticks);
    return end_one(publisher, slot, ticks, tf_clock_now(&publisher->clock));
}

uint64_t tf_publish_at(tf_publisher *publisher, const struct tf_tick *ticks, size_t count,
                       uint64_t ts_pub)
{
    if (__builtin_expect(count != 1, 0))
        return publish_several(publisher, ticks, count, ts_pub);
    return end_one(publisher, begin_one(publisher, ticks), ticks, ts_pub);
}

uint64_t tf_publisher_seq(const tf_publisher *publisher)
{
    return publisher->seq;
}

int tf_publisher_define(tf_publisher *publisher, const struct tf_instrument *instrument)
{
    struct tf_instrument known;
    bool changed =
        tf_directory_by_id(&publisher->directory[0], instrument->instrument_id, &known) &&
        strncmp(known.symbol, instrument->symbol, sizeof known.symbol) != 0;
    for (uint32_t i = 0; i < publisher->ring_count; i++) {
        int error = tf_directory_define(&publisher->directory[i], instrument);
        if (error)
            return error;
    }
    return changed;
}

uint64_t tf_publisher_room(const tf_publisher *publisher, uint32_t *readers)
{
    /* A reader that keeps within the safe depth can never meet a prepared block. */
    uint64_t next = publisher->seq + 1;
    uint64_t depth = tf_ring_safe_depth(publisher->mask);
    uint64_t slowest = next;
    uint32_t count = 0;
    for (uint32_t i = 0; i < publisher->descriptor.readers; i++) {
        uint64_t owner = tf_load_acquire(&publisher->readers[i].owner);
        if (owner == 0 || (owner & TF_ROSTER_CLAIMING))
            continue;
        count++;
        uint64_t cursor = tf_load(&publisher->readers[i].cursor);
        bool possible = cursor <= next && next - cursor <= publisher->mask + 1;
        if (possible && cursor < slowest)
            slowest = cursor;
    }
    if (readers)
        *readers = count;
    uint64_t behind = next - slowest;
    uint64_t room = behind < depth ? depth - behind : 0;
    /* The slack of an eighth above the oldest tick has to last for a look that is this old, for a
     * reader that has not shown its cursor yet (attach.c), and for the prepared blocks. */
    uint64_t most = (publisher->mask + 1) / 32;
    return room < most ? room : most;
}

const char *tf_publisher_report(const tf_publisher *publisher)
{
    return publisher->report;
}

const char *tf_publisher_directory(const tf_publisher *publisher)
{
    return publisher->path;
}

void tf_publisher_end(tf_publisher *publisher)
{
    if (publisher->ended)
        return;
    struct tf_tick last =
        tf_control_tick(TF_RTYPE_END_OF_STREAM, tf_clock_now(&publisher->clock));
    tf_publish(publisher, &last, 1);
    for (uint32_t i = 0; i < publisher->ring_count; i++)
        tf_store32_release(&publisher->ring[i].header->state, TF_STORED_ENDED);
    publisher->ended = true;
}
