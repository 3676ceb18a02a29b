/* SPDX-License-Identifier: Apache-2.0 */
#include "fitness.h"
#include "machine_source.h"

#include <inttypes.h>
#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static void take(XXH3_state_t *state, const char *text)
{
    XXH3_64bits_update(state, text, strlen(text) + 1);
}

/*
 * The installation's own number, or else the host's name, and the CPU with the count of all CPUs, on- and offline: a disk
 * that moves to another machine, and a virtual machine that is given more CPUs, must not be judged by the old
 * baseline.  No kernel version, no microcode, no clock rate: those change on the machine and are what one wants
 * to compare.  Nothing that only root can read, or the name would depend on who asks.
 */
void tf_machine_id_of(const char *root, char id[13])
{
    static const char *const fields[] = {"vendor_id",  "cpu family", "model",
                                         "model name", "stepping",   "CPU implementer",
                                         "CPU part"};
    XXH3_state_t state;
    char text[256];
    XXH3_64bits_reset(&state);
    if (tf_source_line(text, sizeof text, root, "/etc/machine-id") ||
        tf_source_line(text, sizeof text, root, "/var/lib/dbus/machine-id") ||
        tf_source_line(text, sizeof text, root, "/proc/sys/kernel/hostname"))
        take(&state, text);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (tf_source_field(text, sizeof text, root, "/proc/cpuinfo", fields[i]))
            take(&state, text);
    if (tf_source_line(text, sizeof text, root, "/sys/devices/system/cpu/present"))
        take(&state, text);
    snprintf(id, 13, "%012" PRIx64, XXH3_64bits_digest(&state) >> 16);
}

void tf_machine_id(char id[13])
{
    tf_machine_id_of(tf_this_machine, id);
}
