/* SPDX-License-Identifier: Apache-2.0 */
/* The report of the sample results: text that fits a terminal and obeys nobody, a page that holds the result unchanged. */
#include "report.h"

#include "table.h"
#include "tickfan.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const samples[] = {"small-2cpu", "xeon-64core", "fail-hostile", "wrong-kind",
                                      "empty"};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static json_t *load(const char *name)
{
    char path[128];
    json_error_t error;
    snprintf(path, sizeof path, "tests/perf/samples/sample-%s.json", name);
    json_t *result = json_load_file(path, 0, &error);
    cr_assert(result, "%s: %s; run the tests in the root of the tree", path, error.text);
    return result;
}

static char *text_of(const json_t *result)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    cr_assert(out);
    tf_report_text(result, out);
    fclose(out);
    return text;
}

static char *text_of_sample(const char *name)
{
    json_t *result = load(name);
    char *text = text_of(result);
    json_decref(result);
    return text;
}

static char *page_of(const json_t *result)
{
    char path[] = "/tmp/tickfan-report-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(tf_report_html(result, path), 0, "%s", tf_errmsg());
    FILE *in = fdopen(fd, "r");
    char *page = calloc(1, 4u << 20);
    cr_assert(in && page);
    size_t size = fread(page, 1, (4u << 20) - 1, in);
    fclose(in);
    unlink(path);
    cr_assert(size > 10000 && size < (4u << 20) - 1);
    return page;
}

/* The first line that has all words, or NULL. */
static const char *line_with(const char *text, const char *first, const char *then)
{
    static char line[512];
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        const char *found = strstr(line, first);
        if (found && strstr(found, then))
            return line;
        if (!at[strcspn(at, "\n")])
            break;
    }
    return NULL;
}

static void check_lines(const char *name, char *text)
{
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        cr_expect_leq(tf_text_columns(line), TF_TEXT_WIDTH, "%s: %s", name, line);
        size_t length = strlen(line);
        cr_expect(length == 0 || line[length - 1] != ' ', "%s: a space at the end of '%s'",
                  name, line);
        for (const char *at = line; *at; at++)
            cr_expect(*at & 0x80 || (*at >= 0x20 && *at < 0x7f), "%s: byte %d in '%s'", name,
                      *at, line);
    }
}

Test(text, fits_a_terminal_and_sends_it_no_control_characters)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        char *text = text_of_sample(samples[i]);
        check_lines(samples[i], text);
        free(text);
    }
}

Test(text, has_the_numbers_with_their_units)
{
    char *text = text_of_sample("small-2cpu");
    cr_expect(line_with(text, "Latency, ns", ""));
    cr_expect(line_with(text, "Tickfan, constant", "98.9"));
    cr_expect(line_with(text, "Tickfan, constant", "1.02 (1.00-1.04)"));
    cr_expect(line_with(text, "Tickfan, batches, batch 64", "431 (410-453)"));
    cr_expect(line_with(text, "publish batch 32", "19.6  callgrind"));
    cr_expect(line_with(text, "Tickfan, block", "58,000"));
    cr_expect(line_with(text, "iceoryx: ", "iox-roudi did not start within 5 s"));
    cr_expect(line_with(text, "clock ", "2.4454 GHz"));
    cr_expect(line_with(text, "UNFIT ", "2 CPUs allowed, 64 wanted"));
    cr_expect(line_with(text, "note ", "running under KVM"));
    cr_expect(line_with(text, "PASS", "latency-p50"));
    cr_expect(line_with(text, "INVALID", "fanout-62-p50"));
    cr_expect(line_with(text, "4 PASS, 0 FAIL, 2 INVALID; ", "not demanded"));
    free(text);
}

Test(text, names_the_worst_readers_and_keeps_the_model_apart)
{
    char *text = text_of_sample("xeon-64core");
    cr_expect(line_with(text, "Tickfan, 62 readers: the 5 worst of 62 readers", ""));
    cr_expect(line_with(text, "Predictions, ns: modelled, not measured", ""));
    cr_expect(line_with(text, "250 readers, 2 sockets", "stores by forwarder per node"));
    free(text);
    text = text_of_sample("fail-hostile");
    const char *worst = strstr(text, "the 5 worst of 7 readers");
    cr_assert(worst);
    cr_expect(line_with(worst, "   5    6     0", "417"),
              "the reader that lost ticks comes first");
    free(text);
}

Test(text, says_what_failed_what_got_worse_and_what_is_missing)
{
    char *text = text_of_sample("fail-hostile");
    cr_expect(line_with(text, "FAIL", "latency-p50"));
    cr_expect(line_with(text, "latency / Tickfan / constant / ratio p50", "38.2"));
    cr_expect(line_with(text, "INJECTED", "stall=1ms/1s"));
    cr_expect(line_with(text, "incomplete: ", "stopped by a signal"));
    cr_expect(line_with(text, "1 PASS, 1 FAIL, 1 INVALID; ", "not demanded"));
    free(text);
}

/* Values of the wrong kind come from a file that somebody edited. */
Test(text, survives_values_of_the_wrong_kind)
{
    static const char *const broken[] = {
        "{}",
        "[]",
        "{\"measurements\":{}}",
        "{\"measurements\":[1,null,\"x\",[]]}",
        "{\"measurements\":[{\"rows\":[3,{\"latency\":[],\"x\":{\"value\":[]},\"fanout\":"
        "{\"readers\":[1,{}],\"last\":7},\"longest\":[[],3]}],\"notes\":[{},2],\"setup\":[]}]}",
        "{\"verdicts\":[{},1],\"regressions\":[{},2],\"unfit\":[1],\"machine\":1,\"clock\":[],"
        "\"noise\":3,\"model\":{\"calibration\":[],\"predictions\":[4]}}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        json_t *result = json_loads(broken[i], 0, NULL);
        cr_assert(result, "%s", broken[i]);
        char *text = text_of(result);
        check_lines(broken[i], text);
        free(text);
        free(page_of(result));
        json_decref(result);
    }
}

Test(table, shows_what_does_not_fit_in_blocks_below)
{
    struct tf_table table = {0};
    static const char *const heads[] = {"", "alpha", "beta", "gamma", "delta"};
    for (size_t i = 0; i < 5; i++)
        tf_table_column(&table, heads[i], false);
    struct tf_table_row *row = tf_table_add(&table);
    cr_assert(row);
    for (size_t i = 0; i < 5; i++)
        snprintf(row->cell[i], TF_TABLE_CELL, "%zu%030d", i, 0);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    tf_table_print(&table, out, false);
    fclose(out);
    tf_table_free(&table);
    for (size_t i = 0; i < 5; i++) {
        char cell[8];
        snprintf(cell, sizeof cell, "%zu000", i);
        cr_expect(strstr(text, heads[i]) && strstr(text, cell), "%s is missing:\n%s", heads[i],
                  text);
    }
    check_lines("table", text);
    free(text);
}

Test(table, cuts_text_at_a_character)
{
    char out[8];
    cr_expect_str_eq(tf_text_clean(out, sizeof out, "abcdef\xc2\xb5"), "abcdef");
    cr_expect_str_eq(tf_text_clean(out, sizeof out, "a\x1b[31m"), "a?[31m");
    cr_expect_str_eq(tf_text_clean(out, sizeof out,
                                   "a\xe2\x80\xae"
                                   "b"),
                     "a?b");
    cr_expect_str_eq(tf_text_clean(out, sizeof out, "\xe2\x80"), "?");
    cr_expect_eq(tf_text_columns("\xc2\xb5s"), 2);
}

Test(page, holds_the_result_unchanged)
{
    static const char begin[] = "<script type=\"application/json\" id=\"result\">";
    for (size_t i = 0; i < SAMPLES; i++) {
        json_t *result = load(samples[i]);
        char *page = page_of(result), *json = strstr(page, begin);
        cr_assert(json, "%s", samples[i]);
        json += strlen(begin);
        char *end = strstr(json, "</script>");
        cr_assert(end);
        json_t *inside = json_loadb(json, (size_t)(end - json), 0, NULL);
        cr_expect(inside && json_equal(inside, result), "%s: the page has another result",
                  samples[i]);
        *end = 0;
        cr_expect_null(strchr(json, '<'), "%s: a '<' in the page's JSON", samples[i]);
        json_decref(inside);
        json_decref(result);
        free(page);
    }
}

Test(page, refers_to_nothing_outside)
{
    static const char *const words[] = {"http:", "https:", "src=",           "@import",
                                        "url(",  "fetch(", "XMLHttpRequest", "innerHTML",
                                        "//cdn", "<link"};
    json_t *result = load("empty");
    char *page = page_of(result);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect_null(strstr(page, words[i]), "the page has '%s'", words[i]);
    cr_expect(strstr(page, "Content-Security-Policy\" content=\"default-src 'none'"));
    json_decref(result);
    free(page);
}

Test(page, says_where_it_cannot_be_written)
{
    json_t *result = load("empty");
    cr_expect_eq(tf_report_html(result, "/nonexistent/page.html"), TF_ECREATE);
    cr_expect(strstr(tf_errmsg(), "/nonexistent/page.html"), "%s", tf_errmsg());
    if (access("/dev/full", W_OK) == 0) {
        cr_expect_eq(tf_report_html(result, "/dev/full"), TF_EIO);
        cr_expect(strstr(tf_errmsg(), "/dev/full"), "%s", tf_errmsg());
    }
    json_decref(result);
}
