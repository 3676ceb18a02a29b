/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live.h - from the wire into a stream: receivers, feed, re-requests, publisher, in one thread.
 *
 * It waits for nothing but its sockets.  Each packet's ticks are published before the next packet
 * is looked at.
 */
#ifndef TF_LIVE_H
#define TF_LIVE_H

#include "live_args.h"
#include "receivers.h"
#include "recovery.h"

enum {
    TF_LIVE_SINK = 2 * TF_SINK_MIN,
    TF_LIVE_SESSIONS_MAX = 1024, /* channels of the feed that can be asked for again */
    TF_LIVE_MISSING = 256        /* gaps looked at at a time */
};

/* One socket: a line of a channel, or what asks its server. */
struct tf_live_line {
    struct tf_receiver receiver;
    uint32_t channel; /* of the command line */
    char name;        /* 'a' to 'd'; 'r': the server */
    bool silent;
    uint64_t packets_seen, heard_at; /* monotonic */
    uint64_t silences;
};

/* A channel of the command line. */
struct tf_live_channel {
    struct tf_recovery *recovery; /* NULL: there is no server */
    struct tf_live_line *server;
    uint64_t answers, foreign; /* packets of the server; of them of no session that is known */
    uint64_t unsent;           /* requests that the kernel did not take */
};

/* A channel of the feed: whose it is, and what a request for it says. */
struct tf_live_session {
    uint32_t channel; /* of the command line */
    uint8_t id[16];
    /* What is missing up to `candidate` was first seen then; 0: nothing waits to be asked. */
    uint64_t candidate, candidate_at;
};

struct tf_live {
    const struct tf_live_args *args;
    tf_publisher *publisher;
    struct tf_feed *feed;
    struct tf_receivers receivers;
    struct tf_live_line *lines; /* in the order of receivers.all */
    uint32_t line_count;
    struct tf_live_channel channels[TF_LIVE_CHANNELS_MAX];
    struct tf_live_session sessions[TF_LIVE_SESSIONS_MAX];
    uint32_t session_count;

    uint64_t messages, ticks, control;
    uint64_t undefined, redefined; /* instruments without a place; that changed their symbol */
    uint64_t started_ns;           /* monotonic */
    bool any_server;
    bool open_gap; /* look at the clock often */
    /* Of the last status: what its rates count from. */
    uint64_t report_packets, report_messages, report_since_ns;
    bool drawn; /* a status line stands on the terminal */

    uint8_t answer[65536]; /* of a server's packet what was asked for */
    struct tf_tick sink[TF_LIVE_SINK];
    struct tf_missing missing[TF_LIVE_MISSING];
};

/* Sockets and feed; the publisher is the caller's.  0 or the error; tf_live_close() either way. */
int tf_live_open(struct tf_live *live, const struct tf_live_args *args);
void tf_live_close(struct tf_live *live);

/* Until a signal, the duration or the end of all sessions; then all that was held is published. */
void tf_live_run(struct tf_live *live);

/* The worst of all channels; "WAITING" as long as there is none. */
const char *tf_live_state(const struct tf_live *live);
/*
 * Every channel has a session that ended, nothing is awaited, and no session that brought messages
 * goes on.  One that is silent for too long does not: a stray packet must not hold up the end.
 */
bool tf_live_ended(const struct tf_live *live);

/* live_report.c */
void tf_live_say_lines(const struct tf_live *live); /* what was joined, on standard error */
void tf_live_status(struct tf_live *live, uint64_t now);
void tf_live_report_json(struct tf_live *live, bool final);
void tf_live_report_text(struct tf_live *live);
/* 0, or TF_EDATA: how many messages of which channels were lost for good. */
int tf_live_lost(const struct tf_live *live);

#endif
