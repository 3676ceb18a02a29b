/* SPDX-License-Identifier: Apache-2.0 */
/* iex_internal.h - what the files of the IEX decoders share; nobody else includes it. */
#ifndef TF_IEX_INTERNAL_H
#define TF_IEX_INTERNAL_H

#include "bytes.h"
#include "iex.h"
#include "iex_tally.h"
#include "iex_wire.h"
#include "instrument_ids.h"
#include "order_store.h"

enum { IEX_PRICE_TO_TICK = 100000 }; /* 1e-4 to 1e-9 */
#define IEX_PRICE_MAX (TF_UNDEF_PRICE / IEX_PRICE_TO_TICK - 1)
enum { IEX_STAMP_MAX = (1 << 24) - 1 }; /* what an order's stamp holds */

/* By instrument id. */
struct tf_iex_instrument {
    uint32_t cleared; /* DEEP+: orders stamped before this went with a clear book */
    uint32_t open;    /* DEEP+: orders, if counted is not below begun_stamp; else none */
    uint32_t counted;
    uint32_t transition; /* DEEP: if above gap_stamp, between two levels of one event */
    bool seen;           /* by this decoder since it was opened or restarted */
};

/*
 * `stamp` counts gaps, clear books and starts of messages, and every order bears its value at the order's last add or
 * modify.  So neither has to look for what it concerns, which a hostile recording could make
 * them do all the time: who finds an order later sees that it is too old.
 */
struct tf_decoder {
    const uint8_t *lengths; /* by type; 0: not of this feed */
    struct tf_iex_instrument *instruments;
    uint32_t room; /* of instruments */
    uint32_t stamp;
    uint32_t gap_stamp;   /* what is stamped before may be wrong */
    uint32_t begun_stamp; /* what is stamped before was another session's */
    struct tf_instrument_ids *ids;
    bool own_ids, has_orders;
    unsigned arena;
    struct tf_order_store orders;
    struct tf_iex_tally *tally; /* NULL: none wanted */
    struct tf_feed_counts counts;
};

/* What all ticks of one message have in common; two registers, so it is passed by value. */
struct tf_iex_event {
    uint64_t ts_event;
    uint32_t sequence;
    uint32_t instrument;
};
_Static_assert(sizeof(struct tf_iex_event) == 16, "two registers");

/* Append one tick and return it, for what differs. */
static inline struct tf_tick *tf_iex_tick(struct tf_sink *sink, struct tf_iex_event event,
                                          uint8_t rtype)
{
    return tf_sink_tick(sink, rtype, event.instrument, event.ts_event, event.sequence);
}

static inline void tf_iex_bad(struct tf_decoder *decoder, const char *field, uint32_t offset)
{
    tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, field, offset);
}

/* Read a price; false, and counted, where no price can be. */
static inline bool tf_iex_price(struct tf_decoder *decoder, const uint8_t *message,
                                uint32_t offset, int64_t *price)
{
    uint64_t wire = tf_le64(message + offset);
    if (__builtin_expect(wire > IEX_PRICE_MAX, 0)) {
        tf_iex_bad(decoder, "price", offset);
        return false;
    }
    *price = (int64_t)wire * IEX_PRICE_TO_TICK;
    return true;
}

static inline uint32_t tf_iex_size(struct tf_decoder *decoder, const uint8_t *at)
{
    return tf_count_size(&decoder->counts, tf_le32(at));
}

/* The symbol without its padding, terminated. */
static inline void tf_iex_symbol(const uint8_t symbol[8], char out[9])
{
    size_t length = tf_trimmed(symbol, 8);
    memcpy(out, symbol, length);
    out[length] = 0;
}

/* The instrument's own; `id` is one that a message's event has. */
static inline struct tf_iex_instrument *tf_iex_instrument(const struct tf_decoder *decoder,
                                                          uint32_t id)
{
    return &decoder->instruments[id - TF_INSTRUMENT_ID_FIRST];
}

/*
 * A message's way in: counted, and false where it is not to be decoded; else all that every
 * message has, its instrument defined.
 */
bool tf_iex_begin(struct tf_decoder *decoder, const struct tf_venue_message *found,
                  struct tf_sink *sink, struct tf_iex_event *event);

/* The venue begins anew: S with O. */
static inline bool tf_iex_is_start(const uint8_t *message)
{
    return message[IEX_TYPE] == 'S' && message[IEX_FLAGS] == 'O';
}

/* The message's ticks from `from` on are all: the last gets LAST. */
static inline void tf_iex_end(struct tf_sink *sink, uint32_t from)
{
    if (sink->count != from)
        sink->ticks[sink->count - 1].flags |= TF_FLAG_LAST;
}

/* T and B. */
void tf_iex_trade(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                  struct tf_sink *sink);
/* All types that are no trades, quotes, levels or orders; the length was looked at. */
void tf_iex_admin(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                  struct tf_sink *sink);

/* ---- for the ops ----------------------------------------------------------------------------- */

/* `lengths` lives as long as the decoder.  NULL: TF_EOS. */
struct tf_decoder *tf_iex_open(const struct tf_decoder_options *options,
                               const uint8_t lengths[256], bool has_orders);
void tf_iex_close(struct tf_decoder *decoder);
void tf_iex_restart(struct tf_decoder *decoder);
const struct tf_feed_counts *tf_iex_counts(struct tf_decoder *decoder);
int tf_iex_type_of(const struct tf_venue_message *message);
void tf_iex_facts(struct tf_decoder *decoder, struct tf_json *json);

/* The types that all three feeds have, for their tables of lengths. */
#define IEX_COMMON_LENGTHS                                                                     \
    ['S'] = IEX_SYSTEM_LENGTH, ['D'] = IEX_DIR_LENGTH, ['H'] = IEX_HALT_LENGTH,                \
    ['I'] = IEX_PLAIN_LENGTH, ['O'] = IEX_PLAIN_LENGTH, ['P'] = IEX_SHORT_LENGTH,              \
    ['T'] = IEX_TRADE_LENGTH, ['B'] = IEX_TRADE_LENGTH

#endif
