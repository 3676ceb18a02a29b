/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a generated day is decoded, in memory, beside a copy of the same bytes in the same
 * run. Not a test and not part of a test run: decode_bench [messages] [symbols] [rounds],
 * prints JSON.
 *
 * Every pass does the same work in the same order, so it is timed in short pieces and each
 * piece counts with its best round: what another process took from us in between falls out.
 * "first_round" is the first pass as it was, with the growth of the order table and its page
 * faults.
 */
#include "binaryfile.h"
#include "clock.h"
#include "error.h"
#include "generator.h"
#include "itch50.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct day {
    uint8_t *bytes;
    size_t length;
    uint64_t messages;
};

static struct day make_day(uint64_t messages, uint32_t symbols)
{
    struct tf_generator_options options = {.messages = messages,
                                           .symbols = symbols,
                                           .seed = 1,
                                           .start_ns = TF_GENERATOR_START_NS,
                                           .duration_ns = TF_GENERATOR_DURATION_NS};
    int error;
    struct tf_generator *generator = tf_generator_new(&options, &error);
    struct day day = {.messages = messages};
    size_t room = (size_t)messages * TF_GENERATOR_FRAME_MAX + TF_GENERATOR_FRAME_MAX;
    day.bytes = generator ? malloc(room) : 0;
    if (!day.bytes) {
        fprintf(stderr, "decode_bench: %s\n", generator ? "no memory" : tf_errmsg());
        exit(71);
    }
    ptrdiff_t made;
    while ((made = tf_generator_read(generator, day.bytes + day.length, room - day.length)) > 0)
        day.length += (size_t)made;
    tf_generator_free(generator);
    return day;
}

/* The best time of each piece of a pass, over the rounds. */
struct timing {
    uint64_t *best;
    uint64_t first_ns; /* the first round as a whole */
    size_t at, count;
    uint64_t since, began;
};

static void begin_round(struct timing *timing, size_t pieces)
{
    if (!timing->best) {
        timing->best = malloc(pieces * sizeof *timing->best);
        timing->count = pieces;
        if (!timing->best)
            exit(71);
        memset(timing->best, 0xFF, pieces * sizeof *timing->best);
    }
    timing->at = 0;
    timing->began = timing->since = tf_monotonic_ns();
}

static void end_piece(struct timing *timing)
{
    uint64_t now = tf_monotonic_ns(), ns = now - timing->since;
    if (timing->at < timing->count && ns < timing->best[timing->at])
        timing->best[timing->at] = ns;
    timing->at++;
    timing->since = now;
}

static void end_round(struct timing *timing)
{
    end_piece(timing);
    if (!timing->first_ns)
        timing->first_ns = timing->since - timing->began;
    timing->count = timing->at; /* the same in every round */
}

/* Millions of messages a second, of the best pieces put together. */
static double best_rate(const struct day *day, const struct timing *timing)
{
    uint64_t ns = 0;
    for (size_t i = 0; i < timing->count; i++)
        ns += timing->best[i];
    return (double)day->messages * 1e3 / (double)ns;
}

enum { PIECE = 256 * 1024 };

/* The whole day through a small sink, as replay drains it; `ops` may be a variant of the
 * decoder's. */
static uint64_t decode_day(const struct day *day, const struct tf_decoder_ops *ops,
                           struct tf_decoder *decoder, struct timing *timing)
{
    enum { BATCH = 1024 };
    static struct tf_tick ticks[BATCH];
    struct tf_sink sink = {.ticks = ticks, .capacity = BATCH};
    struct tf_framing framing = {0};
    uint64_t total = 0;
    size_t mark = PIECE;
    ops->restart(decoder);
    begin_round(timing, day->length / PIECE + 1);
    for (size_t at = 0; !framing.ended;) {
        size_t consumed;
        tf_framing_decode(&tf_binaryfile, &framing, day->bytes + at, day->length - at,
                          UINT32_MAX, ops, decoder, &sink, &consumed);
        at += consumed;
        total += sink.count;
        sink.count = 0;
        if (at >= mark) {
            end_piece(timing);
            mark += PIECE;
        }
    }
    end_round(timing);
    return total;
}

static uint64_t walk_day(const struct day *day, struct timing *timing)
{
    uint64_t frames = 0;
    size_t mark = PIECE;
    begin_round(timing, day->length / PIECE + 1);
    for (size_t at = 0, frame; (frame = tf_binaryfile_frame(day->bytes + at, day->length - at));
         at += frame) {
        frames++;
        if (at >= mark) {
            end_piece(timing);
            mark += PIECE;
        }
    }
    end_round(timing);
    return frames;
}

static void copy_day(const struct day *day, uint8_t *copy, struct timing *timing)
{
    begin_round(timing, day->length / PIECE + 1);
    for (size_t at = 0; at < day->length; at += PIECE) {
        memcpy(copy + at, day->bytes + at, day->length - at < PIECE ? day->length - at : PIECE);
        end_piece(timing);
    }
    end_round(timing);
}

int main(int argc, char **argv)
{
    uint64_t arguments[3] = {4000000, 0, 5};
    for (int i = 1; i < argc && i <= 3; i++)
        if (!tf_parse_u64(argv[i], UINT32_MAX, &arguments[i - 1]))
            return 64;
    struct day day = make_day(arguments[0], (uint32_t)arguments[1]);
    uint8_t *copy = malloc(day.length);
    struct tf_decoder_options options = {.node = -1};
    struct tf_decoder *decoder = tf_itch50_ops.open(&options);
    struct tf_decoder_ops no_prefetch = tf_itch50_ops;
    no_prefetch.prefetch = 0;
    if (!copy || !decoder)
        return 71;
    memset(copy, 1, day.length);
    struct timing copying = {0}, walking = {0}, decoding = {0}, waiting = {0};
    uint64_t ticks = 0, frames = 0;
    for (uint64_t round = 0; round < arguments[2]; round++) {
        copy_day(&day, copy, &copying);
        frames = walk_day(&day, &walking);
        ticks = decode_day(&day, &tf_itch50_ops, decoder, &decoding);
        decode_day(&day, &no_prefetch, decoder, &waiting);
    }
    const struct tf_feed_counts *counts = tf_itch50_ops.counts(decoder);
    double copy_rate = best_rate(&day, &copying);
    printf("{\"messages\":%" PRIu64 ",\"bytes\":%zu,\"ticks\":%" PRIu64 ",\"symbols\":%" PRIu64
           ",\"orders_open\":%" PRIu64 ",\"frames\":%" PRIu64 ",\"decode_mps\":%.1f,"
           "\"first_round_mps\":%.1f,\"no_prefetch_mps\":%.1f,\"framing_mps\":%.1f,"
           "\"memcpy_mps\":%.1f,\"memcpy_gbps\":%.2f}\n",
           day.messages, day.length, ticks, counts->symbols, counts->orders_open, frames,
           best_rate(&day, &decoding), (double)day.messages * 1e3 / (double)decoding.first_ns,
           best_rate(&day, &waiting), best_rate(&day, &walking), copy_rate,
           copy_rate * (double)day.length / (double)day.messages / 1e3);
    tf_itch50_ops.close(decoder);
    free(copying.best);
    free(walking.best);
    free(decoding.best);
    free(waiting.best);
    free(copy);
    free(day.bytes);
    return 0;
}
