/* SPDX-License-Identifier: Apache-2.0 */
#include "roster.h"

#include "clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static struct tf_process process_of(const struct tf_roster_slot *slot, uint64_t owner)
{
    return (struct tf_process){.pid = (uint32_t)owner,
                               .start_time = tf_load(&slot->start_time),
                               .pid_namespace = tf_load(&slot->pid_namespace)};
}

/* A reader killed while it was claiming has not said when it started: its pid alone must do. */
static bool is_abandoned(const struct tf_roster_slot *slot, uint64_t owner)
{
    struct tf_process process = process_of(slot, owner);
    if (owner & TF_ROSTER_CLAIMING)
        return (pid_t)process.pid <= 0 || (kill((pid_t)process.pid, 0) != 0 && errno == ESRCH);
    return owner != 0 && tf_process_liveness(&process) == TF_PROCESS_GONE;
}

static void fill(struct tf_roster_slot *slot, const struct tf_process *self, const char *name,
                 uint32_t ring, uint32_t wait_mode, uint64_t cursor)
{
    tf_store(&slot->start_time, self->start_time);
    tf_store(&slot->pid_namespace, self->pid_namespace);
    tf_store32(&slot->uid, self->uid);
    tf_store32(&slot->ring, ring);
    strncpy(slot->name, name, sizeof slot->name - 1);
    slot->name[sizeof slot->name - 1] = 0;
    tf_store(&slot->cursor, cursor);
    tf_store(&slot->ticks, 0);
    tf_store(&slot->lost, 0);
    tf_store(&slot->overrun_polling, 0);
    tf_store(&slot->overrun_reading, 0);
    tf_store32(&slot->waiting, 0);
    tf_store32(&slot->wait_mode, wait_mode);
    tf_store(&slot->attached_ns, tf_realtime_ns());
}

int tf_roster_claim(struct tf_roster_slot *slots, uint32_t capacity, const char *name,
                    uint32_t ring, uint32_t wait_mode, uint64_t cursor)
{
    struct tf_process self;
    tf_process_self(&self);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < capacity; i++) {
            uint64_t owner = tf_load(&slots[i].owner);
            /* First the free ones: looking whether a process lives costs system calls. */
            if (owner != 0 && (pass == 0 || !is_abandoned(&slots[i], owner)))
                continue;
            if (!tf_claim(&slots[i].owner, owner, self.pid | TF_ROSTER_CLAIMING))
                continue;
            fill(&slots[i], &self, name, ring, wait_mode, cursor);
            /* No plain store: struck off meanwhile (by somebody of another pid namespace, or who
             * scribbles), the slot may be another reader's by now. */
            if (tf_claim(&slots[i].owner, self.pid | TF_ROSTER_CLAIMING, self.pid))
                return (int)i;
        }
    }
    return -1;
}

void tf_roster_release(struct tf_roster_slot *slot)
{
    struct tf_process self;
    tf_process_self(&self);
    tf_store32(&slot->waiting, 0);
    tf_claim(&slot->owner, self.pid, 0);
}

uint32_t tf_roster_reap(struct tf_roster_slot *slots, uint32_t capacity)
{
    uint32_t reaped = 0;
    for (uint32_t i = 0; i < capacity; i++) {
        uint64_t owner = tf_load_acquire(&slots[i].owner);
        if (owner != 0 && is_abandoned(&slots[i], owner))
            reaped += tf_claim(&slots[i].owner, owner, 0);
    }
    return reaped;
}

bool tf_roster_look(const struct tf_roster_slot *slot, struct tf_roster_entry *entry)
{
    uint64_t owner = tf_load_acquire(&slot->owner);
    if (owner == 0 || (owner & TF_ROSTER_CLAIMING))
        return false;
    struct tf_process process = process_of(slot, owner);
    *entry = (struct tf_roster_entry){.pid = (uint32_t)owner,
                                      .uid = tf_load32(&slot->uid),
                                      .ring = tf_load32(&slot->ring),
                                      .wait_mode = tf_load32(&slot->wait_mode),
                                      .cursor = tf_load(&slot->cursor),
                                      .ticks = tf_load(&slot->ticks),
                                      .lost = tf_load(&slot->lost),
                                      .overrun_polling = tf_load(&slot->overrun_polling),
                                      .overrun_reading = tf_load(&slot->overrun_reading),
                                      .liveness = tf_process_liveness(&process)};
    for (size_t i = 0; i < sizeof slot->name && slot->name[i]; i++)
        entry->name[i] = slot->name[i] >= ' ' && slot->name[i] < 127 ? slot->name[i] : '?';
    return true;
}
