/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - the processes of a contest and what they share with its coordinator.
 *
 * Worker 0 is the writer, worker 1 + r is reader r.  Between blocks they sleep on `order`; the coordinator writes an order
 * and wakes them, and sleeps itself until the last of them has done it, since on a small machine it has no CPU of its
 * own.  Within a block they meet by spinning: every reader says that it is ready, the writer fixes the start, sends,
 * and says how many messages it sent.
 *
 * Every word here has one writer and a line of its own: what one worker notes must not take a line from another.
 */
#ifndef TF_WORKER_H
#define TF_WORKER_H

#include "contest.h"
#include "order.h"

#include <stdalign.h>

enum { TF_CONTROL_LINE = 128 }; /* two lines: x86 fetches them in pairs */

enum tf_order { TF_ORDER_OPEN = 1, TF_ORDER_RUN, TF_ORDER_LEAVE };

/* A worker's own part.  Plain fields are read by the coordinator once the worker has done the order. */
struct tf_worker {
    alignas(TF_CONTROL_LINE) tf_word ready;    /* the order that it stands ready for */
    alignas(TF_CONTROL_LINE) tf_word progress; /* messages moved in this order: it lives */
    alignas(TF_CONTROL_LINE) tf_word32 done;   /* the last order done */
    int status;                                /* of the last order: 0 or a negative tf_error */
    char why[200];
    uint64_t moved; /* writer: sent; reader: whole messages of this block, each once */
    uint64_t torn, repeated;
    uint64_t away; /* times that it was not on its CPU */
    uint64_t first,
        last; /* reader: counter at the first and last message; writer: around all sends */
    uint64_t marks; /* floods, reader: entries in its marks */
    bool gave_up;   /* reader: messages were due and none came */
};

/* Floods: how many had been received when. */
struct tf_mark {
    uint64_t at, received;
};
enum { TF_MARKS_MAX = 4096 };

struct tf_control {
    alignas(TF_CONTROL_LINE) tf_word32 order; /* counts orders; workers sleep on it */
    uint32_t what, entry;                     /* the order; written before it is counted */
    uint32_t block;                           /* RUN: blocks of this entry before this one */
    bool warm_up;                             /* RUN: the short flood before the first round */
    alignas(TF_CONTROL_LINE) tf_word32 working; /* workers that have not done it yet */
    alignas(TF_CONTROL_LINE)
        tf_word start; /* writer: the block's begin on the counter; 0: not yet */
    alignas(TF_CONTROL_LINE) tf_word finished; /* writer: 1 + messages sent; 0: not yet */
    alignas(TF_CONTROL_LINE)
        tf_word abandon; /* coordinator: the number of an order to be given up */
    struct tf_worker worker[];
};

/* What a worker process knows; the same in all of them but for the first three. */
struct tf_duty {
    struct tf_control *control;
    const struct tf_contest *contest;
    struct tf_channel **channel; /* one per entry, NULL: this entry does not run */
    double ticks_per_ns;
    double step; /* of the counter, in counter steps of tf_ticks() */
    size_t message_size_max;
    uint64_t *offsets; /* of the messages of a paced block */
    uint64_t *sent;    /* counter at each message's send() */
    uint32_t
        *spent; /* counter steps in the send() of each message's batch, at its first message */
    uint64_t **seen;        /* [reader][number - 1]: counter, 0: not received */
    struct tf_mark **marks; /* [reader][TF_MARKS_MAX] */
};

/* The load of the flood that warms an entry up. */
struct tf_workload tf_warm_up_load(const struct tf_entry *entry);

/* In the child; never returns.  `done_fd` gets a byte when this worker is the last to have done an order. */
_Noreturn void tf_worker_main(const struct tf_duty *duty, uint32_t worker, int done_fd);

/* ---- worker.c for worker_writer.c and worker_reader.c -------------------------------------------- */

/* The self-test's stalls of one entry, over its blocks. */
struct tf_stall_clock {
    uint64_t evaluated; /* schedule so far, counter steps */
    uint64_t stalls;
};

/* One block from a worker's point of view. */
struct tf_shift {
    const struct tf_duty *duty;
    struct tf_worker *self;
    const struct tf_entry *entry;
    struct tf_workload load;
    struct tf_channel *channel;
    char *
        messages; /* room for TF_MESSAGES_PER_CALL, and for a writer's TF_FLOOD_POOL + 64 of them */
    uint32_t message_size;
    uint32_t number; /* of the order */
    uint32_t worker;
    bool yields;         /* it shares its CPU with another worker */
    uint64_t away_ticks; /* two looks at the counter further apart: it was away */
    struct tf_stall_clock *stall_clock; /* the writer's, of this entry */
};
enum { TF_MESSAGES_PER_CALL = 64, TF_FLOOD_POOL = 192 };

void tf_write_block(struct tf_shift *shift);
void tf_read_block(struct tf_shift *shift);

static inline bool tf_abandoned(const struct tf_shift *shift)
{
    return tf_load(&shift->duty->control->abandon) == shift->number;
}

/* Two looks at the counter with nothing but a few polls between them. */
static inline void tf_look(struct tf_shift *shift, uint64_t before, uint64_t now)
{
    if (__builtin_expect(now - before > shift->away_ticks, 0))
        shift->self->away++;
}

/* Larger messages carry their number at their end too, so that one torn between lines shows. */
static inline uint64_t *tf_message_tail(struct tf_message *message, uint32_t size)
{
    return (uint64_t *)(void *)((char *)message + size - sizeof(uint64_t));
}

#endif
