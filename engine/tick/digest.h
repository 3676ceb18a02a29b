/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest over the content of a sequence of ticks, the same wherever and whenever it is replayed:
 * seq, ts_pub and the stream's own control ticks (epoch, end of stream, replay completed) are
 * left out.  XXH3 of 64 bits over 48 bytes a tick, in order.
 *
 * Of two receivers of one feed, or a receiver and its recording, the receive times differ too: they
 * compare the content alone, without ts_recv and without the time of a GAP, which is when it was
 * given up.
 */
#ifndef TF_DIGEST_H
#define TF_DIGEST_H

#include "tickfan.h"

#include <stdbool.h>

struct tf_digest;

struct tf_digest *tf_digest_new(void); /* NULL: out of memory */
void tf_digest_free(struct tf_digest *digest);
/* From now on, and after tf_digest_reset() too: the content alone. */
void tf_digest_content_alone(struct tf_digest *digest);
void tf_digest_reset(struct tf_digest *digest);
void tf_digest_add(struct tf_digest *digest, const struct tf_tick *ticks, size_t count);
uint64_t tf_digest_value(const struct tf_digest *digest);
/* How many ticks counted. */
uint64_t tf_digest_ticks(const struct tf_digest *digest);

/* Market content, as opposed to the stream's own control ticks.  A GAP is content. */
static inline bool tf_tick_is_content(const struct tf_tick *tick)
{
    return tick->rtype <= TF_RTYPE_GAP;
}

#endif
