/* SPDX-License-Identifier: Apache-2.0 */
#include "send_store.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 256 * 1024, SESSIONS_MAX = 64, BLOCK_HEAD = 2 };

/* Consecutive messages, as blocks one behind the other. */
struct chunk {
    uint64_t first;
    uint32_t count, room; /* messages, and places in ends */
    uint32_t used;
    uint32_t *ends; /* where each message's block ends */
    uint8_t bytes[CHUNK_BYTES];
};

struct session {
    uint8_t id[TF_MOLDUDP64_SESSION];
    struct chunk **chunks; /* by sequence: chunks[front..count) */
    uint32_t front, count, room;
};

struct tf_send_store {
    struct session sessions[SESSIONS_MAX];
    uint32_t session_count;
    uint64_t limit, held; /* bytes, of chunks */
    struct tf_send_store_counts counts;
};

struct tf_send_store *tf_send_store_open(uint64_t limit_bytes)
{
    struct tf_send_store *store = calloc(1, sizeof *store);
    if (!store) {
        tf_fail(TF_EOS, "no memory for a re-request server");
        return 0;
    }
    store->limit = limit_bytes;
    return store;
}

static void free_chunk(struct tf_send_store *store, struct chunk *chunk)
{
    free(chunk->ends);
    free(chunk);
    store->held -= sizeof *chunk;
}

void tf_send_store_close(struct tf_send_store *store)
{
    if (!store)
        return;
    for (uint32_t i = 0; i < store->session_count; i++) {
        struct session *session = &store->sessions[i];
        while (session->front < session->count)
            free_chunk(store, session->chunks[session->front++]);
        free(session->chunks);
    }
    free(store);
}

static struct session *find_session(struct tf_send_store *store, const uint8_t *id)
{
    for (uint32_t i = 0; i < store->session_count; i++)
        if (memcmp(store->sessions[i].id, id, TF_MOLDUDP64_SESSION) == 0)
            return &store->sessions[i];
    return 0;
}

static struct chunk *last_chunk(const struct session *session)
{
    return session->front < session->count ? session->chunks[session->count - 1] : 0;
}

/* A new last chunk of the session, at the price of its oldest where the store is full. */
static struct chunk *add_chunk(struct tf_send_store *store, struct session *session,
                               uint64_t first)
{
    while (store->held + sizeof(struct chunk) > store->limit &&
           session->front + 1 < session->count)
        free_chunk(store, session->chunks[session->front++]);
    if (session->front > 64 && session->front * 2 > session->count) {
        memmove(session->chunks, session->chunks + session->front,
                (session->count - session->front) * sizeof(struct chunk *));
        session->count -= session->front;
        session->front = 0;
    }
    if (session->count == session->room) {
        uint32_t room = session->room ? session->room * 2 : 64;
        struct chunk **chunks = realloc(session->chunks, room * sizeof(struct chunk *));
        if (!chunks)
            return 0;
        session->chunks = chunks;
        session->room = room;
    }
    struct chunk *chunk = malloc(sizeof *chunk);
    if (!chunk)
        return 0;
    chunk->first = first;
    chunk->count = chunk->room = chunk->used = 0;
    chunk->ends = 0;
    store->held += sizeof *chunk;
    session->chunks[session->count++] = chunk;
    return chunk;
}

static bool append(struct tf_send_store *store, struct session *session, uint64_t sequence,
                   const struct tf_venue_message *message)
{
    struct chunk *chunk = last_chunk(session);
    uint32_t block = BLOCK_HEAD + message->length;
    if (chunk && sequence < chunk->first + chunk->count)
        return true;
    if (!chunk || sequence != chunk->first + chunk->count || chunk->used + block > CHUNK_BYTES)
        chunk = add_chunk(store, session, sequence);
    if (!chunk)
        return false;
    if (chunk->count == chunk->room) {
        uint32_t room = chunk->room ? chunk->room * 2 : 1024;
        uint32_t *ends = realloc(chunk->ends, room * sizeof *ends);
        if (!ends)
            return false;
        chunk->ends = ends;
        chunk->room = room;
    }
    memcpy(chunk->bytes + chunk->used, message->bytes - BLOCK_HEAD, block);
    chunk->used += block;
    chunk->ends[chunk->count++] = chunk->used;
    return true;
}

bool tf_send_store_add(struct tf_send_store *store, const struct tf_segment *segment)
{
    struct session *session = find_session(store, segment->key);
    if (!session) {
        if (store->session_count == SESSIONS_MAX)
            return false;
        session = &store->sessions[store->session_count++];
        *session = (struct session){0};
        memcpy(session->id, segment->key, TF_MOLDUDP64_SESSION);
    }
    struct tf_venue_message message;
    uint32_t at = 0;
    for (uint32_t i = 0; i < segment->units && tf_moldudp64.next(segment, &at, &message); i++)
        if (!append(store, session, segment->sequence + i, &message))
            return false;
    return true;
}

/* The chunk that holds the sequence, or NULL. */
static const struct chunk *find_chunk(const struct session *session, uint64_t sequence)
{
    uint32_t low = session->front, high = session->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (session->chunks[middle]->first <= sequence)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == session->front)
        return 0;
    const struct chunk *chunk = session->chunks[low - 1];
    return sequence - chunk->first < chunk->count ? chunk : 0;
}

uint32_t tf_send_store_answer(struct tf_send_store *store, const uint8_t *bytes, size_t length,
                              uint8_t *out, uint32_t room)
{
    struct tf_moldudp64_request request;
    store->counts.requests++;
    if (!tf_moldudp64_request_get(bytes, length, &request) || room < TF_MOLDUDP64_HEADER) {
        store->counts.malformed++;
        return 0;
    }
    const struct session *session = find_session(store, request.session);
    if (!session) {
        store->counts.unknown++;
        return 0;
    }
    const struct chunk *chunk = find_chunk(session, request.sequence);
    uint32_t space = room - TF_MOLDUDP64_HEADER;
    uint32_t index = chunk ? (uint32_t)(request.sequence - chunk->first) : 0;
    uint32_t from = index ? chunk->ends[index - 1] : 0, to = from;
    uint16_t count = 0;
    while (chunk && count < request.count && index < chunk->count &&
           chunk->ends[index] - from <= space) {
        to = chunk->ends[index++];
        count++;
    }
    if (count == 0) {
        store->counts.absent++;
        return 0;
    }
    tf_moldudp64_header_put(request.session, request.sequence, count, out);
    memcpy(out + TF_MOLDUDP64_HEADER, chunk->bytes + from, to - from);
    store->counts.answers++;
    store->counts.messages += count;
    return TF_MOLDUDP64_HEADER + to - from;
}

const struct tf_send_store_counts *tf_send_store_counts(const struct tf_send_store *store)
{
    return &store->counts;
}
