/* SPDX-License-Identifier: Apache-2.0 */
/* The `tickfan` binary: finds the subcommand and gets out of the way. */
#include "command.h"
#include "tickfan.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

extern const struct tf_command tf_cmd_replay, tf_cmd_ctl, tf_cmd_live, tf_cmd_send, tf_cmd_tap,
    tf_cmd_record, tf_cmd_book, tf_cmd_inspect, tf_cmd_gen, tf_cmd_ls, tf_cmd_gc, tf_cmd_perf;

static const struct tf_command *const commands[] = {
    &tf_cmd_replay, &tf_cmd_ctl,     &tf_cmd_live, &tf_cmd_send, &tf_cmd_tap, &tf_cmd_record,
    &tf_cmd_book,   &tf_cmd_inspect, &tf_cmd_gen,  &tf_cmd_ls,   &tf_cmd_gc,  &tf_cmd_perf};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    fputs("tickfan - realtime market-data fanout over shared memory\n"
          "\n"
          "  tickfan gen -o day.itch                  make a day of synthetic Nasdaq ITCH\n"
          "  tickfan replay day.itch                  publish it as the stream 'default'\n"
          "  tickfan tap                              print the ticks of 'default', elsewhere\n"
          "\n"
          "Commands:\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "  version    print the version\n"
        "\n"
        "'tickfan COMMAND --help' has examples and every option; 'man tickfan' the whole.\n"
        "Environment: TICKFAN_DIR (runtime directory), TICKFAN_STREAM (default stream name),\n"
        "TICKFAN_LOG (error, warning, info, debug).\n",
        out);
}

/* The arguments after --help do not matter, so every command has it without saying so. */
static int wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return 1;
    return 0;
}

/* What was printed must have arrived: a full disk behind `>` is an error, a closed pipe is not. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    perror("tickfan: standard output");
    return status ? status : -TF_EIO;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return -TF_EUSAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return finish(0);
    }
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("tickfan %s\n", tf_version());
        return finish(0);
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i]->name) != 0)
            continue;
        if (commands[i]->help && wants_help(argc - 1, argv + 1)) {
            fputs(commands[i]->help, stdout);
            return finish(0);
        }
        return finish(commands[i]->run(argc - 1, argv + 1));
    }
    fprintf(stderr, "tickfan: no command '%s'; 'tickfan --help' lists them\n", name);
    return -TF_EUSAGE;
}
