/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GUTTER = 2, FIRST_MIN = 12 };

void tf_table_column(struct tf_table *table, const char *head, bool left)
{
    if (table->columns == TF_TABLE_COLUMNS)
        return;
    table->head[table->columns] = head;
    table->left[table->columns++] = left;
}

struct tf_table_row *tf_table_add(struct tf_table *table)
{
    if (table->rows == table->room) {
        size_t room = table->room ? table->room * 2 : 32;
        struct tf_table_row *grown = realloc(table->row, room * sizeof *grown);
        if (!grown)
            return NULL;
        table->row = grown;
        table->room = room;
    }
    struct tf_table_row *row = &table->row[table->rows++];
    memset(row, 0, sizeof *row);
    return row;
}

void tf_table_free(struct tf_table *table)
{
    free(table->row);
    *table = (struct tf_table){0};
}

/* Bytes of the code point at `at`, and the code point.  jansson lets only valid UTF-8 in. */
static int decode(const char *at, uint32_t *point)
{
    const unsigned char *byte = (const unsigned char *)at;
    int length = byte[0] < 0x80 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    *point = length == 1 ? byte[0] : byte[0] & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80) {
            *point = 0;
            return i;
        }
        *point = *point << 6 | (byte[i] & 0x3fu);
    }
    return length;
}

static bool printable(uint32_t point)
{
    static const uint32_t obeyed[][2] = {{0, 0x1f},         {0x7f, 0x9f},     {0x200b, 0x200f},
                                         {0x2028, 0x202e},  {0x2060, 0x206f}, {0xfeff, 0xfeff},
                                         {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof obeyed / sizeof obeyed[0]; i++)
        if (point >= obeyed[i][0] && point <= obeyed[i][1])
            return false;
    return true;
}

char *tf_text_clean(char *out, size_t size, const char *text)
{
    size_t length = 0;
    while (*text) {
        uint32_t point;
        int bytes = decode(text, &point);
        if (length + (size_t)bytes >= size)
            break;
        if (printable(point)) {
            memcpy(out + length, text, (size_t)bytes);
            length += (size_t)bytes;
        } else {
            out[length++] = point == '\n' || point == '\t' ? ' ' : '?';
        }
        text += bytes;
    }
    out[length] = 0;
    return out;
}

int tf_text_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += (*text & 0xc0) != 0x80;
    return columns;
}

/* Bytes that the first `columns` columns of `text` take. */
static int bytes_of(const char *text, int columns)
{
    const char *at = text;
    while (*at && columns > 0) {
        at++;
        while ((*at & 0xc0) == 0x80)
            at++;
        columns--;
    }
    return (int)(at - text);
}

static void spaces(FILE *out, int count)
{
    if (count > 0)
        fprintf(out, "%*s", count, "");
}

/* Cut text ends in "..", so that nobody takes it for the whole. */
static void put_cell(FILE *out, const char *text, int width, const char *style)
{
    bool cut = tf_text_columns(text) > width;
    fprintf(out, "%s%.*s%s%s", style ? style : "", bytes_of(text, cut ? width - 2 : width),
            text, cut ? ".." : "", style ? "\033[0m" : "");
}

static void measure(const struct tf_table *table, int width[TF_TABLE_COLUMNS])
{
    int total = 0;
    for (int c = 0; c < table->columns; c++) {
        width[c] = 0;
        for (size_t r = 0; r < table->rows; r++) {
            int columns = tf_text_columns(table->row[r].cell[c]);
            width[c] = columns > width[c] ? columns : width[c];
        }
        if (width[c] && tf_text_columns(table->head[c]) > width[c])
            width[c] = tf_text_columns(table->head[c]);
        if (width[c])
            total += width[c] + GUTTER;
    }
    /* The name gives way first. */
    int over = total - TF_TEXT_WIDTH;
    if (over > 0 && width[0] > FIRST_MIN)
        width[0] = width[0] - over > FIRST_MIN ? width[0] - over : FIRST_MIN;
}

/* The columns from `from` on that stand beside the first; returns where the next block starts. */
static int block_end(const struct tf_table *table, const int *width, int from)
{
    int total = GUTTER + width[0], c = from;
    for (; c < table->columns; c++) {
        total += width[c] ? GUTTER + width[c] : 0;
        if (total > TF_TEXT_WIDTH && c > from)
            break;
    }
    return c;
}

static void print_name(const char *name, FILE *out, const char *style)
{
    int room = TF_TEXT_WIDTH - GUTTER, wide = tf_text_columns(name);
    spaces(out, GUTTER);
    put_cell(out, name, wide < room ? wide : room, style);
    putc('\n', out);
}

static void print_line(const struct tf_table *table, const int *width, int from, int end,
                       FILE *out, const struct tf_table_row *row, bool colour)
{
    const char *style = !colour ? NULL : row ? row->style : "\033[2m";
    /* A name that does not fit keeps its end, which is often what tells it apart. */
    bool own_line = row && tf_text_columns(row->cell[0]) > width[0];
    if (own_line)
        print_name(row->cell[0], out, style);
    int owed = 0; /* spaces that are printed only when something follows */
    for (int c = 0; c < end; c = c ? c + 1 : from) {
        const char *text = !row ? table->head[c] : c == 0 && own_line ? "" : row->cell[c];
        int columns = tf_text_columns(text),
            room = TF_TEXT_WIDTH - GUTTER - (c ? GUTTER + width[0] : 0);
        int shown = width[c] < room ? width[c] : room;
        if (!width[c])
            continue;
        if (!*text) {
            owed += GUTTER + shown;
            continue;
        }
        spaces(out, owed + GUTTER + (table->left[c] || columns > shown ? 0 : shown - columns));
        put_cell(out, text, columns < shown ? columns : shown, row && c ? NULL : style);
        owed = table->left[c] && columns < shown ? shown - columns : 0;
    }
    putc('\n', out);
}

void tf_table_print(const struct tf_table *table, FILE *out, bool colour)
{
    int width[TF_TABLE_COLUMNS] = {0};
    measure(table, width);
    int from = 1;
    do {
        int end = block_end(table, width, from);
        if (from > 1)
            putc('\n', out);
        print_line(table, width, from, end, out, NULL, colour);
        for (size_t r = 0; r < table->rows; r++)
            print_line(table, width, from, end, out, &table->row[r], colour);
        from = end;
    } while (from < table->columns);
}

void tf_text_wrap(FILE *out, const char *first, int indent, const char *text)
{
    char clean[4096];
    const char *at = tf_text_clean(clean, sizeof clean, text);
    int column = tf_text_columns(first);
    fputs(first, out);
    for (;;) {
        spaces(out, indent - column);
        int fit = bytes_of(at, TF_TEXT_WIDTH - (column > indent ? column : indent));
        int end = fit;
        if (at[fit]) {
            while (end > 0 && at[end] != ' ')
                end--;
            if (end == 0 && column <= indent)
                end = fit; /* one word longer than a line */
        }
        fprintf(out, "%.*s\n", end, at);
        at += end;
        at += strspn(at, " ");
        if (!*at)
            return;
        column = 0;
    }
}
