/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer.h - a transport of somebody else's library, built apart as peers/NAME.so and loaded when it is asked for, so
 * that neither the build nor a run of Tickfan needs that library.
 *
 * A plug-in exports one symbol, `tf_peer`, and takes nothing from the program but the functions handed to
 * init(): no program has to export symbols, and a plug-in fits tests and the command alike.
 */
#ifndef TF_PEER_H
#define TF_PEER_H

#include "slots.h"

/* Counts up whenever this header or struct tf_transport changes its meaning; sizes are compared besides. */
#define TF_PEER_ABI 1u

/* The program's tf_fail(), and of slots.h what is no inline. */
struct tf_peer_services {
    int (*fail)(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
    bool (*slots_measure)(struct tf_slots *slots, size_t control_size,
                          const struct tf_channel_options *options);
    void (*slots_place)(struct tf_slots *slots, void *memory);
    struct tf_channel *(*channel_alloc)(size_t size);
    void *(*channel_memory)(const struct tf_channel_options *options, size_t size);
    void (*shared_free)(void *memory, size_t size);
    uint64_t (*gate_wait)(struct tf_gate *gate, uint64_t (*room)(struct tf_channel *),
                          struct tf_channel *channel);
};

struct tf_peer {
    uint32_t abi; /* TF_PEER_ABI; stays first */
    uint32_t transport_size, options_size;
    const struct tf_transport *transport; /* its name is the file's */
    void (*init)(const struct tf_peer_services *services);
};

/* What `tf_peer` of a plug-in is initialised with. */
#define TF_PEER_INIT(its_transport, its_init)                                                  \
    {                                                                                          \
        .abi = TF_PEER_ABI, .transport_size = sizeof(struct tf_transport),                     \
        .options_size = sizeof(struct tf_channel_options), .transport = (its_transport),       \
        .init = (its_init)                                                                     \
    }

/* Load peers/`name`.so.  NULL, and tf_errmsg(): not built, or not fit for this program. */
const struct tf_transport *tf_peer_load(const char *name);

#endif
