/* SPDX-License-Identifier: Apache-2.0 */
/* deliver.h - where a result goes: terminal, page, file. */
#ifndef TF_DELIVER_H
#define TF_DELIVER_H

#include "perf_args.h"

/* Before minutes are spent on it: can the files be written?  --hgrm's folder is made.  0, or a negative tf_error. */
int tf_deliver_check(const struct tf_perf_output *output, const char *hgrm);

/* Tables or the object to standard output, the page, the file.  0, or a negative tf_error; what can be delivered is. */
int tf_deliver(const json_t *result, const struct tf_perf_output *output);

#endif
