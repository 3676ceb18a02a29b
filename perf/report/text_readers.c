/* SPDX-License-Identifier: Apache-2.0 */
/* Fanout: the readers that fared worst, and what all of them received. */
#include "text_parts.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN = 5 };

static const struct tf_field fields[] = {{"reader", "reader", TF_FIELD_COUNT, 0},
                                         {"CPU", "cpu", TF_FIELD_COUNT, 0},
                                         {"node", "node", TF_FIELD_COUNT, 0},
                                         {"distance", "distance", TF_FIELD_TEXT, 0},
                                         {"line", "line_ns", TF_FIELD_NS, 0},
                                         {"p50", "p50", TF_FIELD_NS, 0},
                                         {"p90", "p90", TF_FIELD_NS, 0},
                                         {"p99", "p99", TF_FIELD_NS, 0},
                                         {"p99.9", "p99_9", TF_FIELD_NS, 0},
                                         {"max", "max", TF_FIELD_NS, 0},
                                         {"received", "received", TF_FIELD_COUNT, 0},
                                         {"lost", "lost", TF_FIELD_COUNT, 0},
                                         {"torn", "torn", TF_FIELD_COUNT, 0}};

/* Lost and torn first: a reader that misses ticks is worse than any that is late. */
static int worse(const void *a, const void *b)
{
    static const char *const keys[] = {"torn", "lost", "p99", "p50"};
    const json_t *const *one = a, *const *other = b;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        double x = tf_json_number(*one, keys[i]), y = tf_json_number(*other, keys[i]);
        if (x > y || (isnan(y) && !isnan(x)))
            return -1;
        if (x < y || (isnan(x) && !isnan(y)))
            return 1;
    }
    return 0;
}

void tf_text_readers(struct tf_text *text, const json_t *row)
{
    const json_t *readers = tf_json_at(row, "fanout.readers");
    size_t count = json_array_size(readers), shown = count < SHOWN ? count : SHOWN;
    const json_t **sorted = count ? calloc(count, sizeof(json_t *)) : NULL;
    if (!sorted)
        return;
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(readers, i);
    qsort(sorted, count, sizeof sorted[0], worse);
    struct tf_table table = {0};
    tf_field_columns(&table, TF_FIELDS(fields));
    for (size_t i = 0; i < shown; i++) {
        struct tf_table_row *line = tf_table_add(&table);
        if (line)
            tf_field_cells(line, 0, sorted[i], TF_FIELDS(fields));
    }
    char caption[160], name[TF_TABLE_CELL];
    tf_row_name(name, sizeof name, row);
    if (shown < count)
        snprintf(caption, sizeof caption, "%s: the %zu worst of %zu readers, ns", name, shown,
                 count);
    else
        snprintf(caption, sizeof caption, "%s: every reader, worst first, ns", name);
    tf_text_caption(text, caption);
    tf_table_print(&table, text->out, text->colour);
    tf_table_free(&table);
    free(sorted);
}
