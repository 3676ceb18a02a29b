/* SPDX-License-Identifier: Apache-2.0 */
/* feed_fixture.h - a toy protocol, a feed of it, and what came out of it as a sentence. */
#ifndef TF_FEED_FIXTURE_H
#define TF_FEED_FIXTURE_H

#include "bytes.h"
#include "feed.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a toy protocol: u64 first, u16 count, u64 send time (0: none), then u64 messages ---------- */

enum { TOY_HEADER = 18, TOY_MESSAGE = 8, TOY_MAX = 1500 };

static bool key_is_whole = true;

static inline bool toy_parse(const struct tf_packet *packet, struct tf_segment *segment)
{
    if (packet->length < TOY_HEADER)
        return false;
    uint32_t count = tf_be16(packet->bytes + 8);
    uint64_t sent = tf_be64(packet->bytes + 10);
    *segment = (struct tf_segment){.kind = count == 0xFFFF ? TF_SEGMENT_END
                                           : count         ? TF_SEGMENT_DATA
                                                           : TF_SEGMENT_HEARTBEAT,
                                   .sequence = tf_be64(packet->bytes),
                                   .units = count == 0xFFFF ? 0 : count,
                                   .ts_send = sent ? sent : TF_UNDEF_TIMESTAMP,
                                   .key = "toy",
                                   .key_is_whole = key_is_whole,
                                   .may_restart = tf_be64(packet->bytes) == 1,
                                   .body = packet->bytes + TOY_HEADER,
                                   .body_length = packet->length - TOY_HEADER,
                                   .header_length = TOY_HEADER};
    return true;
}

static inline bool toy_next(const struct tf_segment *segment, uint32_t *at,
                            struct tf_venue_message *message)
{
    if (segment->body_length - *at < TOY_MESSAGE)
        return false;
    message->bytes = segment->body + *at;
    message->length = TOY_MESSAGE;
    *at += TOY_MESSAGE;
    return true;
}

static inline char *toy_text(const struct tf_packet *packet, const struct tf_segment *segment,
                             char *out, size_t size)
{
    (void)packet;
    (void)segment;
    strncpy(out, "toy", size);
    return out;
}

static const struct tf_session_ops toy_session = {
    .name = "toy", .parse = toy_parse, .next = toy_next, .channel_text = toy_text};

struct tf_decoder {
    struct tf_feed_counts counts;
    uint64_t gaps;
};

static struct tf_decoder toy;

static inline struct tf_decoder *toy_open(const struct tf_decoder_options *options)
{
    (void)options;
    memset(&toy, 0, sizeof toy);
    return &toy;
}

static inline void toy_restart(struct tf_decoder *decoder)
{
    memset(decoder, 0, sizeof *decoder);
}

static inline void toy_close(struct tf_decoder *decoder)
{
    (void)decoder;
}

static inline void toy_decode(struct tf_decoder *decoder,
                              const struct tf_venue_message *message, struct tf_sink *sink)
{
    decoder->counts.messages++;
    if (tf_be64(message->bytes) == UINT64_MAX) {
        tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, "number", 3);
        return;
    }
    sink->ticks[sink->count++] = (struct tf_tick){.order_id = tf_be64(message->bytes),
                                                  .sequence = (uint32_t)message->sequence,
                                                  .ts_recv = TF_UNDEF_TIMESTAMP,
                                                  .rtype = TF_RTYPE_MBO,
                                                  .size = message->channel};
}

static inline const struct tf_feed_counts *toy_counts(struct tf_decoder *decoder)
{
    return &decoder->counts;
}

static inline int toy_type(const struct tf_venue_message *message)
{
    (void)message;
    return 'M';
}

static inline void toy_gap(struct tf_decoder *decoder, uint32_t channel)
{
    (void)channel;
    decoder->gaps++;
}

static const struct tf_decoder_ops toy_ops = {.name = "toy",
                                              .ticks_max = 1,
                                              .open = toy_open,
                                              .close = toy_close,
                                              .restart = toy_restart,
                                              .decode = toy_decode,
                                              .counts = toy_counts,
                                              .type_of = toy_type,
                                              .type_name = tf_type_letter,
                                              .gap = toy_gap};
static const struct tf_format toy_format = {
    .name = "toy", .description = "toy", .decoder = &toy_ops, .session = &toy_session};

/* ---- a feed and what came out of it ----------------------------------------------------------- */

enum { MS = 1000000, OUT_MAX = 200000 };

static struct tf_feed *feed;
static struct tf_tick out[OUT_MAX];
static uint32_t out_count;
static struct tf_flaw_place flawed;

static inline void on_flaw(void *context, const struct tf_flaw_place *place)
{
    (void)context;
    flawed = *place;
}

static inline void open_feed(uint64_t reorder_ns, uint32_t reorder_packets)
{
    struct tf_feed_options options = {.format = &toy_format,
                                      .decoder.node = -1,
                                      .reorder_ns = reorder_ns,
                                      .reorder_packets = reorder_packets,
                                      .lines = true,
                                      .flawed = on_flaw};
    feed = tf_feed_open(&options);
    cr_assert(feed);
    out_count = 0;
    key_is_whole = true;
}

/* Through a sink of a size that changes, so that a packet is left and taken up again anywhere. */
static inline void drain(void)
{
    static uint32_t turn;
    struct tf_tick ticks[8];
    uint32_t got;
    do {
        struct tf_sink sink = {.ticks = ticks, .capacity = 1 + turn++ % 8};
        got = tf_feed_next(feed, 1 + turn % 5, &sink);
        cr_assert_leq(sink.count, sink.capacity);
        cr_assert_leq(out_count + sink.count, OUT_MAX);
        memcpy(out + out_count, ticks, sink.count * sizeof *ticks);
        out_count += sink.count;
    } while (got);
}

static inline struct tf_packet packet_of(uint8_t *bytes, uint64_t first, uint32_t count,
                                         uint64_t sent, unsigned line, uint64_t now)
{
    static uint64_t number;
    tf_put_be64(bytes, first);
    tf_put_be16(bytes + 8, (uint16_t)count);
    tf_put_be64(bytes + 10, sent);
    uint32_t messages = count == 0xFFFF ? 0 : count;
    for (uint32_t i = 0; i < messages; i++)
        tf_put_be64(bytes + TOY_HEADER + (size_t)TOY_MESSAGE * i, 1000 + first + i);
    return (struct tf_packet){.bytes = bytes,
                              .length = TOY_HEADER + TOY_MESSAGE * messages,
                              .ts_recv = now,
                              .number = ++number,
                              .flow = {.address = 0xE9360C01 + line,
                                       .port = (uint16_t)(26400 + line),
                                       .protocol = 17}};
}

static inline void give(uint64_t first, uint32_t count, unsigned line, uint64_t now)
{
    /* Exactly as long as it is, so that reading past it is caught by sanitizers. */
    uint8_t *bytes = malloc(TOY_MAX);
    struct tf_packet packet = packet_of(bytes, first, count, 0, line, now);
    bytes = realloc(bytes, packet.length);
    packet.bytes = bytes;
    tf_feed_packet(feed, &packet);
    drain();
    free(bytes);
}

/* Delivered so far: "1 2 3 gap 4-5 6". */
static inline const char *story(void)
{
    static char text[4096];
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < out_count && used + 32 < sizeof text; i++) {
        const char *space = i ? " " : "";
        if (out[i].rtype == TF_RTYPE_GAP)
            used += (size_t)snprintf(text + used, sizeof text - used, "%sgap %u-%u", space,
                                     (unsigned)out[i].gap_first, (unsigned)out[i].gap_last);
        else
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%u", space,
                                     (unsigned)(out[i].order_id - 1000));
    }
    return text;
}

static inline struct tf_channel_report report_of(uint32_t channel)
{
    struct tf_channel_report report;
    tf_feed_channel_report(feed, channel, &report);
    return report;
}

static inline void flush(void)
{
    tf_feed_flush(feed);
    drain();
}

#endif
