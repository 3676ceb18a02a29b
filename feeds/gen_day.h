/* SPDX-License-Identifier: Apache-2.0 */
/* gen_day.h - inside the generator: the day's state, and what its two halves share. */
#ifndef TF_GEN_DAY_H
#define TF_GEN_DAY_H

#include "bytes.h"
#include "gen_book.h"
#include "gen_time.h"
#include "gen_universe.h"
#include "generator.h"
#include "itch50_wire.h"

struct tf_generator {
    struct tf_random random;
    struct gen_universe universe;
    struct gen_book *books;
    struct gen_pool pool;
    struct gen_time time;
    uint64_t next_ref, next_match;
    uint64_t messages;
    uint64_t
        flow_left;  /* messages of the flow not yet written; the next is at time.now_ns ... */
    uint16_t stock; /* ... about this stock */
    uint32_t entry, index; /* of the timetable: the next message is number `index` of `entry` */
    uint32_t crossing;     /* stocks with opening and closing crosses: the most active ones */
    uint32_t rounds;       /* of imbalance messages before a cross */
    bool in_cross;
    bool ended;
};

/* Begin a message at *at, which moves behind it: everything but the fields after the header. */
static inline uint8_t *gen_begin(uint8_t **at, char type, uint16_t locate, uint64_t time_ns)
{
    uint16_t length = tf_itch50_shapes[(uint8_t)type].length;
    uint8_t *message = *at + 2;
    tf_put_be16(*at, length);
    *at = message + length;
    message[ITCH_TYPE] = (uint8_t)type;
    tf_put_be16(message + ITCH_LOCATE, locate);
    tf_put_be16(message + ITCH_TRACKING, 0);
    tf_put_be48(message + ITCH_TIME, time_ns);
    return message;
}

static inline void gen_put_stock(const struct tf_generator *day, uint8_t *at, uint16_t stock)
{
    memcpy(at, day->universe.stocks[stock].symbol, 8);
}

/* One of four made-up market participants. */
static inline const char *gen_mpid(uint64_t which)
{
    static const char mpids[] = "MAKRDESKFLOWLIQD";
    return &mpids[4 * (which & 3)];
}

/* One message of the order flow.  The pool has room for an order. */
void gen_flow(struct tf_generator *day, uint8_t **at, uint16_t stock, uint64_t time_ns);

/*
 * How many messages the timetable has; when the next is due, UINT64_MAX: it is done; write it.
 */
uint64_t gen_timetable_messages(const struct tf_generator *day);
uint64_t gen_timetable_due(const struct tf_generator *day);
void gen_timetable_next(struct tf_generator *day, uint8_t **at);

#endif
