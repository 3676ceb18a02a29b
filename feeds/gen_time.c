/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_time.h"

#include <string.h>

/* Of 8 messages this many are brought on by the one before: clusters of 8/3 on average. */
enum { FOLLOWERS_OF_8 = 5, FOLLOWER_GAP_NS = 4000 };
/* The mean gap is worked out anew every so many messages: it drifts slowly, and division is
 * dear. */
enum { AIM_AGAIN = 16 };

/* Messages per minute, relative: straight lines between these. */
static const struct {
    uint32_t minute, weight; /* minutes after 04:00 */
} profile[] = {{0, 10},     {180, 12},  {300, 60},  {329, 200}, {330, 1000},
               {335, 700},  {390, 300}, {510, 160}, {690, 340}, {715, 450},
               {719, 1100}, {720, 120}, {725, 40},  {800, 20},  {960, 10}};

static uint32_t weight_of(uint32_t minute)
{
    unsigned i = 0;
    while (profile[i + 1].minute <= minute)
        i++;
    int64_t rise = (int64_t)profile[i + 1].weight - profile[i].weight;
    int64_t run = (int64_t)profile[i + 1].minute - profile[i].minute;
    return (uint32_t)(profile[i].weight + rise * (int64_t)(minute - profile[i].minute) / run);
}

/* log2 with 16 fractional bits, a bit per squaring: libm differs between machines. */
static uint32_t log2_fixed(uint32_t value)
{
    uint32_t whole = 31 - (uint32_t)__builtin_clz(value);
    uint32_t result = whole << 16;
    uint64_t mantissa = (uint64_t)value << (31 - whole); /* 1.0 is 2^31 */
    for (uint32_t bit = 1u << 15; bit; bit >>= 1) {
        mantissa = mantissa * mantissa >> 31;
        if (mantissa >> 32) {
            mantissa >>= 1;
            result |= bit;
        }
    }
    return result;
}

void gen_time_open(struct gen_time *time, uint64_t start_ns, uint64_t duration_ns,
                   uint64_t flow_messages)
{
    enum { LN2_Q16 = 45426 };
    memset(time, 0, sizeof *time);
    time->start_ns = start_ns;
    time->duration_ns = duration_ns;
    time->flow_messages = flow_messages;
    for (uint32_t i = 0; i < GEN_FLOW_MINUTES; i++)
        time->weight_before[i + 1] = time->weight_before[i] + weight_of(i);
    for (uint32_t i = 0; i < 1024; i++) /* -ln of the middle of 1024 slices */
        time->exponential[i] =
            (uint32_t)((uint64_t)((11u << 16) - log2_fixed(2 * i + 1)) * LN2_Q16 >> 16);
    time->minute = UINT32_MAX; /* before the first */
}

static uint64_t messages_before(const struct gen_time *time, uint32_t minute)
{
    return (uint64_t)((unsigned __int128)time->flow_messages * time->weight_before[minute] /
                      time->weight_before[GEN_FLOW_MINUTES]);
}

static void next_minute(struct gen_time *time)
{
    const uint64_t minute_ns = UINT64_C(60) * 1000000000, flow_start = GEN_AT(4, 0, 0);
    time->minute++;
    time->left = messages_before(time, time->minute + 1) - messages_before(time, time->minute);
    uint64_t from_ns = gen_time_map(time, flow_start + time->minute * minute_ns);
    time->until_ns = gen_time_map(time, flow_start + (time->minute + 1) * minute_ns);
    if (time->now_ns < from_ns)
        time->now_ns = from_ns;
    if (time->left)
        time->share_ns = (time->until_ns - 1 - time->now_ns) / time->left;
}

void gen_time_next(struct gen_time *time, struct tf_random *random, bool *follows)
{
    while (time->left == 0)
        next_minute(time);
    uint64_t bits = tf_random_next(random);
    uint64_t room = time->until_ns - 1 - time->now_ns;
    if (time->left % AIM_AGAIN == 0)
        time->share_ns = room / time->left;
    uint64_t mean = time->share_ns * 8 / (8 - FOLLOWERS_OF_8);
    *follows = (bits & 7) < FOLLOWERS_OF_8;
    if (*follows)
        mean = time->share_ns < FOLLOWER_GAP_NS ? time->share_ns : FOLLOWER_GAP_NS;
    uint64_t gap = mean * time->exponential[bits >> 54] >> 16;
    if (gap > room)
        gap = room / time->left; /* the minute's last messages share what is left of it */
    time->now_ns += gap;
    time->left--;
}
