/* SPDX-License-Identifier: Apache-2.0 */
#include "transport.h"

#include "error.h"
#include "peer.h"

#include <stdio.h>
#include <string.h>

extern const struct tf_transport tf_transport_raw, tf_transport_tickfan, tf_transport_seqlocks,
    tf_transport_two_lines, tf_transport_gated_log, tf_transport_spsc_aligned,
    tf_transport_spsc_count, tf_transport_mmap_file, tf_transport_eventfd, tf_transport_mutex,
    tf_transport_semaphores, tf_transport_pipe, tf_transport_seqpacket, tf_transport_mqueue;

/* The limit, the product, its own class, then from rings to system calls. */
const struct tf_transport *const tf_transports[] = {
    &tf_transport_raw,        &tf_transport_tickfan,    &tf_transport_seqlocks,
    &tf_transport_two_lines,  &tf_transport_gated_log,  &tf_transport_spsc_aligned,
    &tf_transport_spsc_count, &tf_transport_mmap_file,  &tf_transport_eventfd,
    &tf_transport_mutex,      &tf_transport_semaphores, &tf_transport_pipe,
    &tf_transport_seqpacket,  &tf_transport_mqueue,     NULL,
};

static bool is_peer(const char *name)
{
    for (size_t i = 0; tf_peer_names[i]; i++)
        if (strcmp(tf_peer_names[i], name) == 0)
            return true;
    return false;
}

static void unknown(const char *name)
{
    char known[512];
    size_t used = 0;
    known[0] = '\0';
    for (size_t i = 0; tf_transports[i] && used < sizeof known; i++)
        used +=
            (size_t)snprintf(known + used, sizeof known - used, " %s", tf_transports[i]->name);
    for (size_t i = 0; tf_peer_names[i] && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, " %s", tf_peer_names[i]);
    tf_fail(TF_EUSAGE, "no transport is called '%.64s'; there are%s", name, known);
}

const struct tf_transport *tf_transport_find(const char *name)
{
    for (size_t i = 0; tf_transports[i]; i++)
        if (strcmp(tf_transports[i]->name, name) == 0)
            return tf_transports[i];
    if (is_peer(name))
        return tf_peer_load(name);
    unknown(name);
    return NULL;
}
