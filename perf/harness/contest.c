/* SPDX-License-Identifier: Apache-2.0 */
#include "contest.h"

#include "clock.h"
#include "command.h"
#include "contest_crew.h"
#include "contest_evaluate.h"
#include "contest_setting.h"
#include "draw.h"
#include "error.h"
#include "progress.h"
#include "schedule.h"
#include "shared.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Between sockets a line takes 300 to 600 ns, through a hypervisor's worst placement, too. */
static const double far_ns = 160, far_ns_max = 1000;
static const uint64_t open_patience_ns = 30 * TF_NS_PER_S, block_patience_ns = 5 * TF_NS_PER_S;
static const uint64_t grace_ns = 300 * TF_NS_PER_MS;

struct run {
    const struct tf_contest *contest;
    struct tf_contest_result *result;
    struct tf_setting setting;
    struct tf_crew crew;
    struct tf_progress progress;
    uint64_t began_ns;
    uint32_t blocks_run;
};

/* ---- entries that cannot go on ----------------------------------------------------------------- */

static void rule_out(struct run *run, uint32_t entry, const char *why)
{
    struct tf_entry_result *result = &run->result->entry[entry];
    result->ran = false;
    snprintf(result->why, sizeof result->why, "%s", why);
}

/* Who has moved how much when nothing moves any more. */
static void rule_out_stuck(struct run *run, uint32_t entry)
{
    const struct tf_control *control = run->setting.duty.control;
    uint64_t least = UINT64_MAX;
    uint32_t slowest = 0;
    for (uint32_t r = 0; r < run->contest->readers; r++) {
        uint64_t got = tf_load(&control->worker[1 + r].progress);
        if (got < least) {
            least = got;
            slowest = r;
        }
    }
    char why[256];
    snprintf(
        why, sizeof why,
        "nothing moved for %llu s: the writer had sent %llu messages, reader %u had got %llu",
        (unsigned long long)(block_patience_ns / TF_NS_PER_S),
        (unsigned long long)tf_load(&control->worker[0].progress), slowest,
        (unsigned long long)least);
    rule_out(run, entry, why);
}

/* ---- opening ----------------------------------------------------------------------------------- */

static void stand_down(struct run *run)
{
    tf_crew_end(&run->crew);
    tf_setting_close(&run->setting, run->result);
}

static void note_refusals(struct run *run, uint32_t entry)
{
    for (uint32_t w = 0; w < run->crew.workers; w++) {
        const struct tf_worker *worker = &run->setting.duty.control->worker[w];
        char name[16], why[256];
        if (worker->status >= 0)
            continue;
        snprintf(why, sizeof why, "%s: %s", tf_worker_name(name, sizeof name, w), worker->why);
        rule_out(run, entry, why);
        return;
    }
}

/* As tf_crew_order(), for an entry that is opened or warmed up. */
static int open_one(struct run *run, uint32_t entry)
{
    int result = tf_crew_order(&run->crew, TF_ORDER_OPEN, entry, 0, open_patience_ns);
    if (result > 0)
        rule_out(run, entry, "it did not open within 30 s");
    if (result != 0)
        return result;
    note_refusals(run, entry);
    return 0;
}

static int warm_one(struct run *run, uint32_t entry)
{
    char why[256];
    run->setting.duty.control->warm_up = true;
    int result = tf_crew_order(&run->crew, TF_ORDER_RUN, entry, grace_ns, block_patience_ns);
    run->setting.duty.control->warm_up = false;
    if (result > 0)
        rule_out_stuck(run, entry);
    else if (result == 0 && !tf_evaluate_delivery(&run->setting.duty, entry, why))
        rule_out(run, entry, why);
    return result;
}

static int each_entry(struct run *run, int (*step)(struct run *, uint32_t))
{
    for (uint32_t e = 0; e < run->contest->entry_count; e++) {
        if (!run->result->entry[e].ran)
            continue;
        int result = step(run, e);
        if (result < 0 || result == TF_CREW_STUCK)
            return result;
        if (tf_stop_requested())
            return tf_fail(TF_EINTERNAL, "stopped by a signal");
    }
    return 0;
}

/* All channels made, workers there, everything opened and warm.  A stuck entry costs a new start without it. */
static int stand_up(struct run *run)
{
    for (;;) {
        int result = tf_setting_open(&run->setting, run->result);
        if (result == 0)
            result = tf_crew_start(&run->crew, &run->setting.duty);
        if (result == 0)
            result = each_entry(run, open_one);
        if (result == 0)
            result = each_entry(run, warm_one);
        if (result <= 0)
            return result;
        stand_down(run);
    }
}

/* ---- rounds ------------------------------------------------------------------------------------ */

static uint64_t expected_ns(const struct run *run, uint32_t entry)
{
    const struct tf_workload *load = &run->contest->entries[entry].load;
    if (load->profile == TF_PROFILE_FLOOD)
        return tf_flood_ns(load) + grace_ns;
    double ns =
        (double)run->setting.duty.offsets[load->messages - 1] / run->setting.duty.ticks_per_ns;
    return (uint64_t)ns + grace_ns;
}

static int run_block(struct run *run, uint32_t entry, uint32_t round)
{
    struct tf_duty *duty = &run->setting.duty;
    struct tf_entry_result *result = &run->result->entry[entry];
    struct tf_block *block = &result->blocks[round];
    const struct tf_workload *load = &run->contest->entries[entry].load;
    char why[256];
    if (load->profile != TF_PROFILE_FLOOD)
        tf_schedule_fill(duty->offsets, load, duty->ticks_per_ns);
    block->started = (double)(tf_monotonic_ns() - run->began_ns) / 1e9;
    int outcome = tf_crew_order(&run->crew, TF_ORDER_RUN, entry, expected_ns(run, entry),
                                block_patience_ns);
    if (outcome < 0)
        return outcome;
    if (tf_stop_requested())
        return tf_fail(TF_EINTERNAL, "stopped by a signal");
    if (outcome != TF_CREW_DONE)
        rule_out_stuck(run, entry);
    else if (!tf_evaluate(duty, entry, result, block, run->setting.scratch, why))
        rule_out(run, entry, why);
    if (outcome != TF_CREW_STUCK)
        return 0;
    stand_down(run);
    return stand_up(run);
}

static int run_round(struct run *run, uint32_t round, uint32_t *order, uint64_t *state)
{
    const struct tf_contest *contest = run->contest;
    if (contest->between)
        contest->between(contest->context, round);
    tf_draw_order(order, contest->entry_count, state);
    for (uint32_t i = 0; i < contest->entry_count; i++) {
        if (!run->result->entry[order[i]].ran)
            continue;
        int result = run_block(run, order[i], round);
        if (result < 0)
            return result;
        run->blocks_run++;
        tf_progress_update(&run->progress,
                           (double)(round * contest->entry_count + i + 1) /
                               ((double)contest->rounds * contest->entry_count),
                           run->blocks_run, "blocks");
    }
    return 0;
}

static int run_rounds(struct run *run)
{
    uint32_t *order = calloc(run->contest->entry_count, sizeof *order);
    uint64_t state = run->contest->seed;
    int result = order ? 0 : tf_fail(TF_EOS, "no memory for the order of a contest");
    for (uint32_t round = 0; round < run->contest->rounds && result == 0; round++)
        result = run_round(run, round, order, &state);
    if (result == 0 && run->contest->between)
        run->contest->between(run->contest->context, run->contest->rounds);
    free(order);
    return result;
}

/* TF_ROUND_ANY: it cannot be told. */
static enum tf_round_class class_of(const struct tf_contest_result *result, uint32_t round)
{
    if (round >= result->rounds) /* before the first, too */
        return TF_ROUND_ANY;
    const struct tf_block *reference = &result->entry[0].blocks[round];
    if (!reference->ran || !(reference->p50 > 0) || reference->p50 > far_ns_max)
        return TF_ROUND_ANY;
    return reference->p50 > far_ns ? TF_ROUND_FAR : TF_ROUND_NEAR;
}

static bool differ(enum tf_round_class a, enum tf_round_class b)
{
    return a != TF_ROUND_ANY && b != TF_ROUND_ANY && a != b;
}

/* By the reference, for all blocks of a round. */
static void classify_rounds(struct tf_contest_result *result)
{
    for (uint32_t round = 0; round < result->rounds; round++) {
        enum tf_round_class class = class_of(result, round);
        bool classed = class != TF_ROUND_ANY && !differ(class, class_of(result, round - 1)) &&
                       !differ(class, class_of(result, round + 1));
        for (uint32_t e = 0; e < result->entry_count; e++) {
            result->entry[e].blocks[round].classed = classed;
            result->entry[e].blocks[round].far = classed && class == TF_ROUND_FAR;
        }
    }
}

/* ---- the whole --------------------------------------------------------------------------------- */

static bool result_alloc(struct tf_contest_result *result, const struct tf_contest *contest)
{
    *result = (struct tf_contest_result){.entry_count = contest->entry_count,
                                         .rounds = contest->rounds,
                                         .readers = contest->readers};
    result->entry = calloc(contest->entry_count, sizeof *result->entry);
    if (!result->entry)
        return false;
    for (uint32_t e = 0; e < contest->entry_count; e++) {
        struct tf_entry_result *entry = &result->entry[e];
        entry->ran = true;
        for (int quiet = TF_QUIET; quiet <= TF_ALL; quiet++) {
            tf_histogram_reset(&entry->from_sent[quiet]);
            tf_histogram_reset(&entry->from_due[quiet]);
            tf_histogram_reset(&entry->last[quiet]);
        }
        entry->reader = calloc(contest->readers, sizeof *entry->reader);
        entry->reader_received = calloc(contest->readers, sizeof *entry->reader_received);
        entry->reader_lost = calloc(contest->readers, sizeof *entry->reader_lost);
        entry->reader_torn = calloc(contest->readers, sizeof *entry->reader_torn);
        entry->blocks = calloc(contest->rounds, sizeof *entry->blocks);
        if (!entry->reader || !entry->reader_received || !entry->reader_lost ||
            !entry->reader_torn || !entry->blocks)
            return false;
        for (uint32_t r = 0; r < contest->readers; r++)
            tf_histogram_reset(&entry->reader[r]);
        for (uint32_t round = 0; round < contest->rounds; round++)
            entry->blocks[round].round = round;
    }
    return true;
}

void tf_contest_free(struct tf_contest_result *result)
{
    for (uint32_t e = 0; result->entry && e < result->entry_count; e++) {
        struct tf_entry_result *entry = &result->entry[e];
        free(entry->reader);
        free(entry->reader_received);
        free(entry->reader_lost);
        free(entry->reader_torn);
        free(entry->blocks);
    }
    free(result->entry);
    *result = (struct tf_contest_result){0};
}

static int check(const struct tf_contest *contest)
{
    if (contest->entry_count == 0 || contest->rounds == 0)
        return tf_fail(TF_EUSAGE, "a contest of %u entries in %u rounds", contest->entry_count,
                       contest->rounds);
    if (contest->readers < 1 || contest->readers > TF_CONTEST_READERS_MAX)
        return tf_fail(TF_EUSAGE, "%u readers; 1 to %u are possible", contest->readers,
                       TF_CONTEST_READERS_MAX);
    for (uint32_t e = 0; e < contest->entry_count; e++) {
        int result = tf_workload_check(&contest->entries[e].load);
        if (result < 0)
            return tf_fail_in(result, "%s", contest->entries[e].label);
    }
    return 0;
}

int tf_contest_run(const struct tf_contest *contest, struct tf_contest_result *result)
{
    struct run run = {.contest = contest, .result = result, .began_ns = tf_monotonic_ns()};
    *result = (struct tf_contest_result){0};
    int status = check(contest);
    if (status < 0)
        return status;
    if (!result_alloc(result, contest))
        status = tf_fail(TF_EOS, "no memory for the results of %u readers", contest->readers);
    if (status == 0)
        status = tf_setting_make(&run.setting, contest);
    if (status == 0) {
        tf_progress_start(&run.progress, contest->title ? contest->title : "contest",
                          contest->quiet);
        status = stand_up(&run);
        if (status == 0)
            status = run_rounds(&run);
        stand_down(&run);
        tf_progress_end(&run.progress);
    }
    tf_setting_drop(&run.setting);
    if (status == 0)
        classify_rounds(result);
    else
        tf_contest_free(result);
    return status;
}
