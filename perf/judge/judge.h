/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.h - a result (perf/report/schema.md) against goals, and against an earlier result of the same machine.
 *
 * The rule.  A goal has a limit; a measurement has a median and quartiles over its rounds, and the median an uncertainty:
 * 1.57 times the distance of the quartiles over the root of the rounds (McGill's notch, about 95 %).
 *   INVALID  the median is within its uncertainty of the limit, on either side of it, and the uncertainty is above 2 % of
 *            the median: too close to call, more rounds decide; or, where it is more than 10 % of the limit, too
 *            noisy.  Demanded all the same: noise makes nothing pass.
 *   PASS     else, where the median meets the limit.
 *   FAIL     else.
 * The rule leans to neither side.  2 % is how well two runs of one build agree when nothing else changes: a median that is
 * as certain as that decides where it stands.  So does a number without rounds (a count of instructions).
 *
 * INVALID, too, and never a pass, is what the run cannot show: a row that was not measured; fewer than three rounds; a
 * clock that is not usable; too few CPUs; an absolute limit on a machine that is unfit for it; a self-test by injection.
 *
 * Disturbed blocks are no reason by themselves: a host that takes a CPU away for 20 us leaves the middle of a
 * block's thousands where it was, and what it moves is in the spread over the rounds.  A tail is another matter: where more
 * blocks were disturbed than quiet, a 99th percentile is the host's, INVALID and not demanded.
 *
 * A goal whose placement did not occur (no round between far CPUs) is not demanded; neither is an absolute
 * throughput on a machine that is unfit for it or slower than the one the limit is of: there the same run's ring of
 * seqlocks is the measure.
 *
 * A goal beside what promises something else (in floods: queues that make their writer wait) is judged and
 * shown, and never demanded.
 *
 * Beside comparators, the fastest is the one with the best median over the rounds: the least of many noisy numbers of one
 * round would be faster than any of them is.  Tickfan is then compared with that one round by round, near and
 * far CPUs apart, each where it has three rounds; the worse of the verdicts is the goal's.
 *
 * A batch has a limit in single raw lines, and the machine one of its own: where the raw line's batch leaves no ring
 * room below the limit, that batch is the measure, and the verdict's text, limit and unit are those.
 */
#ifndef TF_JUDGE_H
#define TF_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum tf_verdict { TF_PASS, TF_FAIL, TF_INVALID };

/*
 * Judge `result` by the goals of `profile` ("small", "xeon64"): adds the array "verdicts" (schema.md) to it and returns the
 * worst of the goals that are demanded: any FAIL is FAIL, else any INVALID is INVALID.  Negative: no such profile,
 * tf_errmsg() lists them.
 */
int tf_judge(json_t *result, const char *profile);

/* Names of the profiles, ending with NULL, and the measurements that one needs ("latency", ...); NULL: no such
 * profile, tf_errmsg() lists them. */
const char *const *tf_judge_profiles(void);
const char *const *tf_judge_needs(const char *profile);

/*
 * Baselines: one file per machine ("machine"."id") and build kind, under `folder`.  A result that deserves doubt is kept
 * with the reason, under "unfit".
 */
int tf_baseline_save(const json_t *result, const char *folder, char path[4096]);
/* Why a result makes a poor baseline: an unfit machine, or nine blocks in ten disturbed.  False: it does not. */
bool tf_baseline_doubt(const json_t *result, char why[512]);

/* How many numbers of a baseline were looked at, and how many of them were too noisy to be judged. */
struct tf_baseline_count {
    size_t compared, unjudged;
};
/*
 * Adds "regressions" to result: each number that is worse than the baseline's by more than both spreads (between the
 * quartiles) and 5 %, of instructions 0.5 %.  TF_PASS; TF_FAIL; TF_INVALID with the reason in tf_errmsg(): another
 * machine, CPU or suite, a number of the baseline that was not measured now, or one with a spread above 20 %, which is
 * not seen to be worse and could be; or a negative tf_error.
 */
int tf_baseline_check(json_t *result, const char *folder, struct tf_baseline_count *count);
/* The measurements that baselines keep numbers of; ends with NULL. */
const char *const *tf_baseline_needs(void);

#endif
