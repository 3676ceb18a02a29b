/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_race - one writer thread and several reader threads on a small ring, as fast as they
 * can.
 *
 *   ring_race [TICKS [READERS [SEED]]]        exit 0 or 1
 *
 * Every tick is checked word by word and every sequence is accounted for.  Readers dawdle, now
 * between reads and now in the middle of one, until the writer has got ahead by some ticks:
 * waiting for progress and never for time, so that overruns of both kinds come on any machine.
 * A program of its own because Criterion's worker processes abort under the thread sanitizer.
 */
#include "payload.h"

#include <pthread.h>
#include <signal.h>
#include <stdalign.h>

enum { READERS_MAX = 16, ROUNDS_MIN = 3, ROUNDS_MAX = 30 };

struct ring {
    struct tf_slot slots[RACE_SLOTS];
    alignas(TF_SPACING) tf_word head;
    alignas(TF_SPACING)
        tf_word written; /* the test's own, so that readers can wait for the writer */
    uint64_t total;
    uint64_t seed;
};

struct reader {
    pthread_t thread;
    struct tf_cursor cursor;
    uint64_t random;
    bool peeks;
    uint64_t wait_until; /* while a tick is in use: the writer's tick to wait for */
};

static struct ring ring;
static struct reader reader[READERS_MAX];

/* The writer, in batches of 1 to 64, some streamed, pausing now and then so that readers catch up and poll. */
static void write_ticks(unsigned readers)
{
    uint64_t random = ring.seed;
    for (uint64_t seq = 1; seq <= ring.total;) {
        uint64_t count = 1 + race_below(&random, race_below(&random, 4) ? 4 : RACE_BATCH_MAX);
        if (count > ring.total - seq + 1)
            count = ring.total - seq + 1;
        payload_write(ring.slots, &ring.head, seq, (uint32_t)count, 1,
                      race_below(&random, 4) == 0);
        seq += count;
        tf_store_release(&ring.written, seq - 1);
        if (race_below(&random, 64) == 0)
            sched_yield();
        if (race_below(&random, 128) == 0)
            pthread_kill(reader[race_below(&random, readers)].thread, SIGUSR1);
    }
}

static void wait_for(uint64_t seq)
{
    if (seq > ring.total)
        seq = ring.total;
    while (tf_load(&ring.written) < seq)
        sched_yield();
}

/* A signal finds the reader anywhere, in the middle of tf_cursor_read() too: a lap passes
 * meanwhile. */
static void interrupted(int signal)
{
    (void)signal;
    wait_for(tf_load(&ring.written) + RACE_SLOTS);
}

/* Called with a tick half read. */
static void dawdle(void *context)
{
    const struct reader *self = context;
    wait_for(self->wait_until);
}

static int read_some(struct reader *self, struct tf_tick *out)
{
    struct tf_cursor *cursor = &self->cursor;
    /* One read in 256 is slow by up to two laps. */
    bool slow = race_below(&self->random, 256) == 0;
    uint64_t until = cursor->next + race_below(&self->random, 2 * RACE_SLOTS);
    if (self->peeks) {
        self->wait_until = slow ? until : 0;
        return race_peek(cursor, out, dawdle, self);
    }
    if (slow)
        wait_for(until);
    return tf_cursor_read(cursor, out, 1 + (int)race_below(&self->random, RACE_SLOTS));
}

static void *read_ticks(void *context)
{
    struct reader *self = context;
    struct tf_cursor *cursor = &self->cursor;
    const uint64_t start = cursor->next;
    uint64_t ticks = 0, lost = 0, overruns = 0;
    while (cursor->next <= ring.total) {
        struct tf_tick out[RACE_SLOTS];
        const uint64_t wanted = cursor->next;
        int got = read_some(self, out);
        if (got == TF_OVERRUN) {
            if (cursor->next <= wanted)
                race_fail("an overrun went backwards", wanted, cursor->next);
            lost += cursor->next - wanted;
            overruns++;
        } else if (got == 0) {
            sched_yield();
        } else {
            for (int i = 0; i < got; i++)
                payload_check(&out[i], wanted + (uint64_t)i);
            ticks += (uint64_t)got;
        }
        if (got >= 0 && cursor->next != wanted + (uint64_t)got)
            race_fail("the cursor is not behind what was read", wanted, cursor->next);
    }
    if (cursor->next != ring.total + 1)
        race_fail("read beyond the last tick", ring.total, cursor->next);
    if (cursor->ticks != ticks || cursor->lost != lost || cursor->next - start != ticks + lost)
        race_fail("ticks and losses do not add up", cursor->next, ticks + lost);
    if (cursor->overrun_polling + cursor->overrun_reading != overruns)
        race_fail("overruns do not add up", cursor->next, overruns);
    return 0;
}

struct totals {
    uint64_t ticks, lost, polling, copying, peeking;
};

static void race_round(uint64_t ticks, unsigned readers, uint64_t seed, struct totals *totals)
{
    ring = (struct ring){.total = ticks, .seed = seed};
    tf_ring_prepare(ring.slots, RACE_SLOTS - 1, 1);
    for (unsigned i = 0; i < readers; i++) {
        reader[i] = (struct reader){
            .cursor = {.slots = ring.slots,
                       .mask = RACE_SLOTS - 1,
                       .head = &ring.head,
                       .next = 1},
            .random = seed + 1 + i,
            .peeks = i % 2 == 1,
        };
        if (pthread_create(&reader[i].thread, 0, read_ticks, &reader[i]))
            race_fail("pthread_create", 0, 0);
    }
    write_ticks(readers);
    for (unsigned i = 0; i < readers; i++) {
        pthread_join(reader[i].thread, 0);
        const struct tf_cursor *cursor = &reader[i].cursor;
        totals->ticks += cursor->ticks;
        totals->lost += cursor->lost;
        totals->polling += cursor->overrun_polling;
        *(reader[i].peeks ? &totals->peeking : &totals->copying) += cursor->overrun_reading;
    }
}

int main(int argc, char **argv)
{
    uint64_t ticks = argc > 1 ? strtoull(argv[1], 0, 0) : 1000000;
    uint64_t readers = argc > 2 ? strtoull(argv[2], 0, 0) : 4;
    uint64_t seed = argc > 3 ? strtoull(argv[3], 0, 0) : 1;
    if (ticks < 4 * RACE_SLOTS || readers < 2 || readers > READERS_MAX) {
        fprintf(
            stderr,
            "usage: ring_race [TICKS [READERS [SEED]]], at least %d ticks, 2 to %d readers\n",
            4 * RACE_SLOTS, READERS_MAX);
        return 64;
    }
    struct sigaction action = {.sa_handler = interrupted, .sa_flags = SA_RESTART};
    if (sigaction(SIGUSR1, &action, 0))
        race_fail("sigaction", 0, 0);
    struct totals totals = {0};
    unsigned rounds = 0;
    do
        race_round(ticks, (unsigned)readers, seed + rounds++ * 1000, &totals);
    while (rounds < ROUNDS_MIN ||
           (rounds < ROUNDS_MAX && !(totals.polling && totals.copying + totals.peeking)));
    if (!totals.polling || !(totals.copying + totals.peeking)) {
        fprintf(stderr, "not ok: %u rounds without overruns of both kinds\n", rounds);
        return 1;
    }
    printf("ok ring_race: %u rounds, %" PRIu64 " ticks read, %" PRIu64
           " lost; overruns: %" PRIu64 " polling, %" PRIu64 " copying, %" PRIu64 " in place\n",
           rounds, totals.ticks, totals.lost, totals.polling, totals.copying, totals.peeking);
    return 0;
}
