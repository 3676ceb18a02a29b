/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counted.h - Tickfan with books kept beside it: what was sent and what each reader got and was told it lost, from the
 * first message of a contest to the last, warm-up included.  A contest takes losses for what did not arrive; here
 * they are Tickfan's own word, so that the sum can be wrong.
 */
#ifndef TF_COUNTED_H
#define TF_COUNTED_H

#include "transport.h"

extern const struct tf_transport tf_transport_counted;

/* The same books kept around another transport; a channel of tf_transport_counted. */
struct tf_channel *tf_counted_around(const struct tf_transport *transport,
                                     const struct tf_channel_options *options);

/* Of the last channel, after it is gone as well; readers from 0. */
struct tf_counted {
    uint64_t received, lost;
};
uint64_t tf_counted_sent(void);
struct tf_counted tf_counted_reader(uint32_t reader);

/* 0 when each reader got or was told of every message that was sent; else TF_EINTERNAL naming the first that was not. */
int tf_counted_check(uint32_t readers);

#endif
