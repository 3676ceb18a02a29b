/* SPDX-License-Identifier: Apache-2.0 */
#include "noise_floor.h"

#include "clock.h"
#include "clock_check_pair.h"
#include "command.h"
#include "machine_source.h"
#include "order.h"
#include "placement_of.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A loop turn takes 10 ns; what takes a hundred times that was no turn of the loop. */
static const double gap_ns = 1000;
/* What a contest calls being away. */
static const double long_gap_ns = 20000;
/* A process that has not ended so long after its time is not coming back. */
static const uint64_t patience_ns = 5 * TF_NS_PER_S;

/* What the processes and their parent share. */
struct board {
    tf_word32 ready, go;
    struct tf_noise_floor floor[];
};

/* ---- /proc/stat ------------------------------------------------------------------------------- */

bool tf_cpu_time_of(const char *root, int cpu, struct tf_cpu_time *time)
{
    char path[1024], line[512];
    bool found = false;
    snprintf(path, sizeof path, "%s/proc/stat", root);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        int number;
        uint64_t field[8];
        if (sscanf(line,
                   "cpu%d %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                   " %" SCNu64 " %" SCNu64,
                   &number, &field[0], &field[1], &field[2], &field[3], &field[4], &field[5],
                   &field[6], &field[7]) != 9 ||
            number != cpu)
            continue;
        found = true;
        *time = (struct tf_cpu_time){.stolen = field[7]};
        for (int i = 0; i < 8; i++) /* guests' time, further on, is in user already */
            time->all += field[i];
    }
    fclose(file);
    return found;
}

static double steal_share(const struct tf_cpu_time *before, const struct tf_cpu_time *after)
{
    /* Idle time and I/O wait may step back in some kernels. */
    if (after->all <= before->all || after->stolen < before->stolen)
        return NAN;
    return (double)(after->stolen - before->stolen) / (double)(after->all - before->all);
}

/* ---- the loop --------------------------------------------------------------------------------- */

struct spin {
    struct tf_noise_floor *floor;
    double ns_per_count, seconds;
    uint64_t started, until, slice_counts;
    uint64_t away_counts;
    unsigned slice;
    struct tf_histogram in_slice;
};

static void keep_longest(struct tf_noise_floor *floor, struct tf_noise_gap gap)
{
    uint32_t at = floor->longest_count;
    if (at == TF_NOISE_LONGEST && gap.ns <= floor->longest[at - 1].ns)
        return;
    if (at < TF_NOISE_LONGEST)
        floor->longest_count++;
    else
        at--;
    for (; at > 0 && floor->longest[at - 1].ns < gap.ns; at--)
        floor->longest[at] = floor->longest[at - 1];
    floor->longest[at] = gap;
}

static void close_slice(struct spin *spin)
{
    const struct tf_histogram *gaps = &spin->in_slice;
    if (gaps->count)
        spin->floor->slice[spin->slice] =
            (struct tf_noise_slice){.gaps = gaps->count,
                                    .p50_ns = tf_histogram_percentile(gaps, 50),
                                    .p99_ns = tf_histogram_percentile(gaps, 99),
                                    .max_ns = gaps->max};
    tf_histogram_merge(&spin->floor->noise.gap, gaps);
    tf_histogram_reset(&spin->in_slice);
}

static void take_gap(struct spin *spin, uint64_t from, uint64_t counts)
{
    double ns = (double)counts * spin->ns_per_count;
    double at = (double)(from - spin->started) * spin->ns_per_count / 1e9;
    tf_histogram_record(&spin->in_slice, (uint64_t)ns);
    spin->away_counts += counts;
    spin->floor->noise.gaps += ns > long_gap_ns;
    keep_longest(spin->floor, (struct tf_noise_gap){at, ns});
}

static void spin_slice(struct spin *spin, uint64_t until, uint64_t gap_counts)
{
    uint64_t last = tf_ticks();
    while (last < until) {
        uint64_t now = tf_ticks();
        if (now - last > gap_counts) {
            take_gap(spin, last, now - last);
            now = tf_ticks(); /* the noting down of a gap is none */
        }
        last = now;
    }
}

static void spin_all(struct spin *spin)
{
    uint64_t gap_counts = (uint64_t)(gap_ns / spin->ns_per_count);
    spin->started = tf_ticks();
    spin->slice_counts = (uint64_t)(spin->seconds * 1e9 / spin->ns_per_count) / TF_NOISE_SLICES;
    for (spin->slice = 0; spin->slice < TF_NOISE_SLICES; spin->slice++) {
        spin_slice(spin, spin->started + (spin->slice + 1) * spin->slice_counts, gap_counts);
        close_slice(spin);
    }
    spin->until = tf_ticks();
}

static void finish(struct spin *spin, uint64_t switches, double steal)
{
    struct tf_noise *noise = &spin->floor->noise;
    double counts = (double)(spin->until - spin->started);
    noise->seconds = counts * spin->ns_per_count / 1e9;
    noise->gap_ns_p50 = (double)tf_histogram_percentile(&noise->gap, 50);
    noise->gap_ns_p99 = (double)tf_histogram_percentile(&noise->gap, 99);
    noise->gap_ns_max = noise->gap.count ? (double)noise->gap.max : 0;
    noise->away_share = counts > 0 ? (double)spin->away_counts / counts : 0;
    noise->preemptions = switches;
    noise->steal_share = steal;
    spin->floor->ran = true;
}

static uint64_t involuntary_switches(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_nivcsw : 0;
}

/* All begin when all are there. */
static bool await_go(struct board *board)
{
    uint64_t until = tf_monotonic_ns() + patience_ns;
    while (tf_load32_acquire(&board->go) == 0) {
        if (tf_monotonic_ns() > until)
            return false;
        usleep(200);
    }
    return true;
}

static void worker(struct board *board, struct tf_noise_floor *floor, double seconds,
                   pid_t parent)
{
    static struct spin spin;
    struct tf_cpu_time before, after;
    int cpu = floor->noise.cpu;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool pinned = getppid() == parent && tf_pin_to(cpu);
    tf_add32_full(&board->ready, 1);
    if (!pinned || !await_go(board))
        _exit(1);
    spin =
        (struct spin){.floor = floor, .ns_per_count = 1e9 / tf_ticks_hz(), .seconds = seconds};
    tf_histogram_reset(&floor->noise.gap);
    tf_histogram_reset(&spin.in_slice);
    bool told = tf_cpu_time_of(tf_this_machine, cpu, &before);
    uint64_t switches = involuntary_switches();
    spin_all(&spin);
    switches = involuntary_switches() - switches;
    told = told && tf_cpu_time_of(tf_this_machine, cpu, &after);
    finish(&spin, switches, told ? steal_share(&before, &after) : NAN);
    _exit(0);
}

/* ---- the parent ------------------------------------------------------------------------------- */

/* Until all have ended, then they are reaped; those that do not end in time, or are not wanted any more, are killed. */
static void reap(pid_t *pids, int count, double seconds)
{
    uint64_t until = tf_monotonic_ns() + (uint64_t)(seconds * 1e9) + patience_ns;
    int left = 0;
    for (int i = 0; i < count; i++)
        left += pids[i] > 0;
    while (left > 0 && tf_monotonic_ns() < until && !tf_stop_requested()) {
        for (int i = 0; i < count; i++)
            if (pids[i] > 0 && waitpid(pids[i], NULL, WNOHANG) != 0) {
                pids[i] = 0;
                left--;
            }
        if (left > 0)
            tf_sleep_until(tf_monotonic_ns() + 2 * TF_NS_PER_MS);
    }
    for (int i = 0; i < count; i++)
        if (pids[i] > 0) {
            kill(pids[i], SIGKILL);
            waitpid(pids[i], NULL, 0);
        }
}

static void run_workers(struct board *board, pid_t *pids, int count, double seconds)
{
    pid_t parent = getpid();
    uint32_t started = 0;
    tf_ticks_hz(); /* once, not in every one of them */
    for (int i = 0; i < count; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            worker(board, &board->floor[i], seconds, parent);
        started += pids[i] > 0;
    }
    uint64_t until = tf_monotonic_ns() + patience_ns;
    while (tf_load32_acquire(&board->ready) < started && tf_monotonic_ns() < until &&
           !tf_stop_requested())
        tf_sleep_until(tf_monotonic_ns() + TF_NS_PER_MS / 5);
    tf_store32_release(&board->go, 1);
    reap(pids, count, seconds);
}

struct tf_noise_floor *tf_noise_floor_measure(const int *cpus, int count, double seconds)
{
    size_t floors = (size_t)count * sizeof(struct tf_noise_floor);
    size_t size = sizeof(struct board) + floors;
    struct tf_noise_floor *out = calloc((size_t)count + 1, sizeof *out);
    pid_t *pids = calloc((size_t)count + 1, sizeof *pids);
    struct board *board = mmap(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (out && pids && board != MAP_FAILED) {
        for (int i = 0; i < count; i++)
            board->floor[i].noise.cpu = cpus[i];
        run_workers(board, pids, count, seconds);
        memcpy(out, board->floor, floors);
    } else {
        free(out);
        out = NULL;
    }
    if (board != MAP_FAILED)
        munmap(board, size);
    free(pids);
    return out;
}

bool tf_noise_measure(struct tf_noise *noise, int cpu, double seconds)
{
    struct tf_noise_floor *floor = tf_noise_floor_measure(&cpu, 1, seconds);
    bool ran = floor && floor->ran;
    if (ran)
        *noise = floor->noise;
    free(floor);
    return ran;
}

json_t *tf_noise_json(const struct tf_noise *noise)
{
    json_t *out = json_pack("{s:i, s:f, s:I, s:f, s:I}", "cpu", noise->cpu, "seconds",
                            noise->seconds, "gaps", (json_int_t)noise->gaps, "away_share",
                            noise->away_share, "preemptions", (json_int_t)noise->preemptions);
    if (noise->gap.count) {
        json_object_set_new(out, "gap_ns_p50", json_real(noise->gap_ns_p50));
        json_object_set_new(out, "gap_ns_p99", json_real(noise->gap_ns_p99));
        json_object_set_new(out, "gap_ns_max", json_real(noise->gap_ns_max));
    }
    if (isfinite(noise->steal_share))
        json_object_set_new(out, "steal_share", json_real(noise->steal_share));
    return out;
}
