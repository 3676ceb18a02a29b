/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.h - a result (perf/report/schema.md) against goals, and against an earlier result of the same machine.
 */
#ifndef TF_JUDGE_H
#define TF_JUDGE_H

#include <jansson.h>

enum tf_verdict { TF_PASS, TF_FAIL, TF_INVALID };

/*
 * Judge `result` by the goals of `profile` ("small", "xeon64"): adds the array "verdicts" (schema.md) to it and returns the
 * worst: any FAIL is FAIL, else any INVALID of a goal that the profile demands is INVALID.  Negative: no such
 * profile, tf_errmsg() lists them.
 */
int tf_judge(json_t *result, const char *profile);

/* Names of the profiles, ending with NULL, and the measurements that one needs ("latency", ...). */
const char *const *tf_judge_profiles(void);
const char *const *tf_judge_needs(const char *profile);

/* Baselines: one file per machine (tf_machine_id()) and build kind, under `folder`. */
int tf_baseline_save(const json_t *result, const char *folder, char path[4096]);
/* Adds "regressions" to result: each number that is worse than the baseline's beyond the noise that both measured.
 * TF_PASS, TF_FAIL, TF_INVALID (another machine, another suite version), or a negative tf_error. */
int tf_baseline_check(json_t *result, const char *folder);

#endif
