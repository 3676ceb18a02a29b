/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h - all bytes that processes share, and nothing else.  No pointers; offsets are fixed.
 *
 *   data segment, one per ring        roster segment, one per stream      descriptor, a file
 *   +------------------------+        +-------------------------+         +-----------------+
 *   | struct tf_data_header  | 4 KiB  | struct tf_roster_header | 4 KiB   | tf_descriptor   |
 *   | directory: entries,    |        | struct tf_roster_slot[] | 128 B   +-----------------+
 *   |   two bucket arrays    |        +-------------------------+
 *   | slots, 64 bytes each   | at a 2 MiB boundary of the segment's offset if it is that large
 *   +------------------------+
 *
 * The publisher alone writes data segments and the descriptor; readers map data read-only.  A reader
 * writes its own roster slot and rings the doorbell of the roster; all of the roster is advisory.
 */
#ifndef TF_LAYOUT_H
#define TF_LAYOUT_H

#include "order.h"
#include "segment.h"
#include "tickfan_publish.h"

#include <stdalign.h>
#include <stddef.h>

/* Spacing of words with different writers: two lines, since Intel prefetches lines in pairs. */
enum { TF_LINE = 64, TF_SPACING = 128 };

#define TF_DATA_MAGIC       UINT64_C(0x314e4146544b4354) /* "TCKTFAN1" */
#define TF_ROSTER_MAGIC     UINT64_C(0x315253524b4354)   /* "TCKRSR1" */
#define TF_DESCRIPTOR_MAGIC UINT64_C(0x3143534444414554) /* "TEADDSC1" */
#define TF_LAYOUT_VERSION   2u

#define TF_CAPACITY_MIN    UINT64_C(1024)
#define TF_CAPACITY_MAX    (UINT64_C(1) << 30)
#define TF_READERS_MAX     4096u
#define TF_INSTRUMENTS_MAX (1u << 24)

/* B of order.h: slots that share one guard. */
#define TF_BLOCK UINT64_C(32)

/* Blocks whose guards are prepared behind the one that is being written, and what follows from that: how
 * many ticks one call may write, and how many of the oldest a reader may find prepared. */
#define TF_BLOCKS_AHEAD 2u
#define TF_WRITE_MAX    64u
#define TF_PREPARED_MAX 96u
static_assert(TF_WRITE_MAX <= TF_BLOCKS_AHEAD * TF_BLOCK &&
                  TF_PREPARED_MAX >= (TF_BLOCKS_AHEAD + 1) * TF_BLOCK - 1,
              "a call's ticks must have prepared guards");

/* A ring must hold whole ticks besides the prepared ones, and an eighth of it must be more. */
static_assert(TF_CAPACITY_MIN / 8 > TF_PREPARED_MAX, "capacity and prepared blocks");

/* Flags of a stamp.  Prepared: a guard, its block is being made ready for the ticks from that one on.
 * Unordered: streamed, whole once `head` has reached it. */
#define TF_STAMP_PREPARED  (UINT64_C(1) << 63)
#define TF_STAMP_UNORDERED (UINT64_C(1) << 62)
#define TF_STAMP_FLAGS     (TF_STAMP_PREPARED | TF_STAMP_UNORDERED)
#define TF_SEQ_MAX         (TF_STAMP_UNORDERED - 1)

/* One tick and its stamp; word i is the i-th 8 bytes of struct tf_tick, word 0 its seq. */
struct tf_slot {
    alignas(TF_LINE) tf_word word[8];
};
static_assert(sizeof(struct tf_slot) == 64 && sizeof(struct tf_tick) == 64,
              "one tick, one line");
static_assert(
    offsetof(struct tf_tick, seq) == 0 && offsetof(struct tf_tick, ts_event) == 8 &&
        offsetof(struct tf_tick, ts_recv) == 16 && offsetof(struct tf_tick, ts_pub) == 24 &&
        offsetof(struct tf_tick, order_id) == 32 && offsetof(struct tf_tick, price) == 40 &&
        offsetof(struct tf_tick, size) == 48 && offsetof(struct tf_tick, sequence) == 52 &&
        offsetof(struct tf_tick, instrument_id) == 56 &&
        offsetof(struct tf_tick, rtype) == 60 && offsetof(struct tf_tick, flags) == 63,
    "the tick's bytes are part of the layout");
enum { TF_WORD_STAMP = 0, TF_WORD_TS_PUB = 3, TF_WORD_INSTRUMENT = 7 }; /* its low half */

/* Stored states; DEAD is not stored, it is what a reader concludes. */
enum { TF_STORED_STARTING = 0, TF_STORED_LIVE, TF_STORED_ENDED, TF_STORED_REPLACED };

struct tf_stream_id {
    uint64_t high, low; /* random, made with the stream's segments */
};

struct tf_data_header {
    /* Identity: constant once magic is there. */
    tf_word magic; /* stored last, checked first */
    uint32_t version;
    uint32_t header_size;
    uint64_t signature; /* tf_layout_signature() */
    uint64_t length;    /* bytes of the segment in use */
    struct tf_stream_id stream_id;
    uint64_t capacity; /* slots, a power of two */
    uint64_t slots_offset;
    uint64_t directory_offset;
    uint32_t directory_capacity;
    uint32_t directory_buckets; /* a power of two, at least twice the capacity */
    uint32_t ring_index;
    uint32_t ring_count;
    int32_t node; /* -1: not bound */
    uint32_t reserved;
    uint64_t created_ns;
    char name[64];

    /* The publisher's, at every call: what proves streamed ticks, what flooded readers go by, and a hint for
     * attaching and `lag`. */
    alignas(TF_SPACING) tf_word head; /* last seq published */

    /* The publisher's, now and then. */
    alignas(TF_SPACING) tf_word32 state;
    tf_word32 directory_count;
    tf_word epoch;
    tf_word heartbeat_ns; /* CLOCK_REALTIME */
    tf_word publisher_pid;
    tf_word publisher_start_time;
    tf_word publisher_pid_namespace;

    /* The helper thread's: blocked readers wait on it as a futex, through their read-only mapping. */
    alignas(TF_SPACING) tf_word32 wake;

    alignas(TF_SPACING) unsigned char unused[4096 - 5 * TF_SPACING];
};
static_assert(sizeof(struct tf_data_header) == 4096, "header is one page");
static_assert(offsetof(struct tf_data_header, name) == 104 &&
                  offsetof(struct tf_data_header, head) == 256 &&
                  offsetof(struct tf_data_header, state) == 384 &&
                  offsetof(struct tf_data_header, wake) == 512,
              "data header offsets");

/* Directory: entries are immutable once counted; a changed instrument is a new entry. */
struct tf_directory_entry {
    struct tf_instrument instrument;
    unsigned char unused[128 - sizeof(struct tf_instrument)];
};
static_assert(sizeof(struct tf_directory_entry) == 128, "directory entry");

/* owner: 0 free; else pid, with TF_ROSTER_CLAIMING until the slot is filled in. */
#define TF_ROSTER_CLAIMING (UINT64_C(1) << 63)

struct tf_roster_slot {
    /* Identity, at attach. */
    alignas(TF_SPACING) tf_word owner;
    tf_word start_time;
    tf_word pid_namespace;
    tf_word32 uid;
    tf_word32 ring;
    char name[32]; /* NUL terminated or not: never trusted */

    /* The reader's, at every read. */
    alignas(TF_LINE) tf_word cursor; /* next seq it wants */
    tf_word ticks;
    tf_word lost;
    tf_word overrun_polling;
    tf_word overrun_reading;
    tf_word32 waiting; /* 1: asleep on `wake` */
    tf_word32 wait_mode;
    tf_word attached_ns;
};
static_assert(sizeof(struct tf_roster_slot) == 128, "a roster slot has its own lines");
static_assert(offsetof(struct tf_roster_slot, cursor) == 64, "hot words have their own line");

struct tf_roster_header {
    tf_word magic;
    uint32_t version;
    uint32_t header_size;
    uint64_t signature;
    uint64_t length;
    struct tf_stream_id stream_id;
    uint32_t capacity;
    uint32_t reserved;
    alignas(TF_SPACING) tf_word32 doorbell; /* a reader that goes to sleep wakes the helper */
    alignas(TF_SPACING) unsigned char unused[4096 - 2 * TF_SPACING];
};
static_assert(sizeof(struct tf_roster_header) == 4096, "roster header is one page");

/* The stream's descriptor: a file, replaced by rename, that tells where the segments are. */
struct tf_descriptor_segment {
    struct tf_segment_name name;
    int32_t node;
    uint64_t length;
};

struct tf_descriptor {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* of this struct */
    uint64_t signature;
    uint64_t checksum; /* of all bytes after it */
    struct tf_stream_id stream_id;
    uint64_t epoch;
    uint64_t created_ns;
    uint64_t capacity;
    uint32_t instruments;
    uint32_t readers;
    uint32_t ring_count;
    uint32_t mode;
    char name[64];
    struct tf_descriptor_segment roster;
    struct tf_descriptor_segment data[TF_MAX_RINGS];
};
static_assert(sizeof(struct tf_segment_name) == 264, "segment name");
static_assert(offsetof(struct tf_descriptor, name) == 88, "descriptor offsets");

/* Everything that two builds must agree on, folded into one number. */
static inline uint64_t tf_layout_signature(void)
{
    const uint64_t facts[] = {TF_LAYOUT_VERSION,
                              sizeof(struct tf_tick),
                              sizeof(struct tf_slot),
                              sizeof(struct tf_data_header),
                              sizeof(struct tf_directory_entry),
                              sizeof(struct tf_instrument),
                              sizeof(struct tf_roster_header),
                              sizeof(struct tf_roster_slot),
                              sizeof(struct tf_descriptor),
                              offsetof(struct tf_tick, rtype),
                              offsetof(struct tf_data_header, head),
                              offsetof(struct tf_data_header, state),
                              offsetof(struct tf_data_header, wake),
                              offsetof(struct tf_roster_slot, cursor),
                              offsetof(struct tf_descriptor, data),
                              TF_BLOCK,
                              TF_BLOCKS_AHEAD,
                              TF_MAX_RINGS,
                              __BYTE_ORDER__};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        hash = (hash ^ facts[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
