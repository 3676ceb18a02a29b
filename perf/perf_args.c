/* SPDX-License-Identifier: Apache-2.0 */
#include "perf_args.h"

#include "contest.h"
#include "error.h"
#include "perf_values.h"

#include <getopt.h>
#include <string.h>

enum word {
    LATENCY = 1 << 0,
    THROUGHPUT = 1 << 1,
    FANOUT = 1 << 2,
    COMPARE = 1 << 3,
    PUBLISH = 1 << 4,
    WAIT = 1 << 5,
    FEED = 1 << 6,
    REPLAY = 1 << 7,
    MEMORY = 1 << 8,
    JITTER = 1 << 9,
    MODEL = 1 << 10,
    ALL = 1 << 11,
    VERIFY = 1 << 12,
    BASELINE = 1 << 13,
    REPORT = 1 << 14,
    LIST = 1 << 15,
    CONTESTS = LATENCY | THROUGHPUT | FANOUT | COMPARE | PUBLISH,
    SUITES = ALL | VERIFY | BASELINE,
    MEASURING = CONTESTS | WAIT | FEED | REPLAY | MEMORY | JITTER | MODEL | SUITES,
    EVERY = MEASURING | REPORT | LIST
};
static const char *const words[] = {
    "latency", "throughput", "fanout", "compare", "publish", "wait",     "feed",   "replay",
    "memory",  "jitter",     "model",  "all",     "verify",  "baseline", "report", "list"};
enum { WORDS = sizeof words / sizeof words[0] };

#define ID(id, name, value, applies, help) ARG_##id,
enum { ARG_NONE, TF_PERF_OPTIONS(ID) ARG_END };
#undef ID

#define RULE(id, name, value, applies, help) {ARG_##id, name, value, applies, help},
static const struct rule {
    int id;
    const char *name;
    bool value;
    int words; /* enum word */
    const char *help;
} rules[] = {TF_PERF_OPTIONS(RULE)};
enum { RULES = sizeof rules / sizeof rules[0] };
#undef RULE

const char tf_perf_options_help[] = TF_PERF_OPTIONS(TF_PERF_OPTION_HELP);

/* A measurement that is not in `words` takes whatever any measurement takes. */
static int word_of(const char *name)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(words[i], name) == 0)
            return 1 << i;
    return MEASURING;
}

void tf_perf_print_options(FILE *out, const char *word)
{
    for (int i = 0; i < RULES; i++)
        if (rules[i].words & word_of(word))
            fputs(rules[i].help, out);
}

static int refuse(const struct tf_command *command, const struct rule *rule)
{
    char list[256] = "";
    for (int i = 0; i < WORDS; i++) {
        if (!(rule->words & (1 << i)))
            continue;
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", words[i]);
    }
    return tf_command_usage(command, "--%s means nothing here; it goes with %s", rule->name,
                            list);
}

/* 0, or the exit status.  What can be wrong with a value is said where it is read. */
static int take_number(const struct tf_command *command, int id, const char *value,
                       struct tf_perf_options *options)
{
    switch (id) {
    case ARG_READERS:
        return tf_perf_whole(command, "--readers", value, 1, TF_CONTEST_READERS_MAX,
                             &options->readers);
    case ARG_ROUNDS:
        return tf_perf_whole(command, "--rounds", value, 1, 1000, &options->rounds);
    case ARG_BATCH:
        return tf_perf_whole(command, "--batch", value, 1, 64, &options->batch);
    case ARG_SCALE:
        return tf_perf_real(command, "--scale", value, 0.01, 100, &options->scale);
    case ARG_RATE:
        return tf_perf_real(command, "--rate", value, 1, 1e9, &options->rate);
    case ARG_SEED:
        return tf_perf_seed(command, value, &options->seed);
    case ARG_CPUS:
        return tf_perf_cpus(command, value, options);
    default:
        return tf_perf_inject(command, value, options);
    }
}

static int take_text(const struct tf_command *command, int id, const char *value, int word,
                     struct tf_perf_options *options, struct tf_perf_output *output)
{
    static const char *const spacings[] = {"constant", "ramp", "burst", "recorded", NULL};
    static const char *const backings[] = {"auto", "sysv", "file", NULL};
    switch (id) {
    case ARG_PROFILE:
        if (word == VERIFY) /* the judge knows its profiles */
            output->profile = value;
        else
            return tf_perf_word(command, "--profile", value, spacings, &options->profile);
        break;
    case ARG_BACKING:
        return tf_perf_word(command, "--backing", value, backings, &options->backing);
    case ARG_FILE:
        options->file = value;
        return tf_perf_readable(command, value);
    case ARG_HGRM:
        options->hgrm = value;
        break;
    case ARG_ONLY:
        options->only = value;
        break;
    case ARG_NODES:
        options->nodes = value;
        break;
    case ARG_HTML:
        output->html = value;
        break;
    case ARG_OUTPUT:
        output->output = value;
        break;
    case ARG_FOLDER:
        output->folder = value;
        break;
    default:
        return -1; /* not a text */
    }
    if (!*value)
        return tf_command_usage(command, "--%s: its value is empty", rules[id - 1].name);
    return 0;
}

static int take(const struct tf_command *command, int id, const char *value, int word,
                struct tf_perf_options *options, struct tf_perf_output *output)
{
    switch (id) {
    case ARG_QUICK:
        options->scale = 0.25;
        return 0;
    case ARG_FUNCTIONAL:
        options->functional = true;
        return 0;
    case ARG_QUIET:
        options->quiet = true;
        return 0;
    case ARG_JSON:
        output->json = true;
        return 0;
    default:
        break;
    }
    int status = take_text(command, id, value, word, options, output);
    return status < 0 ? take_number(command, id, value, options) : status;
}

/* What only holds for the whole. */
static int settle(const struct tf_command *command, int word, struct tf_perf_options *options)
{
    if (!options->cpus_given)
        options->cpus = tf_cpus_allowed(options->cpu, TF_PERF_CPUS_MAX);
    int wanted = 1 + (int)options->readers;
    /* A model's readers need no CPUs. */
    if (word == MODEL || options->functional || options->readers == 0 ||
        wanted <= options->cpus)
        return tf_perf_cpus_distinct(command, options);
    char why[160];
    snprintf(why, sizeof why,
             "--readers %u: with the writer that takes %d CPUs and %d %s; "
             "--functional lets readers share",
             options->readers, wanted, options->cpus,
             options->cpus_given ? "were given" : "are allowed");
    return options->cpus_given ? tf_command_usage(command, "%s", why)
                               : tf_command_fail(command, tf_fail(TF_EBUSY, "%s", why));
}

/* Verdicts want more of them: with 5 a median near its limit is too close to call more often than not. */
static unsigned rounds_of(int word)
{
    return word == VERIFY ? 10 : 5;
}

int tf_perf_parse(const struct tf_command *command, int argc, char **argv,
                  struct tf_perf_options *options, struct tf_perf_output *output, int *rest)
{
    const int word = word_of(argv[0]);
    *options = (struct tf_perf_options){.rounds = rounds_of(word), .scale = 1, .seed = 1};
    *output = (struct tf_perf_output){0};
    struct option list[RULES + 1] = {{0, 0, 0, 0}};
    for (int i = 0; i < RULES; i++)
        list[i] = (struct option){
            rules[i].name, rules[i].value ? required_argument : no_argument, 0, rules[i].id};
    int id;
    opterr = 0;
    optind = 0; /* a fresh start, also for a second call */
    while ((id = getopt_long(argc, argv, ":q", list, 0)) != -1) {
        if (id == 'q')
            id = ARG_QUIET;
        if (id == ':')
            return tf_command_usage(command, "%s needs a value", argv[optind - 1]);
        if (id == '?')
            return tf_command_usage(command, "there is no option '%s'", argv[optind - 1]);
        if (!(rules[id - 1].words & word))
            return refuse(command, &rules[id - 1]);
        int status = take(command, id, optarg, word, options, output);
        if (status)
            return status;
    }
    *rest = optind;
    return word & MEASURING ? settle(command, word, options) : 0;
}
