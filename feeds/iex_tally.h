/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iex_tally.h - what an IEX recording holds beyond the common counts: lengths, times, sums, flags
 * and volumes, for tf_decoder_ops.facts.  All of it is of the wire, before any field is judged.
 *
 * Bounded whatever the input: so many lengths a type, so many system events; what is beyond is
 * counted as one.
 */
#ifndef TF_IEX_TALLY_H
#define TF_IEX_TALLY_H

#include "decoder.h"

struct tf_iex_tally;

/* `lengths` by type, 0: not of this feed; must outlive it.  NULL: no memory. */
struct tf_iex_tally *tf_iex_tally_open(unsigned arena, const uint8_t lengths[256]);
void tf_iex_tally_close(struct tf_iex_tally *tally);
void tf_iex_tally_clear(struct tf_iex_tally *tally);

/* Any message of a byte or more: its length, the checksum of all, the first of all. */
void tf_iex_tally_block(struct tf_iex_tally *tally, const uint8_t *message, uint32_t length);
/* One that is long enough for its type; `instrument` is 0 for S. */
void tf_iex_tally_message(struct tf_iex_tally *tally, const uint8_t *message,
                          uint32_t instrument);

/* As members of the open object. */
void tf_iex_tally_json(const struct tf_iex_tally *tally, struct tf_json *json);

#endif
