/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DBN made by hand, byte by byte, and a decoder to feed it to.  Offsets here are numbers out of
 * the specification, not the decoder's names for them: a wrong name must not agree with itself.
 */
#ifndef TF_DBN_FIXTURE_H
#define TF_DBN_FIXTURE_H

#include "dbn.h"

#include <criterion/criterion.h>
#include <string.h>

struct record {
    uint8_t bytes[1024];
    uint32_t length;
};

/* Little endian, `width` bytes. */
static inline void put(struct record *record, unsigned at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        record->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void put_text(struct record *record, unsigned at, const char *text)
{
    memcpy(record->bytes + at, text, strlen(text));
}

/* Publisher 0x0102, instrument 0x0A0B0C0D, ts_event 1600000000123456789. */
static inline struct record make(uint8_t rtype, uint32_t length)
{
    struct record record = {.length = length};
    record.bytes[0] = (uint8_t)(length / 4);
    record.bytes[1] = rtype;
    put(&record, 2, 2, 0x0102);
    put(&record, 4, 4, 0x0A0B0C0D);
    put(&record, 8, 8, 1600000000123456789);
    return record;
}

static inline struct record make_mbo(char action, char side, uint64_t order, int64_t price,
                                     uint32_t size, uint8_t flags)
{
    struct record record = make(0xA0, 56);
    put(&record, 16, 8, order);
    put(&record, 24, 8, (uint64_t)price);
    put(&record, 32, 4, size);
    put(&record, 36, 1, flags);
    put(&record, 37, 1, 9); /* a channel that the tick has no place for */
    record.bytes[38] = (uint8_t)action;
    record.bytes[39] = (uint8_t)side;
    put(&record, 40, 8, 1600000000123999999);
    put(&record, 48, 4, 777);
    put(&record, 52, 4, 0xFEDCBA98);
    return record;
}

/* Trades (48 bytes) and what begins like them. */
static inline struct record make_mbp(uint8_t rtype, uint32_t length, char action, char side,
                                     uint8_t flags)
{
    struct record record = make(rtype, length);
    put(&record, 16, 8, 101500000000);
    put(&record, 24, 4, 12);
    record.bytes[28] = (uint8_t)action;
    record.bytes[29] = (uint8_t)side;
    record.bytes[30] = flags;
    record.bytes[31] = 3;
    put(&record, 32, 8, 1600000000123999999);
    put(&record, 40, 4, (uint32_t)-5);
    put(&record, 44, 4, 4711);
    return record;
}

static inline void put_level(struct record *record, unsigned level, int64_t bid, int64_t ask,
                             uint32_t bid_size, uint32_t ask_size)
{
    unsigned at = 48 + 32 * level;
    put(record, at, 8, (uint64_t)bid);
    put(record, at + 8, 8, (uint64_t)ask);
    put(record, at + 16, 4, bid_size);
    put(record, at + 20, 4, ask_size);
    put(record, at + 24, 4, 100 + level);
    put(record, at + 28, 4, 200 + level);
}

/* Version 3, one mapping of SYMB to the fixture's instrument; 328 bytes and the schema asked for. */
static inline struct record make_metadata(uint16_t schema)
{
    struct record record = {.length = 8 + 112 - 8 + 16 + 71 + 4 + 8 + 71 + 6};
    memcpy(record.bytes, "DBN\3", 4);
    put(&record, 4, 4, record.length - 8);
    put_text(&record, 8, "XNAS.ITCH");
    put(&record, 24, 2, schema);
    put(&record, 26, 8, 1600000000000000000);
    put(&record, 34, 8, UINT64_MAX);
    record.bytes[50] = 1;
    put(&record, 53, 2, 71);
    put(&record, 124, 4, 1);
    put_text(&record, 128, "SYMB");
    put(&record, 199, 4, 1);
    put(&record, 203, 4, 20200913);
    put(&record, 207, 4, 20200914);
    put_text(&record, 211, "168496141"); /* 0x0A0B0C0D */
    return record;
}

static struct tf_decoder *decoder;
static struct tf_tick ticks[TF_DBN_TICKS_MAX];
static uint32_t tick_count;
static struct tf_instrument defined[8];
static uint32_t defined_count;

static inline void on_define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    cr_assert(defined_count < 8);
    defined[defined_count++] = *instrument;
}

static inline void open_decoder(void)
{
    decoder = tf_dbn_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
    cr_assert(decoder);
    defined_count = 0;
}

static inline void close_decoder(void)
{
    tf_dbn_ops.close(decoder);
}

static inline void decode(const struct record *record, uint32_t channel)
{
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_DBN_TICKS_MAX, .define = on_define};
    struct tf_venue_message message = {
        .bytes = record->bytes, .length = record->length, .channel = channel};
    memset(ticks, 0x5A, sizeof ticks); /* what is not written shows */
    tf_dbn_ops.decode(decoder, &message, &sink);
    tick_count = sink.count;
}

/* A record; then `ticks` has what it gave. */
static inline void feed(struct record record)
{
    decode(&record, 0);
}

static inline void feed_metadata(struct record record)
{
    decode(&record, 1);
    cr_assert_eq(tick_count, 0);
}

static inline const struct tf_feed_counts *counts(void)
{
    return tf_dbn_ops.counts(decoder);
}

/* Every field of a tick but those that belong to a stream. */
static inline void assert_tick(const struct tf_tick *tick, uint8_t rtype, char action,
                               char side, uint8_t flags, uint64_t order_id, int64_t price,
                               uint32_t size, uint32_t sequence)
{
    cr_assert_eq(tick->ts_event, 1600000000123456789);
    cr_assert_eq(tick->instrument_id, 0x0A0B0C0D);
    cr_assert_eq(tick->seq, 0);
    cr_assert_eq(tick->ts_pub, 0);
    cr_assert_eq(tick->rtype, rtype, "rtype %02x", tick->rtype);
    cr_assert_eq(tick->action, action, "action %c", tick->action);
    cr_assert_eq(tick->side, side, "side %c", tick->side);
    cr_assert_eq(tick->flags, flags, "flags %02x", tick->flags);
    cr_assert_eq(tick->order_id, order_id, "order_id %llx", (unsigned long long)tick->order_id);
    cr_assert_eq(tick->price, price);
    cr_assert_eq(tick->size, size);
    cr_assert_eq(tick->sequence, sequence);
}

#endif
