/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to packets on a line out, what the ledger says, what the server answers. */
#include "bytes.h"
#include "error.h"
#include "send.h"
#include "send_ledger.h"
#include "send_line.h"
#include "send_store.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PACKETS = 20000 };

/* ---- a line without a wire: packet i holds the number i -------------------------------------- */

static struct tf_send_line line;
static uint32_t arrived[3 * PACKETS];
static uint32_t arrived_count;

static void taken(void *context, const uint8_t *bytes, uint32_t length)
{
    (void)context;
    cr_assert_eq(length, 4);
    arrived[arrived_count++] = tf_be32(bytes);
}

static void open_line(struct tf_send_line_options options)
{
    arrived_count = 0;
    cr_assert_eq(tf_send_line_open(&line, &options), 0);
    line.taken = taken;
}

static bool put(uint32_t number, bool spared, uint64_t now)
{
    uint8_t bytes[4];
    tf_put_be32(bytes, number);
    return tf_send_line_put(&line, bytes, sizeof bytes, spared, now);
}

Test(send_line, without_damage_is_the_identity)
{
    open_line((struct tf_send_line_options){.seed = 1});
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert(put(i, false, 0));
    cr_assert_eq(arrived_count, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(arrived[i], i);
    tf_send_line_close(&line);
}

Test(send_line, loses_what_it_says_and_nothing_else)
{
    static bool kept[PACKETS];
    open_line((struct tf_send_line_options){.loss = UINT32_MAX / 5, .seed = 7});
    uint32_t lost = 0;
    for (uint32_t i = 0; i < PACKETS; i++)
        lost += !(kept[i] = put(i, false, 0));
    cr_assert_eq(line.dropped, lost);
    cr_assert(lost > PACKETS / 5 - 400 && lost < PACKETS / 5 + 400, "%u lost", lost);
    uint32_t at = 0;
    for (uint32_t i = 0; i < PACKETS; i++)
        if (kept[i])
            cr_assert_eq(arrived[at++], i);
    cr_assert_eq(at, arrived_count);
    tf_send_line_close(&line);
}

Test(send_line, displaces_by_the_bound_at_most_and_does)
{
    enum { BOUND = 5 };
    open_line((struct tf_send_line_options){.displace = BOUND, .seed = 3});
    for (uint32_t i = 0; i < PACKETS; i++)
        put(i, false, 0);
    tf_send_line_move(&line, 0, true);
    cr_assert_eq(arrived_count, PACKETS);
    static bool seen[PACKETS];
    uint32_t most = 0, backward = 0;
    for (uint32_t i = 0; i < PACKETS; i++) {
        cr_assert_not(seen[arrived[i]]);
        seen[arrived[i]] = true;
        uint32_t back = 0; /* later ones that were overtaken by none: passed this packet */
        for (uint32_t k = i; k-- > 0 && i - k <= 2 * BOUND + 2;)
            back += arrived[k] > arrived[i];
        most = back > most ? back : most;
        backward += back > 0;
    }
    cr_assert_eq(most, BOUND);
    /* One that its neighbour is held back with keeps its place. */
    cr_assert_leq(backward, line.displaced);
    cr_assert_gt(backward, line.displaced * 3 / 4);
    tf_send_line_close(&line);
}

Test(send_line, doubles_without_losing)
{
    open_line((struct tf_send_line_options){.duplicate = UINT32_MAX / 50, .seed = 3});
    for (uint32_t i = 0; i < PACKETS; i++)
        cr_assert(put(i, false, 0));
    cr_assert_eq(arrived_count, PACKETS + line.duplicated);
    cr_assert_gt(line.duplicated, PACKETS / 100);
    tf_send_line_close(&line);
}

Test(send_line, is_late_by_its_lag)
{
    open_line((struct tf_send_line_options){.lag_ns = 100, .seed = 3});
    put(0, false, 1000);
    put(1, true, 1050); /* spared packets keep their place */
    cr_assert_eq(arrived_count, 0);
    cr_assert_eq(tf_send_line_due(&line), 1100);
    tf_send_line_move(&line, 1099, false);
    cr_assert_eq(arrived_count, 0);
    tf_send_line_move(&line, 1100, false);
    cr_assert_eq(arrived_count, 1);
    tf_send_line_move(&line, 1150, false);
    cr_assert_eq(arrived_count, 2);
    cr_assert_eq(tf_send_line_due(&line), UINT64_MAX);
    tf_send_line_close(&line);
}

Test(send_line, the_same_seed_is_the_same_fate_and_one_option_leaves_the_others_alone)
{
    static bool first[PACKETS];
    open_line((struct tf_send_line_options){.loss = UINT32_MAX / 10, .seed = 42});
    for (uint32_t i = 0; i < PACKETS; i++)
        first[i] = put(i, false, 0);
    tf_send_line_close(&line);
    open_line((struct tf_send_line_options){
        .loss = UINT32_MAX / 10, .duplicate = UINT32_MAX / 10, .lag_ns = 5, .seed = 42});
    for (uint32_t i = 0; i < PACKETS; i++)
        cr_assert_eq(put(i, false, i), first[i]);
    tf_send_line_close(&line);
}

Test(send_line, spares_heartbeats)
{
    open_line((struct tf_send_line_options){.loss = UINT32_MAX, .displace = 3, .seed = 1});
    for (uint32_t i = 0; i < 100; i++) {
        cr_assert_not(put(i, false, 0));
        cr_assert(put(1000 + i, true, 0));
    }
    cr_assert_eq(arrived_count, 100);
    tf_send_line_close(&line);
}

/* ---- the ledger ------------------------------------------------------------------------------ */

Test(send_ledger, joins_what_touches)
{
    struct tf_ledger ledger = {0};
    tf_ledger_note(&ledger, 1, 3);
    tf_ledger_note(&ledger, 4, 4);
    tf_ledger_note(&ledger, 6, 9);
    cr_assert_eq(ledger.count, 2);
    cr_assert_eq(ledger.ranges[0].first, 1);
    cr_assert_eq(ledger.ranges[0].last, 4);
    cr_assert_eq(ledger.ranges[1].first, 6);
    cr_assert_eq(ledger.total, 8);
    tf_ledger_free(&ledger);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A capture of one CME feed: of each packet nothing but its header, a number and a time. */
static void write_capture(FILE *file, const uint32_t *numbers, uint32_t count)
{
    static const uint32_t head[6] = {0xA1B2C3D4, 0x00040002, 0, 0, 65535, 1};
    fwrite(head, sizeof head, 1, file);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t frame[54] = {[12] = 8, [14] = 0x45, [17] = 40, [22] = 9, [23] = 17};
        uint32_t record[4] = {1000 + i, 0, sizeof frame, sizeof frame};
        tf_put_be32(frame + 26, 0x0A000001);
        tf_put_be32(frame + 30, 0xE0001F01);
        tf_put_be16(frame + 36, 14310);
        tf_put_be16(frame + 38, 8 + 12);
        tf_put_le32(frame + 42, numbers[i]);
        tf_put_le64(frame + 46, 1000 + i);
        fwrite(record, sizeof record, 1, file);
        fwrite(frame, sizeof frame, 1, file);
    }
}

Test(send, the_next_number_is_behind_the_highest)
{
    static const uint32_t numbers[] = {1, 2, 5, 3, 4};
    static struct tf_send send;
    char path[] = "/tmp/send_test.XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    cr_assert(file);
    write_capture(file, numbers, 5);
    fclose(file);
    struct tf_send_args args = {
        .input = {.path = path, .format = "cme_mdp3"}, .seed = 1, .quiet = true};
    cr_assert_eq(tf_send_open(&send, &args), 0, "%s", tf_errmsg());
    cr_assert_eq(tf_send_run(&send), 0, "%s", tf_errmsg());
    cr_assert_eq(send.packets, 5);
    cr_assert_eq(send.channel_count, 1);
    cr_assert_eq(send.channels[0].first, 1);
    cr_assert_eq(send.channels[0].next, 6);
    tf_send_close(&send);
    unlink(path);
}

/* ---- the server ------------------------------------------------------------------------------ */

static const uint8_t session[10] = {'S', 'E', 'S', 'S', 'I', 'O', 'N', ' ', ' ', '1'};

/* Message n is n % 50 times the byte n. */
static void add(struct tf_send_store *store, uint64_t first, uint16_t count)
{
    static uint8_t bytes[65536];
    uint32_t used = TF_MOLDUDP64_HEADER;
    tf_moldudp64_header_put(session, first, count, bytes);
    for (uint64_t n = first; n < first + count; n++) {
        uint16_t length = (uint16_t)(n % 50);
        tf_put_be16(bytes + used, length);
        memset(bytes + used + 2, (int)(n & 0xFF), length);
        used += 2u + length;
    }
    struct tf_segment segment;
    cr_assert(
        tf_moldudp64.parse(&(struct tf_packet){.bytes = bytes, .length = used}, &segment));
    cr_assert(tf_send_store_add(store, &segment));
}

/* How many messages came back, each looked at; the first must be `first`. */
static uint32_t ask(struct tf_send_store *store, uint64_t first, uint16_t count, uint32_t room)
{
    uint8_t request[TF_MOLDUDP64_HEADER], answer[65507];
    tf_moldudp64_header_put(session, first, count, request);
    uint32_t length = tf_send_store_answer(store, request, sizeof request, answer, room);
    if (!length)
        return 0;
    cr_assert_leq(length, room);
    struct tf_segment segment;
    cr_assert(
        tf_moldudp64.parse(&(struct tf_packet){.bytes = answer, .length = length}, &segment));
    cr_assert_eq(segment.sequence, first);
    cr_assert_eq(memcmp(segment.key, session, sizeof session), 0);
    struct tf_venue_message message;
    uint32_t at = 0;
    for (uint32_t i = 0; i < segment.units; i++) {
        cr_assert(tf_moldudp64.next(&segment, &at, &message));
        cr_assert_eq(message.length, (first + i) % 50);
        for (uint32_t k = 0; k < message.length; k++)
            cr_assert_eq(message.bytes[k], (first + i) & 0xFF);
    }
    cr_assert_eq(at, segment.body_length);
    return segment.units;
}

Test(send_store, answers_with_what_it_has)
{
    struct tf_send_store *store = tf_send_store_open(1 << 30);
    add(store, 1, 10);
    add(store, 11, 5);
    cr_assert_eq(ask(store, 1, 3, 1400), 3);
    cr_assert_eq(ask(store, 9, 4, 1400), 4, "over the edge of two packets");
    cr_assert_eq(ask(store, 15, 100, 1400), 1, "no more than there is");
    cr_assert_eq(ask(store, 16, 1, 1400), 0, "not sent yet");
    cr_assert_eq(ask(store, 0, 1, 1400), 0);
    cr_assert_eq(ask(store, UINT64_MAX, 0xFFFE, 1400), 0);
    cr_assert_eq(ask(store, 10, 6, TF_MOLDUDP64_HEADER + 12 + 13), 2, "no more than fits");
    cr_assert_eq(ask(store, 10, 1, TF_MOLDUDP64_HEADER + 11), 0, "not even one fits");
    cr_assert_eq(tf_send_store_counts(store)->absent, 4);
    cr_assert_eq(tf_send_store_counts(store)->answers, 4);
    tf_send_store_close(store);
}

Test(send_store, what_comes_again_changes_nothing_and_holes_stay_holes)
{
    struct tf_send_store *store = tf_send_store_open(1 << 30);
    add(store, 1, 10);
    add(store, 5, 10); /* 11 to 14 are new */
    add(store, 20, 5);
    cr_assert_eq(ask(store, 1, 100, 1400), 14);
    cr_assert_eq(ask(store, 17, 1, 1400), 0);
    cr_assert_eq(ask(store, 20, 100, 1400), 5);
    tf_send_store_close(store);
}

Test(send_store, finds_everything_in_many_pieces)
{
    struct tf_send_store *store = tf_send_store_open(1 << 30);
    enum { MESSAGES = 100000 };
    for (uint64_t n = 1; n <= MESSAGES; n += 20)
        add(store, n, 20);
    for (uint64_t n = 1; n <= MESSAGES;) {
        uint32_t got = ask(store, n, 0xFFFE, 1400);
        cr_assert_gt(got, 0, "at %d", (int)n);
        n += got;
    }
    cr_assert_eq(tf_send_store_counts(store)->messages, MESSAGES);
    tf_send_store_close(store);
}

Test(send_store, forgets_the_oldest_beyond_its_limit)
{
    struct tf_send_store *store = tf_send_store_open(1 << 20);
    for (uint64_t n = 1; n <= 200000; n += 20)
        add(store, n, 20);
    cr_assert_eq(ask(store, 1, 10, 1400), 0);
    cr_assert_eq(ask(store, 199991, 10, 1400), 10);
    tf_send_store_close(store);
}

Test(send_store, what_is_no_request_gets_no_answer)
{
    struct tf_send_store *store = tf_send_store_open(1 << 20);
    uint8_t request[64] = {0}, answer[1400];
    add(store, 1, 10);
    tf_moldudp64_header_put(session, 1, 1, request);
    for (uint32_t length = 0; length < sizeof request; length++)
        if (length != TF_MOLDUDP64_HEADER)
            cr_assert_eq(tf_send_store_answer(store, request, length, answer, 1400), 0);
    tf_moldudp64_header_put(session, 1, 0, request);
    cr_assert_eq(tf_send_store_answer(store, request, 20, answer, 1400), 0);
    tf_moldudp64_header_put(session, 1, TF_MOLDUDP64_END, request);
    cr_assert_eq(tf_send_store_answer(store, request, 20, answer, 1400), 0);
    cr_assert_eq(tf_send_store_counts(store)->malformed, 65);
    tf_moldudp64_header_put((const uint8_t *)"ANOTHERONE", 1, 1, request);
    cr_assert_eq(tf_send_store_answer(store, request, 20, answer, 1400), 0);
    cr_assert_eq(tf_send_store_counts(store)->unknown, 1);
    tf_send_store_close(store);
}
