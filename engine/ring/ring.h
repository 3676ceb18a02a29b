/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - one node's ring: writing and reading ticks.  order.h has the argument, layout.h the bytes.
 *
 * These functions know slots and nothing else: no segment, no stream, no process.  They are
 * inline because a tick costs some twenty instructions and a call would be a fifth of that.
 */
#ifndef TF_RING_H
#define TF_RING_H

#include "layout.h"
#include "pair.h"

/* ---- the publisher's side ------------------------------------------------------------------ */

/* The guard's tick, or the first tick, of n's block. */
static inline uint64_t tf_block_first(uint64_t n)
{
    return n & ~(TF_BLOCK - 1);
}

/* P4: after ticks seq .. seq+count-1. */
static inline void tf_ring_prepare_ahead(struct tf_slot *slots, uint64_t mask, uint64_t seq,
                                         uint32_t count)
{
    uint64_t entered = tf_block_first(seq + TF_BLOCK - 1);
    for (; entered < seq + count; entered += TF_BLOCK) {
        uint64_t guard = entered + TF_BLOCKS_AHEAD * TF_BLOCK;
        tf_store(&slots[guard & mask].word[TF_WORD_STAMP], guard | TF_STAMP_PREPARED);
    }
}

/* tf_ring_write() with either way to store the upper half of a tick; inlined, so that the way is no call. */
__attribute__((always_inline)) static inline void
tf_ring_write_by(void (*store_four)(tf_word *, const void *), struct tf_slot *slots,
                 uint64_t mask, uint64_t seq, const struct tf_tick *ticks, uint32_t count,
                 uint64_t ts_pub)
{
    tf_fence_release(); /* P1 */
    tf_word *to = slots[seq & mask].word, *const wrap = slots[mask].word + 8;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t *from = &ticks[i].seq;
        store_four(&to[4], &from[4]); /* P2 */
        tf_store_pair(&to[2], tf_pair_join(from[2], ts_pub));
        tf_store(&to[1], from[1]);
        tf_store_release(&to[TF_WORD_STAMP], seq + i); /* P3 */
        to += 8;
        if (__builtin_expect(to == wrap, 0))
            to = slots[0].word;
    }
    /* P4 only now: on x86 stores leave the core in order, and one that has to fetch its line
     * would hold back the ticks behind it. */
    tf_ring_prepare_ahead(slots, mask, seq, count);
}

/*
 * Write ticks[0..count) as seq, seq+1 ... and prepare guards further on.  Assumes one writer,
 * 1 <= count <= TF_WRITE_MAX, seq the next after the last written, and guards prepared by the
 * calls before or by tf_ring_prepare().  Never loads a shared line.  Edges P0 to P4.
 */
static inline void tf_ring_write(struct tf_slot *slots, uint64_t mask, uint64_t seq,
                                 const struct tf_tick *ticks, uint32_t count, uint64_t ts_pub)
{
    tf_ring_write_by(tf_store_four, slots, mask, seq, ticks, count, ts_pub);
}

#if TF_HAS_WIDE
/* The same in four stores a tick instead of five, where tf_wide_here() says so. */
static inline TF_WIDE void tf_ring_write_wide(struct tf_slot *slots, uint64_t mask,
                                              uint64_t seq, const struct tf_tick *ticks,
                                              uint32_t count, uint64_t ts_pub)
{
    tf_ring_write_by(tf_store_four_wide, slots, mask, seq, ticks, count, ts_pub);
}
#endif

/* Eight bytes, whatever members of a tick they are. */
static inline uint64_t tf_word_of(const void *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/*
 * One tick, likewise, in two halves, so that its time can be read while its line is fetched: P1 and P2 but for ts_pub, then
 * that and P3.  P4 is the caller's.  Word by word: a tick that is published alone was put together just now, and a
 * CPU forwards 8-byte stores to 8-byte loads, but makes a 16-byte load wait until they have left.
 */
static inline tf_word *tf_ring_begin_one(struct tf_slot *slots, uint64_t mask, uint64_t seq,
                                         const struct tf_tick *tick)
{
    const char *from = (const char *)tick;
    tf_word *to = slots[seq & mask].word;
    tf_fence_release();                     /* P1 */
    tf_store(&to[1], tf_word_of(from + 8)); /* P2 */
    tf_store(&to[2], tf_word_of(from + 16));
    tf_store(&to[4], tf_word_of(from + 32));
    tf_store(&to[5], tf_word_of(from + 40));
    tf_store(&to[6], tf_word_of(from + 48));
    tf_store(&to[7], tf_word_of(from + 56));
    return to;
}

static inline void tf_ring_end_one(tf_word *to, uint64_t seq, uint64_t ts_pub)
{
    tf_store(&to[TF_WORD_TS_PUB], ts_pub);
    tf_store_release(&to[TF_WORD_STAMP], seq); /* P3 */
}

/*
 * The same past the caches, for floods: no line is fetched to be overwritten.  The caller does
 * tf_fence_stream() before (P1') and, after it, tf_fence_stream() and the release store of head (P5); only that
 * makes the ticks readable.
 */
static inline void tf_ring_stream(struct tf_slot *slots, uint64_t mask, uint64_t seq,
                                  const struct tf_tick *ticks, uint32_t count, uint64_t ts_pub)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t *from = &ticks[i].seq;
        tf_word *to = slots[(seq + i) & mask].word;
        tf_stream_pair(&to[6], tf_pair_from(&from[6])); /* P2', the stamp last: see Restart */
        tf_stream_pair(&to[4], tf_pair_from(&from[4]));
        tf_stream_pair(&to[2], tf_pair_join(from[2], ts_pub));
        tf_stream_word(&to[1], from[1]);
        tf_stream_word(&to[TF_WORD_STAMP], (seq + i) | TF_STAMP_UNORDERED);
    }
    tf_ring_prepare_ahead(slots, mask, seq, count);
}

/* P0 for the blocks that a first call from `seq` on writes to: in an empty ring, where seq is 1 or the
 * first of a block, and after a restart. */
void tf_ring_prepare(struct tf_slot *slots, uint64_t mask, uint64_t seq);

/*
 * The highest tick that is whole, 0 in an empty ring: how a successor finds where it is.
 * TF_EDATA when a stamp stands in a slot that is not its own: then nothing in the ring can be
 * trusted.
 */
int tf_ring_find_head(const struct tf_slot *slots, uint64_t mask, uint64_t *head);

/* Write the ticks from..to of one ring, whole there, into another that lacks them.  `head` is the first
 * ring's, for what was streamed.  TF_EDATA when one cannot be read there. */
int tf_ring_catch_up(struct tf_slot *to_slots, const struct tf_slot *from_slots,
                     const tf_word *head, uint64_t mask, uint64_t from, uint64_t to);

/* ---- the reader's side --------------------------------------------------------------------- */

/* Private to one reader.  next - start = ticks + lost + skipped, always. */
struct tf_cursor {
    const struct tf_slot *slots;
    uint64_t mask;
    const tf_word *head; /* loaded for streamed ticks and in floods only */
    uint64_t next;       /* seq wanted */
    uint64_t ticks;
    uint64_t lost;
    uint64_t overrun_polling;
    uint64_t overrun_reading;
    bool
        torn; /* the last copy was overtaken: the overrun that follows was found while reading */
    int32_t heat;   /* its pace, see below */
    uint64_t known; /* flooded: head as it was last seen */
};

/* How many ticks back from the head a reader may start and still have an eighth of the ring's
 * time before the publisher reaches it. */
static inline uint64_t tf_ring_safe_depth(uint64_t mask)
{
    return (mask + 1) - (mask + 1) / 8;
}

static inline uint64_t tf_ring_oldest(uint64_t head, uint64_t mask)
{
    uint64_t depth = tf_ring_safe_depth(mask);
    return head > depth ? head - depth + 1 : 1;
}

/* What a stamp means to a reader that wants tick n. */
enum tf_slot_state { TF_SLOT_EMPTY, TF_SLOT_READY, TF_SLOT_LAPPED };

/* `stamp` loaded with tf_cursor_stamp().  READY: edge 1, or 1', holds for n. */
static inline enum tf_slot_state tf_cursor_state(const struct tf_cursor *cursor, uint64_t stamp,
                                                 uint64_t n)
{
    if (__builtin_expect(stamp == n, 1))
        return TF_SLOT_READY;
    if (stamp == (n | TF_STAMP_UNORDERED))
        return tf_load_acquire(cursor->head) >= n ? TF_SLOT_READY : TF_SLOT_EMPTY; /* R0' */
    return (stamp & ~TF_STAMP_FLAGS) > n ? TF_SLOT_LAPPED : TF_SLOT_EMPTY;
}

static inline uint64_t tf_cursor_stamp(const struct tf_cursor *cursor, uint64_t n)
{
    return tf_load_acquire(&cursor->slots[n & cursor->mask].word[TF_WORD_STAMP]); /* R0 */
}

/* What a reader that spins nearly always sees where tick n will be: the lap before, or a guard. */
static inline bool tf_stamp_says_nothing(uint64_t stamp, uint64_t n)
{
    return (stamp & TF_SEQ_MAX) < n || stamp == (n | TF_STAMP_PREPARED);
}

/* After the fence R2: has the block of n been taken for a later lap? */
static inline bool tf_cursor_overtaken(const struct tf_cursor *cursor, uint64_t n)
{
    uint64_t guard = tf_block_first(n);
    uint64_t stamp = tf_load(&cursor->slots[guard & cursor->mask].word[TF_WORD_STAMP]); /* R3 */
    return __builtin_expect((stamp & ~TF_STAMP_UNORDERED) != guard, 0);
}

/* Account for the overrun of the tick at the cursor, which its block's guard or its slot shows, and move to the
 * oldest safe tick.  Returns TF_OVERRUN. */
int tf_cursor_lapped(struct tf_cursor *cursor);

/* R1 of tick n. */
static inline void tf_slot_copy(struct tf_tick *out, const tf_word *from, uint64_t n)
{
    uint64_t *to = &out->seq;
    tf_pair first = tf_load_pair(&from[0]);
    tf_pair_to(&to[2], tf_load_pair(&from[2]));
    tf_pair_to(&to[4], tf_load_pair(&from[4]));
    tf_pair_to(&to[6], tf_load_pair(&from[6]));
    tf_pair_to(&to[0], tf_pair_with_low(first, n)); /* the stamp may have a flag */
}

/*
 * How many ticks a reader takes one by one before it looks for a whole run: looking ahead touches a line that
 * the publisher is about to write, which only a reader that is behind may do.
 */
enum { TF_RUN_AFTER = 8 };

/*
 * The pace of a reader, in one word.
 *
 *   0        keeps up: its last look found nothing, so the next tick comes alone (tf_cursor_read_one())
 *   1 ..     has more: ticks of large reads, less one for each small or empty one
 *   .. -1    flooded: so many small or empty reads until it keeps up again
 *
 * A reader that polls stamps takes each line from the publisher while that still writes to it or its neighbours, which
 * in a flood costs both more than the tick.  So one that has had TF_HEAT_MOST ticks in large reads is flooded: it looks at
 * head, a line that changes once a call, and takes all up to there.  An empty look then ends with a pause, during which
 * the publisher has that line to itself.  Reads of less than TF_RUN_AFTER ticks say that there is no flood, whatever the
 * time between them; tf_wait() that had to wait says that the reader keeps up.
 */
enum { TF_HEAT_NONE = 0, TF_HEAT_MORE = 1, TF_HEAT_MOST = 256, TF_HEAT_FLOODED = -32 };

static inline bool tf_cursor_flooded(const struct tf_cursor *cursor)
{
    return __builtin_expect(cursor->heat < 0, 0);
}

/* tf_cursor_read_one(): neither nothing nor one tick alone; the cursor is where it was, `out` is scratch. */
enum { TF_READ_MORE = 2 };

/*
 * The next tick, alone, to a reader that keeps up: 1; 0: nothing is there; else TF_READ_MORE.  What may stand behind it is
 * the next call's affair: a look there would hold this tick back for a line that is not in this core's cache (1.09
 * instead of 1.06 x raw).  No call in it, so that whoever inlines it saves no register before the look.  R0 to R3.
 */
static inline int tf_cursor_read_one(struct tf_cursor *cursor, struct tf_tick *out)
{
    const struct tf_slot *slots = cursor->slots; /* what `out` may alias is not loaded again */
    const uint64_t mask = cursor->mask, next = cursor->next;
    const int32_t heat = cursor->heat;
    if (__builtin_expect(heat < 0, 0))
        return TF_READ_MORE;
    const tf_word *from = slots[next & mask].word;
    uint64_t stamp = tf_load_acquire(&from[TF_WORD_STAMP]); /* R0 */
    if (stamp != next) {
        if (!tf_stamp_says_nothing(stamp, next))
            return TF_READ_MORE;
        if (__builtin_expect(heat > 0, 0))
            cursor->heat = heat - 1;
        return 0;
    }
    if (heat != TF_HEAT_NONE)
        return TF_READ_MORE;
    tf_slot_copy(out, from, next); /* R1 */
    tf_fence_acquire();            /* R2 */
    uint64_t guard = tf_block_first(next);
    if (__builtin_expect(tf_load(&slots[guard & mask].word[TF_WORD_STAMP]) != guard,
                         0)) /* R3 */
        return TF_READ_MORE;
    cursor->next = next + 1;
    cursor->ticks++;
    cursor->heat = TF_HEAT_MORE;
    return 1;
}

/* Whatever is there: single ticks, runs, streamed ticks, overruns. */
int tf_cursor_read_more(struct tf_cursor *cursor, struct tf_tick *out, int max);

/*
 * As tf_read_of(): of the next ticks, up to TF_LOOK_MAX, copy those with wanted[instrument_id & id_mask] != 0
 * and an id of at most id_mask, and move past all that were looked at.
 */
enum { TF_LOOK_MAX = 4096 };
int tf_cursor_read_of(struct tf_cursor *cursor, const uint8_t *wanted, uint32_t id_mask,
                      struct tf_tick *out, int max);

/* Copy up to `max` ticks and move past them; as tf_read(). */
static inline int tf_cursor_read(struct tf_cursor *cursor, struct tf_tick *out, int max)
{
    int got = max > 0 ? tf_cursor_read_one(cursor, out) : 0;
    return got == TF_READ_MORE ? tf_cursor_read_more(cursor, out, max) : got;
}

#endif
