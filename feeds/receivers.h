/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receivers.h - many lines as one sequence of packets, in the order in which they came.
 *
 * Of all lines that have something, a batch is received each, and their packets are taken by
 * time: line B's copy that came before line A's wins, though A's socket was read first.
 *
 * Not thread-safe.  Cost of a packet: its share of recvmmsg(), a comparison for each line that
 * has packets now.
 */
#ifndef TF_RECEIVERS_H
#define TF_RECEIVERS_H

#include "receiver.h"

enum { TF_RECEIVERS_MAX = 320 };

struct tf_receivers {
    int epoll;
    struct tf_receiver *all[TF_RECEIVERS_MAX];
    uint32_t count;
    uint32_t ready[TF_RECEIVERS_MAX]; /* those with packets to take */
    uint32_t ready_count;
    bool spin;
};

/* 0 or TF_EOS.  spin: ask every socket again and again instead of sleeping. */
int tf_receivers_open(struct tf_receivers *receivers, bool spin);
void tf_receivers_close(struct tf_receivers *receivers);
/* The line stays the caller's, open as long as the set.  Its number, or TF_EOS. */
int tf_receivers_add(struct tf_receivers *receivers, struct tf_receiver *receiver);

/*
 * Only after tf_receivers_next() returned NULL: receive what there is, waiting for it up to
 * timeout_ms (0 and spinning: not at all).  False: nothing came, or a signal did.
 */
bool tf_receivers_wait(struct tf_receivers *receivers, int timeout_ms);

/* The next packet and whose it is; NULL: wait again.  It lives until tf_receivers_wait(). */
const struct tf_packet *tf_receivers_next(struct tf_receivers *receivers, uint32_t *number);

#endif
