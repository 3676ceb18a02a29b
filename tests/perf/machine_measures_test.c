/* SPDX-License-Identifier: Apache-2.0 */
/* perf jitter and perf memory, with little work: every row says something, and nothing stays behind. */
#include "measurement.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tf_perf_options options;
static json_t *out;

static void begin(void)
{
    options = (struct tf_perf_options){.rounds = 2, .scale = 0.01, .seed = 7, .quiet = true};
    options.cpus = tf_cpus_allowed(options.cpu, TF_PERF_CPUS_MAX);
    if (options.cpus > 2)
        options.cpus = 2;
    out = json_array();
}

static void end(void)
{
    json_decref(out);
}

TestSuite(measures, .init = begin, .fini = end, .timeout = 120);

static json_t *rows_of(const struct tf_measurement *measurement)
{
    cr_assert_eq(measurement->run(&options, out), 0, "%s", tf_errmsg());
    json_t *one = json_array_get(out, 0);
    static const char *const keys[] = {"measurement", "title", "explains", "setup",
                                       "seconds",     "rows",  "notes"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_expect(json_object_get(one, keys[i]), "no %s", keys[i]);
    return json_object_get(one, "rows");
}

Test(measures, jitter_has_each_cpu_alone_and_all_together)
{
    size_t i;
    json_t *row;
    json_t *rows = rows_of(&tf_measure_jitter);
    cr_expect_eq(json_array_size(rows), options.cpus > 1 ? 2 * (size_t)options.cpus : 1);
    json_array_foreach(rows, i, row)
    {
        json_t *noise = json_object_get(row, "noise");
        cr_assert(noise, "row %zu", i);
        cr_expect_eq(json_integer_value(json_object_get(noise, "cpu")),
                     options.cpu[i % (size_t)options.cpus]);
        cr_expect_gt(json_number_value(json_object_get(noise, "seconds")), 0);
    }
}

Test(measures, jitter_of_a_cpu_that_is_not_there_is_skipped)
{
    options.cpus = 1;
    options.cpu[0] = TF_PERF_CPUS_MAX - 1;
    json_t *row = json_array_get(rows_of(&tf_measure_jitter), 0);
    cr_expect(strstr(json_string_value(json_object_get(row, "skipped")), "CPU 1023"));
    cr_expect_null(json_object_get(row, "noise"));
}

Test(measures, jitter_writes_histograms)
{
    char folder[] = "/tmp/measures-test.XXXXXX", path[128];
    cr_assert(mkdtemp(folder));
    options.hgrm = folder;
    options.only = "alone";
    rows_of(&tf_measure_jitter);
    for (int i = 0; i < options.cpus; i++) {
        snprintf(path, sizeof path, "%s/jitter_CPU_%d_alone.hgrm", folder, options.cpu[i]);
        cr_expect_eq(unlink(path), 0, "%s is not there", path);
    }
    cr_expect_eq(rmdir(folder), 0);
}

static int stages(void)
{
    int count = 0;
    DIR *shm = opendir("/dev/shm");
    char mine[64];
    const char *directory = getenv("TICKFAN_DIR");
    snprintf(mine, sizeof mine, "%s", directory ? directory : "");
    cr_expect_str_eq(mine, "/nowhere");
    for (struct dirent *entry; shm && (entry = readdir(shm)) != NULL;)
        count += strncmp(entry->d_name, "memory-", 7) == 0;
    if (shm)
        closedir(shm);
    return count;
}

Test(measures, memory_measures_or_says_why_not)
{
    size_t i, measured = 0;
    json_t *row;
    cpu_set_t before, after;
    setenv("TICKFAN_DIR", "/nowhere", 1);
    sched_getaffinity(0, sizeof before, &before);
    json_t *rows = rows_of(&tf_measure_memory);
    json_array_foreach(rows, i, row)
    {
        json_t *memory = json_object_get(row, "memory");
        const char *skipped = json_string_value(json_object_get(row, "skipped"));
        cr_expect(!memory != !skipped, "row %zu has one of both", i);
        cr_expect(!skipped || skipped[0], "row %zu does not say why", i);
        if (memory)
            cr_expect_gt(json_number_value(json_object_get(memory, "ns_per_line")), 0);
        measured += memory != NULL;
    }
    /* Ordinary pages are everywhere: two walks of two sizes, two halves of three rings. */
    cr_expect_geq(measured, 4 + 6);
    cr_expect_eq(stages(), 0);
    sched_getaffinity(0, sizeof after, &after);
    cr_expect(CPU_EQUAL(&before, &after));
}

Test(measures, only_what_was_asked_for)
{
    size_t i;
    json_t *row;
    options.only = "rings";
    json_t *rows = rows_of(&tf_measure_memory);
    cr_expect_gt(json_array_size(rows), 0);
    json_array_foreach(rows, i, row)
        cr_expect(json_object_get(row, "x"), "row %zu is of no ring", i);
}

Test(measures, what_is_not_there_is_refused)
{
    options.only = "sandwich";
    cr_expect_eq(tf_measure_memory.run(&options, out), TF_EUSAGE);
    cr_expect(strstr(tf_errmsg(), "sandwich"));
    cr_expect_eq(tf_measure_jitter.run(&options, out), TF_EUSAGE);
    cr_expect_eq(json_array_size(out), 0);
    options.only = NULL;
    options.cpu[0] = TF_PERF_CPUS_MAX - 1;
    cr_expect_eq(tf_measure_memory.run(&options, out), TF_EBUSY);
}
