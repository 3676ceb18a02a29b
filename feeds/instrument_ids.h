/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instrument_ids.h - numbers for instruments of venues that only have names.
 *
 * Names of up to 8 bytes get 65536, 65537 ... in the order of their first appearance: above
 * Nasdaq's 16-bit stock locates, so that recordings of several venues can become one stream, and
 * dense, so that a strategy can index an array.
 */
#ifndef TF_INSTRUMENT_IDS_H
#define TF_INSTRUMENT_IDS_H

#include <stdbool.h>
#include <stdint.h>

enum { TF_INSTRUMENT_ID_FIRST = 65536, TF_INSTRUMENT_IDS_MAX = 1 << 24 };

struct tf_instrument_ids;

/* NULL: out of memory, TF_EOS set. */
struct tf_instrument_ids *tf_instrument_ids_open(void);
void tf_instrument_ids_close(struct tf_instrument_ids *ids);

/*
 * The id of this name, given to it now if it is new.  0: no room for another, or the name is 0 or
 * eight blanks.  The name's bytes are as on the wire (blank padded); callers with shorter ones
 * pad with blanks.  One random access, O(1) expected with a keyed hash: a recording may be
 * hostile.
 */
uint32_t tf_instrument_id(struct tf_instrument_ids *ids, uint64_t name, bool *is_new);
uint32_t tf_instrument_ids_count(const struct tf_instrument_ids *ids);

#endif
