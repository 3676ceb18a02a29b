/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_encode.h - ticks to DBN's records, so that other readers of DBN understand what they can and
 * ours gives back every tick as it was, seq and ts_pub excepted.
 *
 * tick             with everything ("all")                   in a file of one schema
 * MBO              mbo                                       mbo
 * LEVEL            mbo with the flag MBP, order_id = level[] mbo: the same
 * TRADE            trades; mbo where it has an order_id that trades: without that order_id
 *                  trades cannot hold (TF_DBN_OWN_TRADE)     mbo: as with everything
 * TRADE and QUOTE  one mbp-1 where they came from one        mbp-1, tbbo: the same
 * QUOTE            mbp-1, price undefined                    mbp-1: the same
 * DEFINITION       definition                                -
 * STATUS           status                                    -
 * STATISTICS       statistics where it came from one         -
 * all others       system (dbn_carry.h)                      -
 *
 * Where the record would not come back as the tick that it was, a system message with the tick
 * goes in front of it: "tickfan next".  Control ticks: EPOCH is kept where it is a restart, that
 * is behind other ticks; END_OF_STREAM and REPLAY_COMPLETED are not, they belong to the stream
 * that is over.  Venue gaps are kept in every file, as system messages.
 *
 * In a file of one schema: mbp-1 has QUOTE, tbbo those of trades.
 */
#ifndef TF_DBN_ENCODE_H
#define TF_DBN_ENCODE_H

#include "tickfan.h"

#include <stdbool.h>

/* One tick gives up to so many bytes: a trade that was held, a system message, a definition. */
enum { TF_DBN_ENCODED_MAX = 1024 };

enum tf_dbn_content {
    TF_DBN_CONTENT_ALL,
    TF_DBN_CONTENT_MBO,
    TF_DBN_CONTENT_TRADES,
    TF_DBN_CONTENT_MBP1,
    TF_DBN_CONTENT_TBBO
};

/* Zero but for version (1 to 3) and content. */
struct tf_dbn_encoder {
    uint8_t version;
    enum tf_dbn_content content;
    bool any;          /* a tick of the market was met: an EPOCH from now on is a restart */
    uint64_t left_out; /* ticks of kinds that the content has no place for */
    bool held;         /* a trade whose quote has not come */
    uint16_t held_publisher;
    struct tf_tick trade;
};

/*
 * Write the records of one tick to out[0..TF_DBN_ENCODED_MAX); how many bytes.  `instrument` is
 * what the directory says, NULL where it says nothing; publisher_id goes into the records' headers,
 * unless the tick knows better.  No allocation, no system call.
 */
size_t tf_dbn_encode(struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                     const struct tf_instrument *instrument, uint16_t publisher_id,
                     uint8_t *out);
/* What is held, at the end of a file. */
size_t tf_dbn_encode_rest(struct tf_dbn_encoder *encoder, uint8_t *out);

/* A system message with these words; how many bytes.  For what is no tick: a loss. */
size_t tf_dbn_encode_words(uint8_t version, uint64_t ts_event, const char *words, uint8_t *out);
/* A symbol mapping; how many bytes. */
size_t tf_dbn_encode_mapping(uint8_t version, const struct tf_instrument *instrument,
                             uint16_t publisher_id, uint64_t ts_event, uint8_t *out);

/* "all", "mbo", "trades", "mbp-1", "tbbo"; false: none of them. */
bool tf_dbn_content_of(const char *name, enum tf_dbn_content *content);
/* DBN's number of the schema whose records have this rtype; 0xFFFF: none. */
uint16_t tf_dbn_schema_of(enum tf_dbn_content content, uint8_t rtype);
uint16_t tf_dbn_schema_asked_for(enum tf_dbn_content content);

#endif
