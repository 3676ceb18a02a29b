/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of ASCII PITCH messages, checked. */
#include "pitch_ascii_wire.h"

/* One more than the digit's value; 0: not one. */
static const uint8_t digits_36[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12,
    ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18,
    ['I'] = 19, ['J'] = 20, ['K'] = 21, ['L'] = 22, ['M'] = 23, ['N'] = 24,
    ['O'] = 25, ['P'] = 26, ['Q'] = 27, ['R'] = 28, ['S'] = 29, ['T'] = 30,
    ['U'] = 31, ['V'] = 32, ['W'] = 33, ['X'] = 34, ['Y'] = 35, ['Z'] = 36,
};

/* Six digits, 31 bits; `bad` gets a high bit for one that is none. */
static inline uint32_t half_id(const uint8_t *at, unsigned *bad)
{
    uint32_t value = 0;
    for (int i = 0; i < 6; i++) {
        unsigned digit = digits_36[at[i]] - 1u;
        *bad |= digit;
        value = value * 36 + digit;
    }
    return value;
}

/* 12 digits of base 36: two chains of six are half as deep as one of twelve. */
bool tf_text_id(const uint8_t *at, uint64_t *value)
{
    unsigned bad = 0;
    uint64_t high = half_id(at, &bad), low = half_id(at + 6, &bad);
    *value = high * UINT64_C(2176782336) + low; /* 36^6 */
    return !(bad & 0x80000000u);
}

/* `name` at this offset is bad. */
static const char *flawed(struct tf_text_fields *fields, const char *name, uint8_t at)
{
    fields->flaw_at = at;
    return name;
}

static inline uint64_t symbol_at(const uint8_t *at, size_t letters)
{
    uint64_t symbol = UINT64_C(0x2020202020202020);
    memcpy(&symbol, at, letters);
    return symbol;
}

/* A d P r; `wide`: symbols of eight letters; `trade`: its id is the execution's. */
static inline const char *parse_order(const uint8_t *message, struct tf_text_fields *fields,
                                      bool wide, bool trade)
{
    struct tf_pitch_order *order = &fields->order;
    uint8_t price_at = wide ? TEXT_LONG_PRICE : TEXT_PRICE;
    uint8_t id_at = TEXT_ID;
    uint64_t shares, price;
    if (trade)
        id_at = wide ? TEXT_LONG_EXECUTION : TEXT_EXECUTION;
    order->side = message[TEXT_SIDE];
    order->symbol = symbol_at(message + TEXT_SYMBOL, wide ? 8 : 6);
    if (!tf_text_id(message + id_at, &order->id))
        return flawed(fields, trade ? "execution id" : "order id", id_at);
    if (!tf_text_6(message + TEXT_SHARES, &shares) || !shares)
        return flawed(fields, "shares", TEXT_SHARES);
    if (!tf_text_10(message + price_at, &price))
        return flawed(fields, "price", price_at);
    order->shares = (uint32_t)shares;
    order->price = (int64_t)price;
    const char *flaw = tf_pitch_flaw(order); /* side or symbol, for the rest was looked at */
    return flaw ? flawed(fields, flaw, flaw[1] == 'i' ? TEXT_SIDE : TEXT_SYMBOL) : 0;
}

/* E and X. */
static inline const char *parse_taking(const uint8_t *message, struct tf_text_fields *fields,
                                       bool executes)
{
    uint64_t shares;
    if (!tf_text_id(message + TEXT_ID, &fields->order.id))
        return flawed(fields, "order id", TEXT_ID);
    if (!tf_text_6(message + TEXT_EXEC_SHARES, &shares))
        return flawed(fields, "shares", TEXT_EXEC_SHARES);
    fields->order.shares = (uint32_t)shares;
    if (executes && !tf_text_id(message + TEXT_EXEC_EXECUTION, &fields->execution))
        return flawed(fields, "execution id", TEXT_EXEC_EXECUTION);
    return 0;
}

static const char *parse_status(const uint8_t *message, struct tf_text_fields *fields)
{
    fields->order.symbol = symbol_at(message + TEXT_STATUS_SYMBOL, 8);
    fields->state = (char)message[TEXT_STATUS_STATE];
    fields->short_sale = (char)message[TEXT_STATUS_SHORT_SALE];
    return fields->state >= 'A' && fields->state <= 'Z'
               ? 0
               : flawed(fields, "halt status", TEXT_STATUS_STATE);
}

const char *tf_pitch_text_parse(const uint8_t *message, struct tf_text_fields *fields)
{
    *fields = (struct tf_text_fields){0};
    if (!tf_text_8(message + TEXT_TIME, &fields->ms)) /* eight digits are 28 hours at most */
        return flawed(fields, "timestamp", TEXT_TIME);
    switch (message[TEXT_TYPE]) {
    case 'A':
        return parse_order(message, fields, false, false);
    case 'd':
        return parse_order(message, fields, true, false);
    case 'P':
        return parse_order(message, fields, false, true);
    case 'r':
        return parse_order(message, fields, true, true);
    case 'E':
        return parse_taking(message, fields, true);
    case 'X':
        return parse_taking(message, fields, false);
    case 'B':
        return tf_text_id(message + TEXT_ID, &fields->order.id)
                   ? 0
                   : flawed(fields, "execution id", TEXT_ID);
    case 'H':
        return parse_status(message, fields);
    default:
        return 0;
    }
}
