/* SPDX-License-Identifier: Apache-2.0 */
/* Times as people write them, and the part of a recording between two of them. */
#include "error.h"
#include "window.h"

#include <criterion/criterion.h>
#include <string.h>

#define S UINT64_C(1000000000)

Test(moment, every_way_to_write_a_time)
{
    static const struct {
        const char *text;
        enum tf_moment_kind kind;
        uint64_t ns;
    } times[] = {
        {"09:30", TF_MOMENT_OF_DAY, 34200 * S},
        {"09:30:01", TF_MOMENT_OF_DAY, 34201 * S},
        {"00:00:00.000000001", TF_MOMENT_OF_DAY, 1},
        {"23:59:59.5", TF_MOMENT_OF_DAY, 86399 * S + S / 2},
        {"1970-01-01", TF_MOMENT_ABSOLUTE, 0},
        {"2019-01-30T14:30:00.5", TF_MOMENT_ABSOLUTE, 1548858600 * S + S / 2},
        {"2019-01-30 14:30", TF_MOMENT_ABSOLUTE, 1548858600 * S},
        {"2019-01-30T14:30:00Z", TF_MOMENT_ABSOLUTE, 1548858600 * S},
        {"2019-01-30T09:30-05:00", TF_MOMENT_ABSOLUTE, 1548858600 * S},
        {"2019-01-30T23:30+09:00", TF_MOMENT_ABSOLUTE, 1548858600 * S},
        {"2024-02-29", TF_MOMENT_ABSOLUTE, 1709164800 * S},
        {"1548858600000000001", TF_MOMENT_ABSOLUTE, 1548858600 * S + 1},
    };
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct tf_moment moment;
        cr_assert_eq(tf_moment_parse(times[i].text, &moment), 0, "%s", times[i].text);
        cr_assert_eq(moment.kind, times[i].kind, "%s", times[i].text);
        cr_assert_eq(moment.ns, times[i].ns, "%s: %zu", times[i].text, (size_t)moment.ns);
    }
}

Test(moment, what_is_no_time_is_refused_with_a_way_to_write_one)
{
    static const char *const wrong[] = {"",
                                        "soon",
                                        "9:30",
                                        "24:00",
                                        "09:60",
                                        "09:30:60",
                                        "09:30:",
                                        "09:30x",
                                        "0930",
                                        "2019-02-29",
                                        "2019-13-01",
                                        "2019-00-01",
                                        "2019-01-00",
                                        "1969-12-31",
                                        "2200-01-01",
                                        "2019-01-30T",
                                        "2019-01-30T09",
                                        "2019-01-30T09:30-5",
                                        "2019-01-30T09:30EST",
                                        "2019-1-30",
                                        "1970-01-01T00:00+01:00",
                                        "12345678901",
                                        "12345678901234567890",
                                        "-1"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct tf_moment moment;
        cr_assert_eq(tf_moment_parse(wrong[i], &moment), TF_EUSAGE, "'%s'", wrong[i]);
        cr_assert(strstr(tf_errmsg(), "09:30"), "%s", tf_errmsg());
    }
}

Test(moment, a_time_of_day_is_of_the_recordings_day)
{
    struct tf_moment moment = {TF_MOMENT_OF_DAY, 34200 * S};
    uint64_t first = 1548858600 * S + 5, midnight = 1548824400 * S;
    cr_assert_eq(tf_moment_at(&moment, 0, first, 0), 1548806400 * S + 34200 * S);
    cr_assert_eq(tf_moment_at(&moment, midnight, first, 0), midnight + 34200 * S);
    cr_assert_eq(tf_moment_at(&moment, 0, 36000 * S, 0), 34200 * S);
    moment.kind = TF_MOMENT_ABSOLUTE;
    cr_assert_eq(tf_moment_at(&moment, midnight, first, 0), 34200 * S);
    moment.kind = TF_MOMENT_NONE;
    cr_assert_eq(tf_moment_at(&moment, midnight, first, 7), 7);
}

/* Ticks from "time flags": a letter per tick, its part as a digit in the result. */
static void expect(struct tf_window *window, const uint64_t *times, const char *last,
                   const char *parts)
{
    struct tf_tick ticks[32];
    uint32_t count = (uint32_t)strlen(last);
    for (uint32_t i = 0; i < count; i++)
        ticks[i] = (struct tf_tick){.ts_event = times[i],
                                    .ts_recv = TF_UNDEF_TIMESTAMP,
                                    .flags = last[i] == 'L' ? TF_FLAG_LAST : 0};
    /* In one piece, and tick by tick: the same. */
    for (uint32_t most = count; most; most = most == count && count > 1 ? 1 : 0) {
        char got[33] = "";
        tf_window_restart(window);
        for (uint32_t at = 0; at < count;) {
            uint32_t piece = count - at < most ? count - at : most;
            uint32_t run = tf_window_run(window, ticks + at, piece);
            cr_assert(run > 0 && run <= piece);
            while (run--)
                got[at++] = "<=>"[window->part];
        }
        cr_assert_str_eq(got, parts);
    }
}

Test(window, whole_events_from_start_to_before_end)
{
    struct tf_window window = {.start = {TF_MOMENT_ABSOLUTE, 10},
                               .end = {TF_MOMENT_ABSOLUTE, 20}};
    expect(&window, (uint64_t[]){9, 10, 19, 20}, "LLLL", "<==>");
    /* The first tick of an event decides for all of it. */
    expect(&window, (uint64_t[]){9, 11, 12, 19, 25, 20, 5}, "-L-LLLL", "<<==>>>");
    /* Time that steps back neither reopens nor closes it. */
    expect(&window, (uint64_t[]){12, 9, 11, 21, 15}, "LLLLL", "===>>");
    /* Without a time: as what is before it. */
    expect(&window, (uint64_t[]){TF_UNDEF_TIMESTAMP, 10, TF_UNDEF_TIMESTAMP, 20}, "LLLL",
           "<==>");
}

Test(window, only_one_side)
{
    struct tf_window from = {.start = {TF_MOMENT_ABSOLUTE, 10}};
    expect(&from, (uint64_t[]){9, 10, 1000, UINT64_MAX - 1}, "LLLL", "<===");
    struct tf_window to = {.end = {TF_MOMENT_ABSOLUTE, 10}};
    expect(&to, (uint64_t[]){TF_UNDEF_TIMESTAMP, 0, 9, 10, 3}, "LLLLL", "===>>");
}

Test(window, times_of_day_are_of_each_sequences_day)
{
    uint64_t day = 86400 * S, nine = 9 * 3600 * S;
    struct tf_window window = {.start = {TF_MOMENT_OF_DAY, nine},
                               .end = {TF_MOMENT_OF_DAY, nine + 10}};
    expect(&window, (uint64_t[]){nine - 1, nine, nine + 9, nine + 10}, "LLLL", "<==>");
    expect(&window, (uint64_t[]){3 * day + 1, 3 * day + nine, 3 * day + nine + 10}, "LLL",
           "<=>");
}
