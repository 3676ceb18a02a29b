/* SPDX-License-Identifier: Apache-2.0 */
#include "dbn_carry.h"

#include "bytes.h"

enum { PREFIX = 13, RAW = 36, BASE64 = 48 };

static const char prefixes[][PREFIX + 1] = {
    [TF_DBN_CARRY_TICK] = "tickfan tick ",
    [TF_DBN_CARRY_NEXT] = "tickfan next ",
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void tf_dbn_carry_write(enum tf_dbn_carry carry, const struct tf_tick *tick, char *text)
{
    uint8_t raw[RAW];
    tf_put_le64(raw, tick->ts_recv);
    tf_put_le64(raw + 8, tick->order_id);
    tf_put_le64(raw + 16, (uint64_t)tick->price);
    tf_put_le32(raw + 24, tick->size);
    tf_put_le32(raw + 28, tick->sequence);
    raw[32] = tick->rtype;
    raw[33] = (uint8_t)tick->action;
    raw[34] = (uint8_t)tick->side;
    raw[35] = tick->flags;
    memcpy(text, prefixes[carry], PREFIX);
    char *out = text + PREFIX;
    for (unsigned i = 0; i < RAW; i += 3) {
        uint32_t three = (uint32_t)raw[i] << 16 | (uint32_t)raw[i + 1] << 8 | raw[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = digits[three >> shift & 63];
    }
}

static bool read_base64(const char *text, uint8_t *raw)
{
    for (unsigned i = 0; i < BASE64; i += 4) {
        uint32_t three = 0;
        for (unsigned j = 0; j < 4; j++) {
            const char *digit = text[i + j] ? strchr(digits, text[i + j]) : 0;
            if (!digit)
                return false;
            three = three << 6 | (uint32_t)(digit - digits);
        }
        *raw++ = (uint8_t)(three >> 16);
        *raw++ = (uint8_t)(three >> 8);
        *raw++ = (uint8_t)three;
    }
    return true;
}

enum tf_dbn_carry tf_dbn_carry_read(const char *text, size_t length, struct tf_tick *tick)
{
    uint8_t raw[RAW];
    if (length < TF_DBN_CARRIED_TEXT)
        return TF_DBN_CARRY_NONE;
    enum tf_dbn_carry carry = TF_DBN_CARRY_TICK;
    while (memcmp(text, prefixes[carry], PREFIX) != 0)
        if (carry++ == TF_DBN_CARRY_NEXT)
            return TF_DBN_CARRY_NONE;
    if (!read_base64(text + PREFIX, raw))
        return TF_DBN_CARRY_NONE;
    tick->ts_recv = tf_le64(raw);
    tick->order_id = tf_le64(raw + 8);
    tick->price = (int64_t)tf_le64(raw + 16);
    tick->size = tf_le32(raw + 24);
    tick->sequence = tf_le32(raw + 28);
    tick->rtype = raw[32];
    tick->action = (char)raw[33];
    tick->side = (char)raw[34];
    tick->flags = raw[35];
    return carry;
}
