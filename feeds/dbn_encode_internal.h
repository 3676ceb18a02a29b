/* SPDX-License-Identifier: Apache-2.0 */
/* dbn_encode_internal.h - what the files of the encoder share; nobody else includes it. */
#ifndef TF_DBN_ENCODE_INTERNAL_H
#define TF_DBN_ENCODE_INTERNAL_H

#include "bytes.h"
#include "dbn_carry.h"
#include "dbn_encode.h"
#include "dbn_wire.h"

/* A record of zeros with its header. */
void tf_dbn_put_header(uint8_t *out, uint32_t length, uint8_t rtype, uint16_t publisher_id,
                       const struct tf_tick *tick);
/* The tick in a system message; how many bytes. */
size_t tf_dbn_put_carried(enum tf_dbn_carry carry, uint8_t version, const struct tf_tick *tick,
                          uint16_t publisher_id, uint8_t *out);
/* Kinds that come seldom, and never in a file of one schema; how many bytes. */
size_t tf_dbn_put_reference(const struct tf_dbn_encoder *encoder, const struct tf_tick *tick,
                            const struct tf_instrument *instrument, uint16_t publisher_id,
                            uint8_t *out);

#endif
