/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_names.h"

#include "error.h"
#include "tickfan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SLOTS_FIRST = 1024 };

int tf_dbn_names_open(struct tf_dbn_names *names)
{
    names->mask = SLOTS_FIRST - 1;
    names->slots = calloc(SLOTS_FIRST, sizeof *names->slots);
    if (!names->slots)
        return tf_fail(TF_EOS, "no memory for the table of instruments");
    if (getrandom(&names->seed, sizeof names->seed, GRND_NONBLOCK) != sizeof names->seed)
        names->seed = (uintptr_t)names->slots;
    tf_dbn_names_clear(names);
    return 0;
}

void tf_dbn_names_close(struct tf_dbn_names *names)
{
    free(names->slots);
    names->slots = 0;
}

void tf_dbn_names_clear(struct tf_dbn_names *names)
{
    memset(names->slots, 0, (names->mask + 1) * sizeof *names->slots);
    memset(names->recent, 0xFF, sizeof names->recent);
    names->count = names->met = 0;
}

static struct tf_dbn_name *slot_of(struct tf_dbn_name *slots, uint64_t mask, uint64_t seed,
                                   uint32_t id)
{
    unsigned __int128 product = (unsigned __int128)(id ^ seed) * 0x9E3779B97F4A7C15u;
    uint64_t at = ((uint64_t)product ^ (uint64_t)(product >> 64)) & mask;
    while (slots[at].used && slots[at].instrument_id != id)
        at = (at + 1) & mask;
    return &slots[at];
}

static bool grow(struct tf_dbn_names *names)
{
    uint64_t mask = names->mask * 2 + 1;
    struct tf_dbn_name *slots = calloc(mask + 1, sizeof *slots);
    if (!slots)
        return false;
    for (uint64_t i = 0; i <= names->mask; i++)
        if (names->slots[i].used)
            *slot_of(slots, mask, names->seed, names->slots[i].instrument_id) = names->slots[i];
    free(names->slots);
    names->slots = slots;
    names->mask = mask;
    return true;
}

struct tf_dbn_name *tf_dbn_name_of(struct tf_dbn_names *names, uint32_t instrument_id)
{
    struct tf_dbn_name *slot = slot_of(names->slots, names->mask, names->seed, instrument_id);
    if (slot->used)
        return slot;
    if (names->count == TF_DBN_NAMES_MAX)
        return 0;
    if ((names->count + UINT64_C(1)) * 2 > names->mask + 1) {
        if (!grow(names))
            return 0;
        slot = slot_of(names->slots, names->mask, names->seed, instrument_id);
    }
    names->count++;
    slot->instrument_id = instrument_id;
    slot->used = true;
    return slot;
}
