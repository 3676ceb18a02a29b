/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process_race - publishers killed at any instruction, one after the other, while readers read
 * on.
 *
 *   process_race [RESTARTS [SEED]]        exit 0 or 1
 *
 * Two rings in memory shared by fork.  Each publisher has a timer that sends it SIGKILL; the
 * next one does what the stream layer does: finds the heads, catches the second ring up,
 * prepares and goes on.  It checks that nothing published was lost and that both rings hold the
 * same; two readers per ring, who are told nothing, check every tick: whole, without holes, and
 * by the publisher whose turn that seq was.  Only the first and the last publisher end by
 * themselves.
 */
#include "payload.h"

#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RINGS = 2, READERS = 4, RESTARTS_MAX = 100000, LAST_TICKS = 4 * RACE_SLOTS };
enum { PATIENCE_MIN = 7, PATIENCE_MAX = 18 }; /* powers of two, microseconds */
static const uint64_t mask = RACE_SLOTS - 1;

struct world {
    struct tf_slot slots[RINGS][RACE_SLOTS];
    alignas(TF_SPACING) tf_word head[RINGS];
    alignas(TF_SPACING) tf_word acknowledged; /* the last tick that is in both rings */
    tf_word end;                              /* the stream's last tick, once that is decided */
    tf_word caught_up;    /* times a ring lacked ticks that the other one had */
    tf_word half_written; /* times a publisher left a tick half written */
    tf_word reader_ticks, reader_lost, reader_polling, reader_reading;
    tf_word first[RESTARTS_MAX + 4]; /* first tick of each publisher, 0: not yet */
};

/* ---- publishers -------------------------------------------------------------------------- */

static void add(tf_word *word, uint64_t value)
{
    while (1) {
        uint64_t old = tf_load(word);
        if (tf_claim(word, old, old + value))
            return;
    }
}

/* SIGKILL for this process in 1 us to 2^patience us, short times as likely as long ones. */
static void arm(uint64_t *random, unsigned patience)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec when = {0};
    when.it_value.tv_nsec =
        1000 + (long)race_below(random, UINT64_C(1000) << race_below(random, patience));
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &when, 0))
        race_fail("timer_create", 0, (uint64_t)errno);
}

/* Every tick that a reader may still want is there, whole, and the same in both rings. */
static void compare_rings(struct world *world, uint64_t head)
{
    const uint64_t depth = RACE_SLOTS - 2 * TF_PREPARED_MAX;
    uint64_t oldest = head > depth ? head - depth + 1 : 1;
    for (uint64_t n = oldest; n <= head; n++) {
        struct tf_tick tick[RINGS];
        for (int ring = 0; ring < RINGS; ring++) {
            struct tf_cursor cursor = {.slots = world->slots[ring],
                                       .mask = mask,
                                       .head = &world->head[ring],
                                       .next = n};
            if (tf_cursor_read(&cursor, &tick[ring], 1) != 1)
                race_fail("a hole behind the head", n, (uint64_t)ring);
            payload_check(&tick[ring], n);
        }
        /* ts_pub too: what catches up copies it. */
        if (memcmp(&tick[0], &tick[1], sizeof tick[0]) != 0)
            race_fail("the rings differ", n, tick[1].order_id);
    }
}

/* Did one of the last publishers die between the first word of a tick and its stamp? */
static void count_half_written(struct world *world, int ring, uint64_t head,
                               uint64_t incarnation)
{
    for (uint64_t n = head + 1; n <= head + TF_WRITE_MAX; n++) {
        uint64_t word = tf_load(&world->slots[ring][n & mask].word[6]);
        for (uint64_t by = incarnation - 1; by > 0 && by + 8 > incarnation; by--)
            if (word == payload_word(n, by, 6)) {
                add(&world->half_written, 1);
                return;
            }
    }
}

/* As a publisher that resumes a stream.  Returns the head of both rings. */
static uint64_t take_over(struct world *world, uint64_t incarnation)
{
    uint64_t head[RINGS];
    for (int ring = 0; ring < RINGS; ring++)
        if (tf_ring_find_head(world->slots[ring], mask, &head[ring]))
            race_fail("tf_ring_find_head", 0, (uint64_t)ring);
    if (head[1] > head[0] || head[0] - head[1] > RACE_BATCH_MAX)
        race_fail("the second ring is not just behind the first", head[0], head[1]);
    if (head[1] < tf_load(&world->acknowledged))
        race_fail("a published tick is gone", tf_load(&world->acknowledged), head[1]);
    tf_store_release(&world->head[0], head[0]);
    for (int ring = 0; ring < RINGS; ring++)
        count_half_written(world, ring, head[ring], incarnation);
    if (head[1] < head[0]) {
        add(&world->caught_up, 1);
        tf_ring_prepare(world->slots[1], mask, head[1] + 1);
        tf_ring_catch_up(world->slots[1], world->slots[0], &world->head[0], mask, head[1] + 1,
                         head[0]);
    }
    tf_store_release(&world->head[1], head[0]);
    compare_rings(world, head[0]);
    return head[0];
}

static void publish(struct world *world, uint64_t incarnation, uint64_t *random, uint64_t head,
                    uint64_t end)
{
    const uint64_t pause = incarnation % 4 == 0 ? 1 : 32; /* some let readers catch up */
    tf_store_release(&world->first[incarnation], head + 1);
    for (int ring = 0; ring < RINGS; ring++)
        tf_ring_prepare(world->slots[ring], mask, head + 1);
    while (head < end) {
        uint64_t count = 1 + race_below(random, RACE_BATCH_MAX);
        if (count > end - head)
            count = end - head;
        bool streams = race_below(random, 4) == 0;
        for (int ring = 0; ring < RINGS; ring++)
            payload_write(world->slots[ring], &world->head[ring], head + 1, (uint32_t)count,
                          incarnation, streams);
        head += count;
        tf_store_release(&world->acknowledged, head);
        if (race_below(random, pause) == 0)
            sched_yield();
    }
}

/* A publisher that will be killed: one in four while it takes over, the others after that. */
_Noreturn static void publish_until_killed(struct world *world, uint64_t incarnation,
                                           uint64_t random, unsigned patience)
{
    const bool early = race_below(&random, 4) == 0;
    if (early)
        arm(&random, patience);
    uint64_t head = take_over(world, incarnation);
    if (!early)
        arm(&random, patience);
    publish(world, incarnation, &random, head, UINT64_MAX);
    _exit(1);
}

/* ---- readers ----------------------------------------------------------------------------- */

/* Tick n is from the publisher whose turn it was: none that came later began at n or before. */
static void check_publisher(struct world *world, uint64_t n, uint64_t incarnation)
{
    if (incarnation == 0 || incarnation > RESTARTS_MAX + 2)
        race_fail("no such publisher", n, incarnation);
    uint64_t first = tf_load_acquire(&world->first[incarnation]);
    uint64_t next = tf_load_acquire(&world->first[incarnation + 1]);
    if (first == 0 || first > n || (next != 0 && next <= n))
        race_fail("a tick by a publisher whose turn it was not", n, incarnation);
}

static void dawdle(void *context)
{
    uint64_t *random = context;
    if (race_below(random, 64) == 0)
        sched_yield();
}

static void read_ring(struct world *world, int ring, bool peeks, uint64_t random)
{
    struct tf_cursor cursor = {
        .slots = world->slots[ring], .mask = mask, .head = &world->head[ring], .next = 1};
    uint64_t incarnation = 0, end = 0;
    while (end == 0 || cursor.next <= end) {
        struct tf_tick out[RACE_SLOTS];
        const uint64_t wanted = cursor.next;
        int max = 1 + (int)race_below(&random, RACE_SLOTS);
        int got = peeks ? race_peek(&cursor, out, dawdle, &random)
                        : tf_cursor_read(&cursor, out, max);
        for (int i = 0; i < got; i++) {
            uint64_t by = payload_check(&out[i], wanted + (uint64_t)i);
            check_publisher(world, wanted + (uint64_t)i, by);
            if (by < incarnation)
                race_fail("a publisher came back", wanted + (uint64_t)i, by);
            incarnation = by;
        }
        if (got >= 0 ? cursor.next != wanted + (uint64_t)got : cursor.next <= wanted)
            race_fail("the cursor is wrong", wanted, cursor.next);
        if (got == 0) {
            end = tf_load_acquire(&world->end);
            sched_yield();
        } else if (race_below(&random, 512) == 0) {
            sched_yield();
        }
    }
    if (cursor.next != end + 1 || cursor.next - 1 != cursor.ticks + cursor.lost)
        race_fail("ticks and losses do not add up", cursor.next, cursor.ticks + cursor.lost);
    add(&world->reader_ticks, cursor.ticks);
    add(&world->reader_lost, cursor.lost);
    add(&world->reader_polling, cursor.overrun_polling);
    add(&world->reader_reading, cursor.overrun_reading);
}

/* ---- the parent -------------------------------------------------------------------------- */

/* fork; the child dies with its parent, so that a failure leaves nobody behind. */
static pid_t start(void)
{
    fflush(stdout);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        race_fail("fork", 0, (uint64_t)errno);
    if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
        _exit(1);
    return pid;
}

static int end_of(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            race_fail("waitpid", 0, (uint64_t)errno);
    return status;
}

int main(int argc, char **argv)
{
    uint64_t restarts = argc > 1 ? strtoull(argv[1], 0, 0) : 2000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], 0, 0) : 1;
    if (restarts == 0 || restarts > RESTARTS_MAX) {
        fprintf(stderr, "usage: process_race [RESTARTS [SEED]], 1 to %d restarts\n",
                RESTARTS_MAX);
        return 64;
    }
    struct world *world =
        mmap(0, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (world == MAP_FAILED)
        race_fail("mmap", 0, (uint64_t)errno);

    /* The first and the last publisher are this process: all code was run before fork. */
    uint64_t random = seed;
    publish(world, 1, &random, take_over(world, 1), LAST_TICKS);
    pid_t readers[READERS];
    for (int i = 0; i < READERS; i++) {
        readers[i] = start();
        if (readers[i] == 0) {
            read_ring(world, i % RINGS, i / RINGS == 1, seed + (uint64_t)i);
            _exit(0);
        }
    }
    /* How long a publisher needs to get anywhere differs by a thousand between machines and
     * sanitizers: find it out from how far they get. */
    unsigned patience = 8;
    for (uint64_t incarnation = 2; incarnation < restarts + 2; incarnation++) {
        const uint64_t before = tf_load(&world->acknowledged);
        uint64_t publisher_seed = race_random(&random);
        pid_t pid = start();
        if (pid == 0)
            publish_until_killed(world, incarnation, publisher_seed, patience);
        int status = end_of(pid);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            race_fail("a publisher failed", incarnation, (uint64_t)status);
        if (tf_load(&world->acknowledged) == before)
            patience += patience < PATIENCE_MAX ? 1 : 0;
        else
            patience -= patience > PATIENCE_MIN ? 1 : 0;
    }
    uint64_t head = take_over(world, restarts + 2);
    tf_store_release(&world->end, head + LAST_TICKS);
    publish(world, restarts + 2, &random, head, head + LAST_TICKS);
    for (int i = 0; i < READERS; i++)
        if (end_of(readers[i]) != 0)
            race_fail("a reader failed", 0, (uint64_t)i);
    printf("ok process_race: %" PRIu64 " publishers, %" PRIu64 " ticks; %" PRIu64
           " times half a tick left, %" PRIu64 " times a ring caught up; readers: %" PRIu64
           " ticks, %" PRIu64 " lost; overruns: %" PRIu64 " polling, %" PRIu64 " reading\n",
           restarts, tf_load(&world->acknowledged), tf_load(&world->half_written),
           tf_load(&world->caught_up), tf_load(&world->reader_ticks),
           tf_load(&world->reader_lost), tf_load(&world->reader_polling),
           tf_load(&world->reader_reading));
    return 0;
}
