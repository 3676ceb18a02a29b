/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - big-endian and little-endian fields at any address, one instruction or two each.
 * Venue messages have no alignment, so nothing here casts a pointer: memcpy() of a constant size
 * is a plain load.
 */
#ifndef TF_BYTES_H
#define TF_BYTES_H

#include <stdint.h>
#include <string.h>

/* How long a padded text is without the blanks and zeros at its end. */
static inline size_t tf_trimmed(const void *text, size_t length)
{
    const char *letters = text;
    while (length && (letters[length - 1] == ' ' || !letters[length - 1]))
        length--;
    return length;
}

static inline uint16_t tf_be16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap16(value);
}

static inline uint32_t tf_be32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap32(value);
}

static inline uint64_t tf_be64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return __builtin_bswap64(value);
}

static inline uint64_t tf_be48(const uint8_t *at)
{
    return (uint64_t)tf_be16(at) << 32 | tf_be32(at + 2);
}

static inline void tf_put_be16(uint8_t *at, uint16_t value)
{
    value = __builtin_bswap16(value);
    memcpy(at, &value, sizeof value);
}

static inline void tf_put_be32(uint8_t *at, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof value);
}

static inline void tf_put_be64(uint8_t *at, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(at, &value, sizeof value);
}

static inline void tf_put_be48(uint8_t *at, uint64_t value)
{
    tf_put_be16(at, (uint16_t)(value >> 32));
    tf_put_be32(at + 2, (uint32_t)value);
}

static inline uint16_t tf_le16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t tf_le32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t tf_le64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline void tf_put_le16(uint8_t *at, uint16_t value)
{
    memcpy(at, &value, sizeof value);
}

static inline void tf_put_le32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static inline void tf_put_le64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}

#endif
