/* SPDX-License-Identifier: Apache-2.0 */
/*
 * itch50_tally.h - what a whole session of ITCH 5.0 adds up to: sums, codes, lengths, a checksum.
 *
 * For inspection, to be compared with what another decoder says of the same bytes; costs some
 * tens of ns a message, so it is there only where options.tally asked for it.  Fixed memory of
 * 64 KB whatever the input.
 */
#ifndef TF_ITCH50_TALLY_H
#define TF_ITCH50_TALLY_H

#include "decoder.h"
#include "order_store.h"
#include "symbol_set.h"

struct tf_itch50_tally;

/* NULL: out of memory, TF_EOS set. */
struct tf_itch50_tally *tf_itch50_tally_open(void);
void tf_itch50_tally_close(struct tf_itch50_tally *tally);
/* As just opened. */
void tf_itch50_tally_clear(struct tf_itch50_tally *tally);

/*
 * One message, any content, before the decoder has changed its orders: what an execution takes
 * its price from must still be there.
 */
void tf_itch50_tally_note(struct tf_itch50_tally *tally, const struct tf_order_store *orders,
                          const uint8_t *message, uint32_t length);

/*
 * Members of the open object, with these keys and no others:
 *
 *   message_lengths_by_type          {"A": {"36": messages}}
 *   message_ts_ns_since_midnight     first_in_file, last_in_file, min, max,
 *                                    backward_steps_in_file_order
 *   symbols_detail                   distinct_in_messages, directory_entries, distinct_locates,
 *                                    sample: the first ten by name
 *   system_events                    [["O", ns since midnight], ...], up to 1024
 *   flags                            messages by code: market_category, issue_classification,
 *                                    etp_flag (R), trading_state (H), regsho_action (Y),
 *                                    cross_type (Q), mp_state (L)
 *   sums                             by message; what never occurred is not there
 *   executed_volume_all_E_C_P, trade_events_E_C_P, orders_open_at_end, open_shares_at_end
 *   message_block_stream             crc32 of each message behind its length of two bytes, as
 *                                    decoded
 *   first_message_of_each_type_hex   up to 64 bytes of each
 */
void tf_itch50_tally_facts(const struct tf_itch50_tally *tally,
                           const struct tf_feed_counts *counts,
                           const struct tf_order_store *orders,
                           const struct tf_symbol_set *symbols, struct tf_json *json);

#endif
