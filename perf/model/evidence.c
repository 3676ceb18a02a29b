/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include "error.h"

#include <math.h>
#include <stdio.h>

/* Four sockets with a node controller between them stay below it. */
static const double longest_handoff_ns = 2000;

void tf_evidence_add(struct tf_evidence *evidence, const struct tf_reading *reading)
{
    if (evidence->count < TF_READINGS_MAX)
        evidence->reading[evidence->count++] = *reading;
}

void tf_evidence_free(struct tf_evidence *evidence)
{
    json_decref(evidence->machine);
    *evidence = (struct tf_evidence){0};
}

static uint32_t weight(const struct tf_reading *reading)
{
    return reading->rate > 0 ? reading->p50.count : reading->per_second.count;
}

const struct tf_reading *tf_evidence_find(const struct tf_evidence *evidence, bool tickfan,
                                          uint32_t batch, bool flood, enum tf_round_class place)
{
    const struct tf_reading *best = 0;
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct tf_reading *reading = &evidence->reading[i];
        bool fits = reading->tickfan == tickfan && reading->readers == 1 &&
                    reading->place == place && (reading->rate <= 0) == flood &&
                    (batch ? reading->batch == batch : reading->batch >= 16);
        if (fits && weight(reading) > (best ? weight(best) : 0))
            best = reading;
    }
    return best;
}

static void set_handoffs(const struct tf_evidence *evidence, struct tf_cost_table *table,
                         const struct tf_reading *near, const struct tf_reading *far)
{
    char how[200];
    if (near) {
        snprintf(how, sizeof how, "raw line, p50 of %u rounds below 160 ns; %s",
                 near->p50.count, evidence->source);
        tf_costs_measured(table, TF_COST_NEAR, near->p50.low, near->p50.middle, near->p50.high,
                          how);
    }
    if (far) {
        snprintf(how, sizeof how,
                 "raw line, p50 of %u rounds above 160 ns, between cores without a common L3 "
                 "or between sockets; %s",
                 far->p50.count, evidence->source);
        tf_costs_measured(table, TF_COST_FAR, far->p50.low, far->p50.middle, far->p50.high,
                          how);
    }
    if (!near)
        tf_costs_assume_near(table);
    if (!far)
        tf_costs_assume_far(table);
}

static void widen(struct tf_spread *range, double value)
{
    range->low = range->count ? fmin(range->low, value) : value;
    range->high = range->count ? fmax(range->high, value) : value;
    range->middle = value;
    range->count++;
}

/*
 * A batch shows what its lines take one after the other, a flood too; they differ by how far behind the writer the reader
 * stays, which nobody controls (17 and 38 ns in two runs a minute apart), so the range spans both.  Floods of
 * the raw line: Tickfan may store past the caches in its own.
 */
static void set_stream(const struct tf_evidence *evidence, struct tf_cost_table *table,
                       enum tf_cost_name name, enum tf_round_class place)
{
    const struct tf_reading *flood = tf_evidence_find(evidence, false, 0, true, place);
    const struct tf_reading *single = tf_evidence_find(evidence, true, 1, false, place);
    const struct tf_reading *batch = tf_evidence_find(evidence, true, 0, false, place);
    struct tf_spread range = {.count = 0};
    if (flood && flood->per_second.low > 0)
        widen(&range, 1e9 / flood->per_second.middle);
    if (single && batch && batch->last_of_batch && batch->p50.middle > single->p50.middle)
        widen(&range, (batch->p50.middle - single->p50.middle) / (batch->batch - 1));
    if (range.count == 0)
        return;
    char how[200];
    snprintf(how, sizeof how,
             "a batch of Tickfan and a flood of the raw line to one reader; %s",
             evidence->source);
    tf_costs_measured(table, name, range.low, range.middle, range.high, how);
}

static void set_store(const struct tf_evidence *evidence, struct tf_cost_table *table)
{
    const struct tf_reading *batch = tf_evidence_find(evidence, true, 0, false, TF_ROUND_NEAR);
    if (!batch || batch->send_ns.count == 0 || !(batch->send_ns.low > 0))
        return;
    char how[200];
    snprintf(how, sizeof how, "time in the publisher's call per tick of a batch of %u; %s",
             batch->batch, evidence->source);
    tf_costs_measured(table, TF_COST_STORE, batch->send_ns.low, batch->send_ns.middle,
                      batch->send_ns.high, how);
}

/*
 * With R readers of the raw line in one socket the last one has it (R - 1) (service + invalidate) later than a single reader,
 * and the middle one (R - 1) (service / 2 + invalidate).
 */
static void set_queue(const struct tf_evidence *evidence, struct tf_cost_table *table,
                      double alone)
{
    double service[TF_READINGS_MAX], invalidate[TF_READINGS_MAX];
    uint32_t count = 0, most = 0;
    for (uint32_t i = 0; i < evidence->count; i++) {
        const struct tf_reading *reading = &evidence->reading[i];
        if (reading->tickfan || reading->readers < 2 || reading->sockets > 1 ||
            reading->batch > 1 || reading->rate <= 0 || reading->p50.count == 0 ||
            reading->last_p50.count == 0)
            continue;
        double more = reading->readers - 1.0;
        double last = (reading->last_p50.middle - alone) / more,
               middle = (reading->p50.middle - alone) / more;
        service[count] = fmax(0.2, 2 * (last - middle));
        invalidate[count] = fmax(0.1, last - service[count]);
        count++;
        most = reading->readers > most ? reading->readers : most;
    }
    if (count == 0)
        return;
    struct tf_spread served = tf_quartiles(service, count),
                     invalidated = tf_quartiles(invalidate, count);
    char how[200];
    /* A few counts of readers say little of the spread: a fifth to both sides at least. */
    snprintf(how, sizeof how,
             "from the last and the middle of up to %u readers of the raw line; %s", most,
             evidence->source);
    tf_costs_measured(table, TF_COST_SERVICE, fmin(served.low, 0.8 * served.middle),
                      served.middle, fmax(served.high, 1.2 * served.middle), how);
    tf_costs_measured(table, TF_COST_INVALIDATE,
                      fmin(invalidated.low, 0.8 * invalidated.middle), invalidated.middle,
                      fmax(invalidated.high, 1.2 * invalidated.middle), how);
}

int tf_evidence_costs(const struct tf_evidence *evidence, struct tf_cost_table *table)
{
    const struct tf_reading *near = tf_evidence_find(evidence, false, 1, false, TF_ROUND_NEAR);
    const struct tf_reading *far = tf_evidence_find(evidence, false, 1, false, TF_ROUND_FAR);
    tf_costs_assume(table);
    if (!near && !far)
        return tf_fail(TF_EDATA,
                       "%s has no round of the raw line with one reader at a constant pace, "
                       "which the model's costs "
                       "rest on; make one with 'tickfan perf fanout --output FILE'",
                       evidence->source);
    if ((near && near->p50.middle > longest_handoff_ns) ||
        (far && far->p50.middle > longest_handoff_ns))
        return tf_fail(
            TF_EBUSY,
            "%s: one line took %.0f ns from core to core, no machine is so slow: the CPUs were "
            "not free; "
            "run it again when they are, or take the costs of a quiet run with --file",
            evidence->source,
            near && near->p50.middle > longest_handoff_ns ? near->p50.middle : far->p50.middle);
    set_handoffs(evidence, table, near, far);
    set_stream(evidence, table, TF_COST_STREAM_NEAR, TF_ROUND_NEAR);
    set_stream(evidence, table, TF_COST_STREAM_FAR, TF_ROUND_FAR);
    set_store(evidence, table);
    set_queue(evidence, table, (near ? near : far)->p50.middle);
    return 0;
}
