/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as one text PITCH message, and as a file of lines or a stream. */
#include "fuzz.h"
#include "json_out.h"
#include "pitch_ascii.h"
#include "random.h"

#include <inttypes.h>
#include <string.h>

enum { TICKS_MAX = 3, MESSAGES_MAX = 8 };

/* ---- good input ------------------------------------------------------------------------------ */

static int put_message(char *at, size_t room, struct tf_random *random, unsigned ms)
{
    unsigned id = tf_random_below(random, 40), shares = 1 + tf_random_below(random, 300);
    unsigned price = tf_random_below(random, 2000000),
             execution = tf_random_below(random, 9999);
    char side = tf_random_below(random, 2) ? 'B' : 'S';
    switch (tf_random_below(random, 9)) {
    case 0:
    case 1:
        return snprintf(at, room, "%08uA%012u%c%06uSPY   %010uY", ms, id, side, shares, price);
    case 2:
        return snprintf(at, room, "%08ud%012u%c%06uLONGNAME%010uYMPID", ms, id, side, shares,
                        price);
    case 3:
        return snprintf(at, room, "%08uE%012u%06u%012u", ms, id, shares, execution);
    case 4:
        return snprintf(at, room, "%08uX%012u%06u", ms, id, shares);
    case 5:
        return snprintf(at, room, "%08uP%012u%c%06uIBM   %010u%012u", ms, id, side, shares,
                        price, execution);
    case 6:
        return snprintf(at, room, "%08ur%012u%c%06uLONGNAME%010u%012u", ms, id, side, shares,
                        price, execution);
    case 7:
        return snprintf(at, room, "%08uB%012u", ms, execution);
    default:
        return snprintf(at, room, "%08uHSPY     T0  ", ms);
    }
}

size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    static const char *const ends[] = {"\n", "\r\n", ""};
    struct tf_random random;
    tf_random_seed(&random, which);
    const char *end = ends[tf_random_below(&random, 3)];
    bool sequenced = tf_random_below(&random, 2);
    size_t used = 0;
    for (unsigned i = 0, count = 1 + tf_random_below(&random, 40); i < count; i++) {
        char message[128];
        int length = put_message(message, sizeof message, &random, 28800000 + i);
        if (used + (size_t)length + 3 > room)
            break;
        used += (size_t)snprintf((char *)out + used, room - used, "%s%s%s",
                                 sequenced ? "S" : "", message, end);
    }
    return used;
}

/* ---- what must hold -------------------------------------------------------------------------- */

static void check_ticks(const struct tf_sink *sink)
{
    MUST(sink->count <= sink->capacity);
    for (uint32_t i = 0; i < sink->count; i++) {
        const struct tf_tick *tick = &sink->ticks[i];
        MUST(memchr("ACMRTFN", tick->action, 7) && memchr("ABN", tick->side, 3));
        MUST(tick->seq == 0 && tick->ts_pub == 0 && tick->ts_recv == TF_UNDEF_TIMESTAMP);
        MUST(!(tick->flags & TF_FLAG_LAST) == (i + 1 < sink->count));
    }
}

static uint64_t mix(uint64_t sum, const struct tf_venue_message *message)
{
    for (uint32_t i = 0; i < message->length; i++)
        sum = (sum ^ message->bytes[i]) * UINT64_C(1099511628211);
    return (sum ^ message->length) * UINT64_C(1099511628211);
}

struct pass {
    uint64_t messages, sum, flaws, left_over;
};

/* The input in windows that grow by `step` where more bytes are wanted. */
static struct pass frame(const uint8_t *bytes, size_t length, size_t step,
                         struct tf_decoder *decoder)
{
    struct tf_framing framing = {0};
    struct tf_venue_message messages[MESSAGES_MAX];
    struct tf_tick ticks[TICKS_MAX];
    struct pass pass = {0};
    size_t at = 0, end = 0, consumed;
    for (;;) {
        uint32_t most = step == 1 ? 1 : MESSAGES_MAX;
        uint32_t count =
            tf_pitch_text.find(&framing, bytes + at, end - at, messages, most, &consumed);
        MUST(count <= most && consumed <= end - at);
        for (uint32_t i = 0; i < count; i++) {
            MUST(messages[i].bytes >= bytes + at);
            MUST(messages[i].bytes + messages[i].length <= bytes + at + consumed);
            MUST(messages[i].sequence == ++pass.messages);
            pass.sum = mix(pass.sum, &messages[i]);
            struct tf_sink sink = {.ticks = ticks, .capacity = TICKS_MAX};
            if (decoder)
                tf_pitch_ascii_ops.decode(decoder, &messages[i], &sink);
            check_ticks(&sink);
        }
        at += consumed;
        MUST(end - at < tf_pitch_text.frame_max || count == most);
        if (count < most && end == length)
            break;
        if (count < most)
            end = end + step < length ? end + step : length;
    }
    if (tf_pitch_text.last(&framing, bytes + at, length - at, messages)) {
        MUST(messages[0].bytes + messages[0].length <= bytes + length);
        pass.sum = mix(pass.sum, messages);
        pass.messages++;
        at = length;
    }
    pass.flaws = framing.flaws;
    pass.left_over = length - at;
    return pass;
}

static void as_message(struct tf_decoder *decoder, const uint8_t *bytes, size_t length)
{
    struct tf_tick ticks[TICKS_MAX];
    struct tf_sink sink = {.ticks = ticks, .capacity = TICKS_MAX};
    struct tf_venue_message message = {.bytes = bytes, .length = (uint32_t)length};
    tf_pitch_ascii_ops.decode(decoder, &message, &sink);
    check_ticks(&sink);
}

static void write_facts(struct tf_decoder *decoder)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    struct tf_json json = {.out = nowhere};
    tf_json_object(&json, 0);
    tf_pitch_ascii_ops.facts(decoder, &json);
    tf_json_end_object(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_decoder *decoder;
    if (!decoder)
        decoder =
            tf_pitch_ascii_ops.open(&(struct tf_decoder_options){.node = -1, .tally = true});
    MUST(decoder);
    tf_pitch_ascii_ops.restart(decoder);
    as_message(decoder, bytes, length);
    struct pass whole = frame(bytes, length, length + 1, decoder);
    struct pass pieces = frame(bytes, length, 1 + length % 97, 0);
    MUST(whole.messages == pieces.messages && whole.sum == pieces.sum);
    MUST(whole.left_over == pieces.left_over);
    int score = tf_format_pitch_ascii.probe(bytes, length);
    MUST(score >= 0 && score <= 100);
    const struct tf_feed_counts *counts = tf_pitch_ascii_ops.counts(decoder);
    const uint64_t *types = counts->messages_by_type;
    MUST(counts->messages <= whole.messages + 1);
    MUST(counts->trades <= types['E'] + types['P'] + types['r']);
    MUST(counts->orders_open <= types['A'] + types['d']);
    if (length % 64 == 0)
        write_facts(decoder);
    return 0;
}
