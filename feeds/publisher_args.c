/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher_args.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* The index of `value` in a list of words, or -1 after a usage error. */
static int parse_word(const struct tf_command *command, const char *option, const char *value,
                      const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(value, words[i]) == 0)
            return i;
    tf_command_usage(command, "%s %s: %s%s%s%s%s", option, value, words[0], ", ", words[1],
                     count > 2 ? " or " : "", count > 2 ? words[2] : "");
    return -1;
}

static int parse_nodes(const struct tf_command *command, struct tf_publisher_args *args,
                       const char *value)
{
    args->options.node_count = 0;
    if (strcmp(value, "auto") == 0)
        return 1;
    for (const char *at = value;;) {
        char *end;
        long node = strtol(at, &end, 10);
        if (end == at || node < 0 || node > 1023 || (*end && *end != ',') ||
            args->options.node_count == TF_MAX_RINGS) {
            tf_command_usage(command, "--nodes %s: auto, or a list such as 0,1 of at most %d",
                             value, TF_MAX_RINGS);
            return -1;
        }
        args->nodes[args->options.node_count++] = (int)node;
        if (!*end)
            break;
        at = end + 1;
    }
    args->options.nodes = args->nodes;
    return 1;
}

static int parse_number(const struct tf_command *command, const char *option, const char *value,
                        uint64_t max, uint64_t *number)
{
    if (tf_parse_size(value, number) && *number >= 1 && *number <= max)
        return 1;
    tf_command_usage(command,
                     "%s %s: a number from 1 to %llu is wanted (K and M are 2^10 and 2^20)",
                     option, value, (unsigned long long)max);
    return -1;
}

static int parse_mode(const struct tf_command *command, struct tf_publisher_args *args,
                      const char *value)
{
    char *end;
    unsigned long mode = strtoul(value, &end, 8);
    if (end == value || *end || mode > 0666) {
        tf_command_usage(command, "--mode %s: octal permission bits such as 0640 are wanted",
                         value);
        return -1;
    }
    args->options.mode = (unsigned)mode;
    return 1;
}

int tf_publisher_arg(const struct tf_command *command, struct tf_publisher_args *args,
                     int option, const char *value)
{
    static const char *const backings[] = {"auto", "sysv", "file"};
    static const char *const huge[] = {"auto", "off", "require"};
    static const char *const lock[] = {"try", "off", "require"};
    static const char *const existing[] = {"resume", "recreate", "refuse"};
    struct tf_publisher_options *options = &args->options;
    uint64_t number = 0;
    int word;
    switch (option) {
    case TF_ARG_STREAM:
        if (!tf_name_is_valid(value)) {
            tf_command_usage(command, "--stream %s: 1 to 63 of A-Z a-z 0-9 . _ -, no dot first",
                             value);
            return -1;
        }
        options->name = value;
        return 1;
    case TF_ARG_BACKING:
        word = parse_word(command, "--backing", value, backings, 3);
        options->backing = (enum tf_backing)word;
        return word < 0 ? -1 : 1;
    case TF_ARG_HUGE:
        word = parse_word(command, "--huge-pages", value, huge, 3);
        options->huge_pages = (enum tf_huge_pages)word;
        return word < 0 ? -1 : 1;
    case TF_ARG_LOCK:
        word = parse_word(command, "--lock-memory", value, lock, 3);
        options->lock_memory = (enum tf_lock_memory)word;
        return word < 0 ? -1 : 1;
    case TF_ARG_EXISTING:
        word = parse_word(command, "--on-existing", value, existing, 3);
        options->on_existing = (enum tf_on_existing)word;
        return word < 0 ? -1 : 1;
    case TF_ARG_NODES:
        return parse_nodes(command, args, value);
    case TF_ARG_CAPACITY:
        return parse_number(command, "--capacity", value, UINT64_C(1) << 30,
                            &options->capacity);
    case TF_ARG_INSTRUMENTS:
        word = parse_number(command, "--instruments", value, 1u << 24, &number);
        options->instruments = (uint32_t)number;
        return word;
    case TF_ARG_READERS:
        word = parse_number(command, "--readers", value, 4096, &number);
        options->readers = (uint32_t)number;
        return word;
    case TF_ARG_FILE_DIR:
        options->file_dir = value;
        return 1;
    case TF_ARG_MODE:
        return parse_mode(command, args, value);
    case TF_ARG_GROUP:
        options->group = value;
        return 1;
    default:
        return 0;
    }
}
