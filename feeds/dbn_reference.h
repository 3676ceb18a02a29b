/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_reference.h - records that are not of the book, to ticks: one place for the decoder, which
 * needs them, and the encoder, which looks whether what it wrote would come back.
 *
 * Records of the right length; `record` may be of any content.  Each returns false for what it
 * cannot be.  dbn.h has the table of what goes where.
 */
#ifndef TF_DBN_REFERENCE_H
#define TF_DBN_REFERENCE_H

#include "tickfan.h"

#include <stdbool.h>

/* A tick with the record's header and nothing else. */
struct tf_tick tf_dbn_blank_tick(const uint8_t *record, uint8_t rtype);

bool tf_dbn_status_tick(const uint8_t *record, struct tf_tick *tick);
/* length: without ts_out. */
bool tf_dbn_statistics_tick(const uint8_t *record, uint32_t length, struct tf_tick *tick);
bool tf_dbn_definition_tick(const uint8_t *record, uint32_t length, struct tf_tick *tick);
/* venue_class is left to the caller. */
void tf_dbn_definition_instrument(const uint8_t *record, uint32_t length,
                                  struct tf_instrument *instrument);
/* Where the record has its group, 21 bytes; in our own files the venue_class. */
uint32_t tf_dbn_definition_group(uint32_t length);
/* Three ticks. */
bool tf_dbn_imbalance_ticks(const uint8_t *record, struct tf_tick ticks[3]);

/* "F@1": the class letter (0: none) and the publisher (0: none). */
void tf_dbn_venue_class(char class_letter, uint16_t publisher_id, char venue_class[8]);
/* The publisher that such a text ends with; 0: none. */
uint16_t tf_dbn_publisher_of(const char venue_class[8]);

/* Letters that a tick may have. */
bool tf_dbn_is_action(char action);
bool tf_dbn_is_side(char side);

#endif
