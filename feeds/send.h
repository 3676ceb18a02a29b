/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - a recording on its way to the wire: pace, lines, heartbeats, re-request server, ledger.
 *
 * One thread, which waits for the next packet's time, a delayed packet's time, or a request.  In
 * MoldUDP64 each session begins with a heartbeat, so that a receiver knows what the first packets
 * were if they are lost, has one in each second of silence, and ends with end-of-session packets
 * ten times over: none of these is ever damaged.
 */
#ifndef TF_SEND_H
#define TF_SEND_H

#include "pacer.h"
#include "progress.h"
#include "send_args.h"
#include "send_ledger.h"
#include "send_line.h"
#include "send_store.h"

enum { TF_SEND_LINES = 2, TF_SEND_CHANNELS_MAX = 64 };

/* A run of sequences, and what of it was lost: [TF_SEND_LINES]: on all lines. */
struct tf_send_channel {
    uint8_t key[16];
    uint32_t address; /* where it was recorded, if the key does not tell channels apart */
    uint16_t port;
    char name[64];
    uint64_t first, next;
    struct tf_ledger lost[TF_SEND_LINES + 1];
};

struct tf_send {
    const struct tf_send_args *args;
    struct tf_send_input *input;
    struct tf_send_line lines[TF_SEND_LINES];
    uint32_t line_count;
    struct tf_send_store *store; /* NULL: no server */
    int server;                  /* its socket, or -1 */
    struct tf_random server_random;
    uint64_t server_dropped; /* answers, on purpose */
    struct tf_send_channel channels[TF_SEND_CHANNELS_MAX];
    uint32_t channel_count;
    struct tf_pacer pacer;
    struct tf_progress progress;
    uint64_t packets, messages, heartbeats, ends;
    uint64_t
        unrecorded; /* packets of messages in no ledger: too many channels, or unsequenced */
    uint64_t started_ns, ended_ns, sent_at; /* monotonic */
};

/* 0 or the error; tf_send_close() either way. */
int tf_send_open(struct tf_send *send, const struct tf_send_args *args);
void tf_send_close(struct tf_send *send);
/* To the end of the file, and of the linger; 0, or the file's error, after all that was whole. */
int tf_send_run(struct tf_send *send);
void tf_send_report(const struct tf_send *send); /* JSON, on standard output */

#endif
