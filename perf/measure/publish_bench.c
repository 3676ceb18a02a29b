/* SPDX-License-Identifier: Apache-2.0 */
#include "publish_bench.h"

#include "clock.h"
#include "error.h"
#include "node_list.h"
#include "placement.h"
#include "tickfan_channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct tf_bench_case tf_bench_cases[] = {
    {"publish single", NULL, "batch", TF_BENCH_PUBLISH, 1, 1, 0, TF_CROWD_NOBODY},
    {"publish batch 2", NULL, "batch", TF_BENCH_PUBLISH, 2, 1, 0, TF_CROWD_NOBODY},
    {"publish batch 8", NULL, "batch", TF_BENCH_PUBLISH, 8, 1, 0, TF_CROWD_NOBODY},
    {"publish batch 32", NULL, "batch", TF_BENCH_PUBLISH, 32, 1, 0, TF_CROWD_NOBODY},
    {"publish batch 64", NULL, "batch", TF_BENCH_PUBLISH, 64, 1, 0, TF_CROWD_NOBODY},
    {"publish single, paced", NULL, NULL, TF_BENCH_PACED, 1, 1, 0, TF_CROWD_NOBODY},
    {"publish batch 32, paced", NULL, NULL, TF_BENCH_PACED, 32, 1, 0, TF_CROWD_NOBODY},
    {"publish batch 32, readers 1", "publish batch 32", "readers", TF_BENCH_PUBLISH, 32, 1, 1,
     TF_CROWD_ATTACHED},
    {"publish batch 32, readers 62", "publish batch 32", "readers", TF_BENCH_PUBLISH, 32, 1, 62,
     TF_CROWD_ATTACHED},
    {"publish batch 32, readers 250", "publish batch 32", "readers", TF_BENCH_PUBLISH, 32, 1,
     250, TF_CROWD_ATTACHED},
    {"publish single, rings 2", "publish single", NULL, TF_BENCH_PUBLISH, 1, 2, 0,
     TF_CROWD_NOBODY},
    {"publish batch 32, rings 2", "publish batch 32", "rings", TF_BENCH_PUBLISH, 32, 2, 0,
     TF_CROWD_NOBODY},
    {"publish batch 32, rings 4", "publish batch 32", "rings", TF_BENCH_PUBLISH, 32, 4, 0,
     TF_CROWD_NOBODY},
    {"publish, readers waiting", "publish batch 32", NULL, TF_BENCH_PUBLISH, 32, 1, 4,
     TF_CROWD_WAITING},
    {"publish, readers stopped", "publish batch 32", NULL, TF_BENCH_PUBLISH, 32, 1, 4,
     TF_CROWD_STOPPED},
    {"publish, readers hostile", "publish batch 32", NULL, TF_BENCH_PUBLISH, 32, 1, 1,
     TF_CROWD_HOSTILE},
    {"read single", NULL, NULL, TF_BENCH_READ, 1, 1, 0, TF_CROWD_NOBODY},
    {"read batch 64", NULL, NULL, TF_BENCH_READ, 64, 1, 0, TF_CROWD_NOBODY},
    {"skip by instrument", NULL, NULL, TF_BENCH_READ_OF, 64, 1, 0, TF_CROWD_NOBODY},
    {"peek and commit", NULL, NULL, TF_BENCH_PEEK, 1, 1, 0, TF_CROWD_NOBODY},
    {"memcpy single", "publish single", NULL, TF_BENCH_COPY, 1, 1, 0, TF_CROWD_NOBODY},
    {"memcpy batch 32", "publish batch 32", NULL, TF_BENCH_COPY, 32, 1, 0, TF_CROWD_NOBODY},
};
const uint32_t tf_bench_case_count = sizeof tf_bench_cases / sizeof tf_bench_cases[0];

struct tf_bench {
    tf_publisher *publisher;
    tf_reader *reader;
    uint64_t capacity;
    unsigned char *copies; /* `capacity` lines */
    uint64_t copied;
    struct tf_tick ticks[TF_BENCH_BATCH_MAX];
    struct tf_tick out[TF_BENCH_BATCH_MAX];
};

/* ---- the loops ---------------------------------------------------------------------------------- */

static void publish_ticks(struct tf_bench *bench, uint64_t ticks, uint32_t batch)
{
    for (uint64_t done = 0; done < ticks; done += batch)
        tf_publish(bench->publisher, bench->ticks, batch);
}

/* What was read is used, as far as the compiler knows. */
static inline void use(const void *ticks)
{
    __asm__ volatile("" ::"r"(ticks) : "memory");
}

/* Nobody publishes: at the ring's end the reader goes back to its oldest tick. */
static void read_ticks(struct tf_bench *bench, uint64_t ticks, uint32_t batch)
{
    for (uint64_t done = 0; done < ticks;) {
        int got = tf_read(bench->reader, bench->out, (int)batch);
        use(bench->out);
        if (got > 0)
            done += (uint64_t)got;
        else
            tf_seek(bench->reader, TF_FROM_OLDEST, 0);
    }
}

/* All are of instruments that nobody wants. */
static void skip_ticks(struct tf_bench *bench, uint64_t ticks)
{
    static const uint8_t wanted[1024];
    const struct tf_instrument_set none = {wanted, sizeof wanted - 1};
    struct tf_stats before, after;
    tf_get_stats(bench->reader, &before);
    for (uint64_t done = 0; done < ticks;) {
        tf_read_of(bench->reader, &none, bench->out, TF_BENCH_BATCH_MAX);
        use(bench->out);
        tf_get_stats(bench->reader, &after);
        done += after.next_seq - before.next_seq;
        if (after.next_seq == before.next_seq) {
            tf_seek(bench->reader, TF_FROM_OLDEST, 0);
            tf_get_stats(bench->reader, &after);
        }
        before = after;
    }
}

static void peek_ticks(struct tf_bench *bench, uint64_t ticks)
{
    const struct tf_tick *tick;
    for (uint64_t done = 0; done < ticks;) {
        if (tf_peek(bench->reader, &tick) == 1) {
            use(tick);
            done += (uint64_t)(tf_commit(bench->reader) == 1);
        } else {
            tf_seek(bench->reader, TF_FROM_OLDEST, 0);
        }
    }
}

static void copy_ticks(struct tf_bench *bench, uint64_t ticks, uint32_t batch)
{
    for (uint64_t done = 0; done < ticks; done += batch) {
        uint64_t at = (bench->copied + done) & (bench->capacity - 1);
        memcpy(bench->copies + at * sizeof bench->ticks[0], bench->ticks,
               batch * sizeof bench->ticks[0]);
        use(bench->copies);
    }
    bench->copied += ticks;
}

void tf_bench_run(struct tf_bench *bench, const struct tf_bench_case *which, uint64_t ticks)
{
    switch (which->kind) {
    case TF_BENCH_PUBLISH:
    case TF_BENCH_PACED:
        publish_ticks(bench, ticks, which->batch);
        break;
    case TF_BENCH_READ:
        read_ticks(bench, ticks, which->batch);
        break;
    case TF_BENCH_READ_OF:
        skip_ticks(bench, ticks);
        break;
    case TF_BENCH_PEEK:
        peek_ticks(bench, ticks);
        break;
    case TF_BENCH_COPY:
        copy_ticks(bench, ticks, which->batch);
        break;
    }
}

void tf_bench_run_paced(struct tf_bench *bench, const struct tf_bench_case *which, uint64_t gap,
                        double *times, uint32_t calls)
{
    uint64_t due = tf_ticks();
    for (uint32_t i = 0; i < calls; i++) {
        uint64_t began, ended;
        due += gap;
        while ((began = tf_ticks()) < due)
            tf_pause();
        tf_publish(bench->publisher, bench->ticks, which->batch);
        ended = tf_ticks();
        times[i] = (double)(ended - began);
        if (ended > due + gap)
            due = ended; /* away from the CPU: no catching up */
    }
}

/* ---- open and close ----------------------------------------------------------------------------- */

static int create_publisher(const struct tf_bench_options *options, struct tf_bench *bench)
{
    struct tf_publisher_options wanted = TF_PUBLISHER_OPTIONS_INIT;
    int given[TF_MAX_RINGS], nodes[TF_MAX_RINGS];
    int count = tf_node_list(options->nodes, given, TF_MAX_RINGS);
    if (count == 0)
        count = tf_nodes_allowed(given, TF_MAX_RINGS);
    if (count < 0 || tf_tickfan_backing(options->backing, &wanted.backing) < 0)
        return TF_EUSAGE;
    for (uint32_t i = 0; i < options->rings; i++)
        nodes[i] = given[i % (uint32_t)count];
    wanted.name = options->stream;
    wanted.capacity = options->capacity;
    wanted.nodes = nodes;
    wanted.node_count = options->rings;
    wanted.on_existing = TF_EXISTING_RECREATE;
    wanted.no_helper = options->no_helper;
    wanted.no_streaming = options->no_streaming;
    return tf_publisher_create(&wanted, &bench->publisher);
}

static void make_ticks(struct tf_bench *bench)
{
    for (uint32_t i = 0; i < TF_BENCH_BATCH_MAX; i++)
        bench->ticks[i] = (struct tf_tick){.ts_event = 1 + i,
                                           .ts_recv = TF_UNDEF_TIMESTAMP,
                                           .order_id = 1000 + i,
                                           .price = TF_PRICE_SCALE,
                                           .size = 100,
                                           .instrument_id = 1 + i,
                                           .rtype = TF_RTYPE_MBO,
                                           .action = 'A',
                                           .side = 'B'};
}

int tf_bench_open(const struct tf_bench_options *options, struct tf_bench **result)
{
    *result = NULL;
    struct tf_bench *bench = aligned_alloc(64, (sizeof *bench + 63) / 64 * 64);
    if (!bench)
        return tf_fail(TF_EOS, "out of memory");
    memset(bench, 0, sizeof *bench);
    bench->capacity = options->capacity;
    bench->copies = aligned_alloc(4096, bench->capacity * sizeof bench->ticks[0]);
    int error = bench->copies ? 0 : tf_fail(TF_EOS, "out of memory");
    if (!error)
        error = create_publisher(options, bench);
    if (!error && options->reads)
        error = tf_attach(options->stream, NULL, &bench->reader);
    if (error) {
        tf_bench_close(bench);
        return error;
    }
    make_ticks(bench);
    memset(bench->copies, 0, bench->capacity * sizeof bench->ticks[0]);
    publish_ticks(bench, 2 * bench->capacity, TF_BENCH_BATCH_MAX);
    *result = bench;
    return 0;
}

void tf_bench_close(struct tf_bench *bench)
{
    if (!bench)
        return;
    tf_detach(bench->reader);
    if (bench->publisher)
        tf_publisher_end(bench->publisher);
    tf_publisher_close(bench->publisher);
    free(bench->copies);
    free(bench);
}
