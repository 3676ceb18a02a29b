/* SPDX-License-Identifier: Apache-2.0 */
/* perf_args.h - the options that all words of `tickfan perf` share. */
#ifndef TF_PERF_ARGS_H
#define TF_PERF_ARGS_H

#include "command.h"
#include "measurement.h"

#include <stdio.h>

/* Besides what measurements take: where the result goes. */
struct tf_perf_output {
    bool json;           /* the object on standard output instead of tables */
    const char *html;    /* a page */
    const char *output;  /* the object in a file */
    const char *profile; /* verify's --profile small|xeon64 */
    const char *folder;  /* --folder: of baselines */
};

/*
 * X(ID, "name", takes a value, words it means something to, "lines of --help").  The one list that the parser, every
 * --help and, through tests/e2e/man, the manual agree with.
 */
#define TF_PERF_OPTIONS(X)                                                                     \
    X(CPUS, "cpus", true, MEASURING,                                                           \
      "      --cpus LIST       CPUs, the writer's first: 2,4 or 0-3 (default: all allowed)\n") \
    X(READERS, "readers", true, CONTESTS | WAIT | MODEL | SUITES,                              \
      "      --readers N       readers, each on a CPU of its own\n")                           \
    X(ROUNDS, "rounds", true, MEASURING,                                                       \
      "      --rounds N        rounds of interleaved blocks (default 5; of verify 10)\n")      \
    X(QUICK, "quick", false, MEASURING, "      --quick           a quarter of the work\n")     \
    X(SCALE, "scale", true, MEASURING,                                                         \
      "      --scale X         this many times the work, 0.01 to 100\n")                       \
    X(RATE, "rate", true, CONTESTS | WAIT | REPLAY | MODEL | SUITES,                           \
      "      --rate N          messages a second, where they are paced: 200k, 1M\n")           \
    X(BATCH, "batch", true, CONTESTS | SUITES,                                                 \
      "      --batch N         messages per send, 1 to 64\n")                                  \
    X(PROFILE, "profile", true, LATENCY | FANOUT | COMPARE | ALL | VERIFY,                     \
      "      --profile NAME    how messages are spaced: constant, ramp, burst or recorded;\n"  \
      "                        of verify: what is demanded: small (default) or xeon64\n")      \
    X(FILE, "file", true, LATENCY | FEED | REPLAY | MODEL | SUITES,                            \
      "      --file FILE       a recording to measure with (default: a generated one);\n"      \
      "                        of model: a stored result to calibrate from\n")                 \
    X(ONLY, "only", true, MEASURING,                                                           \
      "      --only LIST       only these transports or cases\n")                              \
    X(NODES, "nodes", true, CONTESTS | WAIT | REPLAY | MEMORY | SUITES,                        \
      "      --nodes LIST      NUMA nodes that get a ring: 0,1\n")                             \
    X(BACKING, "backing", true, CONTESTS | WAIT | REPLAY | MEMORY | SUITES,                    \
      "      --backing KIND    shared memory: auto, sysv or file\n")                           \
    X(FUNCTIONAL, "functional", false, CONTESTS | SUITES,                                      \
      "      --functional      more readers than CPUs: deliver and count, judge no time\n")    \
    X(SEED, "seed", true, MEASURING,                                                           \
      "      --seed N          of everything that is drawn by lot (default 1)\n")              \
    X(INJECT, "inject", true, MEASURING,                                                       \
      "      --inject FAULT    self-test: stall=1ms/1s, skew=NS or torn\n")                    \
    X(JSON, "json", false, EVERY,                                                              \
      "      --json            one JSON object instead of tables\n")                           \
    X(HTML, "html", true, MEASURING | REPORT,                                                  \
      "      --html FILE       the result as one page for a browser\n")                        \
    X(OUTPUT, "output", true, MEASURING | REPORT,                                              \
      "      --output FILE     keep the result: 'tickfan perf report FILE' shows it again\n")  \
    X(HGRM, "hgrm", true, MEASURING,                                                           \
      "      --hgrm FOLDER     every histogram as HdrHistogram's plotter reads it\n")          \
    X(FOLDER, "folder", true, BASELINE,                                                        \
      "      --folder FOLDER   of baselines (default $XDG_STATE_HOME/tickfan/perf)\n")         \
    X(QUIET, "quiet", false, MEASURING, "  -q, --quiet           no progress\n")

#define TF_PERF_OPTION_HELP(id, name, value, words, help) help
extern const char tf_perf_options_help[]; /* all those lines */

/* Those that mean something to one word. */
void tf_perf_print_options(FILE *out, const char *word);

/*
 * argv[0] is the word: a measurement's name, all, verify, baseline, report, list.  0, and *rest is the first
 * operand; else the exit status after it has complained: 64; 66 a file that is not there; 75 a CPU that is not allowed.
 */
int tf_perf_parse(const struct tf_command *command, int argc, char **argv,
                  struct tf_perf_options *options, struct tf_perf_output *output, int *rest);

#endif
