/* SPDX-License-Identifier: Apache-2.0 */
/* What `tickfan live` tells: a status line, JSON objects, a table at the end. */
#include "live.h"

#include "clock.h"
#include "error.h"
#include "json_out.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* A line of the command line: what the feed saw of its flows, together. */
struct line_sum {
    uint64_t packets, heartbeats, units, missing, jumps, backward, wins, leads, lead_ns;
};

static void add(struct line_sum *sum, const struct tf_line_report *report)
{
    sum->packets += report->packets;
    sum->heartbeats += report->heartbeats;
    sum->units += report->units;
    sum->missing += report->missing;
    sum->jumps += report->gap_count;
    sum->backward += report->backward;
    sum->wins += report->wins;
    sum->leads += report->leads;
    sum->lead_ns += report->lead_ns;
}

static struct line_sum sum_of(const struct tf_live *live, const struct tf_live_line *line)
{
    const struct tf_endpoint *endpoint = &line->receiver.options.endpoint;
    struct line_sum sum = {0};
    for (uint32_t i = 0; i < tf_feed_lines(live->feed); i++) {
        const struct tf_line_report *report = tf_feed_line_report(live->feed, i);
        if (report->flow.address == endpoint->address && report->flow.port == endpoint->port &&
            (!endpoint->source || report->flow.source == endpoint->source))
            add(&sum, report);
    }
    return sum;
}

struct channels_sum {
    uint64_t units, duplicates, gaps, missing, recovered, late;
};

static struct channels_sum sum_channels(const struct tf_live *live)
{
    struct channels_sum sum = {0};
    struct tf_channel_report report;
    for (uint32_t i = 0; i < tf_feed_channels(live->feed); i++) {
        tf_feed_channel_report(live->feed, i, &report);
        sum.units += report.units;
        sum.duplicates += report.duplicates;
        sum.gaps += report.gap_count;
        sum.missing += report.missing;
        sum.recovered += report.recovered;
        sum.late += report.late;
    }
    return sum;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static uint64_t mean(uint64_t sum, uint64_t count)
{
    return count ? sum / count : 0;
}

static uint64_t kernel_dropped(const struct tf_live *live)
{
    uint64_t dropped = 0;
    for (uint32_t i = 0; i < live->line_count; i++)
        dropped += live->lines[i].receiver.stats.kernel_dropped;
    return dropped;
}

static uint64_t packets_in(const struct tf_live *live)
{
    uint64_t packets = 0;
    for (uint32_t i = 0; i < live->line_count; i++)
        packets += live->lines[i].receiver.stats.packets;
    return packets;
}

/* Waits without a server are none for an answer. */
static const char *state_of(const struct tf_live *live, uint32_t number,
                            const struct tf_channel_report *report)
{
    bool asks =
        number < live->session_count && live->channels[live->sessions[number].channel].recovery;
    if (report->state == TF_CHANNEL_RECOVERING && !asks)
        return tf_channel_state_name(TF_CHANNEL_GAP);
    return tf_channel_state_name(report->state);
}

/* ---- before and while it runs ---------------------------------------------------------------- */

void tf_live_say_lines(const struct tf_live *live)
{
    char text[TF_ENDPOINT_TEXT], size[16];
    for (uint32_t i = 0; i < live->line_count; i++) {
        const struct tf_live_line *line = &live->lines[i];
        const struct tf_receiver *receiver = &line->receiver;
        tf_endpoint_text(&receiver->options.endpoint, text);
        if (line->name == 'r')
            fprintf(stderr, "channel %u  asks     %s\n", line->channel, text);
        else
            fprintf(stderr, "channel %u  line %c   %s, buffer %s, %s timestamps\n",
                    line->channel, line->name, text,
                    tf_format_size(size, sizeof size, receiver->buffer),
                    tf_receiver_stamps_name(receiver));
    }
}

/* "  a lost 0.02% ahead 4.1 us", for each letter that there is, all channels together. */
static void print_letters(const struct tf_live *live)
{
    for (char letter = 'a'; letter < 'a' + TF_LIVE_LINES_MAX; letter++) {
        struct line_sum all = {0};
        bool any = false;
        for (uint32_t i = 0; i < live->line_count; i++) {
            if (live->lines[i].name != letter)
                continue;
            struct line_sum one = sum_of(live, &live->lines[i]);
            all.units += one.units;
            all.missing += one.missing;
            all.leads += one.leads;
            all.lead_ns += one.lead_ns;
            any = true;
        }
        if (any)
            fprintf(stderr, "  %c lost %.3g%% ahead %.1f us", letter,
                    percent(all.missing, all.units + all.missing),
                    (double)mean(all.lead_ns, all.leads) / 1e3);
    }
}

static void print_status(struct tf_live *live, uint64_t now, bool redraw)
{
    double seconds = (double)(now - live->report_since_ns + 1) / 1e9;
    struct channels_sum sum = sum_channels(live);
    uint64_t packets = packets_in(live), dropped = kernel_dropped(live);
    char messages[32], rate[32];
    fprintf(
        stderr, "%s%-10s %s msg/s %s pkt/s", redraw ? "\r" : "", tf_live_state(live),
        tf_format_count(messages, sizeof messages,
                        (uint64_t)((double)(live->messages - live->report_messages) / seconds)),
        tf_format_count(rate, sizeof rate,
                        (uint64_t)((double)(packets - live->report_packets) / seconds)));
    print_letters(live);
    if (sum.recovered)
        fprintf(stderr, "  recovered %" PRIu64, sum.recovered);
    if (sum.gaps)
        fprintf(stderr, "  lost %" PRIu64 " in %" PRIu64 " gaps", sum.missing, sum.gaps);
    if (dropped)
        fprintf(stderr, "  KERNEL DROPPED %" PRIu64, dropped);
    fputs(redraw ? "\033[K" : "\n", stderr);
    live->drawn = redraw;
    live->report_since_ns = now;
    live->report_messages = live->messages;
    live->report_packets = packets;
}

void tf_live_status(struct tf_live *live, uint64_t now)
{
    const struct tf_live_args *args = live->args;
    bool on_terminal = isatty(STDERR_FILENO);
    uint64_t every = args->every_ns               ? args->every_ns
                     : on_terminal && !args->json ? TF_NS_PER_S
                                                  : 0;
    /* A quarter of a second is how often this is called. */
    if (!every || args->quiet || now - live->report_since_ns + TF_NS_PER_S / 8 < every)
        return;
    if (args->json) {
        tf_live_report_json(live, false);
        live->report_since_ns = now;
    } else {
        print_status(live, now, on_terminal);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_channel(const struct tf_live *live, struct tf_json *json, uint32_t number)
{
    struct tf_channel_report report;
    tf_feed_channel_report(live->feed, number, &report);
    tf_json_object(json, 0);
    tf_json_text(json, "name", report.name);
    tf_json_text(json, "state", state_of(live, number, &report));
    tf_json_u64(json, "first_sequence", report.first_sequence);
    tf_json_u64(json, "next_sequence", report.next_sequence);
    tf_json_u64(json, "units", report.units);
    tf_json_u64(json, "duplicates", report.duplicates);
    tf_json_u64(json, "gap_count", report.gap_count);
    tf_json_u64(json, "missing", report.missing);
    tf_json_array(json, "gaps");
    for (uint64_t i = 0; i < report.gap_count && i < TF_GAPS_KEPT; i++) {
        tf_json_array(json, 0);
        tf_json_u64(json, 0, report.gaps[i].first);
        tf_json_u64(json, 0, report.gaps[i].last);
        tf_json_end_array(json);
    }
    tf_json_end_array(json);
    tf_json_u64(json, "recovered", report.recovered);
    tf_json_u64(json, "late", report.late);
    tf_json_u64(json, "held_max", report.held_max);
    tf_json_bool(json, "ended", report.ended);
    tf_json_end_object(json);
}

static void json_line(const struct tf_live *live, struct tf_json *json,
                      const struct tf_live_line *line)
{
    const struct tf_receiver *receiver = &line->receiver;
    const struct tf_receiver_stats *stats = &receiver->stats;
    struct line_sum sum = sum_of(live, line);
    char text[TF_ENDPOINT_TEXT], name[2] = {line->name, 0};
    tf_json_object(json, 0);
    tf_json_u64(json, "channel", line->channel);
    tf_json_text(json, "line", name);
    tf_json_text(json, "endpoint", tf_endpoint_text(&receiver->options.endpoint, text));
    tf_json_u64(json, "packets", stats->packets);
    tf_json_u64(json, "bytes", stats->bytes);
    tf_json_u64(json, "heartbeats", sum.heartbeats);
    tf_json_u64(json, "units", sum.units);
    tf_json_u64(json, "missing", sum.missing);
    tf_json_u64(json, "jumps", sum.jumps);
    tf_json_u64(json, "backward", sum.backward);
    tf_json_u64(json, "wins", sum.wins);
    tf_json_u64(json, "leads", sum.leads);
    tf_json_u64(json, "lead_ns_mean", mean(sum.lead_ns, sum.leads));
    tf_json_u64(json, "silences", line->silences);
    tf_json_bool(json, "silent", line->silent);
    tf_json_u64(json, "dropped_by_kernel", stats->kernel_dropped);
    tf_json_u64(json, "truncated", stats->truncated);
    tf_json_u64(json, "buffer_bytes", receiver->buffer);
    tf_json_text(json, "timestamps", tf_receiver_stamps_name(receiver));
    tf_json_end_object(json);
}

static void json_server(const struct tf_live *live, struct tf_json *json, uint32_t number)
{
    const struct tf_live_channel *channel = &live->channels[number];
    const struct tf_recovery_counts *counts = tf_recovery_counts(channel->recovery);
    char text[TF_ENDPOINT_TEXT];
    tf_json_object(json, 0);
    tf_json_u64(json, "channel", number);
    tf_json_text(json, "endpoint",
                 tf_endpoint_text(&channel->server->receiver.options.endpoint, text));
    tf_json_u64(json, "requests", counts->requests);
    tf_json_u64(json, "repeated", counts->repeated);
    tf_json_u64(json, "asked", counts->asked);
    tf_json_u64(json, "answered", counts->answered);
    tf_json_u64(json, "given_up", counts->given_up);
    tf_json_u64(json, "unsolicited", counts->unsolicited);
    tf_json_u64(json, "ranges_refused", counts->refused);
    tf_json_u64(json, "packets", channel->answers);
    tf_json_u64(json, "foreign", channel->foreign);
    tf_json_u64(json, "unsent", channel->unsent);
    tf_json_u64(json, "nobody_there", channel->server->receiver.stats.refused);
    tf_json_end_object(json);
}

void tf_live_report_json(struct tf_live *live, bool final)
{
    struct tf_json json = {.out = stdout};
    uint64_t milliseconds = (tf_monotonic_ns() - live->started_ns) / TF_NS_PER_MS;
    const struct tf_feed_counts *counts = tf_feed_counts(live->feed);
    tf_json_object(&json, 0);
    tf_json_bool(&json, "final", final);
    tf_json_text(&json, "state", tf_live_state(live));
    tf_json_bool(&json, "ended", tf_live_ended(live));
    tf_json_text(&json, "format", live->args->format->name);
    tf_json_u64(&json, "milliseconds", milliseconds);
    tf_json_u64(&json, "packets", packets_in(live));
    tf_json_u64(&json, "messages", counts->messages);
    tf_json_u64(&json, "ticks", live->ticks);
    tf_json_u64(&json, "last_seq", tf_publisher_seq(live->publisher));
    tf_json_u64(&json, "lost_units", sum_channels(live).missing);
    tf_json_u64(&json, "kernel_dropped", kernel_dropped(live));
    tf_json_array(&json, "channels");
    for (uint32_t i = 0; i < tf_feed_channels(live->feed); i++)
        json_channel(live, &json, i);
    tf_json_end_array(&json);
    tf_json_array(&json, "lines");
    for (uint32_t i = 0; i < live->line_count; i++)
        if (live->lines[i].name != 'r')
            json_line(live, &json, &live->lines[i]);
    tf_json_end_array(&json);
    tf_json_array(&json, "servers");
    for (uint32_t i = 0; i < live->args->channel_count; i++)
        if (live->channels[i].recovery)
            json_server(live, &json, i);
    tf_json_end_array(&json);
    tf_json_object(&json, "anomalies");
    for (unsigned i = 0; i < TF_ANOMALY_COUNT; i++)
        if (counts->anomalies[i])
            tf_json_u64(&json, tf_anomaly_name((enum tf_anomaly)i), counts->anomalies[i]);
    tf_json_end_object(&json);
    tf_json_end_object(&json);
    putchar('\n');
    fflush(stdout);
}

/* ---- what is missing for good ---------------------------------------------------------------- */

int tf_live_lost(const struct tf_live *live)
{
    enum { NAMED_MAX = 4 };
    const char *unit = live->args->format->session->unit_is_packet ? "packet" : "message";
    struct tf_channel_report report;
    char text[512] = "";
    size_t used = 0;
    uint32_t channels = 0;
    for (uint32_t i = 0; i < tf_feed_channels(live->feed); i++) {
        tf_feed_channel_report(live->feed, i, &report);
        if (!report.missing || ++channels > NAMED_MAX)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%" PRIu64 " %s%s of %s",
                                 used ? ", " : "", report.missing, unit,
                                 report.missing == 1 ? "" : "s", report.name);
    }
    if (channels > NAMED_MAX)
        snprintf(text + used, sizeof text - used, ", and some of %u more channels",
                 channels - NAMED_MAX);
    return channels ? tf_fail(TF_EDATA, "lost for good: %s", text) : 0;
}

/* ---- the end, for people --------------------------------------------------------------------- */

static void text_line(const struct tf_live *live, const struct tf_live_line *line)
{
    const struct tf_receiver_stats *stats = &line->receiver.stats;
    struct line_sum sum = sum_of(live, line);
    char text[TF_ENDPOINT_TEXT], packets[32];
    printf("line %u%c  %-32s %14s packets  lost %.4f %%  first %5.1f %% by %.1f us",
           line->channel, line->name, tf_endpoint_text(&line->receiver.options.endpoint, text),
           tf_format_count(packets, sizeof packets, stats->packets),
           percent(sum.missing, sum.units + sum.missing), percent(sum.leads, sum.packets),
           (double)mean(sum.lead_ns, sum.leads) / 1e3);
    if (sum.backward)
        printf("  out of order %" PRIu64, sum.backward);
    if (line->silences)
        printf("  silent %" PRIu64 " times", line->silences);
    if (stats->truncated)
        printf("  cut %" PRIu64, stats->truncated);
    if (stats->kernel_dropped)
        printf("  dropped by the kernel %" PRIu64, stats->kernel_dropped);
    putchar('\n');
}

static void text_channel(const struct tf_live *live, uint32_t number)
{
    struct tf_channel_report report;
    char units[32];
    tf_feed_channel_report(live->feed, number, &report);
    printf("%-24s %-10s %14s delivered  %" PRIu64 " duplicates  %" PRIu64 " recovered  %" PRIu64
           " lost in %" PRIu64 " gaps",
           report.name, state_of(live, number, &report),
           tf_format_count(units, sizeof units, report.units), report.duplicates,
           report.recovered, report.missing, report.gap_count);
    printf("%s\n", report.ended ? "  ended" : "");
}

void tf_live_report_text(struct tf_live *live)
{
    if (live->drawn)
        fputs("\r\033[K", stderr);
    double seconds = (double)(tf_monotonic_ns() - live->started_ns) / 1e9;
    char messages[32], ticks[32];
    printf("%s messages, %s ticks in %.1f s\n",
           tf_format_count(messages, sizeof messages, tf_feed_counts(live->feed)->messages),
           tf_format_count(ticks, sizeof ticks, live->ticks), seconds);
    for (uint32_t i = 0; i < tf_feed_channels(live->feed); i++)
        text_channel(live, i);
    for (uint32_t i = 0; i < live->line_count; i++)
        if (live->lines[i].name != 'r')
            text_line(live, &live->lines[i]);
    for (uint32_t i = 0; i < live->args->channel_count; i++) {
        if (!live->channels[i].recovery)
            continue;
        const struct tf_recovery_counts *counts =
            tf_recovery_counts(live->channels[i].recovery);
        printf("server %u  %" PRIu64 " requests, %" PRIu64 " of them again; %" PRIu64
               " messages asked for, %" PRIu64 " answered\n",
               i, counts->requests, counts->repeated, counts->asked, counts->answered);
    }
    fflush(stdout);
}
