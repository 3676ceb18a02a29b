/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan record: a stream into a DBN file. */
#include "attach_args.h"
#include "clock.h"
#include "dbn_file.h"
#include "dbn_reference.h"
#include "error.h"
#include "progress.h"
#include "text.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: tickfan record [OPTION]... -o FILE.dbn[.zst] [STREAM]\n"
    "\n"
    "  tickfan record -o day.dbn.zst              all of the stream 'default', until it ends\n"
    "  tickfan record -o day.dbn --schema trades  the trades alone, as Databento has them\n"
    "  tickfan record -o day.dbn.zst --rotate-size 1G itch\n"
    "                                             day-00001.dbn.zst, day-00002.dbn.zst ...\n"
    "  tickfan record -o - itch | zstdcat | ...   to standard output\n"
    "  tickfan replay day.dbn.zst                 the same ticks again\n"
    "\n"
    "Record a stream until it ends or an interrupt, as Databento Binary Encoding: their tools "
    "and\n"
    "libraries read it, and 'tickfan replay' gives the same ticks.  Begins with the oldest "
    "tick "
    "that\n"
    "the ring still holds.  Waits for the publisher's restart when it dies.  However the "
    "recording\n"
    "ends, the file can be read to its last whole record.\n"
    "\n"
    "  -o, --output FILE   compressed when its name ends in .zst; - is standard output\n"
    "      --schema WHAT   all (default), mbo, trades, mbp-1 or tbbo; what 'all' makes of "
    "each\n"
    "                      kind of tick is in tickfan-record(1)\n"
    "      --force         replace a file that is there already\n"
    "      --dbn-version N 1, 2 or 3 (default)\n"
    "      --dataset NAME  as the file's metadata has it (default TICKFAN)\n"
    "      --publisher-id N  for instruments whose publisher is not known (default 0)\n"
    "      --level N       of zstd's compression, 1 to 19 (default 3)\n"
    "      --flush TIME    keep ticks in memory so long at most (default 1s)\n"
    "      --rotate-size SIZE  another file when this one is so long (64M, 1G)\n"
    "      --rotate-every TIME another file after so long (1h)\n"
    "      --json          one JSON object at the end instead of a table\n"
    "  -q, --quiet         no progress, no table\n" TF_ATTACH_HELP
    "  --dead-after TIME   give up a dead publisher after so long (default: never)\n"
    "\n"
    "Exit status: 0 the stream ended or an interrupt came, and all of it is recorded; 65 the "
    "same, "
    "but\n"
    "ticks were lost, as the summary says exactly; 69 no such stream, or it was made anew; 73 "
    "the "
    "file is\n"
    "there already or cannot be made; 74 it cannot be written: the disk is full; 75 another "
    "recorder\n"
    "is writing it; 77 may not be.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_record = {"record", "write a stream into a DBN file", help, run};

enum { BATCH = 256, CACHE = 65536 };
enum {
    ARG_SCHEMA = 1,
    ARG_FORCE,
    ARG_VERSION,
    ARG_DATASET,
    ARG_PUBLISHER,
    ARG_LEVEL,
    ARG_FLUSH,
    ARG_ROTATE_SIZE,
    ARG_ROTATE_EVERY,
    ARG_JSON,
    ARG_DEAD_AFTER
};

/* An instrument that the file knows by now. */
struct known {
    uint32_t instrument_id; /* 0: none */
    uint16_t publisher_id;
};

struct record {
    struct tf_attach_args attach;
    struct tf_dbn_file_options options;
    const char *output;
    uint16_t publisher_id;
    bool json, quiet;
    uint64_t rotate_bytes, rotate_ns; /* 0: never */
    uint64_t dead_after_ns;

    tf_reader *reader;
    struct tf_dbn_file *file;
    char path[4096]; /* of the file */
    uint64_t opened_ns;
    struct known known[CACHE];
    struct tf_progress progress;

    uint64_t ticks, gaps, epochs, lost;
    uint64_t first_seq, last_seq;
    uint64_t last_ts;
    uint64_t files;
    struct tf_dbn_file_report done; /* the sum of the files that are closed */
    uint64_t told_ns;
};

/* ---- options --------------------------------------------------------------------------------- */

static int parse_number(const char *option, const char *value, uint64_t least, uint64_t most,
                        uint64_t *number)
{
    if (tf_parse_u64(value, most, number) && *number >= least)
        return 0;
    return tf_command_usage(&tf_cmd_record, "%s %s: a number from %" PRIu64 " to %" PRIu64,
                            option, value, least, most);
}

static int parse_time(const char *option, const char *value, uint64_t *ns)
{
    if (tf_parse_duration(value, ns) && *ns)
        return 0;
    return tf_command_usage(&tf_cmd_record, "%s %s: a time such as 1s or 2h is wanted", option,
                            value);
}

static int parse_one(struct record *record, int option, const char *value)
{
    uint64_t number = 0;
    int error = 0;
    switch (option) {
    case 'o':
        record->output = value;
        return 0;
    case 'q':
        record->quiet = true;
        return 0;
    case ARG_JSON:
        record->json = true;
        return 0;
    case ARG_FORCE:
        record->options.force = true;
        return 0;
    case ARG_SCHEMA:
        if (tf_dbn_content_of(value, &record->options.content))
            return 0;
        return tf_command_usage(&tf_cmd_record, "--schema %s: all, mbo, trades, mbp-1 or tbbo",
                                value);
    case ARG_VERSION:
        error = parse_number("--dbn-version", value, 1, 3, &number);
        record->options.version = (uint8_t)number;
        return error;
    case ARG_DATASET:
        record->options.dataset = value;
        if (*value && strlen(value) <= 16)
            return 0;
        return tf_command_usage(&tf_cmd_record, "--dataset %s: 1 to 16 characters", value);
    case ARG_PUBLISHER:
        error = parse_number("--publisher-id", value, 0, UINT16_MAX, &number);
        record->publisher_id = (uint16_t)number;
        return error;
    case ARG_LEVEL:
        error = parse_number("--level", value, 1, 19, &number);
        record->options.level = (int)number;
        return error;
    case ARG_FLUSH:
        return parse_time("--flush", value, &record->options.flush_ns);
    case ARG_ROTATE_SIZE:
        if (tf_parse_size(value, &record->rotate_bytes) && record->rotate_bytes)
            return 0;
        return tf_command_usage(&tf_cmd_record, "--rotate-size %s: a size such as 64M or 1G",
                                value);
    case ARG_ROTATE_EVERY:
        return parse_time("--rotate-every", value, &record->rotate_ns);
    case ARG_DEAD_AFTER:
        return parse_time("--dead-after", value, &record->dead_after_ns);
    default: {
        int taken = tf_attach_arg(&tf_cmd_record, &record->attach, option, value);
        if (taken < 0)
            return -TF_EUSAGE;
        return taken ? 0 : -TF_EUSAGE;
    }
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static int parse(struct record *record, int argc, char **argv)
{
    static const struct option options[] = {
        {"output", required_argument, 0, 'o'},
        {"quiet", no_argument, 0, 'q'},
        {"schema", required_argument, 0, ARG_SCHEMA},
        {"force", no_argument, 0, ARG_FORCE},
        {"dbn-version", required_argument, 0, ARG_VERSION},
        {"dataset", required_argument, 0, ARG_DATASET},
        {"publisher-id", required_argument, 0, ARG_PUBLISHER},
        {"level", required_argument, 0, ARG_LEVEL},
        {"flush", required_argument, 0, ARG_FLUSH},
        {"rotate-size", required_argument, 0, ARG_ROTATE_SIZE},
        {"rotate-every", required_argument, 0, ARG_ROTATE_EVERY},
        {"json", no_argument, 0, ARG_JSON},
        {"dead-after", required_argument, 0, ARG_DEAD_AFTER},
        TF_ATTACH_LONG_OPTIONS,
        {0, 0, 0, 0}};
    int option;
    while ((option = tf_command_getopt(&tf_cmd_record, argc, argv, "o:q", options)) != -1) {
        int error = parse_one(record, option, optarg);
        if (error)
            return error;
    }
    if (!record->output)
        return tf_command_usage(&tf_cmd_record, "-o FILE: where to?");
    if (argc - optind > 1)
        return tf_command_usage(&tf_cmd_record, "one stream at a time, not '%s' too",
                                argv[optind + 1]);
    bool rotates = record->rotate_bytes || record->rotate_ns;
    if (strcmp(record->output, "-") == 0 && rotates)
        return tf_command_usage(
            &tf_cmd_record, "--rotate-size, --rotate-every: standard output cannot be rotated");
    record->attach.stream = argv[optind];
    if (!record->attach.options.reader_name)
        record->attach.options.reader_name = "record";
    if (!record->attach.from_given)
        record->attach.options.from = TF_FROM_OLDEST;
    record->options.compress = ends_with(record->output, ".zst");
    return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* day.dbn.zst, or day-00002.dbn.zst where files follow one another. */
static void name_file(struct record *record)
{
    const char *output = record->output;
    if (!record->rotate_bytes && !record->rotate_ns) {
        snprintf(record->path, sizeof record->path, "%s", output);
        return;
    }
    const char *slash = strrchr(output, '/');
    const char *name = slash ? slash + 1 : output;
    const char *dot = strstr(name, ".dbn");
    if (!dot)
        dot = name + strlen(name);
    snprintf(record->path, sizeof record->path, "%.*s-%05" PRIu64 "%s", (int)(dot - output),
             output, record->files + 1, dot);
}

static int open_file(struct record *record)
{
    int error;
    name_file(record);
    record->options.path = record->path;
    record->file = tf_dbn_file_open(&record->options, &error);
    if (!record->file)
        return error;
    record->files++;
    record->opened_ns = tf_monotonic_ns();
    memset(record->known, 0, sizeof record->known);
    return 0;
}

static int close_file(struct record *record)
{
    struct tf_dbn_file_report report;
    if (!record->file)
        return 0;
    int error = tf_dbn_file_close(record->file, &report);
    record->file = 0;
    record->done.records += report.records;
    record->done.ticks += report.ticks;
    record->files -= report.removed;
    record->done.bytes += report.bytes;
    record->done.left_out += report.left_out;
    record->done.unmapped += report.unmapped;
    if (report.symbols > record->done.symbols)
        record->done.symbols = report.symbols;
    return error;
}

/* Between two events of the venue, once the file is long or old enough. */
static int rotate(struct record *record)
{
    struct tf_dbn_file_report report;
    tf_dbn_file_report(record->file, &report);
    bool is_long = record->rotate_bytes && report.bytes >= record->rotate_bytes;
    bool is_old =
        record->rotate_ns && tf_monotonic_ns() - record->opened_ns >= record->rotate_ns;
    if (!is_long && !is_old)
        return 0;
    int error = close_file(record);
    return error ? error : open_file(record);
}

/* ---- ticks ----------------------------------------------------------------------------------- */

/* What the directory says of it; NULL: nothing.  The file learns of it at the first time. */
static const struct tf_instrument *look_up(struct record *record, const struct tf_tick *tick,
                                           uint16_t *publisher_id, struct tf_instrument *found)
{
    struct known *known = &record->known[tick->instrument_id % CACHE];
    *publisher_id = record->publisher_id;
    if (!tick->instrument_id)
        return 0;
    if (known->instrument_id == tick->instrument_id && tick->rtype != TF_RTYPE_DEFINITION) {
        *publisher_id = known->publisher_id;
        return 0;
    }
    if (!tf_instrument_by_id(record->reader, tick->instrument_id, found))
        return 0;
    uint16_t publisher = tf_dbn_publisher_of(found->venue_class);
    if (publisher)
        *publisher_id = publisher;
    *known = (struct known){tick->instrument_id, *publisher_id};
    return found;
}

static int take_one(struct record *record, const struct tf_tick *tick)
{
    struct tf_instrument found;
    uint16_t publisher_id;
    const struct tf_instrument *instrument = look_up(record, tick, &publisher_id, &found);
    int error = 0;
    if (instrument)
        error = tf_dbn_file_symbol(record->file, instrument, publisher_id, tick->ts_event);
    if (!error)
        error = tf_dbn_file_tick(record->file, tick, instrument, publisher_id);
    record->gaps += tick->rtype == TF_RTYPE_GAP;
    record->epochs += tick->rtype == TF_RTYPE_EPOCH;
    if (!record->first_seq)
        record->first_seq = tick->seq;
    record->last_seq = tick->seq;
    record->last_ts = tick->ts_event;
    record->ticks++;
    return error;
}

static int take(struct record *record, const struct tf_tick *ticks, int count)
{
    for (int i = 0; i < count; i++) {
        int error = take_one(record, &ticks[i]);
        if (!error && ticks[i].flags & TF_FLAG_LAST &&
            (record->rotate_bytes || record->rotate_ns))
            error = rotate(record);
        if (error) {
            /* They were read, and are lost. */
            record->ticks += (uint64_t)(count - i - 1);
            return error;
        }
    }
    return 0;
}

/* In the file too: whoever reads it must know that it is not all. */
static int take_overrun(struct record *record)
{
    struct tf_stats stats;
    char words[64];
    tf_get_stats(record->reader, &stats);
    if (stats.lost == record->lost)
        return 0;
    snprintf(words, sizeof words, "tickfan lost %" PRIu64 " ticks here, being too slow",
             stats.lost - record->lost);
    record->lost = stats.lost;
    uint64_t now = tf_monotonic_ns();
    if (now - record->told_ns >= TF_NS_PER_S && !record->quiet) {
        record->told_ns = now;
        fprintf(stderr, "tickfan record: too slow: %" PRIu64 " ticks lost so far\n",
                stats.lost);
    }
    return tf_dbn_file_words(record->file, record->last_ts, words);
}

/* Nothing came.  0: go on; else how the recording ends. */
static int wait_for_more(struct record *record, uint64_t *dead_since)
{
    int error = tf_dbn_file_idle(record->file, tf_monotonic_ns());
    if (error)
        return error;
    int state = tf_wait(record->reader, 100 * (int64_t)TF_NS_PER_MS);
    if (state == TF_ENDED || state == TF_REPLACED)
        return state;
    if (state != TF_DEAD)
        return 0;
    uint64_t now = tf_monotonic_ns();
    if (!*dead_since) {
        *dead_since = now;
        if (!record->quiet)
            fprintf(stderr, "tickfan record: the publisher is gone; waiting for its restart\n");
    }
    return now - *dead_since > record->dead_after_ns ? TF_DEAD : 0;
}

static int follow(struct record *record)
{
    enum { LOOK_UP_EVERY = 64 };
    struct tf_tick ticks[BATCH];
    uint64_t dead_since = 0;
    int error = 0;
    for (uint64_t rounds = 1; !error && !tf_stop_requested(); rounds++) {
        int got = tf_read(record->reader, ticks, BATCH);
        if (got > 0) {
            dead_since = 0;
            error = take(record, ticks, got);
        } else if (got == TF_OVERRUN) {
            error = take_overrun(record);
        } else {
            error = wait_for_more(record, &dead_since);
        }
        if (rounds % LOOK_UP_EVERY == 0 && !error) {
            tf_progress_update(&record->progress, -1, record->ticks, "ticks");
            error = tf_dbn_file_idle(record->file, tf_monotonic_ns());
        }
    }
    return error;
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Ticks that were read and are in no file, not for being of another schema. */
static uint64_t unwritten(const struct record *record)
{
    return record->ticks - record->done.left_out - record->done.ticks;
}

static void print_json(const struct record *record, FILE *out)
{
    struct tf_stats stats;
    tf_get_stats(record->reader, &stats);
    fputs("{\"file\":", out);
    if (record->files)
        tf_json_string(out, record->path);
    else
        fputs("null", out);
    fprintf(out,
            ",\"files\":%" PRIu64 ",\"ticks\":%" PRIu64 ",\"written\":%" PRIu64
            ",\"records\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"first_seq\":%" PRIu64
            ",\"last_seq\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"overrun_polling\":%" PRIu64
            ",\"overrun_reading\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"epochs\":%" PRIu64
            ",\"left_out\":%" PRIu64 ",\"symbols\":%" PRIu32 ",\"symbols_in_records\":%" PRIu32
            "}\n",
            record->files, record->ticks, record->done.ticks, record->done.records,
            record->done.bytes, record->first_seq, record->last_seq,
            record->lost + unwritten(record), stats.overrun_polling, stats.overrun_reading,
            record->gaps, record->epochs, record->done.left_out, record->done.symbols,
            record->done.unmapped);
}

static void print_text(const struct record *record, FILE *out)
{
    char text[32];
    fprintf(out, "%s%s\n", record->files ? record->path : "no file: nothing could be recorded",
            record->files > 1 ? " and those before it" : "");
    fprintf(out, "  %-12s %18s\n", "ticks", tf_format_count(text, sizeof text, record->ticks));
    fprintf(out, "  %-12s %18s\n", "records",
            tf_format_count(text, sizeof text, record->done.records));
    fprintf(out, "  %-12s %18s\n", "size",
            tf_format_size(text, sizeof text, record->done.bytes));
    fprintf(out, "  %-12s %18" PRIu32 "\n", "symbols", record->done.symbols);
    if (record->done.left_out)
        fprintf(out, "  %-12s %18s  not of this schema\n", "left out",
                tf_format_count(text, sizeof text, record->done.left_out));
    if (record->gaps)
        fprintf(out, "  %-12s %18" PRIu64 "  of the venue's, in the file\n", "gaps",
                record->gaps);
    fprintf(out, "  %-12s %18s%s\n", "lost", tf_format_count(text, sizeof text, record->lost),
            record->lost ? "  ticks, for being too slow" : "");
    if (unwritten(record))
        fprintf(out, "  %-12s %18s  ticks that were read and could not be written\n",
                "lost too", tf_format_count(text, sizeof text, unwritten(record)));
}

/* How a recording that began has ended; its exit status. */
static int finish(struct record *record, int ended)
{
    bool to_stdout = strcmp(record->output, "-") == 0;
    int error = close_file(record);
    tf_progress_end(&record->progress);
    struct tf_stats stats;
    tf_get_stats(record->reader, &stats);
    record->lost = stats.lost;
    if (record->json)
        print_json(record, to_stdout ? stderr : stdout);
    else if (!record->quiet)
        print_text(record, to_stdout ? stderr : stdout);
    if (error)
        return tf_command_fail(&tf_cmd_record, error);
    if (ended == TF_DEAD || ended == TF_REPLACED) {
        fprintf(stderr, "tickfan record: %s\n", tf_strerror(ended));
        return -TF_ENOSTREAM;
    }
    if (ended < 0 && ended != TF_ENDED)
        return tf_command_fail(&tf_cmd_record, ended);
    return record->lost ? tf_exit_status(TF_OVERRUN) : 0;
}

static int run(int argc, char **argv)
{
    static struct record record = {
        .attach = TF_ATTACH_ARGS_INIT,
        .options = {.version = 3, .dataset = "TICKFAN", .level = 3},
        .dead_after_ns = UINT64_MAX,
    };
    int error = parse(&record, argc, argv);
    if (error)
        return error;
    tf_stop_on_signals();
    error = tf_attach_with(&record.attach, &record.reader);
    if (error)
        return tf_command_fail(&tf_cmd_record, error);
    error = open_file(&record);
    if (error) {
        tf_detach(record.reader);
        return tf_command_fail(&tf_cmd_record, error);
    }
    tf_progress_start(&record.progress, "record", record.quiet);
    int status = finish(&record, follow(&record));
    tf_detach(record.reader);
    return status;
}
