/* SPDX-License-Identifier: Apache-2.0 */
/* itch50_internal.h - what the files of the ITCH decoder share; nobody else includes it. */
#ifndef TF_ITCH50_INTERNAL_H
#define TF_ITCH50_INTERNAL_H

#include "bytes.h"
#include "itch50.h"
#include "itch50_wire.h"
#include "order_store.h"
#include "symbol_set.h"

enum { ITCH_PRICE_TO_TICK = 100000 }; /* 1e-4 to 1e-9 */

struct tf_itch50_tally; /* itch50_tally.h */

struct tf_decoder {
    uint64_t midnight_ns;
    struct tf_order_store orders;
    struct tf_symbol_set symbols;
    unsigned arena;
    struct tf_itch50_tally *tally; /* NULL: not asked for */
    struct tf_feed_counts counts;
};

/* What all ticks of one message have in common; two registers, so it is passed by value. */
struct tf_itch50_event {
    uint64_t ts_event;
    uint32_t sequence;
    uint32_t locate;
};
_Static_assert(sizeof(struct tf_itch50_event) == 16, "two registers");

/* Append one tick and return it, for what differs. */
static inline struct tf_tick *tf_itch50_tick(struct tf_sink *sink, struct tf_itch50_event event,
                                             uint8_t rtype)
{
    return tf_sink_tick(sink, rtype, event.locate, event.ts_event, event.sequence);
}

static inline int64_t tf_itch50_price(int64_t price)
{
    return price * ITCH_PRICE_TO_TICK;
}

/* Where the venue writes 0 for "none". */
static inline int64_t tf_itch50_price_or_none(uint32_t price)
{
    return price ? tf_itch50_price(price) : TF_UNDEF_PRICE;
}

static inline uint32_t tf_itch50_size(struct tf_decoder *decoder, uint64_t size)
{
    return tf_count_size(&decoder->counts, size);
}

/* One message, for the ops. */
void tf_itch50_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                      struct tf_sink *sink);
/* Messages other than orders and trades, of the right length; sets LAST.  False: a field is
 * outside its range and nothing was emitted. */
bool tf_itch50_decode_market(struct tf_decoder *decoder, const uint8_t *message,
                             struct tf_itch50_event event, struct tf_sink *sink);

#endif
