/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - inside a feed: which flow carries which channel, and how well.
 *
 * A protocol with a session id says itself which lines belong together.  Of others (CME, PITCH)
 * lines A and B are byte for byte the same, so the first packet that came on another flow before
 * joins the two: of lines whose packets carry a send time at once, without one if it is long
 * enough (24 bytes) not to be the bare header that every unit of every venue begins with.
 */
#ifndef TF_LINES_H
#define TF_LINES_H

#include "channel.h"

enum { TF_LINES_MAX = 1024, TF_RECENT = 4096, TF_LIKELY = 512 };

struct tf_line {
    struct tf_line_report report;
    uint32_t index; /* in the table */
    uint8_t key[16];
    bool key_is_whole;
};

struct tf_lines {
    struct tf_line *lines[TF_LINES_MAX]; /* each its own: pointers to them stay good */
    uint32_t count;
    struct tf_channel *channels[TF_LINES_MAX];
    uint32_t channel_count;
    /* By hash: who brought which packet when, for pairing and for the lead of one line. */
    struct {
        uint64_t hash, ts;
        uint32_t line;
    } * recent;                 /* TF_RECENT */
    uint32_t likely[TF_LIKELY]; /* by flow: the line that was found there last */
};

int tf_lines_open(struct tf_lines *lines); /* 0 or TF_EOS */
void tf_lines_close(struct tf_lines *lines);
void tf_lines_clear(struct tf_lines *lines);

/* The line of this packet, new if need be; NULL: there are TF_LINES_MAX. */
struct tf_line *tf_line_of(struct tf_lines *lines, const struct tf_packet *packet,
                           const struct tf_segment *segment);
/* The channel with this key that some line has; NULL: none.  For what is of no line. */
struct tf_channel *tf_channel_of_key(struct tf_lines *lines, const struct tf_segment *segment);
/* Note the packet's copies on other lines, and join channels that turn out to be one. */
void tf_lines_pair(struct tf_lines *lines, struct tf_line *line, const struct tf_packet *packet,
                   const struct tf_segment *segment, uint64_t hash, uint64_t now);
/* Count the packet for its line as if that were alone. */
void tf_line_count(struct tf_line *line, const struct tf_packet *packet,
                   const struct tf_segment *segment);

#endif
