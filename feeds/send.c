/* SPDX-License-Identifier: Apache-2.0 */
#include "send.h"

#include "clock.h"
#include "error.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t heartbeat_every_ns = TF_NS_PER_S;
static const uint64_t nap_max_ns = 100 * TF_NS_PER_MS; /* how soon a signal is noticed */
enum { ENDS = 10, SERVE_EVERY = 16, REQUESTS_AT_ONCE = 64 };

/* ---- open ------------------------------------------------------------------------------------ */

static int open_server(struct tf_send *send)
{
    const struct tf_endpoint *endpoint = &send->args->server;
    struct sockaddr_in here = tf_endpoint_socket(endpoint->address, endpoint->port);
    char text[TF_ENDPOINT_TEXT];
    if (!tf_send_input_is_mold(send->input))
        return tf_fail(TF_EUSAGE, "re-requests are of MoldUDP64, which %s is not",
                       send->args->input.path);
    send->store = tf_send_store_open(send->args->keep_bytes);
    if (!send->store)
        return TF_EOS;
    tf_random_seed(&send->server_random, send->args->seed ^ 0x5E47E4);
    send->server = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (send->server >= 0 && bind(send->server, (struct sockaddr *)&here, sizeof here) == 0)
        return 0;
    return tf_fail_errno(errno == EACCES ? TF_EPERM : TF_EOS, "--rerequest-listen %s",
                         tf_endpoint_text(endpoint, text));
}

int tf_send_open(struct tf_send *send, const struct tf_send_args *args)
{
    int error = 0;
    send->args = args;
    send->server = -1;
    tf_pacer_init(&send->pacer, args->speed);
    send->input = tf_send_input_open(&args->input, &error);
    for (uint32_t i = 0; i < TF_SEND_LINES && !error; i++) {
        if (!args->lines[i].port)
            continue;
        struct tf_send_line_options options = {.endpoint = args->lines[i],
                                               .ttl = args->ttl,
                                               .loss = args->loss,
                                               .duplicate = args->duplicate,
                                               .displace = (uint32_t)args->displace,
                                               .lag_ns = i == 1 ? args->lag_b_ns : 0,
                                               .seed = args->seed * TF_SEND_LINES + i};
        error = tf_send_line_open(&send->lines[send->line_count++], &options);
    }
    return error || !args->server.port ? error : open_server(send);
}

void tf_send_close(struct tf_send *send)
{
    for (uint32_t i = 0; i < send->line_count; i++)
        tf_send_line_close(&send->lines[i]);
    if (send->server >= 0)
        close(send->server);
    tf_send_store_close(send->store);
    for (uint32_t i = 0; i < send->channel_count; i++)
        for (uint32_t k = 0; k <= TF_SEND_LINES; k++)
            tf_ledger_free(&send->channels[i].lost[k]);
    tf_send_input_close(send->input);
}

/* ---- requests -------------------------------------------------------------------------------- */

static void serve(struct tf_send *send)
{
    uint8_t request[64], answer[65507];
    for (int i = 0; i < REQUESTS_AT_ONCE && send->server >= 0; i++) {
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        ssize_t length = recvfrom(send->server, request, sizeof request, MSG_TRUNC,
                                  (struct sockaddr *)&from, &from_length);
        if (length < 0)
            return;
        /* One byte too long stays one byte too long. */
        uint32_t size = tf_send_store_answer(send->store, request,
                                             (size_t)length < sizeof request ? (size_t)length
                                                                             : sizeof request,
                                             answer, send->args->input.packet_bytes);
        if (size == 0)
            continue;
        if ((uint32_t)(tf_random_next(&send->server_random) >> 32) < send->args->server_loss)
            send->server_dropped++;
        else
            sendto(send->server, answer, size, 0, (struct sockaddr *)&from, from_length);
    }
}

static uint64_t next_move(const struct tf_send *send)
{
    uint64_t due = UINT64_MAX;
    for (uint32_t i = 0; i < send->line_count; i++)
        if (tf_send_line_due(&send->lines[i]) < due)
            due = tf_send_line_due(&send->lines[i]);
    return due;
}

static void move_lines(struct tf_send *send, bool all)
{
    uint64_t now = tf_monotonic_ns();
    for (uint32_t i = 0; i < send->line_count; i++)
        tf_send_line_move(&send->lines[i], now, all);
}

/* ---- what the session itself sends ----------------------------------------------------------- */

static void put(struct tf_send *send, const uint8_t *bytes, uint32_t length)
{
    uint64_t now = tf_monotonic_ns();
    for (uint32_t i = 0; i < send->line_count; i++)
        tf_send_line_put(&send->lines[i], bytes, length, true, now);
    send->sent_at = now;
}

static void put_silent(struct tf_send *send, uint16_t count)
{
    uint8_t bytes[TF_MOLDUDP64_HEADER];
    for (uint32_t i = 0; i < send->channel_count; i++) {
        tf_moldudp64_header_put(send->channels[i].key, send->channels[i].next, count, bytes);
        put(send, bytes, sizeof bytes);
        *(count ? &send->ends : &send->heartbeats) += 1;
    }
}

/* Until then, serving and moving what is delayed.  False: a signal asked to stop. */
static bool wait_until(struct tf_send *send, uint64_t due)
{
    bool heartbeats = tf_send_input_is_mold(send->input) && !send->ended_ns;
    for (;;) {
        serve(send);
        move_lines(send, false);
        uint64_t now = tf_monotonic_ns();
        if (tf_stop_requested())
            return false;
        if (now >= due)
            return true;
        if (heartbeats && now - send->sent_at >= heartbeat_every_ns)
            put_silent(send, 0);
        uint64_t wake = due, move = next_move(send);
        wake = move < wake ? move : wake;
        wake = wake > now + nap_max_ns ? now + nap_max_ns : wake;
        struct timespec nap = {0, wake > now ? (long)(wake - now) : 0};
        struct pollfd server = {.fd = send->server, .events = POLLIN};
        ppoll(&server, send->server >= 0, &nap, 0);
    }
}

/* ---- packets --------------------------------------------------------------------------------- */

/* The packet's channel, new if need be; NULL: there are too many. */
static struct tf_send_channel *channel_of(struct tf_send *send, const struct tf_packet *packet,
                                          const struct tf_segment *segment)
{
    const struct tf_session_ops *session = tf_send_input_format(send->input)->session;
    uint32_t address = segment->key_is_whole ? 0 : packet->flow.address;
    uint16_t port = segment->key_is_whole ? 0 : packet->flow.port;
    for (uint32_t i = 0; i < send->channel_count; i++)
        if (memcmp(send->channels[i].key, segment->key, sizeof segment->key) == 0 &&
            send->channels[i].address == address && send->channels[i].port == port)
            return &send->channels[i];
    if (send->channel_count == TF_SEND_CHANNELS_MAX)
        return 0;
    struct tf_send_channel *channel = &send->channels[send->channel_count++];
    memcpy(channel->key, segment->key, sizeof channel->key);
    channel->address = address;
    channel->port = port;
    session->channel_text(packet, segment, channel->name, sizeof channel->name);
    channel->first = channel->next = segment->sequence;
    if (tf_send_input_is_mold(send->input)) {
        uint8_t heartbeat[TF_MOLDUDP64_HEADER];
        tf_moldudp64_header_put(channel->key, channel->first, 0, heartbeat);
        put(send, heartbeat, sizeof heartbeat);
        send->heartbeats++;
    }
    return channel;
}

static void send_packet(struct tf_send *send, const struct tf_send_packet *packet)
{
    const struct tf_segment *segment = &packet->segment;
    const struct tf_packet captured = {
        .bytes = packet->bytes, .length = packet->length, .flow = packet->flow};
    struct tf_send_channel *channel =
        packet->sequenced ? channel_of(send, &captured, segment) : 0;
    uint64_t last = segment->sequence + segment->units - 1;
    uint32_t lost_on = 0;
    if (send->store && channel && !tf_send_store_add(send->store, segment))
        send->unrecorded++;
    uint64_t now = tf_monotonic_ns();
    for (uint32_t i = 0; i < send->line_count; i++) {
        if (tf_send_line_put(&send->lines[i], packet->bytes, packet->length, false, now))
            continue;
        lost_on++;
        if (channel)
            tf_ledger_note(&channel->lost[i], segment->sequence, last);
    }
    send->sent_at = now;
    send->packets++;
    send->messages += segment->units;
    if (!channel) {
        send->unrecorded += segment->units != 0;
        return;
    }
    if (lost_on == send->line_count)
        tf_ledger_note(&channel->lost[TF_SEND_LINES], segment->sequence, last);
    /* A capture may have packets in another order than they were sent. */
    if (last + 1 > channel->next)
        channel->next = last + 1;
}

static uint64_t due_of(struct tf_send *send, const struct tf_send_packet *packet)
{
    if (send->args->rate)
        return send->started_ns +
               (uint64_t)((__uint128_t)send->packets * TF_NS_PER_S / send->args->rate);
    if (send->args->speed <= 0 || packet->ts == TF_UNDEF_TIMESTAMP)
        return 0;
    return tf_pacer_due(&send->pacer, packet->ts);
}

int tf_send_run(struct tf_send *send)
{
    struct tf_send_packet packet;
    int got;
    /* Sleeps that end when they should: a timer may be late by 50 us by default. */
    prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);
    tf_progress_start(&send->progress, "send", send->args->quiet);
    send->started_ns = send->sent_at = tf_monotonic_ns();
    while ((got = tf_send_input_next(send->input, &packet)) > 0) {
        uint64_t due = due_of(send, &packet);
        if (due > tf_monotonic_ns() || send->packets % SERVE_EVERY == 0) {
            if (!wait_until(send, due))
                break;
            tf_progress_update(&send->progress, -1, send->packets, "packets");
        }
        send_packet(send, &packet);
    }
    tf_progress_end(&send->progress);
    send->ended_ns = tf_monotonic_ns();
    bool is_mold = tf_send_input_is_mold(send->input);
    /* What is still delayed comes before the end; then the end, again and again. */
    wait_until(send, send->ended_ns + send->args->lag_b_ns);
    move_lines(send, true);
    uint64_t step = send->args->linger_ns / ENDS;
    if (step < 10 * TF_NS_PER_MS)
        step = 10 * TF_NS_PER_MS;
    for (int i = 0; i < ENDS; i++) {
        if (is_mold)
            put_silent(send, TF_MOLDUDP64_END);
        if (!wait_until(send, tf_monotonic_ns() + step))
            break;
    }
    move_lines(send, true);
    return got < 0 ? got : 0;
}

/* ---- ledger ---------------------------------------------------------------------------------- */

static void report_line(const struct tf_send *send, struct tf_json *json, uint32_t number)
{
    const struct tf_send_line *line = &send->lines[number];
    char text[TF_ENDPOINT_TEXT], name[2] = {(char)('a' + number), 0};
    tf_json_object(json, 0);
    tf_json_text(json, "line", name);
    tf_json_text(json, "endpoint", tf_endpoint_text(&line->options.endpoint, text));
    tf_json_u64(json, "packets", line->packets);
    tf_json_u64(json, "bytes", line->bytes);
    tf_json_u64(json, "dropped", line->dropped);
    tf_json_u64(json, "duplicated", line->duplicated);
    tf_json_u64(json, "displaced", line->displaced);
    tf_json_u64(json, "failed", line->failed);
    tf_json_end_object(json);
}

static void report_channel(const struct tf_send *send, struct tf_json *json, uint32_t number)
{
    static const char *const keys[] = {"lost_on_a", "lost_on_b"};
    const struct tf_send_channel *channel = &send->channels[number];
    tf_json_object(json, 0);
    tf_json_text(json, "name", channel->name);
    tf_json_u64(json, "first_sequence", channel->first);
    tf_json_u64(json, "next_sequence", channel->next);
    tf_json_u64(json, "lost_units", channel->lost[TF_SEND_LINES].total);
    tf_ledger_json(&channel->lost[TF_SEND_LINES], json, "lost");
    for (uint32_t i = 0; i < send->line_count; i++)
        tf_ledger_json(&channel->lost[i], json, keys[i]);
    tf_json_end_object(json);
}

static void report_server(const struct tf_send *send, struct tf_json *json)
{
    const struct tf_send_store_counts *counts = tf_send_store_counts(send->store);
    tf_json_object(json, "server");
    tf_json_u64(json, "requests", counts->requests);
    tf_json_u64(json, "malformed", counts->malformed);
    tf_json_u64(json, "unknown_session", counts->unknown);
    tf_json_u64(json, "absent", counts->absent);
    tf_json_u64(json, "answers", counts->answers);
    tf_json_u64(json, "messages", counts->messages);
    tf_json_u64(json, "dropped", send->server_dropped);
    tf_json_end_object(json);
}

void tf_send_report(const struct tf_send *send)
{
    struct tf_json json = {.out = stdout};
    tf_json_object(&json, 0);
    tf_json_text(&json, "format", tf_send_input_format(send->input)->name);
    tf_json_u64(&json, "packets", send->packets);
    tf_json_u64(&json, "messages", send->messages);
    tf_json_u64(&json, "heartbeats", send->heartbeats);
    tf_json_u64(&json, "ends", send->ends);
    tf_json_u64(&json, "unrecorded", send->unrecorded);
    tf_json_u64(&json, "microseconds", (send->ended_ns - send->started_ns) / 1000);
    tf_json_array(&json, "lines");
    for (uint32_t i = 0; i < send->line_count; i++)
        report_line(send, &json, i);
    tf_json_end_array(&json);
    tf_json_array(&json, "channels");
    for (uint32_t i = 0; i < send->channel_count; i++)
        report_channel(send, &json, i);
    tf_json_end_array(&json);
    if (send->store)
        report_server(send, &json);
    tf_json_end_object(&json);
    putchar('\n');
}
