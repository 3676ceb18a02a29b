/* SPDX-License-Identifier: Apache-2.0 */
#include "replay_args.h"

#include "error.h"
#include "pacer.h"
#include "text.h"
#include "trading_day.h"

#include <getopt.h>
#include <string.h>

const char tf_replay_help[] =
    "usage: tickfan replay [OPTION]... FILE...\n"
    "\n"
    "  tickfan replay day.itch                      as fast as possible, as the stream "
    "'default'\n"
    "  tickfan replay --speed 1 day.itch.gz         at the original pace\n"
    "  tickfan replay --speed 10 --max-gap 1s --start 09:30 --end 16:00 day.itch\n"
    "                                               the session alone, ten times as fast, no "
    "lulls\n"
    "  tickfan replay --symbols AAPL,MSFT day.itch  two symbols, their events whole\n"
    "  tickfan replay nasdaq.itch bx.itch           both venues as one stream, merged by time\n"
    "  tickfan replay --wait-readers 2 day.itch     hold the first tick until two readers are "
    "there\n"
    "  tickfan replay --lockstep day.itch           a backtest: no attached reader loses a "
    "tick\n"
    "  tickfan replay --nodes 0,1 day.itch          one ring on each of two NUMA nodes\n"
    "\n"
    "Publish recordings as one stream: several are merged by time, but not two copies of one\n"
    "venue's day, whose orders would be in one book twice.  Plain, gzip and zstd are\n"
    "recognised by content; '-' is standard input.  While it runs, 'tickfan ctl' pauses it, "
    "lets "
    "it\n"
    "step, and changes its pace.\n"
    "\n"
    "What:\n"
    "      --start TIME         from the first event at or after TIME: 09:30, 09:30:00.5, or\n"
    "                           2019-01-30T14:30:00 (UTC, or with an offset such as -05:00)\n"
    "      --end TIME           up to, not with, the first event at or after TIME\n"
    "      --warm-up            publish what is before --start too, at once\n"
    "      --symbols LIST       only these, AAPL,MSFT or @FILE; may be given again\n"
    "      --exclude LIST       all but these\n"
    "      --merge-by TIME      several files: event (default) or recv, the time of capture\n"
    "      --sequential         several files: one after the other, in this order\n"
    "      --separate-ids       several files: instruments of all but the first get ids of "
    "their\n"
    "                           own, where venues or days number them differently\n"
    "      --loop N             N passes, or 'forever'\n"
    "      --format NAME        auto (default) or a format, such as itch50\n"
    "      --date YYYY-MM-DD    day of a feed that counts time from midnight New York\n"
    "\n"
    "How:\n"
    "      --speed S            max (default), 1 for the original pace, or a factor\n"
    "      --rate N             N ticks a second, or 'Nevents': so many venue events\n"
    "      --max-gap TIME       never wait longer than TIME for the next event\n"
    "      --wait-readers N     wait for N readers before the first tick\n"
    "      --wait-timeout TIME  give up waiting for them after TIME (exit 69)\n"
    "      --lockstep           publish only what the slowest attached reader has room for\n"
    "      --linger TIME        keep the ended stream attachable for TIME, or 'forever'\n"
    "      --control PATH       the socket that 'tickfan ctl' talks to, or 'none' (default: "
    "'control'\n"
    "                           in the stream's directory)\n"
    "      --digest             a digest of what was published, to compare\n"
    "      --json               the summary as one JSON object\n"
    "  -q, --quiet              no progress, no summary\n"
    "\n" TF_PUBLISHER_HELP "\n"
    "Exit status: 0; 65 a recording is damaged or of no known format (what was whole has been\n"
    "published), 66 it cannot be read, 69 the awaited readers did not come, 71 a resource is\n"
    "short, 75 another publisher holds the stream.\n";

enum {
    ARG_SPEED = 1,
    ARG_RATE,
    ARG_MAX_GAP,
    ARG_START,
    ARG_END,
    ARG_WARM_UP,
    ARG_SYMBOLS,
    ARG_EXCLUDE,
    ARG_MERGE_BY,
    ARG_SEQUENTIAL,
    ARG_SEPARATE_IDS,
    ARG_WAIT_READERS,
    ARG_WAIT_TIMEOUT,
    ARG_LOCKSTEP,
    ARG_LOOP,
    ARG_LINGER,
    ARG_CONTROL,
    ARG_FORMAT,
    ARG_DATE,
    ARG_DIGEST,
    ARG_JSON
};

static const struct option long_options[] = {
    {"speed", required_argument, 0, ARG_SPEED},
    {"rate", required_argument, 0, ARG_RATE},
    {"max-gap", required_argument, 0, ARG_MAX_GAP},
    {"start", required_argument, 0, ARG_START},
    {"end", required_argument, 0, ARG_END},
    {"warm-up", no_argument, 0, ARG_WARM_UP},
    {"symbols", required_argument, 0, ARG_SYMBOLS},
    {"exclude", required_argument, 0, ARG_EXCLUDE},
    {"merge-by", required_argument, 0, ARG_MERGE_BY},
    {"sequential", no_argument, 0, ARG_SEQUENTIAL},
    {"separate-ids", no_argument, 0, ARG_SEPARATE_IDS},
    {"wait-readers", required_argument, 0, ARG_WAIT_READERS},
    {"wait-timeout", required_argument, 0, ARG_WAIT_TIMEOUT},
    {"lockstep", no_argument, 0, ARG_LOCKSTEP},
    {"loop", required_argument, 0, ARG_LOOP},
    {"linger", required_argument, 0, ARG_LINGER},
    {"control", required_argument, 0, ARG_CONTROL},
    {"format", required_argument, 0, ARG_FORMAT},
    {"date", required_argument, 0, ARG_DATE},
    {"digest", no_argument, 0, ARG_DIGEST},
    {"json", no_argument, 0, ARG_JSON},
    {"quiet", no_argument, 0, 'q'},
    TF_PUBLISHER_LONG_OPTIONS,
    {0, 0, 0, 0}};

static int parse_or_forever(const char *text, bool is_time, uint64_t *value)
{
    if (strcmp(text, "forever") == 0) {
        *value = UINT64_MAX;
        return 1;
    }
    return is_time ? tf_parse_duration(text, value)
                   : tf_parse_u64(text, UINT64_MAX - 1, value) && *value > 0;
}

/* Options without a value.  False: not one of them. */
static bool parse_switch(struct tf_replay_args *args, int option)
{
    switch (option) {
    case ARG_WARM_UP:
        return args->warm_up = true;
    case ARG_SEQUENTIAL:
        return args->sequential = true;
    case ARG_SEPARATE_IDS:
        return args->separate_ids = true;
    case ARG_LOCKSTEP:
        return args->lockstep = true;
    case ARG_DIGEST:
        return args->digest = true;
    case ARG_JSON:
        return args->json = true;
    case 'q':
        return args->quiet = true;
    default:
        return false;
    }
}

static int add_symbols(const struct tf_command *command, struct tf_replay_args *args,
                       const char *value, bool include)
{
    if (!args->filter)
        args->filter = tf_symbol_filter_open();
    int error = args->filter ? tf_symbol_filter_add(args->filter, value, include) : TF_EOS;
    if (error == TF_EUSAGE)
        return tf_command_usage(command, "--%s %s: %s", include ? "symbols" : "exclude", value,
                                tf_errmsg());
    return error ? tf_command_fail(command, error) : 0;
}

/* What is replayed.  -1: not one of these. */
static int parse_what(const struct tf_command *command, struct tf_replay_args *args, int option,
                      const char *value)
{
    switch (option) {
    case ARG_START:
        if (tf_moment_parse(value, &args->start) != 0)
            return tf_command_usage(command, "--start %s: %s", value, tf_errmsg());
        return 0;
    case ARG_END:
        if (tf_moment_parse(value, &args->end) != 0)
            return tf_command_usage(command, "--end %s: %s", value, tf_errmsg());
        return 0;
    case ARG_SYMBOLS:
        return add_symbols(command, args, value, true);
    case ARG_EXCLUDE:
        return add_symbols(command, args, value, false);
    case ARG_MERGE_BY:
        args->by_recv = strcmp(value, "recv") == 0;
        if (!args->by_recv && strcmp(value, "event") != 0)
            return tf_command_usage(command, "--merge-by %s: event or recv", value);
        return 0;
    case ARG_LOOP:
        if (!parse_or_forever(value, false, &args->passes))
            return tf_command_usage(command, "--loop %s: a number of passes, or forever",
                                    value);
        return 0;
    case ARG_FORMAT:
        args->recording.format = value;
        return 0;
    case ARG_DATE:
        if (tf_trading_day(value, &args->recording.decoder.midnight_ns) != 0)
            return tf_command_usage(command, "--date %s: %s", value, tf_errmsg());
        return 0;
    default:
        return -1;
    }
}

/* How it is replayed.  -1: not one of these. */
static int parse_how(const struct tf_command *command, struct tf_replay_args *args, int option,
                     const char *value)
{
    switch (option) {
    case ARG_SPEED:
        args->speed_given = true;
        if (!tf_pacer_parse_speed(value, &args->speed))
            return tf_command_usage(
                command, "--speed %s: max, or a factor from 0.001 to 1000000", value);
        return 0;
    case ARG_RATE:
        if (!tf_pacer_parse_rate(value, &args->rate, &args->rate_of_events))
            return tf_command_usage(command,
                                    "--rate %s: ticks a second from 0.001 to 1e9, such as "
                                    "100000, or venue events as in 5000events",
                                    value);
        return 0;
    case ARG_MAX_GAP:
        if (!tf_parse_duration(value, &args->max_gap_ns) || !args->max_gap_ns)
            return tf_command_usage(command, "--max-gap %s: a time such as 1s or 50ms, above 0",
                                    value);
        return 0;
    case ARG_WAIT_READERS:
        if (!tf_parse_u64(value, 4096, &args->wait_readers))
            return tf_command_usage(command, "--wait-readers %s: a number up to 4096 is wanted",
                                    value);
        return 0;
    case ARG_WAIT_TIMEOUT:
        if (!tf_parse_duration(value, &args->wait_timeout_ns))
            return tf_command_usage(command, "--wait-timeout %s: a time such as 30s is wanted",
                                    value);
        return 0;
    case ARG_LINGER:
        if (!parse_or_forever(value, true, &args->linger_ns))
            return tf_command_usage(command, "--linger %s: a time such as 30s, or forever",
                                    value);
        return 0;
    case ARG_CONTROL:
        if (!value[0])
            return tf_command_usage(command, "--control: a path for a socket, or none");
        args->control = value;
        return 0;
    default:
        return -1;
    }
}

static int parse_one(const struct tf_command *command, struct tf_replay_args *args, int option,
                     const char *value)
{
    if (parse_switch(args, option))
        return 0;
    int status = parse_what(command, args, option, value);
    if (status < 0)
        status = parse_how(command, args, option, value);
    if (status >= 0)
        return status;
    int taken = tf_publisher_arg(command, &args->publisher, option, value);
    if (taken < 0)
        return -TF_EUSAGE;
    return taken ? 0 : -TF_EUSAGE;
}

/* Options that do not go together. */
static int check(const struct tf_command *command, const struct tf_replay_args *args)
{
    int inputs = 0;
    for (int i = 0; i < args->file_count; i++)
        inputs += strcmp(args->files[i], "-") == 0;
    if (inputs && args->passes > 1)
        return tf_command_usage(command,
                                "--loop: standard input cannot be replayed twice; give a file");
    if (inputs > 1)
        return tf_command_usage(command, "standard input can be one of the files only once");
    if (args->rate > 0 && args->speed_given)
        return tf_command_usage(command, "--speed goes by the recording's times and --rate by "
                                         "none: give one of them");
    if (args->max_gap_ns && args->rate <= 0 && args->speed <= 0 && args->control &&
        strcmp(args->control, "none") == 0)
        return tf_command_usage(
            command, "--max-gap shortens waits and there are none: give --speed too");
    if (!tf_moments_in_order(&args->start, &args->end))
        return tf_command_usage(command, "--end is not after --start: nothing would be left");
    if (args->warm_up && args->start.kind == TF_MOMENT_NONE)
        return tf_command_usage(command, "--warm-up is for what is before --start: give that "
                                         "too");
    if (args->sequential && args->by_recv)
        return tf_command_usage(command,
                                "--merge-by merges files and --sequential does not: give one");
    return 0;
}

int tf_replay_parse(const struct tf_command *command, struct tf_replay_args *args, int argc,
                    char **argv)
{
    int option;
    *args = (struct tf_replay_args){
        .publisher = TF_PUBLISHER_ARGS_INIT, .recording.decoder.node = -1, .passes = 1};
    while ((option = tf_command_getopt(command, argc, argv, "q", long_options)) != -1) {
        int status = parse_one(command, args, option, optarg);
        if (status)
            return status;
    }
    args->files = argv + optind;
    args->file_count = argc - optind;
    if (args->file_count == 0)
        return tf_command_usage(command, "which recording?");
    return check(command, args);
}
