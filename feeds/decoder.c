/* SPDX-License-Identifier: Apache-2.0 */
#include "decoder.h"

#include <stdio.h>

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
        [TF_ANOMALY_BAD_PACKET] = "bad_packet",
        [TF_ANOMALY_CUT_PACKET] = "cut_packet",
        [TF_ANOMALY_TOO_MANY_LINES] = "too_many_lines",
        [TF_ANOMALY_FOREIGN_PACKET] = "foreign_packet",
    };
    _Static_assert(sizeof names / sizeof names[0] == TF_ANOMALY_COUNT, "one name per anomaly");
    return (unsigned)anomaly < TF_ANOMALY_COUNT ? names[anomaly] : "unknown";
}

bool tf_anomaly_is_damage(enum tf_anomaly anomaly)
{
    return anomaly == TF_ANOMALY_UNKNOWN_TYPE || anomaly == TF_ANOMALY_BAD_LENGTH ||
           anomaly == TF_ANOMALY_BAD_FIELD || anomaly == TF_ANOMALY_BAD_PACKET ||
           anomaly == TF_ANOMALY_CUT_PACKET || anomaly == TF_ANOMALY_TOO_MANY_LINES;
}

void tf_type_letter(unsigned type, char name[8])
{
    snprintf(name, 8, type > ' ' && type < 0x7F ? "%c" : "0x%02x", type & 0xFF);
}
