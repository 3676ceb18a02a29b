/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_tally.h - what `inspect` wants of PITCH beyond tf_feed_counts: sums over messages as they
 * are, before any book.  Prices in 1e-4.
 */
#ifndef TF_PITCH_TALLY_H
#define TF_PITCH_TALLY_H

#include "pitch_core.h"

enum tf_pitch_sum {
    TF_PITCH_TIMES,
    TF_PITCH_TIME_SECONDS,
    TF_PITCH_ADDS,
    TF_PITCH_ADD_SHARES,
    TF_PITCH_ADD_PRICE,
    TF_PITCH_ADD_S,
    TF_PITCH_ADD_B,
    TF_PITCH_REDUCTIONS,
    TF_PITCH_REDUCED_SHARES,
    TF_PITCH_MODIFIES,
    TF_PITCH_MODIFIED_SHARES,
    TF_PITCH_MODIFIED_PRICE,
    TF_PITCH_EXECUTIONS,
    TF_PITCH_EXECUTED_SHARES,
    TF_PITCH_EXECUTED_BOOK_PRICE, /* the resting orders', where they are known */
    TF_PITCH_TRADES,
    TF_PITCH_TRADE_SHARES,
    TF_PITCH_TRADE_PRICE,
    TF_PITCH_TRADE_NOTIONAL, /* shares times price */
    TF_PITCH_SUMS
};

struct tf_pitch_tally {
    __int128 sums[TF_PITCH_SUMS];
    uint64_t first_ms, last_ms, backward; /* ASCII: times as they are written */
    bool timed;
    uint64_t lengths[256][256]; /* by type and length; 255: longer too */
    uint32_t crc;               /* CRC-32 of all messages, one behind the other */
    uint8_t first[256][256];    /* the first message of each type ... */
    uint8_t first_length[256];  /* ... as far as 255 bytes; 0: none yet */
};

static inline void tf_pitch_sum(struct tf_decoder *decoder, enum tf_pitch_sum which,
                                __int128 value)
{
    if (__builtin_expect(decoder->tally != 0, 0))
        decoder->tally->sums[which] += value;
}

/* A message of this type, whatever is in it. */
void tf_pitch_tally_message(struct tf_pitch_tally *tally, uint8_t type, const uint8_t *message,
                            uint32_t length);
void tf_pitch_tally_ms(struct tf_pitch_tally *tally, uint64_t ms);

/* facts() of the two decoders. */
void tf_pitch_facts_binary(struct tf_decoder *decoder, struct tf_json *json);
void tf_pitch_facts_ascii(struct tf_decoder *decoder, struct tf_json *json);

#endif
