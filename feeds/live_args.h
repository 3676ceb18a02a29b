/* SPDX-License-Identifier: Apache-2.0 */
/* live_args.h - the command line of `tickfan live`. */
#ifndef TF_LIVE_ARGS_H
#define TF_LIVE_ARGS_H

#include "feed.h"
#include "publisher_args.h"
#include "receiver.h"

enum {
    TF_LIVE_CHANNELS_MAX = 64,
    TF_LIVE_LINES_MAX = 4 /* of one channel: a, b, c, d */
};

/* One run of numbers: the lines that carry it, and who sends again what all of them lost. */
struct tf_live_channel_args {
    struct tf_endpoint lines[TF_LIVE_LINES_MAX]; /* port 0: not given */
    struct tf_endpoint server;                   /* the same */
};

struct tf_live_args {
    struct tf_publisher_args publisher;
    const struct tf_format *format;
    struct tf_decoder_options decoder;
    struct tf_live_channel_args channels[TF_LIVE_CHANNELS_MAX];
    uint32_t channel_count;
    const char *interface;
    uint64_t buffer;
    enum tf_receiver_stamps stamps;
    uint64_t busy_poll_us;
    bool spin;
    uint64_t reorder_ns;
    uint64_t reorder_packets;
    uint64_t ask_after_ns, retry_ns, recover_timeout_ns;
    uint64_t outstanding;
    uint64_t silence_ns;  /* 0: never warn */
    uint64_t duration_ns; /* 0: no limit */
    uint64_t every_ns;    /* 0: a status line on a terminal, none in JSON */
    uint64_t linger_ns;   /* UINT64_MAX: for ever */
    bool exit_at_end, json, quiet;
};

extern const struct tf_command tf_cmd_live;
extern const char tf_live_help[];

/* 0, or a usage error that was printed. */
int tf_live_parse(struct tf_live_args *args, int argc, char **argv);
/* "a=ADDRESS:PORT,b=...,rerequest=...": false with tf_errmsg(). */
bool tf_live_parse_channel(const char *text, struct tf_live_channel_args *channel);

#endif
