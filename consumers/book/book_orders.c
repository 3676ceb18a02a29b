/* SPDX-License-Identifier: Apache-2.0 */
#include "book_orders.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { SLOTS_MIN_BITS = 8, SLOTS_MAX_BITS = 32 };
#define COLD      __attribute__((noinline, cold))
#define HUGE_PAGE ((size_t)2 << 20)

static size_t bytes_of(uint64_t slots)
{
    return (size_t)slots * sizeof(struct tf_book_entry);
}

/* A table of so many slots, or false with the old one untouched. */
static bool allocate(struct tf_book_orders *orders, unsigned bits)
{
    uint64_t slots = UINT64_C(1) << bits;
    if (bits > SLOTS_MAX_BITS || slots > orders->slots_max)
        return false;
    void *memory;
    if (bytes_of(slots) < HUGE_PAGE) {
        memory = aligned_alloc(64, bytes_of(slots));
        if (memory)
            memset(memory, 0, bytes_of(slots));
    } else {
        /* Straight from the kernel: zero as it comes, page by page as it is used, and random
         * accesses miss the TLB as often as the cache. */
        memory = mmap(0, bytes_of(slots) + HUGE_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory = memory == MAP_FAILED ? 0 : memory;
    }
    if (!memory)
        return false;
    unsigned char *start = memory;
    if (bytes_of(slots) >= HUGE_PAGE) {
        start += -(uintptr_t)start & (HUGE_PAGE - 1);
        (void)madvise(start, bytes_of(slots), MADV_HUGEPAGE);
    }
    orders->memory = memory;
    orders->slots = (struct tf_book_entry *)(void *)start;
    orders->mask = slots - 1;
    orders->shift = 64 - bits;
    orders->limit = slots / 2;
    orders->count = 0;
    return true;
}

static void release(const struct tf_book_orders *orders)
{
    size_t bytes = bytes_of(orders->mask + 1);
    if (!orders->memory)
        return;
    if (bytes < HUGE_PAGE)
        free(orders->memory);
    else
        munmap(orders->memory, bytes + HUGE_PAGE);
}

bool tf_book_orders_open(struct tf_book_orders *orders, uint64_t expected, uint64_t orders_max)
{
    memset(orders, 0, sizeof *orders);
    if (getrandom(&orders->seed, sizeof orders->seed, GRND_NONBLOCK) != sizeof orders->seed)
        orders->seed = (uintptr_t)orders; /* early boot: address randomisation must do */
    unsigned bits = SLOTS_MIN_BITS, bits_max = SLOTS_MIN_BITS;
    while (bits_max < SLOTS_MAX_BITS && orders_max > (UINT64_C(1) << bits_max) / 2)
        bits_max++;
    orders->slots_max = UINT64_C(1) << bits_max;
    while (bits < bits_max && expected > (UINT64_C(1) << bits) / 2)
        bits++;
    return allocate(orders, bits);
}

void tf_book_orders_close(struct tf_book_orders *orders)
{
    release(orders);
    orders->memory = 0;
}

static struct tf_book_entry *slot_at(const struct tf_book_orders *orders, uint64_t at)
{
    return &orders->slots[at & orders->mask];
}

/* Where the order is, or where it belongs: a free slot, or one whose order must move up. */
static uint64_t search(const struct tf_book_orders *orders, uint64_t id, uint32_t book,
                       uint32_t *distance)
{
    uint64_t at = tf_book_orders_home(orders, id, book);
    uint32_t walked = 0;
    for (;; at++, walked++) {
        const struct tf_book_entry *entry = slot_at(orders, at);
        if (!entry->tag || (entry->id == id && entry->book == book) || entry->distance < walked)
            break;
    }
    *distance = walked;
    return at;
}

/* Free this slot by moving what is in it, and behind it up to the next free slot, up by one. */
static COLD void move_up(struct tf_book_orders *orders, uint64_t at)
{
    uint64_t to = at;
    while (slot_at(orders, to)->tag)
        to++;
    for (; to != at; to--) {
        *slot_at(orders, to) = *slot_at(orders, to - 1);
        slot_at(orders, to)->distance++;
    }
}

static struct tf_book_entry *begin(struct tf_book_orders *orders, uint64_t at, uint64_t id,
                                   uint32_t book, uint32_t distance)
{
    struct tf_book_entry *entry = slot_at(orders, at);
    if (__builtin_expect(entry->tag != 0, 0))
        move_up(orders, at);
    *entry = (struct tf_book_entry){.id = id, .book = book, .distance = distance};
    orders->count++;
    return entry;
}

/* Into a table of so many slots, the living alone.  False: no memory, nothing changed. */
static COLD bool rebuild(struct tf_book_orders *orders, unsigned bits, uint64_t mix,
                         const struct tf_book_life *life)
{
    struct tf_book_orders old = *orders;
    if (!allocate(orders, bits))
        return false;
    orders->mix = mix;
    for (uint64_t i = 0; i <= old.mask; i++) {
        const struct tf_book_entry *from = &old.slots[i];
        if (!from->tag || !life->is_alive(life->context, from))
            continue;
        uint32_t distance;
        uint64_t at = search(orders, from->id, from->book, &distance);
        struct tf_book_entry *to = begin(orders, at, from->id, from->book, distance);
        *to = *from;
        to->distance = distance;
    }
    release(&old);
    return true;
}

/*
 * Room for one more: without the dead, or twice as large.  A pass over the table pays when there are
 * dead enough to be many adds away from the next one.  False: full.
 */
static COLD bool make_room(struct tf_book_orders *orders, const struct tf_book_life *life)
{
    uint64_t slots = orders->mask + 1, dead = orders->count - life->living;
    if (dead < slots / 8 && rebuild(orders, 64 - orders->shift + 1, orders->mix, life))
        return true;
    if (dead < slots / 32)
        return false;
    tf_book_orders_sweep(orders, life);
    return true;
}

struct tf_book_entry *tf_book_orders_put(struct tf_book_orders *orders, uint64_t id,
                                         uint32_t book, const struct tf_book_life *life)
{
    uint32_t distance;
    uint64_t at = search(orders, id, book, &distance);
    struct tf_book_entry *entry = slot_at(orders, at);
    if (entry->tag && entry->id == id && entry->book == book)
        return entry;
    if (__builtin_expect(orders->count >= orders->limit, 0)) {
        if (!make_room(orders, life))
            return 0;
        at = search(orders, id, book, &distance);
    }
    if (__builtin_expect(distance > TF_BOOK_FAR && !orders->mix, 0) &&
        rebuild(orders, 64 - orders->shift, orders->seed | 1, life))
        at = search(orders, id, book, &distance);
    return begin(orders, at, id, book, distance);
}

void tf_book_orders_remove(struct tf_book_orders *orders, struct tf_book_entry *entry)
{
    uint64_t at = (uint64_t)(entry - orders->slots) + 1;
    struct tf_book_entry *hole = entry, *next = slot_at(orders, at);
    for (; next->tag && next->distance; next = slot_at(orders, ++at)) {
        *hole = *next;
        hole->distance--;
        hole = next;
    }
    hole->tag = 0;
    orders->count--;
}

void tf_book_orders_sweep(struct tf_book_orders *orders, const struct tf_book_life *life)
{
    /* A removal pulls followers into the slot, which is therefore looked at again; what is pulled
     * round the end of the array was looked at when the pass began. */
    for (uint64_t i = 0; i <= orders->mask; i++)
        while (orders->slots[i].tag && !life->is_alive(life->context, &orders->slots[i]))
            tf_book_orders_remove(orders, &orders->slots[i]);
}
