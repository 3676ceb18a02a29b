/* SPDX-License-Identifier: Apache-2.0 */
/* fields.h - from objects of schema.md to cells of a table: which key, which unit, how many digits. */
#ifndef TF_FIELDS_H
#define TF_FIELDS_H

#include "table.h"

#include <jansson.h>

enum tf_field_kind {
    TF_FIELD_NUMBER,   /* a plain number: ratios, costs */
    TF_FIELD_PLAIN,    /* as somebody chose it: whole when it is */
    TF_FIELD_NS,       /* grouped, a decimal below 100, "12.3 ms" from 10 ms on */
    TF_FIELD_COUNT,    /* grouped */
    TF_FIELD_MILLIONS, /* a rate, as M/s */
    TF_FIELD_BILLIONS, /* bytes a second, as GB/s */
    TF_FIELD_PERCENT,  /* a share, as % */
    TF_FIELD_SIZE,     /* bytes, as KiB ... */
    TF_FIELD_TEXT,
    TF_FIELD_SHARE /* `path` as % of `whole` */
};

/* A column.  `path` leads from the object to the value, dots between the keys; a value that is a SPREAD
 * is shown as "middle (low-high)", bytes a second as the middle alone. */
struct tf_field {
    const char *head, *path;
    enum tf_field_kind kind;
    const char *whole;
};
#define TF_FIELDS(array) (array), (int)(sizeof(array) / sizeof((array)[0]))

/* NULL when some key on the way is absent; `object` itself for "". */
const json_t *tf_json_at(const json_t *object, const char *path);
/* jansson walks an object only through a pointer that is not const, though it changes nothing. */
json_t *tf_json_walk(const json_t *object);
/* NAN when there is no number. */
double tf_json_number(const json_t *object, const char *path);
/* "" when there is no text. */
const char *tf_json_word(const json_t *object, const char *path);

void tf_field_columns(struct tf_table *table, const struct tf_field *fields, int count);
/* Cells of the row from column `first` on; what is absent stays empty. */
void tf_field_cells(struct tf_table_row *row, int first, const json_t *object,
                    const struct tf_field *fields, int count);
/* One value, as its cell would show it; "" when it is absent.  Returns out. */
char *tf_field_format(char *out, size_t size, const json_t *value, enum tf_field_kind kind);
/* "Tickfan, constant, batch 32": what a ROW is called. */
char *tf_row_name(char *out, size_t size, const json_t *row);

#endif
