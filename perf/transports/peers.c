/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include "error.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const tf_peer_names[] = {"ck_ring", "rte_ring", "iceoryx", "zeromq", "nng", NULL};

#ifdef TF_STATIC

const struct tf_transport *tf_peer_load(const char *name)
{
    tf_fail(TF_ENOSTREAM,
            "%s is a plug-in, and this is a static build, which loads none: use a build of "
            "'ninja' and 'ninja peers'",
            name);
    return NULL;
}

#else

#include <dlfcn.h>

static const struct tf_peer_services services = {
    .fail = tf_fail,
    .slots_measure = tf_slots_measure,
    .slots_place = tf_slots_place,
    .channel_alloc = tf_channel_alloc,
    .channel_memory = tf_channel_memory,
    .shared_free = tf_shared_free,
    .gate_wait = tf_gate_wait,
};

/* $TICKFAN_PEERS, or peers/ beside this program. */
static bool folder(char *path, size_t size)
{
    const char *given = getenv("TICKFAN_PEERS");
    if (given && *given)
        return (size_t)snprintf(path, size, "%s", given) < size;
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    size_t room = slash ? size - (size_t)(slash + 1 - path) : 0;
    return slash && (size_t)snprintf(slash + 1, room, "peers") < room;
}

static const struct tf_transport *check(const struct tf_peer *peer, const char *name,
                                        const char *path)
{
    if (peer && peer->abi == TF_PEER_ABI &&
        peer->transport_size == sizeof(struct tf_transport) &&
        peer->options_size == sizeof(struct tf_channel_options) &&
        strcmp(peer->transport->name, name) == 0) {
        peer->init(&services);
        return peer->transport;
    }
    tf_fail(TF_ELAYOUT, "%s %s: build it again with 'ninja peers'", path,
            peer ? "was built for another tickfan" : "is no plug-in of tickfan");
    return NULL;
}

/* A plug-in stays loaded: libraries with threads of their own do not like to be unloaded. */
const struct tf_transport *tf_peer_load(const char *name)
{
    char directory[PATH_MAX], path[PATH_MAX + NAME_MAX];
    if (!folder(directory, sizeof directory)) {
        tf_fail(TF_EOS, "cannot tell where %s.so would be: set TICKFAN_PEERS to its folder",
                name);
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s.so", directory, name);
    if (access(path, F_OK) != 0) {
        tf_fail(TF_ENOSTREAM,
                "%s is not built here (no %s): 'deploy/packages install peers && ninja peers'",
                name, path);
        return NULL;
    }
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        tf_fail(TF_ENOSTREAM, "%s: 'deploy/packages install peers && ninja peers'", dlerror());
        return NULL;
    }
    const struct tf_transport *transport = check(dlsym(handle, "tf_peer"), name, path);
    if (!transport)
        dlclose(handle);
    return transport;
}

#endif
