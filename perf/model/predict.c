/* SPDX-License-Identifier: Apache-2.0 */
/* Many machines drawn from the ranges of the costs, the same ones for every question: ranges, and which layout wins how often. */
#include "command.h"
#include "error.h"
#include "model.h"
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DRAWS_MAX = 1000, NUMBERS = 5, LAYOUTS = 3 };
static const char *const number_names[NUMBERS] = {"p50", "p99", "last_p50", "last_p99",
                                                  "publish_ns"};
static const char *const layout_rings[LAYOUTS] = {"one for all", "one per node",
                                                  "one per node"};
static const char *const layout_stores[LAYOUTS] = {"publisher", "publisher",
                                                   "forwarder per node"};

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* From the tenth to the ninetieth of a hundred machines. */
static json_t *range_json(double *values, uint32_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return json_pack("{s:f, s:f, s:f, s:i}", "low", values[(count - 1) / 10], "middle",
                     values[count / 2], "high", values[count - 1 - (count - 1) / 10], "count",
                     (int)count);
}

static void numbers_of(const struct tf_outcome *outcome, double number[NUMBERS])
{
    number[0] = outcome->p50;
    number[1] = outcome->p99;
    number[2] = outcome->last_p50;
    number[3] = outcome->last_p99;
    number[4] = outcome->publish_ns;
}

/* All machines' answers to one question. */
struct answers {
    double number[NUMBERS][DRAWS_MAX];
    double per_second[DRAWS_MAX], batch_ns[DRAWS_MAX];
    uint32_t sustained;
};

/* The seed depends on the machine, not on the question: layouts are compared with the same ticks. */
static int ask(const struct tf_costs *machines, const struct tf_predict_options *options,
               struct tf_scenario scenario, struct answers *answers)
{
    answers->sustained = 0;
    for (uint32_t i = 0; i < options->draws; i++) {
        struct tf_outcome outcome;
        double number[NUMBERS];
        if (tf_stop_requested())
            return tf_fail(TF_EINTERNAL, "stopped before the end");
        scenario.seed = options->seed + i;
        int error = tf_simulate(&machines[i], &scenario, &outcome);
        if (error)
            return error;
        numbers_of(&outcome, number);
        for (int k = 0; k < NUMBERS; k++)
            answers->number[k][i] = number[k];
        answers->per_second[i] = outcome.per_second;
        answers->batch_ns[i] = outcome.batch_ns;
        answers->sustained += outcome.sustained;
    }
    return 0;
}

static struct tf_costs *draw(const struct tf_cost_table *table,
                             const struct tf_predict_options *options)
{
    struct tf_costs *machines = calloc(options->draws, sizeof *machines);
    uint64_t state = options->seed;
    if (!machines || options->draws > DRAWS_MAX || options->draws == 0) {
        free(machines);
        tf_fail(TF_EUSAGE, "%u machines to draw; 1 to %d", options->draws, DRAWS_MAX);
        return 0;
    }
    for (uint32_t i = 0; i < options->draws; i++)
        tf_costs_draw(table, &state, &machines[i]);
    return machines;
}

/* ---- predictions ---------------------------------------------------------------------------------- */

struct prediction {
    const struct tf_predict_options *options;
    const struct tf_costs *machines;
    json_t *list, *notes;
    struct answers answers[LAYOUTS];
};

static json_t *prediction_json(struct answers *answers, const struct tf_scenario *scenario,
                               uint32_t draws)
{
    uint32_t per_socket = (scenario->readers + 2 + scenario->sockets - 1) / scenario->sockets;
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:s, s:s, s:f, s:f}", "sockets", (int)scenario->sockets, "cores",
        (int)(per_socket * scenario->sockets), "readers", (int)scenario->readers, "rings",
        layout_rings[scenario->layout], "stores", layout_stores[scenario->layout], "rate",
        scenario->rate, "sustained_share", (double)answers->sustained / draws);
    for (int k = 0; k < NUMBERS; k++)
        json_object_set_new(object, number_names[k], range_json(answers->number[k], draws));
    return object;
}

/* Before the answers are put in order, which loses which machine gave which. */
static void note_winner(struct prediction *prediction, const struct tf_scenario *scenario)
{
    static const int last = 2; /* last_p50 */
    const uint32_t draws = prediction->options->draws;
    uint32_t per_node = 0, forwarder = 0;
    for (uint32_t i = 0; i < draws; i++) {
        double one = prediction->answers[TF_LAYOUT_ONE_RING].number[last][i];
        double each = prediction->answers[TF_LAYOUT_RING_PER_NODE].number[last][i];
        per_node += each < one;
        forwarder += prediction->answers[TF_LAYOUT_FORWARDER].number[last][i] < each;
    }
    json_array_append_new(prediction->notes,
                          json_sprintf("%u readers, %u sockets, %.0f k/s: the last reader has "
                                       "the tick sooner with a ring per node than "
                                       "with one for all on %u of %u machines drawn, and "
                                       "sooner by a forwarder per node than by the "
                                       "publisher's own stores on %u.",
                                       scenario->readers, scenario->sockets,
                                       scenario->rate / 1e3, per_node, draws, forwarder));
}

static int predict_case(struct prediction *prediction, struct tf_scenario scenario, bool noted)
{
    int layouts = scenario.sockets > 1 ? LAYOUTS : 1;
    for (int layout = 0; layout < layouts; layout++) {
        scenario.layout = (enum tf_layout)layout;
        int error = ask(prediction->machines, prediction->options, scenario,
                        &prediction->answers[layout]);
        if (error)
            return error;
    }
    if (layouts > 1 && noted)
        note_winner(prediction, &scenario);
    for (int layout = 0; layout < layouts; layout++) {
        scenario.layout = (enum tf_layout)layout;
        json_array_append_new(prediction->list,
                              prediction_json(&prediction->answers[layout], &scenario,
                                              prediction->options->draws));
    }
    return 0;
}

static int predict_all(struct prediction *prediction)
{
    static const uint32_t readers[] = {62, 250}, sockets[] = {1, 2, 4};
    static const double rates[] = {100e3, 1e6, 10e6};
    const struct tf_predict_options *options = prediction->options;
    struct tf_progress progress;
    int error = 0, done = 0;
    tf_progress_start(&progress, "model", options->quiet);
    for (int r = 0; r < (options->readers ? 1 : 2); r++)
        for (int s = 0; s < 3; s++)
            for (int p = 0; p < (options->rate > 0 ? 1 : 3) && error == 0; p++) {
                struct tf_scenario scenario = {
                    .sockets = sockets[s],
                    .readers = options->readers ? options->readers : readers[r],
                    .rate = options->rate > 0 ? options->rate : rates[p],
                    .batch = 1,
                    .ticks = options->ticks};
                error = predict_case(prediction, scenario, p == 0);
                tf_progress_update(&progress, -1, (uint64_t)++done, "cases");
            }
    tf_progress_end(&progress);
    return error;
}

json_t *tf_model_predict(const struct tf_cost_table *table,
                         const struct tf_predict_options *options, json_t *notes)
{
    struct tf_costs *machines = draw(table, options);
    struct prediction *prediction = calloc(1, sizeof *prediction);
    json_t *list = 0;
    if (machines && prediction) {
        *prediction = (struct prediction){
            .options = options, .machines = machines, .list = json_array(), .notes = notes};
        if (predict_all(prediction) == 0)
            list = prediction->list;
        else
            json_decref(prediction->list);
    }
    free(prediction);
    free(machines);
    return list;
}

/* ---- validation ----------------------------------------------------------------------------------- */

enum { CHECK_P50, CHECK_P99, CHECK_LAST_P50, CHECK_LAST_P99, CHECK_LAST_OF_BATCH, CHECK_FLOOD };
static const char *const check_names[] = {
    "p50", "p99", "last reader p50", "last reader p99", "its last tick, p50", "ns per tick"};

/* What the costs were taken from agrees by making; the rest is a test. */
static bool is_source(const struct tf_evidence *evidence, const struct tf_reading *reading,
                      int check)
{
    enum tf_round_class place = reading->place;
    if (check == CHECK_P50)
        return reading == tf_evidence_find(evidence, false, 1, false, place);
    if (check == CHECK_LAST_OF_BATCH)
        return reading == tf_evidence_find(evidence, true, 0, false, place);
    return check == CHECK_FLOOD && reading == tf_evidence_find(evidence, false, 0, true, place);
}

static void add_check(json_t *list, const struct tf_evidence *evidence,
                      const struct tf_reading *reading, int check_of, double measured,
                      double *modelled, uint32_t draws)
{
    char what[128], batch[24] = "", pace[32] = ", flood";
    static const char *const places[] = {
        [TF_ROUND_ANY] = "", [TF_ROUND_NEAR] = ", near", [TF_ROUND_FAR] = ", far"};
    if (reading->batch > 1)
        snprintf(batch, sizeof batch, ", batch of %u", reading->batch);
    if (reading->rate > 0)
        snprintf(pace, sizeof pace, ", %.0f k/s", reading->rate / 1e3);
    snprintf(what, sizeof what, "%s%s%s%s: %s%s", reading->tickfan ? "Tickfan" : "raw line",
             places[reading->place], pace, batch, check_names[check_of],
             is_source(evidence, reading, check_of) ? " (calibrated with it)" : "");
    json_t *range = range_json(modelled, draws);
    json_t *check = json_pack("{s:i, s:s, s:f, s:O, s:o}", "readers", (int)reading->readers,
                              "what", what, "measured_ns", measured, "modelled_ns",
                              json_object_get(range, "middle"), "modelled", range);
    json_array_append_new(list, check);
}

static struct tf_scenario scenario_of(const struct tf_reading *reading, uint32_t ticks)
{
    uint32_t sockets = reading->sockets > TF_SOCKETS_MAX ? TF_SOCKETS_MAX : reading->sockets;
    bool one_far = reading->readers == 1 && reading->place == TF_ROUND_FAR;
    return (struct tf_scenario){
        .sockets = one_far ? 2 : sockets,
        .first_socket = one_far ? 1 : 0,
        .readers = reading->readers,
        /* Tickfan keeps a ring on each node that a reader is on, when there are several. */
        .layout = reading->tickfan && reading->readers > 1 ? TF_LAYOUT_RING_PER_NODE
                                                           : TF_LAYOUT_ONE_RING,
        .rate = reading->rate,
        .batch = reading->batch,
        .steady = true,
        .ticks = reading->batch > 1 || reading->rate <= 0 ? 20 * 32 : ticks};
}

static void check_reading(json_t *list, const struct tf_evidence *evidence,
                          const struct tf_reading *reading, struct answers *answers,
                          uint32_t draws)
{
    const struct tf_spread *spread[] = {&reading->p50, &reading->p99, &reading->last_p50,
                                        &reading->last_p99};
    if (reading->rate <= 0) {
        for (uint32_t i = 0; i < draws; i++)
            answers->per_second[i] = 1e9 / answers->per_second[i];
        add_check(list, evidence, reading, CHECK_FLOOD, 1e9 / reading->per_second.middle,
                  answers->per_second, draws);
        return;
    }
    if (reading->batch > 1) {
        if (reading->last_of_batch)
            add_check(list, evidence, reading, CHECK_LAST_OF_BATCH, reading->p50.middle,
                      answers->batch_ns, draws);
        return;
    }
    for (int k = 0; k < (reading->readers > 1 ? 4 : 2); k++)
        if (spread[k]->count)
            add_check(list, evidence, reading, k, spread[k]->middle, answers->number[k], draws);
}

json_t *tf_model_validate(const struct tf_cost_table *table, const struct tf_evidence *evidence,
                          const struct tf_predict_options *options)
{
    struct tf_costs *machines = draw(table, options);
    struct answers *answers = calloc(1, sizeof *answers);
    json_t *list = machines && answers ? json_array() : 0;
    for (uint32_t i = 0; list && i < evidence->count; i++) {
        const struct tf_reading *reading = &evidence->reading[i];
        if (ask(machines, options, scenario_of(reading, options->ticks), answers) == 0) {
            check_reading(list, evidence, reading, answers, options->draws);
        } else {
            json_decref(list);
            list = 0;
        }
    }
    free(answers);
    free(machines);
    return list;
}
