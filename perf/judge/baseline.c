/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include "judge.h"
#include "numbers.h"
#include "reading.h"
#include "result_file.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char kind_of_file[] = "tickfan-perf-baseline";

const char *const *tf_baseline_needs(void)
{
    static const char *const needs[] = {"latency", "throughput", "publish", "feed", NULL};
    return needs;
}

/* ---- the doubts ---------------------------------------------------------------------------------- */

struct blocks {
    json_int_t quiet, disturbed;
};

static bool add_blocks(void *context, const json_t *object, const json_t *row)
{
    (void)object;
    struct blocks *blocks = context;
    json_int_t quiet, disturbed;
    tf_row_is_disturbed(row, &quiet, &disturbed);
    blocks->quiet += quiet;
    blocks->disturbed += disturbed;
    return true;
}

bool tf_baseline_doubt(const json_t *result, char why[512])
{
    const struct tf_where everywhere = {NULL, NULL, NULL, NULL, 0, NULL};
    struct blocks blocks = {0, 0};
    const char *unfit = tf_result_unfit(result);
    tf_rows_visit(result, &everywhere, add_blocks, &blocks);
    if (unfit)
        snprintf(why, 512, "%s", unfit);
    else if (blocks.disturbed > 0 && blocks.disturbed >= 9 * blocks.quiet)
        snprintf(why, 512, "%lld of %lld blocks were disturbed", (long long)blocks.disturbed,
                 (long long)(blocks.quiet + blocks.disturbed));
    else
        return false;
    return true;
}

/* ---- the file ----------------------------------------------------------------------------------- */

/* FOLDER/ID-COMPILER[-static].json.  What comes from the result is cut to what file names are made of. */
static int file_of(const json_t *result, const char *folder, char path[4096])
{
    const char *id = tf_row_text(json_object_get(result, "machine"), "id");
    const char *compiler = tf_row_text(result, "compiler");
    char words[2][33] = {"", ""};
    const char *const from[2] = {id, compiler};
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < sizeof words[0] - 1 && from[i][j]; j++) {
            if (!isalnum((unsigned char)from[i][j]) && from[i][j] != '-')
                break;
            words[i][j] = from[i][j];
        }
    if (!words[0][0])
        return tf_fail(TF_EDATA, "the result does not say of which machine it is");
    bool fixed = json_is_true(json_object_get(result, "static"));
    int length = snprintf(path, 4096, "%s/%s-%s%s.json", folder, words[0],
                          words[1][0] ? words[1] : "unknown", fixed ? "-static" : "");
    return length < 4096 ? 0 : tf_fail(TF_ECREATE, "%s: the path is too long", folder);
}

int tf_baseline_save(const json_t *result, const char *folder, char path[4096])
{
    int error = file_of(result, folder, path);
    if (error)
        return error;
    struct stat status;
    if (stat(folder, &status) != 0)
        return tf_fail_errno(TF_ECREATE, "%s", folder);
    if (*tf_row_text(result, "inject") || *tf_row_text(result, "incomplete"))
        return tf_fail(TF_EDATA, "a self-test or an incomplete run is no baseline");
    json_t *numbers = tf_numbers_of(result);
    if (json_object_size(numbers) == 0) {
        json_decref(numbers);
        return tf_fail(TF_EDATA,
                       "the result has no number that a baseline keeps; 'tickfan perf "
                       "baseline save' measures them");
    }
    const json_t *machine = json_object_get(result, "machine");
    json_t *baseline =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:o}", "schema", TF_RESULT_SCHEMA, "kind",
                  kind_of_file, "machine", tf_row_text(machine, "id"), "cpu",
                  tf_row_text(machine, "cpu"), "version", tf_row_text(result, "version"),
                  "started", tf_row_text(result, "started"), "numbers", numbers);
    char why[512];
    if (tf_baseline_doubt(result, why))
        json_object_set_new(baseline, "unfit", json_pack("[s]", why));
    error = tf_result_save(baseline, path);
    json_decref(baseline);
    return error;
}

/* ---- the check ---------------------------------------------------------------------------------- */

static int invalid(const char *why, const char *then, const char *now)
{
    tf_fail(TF_EDATA,
            "%s: %s in the baseline, %s now; 'tickfan perf baseline save' makes a new one", why,
            then, now);
    return TF_INVALID;
}

static int comparable(const json_t *result, const json_t *baseline, const char *path)
{
    const json_t *machine = json_object_get(result, "machine");
    if (strcmp(tf_row_text(baseline, "kind"), kind_of_file) != 0)
        return tf_fail(TF_EDATA, "%s: no baseline of 'tickfan perf'", path);
    json_int_t schema = json_integer_value(json_object_get(baseline, "schema"));
    if (schema != TF_RESULT_SCHEMA) {
        tf_fail(TF_EDATA,
                "%s: of schema %lld, this suite writes %d; 'tickfan perf baseline save' "
                "makes a new one",
                path, (long long)schema, TF_RESULT_SCHEMA);
        return TF_INVALID;
    }
    if (strcmp(tf_row_text(baseline, "machine"), tf_row_text(machine, "id")) != 0)
        return invalid("another machine", tf_row_text(baseline, "machine"),
                       tf_row_text(machine, "id"));
    if (strcmp(tf_row_text(baseline, "cpu"), tf_row_text(machine, "cpu")) != 0)
        return invalid("another CPU", tf_row_text(baseline, "cpu"),
                       tf_row_text(machine, "cpu"));
    if (*tf_row_text(result, "inject")) {
        tf_fail(TF_EDATA, "a self-test is compared with nothing");
        return TF_INVALID;
    }
    return TF_PASS;
}

static double width(const struct tf_reading *reading)
{
    return (reading->high - reading->low) / reading->middle;
}

/* A number with more noise than this may be worse by a fifth, and not be seen to be. */
static const double judged_noise_max = 0.20;

/* NULL: not worse beyond the noise; *unjudged is set where that noise hides too much to say so. */
static json_t *regression(const char *what, const json_t *then, const json_t *now,
                          bool *unjudged)
{
    struct tf_reading before, after;
    *unjudged = false;
    if (!tf_reading_in(then, "spread", &before) || !tf_reading_in(now, "spread", &after) ||
        before.middle <= 0 || after.middle <= 0)
        return NULL;
    double noise = json_number_value(json_object_get(now, "floor"));
    noise = width(&before) > noise ? width(&before) : noise;
    noise = width(&after) > noise ? width(&after) : noise;
    bool higher = strcmp(tf_row_text(now, "better"), "higher") == 0;
    double worse = higher ? before.middle / after.middle - 1 : after.middle / before.middle - 1;
    if (!(worse > noise)) {
        *unjudged = noise > judged_noise_max;
        return NULL;
    }
    return json_pack("{s:s, s:O, s:O, s:f, s:f}", "what", what, "baseline",
                     json_object_get(then, "spread"), "now", json_object_get(now, "spread"),
                     "worse_by", worse, "noise", noise);
}

/* What the baseline has and this run has not would pass unseen. */
static int compare(json_t *result, const json_t *baseline, json_t *now,
                   struct tf_baseline_count *count)
{
    json_t *regressions = json_array(), *then;
    const char *what, *missing = NULL, *noisy = NULL;
    size_t absent = 0;
    json_object_foreach(json_object_get(baseline, "numbers"), what, then)
    {
        const json_t *number = json_object_get(now, what);
        if (number) {
            bool unjudged;
            json_t *one = regression(what, then, number, &unjudged);
            if (one)
                json_array_append_new(regressions, one);
            count->compared++;
            if (unjudged)
                noisy = count->unjudged++ ? noisy : what;
        } else if (!json_is_true(json_object_get(then, "placed"))) {
            missing = absent++ ? missing : what;
        }
    }
    int verdict = json_array_size(regressions) ? TF_FAIL : TF_PASS;
    json_object_set_new(result, "regressions", regressions);
    if (verdict == TF_FAIL || (count->compared && !absent && !noisy))
        return verdict;
    if (count->compared == 0)
        tf_fail(TF_EDATA, "nothing that the baseline has was measured now");
    else if (!absent)
        tf_fail(TF_EDATA, "'%s' has more noise than the %.0f %% that can be judged", noisy,
                100 * judged_noise_max);
    else
        tf_fail(TF_EDATA,
                "%zu numbers of the baseline were not measured now, the first is '%s'", absent,
                missing);
    return TF_INVALID;
}

int tf_baseline_check(json_t *result, const char *folder, struct tf_baseline_count *count)
{
    char path[4096];
    *count = (struct tf_baseline_count){0, 0};
    int error = file_of(result, folder, path);
    if (error)
        return error;
    struct stat status;
    if (stat(path, &status) != 0)
        return tf_fail(TF_ENOINPUT,
                       "%s: there is no baseline of this machine and build; 'tickfan "
                       "perf baseline save' makes one",
                       path);
    json_t *baseline = tf_json_load(path, &error);
    if (!baseline)
        return error;
    int verdict = comparable(result, baseline, path);
    if (verdict == TF_PASS) {
        json_t *now = tf_numbers_of(result);
        verdict = compare(result, baseline, now, count);
        json_decref(now);
    }
    json_decref(baseline);
    return verdict;
}
