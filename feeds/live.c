/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include "clock.h"
#include "error.h"
#include "log.h"
#include "moldudp64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const uint64_t look_every_ns = TF_NS_PER_MS; /* at what waits for its time */
static const uint64_t watch_every_ns =
    250 * TF_NS_PER_MS;                             /* for silence, reports and the end */
static const uint64_t silent_ns = 10 * TF_NS_PER_S; /* a session, where --silence is 0 */
enum { RANGES_MAX = 65536 };

/* ---- open ------------------------------------------------------------------------------------ */

static int open_line(struct tf_live *live, uint32_t channel, char name,
                     const struct tf_endpoint *endpoint)
{
    const struct tf_live_args *args = live->args;
    struct tf_live_line *line = &live->lines[live->line_count];
    struct tf_receiver_options options = {.endpoint = *endpoint,
                                          .buffer = args->buffer,
                                          .stamps = args->stamps,
                                          .busy_poll_us = (uint32_t)args->busy_poll_us,
                                          .connected = name == 'r'};
    if (options.connected)
        options.stamps = TF_STAMPS_KERNEL;
    int error = tf_receiver_open(&line->receiver, &options);
    if (error)
        return tf_fail_in(error, "channel %u, %s%s", channel,
                          name == 'r' ? "rerequest" : "line ",
                          name == 'r' ? "" : (char[2]){name, 0});
    line->channel = channel;
    line->name = name;
    live->line_count++;
    int number = tf_receivers_add(&live->receivers, &line->receiver);
    return number < 0 ? number : 0;
}

static int open_channel(struct tf_live *live, uint32_t number)
{
    const struct tf_live_channel_args *args = &live->args->channels[number];
    struct tf_live_channel *channel = &live->channels[number];
    int error = 0;
    for (uint32_t i = 0; i < TF_LIVE_LINES_MAX && !error; i++)
        if (args->lines[i].port)
            error = open_line(live, number, (char)('a' + i), &args->lines[i]);
    if (error || !args->server.port)
        return error;
    error = open_line(live, number, 'r', &args->server);
    channel->server = &live->lines[live->line_count - 1];
    struct tf_recovery_options options = {.outstanding = (uint32_t)live->args->outstanding,
                                          .ranges = RANGES_MAX,
                                          .retry_ns = live->args->retry_ns};
    channel->recovery = error ? 0 : tf_recovery_open(&options);
    return error ? error : channel->recovery ? 0 : TF_EOS;
}

/* Copies are put in order by their times, so those must be of one clock: all cards or none. */
static int agree_on_clock(struct tf_live *live)
{
    uint32_t by_card = 0, lines = 0;
    for (uint32_t i = 0; i < live->line_count; i++) {
        lines += live->lines[i].name != 'r';
        by_card += live->lines[i].receiver.stamps_by_card;
    }
    if (by_card == lines || by_card == 0 || live->args->stamps == TF_STAMPS_HARDWARE)
        return 0;
    tf_log(TF_LOG_INFO,
           "not every line's card gives timestamps: the kernel's are taken for all");
    int error = 0;
    for (uint32_t i = 0; i < live->line_count && !error; i++) {
        live->lines[i].receiver.options.stamps = TF_STAMPS_KERNEL;
        error = tf_receiver_stamp(&live->lines[i].receiver);
    }
    return error;
}

static bool has_server(const struct tf_live_args *args)
{
    for (uint32_t i = 0; i < args->channel_count; i++)
        if (args->channels[i].server.port)
            return true;
    return false;
}

/* Which lines carry the same is known here: the feed need not find out. */
static int declare_lines(struct tf_live *live)
{
    int error = 0;
    for (uint32_t i = 0; i < live->line_count && !error; i++) {
        const struct tf_live_line *line = &live->lines[i];
        const struct tf_endpoint *endpoint = &line->receiver.options.endpoint;
        if (line->name != 'r')
            error =
                tf_feed_declare(live->feed, endpoint->address, endpoint->port, line->channel);
    }
    return error;
}

int tf_live_open(struct tf_live *live, const struct tf_live_args *args)
{
    live->args = args;
    live->lines = calloc(args->channel_count * (TF_LIVE_LINES_MAX + 1u), sizeof *live->lines);
    if (!live->lines)
        return tf_fail(TF_EOS, "no memory for the lines");
    int error = tf_receivers_open(&live->receivers, args->spin);
    for (uint32_t i = 0; i < args->channel_count && !error; i++)
        error = open_channel(live, i);
    if (!error)
        error = agree_on_clock(live);
    if (error)
        return error;
    struct tf_feed_options options = {.format = args->format,
                                      .decoder = args->decoder,
                                      .reorder_ns = args->reorder_ns,
                                      .reorder_packets = (uint32_t)args->reorder_packets};
    /* What is about to be asked for must not be given up first, however late this thread is. */
    live->any_server = has_server(args);
    if (live->any_server)
        options.reorder_ns += args->recover_timeout_ns;
    live->feed = tf_feed_open(&options);
    if (!live->feed)
        return TF_EOS;
    return declare_lines(live);
}

void tf_live_close(struct tf_live *live)
{
    tf_feed_close(live->feed);
    for (uint32_t i = 0; i < TF_LIVE_CHANNELS_MAX; i++)
        tf_recovery_close(live->channels[i].recovery);
    tf_receivers_close(&live->receivers);
    for (uint32_t i = 0; i < live->line_count; i++)
        tf_receiver_close(&live->lines[i].receiver);
    free(live->lines);
}

/* ---- ticks out ------------------------------------------------------------------------------- */

static void define(void *context, const struct tf_instrument *instrument)
{
    struct tf_live *live = context;
    int result = tf_publisher_define(live->publisher, instrument);
    if (result < 0 && live->undefined++ == 0)
        tf_log(TF_LOG_WARNING, "%s", tf_errmsg());
    if (result > 0 && live->redefined++ == 0)
        tf_log(TF_LOG_WARNING,
               "instrument %u is %s now and was another before: a new day needs a new stream",
               instrument->instrument_id, instrument->symbol);
}

static void publish_due(struct tf_live *live)
{
    struct tf_sink sink = {
        .ticks = live->sink, .capacity = TF_LIVE_SINK, .define = define, .context = live};
    uint32_t messages;
    do {
        sink.count = 0;
        messages = tf_feed_next(live->feed, UINT32_MAX, &sink);
        live->messages += messages;
        live->ticks += sink.count;
        if (sink.count)
            tf_publish(live->publisher, sink.ticks, sink.count);
    } while (messages);
}

/* ---- packets in ------------------------------------------------------------------------------ */

/* The feed knows new channels: remember whose they are, and how a request names them. */
static void note_sessions(struct tf_live *live, const struct tf_live_line *line,
                          const struct tf_packet *packet)
{
    uint32_t count = tf_feed_channels(live->feed);
    struct tf_segment segment = {0};
    while (live->session_count < count && live->session_count < TF_LIVE_SESSIONS_MAX) {
        struct tf_live_session *session = &live->sessions[live->session_count++];
        *session = (struct tf_live_session){.channel = line->channel};
        if (live->args->format->session->parse(packet, &segment))
            memcpy(session->id, segment.key, sizeof session->id);
    }
}

/* Past up to `units` messages of a server's packet, whose header may promise more: how many. */
static uint32_t skip_units(const struct tf_segment *segment, uint32_t *at, uint32_t units)
{
    struct tf_venue_message message;
    uint32_t skipped = 0;
    while (skipped < units && tf_moldudp64.next(segment, at, &message))
        skipped++;
    return skipped;
}

/* The clock of ts_recv less the kernel's: not 0 where packets are stamped by a card. */
static uint64_t card_ahead(const struct tf_live *live)
{
    for (uint32_t i = 0; i < live->line_count; i++)
        if (live->lines[i].receiver.stats.hardware)
            return (uint64_t)live->lines[i].receiver.card_ahead_ns;
    return 0;
}

/* Of the packet `units` messages behind the first `skip`, which are there, and nothing else. */
static void bring(struct tf_live *live, const struct tf_packet *packet,
                  const struct tf_segment *segment, uint32_t skip, uint32_t units)
{
    uint32_t from = 0, to;
    skip_units(segment, &from, skip);
    to = from;
    skip_units(segment, &to, units);
    tf_moldudp64_header_put(segment->key, segment->sequence + skip, (uint16_t)units,
                            live->answer);
    memcpy(live->answer + TF_MOLDUDP64_HEADER, segment->body + from, to - from);
    struct tf_packet part = *packet;
    part.bytes = live->answer;
    part.length = TF_MOLDUDP64_HEADER + to - from;
    part.cut = false;
    /* The server's socket has the kernel's times, the lines perhaps a card's. */
    part.ts_recv += card_ahead(live);
    tf_feed_recovered(live->feed, &part);
    publish_due(live);
}

/* Whose messages the packet of the channel's server brings; session_count: nobody's. */
static uint32_t session_of(const struct tf_live *live, uint32_t channel,
                           const struct tf_packet *packet, struct tf_segment *segment)
{
    if (!tf_moldudp64.parse(packet, segment) || segment->kind != TF_SEGMENT_DATA ||
        segment->unsequenced)
        return live->session_count;
    for (uint32_t i = 0; i < live->session_count; i++)
        if (live->sessions[i].channel == channel &&
            memcmp(live->sessions[i].id, segment->key, sizeof segment->key) == 0)
            return i;
    return live->session_count;
}

/* A server cannot be trusted: what was not asked for would move the stream to anywhere. */
static void take_answer(struct tf_live *live, const struct tf_live_line *line,
                        const struct tf_packet *packet)
{
    struct tf_live_channel *channel = &live->channels[line->channel];
    struct tf_segment segment = {0};
    uint32_t session = session_of(live, line->channel, packet, &segment), at = 0;
    channel->answers++;
    if (session == live->session_count) {
        channel->foreign++;
        return;
    }
    uint32_t units = skip_units(&segment, &at, segment.units);
    uint64_t first = segment.sequence, end = first + units, run;
    while ((run = tf_recovery_awaited(channel->recovery, session, &first, end - first))) {
        bring(live, packet, &segment, (uint32_t)(first - segment.sequence), (uint32_t)run);
        first += run;
    }
    tf_recovery_answer(channel->recovery, session, segment.sequence, units);
}

static void take_packets(struct tf_live *live)
{
    const struct tf_packet *packet;
    uint32_t number;
    while ((packet = tf_receivers_next(&live->receivers, &number))) {
        struct tf_live_line *line = &live->lines[number];
        if (line->name == 'r') {
            take_answer(live, line, packet);
        } else {
            tf_feed_packet(live->feed, packet);
            if (tf_feed_channels(live->feed) != live->session_count)
                note_sessions(live, line, packet);
        }
        publish_due(live);
    }
}

/* ---- what is missing ------------------------------------------------------------------------- */

/* Ask for what has been missing long enough: what was there at the last candidate's time. */
static void ask(struct tf_live *live, const struct tf_missing *missing, uint64_t now,
                uint64_t feed_now)
{
    struct tf_live_session *session = &live->sessions[missing->channel];
    struct tf_recovery *recovery = live->channels[session->channel].recovery;
    struct tf_missing due = *missing;
    if (!recovery) {
        /* The feed waits for channels with a server; this one has none. */
        if (live->any_server)
            tf_feed_asked(live->feed, &due, due.since + live->args->reorder_ns);
        return;
    }
    if (session->candidate_at + live->args->ask_after_ns > now ||
        due.first > session->candidate)
        return;
    if (due.last > session->candidate)
        due.last = session->candidate;
    uint64_t timeout = live->args->recover_timeout_ns;
    if (tf_recovery_want(recovery, due.channel, due.first, due.last, now + timeout))
        tf_feed_asked(live->feed, &due, feed_now + timeout);
}

/* What is missing now is the next to be asked for, if it still is when its time has come. */
static void note_candidate(struct tf_live *live, const struct tf_missing *missing, uint64_t now)
{
    struct tf_live_session *session = &live->sessions[missing->channel];
    if (session->candidate_at != now && session->candidate_at + live->args->ask_after_ns > now)
        return;
    if (missing->last > session->candidate) {
        session->candidate = missing->last;
        session->candidate_at = now;
    }
}

static void look_at_missing(struct tf_live *live, uint64_t now, uint64_t feed_now)
{
    uint32_t count = tf_feed_missing(live->feed, live->missing, TF_LIVE_MISSING);
    for (uint32_t i = 0; i < count; i++)
        if (live->missing[i].channel < live->session_count)
            ask(live, &live->missing[i], now, feed_now);
    for (uint32_t i = 0; i < count; i++)
        if (live->missing[i].channel < live->session_count)
            note_candidate(live, &live->missing[i], now);
}

static void send_requests(struct tf_live *live, uint64_t now)
{
    for (uint32_t i = 0; i < live->args->channel_count; i++) {
        struct tf_live_channel *channel = &live->channels[i];
        struct tf_recovery_request wanted;
        if (!channel->recovery || tf_recovery_due(channel->recovery) > now)
            continue;
        while (tf_recovery_next(channel->recovery, now, &wanted)) {
            uint8_t bytes[TF_MOLDUDP64_HEADER];
            struct tf_moldudp64_request request = {.sequence = wanted.sequence,
                                                   .count = wanted.count};
            memcpy(request.session, live->sessions[wanted.stream].id, TF_MOLDUDP64_SESSION);
            tf_moldudp64_request_put(&request, bytes);
            if (send(channel->server->receiver.fd, bytes, sizeof bytes, MSG_DONTWAIT) < 0)
                channel->unsent++;
        }
    }
}

/* Is anything waited for, asked for or not?  Then the clock matters between packets. */
static bool waits(const struct tf_live *live)
{
    struct tf_channel_report report;
    for (uint32_t i = 0; i < live->session_count; i++) {
        tf_feed_channel_report(live->feed, i, &report);
        if (report.state == TF_CHANNEL_GAP || report.state == TF_CHANNEL_RECOVERING)
            return true;
    }
    return false;
}

/* Ask for what is missing, give up what waited too long.  Between packets, when there is any. */
static void look(struct tf_live *live, uint64_t now)
{
    uint64_t feed_now = tf_realtime_ns() + card_ahead(live);
    look_at_missing(live, now, feed_now);
    send_requests(live, now);
    tf_feed_time(live->feed, feed_now);
    publish_due(live);
    live->open_gap = waits(live);
}

/* ---- run ------------------------------------------------------------------------------------- */

/* When the sessions were last heard of on any line, on the clock of ts_recv; 0: never. */
static void last_heard(const struct tf_live *live, uint64_t heard[TF_LIVE_SESSIONS_MAX])
{
    memset(heard, 0, TF_LIVE_SESSIONS_MAX * sizeof *heard);
    for (uint32_t i = 0; i < tf_feed_lines(live->feed); i++) {
        const struct tf_line_report *line = tf_feed_line_report(live->feed, i);
        if (line->channel < live->session_count && line->last_packet_ts > heard[line->channel])
            heard[line->channel] = line->last_packet_ts;
    }
}

bool tf_live_ended(const struct tf_live *live)
{
    bool ended[TF_LIVE_CHANNELS_MAX] = {false};
    uint64_t heard[TF_LIVE_SESSIONS_MAX];
    uint64_t now = tf_realtime_ns() + card_ahead(live);
    uint64_t silence = live->args->silence_ns ? live->args->silence_ns : silent_ns;
    struct tf_channel_report report;
    last_heard(live, heard);
    for (uint32_t i = 0; i < live->session_count; i++) {
        tf_feed_channel_report(live->feed, i, &report);
        if (report.state == TF_CHANNEL_GAP || report.state == TF_CHANNEL_RECOVERING)
            return false;
        if (report.ended)
            ended[live->sessions[i].channel] = true;
        else if (report.units && heard[i] + silence > now)
            return false;
    }
    for (uint32_t i = 0; i < live->args->channel_count; i++)
        if (!ended[i])
            return false;
    return true;
}

static void watch_silence(struct tf_live *live, uint64_t now)
{
    char text[TF_ENDPOINT_TEXT];
    for (uint32_t i = 0; i < live->line_count; i++) {
        struct tf_live_line *line = &live->lines[i];
        const struct tf_receiver *receiver = &line->receiver;
        if (line->name == 'r')
            continue;
        if (receiver->stats.packets != line->packets_seen) {
            if (line->silent)
                tf_log(TF_LOG_WARNING, "channel %u: line %c is back, %s", line->channel,
                       line->name, tf_endpoint_text(&receiver->options.endpoint, text));
            line->silent = false;
            line->packets_seen = receiver->stats.packets;
            line->heard_at = now;
        } else if (live->args->silence_ns && !line->silent &&
                   now - line->heard_at >= live->args->silence_ns) {
            line->silent = true;
            line->silences++;
            tf_log(TF_LOG_WARNING, "channel %u: line %c is silent for %.1f s, %s",
                   line->channel, line->name, (double)(now - line->heard_at) / 1e9,
                   tf_endpoint_text(&receiver->options.endpoint, text));
        }
    }
}

/* False: it is over. */
static bool watch(struct tf_live *live, uint64_t now)
{
    const struct tf_live_args *args = live->args;
    watch_silence(live, now);
    tf_live_status(live, now);
    if (args->duration_ns && now - live->started_ns >= args->duration_ns)
        return false;
    return !args->exit_at_end || !tf_live_ended(live);
}

void tf_live_run(struct tf_live *live)
{
    uint64_t now = tf_monotonic_ns();
    live->started_ns = live->report_since_ns = now;
    for (uint32_t i = 0; i < live->line_count; i++)
        live->lines[i].heard_at = now;
    uint64_t look_at = 0, watch_at = now + watch_every_ns;
    while (!tf_stop_requested()) {
        int timeout = live->open_gap ? 1 : (int)(watch_every_ns / TF_NS_PER_MS);
        bool came = tf_receivers_wait(&live->receivers, timeout);
        if (came)
            take_packets(live);
        now = tf_monotonic_ns();
        if (now >= look_at) {
            look(live, now);
            look_at = now + (live->open_gap ? look_every_ns / 4 : look_every_ns);
        }
        if (now >= watch_at) {
            watch_at = now + watch_every_ns;
            if (!watch(live, now))
                break;
        }
    }
    tf_feed_flush(live->feed);
    publish_due(live);
}

const char *tf_live_state(const struct tf_live *live)
{
    enum tf_channel_state worst = TF_CHANNEL_REALTIME; /* they are in order */
    struct tf_channel_report report;
    if (live->session_count == 0)
        return "WAITING";
    for (uint32_t i = 0; i < live->session_count; i++) {
        tf_feed_channel_report(live->feed, i, &report);
        if (report.state > worst)
            worst = report.state;
    }
    return tf_channel_state_name(worst);
}
