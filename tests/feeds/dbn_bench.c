/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast DBN is decoded, in memory, beside a copy of the same bytes in the same run.  Not a test
 * and not part of a test run: dbn_bench [messages] [instruments] [rounds], prints JSON.
 *
 * Both are timed in pieces of 4096 records, and each piece counts with its best round: what
 * another process took from us in between falls out.
 */
#include "bytes.h"
#include "clock.h"
#include "dbn.h"
#include "random.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORD = 56, PIECE = 4096 };

static void make_records(uint8_t *bytes, uint64_t messages, uint32_t instruments)
{
    struct tf_random random;
    tf_random_seed(&random, 1);
    memset(bytes, 0, messages * RECORD);
    for (uint64_t i = 0; i < messages; i++) {
        uint8_t *record = bytes + i * RECORD;
        record[0] = RECORD / 4;
        record[1] = 0xA0;
        tf_put_le32(record + 4, 1 + tf_random_below(&random, instruments));
        tf_put_le64(record + 8, 1700000000000000000 + i * 100);
        tf_put_le64(record + 16, i);
        tf_put_le64(record + 24, 100000000000 + tf_random_below(&random, 1000));
        tf_put_le32(record + 32, 100);
        record[36] = 0x82;
        record[38] = (uint8_t) "AACCMTF"[tf_random_below(&random, 7)];
        record[39] = (uint8_t) "AB"[i & 1];
    }
}

/* One piece, decoded as replay does it. */
static uint64_t decode_piece(struct tf_framing *framing, struct tf_decoder *decoder,
                             const uint8_t *bytes, size_t length)
{
    enum { BATCH = 256 }; /* as replay */
    static struct tf_tick ticks[BATCH];
    uint64_t messages = 0;
    while (length) {
        struct tf_sink sink = {.ticks = ticks, .capacity = BATCH};
        size_t consumed;
        messages += tf_framing_decode(&tf_dbn_framing, framing, bytes, length, UINT32_MAX,
                                      &tf_dbn_ops, decoder, &sink, &consumed);
        bytes += consumed;
        length -= consumed;
    }
    return messages;
}

static void keep_best(uint64_t *best, uint64_t since)
{
    uint64_t ns = tf_monotonic_ns() - since;
    if (ns < *best)
        *best = ns;
}

int main(int argc, char **argv)
{
    uint64_t messages = 2000000, instruments = 500, rounds = 5, decoded = 0;
    if ((argc > 1 && !tf_parse_u64(argv[1], 100000000, &messages)) ||
        (argc > 2 && !tf_parse_u64(argv[2], 1000000, &instruments)) ||
        (argc > 3 && !tf_parse_u64(argv[3], 1000, &rounds)))
        return 64;
    messages = (messages / PIECE + 1) * PIECE;
    uint64_t pieces = messages / PIECE;
    uint8_t *bytes = malloc(messages * RECORD), *copy = malloc(messages * RECORD);
    uint64_t *best = malloc(2 * pieces * sizeof *best);
    struct tf_decoder *decoder = tf_dbn_ops.open(&(struct tf_decoder_options){.node = -1});
    if (!bytes || !copy || !best || !decoder)
        return 71;
    make_records(bytes, messages, (uint32_t)instruments);
    memset(best, 0xFF, 2 * pieces * sizeof *best);
    for (uint64_t round = 0; round < rounds; round++) {
        struct tf_framing framing = {0};
        decoded = 0;
        for (uint64_t i = 0; i < pieces; i++) {
            const size_t at = i * PIECE * RECORD;
            uint64_t since = tf_monotonic_ns();
            decoded += decode_piece(&framing, decoder, bytes + at, (size_t)PIECE * RECORD);
            keep_best(&best[i], since);
        }
        for (uint64_t i = 0; i < pieces; i++) {
            const size_t at = i * PIECE * RECORD;
            uint64_t since = tf_monotonic_ns();
            memcpy(copy + at, bytes + at, (size_t)PIECE * RECORD);
            keep_best(&best[pieces + i], since);
        }
    }
    uint64_t decode_ns = 0, copy_ns = 0;
    for (uint64_t i = 0; i < pieces; i++) {
        decode_ns += best[i];
        copy_ns += best[pieces + i];
    }
    printf("{\"messages\":%" PRIu64 ",\"instruments\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"decode_messages_per_second\":%.0f,\"decode_bytes_per_second\":%.0f"
           ",\"memcpy_bytes_per_second\":%.0f,\"check\":%u}\n",
           decoded, instruments, messages * RECORD, (double)messages * 1e9 / (double)decode_ns,
           (double)(messages * RECORD) * 1e9 / (double)decode_ns,
           (double)(messages * RECORD) * 1e9 / (double)copy_ns, copy[messages * RECORD / 2]);
    tf_dbn_ops.close(decoder);
    free(best);
    free(copy);
    free(bytes);
    return 0;
}
