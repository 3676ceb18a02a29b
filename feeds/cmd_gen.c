/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_gen.h"

#include "clock.h"
#include "error.h"
#include "generator.h"
#include "packer.h"
#include "text.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: tickfan gen -o FILE [OPTION]...\n"
    "\n"
    "  tickfan gen -o day.itch                                a million messages\n"
    "  tickfan gen -o day.itch.zst --compress zstd --messages 300000000\n"
    "  tickfan gen -o open.itch --start-time 09:30 --duration 10s --messages 5000000\n"
    "  tickfan gen -o - --messages 100000 | tickfan inspect -\n"
    "\n"
    "Write a made-up, valid Nasdaq TotalView-ITCH 5.0 day as a recording (BinaryFILE).\n"
    "\n"
    "  -o, --output FILE     file to write; - is standard output\n"
    "  --messages N          exactly so many (default 1000000)\n"
    "  --symbols N           stocks, up to 65535 (default: one per 125 messages, at most "
    "8000)\n"
    "  --seed N              another day for each seed (default 1)\n"
    "  --compress NAME       none (default), gzip or zstd\n"
    "  --start-time HH:MM[:SS]  time of the first message (default 03:00:00)\n"
    "  --duration TIME       from first to last message, as 6.5h, 10m, 30s (default 1025m: a "
    "whole\n"
    "                        day); the day's timetable is scaled into it\n"
    "  -h, --help            this text\n"
    "\n"
    "The same options give the same bytes on every machine (before compression, which depends "
    "on the\n"
    "version of the library).\n";

struct options {
    const char *path;
    enum tf_packing packing;
    struct tf_generator_options day;
};

/* "09:30" or "09:30:00" to ns since midnight. */
static bool parse_time_of_day(const char *text, uint64_t *ns)
{
    unsigned hour, minute, second = 0;
    int used = 0;
    if (sscanf(text, "%2u:%2u%n:%2u%n", &hour, &minute, &used, &second, &used) < 2 ||
        text[used] || hour > 23 || minute > 59 || second > 59)
        return false;
    *ns = (hour * 3600 + minute * 60 + second) * TF_NS_PER_S;
    return true;
}

/* On a terminal only, a few times a second; `done` ends the line. */
static void show_progress(uint64_t messages, uint64_t of, uint64_t *next_ns, bool done)
{
    uint64_t now = tf_monotonic_ns();
    if (*next_ns == UINT64_MAX || (now < *next_ns && !done))
        return;
    char count[32];
    fprintf(stderr, "\r%s messages, %3u %%%s", tf_format_count(count, sizeof count, messages),
            (unsigned)(messages * 100 / of), done ? "\n" : "");
    *next_ns = now + 250 * TF_NS_PER_MS;
}

static int generate(struct tf_generator *generator, struct tf_packer *packer, uint64_t messages)
{
    static uint8_t buffer[256 * 1024];
    uint64_t next_ns = isatty(STDERR_FILENO) ? tf_monotonic_ns() + TF_NS_PER_S : UINT64_MAX;
    bool shown = false;
    ptrdiff_t length;
    while ((length = tf_generator_read(generator, buffer, sizeof buffer)) > 0) {
        int error = tf_packer_write(packer, buffer, (size_t)length);
        if (error < 0)
            return error;
        if (tf_stop_requested())
            return tf_fail(TF_EIO, "stopped after %llu messages: the output is not a whole day",
                           (unsigned long long)tf_generator_messages(generator));
        uint64_t before = next_ns;
        show_progress(tf_generator_messages(generator), messages, &next_ns, false);
        shown |= next_ns != before;
    }
    if (shown)
        show_progress(tf_generator_messages(generator), messages, &next_ns, true);
    return (int)length;
}

static int write_day(const struct options *options)
{
    int error;
    struct tf_generator *generator = tf_generator_new(&options->day, &error);
    if (!generator)
        return error;
    struct tf_packer *packer = tf_packer_open(options->path, options->packing, &error);
    if (packer) {
        error = generate(generator, packer, options->day.messages);
        if (error == 0)
            error = tf_packer_close(packer);
        else
            tf_packer_abandon(packer);
    }
    tf_generator_free(generator);
    return error;
}

/* One option's value; 0, or TF_EUSAGE. */
static int set_option(struct options *options, int option, const char *value)
{
    uint64_t symbols;
    switch (option) {
    case 'o':
        options->path = value;
        return 0;
    case 'm':
        return tf_parse_u64(value, UINT64_C(1) << 40, &options->day.messages)
                   ? 0
                   : tf_fail(TF_EUSAGE, "--messages wants a number, not '%s'", value);
    case 's':
        if (!tf_parse_u64(value, 65535, &symbols) || symbols == 0)
            return tf_fail(TF_EUSAGE, "--symbols wants 1 to 65535, not '%s'", value);
        options->day.symbols = (uint32_t)symbols;
        return 0;
    case 'r':
        return tf_parse_u64(value, UINT64_MAX, &options->day.seed)
                   ? 0
                   : tf_fail(TF_EUSAGE, "--seed wants a number, not '%s'", value);
    case 'c':
        return tf_packing_by_name(value, &options->packing);
    case 't':
        return parse_time_of_day(value, &options->day.start_ns)
                   ? 0
                   : tf_fail(TF_EUSAGE, "--start-time wants HH:MM or HH:MM:SS, not '%s'",
                             value);
    default:
        return tf_parse_duration(value, &options->day.duration_ns)
                   ? 0
                   : tf_fail(TF_EUSAGE, "--duration wants a time such as 10m, not '%s'", value);
    }
}

static int run(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"output", required_argument, 0, 'o'},   {"messages", required_argument, 0, 'm'},
        {"symbols", required_argument, 0, 's'},  {"seed", required_argument, 0, 'r'},
        {"compress", required_argument, 0, 'c'}, {"start-time", required_argument, 0, 't'},
        {"duration", required_argument, 0, 'd'}, {0, 0, 0, 0}};
    struct options options = {.day = {.messages = 1000000,
                                      .seed = 1,
                                      .start_ns = TF_GENERATOR_START_NS,
                                      .duration_ns = TF_GENERATOR_DURATION_NS}};
    int option;
    optind = 1;
    while ((option = tf_command_getopt(&tf_cmd_gen, argc, argv, "o:", long_options)) != -1) {
        if (option == '?')
            return -TF_EUSAGE;
        if (set_option(&options, option, optarg) < 0)
            return tf_command_usage(&tf_cmd_gen, "%s", tf_errmsg());
    }
    if (optind < argc)
        return tf_command_usage(&tf_cmd_gen, "what is '%s'?", argv[optind]);
    if (!options.path)
        return tf_command_usage(&tf_cmd_gen, "where to? give -o FILE");
    if (strcmp(options.path, "-") == 0 && isatty(STDOUT_FILENO))
        return tf_command_usage(&tf_cmd_gen, "a recording is not for a terminal; redirect it");
    tf_stop_on_signals();
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves is an error with a sentence */
    int error = write_day(&options);
    return error < 0 ? tf_command_fail(&tf_cmd_gen, error) : 0;
}

const struct tf_command tf_cmd_gen = {
    .name = "gen",
    .summary = "write a made-up, valid ITCH 5.0 day",
    .help = help,
    .run = run,
};
