/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - columns that line up within a terminal's width. */
#ifndef TF_TABLE_H
#define TF_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TF_TABLE_COLUMNS = 14, TF_TABLE_CELL = 96, TF_TEXT_WIDTH = 100 };

struct tf_table_row {
    char cell[TF_TABLE_COLUMNS][TF_TABLE_CELL];
    const char *style; /* terminal escape for the first cell, or NULL; not copied */
};

/* Zero it, set the columns with tf_table_column(), add rows, print, free. */
struct tf_table {
    const char *head[TF_TABLE_COLUMNS];
    bool left[TF_TABLE_COLUMNS]; /* text; numbers stand right */
    int columns;
    struct tf_table_row *row;
    size_t rows, room;
};

void tf_table_column(struct tf_table *table, const char *head, bool left);
/* An empty row, or NULL when there is no memory: what a report cannot hold it leaves out. */
struct tf_table_row *tf_table_add(struct tf_table *table);
/* Columns in which every cell is empty are left out.  The first column, the name, gives way when the rest is
 * wide, and a name that no longer fits it stands on a line of its own.  Columns that still do not fit follow
 * in a block below, beside the names again. */
void tf_table_print(const struct tf_table *table, FILE *out, bool colour);
void tf_table_free(struct tf_table *table);

/* `text` broken at spaces into lines of TF_TEXT_WIDTH columns, each after `indent` spaces; `first`
 * stands before the first line instead of as many spaces, and may be longer. */
void tf_text_wrap(FILE *out, const char *first, int indent, const char *text);
/* Columns that UTF-8 text takes on a terminal, a code point each. */
int tf_text_columns(const char *text);
/* What is not printable (control characters, C1, direction marks) becomes '?': a result may come from elsewhere,
 * and a terminal obeys what it is sent.  Cut to `size` at a code point.  Returns out. */
char *tf_text_clean(char *out, size_t size, const char *text);

#endif
