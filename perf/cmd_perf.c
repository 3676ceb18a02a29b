/* SPDX-License-Identifier: Apache-2.0 */
/* tickfan perf: what this build does on this machine. */
#include "command.h"
#include "ring_speed.h"
#include "text.h"
#include "tickfan.h"

#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: tickfan perf ring [OPTION]...\n"
    "\n"
    "  tickfan perf ring                    cost of a tick, and hand-off beside a raw cache "
    "line's\n"
    "  tickfan perf ring --cpus 2,4 --json  between these two CPUs, for a script\n"
    "  valgrind --tool=callgrind tickfan perf ring --only 'write batch 32' --ticks 1000000\n"
    "                                       instructions, where the CPU does not let us count\n"
    "\n"
    "Absolute times say something about this machine at this moment; compare ratios of one "
    "run.\n"
    "\n"
    "      --cpus W,R       CPUs of writer and reader (default: the first two allowed)\n"
    "      --samples N      hand-offs per round (default 20000)\n"
    "      --rounds N       rounds (default 5)\n"
    "      --ticks N        ticks per cost loop (default 4000000)\n"
    "      --only CASE      one cost loop and nothing else\n"
    "      --json           one JSON object\n"
    "\n"
    "Exit status: 0; 75 when there are not two CPUs to measure between.\n";

static int run(int argc, char **argv);
const struct tf_command tf_cmd_perf = {"perf", "measure the ring on this machine", help, run};

enum { ARG_CPUS = 1, ARG_SAMPLES, ARG_ROUNDS, ARG_TICKS, ARG_ONLY, ARG_JSON };

struct arguments {
    int cpu[2];
    uint64_t samples, rounds, ticks;
    const char *only;
    bool json;
};

static bool first_two_cpus(int cpu[2])
{
    cpu_set_t set;
    int found = 0;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return false;
    for (size_t i = 0; i < CPU_SETSIZE && found < 2; i++)
        if (CPU_ISSET(i, &set))
            cpu[found++] = (int)i;
    return found == 2;
}

static int parse(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {{"cpus", required_argument, 0, ARG_CPUS},
                                            {"samples", required_argument, 0, ARG_SAMPLES},
                                            {"rounds", required_argument, 0, ARG_ROUNDS},
                                            {"ticks", required_argument, 0, ARG_TICKS},
                                            {"only", required_argument, 0, ARG_ONLY},
                                            {"json", no_argument, 0, ARG_JSON},
                                            {0, 0, 0, 0}};
    const struct tf_command *self = &tf_cmd_perf;
    int option;
    while ((option = getopt_long(argc, argv, "", options, 0)) != -1) {
        bool good = true;
        switch (option) {
        case ARG_CPUS:
            good = sscanf(optarg, "%d,%d", &arguments->cpu[0], &arguments->cpu[1]) == 2;
            break;
        case ARG_SAMPLES:
            good = tf_parse_u64(optarg, 100000000, &arguments->samples) &&
                   arguments->samples >= 100;
            break;
        case ARG_ROUNDS:
            good = tf_parse_u64(optarg, 1000, &arguments->rounds) && arguments->rounds >= 1;
            break;
        case ARG_TICKS:
            good = tf_parse_u64(optarg, UINT64_C(1) << 40, &arguments->ticks) &&
                   arguments->ticks >= 64;
            break;
        case ARG_ONLY:
            arguments->only = optarg;
            break;
        case ARG_JSON:
            arguments->json = true;
            break;
        default:
            return tf_command_usage(self, "unknown option, or one without its value");
        }
        if (!good)
            return tf_command_usage(self, "'%s' is out of range", optarg);
    }
    if (argc - optind != 1 || strcmp(argv[optind], "ring") != 0)
        return tf_command_usage(self, "what to measure: ring");
    return 0;
}

static int run_only(const struct arguments *arguments)
{
    for (int i = 0; i < TF_COST_CASES; i++) {
        if (strcmp(arguments->only, tf_cost_names[i]) == 0) {
            struct tf_cost cost = tf_cost_measure((enum tf_cost_case)i, arguments->ticks, 1);
            printf("%s %.2f ns\n", tf_cost_names[i], cost.ns);
            return 0;
        }
    }
    return tf_command_usage(&tf_cmd_perf, "--only %s: one of '%s', '%s', '%s', '%s'",
                            arguments->only, tf_cost_names[0], tf_cost_names[1],
                            tf_cost_names[2], tf_cost_names[3]);
}

static void print_text(const struct tf_cost *costs, const struct tf_handoff *handoff)
{
    printf("%-16s %10s %14s\n", "cost of a tick", "ns", "instructions");
    for (int i = 0; i < TF_COST_CASES; i++) {
        char count[16] = "not counted";
        if (costs[i].instructions >= 0)
            snprintf(count, sizeof count, "%.1f", costs[i].instructions);
        printf("%-16s %10.2f %14s\n", tf_cost_names[i], costs[i].ns, count);
    }
    printf("\n%-16s %8s %8s %8s %8s\n", "hand-off, ns", "p50", "p90", "p99", "max");
    const struct tf_histogram *rows[] = {&handoff->raw, &handoff->ring};
    for (int i = 0; i < 2; i++)
        printf("%-16s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
               i ? "ring" : "raw line", tf_histogram_percentile(rows[i], 50),
               tf_histogram_percentile(rows[i], 90), tf_histogram_percentile(rows[i], 99),
               rows[i]->max);
    printf("%-16s %8.2f %8s %8.2f\n", "ratio",
           (double)tf_histogram_percentile(rows[1], 50) /
               (double)tf_histogram_percentile(rows[0], 50),
           "",
           (double)tf_histogram_percentile(rows[1], 99) /
               (double)tf_histogram_percentile(rows[0], 99));
    printf("\nflood, one reader: %.1f M ticks/s read, %.1f %% overrun\n",
           handoff->ring_flood / 1e6, handoff->ring_lost * 100);
}

static void print_json(const struct tf_cost *costs, const struct tf_handoff *handoff)
{
    printf("{\"cost\":{");
    for (int i = 0; i < TF_COST_CASES; i++) {
        printf("%s\"%s\":{\"ns\":%.3f,\"instructions\":", i ? "," : "", tf_cost_names[i],
               costs[i].ns);
        if (costs[i].instructions >= 0)
            printf("%.2f}", costs[i].instructions);
        else
            printf("null}");
    }
    printf("},\"handoff_ns\":{");
    const struct tf_histogram *rows[] = {&handoff->raw, &handoff->ring};
    for (int i = 0; i < 2; i++)
        printf("%s\"%s\":{\"p50\":%" PRIu64 ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64
               ",\"max\":%" PRIu64 "}",
               i ? "," : "", i ? "ring" : "raw", tf_histogram_percentile(rows[i], 50),
               tf_histogram_percentile(rows[i], 90), tf_histogram_percentile(rows[i], 99),
               rows[i]->max);
    printf("},\"flood\":{\"ticks_per_second\":%.0f,\"overrun_share\":%.4f}}\n",
           handoff->ring_flood, handoff->ring_lost);
}

static int run(int argc, char **argv)
{
    struct arguments arguments = {
        .cpu = {-1, -1}, .samples = 20000, .rounds = 5, .ticks = 4 * 1000 * 1000};
    int error = parse(&arguments, argc, argv);
    if (error)
        return error;
    if (arguments.only)
        return run_only(&arguments);
    if (arguments.cpu[0] < 0 && !first_two_cpus(arguments.cpu)) {
        fprintf(stderr,
                "tickfan perf: a hand-off needs two CPUs and this process may use one\n");
        return -TF_EBUSY;
    }
    struct tf_cost costs[TF_COST_CASES];
    static struct tf_handoff handoff;
    for (int i = 0; i < TF_COST_CASES; i++)
        costs[i] =
            tf_cost_measure((enum tf_cost_case)i, arguments.ticks, (int)arguments.rounds);
    if (!tf_handoff_measure(&handoff, arguments.cpu[0], arguments.cpu[1], arguments.samples,
                            (int)arguments.rounds)) {
        fprintf(
            stderr,
            "tickfan perf: cannot run on CPUs %d and %d; 'taskset -p $$' shows the allowed\n",
            arguments.cpu[0], arguments.cpu[1]);
        return -TF_EBUSY;
    }
    if (arguments.json)
        print_json(costs, &handoff);
    else
        print_text(costs, &handoff);
    return 0;
}
