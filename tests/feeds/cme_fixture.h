/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CME messages made by hand and a decoder to feed them to.  Offsets in the tests are numbers out
 * of the venue's schemas, not the decoder's names for them: a wrong name must not agree with
 * itself.
 */
#ifndef TF_CME_FIXTURE_H
#define TF_CME_FIXTURE_H

#include "cme_mdp3.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 16384, END = 0x80, NO_PRICE = INT32_MAX };
#define TIME       UINT64_C(1500000000000000000)
#define NULL_PRICE INT64_MAX

struct message {
    uint8_t bytes[ROOM];
    uint32_t length;
};

/* Little endian, `width` bytes. */
static inline void put(struct message *message, uint32_t at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        message->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void put_text(struct message *message, uint32_t at, const char *text)
{
    memcpy(message->bytes + at, text, strlen(text));
}

static inline void set_length(struct message *message, uint32_t length)
{
    message->length = length;
    put(message, 0, 2, length);
}

/* A message of schema 1 with an empty root block; the block begins at 10. */
static inline struct message make(uint16_t template_id, uint16_t version, uint16_t block_length)
{
    struct message message = {.length = 0};
    put(&message, 2, 2, block_length);
    put(&message, 4, 2, template_id);
    put(&message, 6, 2, 1);
    put(&message, 8, 2, version);
    set_length(&message, 10u + block_length);
    return message;
}

/* An incremental refresh: time, indicator, two bytes of padding. */
static inline struct message make_refresh(uint16_t template_id, uint16_t version,
                                          uint8_t indicator)
{
    struct message message = make(template_id, version, 11);
    put(&message, 10, 8, TIME);
    put(&message, 18, 1, indicator);
    return message;
}

/* A group's header of 3 or 8 bytes, and room for its entries; where the first of them begins. */
static inline uint32_t add_group(struct message *message, unsigned header,
                                 uint16_t block_length, uint8_t count)
{
    uint32_t at = message->length;
    put(message, at, 2, block_length);
    put(message, at + header - 1, 1, count);
    set_length(message, at + header + block_length * count);
    cr_assert(message->length <= ROOM);
    return at + header;
}

/* One decoder per test process, and the ticks of the last message. */
static struct tf_decoder *decoder;
static struct tf_tick ticks[TF_CME_MDP3_TICKS_MAX];
static uint32_t tick_count;
static struct tf_instrument defined;
static unsigned definitions;
static uint32_t channel;

static inline void on_define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    defined = *instrument;
    definitions++;
}

static inline void open_decoder(void)
{
    decoder = tf_cme_mdp3_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
    cr_assert(decoder);
}

static inline void close_decoder(void)
{
    tf_cme_mdp3_ops.close(decoder);
}

/* From a heap block of just that size, so that reading past it is caught by sanitizers. */
static inline void feed(const struct message *from)
{
    struct tf_sink sink = {
        .ticks = ticks, .capacity = TF_CME_MDP3_TICKS_MAX, .define = on_define};
    uint8_t *exact = malloc(from->length ? from->length : 1);
    memset(ticks, 0xAA, sizeof ticks);
    memcpy(exact, from->bytes, from->length);
    struct tf_venue_message message = {.bytes = exact,
                                       .length = from->length,
                                       .channel = channel,
                                       .sequence = UINT64_C(0x100000077),
                                       .ts_recv = TF_UNDEF_TIMESTAMP,
                                       .ts_send = TIME + 5};
    tf_cme_mdp3_ops.decode(decoder, &message, &sink);
    free(exact);
    tick_count = sink.count;
    for (uint32_t i = 0; i < tick_count; i++) {
        cr_assert_eq(ticks[i].ts_recv, TF_UNDEF_TIMESTAMP);
        cr_assert_eq(ticks[i].sequence, 0x77);
        cr_assert_eq(ticks[i].seq, 0);
        cr_assert_eq(ticks[i].ts_pub, 0);
        cr_assert(i + 1 == tick_count || !(ticks[i].flags & TF_FLAG_LAST));
    }
}

static inline const struct tf_feed_counts *counts(void)
{
    return tf_cme_mdp3_ops.counts(decoder);
}

static inline uint64_t anomalies(void)
{
    uint64_t total = 0;
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        total += counts()->anomalies[i];
    return total;
}

/* The one thing wrong so far. */
static inline void assert_flaw(enum tf_anomaly kind, const char *field, uint32_t offset)
{
    cr_assert_eq(anomalies(), 1);
    cr_assert_eq(counts()->anomalies[kind], 1);
    cr_assert_str_eq(counts()->flaw.field, field);
    cr_assert_eq(counts()->flaw.offset, offset, "offset %u", counts()->flaw.offset);
}

#define assert_tick(tick, kind, act, sd, id, px, sz, flag)                                     \
    do {                                                                                       \
        cr_assert_eq((tick).rtype, kind, "rtype 0x%02x", (tick).rtype);                        \
        cr_assert_eq((tick).action, act, "action %c", (tick).action);                          \
        cr_assert_eq((tick).side, sd, "side %c", (tick).side);                                 \
        cr_assert_eq((tick).instrument_id, (uint32_t)(id));                                    \
        cr_assert_eq((tick).price, (int64_t)(px), "price %ld", (long)(tick).price);            \
        cr_assert_eq((tick).size, (uint32_t)(sz), "size %u", (tick).size);                     \
        cr_assert_eq((tick).flags, (flag), "flags 0x%02x", (tick).flags);                      \
    } while (0)

#define assert_level(tick, act, sd, id, px, sz, orders, place, flag)                           \
    do {                                                                                       \
        assert_tick(tick, TF_RTYPE_LEVEL, act, sd, id, px, sz, flag);                          \
        cr_assert_eq((tick).level[0], (uint32_t)(orders), "orders %u", (tick).level[0]);       \
        cr_assert_eq((tick).level[1], (uint32_t)(place), "level %u", (tick).level[1]);         \
    } while (0)

#define assert_order(tick, act, sd, order, id, px, sz, flag)                                   \
    do {                                                                                       \
        assert_tick(tick, TF_RTYPE_MBO, act, sd, id, px, sz, flag);                            \
        cr_assert_eq((tick).order_id, (uint64_t)(order));                                      \
    } while (0)

#define assert_statistic(tick, word, act, sd, id, px, sz, flag)                                \
    do {                                                                                       \
        assert_tick(tick, TF_RTYPE_STATISTICS, act, sd, id, px, sz, flag);                     \
        cr_assert(memcmp((tick).text, word, 8) == 0, "text %.8s", (tick).text);                \
    } while (0)

/* Entries of templates 32 and 46. */
static inline void put_level(struct message *message, uint32_t at, int64_t price, int32_t size,
                             uint32_t id, uint32_t rpt_seq, int32_t orders, uint8_t place,
                             uint8_t action, char type)
{
    put(message, at, 8, (uint64_t)price);
    put(message, at + 8, 4, (uint32_t)size);
    put(message, at + 12, 4, id);
    put(message, at + 16, 4, rpt_seq);
    put(message, at + 20, 4, (uint32_t)orders);
    put(message, at + 24, 1, place);
    put(message, at + 25, 1, action);
    put(message, at + 26, 1, (uint8_t)type);
}

/* One level of template 46 alone, to move an instrument on. */
static inline void feed_level(uint32_t id, uint32_t rpt_seq)
{
    struct message message = make_refresh(46, 9, END);
    put_level(&message, add_group(&message, 3, 32, 1), 100, 5, id, rpt_seq, 1, 1, 0, '0');
    feed(&message);
}

#endif
