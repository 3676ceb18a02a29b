/* SPDX-License-Identifier: Apache-2.0 */
#include "contest_evaluate.h"

#include "schedule.h"

#include <math.h>
#include <stdio.h>

static const struct tf_worker *reader_of(const struct tf_duty *duty, uint32_t reader)
{
    return &duty->control->worker[1 + reader];
}

static bool each_gets_all(const struct tf_duty *duty, uint32_t entry)
{
    return (duty->contest->entries[entry].transport->traits & TF_TRAIT_BROADCAST) ||
           duty->contest->readers == 1;
}

/* ---- did it deliver? --------------------------------------------------------------------------- */

static bool judge(uint64_t sent, uint64_t got, uint64_t torn, bool lossy, const char *who,
                  char why[256])
{
    if (got > sent) {
        snprintf(why, 256, "%s got %llu messages of %llu sent", who, (unsigned long long)got,
                 (unsigned long long)sent);
        return false;
    }
    if (got + torn == 0) {
        snprintf(why, 256, "%s got none of %llu messages", who, (unsigned long long)sent);
        return false;
    }
    if (!lossy && got + torn < sent) {
        snprintf(why, 256, "%s got %llu of %llu messages and no more for a second", who,
                 (unsigned long long)got, (unsigned long long)sent);
        return false;
    }
    return true;
}

bool tf_evaluate_delivery(const struct tf_duty *duty, uint32_t entry, char why[256])
{
    bool lossy = duty->contest->entries[entry].transport->traits & TF_TRAIT_LOSSY;
    uint64_t sent = duty->control->worker[0].moved, got = 0, torn = 0;
    for (uint32_t r = 0; r < duty->contest->readers; r++) {
        const struct tf_worker *reader = reader_of(duty, r);
        char name[16];
        snprintf(name, sizeof name, "reader %u", r);
        got += reader->moved;
        torn += reader->torn;
        if (reader->repeated) {
            snprintf(why, 256, "%s got %llu messages twice", name,
                     (unsigned long long)reader->repeated);
            return false;
        }
        if (each_gets_all(duty, entry) &&
            !judge(sent, reader->moved, reader->torn, lossy, name, why))
            return false;
    }
    return each_gets_all(duty, entry) ||
           judge(sent, got, torn, lossy, "all readers together", why);
}

/* ---- times ------------------------------------------------------------------------------------- */

/* The evaluated messages of one block, and where their times go. */
struct sheet {
    const struct tf_duty *duty;
    const struct tf_workload *load;
    struct tf_entry_result *result;
    struct tf_block *block;
    uint64_t *scratch;
};

static uint64_t to_ns(const struct tf_duty *duty, uint64_t ticks)
{
    return (uint64_t)((double)ticks / duty->ticks_per_ns + 0.5);
}

/* Counters of two CPUs may differ by less than their bound: what arrives before it left arrived at once. */
static uint64_t since(uint64_t from, uint64_t to)
{
    return (int64_t)(to - from) > 0 ? to - from : 0;
}

static bool counts(const struct tf_workload *load, uint64_t i)
{
    if (i < tf_warm_up(load))
        return false;
    return !load->last_of_batch || (i + 1) % load->batch == 0 || i + 1 == load->messages;
}

static void record(struct tf_histogram histogram[2], bool quiet, uint64_t value)
{
    tf_histogram_record(&histogram[TF_ALL], value);
    if (quiet)
        tf_histogram_record(&histogram[TF_QUIET], value);
}

/* Of the first `count` values of the scratch, in ns. */
static double percentile(const struct sheet *sheet, size_t count, double percent)
{
    const struct tf_duty *duty = sheet->duty;
    if (count == 0)
        return NAN;
    return tf_percentile_of(sheet->scratch, count, percent, duty->step) / duty->ticks_per_ns;
}

static void set_percentiles(const struct sheet *sheet, size_t count)
{
    sheet->block->p50 = percentile(sheet, count, 50);
    sheet->block->p99 = percentile(sheet, count, 99);
    sheet->block->p99_9 = percentile(sheet, count, 99.9);
    sheet->block->max = percentile(sheet, count, 100);
}

static void evaluate_readers(const struct sheet *sheet)
{
    const struct tf_duty *duty = sheet->duty;
    uint64_t start = tf_load(&duty->control->start);
    size_t count = 0;
    for (uint32_t r = 0; r < duty->contest->readers; r++) {
        const uint64_t *seen = duty->seen[r];
        for (uint64_t i = 0; i < sheet->load->messages; i++) {
            if (seen[i] == 0 || !counts(sheet->load, i))
                continue;
            uint64_t ticks = since(duty->sent[i], seen[i]), ns = to_ns(duty, ticks);
            sheet->scratch[count++] = ticks;
            tf_histogram_record(&sheet->result->reader[r], ns);
            record(sheet->result->from_sent, sheet->block->quiet, ns);
            record(sheet->result->from_due, sheet->block->quiet,
                   to_ns(duty, since(start + duty->offsets[i], seen[i])));
        }
    }
    set_percentiles(sheet, count);
}

/* When the last reader saw it; 0: one of them never did. */
static uint64_t seen_by_all(const struct tf_duty *duty, uint64_t i)
{
    uint64_t last = duty->seen[0][i];
    for (uint32_t r = 0; r < duty->contest->readers; r++) {
        uint64_t seen = duty->seen[r][i];
        if (seen == 0)
            return 0;
        if ((int64_t)(seen - last) > 0)
            last = seen;
    }
    return last;
}

static void evaluate_last(const struct sheet *sheet)
{
    const struct tf_duty *duty = sheet->duty;
    size_t count = 0;
    for (uint64_t i = 0; i < sheet->load->messages; i++) {
        uint64_t last = counts(sheet->load, i) ? seen_by_all(duty, i) : 0;
        if (last == 0)
            continue;
        uint64_t ticks = since(duty->sent[i], last);
        sheet->scratch[count++] = ticks;
        record(sheet->result->last, sheet->block->quiet, to_ns(duty, ticks));
    }
    sheet->block->last_p50 = percentile(sheet, count, 50);
    sheet->block->last_p99 = percentile(sheet, count, 99);
}

/* The middle send(), so that a preempted one does not count; per message. */
static double paced_send_ns(const struct sheet *sheet)
{
    const struct tf_workload *load = sheet->load;
    uint64_t batch = load->batch;
    size_t count = 0;
    for (uint64_t i = (tf_warm_up(load) + batch - 1) / batch * batch;
         i + batch <= load->messages; i += batch)
        sheet->scratch[count++] = sheet->duty->spent[i];
    return percentile(sheet, count, 50) / (double)batch;
}

/* ---- rates ------------------------------------------------------------------------------------- */

/* From the first mark after a tenth of the time to the last message. */
static double rate_of(const struct tf_duty *duty, uint32_t reader)
{
    const struct tf_worker *of = reader_of(duty, reader);
    uint64_t from = of->first, before = 1, warm = of->first + (of->last - of->first) / 10;
    for (uint64_t m = 0; m < of->marks; m++) {
        const struct tf_mark *mark = &duty->marks[reader][m];
        if (mark->at >= warm) {
            from = mark->at;
            before = mark->received;
            break;
        }
    }
    if (of->last <= from || of->moved <= before)
        return NAN;
    return (double)(of->moved - before) / ((double)(of->last - from) / duty->ticks_per_ns) *
           1e9;
}

static void evaluate_rate(const struct sheet *sheet)
{
    const struct tf_worker *writer = &sheet->duty->control->worker[0];
    double slowest = NAN;
    for (uint32_t r = 0; r < sheet->duty->contest->readers; r++)
        slowest = fmin(slowest, rate_of(sheet->duty, r)); /* fmin passes over a NAN */
    sheet->block->rate = slowest;
    sheet->block->send_ns = (double)(writer->last - writer->first) / sheet->duty->ticks_per_ns /
                            (double)writer->moved;
}

static void evaluate_counts(const struct sheet *sheet, bool each)
{
    const struct tf_duty *duty = sheet->duty;
    struct tf_block *block = sheet->block;
    block->sent = duty->control->worker[0].moved;
    block->received = block->torn = block->lost = 0;
    block->quiet = duty->control->worker[0].away == 0;
    for (uint32_t r = 0; r < duty->contest->readers; r++) {
        const struct tf_worker *reader = reader_of(duty, r);
        uint64_t had = reader->moved + reader->torn;
        uint64_t lost = each && had < block->sent ? block->sent - had : 0;
        block->received += reader->moved;
        block->torn += reader->torn;
        block->lost += lost;
        block->quiet &= reader->away == 0;
        sheet->result->reader_received[r] += reader->moved;
        sheet->result->reader_torn[r] += reader->torn;
        sheet->result->reader_lost[r] += lost;
    }
    if (!each && block->received + block->torn < block->sent)
        block->lost = block->sent - block->received - block->torn;
}

bool tf_evaluate(const struct tf_duty *duty, uint32_t entry, struct tf_entry_result *result,
                 struct tf_block *block, uint64_t *scratch, char why[256])
{
    const struct tf_workload *load = &duty->contest->entries[entry].load;
    struct sheet sheet = {duty, load, result, block, scratch};
    if (!tf_evaluate_delivery(duty, entry, why))
        return false;
    bool each = each_gets_all(duty, entry);
    evaluate_counts(&sheet, each);
    evaluate_rate(&sheet);
    if (load->profile == TF_PROFILE_FLOOD) {
        set_percentiles(&sheet, 0);
        block->last_p50 = block->last_p99 = NAN;
    } else {
        block->send_ns = paced_send_ns(&sheet);
        evaluate_readers(&sheet);
        if (each)
            evaluate_last(&sheet);
        else
            block->last_p50 = block->last_p99 = NAN;
    }
    block->ran = true;
    return true;
}
