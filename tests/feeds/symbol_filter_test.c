/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing by symbol: what passes, and events that end as events do. */
#include "error.h"
#include "random.h"
#include "symbol_filter.h"
#include "temp_file.h"

static struct tf_symbol_filter *filter;

static void open_filter(void)
{
    filter = tf_symbol_filter_open();
    cr_assert(filter);
}

static void close_filter(void)
{
    tf_symbol_filter_close(filter);
}

TestSuite(symbol_filter, .init = open_filter, .fini = close_filter);

static int define(uint32_t id, const char *symbol)
{
    struct tf_instrument instrument = {.instrument_id = id};
    snprintf(instrument.symbol, sizeof instrument.symbol, "%s", symbol);
    return tf_symbol_filter_define(filter, &instrument);
}

/*
 * Ticks as text: a digit is the instrument's id, then '.' for the last of its event; "G" is a gap
 * and "S" a venue event, both of instrument 5.  Through the filter `most` at a time, and back to text.
 */
static void expect(const char *in, const char *wanted, uint32_t most)
{
    struct tf_tick all[64], room[66];
    char got[140] = "";
    uint32_t count = 0, used = 0;
    for (; *in; in++) {
        if (*in == '.') {
            all[count - 1].flags = TF_FLAG_LAST;
            continue;
        }
        all[count] = (struct tf_tick){.rtype = TF_RTYPE_MBO, .sequence = count};
        if (*in == 'G' || *in == 'S')
            all[count].rtype = *in == 'G' ? TF_RTYPE_GAP : TF_RTYPE_SYSTEM;
        all[count++].instrument_id = *in >= 'A' ? 5 : (uint32_t)(*in - '0');
    }
    uint64_t before = tf_symbol_filter_dropped(filter);
    uint32_t out = 0, sequence = 0;
    for (uint32_t at = 0; at <= count; at += most) {
        uint32_t piece = count - at < most ? count - at : most;
        struct tf_tick *ticks = room + 1;
        memcpy(ticks, all + at, piece * sizeof *ticks);
        uint32_t passed = tf_symbol_filter_run(filter, &ticks, piece);
        if (at + most > count && tf_symbol_filter_flush(filter, &ticks[passed]))
            passed++;
        for (uint32_t i = 0; i < passed; i++, out++) {
            cr_assert(out == 0 || ticks[i].sequence > sequence, "the order is kept");
            sequence = ticks[i].sequence;
            char letter = ticks[i].rtype == TF_RTYPE_GAP ? 'G'
                          : ticks[i].rtype == TF_RTYPE_SYSTEM
                              ? 'S'
                              : (char)('0' + ticks[i].instrument_id);
            got[used++] = letter;
            if (ticks[i].flags & TF_FLAG_LAST)
                got[used++] = '.';
        }
    }
    got[used] = 0;
    cr_assert_str_eq(got, wanted, "%u at a time: %s, not %s", most, got, wanted);
    cr_assert_eq(tf_symbol_filter_dropped(filter) - before, count - out);
}

static void expect_all(const char *in, const char *wanted)
{
    for (uint32_t most = 1; most < 12; most++)
        expect(in, wanted, most);
}

static void one_and_two_of_three(void)
{
    cr_assert_eq(tf_symbol_filter_add(filter, "AAPL, MSFT", true), 0);
    cr_assert_eq(define(1, "AAPL"), 1);
    cr_assert_eq(define(2, "MSFT"), 1);
    cr_assert_eq(define(3, "AAPLW"), 0);
}

Test(symbol_filter, included_symbols_pass_and_no_others)
{
    one_and_two_of_three();
    expect_all("1.2.3.1.4.", "1.2.1.");
}

Test(symbol_filter, gaps_venue_events_and_no_instrument_always_pass)
{
    one_and_two_of_three();
    expect_all("0.G.S.5.3.", "0.G.S.");
}

Test(symbol_filter, what_is_left_of_an_event_ends_with_last)
{
    one_and_two_of_three();
    expect_all("113.", "11.");
    expect_all("1333.2.", "1.2.");
    expect_all("3331.", "1.");
    expect_all("3313332.", "12.");
    expect_all("333.1.", "1.");
    expect_all("1.333.", "1.");
    expect_all("13133.33.2.", "11.2.");
}

Test(symbol_filter, an_event_without_its_end_gets_none)
{
    one_and_two_of_three();
    expect_all("1.113", "1.11");
    expect_all("1.3", "1.");
}

Test(symbol_filter, excluded_symbols_do_not_pass)
{
    cr_assert_eq(tf_symbol_filter_add(filter, "AAPL", false), 0);
    cr_assert_eq(define(1, "AAPL"), 0);
    cr_assert_eq(define(2, "MSFT"), 1);
    /* 4 was never defined. */
    expect_all("1.2.4.21.", "2.4.2.");
}

Test(symbol_filter, excluding_wins)
{
    cr_assert_eq(tf_symbol_filter_add(filter, "AAPL,MSFT", true), 0);
    cr_assert_eq(tf_symbol_filter_add(filter, "MSFT", false), 0);
    cr_assert_eq(define(1, "AAPL"), 1);
    cr_assert_eq(define(2, "MSFT"), 0);
    cr_assert_eq(define(3, "IBM"), 0);
}

Test(symbol_filter, an_id_that_changes_sides_is_refused)
{
    one_and_two_of_three();
    cr_assert_eq(define(1, "AAPL"), 1);
    cr_assert_eq(define(3, "OTHER"), 0);
    cr_assert_eq(define(3, "MSFT"), TF_EDATA);
    cr_assert(strstr(tf_errmsg(), "instrument 3 is MSFT"), "%s", tf_errmsg());
    cr_assert_eq(define(1, "OTHER"), TF_EDATA);
}

Test(symbol_filter, ids_from_all_over_their_range)
{
    one_and_two_of_three();
    struct tf_tick room[2] = {{0}};
    static const uint32_t ids[] = {4095, 4096, 65536, UINT32_MAX};
    for (unsigned i = 0; i < 4; i++) {
        struct tf_tick *tick = room + 1;
        *tick = (struct tf_tick){.instrument_id = ids[i], .flags = TF_FLAG_LAST};
        cr_assert_eq(tf_symbol_filter_run(filter, &tick, 1), 0);
        cr_assert_eq(define(ids[i], "AAPL"), 1);
        tick = room + 1;
        cr_assert_eq(tf_symbol_filter_run(filter, &tick, 1), 1);
    }
}

Test(symbol_filter, lists_from_files_and_what_never_appeared)
{
    static const char text[] = "# mine\nAAPL MSFT,IBM\r\n\n  TSLA # not this\n";
    char list[80];
    snprintf(list, sizeof list, "@%s", temp_file(text, sizeof text - 1));
    cr_assert_eq(tf_symbol_filter_add(filter, list, true), 0);
    unlink(list + 1);
    cr_assert_eq(tf_symbol_filter_add(filter, "AAPL", true), 0);
    cr_assert_eq(define(1, "TSLA"), 1);
    cr_assert_eq(define(2, "AAPL"), 1);
    cr_assert_eq(define(3, "not"), 0);
    uint32_t at = 0;
    cr_assert_str_eq(tf_symbol_filter_unseen(filter, &at), "IBM");
    cr_assert_str_eq(tf_symbol_filter_unseen(filter, &at), "MSFT");
    cr_assert_null(tf_symbol_filter_unseen(filter, &at));
}

Test(symbol_filter, lists_that_are_none_are_refused)
{
    char name[100];
    memset(name, 'A', 99);
    name[99] = 0;
    cr_assert_eq(tf_symbol_filter_add(filter, "", true), TF_EUSAGE);
    cr_assert_eq(tf_symbol_filter_add(filter, " , ", true), TF_EUSAGE);
    cr_assert_eq(tf_symbol_filter_add(filter, name, true), TF_EUSAGE);
    cr_assert_eq(tf_symbol_filter_add(filter, "@/nosuch/list", true), TF_ENOINPUT);
    cr_assert_not(tf_symbol_filter_is_set(filter));
}
