/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include "text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

const json_t *tf_json_at(const json_t *object, const char *path)
{
    while (object && *path) {
        char key[64];
        size_t length = strcspn(path, ".");
        if (length >= sizeof key)
            return NULL;
        memcpy(key, path, length);
        key[length] = 0;
        object = json_object_get(object, key);
        path += length + (path[length] == '.');
    }
    return json_is_null(object) ? NULL : object;
}

json_t *tf_json_walk(const json_t *object)
{
    return (json_t *)(uintptr_t)object;
}

double tf_json_number(const json_t *object, const char *path)
{
    const json_t *value = tf_json_at(object, path);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *tf_json_word(const json_t *object, const char *path)
{
    const char *text = json_string_value(tf_json_at(object, path));
    return text ? text : "";
}

void tf_field_columns(struct tf_table *table, const struct tf_field *fields, int count)
{
    for (int i = 0; i < count; i++)
        tf_table_column(table, fields[i].head, fields[i].kind == TF_FIELD_TEXT);
}

static double scale_of(enum tf_field_kind kind)
{
    switch (kind) {
    case TF_FIELD_MILLIONS:
        return 1e-6;
    case TF_FIELD_BILLIONS:
        return 1e-9;
    case TF_FIELD_PERCENT:
    case TF_FIELD_SHARE:
        return 100;
    default:
        return 1;
    }
}

/* Three digits that count; four and more would claim what no run here repeats. */
static int decimals(double value, enum tf_field_kind kind)
{
    double size = fabs(value);
    if (kind == TF_FIELD_COUNT)
        return 0;
    if (kind == TF_FIELD_NS)
        return size < 10 ? 2 : size < 100 ? 1 : 0;
    if (size >= 100 || size == 0)
        return 0;
    if (size >= 10)
        return 1;
    return size >= 0.1 ? 2 : size >= 0.01 ? 3 : 4;
}

/* Above 10 ms a column of ns would be wider than what it has to say. */
static bool put_long_time(char *out, size_t size, double ns)
{
    if (ns < 1e7 || ns >= 1e15)
        return false;
    double ms = ns / 1e6;
    snprintf(out, size, "%.*f %s", ms < 100 || ms >= 1e4 ? 1 : 0, ms < 1e4 ? ms : ms / 1e3,
             ms < 1e4 ? "ms" : "s");
    return true;
}

static void put_number(char *out, size_t size, double value, int places,
                       enum tf_field_kind kind)
{
    if (kind == TF_FIELD_NS && put_long_time(out, size, value))
        return;
    double rounded = fabs(value);
    if (!isfinite(value))
        snprintf(out, size, "?");
    else if (rounded >= 1e11 || (rounded > 0 && rounded < 1e-4))
        snprintf(out, size, "%.2e", value);
    else if (places || rounded < 1000)
        snprintf(out, size, "%.*f", places, value);
    else {
        char digits[32];
        tf_format_count(digits, sizeof digits, (uint64_t)(rounded + 0.5));
        snprintf(out, size, "%s%s", value < 0 ? "-" : "", digits);
    }
}

static char *put_spread(char *out, size_t size, const json_t *spread, enum tf_field_kind kind)
{
    double scale = scale_of(kind), middle = tf_json_number(spread, "middle") * scale;
    double low = tf_json_number(spread, "low") * scale;
    double high = tf_json_number(spread, "high") * scale;
    int places = decimals(middle, kind);
    char text[3][32];
    out[0] = 0;
    if (isnan(middle))
        return out;
    put_number(text[0], sizeof text[0], middle, places, kind);
    put_number(text[1], sizeof text[1], low, places, kind);
    put_number(text[2], sizeof text[2], high, places, kind);
    if (isnan(low) || isnan(high) || kind == TF_FIELD_BILLIONS)
        snprintf(out, size, "%s", text[0]);
    else
        snprintf(out, size, "%s (%s-%s)", text[0], text[1], text[2]);
    return out;
}

char *tf_field_format(char *out, size_t size, const json_t *value, enum tf_field_kind kind)
{
    out[0] = 0;
    if (json_is_string(value)) {
        tf_text_clean(out, size, json_string_value(value));
    } else if (json_is_object(value)) {
        put_spread(out, size, value, kind);
    } else if (json_is_number(value) && kind == TF_FIELD_SIZE) {
        double bytes = json_number_value(value);
        if (bytes >= 0 && bytes < 1e18)
            tf_format_size(out, size, (uint64_t)bytes);
    } else if (json_is_number(value)) {
        double number = json_number_value(value) * scale_of(kind);
        bool chosen = kind == TF_FIELD_TEXT || kind == TF_FIELD_PLAIN;
        bool whole = chosen && number == floor(number);
        put_number(out, size, number, whole ? 0 : decimals(number, kind), kind);
    }
    return out;
}

void tf_field_cells(struct tf_table_row *row, int first, const json_t *object,
                    const struct tf_field *fields, int count)
{
    for (int i = 0; i < count && first + i < TF_TABLE_COLUMNS; i++) {
        char *cell = row->cell[first + i];
        if (fields[i].kind != TF_FIELD_SHARE) {
            tf_field_format(cell, TF_TABLE_CELL, tf_json_at(object, fields[i].path),
                            fields[i].kind);
            continue;
        }
        double share =
            tf_json_number(object, fields[i].path) / tf_json_number(object, fields[i].whole);
        if (isfinite(share))
            put_number(cell, TF_TABLE_CELL, share * 100, share < 0.1 ? 1 : 0, TF_FIELD_SHARE);
    }
}

/* ", batch 32", unless label or case have said so already. */
static void add_swept(char *name, size_t size, const json_t *row)
{
    char value[TF_TABLE_CELL], part[64], both[192];
    if (!*tf_field_format(value, sizeof value, tf_json_at(row, "x.value"), TF_FIELD_PLAIN))
        return;
    tf_text_clean(part, sizeof part, tf_json_word(row, "x.name"));
    for (char *at = part; *at; at++)
        *at = *at == '_' ? ' ' : *at;
    snprintf(both, sizeof both, "%s %s", part, value);
    const char *which = tf_json_word(row, "case");
    size_t digits = strlen(value), used = strlen(name);
    bool counted =
        strncmp(which, value, digits) == 0 && which[digits] == ' '; /* "62 readers" */
    if (!counted && !strstr(name, both))
        snprintf(name + used, size - used, "%s%s", used ? ", " : "", both);
}

char *tf_row_name(char *out, size_t size, const json_t *row)
{
    const char *label = tf_json_word(row, "label"), *which = tf_json_word(row, "case");
    char clean[256], part[128];
    tf_text_clean(clean, sizeof clean, *label ? label : tf_json_word(row, "transport"));
    if (*which && !strstr(label, which)) {
        size_t used = strlen(clean);
        snprintf(clean + used, sizeof clean - used, "%s%s", used ? ", " : "",
                 tf_text_clean(part, sizeof part, which));
    }
    add_swept(clean, sizeof clean, row);
    return tf_text_clean(out, size, clean);
}
