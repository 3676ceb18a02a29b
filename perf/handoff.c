/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "ring.h"
#include "ring_speed.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 65536, FLOOD_BATCH = 32, READ_BATCH = 64 };
static const uint64_t every_ns = 5000; /* 200 k/s */
static const uint64_t flood_ticks = 4 * 1000 * 1000;

/* What the two processes share. */
struct bench {
    struct tf_slot slots[SLOTS];
    alignas(TF_SPACING) tf_word phase;    /* the reader is ready for phase n */
    alignas(TF_SPACING) tf_word finished; /* and has finished it */
    alignas(TF_SPACING) tf_word flood_ns, flood_got;
    struct tf_histogram latency[2]; /* in counter ticks: raw, ring */
};
enum { RAW, RING };

static bool pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

static void clear(struct bench *bench)
{
    memset(bench->slots, 0, sizeof bench->slots);
    tf_ring_prepare(bench->slots, SLOTS - 1, 1);
}

/* The least that can be done: one line with a stamp, seven stores and the stamp, no re-check. */
static void write_raw(struct bench *bench, uint64_t seq, uint64_t payload)
{
    tf_word *word = bench->slots[seq & (SLOTS - 1)].word;
    for (int i = 1; i < 8; i++)
        tf_store(&word[i], payload);
    tf_store_release(&word[0], seq);
}

static uint64_t read_raw(const struct bench *bench, uint64_t seq)
{
    const tf_word *word = bench->slots[seq & (SLOTS - 1)].word;
    while (tf_load_acquire(&word[0]) != seq)
        ;
    return tf_load(&word[4]);
}

static void write_paced(struct bench *bench, int kind, uint64_t samples, double ticks_per_ns)
{
    uint64_t step = (uint64_t)((double)every_ns * ticks_per_ns);
    uint64_t due = tf_ticks() + step;
    struct tf_tick tick = {0};
    for (uint64_t seq = 1; seq <= samples; seq++, due += step) {
        while ((int64_t)(tf_ticks() - due) < 0)
            ;
        tick.order_id = tf_ticks();
        if (kind == RAW)
            write_raw(bench, seq, tick.order_id);
        else
            tf_ring_write(bench->slots, SLOTS - 1, seq, &tick, 1, 0);
    }
}

static void read_paced(struct bench *bench, int kind, uint64_t samples)
{
    struct tf_cursor cursor = {.slots = bench->slots, .mask = SLOTS - 1, .next = 1};
    struct tf_tick tick = {0};
    for (uint64_t seq = 1; seq <= samples; seq++) {
        if (kind == RAW)
            tick.order_id = read_raw(bench, seq);
        else
            while (tf_cursor_read(&cursor, &tick, 1) != 1)
                ;
        uint64_t now = tf_ticks();
        if (seq > samples / 10) /* the first tenth warms up */
            tf_histogram_record(&bench->latency[kind],
                                now > tick.order_id ? now - tick.order_id : 0);
    }
}

static void read_flood(struct bench *bench)
{
    struct tf_cursor cursor = {.slots = bench->slots, .mask = SLOTS - 1, .next = 1};
    struct tf_tick ticks[READ_BATCH];
    uint64_t started = 0;
    while (cursor.next <= flood_ticks) {
        if (tf_cursor_read(&cursor, ticks, READ_BATCH) != 0 && !started)
            started = tf_monotonic_ns();
    }
    tf_store(&bench->flood_ns, tf_monotonic_ns() - started);
    tf_store(&bench->flood_got, cursor.ticks);
}

/* Three phases a round: raw, ring, flood; every other round begins with the ring. */
static int kind_of(uint64_t phase)
{
    uint64_t round = (phase - 1) / 3, step = (phase - 1) % 3;
    if (step == 2)
        return -1;
    return (step + round) % 2 ? RING : RAW;
}

static void reader_main(struct bench *bench, int cpu, uint64_t samples, int rounds)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!pin(cpu))
        _exit(1);
    for (uint64_t phase = 1; phase <= 3 * (uint64_t)rounds; phase++) {
        tf_store_release(&bench->phase, phase);
        if (kind_of(phase) < 0)
            read_flood(bench);
        else
            read_paced(bench, kind_of(phase), samples);
        tf_store_release(&bench->finished, phase);
        while (tf_load_acquire(&bench->phase) ==
               phase) /* until the writer has cleared the slots */
            ;
    }
    _exit(0);
}

static void flood(struct bench *bench)
{
    struct tf_tick ticks[FLOOD_BATCH] = {{0}};
    for (uint64_t seq = 1; seq <= flood_ticks; seq += FLOOD_BATCH)
        tf_ring_write(bench->slots, SLOTS - 1, seq, ticks, FLOOD_BATCH, 0);
}

static bool reader_lives(pid_t reader)
{
    return waitpid(reader, 0, WNOHANG) == 0;
}

static bool writer_main(struct bench *bench, struct tf_handoff *result, pid_t reader,
                        uint64_t samples, int rounds, double ticks_per_ns)
{
    for (uint64_t phase = 1; phase <= 3 * (uint64_t)rounds; phase++) {
        while (tf_load_acquire(&bench->phase) != phase)
            if (!reader_lives(reader))
                return false;
        if (kind_of(phase) < 0)
            flood(bench);
        else
            write_paced(bench, kind_of(phase), samples, ticks_per_ns);
        while (tf_load_acquire(&bench->finished) != phase)
            if (!reader_lives(reader))
                return false;
        if (kind_of(phase) < 0) {
            double got = (double)tf_load(&bench->flood_got);
            double rate = got / ((double)tf_load(&bench->flood_ns) / 1e9);
            if (rate > result->ring_flood) {
                result->ring_flood = rate;
                result->ring_lost = 1 - got / (double)flood_ticks;
            }
        }
        clear(bench);
        tf_store_release(&bench->phase, 0);
    }
    return true;
}

/* Bins hold counter ticks; what people read are ns. */
static void to_ns(struct tf_histogram *into, const struct tf_histogram *from,
                  double ticks_per_ns)
{
    tf_histogram_reset(into);
    for (double percent = 0.005; percent < 100; percent += 0.01)
        tf_histogram_record(
            into, (uint64_t)((double)tf_histogram_percentile(from, percent) / ticks_per_ns));
    into->max = (uint64_t)((double)from->max / ticks_per_ns);
}

bool tf_handoff_measure(struct tf_handoff *result, int writer_cpu, int reader_cpu,
                        uint64_t samples, int rounds)
{
    memset(result, 0, sizeof *result);
    struct bench *bench = mmap(0, sizeof *bench, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bench == MAP_FAILED)
        return false;
    clear(bench);
    tf_histogram_reset(&bench->latency[RAW]);
    tf_histogram_reset(&bench->latency[RING]);
    uint64_t ticks = tf_ticks(), ns = tf_monotonic_ns();
    usleep(50 * 1000);
    double ticks_per_ns = (double)(tf_ticks() - ticks) / (double)(tf_monotonic_ns() - ns);
    pid_t reader = fork();
    if (reader == 0)
        reader_main(bench, reader_cpu, samples, rounds);
    bool good = reader > 0 && pin(writer_cpu) &&
                writer_main(bench, result, reader, samples, rounds, ticks_per_ns);
    if (reader > 0 && !good)
        kill(reader, SIGKILL);
    while (reader > 0 && waitpid(reader, 0, 0) > 0)
        ;
    to_ns(&result->raw, &bench->latency[RAW], ticks_per_ns);
    to_ns(&result->ring, &bench->latency[RING], ticks_per_ns);
    munmap(bench, sizeof *bench);
    return good;
}
