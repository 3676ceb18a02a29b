/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

#include "cme_mdp3.h"
#include "iex.h"
#include "itch50.h"
#include "pitch_ascii.h"
#include "pitch_binary.h"

#include <stdio.h>
#include <string.h>

const struct tf_format *const tf_formats[] = {
    &tf_format_itch50,
    &tf_format_moldudp64_itch50,
    &tf_format_iex_tops,
    &tf_format_iex_deep,
    &tf_format_iex_deepplus,
    &tf_format_cme_mdp3,
    &tf_format_pitch_binary,
    &tf_format_pitch_ascii,
    0,
};

const struct tf_format *tf_format_by_name(const char *name)
{
    for (unsigned i = 0; tf_formats[i]; i++)
        if (strcmp(tf_formats[i]->name, name) == 0)
            return tf_formats[i];
    return 0;
}

char *tf_format_list(char *out, size_t size, bool descriptions)
{
    size_t used = (size_t)snprintf(out, size, "auto");
    for (unsigned i = 0; tf_formats[i] && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, descriptions ? ", %s (%s)" : ", %s",
                                 tf_formats[i]->name, tf_formats[i]->description);
    return out;
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
        [TF_ANOMALY_BAD_PACKET] = "bad_packet",
        [TF_ANOMALY_CUT_PACKET] = "cut_packet",
        [TF_ANOMALY_FOREIGN_PACKET] = "foreign_packet",
    };
    _Static_assert(sizeof names / sizeof names[0] == TF_ANOMALY_COUNT, "one name per anomaly");
    return (unsigned)anomaly < TF_ANOMALY_COUNT ? names[anomaly] : "unknown";
}

bool tf_anomaly_is_damage(enum tf_anomaly anomaly)
{
    return anomaly == TF_ANOMALY_UNKNOWN_TYPE || anomaly == TF_ANOMALY_BAD_LENGTH ||
           anomaly == TF_ANOMALY_BAD_FIELD || anomaly == TF_ANOMALY_BAD_PACKET ||
           anomaly == TF_ANOMALY_CUT_PACKET;
}

void tf_type_letter(unsigned type, char name[8])
{
    snprintf(name, 8, type > ' ' && type < 0x7F ? "%c" : "0x%02x", type & 0xFF);
}
