/* SPDX-License-Identifier: Apache-2.0 */
#include "recording.h"

#include "error.h"
#include "lookalike.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tf_recording {
    struct tf_source *source;
    const struct tf_format *format;
    struct tf_decoder *decoder;
    struct tf_framing framing;
    bool finished;
    uint64_t end_offset; /* where the last whole message ended */
    uint64_t trailing_bytes;
};

/* What a probe must reach, of 100: half of the messages looked at make sense. */
enum { SURE_ENOUGH = 50, PROBE_BYTES = 16 * 1024 };

static const struct tf_format *best_probe(const uint8_t *bytes, size_t length)
{
    const struct tf_format *best = 0;
    int best_score = SURE_ENOUGH - 1;
    for (unsigned i = 0; tf_formats[i]; i++) {
        int score = tf_formats[i]->probe(bytes, length);
        if (score > best_score) {
            best_score = score;
            best = tf_formats[i];
        }
    }
    return best;
}

static int choose_by_name(struct tf_recording *recording, const char *format)
{
    char formats[512];
    recording->format = tf_format_by_name(format);
    return recording->format ? 0
                             : tf_fail(TF_EUSAGE, "unknown format '%s'; there are %s", format,
                                       tf_format_list(formats, sizeof formats, true));
}

static int choose_by_content(struct tf_recording *recording)
{
    const uint8_t *bytes;
    ptrdiff_t length = tf_source_peek(recording->source, PROBE_BYTES, &bytes);
    if (length < 0)
        return (int)length;
    const char *path = tf_source_path(recording->source);
    if (length == 0)
        return tf_fail(TF_EDATA, "%s: is empty, no recording", path);
    recording->format = best_probe(bytes, (size_t)length);
    if (recording->format)
        return 0;
    char formats[512], hint[64];
    return tf_fail(TF_EDATA,
                   "%s: not a recording that this version reads; it looks like %s. "
                   "Formats: %s; --format NAME skips the check",
                   path, tf_lookalike(bytes, (size_t)length, hint, sizeof hint),
                   tf_format_list(formats, sizeof formats, true));
}

static int open_all(struct tf_recording *recording, const char *path,
                    const struct tf_recording_options *options)
{
    int error = 0;
    bool named = options->format && strcmp(options->format, "auto") != 0;
    if (named)
        error = choose_by_name(recording, options->format);
    if (error < 0)
        return error;
    recording->source = tf_source_open(path, &error);
    if (!recording->source)
        return error;
    if (!named)
        error = choose_by_content(recording);
    if (error < 0)
        return error;
    recording->decoder = recording->format->decoder->open(&options->decoder);
    return recording->decoder ? 0 : TF_EOS;
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
    if (recording->decoder)
        recording->format->decoder->close(recording->decoder);
    tf_source_close(recording->source);
    free(recording);
}

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

/* No whole message is left: nothing more will be decoded. */
static void finish(struct tf_recording *recording)
{
    recording->end_offset = tf_source_offset(recording->source);
    recording->trailing_bytes = drain(recording->source);
    recording->finished = true;
}

/* Was that the end mark, the end of the file, damage or a cut?  The same answer every time. */
static ptrdiff_t end_of(const struct tf_recording *recording)
{
    const struct tf_source *source = recording->source;
    int status = tf_source_status(source);
    if (status < 0 || !recording->trailing_bytes || recording->framing.ended)
        return status;
    bool plain = strcmp(tf_source_compression(source), "none") == 0;
    return tf_fail(TF_EDATA,
                   "%s: ends inside a message: %" PRIu64 " trailing bytes at offset %" PRIu64
                   "%s; all messages before it were read, get the file anew for the rest",
                   tf_source_path(source), recording->trailing_bytes, recording->end_offset,
                   plain ? "" : " of the decompressed data");
}

ptrdiff_t tf_recording_next(struct tf_recording *recording, uint32_t messages_max,
                            struct tf_sink *sink)
{
    struct tf_source *source = recording->source;
    uint32_t messages = 0;
    size_t want = 2;
    while (!recording->finished && messages < messages_max &&
           sink->count + recording->format->decoder->ticks_max <= sink->capacity) {
        const uint8_t *bytes;
        ptrdiff_t length = tf_source_peek(source, want, &bytes);
        if (length < (ptrdiff_t)want) {
            finish(recording);
            break;
        }
        size_t consumed;
        messages += tf_framing_decode(recording->format->framing, &recording->framing, bytes,
                                      (size_t)length, messages_max - messages,
                                      recording->format->decoder, recording->decoder, sink,
                                      &consumed);
        tf_source_skip(source, consumed);
        if (recording->framing.ended)
            finish(recording);
        /* If the loop goes on, then a part of a message is left: ask for more than that. */
        want = (size_t)length - consumed + 1;
    }
    return messages || !recording->finished ? (ptrdiff_t)messages : end_of(recording);
}

int tf_recording_rewind(struct tf_recording *recording)
{
    int error = tf_source_rewind(recording->source);
    if (error < 0)
        return error;
    recording->format->decoder->restart(recording->decoder);
    memset(&recording->framing, 0, sizeof recording->framing);
    recording->trailing_bytes = 0;
    recording->finished = false;
    return 0;
}

const struct tf_format *tf_recording_format(const struct tf_recording *recording)
{
    return recording->format;
}

const struct tf_feed_counts *tf_recording_counts(const struct tf_recording *recording)
{
    return recording->format->decoder->counts(recording->decoder);
}

const struct tf_source *tf_recording_source(const struct tf_recording *recording)
{
    return recording->source;
}

uint64_t tf_recording_trailing_bytes(const struct tf_recording *recording)
{
    return recording->trailing_bytes;
}

bool tf_recording_ended(const struct tf_recording *recording)
{
    return recording->framing.ended;
}
