/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include "error.h"

#include <inttypes.h>

void tf_ring_prepare(struct tf_slot *slots, uint64_t mask, uint64_t seq)
{
    for (uint64_t n = seq; n < seq + TF_PREPARE_AHEAD; n++)
        tf_store(&slots[n & mask].word[TF_WORD_STAMP], n | TF_STAMP_PREPARED);
}

int tf_ring_find_head(const struct tf_slot *slots, uint64_t mask, uint64_t *head)
{
    *head = 0;
    for (uint64_t i = 0; i <= mask; i++) {
        uint64_t stamp = tf_load_acquire(&slots[i].word[TF_WORD_STAMP]);
        uint64_t seq = stamp & ~TF_STAMP_PREPARED;
        if (seq != 0 && (seq & mask) != i)
            return tf_fail(TF_EDATA, "slot %" PRIu64 " holds the stamp of tick %" PRIu64, i,
                           seq);
        if (!(stamp & TF_STAMP_PREPARED) && seq > *head)
            *head = seq;
    }
    return 0;
}

void tf_ring_catch_up(struct tf_slot *to_slots, const struct tf_slot *from_slots, uint64_t mask,
                      uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n <= to; n++) {
        struct tf_cursor cursor = {.slots = from_slots, .mask = mask, .next = n};
        struct tf_tick tick;
        if (tf_cursor_read(&cursor, &tick, 1) == 1)
            tf_ring_write(to_slots, mask, n, &tick, 1, tick.ts_pub);
    }
}

int tf_cursor_lapped(struct tf_cursor *cursor, uint64_t stamp)
{
    uint64_t at = stamp & ~TF_STAMP_PREPARED;
    /* The publisher was at this slot up to a lap ago: halve the ring down to where it is now, or
     * the tick to resume at would be gone as well (4.5 overruns in a row instead of one). */
    for (uint64_t step = (cursor->mask + 1) / 2; step > cursor->mask / 64; step /= 2) {
        const struct tf_slot *slot = &cursor->slots[(at + step) & cursor->mask];
        uint64_t there = tf_load_acquire(&slot->word[TF_WORD_STAMP]) & ~TF_STAMP_PREPARED;
        if (there >= at + step)
            at = there;
    }
    uint64_t resume = tf_ring_oldest(at, cursor->mask);
    if (resume <= cursor->next) /* only a damaged ring: go on, never back */
        resume = cursor->next + 1;
    cursor->lost += resume - cursor->next;
    cursor->next = resume;
    if (cursor->torn)
        cursor->overrun_reading++;
    else
        cursor->overrun_polling++;
    cursor->torn = false;
    return TF_OVERRUN;
}
