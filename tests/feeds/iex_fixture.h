/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the IEX feeds made by hand and a decoder to feed them to.  Offsets here are numbers
 * out of the venue's specification, not the decoder's names for them: a wrong name must not
 * agree with itself.
 */
#ifndef TF_IEX_FIXTURE_H
#define TF_IEX_FIXTURE_H

#include "iex.h"
#include "instrument_ids.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TIME UINT64_C(1499697277643876560)

struct message {
    uint8_t bytes[128];
    uint32_t length;
};

/* Little endian, `width` bytes. */
static inline void put(struct message *message, unsigned at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        message->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void put_text(struct message *message, unsigned at, const char *text)
{
    memcpy(message->bytes + at, text, strlen(text));
}

/* `flags` is the byte behind the type; "" for a message without a symbol. */
static inline struct message make(char type, uint32_t length, uint8_t flags, const char *symbol)
{
    struct message message = {.length = length};
    message.bytes[0] = (uint8_t)type;
    message.bytes[1] = flags;
    put(&message, 2, 8, TIME);
    if (symbol[0])
        put_text(&message, 10, "        ");
    put_text(&message, 10, symbol);
    return message;
}

static inline struct message make_quote(uint8_t flags, uint32_t bid_size, uint64_t bid,
                                        uint64_t ask, uint32_t ask_size)
{
    struct message quote = make('Q', 42, flags, "ZIEXT");
    put(&quote, 18, 4, bid_size);
    put(&quote, 22, 8, bid);
    put(&quote, 30, 8, ask);
    put(&quote, 38, 4, ask_size);
    return quote;
}

/* T or B. */
static inline struct message make_trade(char type, uint8_t flags, const char *symbol,
                                        uint32_t size, uint64_t price, uint64_t id)
{
    struct message trade = make(type, 38, flags, symbol);
    put(&trade, 18, 4, size);
    put(&trade, 22, 8, price);
    put(&trade, 30, 8, id);
    return trade;
}

/* 8 or 5. */
static inline struct message make_level(char type, uint8_t flags, const char *symbol,
                                        uint32_t size, uint64_t price)
{
    struct message level = make(type, 30, flags, symbol);
    put(&level, 18, 4, size);
    put(&level, 22, 8, price);
    return level;
}

/* a (flags: side), M or, with a trade's id, L. */
static inline struct message make_order(char type, uint8_t flags, const char *symbol,
                                        uint64_t id, uint32_t size, uint64_t price,
                                        uint64_t trade_id)
{
    struct message order = make(type, type == 'L' ? 46 : 38, flags, symbol);
    put(&order, 18, 8, id);
    put(&order, 26, 4, size);
    put(&order, 30, 8, price);
    put(&order, 38, 8, trade_id);
    return order;
}

static inline struct message make_delete(const char *symbol, uint64_t id)
{
    struct message message = make('R', 26, 0, symbol);
    put(&message, 18, 8, id);
    return message;
}

/* One decoder per test process, and the ticks of the last message. */
static const struct tf_decoder_ops *ops;
static struct tf_decoder *decoder;
static struct tf_tick ticks[TF_IEX_TICKS_MAX];
static uint32_t tick_count;
static uint64_t fed; /* messages */
static struct tf_instrument defined;
static unsigned definitions;

static inline void on_define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    defined = *instrument;
    definitions++;
}

static inline void open_decoder(const struct tf_decoder_ops *of)
{
    ops = of;
    decoder = ops->open(&(struct tf_decoder_options){.node = -1, .tally = true});
    cr_assert(decoder);
}

static inline void close_decoder(void)
{
    ops->close(decoder);
}

/*
 * Decode from a heap block of just that size, so that reading past it is caught by sanitizers.
 */
static inline void feed_bytes(const uint8_t *bytes, uint32_t length)
{
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_IEX_TICKS_MAX, .define = on_define};
    uint8_t *exact = malloc(length ? length : 1);
    memset(ticks, 0xAA, sizeof ticks);
    memcpy(exact, bytes, length);
    struct tf_venue_message message = {
        .bytes = exact, .length = length, .sequence = UINT64_C(0x700000000) + ++fed};
    if (ops->prefetch)
        ops->prefetch(decoder, &message, 1);
    ops->decode(decoder, &message, &sink);
    free(exact);
    tick_count = sink.count;
    cr_assert_leq(tick_count, ops->ticks_max);
    for (uint32_t i = 0; i < tick_count; i++) {
        if (i + 1 != tick_count)
            cr_assert_not(ticks[i].flags & TF_FLAG_LAST);
        cr_assert_eq(ticks[i].ts_recv, TF_UNDEF_TIMESTAMP);
        cr_assert_eq(ticks[i].ts_event, TIME);
        cr_assert_eq(ticks[i].seq, 0);
        cr_assert_eq(ticks[i].ts_pub, 0);
        if (ticks[i].rtype != TF_RTYPE_QUOTE)
            cr_assert_eq(ticks[i].sequence, fed);
    }
}

static inline void feed(struct message message)
{
    feed_bytes(message.bytes, message.length);
}

static inline const struct tf_feed_counts *counts(void)
{
    return ops->counts(decoder);
}

static inline uint64_t anomaly(enum tf_anomaly anomaly)
{
    return counts()->anomalies[anomaly];
}

static inline uint64_t anomalies(void)
{
    uint64_t total = 0;
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        total += counts()->anomalies[i];
    return total;
}

/* The message gave no tick, but this flaw. */
static inline void assert_flaw(enum tf_anomaly kind, const char *field, uint32_t offset)
{
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->flaw.kind, kind);
    cr_assert_str_eq(counts()->flaw.field, field);
    cr_assert_eq(counts()->flaw.offset, offset, "offset %u", counts()->flaw.offset);
    cr_assert_eq(counts()->flaw.count, anomalies());
}

static inline void assert_text(const struct tf_tick *tick, const char *text)
{
    cr_assert_arr_eq(tick->text, text, 8, "text %.8s", tick->text);
}

/* What most ticks differ in; a price of 1e-4, NO_PRICE for none. */
#define assert_tick(tick, type, act, sd, price4, sz)                                           \
    do {                                                                                       \
        cr_assert_eq((tick).rtype, type, "rtype %x", (tick).rtype);                            \
        cr_assert_eq((tick).action, act, "action %c", (tick).action);                          \
        cr_assert_eq((tick).side, sd, "side %c", (tick).side);                                 \
        cr_assert_eq((tick).price, (price4) < 0 ? TF_UNDEF_PRICE : (int64_t)(price4)*100000);  \
        cr_assert_eq((tick).size, (uint32_t)(sz), "size %u", (tick).size);                     \
    } while (0)
enum { NO_PRICE = -1 };

#endif
