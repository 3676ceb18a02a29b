/* SPDX-License-Identifier: Apache-2.0 */
#include "spread.h"

#include "contest.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Between two neighbours in proportion, as most statistics programs do it. */
static double at_share(const double *sorted, uint32_t count, double share)
{
    double place = share * (count - 1);
    uint32_t below = (uint32_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

struct tf_spread tf_quartiles(double *values, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            values[kept++] = values[i];
    if (kept == 0)
        return (struct tf_spread){.low = NAN, .middle = NAN, .high = NAN};
    qsort(values, kept, sizeof *values, by_value);
    return (struct tf_spread){.low = at_share(values, kept, 0.25),
                              .middle = at_share(values, kept, 0.5),
                              .high = at_share(values, kept, 0.75),
                              .count = kept};
}

/* The value of that rank, 0 the lowest.  Hoare's way, the middle one as pivot, so that sorted input is no bad case. */
static uint64_t select_rank(uint64_t *values, size_t count, size_t rank)
{
    size_t first = 0, last = count - 1;
    while (first < last) {
        uint64_t pivot = values[first + (last - first) / 2];
        size_t left = first, right = last;
        for (;;) {
            while (values[left] < pivot)
                left++;
            while (values[right] > pivot)
                right--;
            if (left >= right)
                break;
            uint64_t swap = values[left];
            values[left++] = values[right];
            values[right--] = swap;
        }
        if (rank <= right)
            last = right;
        else
            first = right + 1;
    }
    return values[rank];
}

double tf_percentile_of(uint64_t *values, size_t count, double percent, double step)
{
    if (count == 0)
        return 0;
    double exact = percent / 100 * (double)count;
    size_t rank = exact <= 1 ? 0 : (size_t)ceil(exact) - 1;
    if (rank >= count)
        rank = count - 1;
    double value = (double)select_rank(values, count, rank);
    double from = value - step / 2, to = value + step / 2;
    size_t below = 0, within = 0;
    for (size_t i = 0; i < count; i++) {
        below += (double)values[i] < from;
        within += (double)values[i] >= from && (double)values[i] < to;
    }
    if (step <= 0 || within == 0)
        return value;
    double share = (exact - (double)below) / (double)within;
    value = from + step * (share < 0 ? 0 : share > 1 ? 1 : share);
    return value > 0 ? value : 0;
}

/* ---- over the rounds of a contest -------------------------------------------------------------- */

static double number_of(const struct tf_block *block, enum tf_block_number number)
{
    switch (number) {
    case TF_BLOCK_P50:
        return block->p50;
    case TF_BLOCK_P99:
        return block->p99;
    case TF_BLOCK_LAST_P50:
        return block->last_p50;
    case TF_BLOCK_LAST_P99:
        return block->last_p99;
    case TF_BLOCK_RATE:
        return block->rate;
    case TF_BLOCK_SEND:
        return block->send_ns;
    }
    return NAN;
}

static bool in_class(const struct tf_block *block, enum tf_round_class which)
{
    return which == TF_ROUND_ANY || (block->classed && block->far == (which == TF_ROUND_FAR));
}

/* The value of one round, of the entry alone or against `reference`; NAN: none. */
static double value_of(const struct tf_contest_result *result, uint32_t entry,
                       const uint32_t *reference, uint32_t round, enum tf_block_number number,
                       enum tf_round_class which, bool quiet)
{
    const struct tf_block *block = &result->entry[entry].blocks[round];
    if (!block->ran || !in_class(block, which) || (quiet && !block->quiet))
        return NAN;
    if (!reference)
        return number_of(block, number);
    const struct tf_block *other = &result->entry[*reference].blocks[round];
    if (!other->ran || (quiet && !other->quiet))
        return NAN;
    double base = number_of(other, number);
    return base > 0 ? number_of(block, number) / base : NAN;
}

/* Quiet rounds to speak for all. */
static bool enough(uint32_t quiet, uint32_t all)
{
    return quiet > 0 && quiet * 5 >= all;
}

static struct tf_spread over_rounds(const struct tf_contest_result *result, uint32_t entry,
                                    const uint32_t *reference, enum tf_block_number number,
                                    enum tf_round_class which)
{
    struct tf_spread spread = {.low = NAN, .middle = NAN, .high = NAN};
    if (entry >= result->entry_count || !result->entry[entry].ran ||
        (reference && (*reference >= result->entry_count || !result->entry[*reference].ran)))
        return spread;
    double *values = calloc(result->rounds ? result->rounds : 1, sizeof *values);
    if (!values)
        return spread;
    for (uint32_t round = 0; round < result->rounds; round++)
        values[round] = value_of(result, entry, reference, round, number, which, false);
    spread = tf_quartiles(values, result->rounds);
    for (uint32_t round = 0; round < result->rounds; round++)
        values[round] = value_of(result, entry, reference, round, number, which, true);
    struct tf_spread quiet = tf_quartiles(values, result->rounds);
    free(values);
    return enough(quiet.count, spread.count) ? quiet : spread;
}

int tf_contest_kind(const struct tf_contest_result *result, uint32_t entry)
{
    uint32_t quiet = 0, all = 0;
    for (uint32_t round = 0; round < result->rounds; round++) {
        const struct tf_block *block = &result->entry[entry].blocks[round];
        all += block->ran;
        quiet += block->ran && block->quiet;
    }
    return enough(quiet, all) ? TF_QUIET : TF_ALL;
}

struct tf_spread tf_contest_spread(const struct tf_contest_result *result, uint32_t entry,
                                   enum tf_block_number number, enum tf_round_class which)
{
    return over_rounds(result, entry, 0, number, which);
}

struct tf_spread tf_contest_ratio(const struct tf_contest_result *result, uint32_t entry,
                                  uint32_t reference, enum tf_block_number number,
                                  enum tf_round_class which)
{
    return over_rounds(result, entry, &reference, number, which);
}
