/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill_loop [ITERATIONS [SEED [sysv|file]]]: kill -9, over and over, at random instants.
 *
 *   driver ── starts ──> publisher, as fast as it can, rings on nodes 0,0
 *      │                 readers 0 .. 5, three on each ring, each a witness (fixture.h)
 *      └── each turn kills one of them, waits until it is gone and starts it anew
 *
 * Reader 0 and 1 are never killed: they live through every restart without attaching again.
 * At the end the publisher ends the stream, and for every reader what it read and what it was
 * told it lost adds up to the last tick; both rings hold the same; nothing is left.
 * Prints one line of JSON; exit status 0 when all held.
 */
#include "clock.h"
#include "fixture.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { READERS = 6, SPARED = 2, RINGS = 2 };

/* Words of the board. */
enum {
    LAST_SEQ,
    MAY_END,
    MAY_CLOSE,
    PUBLISHER_STARTS,
    READER_AT
}; /* then PER_READER words for each */
enum { R_START, R_TICKS, R_LOST, R_EPOCHS, R_LAST_EPOCH, R_END, R_ATTACHED, PER_READER };

static const enum tf_wait_mode waits[READERS] = {TF_WAIT_BACKOFF, TF_WAIT_BLOCK,
                                                 TF_WAIT_BLOCK,   TF_WAIT_BACKOFF,
                                                 TF_WAIT_PAUSE,   TF_WAIT_BACKOFF};
static enum tf_backing backing = TF_BACKING_SYSV;
static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state >> 11) % limit;
}

static tf_word *reader_word(int reader, int word)
{
    return &board()[READER_AT + reader * PER_READER + word];
}

/* ---- the publisher ---------------------------------------------------------------------- */

static void publisher_main(void *context)
{
    (void)context;
    struct tf_publisher_options options = two_rings(backing);
    options.capacity = 8192;
    options.readers = READERS + 4; /* slots of the dead must come back */
    tf_publisher *publisher = must_create(&options);
    random_state = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15) | 1;
    while (!tf_load(&board()[MAY_END])) {
        /* Floods that overrun every reader, and bursts that none misses. */
        uint64_t burst = random_below(16) == 0 ? 20000 : 1 + random_below(100);
        publish(publisher, burst);
        if (random_below(8) == 0)
            usleep((useconds_t)random_below(200));
    }
    tf_publisher_end(publisher);
    tf_store_release(&board()[LAST_SEQ], tf_publisher_seq(publisher));
    WAIT_UNTIL(tf_load_acquire(&board()[MAY_CLOSE]));
    tf_publisher_close(publisher);
}

/* ---- the readers ------------------------------------------------------------------------ */

static void reader_main(void *context)
{
    int index = (int)(intptr_t)context;
    struct tf_attach_options options = TF_ATTACH_OPTIONS_INIT;
    struct tf_stream_info info;
    struct witness witness;
    tf_reader *reader;
    options.ring = index % RINGS;
    options.wait = waits[index];
    options.from = index < SPARED ? TF_FROM_SEQUENCE : TF_FROM_OLDEST;
    options.from_seq = 1;
    int error = tf_attach(NULL, &options, &reader);
    REQUIRE(error == 0, "reader %d: %s", index, tf_errmsg());
    tf_get_info(reader, &info);
    REQUIRE(info.roster_slot >= 0, "reader %d found no slot: those of the dead are not freed",
            index);
    witness_begin(&witness, reader);
    tf_store(reader_word(index, R_START), witness.start);
    tf_store_release(reader_word(index, R_ATTACHED), 1);
    for (;;) {
        witness_drain(&witness);
        int state = tf_wait(reader, -1);
        if (state == TF_ENDED)
            break;
        REQUIRE(state == 1 || state == TF_DEAD, "reader %d: tf_wait returned %d", index, state);
    }
    tf_store(reader_word(index, R_TICKS), witness.ticks);
    tf_store(reader_word(index, R_LOST), witness.lost);
    tf_store(reader_word(index, R_EPOCHS), witness.epochs);
    tf_store(reader_word(index, R_LAST_EPOCH), witness.last_epoch);
    tf_store(reader_word(index, R_END), witness.ended ? witness.next : 0);
    tf_detach(reader);
}

/* ---- the driver ------------------------------------------------------------------------- */

static pid_t start_publisher(void)
{
    tf_store(&board()[PUBLISHER_STARTS], tf_load(&board()[PUBLISHER_STARTS]) + 1);
    return child_start(publisher_main, NULL);
}

static pid_t start_reader(int index)
{
    tf_store(reader_word(index, R_ATTACHED), 0);
    return child_start(reader_main, (void *)(intptr_t)index);
}

static bool stream_is_there(void)
{
    tf_reader *reader;
    int error = tf_attach(NULL, NULL, &reader);
    REQUIRE(error == 0 || error == TF_ENOSTREAM, "%s", tf_errmsg());
    tf_detach(reader);
    return error == 0;
}

/* Half of the kills come soon: into attaching, resuming, announcing. */
static void let_pass(void)
{
    usleep((useconds_t)random_below(random_below(2) ? 3000 : 25000));
}

/* The rings at the end of the stream: the same ticks. */
static uint64_t compare_rings(uint64_t last)
{
    uint64_t compared = 0;
    tf_reader *rings[RINGS];
    struct tf_tick ticks[RINGS];
    for (int i = 0; i < RINGS; i++)
        rings[i] = must_attach(TF_FROM_OLDEST, i);
    for (;;) {
        int got = tf_read(rings[0], &ticks[0], 1), other = tf_read(rings[1], &ticks[1], 1);
        REQUIRE(got == other && got >= 0, "one ring gives %d, the other %d", got, other);
        if (got == 0)
            break;
        REQUIRE(memcmp(&ticks[0], &ticks[1], sizeof ticks[0]) == 0,
                "the rings differ at %" PRIu64 ", %" PRIu64, ticks[0].seq, ticks[1].seq);
        compared++;
    }
    REQUIRE(ticks[0].seq == last, "the ring's last tick is %" PRIu64 ", not %" PRIu64,
            ticks[0].seq, last);
    for (int i = 0; i < RINGS; i++)
        tf_detach(rings[i]);
    return compared;
}

/* Every reader that is left accounts for everything from where it began to the end. */
static void check_reader(int index, int status, uint64_t last)
{
    REQUIRE(status == 0, "reader %d left with status %d", index, status);
    uint64_t start = tf_load(reader_word(index, R_START));
    uint64_t ticks = tf_load(reader_word(index, R_TICKS));
    uint64_t lost = tf_load(reader_word(index, R_LOST));
    REQUIRE(tf_load(reader_word(index, R_END)) == last + 1, "reader %d ended at %" PRIu64,
            index, tf_load(reader_word(index, R_END)));
    REQUIRE(start + ticks + lost == last + 1,
            "reader %d from %" PRIu64 ": %" PRIu64 " ticks and %" PRIu64
            " lost do not make %" PRIu64,
            index, start, ticks, lost, last);
    REQUIRE(tf_load(reader_word(index, R_LAST_EPOCH)) <= tf_load(&board()[PUBLISHER_STARTS]),
            "reader %d saw an epoch that never was", index);
}

int main(int argc, char **argv)
{
    uint64_t iterations = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (argc > 3 && strcmp(argv[3], "file") == 0)
        backing = TF_BACKING_FILE;
    setenv("TICKFAN_LOG", "error", 0);
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    board();
    world_open();
    uint64_t began = tf_monotonic_ns(), killed_publishers = 0, killed_readers = 0;

    pid_t publisher = start_publisher(), readers[READERS];
    WAIT_UNTIL(stream_is_there());
    for (int i = 0; i < READERS; i++)
        readers[i] = start_reader(i);
    for (int i = 0; i < SPARED; i++)
        WAIT_UNTIL(tf_load_acquire(reader_word(i, R_ATTACHED)));

    for (uint64_t turn = 0; turn < iterations; turn++) {
        let_pass();
        if (random_below(2)) {
            child_kill(publisher);
            publisher = start_publisher();
            killed_publishers++;
        } else {
            int victim = SPARED + (int)random_below(READERS - SPARED);
            child_kill(readers[victim]);
            readers[victim] = start_reader(victim);
            killed_readers++;
        }
    }
    for (int i = 0; i < READERS; i++)
        WAIT_UNTIL(tf_load_acquire(reader_word(i, R_ATTACHED)));
    tf_store_release(&board()[MAY_END], 1);
    WAIT_UNTIL(tf_load_acquire(&board()[LAST_SEQ]) != 0);
    uint64_t last = tf_load(&board()[LAST_SEQ]), ticks = 0, lost = 0;
    for (int i = 0; i < READERS; i++) {
        check_reader(i, child_wait(readers[i]), last);
        ticks += tf_load(reader_word(i, R_TICKS));
        lost += tf_load(reader_word(i, R_LOST));
    }
    uint64_t compared = compare_rings(last);
    tf_store_release(&board()[MAY_CLOSE], 1);
    int status = child_wait(publisher);
    REQUIRE(status == 0, "the publisher left with status %d", status);
    int left = world_left();
    printf("{\"test\":\"kill_loop\",\"backing\":\"%s\",\"iterations\":%" PRIu64
           ",\"seed\":%" PRIu64 ",\"publisher_kills\":%" PRIu64 ",\"reader_kills\":%" PRIu64
           ",\"last_seq\":%" PRIu64 ",\"epochs_seen\":%" PRIu64 ",\"last_epoch\":%" PRIu64
           ",\"ticks\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"rings_compared\":%" PRIu64
           ",\"left\":%d,\"seconds\":%.1f}\n",
           backing == TF_BACKING_FILE ? "file" : "sysv", iterations, seed, killed_publishers,
           killed_readers, last, tf_load(reader_word(0, R_EPOCHS)),
           tf_load(reader_word(0, R_LAST_EPOCH)), ticks, lost, compared, left,
           (double)(tf_monotonic_ns() - began) / 1e9);
    world_close();
    return left ? 1 : 0;
}
