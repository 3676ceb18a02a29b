/* SPDX-License-Identifier: Apache-2.0 */
/* judge_fixture.h - small results for the tests of the judge. */
#ifndef TF_JUDGE_FIXTURE_H
#define TF_JUDGE_FIXTURE_H

#include "error.h"
#include "judge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SPREAD(l, m, h) "{\"low\":" #l ",\"middle\":" #m ",\"high\":" #h ",\"count\":5}"
/* Quartiles of `n` rounds. */
#define ROUNDS(l, m, h, n) "{\"low\":" #l ",\"middle\":" #m ",\"high\":" #h ",\"count\":" #n "}"
#define MACHINE                                                                                \
    "\"machine\":{\"id\":\"abc123\",\"cpu\":\"X\",\"cpus_allowed\":2,\"sockets\":1},"          \
    "\"clock\":{\"usable\":true},\"compiler\":\"gcc 12.2.0\""

static inline json_t *parse(const char *text)
{
    json_error_t error;
    json_t *object = json_loads(text, 0, &error);
    cr_assert_not_null(object, "the test's own JSON, column %d: %s", error.column, error.text);
    return object;
}

/* A result with one measurement. */
static inline json_t *result_of(const char *measurement, const char *rows)
{
    char text[8192];
    int length = snprintf(text, sizeof text,
                          "{\"schema\":1," MACHINE ",\"unfit\":[],\"measurements\":[{"
                          "\"measurement\":\"%s\",\"rows\":[%s]}]}",
                          measurement, rows);
    cr_assert_lt((size_t)length, sizeof text);
    return parse(text);
}

static inline json_t *verdict_of(json_t *result, const char *goal)
{
    size_t i;
    json_t *verdict;
    json_array_foreach(json_object_get(result, "verdicts"), i,
                       verdict) if (strcmp(json_string_value(json_object_get(verdict, "goal")),
                                           goal) == 0) return verdict;
    cr_assert_fail("no verdict on %s", goal);
    return NULL;
}

static inline const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Judges by `small` and says whether the goal is demanded. */
static inline bool demands(json_t *result, const char *goal)
{
    tf_judge(result, "small");
    bool demanded = json_is_true(json_object_get(verdict_of(result, goal), "demanded"));
    json_decref(result);
    return demanded;
}

/* Judges by `small` and returns the word on one goal; the reason must contain `why`. */
static inline void expect(json_t *result, const char *goal, const char *word, const char *why)
{
    tf_judge(result, "small");
    json_t *verdict = verdict_of(result, goal);
    cr_expect_str_eq(text_of(verdict, "verdict"), word, "%s: %s, because %s", goal,
                     text_of(verdict, "verdict"), text_of(verdict, "why"));
    cr_expect_not_null(strstr(text_of(verdict, "why"), why), "%s: why is '%s', not '%s'", goal,
                       text_of(verdict, "why"), why);
    json_decref(result);
}

#endif
