/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf: what this machine can do, what this build does on it, and whether that is enough. */
#include "job.h"
#include "perf_words.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: tickfan perf WHAT [OPTION]...\n"
    "\n"
    "  tickfan perf all --html report.html   everything, in under ten minutes, as a page\n"
    "  tickfan perf latency --cpus 2,4       one tick from CPU 2 to CPU 4\n"
    "  tickfan perf fanout --readers 15      one publisher, 15 readers\n"
    "  tickfan perf verify --profile small   are the goals met? exit status 0, 1 or 75\n"
    "  tickfan perf baseline save            later: tickfan perf baseline check\n"
    "\n"
    "Absolute times say something about this machine at this moment; ratios of one run hold.\n"
    "\n"
    "What to measure ('tickfan perf WHAT --help' has more):\n"
    "  latency       a tick from one process to another, paced, beside the raw cache line\n"
    "  throughput    ticks a second to one reader, by batch and by size\n"
    "  fanout        1 to N readers: each one's percentiles, the last one's, fairness\n"
    "  compare       Tickfan beside what one would use instead, in one run\n"
    "  publish       what publishing and reading one tick costs: time, instructions, cycles\n"
    "  wait          each way of waiting: wake-up latency, CPU used while idle\n"
    "  feed          decoding, by protocol\n"
    "  replay        how precisely a recording is paced\n"
    "  memory        page sizes, placement, TLB\n"
    "  jitter        the machine alone: how long and how often it is away\n"
    "  model         more readers and sockets than this machine has: a simulation\n"
    "\n"
    "What to do with it:\n"
    "  all           every measurement\n"
    "  verify        measure what the goals of a profile need, and judge\n"
    "  baseline      save what was measured, or check against what was saved\n"
    "  report FILE   show a result that --output kept\n"
    "  list          what can be measured and compared here, and what is missing\n"
    "\n"
    "Options ('WHAT --help' lists those that mean something there):\n"
    /* clang-format off */
    TF_PERF_OPTIONS(TF_PERF_OPTION_HELP)
    /* clang-format on */
    "\n"
    "Exit status: 0; verify and baseline check: 0 pass, 1 fail, 75 invalid, this machine\n"
    "cannot show it; 64 wrong usage; 75 a clock that cannot be trusted, a CPU that is not\n"
    "allowed, or stopped by a signal.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_perf = {"perf", "measure this machine and this build on it",
                                       NULL, run};

static const struct tf_perf_word *const special[] = {
    &tf_word_all, &tf_word_verify, &tf_word_baseline, &tf_word_report, &tf_word_list};
enum { SPECIAL = sizeof special / sizeof special[0] };

static const struct tf_perf_word *find_special(const char *name)
{
    for (int i = 0; i < SPECIAL; i++)
        if (strcmp(special[i]->name, name) == 0)
            return special[i];
    return NULL;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int print_help(const char *name, const char *text)
{
    if (strncmp(text, "usage:", 6) != 0)
        printf("usage: tickfan perf %s [OPTION]...\n\n", name);
    printf("%s%s\nOptions:\n", text, *text && text[strlen(text) - 1] != '\n' ? "\n" : "");
    tf_perf_print_options(stdout, name);
    return 0;
}

/* One measurement, and nothing judged. */
static int measure(const struct tf_command *command, const struct tf_measurement *measurement,
                   int argc, char **argv)
{
    struct tf_perf_job job;
    const struct tf_measurement *const which[] = {measurement, NULL};
    int status = tf_perf_begin(&job, command, argc, argv, 0);
    if (status || !getenv("TF_PERF_CASE"))
        return status ? status : tf_perf_measure(&job, which);
    int error = tf_suite_run_bare(measurement, &job.options);
    return error < 0 ? tf_command_fail(command, error) : 0;
}

static int run_word(const char *name, int argc, char **argv, bool help_only)
{
    const struct tf_perf_word *word = find_special(name);
    const struct tf_measurement *measurement = word ? NULL : tf_measurement_find(name);
    if (!word && !measurement)
        return tf_command_usage(&tf_cmd_perf, "there is no '%s' to measure", name);
    if (help_only)
        return print_help(name, word ? word->help : measurement->help);
    char full[64];
    snprintf(full, sizeof full, "perf %s", name);
    const struct tf_command command = {.name = full};
    return word ? word->run(&command, argc, argv) : measure(&command, measurement, argc, argv);
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return tf_command_usage(&tf_cmd_perf,
                                "what is to be measured? 'all' takes ten minutes");
    const char *name = argv[1];
    bool ask = strcmp(name, "help") == 0;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (ask && argc == 2)) {
        fputs(help, stdout);
        return 0;
    }
    if (ask)
        return run_word(argv[2], argc - 2, argv + 2, true);
    if (name[0] == '-')
        return tf_command_usage(&tf_cmd_perf,
                                "'%s': what to measure comes first, as in "
                                "'tickfan perf latency --quick'",
                                name);
    return run_word(name, argc - 1, argv + 1, wants_help(argc - 1, argv + 1));
}
