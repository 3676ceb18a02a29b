/* SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"

#include "itch50.h"

#include <string.h>

const struct tf_decoder_ops *const tf_decoders[] = {&tf_itch50_ops, 0};

const struct tf_decoder_ops *tf_decoder_by_name(const char *name)
{
    for (unsigned i = 0; tf_decoders[i]; i++)
        if (strcmp(tf_decoders[i]->name, name) == 0)
            return tf_decoders[i];
    return 0;
}

const char *tf_anomaly_name(enum tf_anomaly anomaly)
{
    static const char *const names[] = {
        [TF_ANOMALY_UNKNOWN_TYPE] = "unknown_type",
        [TF_ANOMALY_BAD_LENGTH] = "bad_length",
        [TF_ANOMALY_BAD_FIELD] = "bad_field",
        [TF_ANOMALY_UNKNOWN_ORDER] = "unknown_order",
        [TF_ANOMALY_DUPLICATE_ORDER] = "duplicate_order",
        [TF_ANOMALY_OVERFILL] = "overfill",
        [TF_ANOMALY_SIZE_OVERFLOW] = "size_overflow",
        [TF_ANOMALY_TIME_BACKWARDS] = "time_backwards",
        [TF_ANOMALY_NO_MEMORY] = "no_memory",
    };
    _Static_assert(sizeof names / sizeof names[0] == TF_ANOMALY_COUNT, "one name per anomaly");
    return (unsigned)anomaly < TF_ANOMALY_COUNT ? names[anomaly] : "unknown";
}

bool tf_anomaly_is_damage(enum tf_anomaly anomaly)
{
    return anomaly == TF_ANOMALY_UNKNOWN_TYPE || anomaly == TF_ANOMALY_BAD_LENGTH ||
           anomaly == TF_ANOMALY_BAD_FIELD;
}
