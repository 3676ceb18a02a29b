/* SPDX-License-Identifier: Apache-2.0 */
#include "generator.h"

#include "error.h"
#include "gen_day.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS_MAX = 65535, SYMBOLS_USUAL = 8000, MESSAGES_PER_SYMBOL = 125 };

/* How the messages that are not order flow share the day: NOII about a hundredth of it. */
static void plan_crosses(struct tf_generator *day, uint64_t messages)
{
    uint64_t crossing = messages / 2000 + 1;
    day->crossing = crossing < day->universe.count ? (uint32_t)crossing : day->universe.count;
    uint64_t rounds = messages / 200 / day->crossing;
    day->rounds = rounds < 1 ? 1 : rounds > 12 ? 12 : (uint32_t)rounds;
}

/* Enough open orders for a deep book, fewer than a real day's two million. */
static uint64_t orders_planned(uint64_t messages)
{
    enum { PLENTY = 1500000 };
    return messages / 12 < PLENTY ? messages / 12 : PLENTY;
}

static void open_books(struct tf_generator *day, uint64_t messages)
{
    enum { LEAST = 16, MOST = 20000 };
    for (uint32_t i = 0; i < day->universe.count; i++) {
        const struct gen_stock *stock = &day->universe.stocks[i];
        struct gen_book *book = &day->books[i];
        int32_t reference = (int32_t)stock->reference_cents;
        uint64_t target = LEAST + (orders_planned(messages) * stock->share >> 32);
        book->fair = reference;
        book->low = reference / 2 > 200 ? reference / 2 : 200;
        book->high = reference * 2;
        book->step = 1 + reference / 5000;
        book->orders_target = target < MOST ? (uint32_t)target : MOST;
    }
}

/* When the flow's next message comes and about which stock: a cluster is mostly about one. */
static void plan_next(struct tf_generator *day)
{
    bool follows;
    gen_time_next(&day->time, &day->random, &follows);
    uint64_t bits = tf_random_next(&day->random);
    if (!follows || bits % 4 == 0)
        day->stock = gen_universe_draw(&day->universe, tf_random_next(&day->random));
    __builtin_prefetch(&day->books[day->stock], 1);
}

static int check(const struct tf_generator_options *options)
{
    const uint64_t day_ns = UINT64_C(86400) * 1000000000, second_ns = 1000000000;
    if (options->symbols > SYMBOLS_MAX)
        return tf_fail(TF_EUSAGE, "%u symbols: at most %d have a stock locate",
                       options->symbols, SYMBOLS_MAX);
    if (options->duration_ns < second_ns || options->start_ns >= day_ns ||
        options->duration_ns >= day_ns - options->start_ns)
        return tf_fail(TF_EUSAGE,
                       "start and duration must lie within one day, and last a second");
    return 0;
}

static int open_day(struct tf_generator *day, const struct tf_generator_options *options)
{
    int error = check(options);
    if (error < 0)
        return error;
    uint64_t usual = options->messages / MESSAGES_PER_SYMBOL + 1;
    uint32_t symbols = options->symbols;
    if (!symbols)
        symbols = usual < SYMBOLS_USUAL ? (uint32_t)usual : SYMBOLS_USUAL;
    tf_random_seed(&day->random, options->seed);
    error = gen_universe_open(&day->universe, symbols, &day->random);
    if (error < 0)
        return error;
    plan_crosses(day, options->messages);
    uint64_t frame = gen_timetable_messages(day);
    if (options->messages < frame)
        return tf_fail(TF_EUSAGE,
                       "a day of %u symbols has at least %" PRIu64 " messages, not %" PRIu64,
                       symbols, frame, options->messages);
    day->books = aligned_alloc(64, symbols * sizeof *day->books);
    if (!day->books)
        return tf_fail(TF_EOS, "no memory for %u books", symbols);
    memset(day->books, 0, symbols * sizeof *day->books);
    open_books(day, options->messages);
    error = gen_pool_open(&day->pool);
    day->next_ref = day->next_match = 1;
    day->flow_left = options->messages - frame;
    gen_time_open(&day->time, options->start_ns, options->duration_ns, day->flow_left);
    if (day->flow_left)
        plan_next(day);
    return error;
}

struct tf_generator *tf_generator_new(const struct tf_generator_options *options, int *error)
{
    struct tf_generator *day = calloc(1, sizeof *day);
    *error = day ? open_day(day, options) : tf_fail(TF_EOS, "no memory for a generator");
    if (*error == 0)
        return day;
    tf_generator_free(day);
    return 0;
}

void tf_generator_free(struct tf_generator *generator)
{
    if (!generator)
        return;
    gen_pool_close(&generator->pool);
    gen_universe_close(&generator->universe);
    free(generator->books);
    free(generator);
}

/* The flow's next message; the one after it is planned first, so that its book can load. */
static bool write_flow(struct tf_generator *day, uint8_t **at)
{
    if (!gen_pool_reserve(&day->pool))
        return false;
    uint64_t time_ns = day->time.now_ns;
    uint16_t stock = day->stock;
    if (--day->flow_left)
        plan_next(day);
    gen_flow(day, at, stock, time_ns);
    return true;
}

ptrdiff_t tf_generator_read(struct tf_generator *generator, uint8_t *out, size_t room)
{
    uint8_t *at = out, *last = out + room - TF_GENERATOR_FRAME_MAX;
    uint64_t due = gen_timetable_due(generator);
    while (at <= last && !generator->ended) {
        bool flows = generator->flow_left && generator->time.now_ns < due;
        if (flows) {
            if (!write_flow(generator, &at))
                return tf_fail(TF_EOS, "no memory for one more order");
        } else if (due != UINT64_MAX) {
            gen_timetable_next(generator, &at);
            due = gen_timetable_due(generator);
        } else {
            tf_put_be16(at, 0);
            at += 2;
            generator->ended = true;
            break;
        }
        generator->messages++;
    }
    return at - out;
}

uint64_t tf_generator_messages(const struct tf_generator *generator)
{
    return generator->messages;
}
