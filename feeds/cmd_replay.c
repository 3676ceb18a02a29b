/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan replay: publish recorded feeds as a stream. */
#include "clock.h"
#include "error.h"
#include "log.h"
#include "publisher_args.h"
#include "replay.h"
#include "text.h"
#include "trading_day.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: tickfan replay [OPTION]... FILE...\n"
    "\n"
    "  tickfan replay day.itch                      as fast as possible, as the stream "
    "'default'\n"
    "  tickfan replay --speed 1 day.itch.gz         at the original pace\n"
    "  tickfan replay --wait-readers 2 day.itch     hold the first tick until two readers are "
    "there\n"
    "  tickfan replay --lockstep day.itch           a backtest: no attached reader loses a "
    "tick\n"
    "  tickfan replay --nodes 0,1 day.itch          one ring on each of two NUMA nodes\n"
    "\n"
    "Publish recordings, one after the other, as one stream.  Plain, gzip and zstd are "
    "recognised by\n"
    "content; '-' is standard input.\n"
    "\n"
    "Replay:\n"
    "      --speed S            max (default), 1 for the original pace, or a factor\n"
    "      --wait-readers N     wait for N readers before the first tick\n"
    "      --wait-timeout TIME  give up waiting for them after TIME (exit 69)\n"
    "      --lockstep           publish only what the slowest attached reader has room for\n"
    "      --loop N             N passes, or 'forever'\n"
    "      --linger TIME        keep the ended stream attachable for TIME, or 'forever'\n"
    "      --format NAME        auto (default) or itch50\n"
    "      --date YYYY-MM-DD    day of a feed that counts time from midnight New York\n"
    "      --json               the summary as one JSON object\n"
    "  -q, --quiet              no progress, no summary\n"
    "\n" TF_PUBLISHER_HELP "\n"
    "Exit status: 0; 65 a recording is damaged or of no known format (what was whole has been\n"
    "published), 66 it cannot be read, 69 the awaited readers did not come, 71 a resource is\n"
    "short, 75 another publisher holds the stream.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_replay = {"replay", "publish recorded feeds as a stream", help,
                                         run};

enum {
    ARG_SPEED = 1,
    ARG_WAIT_READERS,
    ARG_WAIT_TIMEOUT,
    ARG_LOCKSTEP,
    ARG_LOOP,
    ARG_LINGER,
    ARG_FORMAT,
    ARG_DATE,
    ARG_JSON
};

struct arguments {
    struct tf_publisher_args publisher;
    struct tf_recording_options recording;
    double speed;
    uint64_t wait_readers, wait_timeout_ns;
    uint64_t passes; /* UINT64_MAX: for ever */
    uint64_t linger_ns;
    bool lockstep, json, quiet;
    char **files;
    int file_count;
};

static int parse_or_forever(const char *text, bool is_time, uint64_t *value)
{
    if (strcmp(text, "forever") == 0) {
        *value = UINT64_MAX;
        return 1;
    }
    return is_time ? tf_parse_duration(text, value)
                   : tf_parse_u64(text, UINT64_MAX - 1, value) && *value > 0;
}

static int parse_one(struct arguments *arguments, int option, const char *value)
{
    const struct tf_command *self = &tf_cmd_replay;
    switch (option) {
    case ARG_SPEED:
        if (!tf_pacer_parse_speed(value, &arguments->speed))
            return tf_command_usage(self, "--speed %s: max, or a factor from 0.001 to 1000000",
                                    value);
        return 0;
    case ARG_WAIT_READERS:
        if (!tf_parse_u64(value, 4096, &arguments->wait_readers))
            return tf_command_usage(self, "--wait-readers %s: a number up to 4096 is wanted",
                                    value);
        return 0;
    case ARG_WAIT_TIMEOUT:
        if (!tf_parse_duration(value, &arguments->wait_timeout_ns))
            return tf_command_usage(self, "--wait-timeout %s: a time such as 30s is wanted",
                                    value);
        return 0;
    case ARG_LOOP:
        if (!parse_or_forever(value, false, &arguments->passes))
            return tf_command_usage(self, "--loop %s: a number of passes, or forever", value);
        return 0;
    case ARG_LINGER:
        if (!parse_or_forever(value, true, &arguments->linger_ns))
            return tf_command_usage(self, "--linger %s: a time such as 30s, or forever", value);
        return 0;
    case ARG_FORMAT:
        arguments->recording.format = value;
        return 0;
    case ARG_DATE:
        if (tf_trading_day(value, &arguments->recording.decoder.midnight_ns) != 0)
            return tf_command_usage(self, "--date %s: %s", value, tf_errmsg());
        return 0;
    case ARG_LOCKSTEP:
        arguments->lockstep = true;
        return 0;
    case ARG_JSON:
        arguments->json = true;
        return 0;
    case 'q':
        arguments->quiet = true;
        return 0;
    default: {
        int taken = tf_publisher_arg(self, &arguments->publisher, option, value);
        if (taken < 0)
            return -TF_EUSAGE;
        return taken ? 0 : tf_command_usage(self, "unknown option, or one without its value");
    }
    }
}

static int parse(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"speed", required_argument, 0, ARG_SPEED},
        {"wait-readers", required_argument, 0, ARG_WAIT_READERS},
        {"wait-timeout", required_argument, 0, ARG_WAIT_TIMEOUT},
        {"lockstep", no_argument, 0, ARG_LOCKSTEP},
        {"loop", required_argument, 0, ARG_LOOP},
        {"linger", required_argument, 0, ARG_LINGER},
        {"format", required_argument, 0, ARG_FORMAT},
        {"date", required_argument, 0, ARG_DATE},
        {"json", no_argument, 0, ARG_JSON},
        {"quiet", no_argument, 0, 'q'},
        TF_PUBLISHER_LONG_OPTIONS,
        {0, 0, 0, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "q", options, 0)) != -1) {
        int error = parse_one(arguments, option, optarg);
        if (error)
            return error;
    }
    arguments->files = argv + optind;
    arguments->file_count = argc - optind;
    if (arguments->file_count == 0)
        return tf_command_usage(&tf_cmd_replay, "which recording?");
    for (int i = 0; i < arguments->file_count && arguments->passes > 1; i++)
        if (strcmp(arguments->files[i], "-") == 0)
            return tf_command_usage(&tf_cmd_replay, "standard input cannot be replayed twice");
    return 0;
}

/* 0 when they are there. */
static int wait_for_readers(const struct arguments *arguments, tf_publisher *publisher)
{
    uint64_t deadline = arguments->wait_timeout_ns
                            ? tf_monotonic_ns() + arguments->wait_timeout_ns
                            : UINT64_MAX;
    uint32_t readers = 0;
    bool said = arguments->quiet;
    for (;;) {
        tf_publisher_room(publisher, &readers);
        if (readers >= arguments->wait_readers || tf_stop_requested())
            return 0;
        uint64_t now = tf_monotonic_ns();
        if (now >= deadline)
            return tf_fail(TF_ENOSTREAM, "%" PRIu32 " of %" PRIu64 " readers came in time",
                           readers, arguments->wait_readers);
        if (!said)
            tf_log(TF_LOG_INFO, "waiting for %" PRIu64 " reader%s", arguments->wait_readers,
                   arguments->wait_readers == 1 ? "" : "s");
        said = true;
        tf_sleep_until(now + TF_NS_PER_MS);
    }
}

/* One pass over all files; stops at the first that fails.  *first is the first file, already open. */
static int run_pass(const struct arguments *arguments, struct tf_replay *replay,
                    struct tf_recording **first)
{
    for (int i = 0; i < arguments->file_count && !tf_stop_requested(); i++) {
        int error = 0;
        struct tf_recording *recording = *first;
        *first = 0;
        if (!recording)
            recording = tf_recording_open(arguments->files[i], &arguments->recording, &error);
        if (!recording)
            return error;
        tf_pacer_restart(&replay->pacer);
        error = tf_replay_run(replay, recording);
        tf_recording_close(recording);
        if (error)
            return error;
    }
    if (!tf_stop_requested())
        tf_replay_control(replay, TF_RTYPE_REPLAY_COMPLETED);
    return 0;
}

static void linger(const struct arguments *arguments)
{
    uint64_t now = tf_monotonic_ns();
    if (arguments->linger_ns && !arguments->quiet)
        fprintf(stderr, "the stream has ended and stays for late readers; Ctrl-C removes it\n");
    uint64_t until =
        arguments->linger_ns == UINT64_MAX ? UINT64_MAX : now + arguments->linger_ns;
    while (now < until && !tf_stop_requested()) {
        uint64_t nap = until - now < 100 * TF_NS_PER_MS ? until - now : 100 * TF_NS_PER_MS;
        tf_sleep_until(now + nap);
        now = tf_monotonic_ns();
    }
}

static void print_json(const struct tf_replay *replay, uint64_t last_seq, double seconds)
{
    const struct tf_histogram *error = &replay->pacer.error;
    printf("{\"messages\":%" PRIu64 ",\"published\":%" PRIu64 ",\"control\":%" PRIu64
           ",\"last_seq\":%" PRIu64 ",\"seconds\":%.6f,\"ticks_per_second\":%.0f"
           ",\"lockstep_waits\":%" PRIu64 ",\"undefined_instruments\":%" PRIu64,
           replay->messages, replay->published, replay->control, last_seq, seconds,
           (double)replay->published / seconds, replay->lockstep_waits, replay->undefined);
    if (error->count)
        printf(",\"pacing_error_ns\":{\"p50\":%" PRIu64 ",\"p99\":%" PRIu64
               ",\"p99.9\":%" PRIu64 ",\"max\":%" PRIu64 ",\"events\":%" PRIu64 "}",
               tf_histogram_percentile(error, 50), tf_histogram_percentile(error, 99),
               tf_histogram_percentile(error, 99.9), error->max, error->count);
    puts("}");
}

static void print_text(const struct tf_replay *replay, uint64_t last_seq, double seconds)
{
    const struct tf_histogram *error = &replay->pacer.error;
    char messages[32], ticks[32], rate[32], seq[32];
    printf("%-16s %18s\n", "messages",
           tf_format_count(messages, sizeof messages, replay->messages));
    printf("%-16s %18s\n", "ticks", tf_format_count(ticks, sizeof ticks, replay->published));
    printf("%-16s %18s\n", "last sequence", tf_format_count(seq, sizeof seq, last_seq));
    printf("%-16s %18.3f\n", "seconds", seconds);
    printf("%-16s %18s\n", "ticks/s",
           tf_format_count(rate, sizeof rate, (uint64_t)((double)replay->published / seconds)));
    if (replay->undefined)
        printf("%-16s %18" PRIu64 "  instruments found no place in the directory\n",
               "undefined", replay->undefined);
    if (error->count)
        printf("%-16s %18s  p50 %" PRIu64 ", p99 %" PRIu64 ", p99.9 %" PRIu64 ", max %" PRIu64
               " ns late\n",
               "pacing error", "", tf_histogram_percentile(error, 50),
               tf_histogram_percentile(error, 99), tf_histogram_percentile(error, 99.9),
               error->max);
}

static void report(const struct arguments *arguments, const struct tf_replay *replay)
{
    uint64_t last_seq = tf_publisher_seq(replay->publisher);
    double seconds = (double)(replay->ended_ns - replay->started_ns + 1) / 1e9;
    if (arguments->json)
        print_json(replay, last_seq, seconds);
    else if (!arguments->quiet)
        print_text(replay, last_seq, seconds);
    fflush(stdout);
}

/* Everything between a live publisher and its end; returns an enum tf_error. */
static int replay_all(const struct arguments *arguments, struct tf_replay *replay,
                      struct tf_recording **first)
{
    int error = wait_for_readers(arguments, replay->publisher);
    if (error)
        return error;
    replay->started_ns = tf_monotonic_ns();
    tf_progress_start(&replay->progress, "replay", arguments->quiet);
    for (uint64_t pass = 0; pass < arguments->passes && !error && !tf_stop_requested(); pass++)
        error = run_pass(arguments, replay, first);
    tf_progress_end(&replay->progress);
    replay->ended_ns = tf_monotonic_ns();
    return error;
}

static int run(int argc, char **argv)
{
    static struct arguments arguments = {
        .publisher = TF_PUBLISHER_ARGS_INIT, .recording.decoder.node = -1, .passes = 1};
    int error = parse(&arguments, argc, argv);
    if (error)
        return error;
    for (int i = 1; i < arguments.file_count; i++)
        if (strcmp(arguments.files[i], "-") != 0 && access(arguments.files[i], R_OK) != 0)
            return tf_command_fail(&tf_cmd_replay,
                                   tf_fail_errno(TF_ENOINPUT, "%s", arguments.files[i]));
    /* A recording that cannot be opened must not make a stream appear. */
    struct tf_recording *first =
        tf_recording_open(arguments.files[0], &arguments.recording, &error);
    if (!first)
        return tf_command_fail(&tf_cmd_replay, error);
    tf_stop_on_signals();
    struct tf_replay *replay = calloc(1, sizeof *replay);
    if (!replay) {
        error = tf_fail(TF_EOS, "out of memory");
        goto out;
    }
    replay->lockstep = arguments.lockstep;
    tf_pacer_init(&replay->pacer, arguments.speed);
    error = tf_publisher_create(&arguments.publisher.options, &replay->publisher);
    if (error)
        goto out;
    if (!arguments.quiet)
        fprintf(stderr, "%s\n", tf_publisher_report(replay->publisher));
    error = replay_all(&arguments, replay, &first);
    if (error)
        tf_command_fail(&tf_cmd_replay, error);
    tf_publisher_end(replay->publisher);
    report(&arguments, replay);
    linger(&arguments);
    tf_publisher_close(replay->publisher);
    tf_recording_close(first);
    free(replay);
    return tf_exit_status(error);

out:
    tf_recording_close(first);
    free(replay);
    return tf_command_fail(&tf_cmd_replay, error);
}
