/* SPDX-License-Identifier: Apache-2.0 */
/* cme_mdp3_internal.h - what the files of the CME decoder share; nobody else includes it. */
#ifndef TF_CME_MDP3_INTERNAL_H
#define TF_CME_MDP3_INTERNAL_H

#include "cme_instruments.h"
#include "cme_layout.h"
#include "cme_mdp3.h"
#include "cme_tally.h"
#include "cme_wire.h"

enum {
    CME_LAST_OLD_TEMPLATE = 44, /* up to here prices are 1e-7, from 46 on 1e-9 */
    CME_OLD_PRICE_TO_TICK = 100,
    CME_CHANNELS = 64, /* told apart; those above share one */
    CME_END_OF_EVENT = 0x80
};

struct tf_decoder {
    struct tf_cme_instruments instruments;
    uint32_t resets;                     /* of a whole channel */
    uint32_t losses;                     /* of messages, on any channel */
    uint32_t losses_before_reset;        /* the last */
    uint32_t channel_lost[CME_CHANNELS]; /* `losses` when it was this one's; 0: never */
    uint64_t channel_time[CME_CHANNELS]; /* of its last message that may not go back */
    uint64_t named;                      /* instruments with a definition */
    uint64_t stale_snapshots;            /* older than what was there: no ticks */
    struct tf_cme_tally *tally;          /* NULL: not asked for */
    unsigned arena;
    struct tf_feed_counts counts;
};

/* One message on its way to ticks. */
struct tf_cme_work {
    struct tf_decoder *decoder;
    struct tf_sink *sink;
    const struct tf_cme_message *message;
    uint64_t ts_event;
    uint32_t sequence;
    uint32_t lost; /* its channel's */
    bool old_prices;
    uint8_t flags; /* of all its ticks */
};

/* Append one tick and return it, for what differs. */
static inline struct tf_tick *tf_cme_tick(struct tf_cme_work *work, uint8_t rtype, uint32_t id)
{
    struct tf_tick *tick = tf_sink_tick(work->sink, rtype, id, work->ts_event, work->sequence);
    tick->flags = work->flags;
    return tick;
}

/* A field out of its range, at its place in the message. */
static inline void tf_cme_bad_field(struct tf_cme_work *work, const char *name,
                                    const uint8_t *at)
{
    uint32_t offset = (uint32_t)(at - work->message->block) + CME_HEADER_LENGTH;
    tf_count_flaw(&work->decoder->counts, TF_ANOMALY_BAD_FIELD, name, offset);
}

static inline int64_t tf_cme_price(struct tf_cme_work *work, const uint8_t *at)
{
    int64_t mantissa = (int64_t)tf_le64(at), price;
    if (mantissa == INT64_MAX || !work->old_prices)
        return mantissa; /* null is TF_UNDEF_PRICE */
    if (__builtin_mul_overflow(mantissa, CME_OLD_PRICE_TO_TICK, &price)) {
        tf_cme_bad_field(work, "price", at);
        return TF_UNDEF_PRICE;
    }
    return price;
}

/* A quantity of 32 bits with a sign, or of 64 without; false: negative, and counted. */
static inline bool tf_cme_size(struct tf_cme_work *work, const uint8_t *at, bool is_long,
                               uint32_t *size)
{
    if (is_long) {
        uint64_t wide = tf_le64(at);
        *size =
            wide == UINT64_MAX ? TF_UNDEF_SIZE : tf_count_size(&work->decoder->counts, wide);
        return true;
    }
    *size = tf_le32(at);
    if (*size == INT32_MAX)
        *size = TF_UNDEF_SIZE;
    else if (*size > INT32_MAX) {
        tf_cme_bad_field(work, "quantity", at);
        return false;
    }
    return true;
}

/* The instrument at `at`, or NULL: zero is none, and counted. */
static inline struct tf_cme_instrument *tf_cme_instrument_at(struct tf_cme_work *work,
                                                             const uint8_t *at, uint32_t *id)
{
    *id = tf_le32(at);
    if (__builtin_expect(*id == 0, 0)) {
        tf_cme_bad_field(work, "SecurityID", at);
        return 0;
    }
    struct tf_cme_instrument *instrument = tf_cme_instrument(&work->decoder->instruments, *id);
    if (__builtin_expect(instrument->id == 0, 0))
        work->decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
    if (__builtin_expect(instrument->resets != work->decoder->resets, 0)) {
        instrument->resets = work->decoder->resets;
        instrument->counted = instrument->bad_levels = instrument->bad_orders = false;
        instrument->healed = work->decoder->losses_before_reset;
    }
    return instrument;
}

/* Another update of an instrument: was one missing before it? */
static inline void tf_cme_count_update(struct tf_cme_instrument *instrument, uint32_t rpt_seq)
{
    if (instrument->counted && rpt_seq > (uint64_t)instrument->rpt_seq + 1)
        instrument->bad_levels = instrument->bad_orders = true;
    instrument->counted = true;
    instrument->rpt_seq = rpt_seq;
}

/* MDUpdateAction of what has no levels: new, change, delete ...; 0: not one. */
static inline char tf_cme_action(uint8_t action)
{
    static const char letters[6] = {'A', 'M', 'C', 'C', 'C', 'M'};
    return action < sizeof letters ? letters[action] : 0;
}

/* MDEntryType of books: the side, and whether it is implied from other books; 0: not one. */
static inline char tf_cme_side(uint8_t type, uint8_t *implied)
{
    *implied = type == 'E' || type == 'F' ? TF_FLAG_PUBLISHER_SPECIFIC : 0;
    return type == '0' || type == 'E' ? 'B' : type == '1' || type == 'F' ? 'A' : 0;
}

/* cme_book.c: levels and orders.  Each of these takes one template's messages. */
void tf_cme_book(struct tf_cme_work *work);          /* 32 46 */
void tf_cme_book_long(struct tf_cme_work *work);     /* 64 */
void tf_cme_orders(struct tf_cme_work *work);        /* 43 47 */
void tf_cme_channel_reset(struct tf_cme_work *work); /* 4 */
/* One R for its levels and one for its orders; its updates count from anew.  NULL: of all. */
void tf_cme_clear(struct tf_cme_work *work, struct tf_cme_instrument *instrument, uint32_t id);

/* cme_trades.c */
void tf_cme_trades(struct tf_cme_work *work); /* 36 42 48 65 */

/* cme_statistics.c */
void tf_cme_volume(struct tf_cme_work *work);         /* 37 66 */
void tf_cme_daily(struct tf_cme_work *work);          /* 33 49 */
void tf_cme_limits(struct tf_cme_work *work);         /* 34 50 */
void tf_cme_session_prices(struct tf_cme_work *work); /* 35 51 67 */
void tf_cme_quote_request(struct tf_cme_work *work);  /* 39 */
/*
 * One statistic of MDEntryType `type`; flag and settle are OpenCloseSettlFlag and
 * SettlPriceType, 0 where there are none.  NULL: no such type, nothing was appended.
 */
struct tf_tick *tf_cme_statistic(struct tf_cme_work *work, uint32_t id, uint8_t type,
                                 uint8_t flag, uint8_t settle);
/* High limit, low limit and variation at `at`, as far as they are not null. */
void tf_cme_limit_ticks(struct tf_cme_work *work, uint32_t id, const uint8_t *at);

/* cme_snapshots.c */
void tf_cme_snapshot(struct tf_cme_work *work);        /* 38 52 61 68 69 */
void tf_cme_snapshot_orders(struct tf_cme_work *work); /* 44 53 59 */

/* cme_reference.c */
void tf_cme_status(struct tf_cme_work *work);     /* 30 60 */
void tf_cme_definition(struct tf_cme_work *work); /* 27 29 41 54 to 58 63 */
/* A trading status of the venue as enum tf_status; -1: not one. */
int tf_cme_trading_status(uint8_t status);

#endif
