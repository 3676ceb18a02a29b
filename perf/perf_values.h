/* SPDX-License-Identifier: Apache-2.0 */
/* perf_values.h - values of options as people write them.  All return 0, or the exit status after a sentence on
 * standard error that names the option, the value and what is wanted. */
#ifndef TF_PERF_VALUES_H
#define TF_PERF_VALUES_H

#include "command.h"
#include "measurement.h"

int tf_perf_whole(const struct tf_command *command, const char *option, const char *value,
                  uint32_t low, uint32_t high, uint32_t *number);
/* "200000", "200k", "1.5M": powers of 1000. */
int tf_perf_real(const struct tf_command *command, const char *option, const char *value,
                 double low, double high, double *number);
int tf_perf_seed(const struct tf_command *command, const char *value, uint64_t *seed);
/* One of `list`, which ends with NULL; *word points into the list. */
int tf_perf_word(const struct tf_command *command, const char *option, const char *value,
                 const char *const *list, const char **word);
int tf_perf_readable(const struct tf_command *command, const char *path);
/* "2,4", "0-3,8", in the order given. */
int tf_perf_cpus(const struct tf_command *command, const char *value,
                 struct tf_perf_options *options);
/* No CPU twice, unless the run is functional. */
int tf_perf_cpus_distinct(const struct tf_command *command,
                          const struct tf_perf_options *options);
int tf_perf_inject(const struct tf_command *command, const char *value,
                   struct tf_perf_options *options);

#endif
