/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prediction.h - what an injected stall must do to the percentiles, beside what it did: the suite's test of itself.
 *
 * A writer that stands still for S of every E finds, when it goes on, the messages that were due meanwhile: each
 * late by what was left of the stall when it was due, so their lateness is spread evenly over 0 to S.  Of all
 * messages S / E are late at all, and (S - x) / E by more than x; the percentile q lies at S - (1 - q) E.  A suite
 * that measures from the send instead of the due time, or lets a late message delay the schedule, shows none of it.
 */
#ifndef TF_PREDICTION_H
#define TF_PREDICTION_H

#include "contest.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct tf_stall {
    double stall_ns, every_ns; /* both above 0; a stall is shorter than what it interrupts */
};

/* Share of all messages, 0 to 1, that are late by more than `late_ns`. */
double tf_stall_share(struct tf_stall stall, double late_ns);
/* The lateness that `percent` (0 to 100) of the messages do not exceed, ns. */
double tf_stall_percentile(struct tf_stall stall, double percent);

/* Share of the recorded values above `value`; a bin that straddles it counts by its part above. */
double tf_histogram_share_above(const struct tf_histogram *histogram, double value);

struct tf_stall_check {
    struct tf_stall stall;
    double late_ns; /* "late" is more than this: a tenth of the stall, far above any hand-off */
    double predicted, measured; /* shares of all messages */
    double low, high;           /* what is accepted of `measured` */
    bool noisy, agrees;
};

/*
 * Compare with what was measured at a constant `rate` (messages a second).  Accepted is the share that the stalls of
 * that time make, one stall more or less for where it began and ended, and a tenth for stalls that last longer than
 * asked.
 *
 * What the machine adds itself shows in `from_sent`, for readers that were away, and a writer is away as often.  A machine
 * that adds more than the stalls do can show nothing: `noisy`, and not agreed.
 */
void tf_stall_check(struct tf_stall_check *check, struct tf_stall stall, double rate,
                    const struct tf_histogram *from_due, const struct tf_histogram *from_sent);
/* The same with values of some blocks only, those that were quiet: how many stalls fell into them is a matter of chance,
 * and two standard deviations of that are accepted besides. */
void tf_stall_check_sampled(struct tf_stall_check *check, struct tf_stall stall, double rate,
                            const struct tf_histogram *from_due,
                            const struct tf_histogram *from_sent);

/* The object "stall" of schema.md: {"stall_ns","every_ns","late_ns","predicted","measured","low","high","noisy","agrees","p99_9_predicted_ns","said"};
 * new reference. */
json_t *tf_stall_check_json(const struct tf_stall_check *check);
/* For a row of schema.md: that of an entry with stalls at a constant rate, quiet blocks if there are; NULL for any other. */
json_t *tf_stall_check_row(const struct tf_entry *entry, const struct tf_entry_result *result);
/* The same as a sentence for people, at least 200 bytes; returns `out`. */
char *tf_stall_check_text(const struct tf_stall_check *check, char *out, size_t size);

#endif
