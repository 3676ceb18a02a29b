/* SPDX-License-Identifier: Apache-2.0 */
/* control.h - the stream's own ticks: no content, in no digest. */
#ifndef TF_CONTROL_H
#define TF_CONTROL_H

#include "tickfan.h"

/* EPOCH, END_OF_STREAM or REPLAY_COMPLETED, complete but for what the kind itself carries. */
static inline struct tf_tick tf_control_tick(enum tf_rtype rtype, uint64_t now)
{
    struct tf_tick tick = {.ts_event = now,
                           .ts_recv = TF_UNDEF_TIMESTAMP,
                           .price = TF_UNDEF_PRICE,
                           .size = TF_UNDEF_SIZE,
                           .rtype = (uint8_t)rtype,
                           .action = 'N',
                           .side = 'N',
                           .flags = TF_FLAG_LAST};
    return tick;
}

#endif
