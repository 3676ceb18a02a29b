/* SPDX-License-Identifier: Apache-2.0 */
/* draw.h - the order in which the entries of a round run. */
#ifndef TF_DRAW_H
#define TF_DRAW_H

#include <stdint.h>

/* order[0..count): 0 .. count-1, every order as likely as every other.  `state` is any number and moves on. */
void tf_draw_order(uint32_t *order, uint32_t count, uint64_t *state);

#endif
