/* SPDX-License-Identifier: Apache-2.0 */
/* text_parts.h - what tf_report_text() is put together from, in the order in which it prints. */
#ifndef TF_TEXT_PARTS_H
#define TF_TEXT_PARTS_H

#include "fields.h"

struct tf_text {
    FILE *out;
    bool colour;
};

/* Machine, clock, noise, and why the machine is not fit. */
void tf_text_machine(struct tf_text *text, const json_t *result);
void tf_text_measurement(struct tf_text *text, const json_t *measurement);
/* The worst readers of one ROW. */
void tf_text_readers(struct tf_text *text, const json_t *row);
void tf_text_model(struct tf_text *text, const json_t *model);
void tf_text_verdicts(struct tf_text *text, const json_t *result);
void tf_text_regressions(struct tf_text *text, const json_t *result);

void tf_text_heading(struct tf_text *text, const char *title);
/* A line of its own above a table. */
void tf_text_caption(struct tf_text *text, const char *title);
/* A table of the objects of `array`; nothing when it is empty, no caption for "". */
void tf_text_objects(struct tf_text *text, const char *caption, const json_t *array,
                     const struct tf_field *fields, int count);

#endif
