/* SPDX-License-Identifier: Apache-2.0 */
/* result_file.h - results and baselines as files: one JSON object each, replaced whole or not at all. */
#ifndef TF_RESULT_FILE_H
#define TF_RESULT_FILE_H

#include <jansson.h>

enum { TF_RESULT_SCHEMA = 1 };

/* Seven digits are more than any clock or counter here is good for, and a file half as long. */
#define TF_RESULT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(7))

/* 0, or TF_ECREATE, TF_EIO with tf_errmsg().  What is no regular file (/dev/stdout) is written to, not replaced. */
int tf_result_save(const json_t *object, const char *path);

/*
 * An object of our schema, the caller's.  NULL with tf_errmsg(), and *error: TF_ENOINPUT no such file; TF_EDATA not
 * JSON, no object with "schema" of this version, or without "measurements" that each have a name and rows or a model.
 */
json_t *tf_result_load(const char *path, int *error);

/* Any JSON of at most 64 MiB, the caller's; fails as tf_result_load() does. */
json_t *tf_json_load(const char *path, int *error);

#endif
