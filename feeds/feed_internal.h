/* SPDX-License-Identifier: Apache-2.0 */
/* feed_internal.h - what the files of a feed share; nobody else includes it. */
#ifndef TF_FEED_INTERNAL_H
#define TF_FEED_INTERNAL_H

#include "channel.h"
#include "feed.h"
#include "lines.h"

/* Where its decoding stands. */
struct tf_feed_work {
    struct tf_packet packet;
    struct tf_segment segment;
    struct tf_channel *channel;
    struct tf_line *line; /* that brought it; NULL: a server */
    struct tf_held *held; /* to be freed with it; NULL: the bytes are the caller's */
    uint32_t at, unit;    /* in the body; units passed */
    uint32_t skip;        /* the first so many units are not needed */
    uint64_t hash;        /* of the packet */
};

struct tf_feed {
    struct tf_feed_options options;
    const struct tf_session_ops *session;
    const struct tf_decoder_ops *ops;
    struct tf_decoder *decoder;
    const struct tf_feed_counts *decoded; /* the decoder's own */
    struct tf_lines lines;
    struct tf_feed_work arrived, active;
    bool has_arrived, is_active, flush;
    uint32_t look_from, look_to; /* channels that may have something due */
    uint64_t now, deadline;      /* look at all channels then */
    struct tf_feed_counts counts;
    uint64_t bad, cut, foreign, too_many; /* packets */
    uint64_t flaws_seen;
};

/* Look at all channels no later than when this one gives up. */
static inline void tf_feed_note_deadline(struct tf_feed *feed, const struct tf_channel *channel)
{
    uint64_t deadline = tf_channel_deadline(channel, feed->options.reorder_ns);
    if (deadline < feed->deadline)
        feed->deadline = deadline;
}

#endif
