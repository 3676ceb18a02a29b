/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DPDK's ring for one producer and one consumer, in memory of our own, which needs no environment layer to be started.
 * Bursts go through its zero-copy calls: the ordinary ones copy elements by 4 bytes.
 */
#include "plugin.h"

#include <rte_ring.h>
#include <rte_ring_peek_zc.h>
#include <rte_version.h>
#include <stdlib.h>

struct tf_channel {
    struct rte_ring *ring; /* shared */
    size_t shared_size;
    unsigned message_size;
    struct tf_gate gate;
};

static struct tf_channel *create(const struct tf_channel_options *options)
{
    struct tf_slots sizes;
    if (!tickfan->slots_measure(&sizes, 0, options))
        return NULL;
    unsigned capacity = (unsigned)tf_slots_capacity(&sizes);
    ssize_t size = rte_ring_get_memsize_elem(options->message_size, capacity);
    struct tf_channel *channel = size > 0 ? tickfan->channel_alloc(sizeof *channel) : NULL;
    if (!channel)
        return NULL;
    channel->message_size = options->message_size;
    channel->shared_size = (size_t)size;
    channel->ring = tickfan->channel_memory(options, channel->shared_size);
    if (!channel->ring) {
        free(channel);
        return NULL;
    }
    int error =
        rte_ring_init(channel->ring, "tickfan", capacity, RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (error != 0) {
        tickfan->fail(TF_EOS, "rte_ring_init: %s", strerror(-error));
        tickfan->shared_free(channel->ring, channel->shared_size);
        free(channel);
        return NULL;
    }
    return channel;
}

static void destroy(struct tf_channel *channel)
{
    tickfan->shared_free(channel->ring, channel->shared_size);
    free(channel);
}

static uint64_t room(struct tf_channel *channel)
{
    return rte_ring_free_count(channel->ring);
}

static void send(struct tf_channel *channel, const void *messages, uint32_t count)
{
    size_t size = channel->message_size;
    const unsigned char *from = messages;
    while (count > 0) {
        struct rte_ring_zc_data place;
        unsigned part = rte_ring_enqueue_zc_burst_elem_start(
            channel->ring, channel->message_size, count, &place, NULL);
        if (part == 0) {
            if (tickfan->gate_wait(&channel->gate, room, channel) == 0)
                return;
            continue;
        }
        unsigned first = part < place.n1 ? part : place.n1;
        tf_copy_message(place.ptr1, from, first * size);
        if (part > first)
            memcpy(place.ptr2, from + first * size, (part - first) * size);
        rte_ring_enqueue_zc_elem_finish(channel->ring, part);
        from += part * size;
        count -= part;
    }
}

static uint32_t receive(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost)
{
    (void)lost;
    size_t size = channel->message_size;
    struct rte_ring_zc_data place;
    unsigned count = rte_ring_dequeue_zc_burst_elem_start(channel->ring, channel->message_size,
                                                          max, &place, NULL);
    if (count == 0)
        return 0;
    unsigned first = count < place.n1 ? count : place.n1;
    tf_copy_message(out, place.ptr1, first * size);
    if (count > first)
        memcpy((unsigned char *)out + first * size, place.ptr2, (count - first) * size);
    rte_ring_dequeue_zc_elem_finish(channel->ring, count);
    return count;
}

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

static const struct tf_transport transport = {
    .name = "rte_ring",
    .what = "DPDK's ring for one writer and one reader, in bursts",
    .origin = "DPDK " TEXT(RTE_VER_YEAR) "." TEXT(RTE_VER_MONTH),
    .readers_max = 1,
    .create = create,
    .destroy = destroy,
    .send = send,
    .receive = receive,
};

const struct tf_peer tf_peer = TF_PEER_INIT(&transport, plugin_init);
