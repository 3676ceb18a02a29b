/* SPDX-License-Identifier: Apache-2.0 */
/* dbn_tally.h - every field of a DBN recording counted and summed, for reports. */
#ifndef TF_DBN_TALLY_H
#define TF_DBN_TALLY_H

#include "dbn_metadata.h"
#include "json_out.h"

struct tf_dbn_tally;

struct tf_dbn_tally *tf_dbn_tally_open(void); /* NULL: out of memory */
void tf_dbn_tally_close(struct tf_dbn_tally *tally);
void tf_dbn_tally_clear(struct tf_dbn_tally *tally);

/* One record, `length` bytes as its header says, at least 16; ts_out: it ends with one. */
void tf_dbn_tally_add(struct tf_dbn_tally *tally, const uint8_t *record, uint32_t length,
                      bool ts_out);
/* Members of the open object.  metadata->version 0: there was none, a fragment. */
void tf_dbn_tally_write(const struct tf_dbn_tally *tally,
                        const struct tf_dbn_metadata *metadata, struct tf_json *json);

#endif
