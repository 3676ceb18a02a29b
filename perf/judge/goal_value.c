/* SPDX-License-Identifier: Apache-2.0 */
#include "judgement.h"

#include <stdio.h>
#include <string.h>

/* The best of a series, or the sum over its rows. */
struct tally {
    const struct tf_goal *goal;
    struct tf_reading best;
    double sum;
    unsigned rows;
};

static bool add_row(void *context, const json_t *object, const json_t *row)
{
    (void)object;
    struct tally *tally = context;
    struct tf_reading reading;
    if (!tf_reading_in(row, tally->goal->value.path, &reading))
        return true;
    tally->sum += reading.middle;
    if (tally->rows++ == 0 || reading.middle > tally->best.middle)
        tally->best = reading;
    return true;
}

static bool tally_rows(struct tf_judgement *judgement)
{
    struct tally tally = {.goal = judgement->goal};
    tf_rows_visit(judgement->result, &judgement->goal->value, add_row, &tally);
    if (tally.rows == 0)
        return false;
    judgement->reading = tally.best;
    if (judgement->goal->kind == TF_GOAL_SUM)
        judgement->reading = (struct tf_reading){tally.sum, tally.sum, tally.sum, 0, NULL};
    return true;
}

static bool beside_row(struct tf_judgement *judgement)
{
    struct tf_reading other;
    const struct tf_where *missing = &judgement->goal->value;
    if (tf_reading_find(judgement->result, missing, &judgement->reading)) {
        missing = &judgement->goal->beside;
        if (tf_reading_find(judgement->result, missing, &other) && other.middle > 0) {
            judgement->reading = tf_reading_ratio(&judgement->reading, &other);
            return true;
        }
    }
    tf_reading_missing(judgement->result, missing, judgement->why);
    return false;
}

static bool paired_rows(struct tf_judgement *judgement)
{
    const struct tf_goal *goal = judgement->goal;
    const json_t *ours = tf_row_find(judgement->result, &goal->value);
    const json_t *theirs = tf_row_find(judgement->result, &goal->beside);
    return ours && theirs &&
           tf_reading_paired(ours, theirs, goal->value.path, &judgement->reading);
}

/* Tickfan over each comparator of one kind; what is kept is where it comes off worst. */
struct race {
    struct tf_judgement *judgement;
    const json_t *object; /* the comparator's measurement and row */
    const json_t *row;
    char path[64]; /* the number that is compared */
    struct tf_reading theirs;
    const char *worst; /* its label */
};

/* Two far rounds among a hundred near ones tell nothing of far CPUs. */
static bool enough(const struct tf_reading *reading)
{
    return reading->middle > 0 && (reading->rounds == 0 || reading->rounds >= TF_ROUNDS_MIN);
}

/* Only rows of the same object and case ran in the same contest. */
static bool against(void *context, const json_t *object, const json_t *row)
{
    struct race *race = context;
    struct tf_judgement *judgement = race->judgement;
    struct tf_reading ours;
    if (object != race->object ||
        strcmp(tf_row_text(row, "case"), tf_row_text(race->row, "case")) != 0 ||
        !tf_reading_in(row, race->path, &ours) || !enough(&ours))
        return true;
    struct tf_reading ratio = tf_reading_ratio(&ours, &race->theirs);
    bool worse = judgement->goal->better == TF_AT_LEAST
                     ? ratio.middle < judgement->reading.middle
                     : ratio.middle > judgement->reading.middle;
    if (race->worst && !worse)
        return false;
    judgement->reading = ratio;
    race->worst = tf_row_text(race->row, "label");
    return false;
}

/* A ring that tears hands out what was never published; one reader's queue is not what fans out. */
static bool is_peer(const json_t *row)
{
    struct tf_reading torn;
    return tf_row_has_trait(row, "broadcast") && !tf_row_has_trait(row, "may tear") &&
           !tf_row_has_trait(row, "may_tear") &&
           !(tf_reading_in(row, "counts.torn", &torn) && torn.middle > 0);
}

static bool race_row(void *context, const json_t *object, const json_t *row)
{
    struct race *race = context;
    const struct tf_goal *goal = race->judgement->goal;
    const char *name = tf_row_text(row, "transport");
    /* The raw line is no comparator: it is the limit. */
    if (strcmp(name, "tickfan") == 0 || strcmp(name, "raw") == 0 || strcmp(name, "torn") == 0 ||
        is_peer(row) != (goal->kind == TF_GOAL_PEERS))
        return true;
    race->object = object;
    race->row = row;
    for (const char *path = goal->value.path; *path; path += *path == '|') {
        size_t length = strcspn(path, "|");
        snprintf(race->path, sizeof race->path, "%.*s", (int)length, path);
        path += length;
        if (tf_reading_in(row, race->path, &race->theirs) && enough(&race->theirs))
            tf_rows_visit(race->judgement->result, &goal->value, against, race);
    }
    return true;
}

static bool race_all(struct tf_judgement *judgement)
{
    struct race race = {.judgement = judgement};
    struct tf_where everybody = judgement->goal->value;
    everybody.transport = NULL;
    tf_rows_visit(judgement->result, &everybody, race_row, &race);
    if (!race.worst)
        return false;
    snprintf(judgement->why, sizeof judgement->why, "the fastest is %s", race.worst);
    return true;
}

void tf_goal_value(struct tf_judgement *judgement)
{
    const struct tf_goal *goal = judgement->goal;
    switch (goal->kind) {
    case TF_GOAL_ROW:
        judgement->have = tf_reading_find(judgement->result, &goal->value, &judgement->reading);
        break;
    case TF_GOAL_BESIDE:
        judgement->have = beside_row(judgement);
        return;
    case TF_GOAL_PAIRED:
        judgement->have = paired_rows(judgement);
        break;
    case TF_GOAL_BEST:
    case TF_GOAL_SUM:
        judgement->have = tally_rows(judgement);
        break;
    case TF_GOAL_PEERS:
    case TF_GOAL_OTHERS:
        judgement->have = race_all(judgement);
        break;
    }
    if (!judgement->have)
        tf_reading_missing(judgement->result, &goal->value, judgement->why);
    if (goal->scale > 0) {
        judgement->reading.low /= goal->scale;
        judgement->reading.middle /= goal->scale;
        judgement->reading.high /= goal->scale;
    }
}
