/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h - a reader's private state, shared by the files that attach, read and wait. */
#ifndef TF_READER_H
#define TF_READER_H

#include "clock.h"
#include "descriptor.h"
#include "directory.h"
#include "ring.h"
#include "roster.h"

#include <limits.h>

struct tf_reader {
    /* Hot: what tf_read() touches. */
    struct tf_cursor cursor;
    struct tf_roster_slot *slot; /* in the roster, or `anonymous` below: never NULL */

    struct tf_tick streamed; /* what tf_peek() points to when the slot itself will not do */

    /* Cold. */
    const struct tf_data_header *header;
    tf_word32 *doorbell; /* NULL when anonymous: then blocking is sleeping */
    enum tf_wait_mode wait;
    struct tf_directory directory;
    struct tf_segment data, roster;
    struct tf_stream_info info;
    struct tf_roster_slot anonymous;
    char path[PATH_MAX];
};

/* Is there something at the cursor: a tick, or an overrun to be told? */
static inline bool tf_reader_has_next(const struct tf_reader *reader)
{
    const struct tf_cursor *cursor = &reader->cursor;
    if (tf_cursor_flooded(cursor)) /* what tf_read() would go by */
        return tf_load_acquire(cursor->head) >= cursor->next;
    return tf_cursor_state(cursor, tf_cursor_stamp(cursor, cursor->next), cursor->next) !=
           TF_SLOT_EMPTY;
}

#endif
