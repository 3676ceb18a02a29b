/* SPDX-License-Identifier: Apache-2.0 */
#include "cme_instruments.h"

#include "arena.h"
#include "error.h"

#include <string.h>
#include <sys/random.h>

enum { SLOTS_FIRST = 1 << 12 };

int tf_cme_instruments_open(struct tf_cme_instruments *instruments, unsigned arena)
{
    memset(instruments, 0, sizeof *instruments);
    instruments->arena = arena;
    instruments->mask = SLOTS_FIRST - 1;
    instruments->last = &instruments->none;
    if (getrandom(&instruments->seed, sizeof instruments->seed, GRND_NONBLOCK) !=
        sizeof instruments->seed)
        instruments->seed = (uintptr_t)instruments;
    instruments->slots = tf_arena_alloc(arena, SLOTS_FIRST * sizeof *instruments->slots);
    return instruments->slots ? 0 : tf_fail(TF_EOS, "no memory for the table of instruments");
}

static size_t bytes_of(const struct tf_cme_instruments *instruments)
{
    return ((size_t)instruments->mask + 1) * sizeof *instruments->slots;
}

void tf_cme_instruments_close(struct tf_cme_instruments *instruments)
{
    if (instruments->slots)
        tf_arena_free(instruments->arena, instruments->slots, bytes_of(instruments));
    instruments->slots = 0;
}

void tf_cme_instruments_clear(struct tf_cme_instruments *instruments)
{
    memset(instruments->slots, 0, bytes_of(instruments));
    instruments->last = &instruments->none;
    instruments->count = 0;
}

static struct tf_cme_instrument *slot_of(struct tf_cme_instrument *slots, uint32_t mask,
                                         uint64_t seed, uint32_t id)
{
    unsigned __int128 product = (unsigned __int128)(id ^ seed) * 0x9E3779B97F4A7C15u;
    uint32_t at = (uint32_t)((uint64_t)product ^ (uint64_t)(product >> 64)) & mask;
    while (slots[at].id && slots[at].id != id)
        at = (at + 1) & mask;
    return &slots[at];
}

static bool grow(struct tf_cme_instruments *instruments)
{
    uint32_t mask = instruments->mask * 2 + 1;
    struct tf_cme_instrument *slots =
        tf_arena_alloc(instruments->arena, ((size_t)mask + 1) * sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i <= instruments->mask; i++)
        if (instruments->slots[i].id)
            *slot_of(slots, mask, instruments->seed, instruments->slots[i].id) =
                instruments->slots[i];
    tf_arena_free(instruments->arena, instruments->slots, bytes_of(instruments));
    instruments->slots = slots;
    instruments->mask = mask;
    return true;
}

struct tf_cme_instrument *tf_cme_instrument_find(struct tf_cme_instruments *instruments,
                                                 uint32_t id)
{
    struct tf_cme_instrument *slot =
        slot_of(instruments->slots, instruments->mask, instruments->seed, id);
    if (!slot->id) {
        bool room = instruments->count < TF_CME_INSTRUMENTS_MAX;
        if (room && (instruments->count + 1) * 2 > instruments->mask + 1) {
            room = grow(instruments);
            slot = slot_of(instruments->slots, instruments->mask, instruments->seed, id);
        }
        if (!room) {
            instruments->last = &instruments->none;
            memset(&instruments->none, 0, sizeof instruments->none);
            return &instruments->none;
        }
        slot->id = id;
        instruments->count++;
    }
    instruments->last = slot;
    return slot;
}
