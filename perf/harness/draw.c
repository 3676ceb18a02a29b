/* SPDX-License-Identifier: Apache-2.0 */
#include "draw.h"

/* Steele, Lea and Flood's splitmix64. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void tf_draw_order(uint32_t *order, uint32_t count, uint64_t *state)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)(draw(state) % (i + 1));
        order[i] = order[at];
        order[at] = i;
    }
}
