/* SPDX-License-Identifier: Apache-2.0 */
/* publisher_args.h - the options of every command that publishes a stream. */
#ifndef TF_PUBLISHER_ARGS_H
#define TF_PUBLISHER_ARGS_H

#include "command.h"
#include "tickfan_publish.h"

struct tf_publisher_args {
    struct tf_publisher_options options;
    int nodes[TF_MAX_RINGS];
};
#define TF_PUBLISHER_ARGS_INIT                                                                 \
    {                                                                                          \
        TF_PUBLISHER_OPTIONS_INIT,                                                             \
        {                                                                                      \
            0                                                                                  \
        }                                                                                      \
    }

enum tf_publisher_arg {
    TF_ARG_STREAM = 2000,
    TF_ARG_BACKING,
    TF_ARG_NODES,
    TF_ARG_CAPACITY,
    TF_ARG_INSTRUMENTS,
    TF_ARG_READERS,
    TF_ARG_HUGE,
    TF_ARG_LOCK,
    TF_ARG_EXISTING,
    TF_ARG_FILE_DIR,
    TF_ARG_MODE,
    TF_ARG_GROUP
};

#define TF_PUBLISHER_LONG_OPTIONS                                                              \
    {"stream", required_argument, 0, TF_ARG_STREAM},                                           \
        {"backing", required_argument, 0, TF_ARG_BACKING},                                     \
        {"nodes", required_argument, 0, TF_ARG_NODES},                                         \
        {"capacity", required_argument, 0, TF_ARG_CAPACITY},                                   \
        {"instruments", required_argument, 0, TF_ARG_INSTRUMENTS},                             \
        {"readers", required_argument, 0, TF_ARG_READERS},                                     \
        {"huge-pages", required_argument, 0, TF_ARG_HUGE},                                     \
        {"lock-memory", required_argument, 0, TF_ARG_LOCK},                                    \
        {"on-existing", required_argument, 0, TF_ARG_EXISTING},                                \
        {"file-dir", required_argument, 0, TF_ARG_FILE_DIR},                                   \
        {"mode", required_argument, 0, TF_ARG_MODE},                                           \
    {                                                                                          \
        "group", required_argument, 0, TF_ARG_GROUP                                            \
    }

#define TF_PUBLISHER_HELP TF_PUBLISHER_HELP_AS("$TICKFAN_STREAM, else 'default'")
/* `name`: what the stream is called by default. */
#define TF_PUBLISHER_HELP_AS(name)                                                             \
    "Stream:\n"                                                                                \
    "      --stream NAME        publish as NAME (default: " name ")\n"                         \
    "      --capacity N         ticks per ring, a power of two: 64K (default), 1M ...\n"       \
    "      --nodes LIST         one ring per NUMA node of the list, 0,1 ...; the same node "   \
    "may\n"                                                                                    \
    "                           come twice; auto (default): every node this process may use\n" \
    "      --backing HOW        sysv, file, or auto (default): sysv with huge pages, sysv, "   \
    "file\n"                                                                                   \
    "      --huge-pages HOW     auto (default), off, require\n"                                \
    "      --lock-memory HOW    try (default), off, require\n"                                 \
    "      --file-dir DIR       where file segments go (default: the stream's directory if "   \
    "it\n"                                                                                     \
    "                           is on tmpfs, else /dev/shm)\n"                                 \
    "      --instruments N      size of the instrument directory (default 16K)\n"              \
    "      --readers N          size of the roster of readers (default 256)\n"                 \
    "      --on-existing HOW    resume (default) in a dead publisher's stream, recreate, "     \
    "refuse\n"                                                                                 \
    "      --mode OCTAL         permission bits (default 0640)\n"                              \
    "      --group NAME         group of the segments (default: the process's)\n"

/* One option; 1 taken, 0 not one of these, negative after a printed usage error. */
int tf_publisher_arg(const struct tf_command *command, struct tf_publisher_args *args,
                     int option, const char *value);

#endif
