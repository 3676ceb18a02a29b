/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

#include "spread.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers ------------------------------------------------------------------------------------ */

/* Walks "a.b.c", `length` bytes of it. */
static const json_t *walk(const json_t *at, const char *path, size_t length)
{
    while (at && length) {
        const char *dot = memchr(path, '.', length);
        size_t step = dot ? (size_t)(dot - path) : length;
        at = json_object_getn(at, path, step);
        step += dot != NULL;
        path += step;
        length -= step;
    }
    return at;
}

static bool take(const json_t *value, struct tf_reading *reading)
{
    if (json_is_number(value)) {
        double number = json_number_value(value);
        *reading = (struct tf_reading){number, number, number, 0, NULL};
        return true;
    }
    const json_t *middle = json_object_get(value, "middle"),
                 *low = json_object_get(value, "low"), *high = json_object_get(value, "high");
    if (!json_is_number(middle) || !json_is_number(low) || !json_is_number(high))
        return false;
    json_int_t count = json_integer_value(json_object_get(value, "count"));
    *reading =
        (struct tf_reading){json_number_value(low), json_number_value(middle),
                            json_number_value(high), count > 0 ? (unsigned)count : 1, NULL};
    return true;
}

bool tf_reading_in(const json_t *row, const char *path, struct tf_reading *reading)
{
    while (*path) {
        size_t length = strcspn(path, "|");
        if (take(walk(row, path, length), reading)) {
            reading->row = row;
            return true;
        }
        path += length + (path[length] == '|');
    }
    return false;
}

/* How many times `b` is above `a`, as a logarithm; quartiles that are no positive numbers say nothing. */
static double distance(double a, double b)
{
    return a > 0 && b > a ? log(b / a) : 0;
}

struct tf_reading tf_reading_ratio(const struct tf_reading *a, const struct tf_reading *b)
{
    double middle = a->middle / b->middle;
    double below = hypot(distance(a->low, a->middle), distance(b->middle, b->high));
    double above = hypot(distance(a->middle, a->high), distance(b->low, b->middle));
    unsigned rounds =
        a->rounds && (!b->rounds || a->rounds < b->rounds) ? a->rounds : b->rounds;
    return (struct tf_reading){middle * exp(-below), middle, middle * exp(above), rounds,
                               a->row};
}

/* ---- rounds ------------------------------------------------------------------------------------- */

enum { ROUNDS_MAX = 4096 };

/* Floods of a row that is paced otherwise are rounds of their own, numbered apart. */
static const json_t *rounds_with(const json_t *row, const char *key)
{
    const json_t *floods = json_object_get(row, "flood_rounds");
    return floods && strcmp(key, "rate") == 0 ? floods : json_object_get(row, "rounds");
}

/* The round of that number; they are in order, but some may be missing. */
static const json_t *round_of(const json_t *rounds, json_int_t number)
{
    size_t i;
    json_t *round;
    json_array_foreach(rounds, i, round) if (json_integer_value(json_object_get(
                                                 round, "round")) == number) return round;
    return NULL;
}

/* NAN: disturbed, or not there. */
static double number_in(const json_t *round, const char *key, bool quiet)
{
    const json_t *number = json_object_get(round, key);
    if (!json_is_number(number) || json_number_value(number) <= 0 ||
        (quiet && !json_is_true(json_object_get(round, "quiet"))))
        return NAN;
    return json_number_value(number);
}

static struct tf_spread pair_all(const json_t *a, const json_t *b, bool far, const char *key,
                                 bool quiet)
{
    double ratios[ROUNDS_MAX];
    uint32_t count = 0;
    size_t i;
    json_t *round;
    const json_t *others = rounds_with(b, key);
    json_array_foreach(rounds_with(a, key), i, round)
    {
        json_int_t number = json_integer_value(json_object_get(round, "round"));
        const json_t *place = json_object_get(round, "far"); /* absent: neither near nor far */
        if (!json_is_boolean(place) || json_is_true(place) != far || count == ROUNDS_MAX)
            continue;
        ratios[count] = number_in(round, key, quiet);
        if (b)
            ratios[count] /= number_in(round_of(others, number), key, quiet);
        count++;
    }
    return tf_quartiles(ratios, count);
}

bool tf_reading_paired(const json_t *a, const json_t *b, const char *path,
                       struct tf_reading *reading)
{
    const char *dot = strchr(path, '.');
    bool far = strncmp(path, "far.", 4) == 0;
    if (!dot)
        return false;
    struct tf_spread spread = pair_all(a, b, far, dot + 1, false),
                     quiet = pair_all(a, b, far, dot + 1, true);
    if (quiet.count >= TF_ROUNDS_MIN && quiet.count * 5 >= spread.count)
        spread = quiet;
    *reading = (struct tf_reading){spread.low, spread.middle, spread.high, spread.count, a};
    return spread.count > 0;
}

/* ---- rows --------------------------------------------------------------------------------------- */

const char *tf_row_text(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

bool tf_row_has_trait(const json_t *row, const char *trait)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(row, "traits"), i,
                       one) if (json_is_string(one) &&
                                strcmp(json_string_value(one), trait) == 0) return true;
    return false;
}

bool tf_row_is_disturbed(const json_t *row, json_int_t *quiet, json_int_t *disturbed)
{
    const json_t *blocks = json_object_get(row, "blocks");
    *quiet = json_integer_value(json_object_get(blocks, "quiet"));
    *disturbed = json_integer_value(json_object_get(blocks, "disturbed"));
    return *disturbed > *quiet;
}

const char *tf_result_unfit(const json_t *result)
{
    size_t i;
    json_t *reason;
    json_array_foreach(json_object_get(result, "unfit"), i, reason)
    {
        const char *text = json_string_value(reason);
        if (text && strncmp(text, "note: ", 6) != 0)
            return text;
    }
    return NULL;
}

static bool matches(const json_t *row, const struct tf_where *where)
{
    if (where->transport && strcmp(tf_row_text(row, "transport"), where->transport) != 0)
        return false;
    if (where->row_case && strcmp(tf_row_text(row, "case"), where->row_case) != 0)
        return false;
    const json_t *x = json_object_get(row, "x");
    if (where->series && strcmp(tf_row_text(x, "name"), where->series) != 0)
        return false;
    return where->at == 0 || json_number_value(json_object_get(x, "value")) == where->at;
}

void tf_rows_visit(const json_t *result, const struct tf_where *where,
                   bool (*visit)(void *context, const json_t *object, const json_t *row),
                   void *context)
{
    size_t i, j;
    json_t *object, *row;
    json_array_foreach(json_object_get(result, "measurements"), i, object)
    {
        if (where->measurement &&
            strcmp(tf_row_text(object, "measurement"), where->measurement) != 0)
            continue;
        json_array_foreach(json_object_get(object, "rows"), j,
                           row) if (matches(row, where) && !visit(context, object, row)) return;
    }
}

static bool first(void *context, const json_t *object, const json_t *row)
{
    (void)object;
    *(const json_t **)context = row;
    return false;
}

const json_t *tf_row_find(const json_t *result, const struct tf_where *where)
{
    const json_t *row = NULL;
    tf_rows_visit(result, where, first, &row);
    return row;
}

struct search {
    const char *path;
    struct tf_reading *reading;
    bool found;
    unsigned rows;
    const char *skipped;
};

static bool look(void *context, const json_t *object, const json_t *row)
{
    (void)object;
    struct search *search = context;
    search->rows++;
    const char *skipped = tf_row_text(row, "skipped");
    if (*skipped)
        search->skipped = skipped;
    search->found = tf_reading_in(row, search->path, search->reading);
    return !search->found;
}

bool tf_reading_find(const json_t *result, const struct tf_where *where,
                     struct tf_reading *reading)
{
    struct search search = {.path = where->path, .reading = reading};
    tf_rows_visit(result, where, look, &search);
    return search.found;
}

void tf_reading_missing(const json_t *result, const struct tf_where *where, char why[256])
{
    struct tf_reading reading;
    struct search search = {.path = where->path, .reading = &reading};
    tf_rows_visit(result, where, look, &search);
    if (search.skipped)
        snprintf(why, 256, "skipped: %s", search.skipped);
    else if (strstr(where->path, "near") && search.rows)
        snprintf(why, 256, "no round of this run was between near CPUs");
    else if (strstr(where->path, "far") && search.rows)
        snprintf(why, 256, "no round of this run was between far CPUs");
    else
        snprintf(why, 256, "not measured: run 'tickfan perf %s'",
                 where->measurement ? where->measurement : "compare");
}
