/* SPDX-License-Identifier: Apache-2.0 */
/* From a result file to the model's costs, and from those to ranges: what a file may contain, and what comes out. */
#include "error.h"
#include "model.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static int load(struct tf_evidence *evidence, const char *content)
{
    snprintf(path, sizeof path, "/tmp/tickfan-model-test.XXXXXX");
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, content, strlen(content)), (ssize_t)strlen(content));
    close(file);
    int error = tf_evidence_load(evidence, path);
    unlink(path);
    return error;
}

static void refused(const char *content, int code, const char *said)
{
    struct tf_evidence evidence;
    struct tf_cost_table table;
    int error = load(&evidence, content);
    if (error == 0)
        error = tf_evidence_costs(&evidence, &table);
    cr_expect_eq(error, code, "%s: %d", content, error);
    cr_expect(strstr(tf_errmsg(), said), "'%s' does not say '%s'", tf_errmsg(), said);
    cr_expect(strstr(tf_errmsg(), path), "'%s' does not say which file", tf_errmsg());
    tf_evidence_free(&evidence);
}

#define ROUNDS(p50) "\"rounds\":[{\"round\":0,\"quiet\":true,\"far\":false,\"p50\":" p50 "}]"
#define RAW(readers, rest)                                                                     \
    "{\"label\":\"raw "                                                                        \
    "line\",\"transport\":\"raw\",\"x\":{\"name\":\"readers\",\"value\":" readers "}," rest    \
    "}"
#define RESULT(rows)                                                                           \
    "{\"schema\":1,\"machine\":{\"cpu\":\"Test\"},\"measurements\":[{\"measurement\":"         \
    "\"fanout\",\"setup\":{"                                                                   \
    "\"profile\":\"constant\",\"rate\":200000,\"batch\":1},\"rows\":[" rows "]}]}"

Test(evidence, says_what_is_wrong_with_a_file)
{
    refused("{\"schema\":1,", TF_EDATA, "line 1: not JSON");
    refused("", TF_EDATA, "not JSON");
    refused("[]", TF_EDATA, "no result of schema 1");
    refused("{\"schema\":2,\"measurements\":[]}", TF_EDATA, "no result of schema 1");
    refused("{\"schema\":1}", TF_EDATA, "no measurements");
    refused("{\"schema\":1,\"measurements\":[]}", TF_EDATA, "no round of the raw line");
    refused("{\"schema\":1,\"measurements\":[1,{},{\"rows\":[null,{}]}]}", TF_EDATA,
            "no round of the raw line");
    refused(RESULT(RAW("1", ROUNDS("-5"))), TF_EDATA, "no round of the raw line");
    refused(RESULT(RAW("1", ROUNDS("\"fast\""))), TF_EDATA, "no round of the raw line");
    refused(RESULT(RAW("2", ROUNDS("100"))), TF_EDATA, "no round of the raw line");
    refused(RESULT(RAW("1", ROUNDS("5e6"))), TF_EBUSY, "the CPUs were not free");
}

Test(evidence, says_which_file_is_not_there)
{
    struct tf_evidence evidence;
    cr_assert_eq(tf_evidence_load(&evidence, "/nonexistent/result.json"), TF_ENOINPUT);
    cr_assert(strstr(tf_errmsg(), "/nonexistent/result.json"));
    cr_assert_eq(tf_evidence_load(&evidence, "/tmp"), TF_EDATA);
}

Test(evidence, absurd_numbers_do_no_harm)
{
    struct tf_evidence evidence;
    struct tf_cost_table table;
    struct tf_costs costs;
    cr_assert_eq(load(&evidence, RESULT(RAW("1", ROUNDS("1e-300")) "," RAW(
                                     "1e300", ROUNDS("100")) "," RAW("-1e300", ROUNDS("90")))),
                 0, "%s", tf_errmsg());
    cr_assert_eq(tf_evidence_costs(&evidence, &table), 0);
    tf_costs_middle(&table, &costs);
    cr_assert(isfinite(costs.ack) && isfinite(costs.cross));
    tf_evidence_free(&evidence);
}

/* With 16 readers, a service of 4 ns and 1 ns to invalidate: the last one 15 * 5 ns later, the middle one 15 * 3. */
Test(evidence, costs_of_many_readers_come_out_of_a_result)
{
    struct tf_evidence evidence;
    struct tf_cost_table table;
    cr_assert_eq(
        load(&evidence,
             RESULT(RAW(
                 "1",
                 "\"rounds\":[{\"quiet\":true,\"far\":false,\"p50\":100},"
                 "{\"quiet\":true,\"far\":true,\"p50\":240},{\"quiet\":false,\"far\":false,"
                 "\"p50\":900}]") "," RAW("16", ROUNDS("145") ",\"spread\":{\"last_p50\":{"
                                                              "\"low\":174,\"middle\":175,"
                                                              "\"high\":176,\"count\":5}}"))),
        0, "%s", tf_errmsg());
    cr_assert_eq(tf_evidence_costs(&evidence, &table), 0, "%s", tf_errmsg());
    tf_evidence_free(&evidence);
    cr_assert_float_eq(table.range[TF_COST_NEAR].middle, 100, 1e-9);
    cr_assert_float_eq(table.range[TF_COST_FAR].middle, 240, 1e-9);
    cr_assert_float_eq(table.range[TF_COST_SERVICE].middle, 4, 1e-9);
    cr_assert_float_eq(table.range[TF_COST_INVALIDATE].middle, 1, 1e-9);
    cr_assert(table.range[TF_COST_NEAR].measured && table.range[TF_COST_SERVICE].measured);
    cr_assert(strstr(table.range[TF_COST_NEAR].how, "Test"), "it says where it is from");
    cr_assert_not(table.range[TF_COST_OVERLAP].measured);
}

/* ---- predictions ---------------------------------------------------------------------------------------- */

static void table_of(struct tf_cost_table *table, double near, double far)
{
    tf_costs_assume(table);
    tf_costs_measured(table, TF_COST_NEAR, near * 0.95, near, near * 1.05, "test");
    tf_costs_measured(table, TF_COST_FAR, far * 0.95, far, far * 1.05, "test");
}

Test(predictions, are_ranges_and_the_same_for_a_seed)
{
    static const char *const keys[] = {"p50", "p99", "last_p50", "last_p99", "publish_ns"};
    struct tf_cost_table table;
    struct tf_predict_options options = {.draws = 4, .ticks = 40, .seed = 9, .quiet = true};
    table_of(&table, 100, 250);
    json_t *notes = json_array(), *again_notes = json_array();
    json_t *first = tf_model_predict(&table, &options, notes);
    json_t *again = tf_model_predict(&table, &options, again_notes);
    options.seed = 10;
    json_t *other = tf_model_predict(&table, &options, again_notes);
    /* 62 and 250 readers; one socket, and three layouts on two and on four; three rates. */
    cr_assert_eq(json_array_size(first), 2u * 7 * 3);
    cr_assert(json_equal(first, again));
    cr_assert_not(json_equal(first, other));
    for (size_t i = 0; i < json_array_size(first); i++)
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            const json_t *range = json_object_get(json_array_get(first, i), keys[k]);
            double low = json_number_value(json_object_get(range, "low"));
            double middle = json_number_value(json_object_get(range, "middle"));
            cr_assert(low > 0 && low <= middle &&
                      middle <= json_number_value(json_object_get(range, "high")));
        }
    cr_assert_gt(json_array_size(notes), 0u);
    json_decref(first), json_decref(again), json_decref(other), json_decref(notes),
        json_decref(again_notes);
}

Test(predictions, one_reader_is_validated_beside_its_measurement)
{
    struct tf_evidence evidence;
    struct tf_cost_table table;
    struct tf_predict_options options = {.draws = 8, .ticks = 60, .seed = 1, .quiet = true};
    cr_assert_eq(load(&evidence, RESULT(RAW("1", ROUNDS("100")))), 0);
    cr_assert_eq(tf_evidence_costs(&evidence, &table), 0);
    json_t *checks = tf_model_validate(&table, &evidence, &options);
    cr_assert_eq(json_array_size(checks), 1u);
    const json_t *check = json_array_get(checks, 0);
    cr_assert(strstr(json_string_value(json_object_get(check, "what")), "calibrated with it"));
    cr_assert_float_eq(json_number_value(json_object_get(check, "measured_ns")), 100, 1e-9);
    /* Cores lie apart: a fifth of two paths of some 14 ns. */
    cr_assert_float_eq(json_number_value(json_object_get(check, "modelled_ns")), 100, 10);
    json_decref(checks);
    tf_evidence_free(&evidence);
}
