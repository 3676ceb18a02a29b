/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include "error.h"
#include "text.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int tf_command_fail(const struct tf_command *command, int code)
{
    fprintf(stderr, "tickfan %s: error: %s\n", command->name, tf_errmsg());
    return tf_exit_status(code);
}

int tf_command_usage(const struct tf_command *command, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tf_make_printable(text);
    fprintf(stderr, "tickfan %s: %s\nTry 'tickfan %s --help'.\n", command->name, text,
            command->name);
    return -TF_EUSAGE;
}

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    if (stop && number == SIGINT)
        signal(SIGINT, SIG_DFL);
    stop = 1;
}

void tf_stop_on_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* no SA_RESTART: a blocked wait must return */
    sigaction(SIGINT, &action, 0);
    sigaction(SIGTERM, &action, 0);
    sigaction(SIGHUP, &action, 0);
}

bool tf_stop_requested(void)
{
    return stop != 0;
}
