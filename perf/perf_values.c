/* SPDX-License-Identifier: Apache-2.0 */
#include "perf_values.h"

#include "error.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int tf_perf_whole(const struct tf_command *command, const char *option, const char *value,
                  uint32_t low, uint32_t high, uint32_t *number)
{
    uint64_t parsed;
    if (!tf_parse_u64(value, high, &parsed) || parsed < low)
        return tf_command_usage(command, "%s %s: a number from %u to %u is wanted", option,
                                value, low, high);
    *number = (uint32_t)parsed;
    return 0;
}

int tf_perf_real(const struct tf_command *command, const char *option, const char *value,
                 double low, double high, double *number)
{
    char *end;
    double parsed = strtod(value, &end), unit = 1;
    if (*end == 'k' || *end == 'K')
        unit = 1e3;
    else if (*end == 'M')
        unit = 1e6;
    else if (*end == 'G')
        unit = 1e9;
    if (unit > 1)
        end++;
    parsed *= unit;
    /* Written so that not-a-number is refused too. */
    if (end == value || *end || !(parsed >= low && parsed <= high))
        return tf_command_usage(command, "%s %s: a number from %g to %g is wanted", option,
                                value, low, high);
    *number = parsed;
    return 0;
}

int tf_perf_seed(const struct tf_command *command, const char *value, uint64_t *seed)
{
    if (tf_parse_u64(value, UINT64_MAX, seed))
        return 0;
    return tf_command_usage(command, "--seed %s: a whole number is wanted", value);
}

int tf_perf_word(const struct tf_command *command, const char *option, const char *value,
                 const char *const *list, const char **word)
{
    char known[128] = "";
    for (; *list; list++) {
        if (strcmp(*list, value) == 0) {
            *word = *list;
            return 0;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", *list);
    }
    return tf_command_usage(command, "%s %s: one of %s is wanted", option, value, known);
}

int tf_perf_readable(const struct tf_command *command, const char *path)
{
    if (access(path, R_OK) == 0)
        return 0;
    return tf_command_fail(command, tf_fail_errno(TF_ENOINPUT, "%s", path));
}

static int not_a_list(const struct tf_command *command, const char *value)
{
    return tf_command_usage(command,
                            "--cpus %s: numbers and ranges such as 2,4 or 0-3 are wanted, the "
                            "writer's CPU first, at most %d CPUs",
                            value, TF_PERF_CPUS_MAX);
}

/* One end of a range; *text moves behind it. */
static bool cpu_number(const char **text, int *cpu)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    long parsed = strtol(*text, &end, 10);
    if (parsed >= CPU_SETSIZE)
        return false;
    *cpu = (int)parsed;
    *text = end;
    return true;
}

static int check_allowed(const struct tf_command *command, const int *cpu, int count)
{
    int allowed[TF_PERF_CPUS_MAX], have = tf_cpus_allowed(allowed, TF_PERF_CPUS_MAX);
    for (int i = 0; i < count; i++) {
        bool found = false;
        for (int j = 0; j < have && !found; j++)
            found = allowed[j] == cpu[i];
        if (!found)
            return tf_command_fail(command, tf_fail(TF_EBUSY,
                                                    "CPU %d is not there, or not allowed to "
                                                    "this process; 'taskset -pc $$' shows "
                                                    "which are",
                                                    cpu[i]));
    }
    return 0;
}

int tf_perf_cpus(const struct tf_command *command, const char *value,
                 struct tf_perf_options *options)
{
    const char *at = value;
    options->cpus = 0;
    for (;;) {
        int first, last;
        if (!cpu_number(&at, &first))
            return not_a_list(command, value);
        last = first;
        if (*at == '-' && (at++, !cpu_number(&at, &last) || last < first))
            return not_a_list(command, value);
        for (int cpu = first; cpu <= last; cpu++) {
            if (options->cpus == TF_PERF_CPUS_MAX)
                return not_a_list(command, value);
            options->cpu[options->cpus++] = cpu;
        }
        if (!*at)
            break;
        if (*at++ != ',')
            return not_a_list(command, value);
    }
    options->cpus_given = true;
    return check_allowed(command, options->cpu, options->cpus);
}

int tf_perf_cpus_distinct(const struct tf_command *command,
                          const struct tf_perf_options *options)
{
    bool taken[CPU_SETSIZE] = {false};
    for (int i = 0; i < options->cpus && !options->functional; i++) {
        if (taken[options->cpu[i]])
            return tf_command_usage(command,
                                    "--cpus: CPU %d twice; two spinning processes cannot share "
                                    "one (--functional lets readers share)",
                                    options->cpu[i]);
        taken[options->cpu[i]] = true;
    }
    return 0;
}

static bool parse_stall(const char *value, struct tf_perf_options *options)
{
    char length[32];
    const char *slash = strchr(value, '/');
    if (!slash || slash == value || (size_t)(slash - value) >= sizeof length)
        return false;
    memcpy(length, value, (size_t)(slash - value));
    length[slash - value] = 0;
    return tf_parse_duration(length, &options->stall_ns) &&
           tf_parse_duration(slash + 1, &options->stall_every_ns) && options->stall_ns > 0 &&
           options->stall_ns < options->stall_every_ns;
}

int tf_perf_inject(const struct tf_command *command, const char *value,
                   struct tf_perf_options *options)
{
    if (strcmp(value, "torn") == 0) {
        options->tear = true;
        return 0;
    }
    if (strncmp(value, "stall=", 6) == 0 && parse_stall(value + 6, options))
        return 0;
    if (strncmp(value, "skew=", 5) == 0) {
        char *end;
        double skew = strtod(value + 5, &end);
        if (end > value + 5 && (*end == 0 || strcmp(end, "ns") == 0) && skew != 0 &&
            fabs(skew) <= 1e9) {
            options->skew_ns = skew;
            return 0;
        }
    }
    return tf_command_usage(command,
                            "--inject %s: stall=1ms/1s (so long, so often), skew=500 "
                            "(nanoseconds) or torn is wanted",
                            value);
}
