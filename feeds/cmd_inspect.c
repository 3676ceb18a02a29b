/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_inspect.h"

#include "error.h"
#include "inspect_report.h"
#include "trading_day.h"

#include <getopt.h>
#include <string.h>

static const char help[] =
    "usage: tickfan inspect [OPTION]... FILE...\n"
    "\n"
    "  tickfan inspect S010319.itch.gz               a table for people\n"
    "  tickfan inspect --lines feed-ab.pcap          lines A and B of a capture, each apart\n"
    "  tickfan inspect --json day.itch | jq .errors  one JSON object per file\n"
    "  tickfan inspect --json *.pcap.zst | jq -r 'select(.gap_count > 0) | .file'\n"
    "  tickfan inspect --digest --date 2019-01-30 S013019-v50.txt.gz\n"
    "  zstdcat day.itch.zst | tickfan inspect -      standard input\n"
    "\n"
    "Decode recordings without publishing them: counts, sums, times, losses, damage.\n"
    "FILE is a run of messages or a capture (pcap, pcapng), plain, gzip or zstd, told by its\n"
    "content; - is standard input.  Messages count once, whichever line brought them.\n"
    "\n"
    "  --json             one JSON object per file instead of tables\n"
    "  --lines            of a capture: the messages of each line by type too, copies "
    "included\n"
    "  --digest[=content] also a digest of the content of all ticks, as replay gives it; with\n"
    "                     =content without receive times, as live gives it\n"
    "  --format NAME      auto (default: by content), or one of those below\n"
    "  --date YYYY-MM-DD  the day of a feed that counts from midnight (US Eastern), for UTC "
    "times;\n"
    "                     without it times count from 1970-01-01 00:00\n"
    "  -h, --help         this text and the formats\n"
    "\n"
    "Exit status: 0; 65 when an input is no recording, ended inside a message or is damaged "
    "(all\n"
    "that could be read is still reported); 66 no such file; 77 may not be read; 64 usage.\n"
    "\n"
    "Formats:\n";

static int print_help(void)
{
    fputs(help, stdout);
    for (unsigned i = 0; tf_formats[i]; i++)
        printf("  %-18s %s\n", tf_formats[i]->name, tf_formats[i]->description);
    return 0;
}

struct options {
    bool json;
    bool digest, content_alone;
    bool lines;
    struct tf_recording_options recording;
};

/* Decode everything; the error at the end is the inspection's status. */
static void inspect(struct tf_inspection *inspection, struct tf_recording *recording,
                    struct tf_digest *digest)
{
    enum { BATCH = 4096 };
    static struct tf_tick ticks[BATCH];
    struct tf_sink sink = {.ticks = ticks, .capacity = BATCH};
    ptrdiff_t messages;
    while ((messages = tf_recording_next(recording, UINT32_MAX, &sink)) > 0 &&
           !tf_stop_requested()) {
        for (uint32_t i = 0; i < sink.count; i++)
            inspection->ticks_by_action[(uint8_t)ticks[i].action]++;
        if (digest)
            tf_digest_add(digest, ticks, sink.count);
        inspection->ticks += sink.count;
        sink.count = 0;
    }
    inspection->status = messages < 0 ? (int)messages : 0;
}

/* Decode and report; the error that the input ended with. */
static int report(struct tf_recording *recording, struct tf_digest *digest,
                  const struct options *options)
{
    struct tf_inspection inspection = {
        .recording = recording, .lines = options->lines, .digest = digest};
    inspect(&inspection, recording, digest);
    (options->json ? tf_inspection_json : tf_inspection_text)(&inspection, stdout);
    fflush(stdout); /* so that the report stands before the error where both go to one place */
    uint64_t trailing = tf_recording_trailing_bytes(recording);
    if (inspection.status == 0 && trailing)
        fprintf(stderr,
                "tickfan inspect: warning: %s: %llu bytes follow the end-of-session mark\n",
                tf_source_path(tf_recording_source(recording)), (unsigned long long)trailing);
    return inspection.status;
}

/* One file; 0 or the error, which is already told. */
static int inspect_file(const char *path, const struct options *options)
{
    int error = 0;
    struct tf_digest *digest = 0;
    struct tf_recording *recording = tf_recording_open(path, &options->recording, &error);
    if (recording && options->digest && !(digest = tf_digest_new()))
        error = tf_fail(TF_EOS, "no memory for a digest");
    if (digest && options->content_alone)
        tf_digest_content_alone(digest);
    if (error == 0)
        error = report(recording, digest, options);
    if (error < 0)
        tf_command_fail(&tf_cmd_inspect, error);
    tf_digest_free(digest);
    tf_recording_close(recording);
    return error;
}

static int run(int argc, char **argv)
{
    enum { HELP = 'h', JSON = 256, LINES, DIGEST, FORMAT, DATE };
    static const struct option long_options[] = {{"json", no_argument, 0, JSON},
                                                 {"lines", no_argument, 0, LINES},
                                                 {"digest", optional_argument, 0, DIGEST},
                                                 {"format", required_argument, 0, FORMAT},
                                                 {"date", required_argument, 0, DATE},
                                                 {"help", no_argument, 0, HELP},
                                                 {0, 0, 0, 0}};
    struct options options = {.recording.decoder.node = -1};
    int option;
    optind = 1;
    while ((option = tf_command_getopt(&tf_cmd_inspect, argc, argv, "h", long_options)) != -1) {
        switch (option) {
        case HELP:
            return print_help();
        case JSON:
            options.json = true;
            break;
        case LINES:
            options.lines = true;
            break;
        case DIGEST:
            options.digest = true;
            options.content_alone = optarg != 0;
            if (optarg && strcmp(optarg, "content") != 0)
                return tf_command_usage(&tf_cmd_inspect, "--digest=%s: 'content' or nothing",
                                        optarg);
            break;
        case FORMAT:
            options.recording.format = optarg;
            if (strcmp(optarg, "auto") != 0 && !tf_format_by_name(optarg))
                return tf_command_usage(&tf_cmd_inspect, "unknown format '%s'", optarg);
            break;
        case DATE:
            if (tf_trading_day(optarg, &options.recording.decoder.midnight_ns) < 0)
                return tf_command_usage(&tf_cmd_inspect, "%s", tf_errmsg());
            break;
        default:
            return -TF_EUSAGE;
        }
    }
    if (optind == argc)
        return tf_command_usage(&tf_cmd_inspect, "which recording?");
    /* What a line's messages are only counting them tells; it is shown in full on demand. */
    options.recording.decoder.tally = options.json;
    options.recording.lines = true;
    tf_stop_on_signals();
    int status = 0;
    for (int i = optind; i < argc && !tf_stop_requested(); i++) {
        int error = inspect_file(argv[i], &options);
        if (status == 0)
            status = tf_exit_status(error);
    }
    return status;
}

const struct tf_command tf_cmd_inspect = {
    .name = "inspect",
    .summary = "decode recordings: counts, sums, times and damage",
    .help = 0, /* it lists the formats that there are */
    .run = run,
};
