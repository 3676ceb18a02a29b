/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an input that no format claims is called: one header of each protocol, made by hand from its
 * own field names, and near misses that must not be called anything.
 */
#include "lookalike.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char text[TF_LOOKALIKE_ROOM];
static bool known;

/* Of a block of just that size, so that reading past it is caught. */
static const char *look(const uint8_t *bytes, uint32_t length)
{
    uint8_t *exact = malloc(length ? length : 1);
    memcpy(exact, bytes, length);
    struct tf_packet packet = {.bytes = exact,
                               .length = length,
                               .flow = {.address = 0xE0001F01, .port = 14310, .protocol = 17}};
    const char *what = tf_lookalike_packet(&packet, text, sizeof text, &known);
    free(exact);
    return what;
}

#define LOOK(...)                                                                              \
    look((const uint8_t[]){__VA_ARGS__}, (uint32_t)sizeof((const uint8_t[]){__VA_ARGS__}))
#define TEN     0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define MS_2018 0x00, 0x00, 0x01, 0x65, 0x5B, 0xED, 0x42, 0x8E
#define NS_2018 0x00, 0x00, 0x64, 0xA7, 0xB3, 0xB6, 0xE0, 0x14

Test(lookalike, consolidated_tapes_by_their_block_header)
{
    cr_assert_str_eq(LOOK(2, 0, 20, 'Q', 'O', TEN, 0, 0, 0, 0, 0), "CTA SIP quotes (CQS)");
    cr_assert_str_eq(LOOK(0, 0, 20, 'T', 'O', TEN, 0, 0, 0, 0, 0), "CTA SIP trades (CTS)");
    cr_assert_str_eq(LOOK(6, 0, 20, 'O', ' ', TEN, 0, 0, 0, 0, 0), "OPRA");
    LOOK(6, 0, 21, 'O', ' ', TEN, 0, 0, 0, 0, 0); /* a length that is not the packet's */
    cr_assert_not(known);
}

Test(lookalike, nyse_by_length_and_time)
{
    cr_assert_str_eq(LOOK(16, 0, 11, 0, 1, 0, 0, 0, 0x37, 0x3C, 0xB4, 0x61, 0, 0x3D, 0x66, 3),
                     "NYSE XDP or Pillar");
    LOOK(16, 0, 11, 0, 1, 0, 0, 0, 0x37, 0x3C, 0xB4, 0x61, 0, 0x3D, 0x66, 0xFF);
    cr_assert_not(known); /* more nanoseconds than a second has */
}

Test(lookalike, derivatives)
{
    cr_assert_str_eq(
        LOOK(32, 0, 0xCC, 0x32, 0xFF, 0xFF, 0xFF, 0xFF, TEN, TEN, 0, 0, 0, 0, 0, 0, 0, 0),
        "Eurex T7 EOBI");
    cr_assert_str_eq(LOOK('2', 0, 1, 5, 0, 0, 0, 0, NS_2018, 12, 0, 0x50, 0xEB),
                     "B3 Binary UMDF");
    cr_assert_str_eq(LOOK(5, 11, 0, 3, 0, 1, 0, 1, MS_2018, 'E', 0, 2, 7, 7), "ICE iMpact");
    LOOK(5, 11, 0, 3, 0, 1, 0, 1, MS_2018, 'E', 0, 3, 7, 7); /* a message too long */
    cr_assert_not(known);
}

Test(lookalike, sessions_of_their_own)
{
    cr_assert_str_eq(LOOK(0, 18, TEN, 0, 0, 0, 0, 0x15, 0xE8), "MEMX MEMOIR");
    cr_assert_str_eq(LOOK(1, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 1), "MIAX MACH");
    cr_assert_str_eq(look((const uint8_t *)"0000019360\1\0\0\0\0\0\0\0\1\0\2\0ab", 24),
                     "IntelligentCross (MoldUDP64 in little endian)");
    cr_assert_str_eq(look((const uint8_t *)"\002000067422 C x\003", 15),
                     "HSVF text (Sola: Montreal Exchange, BOX)");
}

Test(lookalike, moldudp64_of_others)
{
    cr_assert_str_eq(
        look((const uint8_t *)"1567326030\0\0\0\0\0\0\0\1\0\1\0\3Txx", 25),
        "MoldUDP64 (session 1567326030) with messages that are not ITCH 5.0 (the first: T, 3 "
        "bytes)");
    cr_assert_str_eq(
        look((const uint8_t *)"1567326030\0\0\0\0\0\0\0\1\0\0", 20),
        "MoldUDP64 (session 1567326030) without a message: whose feed, it does not "
        "say");
    cr_assert(known);
}

Test(lookalike, nothing_is_made_up)
{
    cr_assert_str_eq(
        LOOK(9, 8, 7, 6, 5, 4, 3, 2, 1, 0xFF),
        "UDP of an unknown protocol to 224.0.31.1:14310 (10 bytes, the first 09 08 "
        "07 06 05 04 03 02)");
    cr_assert_not(known);
    cr_assert_str_eq(look((const uint8_t *)"", 0),
                     "UDP of an unknown protocol to 224.0.31.1:14310 (0 bytes)");
    for (uint32_t length = 0; length < 100; length++) { /* zeros, and ones, of any length */
        uint8_t bytes[100];
        memset(bytes, 0xFF, sizeof bytes);
        look(bytes, length);
        cr_assert_not(known, "%s", text);
    }
}

Test(lookalike, files)
{
    char out[TF_LOOKALIKE_ROOM];
    static const struct {
        const char *bytes, *what;
    } files[] = {{"34200.004241176,1,16113575,18,5853300,1\n", "LOBSTER messages (CSV)"},
                 {"5859400,200,5853300,18\n1,2,3,4\n", "a LOBSTER order book (CSV)"},
                 {"{\"a\":1}", "JSON text"},
                 {"a,b,c\n1,2,3\n", "text"},
                 {"BZh91AY", "bzip2 data: decompress it first"}};
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++)
        cr_assert_str_eq(tf_lookalike((const uint8_t *)files[i].bytes, strlen(files[i].bytes),
                                      out, sizeof out),
                         files[i].what);
}
