/* SPDX-License-Identifier: Apache-2.0 */
/* send_args.h - the command line of `tickfan send`. */
#ifndef TF_SEND_ARGS_H
#define TF_SEND_ARGS_H

#include "command.h"
#include "send_input.h"

struct tf_send_args {
    struct tf_send_input_options input;
    struct tf_endpoint lines[2]; /* port 0: not given */
    const char *interface;
    uint64_t ttl;
    double speed;  /* 0: as fast as possible */
    uint64_t rate; /* packets/s; 0: by speed */
    uint32_t loss, duplicate, server_loss;
    uint64_t displace;
    uint64_t lag_b_ns;
    uint64_t seed;
    uint64_t packet_bytes;
    struct tf_endpoint server; /* where requests are listened to; port 0: nowhere */
    uint64_t keep_bytes;
    uint64_t linger_ns;
    bool quiet;
};

extern const struct tf_command tf_cmd_send;
extern const char tf_send_help[];

/* 0, or a usage error that was printed. */
int tf_send_parse(struct tf_send_args *args, int argc, char **argv);

#endif
