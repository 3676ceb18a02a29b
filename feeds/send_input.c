/* SPDX-License-Identifier: Apache-2.0 */
#include "send_input.h"

#include "binaryfile.h"
#include "error.h"
#include "itch50.h"
#include "itch50_wire.h"
#include "preview.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET_MAX = 65507, SESSIONS_MAX = 64, PROBE_BYTES = 16 * 1024 };

struct tf_send_input {
    struct tf_send_input_options options;
    struct tf_source *source;
    struct tf_capture *capture; /* NULL: a recording */
    struct tf_preview *preview;
    const struct tf_format *format;
    bool is_mold;
    uint8_t session[TF_MOLDUDP64_SESSION]; /* of a recording's packets */
    uint64_t sequence;                     /* of the next message of a recording */
    /* Of a capture: what was given of each session. */
    struct {
        uint8_t key[16];
        uint64_t next;
    } given[SESSIONS_MAX];
    uint32_t given_count;
    uint8_t packet[PACKET_MAX];
};

/* ---- open ------------------------------------------------------------------------------------ */

static int open_capture(struct tf_send_input *input)
{
    int error = 0;
    char hint[64], formats[1024];
    const char *path = input->options.path;
    input->capture = tf_capture_open(input->source, &error);
    if (!input->capture)
        return error;
    input->preview = tf_preview_open(input->capture, &error);
    if (!input->preview)
        return error;
    if (!input->format)
        input->format = tf_preview_format(input->preview);
    if (!input->format)
        return tf_fail(TF_EDATA,
                       "%s: not packets of a format that this version knows; it looks "
                       "like %s.  --format: %s",
                       path, tf_preview_lookalike(input->preview, hint, sizeof hint),
                       tf_format_list(formats, sizeof formats, false));
    if (!input->format->session)
        return tf_fail(TF_EUSAGE, "%s is a capture; %s does not come in packets", path,
                       input->format->name);
    input->is_mold = input->format->session == &tf_moldudp64;
    return 0;
}

/* Packed as the format that the recording is then live. */
static int open_recording(struct tf_send_input *input, const uint8_t *bytes, size_t length)
{
    const char *path = input->options.path;
    bool is_itch = input->format ? input->format == &tf_format_itch50 ||
                                       input->format == &tf_format_moldudp64_itch50
                                 : tf_format_itch50.probe(bytes, length) >= 50;
    if (!is_itch)
        return tf_fail(TF_EDATA,
                       "%s: neither a capture nor ITCH 5.0 in BinaryFILE, and nothing "
                       "else is packed into packets",
                       path);
    input->format = &tf_format_moldudp64_itch50;
    input->is_mold = true;
    input->sequence = 1;
    memset(input->session, ' ', sizeof input->session);
    size_t letters = strlen(input->options.session);
    memcpy(input->session + sizeof input->session - letters, input->options.session, letters);
    return 0;
}

static int open_all(struct tf_send_input *input)
{
    const struct tf_send_input_options *options = &input->options;
    const uint8_t *bytes;
    int error = 0;
    if (options->format && strcmp(options->format, "auto") != 0) {
        input->format = tf_format_by_name(options->format);
        if (!input->format)
            return tf_fail(TF_EUSAGE, "unknown format '%s'", options->format);
    }
    input->source = tf_source_open(options->path, &error);
    if (!input->source)
        return error;
    ptrdiff_t length = tf_source_peek(input->source, PROBE_BYTES, &bytes);
    if (length < 0)
        return (int)length;
    if (length == 0)
        return tf_fail(TF_EDATA, "%s: is empty, no recording", options->path);
    if (tf_capture_kind(bytes, (size_t)length))
        return open_capture(input);
    return open_recording(input, bytes, (size_t)length);
}

struct tf_send_input *tf_send_input_open(const struct tf_send_input_options *options,
                                         int *error)
{
    struct tf_send_input *input = calloc(1, sizeof *input);
    if (input)
        input->options = *options;
    *error = input ? open_all(input) : tf_fail(TF_EOS, "no memory to open %s", options->path);
    if (*error == 0)
        return input;
    tf_send_input_close(input);
    return 0;
}

void tf_send_input_close(struct tf_send_input *input)
{
    if (!input)
        return;
    tf_preview_close(input->preview);
    tf_capture_close(input->capture);
    tf_source_close(input->source);
    free(input);
}

bool tf_send_input_is_mold(const struct tf_send_input *input)
{
    return input->is_mold;
}

const struct tf_format *tf_send_input_format(const struct tf_send_input *input)
{
    return input->format;
}

/* ---- captures -------------------------------------------------------------------------------- */

/* The next number of the segment's session to give; NULL: too many sessions. */
static uint64_t *given_of(struct tf_send_input *input, const struct tf_segment *segment)
{
    for (uint32_t i = 0; i < input->given_count; i++)
        if (memcmp(input->given[i].key, segment->key, sizeof segment->key) == 0)
            return &input->given[i].next;
    if (input->given_count == SESSIONS_MAX)
        return 0;
    memcpy(input->given[input->given_count].key, segment->key, sizeof segment->key);
    input->given[input->given_count].next = segment->sequence;
    return &input->given[input->given_count++].next;
}

/* Without its first `skip` messages, which were given already; false: nothing is left. */
static bool cut_front(struct tf_send_input *input, struct tf_send_packet *packet, uint64_t skip)
{
    struct tf_segment *segment = &packet->segment;
    struct tf_venue_message message;
    uint32_t at = 0;
    for (uint64_t i = 0; i < skip; i++)
        if (!tf_moldudp64.next(segment, &at, &message))
            return false;
    uint32_t rest = segment->body_length - at;
    tf_moldudp64_header_put(segment->key, segment->sequence + skip,
                            (uint16_t)(segment->units - skip), input->packet);
    memcpy(input->packet + TF_MOLDUDP64_HEADER, segment->body + at, rest);
    packet->bytes = input->packet;
    packet->length = TF_MOLDUDP64_HEADER + rest;
    return tf_moldudp64.parse(
        &(struct tf_packet){.bytes = packet->bytes, .length = packet->length}, segment);
}

/* Is there something in this packet that was not given yet?  Then just that. */
static bool is_new(struct tf_send_input *input, struct tf_send_packet *packet)
{
    struct tf_segment *segment = &packet->segment;
    if (segment->kind != TF_SEGMENT_DATA)
        return false;
    if (segment->unsequenced)
        return true;
    uint64_t *next = given_of(input, segment);
    if (!next)
        return false;
    uint64_t end = segment->sequence + segment->units;
    if (end <= *next)
        return false;
    if (segment->sequence < *next && !cut_front(input, packet, *next - segment->sequence))
        return false;
    *next = end;
    return true;
}

static bool wanted(const struct tf_send_input *input, const struct tf_packet *captured)
{
    const struct tf_endpoint *flow = &input->options.flow;
    return captured->flow.protocol != IPPROTO_TCP && !captured->cut && captured->length &&
           captured->length <= PACKET_MAX &&
           (!flow->port ||
            (captured->flow.address == flow->address && captured->flow.port == flow->port));
}

static int next_captured(struct tf_send_input *input, struct tf_send_packet *packet)
{
    struct tf_packet captured;
    for (;;) {
        int got = tf_preview_next(input->preview, &captured);
        if (got == 0)
            got = tf_capture_next(input->capture, &captured);
        if (got <= 0)
            return got;
        if (!wanted(input, &captured))
            continue;
        *packet = (struct tf_send_packet){
            .bytes = captured.bytes, .length = captured.length, .ts = captured.ts_recv};
        bool parsed = input->format->session->parse(&captured, &packet->segment);
        packet->flow = captured.flow;
        if (input->is_mold && (!parsed || !is_new(input, packet)))
            continue;
        packet->sequenced = parsed && packet->segment.kind == TF_SEGMENT_DATA &&
                            packet->segment.units && !packet->segment.unsequenced;
        return 1;
    }
}

/* ---- recordings ------------------------------------------------------------------------------ */

static uint64_t time_of(const uint8_t *message, size_t length)
{
    return length >= ITCH_HEADER_LENGTH ? tf_be48(message + ITCH_TIME) : 0;
}

static int end_of_recording(const struct tf_send_input *input, ptrdiff_t left, bool ended)
{
    int status = tf_source_status(input->source);
    if (status < 0 || left == 0 || ended)
        return status;
    return tf_fail(TF_EDATA,
                   "%s: ends inside a message, at offset %llu; all before it was sent",
                   input->options.path, (unsigned long long)tf_source_offset(input->source));
}

/* As many messages as fit and belong together in time. */
static int next_packed(struct tf_send_input *input, struct tf_send_packet *packet)
{
    uint32_t used = TF_MOLDUDP64_HEADER;
    uint16_t count = 0;
    uint64_t first = 0, last = 0;
    ptrdiff_t length = 0;
    bool ended = false;
    while (count < TF_MOLDUDP64_END - 1) {
        const uint8_t *bytes;
        length = tf_source_peek(input->source, 2 + 65535, &bytes);
        size_t frame = length > 0 ? tf_binaryfile_frame(bytes, (size_t)length) : 0;
        ended = frame == 2;
        if (frame <= 2)
            break;
        uint64_t time = time_of(bytes + 2, frame - 2);
        uint32_t most = count ? input->options.packet_bytes : PACKET_MAX;
        if (used + frame > most || (count && time - first > input->options.together_ns))
            break;
        memcpy(input->packet + used, bytes, frame);
        used += (uint32_t)frame;
        first = count++ ? first : time;
        last = time;
        tf_source_skip(input->source, frame);
    }
    if (count == 0)
        return end_of_recording(input, length, ended);
    tf_moldudp64_header_put(input->session, input->sequence, count, input->packet);
    input->sequence += count;
    *packet = (struct tf_send_packet){
        .bytes = input->packet, .length = used, .ts = last, .sequenced = true};
    tf_moldudp64.parse(&(struct tf_packet){.bytes = input->packet, .length = used},
                       &packet->segment);
    return 1;
}

int tf_send_input_next(struct tf_send_input *input, struct tf_send_packet *packet)
{
    return input->capture ? next_captured(input, packet) : next_packed(input, packet);
}
