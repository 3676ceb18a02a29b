/* SPDX-License-Identifier: Apache-2.0 */
/*
 * book_side.h - one side of a ladder: an array of levels, the best at the end.
 *
 * A level's `key` grows with how good it is: a bid's price, an ask's with all bits turned over, so that
 * one comparison serves both sides and no price overflows.
 *
 * Why this and not a tree: a change is where trading is, a few levels from the best.  That is the end
 * of the array, so it is found by looking at one or two neighbours in one or two lines, and what
 * lies behind it and has to move is a few levels too.  A tree touches a line per step from its root, a
 * node of its own for each level, and so costs the same everywhere.  Numbers in tests/book/book_bench.c.
 */
#ifndef TF_BOOK_SIDE_H
#define TF_BOOK_SIDE_H

#include <stdbool.h>
#include <stdint.h>

struct tf_side_level {
    int64_t key;
    uint64_t size;
    uint32_t orders;
    uint32_t reserved;
};

struct tf_side {
    struct tf_side_level *levels;
    uint32_t count;
    uint32_t room;
};

/* Levels that are looked at one by one from the best, before halving what is left. */
enum { TF_SIDE_NEAR = 6 };

static inline int64_t tf_side_key(int64_t price, bool is_ask)
{
    return price ^ -(int64_t)is_ask;
}

/* Where `key` is or belongs: the first level that is not worse. */
static inline uint32_t tf_side_find(const struct tf_side *side, int64_t key)
{
    const struct tf_side_level *levels = side->levels;
    uint32_t at = side->count, near = at > TF_SIDE_NEAR ? at - TF_SIDE_NEAR : 0;
    while (at > near && levels[at - 1].key >= key)
        at--;
    if (at > near || at == 0)
        return at;
    uint32_t low = 0;
    while (low < at) {
        uint32_t middle = low + (at - low) / 2;
        if (levels[middle].key < key)
            low = middle + 1;
        else
            at = middle;
    }
    return at;
}

static inline bool tf_side_has(const struct tf_side *side, uint32_t at, int64_t key)
{
    return at < side->count && side->levels[at].key == key;
}

/* Make a place at `at` for the caller to fill; false: no memory, or `max` levels are there. */
bool tf_side_insert(struct tf_side *side, uint32_t at, uint32_t max);
void tf_side_remove(struct tf_side *side, uint32_t at);
/* The worst `count` levels. */
void tf_side_drop_worst(struct tf_side *side, uint32_t count);
void tf_side_close(struct tf_side *side);

#endif
