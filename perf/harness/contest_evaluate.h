/* SPDX-License-Identifier: Apache-2.0 */
/* contest_evaluate.h - from the counters that workers left to the numbers of a block. */
#ifndef TF_CONTEST_EVALUATE_H
#define TF_CONTEST_EVALUATE_H

#include "worker.h"

/*
 * Add the block that `entry` has just run to its result; *block gets its numbers.  `scratch` has room for a value of every reader and
 * message.  False: this is no transport to be compared; `why` says what it did.
 */
bool tf_evaluate(const struct tf_duty *duty, uint32_t entry, struct tf_entry_result *result,
                 struct tf_block *block, uint64_t *scratch, char why[256]);

/* The same judgement of a block that is not evaluated. */
bool tf_evaluate_delivery(const struct tf_duty *duty, uint32_t entry, char why[256]);

#endif
