/* SPDX-License-Identifier: Apache-2.0 */
#include "order_store.h"

#include "arena.h"
#include "error.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { SLOTS_MIN_BITS = 12, SLOTS_MAX_BITS = 36 };
/* Out of the way: inlined they would cost every put the saving of six registers. */
#define COLD      __attribute__((noinline, cold))
#define HUGE_PAGE ((size_t)2 << 20)

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
    bool huge = bytes_of(slots) >= HUGE_PAGE;
    size_t bytes = bytes_of(slots) + (huge ? HUGE_PAGE : 0);
    unsigned char *memory = tf_arena_alloc(store->arena, bytes);
    if (!memory)
        return false;
    size_t skip = huge ? -(uintptr_t)memory & (HUGE_PAGE - 1) : 0;
    /* Random accesses miss the TLB as often as the cache.  Advice, for pages not yet touched:
     * making the kernel collapse touched ones at once (MADV_COLLAPSE) made growing five times
     * as slow. */
    if (huge)
        (void)madvise(memory + skip, bytes_of(slots), MADV_HUGEPAGE);
    store->slots = (struct tf_order *)(void *)(memory + skip);
    store->memory = memory;
    store->memory_bytes = bytes;
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
        return tf_fail(TF_EOS,
                       "no memory for a table of %llu orders (%zu MiB): expect fewer "
                       "orders or free memory on the node",
                       1ull << (bits - 1), bytes_of(UINT64_C(1) << bits) >> 20);
    return 0;
}

void tf_order_store_close(struct tf_order_store *store)
{
    if (store->memory)
        tf_arena_free(store->arena, store->memory, store->memory_bytes);
    store->memory = 0;
    store->slots = 0;
}

void tf_order_store_clear(struct tf_order_store *store)
{
    memset(store->slots, 0, bytes_of(store->mask + 1));
    store->count = 0;
}

static struct tf_order *slot_at(const struct tf_order_store *store, uint64_t at)
{
    return &store->slots[at & store->mask];
}

/* Where the reference is, or where its order belongs: a free slot, or one whose order must move
 * up. */
static uint64_t search(const struct tf_order_store *store, uint64_t ref, uint32_t *distance)
{
    uint64_t at = tf_order_home(store, ref);
    uint32_t walked = 0;
    for (;; at++, walked++) {
        const struct tf_order *order = slot_at(store, at);
        if (!order->side || order->ref == ref || order->distance < walked)
            break;
    }
    *distance = walked;
    return at;
}

/*
 * Free this slot by moving its order, and those behind it up to the next free slot, up by one.
 */
static COLD void move_up(struct tf_order_store *store, uint64_t at)
{
    uint64_t to = at;
    while (slot_at(store, to)->side)
        to++;
    for (; to != at; to--) {
        *slot_at(store, to) = *slot_at(store, to - 1);
        slot_at(store, to)->distance++;
    }
}

/* An order that is not there begins at the place that search() found for it. */
static struct tf_order *begin_order(struct tf_order_store *store, uint64_t at, uint64_t ref,
                                    uint32_t distance)
{
    struct tf_order *order = slot_at(store, at);
    if (__builtin_expect(order->side != 0, 0))
        move_up(store, at);
    order->ref = ref;
    order->distance = distance;
    order->side = 0;
    return order;
}

/* Doubles; without memory lets the table fill further.  False when it is full for good. */
static COLD bool grow(struct tf_order_store *store)
{
    struct tf_order_store old = *store;
    if (!allocate(store, 64 - old.shift + 1)) {
        store->limit = (store->mask + 1) / 16 * 15;
        return store->count < store->limit;
    }
    for (uint64_t i = 0; i <= old.mask; i++) {
        if (!old.slots[i].side)
            continue;
        uint32_t distance;
        uint64_t at = search(store, old.slots[i].ref, &distance);
        struct tf_order *order = begin_order(store, at, old.slots[i].ref, distance);
        *order = old.slots[i];
        order->distance = distance;
    }
    tf_arena_free(old.arena, old.memory, old.memory_bytes);
    return true;
}

struct tf_order *tf_order_put(struct tf_order_store *store, uint64_t ref, bool *is_new)
{
    uint32_t distance;
    uint64_t at = search(store, ref, &distance);
    struct tf_order *order = slot_at(store, at);
    *is_new = !order->side || order->ref != ref;
    if (!*is_new)
        return order;
    if (__builtin_expect(store->count >= store->limit, 0)) {
        if (!grow(store))
            return 0;
        at = search(store, ref, &distance);
    }
    store->count++;
    return begin_order(store, at, ref, distance);
}

void tf_order_remove(struct tf_order_store *store, struct tf_order *order)
{
    uint64_t at = (uint64_t)(order - store->slots) + 1;
    struct tf_order *hole = order, *next = slot_at(store, at);
    for (; next->side && next->distance; next = slot_at(store, ++at)) {
        *hole = *next;
        hole->distance--;
        hole = next;
    }
    hole->side = 0;
    store->count--;
}
