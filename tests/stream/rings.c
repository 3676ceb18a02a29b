/* SPDX-License-Identifier: Apache-2.0 */
/* Several rings carry the same ticks with the same sequences, and the same directory. */
#include "suite.h"

#include <string.h>

enum { RINGS = 3 };

static const int nodes[RINGS] = {0, 0, 0};

static struct tf_publisher_options three_rings(enum tf_backing backing)
{
    struct tf_publisher_options options = small_stream(backing);
    options.nodes = nodes;
    options.node_count = RINGS;
    return options;
}

static void attach_each(tf_reader *readers[RINGS], enum tf_from from)
{
    for (int i = 0; i < RINGS; i++)
        readers[i] = must_attach(from, i);
}

static void detach_each(tf_reader *readers[RINGS])
{
    for (int i = 0; i < RINGS; i++)
        tf_detach(readers[i]);
}

ON_BOTH_BACKINGS(rings, every_ring_has_the_same_ticks_with_the_same_sequences)
{
    struct tf_publisher_options options = three_rings(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *readers[RINGS];
    attach_each(readers, TF_FROM_OLDEST);
    uint64_t compared = 0;
    for (uint64_t burst = 0; burst < 200; burst++) {
        publish(publisher, burst);
        struct tf_tick ticks[RINGS][200];
        int got = tf_read(readers[0], ticks[0], 200);
        cr_assert_geq(got, 0);
        for (int i = 1; i < RINGS; i++) {
            cr_assert_eq(tf_read(readers[i], ticks[i], 200), got);
            cr_assert_arr_eq(ticks[i], ticks[0], (size_t)got * sizeof ticks[0][0]);
        }
        compared += (uint64_t)got;
    }
    cr_expect_eq(compared, tf_publisher_seq(publisher));
    detach_each(readers);
    finish(publisher);
}

ON_BOTH_BACKINGS(rings, sixty_four_rings_are_possible)
{
    static const int many[TF_MAX_RINGS] = {0};
    struct tf_publisher_options options = small_stream(*backing);
    options.nodes = many;
    options.node_count = TF_MAX_RINGS;
    tf_publisher *publisher = must_create(&options);
    publish(publisher, 10);
    struct witness witness;
    witness_begin(&witness, must_attach(TF_FROM_OLDEST, TF_MAX_RINGS - 1));
    witness_drain(&witness);
    cr_expect_eq(witness.ticks, 11);
    tf_detach(witness.reader);
    finish(publisher);
}

/* As a kill between two rings leaves them: the last ring lacks what the others have. */
ON_BOTH_BACKINGS(rings, successor_gives_each_ring_what_it_lacks)
{
    struct tf_publisher_options options = three_rings(*backing);
    for (uint64_t lacking = 1; lacking <= TF_WRITE_MAX; lacking += 5) {
        tf_publisher *publisher = must_create(&options);
        struct witness witness[RINGS];
        struct tf_segment segment;
        publish(publisher, 5000);
        uint64_t head = tf_publisher_seq(publisher);
        for (int i = 0; i < RINGS; i++)
            witness_begin(&witness[i], must_attach(TF_FROM_OLDEST, i));
        struct tf_data_header *last = map_data("default", RINGS - 1, &segment);
        tf_publisher_close(publisher);
        for (uint64_t seq = head - lacking + 1; seq <= head; seq++) {
            struct tf_slot *slot = &tf_data_slots(last)[seq & (options.capacity - 1)];
            memset((void *)slot, 0xee, sizeof *slot); /* half written */
            bool guard = tf_block_first(seq) == seq;
            tf_store(&slot->word[TF_WORD_STAMP],
                     guard ? seq | TF_STAMP_PREPARED : seq - options.capacity);
        }
        tf_store(&last->head, head - lacking);
        publisher = must_create(&options);
        cr_assert_eq(tf_publisher_seq(publisher), head + 1);
        publish(publisher, 50);
        for (int i = 0; i < RINGS; i++) {
            witness_drain(&witness[i]);
            cr_assert_eq(witness[i].next, head + 52);
            cr_assert_eq(witness[i].lost, 0);
            tf_detach(witness[i].reader);
        }
        tf_segment_detach(&segment);
        finish(publisher);
    }
}

/* SysV rings without readers went with their publisher. */
STREAM_TEST(rings, ring_made_anew_says_of_older_ticks_that_they_are_gone)
{
    struct tf_publisher_options options = three_rings(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    publish(publisher, 5000);
    tf_reader *holder = must_attach(TF_FROM_NEWEST, 0);
    tf_publisher_close(publisher);
    publisher = must_create(&options);
    uint64_t head = tf_publisher_seq(publisher);
    cr_assert_gt(head, 5000, "it did not go on in the stream");
    uint64_t gone = 0;
    for (uint64_t seq = head - options.capacity + 1; seq <= head; seq++) {
        struct tf_attach_options how = TF_ATTACH_OPTIONS_INIT;
        how.from = TF_FROM_SEQUENCE;
        how.from_seq = seq;
        how.ring = 1;
        tf_reader *reader;
        struct tf_tick tick;
        cr_assert_eq(tf_attach("default", &how, &reader), 0, "%s", tf_errmsg());
        int got = tf_read(reader, &tick, 1);
        cr_assert(got == TF_OVERRUN || (got == 1 && tick.seq == seq), "%d at %llu of %llu", got,
                  (unsigned long long)seq, (unsigned long long)head);
        gone += got == TF_OVERRUN;
        tf_detach(reader);
    }
    cr_expect(gone > 0 && gone <= options.capacity / 8, "%llu", (unsigned long long)gone);
    tf_detach(holder);
    finish(publisher);
}

/* ---- the directory ---------------------------------------------------------------------- */

static struct tf_instrument instrument_of(uint32_t id, const char *symbol)
{
    struct tf_instrument instrument = {
        .instrument_id = id, .lot_size = 100, .price_increment = TF_PRICE_SCALE / 100};
    snprintf(instrument.symbol, sizeof instrument.symbol, "%s", symbol);
    memcpy(instrument.venue_class, "NQ", 3);
    return instrument;
}

static void define(tf_publisher *publisher, uint32_t id, const char *symbol)
{
    struct tf_instrument instrument = instrument_of(id, symbol);
    cr_assert_geq(tf_publisher_define(publisher, &instrument), 0, "%s", tf_errmsg());
}

static uint32_t id_of(const tf_reader *reader, const char *symbol)
{
    struct tf_instrument found;
    return tf_instrument_by_symbol(reader, symbol, &found) ? found.instrument_id : 0;
}

ON_BOTH_BACKINGS(rings, instruments_are_found_by_id_by_symbol_and_in_turn_in_every_ring)
{
    struct tf_publisher_options options = three_rings(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *readers[RINGS];
    char symbol[16];
    attach_each(readers, TF_FROM_NEWEST);
    for (uint32_t id = 1; id <= 64; id++) {
        snprintf(symbol, sizeof symbol, "SYM%u", (unsigned)(id * 7919));
        define(publisher, id * 7919, symbol);
    }
    for (int i = 0; i < RINGS; i++) {
        struct tf_instrument by_id, by_symbol, at;
        for (uint32_t id = 1; id <= 64; id++) {
            snprintf(symbol, sizeof symbol, "SYM%u", (unsigned)(id * 7919));
            struct tf_instrument expected = instrument_of(id * 7919, symbol);
            cr_assert_eq(tf_instrument_by_id(readers[i], id * 7919, &by_id), 1);
            cr_assert_eq(tf_instrument_by_symbol(readers[i], symbol, &by_symbol), 1);
            cr_assert_eq(tf_instrument_at(readers[i], id - 1, &at), 1);
            cr_assert_arr_eq(&by_id, &expected, sizeof expected);
            cr_assert_arr_eq(&by_symbol, &expected, sizeof expected);
            cr_assert_arr_eq(&at, &expected, sizeof expected);
        }
        cr_expect_eq(tf_instrument_at(readers[i], 64, &at), 0);
        cr_expect_eq(tf_instrument_at(readers[i], UINT32_MAX, &at), 0);
        cr_expect_eq(tf_instrument_by_id(readers[i], 0, &at), 0);
        cr_expect_eq(tf_instrument_by_id(readers[i], 5, &at), 0);
        cr_expect_eq(tf_instrument_by_symbol(readers[i], "", &at), 0);
        cr_expect_eq(tf_instrument_by_symbol(readers[i], "SYM", &at), 0);
    }
    detach_each(readers);
    finish(publisher);
}

STREAM_TEST(rings, changed_and_renamed_instruments_are_found_as_they_are_now)
{
    struct tf_publisher_options options = three_rings(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, 1);
    struct tf_instrument found;
    define(publisher, 1, "OLD");
    define(publisher, 1, "OLD"); /* the same again takes no room */
    cr_expect_eq(tf_instrument_at(reader, 1, &found), 0);
    define(publisher, 1, "NEW");
    cr_expect_eq(id_of(reader, "OLD"), 0);
    cr_expect_eq(id_of(reader, "NEW"), 1);
    define(publisher, 2, "OLD");
    cr_expect_eq(id_of(reader, "OLD"), 2);
    cr_expect(tf_instrument_by_id(reader, 1, &found) == 1 && strcmp(found.symbol, "NEW") == 0);
    struct tf_instrument none = instrument_of(0, "NONE");
    EXPECT_ERROR(tf_publisher_define(publisher, &none), TF_EUSAGE, "instrument_id 0");
    tf_detach(reader);
    finish(publisher);
}

STREAM_TEST(rings, full_directory_is_said_and_the_stream_goes_on)
{
    struct tf_publisher_options options = three_rings(TF_BACKING_SYSV);
    char symbol[16];
    options.instruments = 3;
    tf_publisher *publisher = must_create(&options);
    tf_reader *reader = must_attach(TF_FROM_NEWEST, 2);
    for (uint32_t id = 1; id <= 3; id++) {
        snprintf(symbol, sizeof symbol, "S%u", (unsigned)id);
        define(publisher, id, symbol);
    }
    struct tf_instrument more = instrument_of(4, "S4");
    EXPECT_ERROR(tf_publisher_define(publisher, &more), TF_EOS, "--instruments 6");
    cr_expect(id_of(reader, "S3") == 3 && id_of(reader, "S4") == 0);
    publish(publisher, 1);
    cr_expect_eq(tf_wait(reader, -1), 1);
    tf_detach(reader);
    finish(publisher);
}

ON_BOTH_BACKINGS(rings, directory_outlives_its_publisher_and_is_levelled_between_rings)
{
    struct tf_publisher_options options = three_rings(*backing);
    tf_publisher *publisher = must_create(&options);
    tf_reader *readers[RINGS];
    struct tf_segment segment;
    attach_each(readers, TF_FROM_NEWEST);
    define(publisher, 1, "ONE");
    define(publisher, 2, "TWO");
    /* Killed between two rings: the third has not heard of the last. */
    struct tf_data_header *last = map_data("default", 2, &segment);
    struct tf_directory directory;
    struct tf_instrument three = instrument_of(3, "THREE");
    for (uint32_t i = 0; i < 2; i++) {
        struct tf_segment other;
        tf_directory_open(&directory, map_data("default", i, &other));
        cr_assert_eq(tf_directory_define(&directory, &three), 0);
        tf_segment_detach(&other);
    }
    tf_publisher_close(publisher);
    cr_expect_eq(tf_load32(&last->directory_count), 2);
    publisher = must_create(&options);
    for (int i = 0; i < RINGS; i++) {
        cr_expect_eq(id_of(readers[i], "ONE"), 1);
        cr_expect_eq(id_of(readers[i], "TWO"), 2);
        cr_expect_eq(id_of(readers[i], "THREE"), 3, "ring %d", i);
    }
    tf_segment_detach(&segment);
    detach_each(readers);
    finish(publisher);
}

STREAM_TEST(rings, id_that_changes_its_symbol_is_told)
{
    struct tf_publisher_options options = small_stream(TF_BACKING_SYSV);
    tf_publisher *publisher = must_create(&options);
    struct tf_instrument first = instrument_of(7, "AAA"), second = instrument_of(7, "BBB");
    cr_expect_eq(tf_publisher_define(publisher, &first), 0);
    cr_expect_eq(tf_publisher_define(publisher, &first), 0);
    first.lot_size = 1;
    cr_expect_eq(tf_publisher_define(publisher, &first), 0, "the same symbol, another lot");
    cr_expect_eq(tf_publisher_define(publisher, &second), 1);
    finish(publisher);
}
