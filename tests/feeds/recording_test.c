/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings: framing, the choice of the format, every kind of end, and going round again. */
#include "binaryfile.h"
#include "generator.h"
#include "itch50.h"
#include "recording.h"
#include "temp_file.h"
#include "trading_day.h"

static struct blob day;

static void make_day(void)
{
    int error;
    struct tf_generator *generator = tf_generator_new(
        &(struct tf_generator_options){.messages = 20000,
                                       .seed = 5,
                                       .start_ns = TF_GENERATOR_START_NS,
                                       .duration_ns = TF_GENERATOR_DURATION_NS},
        &error);
    cr_assert(generator);
    uint8_t piece[4096];
    ptrdiff_t made;
    while ((made = tf_generator_read(generator, piece, sizeof piece)) > 0)
        blob_add(&day, piece, (size_t)made);
    tf_generator_free(generator);
}

static void free_day(void)
{
    free(day.bytes);
}

TestSuite(recording, .init = make_day, .fini = free_day);

static const struct tf_recording_options automatic = {.decoder.node = -1};

static struct tf_recording *open_bytes(const void *bytes, size_t length)
{
    int error;
    const char *path = temp_file(bytes, length);
    struct tf_recording *recording = tf_recording_open(path, &automatic, &error);
    cr_assert(recording, "%s", tf_errmsg());
    unlink(path);
    return recording;
}

struct pass {
    uint64_t messages, ticks, last_sequence;
    ptrdiff_t end;
};

static struct pass read_all(struct tf_recording *recording, uint32_t messages_max,
                            uint32_t capacity)
{
    static struct tf_tick ticks[1000];
    struct tf_sink sink = {.ticks = ticks, .capacity = capacity};
    struct pass pass = {0};
    ptrdiff_t messages;
    while ((messages = tf_recording_next(recording, messages_max, &sink)) > 0) {
        cr_assert_leq(messages, messages_max);
        cr_assert_leq(sink.count, capacity);
        pass.messages += (uint64_t)messages;
        pass.ticks += sink.count;
        if (sink.count)
            pass.last_sequence = ticks[sink.count - 1].sequence;
        sink.count = 0;
    }
    pass.end = messages;
    cr_assert_eq(tf_recording_next(recording, messages_max, &sink), messages);
    return pass;
}

Test(recording, same_ticks_in_pieces_of_any_size)
{
    static const struct {
        uint32_t messages_max, capacity;
    } sizes[] = {{UINT32_MAX, 1000}, {1, TF_ITCH50_TICKS_MAX}, {7, 20}, {1000, 6}};
    struct tf_recording *recording = open_bytes(day.bytes, day.length);
    for (unsigned i = 0; i < 4; i++) {
        struct pass pass = read_all(recording, sizes[i].messages_max, sizes[i].capacity);
        cr_assert_eq(pass.messages, 20000);
        cr_assert_eq(pass.last_sequence, 20000);
        cr_assert_eq(pass.end, 0);
        cr_assert_eq(tf_recording_counts(recording)->messages, 20000);
        cr_assert(tf_recording_ended(recording));
        cr_assert_eq(tf_recording_trailing_bytes(recording), 0);
        cr_assert_eq(tf_recording_rewind(recording), 0);
        cr_assert_not(tf_recording_ended(recording));
    }
    cr_assert_str_eq(tf_recording_format(recording)->name, "itch50");
    tf_recording_close(recording);
}

/* The place of message `number` (from 1). */
static size_t frame_at(uint64_t number)
{
    size_t at = 0;
    while (--number)
        at += tf_binaryfile_frame(day.bytes + at, day.length - at);
    return at;
}

Test(recording, cut_inside_a_message_gives_all_before_and_the_offset)
{
    size_t at = frame_at(15001);
    for (size_t extra = 1; extra < 14; extra++) {
        struct tf_recording *recording = open_bytes(day.bytes, at + extra);
        struct pass pass = read_all(recording, UINT32_MAX, 1000);
        cr_assert_eq(pass.messages, 15000);
        cr_assert_eq(pass.end, TF_EDATA);
        char offset[32];
        snprintf(offset, sizeof offset, "offset %zu", at);
        cr_assert(strstr(tf_errmsg(), offset), "%s", tf_errmsg());
        cr_assert_eq(tf_recording_trailing_bytes(recording), extra);
        cr_assert_not(tf_recording_ended(recording));
        tf_recording_close(recording);
    }
}

Test(recording, cut_between_messages_is_a_clean_end)
{
    struct tf_recording *recording = open_bytes(day.bytes, frame_at(15001));
    struct pass pass = read_all(recording, UINT32_MAX, 1000);
    cr_assert_eq(pass.messages, 15000);
    cr_assert_eq(pass.end, 0);
    cr_assert_not(tf_recording_ended(recording));
    tf_recording_close(recording);
}

Test(recording, bytes_after_the_end_mark_are_counted_not_read)
{
    struct blob more = {0};
    blob_add(&more, day.bytes, day.length);
    blob_add(&more, day.bytes, 1000);
    struct tf_recording *recording = open_bytes(more.bytes, more.length);
    struct pass pass = read_all(recording, UINT32_MAX, 1000);
    cr_assert_eq(pass.messages, 20000);
    cr_assert_eq(pass.end, 0);
    cr_assert(tf_recording_ended(recording));
    cr_assert_eq(tf_recording_trailing_bytes(recording), 1000);
    tf_recording_close(recording);
    free(more.bytes);
}

Test(recording, damaged_compression_gives_all_before)
{
    struct blob packed = {0};
    blob_add_gzip(&packed, day.bytes, day.length);
    struct tf_recording *recording = open_bytes(packed.bytes, packed.length * 3 / 4);
    struct pass pass = read_all(recording, UINT32_MAX, 1000);
    cr_assert_eq(pass.end, TF_EDATA);
    cr_assert_gt(pass.messages, 12000);
    cr_assert(strstr(tf_errmsg(), "gzip"), "%s", tf_errmsg());
    cr_assert_eq(pass.last_sequence, (uint32_t)pass.messages);
    tf_recording_close(recording);
    free(packed.bytes);
}

Test(recording, the_longest_frames_fit)
{
    struct blob long_frames = {0};
    uint8_t header[2] = {0xFF, 0xFF};
    uint8_t *body = calloc(1, 65535);
    blob_add(&long_frames, day.bytes, frame_at(11));
    for (int i = 0; i < 20; i++) {
        blob_add(&long_frames, header, 2);
        blob_add(&long_frames, body, 65535);
    }
    free(body);
    struct tf_recording *recording = open_bytes(long_frames.bytes, long_frames.length);
    cr_assert_eq(read_all(recording, UINT32_MAX, 1000).messages, 30);
    cr_assert_eq(tf_recording_counts(recording)->anomalies[TF_ANOMALY_UNKNOWN_TYPE], 20);
    tf_recording_close(recording);
    free(long_frames.bytes);
}

static void refuses(const void *bytes, size_t length, const char *format, int code,
                    const char *word)
{
    int error = 0;
    struct tf_recording_options options = {.format = format, .decoder.node = -1};
    const char *path = temp_file(bytes, length);
    cr_assert_null(tf_recording_open(path, &options, &error));
    unlink(path);
    cr_assert_eq(error, code);
    cr_assert(strstr(tf_errmsg(), word), "%s", tf_errmsg());
}

Test(recording, says_what_a_foreign_file_looks_like)
{
    struct blob twice = {0}, once = {0};
    blob_add_gzip(&once, day.bytes, 1000);
    blob_add_gzip(&twice, once.bytes, once.length);
    refuses("", 0, "auto", TF_EDATA, "is empty");
    refuses("\xD4\xC3\xB2\xA1\x02\0\4\0", 8, "auto", TF_EDATA, "truncated");
    refuses("\x0A\x0D\x0D\x0A\x1C\0\0\0", 8, 0, TF_EDATA, "offset 0");
    refuses("DBN\x03\0\0\0\0", 8, 0, TF_EDATA, "DBN");
    refuses("time,price,size\n", 16, 0, TF_EDATA, "looks like text");
    refuses("{\"a\":1}\n", 8, 0, TF_EDATA, "JSON");
    refuses("\x01\x02\x03\x04\x05", 5, 0, TF_EDATA, "01 02 03 04 05");
    refuses(twice.bytes, twice.length, 0, TF_EDATA, "a second time");
    refuses(day.bytes, day.length, "fix", TF_EUSAGE, "itch50");
    free(twice.bytes);
    free(once.bytes);
}

Test(recording, one_odd_message_in_front_does_not_hide_the_format)
{
    struct blob odd = {0};
    blob_add(&odd, "\0\x05hello", 7);
    blob_add(&odd, day.bytes, day.length);
    struct tf_recording *recording = open_bytes(odd.bytes, odd.length);
    cr_assert_eq(read_all(recording, UINT32_MAX, 1000).messages, 20001);
    cr_assert_eq(tf_recording_counts(recording)->anomalies[TF_ANOMALY_BAD_LENGTH], 1);
    tf_recording_close(recording);
    free(odd.bytes);
}

Test(recording, a_named_format_skips_the_check)
{
    int error;
    struct tf_recording_options options = {.format = "itch50", .decoder.node = -1};
    const char *path = temp_file("\0\3abc\0\0", 7);
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    cr_assert(recording);
    unlink(path);
    cr_assert_eq(read_all(recording, UINT32_MAX, 1000).messages, 1);
    cr_assert(tf_recording_ended(recording));
    tf_recording_close(recording);
}

Test(recording, midnight_in_new_york)
{
    static const struct {
        const char *date;
        uint64_t midnight_s;
    } dates[] = {{"2019-01-30", 1548824400}, {"2023-08-22", 1692676800},
                 {"2024-03-10", 1710046800}, {"2024-03-11", 1710129600},
                 {"2024-11-03", 1730606400}, {"2024-11-04", 1730696400},
                 {"2024-02-29", 1709182800}};
    uint64_t ns;
    for (unsigned i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        cr_assert_eq(tf_trading_day(dates[i].date, &ns), 0);
        cr_assert_eq(ns, dates[i].midnight_s * 1000000000, "%s", dates[i].date);
    }
    static const char *const wrong[] = {"",           "2019-1-30",  "2019-02-29",
                                        "2019-13-01", "20190130xx", "1999-01-01",
                                        "2019-01-00", "2019-01-30 "};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(tf_trading_day(wrong[i], &ns), TF_EUSAGE, "%s", wrong[i]);
}
