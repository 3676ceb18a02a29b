/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as one ITCH message, as a session in memory, and as a recording on disk. */
#include "binaryfile.h"
#include "itch50.h"
#include "memory_file.h"
#include "recording.h"

size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    return small_day(which, out, room);
}

static void check_counts(const struct tf_feed_counts *counts)
{
    uint64_t by_type = 0;
    for (int i = 0; i < 256; i++)
        by_type += counts->messages_by_type[i];
    const uint64_t *types = counts->messages_by_type;
    MUST(by_type <= counts->messages);
    MUST(counts->trades <= types['E'] + types['C'] + types['P']);
    MUST(counts->orders_open <= types['A'] + types['F'] + types['U']);
    MUST((counts->first_ts_event == TF_UNDEF_TIMESTAMP) ==
         (counts->last_ts_event == TF_UNDEF_TIMESTAMP));
}

static void check_ticks(const struct tf_sink *sink)
{
    MUST(sink->count <= sink->capacity);
    for (uint32_t i = 0; i < sink->count; i++) {
        const struct tf_tick *tick = &sink->ticks[i];
        MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
        MUST(tick->seq == 0 && tick->ts_pub == 0 && tick->ts_recv == TF_UNDEF_TIMESTAMP);
    }
    MUST(sink->count == 0 || sink->ticks[sink->count - 1].flags & TF_FLAG_LAST);
}

/* In memory: message by message, with no room to spare in the sink. */
static void as_session(struct tf_decoder *decoder, const uint8_t *bytes, size_t length)
{
    struct tf_tick ticks[TF_ITCH50_TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_ITCH50_TICKS_MAX};
    struct tf_framing framing = {0};
    size_t at = 0, consumed;
    do {
        sink.count = 0;
        uint32_t messages = tf_framing_decode(&tf_binaryfile, &framing, bytes + at, length - at,
                                              1, &tf_itch50_ops, decoder, &sink, &consumed);
        check_ticks(&sink);
        MUST(messages <= 1 && consumed <= length - at);
        at += consumed;
    } while (consumed && !framing.ended);
    check_counts(tf_itch50_ops.counts(decoder));
}

static void as_message(struct tf_decoder *decoder, const uint8_t *bytes, size_t length)
{
    struct tf_tick ticks[TF_ITCH50_TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_ITCH50_TICKS_MAX};
    struct tf_venue_message message = {.bytes = bytes, .length = (uint32_t)length};
    tf_itch50_ops.prefetch(decoder, &message, 1);
    tf_itch50_ops.decode(decoder, &message, &sink);
    check_ticks(&sink);
}

struct pass {
    uint64_t messages, ticks;
    ptrdiff_t end;
};

static struct pass read_recording(struct tf_recording *recording)
{
    static struct tf_tick ticks[64];
    struct tf_sink sink = {.ticks = ticks, .capacity = 64};
    struct pass pass = {0};
    ptrdiff_t messages;
    while ((messages = tf_recording_next(recording, 1000, &sink)) > 0) {
        check_ticks(&sink);
        pass.messages += (uint64_t)messages;
        pass.ticks += sink.count;
        sink.count = 0;
    }
    pass.end = messages;
    MUST(tf_recording_counts(recording)->messages == pass.messages);
    return pass;
}

/* On disk, twice over: both passes must agree. */
static void as_recording(const uint8_t *bytes, size_t length, const char *format)
{
    char path[32];
    int fd = memory_file(bytes, length, path), error = 0;
    struct tf_recording_options options = {.format = format, .decoder.node = -1};
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    MUST(recording || error == TF_EDATA);
    if (recording) {
        struct pass first = read_recording(recording);
        MUST(first.end == 0 || first.end == TF_EDATA);
        MUST(tf_source_offset(tf_recording_source(recording)) >=
             tf_recording_trailing_bytes(recording));
        MUST(tf_recording_rewind(recording) == 0);
        struct pass second = read_recording(recording);
        MUST(first.messages == second.messages && first.ticks == second.ticks &&
             first.end == second.end);
        check_counts(tf_recording_counts(recording));
    }
    tf_recording_close(recording);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoder;
    if (!decoder)
        decoder = tf_itch50_ops.open(&(struct tf_decoder_options){.node = -1});
    MUST(decoder);
    tf_itch50_ops.restart(decoder);
    as_message(decoder, bytes, length);
    as_session(decoder, bytes, length);
    as_recording(bytes, length, length & 1 ? "itch50" : 0);
    return 0;
}
