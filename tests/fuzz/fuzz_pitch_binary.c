/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as one binary PITCH message, and as packets of sequenced units. */
#include "bytes.h"
#include "fuzz.h"
#include "json_out.h"
#include "pitch_binary.h"
#include "pitch_session.h"
#include "random.h"

#include <string.h>

enum { TICKS_MAX = 3, PACKET_MAX = 1500 };

/* ---- good input: packets, each behind two bytes of its length -------------------------------- */

static uint8_t *put_head(uint8_t *at, uint8_t type, uint8_t length)
{
    memset(at, 0, length);
    at[0] = length;
    at[1] = type;
    return at;
}

/* One message of any type and likely fields; its length. */
static size_t put_message(uint8_t *at, struct tf_random *random)
{
    static const uint8_t shapes[][2] = {
        {0x20, 6},  {0x97, 6},  {0x21, 34}, {0x21, 34}, {0x22, 26}, {0x2F, 40}, {0x23, 26},
        {0x24, 38}, {0x25, 18}, {0x26, 16}, {0x27, 27}, {0x28, 19}, {0x29, 14}, {0x2A, 41},
        {0x2B, 33}, {0x30, 43}, {0x2C, 14}, {0x31, 18}, {0x2D, 6},  {0x2E, 38}};
    const uint8_t *shape = shapes[tf_random_below(random, sizeof shapes / sizeof shapes[0])];
    put_head(at, shape[0], shape[1]);
    tf_put_le32(at + 2, tf_random_below(random, 100000));
    if (shape[1] <= 6)
        return shape[1];
    tf_put_le64(at + 6, tf_random_below(random, 40));
    for (unsigned i = 14; i < shape[1]; i++)
        at[i] = tf_random_below(random, 4) ? 0 : (uint8_t)tf_random_below(random, 8);
    bool has_side = shape[1] > 25 && shape[0] != 0x23 && shape[0] != 0x24 && shape[0] != 0x27;
    if (has_side) {
        at[14] = tf_random_below(random, 2) ? 'B' : 'S';
        at[15] = 100;
        memcpy(at + (shape[0] == 0x22 || shape[0] == 0x2B ? 17 : 19), "ABCDEF",
               1 + tf_random_below(random, 6));
    } else if (shape[0] == 0x31) {
        memcpy(at + 6, "ABC     T0  ", 12);
    }
    return shape[1];
}

size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    struct tf_random random;
    tf_random_seed(&random, which);
    size_t used = 0;
    uint32_t sequence = 1;
    for (uint32_t packets = 1 + tf_random_below(&random, 6); packets; packets--) {
        uint8_t packet[PACKET_MAX];
        size_t length = TF_PITCH_HEADER;
        uint32_t count = tf_random_below(&random, 20);
        for (uint32_t i = 0; i < count; i++)
            length += put_message(packet + length, &random);
        tf_put_le16(packet, (uint16_t)length);
        packet[2] = (uint8_t)count;
        packet[3] = (uint8_t)(1 + tf_random_below(&random, 3));
        tf_put_le32(packet + 4, sequence);
        sequence += count;
        if (used + 2 + length > room)
            break;
        tf_put_le16(out + used, (uint16_t)length);
        memcpy(out + used + 2, packet, length);
        used += 2 + length;
    }
    return used;
}

/* ---- what must hold -------------------------------------------------------------------------- */

static void check_ticks(const struct tf_sink *sink)
{
    MUST(sink->count <= sink->capacity);
    for (uint32_t i = 0; i < sink->count; i++) {
        const struct tf_tick *tick = &sink->ticks[i];
        MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
        MUST(tick->seq == 0 && tick->ts_pub == 0 && tick->ts_recv == TF_UNDEF_TIMESTAMP);
        MUST(!(tick->flags & TF_FLAG_LAST) == (i + 1 < sink->count));
    }
}

static void check_counts(const struct tf_feed_counts *counts)
{
    const uint64_t *types = counts->messages_by_type;
    uint64_t by_type = 0;
    for (int i = 0; i < 256; i++)
        by_type += types[i];
    MUST(by_type <= counts->messages);
    MUST(counts->trades <= types[0x23] + types[0x24] + types[0x2A] + types[0x2B] + types[0x30]);
    MUST(counts->orders_open <=
         types[0x21] + types[0x22] + types[0x2F] + types[0x27] + types[0x28]);
    MUST((counts->first_ts_event == TF_UNDEF_TIMESTAMP) ==
         (counts->last_ts_event == TF_UNDEF_TIMESTAMP));
}

static void as_message(struct tf_decoder *decoder, const struct tf_venue_message *message)
{
    struct tf_tick ticks[TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TICKS_MAX};
    tf_pitch_binary_ops.prefetch(decoder, message, 1);
    tf_pitch_binary_ops.decode(decoder, message, &sink);
    check_ticks(&sink);
}

static void as_packet(struct tf_decoder *decoder, const uint8_t *bytes, uint32_t length)
{
    struct tf_packet packet = {.bytes = bytes, .length = length};
    struct tf_segment segment;
    int score = tf_format_pitch_binary.probe_packet(&packet);
    MUST(score >= 0 && score <= 100);
    if (!tf_pitch_session.parse(&packet, &segment)) {
        MUST(score == 0);
        return;
    }
    MUST(segment.header_length + segment.body_length <= length);
    struct tf_venue_message message = {.channel = segment.key[0], .sequence = segment.sequence};
    uint32_t at = 0, units = 0;
    for (uint32_t was = 0; units < segment.units; units++, was = at) {
        if (!tf_pitch_session.next(&segment, &at, &message))
            break;
        MUST(at > was && at <= segment.body_length);
        MUST(message.bytes == segment.body + was && message.length == at - was);
        as_message(decoder, &message);
    }
    MUST(score == 0 || (units == segment.units && at == segment.body_length));
}

static void as_packets(struct tf_decoder *decoder, const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at + 2 <= length;) {
        uint32_t size = tf_le16(bytes + at);
        at += 2;
        size = size < length - at ? size : (uint32_t)(length - at);
        as_packet(decoder, bytes + at, size);
        at += size;
    }
}

static void write_facts(struct tf_decoder *decoder)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    struct tf_json json = {.out = nowhere};
    tf_json_object(&json, 0);
    tf_pitch_binary_ops.facts(decoder, &json);
    tf_json_end_object(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoder;
    if (!decoder)
        decoder =
            tf_pitch_binary_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
    MUST(decoder);
    tf_pitch_binary_ops.restart(decoder);
    as_message(decoder, &(struct tf_venue_message){.bytes = bytes, .length = (uint32_t)length});
    as_packet(decoder, bytes, (uint32_t)length);
    as_packets(decoder, bytes, length);
    tf_pitch_binary_ops.gap(decoder, 1);
    check_counts(tf_pitch_binary_ops.counts(decoder));
    if (length % 64 == 0)
        write_facts(decoder);
    return 0;
}
