/* SPDX-License-Identifier: Apache-2.0 */
/*
 * costs.h - what moving a cache line costs, as ranges: measured where a machine could show it, else assumed, with the
 * reason.  A draw takes one value from each range and derives from them the parts that the simulation adds up.
 *
 * One tick to one reader is two transactions at the line's home (the agent that orders all requests for it).
 * The writer takes the line: its request travels to the home, the home invalidates every copy and waits for the
 * acknowledgements, and the grant travels back.  The reader, whose copy is gone, asks the home; the home gets the
 * line from the writer's cache, and it travels to the reader.  All readers after the first are served by
 * the home itself, one after the other.
 */
#ifndef TF_COSTS_H
#define TF_COSTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum tf_cost_name {
    TF_COST_NEAR, /* raw line hand-off within a socket, ns */
    TF_COST_FAR,  /* and between sockets, ns */
    TF_COST_READ, /* reading a line that another core has modified: share of the near hand-off */
    TF_COST_PATH,       /* core to home, one way: share of such a read */
    TF_COST_SERVICE,    /* the home's time for one request, ns */
    TF_COST_INVALIDATE, /* each copy to invalidate after the first, ns */
    TF_COST_POLL,       /* one turn of a reader's spin loop, ns */
    TF_COST_STORE,      /* the publisher's instructions per tick and ring, ns */
    TF_COST_STREAM_NEAR, /* between two lines of a reader that is behind and fetches many at once, ns */
    TF_COST_STREAM_FAR,
    TF_COST_DISTANCE, /* how much a core's path may differ from the middle: share */
    TF_COST_STALE, /* readers whose copies of the last lap are still there when a slot is prepared: share */
    TF_COST_OVERLAP, /* lines that a core asks for at once to store to them */
    TF_COST_COUNT
};

struct tf_cost_range {
    double low, middle, high;
    bool measured;
    char how[200]; /* where it comes from; of what is assumed, the reason */
};

struct tf_cost_table {
    struct tf_cost_range range[TF_COST_COUNT];
};

/* Everything assumed; NEAR and FAR have no value yet and must be set. */
void tf_costs_assume(struct tf_cost_table *table);
/* `how` is copied. */
void tf_costs_measured(struct tf_cost_table *table, enum tf_cost_name name, double low,
                       double middle, double high, const char *how);
/* FAR from NEAR, or NEAR from FAR, when only one is known. */
void tf_costs_assume_far(struct tf_cost_table *table);
void tf_costs_assume_near(struct tf_cost_table *table);

/* One possible machine.  ns unless said otherwise; the first part is drawn, the second derived. */
struct tf_costs {
    double near, far, read, path, service, invalidate, poll, store, stream[2];
    double distance, stale;
    uint32_t overlap;
    double ack;   /* home to one copy and back */
    double snoop; /* home to the writer's cache and back */
    double cross; /* one way between sockets */
};

/* The middle of every range. */
void tf_costs_middle(const struct tf_cost_table *table, struct tf_costs *costs);
/* Independent draws, even in the logarithm; `state` goes on. */
void tf_costs_draw(const struct tf_cost_table *table, uint64_t *state, struct tf_costs *costs);
/* Fill in the derived part so that one reader near and one far see a tick after `near` and `far`. */
void tf_costs_derive(struct tf_costs *costs);

/* "calibration" of perf/report/schema.md.  New reference. */
json_t *tf_costs_json(const struct tf_cost_table *table);

/* splitmix64, and an even value in [0, 1). */
uint64_t tf_draw(uint64_t *state);
double tf_draw_unit(uint64_t *state);

#endif
