/* SPDX-License-Identifier: Apache-2.0 */
/* dbn_internal.h - what the files of the DBN decoder share; nobody else includes it. */
#ifndef TF_DBN_INTERNAL_H
#define TF_DBN_INTERNAL_H

#include "bytes.h"
#include "dbn.h"
#include "dbn_fields.h"
#include "dbn_metadata.h"
#include "dbn_names.h"
#include "dbn_tally.h"
#include "dbn_wire.h"

/* The metadata, as it comes in pieces. */
struct tf_dbn_block {
    uint8_t *bytes;
    size_t have, room;
};

struct tf_decoder {
    bool ts_out;        /* 8 bytes more in each record */
    bool own;           /* written by Tickfan */
    bool each_is_event; /* tbbo, tcbbo: no other record belongs to the event */
    bool replaced;      /* `instead` stands for the next record's ticks */
    struct tf_tick instead;
    struct tf_dbn_block block;
    struct tf_dbn_metadata metadata; /* into the block; version 0: none yet */
    struct tf_dbn_names names;
    struct tf_dbn_tally *tally; /* NULL: not asked for */
    struct tf_feed_counts counts;
};

/* One record or piece of metadata, for the ops. */
void tf_dbn_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                   struct tf_sink *sink);
/* A piece of metadata; the last one makes it known. */
void tf_dbn_take_metadata(struct tf_decoder *decoder, const struct tf_venue_message *piece);
/* A record of another instrument than lately: count it, and tell its name if there is one. */
void tf_dbn_meet(struct tf_decoder *decoder, const uint8_t *record, struct tf_sink *sink);
/* A definition or mapping names it. */
void tf_dbn_tell(struct tf_decoder *decoder, const struct tf_instrument *instrument,
                 struct tf_sink *sink);

#endif
