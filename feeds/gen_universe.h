/* SPDX-License-Identifier: Apache-2.0 */
/* gen_universe.h - the generator's stocks: made-up tickers in directory order, and how active
 * each is. */
#ifndef TF_GEN_UNIVERSE_H
#define TF_GEN_UNIVERSE_H

#include "random.h"

struct gen_stock {
    uint8_t symbol[8];        /* space padded */
    uint32_t reference_cents; /* yesterday's close */
    uint32_t share;           /* of all activity, of 2^32 */
    uint8_t category, class, etp;
};

struct gen_universe {
    uint32_t count;
    struct gen_stock *stocks; /* stock i has locate i + 1 */
    uint16_t *by_rank;        /* the most active first */
    /* Walker's alias method: cell i is stock i below `keep`, else the other. */
    struct gen_cell {
        uint32_t keep;
        uint16_t other;
    } * cells;
};

/* 0 or TF_EOS.  count is 1 to 65535. */
int gen_universe_open(struct gen_universe *universe, uint32_t count, struct tf_random *random);
void gen_universe_close(struct gen_universe *universe);

/* A stock by its activity. */
static inline uint16_t gen_universe_draw(const struct gen_universe *universe, uint64_t bits)
{
    uint32_t cell = tf_random_scale((uint32_t)(bits >> 32), universe->count);
    const struct gen_cell *c = &universe->cells[cell];
    return (uint32_t)bits < c->keep ? (uint16_t)cell : c->other;
}

#endif
