/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as DBN: one record, one metadata block, a file in memory, and a file on disk, twice. */
#include "bytes.h"
#include "dbn.h"
#include "dbn_encode.h"
#include "dbn_fields.h"
#include "dbn_metadata.h"
#include "json_out.h"
#include "memory_file.h"
#include "random.h"
#include "recording.h"

/* Some records of all kinds behind metadata with a few symbols, or without. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    struct tf_random random;
    struct tf_dbn_symbol symbols[] = {{1, 20200101, 20200102, "A"},
                                      {2, 20200101, 20200102, "B"}};
    uint8_t version = (uint8_t)(1 + which % 3);
    struct tf_dbn_header header = {.version = version,
                                   .dataset = "FUZZ",
                                   .schema = (uint16_t)(which % 20),
                                   .symbols = symbols,
                                   .count = (uint32_t)(which / 3 % 3)};
    size_t at = 0;
    tf_random_seed(&random, which);
    if (which % 5) {
        at = tf_dbn_header_size(version, header.count);
        tf_dbn_header_write(&header, out, at);
    }
    for (unsigned records = 1 + tf_random_below(&random, 40); records; records--) {
        const struct tf_dbn_shape *shape =
            &tf_dbn_shapes[tf_random_below(&random, tf_dbn_shape_count)];
        if (at + shape->length > room)
            break;
        for (unsigned i = 0; i < shape->length; i++)
            out[at + i] = (uint8_t)(tf_random_next(&random) & (i & 4 ? 0xFF : 0x03));
        out[at] = (uint8_t)(shape->length / 4);
        out[at + 1] = shape->rtype;
        tf_put_le64(out + at + 8, 1600000000000000000 + records);
        for (unsigned i = 28; i < 40 && i < shape->length; i++) /* where letters often are */
            out[at + i] = (uint8_t) "ABCTNAB"[tf_random_below(&random, 7)];
        if (shape->rtype == 0x17 && records % 2) {
            struct tf_dbn_encoder encoder = {.version = version, .any = true};
            struct tf_tick tick = {
                .rtype = (uint8_t)(0xE0 + records % 4), .action = 'N', .side = 'N'};
            uint8_t record[TF_DBN_ENCODED_MAX];
            size_t length = tf_dbn_encode(&encoder, &tick, 0, 0, record);
            if (length && at + length <= room)
                memcpy(out + at, record, length);
            at += length && at + length <= room ? length : 0;
            continue;
        }
        at += shape->length;
    }
    return at;
}

static void define(void *context, const struct tf_instrument *instrument)
{
    (void)context;
    MUST(instrument->instrument_id != 0 && instrument->symbol[0]);
    MUST(memchr(instrument->symbol, 0, sizeof instrument->symbol));
    MUST(memchr(instrument->venue_class, 0, sizeof instrument->venue_class));
}

static void check_ticks(const struct tf_sink *sink)
{
    MUST(sink->count <= sink->capacity);
    for (uint32_t i = 0; i < sink->count; i++) {
        const struct tf_tick *tick = &sink->ticks[i];
        MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
        MUST(tick->seq == 0 && tick->ts_pub == 0);
        MUST(tick->rtype != TF_RTYPE_END_OF_STREAM && tick->rtype != TF_RTYPE_REPLAY_COMPLETED);
    }
}

static void check_counts(const struct tf_feed_counts *counts)
{
    uint64_t by_type = 0;
    for (int i = 0; i < 256; i++)
        by_type += counts->messages_by_type[i];
    MUST(by_type == counts->messages);
    MUST(counts->symbols <= counts->messages);
}

static void as_message(struct tf_decoder *decoder, const uint8_t *bytes, size_t length,
                       uint32_t channel)
{
    struct tf_tick ticks[TF_DBN_TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_DBN_TICKS_MAX, .define = define};
    struct tf_venue_message message = {
        .bytes = bytes, .length = (uint32_t)length, .channel = channel};
    tf_dbn_ops.decode(decoder, &message, &sink);
    check_ticks(&sink);
    MUST(tf_dbn_ops.type_of(&message) < 256);
}

/* In memory: message by message, with no room to spare in the sink. */
static void as_file(struct tf_decoder *decoder, const uint8_t *bytes, size_t length)
{
    struct tf_tick ticks[TF_DBN_TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_DBN_TICKS_MAX, .define = define};
    struct tf_framing framing = {0};
    size_t at = 0, consumed;
    do {
        sink.count = 0;
        uint32_t messages =
            tf_framing_decode(&tf_dbn_framing, &framing, bytes + at, length - at, 1,
                              &tf_dbn_ops, decoder, &sink, &consumed);
        check_ticks(&sink);
        MUST(messages <= 1 && consumed <= length - at);
        at += consumed;
    } while (consumed && !framing.ended);
    check_counts(tf_dbn_ops.counts(decoder));
}

/* The report of whatever was counted can be written. */
static void report(struct tf_decoder *decoder)
{
    char *text = 0;
    size_t size = 0;
    struct tf_json json = {.out = open_memstream(&text, &size)};
    MUST(json.out);
    tf_json_object(&json, 0);
    tf_dbn_ops.facts(decoder, &json);
    tf_json_end_object(&json);
    fclose(json.out);
    MUST(json.depth == 0 && size > 2);
    free(text);
}

struct pass {
    uint64_t messages, ticks;
    ptrdiff_t end;
};

static struct pass read_recording(struct tf_recording *recording)
{
    static struct tf_tick ticks[64];
    struct tf_sink sink = {.ticks = ticks, .capacity = 64, .define = define};
    struct pass pass = {0};
    ptrdiff_t messages;
    while ((messages = tf_recording_next(recording, 1000, &sink)) > 0) {
        check_ticks(&sink);
        pass.ticks += sink.count;
        sink.count = 0;
    }
    pass.end = messages;
    pass.messages = tf_recording_counts(recording)->messages;
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
        MUST(tf_recording_rewind(recording) == 0);
        struct pass second = read_recording(recording);
        MUST(first.messages == second.messages && first.ticks == second.ticks &&
             first.end == second.end);
    }
    tf_recording_close(recording);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoder;
    static unsigned inputs;
    if (!decoder)
        decoder = tf_dbn_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
    MUST(decoder);
    tf_dbn_ops.restart(decoder);
    as_message(decoder, bytes, length, 0);
    as_message(decoder, bytes, length, 1);
    if (inputs++ % 16 == 0)
        report(decoder);
    tf_dbn_ops.restart(decoder);
    as_file(decoder, bytes, length);
    if (inputs % 16 == 0)
        report(decoder);
    if (inputs % 4 == 0)
        as_recording(bytes, length, length & 1 ? "dbn" : 0);
    MUST(tf_format_dbn.probe(bytes, length) <= 100);
    return 0;
}
