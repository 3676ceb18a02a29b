/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - inside a feed: which flow carries which channel, and how well.
 *
 * A protocol with a session id says itself which lines belong together.  Of others (CME, PITCH)
 * it is declared by destination, before a packet of theirs comes.  Lines and channels never go
 * away: their indices are good as long as the feed.
 */
#ifndef TF_LINES_H
#define TF_LINES_H

#include "channel.h"

enum { TF_LINES_MAX = 4096, TF_RECENT = 4096, TF_LIKELY = 1024 };

struct tf_line {
    struct tf_line_report report;
    uint32_t index; /* in the table */
    uint8_t key[16];
};

struct tf_lines {
    struct tf_line *lines[TF_LINES_MAX]; /* each its own: pointers to them stay good */
    uint32_t count;
    struct tf_channel *channels[TF_LINES_MAX];
    uint32_t channel_count;
    struct {
        uint32_t address, group;
        uint16_t port;
    } * declared; /* declared_count of them */
    uint32_t declared_count;
    /* By hash: who brought which packet when, for the lead of one line. */
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
/* 0, or TF_EOS: as many as there can be lines. */
int tf_lines_declare(struct tf_lines *lines, uint32_t address, uint16_t port, uint32_t group);
/* Note that this line brought the packet, and who was first where it is a copy. */
void tf_lines_note(struct tf_lines *lines, struct tf_line *line, uint64_t hash, uint64_t now);
/* Count the packet for its line as if that were alone. */
void tf_line_count(struct tf_line *line, const struct tf_packet *packet,
                   const struct tf_segment *segment);

#endif
