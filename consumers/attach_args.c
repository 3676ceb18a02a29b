/* SPDX-License-Identifier: Apache-2.0 */
#include "attach_args.h"

#include "clock.h"
#include "text.h"

#include <string.h>

static const char *const wait_names[] = {"backoff", "spin", "pause", "block"};

const char *tf_wait_name(uint32_t mode)
{
    return mode < sizeof wait_names / sizeof wait_names[0] ? wait_names[mode] : "?";
}

static int parse_from(const struct tf_command *command, struct tf_attach_args *args,
                      const char *value)
{
    args->from_given = true;
    if (strcmp(value, "newest") == 0) {
        args->options.from = TF_FROM_NEWEST;
    } else if (strcmp(value, "oldest") == 0) {
        args->options.from = TF_FROM_OLDEST;
    } else if (tf_parse_u64(value, INT64_MAX, &args->options.from_seq) &&
               args->options.from_seq) {
        args->options.from = TF_FROM_SEQUENCE;
    } else {
        tf_command_usage(command, "--from %s: newest, oldest or a sequence from 1 on", value);
        return -1;
    }
    return 1;
}

static int parse_index(const struct tf_command *command, const char *option, const char *value,
                       int *index)
{
    uint64_t number;
    if (!tf_parse_u64(value, 1023, &number)) {
        tf_command_usage(command, "%s %s: a number from 0 on is wanted", option, value);
        return -1;
    }
    *index = (int)number;
    return 1;
}

int tf_attach_arg(const struct tf_command *command, struct tf_attach_args *args, int option,
                  const char *value)
{
    switch (option) {
    case TF_ARG_FROM:
        return parse_from(command, args, value);
    case TF_ARG_WAIT:
        for (int i = 0; i < 4; i++) {
            if (strcmp(value, wait_names[i]) == 0) {
                args->options.wait = (enum tf_wait_mode)i;
                return 1;
            }
        }
        tf_command_usage(command, "--wait %s: backoff, spin, pause or block", value);
        return -1;
    case TF_ARG_NODE:
        return parse_index(command, "--node", value, &args->options.node);
    case TF_ARG_RING:
        return parse_index(command, "--ring", value, &args->options.ring);
    case TF_ARG_NAME:
        args->options.reader_name = value;
        return 1;
    case TF_ARG_APPEAR:
        if (!tf_parse_duration(value, &args->appear_ns)) {
            tf_command_usage(command, "--appear %s: a time such as 10s or 2m is wanted", value);
            return -1;
        }
        return 1;
    default:
        return 0;
    }
}

int tf_attach_with(const struct tf_attach_args *args, tf_reader **reader)
{
    uint64_t deadline = tf_monotonic_ns() + args->appear_ns;
    for (;;) {
        int error = tf_attach(args->stream, &args->options, reader);
        if (error != TF_ENOSTREAM || tf_monotonic_ns() >= deadline || tf_stop_requested())
            return error;
        tf_sleep_until(tf_monotonic_ns() + 2 * TF_NS_PER_MS);
    }
}
