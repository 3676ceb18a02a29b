/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - the parts of one simulation (simulate.h): lines and their homes, readers, writers. */
#ifndef TF_WORLD_H
#define TF_WORLD_H

#include "events.h"
#include "simulate.h"

enum { TF_NOBODY = -1, TF_WRITERS_MAX = TF_SOCKETS_MAX, TF_STORE_BUFFER = 56 };

enum tf_event_kind {
    TF_EVENT_ISSUE, /* who: writer; it begins to publish tick */
    TF_EVENT_TAKE, /* who: writer, tick: place in its store buffer; its request arrives at the home */
    TF_EVENT_OWNED, /* the same, and the line arrives at the writer */
    TF_EVENT_LOOK,  /* who: reader; it begins to look for its next tick */
    TF_EVENT_ASK,   /* who: reader; its request arrives at its socket's agent */
    TF_EVENT_FETCH, /* who: ring * TF_SOCKETS_MAX + socket; its agent's request arrives at the home */
    TF_EVENT_FETCHED /* and is answered */
};

/* Readers in order, linked through tf_reader.link. */
struct tf_list {
    int32_t first, last;
    uint32_t count;
};

/* One line in one socket: who has a copy there, and who waits for one. */
struct tf_agent {
    struct tf_list copies, waiting;
    double free;           /* when it can serve again */
    double asked, arrived; /* its request at the home; the answer here */
    bool present, fetching, at_home;
    bool fetched_new; /* what is on its way holds the tick */
};

enum tf_line_state { TF_LINE_OPEN, TF_LINE_TAKEN, TF_LINE_WRITTEN };

struct tf_line {
    enum tf_line_state state;
    bool dirty; /* the writer's cache has the only copy */
    double free, granted;
    struct tf_agent agent[TF_SOCKETS_MAX]; /* that of the home's socket has its lists only */
};

struct tf_reader {
    uint32_t ring, socket;
    int32_t writer; /* of a forwarder: what it writes; else TF_NOBODY */
    double path;    /* its own */
    double ready;   /* when its last request arrived, or the copy that it polls */
    bool behind;    /* the tick was there before it looked, and its requests overlap */
    uint32_t tick;  /* wanted */
    int32_t link;
};

/* A store to one line, in a writer's buffer until the line is owned and all before it have left. */
struct tf_store {
    uint32_t ring, tick, size;
    enum { TF_STORE_WANTS, TF_STORE_ASKED, TF_STORE_HELD, TF_STORE_DONE } state;
    bool prepare;
    double issued;
};

struct tf_writer {
    uint32_t socket, ring_first, ring_count;
    struct tf_store *
        stores; /* never reused: [first, end) are in the buffer, [asked, end) not yet asked for */
    uint32_t first, asked, end, buffered, outstanding;
    bool blocked;
    uint32_t tick;           /* being published, or next */
    double started, busy_ns; /* of this tick; negative: not yet.  Over all of them. */
    int32_t reader;          /* of a forwarder: its reader */
};

struct tf_world {
    const struct tf_costs *costs;
    const struct tf_scenario *scenario;
    struct tf_events events;
    struct tf_line *lines;     /* [rings][ticks] */
    struct tf_reader *readers; /* the scenario's, then the forwarders */
    struct tf_writer writers[TF_WRITERS_MAX];
    uint32_t rings, reader_count, writer_count;
    uint32_t ring_home[TF_SOCKETS_MAX], ring_writer[TF_SOCKETS_MAX];
    double *due, *began; /* [ticks], of the publisher */
    double now;
    uint64_t draws;
    /* simulate.c: a reader has its tick at `at`. */
    void (*got)(struct tf_world *world, uint32_t reader, double at);
};

static inline struct tf_line *tf_world_line(struct tf_world *world, uint32_t ring,
                                            uint32_t tick)
{
    return &world->lines[(uint64_t)ring * world->scenario->ticks + tick];
}

/* ---- home.c: events at a line's home and at the agents ------------------------------------------- */

void tf_home_look(struct tf_world *world, uint32_t reader);
void tf_home_ask(struct tf_world *world, uint32_t reader);
void tf_home_fetch(struct tf_world *world, uint32_t ring, uint32_t socket, uint32_t tick);
void tf_home_fetched(struct tf_world *world, uint32_t ring, uint32_t socket, uint32_t tick);
/* Invalidate all copies; returns when the home may grant the line. */
double tf_home_take(struct tf_world *world, uint32_t ring, uint32_t tick);
/* The writer's stores are in its cache: who has asked since is served. */
void tf_home_written(struct tf_world *world, uint32_t ring, uint32_t tick);

/* ---- writer.c: events of a writer's core ---------------------------------------------------------- */

void tf_writer_issue(struct tf_world *world, uint32_t writer);
void tf_writer_take(struct tf_world *world, uint32_t writer, uint32_t place);
void tf_writer_owned(struct tf_world *world, uint32_t writer, uint32_t place);

#endif
