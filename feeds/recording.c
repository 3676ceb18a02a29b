/* SPDX-License-Identifier: Apache-2.0 */
#include "recording.h"

#include "error.h"
#include "log.h"
#include "lookalike.h"
#include "pairing.h"
#include "preview.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAWS_LOGGED = 5 };

struct tf_recording {
    struct tf_source *source;
    const struct tf_format *format;
    struct tf_decoder *decoder;
    /* Of one run of messages. */
    struct tf_framing framing;
    uint64_t end_offset; /* where the last whole message ended */
    uint64_t trailing_bytes;
    /* Of packets. */
    struct tf_preview *preview; /* packets that were looked at, to be read first */
    struct tf_pairing *pairing; /* NULL: the protocol says itself what its lines are */
    struct tf_capture *capture;
    struct tf_feed *feed;
    bool flushed; /* no packet is left in it */

    bool finished;
    uint64_t flaws_logged;
};

/* What a probe must reach, of 100: half of the messages looked at make sense. */
enum { SURE_ENOUGH = 50, PROBE_BYTES = 16 * 1024 };

static const struct tf_format *best_probe(const uint8_t *bytes, size_t length)
{
    const struct tf_format *best = 0;
    int best_score = SURE_ENOUGH - 1;
    for (unsigned i = 0; tf_formats[i]; i++) {
        int score = tf_formats[i]->probe ? tf_formats[i]->probe(bytes, length) : 0;
        if (score > best_score) {
            best_score = score;
            best = tf_formats[i];
        }
    }
    return best;
}

/* What no format claims. */
static int fail_unknown(const struct tf_recording *recording, const char *looks_like)
{
    char formats[1024];
    return tf_fail(TF_EDATA,
                   "%s: not a recording that this version reads; it looks like %s. "
                   "Formats: %s; --format NAME skips the check",
                   tf_source_path(recording->source), looks_like,
                   tf_format_list(formats, sizeof formats, false));
}

static int choose_by_bytes(struct tf_recording *recording, const uint8_t *bytes, size_t length)
{
    char hint[128];
    recording->format = best_probe(bytes, length);
    return recording->format
               ? 0
               : fail_unknown(recording, tf_lookalike(bytes, length, hint, sizeof hint));
}

static int choose_by_packets(struct tf_recording *recording)
{
    char hint[256];
    recording->format = tf_preview_format(recording->preview);
    return recording->format ? 0
                             : fail_unknown(recording, tf_preview_lookalike(recording->preview,
                                                                            hint, sizeof hint));
}

static void log_flaw(void *context, const struct tf_flaw_place *place)
{
    struct tf_recording *recording = context;
    if (recording->flaws_logged++ >= FLAWS_LOGGED)
        return;
    char packet[40] = "", type[8] = "?";
    if (place->packet)
        snprintf(packet, sizeof packet, "packet %" PRIu64 ", ", place->packet);
    if (place->type >= 0)
        recording->format->decoder->type_name((unsigned)place->type, type);
    tf_log(TF_LOG_WARNING,
           "%s: %smessage %" PRIu64 " of type %s: %s at its byte %" PRIu32 ": %s%s",
           tf_source_path(recording->source), packet, place->sequence, type,
           place->flaw.field ? place->flaw.field : "field", place->flaw.offset,
           tf_anomaly_name(place->flaw.kind),
           recording->flaws_logged == FLAWS_LOGGED ? "; more are only counted" : "");
}

static int open_pairing(struct tf_recording *recording)
{
    tf_pairing_close(recording->pairing);
    recording->pairing = 0;
    if (!recording->format->session->key_is_flow)
        return 0;
    recording->pairing = tf_pairing_open(recording->format->session);
    return recording->pairing ? 0 : TF_EOS;
}

/* A capture and what puts its packets in order, or else a decoder alone. */
static int open_decoding(struct tf_recording *recording,
                         const struct tf_recording_options *options)
{
    if (!recording->capture) {
        recording->framing.flawed = log_flaw;
        recording->framing.context = recording;
        recording->decoder = recording->format->decoder->open(&options->decoder);
        return recording->decoder ? 0 : TF_EOS;
    }
    struct tf_feed_options feed = {.format = recording->format,
                                   .decoder = options->decoder,
                                   .lines = options->lines,
                                   .flawed = log_flaw,
                                   .context = recording};
    recording->feed = tf_feed_open(&feed);
    if (!recording->feed)
        return TF_EOS;
    recording->decoder = tf_feed_decoder(recording->feed);
    return open_pairing(recording);
}

/* The format is known by name: does it come as this input does? */
static int check_kind(const struct tf_recording *recording)
{
    if (recording->capture && !recording->format->session)
        return tf_fail(TF_EDATA, "%s: is a capture, and %s is no format of packets",
                       tf_source_path(recording->source), recording->format->name);
    if (!recording->capture && !recording->format->framing)
        return tf_fail(TF_EDATA, "%s: is no capture, and %s is a format of packets",
                       tf_source_path(recording->source), recording->format->name);
    return 0;
}

static int open_all(struct tf_recording *recording, const char *path,
                    const struct tf_recording_options *options)
{
    int error = 0;
    bool named = options->format && strcmp(options->format, "auto") != 0;
    char formats[1024];
    recording->format = named ? tf_format_by_name(options->format) : 0;
    if (named && !recording->format)
        return tf_fail(TF_EUSAGE, "unknown format '%s'; there are %s", options->format,
                       tf_format_list(formats, sizeof formats, true));
    recording->source = tf_source_open(path, &error);
    if (!recording->source)
        return error;
    const uint8_t *bytes;
    ptrdiff_t length = tf_source_peek(recording->source, PROBE_BYTES, &bytes);
    if (length < 0)
        return (int)length;
    if (length == 0 && !named)
        return tf_fail(TF_EDATA, "%s: is empty, no recording", path);
    if (tf_capture_kind(bytes, (size_t)length)) {
        recording->capture = tf_capture_open(recording->source, &error);
        if (recording->capture)
            recording->preview = tf_preview_open(recording->capture, &error);
        if (!recording->preview)
            return error;
        error = named ? check_kind(recording) : choose_by_packets(recording);
    } else {
        error =
            named ? check_kind(recording) : choose_by_bytes(recording, bytes, (size_t)length);
    }
    return error ? error : open_decoding(recording, options);
}

struct tf_recording *tf_recording_open(const char *path,
                                       const struct tf_recording_options *options, int *error)
{
    struct tf_recording *recording = calloc(1, sizeof *recording);
    *error = recording ? open_all(recording, path, options)
                       : tf_fail(TF_EOS, "no memory to open %s", path);
    if (*error == 0)
        return recording;
    tf_recording_close(recording);
    return 0;
}

void tf_recording_close(struct tf_recording *recording)
{
    if (!recording)
        return;
    if (recording->feed)
        tf_feed_close(recording->feed);
    else if (recording->decoder)
        recording->format->decoder->close(recording->decoder);
    tf_pairing_close(recording->pairing);
    tf_preview_close(recording->preview);
    tf_capture_close(recording->capture);
    tf_source_close(recording->source);
    free(recording);
}

/* ---- one run of messages --------------------------------------------------------------------- */

/* Read to the end, for the count; what lies there is not looked at. */
static uint64_t drain(struct tf_source *source)
{
    uint64_t drained = 0;
    const uint8_t *bytes;
    ptrdiff_t length;
    while ((length = tf_source_peek(source, TF_SOURCE_PEEK_MAX, &bytes)) > 0) {
        tf_source_skip(source, (size_t)length);
        drained += (uint64_t)length;
    }
    return drained;
}

/* What is left is a message after all, the last one: 1, else 0. */
static uint32_t decode_last(struct tf_recording *recording, struct tf_sink *sink)
{
    const struct tf_format *format = recording->format;
    const uint8_t *bytes;
    struct tf_venue_message message;
    ptrdiff_t length = tf_source_peek(recording->source, format->framing->frame_max, &bytes);
    if (length <= 0 || !format->framing->last ||
        !format->framing->last(&recording->framing, bytes, (size_t)length, &message))
        return 0;
    format->decoder->decode(recording->decoder, &message, sink);
    tf_source_skip(recording->source, (size_t)length);
    return 1;
}

/* No whole message is left: nothing more will be decoded. */
static void finish(struct tf_recording *recording)
{
    recording->end_offset = tf_source_offset(recording->source);
    recording->trailing_bytes = drain(recording->source);
    recording->finished = true;
}

/* What offsets in errors are of: a file that can be looked at, or what is in it. */
static const char *of_what(const struct tf_source *source)
{
    bool plain = strcmp(tf_source_compression(source), "none") == 0;
    return plain ? "" : " of the decompressed data";
}

/* A length says that more follows than does: it may be wrong, or the input cut. */
static ptrdiff_t fail_awaited(const struct tf_recording *recording)
{
    uint64_t first = recording->end_offset - recording->framing.awaited.consumed;
    return tf_fail(TF_EDATA,
                   "%s: %s at offset %" PRIu64 "%s is %" PRIu64 ", but the input ends %" PRIu64
                   " bytes behind it: the field is wrong, or the input was cut",
                   tf_source_path(recording->source), recording->framing.awaited.field,
                   first + recording->framing.awaited.offset, of_what(recording->source),
                   recording->framing.awaited.value,
                   recording->framing.awaited.consumed + recording->trailing_bytes -
                       recording->framing.awaited.offset - 4);
}

/* Was that the end mark, the end of the file, damage or a cut?  The same answer every time. */
static ptrdiff_t end_of_messages(const struct tf_recording *recording)
{
    const struct tf_source *source = recording->source;
    int status = tf_source_status(source);
    if (status < 0 || !recording->trailing_bytes)
        return status;
    if (recording->framing.ended && recording->framing.flaws)
        return tf_fail(TF_EDATA,
                       "%s: no message can begin at offset %" PRIu64 "%s; %" PRIu64
                       " bytes from there on were not read",
                       tf_source_path(source), recording->end_offset, of_what(source),
                       recording->trailing_bytes);
    if (recording->framing.ended)
        return status;
    if (recording->framing.awaited.field)
        return fail_awaited(recording);
    return tf_fail(TF_EDATA,
                   "%s: ends inside a message: %" PRIu64 " trailing bytes at offset %" PRIu64
                   "%s; all messages before it were read, get the file anew for the rest",
                   tf_source_path(source), recording->trailing_bytes, recording->end_offset,
                   of_what(source));
}

static ptrdiff_t next_message(struct tf_recording *recording, uint32_t messages_max,
                              struct tf_sink *sink)
{
    const struct tf_format *format = recording->format;
    struct tf_source *source = recording->source;
    uint32_t messages = 0;
    size_t want = 1;
    while (!recording->finished && messages < messages_max &&
           sink->count + format->decoder->ticks_max <= sink->capacity) {
        const uint8_t *bytes;
        ptrdiff_t length = tf_source_peek(source, want, &bytes);
        if (length < (ptrdiff_t)want) {
            messages += decode_last(recording, sink);
            finish(recording);
            break;
        }
        size_t consumed;
        messages += tf_framing_decode(format->framing, &recording->framing, bytes,
                                      (size_t)length, messages_max - messages, format->decoder,
                                      recording->decoder, sink, &consumed);
        tf_source_skip(source, consumed);
        if (recording->framing.ended)
            finish(recording);
        /* If the loop goes on, then a part of a message is left: ask for more than that. */
        want = (size_t)length - consumed + 1;
        if (want > format->framing->frame_max && !consumed) {
            finish(recording); /* the framing waits for more than it said it would */
            break;
        }
    }
    return messages || !recording->finished ? (ptrdiff_t)messages : end_of_messages(recording);
}

/* ---- packets --------------------------------------------------------------------------------- */

/* 1, or 0 at the end, whose reason the capture keeps. */
static int next_captured(struct tf_recording *recording, struct tf_packet *packet)
{
    if (tf_preview_next(recording->preview, packet))
        return 1;
    return tf_capture_next(recording->capture, packet) > 0;
}

static int next_paired(struct tf_recording *recording, struct tf_packet *packet)
{
    while (tf_pairing_wants(recording->pairing) && next_captured(recording, packet))
        tf_pairing_add(recording->pairing, packet);
    return tf_pairing_take(recording->pairing, recording->feed, packet);
}

/* The next packet to the feed; false: there was none, and all that is held is let go. */
static bool read_packet(struct tf_recording *recording)
{
    struct tf_packet packet;
    int got = recording->pairing ? next_paired(recording, &packet)
                                 : next_captured(recording, &packet);
    if (got)
        tf_feed_packet(recording->feed, &packet);
    else
        tf_feed_flush(recording->feed);
    return got;
}

static ptrdiff_t next_packets(struct tf_recording *recording, uint32_t messages_max,
                              struct tf_sink *sink)
{
    uint32_t messages = 0;
    while (messages < messages_max &&
           sink->count + recording->format->decoder->ticks_max <= sink->capacity) {
        uint32_t got = tf_feed_next(recording->feed, messages_max - messages, sink);
        messages += got;
        if (got)
            continue;
        if (recording->flushed) {
            recording->finished = true;
            break;
        }
        recording->flushed = !read_packet(recording);
    }
    if (messages || !recording->finished)
        return (ptrdiff_t)messages;
    return tf_capture_end(recording->capture);
}

/* ---- either ---------------------------------------------------------------------------------- */

ptrdiff_t tf_recording_next(struct tf_recording *recording, uint32_t messages_max,
                            struct tf_sink *sink)
{
    return recording->feed ? next_packets(recording, messages_max, sink)
                           : next_message(recording, messages_max, sink);
}

int tf_recording_rewind(struct tf_recording *recording)
{
    int error = tf_source_rewind(recording->source);
    if (error < 0)
        return error;
    recording->finished = false;
    recording->trailing_bytes = 0;
    if (!recording->feed) {
        recording->format->decoder->restart(recording->decoder);
        recording->framing = (struct tf_framing){.flawed = log_flaw, .context = recording};
        return 0;
    }
    tf_feed_restart(recording->feed);
    tf_capture_close(recording->capture);
    tf_preview_drop(recording->preview);
    recording->flushed = false;
    recording->capture = tf_capture_open(recording->source, &error);
    return recording->capture ? open_pairing(recording) : error;
}

const struct tf_format *tf_recording_format(const struct tf_recording *recording)
{
    return recording->format;
}

const struct tf_feed_counts *tf_recording_counts(const struct tf_recording *recording)
{
    return recording->feed ? tf_feed_counts(recording->feed)
                           : recording->format->decoder->counts(recording->decoder);
}

const struct tf_source *tf_recording_source(const struct tf_recording *recording)
{
    return recording->source;
}

const struct tf_capture *tf_recording_capture(const struct tf_recording *recording)
{
    return recording->capture;
}

const struct tf_feed *tf_recording_feed(const struct tf_recording *recording)
{
    return recording->feed;
}

struct tf_decoder *tf_recording_decoder(const struct tf_recording *recording)
{
    return recording->decoder;
}

uint64_t tf_recording_trailing_bytes(const struct tf_recording *recording)
{
    return recording->trailing_bytes;
}

bool tf_recording_ended(const struct tf_recording *recording)
{
    if (!recording->feed)
        return recording->framing.ended;
    struct tf_channel_report report;
    uint32_t channels = tf_feed_channels(recording->feed);
    for (uint32_t i = 0; i < channels; i++) {
        tf_feed_channel_report(recording->feed, i, &report);
        if (!report.ended)
            return false;
    }
    return channels > 0;
}
