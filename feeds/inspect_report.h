/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect_report.h - what `tickfan inspect` says of one recording, for machines and for people.
 */
#ifndef TF_INSPECT_REPORT_H
#define TF_INSPECT_REPORT_H

#include "digest.h"
#include "recording.h"

#include <stdio.h>

struct tf_inspection {
    const struct tf_recording *recording;
    int status; /* 0, or the error that the input ended with */
    uint64_t ticks;
    uint64_t ticks_by_action[256];
    const struct tf_digest *digest; /* NULL: not asked for */
};

/*
 * What counts as an error is damage: messages of unknown type, wrong length or with a field
 * outside its range, bytes that are no message, and compressed data that cannot be read. Orders
 * that were never seen, overfills and times that step back are in "errors_by_kind" only: a
 * capture that began in mid-session is full of them and still good.
 */
uint64_t tf_inspection_errors(const struct tf_inspection *inspection);

/* One JSON object on one line. */
void tf_inspection_json(const struct tf_inspection *inspection, FILE *out);
/* An aligned table. */
void tf_inspection_text(const struct tf_inspection *inspection, FILE *out);

#endif
