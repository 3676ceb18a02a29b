/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_core.h - what PITCH messages become, binary or ASCII: one core for both decoders, which
 * only find the fields.  The contract of the ticks; nobody but the PITCH decoders includes it.
 *
 * Every tick: ts_event as the decoder's header says; ts_recv undefined; sequence = low 32 bits of
 * the message's number; instrument_id from instrument_ids.h by the symbol padded to eight
 * letters, with define() before the first tick of a symbol (lot and price step undefined: the
 * feed does not say).  Prices are the venue's 1e-4 (short: 1e-2) scaled to 1e-9.  The message's
 * last tick has TF_FLAG_LAST.  What a column does not name is undefined (price, size), N
 * (action, side) or 0.
 *
 * binary    ASCII message          ticks rtype   action, side, order_id, price, size
 * 21 22 2F  A d   add order          1   MBO     A; the order
 * 23        E     executed           3   MBO     T aggressor side, execution id, shares
 *                                                F resting side, order, shares
 *                                                C resting side, order, the shares taken off;
 *                                                all three at the order's price
 * 24              executed at price  3   MBO     T and F at the message's price and shares;
 *                                                C takes off all but the remaining shares, at
 *                                                the order's price; M to the remaining shares
 *                                                where those are not fewer than before
 * 25 26     X     reduce, cancel     1   MBO     C with the shares taken off
 * 27 28           modify             1   MBO     M; the order's new price and shares
 * 29              delete             1   MBO     C with the shares that were left
 * 2A 2B 30  P r   trade, hidden      1   MBO     T, side N (the venue's is always B today),
 *                                                execution id
 * 2C        B     trade break        1   TRADE   C, order_id = the execution to take back
 * 31        H     trading status     1   STATUS  size = enum tf_status, text = state letter,
 *                                                short sale letter
 * 97              unit clear         1   MBO     R, instrument 0, order_id = channel: all orders
 *                                                of that unit are gone
 * 2D              end of session     1   SYSTEM  END_OF_MESSAGES
 *
 * States: T trading; H halt, S suspended here: HALT; Q quote only, A accepting orders: QUOTING;
 * any other letter NONE with the letter in the text.
 *
 * An order that was never added: the same ticks with MAYBE_BAD_BOOK, side N, instrument 0,
 * undefined price where the order's is meant and, for a delete and the C of 24, undefined size;
 * a modified one is remembered with side N.  An add whose order is there: first a C for the old
 * one, then the A, both MAYBE_BAD_BOOK.  More taken off than there is: T and F have the
 * message's shares, C what there was.  The order's instrument wins.
 *
 * Orders are told apart by id alone: ids are unique for the day in all units.
 */
#ifndef TF_PITCH_CORE_H
#define TF_PITCH_CORE_H

#include "decoder.h"
#include "instrument_ids.h"
#include "order_store.h"
#include "symbol_set.h"

enum {
    TF_PITCH_TICKS_MAX = 3,  /* an execution */
    TF_PITCH_CHANNELS = 256, /* what is remembered of each; those beyond share the last */
    TF_PITCH_SEEN_BITS = 13, /* of symbols; more than a market has in one unit */
    TF_PITCH_PRICE_TO_TICK = 100000,
    TF_PITCH_DAYS_S = 2 * 86400, /* times beyond are damage */
};

struct tf_pitch_tally; /* pitch_tally.h */

struct tf_pitch_channel {
    uint32_t seconds; /* of the last Time message */
    uint32_t orders;  /* open */
    uint16_t round;   /* counts unit clears */
    bool timed;       /* there was one, and no gap since */
};

/* A symbol of an order or trade that was seen, and defined, before; symbol 0: none. */
struct tf_pitch_seen {
    uint64_t symbol;
    uint64_t id;
};

struct tf_decoder {
    uint64_t midnight_ns;
    struct tf_order_store orders;
    /* Orders of before a unit clear, still in the store: a clear costs O(1), and whoever comes
     * across such an order drops it. */
    uint64_t cleared;
    struct tf_instrument_ids *ids;
    bool own_ids;
    struct tf_symbol_set symbols; /* in orders and trades */
    struct tf_symbol_set others;  /* in other messages */
    struct tf_pitch_tally *tally; /* NULL: not asked for */
    unsigned arena;
    struct tf_feed_counts counts;
    struct tf_pitch_channel channels[TF_PITCH_CHANNELS];
    /* By hash: answers for nearly every add instead of two larger tables. */
    struct tf_pitch_seen seen[1 << TF_PITCH_SEEN_BITS];
};

/* What all ticks of one message have in common. */
struct tf_pitch_event {
    uint64_t ts_event;
    uint32_t sequence;
    uint8_t channel; /* below TF_PITCH_CHANNELS */
};

/* The fields of an add, or of a trade. */
struct tf_pitch_order {
    uint64_t id;     /* of the order, or the execution */
    uint64_t symbol; /* eight letters as on the wire, padded */
    int64_t price;   /* 1e-4 */
    uint32_t shares;
    uint8_t side; /* the venue's: B S */
};

/* The ops of both decoders; options as in tf_decoder_ops. */
struct tf_decoder *tf_pitch_open(const struct tf_decoder_options *options);
void tf_pitch_close(struct tf_decoder *decoder);
void tf_pitch_restart(struct tf_decoder *decoder);
const struct tf_feed_counts *tf_pitch_counts(struct tf_decoder *decoder);

/* The channel's place in decoder->channels. */
static inline uint8_t tf_pitch_channel(uint32_t channel)
{
    return (uint8_t)(channel < TF_PITCH_CHANNELS - 1 ? channel : TF_PITCH_CHANNELS - 1);
}

/* The name of the first field outside its range, or NULL. */
static inline const char *tf_pitch_flaw(const struct tf_pitch_order *order)
{
    const int64_t most = INT64_MAX / TF_PITCH_PRICE_TO_TICK - 1;
    if (order->side != 'B' && order->side != 'S')
        return "side";
    if (!order->shares)
        return "shares";
    if (order->price > most || order->price < -most)
        return "price";
    return order->symbol == UINT64_C(0x2020202020202020) || !order->symbol ? "symbol" : 0;
}

/* A quantity as ticks can say it. */
static inline uint32_t tf_pitch_size(struct tf_decoder *decoder, uint32_t shares)
{
    return tf_count_size(&decoder->counts, shares);
}

/* A message's time, which may be undefined, into first, last and backwards. */
void tf_pitch_count_time(struct tf_decoder *decoder, uint64_t ts_event);

/* One message each; fields in range. */
void tf_pitch_add(struct tf_decoder *decoder, struct tf_sink *sink, struct tf_pitch_event event,
                  const struct tf_pitch_order *order);
void tf_pitch_executed(struct tf_decoder *decoder, struct tf_sink *sink,
                       struct tf_pitch_event event, uint64_t id, uint32_t shares,
                       uint64_t execution);
void tf_pitch_executed_at(struct tf_decoder *decoder, struct tf_sink *sink,
                          struct tf_pitch_event event, uint64_t id, uint32_t shares,
                          uint32_t remaining, uint64_t execution, int64_t price);
void tf_pitch_reduced(struct tf_decoder *decoder, struct tf_sink *sink,
                      struct tf_pitch_event event, uint64_t id, uint32_t shares);
void tf_pitch_modified(struct tf_decoder *decoder, struct tf_sink *sink,
                       struct tf_pitch_event event, uint64_t id, uint32_t shares,
                       int64_t price);
void tf_pitch_deleted(struct tf_decoder *decoder, struct tf_sink *sink,
                      struct tf_pitch_event event, uint64_t id);
void tf_pitch_trade(struct tf_decoder *decoder, struct tf_sink *sink,
                    struct tf_pitch_event event, const struct tf_pitch_order *trade);
void tf_pitch_broken(struct tf_sink *sink, struct tf_pitch_event event, uint64_t execution);
void tf_pitch_status(struct tf_decoder *decoder, struct tf_sink *sink,
                     struct tf_pitch_event event, uint64_t symbol, char state, char short_sale);
void tf_pitch_clear(struct tf_decoder *decoder, struct tf_sink *sink,
                    struct tf_pitch_event event);
void tf_pitch_end(struct tf_sink *sink, struct tf_pitch_event event);

#endif
