/* SPDX-License-Identifier: Apache-2.0 */
/* The report on a terminal: order of its parts, headings, colour. */
#include "report.h"
#include "text_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tf_text_heading(struct tf_text *text, const char *title)
{
    char clean[TF_TEXT_WIDTH];
    tf_text_clean(clean, sizeof clean, title);
    fprintf(text->out, "\n%s%s%s\n", text->colour ? "\033[1m" : "", clean,
            text->colour ? "\033[0m" : "");
    for (int i = tf_text_columns(clean); i > 0; i--)
        putc('-', text->out);
    putc('\n', text->out);
}

void tf_text_caption(struct tf_text *text, const char *title)
{
    fputs("\n", text->out);
    tf_text_wrap(text->out, "", 0, title);
}

void tf_text_objects(struct tf_text *text, const char *caption, const json_t *array,
                     const struct tf_field *fields, int count)
{
    if (json_array_size(array) == 0)
        return;
    struct tf_table table = {0};
    tf_field_columns(&table, fields, count);
    size_t index;
    const json_t *object;
    json_array_foreach(array, index, object)
    {
        struct tf_table_row *row = tf_table_add(&table);
        if (row)
            tf_field_cells(row, 0, object, fields, count);
    }
    if (*caption)
        tf_text_caption(text, caption);
    tf_table_print(&table, text->out, text->colour);
    tf_table_free(&table);
}

static bool wants_colour(FILE *out)
{
    const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(out)) && !(refused && *refused) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

void tf_report_text(const json_t *result, FILE *out)
{
    struct tf_text text = {out, wants_colour(out)};
    const char *incomplete = tf_json_word(result, "incomplete");
    tf_text_machine(&text, result);
    size_t index;
    const json_t *measurement;
    json_array_foreach(tf_json_at(result, "measurements"), index, measurement)
        tf_text_measurement(&text, measurement);
    if (tf_json_at(result, "model")) {
        tf_text_heading(&text, "Model");
        tf_text_model(&text, tf_json_at(result, "model"));
    }
    tf_text_verdicts(&text, result);
    tf_text_regressions(&text, result);
    if (*incomplete) {
        putc('\n', out);
        tf_text_wrap(out, "incomplete: ", 12, incomplete);
    }
}
