/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_packets.h - a series of packets as bytes, for a fuzzer to damage, and good ones to begin with.
 *
 * The first byte chooses among the formats that come in packets.  Then for each packet:
 *
 *   0  1  bits 0-1 flow, 2 from the re-request server, 3 cut, 4 no time, 5 TCP
 *   1  1  time since the packet before, in 8 ms
 *   2  2  length, little endian; what is there if that is less
 *   4     its bytes
 */
#ifndef TF_FEED_PACKETS_H
#define TF_FEED_PACKETS_H

#include "bytes.h"
#include "format.h"
#include "random.h"

#include <string.h>

enum { FED_FLOW = 3, FED_RECOVERED = 4, FED_CUT = 8, FED_NO_TIME = 16, FED_TCP = 32 };

/* Number `which` of the formats with a session, counted round; NULL: there are none. */
static inline const struct tf_format *session_format(unsigned which)
{
    unsigned count = 0;
    for (unsigned i = 0; tf_formats[i]; i++)
        count += tf_formats[i]->session != 0;
    which = count ? which % count : 0;
    for (unsigned i = 0; tf_formats[i]; i++)
        if (tf_formats[i]->session && which-- == 0)
            return tf_formats[i];
    return 0;
}

/* ---- good packets, of one protocol each; `sequence` is moved on ------------------------------ */

struct packet_bytes {
    uint8_t bytes[1500];
    uint32_t length;
};

static inline void put_le(uint8_t *at, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static inline void fill(uint8_t *at, size_t length, struct tf_random *random)
{
    for (size_t i = 0; i < length; i++)
        at[i] = tf_random_below(random, 3) ? 0 : (uint8_t)tf_random_next(random);
}

struct shape {
    uint8_t type, length;
};

/* A message of one of these types, zeros mostly, with `type_at` and a small order number. */
static inline uint32_t put_message(uint8_t *at, const struct shape *shapes, unsigned count,
                                   unsigned type_at, unsigned order_at,
                                   struct tf_random *random)
{
    struct shape shape = shapes[tf_random_below(random, count)];
    fill(at, shape.length, random);
    at[type_at] = shape.type;
    if (order_at + 8 <= shape.length) {
        memset(at + order_at, 0, 8);
        at[order_at + 7] = at[order_at] = (uint8_t)tf_random_below(random, 4);
    }
    return shape.length;
}

static inline void make_moldudp64(struct packet_bytes *packet, uint64_t *sequence,
                                  struct tf_random *random)
{
    static const struct shape shapes[] = {{'A', 36}, {'F', 40}, {'E', 31}, {'C', 36},
                                          {'X', 23}, {'D', 19}, {'U', 35}, {'P', 44},
                                          {'R', 39}, {'I', 50}};
    uint16_t count = (uint16_t)tf_random_below(random, 4);
    memcpy(packet->bytes, "000010059B", 10);
    tf_put_be64(packet->bytes + 10, *sequence);
    tf_put_be16(packet->bytes + 18, count);
    packet->length = 20;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *block = packet->bytes + packet->length;
        uint32_t length = put_message(block + 2, shapes, 10, 0, 11, random);
        if (length > 19)
            block[2 + 19] = tf_random_below(random, 2) ? 'B' : 'S';
        tf_put_be16(block, (uint16_t)length);
        packet->length += 2 + length;
    }
    *sequence += count;
}

static inline void make_iextp(struct packet_bytes *packet, const char *format,
                              uint64_t *sequence, struct tf_random *random)
{
    static const struct shape shapes[] = {
        {'S', 10}, {'D', 31}, {'H', 22}, {'T', 38}, {'Q', 42}, {'8', 30}, {'5', 30}, {'a', 38},
        {'M', 38}, {'R', 26}, {'L', 46}, {'A', 80}, {'X', 26}, {'C', 18}, {'E', 18}};
    uint16_t count = (uint16_t)tf_random_below(random, 4), payload = 0;
    memset(packet->bytes, 0, 40);
    for (unsigned i = 0; i < count; i++) {
        uint8_t *block = packet->bytes + 40 + payload;
        uint32_t length = put_message(block + 2, shapes, 15, 0, 18, random);
        put_le(block, 2, length);
        payload = (uint16_t)(payload + 2 + length);
    }
    packet->bytes[0] = 1;
    put_le(packet->bytes + 2, 2,
           strcmp(format, "iex_tops") == 0   ? 0x8003
           : strcmp(format, "iex_deep") == 0 ? 0x8004
                                             : 0x8005);
    put_le(packet->bytes + 4, 4, 1);
    put_le(packet->bytes + 8, 4, 77);
    put_le(packet->bytes + 12, 2, payload);
    put_le(packet->bytes + 14, 2, count);
    put_le(packet->bytes + 24, 8, *sequence);
    put_le(packet->bytes + 32, 8, UINT64_C(1500000000000000000) + *sequence);
    packet->length = 40u + payload;
    *sequence += count;
}

static inline void make_pitch(struct packet_bytes *packet, uint64_t *sequence,
                              struct tf_random *random)
{
    static const struct shape shapes[] = {{0x20, 6},  {0x21, 34}, {0x22, 26}, {0x23, 26},
                                          {0x25, 18}, {0x26, 16}, {0x27, 27}, {0x28, 19},
                                          {0x29, 14}, {0x2A, 41}, {0x97, 6},  {0x31, 18}};
    uint8_t count = (uint8_t)tf_random_below(random, 4);
    packet->length = 8;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *message = packet->bytes + packet->length;
        uint32_t length = put_message(message, shapes, 12, 1, 6, random);
        if (length > 14)
            message[14] = tf_random_below(random, 2) ? 'B' : 'S';
        message[0] = (uint8_t)length;
        packet->length += length;
    }
    put_le(packet->bytes, 2, packet->length);
    packet->bytes[2] = count;
    packet->bytes[3] = (uint8_t)(1 + tf_random_below(random, 2));
    put_le(packet->bytes + 4, 4, *sequence);
    *sequence += count;
}

/* A book update of template 46 with its two groups. */
static inline void make_mdp3(struct packet_bytes *packet, uint64_t *sequence,
                             struct tf_random *random)
{
    enum { HEADER = 12, ROOT = 11, ENTRY = 32, ORDER = 24 };
    uint8_t entries = (uint8_t)tf_random_below(random, 4);
    uint8_t orders = (uint8_t)tf_random_below(random, 3);
    uint8_t *message = packet->bytes + HEADER, *at = message + 10;
    put_le(packet->bytes, 4, (*sequence)++);
    put_le(packet->bytes + 4, 8, UINT64_C(1500000000000000000) + *sequence);
    fill(at, ROOT, random);
    at += ROOT;
    put_le(at, 2, ENTRY);
    at[2] = entries;
    at += 3;
    for (unsigned i = 0; i < entries; i++, at += ENTRY) {
        fill(at, ENTRY, random);
        at[24] = (uint8_t)(1 + tf_random_below(random, 10));
        at[25] = (uint8_t)tf_random_below(random, 6);
        at[26] = (uint8_t)('0' + tf_random_below(random, 2));
    }
    memset(at, 0, 8);
    put_le(at, 2, ORDER);
    at[7] = orders;
    at += 8;
    fill(at, (size_t)orders * ORDER, random);
    at += (size_t)orders * ORDER;
    put_le(message, 2, (uint64_t)(at - message));
    put_le(message + 2, 2, ROOT);
    put_le(message + 4, 2, 46);
    put_le(message + 6, 2, 1);
    put_le(message + 8, 2, 13);
    packet->length = (uint32_t)(at - packet->bytes);
}

static inline void make_packet(const struct tf_format *format, struct packet_bytes *packet,
                               uint64_t *sequence, struct tf_random *random)
{
    if (strncmp(format->name, "iex", 3) == 0)
        make_iextp(packet, format->name, sequence, random);
    else if (strncmp(format->name, "pitch", 5) == 0)
        make_pitch(packet, sequence, random);
    else if (strncmp(format->name, "cme", 3) == 0)
        make_mdp3(packet, sequence, random);
    else
        make_moldudp64(packet, sequence, random);
}

/* A run of packets on two lines: some lost, some twice, some late; how many bytes. */
static inline size_t make_packets(uint64_t which, uint8_t *out, size_t room)
{
    struct tf_random random;
    struct packet_bytes packet;
    uint64_t sequence = 1 + which % 3;
    const struct tf_format *format = session_format((unsigned)which);
    size_t length = 0;
    tf_random_seed(&random, which);
    out[length++] = (uint8_t)which;
    for (unsigned i = 0; i < 4 + which % 60; i++) {
        if (tf_random_below(&random, 40) == 0)
            sequence = 1; /* a publisher that begins anew */
        make_packet(format, &packet, &sequence, &random);
        unsigned copies = tf_random_below(&random, 4); /* 0: lost on both lines */
        for (unsigned copy = 0; copy < (copies > 2 ? 1 : copies); copy++) {
            if (length + 4 + packet.length > room)
                return length;
            out[length] = (uint8_t)(copy | (tf_random_below(&random, 16) ? 0 : FED_RECOVERED));
            out[length + 1] = (uint8_t)(tf_random_below(&random, 8) ? 0 : 40);
            put_le(out + length + 2, 2, packet.length);
            memcpy(out + length + 4, packet.bytes, packet.length);
            length += 4 + packet.length;
        }
    }
    return length;
}

#endif
