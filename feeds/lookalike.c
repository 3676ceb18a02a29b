/* SPDX-License-Identifier: Apache-2.0 */
#include "lookalike.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *what;
    unsigned length;
    uint8_t magic[4];
} signatures[] = {
    {"a pcap capture (microseconds)", 4, {0xD4, 0xC3, 0xB2, 0xA1}},
    {"a pcap capture (microseconds)", 4, {0xA1, 0xB2, 0xC3, 0xD4}},
    {"a pcap capture (nanoseconds)", 4, {0x4D, 0x3C, 0xB2, 0xA1}},
    {"a pcap capture (nanoseconds)", 4, {0xA1, 0xB2, 0x3C, 0x4D}},
    {"a pcapng capture", 4, {0x0A, 0x0D, 0x0D, 0x0A}},
    {"a Databento DBN file", 3, {'D', 'B', 'N'}},
    {"a Databento DBZ file, which DBN has replaced: convert it with their tools",
     3,
     {'D', 'B', 'Z'}},
    {"gzip data compressed a second time", 2, {0x1F, 0x8B}},
    {"zstd data compressed a second time", 4, {0x28, 0xB5, 0x2F, 0xFD}},
    {"bzip2 data: decompress it first", 3, {'B', 'Z', 'h'}},
    {"xz data: decompress it first", 4, {0xFD, '7', 'z', 'X'}},
    {"a zip archive: unpack it first", 4, {'P', 'K', 3, 4}},
    {"a program", 4, {0x7F, 'E', 'L', 'F'}},
};

static bool is_text(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((bytes[i] < 0x20 && !strchr("\t\r\n", bytes[i])) || bytes[i] == 0 ||
            bytes[i] >= 0x7F)
            return false;
    return length > 0;
}

/* A first line of numbers and commas; LOBSTER's messages have six, its books four a level. */
static const char *lobster(const uint8_t *bytes, size_t length)
{
    size_t at = 0, commas = 0, points = 0;
    while (at < length && bytes[at] != '\n' && bytes[at] != '\r') {
        uint8_t letter = bytes[at++];
        commas += letter == ',';
        points += letter == '.';
        if (!strchr("0123456789.,-", letter))
            return 0;
    }
    if (at < length && at && bytes[at - 1] == ',') /* some end each row with one */
        commas--;
    if (commas == 5 && points <= 1)
        return "LOBSTER messages (CSV)";
    bool book = at < length && points == 0 && commas >= 3 && (commas + 1) % 4 == 0;
    return book ? "a LOBSTER order book (CSV)" : 0;
}

const char *tf_lookalike(const uint8_t *bytes, size_t length, char *out, size_t size)
{
    for (unsigned i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (length >= signatures[i].length &&
            memcmp(bytes, signatures[i].magic, signatures[i].length) == 0)
            return signatures[i].what;
    const char *csv = lobster(bytes, length);
    if (csv)
        return csv;
    size_t looked_at = length < 256 ? length : 256;
    if (is_text(bytes, looked_at))
        return bytes[0] == '{' || bytes[0] == '[' ? "JSON text" : "text";
    int used = snprintf(out, size, "unknown data (first bytes");
    for (size_t i = 0; i < length && i < 8 && (size_t)used + 5 < size; i++)
        used += snprintf(out + used, size - (size_t)used, " %02x", bytes[i]);
    snprintf(out + used, size - (size_t)used, ")");
    return out;
}
