/* SPDX-License-Identifier: Apache-2.0 */
/* DBN as a file: framing, metadata, fragments, names and what is wrong with them. */
#include "dbn_fixture.h"
#include "dbn_metadata.h"
#include "recording.h"
#include "temp_file.h"

TestSuite(dbn_file, .init = open_decoder, .fini = close_decoder);

static struct blob file;

static void add(struct record record)
{
    blob_add(&file, record.bytes, record.length);
}

struct read {
    uint64_t ticks, messages;
    int end;
    uint64_t trailing;
    struct tf_tick last;
};

static struct read read_all(const void *bytes, size_t length)
{
    struct tf_recording_options options = {.decoder.node = -1};
    int error = 0;
    const char *path = temp_file(bytes, length);
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    cr_assert(recording, "%d", error);
    cr_assert_str_eq(tf_recording_format(recording)->name, "dbn");
    static struct tf_tick batch[64];
    struct tf_sink sink = {.ticks = batch, .capacity = 64, .define = on_define};
    struct read read = {0};
    ptrdiff_t got;
    while ((got = tf_recording_next(recording, 1000, &sink)) > 0) {
        read.ticks += sink.count;
        if (sink.count)
            read.last = batch[sink.count - 1];
        sink.count = 0;
    }
    read.end = (int)got;
    read.messages = tf_recording_counts(recording)->messages;
    read.trailing = tf_recording_trailing_bytes(recording);
    tf_recording_close(recording);
    unlink(path);
    return read;
}

Test(dbn_file, metadata_names_the_instrument_when_it_is_met)
{
    add(make_metadata(0));
    add(make_mbo('A', 'B', 1, 2, 3, 0x80));
    add(make_mbo('A', 'B', 2, 2, 3, 0x80));
    struct read read = read_all(file.bytes, file.length);
    cr_assert_eq(read.end, 0);
    cr_assert_eq(read.messages, 2);
    cr_assert_eq(read.ticks, 2);
    cr_assert_eq(read.last.order_id, 2);
    cr_assert_eq(read.last.seq, 0);
    cr_assert_eq(defined_count, 1);
    cr_assert_eq(defined[0].instrument_id, 0x0A0B0C0D);
    cr_assert_str_eq(defined[0].symbol, "SYMB");
    cr_assert_str_eq(defined[0].venue_class, "@258");
}

Test(dbn_file, fragments_are_told_by_their_records)
{
    for (int i = 0; i < 3; i++)
        add(make_mbo('A', 'B', 1, 2, 3, 0x80));
    struct read read = read_all(file.bytes, file.length);
    cr_assert_eq(read.end, 0);
    cr_assert_eq(read.ticks, 3);
    cr_assert_eq(defined_count, 0);
}

Test(dbn_file, other_bytes_are_no_fragment)
{
    uint8_t noise[4096];
    for (unsigned i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 37 + i / 7);
    cr_assert_lt(tf_format_dbn.probe(noise, sizeof noise), 50);
    struct record old = make_mbo('A', 'B', 1, 2, 3, 0);
    put(&old, 8, 8, 1000); /* 1970 */
    cr_assert_lt(tf_format_dbn.probe(old.bytes, old.length), 50);
    cr_assert_eq(tf_format_dbn.probe((const uint8_t *)"DBN\4........", 12), 0);
    cr_assert_eq(tf_format_dbn.probe((const uint8_t *)"DBZ\1........", 12), 0);
}

Test(dbn_file, the_predecessor_is_refused_by_name)
{
    struct tf_recording_options options = {.decoder.node = -1};
    int error = 0;
    static const uint8_t head[] = {0x51, 0x2A, 0x4D, 0x18, 8, 0, 0, 0,
                                   'D',  'B',  'Z',  1,    0, 0, 0, 0};
    blob_add(&file, head, sizeof head);
    struct record record = make_mbo('A', 'B', 1, 2, 3, 0x80);
    blob_add_zstd(&file, record.bytes, record.length);
    const char *path = temp_file(file.bytes, file.length);
    cr_assert_null(tf_recording_open(path, &options, &error));
    cr_assert_eq(error, TF_EDATA);
    cr_assert(strstr(tf_errmsg(), "DBZ"));
    unlink(path);
}

Test(dbn_file, metadata_longer_than_any_window)
{
    struct record metadata = make_metadata(0);
    static uint8_t padding[3 * 1024 * 1024 + 1];
    put(&metadata, 4, 4, metadata.length - 8 + sizeof padding);
    add(metadata);
    blob_add(&file, padding, sizeof padding);
    add(make_mbo('A', 'B', 7, 2, 3, 0x80));
    struct read read = read_all(file.bytes, file.length);
    cr_assert_eq(read.end, 0);
    cr_assert_eq(read.ticks, 1);
    cr_assert_eq(read.last.order_id, 7);
    cr_assert_eq(defined_count, 1);
}

Test(dbn_file, files_put_together_are_read_as_one)
{
    add(make_metadata(0));
    add(make_mbo('A', 'B', 1, 2, 3, 0x80));
    add(make_metadata(0));
    add(make_mbo('A', 'B', 2, 2, 3, 0x80));
    struct read read = read_all(file.bytes, file.length);
    cr_assert_eq(read.end, 0);
    cr_assert_eq(read.ticks, 2);
    cr_assert_eq(defined_count, 1);
}

Test(dbn_file, a_file_cut_anywhere_gives_its_whole_records)
{
    add(make_metadata(0));
    size_t first = file.length;
    for (unsigned i = 0; i < 3; i++)
        add(make_mbo('A', 'B', i, 2, 3, 0x80));
    for (size_t cut = 8; cut <= file.length; cut++) {
        defined_count = 0;
        struct read read = read_all(file.bytes, cut);
        size_t left = cut < first ? cut : (cut - first) % 56;
        cr_assert_eq(read.ticks, cut < first ? 0 : (cut - first) / 56);
        cr_assert_eq(read.trailing, left, "cut at %zu", cut);
        cr_assert_eq(read.end, left ? TF_EDATA : 0);
    }
}

Test(dbn_file, a_length_that_cannot_be_ends_the_file)
{
    for (uint8_t length = 0; length < 4; length++) {
        file.length = 0;
        add(make_metadata(0));
        add(make_mbo('A', 'B', 1, 2, 3, 0x80));
        struct record bad = make_mbo('A', 'B', 2, 2, 3, 0x80);
        bad.bytes[0] = length;
        add(bad);
        struct read read = read_all(file.bytes, file.length);
        cr_assert_eq(read.ticks, 1);
        cr_assert_eq(read.trailing, 56);
        cr_assert_eq(read.end, TF_EDATA);
    }
}

Test(dbn_file, send_times_are_not_part_of_the_record)
{
    struct record metadata = make_metadata(0);
    metadata.bytes[52] = 1;
    feed_metadata(metadata);
    struct record record = make_mbo('A', 'B', 1, 2, 3, 0x80);
    record.length = 64;
    record.bytes[0] = 16;
    feed(record);
    cr_assert_eq(tick_count, 1);
    cr_assert_eq(counts()->flaw.count, 0);
    feed(make_mbo('A', 'B', 1, 2, 3, 0x80)); /* without one: too short now */
    cr_assert_eq(tick_count, 0);
    cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_LENGTH], 1);
}

Test(dbn_file, metadata_that_lies_is_counted_and_records_still_read)
{
    static const struct {
        unsigned at, width;
        uint64_t value;
    } lies[] = {{112, 4, 0xFFFFFFFF}, {124, 4, 2}, {199, 4, 3}, {53, 2, 0}, {108, 4, 4000}};
    for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        tf_dbn_ops.restart(decoder);
        struct record metadata = make_metadata(0);
        put(&metadata, lies[i].at, lies[i].width, lies[i].value);
        feed_metadata(metadata);
        cr_assert_eq(counts()->anomalies[TF_ANOMALY_BAD_FIELD], 1, "lie %u", i);
        feed(make_mbo('A', 'B', 1, 2, 3, 0x80));
        cr_assert_eq(tick_count, 1);
        cr_assert_eq(defined_count, 0);
    }
}

Test(dbn_file, numbers_in_front_and_names_behind)
{
    struct record metadata = make_metadata(0);
    metadata.bytes[50] = 0;
    metadata.bytes[51] = 1;
    memset(metadata.bytes + 128, 0, 71);
    memset(metadata.bytes + 211, 0, 71);
    put_text(&metadata, 128, "168496141");
    put_text(&metadata, 211, "SYMB");
    feed_metadata(metadata);
    feed(make_mbo('A', 'B', 1, 2, 3, 0x80));
    cr_assert_eq(defined_count, 1);
    cr_assert_str_eq(defined[0].symbol, "SYMB");
}

Test(dbn_file, version_one_has_short_symbols)
{
    uint8_t bytes[512];
    struct tf_dbn_symbol symbols[] = {{7, 20200101, 20200102, "A"},
                                      {4294967295, 20200101, 20200103, "LONGSYMBOL"}};
    for (uint8_t version = 1; version <= 3; version++) {
        struct tf_dbn_header header = {
            version, "TEST", 4, 5, UINT64_MAX, symbols, sizeof symbols / sizeof symbols[0]};
        size_t size = tf_dbn_header_size(version, header.count);
        cr_assert_leq(size + 40, sizeof bytes);
        tf_dbn_header_write(&header, bytes, size + 40);
        struct tf_dbn_metadata metadata;
        struct tf_dbn_bad bad;
        cr_assert(tf_dbn_metadata_parse(bytes, size + 40, &metadata, &bad));
        cr_assert_eq(metadata.version, version);
        cr_assert_eq(metadata.symbol_length, version == 1 ? 22 : 71);
        cr_assert_eq(metadata.schema, 4);
        cr_assert_eq(metadata.start, 5);
        cr_assert_eq(metadata.end, UINT64_MAX);
        cr_assert_eq(metadata.mappings.count, 2);
        cr_assert_geq(metadata.padding, 40);
        cr_assert(metadata.is_tickfan);
        struct tf_dbn_mapping_walk walk = {.metadata = &metadata};
        cr_assert(tf_dbn_mapping_next(&walk));
        cr_assert_str_eq(walk.found.symbol, "A");
        cr_assert_str_eq(walk.found.mapped, "7");
        cr_assert(tf_dbn_mapping_next(&walk));
        cr_assert_str_eq(walk.found.symbol, "LONGSYMBOL");
        cr_assert_str_eq(walk.found.mapped, "4294967295");
        cr_assert_eq(walk.found.end, 20200103);
        cr_assert_not(tf_dbn_mapping_next(&walk));
        for (size_t cut = 0; cut < size + 40; cut++)
            cr_assert_not(tf_dbn_metadata_parse(bytes, cut, &metadata, &bad));
    }
}

Test(dbn_file, a_metadata_length_beyond_the_file_is_named)
{
    add(make_metadata(0));
    file.bytes[4] = 0xf0;
    file.bytes[5] = file.bytes[6] = file.bytes[7] = 0xff;
    struct read read = read_all(file.bytes, file.length);
    cr_assert_eq(read.end, TF_EDATA);
    cr_assert(strstr(tf_errmsg(), "metadata_length at offset 4 is 4294967280"), "%s",
              tf_errmsg());
}
