/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms and spreads as JSON and as HdrHistogram's text. */
#include "measurement.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct tf_histogram histogram;
static char folder[64], text[65536];

static void begin(void)
{
    tf_histogram_reset(&histogram);
    snprintf(folder, sizeof folder, "/tmp/histogram-test.XXXXXX");
    cr_assert(mkdtemp(folder));
}

static int file_count(bool remove)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            if (remove)
                unlinkat(dirfd(directory), entry->d_name, 0);
        }
    closedir(directory);
    return count;
}

static void end(void)
{
    file_count(true);
    rmdir(folder);
}

TestSuite(histogram_json, .init = begin, .fini = end);
TestSuite(hgrm, .init = begin, .fini = end);

static json_int_t number(const json_t *json, const char *key)
{
    json_t *value = json_object_get(json, key);
    cr_assert(json_is_integer(value), "%s is no integer", key);
    return json_integer_value(value);
}

/* ---- JSON ------------------------------------------------------------------------------------- */

Test(histogram_json, of_nothing_is_a_count)
{
    json_t *json = tf_histogram_json(&histogram);
    cr_expect_eq(number(json, "count"), 0);
    cr_expect_eq(json_object_size(json), 1);
    json_decref(json);
}

Test(histogram_json, of_one_value)
{
    tf_histogram_record(&histogram, 95);
    json_t *json = tf_histogram_json(&histogram);
    static const char *const keys[] = {"min", "p50", "p90", "p99", "p99_9", "p99_99", "max"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cr_expect_eq(number(json, keys[i]), 95, "%s", keys[i]);
    cr_expect_eq(json_array_size(json_object_get(json, "curve")), 2);
    json_decref(json);
}

static void expect_curve(const json_t *curve, size_t least)
{
    double last_percent = -1, last_value = -1;
    size_t i;
    json_t *point;
    cr_expect(json_array_size(curve) >= least && json_array_size(curve) <= 120, "%zu points",
              json_array_size(curve));
    json_array_foreach(curve, i, point)
    {
        double percent = json_number_value(json_array_get(point, 0));
        double value = json_number_value(json_array_get(point, 1));
        cr_expect(percent > last_percent && value >= last_value, "at point %zu", i);
        last_percent = percent;
        last_value = value;
    }
    cr_expect_eq(last_percent, 100);
    cr_expect_eq(json_number_value(json_array_get(json_array_get(curve, 0), 0)), 0);
}

Test(histogram_json, of_a_ramp)
{
    for (uint64_t value = 1; value <= 1000000; value++)
        tf_histogram_record(&histogram, value);
    json_t *json = tf_histogram_json(&histogram);
    cr_expect_eq(number(json, "count"), 1000000);
    cr_expect_eq(number(json, "min"), 1);
    cr_expect_eq(number(json, "max"), 1000000);
    cr_expect_float_eq((double)number(json, "p50"), 500000, 500000 / 64.0);
    cr_expect_float_eq((double)number(json, "p99_9"), 999000, 999000 / 64.0);
    expect_curve(json_object_get(json, "curve"), 100);
    json_decref(json);
}

Test(histogram_json, of_few_values_has_few_points)
{
    for (uint64_t value = 1; value <= 7; value++)
        tf_histogram_record(&histogram, value * 1000);
    json_t *json = tf_histogram_json(&histogram);
    expect_curve(json_object_get(json, "curve"), 2);
    cr_expect_leq(json_array_size(json_object_get(json, "curve")), 8);
    json_decref(json);
}

Test(histogram_json, spread)
{
    json_t *json = tf_spread_json((struct tf_spread){1, 2.5, 4, 5});
    cr_expect_eq(json_real_value(json_object_get(json, "middle")), 2.5);
    cr_expect_eq(number(json, "count"), 5);
    json_decref(json);
    cr_expect(json_is_null(tf_spread_json((struct tf_spread){NAN, NAN, NAN, 0})));
    cr_expect(json_is_null(tf_spread_json((struct tf_spread){1, INFINITY, 4, 5})));
}

/* ---- hgrm ------------------------------------------------------------------------------------- */

static void write_and_read(const char *name, const char *file_name)
{
    char path[256];
    cr_assert_eq(tf_histogram_write_hgrm(&histogram, folder, name), 0, "%s", tf_errmsg());
    snprintf(path, sizeof path, "%s/%s", folder, file_name);
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s is not there", path);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
}

/* What HdrHistogram's own outputPercentileDistribution() prints of it. */
Test(hgrm, of_one_value_to_the_letter)
{
    tf_histogram_record(&histogram, 5);
    write_and_read("one", "one.hgrm");
    cr_expect_str_eq(text, "       Value     Percentile TotalCount 1/(1-Percentile)\n"
                           "\n"
                           "       5.000 0.000000000000          1           1.00\n"
                           "       5.000 1.000000000000          1\n"
                           "#[Mean    =        5.000, StdDeviation   =        0.000]\n"
                           "#[Max     =        5.000, Total count    =            1]\n"
                           "#[Buckets =           59, SubBuckets     =           64]\n");
}

Test(hgrm, steps_halve_the_distance_to_all)
{
    double value, level, odds, last = -1;
    unsigned long count;
    int lines = 0;
    for (uint64_t i = 0; i < 1000; i++)
        tf_histogram_record(&histogram, i % 60);
    write_and_read("steps", "steps.hgrm");
    char *line = strstr(text, "\n\n") + 2;
    for (; sscanf(line, "%lf %lf %lu %lf\n", &value, &level, &count, &odds) == 4;
         line = strchr(line, '\n') + 1, lines++) {
        cr_expect_gt(level, last);
        cr_expect_float_eq(odds, 1 / (1 - level), odds / 100);
        cr_expect_geq((double)count / 1000, level - 1e-9);
        last = level;
    }
    /* Five steps to 50 %, then five to each next halving: 0, 10 .. 50, 55 .. 75, ... */
    cr_expect_gt(lines, 25);
    cr_expect(strstr(text, " 0.550000000000 ") && strstr(text, " 0.775000000000 "));
    cr_expect(strstr(text, "Total count    =         1000]"));
}

Test(hgrm, of_nothing)
{
    write_and_read("nothing", "nothing.hgrm");
    cr_expect(strstr(text, "#[Max     =        0.000, Total count    =            0]"));
}

Test(hgrm, names_stay_in_the_folder_and_apart)
{
    static const char *const names[] = {
        "a/b", "a:b", "../../etc/x", "", ".hidden", "-rf", "a\nb", "latency Tickfan constant"};
    char long_name[400];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect_eq(tf_histogram_write_hgrm(&histogram, folder, names[i]), 0, "%s",
                     tf_errmsg());
    cr_expect_eq(tf_histogram_write_hgrm(&histogram, folder, long_name), 0, "%s", tf_errmsg());
    cr_expect_eq(file_count(false), (int)(sizeof names / sizeof *names) + 1);
    write_and_read("latency Tickfan constant", "latency_Tickfan_constant.hgrm");
}

Test(hgrm, a_link_in_the_way_is_replaced_not_followed)
{
    char path[128], victim[128];
    snprintf(victim, sizeof victim, "%s/victim", folder);
    snprintf(path, sizeof path, "%s/x.hgrm", folder);
    close(open(victim, O_CREAT | O_WRONLY, 0600));
    cr_assert_eq(symlink(victim, path), 0);
    write_and_read("x", "x.hgrm");
    FILE *file = fopen(victim, "r");
    cr_expect_eq(fgetc(file), EOF);
    fclose(file);
}

Test(hgrm, says_where_it_cannot_write)
{
    char path[128];
    snprintf(path, sizeof path, "%s/not/there", folder);
    cr_expect_eq(tf_histogram_write_hgrm(&histogram, path, "x"), TF_ECREATE);
    cr_expect(strstr(tf_errmsg(), path), "%s", tf_errmsg());
    snprintf(path, sizeof path, "%s/file", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    cr_expect_eq(tf_histogram_write_hgrm(&histogram, path, "x"), TF_ECREATE);
}
