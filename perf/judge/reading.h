/* SPDX-License-Identifier: Apache-2.0 */
/* reading.h - numbers out of a result: which row, which key in it, and how sure. */
#ifndef TF_READING_H
#define TF_READING_H

#include <jansson.h>
#include <stdbool.h>

/* Where a number stands.  NULL and 0 match all. */
struct tf_where {
    const char *measurement;
    const char *transport, *row_case;
    const char *series; /* "x"."name" */
    double at;          /* "x"."value" */
    const char *path;   /* "ratio.near.p50"; "a.b|c.d": the first that is there */
};

/* Fewer rounds have no quartiles to speak of. */
enum { TF_ROUNDS_MIN = 3 };

struct tf_reading {
    double low, middle, high; /* all the same when there is no spread */
    unsigned rounds;          /* 0: a single number */
    const json_t *row;
};

/* A number or a SPREAD below `row`. */
bool tf_reading_in(const json_t *row, const char *path, struct tf_reading *reading);
/* Quartiles of a / b, as if their errors had nothing to do with each other. */
struct tf_reading tf_reading_ratio(const struct tf_reading *a, const struct tf_reading *b);

/*
 * Quartiles of a / b over the rounds that both rows have in "rounds", "rate" in "flood_rounds" where there are such:
 * "near.p50" is the number "p50" of near rounds, "far.p50" of far ones.  For rows of one contest, where the same round was
 * minutes from the next and milliseconds from its neighbour.  Rounds that were quiet in both, when they are a fifth of
 * all and enough; else all, as in the contest's own spreads.  b NULL: of a's numbers themselves.
 */
bool tf_reading_paired(const json_t *a, const json_t *b, const char *path,
                       struct tf_reading *reading);

/* Calls visit() for each row that matches `where`, `object` being its measurement; stops when it returns false. */
void tf_rows_visit(const json_t *result, const struct tf_where *where,
                   bool (*visit)(void *context, const json_t *object, const json_t *row),
                   void *context);
/* The first matching row. */
const json_t *tf_row_find(const json_t *result, const struct tf_where *where);
/* The first matching row that has the number; false: none. */
bool tf_reading_find(const json_t *result, const struct tf_where *where,
                     struct tf_reading *reading);
/* Why tf_reading_find() found nothing: not measured, skipped, or not in this run.  Into why[256]. */
void tf_reading_missing(const json_t *result, const struct tf_where *where, char why[256]);

const char *tf_row_text(const json_t *row, const char *key); /* "" when it is not there */
bool tf_row_has_trait(const json_t *row, const char *trait);
/* The first reason against the machine that is no mere note; NULL: fit. */
const char *tf_result_unfit(const json_t *result);
/* Were more of its blocks disturbed than quiet?  Then how many. */
bool tf_row_is_disturbed(const json_t *row, json_int_t *quiet, json_int_t *disturbed);

#endif
