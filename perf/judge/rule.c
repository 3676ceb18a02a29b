/* SPDX-License-Identifier: Apache-2.0 */
#include "rule.h"

#include <math.h>

/* Of the limit.  A median that is less sure than this hides a miss of a tenth. */
static const double judged_most = 0.10;
/* Of the median.  Two runs of one build agree to that when nothing else changes: better than this need not be known. */
static const double certain = 0.02;

static bool meets(enum tf_better better, double limit, double value)
{
    switch (better) {
    case TF_AT_MOST:
        return value <= limit;
    case TF_BELOW:
        return value < limit;
    default:
        return value >= limit;
    }
}

double tf_uncertainty(const struct tf_reading *reading)
{
    if (reading->rounds == 0)
        return 0;
    return 1.57 * (reading->high - reading->low) / sqrt(reading->rounds);
}

enum tf_standing tf_standing_of(enum tf_better better, double limit,
                                const struct tf_reading *reading)
{
    double uncertainty = tf_uncertainty(reading);
    if (uncertainty > certain * fabs(reading->middle) &&
        fabs(reading->middle - limit) <= uncertainty)
        return uncertainty > judged_most * fabs(limit) ? TF_TOO_WIDE : TF_CLOSE;
    return meets(better, limit, reading->middle) ? TF_MEETS : TF_MISSES;
}
