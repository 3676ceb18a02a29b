/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order.h - every memory order in Tickfan, and why the ring is right.
 *
 * All words that two processes touch are C11 atomics, accessed through the functions below, or two and four at a
 * time, relaxed, through those of pair.h; no other file names an order (the build checks that).  The argument below uses C11 alone, so it
 * holds on aarch64 as on x86-64; tests/model/ring.pml proves it exhaustively for small rings, and each
 * edge removed there is found.
 *
 * The ring.  Slot i of N holds the ticks n with n mod N = i, one after the other.  Word 0 is the
 * stamp: n when the slot holds tick n whole, 0 at first.  B neighbouring slots are a block; the first
 * slot of a block is its guard, and g(n) = n - n mod B is the tick of n's guard.  A guard's stamp
 * is m | TF_STAMP_PREPARED from some time before anything of ticks m .. m+B-1 is written until tick m
 * is whole.  The stamp of a slot only ever grows in n.
 *
 *   publisher, ticks n .. n+m-1                      reader, tick n
 *   P0  stamp[g] <- prepared, relaxed, for the       R0  s <- stamp[n], acquire
 *       guards of the blocks of n .. n+m-1               s = n: go on.  n(s) > n: overrun while polling.
 *       (done by an earlier call, see P4)                else nothing yet
 *   P1  release fence                                R1  copy <- words[n], relaxed
 *   P2  words[n] <- tick, relaxed                    R2  acquire fence
 *   P3  stamp[n] <- n, release                       R3  s' <- stamp[g(n)], relaxed
 *   P4  = P0 of the blocks two further on                s' != g(n): overrun while reading
 *
 * Edge 1, P3 -> R0: a reader that sees stamp n sees all words of tick n (or of a later tick), since the
 * release store P3 comes after P2 and R0 acquires it.  Without it a copy could hold words of tick n-N.
 * It also sees P3 of g(n), which came before, so that R3 does not read an older stamp of the guard.
 *
 * Edge 2, P0 before P1 before P2, paired with R2 before R3: if R1 read any word of a later tick
 * m = n + kN, that word was stored by P2(m) after the fence P1, and R1 is before the fence R2, so P1
 * synchronises with R2 and P0 of g(m) happens before R3.  Since g(m) = g(n) + kN has the same slot, R3
 * reads g(m) prepared, g(m) or something later, never g(n): the copy is thrown away.  Without P0, or
 * with the fence missing on either side, R3 may still read g(n) after R1 read words of m: a torn tick.
 *
 * Edge 3, R0 of the next lap: a stamp is never reused (64 bits), so s = n is always this tick n.
 *
 * Runs.  Edge 1 holds for all ticks up to n, since P3 of each comes before P3(n); edge 2 holds for all ticks
 * of a block with one R3.  So a reader that finds stamp[l] = l may copy n .. l of one block with one
 * R0, of l, one R2 and one R3.  In a flood it does so only where head >= l: that proves nothing more, but
 * keeps its hands off lines that are being written.
 *
 * Streaming.  In a flood the publisher may store whole lines past its caches (tf_ring_stream()), in any
 * order, also within a line.  In the terms above all of tick n, its stamp n | TF_STAMP_UNORDERED
 * included, is then stored relaxed; such a stamp proves nothing by itself:
 *
 *   P1' stream fence (orders P0 before P2')          R0' s = n | TF_STAMP_UNORDERED:
 *   P2' words[n] and stamp[n], relaxed                   h <- head, acquire; h < n: nothing yet
 *   P5  stream fence; head <- n+m-1, release         R1 to R3 as above
 *
 * Edge 1', P5 -> R0': who sees head >= n sees all of the ticks up to n.  Edge 2 is as before.  A later P3
 * comes after P5 and proves what was streamed before it, so runs may be mixed.
 *
 * Why a guard per block and not a mark per slot: marking each slot is a store per tick, and to a line
 * that readers of the lap before may hold (33 instead of 18 instructions a tick, and 3.6 instead of
 * 2.4 ns in a flood).  Why ahead of time and not just before P2, as a plain seqlock does: the slot that is about
 * to be published is the one that readers are polling.  Taking its line twice, once to invalidate and
 * once to fill, costs a reader that looks in between a second transfer.  The price: the oldest
 * three blocks of a ring cannot be read.
 *
 * Restart.  The stores of a killed publisher are all visible to its successor, which takes the stream's
 * lock (the kernel orders the two, and drains what was streamed).  It finds the highest n with
 * stamp n, streamed or not: a tick's stamp is the last store to its slot in program order.  It stores
 * head, does P0 for the guards after n again (that is idempotent) and goes on with P1.  A slot half written
 * has a prepared guard or an old stamp, so no reader took it.
 *
 * Other edges: a segment's magic is stored last (release) and checked first (acquire); directory entries
 * are filled before the count and the bucket that leads to them (release, acquire); cursors and
 * counters are statistics and hints (relaxed).
 */
#ifndef TF_ORDER_H
#define TF_ORDER_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef _Atomic uint64_t tf_word;
typedef _Atomic uint32_t tf_word32;

static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
              "words shared between processes must be lock-free");

/* R1, R3, statistics. */
static inline uint64_t tf_load(const tf_word *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* P0, P2, statistics. */
static inline void tf_store(tf_word *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

/* R0, R0', magic, directory. */
static inline uint64_t tf_load_acquire(const tf_word *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

/* P3, P5, magic, directory. */
static inline void tf_store_release(tf_word *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static inline uint32_t tf_load32(const tf_word32 *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void tf_store32(tf_word32 *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_relaxed);
}

static inline uint32_t tf_load32_acquire(const tf_word32 *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

static inline void tf_store32_release(tf_word32 *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

/* Sleeping: a full barrier between "I wait" and the last look at the ring, and its counterpart. */
static inline uint32_t tf_add32_full(tf_word32 *word, uint32_t value)
{
    return atomic_fetch_add_explicit(word, value, memory_order_seq_cst);
}

static inline void tf_fence_full(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

/* Claiming a roster slot. */
static inline bool tf_claim(tf_word *word, uint64_t expected, uint64_t value)
{
    return atomic_compare_exchange_strong_explicit(word, &expected, value, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

/* P1. */
static inline void tf_fence_release(void)
{
    atomic_thread_fence(memory_order_release);
}

/* R2. */
static inline void tf_fence_acquire(void)
{
    atomic_thread_fence(memory_order_acquire);
}

#endif
