/* SPDX-License-Identifier: Apache-2.0 */
#include "pairing.h"

#include "error.h"

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { AHEAD = 4096, DESTINATIONS = 4096, SEEN = 4 * AHEAD };
/* Shorter packets without a time of their own may be alike on different feeds. */
enum { TELLING_LENGTH = 24 };
static const uint64_t ahead_ns = 1000000000;

struct destination {
    uint32_t address, group; /* the group's first destination; its own index: itself */
    uint16_t port;
    bool decided;  /* of a group's first: a packet of the group was given */
    bool declared; /* the feed knows of it */
};

struct tf_pairing {
    const struct tf_session_ops *session;
    struct tf_packet packets[AHEAD]; /* a ring; first..first + count */
    uint32_t first, count;
    uint8_t *taken;  /* the bytes of the packet taken last */
    uint64_t serial; /* of the packet added last */
    struct destination destinations[DESTINATIONS];
    uint32_t destination_count, likely;
    struct {
        uint64_t hash, serial;
        uint32_t destination;
    } seen[SEEN];
};

struct tf_pairing *tf_pairing_open(const struct tf_session_ops *session)
{
    struct tf_pairing *pairing = calloc(1, sizeof *pairing);
    if (!pairing) {
        tf_fail(TF_EOS, "no memory to look for the lines of a capture");
        return 0;
    }
    pairing->session = session;
    return pairing;
}

void tf_pairing_close(struct tf_pairing *pairing)
{
    if (!pairing)
        return;
    for (uint32_t i = 0; i < pairing->count; i++)
        free((void *)(uintptr_t)pairing->packets[(pairing->first + i) % AHEAD].bytes);
    free(pairing->taken);
    free(pairing);
}

bool tf_pairing_wants(const struct tf_pairing *pairing)
{
    if (pairing->count == AHEAD)
        return false;
    if (pairing->count < 2)
        return true;
    uint64_t oldest = pairing->packets[pairing->first].ts_recv;
    uint64_t newest = pairing->packets[(pairing->first + pairing->count - 1) % AHEAD].ts_recv;
    return newest < oldest || newest - oldest < ahead_ns;
}

/* Its index; DESTINATIONS: there are too many. */
static uint32_t destination_of(struct tf_pairing *pairing, const struct tf_flow *flow)
{
    uint32_t at = pairing->likely;
    for (uint32_t i = 0; i < pairing->destination_count; i++) {
        if (at >= pairing->destination_count)
            at = 0;
        if (pairing->destinations[at].address == flow->address &&
            pairing->destinations[at].port == flow->port)
            return pairing->likely = at;
        at++;
    }
    if (pairing->destination_count == DESTINATIONS)
        return DESTINATIONS;
    at = pairing->destination_count++;
    pairing->destinations[at] =
        (struct destination){.address = flow->address, .port = flow->port, .group = at};
    return at;
}

static uint32_t group_of(const struct tf_pairing *pairing, uint32_t destination)
{
    while (pairing->destinations[destination].group != destination)
        destination = pairing->destinations[destination].group;
    return destination;
}

/* They brought the same packet; unless both were read already, they are of one group. */
static void unite(struct tf_pairing *pairing, uint32_t a, uint32_t b)
{
    a = group_of(pairing, a);
    b = group_of(pairing, b);
    if (a == b || (pairing->destinations[a].decided && pairing->destinations[b].decided))
        return;
    bool a_stays =
        pairing->destinations[a].decided || (!pairing->destinations[b].decided && a < b);
    pairing->destinations[a_stays ? b : a].group = a_stays ? a : b;
}

static bool is_telling(const struct tf_pairing *pairing, const struct tf_packet *packet)
{
    struct tf_segment segment = {.ts_send = TF_UNDEF_TIMESTAMP};
    return pairing->session->parse(packet, &segment) && segment.kind == TF_SEGMENT_DATA &&
           !segment.unsequenced &&
           (segment.ts_send != TF_UNDEF_TIMESTAMP || packet->length >= TELLING_LENGTH);
}

static void look_for_twin(struct tf_pairing *pairing, const struct tf_packet *packet)
{
    uint32_t destination = destination_of(pairing, &packet->flow);
    if (destination == DESTINATIONS || !is_telling(pairing, packet))
        return;
    uint64_t hash = XXH3_64bits(packet->bytes, packet->length);
    uint32_t slot = (uint32_t)(hash >> 32) % SEEN;
    if (pairing->seen[slot].hash == hash && pairing->seen[slot].destination != destination &&
        pairing->serial - pairing->seen[slot].serial <= pairing->count)
        unite(pairing, destination, pairing->seen[slot].destination);
    pairing->seen[slot].hash = hash;
    pairing->seen[slot].serial = pairing->serial;
    pairing->seen[slot].destination = destination;
}

bool tf_pairing_add(struct tf_pairing *pairing, const struct tf_packet *packet)
{
    uint8_t *bytes = malloc(packet->length ? packet->length : 1);
    if (!bytes)
        return false;
    if (packet->length)
        memcpy(bytes, packet->bytes, packet->length);
    struct tf_packet *copy = &pairing->packets[(pairing->first + pairing->count++) % AHEAD];
    *copy = *packet;
    copy->bytes = bytes;
    pairing->serial++;
    look_for_twin(pairing, copy);
    return true;
}

int tf_pairing_take(struct tf_pairing *pairing, struct tf_feed *feed, struct tf_packet *packet)
{
    free(pairing->taken);
    pairing->taken = 0;
    if (!pairing->count)
        return 0;
    *packet = pairing->packets[pairing->first];
    pairing->first = (pairing->first + 1) % AHEAD;
    pairing->count--;
    pairing->taken = (uint8_t *)(uintptr_t)packet->bytes;
    uint32_t destination = destination_of(pairing, &packet->flow);
    if (destination == DESTINATIONS || pairing->destinations[destination].declared)
        return 1;
    uint32_t group = group_of(pairing, destination);
    pairing->destinations[destination].declared = true;
    pairing->destinations[group].decided = true;
    tf_feed_declare(feed, packet->flow.address, packet->flow.port, group);
    return 1;
}
