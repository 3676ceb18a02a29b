/* SPDX-License-Identifier: Apache-2.0 */
#include "order_store.h"

#include "arena.h"
#include "error.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { SLOTS_MIN_BITS = 12, SLOTS_MAX_BITS = 36 };

static size_t bytes_of(uint64_t slots)
{
    return (size_t)slots * sizeof(struct tf_order);
}

/* A table of this size, or false with the old one untouched. */
static bool allocate(struct tf_order_store *store, unsigned bits)
{
    if (bits > SLOTS_MAX_BITS)
        return false;
    uint64_t slots = UINT64_C(1) << bits;
    struct tf_order *memory = tf_arena_alloc(store->arena, bytes_of(slots));
    if (!memory)
        return false;
    /* Random accesses miss the TLB as often as the cache.  Advice only; whole huge pages only. */
    uintptr_t from = ((uintptr_t)memory + (2u << 20) - 1) & ~(uintptr_t)((2u << 20) - 1);
    uintptr_t to = ((uintptr_t)memory + bytes_of(slots)) & ~(uintptr_t)((2u << 20) - 1);
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    store->slots = memory;
    store->mask = slots - 1;
    store->shift = 64 - bits;
    store->limit = slots / 2;
    return true;
}

int tf_order_store_open(struct tf_order_store *store, uint64_t expected, unsigned arena)
{
    memset(store, 0, sizeof *store);
    store->arena = arena;
    if (getrandom(&store->seed, sizeof store->seed, GRND_NONBLOCK) != sizeof store->seed)
        store->seed = (uintptr_t)store; /* early boot: address randomisation must do */
    unsigned bits = SLOTS_MIN_BITS;
    while (bits < SLOTS_MAX_BITS && expected > (UINT64_C(1) << bits) / 2)
        bits++;
    if (!allocate(store, bits))
        return tf_fail(TF_EOS, "no memory for a table of %llu orders (%zu MiB): expect fewer "
                               "orders or free memory on the node",
                       1ull << (bits - 1), bytes_of(UINT64_C(1) << bits) >> 20);
    return 0;
}

void tf_order_store_close(struct tf_order_store *store)
{
    if (store->slots)
        tf_arena_free(store->arena, store->slots, bytes_of(store->mask + 1));
    store->slots = 0;
}

void tf_order_store_clear(struct tf_order_store *store)
{
    memset(store->slots, 0, bytes_of(store->mask + 1));
    store->count = 0;
}

static struct tf_order *free_slot(const struct tf_order_store *store, uint64_t ref)
{
    uint64_t at = tf_order_home(store, ref);
    while (store->slots[at].side)
        at = (at + 1) & store->mask;
    return &store->slots[at];
}

/* Doubles; without memory lets the table fill further.  False when it is full for good. */
static bool grow(struct tf_order_store *store)
{
    struct tf_order_store old = *store;
    if (!allocate(store, 64 - old.shift + 1)) {
        store->limit = (store->mask + 1) / 16 * 15;
        return store->count < store->limit;
    }
    for (uint64_t i = 0; i <= old.mask; i++)
        if (old.slots[i].side)
            *free_slot(store, old.slots[i].ref) = old.slots[i];
    tf_arena_free(old.arena, old.slots, bytes_of(old.mask + 1));
    return true;
}

struct tf_order *tf_order_put(struct tf_order_store *store, uint64_t ref, bool *is_new)
{
    uint64_t at = tf_order_home(store, ref);
    for (; store->slots[at].side; at = (at + 1) & store->mask) {
        if (store->slots[at].ref == ref) {
            *is_new = false;
            return &store->slots[at];
        }
    }
    struct tf_order *order = &store->slots[at];
    if (store->count >= store->limit) {
        if (!grow(store))
            return 0;
        order = free_slot(store, ref);
    }
    store->count++;
    order->ref = ref;
    *is_new = true;
    return order;
}

void tf_order_remove(struct tf_order_store *store, struct tf_order *order)
{
    uint64_t hole = (uint64_t)(order - store->slots);
    for (uint64_t at = (hole + 1) & store->mask; store->slots[at].side; at = (at + 1) & store->mask) {
        /* An entry may move back into the hole unless its home lies after the hole, cyclically:
         * then a search from its home would no longer pass it. */
        uint64_t home = tf_order_home(store, store->slots[at].ref);
        if (((at - home) & store->mask) >= ((at - hole) & store->mask)) {
            store->slots[hole] = store->slots[at];
            hole = at;
        }
    }
    store->slots[hole].side = 0;
    store->count--;
}
