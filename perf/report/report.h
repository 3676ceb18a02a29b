/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - a result (schema.md) for people: tables for a terminal, one page for a browser. */
#ifndef TF_REPORT_H
#define TF_REPORT_H

#include <jansson.h>
#include <stdio.h>

/* Tables that line up, 100 columns at most; every number with its unit. */
void tf_report_text(const json_t *result, FILE *out);
/* One self-contained file: no network, no other file.  0, or a negative tf_error with tf_errmsg(). */
int tf_report_html(const json_t *result, const char *path);

#endif
