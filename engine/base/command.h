/* SPDX-License-Identifier: Apache-2.0 */
/* What every subcommand of the `tickfan` binary is made of. */
#ifndef TF_COMMAND_H
#define TF_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

/*
 * One subcommand.  run() gets argv[0] = its name and returns the exit status.  `help` is printed
 * by --help: examples first, then one line per option.  NULL: run() answers --help itself, since the
 * command has words with help of their own.
 */
struct tf_command {
    const char *name;
    const char *summary; /* one line for `tickfan --help` */
    const char *help;
    int (*run)(int argc, char **argv);
};

/* Print the thread's tf_errmsg() as "tickfan NAME: error: ..." and return the sysexits status. */
int tf_command_fail(const struct tf_command *command, int code);

/* A usage error: the sentence, then "Try 'tickfan NAME --help'."; returns 64. */
int tf_command_usage(const struct tf_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * getopt_long() for a command: what it refuses is '?' after one sentence that names the option, as
 * tf_command_usage() prints it; the caller adds none.  `shorts` does not begin with ':'.
 */
int tf_command_getopt(const struct tf_command *command, int argc, char **argv,
                      const char *shorts, const struct option *longs);

/* After INT, TERM or HUP: leave the loop in good order.  A second INT ends the process. */
void tf_stop_on_signals(void);
bool tf_stop_requested(void);

#endif
