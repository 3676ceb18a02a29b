/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_out.h - JSON written in one pass, commas and quotes right, integers of any size.
 *
 * Results that are read back are jansson's; reports that only leave the process need order, 128-bit
 * sums and no tree in memory, which jansson does not have.
 */
#ifndef TF_JSON_OUT_H
#define TF_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct tf_json {
    FILE *out;
    unsigned depth;
    bool started[16]; /* of each open object or array: something is in it */
};

/* `key` is NULL inside an array and for the outermost value.  At most 15 deep. */
void tf_json_object(struct tf_json *json, const char *key);
void tf_json_array(struct tf_json *json, const char *key);
void tf_json_end_object(struct tf_json *json);
void tf_json_end_array(struct tf_json *json);

void tf_json_u64(struct tf_json *json, const char *key, uint64_t value);
void tf_json_i64(struct tf_json *json, const char *key, int64_t value);
void tf_json_sum(struct tf_json *json, const char *key, __int128 value);
void tf_json_text(struct tf_json *json, const char *key, const char *value); /* NULL: null */
void tf_json_double(struct tf_json *json, const char *key, double value);    /* of 9 digits */
void tf_json_bool(struct tf_json *json, const char *key, bool value);
/* `undefined` as null: TF_UNDEF_TIMESTAMP and the like. */
void tf_json_u64_or_null(struct tf_json *json, const char *key, uint64_t value,
                         uint64_t undefined);

#endif
