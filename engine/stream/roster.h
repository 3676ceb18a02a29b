/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster.h - who reads: one slot per reader, which it alone writes.
 *
 * Everything in the roster is advisory: any reader may scribble over all of it, so whoever
 * looks copies values, checks their range, and never lets them decide more than a display, a
 * wake-up or the pace of a lockstep replay.
 */
#ifndef TF_ROSTER_H
#define TF_ROSTER_H

#include "layout.h"
#include "process.h"

/*
 * Claim a free slot, or one whose process is gone.  Returns its index, -1 when the roster is
 * full. `cursor` is the next seq wanted; name may be longer than the slot keeps.
 */
int tf_roster_claim(struct tf_roster_slot *slots, uint32_t capacity, const char *name,
                    uint32_t ring, uint32_t wait_mode, uint64_t cursor);

/* Give the slot back, if it is still this process's. */
void tf_roster_release(struct tf_roster_slot *slot);

/* Free the slots whose processes are gone; returns how many. */
uint32_t tf_roster_reap(struct tf_roster_slot *slots, uint32_t capacity);

/* One reader, copied out and made printable. */
struct tf_roster_entry {
    char name[33];
    uint32_t pid;
    uint32_t uid;
    uint32_t ring;
    uint32_t wait_mode;
    uint64_t cursor, ticks, lost, overrun_polling, overrun_reading;
    enum tf_liveness liveness;
};

/* False when the slot is free or being claimed. */
bool tf_roster_look(const struct tf_roster_slot *slot, struct tf_roster_entry *entry);

#endif
