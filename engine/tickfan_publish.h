/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tickfan_publish.h - for feed handlers and derived streams: be the one publisher of a stream.
 *
 * A publisher belongs to one thread; a helper thread of the library keeps the heartbeat, wakes
 * blocked readers and strikes dead readers off the roster.  The publish path makes no system
 * call, takes no lock, allocates nothing and loads no line that a reader writes.
 *
 * A child that the publishing process forks and that does not exec keeps the stream's lock
 * alive beyond the parent's death: fork before tf_publisher_create(), or exec.
 */
#ifndef TICKFAN_PUBLISH_H
#define TICKFAN_PUBLISH_H

#include "tickfan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tf_publisher tf_publisher;

#define TF_MAX_RINGS 64

enum tf_backing {
    TF_BACKING_AUTO =
        0, /* sysv with huge pages, sysv, file: the first that works, and says so */
    TF_BACKING_SYSV,
    TF_BACKING_FILE
};

enum tf_lock_memory {
    TF_LOCK_TRY = 0, /* lock in memory if the limits allow; otherwise say so and go on */
    TF_LOCK_OFF,
    TF_LOCK_REQUIRE /* fail with TF_EOS and the numbers */
};

enum tf_huge_pages {
    TF_HUGE_AUTO = 0, /* take them when they are there */
    TF_HUGE_OFF,
    TF_HUGE_REQUIRE
};

enum tf_on_existing {
    TF_EXISTING_RESUME = 0, /* go on in a dead publisher's stream, its readers attached */
    TF_EXISTING_RECREATE,   /* a new stream; attached readers see TF_REPLACED */
    TF_EXISTING_REFUSE      /* TF_EBUSY if anything of that name is left */
};

struct tf_publisher_options {
    size_t size;          /* sizeof(struct tf_publisher_options) */
    const char *name;     /* NULL: $TICKFAN_STREAM, else "default" */
    uint64_t capacity;    /* ticks per ring, a power of two, 1024 to 2^30; 0: 65536 */
    uint32_t instruments; /* directory capacity, up to 2^24; 0: 16384 */
    uint32_t readers;     /* roster slots, up to 4096; 0: 256 */
    const int *nodes;     /* NUMA node of each ring; the same node may come twice */
    uint32_t node_count;  /* 0: one ring per node this process may run on */
    enum tf_backing backing;
    enum tf_huge_pages huge_pages;
    enum tf_lock_memory lock_memory;
    enum tf_on_existing on_existing;
    const char *file_dir; /* for TF_BACKING_FILE: a directory on tmpfs, hugetlbfs or disk */
    unsigned mode;        /* permission bits of data; readers' roster gets w where this has r */
    const char *group;    /* group of the segments; NULL: the process's */
    int no_helper;        /* tests only: no heartbeat, no waking, no roster upkeep */
    int no_streaming; /* never store past the caches, not in floods either (ARCHITECTURE.md) */
};
#define TF_PUBLISHER_OPTIONS_INIT                                                              \
    {                                                                                          \
        sizeof(struct tf_publisher_options), 0, 0, 0, 0, 0, 0, TF_BACKING_AUTO, TF_HUGE_AUTO,  \
            TF_LOCK_TRY, TF_EXISTING_RESUME, 0, 0640, 0, 0, 0                                  \
    }

/*
 * Become the publisher of a stream: reserve, bind, fault in and verify its memory, then
 * announce it and publish an EPOCH tick.  `options` is not kept.  Only after success can
 * readers attach. Errors: TF_EBUSY (another live publisher), TF_EOS (with numbers), TF_ECREATE,
 * TF_EPERM, TF_EUSAGE.
 */
int tf_publisher_create(const struct tf_publisher_options *options, tf_publisher **publisher);

/*
 * Publish ticks[0..count) to every ring, in order, as the stream's next sequences; `seq` and
 * `ts_pub` of the argument are ignored and set in the rings.  Returns the last seq.  Cannot
 * fail and never waits.  One clock reading per call: before a batch, and of one tick when all else of it is
 * written, so that nobody waits for the clock.  Release: all that this thread wrote
 * before is visible to a reader that got any of these ticks.
 */
uint64_t tf_publish(tf_publisher *publisher, const struct tf_tick *ticks, size_t count);

/*
 * The same with a publish time that the caller has read from tf_now() already, as one that stamps a
 * packet and publishes its ticks has: it saves reading the clock again, some 10 ns.  It is also by which
 * floods are told from slower calls, so it should advance with time.
 */
uint64_t tf_publish_at(tf_publisher *publisher, const struct tf_tick *ticks, size_t count,
                       uint64_t ts_pub);

/* The last seq published; 0 before the first. */
uint64_t tf_publisher_seq(const tf_publisher *publisher);

/*
 * Add to, or change, the directory of every ring.  Readers see the instrument no later than any
 * tick published afterwards.  0; 1 when its instrument_id meant another symbol until now, so
 * that a reader that is behind would misread older ticks; TF_EOS when the directory is full
 * (counted, stream unharmed).
 */
int tf_publisher_define(tf_publisher *publisher, const struct tf_instrument *instrument);

/*
 * Replay only.  How many ticks may be published before asking again, so that no named reader
 * loses one, nor one that attaches meanwhile at the oldest tick: 0 to capacity / 32.  Reads the
 * roster, so never call it where readers must not matter.  Cursors are range-checked; a cursor
 * that cannot be is taken for the newest.  *readers gets how many named readers there are.
 */
uint64_t tf_publisher_room(const tf_publisher *publisher, uint32_t *readers);

/*
 * Where the memory is, in words, one line per ring, for people; valid as long as the publisher.
 */
const char *tf_publisher_report(const tf_publisher *publisher);

/*
 * The stream's own directory, where a publisher may put what its operators talk to (a socket named
 * `control`, which is removed with the stream, also by `tickfan gc`); valid as long as the publisher.
 */
const char *tf_publisher_directory(const tf_publisher *publisher);

/*
 * End the stream with an END_OF_STREAM tick; readers read to it and then get TF_ENDED.  The
 * stream stays attachable until tf_publisher_close().
 */
void tf_publisher_end(tf_publisher *publisher);

/* Leave.  After tf_publisher_end() everything is removed; before, the stream is left as after a
 * crash, to be resumed.  NULL is ignored. */
void tf_publisher_close(tf_publisher *publisher);

#ifdef __cplusplus
}
#endif

#endif
