/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order_store.h - the open orders of a session, by the venue's 64-bit reference.
 *
 * Structure: one flat array of 32-byte entries, open addressing, linear probing, a power of two
 * of slots.  An execution, a cancel or a delete names nothing but the reference, so each costs
 * one random access to a table larger than the caches: what counts is lines touched.  Two
 * entries share a line and none straddles one; a tree or chained lists touch three lines or
 * more, and 24-byte entries save a quarter of the memory but straddle lines in every fourth
 * slot.
 *
 * The hash is of the reference without its low three bits, which then index into the eight
 * slots found: the venue counts references up, so an add lands beside the one before it.
 * Decoding without look-ahead gains 60 % by that and probes hardly grow: at a load of 1/2 an
 * order lies 0.5 slots from home on average (0.4 without), 84 % of them in the home line.
 *
 * The home slot is knowable from the message alone, so tf_order_prefetch() starts that load a
 * dozen messages early: 1.3 to 2 times the rate, the more the larger the table.
 *
 * Orders of a cluster lie in the order of their homes (Robin Hood), and each knows its distance
 * from home.  So removal shifts followers back into the hole only as far as the next that is at
 * home, mostly none, and leaves no tombstones: a table after a billion adds and deletes probes
 * as a fresh one.
 *
 * Worst case: all references hash to one slot, then every operation scans the cluster,
 * O(orders). The hash is keyed with random bits at open so that no recording can be made to do
 * that.
 *
 * Growth: past a load of 1/2 the array doubles and every entry moves, in one pass over both
 * arrays since doubling keeps the order of homes: some 90 ns an order, most of it the kernel
 * zeroing pages, so a pause of 0.1 s at a million.  A live handler avoids it with
 * tf_decoder_options.expected_orders.  Never shrinks.  Without memory to grow it fills up to
 * 15/16 and then refuses.
 */
#ifndef TF_ORDER_STORE_H
#define TF_ORDER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tf_order {
    uint64_t ref;
    int64_t price; /* the venue's unit */
    uint32_t shares;
    uint32_t instrument;
    uint32_t distance;   /* the store's own: slots from home */
    char side;           /* A, B, or N where the add was never seen; 0: the slot is free */
    uint32_t stamp : 24; /* the decoder's own */
};
_Static_assert(sizeof(struct tf_order) == 32, "two orders to a line");
_Static_assert(offsetof(struct tf_order, side) == 28, "no hole before side");

struct tf_order_store {
    struct tf_order *slots; /* in `memory`; at a huge page's border if it fills one */
    void *memory;
    size_t memory_bytes;
    uint64_t count;
    uint64_t limit; /* grow when count would pass it */
    uint64_t mask;  /* slots - 1 */
    uint64_t seed;
    unsigned shift; /* 64 - log2(slots) */
    unsigned arena;
};

/*
 * Room for `expected` orders without growing (0: a small table) from this arena.  0 or TF_EOS.
 */
int tf_order_store_open(struct tf_order_store *store, uint64_t expected, unsigned arena);
void tf_order_store_close(struct tf_order_store *store);
/* Forget all orders, keep the memory. */
void tf_order_store_clear(struct tf_order_store *store);

/*
 * The order with this reference, made if it is not there: *is_new then, with side 0 and the
 * other fields for the caller to fill; side must be set before the next call.  NULL: out of
 * memory.
 */
struct tf_order *tf_order_put(struct tf_order_store *store, uint64_t ref, bool *is_new);
/* `order` is one that find or put returned, and no longer valid after this. */
void tf_order_remove(struct tf_order_store *store, struct tf_order *order);

static inline uint64_t tf_order_home(const struct tf_order_store *store, uint64_t ref)
{
    unsigned __int128 product =
        (unsigned __int128)((ref >> 3) ^ store->seed) * 0x9E3779B97F4A7C15u;
    uint64_t hash = ((uint64_t)product ^ (uint64_t)(product >> 64)) >> store->shift;
    return (hash & ~UINT64_C(7)) | (ref & 7);
}

static inline void tf_order_prefetch(const struct tf_order_store *store, uint64_t ref)
{
    __builtin_prefetch(&store->slots[tf_order_home(store, ref)], 1);
}

/* NULL when there is none.  The pointer lives until the next put or remove. */
static inline struct tf_order *tf_order_find(const struct tf_order_store *store, uint64_t ref)
{
    for (uint64_t at = tf_order_home(store, ref);; at = (at + 1) & store->mask) {
        struct tf_order *order = &store->slots[at];
        if (!order->side)
            return 0;
        if (order->ref == ref)
            return order;
    }
}

#endif
