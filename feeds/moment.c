/* SPDX-License-Identifier: Apache-2.0 */
#include "moment.h"

#include "clock.h"
#include "error.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

static const uint64_t ns_per_day = 86400 * TF_NS_PER_S;

/* `count` digits at *at, up to `max`; moves past them. */
static bool digits(const char **at, unsigned count, unsigned max, unsigned *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        *value = *value * 10 + (unsigned)(**at - '0');
    }
    return *value <= max;
}

/* YYYY-MM-DD; 1970 to 2199, so that nanoseconds fit with room for an offset. */
static bool parse_date(const char **at, uint64_t *ns)
{
    unsigned year, month, day;
    if (!digits(at, 4, 2199, &year) || *(*at)++ != '-' || !digits(at, 2, 12, &month) ||
        *(*at)++ != '-' || !digits(at, 2, 31, &day) || year < 1970 || !month || !day)
        return false;
    struct tm date = {
        .tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
    time_t seconds = timegm(&date);
    *ns = (uint64_t)seconds * TF_NS_PER_S;
    return date.tm_mday == (int)day; /* no 30th of February */
}

/* HH:MM[:SS[.fraction]] */
static bool parse_clock(const char **at, uint64_t *ns)
{
    unsigned hours, minutes, seconds = 0, fraction = 0, unit = 1000000000;
    if (!digits(at, 2, 23, &hours) || *(*at)++ != ':' || !digits(at, 2, 59, &minutes))
        return false;
    if (**at == ':') {
        ++*at;
        if (!digits(at, 2, 59, &seconds))
            return false;
        if (**at == '.') {
            ++*at;
            for (; isdigit((unsigned char)**at) && unit > 1; ++*at) {
                unit /= 10;
                fraction += unit * (unsigned)(**at - '0');
            }
        }
    }
    *ns = (hours * UINT64_C(3600) + minutes * 60 + seconds) * TF_NS_PER_S + fraction;
    return true;
}

/* Z, +HH:MM, -HH:MM or nothing; what to add to get UTC. */
static bool parse_zone(const char **at, int64_t *to_utc)
{
    *to_utc = 0;
    if (**at == 'Z') {
        ++*at;
        return true;
    }
    if (**at != '+' && **at != '-')
        return true;
    bool east = *(*at)++ == '+';
    unsigned hours, minutes;
    if (!digits(at, 2, 14, &hours) || *(*at)++ != ':' || !digits(at, 2, 59, &minutes))
        return false;
    int64_t offset = (int64_t)((hours * UINT64_C(3600) + minutes * 60) * TF_NS_PER_S);
    *to_utc = east ? -offset : offset;
    return true;
}

static bool parse_absolute(const char *at, struct tf_moment *moment)
{
    uint64_t day, clock = 0;
    int64_t to_utc = 0;
    if (!parse_date(&at, &day))
        return false;
    if (*at == 'T' || *at == ' ') {
        at++;
        if (!parse_clock(&at, &clock) || !parse_zone(&at, &to_utc))
            return false;
    }
    if (*at || (to_utc < 0 && day + clock < (uint64_t)-to_utc))
        return false;
    *moment = (struct tf_moment){TF_MOMENT_ABSOLUTE, day + clock + (uint64_t)to_utc};
    return true;
}

static bool parse_of_day(const char *at, struct tf_moment *moment)
{
    moment->kind = TF_MOMENT_OF_DAY;
    return parse_clock(&at, &moment->ns) && !*at;
}

/* At least 12 digits: what is shorter is more likely a slip than a time in the seventies. */
static bool parse_ns(const char *text, struct tf_moment *moment)
{
    size_t length = strspn(text, "0123456789");
    if (text[length] || length < 12 || length > 19)
        return false;
    *moment = (struct tf_moment){TF_MOMENT_ABSOLUTE, 0};
    for (; *text; text++)
        moment->ns = moment->ns * 10 + (uint64_t)(*text - '0');
    return true;
}

int tf_moment_parse(const char *text, struct tf_moment *moment)
{
    if (parse_absolute(text, moment) || parse_of_day(text, moment) || parse_ns(text, moment))
        return 0;
    return tf_fail(TF_EUSAGE,
                   "'%s' is no time; write it as 09:30, 09:30:00.5 or "
                   "2019-01-30T14:30:00 (UTC, or with an offset such as -05:00)",
                   text);
}

uint64_t tf_moment_at(const struct tf_moment *moment, uint64_t midnight_ns, uint64_t first_ns,
                      uint64_t otherwise)
{
    switch (moment->kind) {
    case TF_MOMENT_ABSOLUTE:
        return moment->ns;
    case TF_MOMENT_OF_DAY:
        return (midnight_ns ? midnight_ns : first_ns - first_ns % ns_per_day) + moment->ns;
    default:
        return otherwise;
    }
}

bool tf_moments_in_order(const struct tf_moment *start, const struct tf_moment *end)
{
    return start->kind == TF_MOMENT_NONE || start->kind != end->kind || start->ns < end->ns;
}
