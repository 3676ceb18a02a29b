/* SPDX-License-Identifier: Apache-2.0 */
#include "format.h"

#include "cme_mdp3.h"
#include "dbn.h"
#include "iex.h"
#include "itch50.h"
#include "lobster.h"
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
    &tf_format_lobster,
    &tf_format_dbn,
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
