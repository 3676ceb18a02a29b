/* SPDX-License-Identifier: Apache-2.0 */
#include "numbers.h"

#include "reading.h"

#include <stdio.h>
#include <string.h>

/* 5 %: two runs of one build differ by that in times; counts of instructions repeat to a few per thousand. */
#define TIMES  0.05
#define COUNTS 0.005

static const struct kept {
    const char *path, *beside,
        *what; /* `beside`: what it is divided by; NULL: a ratio already */
    bool higher, placed;
    double floor;
} kept[] = {
    {"ratio.p50", NULL, "ratio p50", false, false, TIMES},
    {"ratio.p99", NULL, "ratio p99", false, false, TIMES},
    {"ratio.near.p50", NULL, "ratio p50, near", false, true, TIMES},
    {"ratio.far.p50", NULL, "ratio p50, far", false, true, TIMES},
    {"ratio.rate", NULL, "ratio of rates", true, false, TIMES},
    {"ratio.near.rate", NULL, "ratio of rates, near", true, true, TIMES},
    {"ratio.far.rate", NULL, "ratio of rates, far", true, true, TIMES},
    {"ratio.send_ns", NULL, "ratio of times", false, false, TIMES},
    {"decode.messages_per_second", "decode.memcpy_messages_per_second", "rate beside memcpy",
     true, false, TIMES},
    {"cost.instructions", NULL, "instructions", false, false, COUNTS},
    {"decode.instructions", NULL, "instructions of decoding", false, false, COUNTS},
};

/* Comparators may get worse as they like. */
static bool is_ours(const json_t *row)
{
    const char *transport = tf_row_text(row, "transport");
    return !*transport || strcmp(transport, "tickfan") == 0;
}

static void name_it(char *name, size_t size, const json_t *object, const json_t *row,
                    const char *what)
{
    const char *row_case = tf_row_text(row, "case");
    const json_t *x = json_object_get(row, "x"), *at = json_object_get(x, "value");
    int used = snprintf(name, size, "%s / %s", tf_row_text(object, "measurement"),
                        tf_row_text(row, "label"));
    if (used < (int)size && *row_case && strcmp(row_case, tf_row_text(row, "label")) != 0)
        used += snprintf(name + used, size - (size_t)used, " / %s", row_case);
    if (used < (int)size && json_is_number(at))
        used += snprintf(name + used, size - (size_t)used, " / %s %.10g",
                         tf_row_text(x, "name"), json_number_value(at));
    if (used < (int)size)
        snprintf(name + used, size - (size_t)used, " / %s", what);
}

static void keep(json_t *numbers, const char *name, const struct kept *kind,
                 const struct tf_reading *reading)
{
    if (json_object_get(numbers, name)) /* two rows of one name: the first is it */
        return;
    json_t *spread =
        json_pack("{s:f, s:f, s:f, s:i}", "low", reading->low, "middle", reading->middle,
                  "high", reading->high, "count", reading->rounds ? (int)reading->rounds : 1);
    json_object_set_new(numbers, name,
                        json_pack("{s:s, s:f, s:b, s:o}", "better",
                                  kind->higher ? "higher" : "lower", "floor", kind->floor,
                                  "placed", kind->placed, "spread", spread));
}

static void keep_row(json_t *numbers, const json_t *object, const json_t *row)
{
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct tf_reading reading, beside;
        if (!tf_reading_in(row, kept[i].path, &reading) || reading.middle <= 0)
            continue;
        if (kept[i].beside) {
            if (!tf_reading_in(row, kept[i].beside, &beside) || beside.middle <= 0)
                continue;
            reading = tf_reading_ratio(&reading, &beside);
        }
        char name[256];
        name_it(name, sizeof name, object, row, kept[i].what);
        keep(numbers, name, &kept[i], &reading);
    }
}

json_t *tf_numbers_of(const json_t *result)
{
    json_t *numbers = json_object();
    size_t i, j;
    json_t *object, *row;
    json_array_foreach(json_object_get(result, "measurements"), i, object)
    {
        json_array_foreach(json_object_get(object, "rows"), j, row) if (is_ours(row))
            keep_row(numbers, object, row);
    }
    return numbers;
}
