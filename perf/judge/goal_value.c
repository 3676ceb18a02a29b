/* SPDX-License-Identifier: Apache-2.0 */
#include "judgement.h"

#include <stdio.h>

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
    tf_reading_missing(judgement->result, missing, judgement->note);
    return false;
}

/* What the goal of the median grants a ring beside the raw line. */
static const double ring_share = 1.05;

/* The raw line's own batch of the same case, where a ring that adds its share to it misses the limit. */
static const json_t *bound_of(const struct tf_judgement *judgement, const json_t *single,
                              struct tf_reading *bound)
{
    const struct tf_goal *goal = judgement->goal;
    struct tf_where where = goal->value;
    where.transport = goal->beside.transport;
    const json_t *batch = tf_row_find(judgement->result, &where);
    return batch && tf_reading_paired(batch, single, where.path, bound) &&
                   bound->rounds >= TF_ROUNDS_MIN && bound->middle > goal->limit / ring_share
               ? batch
               : NULL;
}

static bool batch_rows(struct tf_judgement *judgement)
{
    const struct tf_goal *goal = judgement->goal;
    const json_t *ours = tf_row_find(judgement->result, &goal->value);
    const json_t *theirs = tf_row_find(judgement->result, &goal->beside);
    struct tf_reading bound;
    if (!ours || !theirs)
        return false;
    const json_t *batch = bound_of(judgement, theirs, &bound);
    if (batch) {
        judgement->limit = goal->reference;
        judgement->unit = "x raw's batch";
        snprintf(
            judgement->text, sizeof judgement->text,
            "%s; here beside the raw line's own batch, which takes %.2f of those and leaves no "
            "ring room below %g",
            goal->text, bound.middle, goal->limit);
    }
    return tf_reading_paired(ours, batch ? batch : theirs, goal->value.path,
                             &judgement->reading);
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
    case TF_GOAL_BATCH:
        judgement->have = batch_rows(judgement);
        break;
    case TF_GOAL_BEST:
    case TF_GOAL_SUM:
        judgement->have = tally_rows(judgement);
        break;
    case TF_GOAL_PEERS:
    case TF_GOAL_OTHERS:
        judgement->have = tf_race(judgement);
        return;
    }
    if (!judgement->have)
        tf_reading_missing(judgement->result, &goal->value, judgement->note);
    if (goal->scale > 0) {
        judgement->reading.low /= goal->scale;
        judgement->reading.middle /= goal->scale;
        judgement->reading.high /= goal->scale;
    }
}
