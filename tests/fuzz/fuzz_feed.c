/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as packets of any format with a session: through the feed, with its reordering, gaps,
 * lines and restarts, to ticks; see feed_packets.h.
 */
#include "digest.h"
#include "feed.h"
#include "feed_packets.h"
#include "fuzz.h"
#include "lookalike.h"

enum { FORMATS_MAX = 32, ROOM = TF_SINK_MIN };

size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    return make_packets(which, out, room);
}

static struct tf_feed *feed_of(const struct tf_format *format)
{
    static struct {
        const struct tf_format *format;
        struct tf_feed *feed;
    } feeds[FORMATS_MAX];
    unsigned i = 0;
    while (feeds[i].format && feeds[i].format != format)
        i++;
    MUST(i < FORMATS_MAX);
    if (!feeds[i].feed) {
        struct tf_feed_options options = {.format = format,
                                          .decoder = {.node = -1, .tally = true},
                                          .lines = true,
                                          .reorder_ns = 100000000,
                                          .reorder_packets = 8};
        feeds[i].format = format;
        feeds[i].feed = tf_feed_open(&options);
        MUST(feeds[i].feed);
    }
    return feeds[i].feed;
}

struct pass {
    uint64_t messages, ticks, gaps;
    uint64_t digest;
};

static void check_tick(const struct tf_tick *tick, uint32_t channels)
{
    MUST(tick->seq == 0 && tick->ts_pub == 0);
    if (tick->rtype == TF_RTYPE_GAP) {
        MUST(tick->size < channels);
        return;
    }
    MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
}

/* Everything that is due, with as little room as is allowed every other time. */
static void drain(struct tf_feed *feed, uint32_t ticks_max, struct tf_digest *digest,
                  struct pass *pass)
{
    static struct tf_tick ticks[ROOM];
    struct tf_sink sink = {.ticks = ticks};
    uint32_t messages;
    do {
        sink.count = 0;
        sink.capacity = pass->messages & 1 ? ROOM : ticks_max;
        messages = tf_feed_next(feed, 1 + (uint32_t)(pass->messages & 7), &sink);
        MUST(sink.count <= sink.capacity);
        MUST(messages || sink.count == 0);
        for (uint32_t i = 0; i < sink.count; i++) {
            check_tick(&ticks[i], tf_feed_channels(feed));
            pass->gaps += ticks[i].rtype == TF_RTYPE_GAP;
        }
        if (digest)
            tf_digest_add(digest, ticks, sink.count);
        pass->messages += messages;
        pass->ticks += sink.count;
    } while (messages);
}

static void check_packet(const struct tf_format *format, const struct tf_packet *packet)
{
    char text[TF_LOOKALIKE_ROOM];
    bool known;
    for (unsigned i = 0; tf_formats[i]; i++) {
        int score = tf_formats[i]->probe_packet ? tf_formats[i]->probe_packet(packet) : 0;
        MUST(score >= 0 && score <= 100);
    }
    MUST(strlen(tf_lookalike_packet(packet, text, sizeof text, &known)) > 0);
    struct tf_segment segment;
    if (!format->session->parse(packet, &segment))
        return;
    MUST(segment.body >= packet->bytes &&
         segment.body + segment.body_length <= packet->bytes + packet->length);
    MUST(segment.kind == TF_SEGMENT_DATA || segment.units == 0);
    MUST(segment.sequence + segment.units >= segment.sequence);
}

/* The next packet of the input, in a block of just its size; how many bytes it took. */
static size_t take(const uint8_t *bytes, size_t length, struct tf_packet *packet, uint64_t *now,
                   uint8_t **exact)
{
    uint8_t flags = bytes[0];
    size_t wanted = bytes[2] | (size_t)bytes[3] << 8, here = length - 4;
    uint32_t size = (uint32_t)(wanted < here ? wanted : here);
    *now += bytes[1] * UINT64_C(8000000);
    *exact = malloc(size ? size : 1);
    MUST(*exact);
    memcpy(*exact, bytes + 4, size);
    *packet = (struct tf_packet){.bytes = *exact,
                                 .length = size,
                                 .cut = flags & FED_CUT,
                                 .ts_recv = flags & FED_NO_TIME ? TF_UNDEF_TIMESTAMP : *now,
                                 .number = packet->number + 1,
                                 .flow = {.source = 1,
                                          .address = 2 + (flags & FED_FLOW),
                                          .source_port = 3,
                                          .port = 26477,
                                          .protocol = flags & FED_TCP ? 6 : 17}};
    return 4 + size;
}

static void check_reports(struct tf_feed *feed, const struct pass *pass)
{
    const struct tf_feed_counts *counts = tf_feed_counts(feed);
    struct tf_missing missing[4];
    uint64_t units = 0, wins = 0;
    MUST(counts->messages + pass->gaps == pass->messages);
    MUST(tf_feed_missing(feed, missing, 4) == 0); /* all was let go */
    for (uint32_t i = 0; i < tf_feed_channels(feed); i++) {
        struct tf_channel_report channel;
        tf_feed_channel_report(feed, i, &channel);
        if (!channel.name[0]) /* joined with another */
            continue;
        MUST(channel.held == 0 && tf_channel_state_name(channel.state));
        units += channel.units;
    }
    for (uint32_t i = 0; i < tf_feed_lines(feed); i++) {
        const struct tf_line_report *line = tf_feed_line_report(feed, i);
        MUST(line->channel < tf_feed_channels(feed));
        MUST(line->heartbeats + line->ends <= line->packets);
        wins += line->wins;
    }
    MUST(wins <= units);
}

static struct pass run(struct tf_feed *feed, const struct tf_format *format,
                       const uint8_t *bytes, size_t length)
{
    struct pass pass = {0};
    struct tf_packet packet = {.number = 0};
    uint64_t now = UINT64_C(1500000000000000000);
    struct tf_digest *digest = tf_digest_new();
    MUST(digest);
    for (size_t at = 1; at + 4 <= length;) {
        uint8_t *exact;
        uint8_t flags = bytes[at];
        at += take(bytes + at, length - at, &packet, &now, &exact);
        check_packet(format, &packet);
        (flags & FED_RECOVERED ? tf_feed_recovered : tf_feed_packet)(feed, &packet);
        drain(feed, format->decoder->ticks_max, digest, &pass);
        free(exact);
        struct tf_missing missing[2];
        uint32_t count = tf_feed_missing(feed, missing, 2);
        for (uint32_t i = 0; i < count; i++) {
            MUST(missing[i].first <= missing[i].last);
            if (flags & FED_CUT)
                tf_feed_asked(feed, &missing[i], now + 50000000);
        }
    }
    tf_feed_flush(feed);
    drain(feed, format->decoder->ticks_max, digest, &pass);
    pass.digest = tf_digest_value(digest);
    tf_digest_free(digest);
    check_reports(feed, &pass);
    return pass;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 1)
        return 0;
    const struct tf_format *format = session_format(bytes[0]);
    struct tf_feed *feed = feed_of(format);
    tf_feed_restart(feed);
    struct pass first = run(feed, format, bytes, length);
    tf_feed_restart(feed);
    struct pass second = run(feed, format, bytes, length);
    MUST(first.messages == second.messages && first.ticks == second.ticks &&
         first.gaps == second.gaps && first.digest == second.digest);
    return 0;
}
