/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cme_tally.h - what `tickfan inspect --json` reports of CME MDP 3.0 beyond the counts that all
 * decoders have: message headers, entries by kind, RptSeq by instrument, trades, levels, and the
 * sum of every integer field, so that two decoders can be compared field by field.
 *
 * Sums are of the wire's values: prices as mantissas, enumerations and sets as their bytes.
 * Nulls are counted and left out, but for enumerations, whose null is a value like the others.
 * Off the hot path's account: it may allocate, when something is seen for the first time, up to
 * the bounds of cme_tally.c; what is beyond them is counted with what is like it.
 */
#ifndef TF_CME_TALLY_H
#define TF_CME_TALLY_H

#include "cme_layout.h"
#include "decoder.h"

struct tf_cme_tally;

/* NULL: out of memory, TF_EOS set. */
struct tf_cme_tally *tf_cme_tally_open(unsigned arena);
void tf_cme_tally_close(struct tf_cme_tally *tally); /* NULL is ignored */
void tf_cme_tally_clear(struct tf_cme_tally *tally);

/* One message; `message` is read only as far as `fault` says that it was walked. */
void tf_cme_tally_message(struct tf_cme_tally *tally, const struct tf_venue_message *found,
                          const struct tf_cme_message *message, enum tf_cme_fault fault);

/* Members of the open object. */
void tf_cme_tally_facts(struct tf_cme_tally *tally, struct tf_json *json);

#endif
