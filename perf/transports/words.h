/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words.h - copying messages word by word in and out of memory that the other side may be changing.  What is copied out
 * may be torn; the caller finds out.
 */
#ifndef TF_WORDS_H
#define TF_WORDS_H

#include "order.h"

#include <stddef.h>

enum { TF_WORDS_PER_LINE = 8 };

/* Words `first` to `words` - 1.  Unrolled for one line, as a program that knows its message's type would have it. */
static inline void tf_words_put(tf_word *restrict to, const uint64_t *restrict from,
                                size_t first, size_t words)
{
    if (words == TF_WORDS_PER_LINE) {
#pragma GCC unroll 8
        for (size_t i = first; i < TF_WORDS_PER_LINE; i++)
            tf_store(&to[i], from[i]);
    } else {
        for (size_t i = first; i < words; i++)
            tf_store(&to[i], from[i]);
    }
}

static inline void tf_words_get(uint64_t *restrict to, const tf_word *restrict from,
                                size_t first, size_t words)
{
    if (words == TF_WORDS_PER_LINE) {
#pragma GCC unroll 8
        for (size_t i = first; i < TF_WORDS_PER_LINE; i++)
            to[i] = tf_load(&from[i]);
    } else {
        for (size_t i = first; i < words; i++)
            to[i] = tf_load(&from[i]);
    }
}

#endif
