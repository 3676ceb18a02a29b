/* SPDX-License-Identifier: Apache-2.0 */
#include "rule.h"

#include <math.h>

/* Of the limit.  A median that is less sure than this hides a miss of a tenth. */
static const double judged_most = 0.10;

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
    double notch = 1.57 * (reading->high - reading->low) / sqrt(reading->rounds);
    double agreement = 0.02 * fabs(reading->middle);
    return notch > agreement ? notch : agreement;
}

enum tf_standing tf_standing_of(enum tf_better better, double limit,
                                const struct tf_reading *reading)
{
    double uncertainty = tf_uncertainty(reading);
    if (meets(better, limit, reading->middle))
        return TF_MEETS;
    if (!meets(better, limit,
               reading->middle + (better == TF_AT_LEAST ? uncertainty : -uncertainty)))
        return TF_MISSES;
    return uncertainty > judged_most * fabs(limit) ? TF_TOO_WIDE : TF_CLOSE;
}
