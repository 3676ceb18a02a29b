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

static struct tf_baseline_count looked_at;

static int check(const char *instructions, const char *ratio, size_t *regressions)
{
    json_t *now = publish_of(instructions, ratio);
    int verdict = tf_baseline_check(now, folder, &looked_at);
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
    cr_expect_eq(looked_at.compared, 3);
    cr_expect_eq(looked_at.unjudged, 0);
}

Test(baseline, number_with_noise_above_a_fifth_is_not_judged_unless_it_is_worse_even_so)
{
    size_t worse;
    save(publish_of("20", SPREAD(0.98, 1.00, 1.02)));
    cr_expect_eq(check("20", SPREAD(1.00, 1.10, 1.20), &worse), TF_PASS, "noise of 18 %%");
    cr_expect_eq(check("20", SPREAD(0.95, 1.10, 1.20), &worse), TF_INVALID, "noise of 23 %%");
    cr_expect_not_null(strstr(tf_errmsg(), "more noise than the 20 %"), "%s", tf_errmsg());
    cr_expect_eq(looked_at.unjudged, 1);
    cr_expect_eq(check("20", SPREAD(1.3, 1.5, 1.7), &worse), TF_FAIL, "50 %% beyond 27 %%");
    cr_expect_eq(check("30", SPREAD(0.95, 1.10, 1.20), &worse), TF_FAIL,
                 "worse outranks noise");
    cr_expect_eq(looked_at.unjudged, 1);
    save(publish_of("20", SPREAD(0.5, 1.00, 1.5)));
    cr_expect_eq(check("20", SPREAD(1, 1, 1), &worse), TF_INVALID, "a noisy baseline");
}

static void expect_doubt(json_t *result, const char *doubt)
{
    char why[512] = "";
    int error;
    cr_expect_eq(tf_baseline_doubt(result, why), *doubt != 0);
    cr_expect_str_eq(why, doubt);
    save(result);
    json_t *baseline = tf_json_load(path, &error);
    const json_t *kept = json_array_get(json_object_get(baseline, "unfit"), 0);
    cr_expect_str_eq(kept ? json_string_value(kept) : "", doubt);
    json_decref(baseline);
}

Test(baseline, of_doubtful_runs_keeps_the_doubt)
{
    json_t *result = publish_of("20", "1.0");
    json_t *unfit = json_object_get(result, "unfit");
    json_array_append_new(unfit, json_string("note: under a hypervisor"));
    expect_doubt(json_deep_copy(result), "");
    json_t *row = json_array_get(
        json_object_get(json_array_get(json_object_get(result, "measurements"), 0), "rows"), 0);
    json_object_set_new(row, "blocks", json_pack("{s:i, s:i}", "quiet", 2, "disturbed", 17));
    expect_doubt(json_deep_copy(result), "");
    json_object_set_new(row, "blocks", json_pack("{s:i, s:i}", "quiet", 2, "disturbed", 18));
    expect_doubt(json_deep_copy(result), "18 of 20 blocks were disturbed");
    json_array_append_new(unfit, json_string("stolen 20 %"));
    expect_doubt(result, "stolen 20 %");
}

Test(baseline, absence_is_no_pass)
{
    size_t worse;
    json_t *now = publish_of("20", "1.0");
    cr_expect_eq(tf_baseline_check(now, folder, &looked_at), TF_ENOINPUT);
    cr_expect_not_null(strstr(tf_errmsg(), "baseline save"));
    save(now);
    cr_expect_eq(check("null", "1.0", &worse), TF_INVALID);
    cr_expect_not_null(strstr(tf_errmsg(), "instructions"), "%s", tf_errmsg());
    json_t *nothing = result_of("publish", "");
    cr_expect_eq(tf_baseline_check(nothing, folder, &looked_at), TF_INVALID);
    json_decref(nothing);
    cr_expect_eq(check("null", SPREAD(2, 2, 2), &worse), TF_FAIL, "worse outranks absent");
}

Test(baseline, placement_that_did_not_occur_now_is_not_missed)
{
    save(publish_of("20", "1.0"));
    json_t *now = result_of("publish", "{\"label\":\"publish batch 32\",\"cost\":"
                                       "{\"instructions\":20},\"ratio\":{\"send_ns\":1.0}}");
    cr_expect_eq(tf_baseline_check(now, folder, &looked_at), TF_PASS, "%s", tf_errmsg());
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

/* ---- the files of results ------------------------------------------------------------------------ */

Test(baseline, result_with_damaged_measurements_is_an_error)
{
    static const struct {
        const char *text;
        bool good;
    } files[] = {
        {"{\"schema\":1,\"measurements\":[]}", true},
        {"{\"schema\":1,\"measurements\":[{\"measurement\":\"a\",\"rows\":[]},"
         "{\"measurement\":\"model\",\"model\":{}}]}",
         true},
        {"{\"schema\":1,\"measurements\":[1,{\"rows\":5}]}", false},
        {"{\"schema\":1,\"measurements\":[{\"measurement\":\"a\",\"rows\":5}]}", false},
        {"{\"schema\":1,\"measurements\":[{\"measurement\":1,\"rows\":[]}]}", false},
        {"{\"schema\":1,\"measurements\":[{\"measurement\":\"a\"}]}", false},
        {"{\"schema\":1,\"measurements\":{}}", false},
        {"{\"schema\":1}", false},
    };
    snprintf(path, sizeof path, "%s/result.json", folder);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        json_t *object = parse(files[i].text);
        int error = 0;
        cr_assert_eq(tf_result_save(object, path), 0);
        json_decref(object);
        object = tf_result_load(path, &error);
        cr_expect_eq(object != NULL, files[i].good, "%s", files[i].text);
        cr_expect_eq(error, files[i].good ? 0 : TF_EDATA, "%s", files[i].text);
        json_decref(object);
    }
}
