/* SPDX-License-Identifier: Apache-2.0 */
#include "costs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum unit { NS, OF_NEAR, OF_READ, SHARE, NUMBER };

static const struct {
    const char *name;
    enum unit unit;
    double low, middle, high;
    const char *why;
} assumed[TF_COST_COUNT] = {
    [TF_COST_NEAR] = {"handoff_near", NS, 0, 0, 0, ""},
    [TF_COST_FAR] = {"handoff_far", NS, 0, 0, 0, ""},
    [TF_COST_READ] = {"read_modified", OF_NEAR, 0.40, 0.50, 0.60,
                      "a hand-off is taking the line and fetching it, two transactions alike"},
    [TF_COST_PATH] =
        {"path", OF_READ, 0.20, 0.27, 0.35,
         "a read is core to home, home to owner, data to core: three ways and two look-ups"},
    [TF_COST_SERVICE] = {"service", NS, 2, 5, 12,
                         "requests for one line conflict at its home and are ordered there: "
                         "some 4 to 24 cycles "
                         "of an uncore at 2 GHz; not public"},
    [TF_COST_INVALIDATE] =
        {"invalidate", NS, 0.5, 1.5, 4,
         "1 to 8 uncore cycles per message sent and acknowledgement counted; not public"},
    [TF_COST_POLL] = {"poll", NS, 1.5, 2.5, 5,
                      "a load that hits, a compare and a branch at 2 to 4 GHz"},
    [TF_COST_STORE] = {"store", NS, 3, 6, 12,
                       "25 instructions per tick and ring, and the clock once"},
    [TF_COST_STREAM_NEAR] = {"stream_near", NS, 3, 6, 15,
                             "10 or so lines in flight over a near read"},
    [TF_COST_STREAM_FAR] = {"stream_far", NS, 10, 25, 50,
                            "10 or so lines in flight over a far read"},
    [TF_COST_DISTANCE] =
        {"distance", SHARE, 0.10, 0.20, 0.35,
         "cores lie apart on a mesh: published core-to-core maps of one socket vary so much"},
    [TF_COST_STALE] = {"stale", SHARE, 0.05, 0.3, 1.0,
                       "a ring of 64 K slots is 8 MiB, more than a core's L2: most old copies "
                       "are evicted, but "
                       "the directory need not know"},
    [TF_COST_OVERLAP] = {
        "overlap", NUMBER, 4, 8, 12,
        "x86 drains stores in order but asks for the lines ahead; fill buffers: 10 to 16"}};

void tf_costs_assume(struct tf_cost_table *table)
{
    memset(table, 0, sizeof *table);
    for (int i = 0; i < TF_COST_COUNT; i++) {
        struct tf_cost_range *range = &table->range[i];
        range->low = assumed[i].low;
        range->middle = assumed[i].middle;
        range->high = assumed[i].high;
        snprintf(range->how, sizeof range->how, "%s", assumed[i].why);
    }
}

void tf_costs_measured(struct tf_cost_table *table, enum tf_cost_name name, double low,
                       double middle, double high, const char *how)
{
    struct tf_cost_range *range = &table->range[name];
    range->low = fmin(low, middle);
    range->middle = middle;
    range->high = fmax(high, middle);
    range->measured = true;
    snprintf(range->how, sizeof range->how, "%s", how);
}

/* Medians of core-to-core maps that owners of two-socket Xeons published: 2.1 x (Ice Lake), 2.7 x (Broadwell), 2.8 x
 * (Cascade Lake) what it takes within a socket. */
static const double far_per_near[] = {2.1, 2.5, 2.9};
static const char far_per_near_why[] =
    "far is 2.1 to 2.9 x near: published for pairs of Broadwell, Cascade "
    "Lake and Ice Lake sockets";

void tf_costs_assume_far(struct tf_cost_table *table)
{
    const struct tf_cost_range *near = &table->range[TF_COST_NEAR];
    tf_costs_measured(table, TF_COST_FAR, far_per_near[0] * near->low,
                      far_per_near[1] * near->middle, far_per_near[2] * near->high,
                      far_per_near_why);
    table->range[TF_COST_FAR].measured = false;
}

void tf_costs_assume_near(struct tf_cost_table *table)
{
    const struct tf_cost_range *far = &table->range[TF_COST_FAR];
    tf_costs_measured(table, TF_COST_NEAR, far->low / far_per_near[2],
                      far->middle / far_per_near[1], far->high / far_per_near[0],
                      far_per_near_why);
    table->range[TF_COST_NEAR].measured = false;
}

uint64_t tf_draw(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

double tf_draw_unit(uint64_t *state)
{
    return (double)(tf_draw(state) >> 11) * 0x1p-53;
}

static void set(struct tf_costs *costs, const double value[TF_COST_COUNT])
{
    memset(costs, 0, sizeof *costs);
    costs->near = value[TF_COST_NEAR];
    costs->far = fmax(value[TF_COST_FAR], value[TF_COST_NEAR]);
    costs->read = value[TF_COST_READ] * costs->near;
    costs->path = value[TF_COST_PATH] * costs->read;
    costs->service = value[TF_COST_SERVICE];
    costs->invalidate = value[TF_COST_INVALIDATE];
    costs->poll = value[TF_COST_POLL];
    costs->store = value[TF_COST_STORE];
    costs->stream[0] = value[TF_COST_STREAM_NEAR];
    costs->stream[1] = value[TF_COST_STREAM_FAR];
    costs->distance = value[TF_COST_DISTANCE];
    costs->stale = value[TF_COST_STALE];
    costs->overlap = (uint32_t)fmax(1, round(value[TF_COST_OVERLAP]));
    tf_costs_derive(costs);
}

void tf_costs_middle(const struct tf_cost_table *table, struct tf_costs *costs)
{
    double value[TF_COST_COUNT];
    for (int i = 0; i < TF_COST_COUNT; i++)
        value[i] = table->range[i].middle;
    set(costs, value);
}

void tf_costs_draw(const struct tf_cost_table *table, uint64_t *state, struct tf_costs *costs)
{
    double value[TF_COST_COUNT];
    for (int i = 0; i < TF_COST_COUNT; i++) {
        const struct tf_cost_range *range = &table->range[i];
        double unit = tf_draw_unit(state);
        value[i] = range->low * pow(range->high / range->low, unit);
    }
    set(costs, value);
}

/* From the store to the load that sees it, one reader `cross` away, by adding up; what the simulation must give. */
static double one_reader(const struct tf_costs *costs, double cross)
{
    double start = costs->store + costs->path + costs->service;
    double granted = start + costs->ack + 2 * cross;
    double committed = granted + costs->path;
    double asked = start + cross + costs->ack / 2 + costs->poll / 2 + costs->path + cross;
    double served = fmax(asked, granted) + costs->service + costs->snoop;
    served = fmax(served, committed + costs->snoop / 2);
    return served + cross + (cross > 0 ? costs->service : 0) + costs->path;
}

/* `*part` between 0 and `most` such that one_reader() gives `wanted`; it grows with every part. */
static void solve(struct tf_costs *costs, double *part, double most, const double *cross,
                  double wanted)
{
    double low = 0, high = most;
    for (int i = 0; i < 60; i++) {
        *part = (low + high) / 2;
        if (one_reader(costs, *cross) < wanted)
            low = *part;
        else
            high = *part;
    }
}

/* A read has room for its two ways and one service; what is left is the look into the writer's cache. */
static void split_read(struct tf_costs *costs)
{
    costs->path = fmin(costs->path, costs->read / 2);
    costs->snoop = fmax(0, costs->read - 2 * costs->path - costs->service);
}

void tf_costs_derive(struct tf_costs *costs)
{
    const double no_cross = 0;
    costs->ack = 0;
    split_read(costs);
    if (one_reader(costs, 0) > costs->near) {
        /* A draw whose parts are more than the whole: what is not measured gives way, all in the same measure. */
        double scale = costs->near / one_reader(costs, 0);
        costs->read *= scale;
        costs->path *= scale;
        costs->service *= scale;
        costs->poll *= scale;
        costs->store *= scale;
        costs->snoop *= scale;
    }
    solve(costs, &costs->ack, costs->near * 2, &no_cross, costs->near);
    costs->cross = 0;
    if (costs->far > costs->near + costs->service)
        solve(costs, &costs->cross, costs->far, &costs->cross, costs->far);
}

static json_t *range_json(const struct tf_cost_range *range, double scale)
{
    return json_pack("{s:f, s:f, s:f}", "low", range->low * scale, "middle",
                     range->middle * scale, "high", range->high * scale);
}

json_t *tf_costs_json(const struct tf_cost_table *table)
{
    json_t *all = json_object();
    double near = table->range[TF_COST_NEAR].middle;
    double read = near * table->range[TF_COST_READ].middle;
    for (int i = 0; i < TF_COST_COUNT; i++) {
        const struct tf_cost_range *range = &table->range[i];
        enum unit unit = assumed[i].unit;
        double scale = unit == OF_NEAR ? near : unit == OF_READ ? read : 1;
        bool ns = unit == NS || unit == OF_NEAR || unit == OF_READ;
        json_t *how = ns ? json_string(range->how)
                         : json_sprintf("%g to %g %s: %s", range->low, range->high,
                                        unit == NUMBER ? "lines" : "as a share", range->how);
        json_t *cost =
            json_pack("{s:o, s:s, s:o}", ns ? "ns" : "value", range_json(range, scale),
                      "source", range->measured ? "measured" : "assumed", "how", how);
        json_object_set_new(all, assumed[i].name, cost);
    }
    return all;
}
