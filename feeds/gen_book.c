/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_book.h"

#include "error.h"

#include <stdlib.h>

int gen_pool_open(struct gen_pool *pool)
{
    enum { FIRST = 4096 };
    *pool = (struct gen_pool){.orders = malloc(FIRST * sizeof *pool->orders),
                              .used = 1,
                              .capacity = FIRST,
                              .free = GEN_NONE};
    return pool->orders ? 0 : tf_fail(TF_EOS, "no memory for orders");
}

void gen_pool_close(struct gen_pool *pool)
{
    free(pool->orders);
    pool->orders = 0;
}

bool gen_pool_reserve(struct gen_pool *pool)
{
    if (pool->free != GEN_NONE || pool->used < pool->capacity)
        return true;
    if (pool->capacity > UINT32_MAX / 2)
        return false;
    uint32_t capacity = pool->capacity * 2;
    struct gen_order *orders = realloc(pool->orders, capacity * sizeof *orders);
    if (!orders)
        return false;
    pool->orders = orders;
    pool->capacity = capacity;
    return true;
}

int32_t gen_allowed_rank(const struct gen_book *book, int side, int32_t rank)
{
    const struct gen_side *own = &book->sides[side];
    const struct gen_side *other = &book->sides[!side];
    if (own->orders) {
        /* Within 64 ranks of both ends of what is there. */
        int32_t worst = own->best + 63 - __builtin_clzll(gen_ladder(own));
        if (rank > own->best + GEN_SPAN - 1)
            rank = own->best + GEN_SPAN - 1;
        if (rank < worst - (GEN_SPAN - 1))
            rank = worst - (GEN_SPAN - 1);
    }
    /* Last, since it must hold; a higher rank than `worst` - 63 cannot break the span: the best
     * of this side is itself beyond the other side's best. */
    if (other->orders && rank < 1 - other->best)
        rank = 1 - other->best;
    return rank;
}

void gen_book_add(struct gen_book *book, struct gen_pool *pool, int side, int32_t rank,
                  uint64_t ref, uint32_t shares)
{
    struct gen_side *own = &book->sides[side];
    struct gen_level *level = gen_level(book, side, rank);
    uint64_t bit = UINT64_C(1) << (uint32_t)rank % GEN_SPAN;
    uint32_t index = pool->free;
    if (index != GEN_NONE)
        pool->free = pool->orders[index].next;
    else
        index = pool->used++;
    struct gen_order *order = &pool->orders[index];
    *order = (struct gen_order){
        .ref = ref, .shares = shares, .next = GEN_NONE, .previous = GEN_NONE};
    if (own->occupied & bit) {
        order->previous = level->tail;
        pool->orders[level->tail].next = index;
    } else {
        own->occupied |= bit;
        level->head = index;
    }
    level->tail = index;
    if (!own->orders || rank < own->best)
        own->best = rank;
    own->orders++;
}

struct gen_order gen_book_take(struct gen_book *book, struct gen_pool *pool, int side,
                               int32_t rank, bool first)
{
    struct gen_side *own = &book->sides[side];
    struct gen_level *level = gen_level(book, side, rank);
    uint32_t index = first ? level->head : level->tail;
    struct gen_order order = pool->orders[index];
    if (level->head == level->tail) {
        own->occupied &= ~(UINT64_C(1) << (uint32_t)rank % GEN_SPAN);
    } else if (first) {
        level->head = order.next;
        pool->orders[order.next].previous = GEN_NONE;
    } else {
        level->tail = order.previous;
        pool->orders[order.previous].next = GEN_NONE;
    }
    pool->orders[index].next = pool->free;
    pool->free = index;
    own->orders--;
    if (own->orders && rank == own->best)
        own->best += __builtin_ctzll(gen_ladder(own));
    return order;
}
