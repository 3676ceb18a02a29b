/* SPDX-License-Identifier: Apache-2.0 */
/* replay_args.h - the command line of `tickfan replay`. */
#ifndef TF_REPLAY_ARGS_H
#define TF_REPLAY_ARGS_H

#include "moment.h"
#include "publisher_args.h"
#include "recording.h"
#include "symbol_filter.h"

struct tf_replay_args {
    struct tf_publisher_args publisher;
    struct tf_recording_options recording;
    /* What is replayed. */
    char **files;
    int file_count;
    bool sequential, by_recv, separate_ids;
    struct tf_moment start, end;
    struct tf_symbol_filter *filter; /* NULL: all symbols */
    uint64_t passes;                 /* UINT64_MAX: for ever */
    /* How. */
    double speed, rate;
    bool rate_of_events, speed_given;
    uint64_t max_gap_ns;
    bool warm_up, lockstep;
    uint64_t wait_readers, wait_timeout_ns;
    uint64_t linger_ns;
    const char *control; /* NULL: in the stream's directory; "none" */
    /* What is said about it. */
    bool json, quiet, digest;
};

extern const char tf_replay_help[];

/* 0, or the exit status after a printed usage error; args->filter is the caller's in any case. */
int tf_replay_parse(const struct tf_command *command, struct tf_replay_args *args, int argc,
                    char **argv);

#endif
