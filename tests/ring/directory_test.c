/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the instrument directory: an image in static memory, sane, crashed upon, or
 * damaged. */
#include "directory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { CAPACITY = 8, BUCKETS = 64 };

static struct {
    struct tf_data_header header;
    alignas(4096) unsigned char directory[4096];
    alignas(4096) unsigned char behind[4096];
} image;
static struct tf_directory directory;

static void fresh(void)
{
    memset(&image, 0, sizeof image);
    uint32_t buckets;
    cr_assert_leq(tf_directory_size(CAPACITY, &buckets), sizeof image.directory);
    cr_assert_eq(buckets, BUCKETS);
    image.header.directory_offset = sizeof image.header;
    image.header.directory_capacity = CAPACITY;
    image.header.directory_buckets = buckets;
    tf_directory_open(&directory, &image.header);
}

TestSuite(directory, .init = fresh);

static struct tf_instrument instrument_of(uint32_t id, const char *symbol)
{
    struct tf_instrument instrument = {
        .instrument_id = id, .lot_size = 100, .price_increment = 10000000};
    snprintf(instrument.symbol, sizeof instrument.symbol, "%s", symbol);
    snprintf(instrument.venue_class, sizeof instrument.venue_class, "N");
    return instrument;
}

static void define(uint32_t id, const char *symbol)
{
    struct tf_instrument instrument = instrument_of(id, symbol);
    cr_assert_eq(tf_directory_define(&directory, &instrument), 0);
}

static void expect_found(uint32_t id, const char *symbol)
{
    struct tf_instrument out;
    cr_assert_eq(tf_directory_by_id(&directory, id, &out), 1, "id %u is unknown", id);
    cr_expect_eq(out.instrument_id, id);
    cr_expect_str_eq(out.symbol, symbol);
    memset(&out, 0, sizeof out);
    cr_assert_eq(tf_directory_by_symbol(&directory, symbol, &out), 1, "symbol %s is unknown",
                 symbol);
    cr_expect_eq(out.instrument_id, id);
    cr_expect_str_eq(out.symbol, symbol);
}

static void expect_unknown(uint32_t id, const char *symbol)
{
    struct tf_instrument out;
    if (id)
        cr_expect_eq(tf_directory_by_id(&directory, id, &out), 0, "id %u is known", id);
    if (symbol)
        cr_expect_eq(tf_directory_by_symbol(&directory, symbol, &out), 0, "symbol %s is known",
                     symbol);
}

static uint32_t count_of(void)
{
    return tf_load32(&image.header.directory_count);
}

/* ---- defining and finding ---------------------------------------------------------------- */

Test(directory, is_a_multiple_of_pages_and_at_most_half_full)
{
    const uint32_t capacities[] = {1, 31, 32, 33, 16384, TF_INSTRUMENTS_MAX};
    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        uint32_t buckets;
        uint64_t size = tf_directory_size(capacities[i], &buckets);
        cr_expect_eq(size % 4096, 0);
        cr_expect_geq(size, capacities[i] * UINT64_C(128) + 8 * UINT64_C(1) * buckets);
        cr_expect_geq(buckets, 2 * capacities[i]);
        cr_expect_eq(buckets & (buckets - 1), 0);
    }
}

Test(directory, empty_directory_knows_nothing)
{
    struct tf_instrument out;
    expect_unknown(1, "A");
    expect_unknown(0, "");
    cr_expect_eq(tf_directory_at(&directory, 0, &out), 0);
}

Test(directory, defined_instrument_is_found_by_id_and_symbol)
{
    define(7, "AAPL");
    expect_found(7, "AAPL");
    expect_unknown(8, "AAPLW");
    expect_unknown(0, "AAP");
    struct tf_instrument out, expected = instrument_of(7, "AAPL");
    cr_assert_eq(tf_directory_by_id(&directory, 7, &out), 1);
    cr_expect_eq(memcmp(&out, &expected, sizeof out), 0);
}

Test(directory, id_zero_means_no_instrument)
{
    struct tf_instrument out, none = instrument_of(0, "NONE");
    cr_expect_eq(tf_directory_define(&directory, &none), TF_EUSAGE);
    cr_expect_eq(count_of(), 0);
    cr_expect_eq(tf_directory_by_id(&directory, 0, &out), 0);
}

Test(directory, defining_the_same_again_takes_no_entry)
{
    for (int i = 0; i < 10 * CAPACITY; i++)
        define(7, "AAPL");
    cr_expect_eq(count_of(), 1);
    expect_found(7, "AAPL");
}

Test(directory, enumeration_gives_entries_in_order_of_definition)
{
    struct tf_instrument out;
    define(30, "C");
    define(10, "A");
    define(20, "B");
    const uint32_t ids[] = {30, 10, 20};
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(tf_directory_at(&directory, i, &out), 1);
        cr_expect_eq(out.instrument_id, ids[i]);
    }
    cr_expect_eq(tf_directory_at(&directory, 3, &out), 0);
    cr_expect_eq(tf_directory_at(&directory, UINT32_MAX, &out), 0);
}

Test(directory, full_directory_refuses_and_keeps_what_it_has)
{
    for (uint32_t id = 1; id <= CAPACITY; id++)
        define(id, (char[]){(char)('A' + id), 0});
    struct tf_instrument one_more = instrument_of(99, "ZZ");
    cr_expect_eq(tf_directory_define(&directory, &one_more), TF_EOS);
    cr_expect_neq(strstr(tf_errmsg(), "ZZ"), 0, "%s", tf_errmsg());
    cr_expect_eq(count_of(), CAPACITY);
    expect_unknown(99, "ZZ");
    for (uint32_t id = 1; id <= CAPACITY; id++)
        expect_found(id, (char[]){(char)('A' + id), 0});
    define(3, "D"); /* what is there already is still free */
    for (size_t i = 0; i < sizeof image.behind; i++)
        cr_assert_eq(image.behind[i], 0, "written behind the directory");
}

Test(directory, entries_that_share_buckets_are_all_found)
{
    /* Half of all buckets in use, so that runs of several are certain. */
    enum { MANY = 2048 };
    static struct {
        struct tf_data_header header;
        alignas(4096) unsigned char directory[MANY * 128 + 2 * 2 * MANY * 4];
    } big;
    big.header.directory_offset = sizeof big.header;
    big.header.directory_capacity = MANY;
    uint64_t size = tf_directory_size(MANY, &big.header.directory_buckets);
    cr_assert_eq(size, sizeof big.directory);
    tf_directory_open(&directory, &big.header);
    char symbol[16];
    for (uint32_t id = 1; id <= MANY; id++) {
        snprintf(symbol, sizeof symbol, "S%u", id);
        define(id * 1021, symbol);
    }
    for (uint32_t id = 1; id <= MANY; id++) {
        snprintf(symbol, sizeof symbol, "S%u", id);
        expect_found(id * 1021, symbol);
    }
    expect_unknown(5, "S0");
}

/* ---- changing ---------------------------------------------------------------------------- */

Test(directory, changed_instrument_replaces_the_old_one)
{
    struct tf_instrument out, changed = instrument_of(7, "AAPL");
    define(7, "AAPL");
    define(8, "MSFT");
    changed.lot_size = 1;
    cr_assert_eq(tf_directory_define(&directory, &changed), 0);
    cr_expect_eq(count_of(), 3);
    expect_found(7, "AAPL");
    expect_found(8, "MSFT");
    tf_directory_by_id(&directory, 7, &out);
    cr_expect_eq(out.lot_size, 1);
    tf_directory_by_symbol(&directory, "AAPL", &out);
    cr_expect_eq(out.lot_size, 1);
}

Test(directory, renamed_instrument_is_not_found_by_its_old_symbol)
{
    define(7, "FB");
    define(7, "META");
    expect_found(7, "META");
    expect_unknown(0, "FB");
}

Test(directory, symbol_given_to_another_id_leads_there)
{
    define(7, "X");
    define(7, "Y");
    define(9, "X");
    expect_found(9, "X");
    expect_found(7, "Y");
}

Test(directory, renamed_there_and_back_is_found)
{
    define(7, "A");
    define(7, "B");
    define(7, "A");
    expect_found(7, "A");
    expect_unknown(0, "B");
}

/* ---- strings ----------------------------------------------------------------------------- */

Test(directory, longest_symbol_of_71_characters_is_found)
{
    char longest[73];
    memset(longest, 'L', sizeof longest);
    longest[71] = 0;
    define(7, longest);
    expect_found(7, longest);
    longest[70] = 0;
    expect_unknown(0, longest);
}

Test(directory, symbol_longer_than_any_is_unknown)
{
    char longer[100];
    memset(longer, 'L', sizeof longer);
    longer[99] = 0;
    struct tf_instrument unterminated = instrument_of(7, "");
    memset(unterminated.symbol, 'L', sizeof unterminated.symbol);
    memset(unterminated.venue_class, 'N', sizeof unterminated.venue_class);
    cr_assert_eq(tf_directory_define(&directory, &unterminated), 0);
    expect_unknown(0, longer);
    longer[71] = 0; /* what is left of it after termination */
    expect_found(7, longer);
}

Test(directory, symbols_with_high_bytes_are_as_good_as_others)
{
    define(7, "\xc3\xa9\xff");
    expect_found(7, "\xc3\xa9\xff");
}

/* ---- crashes ----------------------------------------------------------------------------- */

/* Take the last definition's buckets away, as if killed between count and bucket. */
static void unlink_last(bool keep_id)
{
    const uint32_t last = count_of();
    for (uint32_t i = 0; i < BUCKETS; i++) {
        if (!keep_id && tf_load32(&directory.by_id[i]) == last)
            tf_store32(&directory.by_id[i], 0);
        if (tf_load32(&directory.by_symbol[i]) == last)
            tf_store32(&directory.by_symbol[i], 0);
    }
}

Test(directory, relink_finishes_a_definition_killed_before_its_buckets)
{
    for (int keep_id = 0; keep_id < 2; keep_id++) {
        fresh();
        define(7, "AAPL");
        define(8, "MSFT");
        unlink_last(keep_id);
        expect_unknown(keep_id ? 0 : 8, "MSFT");
        tf_directory_relink(&directory);
        expect_found(8, "MSFT");
        expect_found(7, "AAPL");
        cr_expect_eq(count_of(), 2);
    }
}

Test(directory, relink_finishes_a_change_killed_before_its_buckets)
{
    struct tf_instrument out, changed = instrument_of(7, "AAPL");
    define(7, "AAPL");
    /* As tf_directory_define() of the change would leave it: entry and count. */
    changed.lot_size = 1;
    directory.entries[1].instrument = changed;
    tf_store32(&image.header.directory_count, 2);
    tf_directory_by_id(&directory, 7, &out);
    cr_expect_eq(out.lot_size, 100);
    tf_directory_relink(&directory);
    tf_directory_by_id(&directory, 7, &out);
    cr_expect_eq(out.lot_size, 1);
    expect_found(7, "AAPL");
}

Test(directory, entry_killed_before_it_was_counted_is_not_there)
{
    struct tf_instrument out;
    define(7, "AAPL");
    directory.entries[1].instrument = instrument_of(8, "MSFT");
    tf_directory_relink(&directory);
    expect_unknown(8, "MSFT");
    cr_expect_eq(tf_directory_at(&directory, 1, &out), 0);
    define(9, "IBM");
    expect_found(9, "IBM");
    cr_expect_eq(count_of(), 2);
}

Test(directory, relink_of_an_empty_or_whole_directory_changes_nothing)
{
    static unsigned char before[sizeof image.directory];
    tf_directory_relink(&directory);
    for (size_t i = 0; i < sizeof image.directory; i++)
        cr_assert_eq(image.directory[i], 0);
    define(7, "AAPL");
    define(8, "MSFT");
    memcpy(before, image.directory, sizeof before);
    tf_directory_relink(&directory);
    cr_expect_eq(memcmp(before, image.directory, sizeof before), 0);
}

/* ---- damage ------------------------------------------------------------------------------ */

Test(directory, strings_that_do_not_end_in_shared_memory_end_for_the_reader)
{
    struct tf_instrument out;
    define(7, "AAPL");
    memset(directory.entries[0].instrument.symbol, 'x', sizeof out.symbol);
    memset(directory.entries[0].instrument.venue_class, 'y', sizeof out.venue_class);
    cr_assert_eq(tf_directory_by_id(&directory, 7, &out), 1);
    cr_expect_eq(strnlen(out.symbol, sizeof out.symbol), sizeof out.symbol - 1);
    cr_expect_eq(strnlen(out.venue_class, sizeof out.venue_class), sizeof out.venue_class - 1);
    expect_unknown(0, "AAPL");
}

Test(directory, garbage_in_buckets_is_survived)
{
    const uint32_t values[] = {UINT32_MAX, CAPACITY + 1, CAPACITY, 1, UINT32_MAX - 1, 1u << 31};
    for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
        fresh();
        define(7, "AAPL");
        for (uint32_t i = 0; i < BUCKETS; i++) {
            tf_store32(&directory.by_id[i], values[v]);
            tf_store32(&directory.by_symbol[i], values[v]);
        }
        expect_unknown(8, "MSFT"); /* and it comes back although no bucket is free */
        struct tf_instrument out, more = instrument_of(8, "MSFT");
        tf_directory_by_symbol(&directory, "AAPL", &out);
        cr_expect_eq(tf_directory_define(&directory, &more), 0);
        tf_directory_relink(&directory);
    }
}

Test(directory, count_beyond_the_capacity_is_not_believed)
{
    struct tf_instrument out, more = instrument_of(8, "MSFT");
    define(7, "AAPL");
    tf_store32(&image.header.directory_count, UINT32_MAX);
    cr_expect_eq(tf_directory_at(&directory, CAPACITY, &out), 0);
    cr_expect_eq(tf_directory_at(&directory, UINT32_MAX - 1, &out), 0);
    cr_expect_eq(tf_directory_define(&directory, &more), TF_EOS);
    tf_directory_relink(&directory);
    expect_found(7, "AAPL");
}

Test(directory, capacity_changed_after_opening_is_not_believed)
{
    struct tf_instrument out;
    define(7, "AAPL");
    image.header.directory_capacity = UINT32_MAX;
    image.header.directory_buckets = UINT32_MAX;
    tf_store32(&image.header.directory_count, UINT32_MAX);
    cr_expect_eq(tf_directory_at(&directory, CAPACITY, &out), 0);
    expect_found(7, "AAPL");
    expect_unknown(8, "MSFT");
}
