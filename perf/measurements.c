/* SPDX-License-Identifier: Apache-2.0 */
/* The machine first, since every other number rests on it; what takes longest in the middle; the model last. */
#include "model.h"
#include "suite.h"

#include <string.h>

const struct tf_measurement *const tf_measurements[] = {
    &tf_measure_jitter, &tf_measure_memory,  &tf_measure_latency, &tf_measure_throughput,
    &tf_measure_fanout, &tf_measure_compare, &tf_measure_publish, &tf_measure_wait,
    &tf_measure_feed,   &tf_measure_replay,  &tf_measure_model,   NULL};
_Static_assert(sizeof tf_measurements / sizeof tf_measurements[0] <= TF_MEASUREMENTS_MAX,
               "callers keep so many");

const struct tf_measurement *tf_measurement_find(const char *name)
{
    for (int i = 0; tf_measurements[i]; i++)
        if (strcmp(tf_measurements[i]->name, name) == 0)
            return tf_measurements[i];
    return NULL;
}
