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

const char *tf_lookalike(const uint8_t *bytes, size_t length, char *out, size_t size)
{
    for (unsigned i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        if (length >= signatures[i].length &&
            memcmp(bytes, signatures[i].magic, signatures[i].length) == 0)
            return signatures[i].what;
    size_t looked_at = length < 256 ? length : 256;
    if (is_text(bytes, looked_at))
        return bytes[0] == '{' || bytes[0] == '[' ? "JSON text" : "text";
    int used = snprintf(out, size, "unknown data (first bytes");
    for (size_t i = 0; i < length && i < 8 && (size_t)used + 5 < size; i++)
        used += snprintf(out + used, size - (size_t)used, " %02x", bytes[i]);
    snprintf(out + used, size - (size_t)used, ")");
    return out;
}

const char *tf_lookalike_packet(const struct tf_packet *packet, char *out, size_t size)
{
    char flow[64];
    int used = snprintf(out, size, "%s %s of an unknown protocol (first bytes",
                        packet->flow.protocol == 6 ? "TCP" : "UDP",
                        tf_flow_text(&packet->flow, flow, sizeof flow));
    for (size_t i = 0; i < packet->length && i < 8 && (size_t)used + 5 < size; i++)
        used += snprintf(out + used, size - (size_t)used, " %02x", packet->bytes[i]);
    snprintf(out + used, size - (size_t)used, ")");
    return out;
}
