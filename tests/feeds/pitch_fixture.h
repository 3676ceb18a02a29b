/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PITCH messages made by hand, binary and text, and a decoder to feed them to.  Offsets here are
 * numbers out of the venue's specification, not the decoder's names for them: a wrong name must
 * not agree with itself.
 */
#ifndef TF_PITCH_FIXTURE_H
#define TF_PITCH_FIXTURE_H

#include "format.h"
#include "instrument_ids.h"
#include "json_out.h"
#include "pitch_ascii.h"
#include "pitch_binary.h"
#include "pitch_session.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS_MAX = 3 };
#define MIDNIGHT UINT64_C(1692676800000000000)

struct message {
    uint8_t bytes[256];
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

/* A binary message: its own length first. */
static inline struct message make(uint8_t type, uint8_t length, uint32_t offset)
{
    struct message message = {.bytes = {length, type}, .length = length};
    put(&message, 2, 4, offset);
    return message;
}

static inline struct message make_time(uint32_t seconds)
{
    return make(0x20, 6, seconds);
}

static inline struct message make_add_long(uint64_t id, char side, uint32_t shares,
                                           const char *symbol6, uint64_t price)
{
    struct message message = make(0x21, 34, 1000);
    put(&message, 6, 8, id);
    message.bytes[14] = (uint8_t)side;
    put(&message, 15, 4, shares);
    put_text(&message, 19, symbol6);
    put(&message, 25, 8, price);
    message.bytes[33] = 1;
    return message;
}

static inline struct message make_executed(uint64_t id, uint32_t shares, uint64_t execution)
{
    struct message message = make(0x23, 26, 2000);
    put(&message, 6, 8, id);
    put(&message, 14, 4, shares);
    put(&message, 18, 8, execution);
    return message;
}

/* A text message, as printf. */
__attribute__((format(printf, 1, 2))) static inline struct message text(const char *format, ...)
{
    struct message message = {.length = 0};
    va_list arguments;
    va_start(arguments, format);
    message.length =
        (uint32_t)vsnprintf((char *)message.bytes, sizeof message.bytes, format, arguments);
    va_end(arguments);
    return message;
}

/* One decoder per test process, and the ticks of the last message. */
static const struct tf_decoder_ops *ops;
static struct tf_decoder *decoder;
static struct tf_tick ticks[TICKS_MAX];
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

static inline void open_decoder(const struct tf_decoder_ops *which)
{
    ops = which;
    decoder = ops->open(
        &(struct tf_decoder_options){.midnight_ns = MIDNIGHT, .node = -1, .tally = true});
    cr_assert(decoder);
}

static inline void close_decoder(void)
{
    ops->close(decoder);
}

/*
 * Decode from a heap block of just that size, so that reading past it is caught by sanitizers.
 */
static inline void feed_on(struct message message, uint32_t channel)
{
    struct tf_sink sink = {.ticks = ticks, .capacity = TICKS_MAX, .define = on_define};
    uint8_t *exact = malloc(message.length ? message.length : 1);
    memset(ticks, 0xAA, sizeof ticks);
    memcpy(exact, message.bytes, message.length);
    struct tf_venue_message found = {
        .bytes = exact, .length = message.length, .channel = channel, .sequence = ++fed};
    if (ops->prefetch)
        ops->prefetch(decoder, &found, 1);
    ops->decode(decoder, &found, &sink);
    free(exact);
    tick_count = sink.count;
    for (uint32_t i = 0; i < tick_count; i++) {
        cr_assert_eq(ticks[i].flags & TF_FLAG_LAST, i + 1 == tick_count ? TF_FLAG_LAST : 0);
        cr_assert_eq(ticks[i].ts_recv, TF_UNDEF_TIMESTAMP);
        cr_assert_eq(ticks[i].sequence, (uint32_t)fed);
        cr_assert_eq(ticks[i].seq, 0);
        cr_assert_eq(ticks[i].ts_pub, 0);
    }
}

static inline void feed(struct message message)
{
    feed_on(message, 0);
}

static inline const struct tf_feed_counts *counts(void)
{
    return ops->counts(decoder);
}

static inline uint64_t anomalies(void)
{
    uint64_t total = 0;
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        total += counts()->anomalies[i];
    return total;
}

/* The last message gave no tick, and a flaw of this kind in this field. */
static inline void assert_flaw(enum tf_anomaly kind, const char *field, uint32_t offset)
{
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[kind], 1, "%s", tf_anomaly_name(kind));
    cr_assert_eq(counts()->flaw.kind, kind);
    cr_assert_str_eq(counts()->flaw.field, field);
    cr_assert_eq(counts()->flaw.offset, offset, "offset %u", counts()->flaw.offset);
}

/* facts() as one text, to be freed. */
static inline char *facts(void)
{
    char *out = 0;
    size_t size;
    struct tf_json json = {.out = open_memstream(&out, &size)};
    tf_json_object(&json, 0);
    ops->facts(decoder, &json);
    tf_json_end_object(&json);
    fclose(json.out);
    return out;
}

static inline void assert_facts_have(const char *part)
{
    char *all = facts();
    cr_assert(strstr(all, part), "%s not in %s", part, all);
    free(all);
}

/* An MBO tick with all that matters; prices of 1e-4, NO_PRICE: undefined. */
#define assert_mbo(tick, act, sd, id, price4, sz, bad)                                         \
    do {                                                                                       \
        cr_assert_eq((tick).rtype, TF_RTYPE_MBO);                                              \
        cr_assert_eq((tick).action, act, "action %c", (tick).action);                          \
        cr_assert_eq((tick).side, sd, "side %c", (tick).side);                                 \
        cr_assert_eq((tick).order_id, (uint64_t)(id));                                         \
        cr_assert_eq((tick).price,                                                             \
                     (price4) == NO_PRICE ? TF_UNDEF_PRICE : (int64_t)(price4)*100000);        \
        cr_assert_eq((tick).size, (uint32_t)(sz), "size %u", (tick).size);                     \
        cr_assert_eq(!!((tick).flags & TF_FLAG_MAYBE_BAD_BOOK), bad);                          \
    } while (0)
enum { NO_PRICE = INT32_MIN };

#endif
