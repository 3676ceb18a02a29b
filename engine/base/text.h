/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and names as people write them, and JSON as machines read it. */
#ifndef TF_TEXT_H
#define TF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* "64K", "4MiB", "1G", "1000": powers of 1024; false when it is not that or overflows. */
bool tf_parse_size(const char *text, uint64_t *value);
/* Decimal without sign or suffix, whole string; false when it is not that or above `max`. */
bool tf_parse_u64(const char *text, uint64_t max, uint64_t *value);
/* "250ms", "1s", "1.5s", "10us", "3m", "100" (seconds): to ns. */
bool tf_parse_duration(const char *text, uint64_t *ns);

/* "4.0 GiB", "512 B" into `out` (at least 16 bytes); returns out. */
char *tf_format_size(char *out, size_t size, uint64_t bytes);
/* "12,345,678" into `out` (at least 27 bytes); returns out. */
char *tf_format_count(char *out, size_t size, uint64_t count);

/* A stream's name: 1 to 63 of [A-Za-z0-9._-], not starting with a dot. */
bool tf_name_is_valid(const char *name);

/*
 * `text` as a JSON string with its quotes, always valid JSON: control characters escaped, UTF-8 as
 * it is, each byte that is no part of valid UTF-8 as \ufffd.
 */
void tf_json_string(FILE *out, const char *text);

/* Control characters of text[0..) become '?', in place: names from outside split no line. */
void tf_make_printable(char *text);

#endif
