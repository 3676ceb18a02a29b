/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tickfan perf wait: each way of waiting for the next tick, by how fast it wakes up and what it costs to have it
 * wait.
 */
#include "measurement.h"

#include "clock.h"
#include "command.h"
#include "error.h"
#include "progress.h"
#include "samples.h"
#include "wait_ways.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/*
 * Two rates at which everybody who sleeps has fallen asleep: one message every 1 and every 10 ms, by 50 % sooner or
 * later.
 */
enum { RATES = 2 };
static const struct {
    const char *name;
    uint64_t every_ns;
    uint32_t messages; /* per round at scale 1 */
} rates[RATES] = {{"1 ms", TF_NS_PER_MS, 150}, {"10 ms", 10 * TF_NS_PER_MS, 30}};
static const uint64_t silence_ns = TF_NS_PER_S;
static const uint64_t spin_below_ns = 100 * 1000; /* a timer is late by 50 us */
static const char stream[] = "wait";

struct cell {
    struct tf_histogram wake;
    double *p50, *p99, *send; /* [rounds], ns */
    uint64_t sent, received;
};

struct run {
    const struct tf_perf_options *options;
    struct tf_stage stage;
    struct tf_actor receiver;
    struct tf_wait_channel *channel;
    tf_publisher *publisher;
    struct tf_progress progress;
    struct cell cell[TF_WAYS][RATES];
    double receiver_share[TF_WAYS], helper_share[TF_WAYS]; /* of a CPU, idle */
    bool wanted[TF_WAYS];
    double *numbers;
    double ns_per_tick;
    uint32_t rounds, done;
    uint64_t seed;
};

/* ---- idle --------------------------------------------------------------------------------------- */

static double seconds_of(struct timeval user, struct timeval system)
{
    return (double)(user.tv_sec + system.tv_sec) +
           (double)(user.tv_usec + system.tv_usec) / 1e6;
}

/* CPU time of this process but for this thread: the publisher's helper thread. */
static double helper_seconds(void)
{
    struct rusage all, me;
    getrusage(RUSAGE_SELF, &all);
    getrusage(RUSAGE_THREAD, &me);
    return seconds_of(all.ru_utime, all.ru_stime) - seconds_of(me.ru_utime, me.ru_stime);
}

static double process_seconds(pid_t pid)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return NAN;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void measure_idle(struct run *run, uint32_t way)
{
    uint64_t began = tf_monotonic_ns();
    double receiver = process_seconds(run->receiver.pid), helper = helper_seconds();
    tf_sleep_until(began + (uint64_t)((double)silence_ns * fmin(run->options->scale, 1)));
    double seconds = (double)(tf_monotonic_ns() - began) / 1e9;
    run->receiver_share[way] = (process_seconds(run->receiver.pid) - receiver) / seconds;
    run->helper_share[way] = (helper_seconds() - helper) / seconds;
}

/* ---- wake-ups ----------------------------------------------------------------------------------- */

static uint64_t jittered(struct run *run, uint64_t every_ns)
{
    run->seed = run->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return every_ns / 2 + (run->seed >> 33) % every_ns;
}

static void wait_until_due(uint64_t due_ns)
{
    if (tf_monotonic_ns() + spin_below_ns < due_ns)
        tf_sleep_until(due_ns - spin_below_ns);
    while (tf_monotonic_ns() < due_ns)
        tf_pause();
}

/* The last one has arrived; 5 s is for a machine where the receiver gets no CPU. */
static void await_the_last(struct run *run, uint32_t sent)
{
    const uint64_t *took;
    uint64_t deadline = tf_monotonic_ns() + 5 * TF_NS_PER_S;
    while (tf_wait_received(run->channel, &took) < sent && tf_monotonic_ns() < deadline)
        tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS / 10);
}

static void evaluate(struct run *run, struct cell *cell, uint32_t round, uint32_t sent)
{
    const uint64_t *took;
    uint32_t received = tf_wait_received(run->channel, &took), warm = sent / 10, kept = 0;
    if (received > sent)
        received = sent;
    cell->sent += sent;
    cell->received += received;
    for (uint32_t i = warm; i < received; i++) {
        double ns = (double)took[i] * run->ns_per_tick;
        tf_histogram_record(&cell->wake, (uint64_t)ns);
        run->numbers[kept++] = ns;
    }
    cell->p50[round] = tf_median(run->numbers, kept); /* in order now */
    cell->p99[round] = kept ? run->numbers[(uint32_t)(0.99 * (kept - 1))] : NAN;
}

static void measure_wakes(struct run *run, uint32_t round, uint32_t way, uint32_t rate)
{
    struct cell *cell = &run->cell[way][rate];
    uint32_t messages = (uint32_t)(rates[rate].messages * run->options->scale);
    if (messages < 10)
        messages = 10;
    if (messages > TF_WAKES_MAX)
        messages = TF_WAKES_MAX;
    double *send = run->numbers;
    tf_wait_reset(run->channel);
    uint64_t due = tf_monotonic_ns();
    for (uint32_t i = 0; i < messages; i++) {
        due += jittered(run, rates[rate].every_ns);
        wait_until_due(due);
        uint64_t began = tf_ticks();
        tf_wait_send(run->channel, &tf_ways[way], run->publisher);
        send[i] = (double)(tf_ticks() - began) * run->ns_per_tick;
    }
    cell->send[round] = tf_median(send, messages);
    await_the_last(run, messages);
    evaluate(run, cell, round, messages);
}

static int measure_way(struct run *run, uint32_t round, uint32_t way)
{
    if (tf_stop_requested())
        return tf_fail(TF_EINTERNAL, "stopped by a signal");
    int error = tf_actor_ask(&run->receiver, way);
    if (error)
        return tf_fail_in(error, "waiting by %s", tf_ways[way].name);
    if (round == 0)
        measure_idle(run, way);
    for (uint32_t rate = 0; rate < RATES; rate++)
        measure_wakes(run, round, way, rate);
    run->done++;
    tf_progress_update(&run->progress, (double)run->done / (run->rounds * (double)TF_WAYS),
                       run->done, "blocks");
    return 0;
}

static int measure_rounds(struct run *run)
{
    uint32_t order[TF_WAYS];
    int error = 0;
    for (uint32_t round = 0; round < run->rounds && !error; round++) {
        tf_draw_order(order, TF_WAYS, &run->seed);
        for (uint32_t i = 0; i < TF_WAYS && !error; i++)
            if (run->wanted[order[i]])
                error = measure_way(run, round, order[i]);
    }
    return error;
}

/* ---- what comes out ----------------------------------------------------------------------------- */

static json_t *row_json(const struct run *run, uint32_t way, uint32_t rate)
{
    const struct cell *cell = &run->cell[way][rate];
    char label[64];
    snprintf(label, sizeof label, "%s, every %s", tf_ways[way].name, rates[rate].name);
    json_t *wake = json_pack("{so}", "latency", tf_histogram_json(&cell->wake));
    if (!isnan(run->receiver_share[way]))
        json_object_set_new(wake, "cpu_share_idle", json_real(run->receiver_share[way]));
    if (tf_ways[way].mode >= 0)
        json_object_set_new(wake, "helper_cpu_share_idle", json_real(run->helper_share[way]));
    json_t *spread =
        json_pack("{soso}", "p50", tf_spread_json(tf_quartiles(cell->p50, run->rounds)), "p99",
                  tf_spread_json(tf_quartiles(cell->p99, run->rounds)));
    return json_pack("{sssssososos{sIsIsI}}", "label", label, "case", label, "wake", wake,
                     "spread", spread, "send_ns",
                     tf_spread_json(tf_quartiles(cell->send, run->rounds)), "counts", "sent",
                     (json_int_t)cell->sent, "received", (json_int_t)cell->received, "lost",
                     (json_int_t)(cell->sent - cell->received));
}

static int append_result(const struct run *run, uint64_t began_ns, json_t *out)
{
    const struct tf_perf_options *options = run->options;
    json_t *rows = json_array(), *cpus = json_array(), *notes = json_array();
    for (int i = 0; i < options->cpus && i < 2; i++)
        json_array_append_new(cpus, json_integer(options->cpu[i]));
    for (uint32_t way = 0; way < TF_WAYS; way++)
        for (uint32_t rate = 0; rate < RATES && run->wanted[way]; rate++)
            json_array_append_new(rows, row_json(run, way, rate));
    json_array_append_new(
        notes,
        json_string(
            "From just before the publish to the return of tf_wait() and tf_read() in the "
            "other process; futex and eventfd are what the kernel can do at best."));
    json_array_append_new(notes, json_string("send_ns: what the publisher's thread spends. It "
                                             "wakes nobody itself; with futex and "
                                             "eventfd the sender does."));
    if (options->cpus < 2)
        json_array_append_new(
            notes, json_string("One CPU: who polls keeps the publisher from publishing."));
    return json_array_append_new(
        out,
        json_pack("{sssssss{sosisi}sfsoso}", "measurement", "wait", "title", "Ways of waiting",
                  "explains",
                  "A strategy can poll, which is fastest and takes a whole core, or sleep "
                  "until something comes. What each way "
                  "of waiting costs in time to wake up, and in CPU while nothing happens.",
                  "setup", "cpus", cpus, "readers", 1, "message_bytes", 64, "seconds",
                  (double)(tf_monotonic_ns() - began_ns) / 1e9, "rows", rows, "notes", notes));
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static int choose_ways(struct run *run)
{
    const char *only = run->options->only;
    char *list = only ? strdup(only) : NULL, *rest = list;
    int error = 0;
    for (uint32_t i = 0; i < TF_WAYS; i++)
        run->wanted[i] = !only;
    for (char *part; list && !error && (part = strsep(&rest, ",")) != NULL;) {
        bool found = false;
        for (uint32_t i = 0; i < TF_WAYS; i++)
            if (strcmp(tf_ways[i].name, part) == 0)
                found = run->wanted[i] = true;
        if (!found)
            error = tf_fail(
                TF_EUSAGE, "--only %s: spin, pause, backoff, block, futex or eventfd, not '%s'",
                only, part);
    }
    free(list);
    return error;
}

/* One allocation for all numbers of all cells. */
static int allocate(struct run *run)
{
    size_t per_cell = 3 * (size_t)run->rounds;
    run->numbers = calloc(TF_WAKES_MAX + per_cell * TF_WAYS * RATES, sizeof *run->numbers);
    if (!run->numbers)
        return tf_fail(TF_EOS, "out of memory");
    double *at = run->numbers + TF_WAKES_MAX;
    for (uint32_t way = 0; way < TF_WAYS; way++) {
        for (uint32_t rate = 0; rate < RATES; rate++, at += per_cell) {
            struct cell *cell = &run->cell[way][rate];
            cell->p50 = at;
            cell->p99 = at + run->rounds;
            cell->send = at + 2 * (size_t)run->rounds;
            tf_histogram_reset(&cell->wake);
        }
    }
    return 0;
}

/*
 * The receiver first, since a fork keeps a publisher's lock; the publisher's helper thread may run everywhere, as in
 * production.
 */
static int measure(struct run *run)
{
    const struct tf_perf_options *options = run->options;
    struct tf_publisher_options wanted = TF_PUBLISHER_OPTIONS_INIT;
    int node = 0;
    int error = tf_actor_start(&run->receiver, tf_wait_receive, run->channel,
                               options->cpus > 1 ? options->cpu[1] : -1);
    if (error)
        return error;
    if (options->cpus > 0)
        node = tf_cpu_node(options->cpu[0]);
    wanted.name = stream;
    wanted.nodes = &node;
    wanted.node_count = 1;
    error = tf_publisher_create(&wanted, &run->publisher);
    if (!error && !tf_pin(options->cpus > 0 ? options->cpu[0] : -1))
        error = tf_fail(TF_EBUSY, "cannot run on CPU %d; 'taskset -p $$' shows those allowed",
                        options->cpu[0]);
    if (!error)
        error = measure_rounds(run);
    tf_unpin();
    tf_actor_end(&run->receiver);
    if (run->publisher)
        tf_publisher_end(run->publisher);
    tf_publisher_close(run->publisher);
    return error;
}

static int run_wait(const struct tf_perf_options *options, json_t *out)
{
    struct run *run = calloc(1, sizeof *run);
    uint64_t began_ns = tf_monotonic_ns();
    if (!run)
        return tf_fail(TF_EOS, "out of memory");
    run->options = options;
    run->rounds = options->rounds ? options->rounds : 5;
    run->seed = options->seed;
    run->ns_per_tick = tf_ns_per_tick(&options->clock);
    int error = choose_ways(run);
    if (!error)
        error = allocate(run);
    if (!error && !(run->channel = tf_wait_channel_open(stream)))
        error = TF_EOS;
    if (!error)
        error = tf_stage_open(&run->stage);
    if (!error) {
        tf_progress_start(&run->progress, "wait", options->quiet);
        error = measure(run);
        tf_progress_end(&run->progress);
        tf_stage_close(&run->stage);
    }
    if (!error && append_result(run, began_ns, out) != 0)
        error = tf_fail(TF_EOS, "out of memory");
    tf_wait_channel_close(run->channel);
    free(run->numbers);
    free(run);
    return error;
}

/* clang-format off */
static const char help[] =
    "  tickfan perf wait                    all ways\n"
    "  tickfan perf wait --only block,futex sleeping in tf_wait(), and the kernel's own wake-up\n"
    "  beside it\n"
    "  tickfan perf wait --cpus 2,4         publisher on CPU 2, who waits on CPU 4\n"
    "\n"
    "From publish to the return of tf_wait() and tf_read() in another process, one message\n"
    "every 1 ms and every 10 ms; CPU time of the one who waits, and of the publisher's helper\n"
    "thread, in a second of silence.\n";
/* clang-format on */

const struct tf_measurement tf_measure_wait = {
    "wait", "wake-up latency and idle CPU of each way of waiting", help, run_wait, 25};
