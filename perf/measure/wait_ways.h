/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait_ways.h - one process waits for the next message, another sends it: Tickfan's ways of waiting, and the kernel's
 * bare ones.
 */
#ifndef TF_WAIT_WAYS_H
#define TF_WAIT_WAYS_H

#include "stage.h"
#include "tickfan_publish.h"

struct tf_way {
    const char *name;
    const char *what; /* one line */
    int mode;         /* enum tf_wait_mode; TF_WAY_FUTEX, TF_WAY_EVENTFD: no Tickfan */
};
enum { TF_WAY_FUTEX = -1, TF_WAY_EVENTFD = -2, TF_WAYS = 6 };
extern const struct tf_way tf_ways[TF_WAYS];

/* Shared by both processes. */
struct tf_wait_channel;
enum { TF_WAKES_MAX = 8192 };

/* NULL: no memory, tf_errmsg() says so. */
struct tf_wait_channel *tf_wait_channel_open(const char *stream);
void tf_wait_channel_close(struct tf_wait_channel *channel);

/* Of an actor, with the channel as context: wait in the way number `what`, for ever. */
tf_act tf_wait_receive;

/* Send one message that carries the counter; `publisher` is of the channel's stream. */
void tf_wait_send(struct tf_wait_channel *channel, const struct tf_way *way,
                  tf_publisher *publisher);

/* How many were received since the last reset, and how long each took, in units of the counter. */
uint32_t tf_wait_received(const struct tf_wait_channel *channel, const uint64_t **took);
void tf_wait_reset(struct tf_wait_channel *channel);

#endif
