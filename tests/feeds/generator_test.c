/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generator: the same day again from the same seed, and a day that a venue could have had.
 */
#include "binaryfile.h"
#include "generator.h"
#include "itch50.h"
#include "temp_file.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

static const struct tf_generator_options usual = {.messages = 100000,
                                                  .seed = 1,
                                                  .start_ns = TF_GENERATOR_START_NS,
                                                  .duration_ns = TF_GENERATOR_DURATION_NS};

static struct blob make_day(const struct tf_generator_options *options, size_t piece_length)
{
    struct blob day = {0};
    int error;
    struct tf_generator *generator = tf_generator_new(options, &error);
    cr_assert(generator, "%s", tf_errmsg());
    uint8_t *piece = malloc(piece_length);
    ptrdiff_t made;
    while ((made = tf_generator_read(generator, piece, piece_length)) > 0)
        blob_add(&day, piece, (size_t)made);
    cr_assert_eq(made, 0);
    cr_assert_eq(tf_generator_messages(generator), options->messages);
    free(piece);
    tf_generator_free(generator);
    return day;
}

/* The whole day decoded; each message's ticks are shown to `look`. */
static struct tf_feed_counts
decode_day(const struct blob *day, void (*look)(const struct tf_tick *ticks, uint32_t count))
{
    struct tf_decoder *decoder = tf_itch50_ops.open(&(struct tf_decoder_options){.node = -1});
    struct tf_tick ticks[TF_ITCH50_TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_ITCH50_TICKS_MAX};
    struct tf_framing framing = {0};
    size_t consumed;
    for (size_t at = 0; !framing.ended; at += consumed) {
        sink.count = 0;
        tf_framing_decode(&tf_binaryfile, &framing, day->bytes + at, day->length - at, 1,
                          &tf_itch50_ops, decoder, &sink, &consumed);
        cr_assert_gt(consumed, 0, "no end mark");
        if (look)
            look(ticks, sink.count);
    }
    struct tf_feed_counts counts = *tf_itch50_ops.counts(decoder);
    tf_itch50_ops.close(decoder);
    return counts;
}

/* Frozen: other bytes from these options are a change that users see. */
Test(generator, same_seed_same_bytes_on_every_machine)
{
    struct blob day = make_day(&usual, 1 << 16);
    struct blob again = make_day(&usual, TF_GENERATOR_FRAME_MAX);
    cr_assert_eq(day.length, again.length);
    cr_assert(memcmp(day.bytes, again.bytes, day.length) == 0);
    cr_assert_eq(XXH3_64bits(day.bytes, day.length), UINT64_C(0x594c6f5db8423f9a), "now %llx",
                 (unsigned long long)XXH3_64bits(day.bytes, day.length));
    struct tf_generator_options other = usual;
    other.seed = 2;
    struct blob different = make_day(&other, 1 << 16);
    cr_assert(different.length != day.length ||
              memcmp(day.bytes, different.bytes, day.length) != 0);
    free(day.bytes);
    free(again.bytes);
    free(different.bytes);
}

Test(generator, a_day_has_every_type_and_no_anomaly)
{
    static const char types[] = "SRHYLVWKJhAFECXDUPQBINO";
    struct blob day = make_day(&usual, 1 << 16);
    struct tf_feed_counts counts = decode_day(&day, 0);
    cr_assert_eq(counts.messages, usual.messages);
    for (int i = 0; i < TF_ANOMALY_COUNT; i++)
        cr_assert_eq(counts.anomalies[i], 0, "%s", tf_anomaly_name((enum tf_anomaly)i));
    for (unsigned i = 0; types[i]; i++)
        cr_assert_gt(counts.messages_by_type[(uint8_t)types[i]], 0, "type %c", types[i]);
    cr_assert_eq(counts.messages_by_type['S'], 6);
    cr_assert_eq(counts.first_ts_event, TF_GENERATOR_START_NS);
    cr_assert_eq(counts.last_ts_event, TF_GENERATOR_START_NS + TF_GENERATOR_DURATION_NS);
    cr_assert_eq(day.bytes[day.length - 2] | day.bytes[day.length - 1], 0);
    free(day.bytes);
}

Test(generator, any_size_is_valid)
{
    static const struct {
        uint64_t messages;
        uint32_t symbols;
        uint64_t duration_ns;
    } sizes[] = {{33, 1, 1000000000},
                 {5000, 1, 1000000000},
                 {5000, 3, TF_GENERATOR_DURATION_NS},
                 {400000, 65535, 3600000000000},
                 {300000, 100, 60000000000}};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct tf_generator_options options = usual;
        options.messages = sizes[i].messages;
        options.symbols = sizes[i].symbols;
        options.duration_ns = sizes[i].duration_ns;
        struct blob day = make_day(&options, 1 << 16);
        struct tf_feed_counts counts = decode_day(&day, 0);
        cr_assert_eq(counts.messages, sizes[i].messages);
        cr_assert_eq(counts.symbols, sizes[i].symbols);
        for (int k = 0; k < TF_ANOMALY_COUNT; k++)
            cr_assert_eq(counts.anomalies[k], 0, "%s", tf_anomaly_name((enum tf_anomaly)k));
        cr_assert_eq(counts.last_ts_event, options.start_ns + options.duration_ns);
        free(day.bytes);
    }
}

/* ---- a book made from the ticks ---- */

enum { STOCKS = 8, CENTS = 250000 };
static uint32_t shares_at[STOCKS + 1][2][CENTS]; /* by locate, side (0 bid), price in cents */
static uint32_t best_bid[STOCKS + 1], best_ask[STOCKS + 1];
static uint64_t executions;

static void find_best(uint32_t stock)
{
    uint32_t bid = best_bid[stock], ask = best_ask[stock];
    while (bid && !shares_at[stock][0][bid])
        bid--;
    while (ask < CENTS - 1 && !shares_at[stock][1][ask])
        ask++;
    best_bid[stock] = bid;
    best_ask[stock] = ask;
}

static void apply(const struct tf_tick *ticks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct tf_tick *tick = &ticks[i];
        if (tick->rtype != TF_RTYPE_MBO || tick->side == 'N')
            continue;
        uint32_t stock = tick->instrument_id, cents = (uint32_t)(tick->price / 10000000);
        int side = tick->side == 'A';
        cr_assert(stock >= 1 && stock <= STOCKS && tick->price > 0 && cents < CENTS);
        cr_assert(tick->price % 10000000 == 0, "not a whole cent");
        if (tick->action == 'A') {
            shares_at[stock][side][cents] += tick->size;
            if (side == 0 && cents > best_bid[stock])
                best_bid[stock] = cents;
            if (side == 1 && cents < best_ask[stock])
                best_ask[stock] = cents;
        } else if (tick->action == 'C') {
            bool executed = i > 0 && ticks[i - 1].action == 'F';
            cr_assert(!executed || cents == (side ? best_ask[stock] : best_bid[stock]),
                      "executed away from the best price");
            executions += executed;
            cr_assert_geq(shares_at[stock][side][cents], tick->size);
            shares_at[stock][side][cents] -= tick->size;
        }
        if (tick->flags & TF_FLAG_LAST) {
            find_best(stock);
            cr_assert_lt(best_bid[stock], best_ask[stock], "stock %u is crossed or locked",
                         stock);
        }
    }
}

Test(generator, books_are_never_crossed_and_trade_at_the_best_price)
{
    struct tf_generator_options options = usual;
    options.symbols = STOCKS;
    options.messages = 400000;
    struct blob day = make_day(&options, 1 << 16);
    for (uint32_t i = 0; i <= STOCKS; i++)
        best_ask[i] = CENTS - 1;
    struct tf_feed_counts counts = decode_day(&day, apply);
    cr_assert_gt(executions, 5000);
    cr_assert_gt(counts.orders_open, 100);
    free(day.bytes);
}

/* ---- order flow looks like a day's ---- */

static uint64_t matches_seen, match_last, time_last, per_stock[65536];

static void watch(const struct tf_tick *ticks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_geq(ticks[i].ts_event, time_last);
        time_last = ticks[i].ts_event;
        if (ticks[i].action == 'T') {
            cr_assert_gt(ticks[i].order_id, match_last, "match numbers rise");
            match_last = ticks[i].order_id;
            matches_seen++;
        }
    }
    if (count)
        per_stock[ticks[0].instrument_id]++;
}

Test(generator, mix_and_activity_are_those_of_a_day)
{
    struct tf_generator_options options = usual;
    options.messages = 500000;
    struct blob day = make_day(&options, 1 << 16);
    struct tf_feed_counts counts = decode_day(&day, watch);
    const uint64_t *types = counts.messages_by_type;
    uint64_t adds = types['A'] + types['F'];
    cr_assert(adds > 200000 && adds < 260000);
    cr_assert(types['D'] > 150000 && types['D'] < 230000);
    cr_assert(types['U'] > 25000 && types['U'] < 60000);
    cr_assert(types['E'] > 12000 && types['E'] < 30000);
    cr_assert_gt(matches_seen, 15000);
    uint64_t most = 0;
    for (unsigned i = 1; i < 65536; i++)
        most = per_stock[i] > most ? per_stock[i] : most;
    cr_assert_gt(most, 20 * options.messages / counts.symbols,
                 "some stocks are far more active");
    free(day.bytes);
}

Test(generator, refuses_what_cannot_be)
{
    int error;
    struct tf_generator_options options = usual;
    options.messages = 10;
    cr_assert_null(tf_generator_new(&options, &error));
    cr_assert_eq(error, TF_EUSAGE);
    options = usual;
    options.symbols = 65536;
    cr_assert_null(tf_generator_new(&options, &error));
    cr_assert_eq(error, TF_EUSAGE);
    options = usual;
    options.duration_ns = UINT64_C(86400) * 1000000000;
    cr_assert_null(tf_generator_new(&options, &error));
    cr_assert_eq(error, TF_EUSAGE);
}
