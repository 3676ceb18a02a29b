/* SPDX-License-Identifier: Apache-2.0 */
#include "symbol_set.h"

#include "arena.h"
#include "error.h"

#include <sys/random.h>

enum { LOCATES = 65536, SLOTS_FIRST = 1 << 15 };
#define BLANK UINT64_C(0x2020202020202020)

int tf_symbol_set_open(struct tf_symbol_set *set, unsigned arena)
{
    memset(set, 0, sizeof *set);
    set->arena = arena;
    set->mask = SLOTS_FIRST - 1;
    if (getrandom(&set->seed, sizeof set->seed, GRND_NONBLOCK) != sizeof set->seed)
        set->seed = (uintptr_t)set;
    set->last = tf_arena_alloc(arena, LOCATES * sizeof *set->last);
    set->slots = tf_arena_alloc(arena, SLOTS_FIRST * sizeof *set->slots);
    if (set->last && set->slots)
        return 0;
    tf_symbol_set_close(set);
    return tf_fail(TF_EOS, "no memory for the table of symbols");
}

void tf_symbol_set_close(struct tf_symbol_set *set)
{
    if (set->last)
        tf_arena_free(set->arena, set->last, LOCATES * sizeof *set->last);
    if (set->slots)
        tf_arena_free(set->arena, set->slots, (set->mask + 1) * sizeof *set->slots);
    set->last = set->slots = 0;
}

void tf_symbol_set_clear(struct tf_symbol_set *set)
{
    memset(set->last, 0, LOCATES * sizeof *set->last);
    memset(set->slots, 0, (set->mask + 1) * sizeof *set->slots);
    set->count = 0;
}

static uint64_t *slot_of(uint64_t *slots, uint64_t mask, uint64_t seed, uint64_t symbol)
{
    unsigned __int128 product = (unsigned __int128)(symbol ^ seed) * 0x9E3779B97F4A7C15u;
    uint64_t at = ((uint64_t)product ^ (uint64_t)(product >> 64)) & mask;
    while (slots[at] && slots[at] != symbol)
        at = (at + 1) & mask;
    return &slots[at];
}

static void grow(struct tf_symbol_set *set)
{
    uint64_t mask = set->mask * 2 + 1;
    uint64_t *slots = tf_arena_alloc(set->arena, (mask + 1) * sizeof *slots);
    if (!slots)
        return;
    for (uint64_t i = 0; i <= set->mask; i++)
        if (set->slots[i])
            *slot_of(slots, mask, set->seed, set->slots[i]) = set->slots[i];
    tf_arena_free(set->arena, set->slots, (set->mask + 1) * sizeof *set->slots);
    set->slots = slots;
    set->mask = mask;
}

void tf_symbol_set_add(struct tf_symbol_set *set, uint64_t symbol)
{
    if (symbol == BLANK || symbol == 0)
        return;
    if (set->count > set->mask / 2)
        grow(set);
    if (set->count >= set->mask)
        return; /* one slot stays free, or the search would not end */
    uint64_t *slot = slot_of(set->slots, set->mask, set->seed, symbol);
    if (!*slot) {
        *slot = symbol;
        set->count++;
    }
}
