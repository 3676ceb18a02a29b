/* SPDX-License-Identifier: Apache-2.0 */
/* attach_args.h - the options that every consumer has for where and how to attach. */
#ifndef TF_ATTACH_ARGS_H
#define TF_ATTACH_ARGS_H

#include "command.h"
#include "tickfan.h"

#include <stdbool.h>

struct tf_attach_args {
    const char *stream;
    struct tf_attach_options options;
    bool from_given;
    uint64_t appear_ns; /* wait that long for the stream to appear */
};
#define TF_ATTACH_ARGS_INIT                                                                    \
    {                                                                                          \
        0, TF_ATTACH_OPTIONS_INIT, false, 0                                                    \
    }

/* Values of getopt_long() for the entries below; above every letter. */
enum tf_attach_arg {
    TF_ARG_FROM = 1000,
    TF_ARG_WAIT,
    TF_ARG_NODE,
    TF_ARG_RING,
    TF_ARG_NAME,
    TF_ARG_APPEAR
};

#define TF_ATTACH_LONG_OPTIONS                                                                 \
    {"from", required_argument, 0, TF_ARG_FROM}, {"wait", required_argument, 0, TF_ARG_WAIT},  \
        {"node", required_argument, 0, TF_ARG_NODE},                                           \
        {"ring", required_argument, 0, TF_ARG_RING},                                           \
        {"name", required_argument, 0, TF_ARG_NAME},                                           \
    {                                                                                          \
        "appear", required_argument, 0, TF_ARG_APPEAR                                          \
    }

#define TF_ATTACH_HELP                                                                         \
    "  --from WHERE      newest, oldest, or a sequence number\n"                               \
    "  --wait HOW        backoff (default), spin, pause, block\n"                              \
    "  --node N          read the ring of NUMA node N (default: the node it runs on)\n"        \
    "  --ring N          read ring N by index\n"                                               \
    "  --name NAME       how 'tickfan ls' shows this reader\n"                                 \
    "  --appear TIME     wait up to TIME (10s, 1m) for the stream to appear\n"

/* One option; 1 taken, 0 not one of these, negative after a printed usage error. */
int tf_attach_arg(const struct tf_command *command, struct tf_attach_args *args, int option,
                  const char *value);

/* "backoff", "spin", "pause", "block"; "?" for what is no enum tf_wait_mode. */
const char *tf_wait_name(uint32_t mode);

/* Attach, waiting for the stream to appear if asked to. */
int tf_attach_with(const struct tf_attach_args *args, tf_reader **reader);

#endif
