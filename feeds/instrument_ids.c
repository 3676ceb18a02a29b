/* SPDX-License-Identifier: Apache-2.0 */
#include "instrument_ids.h"

#include "arena.h"
#include "error.h"

#include <sys/random.h>

enum { SLOTS_FIRST = 1 << 15 };
#define BLANK UINT64_C(0x2020202020202020)

struct slot {
    uint64_t name; /* 0: free */
    uint64_t id;
};

struct tf_instrument_ids {
    struct slot *slots; /* open addressing, at most half full */
    uint64_t mask;
    uint64_t seed;
    unsigned arena;
    uint32_t count;
};

static struct slot *slot_of(struct slot *slots, uint64_t mask, uint64_t seed, uint64_t name)
{
    unsigned __int128 product = (unsigned __int128)(name ^ seed) * 0x9E3779B97F4A7C15u;
    uint64_t at = ((uint64_t)product ^ (uint64_t)(product >> 64)) & mask;
    while (slots[at].name && slots[at].name != name)
        at = (at + 1) & mask;
    return &slots[at];
}

struct tf_instrument_ids *tf_instrument_ids_open(void)
{
    unsigned arena = tf_arena_of_node(-1);
    struct tf_instrument_ids *ids = tf_arena_alloc(arena, sizeof *ids);
    if (ids)
        ids->slots = tf_arena_alloc(arena, SLOTS_FIRST * sizeof *ids->slots);
    if (!ids || !ids->slots) {
        if (ids)
            tf_arena_free(arena, ids, sizeof *ids);
        tf_fail(TF_EOS, "no memory for the table of instruments");
        return 0;
    }
    ids->arena = arena;
    ids->mask = SLOTS_FIRST - 1;
    if (getrandom(&ids->seed, sizeof ids->seed, GRND_NONBLOCK) != sizeof ids->seed)
        ids->seed = (uintptr_t)ids;
    return ids;
}

void tf_instrument_ids_close(struct tf_instrument_ids *ids)
{
    if (!ids)
        return;
    tf_arena_free(ids->arena, ids->slots, (ids->mask + 1) * sizeof *ids->slots);
    tf_arena_free(ids->arena, ids, sizeof *ids);
}

static bool grow(struct tf_instrument_ids *ids)
{
    uint64_t mask = ids->mask * 2 + 1;
    struct slot *slots = tf_arena_alloc(ids->arena, (mask + 1) * sizeof *slots);
    if (!slots)
        return false;
    for (uint64_t i = 0; i <= ids->mask; i++)
        if (ids->slots[i].name)
            *slot_of(slots, mask, ids->seed, ids->slots[i].name) = ids->slots[i];
    tf_arena_free(ids->arena, ids->slots, (ids->mask + 1) * sizeof *ids->slots);
    ids->slots = slots;
    ids->mask = mask;
    return true;
}

uint32_t tf_instrument_id(struct tf_instrument_ids *ids, uint64_t name, bool *is_new)
{
    *is_new = false;
    if (!name || name == BLANK)
        return 0;
    struct slot *slot = slot_of(ids->slots, ids->mask, ids->seed, name);
    if (slot->name)
        return (uint32_t)slot->id;
    if (ids->count == TF_INSTRUMENT_IDS_MAX)
        return 0;
    if ((ids->count + UINT64_C(1)) * 2 > ids->mask + 1) {
        if (!grow(ids))
            return 0;
        slot = slot_of(ids->slots, ids->mask, ids->seed, name);
    }
    *is_new = true;
    slot->name = name;
    slot->id = TF_INSTRUMENT_ID_FIRST + (uint64_t)ids->count++;
    return (uint32_t)slot->id;
}

uint32_t tf_instrument_ids_count(const struct tf_instrument_ids *ids)
{
    return ids->count;
}
