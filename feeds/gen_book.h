/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gen_book.h - the generator's order book of one stock: enough to know what may happen next.
 *
 * One coordinate serves both sides: a rank, lower is better; cents for asks, minus cents for
 * bids. The book is neither crossed nor locked if best bid rank + best ask rank > 0.  A side
 * spans at most 64 ranks, so a level is found by rank modulo 64 and the best one by counting
 * zeros in a bitmap. Orders of a level are a queue, linked by index into one pool for all
 * stocks.
 */
#ifndef TF_GEN_BOOK_H
#define TF_GEN_BOOK_H

#include <stdbool.h>
#include <stdint.h>

enum { GEN_BID = 0, GEN_ASK = 1, GEN_SPAN = 64, GEN_NONE = 0 };

struct gen_order {
    uint64_t ref;
    uint32_t shares;
    uint32_t next, previous; /* in the pool; next also links the free ones */
};

/* orders[0] is nobody. */
struct gen_pool {
    struct gen_order *orders;
    uint32_t used, capacity;
    uint32_t free;
};

struct gen_level {
    uint32_t head, tail;
};

struct gen_side {
    uint64_t occupied; /* bit rank % 64 */
    int32_t best;      /* rank, if there are orders */
    uint32_t orders;
};

/* The first line says what may happen, then one line of levels says to which order. */
struct gen_book {
    struct gen_side sides[2];
    int32_t fair;      /* cents: where the price wants to be */
    int32_t low, high; /* the walk's walls */
    int32_t step;      /* cents per step of the walk */
    uint32_t orders_target;
    uint32_t halted;
    uint8_t pad[8];
    struct gen_level levels[2][GEN_SPAN];
};
_Static_assert(sizeof(struct gen_book) == 64 + 2 * GEN_SPAN * 8, "levels begin a line");

/* 0 or TF_EOS. */
int gen_pool_open(struct gen_pool *pool);
void gen_pool_close(struct gen_pool *pool);
/* Makes room for one more order: false when there is no memory. */
bool gen_pool_reserve(struct gen_pool *pool);

static inline int32_t gen_rank(int side, int32_t cents)
{
    return side == GEN_ASK ? cents : -cents;
}

/* Price in the venue's unit, 1e-4. */
static inline uint32_t gen_price(int side, int32_t rank)
{
    return (uint32_t)gen_rank(side, rank) * 100;
}

static inline struct gen_level *gen_level(struct gen_book *book, int side, int32_t rank)
{
    return &book->levels[side][(uint32_t)rank % GEN_SPAN];
}

/* Occupied levels from the best on: bit i is rank best + i. */
static inline uint64_t gen_ladder(const struct gen_side *side)
{
    unsigned shift = (uint32_t)side->best % GEN_SPAN;
    return side->occupied >> shift | side->occupied << (-shift & 63);
}

/* The nearest rank to `rank` where an order of this side may rest. */
int32_t gen_allowed_rank(const struct gen_book *book, int side, int32_t rank);

/*
 * Put an order at the end of its level's queue; the rank is an allowed one, the pool has room.
 */
void gen_book_add(struct gen_book *book, struct gen_pool *pool, int side, int32_t rank,
                  uint64_t ref, uint32_t shares);
/* The first or last order of an occupied level, where it lies. */
static inline struct gen_order *gen_book_order(const struct gen_book *book,
                                               const struct gen_pool *pool, int side,
                                               int32_t rank, bool first)
{
    const struct gen_level *level = &book->levels[side][(uint32_t)rank % GEN_SPAN];
    return &pool->orders[first ? level->head : level->tail];
}
/* Take the first or last order of an occupied level out. */
struct gen_order gen_book_take(struct gen_book *book, struct gen_pool *pool, int side,
                               int32_t rank, bool first);

#endif
