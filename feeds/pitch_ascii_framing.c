/* SPDX-License-Identifier: Apache-2.0 */
/* Where each message of ASCII PITCH ends: the rules are in pitch_ascii.h. */
#include "pitch_ascii.h"
#include "pitch_ascii_wire.h"

const uint8_t tf_pitch_text_lengths[256] = {
    ['A'] = 45, ['d'] = 51, ['E'] = 39, ['X'] = 27, ['P'] = 56, ['r'] = 58,
    ['B'] = 21, ['H'] = 21, ['I'] = 68, ['J'] = 38, ['R'] = 18, ['s'] = 17,
};

/* Words of tf_framing.state. */
enum { MODE, SKIPPING };
enum { MODE_UNKNOWN, MODE_LINES, MODE_STREAM };
enum { HEADER = TEXT_TYPE + 1, LONGEST = 68 };

static bool has_time(const uint8_t *at)
{
    uint64_t ms;
    return tf_text_8(at, &ms);
}

static bool is_line_end(uint8_t byte)
{
    return byte == '\n' || byte == '\r';
}

static struct tf_venue_message message_of(struct tf_framing *framing, const uint8_t *bytes,
                                          size_t length)
{
    return (struct tf_venue_message){.bytes = bytes,
                                     .length = (uint32_t)length,
                                     .sequence = ++framing->sequence,
                                     .ts_recv = TF_UNDEF_TIMESTAMP,
                                     .ts_send = TF_UNDEF_TIMESTAMP};
}

/* A line without its end, to a message; false: there is none in it. */
static bool line_message(struct tf_framing *framing, const uint8_t *line, size_t length,
                         struct tf_venue_message *message)
{
    while (length && is_line_end(line[length - 1]))
        length--;
    if (length > 1 && line[0] == 'S' && line[1] >= '0' && line[1] <= '9') {
        line++;
        length--;
    }
    if (!length || (length == 1 && line[0] == 'H'))
        return false;
    *message = message_of(framing, line, length);
    return true;
}

/* The next line; 0: more bytes are wanted.  *found: there was a message in it. */
static size_t next_line(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                        struct tf_venue_message *message, bool *found)
{
    size_t window = length < TF_PITCH_LINE_MAX ? length : TF_PITCH_LINE_MAX;
    const uint8_t *end = window ? memchr(bytes, '\n', window) : 0;
    *found = false;
    if (!end) {
        if (window < TF_PITCH_LINE_MAX)
            return 0;
        framing->flaws += !framing->state[SKIPPING];
        framing->state[SKIPPING] = 1;
        return window;
    }
    if (!framing->state[SKIPPING])
        *found = line_message(framing, bytes, (size_t)(end - bytes), message);
    framing->state[SKIPPING] = 0;
    return (size_t)(end - bytes) + 1;
}

/* Bytes before the message's eight digits at `at`, 0 or 1; needs two. */
static size_t prefix(const uint8_t *at)
{
    return at[0] == 'S' && at[1] >= '0' && at[1] <= '9';
}

enum { NOT_ONE, IS_ONE, CUT };

/* Is there a whole message here: a time, a type of known length, its fields?  CUT: more bytes
 * would tell. */
static int looks_whole(const uint8_t *at, size_t length)
{
    struct tf_text_fields fields;
    if (at[0] < '0' || at[0] > '9')
        return NOT_ONE;
    if (length < HEADER)
        return CUT;
    size_t size = tf_pitch_text_lengths[at[TEXT_TYPE]];
    if (!size || !has_time(at))
        return NOT_ONE;
    if (length < size)
        return CUT;
    return tf_pitch_text_parse(at, &fields) ? NOT_ONE : IS_ONE;
}

/* What is no message of known length: up to the next that is.  0: more bytes are wanted. */
static size_t skip_unknown(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                           struct tf_venue_message *message, bool *found)
{
    size_t begin = prefix(bytes), at = begin + 1;
    int here = NOT_ONE;
    while (at < TF_PITCH_LINE_MAX && at < length &&
           (here = looks_whole(bytes + at, length - at)) == NOT_ONE)
        at++;
    if (here == CUT || (here == NOT_ONE && at < TF_PITCH_LINE_MAX))
        return 0;
    size_t end = at - (here == IS_ONE && at > begin + 1 && bytes[at - 1] == 'S');
    *found = here == IS_ONE && end - begin >= HEADER && has_time(bytes + begin);
    if (*found)
        *message = message_of(framing, bytes + begin, end - begin);
    else
        framing->flaws++;
    return end;
}

static size_t next_of_stream(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                             struct tf_venue_message *message, bool *found)
{
    *found = false;
    if (length && is_line_end(bytes[0]))
        return 1;
    if (length < 1 + HEADER)
        return 0;
    size_t begin = prefix(bytes), size;
    if (!has_time(bytes + begin) || !(size = tf_pitch_text_lengths[bytes[begin + TEXT_TYPE]]))
        return skip_unknown(framing, bytes, length, message, found);
    if (length < begin + size)
        return 0;
    *found = true;
    *message = message_of(framing, bytes + begin, size);
    return begin + size;
}

/*
 * A stream if the first message is of a known type and another follows without a line end; else
 * lines, if a line end is near.  False: more bytes are wanted.
 */
static bool settle(struct tf_framing *framing, const uint8_t *bytes, size_t length)
{
    if (length < 1 + HEADER)
        return false;
    size_t begin = prefix(bytes);
    size_t size = has_time(bytes + begin) ? tf_pitch_text_lengths[bytes[begin + TEXT_TYPE]] : 0;
    /* The first message and the time of the next. */
    size_t both = begin + size + 1 + TEXT_TIME_DIGITS;
    size_t window = length < TF_PITCH_LINE_MAX ? length : TF_PITCH_LINE_MAX;
    const uint8_t *end = memchr(bytes, '\n', window), *next = bytes + begin + size;
    if (end && (!size || end < bytes + both))
        framing->state[MODE] = MODE_LINES;
    else if (size && length < both)
        return false;
    else if (size && has_time(next + prefix(next)))
        framing->state[MODE] = MODE_STREAM;
    else if (end)
        framing->state[MODE] = MODE_LINES;
    else if (window == TF_PITCH_LINE_MAX)
        framing->state[MODE] = MODE_STREAM;
    return framing->state[MODE] != MODE_UNKNOWN;
}

static uint32_t find(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                     struct tf_venue_message *messages, uint32_t most, size_t *consumed)
{
    uint32_t count = 0;
    size_t at = 0, step = 1;
    if (framing->state[MODE] == MODE_UNKNOWN && !settle(framing, bytes, length)) {
        *consumed = 0;
        return 0;
    }
    bool lines = framing->state[MODE] == MODE_LINES;
    while (count < most && step) {
        bool found;
        step = lines
                   ? next_line(framing, bytes + at, length - at, &messages[count], &found)
                   : next_of_stream(framing, bytes + at, length - at, &messages[count], &found);
        at += step;
        count += step && found;
    }
    *consumed = at;
    return count;
}

static bool last(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                 struct tf_venue_message *message)
{
    if (framing->state[MODE] == MODE_STREAM || framing->state[SKIPPING] || length < 1 + HEADER)
        return false;
    /* All of it, but for the line end: else the file was cut inside it. */
    size_t begin = prefix(bytes), size = tf_pitch_text_lengths[bytes[begin + TEXT_TYPE]];
    if (!size || length < begin + size)
        return false;
    return line_message(framing, bytes, length, message);
}

const struct tf_framing_ops tf_pitch_text = {
    .name = "PITCH text",
    .frame_max = TF_PITCH_LINE_MAX + LONGEST, /* what tells that none begins in a window */
    .find = find,
    .last = last,
};
