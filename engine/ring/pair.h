/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair.h - two neighbouring words moved at once: half as many instructions for a tick's 64 bytes.
 *
 * In the terms of order.h each function is two relaxed accesses in no order.  On x86-64 it is one
 * 16-byte instruction of the baseline (SSE2), with no promise that its halves become visible
 * together: the argument never needs that, since stamps alone decide what is whole, and those are words
 * of their own.  x86-64 keeps such stores in program order like all others, but for tf_stream_pair():
 * that goes past the caches and in any order until tf_fence_stream().  Four words at once are for CPUs with AVX: four
 * stores a tick instead of five fill the store buffer less while a line is fetched.
 *
 * `volatile` there only keeps the compiler from making the access twice.  Under the thread sanitizer, which
 * takes vector accesses for races, and on other CPUs it is two atomic words.
 */
#ifndef TF_PAIR_H
#define TF_PAIR_H

#include "order.h"

#include <string.h>

#if defined(__SANITIZE_THREAD__)
#define TF_PAIR_VECTOR 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TF_PAIR_VECTOR 0
#endif
#endif
#if !defined(TF_PAIR_VECTOR) && defined(__x86_64__)
#define TF_PAIR_VECTOR 1
#elif !defined(TF_PAIR_VECTOR)
#define TF_PAIR_VECTOR 0
#endif

#if TF_PAIR_VECTOR

#include <immintrin.h>

/* Stores past the caches are worth trying. */
enum { TF_CAN_STREAM = 1 };

typedef __m128i tf_pair;

/* tf_store_four() at once, in functions for CPUs with AVX. */
#define TF_HAS_WIDE 1
#define TF_WIDE     __attribute__((target("avx")))

static inline bool tf_wide_here(void)
{
    return __builtin_cpu_supports("avx");
}

static inline TF_WIDE void tf_store_four_wide(tf_word *words, const void *bytes)
{
    *(volatile __m256i *)(volatile void *)words = _mm256_loadu_si256((const __m256i *)bytes);
}

/* `words` of all functions here: 16-byte aligned, shared.  `bytes`: 16 private ones, unaligned. */
static inline tf_pair tf_load_pair(const tf_word *words)
{
    return *(const volatile __m128i *)(const volatile void *)words;
}

static inline void tf_store_pair(tf_word *words, tf_pair pair)
{
    *(volatile __m128i *)(volatile void *)words = pair;
}

static inline void tf_stream_pair(tf_word *words, tf_pair pair)
{
    __asm__ volatile("movntdq %1, %0" : "=m"(*(__m128i *)(void *)words) : "x"(pair));
}

static inline void tf_stream_word(tf_word *word, uint64_t value)
{
    __asm__ volatile("movnti %1, %0" : "=m"(*(uint64_t *)(void *)word) : "r"(value));
}

/* P1 and P5 of tf_ring_stream(): what was streamed or stored before is visible before what follows. */
static inline void tf_fence_stream(void)
{
    tf_fence_release();
    _mm_sfence();
}

static inline tf_pair tf_pair_from(const void *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

static inline void tf_pair_to(void *bytes, tf_pair pair)
{
    _mm_storeu_si128((__m128i *)bytes, pair);
}

static inline tf_pair tf_pair_join(uint64_t low, uint64_t high)
{
    return _mm_set_epi64x((long long)high, (long long)low);
}

static inline tf_pair tf_pair_with_low(tf_pair pair, uint64_t low)
{
    __m128d mixed = _mm_move_sd(_mm_castsi128_pd(pair),
                                _mm_castsi128_pd(_mm_cvtsi64_si128((long long)low)));
    return _mm_castpd_si128(mixed);
}

#else

enum { TF_CAN_STREAM = 0 };
#define TF_HAS_WIDE 0

static inline bool tf_wide_here(void)
{
    return false;
}

typedef struct {
    uint64_t low, high;
} tf_pair;

static inline tf_pair tf_load_pair(const tf_word *words)
{
    return (tf_pair){tf_load(&words[0]), tf_load(&words[1])};
}

static inline void tf_store_pair(tf_word *words, tf_pair pair)
{
    tf_store(&words[1], pair.high);
    tf_store(&words[0], pair.low);
}

static inline void tf_stream_pair(tf_word *words, tf_pair pair)
{
    tf_store_pair(words, pair);
}

static inline void tf_stream_word(tf_word *word, uint64_t value)
{
    tf_store(word, value);
}

static inline void tf_fence_stream(void)
{
    tf_fence_release();
}

static inline tf_pair tf_pair_from(const void *bytes)
{
    tf_pair pair;
    memcpy(&pair, bytes, sizeof pair);
    return pair;
}

static inline void tf_pair_to(void *bytes, tf_pair pair)
{
    memcpy(bytes, &pair, sizeof pair);
}

static inline tf_pair tf_pair_join(uint64_t low, uint64_t high)
{
    return (tf_pair){low, high};
}

static inline tf_pair tf_pair_with_low(tf_pair pair, uint64_t low)
{
    return (tf_pair){low, pair.high};
}

#endif

/* Four words, relaxed, in no order that anyone may rely on. */
static inline void tf_store_four(tf_word *words, const void *bytes)
{
    const char *from = bytes;
    tf_store_pair(&words[2], tf_pair_from(from + 16));
    tf_store_pair(&words[0], tf_pair_from(from));
}

#endif
