/* SPDX-License-Identifier: Apache-2.0 */
#include "series.h"

#include <math.h>

/* A row of one entry while it is made. */
struct view {
    const struct tf_contest *contest;
    const struct tf_contest_result *result;
    const struct tf_entry_result *of;
    uint32_t entry, reference;
    bool flood;
};

/* Points of "latency against time", and blocks told one by one: what a plot can show and a file should hold. */
enum { POINTS_MAX = 400 };

static const struct {
    unsigned trait;
    const char *name;
} trait_names[] = {
    {TF_TRAIT_BROADCAST, "broadcast"}, {TF_TRAIT_LOSSY, "lossy"},
    {TF_TRAIT_SLEEPS, "sleeps"},       {TF_TRAIT_MAY_TEAR, "may tear"},
    {TF_TRAIT_LIMIT, "limit"},         {TF_TRAIT_ONE_LINE, "one line"},
};

static json_t *traits_of(const struct tf_transport *transport)
{
    json_t *traits = json_array();
    for (size_t i = 0; i < sizeof trait_names / sizeof *trait_names; i++)
        if (transport->traits & trait_names[i].trait)
            json_array_append_new(traits, json_string(trait_names[i].name));
    return traits;
}

/* Nothing for what was not measured. */
static void set_spread(json_t *object, const char *key, struct tf_spread spread)
{
    if (spread.count > 0)
        json_object_set_new(object, key, tf_spread_json(spread));
}

static void set_number(json_t *object, const char *key, double value)
{
    if (isfinite(value))
        json_object_set_new(object, key, json_real(value));
}

static void set_unless_empty(json_t *row, const char *key, json_t *object)
{
    if (json_object_size(object) > 0)
        json_object_set(row, key, object);
    json_decref(object);
}

static struct tf_spread spread_of(const struct view *view, enum tf_block_number number,
                                  enum tf_round_class which)
{
    return tf_contest_spread(view->result, view->entry, number, which);
}

/* ---- latency ----------------------------------------------------------------------------------- */

static json_t *latency(const struct view *view)
{
    const struct tf_entry_result *of = view->of;
    int kind = tf_contest_kind(view->result, view->entry);
    json_t *latency = json_pack("{s:o, s:o, s:{s:o, s:o}}", "from_sent",
                                tf_histogram_json(&of->from_sent[kind]), "from_due",
                                tf_histogram_json(&of->from_due[kind]), "all", "from_sent",
                                tf_histogram_json(&of->from_sent[TF_ALL]), "from_due",
                                tf_histogram_json(&of->from_due[TF_ALL]));
    if (view->contest->readers > 1 && of->last[kind].count > 0)
        json_object_set_new(latency, "last_reader", tf_histogram_json(&of->last[kind]));
    return latency;
}

static json_t *spreads(const struct view *view)
{
    json_t *spread = json_object();
    set_spread(spread, "p50", spread_of(view, TF_BLOCK_P50, TF_ROUND_ANY));
    set_spread(spread, "p99", spread_of(view, TF_BLOCK_P99, TF_ROUND_ANY));
    if (view->contest->readers > 1) {
        set_spread(spread, "last_p50", spread_of(view, TF_BLOCK_LAST_P50, TF_ROUND_ANY));
        set_spread(spread, "last_p99", spread_of(view, TF_BLOCK_LAST_P99, TF_ROUND_ANY));
    }
    return spread;
}

static json_t *over_time(const struct view *view)
{
    json_t *points = json_array();
    uint32_t step = view->result->rounds / POINTS_MAX + 1;
    for (uint32_t round = 0; round < view->result->rounds; round += step) {
        const struct tf_block *block = &view->of->blocks[round];
        if (block->ran && isfinite(block->p50))
            json_array_append_new(points, json_pack("[f, f, f, f]", block->started, block->p50,
                                                    block->p99, block->max));
    }
    return points;
}

/* ---- ratios, rates ----------------------------------------------------------------------------- */

static void set_ratios(const struct view *view, json_t *ratio, enum tf_round_class which)
{
    static const struct {
        const char *key;
        enum tf_block_number number;
        bool flood, several;
    } wanted[] = {{"p50", TF_BLOCK_P50, false, false},
                  {"p99", TF_BLOCK_P99, false, false},
                  {"last_p50", TF_BLOCK_LAST_P50, false, true},
                  {"last_p99", TF_BLOCK_LAST_P99, false, true},
                  {"rate", TF_BLOCK_RATE, true, false}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i].flood == view->flood &&
            (!wanted[i].several || view->contest->readers > 1))
            set_spread(ratio, wanted[i].key,
                       tf_contest_ratio(view->result, view->entry, view->reference,
                                        wanted[i].number, which));
}

static json_t *ratios(const struct view *view)
{
    json_t *ratio = json_object(), *near = json_object(), *far = json_object();
    set_ratios(view, ratio, TF_ROUND_ANY);
    set_ratios(view, near, TF_ROUND_NEAR);
    set_ratios(view, far, TF_ROUND_FAR);
    set_unless_empty(ratio, "near", near);
    set_unless_empty(ratio, "far", far);
    if (json_object_size(ratio) > 0)
        json_object_set_new(ratio, "to",
                            json_string(view->contest->entries[view->reference].label));
    return ratio;
}

static json_t *rates(const struct view *view)
{
    uint32_t size = view->contest->entries[view->entry].channel.message_size;
    double bytes = size ? size : sizeof(struct tf_message);
    json_t *rate = json_object();
    struct tf_spread any = spread_of(view, TF_BLOCK_RATE, TF_ROUND_ANY);
    set_spread(rate, "per_second", any);
    set_spread(rate, "near", spread_of(view, TF_BLOCK_RATE, TF_ROUND_NEAR));
    set_spread(rate, "far", spread_of(view, TF_BLOCK_RATE, TF_ROUND_FAR));
    any.low *= bytes;
    any.middle *= bytes;
    any.high *= bytes;
    set_spread(rate, "bytes_per_second", any);
    return rate;
}

/* ---- counts and rounds ------------------------------------------------------------------------- */

static void set_counts(const struct view *view, json_t *row)
{
    json_int_t sent = 0, received = 0, lost = 0, torn = 0, quiet = 0, disturbed = 0, near = 0,
               far = 0;
    for (uint32_t round = 0; round < view->result->rounds; round++) {
        const struct tf_block *block = &view->of->blocks[round];
        if (!block->ran)
            continue;
        sent += (json_int_t)block->sent;
        received += (json_int_t)block->received;
        lost += (json_int_t)block->lost;
        torn += (json_int_t)block->torn;
        *(block->quiet ? &quiet : &disturbed) += 1;
        if (block->classed)
            *(block->far ? &far : &near) += 1;
    }
    json_object_set_new(row, "counts",
                        json_pack("{s:I, s:I, s:I, s:I}", "sent", sent, "received", received,
                                  "lost", lost, "torn", torn));
    json_object_set_new(row, "blocks",
                        json_pack("{s:I, s:I, s:I, s:I}", "quiet", quiet, "disturbed",
                                  disturbed, "near", near, "far", far));
}

static json_t *rounds(const struct view *view)
{
    json_t *rounds = json_array();
    uint32_t step = view->result->rounds / POINTS_MAX + 1;
    for (uint32_t i = 0; i < view->result->rounds; i += step) {
        const struct tf_block *block = &view->of->blocks[i];
        if (!block->ran)
            continue;
        json_t *round =
            json_pack("{s:i, s:b}", "round", (int)block->round, "quiet", block->quiet);
        if (block->classed)
            json_object_set_new(round, "far", json_boolean(block->far));
        set_number(round, "p50", block->p50);
        set_number(round, "p99", block->p99);
        if (view->flood)
            set_number(round, "rate", block->rate);
        set_number(round, "send_ns", block->send_ns);
        json_array_append_new(rounds, round);
    }
    return rounds;
}

json_t *tf_series_row(const struct tf_contest *contest, const struct tf_contest_result *result,
                      uint32_t entry, uint32_t reference)
{
    const struct tf_entry *from = &contest->entries[entry];
    struct view view = {contest, result,    &result->entry[entry],
                        entry,   reference, from->load.profile == TF_PROFILE_FLOOD};
    json_t *row = json_pack("{s:s, s:s, s:o}", "label", from->label, "transport",
                            from->transport->name, "traits", traits_of(from->transport));
    if (!view.of->ran) {
        json_object_set_new(row, "skipped", json_string(view.of->why));
        return row;
    }
    if (view.flood) {
        set_unless_empty(row, "rate", rates(&view));
    } else {
        json_object_set_new(row, "latency", latency(&view));
        set_unless_empty(row, "spread", spreads(&view));
        json_object_set_new(row, "over_time", over_time(&view));
    }
    if (reference != entry)
        set_unless_empty(row, "ratio", ratios(&view));
    set_spread(row, "send_ns", spread_of(&view, TF_BLOCK_SEND, TF_ROUND_ANY));
    set_counts(&view, row);
    json_object_set_new(row, "rounds", rounds(&view));
    return row;
}
