/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of raw line and Tickfan in a result of another machine, or of another day. */
#include "error.h"
#include "evidence.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 4096 };
static const double usual_rate =
    200e3; /* of `perf latency`, where several profiles share one setup */
static const char batch_case[] = "last of a batch of ";

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool is_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* One key over the quiet rounds of a class; over all of them when none is quiet. */
static struct tf_spread over_rounds(const json_t *rounds, const char *key,
                                    enum tf_round_class place)
{
    double *values = calloc(ROUNDS_MAX, sizeof *values);
    struct tf_spread spread = {NAN, NAN, NAN, 0};
    for (int all = 0; values && all <= 1 && spread.count == 0; all++) {
        uint32_t count = 0;
        for (size_t i = 0; i < json_array_size(rounds) && count < ROUNDS_MAX; i++) {
            const json_t *round = json_array_get(rounds, i);
            bool fits =
                place == TF_ROUND_ANY || (json_is_boolean(json_object_get(round, "far")) &&
                                          is_true(round, "far") == (place == TF_ROUND_FAR));
            double value = number(round, key);
            if (fits && (all || is_true(round, "quiet")) && value > 0)
                values[count++] = value;
        }
        spread = tf_quartiles(values, count);
    }
    free(values);
    return spread;
}

static struct tf_spread spread_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    struct tf_spread spread = {number(value, "low"), number(value, "middle"),
                               number(value, "high"), 0};
    double count = number(value, "count");
    if (spread.low > 0 && spread.middle >= spread.low && spread.high >= spread.middle &&
        count >= 1)
        spread.count = (uint32_t)fmin(count, 1e6);
    return spread;
}

/* How many nodes the readers of a row are on. */
static uint32_t sockets_of(const json_t *readers)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < json_array_size(readers); i++) {
        double node = number(json_array_get(readers, i), "node");
        if (node >= 0 && node < 64)
            seen |= UINT64_C(1) << (unsigned)node;
    }
    int count = __builtin_popcountll(seen);
    return count > 1 ? (uint32_t)count : 1;
}

static uint32_t count_in(const json_t *row, const json_t *setup, const char *key, double least)
{
    const json_t *x = json_object_get(row, "x");
    double value = strcmp(text(x, "name"), key) == 0 ? number(x, "value") : number(setup, key);
    return isnan(value) ? (uint32_t)least : (uint32_t)fmin(fmax(value, least), 4096);
}

static void add_class(struct tf_evidence *evidence, const json_t *row,
                      struct tf_reading reading, enum tf_round_class place)
{
    const json_t *rounds = json_object_get(row, "rounds");
    reading.place = place;
    reading.sockets = place == TF_ROUND_FAR ? 2 : reading.sockets;
    reading.p50 = over_rounds(rounds, "p50", place);
    reading.p99 = over_rounds(rounds, "p99", place);
    reading.send_ns = over_rounds(rounds, "send_ns", place);
    reading.per_second = over_rounds(rounds, "rate", place);
    if (place == TF_ROUND_ANY) {
        const json_t *spread = json_object_get(row, "spread");
        reading.last_p50 = spread_of(spread, "last_p50");
        reading.last_p99 = spread_of(spread, "last_p99");
    }
    if (reading.rate > 0 ? reading.p50.count : reading.per_second.count)
        tf_evidence_add(evidence, &reading);
}

/* What the row was measured under: a flood, or a constant pace.  False: neither, or not known here. */
static bool read_load(struct tf_reading *reading, const json_t *measurement, const json_t *row)
{
    const json_t *setup = json_object_get(measurement, "setup");
    const char *name = text(measurement, "measurement"), *what = text(row, "case");
    const char *profile = text(setup, "profile"), *x = text(json_object_get(row, "x"), "name");
    bool flood = strcmp(name, "throughput") == 0 || strcmp(profile, "flood") == 0;
    double rate = number(setup, "rate");
    reading->batch = count_in(row, setup, "batch", 1);
    reading->rate = flood ? 0 : rate > 0 ? rate : usual_rate;
    if (strcmp(name, "throughput") == 0)
        return strcmp(x, "batch") == 0;
    if (strcmp(name, "fanout") == 0)
        return flood || strcmp(profile, "constant") == 0;
    if (strcmp(name, "latency") != 0)
        return false;
    if (strncmp(what, batch_case, strlen(batch_case)) == 0) {
        reading->batch = (uint32_t)strtoul(what + strlen(batch_case), 0, 10);
        reading->last_of_batch = true;
        return reading->batch >= 1 && reading->batch <= 64;
    }
    return strcmp(what, "constant") == 0;
}

static void add_row(struct tf_evidence *evidence, const json_t *measurement, const json_t *row)
{
    const char *transport = text(row, "transport");
    const json_t *readers = json_object_get(json_object_get(row, "fanout"), "readers");
    struct tf_reading reading = {.tickfan = strcmp(transport, "tickfan") == 0,
                                 .sockets = sockets_of(readers)};
    reading.readers = count_in(row, json_object_get(measurement, "setup"), "readers", 1);
    if (json_array_size(readers) > 0)
        reading.readers = (uint32_t)json_array_size(readers);
    if ((!reading.tickfan && strcmp(transport, "raw") != 0) ||
        json_object_get(row, "skipped") || !read_load(&reading, measurement, row))
        return;
    if (reading.readers > 1) {
        add_class(evidence, row, reading, TF_ROUND_ANY);
        return;
    }
    add_class(evidence, row, reading, TF_ROUND_NEAR);
    add_class(evidence, row, reading, TF_ROUND_FAR);
}

static int read_result(struct tf_evidence *evidence, const json_t *result, const char *path)
{
    const json_t *measurements = json_object_get(result, "measurements");
    if (number(result, "schema") != 1)
        return tf_fail(
            TF_EDATA,
            "%s is no result of schema 1; 'tickfan perf fanout --output FILE' makes one", path);
    if (!json_is_array(measurements))
        return tf_fail(TF_EDATA,
                       "%s has no measurements; 'tickfan perf fanout --output FILE' makes some",
                       path);
    evidence->machine = json_incref(json_object_get(result, "machine"));
    const char *cpu = text(evidence->machine, "cpu");
    snprintf(evidence->source, sizeof evidence->source, "%.80s%s%.60s", path,
             cpu[0] ? ", " : "", cpu);
    for (size_t i = 0; i < json_array_size(measurements); i++) {
        const json_t *measurement = json_array_get(measurements, i);
        const json_t *rows = json_object_get(measurement, "rows");
        for (size_t k = 0; k < json_array_size(rows); k++)
            add_row(evidence, measurement, json_array_get(rows, k));
    }
    return 0;
}

int tf_evidence_load(struct tf_evidence *evidence, const char *path)
{
    json_error_t wrong;
    *evidence = (struct tf_evidence){0};
    FILE *file = fopen(path, "re");
    if (!file)
        return tf_fail_errno(TF_ENOINPUT, "cannot open %s", path);
    json_t *result = json_loadf(file, JSON_REJECT_DUPLICATES, &wrong);
    fclose(file);
    if (!result)
        return tf_fail(TF_EDATA, "%s, line %d: not JSON: %s", path, wrong.line, wrong.text);
    int error = read_result(evidence, result, path);
    json_decref(result);
    if (error)
        tf_evidence_free(evidence);
    return error;
}
