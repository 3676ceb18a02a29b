/* SPDX-License-Identifier: Apache-2.0 */
/* The end of the report, where a terminal stands when it is done: verdicts and regressions. */
#include "text_parts.h"

#include <math.h>
#include <string.h>

static const char *style_of(const char *word)
{
    return strcmp(word, "PASS") == 0   ? "\033[32m"
           : strcmp(word, "FAIL") == 0 ? "\033[31m"
                                       : "\033[33m";
}

static void put_limit(char *out, size_t size, const json_t *verdict)
{
    char limit[TF_TABLE_CELL];
    bool lower = strcmp(tf_json_word(verdict, "better"), "higher") != 0;
    if (*tf_field_format(limit, sizeof limit, tf_json_at(verdict, "limit"), TF_FIELD_PLAIN))
        snprintf(out, size, "%s %s", lower ? "<=" : ">=", limit);
}

static void add_verdict(struct tf_table *table, const json_t *verdict)
{
    struct tf_table_row *line = tf_table_add(table);
    if (!line)
        return;
    char low[TF_TABLE_CELL], high[TF_TABLE_CELL];
    const char *word = tf_json_word(verdict, "verdict");
    tf_text_clean(line->cell[0], TF_TABLE_CELL, word);
    line->style = style_of(word);
    tf_text_clean(line->cell[1], TF_TABLE_CELL, tf_json_word(verdict, "goal"));
    tf_field_format(line->cell[2], TF_TABLE_CELL, tf_json_at(verdict, "value"),
                    TF_FIELD_NUMBER);
    tf_field_format(low, sizeof low, tf_json_at(verdict, "low"), TF_FIELD_NUMBER);
    tf_field_format(high, sizeof high, tf_json_at(verdict, "high"), TF_FIELD_NUMBER);
    if (*low && *high)
        snprintf(line->cell[3], TF_TABLE_CELL, "%s-%s", low, high);
    put_limit(line->cell[4], TF_TABLE_CELL, verdict);
    tf_text_clean(line->cell[5], TF_TABLE_CELL, tf_json_word(verdict, "unit"));
    if (json_is_false(tf_json_at(verdict, "demanded")))
        snprintf(line->cell[6], TF_TABLE_CELL, "not demanded");
}

static int count_of(const json_t *verdicts, const char *word)
{
    size_t index;
    const json_t *verdict;
    int count = 0;
    json_array_foreach(verdicts, index, verdict) count +=
        strcmp(tf_json_word(verdict, "verdict"), word) == 0;
    return count;
}

/* Goals in words, the ones that did not pass first. */
static void print_texts(struct tf_text *text, const json_t *verdicts, bool passed)
{
    size_t index;
    const json_t *verdict;
    json_array_foreach(verdicts, index, verdict)
    {
        const char *word = tf_json_word(verdict, "verdict"),
                   *why = tf_json_word(verdict, "why");
        const char *goal = tf_json_word(verdict, "goal"), *what = tf_json_word(verdict, "text");
        if ((strcmp(word, "PASS") == 0) != passed || (!*goal && !*what))
            continue;
        char first[TF_TABLE_CELL], sentence[2048], clean[48];
        snprintf(first, sizeof first, "  %-8s", *word ? tf_text_clean(clean, 8, word) : "?");
        snprintf(sentence, sizeof sentence, "%s: %s%s%s",
                 tf_text_clean(clean, sizeof clean, goal), what, *why ? ": " : "", why);
        tf_text_wrap(text->out, first, 10, sentence);
    }
}

void tf_text_verdicts(struct tf_text *text, const json_t *result)
{
    const json_t *verdicts = tf_json_at(result, "verdicts"), *verdict;
    if (json_array_size(verdicts) == 0)
        return;
    static const char *const heads[] = {"",      "goal", "measured", "quartiles",
                                        "limit", "unit", ""};
    static const bool left[] = {true, true, false, false, false, true, true};
    struct tf_table table = {0};
    for (int i = 0; i < 7; i++)
        tf_table_column(&table, heads[i], left[i]);
    size_t index;
    json_array_foreach(verdicts, index, verdict) add_verdict(&table, verdict);
    tf_text_heading(text, "Verdicts");
    tf_table_print(&table, text->out, text->colour);
    tf_table_free(&table);
    putc('\n', text->out);
    print_texts(text, verdicts, false);
    print_texts(text, verdicts, true);
    int spared = 0;
    json_array_foreach(verdicts, index, verdict) spared +=
        json_is_false(tf_json_at(verdict, "demanded"));
    fprintf(text->out, "\n%d PASS, %d FAIL, %d INVALID; %d of them not demanded\n",
            count_of(verdicts, "PASS"), count_of(verdicts, "FAIL"),
            count_of(verdicts, "INVALID"), spared);
}

void tf_text_regressions(struct tf_text *text, const json_t *result)
{
    static const struct tf_field fields[] = {{"what", "what", TF_FIELD_TEXT, 0},
                                             {"baseline", "baseline", TF_FIELD_NUMBER, 0},
                                             {"now", "now", TF_FIELD_NUMBER, 0},
                                             {"worse %", "worse_by", TF_FIELD_PERCENT, 0},
                                             {"noise %", "noise", TF_FIELD_PERCENT, 0}};
    const json_t *regressions = tf_json_at(result, "regressions");
    if (!regressions)
        return;
    tf_text_heading(text,
                    "Regressions: worse than the baseline by more than the noise of both");
    if (json_array_size(regressions) == 0)
        fputs("none\n", text->out);
    tf_text_objects(text, "", regressions, TF_FIELDS(fields));
}
