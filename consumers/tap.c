/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan tap: print a stream, or its digest, or how late its ticks are. */
#include "attach_args.h"
#include "clock.h"
#include "digest.h"
#include "histogram.h"
#include "text.h"
#include "tick_text.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: tickfan tap [OPTION]... [STREAM]\n"
    "\n"
    "  tickfan tap                         follow the stream 'default'\n"
    "  tickfan tap -s AAPL -n 10           the next ten ticks of AAPL\n"
    "  tickfan tap --from oldest --csv     all that the ring still holds, then on, as CSV\n"
    "  tickfan tap --digest                read to the end and print a digest of the content\n"
    "  tickfan tap --quiet --latency       print nothing but how late ticks were read\n"
    "\n"
    "Print the ticks of a stream until it ends, or until -n ticks or an interrupt.\n"
    "\n"
    "  -n, --count N     stop after N ticks\n"
    "  -s, --symbol SYM  only ticks of this instrument\n"
    "      --csv         comma separated, every field, with a heading\n"
    "      --json        one JSON object a line, every field\n"
    "      --digest[=content]\n"
    "                    at the end one JSON line: ticks, first_seq, last_seq, overrun, gaps "
    "and\n"
    "                    digest of the content (no sequence, no publish time; with =content "
    "no\n"
    "                    receive time either, so that a live feed equals its recording); "
    "reads\n"
    "                    from the oldest tick unless --from says otherwise\n"
    "      --latency     at the end one line: percentiles of the time from publish to read\n"
    "  -q, --quiet       print no ticks\n" TF_ATTACH_HELP
    "  --dead-after TIME wait so long for a dead publisher's restart (default 10s)\n"
    "\n"
    "Exit status: 0 the end was reached, 69 no such stream or its publisher died and none "
    "came\n"
    "back, 74 the output cannot be written, 76 the stream is of another layout.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_tap = {"tap", "print a stream's ticks, or a digest of them",
                                      help, run};

enum { BATCH = 256 };
enum { ARG_CSV = 1, ARG_JSON, ARG_DIGEST, ARG_LATENCY, ARG_DEAD_AFTER };

struct tap {
    struct tf_attach_args attach;
    enum tf_tick_style style;
    bool quiet, digest, content_alone, latency;
    const char *symbol;
    uint64_t count_max; /* 0: no limit */
    uint64_t dead_after_ns;

    tf_reader *reader;
    struct tf_digest *content;
    struct tf_histogram late;
    uint64_t early; /* read "before" they were published: the two clocks' error */
    uint64_t printed;
    uint64_t first_seq, last_seq; /* of content */
    uint64_t control, gaps;
    uint32_t symbol_id; /* 0: not known yet */
    uint64_t told_ns;
};

static int parse(struct tap *tap, int argc, char **argv)
{
    static const struct option options[] = {
        {"count", required_argument, 0, 'n'},
        {"symbol", required_argument, 0, 's'},
        {"quiet", no_argument, 0, 'q'},
        {"csv", no_argument, 0, ARG_CSV},
        {"json", no_argument, 0, ARG_JSON},
        {"digest", optional_argument, 0, ARG_DIGEST},
        {"latency", no_argument, 0, ARG_LATENCY},
        {"dead-after", required_argument, 0, ARG_DEAD_AFTER},
        TF_ATTACH_LONG_OPTIONS,
        {0, 0, 0, 0}};
    const struct tf_command *self = &tf_cmd_tap;
    int option;
    while ((option = tf_command_getopt(self, argc, argv, "n:s:q", options)) != -1) {
        switch (option) {
        case 'n':
            if (!tf_parse_u64(optarg, UINT64_MAX, &tap->count_max) || tap->count_max == 0)
                return tf_command_usage(self, "-n %s: a number of ticks from 1 on is wanted",
                                        optarg);
            break;
        case 's':
            tap->symbol = optarg;
            break;
        case 'q':
            tap->quiet = true;
            break;
        case ARG_CSV:
            tap->style = TF_TICK_CSV;
            break;
        case ARG_JSON:
            tap->style = TF_TICK_JSON;
            break;
        case ARG_DIGEST:
            tap->digest = tap->quiet = true;
            tap->content_alone = optarg != 0;
            if (optarg && strcmp(optarg, "content") != 0)
                return tf_command_usage(self, "--digest=%s: 'content' or nothing is wanted",
                                        optarg);
            break;
        case ARG_LATENCY:
            tap->latency = true;
            break;
        case ARG_DEAD_AFTER:
            if (!tf_parse_duration(optarg, &tap->dead_after_ns))
                return tf_command_usage(self, "--dead-after %s: a time such as 10s is wanted",
                                        optarg);
            break;
        default: {
            int taken = tf_attach_arg(self, &tap->attach, option, optarg);
            if (taken < 0)
                return 64;
            if (taken == 0)
                return -TF_EUSAGE;
        }
        }
    }
    if (argc - optind > 1)
        return tf_command_usage(self, "one stream at a time, not '%s' too", argv[optind + 1]);
    tap->attach.stream = argv[optind];
    if (!tap->attach.options.reader_name)
        tap->attach.options.reader_name = "tap";
    if (tap->digest && !tap->attach.from_given)
        tap->attach.options.from = TF_FROM_OLDEST;
    return 0;
}

/* The symbol's id, once the directory knows it. */
static bool is_wanted(struct tap *tap, const struct tf_tick *tick)
{
    if (!tap->symbol)
        return true;
    struct tf_instrument instrument;
    if (tap->symbol_id == 0 && tick->instrument_id != 0 &&
        tf_instrument_by_symbol(tap->reader, tap->symbol, &instrument))
        tap->symbol_id = instrument.instrument_id;
    return tap->symbol_id != 0 && tick->instrument_id == tap->symbol_id;
}

static void print(struct tap *tap, const struct tf_tick *tick)
{
    struct tf_instrument instrument = {.symbol = ""};
    if (tick->instrument_id)
        tf_instrument_by_id(tap->reader, tick->instrument_id, &instrument);
    tf_tick_print(stdout, tap->style, tick, instrument.symbol);
}

/* True when -n is reached. */
static bool take(struct tap *tap, const struct tf_tick *ticks, int count)
{
    uint64_t now = tap->latency ? tf_now() : 0;
    for (int i = 0; i < count; i++) {
        const struct tf_tick *tick = &ticks[i];
        if (tick->rtype == TF_RTYPE_GAP)
            tap->gaps++;
        if (!tf_tick_is_content(tick)) {
            tap->control++;
        } else {
            if (!tap->first_seq)
                tap->first_seq = tick->seq;
            tap->last_seq = tick->seq;
        }
        if (!is_wanted(tap, tick))
            continue;
        if (tap->latency) {
            if (now >= tick->ts_pub)
                tf_histogram_record(&tap->late, now - tick->ts_pub);
            else
                tap->early++;
        }
        if (tap->content)
            tf_digest_add(tap->content, tick, 1);
        if (!tap->quiet)
            print(tap, tick);
        if (++tap->printed == tap->count_max)
            return true;
    }
    return false;
}

/* Something other than a tick.  0: go on; else the end of the tap. */
static int take_state(struct tap *tap, int state, uint64_t *dead_since)
{
    switch (state) {
    case TF_DEAD: {
        uint64_t now = tf_monotonic_ns();
        if (!*dead_since) {
            *dead_since = now;
            fprintf(stderr, "tickfan tap: the publisher is gone; waiting for its restart\n");
        }
        return now - *dead_since > tap->dead_after_ns ? TF_DEAD : 0;
    }
    case TF_ENDED:
    case TF_REPLACED:
        return state;
    default:
        return 0;
    }
}

/* At most once a second: a reader that is too slow has no time for more. */
static void tell_overrun(struct tap *tap)
{
    struct tf_stats stats;
    uint64_t now = tf_monotonic_ns();
    if (tap->quiet || now - tap->told_ns < TF_NS_PER_S)
        return;
    tap->told_ns = now;
    tf_get_stats(tap->reader, &stats);
    fprintf(stderr, "tickfan tap: too slow: %" PRIu64 " ticks lost so far\n", stats.lost);
}

static int follow(struct tap *tap)
{
    struct tf_tick ticks[BATCH];
    uint64_t dead_since = 0;
    while (!tf_stop_requested()) {
        int got = tf_read(tap->reader, ticks, BATCH);
        if (got > 0) {
            dead_since = 0;
            if (take(tap, ticks, got) || ferror(stdout))
                return 0; /* -n, or nobody takes what is printed: main() says which */
            continue;
        }
        if (got == TF_OVERRUN) {
            tell_overrun(tap);
            continue;
        }
        /* Nothing to do now: show what there is before sleeping. */
        if (!tap->quiet)
            fflush(stdout);
        int ended =
            take_state(tap, tf_wait(tap->reader, 200 * (int64_t)TF_NS_PER_MS), &dead_since);
        if (ended)
            return ended;
    }
    return 0;
}

static void print_digest(const struct tap *tap)
{
    struct tf_stats stats;
    tf_get_stats(tap->reader, &stats);
    printf("{\"ticks\":%" PRIu64 ",\"first_seq\":%" PRIu64 ",\"last_seq\":%" PRIu64
           ",\"overrun\":%" PRIu64 ",\"gaps\":%" PRIu64 ",\"digest\":\"%016" PRIx64
           "\",\"control\":%" PRIu64 ",\"overrun_polling\":%" PRIu64
           ",\"overrun_reading\":%" PRIu64 ",\"epoch\":%" PRIu64 "}\n",
           tf_digest_ticks(tap->content), tap->first_seq, tap->last_seq, stats.lost, tap->gaps,
           tf_digest_value(tap->content), tap->control, stats.overrun_polling,
           stats.overrun_reading, stats.epoch);
}

static void print_latency(const struct tap *tap)
{
    static const double percents[] = {50, 90, 99, 99.9, 99.99};
    static const char *const keys[] = {"p50", "p90", "p99", "p99.9", "p99.99"};
    struct tf_stream_info info;
    tf_get_info(tap->reader, &info);
    printf("{\"latency_ns\":{");
    for (int i = 0; i < 5; i++)
        printf("\"%s\":%" PRIu64 ",", keys[i],
               tf_histogram_percentile(&tap->late, percents[i]));
    printf("\"max\":%" PRIu64 ",\"ticks\":%" PRIu64 ",\"negative\":%" PRIu64
           "},\"ring\":%" PRIu32 ",\"node\":%" PRId32 "}\n",
           tap->late.max, tap->late.count, tap->early, info.ring, info.node);
}

static int run(int argc, char **argv)
{
    static struct tap tap = {.attach = TF_ATTACH_ARGS_INIT, .dead_after_ns = 10 * TF_NS_PER_S};
    int error = parse(&tap, argc, argv);
    if (error)
        return error;
    tf_stop_on_signals();
    tf_histogram_reset(&tap.late);
    if (tap.digest && !(tap.content = tf_digest_new())) {
        fputs("tickfan tap: out of memory\n", stderr);
        return -TF_EOS;
    }
    if (tap.content_alone)
        tf_digest_content_alone(tap.content);
    error = tf_attach_with(&tap.attach, &tap.reader);
    if (error)
        return tf_command_fail(&tf_cmd_tap, error);
    if (!tap.quiet)
        tf_tick_print_heading(stdout, tap.style);
    int ended = follow(&tap);
    if (tap.digest)
        print_digest(&tap);
    if (tap.latency)
        print_latency(&tap);
    tf_detach(tap.reader);
    tf_digest_free(tap.content);
    if (ended == TF_DEAD || ended == TF_REPLACED) {
        fprintf(stderr, "tickfan tap: %s\n", tf_strerror(ended));
        return -TF_ENOSTREAM;
    }
    return 0;
}
