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

/* ---- options --------------------------------------------------------------------------------- */

/* How many long options the word is the name of or begins, an exact name alone; *found is the last. */
static unsigned find_long(const char *word, const struct option *longs,
                          const struct option **found)
{
    size_t length = strcspn(word, "=");
    unsigned count = 0;
    *found = 0;
    for (; longs->name; longs++) {
        if (strncmp(longs->name, word, length) != 0)
            continue;
        count++;
        *found = longs;
        if (longs->name[length] == 0)
            return 1;
    }
    return count;
}

/* Why a word that begins with two hyphens was refused. */
static void explain_long(const struct tf_command *command, const char *word,
                         const struct option *longs)
{
    const struct option *found;
    unsigned count = find_long(word + 2, longs, &found);
    if (count == 0)
        tf_command_usage(command, "there is no option %.*s", (int)strcspn(word, "="), word);
    else if (count > 1)
        tf_command_usage(command, "%s could be several options; give the whole name", word);
    else if (found->has_arg == no_argument)
        tf_command_usage(command, "--%s takes no value", found->name);
    else
        tf_command_usage(command, "--%s needs a value", found->name);
}

int tf_command_getopt(const struct tf_command *command, int argc, char **argv,
                      const char *shorts, const struct option *longs)
{
    opterr = 0;
    int at = optind > 0 ? optind : 1;
    int option = getopt_long(argc, argv, shorts, longs, 0);
    if (option != '?')
        return option;
    /* A letter inside a word of several leaves optind where it was. */
    const char *word = optind > at ? argv[optind - 1] : "";
    const char *letter = optopt > 0 && optopt < 128 ? strchr(shorts, optopt) : 0;
    if (strncmp(word, "--", 2) == 0)
        explain_long(command, word, longs);
    else if (letter && letter[1] == ':')
        tf_command_usage(command, "-%c needs a value", optopt);
    else
        tf_command_usage(command, "there is no option -%c", optopt);
    return option;
}

/* ---- signals --------------------------------------------------------------------------------- */

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
