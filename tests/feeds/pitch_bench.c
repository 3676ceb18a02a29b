/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A measurement, not a test: how fast PITCH is decoded, binary out of unit packets and text out
 * of lines, beside memcpy() of the same bytes in the same run.
 *
 *   pitch_bench [MESSAGES [OPEN [ROUNDS]]]   default 2000000 messages, 100000 orders open, 5
 *
 * One JSON line; rates in million messages per second, the best of the rounds.
 */
#include "bytes.h"
#include "clock.h"
#include "pitch_ascii.h"
#include "pitch_binary.h"
#include "pitch_session.h"
#include "random.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET_MAX = 1400, TICKS = 256, SYMBOLS = 4000 };

/* The same day in both forms. */
struct day {
    uint8_t *binary, *text; /* packets, each behind its length in 32 bits; lines */
    size_t binary_length, text_length;
    uint8_t *packet; /* the one that grows, or NULL */
    uint64_t messages, open, next_id;
    uint64_t *ids;
    uint32_t *left;
    struct tf_random random;
};

static void text_id(uint64_t id, char out[13])
{
    for (int i = 11; i >= 0; i--, id /= 36)
        out[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[id % 36];
    out[12] = 0;
}

/* A binary message of this type, in the packet. */
static uint8_t *message(struct day *day, uint8_t type, uint8_t length)
{
    if (day->packet && tf_le16(day->packet) + length > PACKET_MAX)
        day->packet = 0;
    if (!day->packet) {
        tf_put_le32(day->binary + day->binary_length, 0);
        day->packet = day->binary + day->binary_length + 4;
        memset(day->packet, 0, TF_PITCH_HEADER);
        tf_put_le16(day->packet, TF_PITCH_HEADER);
        day->packet[3] = 1;
        tf_put_le32(day->packet + 4, (uint32_t)day->messages + 1);
        day->binary_length += 4 + TF_PITCH_HEADER;
    }
    uint8_t *at = day->binary + day->binary_length;
    memset(at, 0, length);
    at[0] = length;
    at[1] = type;
    tf_put_le32(at + 2, (uint32_t)day->messages % 1000000);
    day->binary_length += length;
    day->packet[2]++;
    tf_put_le16(day->packet, (uint16_t)(tf_le16(day->packet) + length));
    tf_put_le32(day->packet - 4, tf_le16(day->packet));
    day->messages++;
    return at;
}

static void add(struct day *day)
{
    char id[13], symbol[7];
    bool buys = tf_random_below(&day->random, 2);
    uint32_t shares = 100 * (1 + tf_random_below(&day->random, 20));
    uint32_t cents = 1000 + tf_random_below(&day->random, 50000);
    uint64_t slot = day->open++;
    day->ids[slot] = day->next_id += 1 + tf_random_below(&day->random, 3);
    day->left[slot] = shares;
    snprintf(symbol, sizeof symbol, "S%-5u", tf_random_below(&day->random, SYMBOLS));
    uint8_t *at = message(day, 0x22, 26);
    tf_put_le64(at + 6, day->ids[slot]);
    at[14] = buys ? 'B' : 'S';
    tf_put_le16(at + 15, (uint16_t)shares);
    memcpy(at + 17, symbol, 6);
    tf_put_le16(at + 23, (uint16_t)cents);
    text_id(day->ids[slot], id);
    day->text_length +=
        (size_t)sprintf((char *)day->text + day->text_length, "%08uA%s%c%06u%s%010uY\n",
                        28800000u, id, buys ? 'B' : 'S', shares, symbol, cents * 100);
}

/* An execution or the cancel of what is left of any order. */
static void take(struct day *day)
{
    char id[13];
    uint64_t slot = tf_random_next(&day->random) % day->open;
    bool executes = tf_random_below(&day->random, 8) == 0;
    uint32_t shares = executes && day->left[slot] > 100 ? 100 : day->left[slot];
    uint8_t *at = executes ? message(day, 0x23, 26) : message(day, 0x25, 18);
    tf_put_le64(at + 6, day->ids[slot]);
    tf_put_le32(at + 14, shares);
    text_id(day->ids[slot], id);
    day->text_length += (size_t)sprintf(
        (char *)day->text + day->text_length,
        executes ? "%08uE%s%06u000000000001\n" : "%08uX%s%06u\n", 28800000u, id, shares);
    if ((day->left[slot] -= shares))
        return;
    day->open--;
    day->ids[slot] = day->ids[day->open];
    day->left[slot] = day->left[day->open];
}

static struct day make_day(uint64_t messages, uint64_t open)
{
    struct day day = {.binary = malloc(messages * 32 + 4096),
                      .text = malloc(messages * 48 + 4096),
                      .ids = calloc(messages + 1, sizeof *day.ids),
                      .left = calloc(messages + 1, sizeof *day.left)};
    if (!day.binary || !day.text || !day.ids || !day.left)
        exit(71);
    tf_random_seed(&day.random, 1);
    while (day.messages < messages) {
        bool adds =
            !day.open || tf_random_below(&day.random, 100) < (day.open < open ? 60 : 48);
        if (adds)
            add(&day);
        else
            take(&day);
    }
    return day;
}

/* ---- timing: the best of all rounds for each piece of the input ------------------------------ */

enum { PIECE = 1 << 16, PIECES_MAX = 1 << 16 };

/* Others may be at work on the machine; in some round a short piece is left alone. */
struct timing {
    uint64_t best[PIECES_MAX];
    uint64_t began;
    uint32_t piece;
};

static struct timing timings[4];
enum { BINARY, BINARY_COPY, TEXT, TEXT_COPY };

static void begin(struct timing *timing)
{
    timing->piece = 0;
    timing->began = tf_now();
}

static void end_piece(struct timing *timing)
{
    uint64_t now = tf_now(), took = now - timing->began;
    uint64_t *best = &timing->best[timing->piece];
    *best = *best && *best < took ? *best : took;
    timing->piece += timing->piece < PIECES_MAX - 1;
    timing->began = now;
}

static double rate(const struct timing *timing, uint64_t messages)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < PIECES_MAX; i++)
        total += timing->best[i];
    return (double)messages * 1e3 / (double)total;
}

static void copy_pieces(uint8_t *to, const uint8_t *from, size_t length, struct timing *timing)
{
    begin(timing);
    for (size_t at = 0; at < length; at += PIECE) {
        memcpy(to + at, from + at, length - at < PIECE ? length - at : PIECE);
        end_piece(timing);
    }
}

static void decode_binary(const struct day *day, struct tf_decoder *decoder)
{
    struct tf_tick ticks[TICKS];
    struct tf_sink sink = {.ticks = ticks, .capacity = TICKS};
    struct tf_venue_message found[256] = {0};
    struct tf_segment segment;
    size_t mark = PIECE;
    begin(&timings[BINARY]);
    for (size_t at = 0; at < day->binary_length;) {
        struct tf_packet packet = {.bytes = day->binary + at + 4,
                                   .length = tf_le32(day->binary + at)};
        uint32_t count = 0, inside = 0;
        if (!tf_pitch_session.parse(&packet, &segment))
            exit(70);
        while (tf_pitch_session.next(&segment, &inside, &found[count])) {
            found[count].sequence = segment.sequence + count;
            count++;
        }
        tf_pitch_binary_ops.prefetch(decoder, found, count);
        for (uint32_t i = 0; i < count; i++) {
            sink.count = sink.count > TICKS - 3 ? 0 : sink.count;
            tf_pitch_binary_ops.decode(decoder, &found[i], &sink);
        }
        at += 4 + packet.length;
        if (at >= mark) {
            end_piece(&timings[BINARY]);
            mark += PIECE;
        }
    }
    end_piece(&timings[BINARY]);
}

static void decode_text(const struct day *day, struct tf_decoder *decoder)
{
    struct tf_tick ticks[TICKS];
    struct tf_framing framing = {0};
    size_t consumed, mark = PIECE;
    begin(&timings[TEXT]);
    for (size_t at = 0; at < day->text_length; at += consumed) {
        struct tf_sink sink = {.ticks = ticks, .capacity = TICKS};
        tf_framing_decode(&tf_pitch_text, &framing, day->text + at, day->text_length - at,
                          UINT32_MAX, &tf_pitch_ascii_ops, decoder, &sink, &consumed);
        if (!consumed)
            break;
        if (at + consumed >= mark) {
            end_piece(&timings[TEXT]);
            mark += PIECE;
        }
    }
    end_piece(&timings[TEXT]);
}

static void check(const struct tf_decoder_ops *ops, struct tf_decoder *decoder,
                  const struct day *day)
{
    const struct tf_feed_counts *counts = ops->counts(decoder);
    if (counts->messages != day->messages || counts->orders_open != day->open ||
        counts->anomalies[TF_ANOMALY_UNKNOWN_ORDER]) {
        fprintf(stderr, "%s: the day was not decoded\n", ops->name);
        exit(70);
    }
}

int main(int argc, char **argv)
{
    uint64_t arguments[3] = {2000000, 100000, 5};
    for (int i = 1; i < argc && i <= 3; i++)
        if (!tf_parse_u64(argv[i], UINT32_MAX, &arguments[i - 1]))
            return 64;
    struct day day = make_day(arguments[0], arguments[1]);
    struct tf_decoder_options options = {.node = -1};
    struct tf_decoder *binary = tf_pitch_binary_ops.open(&options);
    struct tf_decoder *text = tf_pitch_ascii_ops.open(&options);
    uint8_t *copy = malloc(day.text_length + day.binary_length);
    if (!binary || !text || !copy)
        return 71;
    memset(copy, 1, day.text_length + day.binary_length);
    for (uint64_t round = 0; round < arguments[2]; round++) {
        tf_pitch_binary_ops.restart(binary);
        tf_pitch_ascii_ops.restart(text);
        decode_binary(&day, binary);
        copy_pieces(copy, day.binary, day.binary_length, &timings[BINARY_COPY]);
        decode_text(&day, text);
        copy_pieces(copy, day.text, day.text_length, &timings[TEXT_COPY]);
        check(&tf_pitch_binary_ops, binary, &day);
        check(&tf_pitch_ascii_ops, text, &day);
    }
    printf("{\"messages\":%" PRIu64 ",\"orders_open\":%" PRIu64 ",\"binary_bytes\":%zu,"
           "\"text_bytes\":%zu,\"binary_mps\":%.1f,\"binary_memcpy_mps\":%.1f,"
           "\"text_mps\":%.1f,\"text_memcpy_mps\":%.1f}\n",
           day.messages, day.open, day.binary_length, day.text_length,
           rate(&timings[BINARY], day.messages), rate(&timings[BINARY_COPY], day.messages),
           rate(&timings[TEXT], day.messages), rate(&timings[TEXT_COPY], day.messages));
    tf_pitch_binary_ops.close(binary);
    tf_pitch_ascii_ops.close(text);
    free(copy);
    free(day.binary);
    free(day.text);
    free(day.ids);
    free(day.left);
    return 0;
}
