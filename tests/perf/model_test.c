/* SPDX-License-Identifier: Apache-2.0 */
/* The coherence model: what must hold whatever the costs are. */
#include "error.h"
#include "simulate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { MACHINES = 200 };
static const enum tf_layout layouts[] = {TF_LAYOUT_ONE_RING, TF_LAYOUT_RING_PER_NODE,
                                         TF_LAYOUT_FORWARDER};

static void table_of(struct tf_cost_table *table, double near, double far)
{
    tf_costs_assume(table);
    tf_costs_measured(table, TF_COST_NEAR, near * 0.95, near, near * 1.05, "test");
    tf_costs_measured(table, TF_COST_FAR, far * 0.95, far, far * 1.05, "test");
}

/* All cores alike, no chance in the spin loop: then the answer can be added up by hand. */
static void plain_costs(struct tf_costs *costs)
{
    struct tf_cost_table table;
    table_of(&table, 100, 250);
    tf_costs_middle(&table, costs);
    costs->distance = 0;
    costs->poll = 0;
    tf_costs_derive(costs);
}

static struct tf_outcome simulate(const struct tf_costs *costs, struct tf_scenario scenario)
{
    struct tf_outcome outcome;
    if (scenario.batch == 0)
        scenario.batch = 1;
    cr_assert_eq(tf_simulate(costs, &scenario, &outcome), 0, "%s", tf_errmsg());
    return outcome;
}

/* ---- what must hold for any costs ------------------------------------------------------------------- */

struct order {
    uint32_t next[64];
    bool wrong;
};

static void in_order(void *context, uint32_t reader, uint32_t tick, double latency)
{
    struct order *order = context;
    order->wrong = order->wrong || tick != order->next[reader] || !(latency > 0);
    order->next[reader]++;
}

Test(model, every_reader_sees_every_tick_once_and_in_order)
{
    static const double rates[] = {100e3, 10e6, 0};
    struct tf_cost_table table;
    uint64_t state = 7;
    table_of(&table, 100, 250);
    for (int i = 0; i < MACHINES; i++) {
        struct tf_costs costs;
        struct order order = {.next = {0}};
        struct tf_scenario scenario = {.sockets = 1u << (i % 3),
                                       .readers = 1 + (uint32_t)(i * 7) % 64,
                                       .layout = layouts[i / 3 % 3],
                                       .rate = rates[i / 9 % 3],
                                       .batch = i % 2 ? 1 : 32,
                                       .ticks = 128,
                                       .seed = (uint64_t)i,
                                       .seen = in_order,
                                       .context = &order};
        tf_costs_draw(&table, &state, &costs);
        struct tf_outcome outcome = simulate(&costs, scenario);
        cr_assert_not(order.wrong, "machine %d", i);
        for (uint32_t reader = 0; reader < scenario.readers; reader++)
            cr_assert_eq(order.next[reader], scenario.ticks, "machine %d, reader %u", i,
                         reader);
        cr_assert(outcome.p50 <= outcome.p99 && outcome.last_p50 >= outcome.p50);
    }
}

Test(model, parts_of_a_drawn_machine_are_not_negative)
{
    struct tf_cost_table table;
    uint64_t state = 1;
    table_of(&table, 100, 250);
    for (int i = 0; i < 2000; i++) {
        struct tf_costs costs;
        tf_costs_draw(&table, &state, &costs);
        cr_assert(costs.near >= 95 && costs.near <= 105 && costs.far >= 237 &&
                  costs.far <= 263);
        cr_assert(costs.ack >= 0 && costs.snoop >= 0 && costs.cross >= 0 && costs.path > 0);
        cr_assert(costs.overlap >= 4 && costs.overlap <= 12);
    }
}

Test(model, one_reader_takes_what_was_measured_near_and_far)
{
    struct tf_cost_table table;
    uint64_t state = 3;
    table_of(&table, 100, 250);
    for (int i = 0; i < MACHINES; i++) {
        struct tf_costs costs;
        struct tf_scenario scenario = {
            .sockets = 1, .readers = 1, .rate = 100e3, .steady = true, .ticks = 300};
        tf_costs_draw(&table, &state, &costs);
        costs.distance = 0;
        double near = simulate(&costs, scenario).p50;
        scenario.sockets = 2;
        scenario.first_socket = 1;
        double far = simulate(&costs, scenario).p50;
        /* A turn of the spin loop either way, and the histogram's 1.6 %. */
        cr_assert_float_eq(near, costs.near, costs.poll / 2 + 0.016 * costs.near, "%f for %f",
                           near, costs.near);
        cr_assert_float_eq(far, costs.far, costs.poll / 2 + 0.016 * costs.far, "%f for %f", far,
                           costs.far);
    }
}

Test(model, same_seed_same_outcome)
{
    struct tf_cost_table table;
    struct tf_costs costs;
    struct tf_scenario scenario = {.sockets = 2,
                                   .readers = 30,
                                   .layout = TF_LAYOUT_FORWARDER,
                                   .rate = 1e6,
                                   .ticks = 200,
                                   .seed = 5};
    table_of(&table, 100, 250);
    tf_costs_middle(&table, &costs);
    struct tf_outcome first = simulate(&costs, scenario), second = simulate(&costs, scenario);
    cr_assert_eq(memcmp(&first, &second, sizeof first), 0);
    scenario.seed = 6;
    struct tf_outcome other = simulate(&costs, scenario);
    cr_assert_neq(memcmp(&first, &other, sizeof first), 0);
}

Test(model, refuses_what_it_cannot_compute)
{
    struct tf_costs costs;
    struct tf_outcome outcome;
    plain_costs(&costs);
    struct tf_scenario scenario = {.sockets = 5, .readers = 1, .batch = 1, .ticks = 10};
    cr_assert_eq(tf_simulate(&costs, &scenario, &outcome), TF_EUSAGE);
    scenario = (struct tf_scenario){.sockets = 1, .readers = 0, .batch = 1, .ticks = 10};
    cr_assert_eq(tf_simulate(&costs, &scenario, &outcome), TF_EUSAGE);
    scenario = (struct tf_scenario){.sockets = 1, .readers = 1, .batch = 65, .ticks = 10};
    cr_assert_eq(tf_simulate(&costs, &scenario, &outcome), TF_EUSAGE);
}

/* ---- another way to the same numbers ---------------------------------------------------------------- */

/* Readers of one socket that all hold a copy: added up, reader by reader. */
static double last_of(const struct tf_costs *costs, uint32_t readers)
{
    double start = costs->store + costs->path + costs->service;
    double granted = start + costs->ack + (readers - 1) * costs->invalidate;
    double free = granted, served = 0;
    for (uint32_t i = 0; i < readers; i++) {
        double asked = start + costs->ack / 2 + i * costs->invalidate + costs->path;
        served = fmax(asked, free) + costs->service;
        if (i == 0)
            served = fmax(served + costs->snoop, granted + costs->path + costs->snoop / 2);
        free = served;
    }
    return served + costs->path;
}

struct worst {
    double latency;
};

static void keep_worst(void *context, uint32_t reader, uint32_t tick, double latency)
{
    struct worst *worst = context;
    (void)reader;
    if (tick == 5 && latency > worst->latency)
        worst->latency = latency;
}

Test(model, last_of_many_readers_is_what_adding_up_gives)
{
    struct tf_costs costs;
    plain_costs(&costs);
    for (uint32_t readers = 1; readers <= 250; readers = readers * 2 + 1) {
        struct worst worst = {0};
        simulate(&costs, (struct tf_scenario){.sockets = 1,
                                              .readers = readers,
                                              .rate = 10e3,
                                              .steady = true,
                                              .ticks = 10,
                                              .seen = keep_worst,
                                              .context = &worst});
        cr_assert_float_eq(worst.latency, last_of(&costs, readers), 1e-6,
                           "%u readers: %f, not %f", readers, worst.latency,
                           last_of(&costs, readers));
    }
}

Test(model, later_with_more_readers_and_with_distance)
{
    struct tf_costs costs;
    plain_costs(&costs);
    for (size_t layout = 0; layout < 3; layout++) {
        double before = 0;
        for (uint32_t readers = 2; readers <= 256; readers *= 2) {
            struct tf_scenario scenario = {.sockets = 2,
                                           .readers = readers,
                                           .layout = layouts[layout],
                                           .rate = 100e3,
                                           .steady = true,
                                           .ticks = 60};
            double last = simulate(&costs, scenario).last_p50;
            cr_assert_gt(last, before, "layout %zu, %u readers", layout, readers);
            before = last;
            struct tf_costs farther = costs;
            farther.cross *= 2;
            cr_assert_gt(simulate(&farther, scenario).last_p50, last, "layout %zu, %u readers",
                         layout, readers);
        }
    }
}

Test(model, publishing_costs_its_stores_whatever_the_readers)
{
    struct tf_costs costs;
    plain_costs(&costs);
    for (uint32_t readers = 1; readers <= 250; readers += 83) {
        struct tf_scenario scenario = {
            .sockets = 4, .readers = readers, .rate = 100e3, .steady = true, .ticks = 40};
        cr_assert_float_eq(simulate(&costs, scenario).publish_ns, costs.store, 1e-9);
        scenario.layout = TF_LAYOUT_RING_PER_NODE;
        cr_assert_float_eq(simulate(&costs, scenario).publish_ns, 4 * costs.store, 1e-9);
    }
}

Test(model, a_flood_is_no_faster_than_its_parts)
{
    struct tf_costs costs;
    plain_costs(&costs);
    struct tf_scenario scenario = {.sockets = 1, .readers = 1, .batch = 32, .ticks = 3200};
    double ns = 1e9 / simulate(&costs, scenario).per_second;
    cr_assert_geq(ns, fmax(costs.store, costs.stream[0]) * 0.999);
    cr_assert_leq(ns, 10 * fmax(costs.store, costs.stream[0]));
}
