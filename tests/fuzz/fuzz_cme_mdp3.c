/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as one CME message, and as packets of messages, to ticks and to the tally. */
#include "cme_layout.h"
#include "cme_mdp3.h"
#include "cme_session.h"
#include "fuzz.h"
#include "json_out.h"
#include "random.h"

#include <string.h>

/* ---- good input: packets of messages made from the tables ------------------------------------ */

static void put(uint8_t *out, unsigned width, uint64_t value)
{
    memcpy(out, &value, width);
}

/* Codes and ids out of few, so that they meet; everything else noise or null. */
static void fill_block(struct tf_random *random, const struct tf_cme_field *fields,
                       unsigned count, uint8_t *block)
{
    static const uint8_t widths[8] = {1, 2, 4, 8, 1, 2, 4, 8};
    for (unsigned i = 0; i < count; i++) {
        uint64_t value = tf_random_next(random) >> tf_random_below(random, 64);
        unsigned width = widths[fields[i].kind & 7];
        if (strcmp(fields[i].name, "SecurityID") == 0)
            value = 1 + tf_random_below(random, 5);
        else if (strcmp(fields[i].name, "RptSeq") == 0)
            value = tf_random_below(random, 20);
        else if (width == 1)
            value = tf_random_below(random, 6);
        else if (tf_random_below(random, 8) == 0)
            value = UINT64_MAX >> (64 - 8 * width + (fields[i].kind & 7) / 4);
        put(block + fields[i].at, width, value);
    }
}

static size_t make_group(struct tf_random *random, const struct tf_cme_group *group,
                         uint8_t *out)
{
    static const char types[] = "0101EF2467NOeJwxBCW";
    unsigned length = group->block_min + tf_random_below(random, 16);
    unsigned count = tf_random_below(random, tf_random_below(random, 8) ? 4 : 12);
    put(out, 2, length);
    out[group->header - 1] = (uint8_t)count;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *entry = out + group->header + i * length;
        for (unsigned j = 0; j < group->field_count; j++)
            if (group->fields[j].at + 8u <= length || !group->fields[j].since)
                fill_block(random, &group->fields[j], 1, entry);
        if (group->type)
            entry[group->type] = (uint8_t)types[tf_random_below(random, sizeof types - 1)];
    }
    return group->header + count * length;
}

static size_t make_message(struct tf_random *random, uint8_t *out)
{
    const struct tf_cme_layout *layout;
    uint16_t id;
    while (!(layout = tf_cme_layout(id = (uint16_t)tf_random_below(random, 70))))
        ;
    unsigned length = layout->block_min + tf_random_below(random, 4);
    size_t at = CME_HEADER_LENGTH + length;
    put(out + CME_BLOCK_LENGTH, 2, length);
    put(out + CME_TEMPLATE_ID, 2, id);
    put(out + CME_SCHEMA_ID, 2, CME_SCHEMA);
    put(out + CME_VERSION, 2, 5 + tf_random_below(random, 10));
    for (unsigned i = 0; i < layout->field_count; i++)
        if (!layout->fields[i].since)
            fill_block(random, &layout->fields[i], 1, out + CME_HEADER_LENGTH);
    if (layout->indicator != CME_NONE && tf_random_below(random, 2))
        out[CME_HEADER_LENGTH + layout->indicator] |= 0x80;
    if (layout->security == 55)
        memcpy(out + CME_HEADER_LENGTH + 35, "ESZ5-ESM6", 9);
    if (layout->security == 55)
        out[CME_HEADER_LENGTH + 5] = (uint8_t) "AMD"[tf_random_below(random, 3)];
    for (unsigned i = 0; i < layout->group_count; i++)
        at += make_group(random, &layout->groups[i], out + at);
    put(out + CME_MSG_SIZE, 2, at);
    return at;
}

enum { MESSAGE_MAX = 512 + 7 * (8 + 12 * 140) };

/* A run of packets: length u16, protocol u8, then so many bytes. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    struct tf_random random;
    size_t at = 0;
    tf_random_seed(&random, which ^ 0xC3E);
    for (unsigned packets = 1 + tf_random_below(&random, 6); packets; packets--) {
        unsigned messages = 1 + tf_random_below(&random, 3);
        bool tcp = tf_random_below(&random, 4) == 0;
        size_t header = 3, begin = at;
        if (at + header + CME_TCP_HEADER + messages * (size_t)MESSAGE_MAX > room)
            break;
        memset(out + at, 0, header + CME_TCP_HEADER + messages * (size_t)MESSAGE_MAX);
        at += header;
        if (tcp) {
            put(out + at, 2, CME_TCP_MAGIC);
            at += 2;
        }
        put(out + at, 4, packets);
        put(out + at + 4, 8, UINT64_C(1500000000000000000) + tf_random_next(&random) % 1000);
        at += CME_UDP_HEADER;
        for (unsigned i = 0; i < messages; i++)
            at += make_message(&random, out + at);
        put(out + begin, 2, at - begin - header);
        out[begin + 2] = tcp ? 6 : 17;
    }
    return at;
}

/* ---- any input ------------------------------------------------------------------------------- */

static struct tf_tick ticks[TF_CME_MDP3_TICKS_MAX];

static void on_define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    MUST(instrument->instrument_id != 0 && instrument->symbol[0]);
    MUST(strlen(instrument->symbol) <= 20 && strlen(instrument->venue_class) <= 6);
}

static void decode(struct tf_decoder *decoder, const struct tf_venue_message *message)
{
    struct tf_sink sink = {
        .ticks = ticks, .capacity = TF_CME_MDP3_TICKS_MAX, .define = on_define};
    const struct tf_feed_counts *counts = tf_cme_mdp3_ops.counts(decoder);
    uint64_t flaws = counts->flaw.count;
    tf_cme_mdp3_ops.decode(decoder, message, &sink);
    MUST(sink.count <= sink.capacity);
    for (uint32_t i = 0; i < sink.count; i++) {
        const struct tf_tick *tick = &ticks[i];
        MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
        MUST(tick->seq == 0 && tick->ts_pub == 0 && tick->ts_recv == TF_UNDEF_TIMESTAMP);
        MUST(i + 1 == sink.count || !(tick->flags & TF_FLAG_LAST));
        MUST(tick->instrument_id || tick->action == 'R' || tick->action == 'N');
    }
    if (counts->flaw.count != flaws)
        MUST(counts->flaw.field && counts->flaw.offset <= message->length);
    int type = tf_cme_mdp3_ops.type_of(message);
    MUST(type >= -1 && type < 256);
}

static void as_packet(struct tf_decoder *decoder, const struct tf_packet *packet)
{
    struct tf_segment segment;
    struct tf_venue_message message = {.ts_recv = TF_UNDEF_TIMESTAMP};
    uint32_t at = 0;
    int sure = tf_format_cme_mdp3.probe_packet(packet);
    MUST(sure >= 0 && sure <= 100);
    if (!tf_cme_session.parse(packet, &segment)) {
        MUST(sure == 0);
        return;
    }
    char text[64];
    MUST(strlen(tf_cme_session.channel_text(packet, &segment, text, sizeof text)) > 0);
    MUST(segment.body + segment.body_length == packet->bytes + packet->length);
    for (uint32_t before = 0; tf_cme_session.next(&segment, &at, &message); before = at) {
        MUST(message.bytes == segment.body + before && at == before + message.length);
        message.sequence = segment.sequence;
        message.ts_send = segment.ts_send;
        message.channel = packet->flow.protocol;
        decode(decoder, &message);
    }
    MUST(at <= segment.body_length);
    if (segment.sequence % 4 == 0)
        tf_cme_mdp3_ops.gap(decoder, packet->flow.protocol);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoder;
    static FILE *null;
    if (!decoder) {
        decoder = tf_cme_mdp3_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
        null = fopen("/dev/null", "w");
    }
    MUST(decoder && null);
    tf_cme_mdp3_ops.restart(decoder);
    decode(decoder, &(struct tf_venue_message){.bytes = bytes, .length = (uint32_t)length});
    for (size_t at = 0; at + 3 <= length;) {
        size_t rest = length - at - 3, size = tf_le16(bytes + at);
        size = size < rest ? size : rest;
        as_packet(decoder, &(struct tf_packet){.bytes = bytes + at + 3,
                                               .length = (uint32_t)size,
                                               .flow.protocol = bytes[at + 2]});
        at += 3 + size;
    }
    struct tf_json json = {.out = null};
    tf_json_object(&json, 0);
    tf_cme_mdp3_ops.facts(decoder, &json);
    tf_json_end_object(&json);
    MUST(json.depth == 0);
    return 0;
}
