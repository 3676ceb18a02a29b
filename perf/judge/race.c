/* SPDX-License-Identifier: Apache-2.0 */
/* Tickfan beside the fastest comparator of a kind: in every contest, near and far CPUs apart. */
#include "judgement.h"
#include "rule.h"

#include <stdio.h>
#include <string.h>

/* Where Tickfan comes off worst so far. */
struct race {
    struct tf_judgement *judgement;
    bool found;
    enum tf_standing standing;
};

/* One contest, one placement: who of those that ran beside Tickfan is the fastest. */
struct heat {
    const struct tf_goal *goal;
    const json_t *object, *ours; /* Tickfan's measurement and row */
    char rounds[64],
        spread
            [64]; /* paths: of the number in rounds; of its quartiles where no rounds are kept */
    bool by_rounds;
    const json_t *theirs; /* the fastest */
    struct tf_reading best, ratio;
};

/* Two far rounds among a hundred near ones tell nothing of far CPUs. */
static bool enough(const struct tf_reading *reading)
{
    return reading->middle > 0 && (reading->rounds == 0 || reading->rounds >= TF_ROUNDS_MIN);
}

/* A ring that tears hands out what was never published; one reader's queue is not what fans out. */
static bool is_peer(const json_t *row)
{
    struct tf_reading torn;
    return tf_row_has_trait(row, "broadcast") && !tf_row_has_trait(row, "may tear") &&
           !tf_row_has_trait(row, "may_tear") &&
           !(tf_reading_in(row, "counts.torn", &torn) && torn.middle > 0);
}

/* The raw line is no comparator: it is the limit. */
static bool is_comparator(const json_t *row, enum tf_goal_kind kind)
{
    const char *name = tf_row_text(row, "transport");
    return strcmp(name, "tickfan") != 0 && strcmp(name, "raw") != 0 &&
           strcmp(name, "torn") != 0 && is_peer(row) == (kind == TF_GOAL_PEERS);
}

/* A row's own number, and Tickfan's over it. */
static bool compare(const struct heat *heat, const json_t *row, struct tf_reading *own,
                    struct tf_reading *ratio)
{
    if (heat->by_rounds)
        return tf_reading_paired(row, NULL, heat->rounds, own) &&
               tf_reading_paired(heat->ours, row, heat->rounds, ratio) && enough(ratio);
    struct tf_reading ours;
    if (!tf_reading_in(row, heat->spread, own) || !enough(own) ||
        !tf_reading_in(heat->ours, heat->spread, &ours) || !enough(&ours))
        return false;
    *ratio = tf_reading_ratio(&ours, own);
    return true;
}

/* Only rows of the same object and case ran in the same contest. */
static bool enter(void *context, const json_t *object, const json_t *row)
{
    struct heat *heat = context;
    struct tf_reading own, ratio;
    if (object != heat->object || !is_comparator(row, heat->goal->kind) ||
        strcmp(tf_row_text(row, "case"), tf_row_text(heat->ours, "case")) != 0 ||
        !compare(heat, row, &own, &ratio))
        return true;
    bool faster = heat->goal->better == TF_AT_LEAST ? own.middle > heat->best.middle
                                                    : own.middle < heat->best.middle;
    if (!heat->theirs || faster) {
        heat->theirs = row;
        heat->best = own;
        heat->ratio = ratio;
    }
    return true;
}

static bool is_worse(const struct race *race, enum tf_standing standing, double ratio)
{
    double kept = race->judgement->reading.middle;
    if (!race->found || standing != race->standing)
        return !race->found || standing > race->standing;
    return race->judgement->goal->better == TF_AT_LEAST ? ratio < kept : ratio > kept;
}

static void run_heat(struct race *race, struct heat *heat)
{
    struct tf_judgement *judgement = race->judgement;
    struct tf_where everybody = heat->goal->value;
    struct tf_reading own;
    everybody.transport = NULL;
    heat->by_rounds = tf_reading_paired(heat->ours, NULL, heat->rounds, &own);
    tf_rows_visit(judgement->result, &everybody, enter, heat);
    if (!heat->theirs)
        return;
    enum tf_standing standing =
        tf_standing_of(heat->goal->better, judgement->limit, &heat->ratio);
    if (!is_worse(race, standing, heat->ratio.middle))
        return;
    race->found = true;
    race->standing = standing;
    judgement->reading = heat->ratio;
    snprintf(judgement->note, sizeof judgement->note, "the fastest between %s CPUs is %s",
             strncmp(heat->rounds, "far.", 4) == 0 ? "far" : "near",
             tf_row_text(heat->theirs, "label"));
}

/* Takes the first of the numbers that '|' parts off `path`. */
static void take_path(const char **path, char *one, size_t size)
{
    size_t length = strcspn(*path, "|");
    snprintf(one, size, "%.*s", (int)length, *path);
    *path += length + ((*path)[length] == '|');
}

static bool race_row(void *context, const json_t *object, const json_t *row)
{
    struct race *race = context;
    const struct tf_goal *goal = race->judgement->goal;
    const char *rounds = goal->value.path, *spreads = goal->beside.path;
    while (*rounds) {
        struct heat heat = {.goal = goal, .object = object, .ours = row};
        take_path(&rounds, heat.rounds, sizeof heat.rounds);
        take_path(&spreads, heat.spread, sizeof heat.spread);
        run_heat(race, &heat);
    }
    return true;
}

bool tf_race(struct tf_judgement *judgement)
{
    struct race race = {.judgement = judgement};
    const struct tf_where *ours = &judgement->goal->value;
    tf_rows_visit(judgement->result, ours, race_row, &race);
    if (race.found)
        return true;
    if (tf_row_find(judgement->result, ours))
        snprintf(judgement->note, sizeof judgement->note,
                 "no comparator has %d rounds beside Tickfan, near or far", TF_ROUNDS_MIN);
    else
        tf_reading_missing(judgement->result, ours, judgement->note);
    return false;
}
