/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pitch_ascii_wire.h - types, lengths and places of ASCII PITCH (TCP PITCH 1.15, "Message
 * Formats"), and reading its numbers.
 */
#ifndef TF_PITCH_ASCII_WIRE_H
#define TF_PITCH_ASCII_WIRE_H

#include "bytes.h"
#include "pitch_core.h"

#include <stdbool.h>

enum { TEXT_TIME = 0, TEXT_TIME_DIGITS = 8, TEXT_TYPE = 8, TEXT_ID = 9 };
/* A P, with six letters of symbol; d r, with eight. */
enum { TEXT_SIDE = 21, TEXT_SHARES = 22, TEXT_SYMBOL = 28 };
enum { TEXT_PRICE = 34, TEXT_LONG_PRICE = 36, TEXT_EXECUTION = 44, TEXT_LONG_EXECUTION = 46 };
enum { TEXT_EXEC_SHARES = 21, TEXT_EXEC_EXECUTION = 27, TEXT_CANCEL_SHARES = 21 };
enum { TEXT_STATUS_SYMBOL = 9, TEXT_STATUS_STATE = 17, TEXT_STATUS_SHORT_SALE = 18 };

/* By type; 0: not known. */
extern const uint8_t tf_pitch_text_lengths[256];

/* Eight digits at once; false: other characters are among them. */
static inline bool tf_text_8(const uint8_t *at, uint64_t *value)
{
    uint64_t word = tf_le64(at);
    const uint64_t zeros = UINT64_C(0x3030303030303030), high = UINT64_C(0xF0F0F0F0F0F0F0F0);
    /* High halves all 3, and still so with 6 added: nothing above 9. */
    bool digits = ((word & high) ^ zeros) == 0 &&
                  (((word + UINT64_C(0x0606060606060606)) & high) ^ zeros) == 0;
    word -= zeros;
    word = word * 10 + (word >> 8); /* pairs, in every other byte */
    *value = (((word & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064)) +
              (((word >> 16) & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001))) >>
             32;
    return digits;
}

/* Six digits. */
static inline bool tf_text_6(const uint8_t *at, uint64_t *value)
{
    uint8_t padded[8] = {'0', '0'};
    memcpy(padded + 2, at, 6);
    return tf_text_8(padded, value);
}

/* Ten digits. */
static inline bool tf_text_10(const uint8_t *at, uint64_t *value)
{
    uint64_t low;
    unsigned tens = (unsigned)at[0] - '0', ones = (unsigned)at[1] - '0';
    bool digits = tf_text_8(at + 2, &low);
    *value = (tens * 10 + ones) * UINT64_C(100000000) + low;
    return digits && tens <= 9 && ones <= 9;
}

/* 12 digits of base 36; false: other characters are among them. */
bool tf_text_id(const uint8_t *at, uint64_t *value);

/* What a message of known type says; what its type does not have is 0. */
struct tf_text_fields {
    uint64_t ms;
    struct tf_pitch_order
        order;              /* its id is the order's or, in a trade or break, the trade's */
    uint64_t execution;     /* E */
    char state, short_sale; /* H */
    uint8_t flaw_at;        /* where the bad field is */
};

/*
 * A message of known type, at least as long as that: NULL, or the first field that is no number
 * or outside its range.
 */
const char *tf_pitch_text_parse(const uint8_t *message, struct tf_text_fields *fields);

#endif
