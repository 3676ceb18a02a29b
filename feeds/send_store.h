/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_store.h - the re-request server's memory: messages by session and sequence, and the answer
 * to a request.
 *
 * Messages are kept as MoldUDP64 blocks, so that an answer is one copy.  Over the limit the
 * oldest are forgotten.  A request may hold anything: one that is no request, of an unknown
 * session, or for what is not there is counted and gets no answer.
 *
 * Cost of an answer: a binary search and a copy.
 */
#ifndef TF_SEND_STORE_H
#define TF_SEND_STORE_H

#include "moldudp64.h"

struct tf_send_store;

struct tf_send_store_counts {
    uint64_t requests;  /* whatever came */
    uint64_t malformed; /* of them no request */
    uint64_t unknown;   /* of another session */
    uint64_t absent;    /* for messages not sent yet, or forgotten */
    uint64_t answers, messages;
};

struct tf_send_store *tf_send_store_open(uint64_t limit_bytes); /* NULL: TF_EOS */
void tf_send_store_close(struct tf_send_store *store);          /* NULL is ignored */

/*
 * The messages of one packet, that is the blocks of its body; those with sequences already there
 * are left out, and what follows a hole begins anew.  False: no memory, or too many sessions.
 */
bool tf_send_store_add(struct tf_send_store *store, const struct tf_segment *segment);

/* The answer to these bytes, up to `room` of it, in out; its length, or 0: none. */
uint32_t tf_send_store_answer(struct tf_send_store *store, const uint8_t *bytes, size_t length,
                              uint8_t *out, uint32_t room);

const struct tf_send_store_counts *tf_send_store_counts(const struct tf_send_store *store);

#endif
