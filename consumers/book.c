/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan book: order books of a stream, and the stream of their best bids and offers. */
#include "book_run.h"

#include "clock.h"
#include "error.h"
#include "json_out.h"
#include "text.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: tickfan book [OPTION]... [STREAM]\n"
    "\n"
    "  tickfan book                              books of 'default', published as "
    "'default.bbo'\n"
    "  tickfan tap default.bbo                   every change of a best bid or offer\n"
    "  tickfan book -s AAPL,MSFT --depth 5       two books on one screen, five levels deep\n"
    "  tickfan book --check --no-publish --json  are the books sound?  Exit status 65: no\n"
    "\n"
    "Keep full order books from the orders or price levels of a stream, until it ends.  "
    "Whenever "
    "the\n"
    "best bid or offer of an instrument changes (price or size), at the end of a venue's "
    "event,\n"
    "publish a quote.  A book that saw a gap is stale until it is cleared, comes as a snapshot "
    "or a\n"
    "new session begins; quotes say so (MAYBE_BAD_BOOK).\n"
    "\n"
    "  -s, --symbols LIST   these instruments alone, A,B,C: at most 64\n"
    "      --check          look for books that are crossed, orders lost, sums that do not add "
    "up\n"
    "      --depth N        print the books of --symbols, N levels deep (1 to 64)\n"
    "      --every TIME     how often (default 1s), and at the end\n"
    "      --json           a summary as one JSON object at the end\n"
    "      --no-publish     no stream\n"
    "      --lockstep       publish only what the slowest reader of quotes has room for\n"
    "      --linger TIME    keep the ended stream attachable for TIME, or 'forever'\n"
    "      --event-each     a venue's event ends for each instrument apart (DBN files of "
    "several)\n"
    "      --orders N       expect so many orders open at once (default 64K; it grows)\n"
    "      --dead-after TIME wait so long for a dead publisher's restart (default 10s)\n"
    "  -q, --quiet          no report\n"
    "Read:\n" TF_ATTACH_HELP TF_PUBLISHER_HELP_AS(
        "STREAM.bbo") "\n"
                      "STREAM, whose books are kept, is $TICKFAN_STREAM by default, else "
                      "'default'; --from oldest.\n"
                      "\n"
                      "Exit status: 0 the end was reached; 65 --check found what must not be; "
                      "69 no such stream "
                      "or its\n"
                      "publisher died and none came back; 71 a resource is short; 75 another "
                      "publisher holds "
                      "the\n"
                      "derived stream; 76 the stream is of another layout.\n";

static int run_book(int argc, char **argv);
const struct tf_command tf_cmd_book = {"book", "keep order books, publish best bids and offers",
                                       help, run_book};

enum {
    ARG_CHECK = 1,
    ARG_DEPTH,
    ARG_EVERY,
    ARG_JSON,
    ARG_NO_PUBLISH,
    ARG_LOCKSTEP,
    ARG_LINGER,
    ARG_EVENT_EACH,
    ARG_ORDERS,
    ARG_DEAD_AFTER
};

struct arguments {
    struct tf_book_run run;
    char symbols[4096]; /* cut into run.symbols */
    char name[64];      /* STREAM.bbo */
    uint64_t linger_ns;
    bool json, quiet;
};

static int parse_symbols(struct arguments *arguments, const char *value)
{
    if (strlen(value) >= sizeof arguments->symbols)
        return tf_command_usage(&tf_cmd_book, "--symbols: at most %zu letters",
                                sizeof arguments->symbols - 1);
    strcpy(arguments->symbols, value);
    struct tf_book_run *run = &arguments->run;
    run->symbol_count = 0;
    char *rest = arguments->symbols, *symbol;
    while ((symbol = strsep(&rest, ","))) {
        if (!*symbol || run->symbol_count == TF_BOOK_SYMBOLS_MAX)
            return tf_command_usage(&tf_cmd_book, "--symbols %s: A,B,C, from 1 to %d of them",
                                    value, TF_BOOK_SYMBOLS_MAX);
        run->symbols[run->symbol_count++] = symbol;
    }
    return 0;
}

static int parse_time(const char *option, const char *value, uint64_t *ns)
{
    if (tf_parse_duration(value, ns) && *ns)
        return 0;
    return tf_command_usage(&tf_cmd_book, "%s %s: a time such as 10s is wanted", option, value);
}

static int parse_number(const char *option, const char *value, uint64_t max, uint64_t *number)
{
    if (tf_parse_size(value, number) && *number >= 1 && *number <= max)
        return 0;
    return tf_command_usage(&tf_cmd_book, "%s %s: a number from 1 to %" PRIu64 " is wanted",
                            option, value, max);
}

static int parse_other(struct arguments *arguments, int option, const char *value)
{
    int taken = tf_attach_arg(&tf_cmd_book, &arguments->run.attach, option, value);
    if (taken == 0)
        taken = tf_publisher_arg(&tf_cmd_book, &arguments->run.publish, option, value);
    if (taken < 0)
        return -TF_EUSAGE;
    return taken ? 0 : -TF_EUSAGE;
}

static int parse_one(struct arguments *arguments, int option, const char *value)
{
    struct tf_book_run *run = &arguments->run;
    uint64_t number = 0;
    int error = 0;
    switch (option) {
    case 's':
        return parse_symbols(arguments, value);
    case 'q':
        arguments->quiet = true;
        return 0;
    case ARG_CHECK:
        run->check = true;
        return 0;
    case ARG_DEPTH:
        error = parse_number("--depth", value, 64, &number);
        run->depth = (uint32_t)number;
        return error;
    case ARG_EVERY:
        return parse_time("--every", value, &run->view_every_ns);
    case ARG_JSON:
        arguments->json = true;
        return 0;
    case ARG_NO_PUBLISH:
        run->is_silent = true;
        return 0;
    case ARG_LOCKSTEP:
        run->lockstep = true;
        return 0;
    case ARG_LINGER:
        if (strcmp(value, "forever") != 0)
            return parse_time("--linger", value, &arguments->linger_ns);
        arguments->linger_ns = UINT64_MAX;
        return 0;
    case ARG_EVENT_EACH:
        run->book_options.event_per_instrument = 1;
        return 0;
    case ARG_ORDERS:
        return parse_number("--orders", value, 1u << 25, &run->book_options.orders);
    case ARG_DEAD_AFTER:
        return parse_time("--dead-after", value, &run->dead_after_ns);
    default:
        return parse_other(arguments, option, value);
    }
}

/* What follows from the options together. */
static int settle(struct arguments *arguments, int argc, char **argv)
{
    struct tf_book_run *run = &arguments->run;
    if (argc - optind > 1)
        return tf_command_usage(&tf_cmd_book, "one stream at a time, not '%s' too",
                                argv[optind + 1]);
    run->attach.stream = argv[optind];
    if (!run->attach.stream)
        run->attach.stream = getenv("TICKFAN_STREAM");
    if (!run->attach.stream)
        run->attach.stream = "default";
    if (!run->attach.options.reader_name)
        run->attach.options.reader_name = "book";
    if (!run->attach.from_given)
        run->attach.options.from = TF_FROM_OLDEST;
    if (run->depth && !run->symbol_count)
        return tf_command_usage(&tf_cmd_book, "--depth of which --symbols?");
    if (run->is_silent || run->publish.options.name)
        return 0;
    int length =
        snprintf(arguments->name, sizeof arguments->name, "%s.bbo", run->attach.stream);
    if (length >= (int)sizeof arguments->name || !tf_name_is_valid(arguments->name))
        return tf_command_usage(&tf_cmd_book, "'%s.bbo' cannot be a stream: give --stream",
                                run->attach.stream);
    run->publish.options.name = arguments->name;
    return 0;
}

static int parse(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"symbols", required_argument, 0, 's'},
        {"check", no_argument, 0, ARG_CHECK},
        {"depth", required_argument, 0, ARG_DEPTH},
        {"every", required_argument, 0, ARG_EVERY},
        {"json", no_argument, 0, ARG_JSON},
        {"no-publish", no_argument, 0, ARG_NO_PUBLISH},
        {"lockstep", no_argument, 0, ARG_LOCKSTEP},
        {"linger", required_argument, 0, ARG_LINGER},
        {"event-each", no_argument, 0, ARG_EVENT_EACH},
        {"orders", required_argument, 0, ARG_ORDERS},
        {"dead-after", required_argument, 0, ARG_DEAD_AFTER},
        {"quiet", no_argument, 0, 'q'},
        TF_ATTACH_LONG_OPTIONS,
        TF_PUBLISHER_LONG_OPTIONS,
        {0, 0, 0, 0}};
    int option;
    while ((option = tf_command_getopt(&tf_cmd_book, argc, argv, "s:q", options)) != -1) {
        int error = parse_one(arguments, option, optarg);
        if (error)
            return error;
    }
    return settle(arguments, argc, argv);
}

static uint64_t count_stale(const tf_books *books)
{
    uint64_t stale = 0;
    uint32_t id;
    for (uint32_t i = 0; (id = tf_books_instrument_at(books, i)); i++) {
        enum tf_book_state state = tf_book_state(books, id);
        stale += state != TF_BOOK_OK && state != TF_BOOK_UNKNOWN;
    }
    return stale;
}

static uint64_t count_late(const tf_books *books)
{
    uint64_t late = 0;
    uint32_t id;
    for (uint32_t i = 0; (id = tf_books_instrument_at(books, i)); i++)
        late += !tf_book_is_whole(books, id);
    return late;
}

static void print_json(const struct tf_book_run *run, const struct tf_books_totals *totals)
{
    const struct tf_book_check *check = &run->checked;
    struct tf_json json = {.out = stdout};
    tf_json_object(&json, 0);
    tf_json_u64(&json, "ticks", totals->ticks);
    tf_json_u64(&json, "quotes", run->quotes);
    tf_json_u64(&json, "passed_on", run->passed);
    tf_json_u64(&json, "instruments", totals->instruments);
    tf_json_u64(&json, "stale", count_stale(run->books));
    tf_json_u64(&json, "orders_open", totals->orders);
    tf_json_u64(&json, "orders_peak", totals->orders_peak);
    tf_json_u64(&json, "orders_added", totals->added);
    tf_json_u64(&json, "orders_gone", totals->gone);
    tf_json_u64(&json, "clears", totals->clears);
    tf_json_u64(&json, "gaps", run->gaps);
    tf_json_u64(&json, "restarts", run->restarts);
    tf_json_u64(&json, "overruns", run->overruns);
    tf_json_u64(&json, "lost_ticks", run->lost);
    tf_json_u64(&json, "marks", tf_books_marks(run->books));
    tf_json_u64(&json, "memory_bytes", totals->bytes);
    if (run->check) {
        tf_json_object(&json, "check");
        tf_json_u64(&json, "violations", tf_book_check_violations(check, totals));
        tf_json_u64(&json, "crossed", check->crossed);
        tf_json_u64(&json, "orders_lost", totals->lost);
        tf_json_u64(&json, "duplicate_orders", totals->duplicates);
        tf_json_u64(&json, "overfills", totals->overfills);
        tf_json_u64(&json, "misplaced_levels", totals->misplaced);
        tf_json_u64(&json, "bad_ticks", totals->bad_ticks);
        tf_json_u64(&json, "refused", totals->refused);
        tf_json_u64(&json, "unsound", check->fault.faults);
        tf_json_u64(&json, "began_in_mid_session", totals->late + check->crossed_late);
        tf_json_u64(&json, "instruments_in_mid_session", count_late(run->books));
        tf_json_u64(&json, "crossed_stale", check->crossed_stale);
        tf_json_u64(&json, "crossed_not_trading", check->crossed_halted);
        tf_json_u64(&json, "crossed_without_trade", check->crossed_quiet);
        tf_json_u64(&json, "locked", check->locked);
        tf_json_u64(&json, "verified", check->verified);
        tf_json_end_object(&json);
    }
    tf_json_end_object(&json);
    putchar('\n');
}

static void print_count(const char *name, uint64_t count)
{
    char text[32];
    printf("%-20s %18s\n", name, tf_format_count(text, sizeof text, count));
}

static void print_text(const struct tf_book_run *run, const struct tf_books_totals *totals)
{
    print_count("ticks", totals->ticks);
    print_count("quotes", run->quotes);
    print_count("instruments", totals->instruments);
    print_count("stale", count_stale(run->books));
    print_count("orders open", totals->orders);
    print_count("orders at most", totals->orders_peak);
    if (run->gaps)
        print_count("gaps", run->gaps);
    if (run->lost)
        print_count("ticks lost", run->lost);
    if (!run->check)
        return;
    print_count("violations", tf_book_check_violations(&run->checked, totals));
    print_count("crossed", run->checked.crossed);
    print_count("orders lost", totals->lost);
    print_count("duplicate orders", totals->duplicates);
    print_count("overfills", totals->overfills);
    print_count("misplaced levels", totals->misplaced);
    print_count("bad ticks", totals->bad_ticks);
    print_count("refused", totals->refused);
    print_count("unsound", run->checked.fault.faults);
    print_count("began in mid-session", totals->late + run->checked.crossed_late);
    print_count("  instruments", count_late(run->books));
}

/* "AAPL (7), 1700000000000000000 ns, venue sequence 12" */
static void name_place(const struct tf_book_run *run, uint32_t instrument_id, uint64_t ts_event,
                       uint32_t sequence)
{
    struct tf_instrument instrument = {.symbol = "?"};
    if (run->reader)
        tf_instrument_by_id(run->reader, instrument_id, &instrument);
    tf_make_printable(instrument.symbol);
    fprintf(stderr,
            "tickfan book: %s (%" PRIu32 "), %" PRIu64 " ns, venue sequence %" PRIu32 ": ",
            instrument.symbol, instrument_id, ts_event, sequence);
}

/* The first of what must not be, and of what is for a late beginning, where it can be looked up. */
static void name_violations(const struct tf_book_run *run)
{
    const struct tf_book_check *check = &run->checked;
    for (uint32_t i = 0; i < check->crossed && i < TF_BOOK_CROSSINGS; i++) {
        const struct tf_book_crossing *crossing = &check->crossings[i];
        name_place(run, crossing->instrument_id, crossing->ts_event, crossing->sequence);
        fprintf(stderr, "crossed: bid %.9g above ask %.9g%s\n", (double)crossing->bid_px / 1e9,
                (double)crossing->ask_px / 1e9,
                crossing->of_levels ? ", levels that the venue aggregates itself" : "");
    }
    for (int late = 0; late <= 1; late++) {
        struct tf_books_oddity oddity;
        for (uint32_t i = 0; tf_books_oddity(run->books, late, i, &oddity); i++) {
            name_place(run, oddity.instrument_id, oddity.ts_event, oddity.sequence);
            fprintf(stderr, "%s%s\n", oddity.what,
                    late ? "; began in mid-session, no violation" : "");
        }
    }
    if (check->fault.faults)
        fprintf(stderr, "tickfan book: instrument %" PRIu32 ": %s\n",
                check->fault.instrument_id, check->fault.what);
}

/* Returns the exit status. */
static int report(struct arguments *arguments)
{
    struct tf_book_run *run = &arguments->run;
    struct tf_books_totals totals;
    if (run->depth)
        tf_book_view(run, false);
    if (run->check) {
        tf_book_check_all(&run->checked, run->books, true);
        name_violations(run);
    }
    tf_books_totals(run->books, &totals);
    if (arguments->json)
        print_json(run, &totals);
    else if (!arguments->quiet && !run->depth)
        print_text(run, &totals);
    fflush(stdout);
    return run->check && tf_book_check_violations(&run->checked, &totals) ? -TF_EDATA : 0;
}

static void linger(uint64_t linger_ns)
{
    uint64_t now = tf_monotonic_ns();
    uint64_t until = linger_ns < UINT64_MAX - now ? now + linger_ns : UINT64_MAX;
    while (now < until && !tf_stop_requested()) {
        uint64_t nap = until - now < 100 * TF_NS_PER_MS ? until - now : 100 * TF_NS_PER_MS;
        tf_sleep_until(now + nap);
        now = tf_monotonic_ns();
    }
}

static int run_book(int argc, char **argv)
{
    static struct arguments arguments = {.run = {.attach = TF_ATTACH_ARGS_INIT,
                                                 .publish = TF_PUBLISHER_ARGS_INIT,
                                                 .book_options = TF_BOOKS_OPTIONS_INIT,
                                                 .dead_after_ns = 10 * TF_NS_PER_S,
                                                 .view_every_ns = TF_NS_PER_S}};
    struct tf_book_run *run = &arguments.run;
    int error = parse(&arguments, argc, argv);
    if (error)
        return error;
    tf_stop_on_signals();
    int status = 0;
    run->books = tf_books_create(&run->book_options);
    if (!run->books)
        error = tf_fail(TF_EOS, "no memory for the books of %" PRIu64 " orders",
                        run->book_options.orders);
    if (!error)
        error = tf_attach_with(&run->attach, &run->reader);
    if (!error && !run->is_silent)
        error = tf_publisher_create(&run->publish.options, &run->publisher);
    if (!error) {
        error = tf_book_follow(run);
        status = report(&arguments);
    }
    if (run->publisher) {
        tf_publisher_end(run->publisher);
        linger(arguments.linger_ns);
        tf_publisher_close(run->publisher);
    }
    tf_detach(run->reader);
    tf_books_destroy(run->books);
    tf_book_check_close(&run->checked);
    if (error == TF_DEAD) {
        fprintf(stderr, "tickfan book: %s\n", tf_strerror(error));
        return -TF_ENOSTREAM;
    }
    return error ? tf_command_fail(&tf_cmd_book, error) : status;
}
