/* SPDX-License-Identifier: Apache-2.0 */
/* suite.h - the measurements there are, and one run over some of them, which makes a result (perf/report/schema.md). */
#ifndef TF_SUITE_H
#define TF_SUITE_H

#include "measurement.h"

/* All, in the order in which `perf all` runs them; ends with NULL. */
extern const struct tf_measurement *const tf_measurements[];
/* NULL: no such name. */
const struct tf_measurement *tf_measurement_find(const char *name);

enum { TF_MEASUREMENTS_MAX = 32 };

/*
 * Run `which` (ends with NULL) one after the other: the clock is checked before anything else, the noise of the CPUs is
 * measured before and after, and the worse of the two says whether the machine is fit.  The others run when one fails, but
 * not after a stop request (tf_stop_requested()).  A measurement that has everybody but Tickfan fails with TF_EOS.
 *
 * 0, or a negative tf_error with tf_errmsg(), that of the first that failed; TF_EBUSY when the clock is not usable or
 * the run was stopped.  *result, the caller's, holds all that was measured, with "incomplete" when that is not all;
 * NULL when nothing was.
 */
int tf_suite_run(const char *command, const struct tf_measurement *const *which,
                 struct tf_perf_options *options, json_t **result);

/* One case alone, to be counted from outside (TF_PERF_CASE): the measurement runs, and nothing besides. */
int tf_suite_run_bare(const struct tf_measurement *measurement,
                      const struct tf_perf_options *options);

#endif
