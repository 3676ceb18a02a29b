/* SPDX-License-Identifier: Apache-2.0 */
#include "clock_check_pair.h"

#include "clock.h"
#include "command.h"
#include "order.h"
#include "placement_of.h"

#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A round trip below this was disturbed by nobody: the slowest hand-off between sockets is 0.6 us. */
static const double undisturbed_ns = 4000;
enum { UNDISTURBED_ENOUGH = 1000, SPINS_PER_LOOK = 1 << 14 };
static const uint64_t longest_ns = 3 * TF_NS_PER_S;

struct line {
    alignas(128) tf_word turn; /* odd: the other's; even: ours */
    tf_word counter;           /* what the other's counter read in its turn */
    alignas(128) tf_word ready;
};

/*
 * The counter, read after all loads before it and before all stores behind it: an early reading would make an
 * impossible offset look possible.  rdtscp waits for what is before it, and no store is seen before it has
 * retired.
 */
static inline uint64_t ordered_ticks(void)
{
#if defined(__x86_64__)
    unsigned cpu;
    return __builtin_ia32_rdtscp(&cpu);
#else
    __asm__ volatile("isb" ::: "memory");
    return tf_ticks();
#endif
}

/*
 * False when its turn does not come before the deadline.  Whoever has waited longer than any hand-off takes is waiting for a
 * process that does not run; to sleep then costs nothing, and the kernel prefers who has slept to those who have
 * not, so on a busy machine the two meet in milliseconds instead of seconds.
 */
static inline bool await(const tf_word *turn, uint64_t wanted, uint64_t deadline_ns)
{
    for (unsigned spins = 1; tf_load_acquire(turn) != wanted; spins++) {
        if (spins % SPINS_PER_LOOK)
            continue;
        uint64_t now = tf_monotonic_ns();
        if (now > deadline_ns || tf_stop_requested())
            return false;
        tf_sleep_until(now + 50000);
    }
    return true;
}

static void answer(struct line *line, pid_t parent, int cpu, enum tf_pair_goal goal)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || !tf_pin_to(cpu))
        _exit(1);
    uint64_t deadline = tf_monotonic_ns() + 2 * longest_ns;
    tf_store_release(&line->ready, 1);
    for (uint64_t turn = 1; await(&line->turn, turn, deadline); turn += 2) {
        if (goal == TF_PAIR_OFFSET)
            tf_store(&line->counter, ordered_ticks());
        tf_store_release(&line->turn, turn + 1);
    }
    _exit(0);
}

/*
 * Their reading was made between our two, so their counter is ahead by at least (theirs - after) and at most (theirs -
 * before).  Every round trip bounds it from both sides; the closest bounds come from the fastest way there
 * and the fastest way back, which need not be of one round trip.
 */
static void take(struct tf_pair *pair, uint64_t before, uint64_t theirs, uint64_t after)
{
    double low = (double)(int64_t)(theirs - after);
    double high = (double)(int64_t)(theirs - before);
    if (pair->round_trips == 0 || low > pair->offset_low)
        pair->offset_low = low;
    if (pair->round_trips == 0 || high < pair->offset_high)
        pair->offset_high = high;
    tf_histogram_record(&pair->round_trip, after - before);
    pair->round_trips++;
}

static void ask(struct line *line, struct tf_pair *pair, double seconds)
{
    double hz = tf_ticks_hz();
    uint64_t started = tf_monotonic_ns(), limit = started + longest_ns;
    uint64_t enough = started + (uint64_t)(seconds * 1e9), undisturbed = 0;
    uint64_t fast = (uint64_t)(undisturbed_ns * hz / 1e9);

    if (!await(&line->ready, 1, limit))
        return;
    for (uint64_t turn = 1;; turn += 2) {
        uint64_t before = ordered_ticks();
        tf_store_release(&line->turn, turn);
        if (!await(&line->turn, turn + 1, limit))
            return;
        uint64_t after = ordered_ticks();
        take(pair, before, tf_load(&line->counter), after);
        undisturbed += after - before < fast;
        if (turn % 64 != 1)
            continue;
        uint64_t now = tf_monotonic_ns();
        if (now >= limit || (now >= enough && undisturbed >= UNDISTURBED_ENOUGH))
            return;
    }
}

bool tf_pair_measure(struct tf_pair *pair, int a, int b, double seconds, enum tf_pair_goal goal)
{
    cpu_set_t mine;
    memset(pair, 0, sizeof *pair);
    tf_histogram_reset(&pair->round_trip);
    if (a == b || sched_getaffinity(0, sizeof mine, &mine) != 0)
        return false;
    if (!tf_pin_to(b) ||
        !tf_pin_to(a)) { /* asked here, since nobody waits for a process that was refused */
        sched_setaffinity(0, sizeof mine, &mine);
        return false;
    }
    struct line *line = mmap(NULL, sizeof *line, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    pid_t parent = getpid(), other = line == MAP_FAILED ? -1 : fork();
    if (other == 0)
        answer(line, parent, b, goal);
    if (other > 0) {
        ask(line, pair, seconds);
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
    }
    if (line != MAP_FAILED)
        munmap(line, sizeof *line);
    sched_setaffinity(0, sizeof mine, &mine);
    return pair->round_trips > 0;
}

double tf_line_ns(int a, int b)
{
    struct tf_pair pair;
    if (!tf_pair_measure(&pair, a, b, 0.005, TF_PAIR_LINE))
        return -1;
    return (double)tf_histogram_percentile(&pair.round_trip, 50) / 2 / tf_ticks_hz() * 1e9;
}
