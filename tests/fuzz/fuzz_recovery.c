/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as what a receiver and a re-request server hear: packets of lines, answers, requests,
 * time.  An input is a run of steps: a letter, a length of two bytes, so many bytes.
 *
 *   P  a packet of a line         A  an answer of the server
 *   R  a request to the server    T  time passes: what is missing is asked for, and answered
 */
#include "bytes.h"
#include "feed.h"
#include "itch50.h"
#include "memory_file.h"
#include "moldudp64.h"
#include "recovery.h"
#include "send_store.h"

enum { STEP_HEAD = 3, TICKS = TF_SINK_MIN, ANSWER_ROOM = 1400, MISSING = 16, IN_FLIGHT = 4 };

static const uint8_t session[TF_MOLDUDP64_SESSION] = "FUZZ000001";

/* ---- good input ------------------------------------------------------------------------------ */

static size_t put_step(uint8_t *out, char letter, const uint8_t *bytes, size_t length)
{
    out[0] = (uint8_t)letter;
    tf_put_be16(out + 1, (uint16_t)length);
    memcpy(out + STEP_HEAD, bytes, length);
    return STEP_HEAD + length;
}

/* One packet of the day's next messages, up to `most`; 0: there are none. */
static size_t pack(const uint8_t *day, size_t length, size_t *at, uint64_t *sequence,
                   unsigned most, uint8_t *packet)
{
    size_t used = TF_MOLDUDP64_HEADER;
    uint16_t count = 0;
    while (count < most && *at + 2 <= length) {
        size_t frame = 2u + tf_be16(day + *at);
        if (frame == 2 || *at + frame > length || used + frame > ANSWER_ROOM)
            break;
        memcpy(packet + used, day + *at, frame);
        used += frame;
        *at += frame;
        count++;
    }
    tf_moldudp64_header_put(session, *sequence, count, packet);
    *sequence += count;
    return count ? used : 0;
}

/* A day in packets, some of them missing, requests among them. */
size_t tf_fuzz_seed(uint64_t which, uint8_t *out, size_t room)
{
    static uint8_t day[64 * 1024];
    uint8_t packet[ANSWER_ROOM], request[TF_MOLDUDP64_HEADER];
    size_t length = small_day(which, day, sizeof day), at = 0, used = 0, size;
    uint64_t sequence = 1, number = 0;
    while ((size = pack(day, length, &at, &sequence, 1 + (unsigned)(which % 7), packet)) &&
           used + 2 * size + 64 < room) {
        number++;
        used += put_step(out + used, (which + number) % 5 ? 'P' : 'A', packet, size);
        if ((which + number) % 7 == 0)
            used += put_step(out + used, 'P', packet, size);
        if ((which ^ number) % 3 == 0)
            used += put_step(out + used, 'T', packet, 1);
        tf_moldudp64_header_put(session, 1 + number / 2, (uint16_t)number, request);
        if (number % 11 == 0)
            used += put_step(out + used, 'R', request, sizeof request);
    }
    return used;
}

/* ---- the steps ------------------------------------------------------------------------------- */

struct world {
    struct tf_feed *feed;
    struct tf_recovery *recovery;
    struct tf_send_store *store;
    uint64_t now, ticks, gaps;
};

static void drain(struct world *world)
{
    static struct tf_tick ticks[TICKS];
    struct tf_sink sink = {.ticks = ticks, .capacity = TICKS};
    do {
        sink.count = 0;
        uint32_t messages = tf_feed_next(world->feed, 64, &sink);
        MUST(sink.count <= sink.capacity);
        for (uint32_t i = 0; i < sink.count; i++) {
            bool is_gap = ticks[i].rtype == TF_RTYPE_GAP;
            MUST(!is_gap || ticks[i].gap_first <= ticks[i].gap_last);
            world->gaps += is_gap;
        }
        world->ticks += sink.count;
        if (!messages)
            break;
    } while (true);
}

static uint64_t whole_units(const struct tf_segment *segment)
{
    struct tf_venue_message message;
    uint32_t at = 0, units = 0;
    while (units < segment->units && tf_moldudp64.next(segment, &at, &message))
        units++;
    MUST(at <= segment->body_length);
    return units;
}

static void answer(struct world *world, const uint8_t *bytes, uint32_t length)
{
    struct tf_packet packet = {.bytes = bytes, .length = length, .ts_recv = world->now};
    struct tf_segment segment;
    if (tf_moldudp64.parse(&packet, &segment) && segment.kind == TF_SEGMENT_DATA &&
        !segment.unsequenced) {
        uint64_t first = segment.sequence, count = whole_units(&segment);
        uint64_t run = tf_recovery_awaited(world->recovery, 0, &first, count);
        MUST(run <= count &&
             (!run || (first >= segment.sequence && first + run <= segment.sequence + count)));
        tf_recovery_answer(world->recovery, 0, segment.sequence, count);
    }
    tf_feed_recovered(world->feed, &packet);
    drain(world);
}

static void packet(struct world *world, const uint8_t *bytes, uint32_t length)
{
    struct tf_packet one = {.bytes = bytes,
                            .length = length,
                            .ts_recv = world->now,
                            .flow = {.address = 1, .port = (uint16_t)(1 + length % 2)}};
    struct tf_segment segment;
    if (tf_moldudp64.parse(&one, &segment) && segment.kind == TF_SEGMENT_DATA)
        tf_send_store_add(world->store, &segment);
    tf_feed_packet(world->feed, &one);
    drain(world);
}

/* The store's answer, whatever was asked. */
static void request(struct world *world, const uint8_t *bytes, uint32_t length, bool use)
{
    uint8_t out[ANSWER_ROOM];
    uint32_t room = use ? ANSWER_ROOM : length * 16 % (ANSWER_ROOM + 1);
    uint32_t size = tf_send_store_answer(world->store, bytes, length, out, room);
    MUST(size <= room);
    if (!size)
        return;
    struct tf_segment segment;
    MUST(tf_moldudp64.parse(&(struct tf_packet){.bytes = out, .length = size}, &segment));
    MUST(segment.kind == TF_SEGMENT_DATA && segment.sequence == tf_be64(bytes + 10));
    MUST(segment.units <= tf_be16(bytes + 18) && whole_units(&segment) == segment.units);
    if (use)
        answer(world, out, size);
}

static void pass_time(struct world *world, uint8_t by)
{
    struct tf_missing missing[MISSING];
    struct tf_recovery_request wanted;
    world->now += 1000u * by;
    uint32_t count = tf_feed_missing(world->feed, missing, MISSING);
    for (uint32_t i = 0; i < count; i++) {
        MUST(missing[i].first <= missing[i].last);
        if (tf_recovery_want(world->recovery, 0, missing[i].first, missing[i].last,
                             world->now + 50000))
            tf_feed_asked(world->feed, &missing[i], world->now + 50000);
    }
    for (int i = 0; i < 64 && tf_recovery_next(world->recovery, world->now, &wanted); i++) {
        struct tf_moldudp64_request ask = {.sequence = wanted.sequence, .count = wanted.count};
        uint8_t bytes[TF_MOLDUDP64_HEADER];
        MUST(wanted.count > 0 && wanted.count <= TF_RECOVERY_ASK_MAX);
        memcpy(ask.session, session, sizeof session);
        tf_moldudp64_request_put(&ask, bytes);
        request(world, bytes, sizeof bytes, true);
    }
    MUST(tf_recovery_outstanding(world->recovery) <= IN_FLIGHT);
    tf_feed_time(world->feed, world->now);
    drain(world);
}

static void step(struct world *world, uint8_t letter, const uint8_t *bytes, uint32_t length)
{
    /* From a block of just its size, so that a byte too far is found. */
    uint8_t *exact = malloc(length ? length : 1);
    MUST(exact);
    if (length)
        memcpy(exact, bytes, length);
    switch (letter) {
    case 'P':
        packet(world, exact, length);
        break;
    case 'A':
        answer(world, exact, length);
        break;
    case 'R':
        request(world, exact, length, false);
        break;
    default:
        pass_time(world, length ? exact[0] : letter);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct tf_feed *feed;
    struct tf_feed_options options = {.format = &tf_format_moldudp64_itch50,
                                      .decoder.node = -1,
                                      .reorder_ns = 20000,
                                      .reorder_packets = 32};
    if (!feed)
        feed = tf_feed_open(&options);
    struct world world = {.feed = feed,
                          .recovery = tf_recovery_open(&(struct tf_recovery_options){
                              .outstanding = IN_FLIGHT, .ranges = 64, .retry_ns = 5000}),
                          .store = tf_send_store_open(1 << 20),
                          .now = 1000000};
    MUST(world.feed && world.recovery && world.store);
    tf_feed_restart(feed);
    for (size_t at = 0; at + STEP_HEAD <= length;) {
        size_t size = tf_be16(bytes + at + 1), left = length - at - STEP_HEAD;
        size = size < left ? size : left;
        step(&world, bytes[at], bytes + at + STEP_HEAD, (uint32_t)size);
        at += STEP_HEAD + size;
    }
    tf_feed_flush(feed);
    drain(&world);
    const struct tf_recovery_counts *counts = tf_recovery_counts(world.recovery);
    MUST(counts->answered + counts->given_up <= counts->asked);
    MUST(counts->repeated <= counts->requests);
    struct tf_missing missing[MISSING];
    MUST(tf_feed_missing(feed, missing, MISSING) == 0);
    tf_send_store_close(world.store);
    tf_recovery_close(world.recovery);
    return 0;
}
