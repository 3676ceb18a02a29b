/* SPDX-License-Identifier: Apache-2.0 */
#include "candidates.h"

#include "error.h"
#include "torn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_in(const struct tf_candidates *all, const char *name)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (strcmp(all->list[i].name, name) == 0)
            return true;
    return false;
}

static void add(struct tf_candidates *all, const char *name,
                const struct tf_transport *transport)
{
    if (all->count == TF_CANDIDATES_MAX || is_in(all, name))
        return;
    struct tf_candidate *candidate = &all->list[all->count++];
    *candidate = (struct tf_candidate){.name = name, .transport = transport};
    char why[128] = "";
    if (!transport)
        snprintf(candidate->why, sizeof candidate->why, "%s", tf_errmsg());
    else if (transport->available && !transport->available(why))
        snprintf(candidate->why, sizeof candidate->why, "%s", why);
}

static bool is_peer(const char *name)
{
    for (int i = 0; tf_peer_names[i]; i++)
        if (strcmp(tf_peer_names[i], name) == 0)
            return true;
    return false;
}

static void add_all(struct tf_candidates *all)
{
    for (int i = 0; tf_transports[i]; i++)
        add(all, tf_transports[i]->name, tf_transports[i]);
    for (int i = 0; tf_peer_names[i]; i++)
        add(all, tf_peer_names[i], tf_transport_find(tf_peer_names[i]));
}

/* One name of --only; a peer that is not built is a row that says so, a name that nobody has is an error. */
static int add_named(struct tf_candidates *all, const char *name)
{
    const struct tf_transport *transport = tf_transport_find(name);
    if (transport) {
        add(all, transport->name, transport);
        return 0;
    }
    for (int i = 0; is_peer(name) && tf_peer_names[i]; i++)
        if (strcmp(tf_peer_names[i], name) == 0)
            add(all, tf_peer_names[i], NULL);
    return is_peer(name) ? 0 : TF_EUSAGE; /* tf_transport_find() has said what there is */
}

static int add_list(struct tf_candidates *all, const char *only)
{
    char *list = strdup(only), *rest = list, *name;
    int error = list ? 0 : tf_fail(TF_EOS, "no memory for a list of transports");
    while (error == 0 && (name = strsep(&rest, ",")))
        if (*name)
            error = add_named(all, name);
    free(list);
    return error;
}

int tf_candidates_gather(struct tf_candidates *all, const struct tf_perf_options *options)
{
    *all = (struct tf_candidates){.count = 0};
    add(all, "raw", tf_transport_find("raw"));
    add(all, "tickfan", tf_transport_find("tickfan"));
    if (options->tear)
        add(all, tf_transport_torn.name, &tf_transport_torn);
    if (options->only)
        return add_list(all, options->only);
    if (!options->tear) /* a self-test needs no one else */
        add_all(all);
    return 0;
}
