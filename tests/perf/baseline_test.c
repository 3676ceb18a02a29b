/* SPDX-License-Identifier: Apache-2.0 */
/* Baselines: what is a regression, what is noise, and which baselines may not be compared with. */
#include "judge_fixture.h"
#include "result_file.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/tickfan-judge.XXXXXX";
static char path[4096];

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    if (path[0])
        unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something is left in %s", folder);
}

TestSuite(baseline, .init = make_folder, .fini = remove_folder);

static json_t *publish_of(const char *instructions, const char *ratio)
{
    char rows[1024];
    snprintf(rows, sizeof rows,
             "{\"label\":\"publish batch 32\",\"case\":\"publish batch 32\","
             "\"cost\":{\"ns\":9.5,\"instructions\":%s},\"ratio\":{\"near\":{\"p50\":1.0},"
             "\"send_ns\":%s}},"
             "{\"label\":\"other\",\"transport\":\"seqlocks\",\"ratio\":{\"p50\":1.0}}",
             instructions, ratio);
    return result_of("publish", rows);
}

static int check(const char *instructions, const char *ratio, size_t *regressions)
{
    json_t *now = publish_of(instructions, ratio);
    int verdict = tf_baseline_check(now, folder);
    *regressions = json_array_size(json_object_get(now, "regressions"));
    json_decref(now);
    return verdict;
}

static void save(json_t *result)
{
    cr_assert_eq(tf_baseline_save(result, folder, path), 0, "%s", tf_errmsg());
    json_decref(result);
}

Test(baseline, what_is_worse_beyond_the_noise_is_a_regression)
{
    size_t worse;
    save(publish_of("20", SPREAD(0.98, 1.00, 1.02)));
    cr_expect_eq(check("20", SPREAD(0.98, 1.00, 1.02), &worse), TF_PASS);
    cr_expect_eq(worse, 0);
    cr_expect_eq(check("20.2", SPREAD(0.98, 1.00, 1.02), &worse), TF_FAIL, "1 %% of a count");
    cr_expect_eq(worse, 1);
    cr_expect_eq(check("19", SPREAD(0.88, 0.90, 0.92), &worse), TF_PASS, "better is not worse");
    cr_expect_eq(check("20", SPREAD(1.03, 1.045, 1.06), &worse), TF_PASS, "4.5 %% of a time");
    cr_expect_eq(check("20", SPREAD(1.08, 1.10, 1.12), &worse), TF_FAIL);
    cr_expect_eq(check("20", SPREAD(0.95, 1.10, 1.20), &worse), TF_PASS, "noise of 23 %%");
}

Test(baseline, absence_is_no_pass)
{
    size_t worse;
    json_t *now = publish_of("20", "1.0");
    cr_expect_eq(tf_baseline_check(now, folder), TF_ENOINPUT);
    cr_expect_not_null(strstr(tf_errmsg(), "baseline save"));
    save(now);
    cr_expect_eq(check("null", "1.0", &worse), TF_INVALID);
    cr_expect_not_null(strstr(tf_errmsg(), "instructions"), "%s", tf_errmsg());
    json_t *nothing = result_of("publish", "");
    cr_expect_eq(tf_baseline_check(nothing, folder), TF_INVALID);
    json_decref(nothing);
    cr_expect_eq(check("null", SPREAD(2, 2, 2), &worse), TF_FAIL, "worse outranks absent");
}

Test(baseline, placement_that_did_not_occur_now_is_not_missed)
{
    save(publish_of("20", "1.0"));
    json_t *now = result_of("publish", "{\"label\":\"publish batch 32\",\"cost\":"
                                       "{\"instructions\":20},\"ratio\":{\"send_ns\":1.0}}");
    cr_expect_eq(tf_baseline_check(now, folder), TF_PASS, "%s", tf_errmsg());
    json_decref(now);
}

/* Replaces a text in the file. */
static void doctor(const char *key, json_t *value)
{
    int error;
    json_t *baseline = tf_json_load(path, &error);
    cr_assert_not_null(baseline);
    json_object_set_new(baseline, key, value);
    cr_assert_eq(tf_result_save(baseline, path), 0);
    json_decref(baseline);
}

Test(baseline, of_another_machine_cpu_or_suite_is_invalid)
{
    size_t worse;
    save(publish_of("20", "1.0"));
    doctor("cpu", json_string("Y"));
    cr_expect_eq(check("20", "1.0", &worse), TF_INVALID);
    cr_expect_not_null(strstr(tf_errmsg(), "another CPU: Y"));
    doctor("machine", json_string("fff"));
    cr_expect_eq(check("20", "1.0", &worse), TF_INVALID);
    cr_expect_not_null(strstr(tf_errmsg(), "another machine: fff"));
    doctor("schema", json_integer(2));
    cr_expect_eq(check("20", "1.0", &worse), TF_INVALID);
    cr_expect_not_null(strstr(tf_errmsg(), "schema 2"));
    doctor("kind", json_string("x"));
    cr_expect_eq(check("20", "1.0", &worse), TF_EDATA);
}

Test(baseline, broken_file_is_an_error)
{
    size_t worse;
    save(publish_of("20", "1.0"));
    FILE *file = fopen(path, "w");
    fputs("{\"schema\":1,\"numbers", file);
    fclose(file);
    cr_expect_eq(check("20", "1.0", &worse), TF_EDATA);
}

Test(baseline, self_test_or_incomplete_run_is_not_kept)
{
    char unused[4096];
    json_t *result = publish_of("20", "1.0");
    json_object_set_new(result, "inject", json_string("torn"));
    cr_expect_eq(tf_baseline_save(result, folder, unused), TF_EDATA);
    json_object_del(result, "inject");
    json_object_set_new(result, "incomplete", json_string("stopped"));
    cr_expect_eq(tf_baseline_save(result, folder, unused), TF_EDATA);
    json_object_del(result, "incomplete");
    json_object_del(result, "machine");
    cr_expect_eq(tf_baseline_save(result, folder, unused), TF_EDATA);
    json_decref(result);
}

Test(baseline, machine_id_cannot_leave_the_folder)
{
    json_t *result = publish_of("20", "1.0");
    json_object_set_new(json_object_get(result, "machine"), "id", json_string("a/../../b"));
    json_object_set_new(result, "compiler", json_string("gcc/../x 1"));
    cr_expect_eq(tf_baseline_save(result, folder, path), 0);
    char want[4096];
    snprintf(want, sizeof want, "%s/a-gcc.json", folder);
    cr_expect_str_eq(path, want);
    json_decref(result);
}
