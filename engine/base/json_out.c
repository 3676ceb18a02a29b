/* SPDX-License-Identifier: Apache-2.0 */
#include "json_out.h"

#include "text.h"

#include <inttypes.h>

/* The comma before, if any, and the key. */
static void begin(struct tf_json *json, const char *key)
{
    if (json->started[json->depth])
        fputc(',', json->out);
    json->started[json->depth] = true;
    if (!key)
        return;
    tf_json_string(json->out, key);
    fputc(':', json->out);
}

static void open_nested(struct tf_json *json, const char *key, char bracket)
{
    begin(json, key);
    fputc(bracket, json->out);
    json->started[++json->depth] = false;
}

static void close_nested(struct tf_json *json, char bracket)
{
    json->depth--;
    fputc(bracket, json->out);
}

void tf_json_object(struct tf_json *json, const char *key)
{
    open_nested(json, key, '{');
}

void tf_json_array(struct tf_json *json, const char *key)
{
    open_nested(json, key, '[');
}

void tf_json_end_object(struct tf_json *json)
{
    close_nested(json, '}');
}

void tf_json_end_array(struct tf_json *json)
{
    close_nested(json, ']');
}

void tf_json_u64(struct tf_json *json, const char *key, uint64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void tf_json_i64(struct tf_json *json, const char *key, int64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void tf_json_sum(struct tf_json *json, const char *key, __int128 value)
{
    char digits[48];
    unsigned at = sizeof digits;
    bool negative = value < 0;
    digits[--at] = 0;
    do {
        int digit = (int)(value % 10);
        digits[--at] = (char)('0' + (digit < 0 ? -digit : digit));
        value /= 10;
    } while (value);
    if (negative)
        digits[--at] = '-';
    begin(json, key);
    fputs(digits + at, json->out);
}

void tf_json_text(struct tf_json *json, const char *key, const char *value)
{
    begin(json, key);
    if (value)
        tf_json_string(json->out, value);
    else
        fputs("null", json->out);
}

void tf_json_double(struct tf_json *json, const char *key, double value)
{
    begin(json, key);
    fprintf(json->out, "%.9g", value);
}

void tf_json_bool(struct tf_json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}

void tf_json_u64_or_null(struct tf_json *json, const char *key, uint64_t value,
                         uint64_t undefined)
{
    if (value == undefined)
        tf_json_text(json, key, 0);
    else
        tf_json_u64(json, key, value);
}
