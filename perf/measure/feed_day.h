/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_day.h - a recording to decode over and over: made, or taken from a file.  Apart from what reports it, because
 * a feed's struct tf_message and the harness's are not the same.
 */
#ifndef TF_FEED_DAY_H
#define TF_FEED_DAY_H

#include "tickfan_publish.h"

enum tf_feed_pass {
    TF_FEED_COPY,   /* memcpy() of the bytes */
    TF_FEED_DECODE, /* to ticks, with the order store where the protocol needs one */
    TF_FEED_PUBLISH /* and into a stream */
};

struct tf_feed_day {
    const char *format;
    char path[96];
    uint64_t bytes, messages, ticks; /* of a whole pass */
    uint8_t *memory, *copy;          /* `bytes` each */
    struct tf_recording *recording;
};

/* Name of the format number `index`; NULL behind the last.  The first has a generator. */
enum { TF_FEED_GENERATED = 0 };
const char *tf_feed_format(uint32_t index);

/*
 * Make a day of so many messages in that format, as a file in `folder`.  0; TF_EUSAGE when there is no generator for
 * the format; TF_EOS, TF_EIO.
 */
int tf_feed_day_make(struct tf_feed_day *day, const char *format, uint64_t messages,
                     const char *folder);
/* The first 256 MiB of a recording, decompressed, as a file in `folder`. */
int tf_feed_day_take(struct tf_feed_day *day, const char *recording, const char *folder);
void tf_feed_day_close(struct tf_feed_day *day);

/* One pass over all of it; how many seconds it took, or a negative tf_error.  The publisher is for TF_FEED_PUBLISH. */
double tf_feed_pass(struct tf_feed_day *day, enum tf_feed_pass pass, tf_publisher *publisher);
/* Decode `messages` more, from the beginning again where it ends. */
void tf_feed_decode(struct tf_feed_day *day, uint64_t messages);

#endif
