/* SPDX-License-Identifier: Apache-2.0 */
/* pitch_emit.h - how the PITCH core makes a tick; nobody else includes it. */
#ifndef TF_PITCH_EMIT_H
#define TF_PITCH_EMIT_H

#include "pitch_core.h"

static inline int64_t tf_pitch_price(int64_t price)
{
    return price * TF_PITCH_PRICE_TO_TICK;
}

/* Append one order-by-order tick; the few of other kinds change its rtype. */
static inline struct tf_tick *tf_pitch_mbo(struct tf_sink *sink, struct tf_pitch_event event,
                                           uint32_t instrument_id, char action, char side,
                                           uint64_t order_id, int64_t price, uint32_t size,
                                           int flags)
{
    struct tf_tick *tick = &sink->ticks[sink->count++];
    *tick = (struct tf_tick){.ts_event = event.ts_event,
                             .ts_recv = TF_UNDEF_TIMESTAMP,
                             .order_id = order_id,
                             .price = price,
                             .size = size,
                             .sequence = event.sequence,
                             .instrument_id = instrument_id,
                             .rtype = TF_RTYPE_MBO,
                             .action = action,
                             .side = side,
                             .flags = (uint8_t)flags};
    return tick;
}

/* The symbol's id; defines it where this set sees it first. */
uint32_t tf_pitch_instrument(struct tf_decoder *decoder, struct tf_symbol_set *set,
                             struct tf_sink *sink, uint64_t symbol);

/* The same for orders and trades. */
static inline uint32_t tf_pitch_traded(struct tf_decoder *decoder, struct tf_sink *sink,
                                       uint64_t symbol)
{
    struct tf_pitch_seen *seen =
        &decoder->seen[symbol * 0x9E3779B97F4A7C15u >> (64 - TF_PITCH_SEEN_BITS)];
    if (__builtin_expect(seen->symbol != symbol, 0)) {
        seen->id = tf_pitch_instrument(decoder, &decoder->symbols, sink, symbol);
        seen->symbol = symbol;
    }
    return (uint32_t)seen->id;
}

#endif
