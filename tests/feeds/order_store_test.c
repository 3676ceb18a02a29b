/* SPDX-License-Identifier: Apache-2.0 */
/* The order store beside a reference too simple to be wrong: an array indexed by a small
 * number. */
#include "arena.h"
#include "order_store.h"
#include "random.h"

#include <criterion/criterion.h>

static struct tf_order_store store;

static void open_store(void)
{
    cr_assert_eq(tf_order_store_open(&store, 0, tf_arena_of_node(-1)), 0);
}

static void close_store(void)
{
    tf_order_store_close(&store);
}

TestSuite(order_store, .init = open_store, .fini = close_store);

static void add(uint64_t ref, uint32_t shares)
{
    bool is_new;
    struct tf_order *order = tf_order_put(&store, ref, &is_new);
    cr_assert(order && is_new);
    order->shares = shares;
    order->side = 'B';
}

Test(order_store, finds_what_was_put)
{
    cr_assert_null(tf_order_find(&store, 0));
    add(0, 5); /* no reference is special */
    add(UINT64_MAX, 6);
    cr_assert_eq(tf_order_find(&store, 0)->shares, 5);
    cr_assert_eq(tf_order_find(&store, UINT64_MAX)->shares, 6);
    cr_assert_null(tf_order_find(&store, 1));
    bool is_new = true;
    cr_assert_eq(tf_order_put(&store, 0, &is_new)->shares, 5);
    cr_assert_not(is_new);
    cr_assert_eq(store.count, 2);
}

/* How far every order lies from its home, and that a search from there finds it. */
static uint64_t check_reachable(void)
{
    uint64_t distance_max = 0, count = 0;
    for (uint64_t i = 0; i <= store.mask; i++) {
        if (!store.slots[i].side)
            continue;
        count++;
        cr_assert_eq(tf_order_find(&store, store.slots[i].ref), &store.slots[i]);
        uint64_t distance = (i - tf_order_home(&store, store.slots[i].ref)) & store.mask;
        cr_assert_eq(store.slots[i].distance, distance);
        distance_max = distance > distance_max ? distance : distance_max;
    }
    cr_assert_eq(count, store.count);
    return distance_max;
}

Test(order_store, agrees_with_the_reference_under_random_operations)
{
    enum { REFS = 30000, OPERATIONS = 1000000 };
    static uint32_t reference[REFS]; /* shares; 0: not open */
    struct tf_random random;
    tf_random_seed(&random, 1);
    uint64_t open = 0;
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t n = tf_random_below(&random, REFS);
        uint64_t ref = n * UINT64_C(0x100000001);
        struct tf_order *order = tf_order_find(&store, ref);
        cr_assert_eq(order != 0, reference[n] != 0);
        if (order) {
            cr_assert_eq(order->shares, reference[n]);
            cr_assert_eq(order->ref, ref);
        }
        if (!order) {
            add(ref, i + 1);
            reference[n] = i + 1;
            open++;
        } else if (i & 1) {
            tf_order_remove(&store, order);
            reference[n] = 0;
            open--;
        }
        cr_assert_eq(store.count, open);
        if (i % 200000 == 0)
            check_reachable();
    }
    check_reachable();
}

Test(order_store, grows_and_keeps_everything)
{
    enum { ORDERS = 300000 };
    for (uint64_t ref = 0; ref < ORDERS; ref++)
        add(ref << 20, (uint32_t)ref + 1);
    cr_assert_eq(store.count, ORDERS);
    cr_assert_geq(store.mask + 1, 2 * ORDERS);
    for (uint64_t ref = 0; ref < ORDERS; ref++)
        cr_assert_eq(tf_order_find(&store, ref << 20)->shares, ref + 1);
    cr_assert_lt(check_reachable(), 200);
}

Test(order_store, expected_orders_fit_without_growing)
{
    struct tf_order_store sized;
    cr_assert_eq(tf_order_store_open(&sized, 100000, tf_arena_of_node(-1)), 0);
    struct tf_order *slots = sized.slots;
    for (uint64_t ref = 0; ref < 100000; ref++) {
        bool is_new;
        tf_order_put(&sized, ref, &is_new)->side = 'B';
    }
    cr_assert_eq(sized.slots, slots);
    tf_order_store_close(&sized);
}

/*
 * Removal leaves no tombstones: after any churn the table is as if only the survivors had come.
 */
Test(order_store, churn_does_not_wear_the_table_out)
{
    for (uint64_t ref = 0; ref < 2000000; ref++) {
        add(ref, 1);
        if (ref >= 1500)
            tf_order_remove(&store, tf_order_find(&store, ref - 1500));
    }
    cr_assert_eq(store.count, 1500);
    cr_assert_eq(store.mask + 1, 4096);
    cr_assert_lt(check_reachable(), 100);
}

/* The worst case: one cluster of orders that all have the same home, wrapping round the end. */
Test(order_store, one_home_for_all_is_slow_but_right)
{
    enum { ORDERS = 1000 };
    uint64_t refs[ORDERS], found = 0;
    for (uint64_t ref = 1; found < ORDERS; ref++)
        if (tf_order_home(&store, ref) == store.mask - 3)
            refs[found++] = ref;
    for (uint32_t i = 0; i < ORDERS; i++)
        add(refs[i], i + 1);
    cr_assert_eq(check_reachable(), ORDERS - 1);
    for (uint32_t i = 0; i < ORDERS; i += 3)
        tf_order_remove(&store, tf_order_find(&store, refs[i]));
    for (uint32_t i = 0; i < ORDERS; i++) {
        struct tf_order *order = tf_order_find(&store, refs[i]);
        cr_assert_eq(order != 0, i % 3 != 0);
        if (order)
            cr_assert_eq(order->shares, i + 1);
    }
    check_reachable();
}

Test(order_store, clear_keeps_the_memory)
{
    add(1, 1);
    struct tf_order *slots = store.slots;
    tf_order_store_clear(&store);
    cr_assert_eq(store.count, 0);
    cr_assert_eq(store.slots, slots);
    cr_assert_null(tf_order_find(&store, 1));
}
