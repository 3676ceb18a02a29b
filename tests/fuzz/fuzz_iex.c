/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as one message of each IEX feed, as packets of IEX-TP, and as a gap fill request.  An
 * input is packets, each behind its length, u16 little endian.
 */
#include "bytes.h"
#include "fuzz.h"
#include "iex.h"
#include "iex_wire.h"
#include "iextp.h"
#include "json_out.h"
#include "random.h"

#include <string.h>

static const struct tf_format *const formats[] = {&tf_format_iex_tops, &tf_format_iex_deep,
                                                  &tf_format_iex_deepplus};
static const uint16_t protocols[] = {TF_IEXTP_TOPS_16, TF_IEXTP_DEEP_10, TF_IEXTP_DEEPPLUS_10};

/* ---- good input ------------------------------------------------------------------------------ */

static const struct {
    char type;
    uint8_t length;
    const char *flags; /* letters that byte 1 may be */
} shapes[] = {{'S', 10, "OSRMEC"},   {'D', 31, "\x80\x40\x20"}, {'H', 22, "HOPT"},
              {'I', 18, " ABC"},     {'O', 18, "ON"},           {'P', 19, "\x01"},
              {'T', 38, "\x40"},     {'B', 38, "\x40"},         {'Q', 42, "\x80\x40\x01"},
              {'X', 26, "QM"},       {'A', 80, "OCIHV"},        {'E', 18, "OC"},
              {'8', 30, "\x01\x02"}, {'5', 30, "\x01\x02"},     {'a', 38, "85"},
              {'M', 38, "\x01\x02"}, {'R', 26, "\x01"},         {'L', 46, "\x40"},
              {'C', 18, "\x01"}};

static size_t make_message(struct tf_random *random, uint8_t *out)
{
    static const uint8_t wide[] = {IEX_DIR_CLOSE, IEX_QUOTE_ASK, IEX_QUOTE_ASK_SIZE};
    unsigned which = tf_random_below(random, sizeof shapes / sizeof shapes[0]);
    size_t length = shapes[which].length;
    const char *flags = shapes[which].flags;
    memset(out, 0, length);
    out[IEX_TYPE] = (uint8_t)shapes[which].type;
    out[IEX_FLAGS] = (uint8_t)flags[tf_random_below(random, (uint32_t)strlen(flags))];
    tf_put_le64(out + IEX_TIME, 1500000000000000000 + tf_random_below(random, 1000));
    if (length > IEX_SYMBOL) {
        memcpy(out + IEX_SYMBOL, "A       ", 8);
        out[IEX_SYMBOL] = (uint8_t)('A' + tf_random_below(random, 4));
    }
    /* Ids, sizes and prices are small numbers wherever they are. */
    for (size_t at = 18; at + 4 <= length && out[IEX_TYPE] != 'H'; at += 4)
        out[at] = (uint8_t)tf_random_below(random, 16);
    for (unsigned i = 0; i < sizeof wide; i++)
        if (length >= wide[i] + 4u)
            out[wide[i]] = (uint8_t)tf_random_below(random, 16);
    if (length == IEX_SHORT_LENGTH)
        out[IEX_SHORT_DETAIL] = (uint8_t) " ACDN"[tf_random_below(random, 5)];
    if (length == IEX_AUCTION_LENGTH)
        out[IEX_AUCTION_SIDE] = (uint8_t) "BSN"[tf_random_below(random, 3)];
    return length;
}

/* Behind its own length; how long it is with that. */
static size_t make_packet(struct tf_random *random, uint64_t sequence, uint16_t protocol,
                          uint8_t *out)
{
    uint8_t *packet = out + 2;
    uint32_t messages = tf_random_below(random, 12);
    size_t at = TF_IEXTP_HEADER_LENGTH;
    memset(packet, 0, at);
    for (uint32_t i = 0; i < messages; i++) {
        size_t length = make_message(random, packet + at + 2);
        tf_put_le16(packet + at, (uint16_t)length);
        at += 2 + length;
    }
    packet[0] = 1;
    tf_put_le16(packet + 2, protocol);
    tf_put_le16(packet + 12, (uint16_t)(at - TF_IEXTP_HEADER_LENGTH));
    tf_put_le16(packet + 14, (uint16_t)messages);
    tf_put_le64(packet + 24, sequence);
    tf_put_le16(out, (uint16_t)at);
    return 2 + at;
}

size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    enum { PACKET_MAX = 2 + TF_IEXTP_HEADER_LENGTH + 12 * (2 + IEX_AUCTION_LENGTH) };
    struct tf_random random;
    tf_random_seed(&random, which * 31 + 7);
    uint16_t protocol = protocols[which % 3];
    uint32_t packets = tf_random_below(&random, 30);
    size_t length = 0;
    for (uint32_t i = 0; i < packets && room - length >= PACKET_MAX; i++)
        length += make_packet(&random, 1 + i * 12, protocol, out + length);
    return length;
}

/* ---- what must hold -------------------------------------------------------------------------- */

static void check_counts(const struct tf_feed_counts *counts)
{
    uint64_t by_type = 0;
    for (int i = 0; i < 256; i++)
        by_type += counts->messages_by_type[i];
    const uint64_t *types = counts->messages_by_type;
    MUST(by_type <= counts->messages);
    MUST(counts->trades <= types['T']);
    MUST(counts->orders_open <= types['a'] + types['M']);
    MUST(counts->symbols <= counts->messages);
    MUST((counts->first_ts_event == TF_UNDEF_TIMESTAMP) ==
         (counts->last_ts_event == TF_UNDEF_TIMESTAMP));
}

static bool names_instrument(uint8_t rtype)
{
    return rtype != TF_RTYPE_SYSTEM;
}

static uint64_t defined; /* instruments, in this input by the decoder that runs */

static void on_define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    MUST(instrument->instrument_id && strlen(instrument->symbol) - 1 < 8);
    defined++;
}

static void check_ticks(const struct tf_sink *sink, bool may_go_on)
{
    MUST(sink->count <= sink->capacity);
    for (uint32_t i = 0; i < sink->count; i++) {
        const struct tf_tick *tick = &sink->ticks[i];
        MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
        MUST(tick->seq == 0 && tick->ts_pub == 0 && tick->ts_recv == TF_UNDEF_TIMESTAMP);
        MUST(tick->ts_event <= INT64_MAX && tick->price >= 0);
        MUST(names_instrument(tick->rtype) == (tick->instrument_id != 0));
        MUST(i + 1 == sink->count || !(tick->flags & TF_FLAG_LAST));
    }
    MUST(!sink->count || may_go_on || sink->ticks[sink->count - 1].flags & TF_FLAG_LAST);
}

/* With no room to spare in the sink. */
static void as_message(const struct tf_decoder_ops *ops, struct tf_decoder *decoder,
                       const struct tf_venue_message *message)
{
    struct tf_tick ticks[TF_IEX_TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_IEX_TICKS_MAX, .define = on_define};
    if (ops->prefetch)
        ops->prefetch(decoder, message, 1);
    ops->decode(decoder, message, &sink);
    check_ticks(&sink, ops == &tf_iex_deep_ops);
    MUST((ops->type_of(message) < 0) == (message->length == 0));
}

static void as_packet(const struct tf_format *format, struct tf_decoder *decoder,
                      const uint8_t *bytes, uint32_t length)
{
    struct tf_packet packet = {.bytes = bytes, .length = length, .cut = length & 1};
    struct tf_segment segment;
    int sure = format->probe_packet(&packet);
    MUST(sure >= 0 && sure <= 100);
    if (!format->session->parse(&packet, &segment)) {
        MUST(sure == 0);
        return;
    }
    MUST(segment.body >= bytes && segment.body + segment.body_length <= bytes + length);
    MUST((segment.kind == TF_SEGMENT_DATA) == (segment.units != 0));
    char text[64];
    format->session->channel_text(&packet, &segment, text, sizeof text);
    if (segment.may_restart && format->decoder->gap)
        format->decoder->gap(decoder, 0);
    struct tf_venue_message message = {.sequence = segment.sequence};
    for (uint32_t at = 0, i = 0; i < segment.units; i++, message.sequence++) {
        if (!format->session->next(&segment, &at, &message))
            break;
        MUST(message.bytes + message.length == segment.body + at);
        as_message(format->decoder, decoder, &message);
    }
}

/* What is read can be written, and is the same then. */
static void as_request(const uint8_t *bytes, size_t length)
{
    static struct tf_iextp_range ranges[4096];
    static uint8_t again[TF_IEXTP_REQUEST_LENGTH + sizeof ranges];
    struct tf_iextp_request request;
    if (!tf_iextp_request_read(bytes, length, &request, ranges, 4096) || request.count > 4096)
        return;
    size_t written = tf_iextp_request_write(&request, ranges, again, sizeof again);
    MUST(written && written <= length && memcmp(again, bytes, written) == 0);
}

static void as_packets(const struct tf_format *format, struct tf_decoder *decoder,
                       const uint8_t *bytes, size_t length)
{
    while (length >= 2) {
        uint32_t size = tf_le16(bytes);
        bytes += 2, length -= 2;
        size = size < length ? size : (uint32_t)length;
        as_packet(format, decoder, bytes, size);
        bytes += size, length -= size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoders[3];
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    as_request(bytes, length);
    for (unsigned i = 0; i < 3; i++) {
        const struct tf_decoder_ops *ops = formats[i]->decoder;
        if (!decoders[i])
            decoders[i] = ops->open(&(struct tf_decoder_options){.node = -1, .tally = i != 1});
        MUST(nowhere && decoders[i]);
        ops->restart(decoders[i]);
        defined = 0;
        struct tf_venue_message message = {.bytes = bytes, .length = (uint32_t)length};
        as_message(ops, decoders[i], &message);
        as_packets(formats[i], decoders[i], bytes, length);
        const struct tf_feed_counts *counts = ops->counts(decoders[i]);
        check_counts(counts);
        MUST(defined >= counts->symbols);
        struct tf_json json = {.out = nowhere};
        tf_json_object(&json, 0);
        ops->facts(decoders[i], &json);
        tf_json_end_object(&json);
    }
    return 0;
}
