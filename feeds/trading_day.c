/* SPDX-License-Identifier: Apache-2.0 */
#include "trading_day.h"

#include "error.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { MARCH = 3, NOVEMBER = 11, YEAR_FIRST = 2007, YEAR_LAST = 2199 };

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01. */
static unsigned day_number(unsigned year, unsigned month, unsigned day)
{
    unsigned days = day - 1;
    for (unsigned y = 1970; y < year; y++)
        days += is_leap(y) ? 366 : 365;
    for (unsigned m = 1; m < month; m++)
        days += days_in(year, m);
    return days;
}

/* The month's nth Sunday, as a day number. */
static unsigned sunday(unsigned year, unsigned month, unsigned nth)
{
    unsigned first = day_number(year, month, 1);
    unsigned weekday = (first + 4) % 7; /* 1970-01-01 was a Thursday; 0 is Sunday */
    return first + (7 - weekday) % 7 + 7 * (nth - 1);
}

static bool digits(const char *text, unsigned count, unsigned *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

int tf_trading_day(const char *text, uint64_t *midnight_ns)
{
    unsigned year, month, day;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 4, &year) ||
        !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day))
        return tf_fail(TF_EUSAGE, "'%s' is no date; write it as 2019-01-30", text);
    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month))
        return tf_fail(TF_EUSAGE, "there is no day %s between %d and %d", text, YEAR_FIRST,
                       YEAR_LAST);
    unsigned number = day_number(year, month, day);
    bool summer = number > sunday(year, MARCH, 2) && number <= sunday(year, NOVEMBER, 1);
    *midnight_ns = (number * UINT64_C(86400) + (summer ? 4 : 5) * 3600u) * UINT64_C(1000000000);
    return 0;
}
