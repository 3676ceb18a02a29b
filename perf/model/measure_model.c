/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf model: calibrate, validate, predict. */
#include "clock.h"
#include "error.h"
#include "model.h"

#include <math.h>

enum { DRAWS = 24, DRAWS_LEAST = 8, DRAWS_MOST = 200, TICKS = 200 };

static const char help[] =
    "usage: tickfan perf model [OPTION]...\n"
    "\n"
    "  tickfan perf model                       costs from this machine; 62 and 250 readers\n"
    "  tickfan perf model --file big.json       costs from a result of another machine\n"
    "  tickfan perf model --readers 100 --rate 2000000\n"
    "                                           another question\n"
    "\n"
    "What nobody has at hand can be computed: a simulation of cache lines that move between "
    "one\n"
    "publisher and many readers, on one, two and four sockets, with one ring for all, a ring "
    "per\n"
    "node, and a forwarder per node.  Its costs are measured where two CPUs or more can show "
    "them\n"
    "and assumed elsewhere, in ranges; every answer is a range over machines drawn from them.\n"
    "\n"
    "--file RESULT.json is what 'tickfan perf fanout --output RESULT.json' or 'perf all' has\n"
    "written on the machine in question: the more readers it measured, the less is assumed.\n"
    "--quick draws fewer machines; --seed gives the same answer again.\n";

static void add_note(json_t *notes, json_t *sentence)
{
    json_array_append_new(notes, sentence);
}

static void note_what_is_what(json_t *notes, const struct tf_cost_table *table,
                              const struct tf_evidence *evidence)
{
    int measured = 0;
    uint32_t readers = 0;
    for (int i = 0; i < TF_COST_COUNT; i++)
        measured += table->range[i].measured;
    for (uint32_t i = 0; i < evidence->count; i++)
        readers =
            evidence->reading[i].readers > readers ? evidence->reading[i].readers : readers;
    add_note(notes, json_sprintf("Measured: %d of %d costs (%s). Modelled: every prediction; "
                                 "no number of them was seen on "
                                 "a machine.",
                                 measured, (int)TF_COST_COUNT, evidence->source));
    add_note(
        notes,
        json_sprintf(
            "Validated with up to %u reader%s%s.", readers, readers == 1 ? "" : "s",
            readers < 15
                ? "; more take more CPUs than were measured on, and how readers queue for a "
                  "line is an assumption beyond that"
                : ""));
    add_note(
        notes,
        json_string("Ranges go from the tenth to the ninetieth of a hundred machines drawn "
                    "from the ranges of "
                    "the costs; ticks come at random times, at the given rate on average."));
    add_note(notes, json_string("Interrupts, hypervisors, SMT, frequency, and the bandwidth of "
                                "links are not modelled: "
                                "measured p99 contain what modelled ones do not."));
    add_note(notes, json_string("Stores past the caches, which Tickfan may choose in floods, "
                                "are not modelled: its flood is "
                                "computed as if it stored like the raw line."));
    add_note(notes, json_string("sustained_share is the share of the machines drawn on which "
                                "readers keep up; where it is "
                                "below 1, latencies grow for as long as the rate lasts."));
}

static json_t *setup_json(const struct tf_perf_options *options,
                          const struct tf_predict_options *predict,
                          const struct tf_evidence *evidence)
{
    json_t *setup = json_pack("{s:s, s:i, s:i, s:I}", "costs_from", evidence->source,
                              "machines_drawn", (int)predict->draws, "ticks",
                              (int)predict->ticks, "seed", (json_int_t)predict->seed);
    if (!options->file)
        json_object_set_new(setup, "cpus",
                            json_pack("[i, i]", options->cpu[0], options->cpu[1]));
    if (evidence->machine)
        json_object_set(setup, "machine", evidence->machine);
    return setup;
}

static int build(const struct tf_perf_options *options, const struct tf_evidence *evidence,
                 json_t *out)
{
    double draws = round(DRAWS * options->scale);
    struct tf_predict_options predict = {
        .draws = (uint32_t)fmin(fmax(draws, DRAWS_LEAST), DRAWS_MOST),
        .ticks = TICKS,
        .readers = options->readers,
        .rate = options->rate,
        .seed = options->seed,
        .quiet = options->quiet};
    struct tf_cost_table table;
    int error = tf_evidence_costs(evidence, &table);
    if (error)
        return error;
    const uint64_t started = tf_monotonic_ns();
    json_t *notes = json_array();
    note_what_is_what(notes, &table, evidence);
    json_t *validation = tf_model_validate(&table, evidence, &predict);
    json_t *predictions = validation ? tf_model_predict(&table, &predict, notes) : 0;
    if (!predictions) {
        json_decref(notes);
        json_decref(validation);
        return TF_EINTERNAL;
    }
    json_t *model = json_pack("{s:o, s:o, s:o}", "calibration", tf_costs_json(&table),
                              "validation", validation, "predictions", predictions);
    json_t *measurement = json_pack(
        "{s:s, s:s, s:s, s:o, s:f, s:[], s:o, s:o}", "measurement", "model", "title",
        "What a larger machine would do", "explains",
        "A simulation of how cache lines move between the cores of one, two or four sockets. "
        "Computed from costs that "
        "were measured or assumed, not measured on such a machine.",
        "setup", setup_json(options, &predict, evidence), "seconds",
        (double)(tf_monotonic_ns() - started) / 1e9, "rows", "notes", notes, "model", model);
    json_array_append_new(out, measurement);
    return 0;
}

static int run(const struct tf_perf_options *options, json_t *out)
{
    struct tf_evidence evidence;
    int error = options->file ? tf_evidence_load(&evidence, options->file)
                              : tf_evidence_measure(&evidence, options);
    if (error == 0)
        error = build(options, &evidence, out);
    tf_evidence_free(&evidence);
    return error;
}

const struct tf_measurement tf_measure_model = {
    "model", "many readers on many sockets, computed from costs measured here", help, run, 15};
