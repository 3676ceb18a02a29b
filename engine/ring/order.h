/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order.h - every memory order in Tickfan, and why the ring is right.
 *
 * All words that two processes touch are C11 atomics, accessed through the functions below; no
 * other file names an order (the build checks that).  The argument below uses C11 alone, so it
 * holds on aarch64 as on x86-64; tests/model/ring.pml proves it exhaustively for small rings, and each
 * edge removed there is found.
 *
 * The ring.  Slot i of N holds the ticks n with n mod N = i, one after the other.  Word 0 is
 * the stamp: n when the slot holds tick n whole, n | TF_STAMP_PREPARED from some time before tick n is
 * written until it is whole, 0 at first.  The stamp of a slot only ever grows in n.
 *
 *   publisher, ticks n .. n+m-1 with m <= K          reader, tick n
 *   P0  stamp[n+K ..) <- prepared, relaxed           R0  s <- stamp[n], acquire
 *       (done after tick n-m.., see P4)                  s = n: go on.  n(s) > n: overrun while polling.
 *   P1  release fence                                    else nothing yet
 *   P2  words[n] <- tick, relaxed                    R1  copy <- words[n], relaxed
 *   P3  stamp[n] <- n, release                       R2  acquire fence
 *   P4  = P0 of the ticks K further on               R3  s' <- stamp[n], relaxed
 *                                                        s' != s: overrun while reading
 *
 * Edge 1, P3 -> R0: a reader that sees stamp n sees all words of tick n (or of a later tick), since the
 * release store P3 comes after P2 and R0 acquires it.  Without it a copy could hold words of tick n-N.
 *
 * Edge 2, P0 before P1 before P2, paired with R2 before R3: if R1 read any word of a later tick
 * m = n + kN, that word was stored by P2(m) after the fence P1, and R1 is before the fence R2, so P1
 * synchronises with R2 and P0(m) happens before R3.  R3 then reads m prepared, m or something
 * later, never n: the copy is thrown away.  Without P0, or with the fence missing on either side, R3
 * may still read n after R1 read words of m: a torn tick.
 *
 * Edge 3, R0 of the next lap: a stamp is never reused (64 bits), so s = n is always this tick n.
 *
 * Why P0 is done ahead of time and not just before P2, as a plain seqlock does: the slot that is
 * about to be published is the one that readers are polling.  Taking its line twice, once to
 * invalidate and once to fill, costs a reader that looks in between a second transfer; invalidating
 * K slots ahead, after the tick is out, takes the line once and has the line there when it is needed.
 * The price: the oldest K ticks of a ring cannot be read.
 *
 * Restart.  The stores of a killed publisher are all visible to its successor, which takes the stream's
 * lock (the kernel orders the two).  It finds the highest n with stamp n, does P0 for the next K
 * ticks again (that is idempotent) and goes on with P1.  A slot half written is prepared, so no reader
 * took it.
 *
 * Other edges: a segment's magic is stored last (release) and checked first (acquire); directory entries
 * are filled before the count and the bucket that leads to them (release, acquire); `head`, cursors
 * and counters are statistics and hints (relaxed), except that `head` is released so that a
 * reader that starts behind it finds the stamps in place.
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

/* R0, magic, directory. */
static inline uint64_t tf_load_acquire(const tf_word *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

/* P3, magic, directory. */
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
