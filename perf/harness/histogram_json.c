/* SPDX-License-Identifier: Apache-2.0 */
#include "measurement.h"

#include <math.h>

/* With first and last point 119: under the 120 that a result promises. */
enum { CURVE_STEPS = 117 };

static json_t *whole(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static void add_point(json_t *curve, const struct tf_histogram *histogram, double percent)
{
    json_t *value = whole(tf_histogram_percentile(histogram, percent));
    json_array_append_new(curve, json_pack("[f, o]", percent, value));
}

/*
 * The slowest of N values says all there is beyond 1 - 1/N, so the even steps of log10(1/(1-q)) end there.  Steps that
 * fall on the same value of a short run are left out.
 */
static json_t *curve_of(const struct tf_histogram *histogram)
{
    json_t *curve = json_array();
    double nines = log10((double)histogram->count);
    double last_rank = 1;

    json_array_append_new(curve, json_pack("[f, o]", 0.0, whole(histogram->min)));
    for (int step = 1; step <= CURVE_STEPS; step++) {
        double share = 1 - pow(10, -nines * step / CURVE_STEPS);
        double rank = ceil(share * (double)histogram->count);
        if (rank <= last_rank || rank >= (double)histogram->count)
            continue;
        last_rank = rank;
        add_point(curve, histogram, 100 * share);
    }
    json_array_append_new(curve, json_pack("[f, o]", 100.0, whole(histogram->max)));
    return curve;
}

json_t *tf_histogram_json(const struct tf_histogram *histogram)
{
    static const struct {
        const char *key;
        double percent;
    } points[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}, {"p99_99", 99.99}};

    json_t *out = json_pack("{s:o}", "count", whole(histogram->count));
    if (histogram->count == 0)
        return out;
    json_object_set_new(out, "min", whole(histogram->min));
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        json_object_set_new(out, points[i].key,
                            whole(tf_histogram_percentile(histogram, points[i].percent)));
    json_object_set_new(out, "max", whole(histogram->max));
    json_object_set_new(out, "curve", curve_of(histogram));
    return out;
}

json_t *tf_spread_json(struct tf_spread spread)
{
    if (spread.count == 0 || !isfinite(spread.low) || !isfinite(spread.middle) ||
        !isfinite(spread.high))
        return json_null();
    return json_pack("{s:f, s:f, s:f, s:I}", "low", spread.low, "middle", spread.middle, "high",
                     spread.high, "count", (json_int_t)spread.count);
}
