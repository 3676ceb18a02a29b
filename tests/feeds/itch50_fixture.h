/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages made by hand and a decoder to feed them to.  Offsets here are numbers out of the
 * venue's specification, not the decoder's names for them: a wrong name must not agree with
 * itself.
 */
#ifndef TF_ITCH50_FIXTURE_H
#define TF_ITCH50_FIXTURE_H

#include "itch50.h"

#include <criterion/criterion.h>
#include <string.h>

struct message {
    uint8_t bytes[64];
    uint32_t length;
};

/* Big endian, `width` bytes. */
static inline void put(struct message *message, unsigned at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        message->bytes[at + i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

static inline void put_text(struct message *message, unsigned at, const char *text)
{
    memcpy(message->bytes + at, text, strlen(text));
}

static inline struct message make(char type, uint32_t length, uint16_t locate, uint64_t time)
{
    struct message message = {.length = length};
    message.bytes[0] = (uint8_t)type;
    put(&message, 1, 2, locate);
    put(&message, 3, 2, 0xFFFF); /* a tracking number that would show in the time */
    put(&message, 5, 6, time);
    return message;
}

static inline struct message make_add(uint64_t ref, char side, uint32_t shares,
                                      const char *stock, uint32_t price)
{
    struct message message = make('A', 36, 7, 1000);
    put(&message, 11, 8, ref);
    message.bytes[19] = (uint8_t)side;
    put(&message, 20, 4, shares);
    put_text(&message, 24, stock);
    put(&message, 32, 4, price);
    return message;
}

static inline struct message make_executed(uint64_t ref, uint32_t shares, uint64_t match)
{
    struct message message = make('E', 31, 7, 2000);
    put(&message, 11, 8, ref);
    put(&message, 19, 4, shares);
    put(&message, 23, 8, match);
    return message;
}

static inline struct message make_executed_at(uint64_t ref, uint32_t shares, uint64_t match,
                                              char printable, uint32_t price)
{
    struct message message = make('C', 36, 7, 2500);
    put(&message, 11, 8, ref);
    put(&message, 19, 4, shares);
    put(&message, 23, 8, match);
    message.bytes[31] = (uint8_t)printable;
    put(&message, 32, 4, price);
    return message;
}

static inline struct message make_cancel(uint64_t ref, uint32_t shares)
{
    struct message message = make('X', 23, 7, 3000);
    put(&message, 11, 8, ref);
    put(&message, 19, 4, shares);
    return message;
}

static inline struct message make_delete(uint64_t ref)
{
    struct message message = make('D', 19, 7, 4000);
    put(&message, 11, 8, ref);
    return message;
}

static inline struct message make_replace(uint64_t ref, uint64_t new_ref, uint32_t shares,
                                          uint32_t price)
{
    struct message message = make('U', 35, 7, 5000);
    put(&message, 11, 8, ref);
    put(&message, 19, 8, new_ref);
    put(&message, 27, 4, shares);
    put(&message, 31, 4, price);
    return message;
}

/* One decoder per test process, and the ticks of the last message. */
static struct tf_decoder *decoder;
static struct tf_tick ticks[TF_ITCH50_TICKS_MAX];
static uint32_t tick_count;
static uint64_t fed; /* messages */
static struct tf_instrument defined;
static unsigned definitions;
#define MIDNIGHT UINT64_C(1548824400000000000)

static inline void on_define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    defined = *instrument;
    definitions++;
}

static inline void open_decoder(void)
{
    decoder =
        tf_itch50_ops.open(&(struct tf_decoder_options){.midnight_ns = MIDNIGHT, .node = -1});
    cr_assert(decoder);
}

static inline void close_decoder(void)
{
    tf_itch50_ops.close(decoder);
}

/*
 * Decode from a heap block of just that size, so that reading past it is caught by sanitizers.
 */
static inline void feed_bytes(const uint8_t *bytes, uint32_t length)
{
    struct tf_sink sink = {
        .ticks = ticks, .capacity = TF_ITCH50_TICKS_MAX, .define = on_define};
    uint8_t *exact = malloc(length ? length : 1);
    memset(ticks, 0xAA, sizeof ticks);
    memcpy(exact, bytes, length);
    struct tf_venue_message message = {
        .bytes = exact, .length = length, .sequence = ++fed};
    tf_itch50_ops.prefetch(decoder, &message, 1);
    tf_itch50_ops.decode(decoder, &message, &sink);
    free(exact);
    tick_count = sink.count;
    for (uint32_t i = 0; i < tick_count; i++) {
        cr_assert_eq(ticks[i].flags & TF_FLAG_LAST, i + 1 == tick_count ? TF_FLAG_LAST : 0);
        cr_assert_eq(ticks[i].ts_recv, TF_UNDEF_TIMESTAMP);
        cr_assert_eq(ticks[i].seq, 0);
        cr_assert_eq(ticks[i].ts_pub, 0);
    }
}

static inline void feed(struct message message)
{
    feed_bytes(message.bytes, message.length);
}

static inline const struct tf_feed_counts *counts(void)
{
    return tf_itch50_ops.counts(decoder);
}

static inline uint64_t anomalies(void)
{
    uint64_t total = 0;
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        total += counts()->anomalies[i];
    return total;
}

/* An MBO tick with all that matters; sizes and prices of 1e-4. */
#define assert_mbo(tick, act, sd, id, price4, sz, bad)                                         \
    do {                                                                                       \
        cr_assert_eq((tick).rtype, TF_RTYPE_MBO);                                              \
        cr_assert_eq((tick).action, act, "action %c", (tick).action);                          \
        cr_assert_eq((tick).side, sd, "side %c", (tick).side);                                 \
        cr_assert_eq((tick).order_id, (uint64_t)(id));                                         \
        cr_assert_eq((tick).price, (price4) < 0 ? TF_UNDEF_PRICE : (int64_t)(price4)*100000);  \
        cr_assert_eq((tick).size, (uint32_t)(sz), "size %u", (tick).size);                     \
        cr_assert_eq(!!((tick).flags & TF_FLAG_MAYBE_BAD_BOOK), bad);                          \
    } while (0)
enum { NO_PRICE = -1 };

#endif
