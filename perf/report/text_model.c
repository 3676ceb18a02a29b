/* SPDX-License-Identifier: Apache-2.0 */
/* What the coherence model says, kept apart from what was measured. */
#include "text_parts.h"

#include <string.h>

static const struct tf_field validation[] = {
    {"what", "what", TF_FIELD_TEXT, 0},
    {"readers", "readers", TF_FIELD_COUNT, 0},
    {"measured ns", "measured_ns", TF_FIELD_NS, 0},
    {"modelled ns", "modelled_ns", TF_FIELD_NS, 0},
    {"modelled/measured %", "modelled_ns", TF_FIELD_SHARE, "measured_ns"}};
static void print_calibration(struct tf_text *text, const json_t *calibration)
{
    if (json_object_size(calibration) == 0)
        return;
    tf_text_caption(text, "Costs that the model is made of");
    const char *name;
    json_t *cost;
    json_object_foreach(tf_json_walk(calibration), name, cost)
    {
        char line[1024], first[TF_TABLE_CELL], ns[TF_TABLE_CELL];
        snprintf(first, sizeof first, "  %s: ", tf_text_clean(ns, 48, name));
        tf_field_format(ns, sizeof ns, tf_json_at(cost, "ns"), TF_FIELD_NS);
        snprintf(line, sizeof line, "%s%s%s: %s", ns, *ns ? " ns, " : "",
                 tf_json_word(cost, "source"), tf_json_word(cost, "how"));
        tf_text_wrap(text->out, first, 6, line);
    }
}

/* "62 readers, 2 sockets, rings one per node, stores by publisher, 1,000,000/s" */
static void name_prediction(char *out, size_t size, const json_t *prediction)
{
    static const struct {
        const char *key, *before, *after;
        enum tf_field_kind kind;
    } parts[] = {{"readers", "", " reader", TF_FIELD_COUNT},
                 {"sockets", ", ", " socket", TF_FIELD_COUNT},
                 {"rate", ", ", "/s", TF_FIELD_COUNT},
                 {"rings", ", rings ", "", TF_FIELD_TEXT},
                 {"stores", ", stores by ", "", TF_FIELD_TEXT}};
    out[0] = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char value[TF_TABLE_CELL];
        size_t used = strlen(out);
        if (*tf_field_format(value, sizeof value, tf_json_at(prediction, parts[i].key),
                             parts[i].kind))
            snprintf(out + used, size - used, "%s%s%s%s", parts[i].before, value,
                     parts[i].after, i < 2 && strcmp(value, "1") != 0 ? "s" : "");
    }
}

static void print_predictions(struct tf_text *text, const json_t *predictions)
{
    static const struct tf_field fields[] = {
        {"p50", "p50", TF_FIELD_NS, 0},
        {"p99", "p99", TF_FIELD_NS, 0},
        {"last p50", "last_p50", TF_FIELD_NS, 0},
        {"last p99", "last_p99", TF_FIELD_NS, 0},
        {"publish", "publish_ns", TF_FIELD_NS, 0},
        {"sustained %", "sustained_share", TF_FIELD_PERCENT, 0}};
    struct tf_table table = {0};
    tf_table_column(&table, "", true);
    tf_field_columns(&table, TF_FIELDS(fields));
    size_t index;
    const json_t *prediction;
    json_array_foreach(predictions, index, prediction)
    {
        struct tf_table_row *line = tf_table_add(&table);
        if (!line)
            break;
        name_prediction(line->cell[0], TF_TABLE_CELL, prediction);
        tf_field_cells(line, 1, prediction, TF_FIELDS(fields));
    }
    if (table.rows) {
        tf_text_caption(text, "Predictions, ns: modelled, not measured");
        tf_table_print(&table, text->out, text->colour);
    }
    tf_table_free(&table);
}

void tf_text_model(struct tf_text *text, const json_t *model)
{
    tf_text_caption(text, "Computed, not measured: a simulation of cache lines moving between "
                          "cores, for machines that are not at hand.  Its costs are measured "
                          "here or assumed, as the table says.");
    print_calibration(text, tf_json_at(model, "calibration"));
    tf_text_objects(text, "Where both exist: measured beside modelled",
                    tf_json_at(model, "validation"), TF_FIELDS(validation));
    print_predictions(text, tf_json_at(model, "predictions"));
}
