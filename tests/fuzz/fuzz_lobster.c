/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as rows of a LOBSTER message file, whole and in pieces. */
#include "fuzz.h"
#include "lobster.h"
#include "random.h"

#include <string.h>

enum { TICKS_MAX = 3, ROWS_MAX = 8 };

size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    static const char *const ends[] = {"\n", "\r\n", ",\n"};
    struct tf_random random;
    tf_random_seed(&random, which);
    size_t used = 0;
    for (unsigned rows = 1 + tf_random_below(&random, 40); rows; rows--) {
        char row[128];
        int length = snprintf(row, sizeof row, "%u.%u,%u,%u,%u,%u,%s%s", 34200 + rows,
                              tf_random_below(&random, 1000000000),
                              1 + tf_random_below(&random, 7), tf_random_below(&random, 50),
                              tf_random_below(&random, 1000), tf_random_below(&random, 1000000),
                              tf_random_below(&random, 2) ? "1" : "-1",
                              ends[tf_random_below(&random, 3)]);
        if (used + (size_t)length > room)
            break;
        memcpy(out + used, row, (size_t)length);
        used += (size_t)length;
    }
    return used;
}

static void decode(struct tf_decoder *decoder, const struct tf_venue_message *row)
{
    struct tf_tick ticks[TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TICKS_MAX};
    int type = tf_lobster_ops.type_of(row);
    tf_lobster_ops.decode(decoder, row, &sink);
    MUST((type >= '1' && type <= '7') == (sink.count > 0));
    for (uint32_t i = 0; i < sink.count; i++)
        MUST(!(ticks[i].flags & TF_FLAG_LAST) == (i + 1 < sink.count));
}

/* How many rows there are when the input comes in windows that grow by `step`. */
static uint64_t frame(const uint8_t *bytes, size_t length, size_t step,
                      struct tf_decoder *decoder)
{
    struct tf_framing framing = {0};
    struct tf_venue_message rows[ROWS_MAX];
    size_t at = 0, end = 0, consumed;
    for (;;) {
        uint32_t count =
            tf_lobster_rows.find(&framing, bytes + at, end - at, rows, ROWS_MAX, &consumed);
        MUST(count <= ROWS_MAX && consumed <= end - at);
        for (uint32_t i = 0; i < count; i++) {
            MUST(rows[i].bytes >= bytes + at);
            MUST(rows[i].bytes + rows[i].length <= bytes + at + consumed);
            decode(decoder, &rows[i]);
        }
        at += consumed;
        MUST(end - at < tf_lobster_rows.frame_max || count == ROWS_MAX);
        if (count < ROWS_MAX && end == length)
            break;
        if (count < ROWS_MAX)
            end = end + step < length ? end + step : length;
    }
    if (tf_lobster_rows.last(&framing, bytes + at, length - at, rows))
        decode(decoder, rows);
    return framing.sequence * 31 + framing.flaws;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoder;
    if (!decoder)
        decoder = tf_lobster_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
    MUST(decoder);
    tf_lobster_ops.restart(decoder);
    uint64_t whole = frame(bytes, length, length + 1, decoder);
    MUST(frame(bytes, length, 1 + length % 97, decoder) == whole);
    int score = tf_format_lobster.probe(bytes, length);
    MUST(score >= 0 && score <= 100);
    const struct tf_feed_counts *counts = tf_lobster_ops.counts(decoder);
    MUST(counts->trades <= counts->messages_by_type['4'] + counts->messages_by_type['5']);
    return 0;
}
