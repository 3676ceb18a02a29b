/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is read back as the same ticks, however the file ends. */
#include "dbn_extras.h"
#include "dbn_file.h"
#include "dbn_metadata.h"
#include "random.h"
#include "recording.h"
#include "temp_file.h"

#include <signal.h>
#include <sys/resource.h>

enum { MANY = 4096 };

static struct tf_tick given[MANY], got[MANY];
static uint32_t given_count, got_count, defined_count;
static struct tf_instrument defined[64];
static struct tf_dbn_file_report report;

static const struct tf_instrument instrument = {.instrument_id = 77,
                                                .lot_size = 100,
                                                .price_increment = 10000000,
                                                .symbol = "ESH1",
                                                .venue_class = "F@1"};

/* A tick with a value of its own in every field. */
static struct tf_tick make(uint8_t rtype, char action, char side, uint8_t flags)
{
    uint64_t n = ++given_count;
    return (struct tf_tick){.seq = n,
                            .ts_event = 1700000000000000000 + n,
                            .ts_recv = 1700000000500000000 + n,
                            .ts_pub = 1,
                            .order_id = 0x1000000000 + n,
                            .price = 250000000 * (int64_t)n,
                            .size = (uint32_t)(300 + n),
                            .sequence = (uint32_t)(9000 + n),
                            .instrument_id = 77,
                            .rtype = rtype,
                            .action = action,
                            .side = side,
                            .flags = flags};
}

static void give(struct tf_tick tick)
{
    given[given_count - 1] = tick;
}

static void give_text(uint8_t rtype, const char *text)
{
    struct tf_tick tick = make(rtype, 'A', 'N', TF_FLAG_LAST);
    memcpy(tick.text, text, 8);
    give(tick);
}

/* One of every kind, and those that are hard to tell from others. */
static void give_all(void)
{
    static const uint8_t kinds[] = {
        TF_RTYPE_MBO,       TF_RTYPE_TRADE,      TF_RTYPE_QUOTE,
        TF_RTYPE_LEVEL,     TF_RTYPE_STATUS,     TF_RTYPE_DEFINITION,
        TF_RTYPE_IMBALANCE, TF_RTYPE_STATISTICS, TF_RTYPE_SYSTEM};
    static const uint8_t flags[] = {0, TF_FLAG_LAST, TF_FLAG_MBP, 0xFF};
    given_count = 0;
    for (unsigned i = 0; i < sizeof kinds; i++) {
        for (unsigned j = 0; j < sizeof flags; j++) {
            give(make(kinds[i], "ACMRTFN"[(i + j) % 7], "ABN"[j % 3], flags[j]));
            give(make(kinds[i], 'T', "ABN"[j % 3], flags[j]));
        }
    }
    struct tf_tick tick = make(TF_RTYPE_TRADE, 'T', 'A', TF_FLAG_LAST);
    tick.order_id = 0;
    give(tick);
    tick = make(TF_RTYPE_TRADE, 'T', 'A', TF_FLAG_LAST);
    tick.order_id = tf_dbn_extras(TF_DBN_TRADE_LAST_ADDED, 2, 3, 4);
    give(tick);
    tick = make(TF_RTYPE_TRADE, 'T', 'A', 0);
    tick.order_id = tf_dbn_extras(TF_DBN_TRADE_QUOTE, 2, 3, 4);
    give(tick);
    struct tf_tick quote = tick; /* of the same record */
    given_count++;
    quote.rtype = TF_RTYPE_QUOTE;
    quote.ask_px = 5;
    quote.bid_px = TF_UNDEF_PRICE;
    quote.flags = TF_FLAG_LAST;
    give(quote);
    give_text(TF_RTYPE_STATUS, "YN~30   ");
    give_text(TF_RTYPE_STATUS, "T1      ");
    give_text(TF_RTYPE_DEFINITION, "F       ");
    give_text(TF_RTYPE_STATISTICS, "STAT9   ");
    give_text(TF_RTYPE_STATISTICS, "MWCB1   ");
    tick = make(TF_RTYPE_MBO, 'R', 'N', 8);
    tick.instrument_id = 0;
    tick.price = TF_UNDEF_PRICE;
    tick.size = TF_UNDEF_SIZE;
    tick.ts_recv = TF_UNDEF_TIMESTAMP;
    give(tick);
    give(make(TF_RTYPE_GAP, 'N', 'N', TF_FLAG_LAST));
    give(make(TF_RTYPE_EPOCH, 'N', 'N', TF_FLAG_LAST));
}

static struct tf_dbn_file_options options_for(const char *path)
{
    return (struct tf_dbn_file_options){
        .path = path, .version = 3, .dataset = "TEST", .level = 3, .force = true};
}

static void write_given(const struct tf_dbn_file_options *options)
{
    int error;
    struct tf_dbn_file *file = tf_dbn_file_open(options, &error);
    cr_assert(file);
    cr_assert_eq(tf_dbn_file_symbol(file, &instrument, 1, given[0].ts_event), 0);
    for (uint32_t i = 0; i < given_count; i++)
        cr_assert_eq(tf_dbn_file_tick(file, &given[i], &instrument, 1), 0);
    cr_assert_eq(tf_dbn_file_close(file, &report), 0);
}

static void on_define(void *context, const struct tf_instrument *found)
{
    (void)context;
    if (defined_count < 64)
        defined[defined_count++] = *found;
}

/* What a recording gives, to its end, of whatever kind that is; TF_EDATA also when it is none. */
static int read_got(const char *path, const char *format)
{
    static struct tf_tick batch[256];
    struct tf_sink sink = {.ticks = batch, .capacity = 256, .define = on_define};
    struct tf_recording_options options = {.decoder.node = -1, .format = format};
    int error = 0;
    got_count = defined_count = 0;
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    if (!recording)
        return error;
    ptrdiff_t messages;
    while ((messages = tf_recording_next(recording, 100, &sink)) > 0) {
        for (uint32_t i = 0; i < sink.count; i++)
            if (got_count < MANY)
                got[got_count++] = batch[i];
        sink.count = 0;
    }
    tf_recording_close(recording);
    return (int)messages;
}

static bool same(const struct tf_tick *a, const struct tf_tick *b)
{
    return a->ts_event == b->ts_event && a->ts_recv == b->ts_recv &&
           a->order_id == b->order_id && a->price == b->price && a->size == b->size &&
           a->sequence == b->sequence && a->instrument_id == b->instrument_id &&
           a->rtype == b->rtype && a->action == b->action && a->side == b->side &&
           a->flags == b->flags;
}

/* got[] is given[0..count). */
static void assert_first(uint32_t count)
{
    cr_assert_eq(got_count, count, "%u, not %u", got_count, count);
    for (uint32_t i = 0; i < count; i++)
        cr_assert(same(&got[i], &given[i]), "tick %u of kind %02x %c came back as %02x %c", i,
                  given[i].rtype, given[i].action, got[i].rtype, got[i].action);
}

Test(dbn_write, every_tick_comes_back_as_it_was)
{
    const char *path = temp_file("", 0);
    give_all();
    for (uint8_t version = 1; version <= 3; version++) {
        for (int compress = 0; compress < 2; compress++) {
            struct tf_dbn_file_options options = options_for(path);
            options.version = version;
            options.compress = compress;
            write_given(&options);
            cr_assert_eq(read_got(path, 0), 0);
            assert_first(given_count);
            cr_assert_eq(defined_count, 1);
            cr_assert_eq(defined[0].instrument_id, 77);
            cr_assert_str_eq(defined[0].symbol, "ESH1");
            cr_assert_str_eq(defined[0].venue_class, "@1");
        }
    }
    unlink(path);
}

Test(dbn_write, any_tick_comes_back_as_it_was)
{
    static const uint8_t kinds[] = {0x00, 0x01, 0x12, 0x13, 0x14, 0x17, 0x18, 0xA0, 0xD0, 0xE0};
    const char *path = temp_file("", 0);
    struct tf_random random;
    tf_random_seed(&random, 1);
    for (int round = 0; round < 50; round++) {
        given_count = 0;
        while (given_count < 1000) {
            struct tf_tick tick =
                make(kinds[tf_random_below(&random, sizeof kinds)],
                     "ACMRTFN"[tf_random_below(&random, 7)], "ABN"[tf_random_below(&random, 3)],
                     (uint8_t)tf_random_below(&random, 256));
            tick.order_id = tf_random_next(&random);
            tick.price = (int64_t)tf_random_next(&random);
            if (tf_random_below(&random, 4) == 0)
                tick.order_id = tf_dbn_extras(tf_random_below(&random, 4), 1, 2, 3);
            if (tf_random_below(&random, 4) == 0) /* a pair's second half, often enough */
                tick.ts_event = given[given_count > 1 ? given_count - 2 : 0].ts_event;
            /* What the decoder never makes: a whole trade that says it had no LAST. */
            if (tick.rtype == TF_RTYPE_TRADE && tf_dbn_is_extras(tick.order_id)) {
                bool pair = tf_dbn_extras_marks(tick.order_id) & TF_DBN_TRADE_QUOTE;
                tick.order_id = tf_dbn_extras(0, 1, 2, 3);
                tick.flags |= TF_FLAG_LAST;
                if (pair) {
                    tick.action = 'T';
                    tick.flags &= (uint8_t)~TF_FLAG_LAST;
                    tick.order_id = tf_dbn_extras(TF_DBN_TRADE_QUOTE, 1, 2, 3);
                    give(tick);
                    tick.rtype = TF_RTYPE_QUOTE;
                    tick.flags |= TF_FLAG_LAST;
                    given_count++;
                }
            }
            give(tick);
        }
        struct tf_dbn_file_options options = options_for(path);
        options.version = (uint8_t)(1 + round % 3);
        options.compress = round & 1;
        options.flush_bytes = 1 + tf_random_below(&random, 20000);
        write_given(&options);
        cr_assert_eq(read_got(path, 0), 0);
        assert_first(given_count);
    }
    unlink(path);
}

/* All of a file, in memory. */
static struct blob slurp(const char *path)
{
    struct blob blob = {0};
    uint8_t piece[65536];
    FILE *in = fopen(path, "rb");
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, in)) > 0)
        blob_add(&blob, piece, length);
    fclose(in);
    return blob;
}

static void cut_everywhere(bool compress, size_t step, uint32_t flush_bytes)
{
    const char *path = temp_file("", 0);
    char copy[128];
    snprintf(copy, sizeof copy, "%s", path);
    struct tf_dbn_file_options options = options_for(copy);
    options.compress = compress;
    options.flush_bytes = flush_bytes;
    options.symbols = 4;
    write_given(&options);
    struct blob blob = slurp(copy);
    uint32_t most = 0;
    for (size_t cut = 0; cut <= blob.length; cut += cut + step <= blob.length ? step : 1) {
        const char *part = temp_file(blob.bytes, cut);
        int end = read_got(part, compress ? 0 : "dbn");
        unlink(part);
        cr_assert(end == 0 || end == TF_EDATA);
        cr_assert_geq(got_count, most, "fewer ticks of more bytes");
        most = got_count;
        assert_first(got_count);
    }
    cr_assert_eq(most, given_count);
    unlink(copy);
    free(blob.bytes);
}

Test(dbn_write, a_plain_file_cut_at_every_byte_is_read_to_its_last_whole_record)
{
    give_all();
    cut_everywhere(false, 1, 1000);
}

Test(dbn_write, a_compressed_file_cut_at_every_byte_is_read_to_its_last_whole_frame)
{
    give_all();
    cut_everywhere(true, 1, 1000);
}

static void give_many(uint32_t count)
{
    for (given_count = 0; given_count < count;)
        give(make(TF_RTYPE_MBO, 'A', 'B', TF_FLAG_LAST));
}

Test(dbn_write, a_long_compressed_file_cut_in_many_places)
{
    give_many(MANY);
    cut_everywhere(true, 97, 16384);
}

Test(dbn_write, venue_text_of_a_status_is_no_answer_to_what_a_status_record_is_asked)
{
    static const char *const texts[] = {"YN~30   ", "T1      ", "T       ", " A 7    ",
                                        "NYN12345"};
    static const char letters[][4] = {"YN~", "~~~", "~~~", "~~~", "NYN"};
    const char *path = temp_file("", 0);
    given_count = 0;
    for (unsigned i = 0; i < 5; i++)
        give_text(TF_RTYPE_STATUS, texts[i]);
    struct tf_dbn_file_options options = options_for(path);
    write_given(&options);
    struct blob blob = slurp(path);
    unsigned found = 0;
    size_t at = 8 + (blob.bytes[4] | (size_t)blob.bytes[5] << 8);
    for (; at < blob.length; at += 4u * blob.bytes[at]) {
        if (blob.bytes[at + 1] != 0x12)
            continue;
        cr_assert_lt(found, 5);
        cr_expect_eq(memcmp(&blob.bytes[at + 30], letters[found], 3), 0, "%s", texts[found]);
        bool says = letters[found][0] != '~';
        cr_expect_eq(blob.bytes[at + 28] | blob.bytes[at + 29] << 8,
                     says ? (int)given[found].sequence : 0);
        found++;
    }
    cr_expect_eq(found, 5);
    free(blob.bytes);
    unlink(path);
}

/* The schema that the metadata names when the given ticks are written so. */
static unsigned schema_written(const struct tf_dbn_file_options *options)
{
    write_given(options);
    struct blob blob = slurp(options->path);
    unsigned schema = blob.bytes[24] | (unsigned)blob.bytes[25] << 8;
    free(blob.bytes);
    return schema;
}

Test(dbn_write, one_schema_is_one_kind_of_record_and_named_so)
{
    static const struct {
        enum tf_dbn_content content;
        uint8_t rtype, schema;
    } contents[] = {{TF_DBN_CONTENT_MBO, 0xA0, 0},
                    {TF_DBN_CONTENT_TRADES, 0x00, 4},
                    {TF_DBN_CONTENT_MBP1, 0x01, 1},
                    {TF_DBN_CONTENT_TBBO, 0x01, 3}};
    const char *path = temp_file("", 0);
    given_count = 0;
    for (int i = 0; i < 5; i++) {
        give(make(TF_RTYPE_MBO, "AT"[i & 1], 'B', TF_FLAG_LAST));
        give(make(TF_RTYPE_QUOTE, "AT"[i & 1], 'B', TF_FLAG_LAST));
        give(make(TF_RTYPE_STATUS, 'N', 'N', TF_FLAG_LAST));
    }
    for (unsigned i = 0; i < 4; i++) {
        struct tf_dbn_file_options options = options_for(path);
        options.content = contents[i].content;
        write_given(&options);
        struct blob blob = slurp(path);
        cr_assert_eq(blob.bytes[24], contents[i].schema);
        cr_assert_eq(blob.bytes[25], 0);
        uint32_t records = 0;
        size_t at = 8 + (blob.bytes[4] | (size_t)blob.bytes[5] << 8);
        for (; at < blob.length; at += 4u * blob.bytes[at], records++)
            cr_assert_eq(blob.bytes[at + 1], contents[i].rtype);
        cr_assert_gt(records, 0);
        cr_assert_eq(records, report.records);
        cr_assert_eq(records + report.left_out, given_count);
        free(blob.bytes);
    }
    /* With nothing of that kind there is nothing of another either. */
    struct tf_dbn_file_options options = options_for(path);
    options.content = TF_DBN_CONTENT_TBBO;
    given_count = 0;
    give(make(TF_RTYPE_MBO, 'A', 'B', TF_FLAG_LAST));
    cr_assert_eq(schema_written(&options), 3);
    /* A gap in between is told all the same, and then there is more than one kind. */
    options.content = TF_DBN_CONTENT_MBO;
    give(make(TF_RTYPE_GAP, 'N', 'N', TF_FLAG_LAST));
    cr_assert_eq(schema_written(&options), 0xFFFF);
    unlink(path);
}

Test(dbn_write, symbols_go_into_the_metadata_or_into_records)
{
    const char *path = temp_file("", 0);
    for (int compress = 0; compress < 2; compress++) {
        struct tf_dbn_file_options options = options_for(path);
        int error;
        options.compress = compress;
        options.symbols = 10;
        options.flush_bytes = 100;
        struct tf_dbn_file *file = tf_dbn_file_open(&options, &error);
        cr_assert(file);
        given_count = 0;
        for (uint32_t id = 1; id <= 30; id++) {
            struct tf_instrument one = instrument;
            one.instrument_id = id;
            snprintf(one.symbol, sizeof one.symbol, "S%u", id);
            struct tf_tick tick = make(TF_RTYPE_MBO, 'A', 'B', TF_FLAG_LAST);
            tick.instrument_id = id;
            give(tick);
            cr_assert_eq(tf_dbn_file_symbol(file, &one, 1, 5), 0);
            cr_assert_eq(tf_dbn_file_symbol(file, &one, 1, 5), 0);
            cr_assert_eq(tf_dbn_file_tick(file, &tick, &one, 1), 0);
        }
        cr_assert_eq(tf_dbn_file_close(file, &report), 0);
        cr_assert_eq(report.symbols, 30);
        cr_assert_eq(report.unmapped, 20);
        cr_assert_eq(read_got(path, 0), 0);
        assert_first(given_count);
        cr_assert_eq(defined_count, 30);
        for (uint32_t i = 0; i < 30; i++) {
            char name[8];
            snprintf(name, sizeof name, "S%u", i + 1);
            cr_assert_str_eq(defined[i].symbol, name);
            cr_assert_eq(defined[i].instrument_id, i + 1);
        }
    }
    unlink(path);
}

Test(dbn_write, what_is_old_is_written_without_being_full)
{
    const char *path = temp_file("", 0);
    struct tf_dbn_file_options options = options_for(path);
    int error;
    options.flush_ns = 1000;
    struct tf_dbn_file *file = tf_dbn_file_open(&options, &error);
    give_many(3);
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(tf_dbn_file_tick(file, &given[i], &instrument, 1), 0);
    cr_assert_eq(read_got(path, "dbn"), 0);
    cr_assert_eq(got_count, 0);
    cr_assert_eq(tf_dbn_file_idle(file, UINT64_MAX / 2), 0);
    cr_assert_eq(read_got(path, "dbn"), 0);
    assert_first(3);
    cr_assert_eq(tf_dbn_file_close(file, 0), 0);
    cr_assert_eq(read_got(path, "dbn"), 0);
    assert_first(3);
    unlink(path);
}

Test(dbn_write, a_file_that_is_there_is_not_replaced_unasked)
{
    const char *path = temp_file("mine", 4);
    struct tf_dbn_file_options options = options_for(path);
    int error = 0;
    options.force = false;
    cr_assert_null(tf_dbn_file_open(&options, &error));
    cr_assert_eq(error, TF_ECREATE);
    struct blob blob = slurp(path);
    cr_assert_eq(blob.length, 4);
    free(blob.bytes);
    unlink(path);
    options.path = "/nosuch/folder/file.dbn";
    cr_assert_null(tf_dbn_file_open(&options, &error));
    cr_assert_eq(error, TF_ECREATE);
}

Test(dbn_write, a_full_disk_stops_the_file_once_and_for_all)
{
    for (int compress = 0; compress < 2; compress++) {
        struct tf_dbn_file_options options = options_for("/dev/full");
        int error;
        options.compress = compress;
        options.flush_bytes = 2000;
        struct tf_dbn_file *file = tf_dbn_file_open(&options, &error);
        cr_assert(file);
        give_many(100);
        error = 0;
        for (uint32_t i = 0; i < 100; i++)
            error = tf_dbn_file_tick(file, &given[i], &instrument, 1);
        cr_assert_eq(error, TF_EIO);
        cr_assert_eq(tf_dbn_file_close(file, 0), TF_EIO);
    }
}

/* The file may grow to so many bytes, as if the disk were full then. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(dbn_write, a_disk_that_fills_up_leaves_whole_records)
{
    const char *path = temp_file("", 0);
    give_many(100);
    signal(SIGXFSZ, SIG_IGN);
    for (int compress = 0; compress < 2; compress++) {
        for (rlim_t room = 200; room < 7000; room += 61) {
            struct tf_dbn_file_options options = options_for(path);
            int error;
            options.compress = compress;
            options.symbols = 1;
            options.flush_bytes = 1500;
            struct tf_dbn_file *file = tf_dbn_file_open(&options, &error);
            cr_assert(file);
            limit_files(room);
            error = tf_dbn_file_symbol(file, &instrument, 1, 5);
            for (uint32_t i = 0; i < given_count && !error; i++)
                error = tf_dbn_file_tick(file, &given[i], &instrument, 1);
            int closed = tf_dbn_file_close(file, &report);
            limit_files(RLIM_INFINITY);
            cr_assert(!error || error == TF_EIO);
            cr_assert(!error || closed == TF_EIO, "an error is not forgotten");
            cr_assert_eq(read_got(path, "dbn"), 0);
            assert_first((uint32_t)report.records);
            cr_assert_eq(report.ticks, report.records, "each of these ticks is a record");
            cr_assert(closed || got_count == given_count);
            rlim_t header = tf_dbn_header_size(3, room < tf_dbn_header_size(3, 2) ? 1 : 2);
            rlim_t fits = room < header ? 0 : (room - header) / 56;
            if (!compress) /* as many as there is room for */
                cr_assert_eq(report.records, fits < given_count ? fits : given_count);
        }
    }
    unlink(path);
}

Test(dbn_write, a_file_that_got_no_metadata_is_removed)
{
    const char *path = temp_file("", 0);
    unlink(path);
    give_many(100);
    signal(SIGXFSZ, SIG_IGN);
    struct tf_dbn_file_options options = options_for(path);
    options.force = false;
    options.flush_bytes = 1500;
    int error = 0;
    struct tf_dbn_file *file = tf_dbn_file_open(&options, &error);
    cr_assert(file);
    limit_files(50);
    for (uint32_t i = 0; i < given_count && !error; i++)
        error = tf_dbn_file_tick(file, &given[i], &instrument, 1);
    cr_assert_eq(error, TF_EIO);
    cr_assert(strstr(tf_errmsg(), "nothing could be recorded"), "%s", tf_errmsg());
    cr_assert_eq(tf_dbn_file_close(file, &report), TF_EIO);
    limit_files(RLIM_INFINITY);
    cr_assert(report.removed);
    cr_assert_eq(report.ticks, 0);
    cr_assert_neq(access(path, F_OK), 0);
}

Test(dbn_write, a_file_has_one_writer)
{
    const char *path = temp_file("", 0);
    struct tf_dbn_file_options options = options_for(path);
    int error = 0;
    options.force = true;
    struct tf_dbn_file *file = tf_dbn_file_open(&options, &error), *second;
    cr_assert(file);
    give_many(10);
    for (uint32_t i = 0; i < given_count; i++)
        cr_assert_eq(tf_dbn_file_tick(file, &given[i], &instrument, 1), 0);
    cr_assert_null(tf_dbn_file_open(&options, &error));
    cr_assert_eq(error, TF_EBUSY);
    cr_assert_eq(tf_dbn_file_close(file, &report), 0);
    cr_assert_eq(read_got(path, "dbn"), 0);
    assert_first(10);
    second = tf_dbn_file_open(&options, &error);
    cr_assert(second, "the lock goes with its file");
    cr_assert_eq(tf_dbn_file_close(second, 0), 0);
    unlink(path);
}
