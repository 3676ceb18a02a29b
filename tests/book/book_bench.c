/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast books are kept: book_bench FILE [ROUNDS], a recording, whole, in memory, as ticks.  Not a
 * test.  Prints JSON.
 *
 * "apply": all ticks through tf_books_apply(), in pieces, each with its best round, beside a copy of
 * the same ticks.  "levels": what those ticks do to price levels, replayed against three
 * structures: the library's array with the best at the end, the same array with the best in
 * front, and std::map.  "standing": n levels stand while one near the best, or the worst, comes and goes.
 *
 * With one round valgrind --tool=callgrind --collect-atstart=no --toggle-collect=tf_books_apply counts
 * the instructions.
 */
#include "book_side.h"
#include "clock.h"
#include "error.h"
#include "level_map.h"
#include "recording.h"
#include "text.h"
#include "tickfan_book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096 };

struct ticks {
    struct tf_tick *at;
    size_t count, room;
};

static void *must(void *memory)
{
    if (!memory) {
        fputs("book_bench: no memory\n", stderr);
        exit(71);
    }
    return memory;
}

static struct ticks read_ticks(const char *path)
{
    int error = 0;
    struct tf_recording_options options = {.decoder.node = -1};
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    if (!recording) {
        fprintf(stderr, "book_bench: %s\n", tf_errmsg());
        exit(66);
    }
    struct ticks ticks = {0};
    for (ptrdiff_t messages = 1; messages > 0;) {
        if (ticks.room - ticks.count < 2 * TF_SINK_MIN) {
            ticks.room = ticks.room ? ticks.room * 2 : 1 << 20;
            ticks.at = must(realloc(ticks.at, ticks.room * sizeof *ticks.at));
        }
        struct tf_sink sink = {.ticks = ticks.at + ticks.count, .capacity = 2 * TF_SINK_MIN};
        messages = tf_recording_next(recording, TF_SINK_MIN, &sink);
        ticks.count += sink.count;
    }
    tf_recording_close(recording);
    return ticks;
}

struct timing {
    uint64_t *best;
    size_t at;
    uint64_t since, began, first_ns;
};

static void begin_round(struct timing *timing, size_t pieces)
{
    if (!timing->best) {
        timing->best = must(malloc(pieces * sizeof *timing->best));
        memset(timing->best, 0xFF, pieces * sizeof *timing->best);
    }
    timing->at = 0;
    timing->began = timing->since = tf_monotonic_ns();
}

static void end_piece(struct timing *timing)
{
    uint64_t now = tf_monotonic_ns(), ns = now - timing->since;
    if (ns < timing->best[timing->at])
        timing->best[timing->at] = ns;
    timing->at++;
    timing->since = now;
}

/* Nanoseconds each, of the best pieces put together. */
static double best_ns(const struct timing *timing, size_t count)
{
    uint64_t ns = 0;
    for (size_t i = 0; i < timing->at; i++)
        ns += timing->best[i];
    return (double)ns / (double)count;
}

/* ---- the library ----------------------------------------------------------------------------- */

static void apply_all(const struct ticks *ticks, struct timing *timing,
                      struct tf_books_totals *totals)
{
    tf_books *books = must(tf_books_create(0));
    begin_round(timing, ticks->count / PIECE + 1);
    for (size_t first = 0; first < ticks->count; first += PIECE) {
        size_t count = ticks->count - first < PIECE ? ticks->count - first : PIECE;
        for (size_t done = 0; done < count;)
            done += tf_books_apply(books, ticks->at + first + done, count - done);
        end_piece(timing);
    }
    if (!timing->first_ns)
        timing->first_ns = timing->since - timing->began;
    tf_books_totals(books, totals);
    tf_books_destroy(books);
}

static void copy_all(const struct ticks *ticks, struct timing *timing)
{
    static struct tf_tick copy[PIECE];
    begin_round(timing, ticks->count / PIECE + 1);
    for (size_t first = 0; first < ticks->count; first += PIECE) {
        size_t count = ticks->count - first < PIECE ? ticks->count - first : PIECE;
        memcpy(copy, ticks->at + first, count * sizeof *copy);
        __asm__ volatile("" : : "r"(copy) : "memory");
        end_piece(timing);
    }
}

/* ---- structures of levels -------------------------------------------------------------------- */

/* What one tick does to one side. */
struct step {
    uint32_t side; /* index */
    int32_t orders;
    int64_t key;
    int64_t size;
};

struct trace {
    struct step *steps;
    size_t count;
    uint32_t sides;
    uint64_t distance; /* summed: levels between the step's and the best */
    uint32_t levels_most;
};

static void add_step(struct trace *trace, uint32_t id, char side, int64_t price, int64_t size,
                     int32_t orders)
{
    uint32_t index = id * 2 + (side == 'A');
    trace->steps[trace->count++] =
        (struct step){index, orders, tf_side_key(price, side == 'A'), size};
    if (trace->sides <= index)
        trace->sides = index + 1;
}

/* Of MBO ticks of A and C; what else there is is rare. */
static struct trace make_trace(const struct ticks *ticks)
{
    struct trace trace = {.steps = must(malloc((ticks->count + 1) * sizeof *trace.steps))};
    tf_books *books = must(tf_books_create(0));
    struct tf_book_order order;
    for (size_t i = 0; i < ticks->count; i++) {
        const struct tf_tick *tick = &ticks->at[i];
        if (tick->rtype == TF_RTYPE_MBO && tick->action == 'A')
            add_step(&trace, tick->instrument_id, tick->side, tick->price, tick->size, 1);
        if (tick->rtype == TF_RTYPE_MBO && tick->action == 'C' &&
            tf_book_order(books, tick->instrument_id, tick->order_id, &order))
            add_step(&trace, tick->instrument_id, order.side, order.price, -(int64_t)tick->size,
                     tick->size < order.size ? 0 : -1);
        tf_books_apply(books, tick, 1);
    }
    tf_books_destroy(books);
    return trace;
}

/* With the best at the end: book_side.h, as book_mbo.c uses it. */
static int64_t change_end(struct tf_side *side, const struct step *step)
{
    uint32_t at = tf_side_find(side, step->key);
    if (!tf_side_has(side, at, step->key)) {
        tf_side_insert(side, at, UINT32_MAX);
        side->levels[at] = (struct tf_side_level){.key = step->key};
    }
    struct tf_side_level *level = &side->levels[at];
    level->size += (uint64_t)step->size;
    level->orders += (uint32_t)step->orders;
    if (level->orders == 0)
        tf_side_remove(side, at);
    if (side->count == 0)
        return 0;
    level = &side->levels[side->count - 1];
    return level->key + (int64_t)level->size;
}

/* With the best in front: the same looks, other moves. */
static int64_t change_front(struct tf_side *side, const struct step *step)
{
    uint32_t at = 0, near = side->count < TF_SIDE_NEAR ? side->count : TF_SIDE_NEAR;
    while (at < near && side->levels[at].key > step->key)
        at++;
    if (at == near) {
        uint32_t end = side->count;
        while (at < end) {
            uint32_t middle = at + (end - at) / 2;
            if (side->levels[middle].key > step->key)
                at = middle + 1;
            else
                end = middle;
        }
    }
    if (!tf_side_has(side, at, step->key)) {
        tf_side_insert(side, at, UINT32_MAX);
        side->levels[at] = (struct tf_side_level){.key = step->key};
    }
    struct tf_side_level *level = &side->levels[at];
    level->size += (uint64_t)step->size;
    level->orders += (uint32_t)step->orders;
    if (level->orders == 0)
        tf_side_remove(side, at);
    return side->count ? side->levels[0].key + (int64_t)side->levels[0].size : 0;
}

static volatile int64_t sink_of_best;

typedef int64_t change_of(struct tf_side *side, const struct step *step);

static inline __attribute__((always_inline)) void
replay_array(const struct trace *trace, struct timing *timing, change_of *change)
{
    struct tf_side *sides = must(calloc(trace->sides, sizeof *sides));
    int64_t sum = 0;
    begin_round(timing, trace->count / PIECE + 1);
    for (size_t i = 0; i < trace->count; i++) {
        sum += change(&sides[trace->steps[i].side], &trace->steps[i]);
        if (i % PIECE == PIECE - 1)
            end_piece(timing);
    }
    end_piece(timing);
    sink_of_best = sum;
    for (uint32_t i = 0; i < trace->sides; i++)
        tf_side_close(&sides[i]);
    free(sides);
}

static void replay_end(const struct trace *trace, struct timing *timing)
{
    replay_array(trace, timing, change_end);
}

static void replay_front(const struct trace *trace, struct timing *timing)
{
    replay_array(trace, timing, change_front);
}

static void replay_map(const struct trace *trace, struct timing *timing)
{
    struct level_map **maps = must(calloc(trace->sides, sizeof(struct level_map *)));
    for (uint32_t i = 0; i < trace->sides; i++)
        maps[i] = level_map_new();
    int64_t sum = 0;
    begin_round(timing, trace->count / PIECE + 1);
    for (size_t i = 0; i < trace->count; i++) {
        const struct step *step = &trace->steps[i];
        level_map_change(maps[step->side], step->key, step->size, step->orders);
        sum += level_map_best(maps[step->side]);
        if (i % PIECE == PIECE - 1)
            end_piece(timing);
    }
    end_piece(timing);
    if (sum != sink_of_best)
        fputs("book_bench: the structures do not agree\n", stderr);
    for (uint32_t i = 0; i < trace->sides; i++)
        level_map_free(maps[i]);
    free(maps);
}

/* How deep books are, and how far from the best they change. */
static void measure_depth(struct trace *trace)
{
    struct tf_side *sides = must(calloc(trace->sides, sizeof *sides));
    for (size_t i = 0; i < trace->count; i++) {
        struct tf_side *side = &sides[trace->steps[i].side];
        trace->distance += side->count - tf_side_find(side, trace->steps[i].key);
        change_end(side, &trace->steps[i]);
        if (trace->levels_most < side->count)
            trace->levels_most = side->count;
    }
    for (uint32_t i = 0; i < trace->sides; i++)
        tf_side_close(&sides[i]);
    free(sides);
}

/* n levels, then one comes and goes 20,000 times: the worst, or the fourth best. */
static struct trace standing_trace(uint32_t levels, bool is_near)
{
    struct trace trace = {.steps = must(malloc((levels + 40000) * sizeof *trace.steps)),
                          .sides = 1};
    int64_t key = is_near ? ((int64_t)levels - 3) * 2 + 999 : 0;
    for (uint32_t i = 0; i < levels; i++)
        trace.steps[trace.count++] = (struct step){0, 1, (int64_t)i * 2 + 1000, 1};
    for (uint32_t i = 0; i < 40000; i++)
        trace.steps[trace.count++] = (struct step){0, i & 1 ? -1 : 1, key, i & 1 ? -1 : 1};
    return trace;
}

static void print_standing(uint32_t levels, bool is_near, const char *end_of_text)
{
    struct trace trace = standing_trace(levels, is_near);
    struct timing end = {0}, front = {0}, map = {0};
    for (int round = 0; round < 3; round++) {
        replay_end(&trace, &end);
        replay_front(&trace, &front);
        replay_map(&trace, &map);
    }
    printf("{\"levels\":%" PRIu32
           ",\"at\":\"%s\",\"end_ns\":%.0f,\"front_ns\":%.0f,\"map_ns\":%.0f}%s",
           levels, is_near ? "near" : "far", best_ns(&end, trace.count),
           best_ns(&front, trace.count), best_ns(&map, trace.count), end_of_text);
    free(trace.steps);
    free(end.best);
    free(front.best);
    free(map.best);
}

int main(int argc, char **argv)
{
    uint64_t rounds = 5;
    if (argc < 2 || (argc > 2 && !tf_parse_u64(argv[2], 1000, &rounds)))
        return 64;
    struct ticks ticks = read_ticks(argv[1]);
    struct timing applying = {0}, copying = {0}, end = {0}, front = {0}, map = {0};
    struct tf_books_totals totals;
    for (uint64_t round = 0; round < rounds; round++) {
        apply_all(&ticks, &applying, &totals);
        copy_all(&ticks, &copying);
    }
    double apply_ns = best_ns(&applying, ticks.count);
    printf(
        "{\"ticks\":%zu,\"instruments\":%" PRIu32 ",\"orders_peak\":%" PRIu64
        ",\"changes\":%" PRIu64 ",\"bytes\":%" PRIu64
        ",\"apply\":{\"ns\":%.2f,\"mtps\":%.1f,\"first_round_mtps\":%.1f,\"copy_mtps\":%.1f}",
        ticks.count, totals.instruments, totals.orders_peak, totals.changes, totals.bytes,
        apply_ns, 1e3 / apply_ns, (double)ticks.count * 1e3 / (double)applying.first_ns,
        1e3 / best_ns(&copying, ticks.count));
    if (rounds > 1) {
        struct trace trace = make_trace(&ticks);
        measure_depth(&trace);
        for (uint64_t round = 0; round < rounds && trace.count; round++) {
            replay_end(&trace, &end);
            replay_front(&trace, &front);
            replay_map(&trace, &map);
        }
        printf(",\"levels\":{\"steps\":%zu,\"most\":%" PRIu32
               ",\"mean_distance\":%.1f,\"end_ns\":%.1f,\"front_ns\":%.1f,\"map_ns\":%.1f}",
               trace.count, trace.levels_most, (double)trace.distance / (double)trace.count,
               best_ns(&end, trace.count), best_ns(&front, trace.count),
               best_ns(&map, trace.count));
        printf(",\"standing\":[");
        for (uint32_t levels = 10; levels <= 10000; levels *= 10) {
            print_standing(levels, true, ",");
            print_standing(levels, false, levels < 10000 ? "," : "]");
        }
        free(trace.steps);
    }
    puts("}");
    free(ticks.at);
    free(applying.best);
    free(copying.best);
    free(end.best);
    free(front.best);
    free(map.best);
    return 0;
}
