/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a recording, most like a capture: format told by content, decoded, rewound, decoded again. */
#include "bytes.h"
#include "memory_file.h"
#include "random.h"
#include "recording.h"

/* ---- good captures: a day in MoldUDP64 over two lines, in either container ---------------------- */

struct maker {
    uint8_t *out;
    size_t length, room;
    bool nanoseconds, pcapng;
};

static void put(struct maker *maker, const void *bytes, size_t length)
{
    MUST(maker->length + length <= maker->room);
    memcpy(maker->out + maker->length, bytes, length);
    maker->length += length;
}

static void put32(struct maker *maker, uint32_t value)
{
    put(maker, &value, 4);
}

static void begin(struct maker *maker)
{
    static const uint8_t section[] = {0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 0x4D, 0x3C,
                                      0x2B, 0x1A, 1,    0,    0,  0, 0xFF, 0xFF, 0xFF, 0xFF,
                                      0xFF, 0xFF, 0xFF, 0xFF, 28, 0, 0, 0};
    static const uint8_t interface[] = {1, 0, 0, 0, 20, 0, 0, 0, 1, 0,
                                        0, 0, 0, 0, 4,  0, 20, 0, 0, 0};
    if (maker->pcapng) {
        put(maker, section, sizeof section);
        put(maker, interface, sizeof interface);
        return;
    }
    put32(maker, maker->nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
    put32(maker, 0x00040002);
    put32(maker, 0);
    put32(maker, 0);
    put32(maker, 262144);
    put32(maker, 1);
}

/* A frame with this payload, to line A or B. */
static void add(struct maker *maker, const uint8_t *payload, size_t length, unsigned line,
                uint32_t when)
{
    static const uint8_t zeros[4];
    uint8_t head[14 + 20 + 8] = {[12] = 8, [14] = 0x45, [14 + 9] = 17};
    uint32_t frame = (uint32_t)(sizeof head + length), padding = (4 - frame % 4) % 4;
    tf_put_be16(head + 16, (uint16_t)(28 + length));
    tf_put_be32(head + 30, 0xE9360C01 + line);
    tf_put_be16(head + 36, (uint16_t)(26400 + line));
    tf_put_be16(head + 38, (uint16_t)(8 + length));
    if (maker->pcapng) {
        uint32_t block[] = {6, 32 + frame + padding, 0, 0, when, frame, frame};
        put(maker, block, sizeof block);
    } else {
        uint32_t record[] = {when / 1000000, when % 1000000, frame, frame};
        put(maker, record, sizeof record);
    }
    put(maker, head, sizeof head);
    put(maker, payload, length);
    if (maker->pcapng) {
        put(maker, zeros, padding);
        put32(maker, 32 + frame + padding);
    }
}

/* Some packets are lost on one line, on the other or on both, or come twice. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    static uint8_t day[24 * 1024], packet[1500];
    struct tf_random random;
    struct maker maker = {
        .out = out, .room = room, .nanoseconds = which & 1, .pcapng = which & 2};
    size_t day_length = small_day(which % 300, day, sizeof day);
    uint64_t sequence = 1;
    tf_random_seed(&random, which);
    begin(&maker);
    memcpy(packet, "000010059B", 10);
    for (size_t at = 0; at < day_length;) {
        size_t length = 20;
        uint16_t count = 0;
        while (at + 2 <= day_length && count < 8) {
            size_t frame = 2u + tf_be16(day + at);
            if (frame == 2 || at + frame > day_length) {
                at = day_length;
                break;
            }
            memcpy(packet + length, day + at, frame);
            length += frame;
            at += frame;
            count++;
        }
        tf_put_be64(packet + 10, sequence);
        tf_put_be16(packet + 18, count);
        for (unsigned line = 0; line < 2; line++)
            for (unsigned copy = 0; copy < tf_random_below(&random, 8) / 3; copy++)
                add(&maker, packet, length, line, (uint32_t)sequence * 20000);
        sequence += count;
    }
    return maker.length;
}

/* ---- what must hold ----------------------------------------------------------------------------- */

struct pass {
    uint64_t messages, ticks, gaps, sum;
    ptrdiff_t end;
};

static struct pass read_all(struct tf_recording *recording)
{
    enum { ENOUGH = 1 << 20 };
    static struct tf_tick ticks[TF_SINK_MIN];
    struct tf_sink sink = {.ticks = ticks, .capacity = TF_SINK_MIN};
    struct pass pass = {0};
    do {
        sink.count = 0;
        pass.end = tf_recording_next(recording, 1 + (uint32_t)(pass.messages % 97), &sink);
        MUST(sink.count <= sink.capacity);
        pass.messages += pass.end > 0 ? (uint64_t)pass.end : 0;
        pass.ticks += sink.count;
        for (uint32_t i = 0; i < sink.count; i++) {
            const struct tf_tick *tick = &ticks[i];
            MUST(tick->seq == 0 && tick->ts_pub == 0);
            pass.sum = pass.sum * 31 + tick->order_id + tick->size;
            if (tick->rtype != TF_RTYPE_GAP)
                continue;
            pass.gaps++;
            MUST(tick->gap_first <= tick->gap_last);
        }
    } while (pass.end > 0 && pass.messages < ENOUGH);
    MUST(pass.end >= 0 || pass.end == TF_EDATA);
    return pass;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    char path[32];
    int fd = memory_file(bytes, length, path), error = 0;
    struct tf_recording_options options = {
        .decoder.node = -1, .decoder.tally = length & 1, .lines = length & 2};
    struct tf_recording *recording = tf_recording_open(path, &options, &error);
    MUST(recording || error == TF_EDATA);
    if (recording) {
        struct pass first = read_all(recording);
        MUST(tf_recording_rewind(recording) == 0);
        struct pass second = read_all(recording);
        MUST(first.messages == second.messages && first.ticks == second.ticks &&
             first.gaps == second.gaps && first.sum == second.sum && first.end == second.end);
        tf_recording_close(recording);
    }
    close(fd);
    return 0;
}
