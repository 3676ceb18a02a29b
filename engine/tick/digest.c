/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct tf_digest {
    XXH3_state_t state;
    uint64_t ticks;
    bool content_alone;
};

struct tf_digest *tf_digest_new(void)
{
    /* The state asks for 64-byte alignment, more than malloc() promises. */
    void *memory = aligned_alloc(64, (sizeof(struct tf_digest) + 63) / 64 * 64);
    if (memory) {
        ((struct tf_digest *)memory)->content_alone = false;
        tf_digest_reset(memory);
    }
    return memory;
}

void tf_digest_content_alone(struct tf_digest *digest)
{
    digest->content_alone = true;
}

void tf_digest_free(struct tf_digest *digest)
{
    free(digest);
}

void tf_digest_reset(struct tf_digest *digest)
{
    XXH3_64bits_reset(&digest->state);
    digest->ticks = 0;
}

static void leave_out_times(const struct tf_tick *tick, unsigned char *content)
{
    uint64_t undefined = TF_UNDEF_TIMESTAMP;
    if (tick->rtype == TF_RTYPE_GAP)
        memcpy(content, &undefined, sizeof undefined);
    memcpy(content + 8, &undefined, sizeof undefined);
}

void tf_digest_add(struct tf_digest *digest, const struct tf_tick *ticks, size_t count)
{
    /* Content is ts_event, ts_recv and the 32 bytes from order_id on. */
    enum { CONTENT = 48, BATCH = 64 };
    unsigned char content[BATCH * CONTENT];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!tf_tick_is_content(&ticks[i]))
            continue;
        memcpy(content + used, &ticks[i].ts_event, 16);
        memcpy(content + used + 16, &ticks[i].order_id, 32);
        if (digest->content_alone)
            leave_out_times(&ticks[i], content + used);
        used += CONTENT;
        digest->ticks++;
        if (used == sizeof content) {
            XXH3_64bits_update(&digest->state, content, used);
            used = 0;
        }
    }
    XXH3_64bits_update(&digest->state, content, used);
}

uint64_t tf_digest_value(const struct tf_digest *digest)
{
    return XXH3_64bits_digest(&digest->state);
}

uint64_t tf_digest_ticks(const struct tf_digest *digest)
{
    return digest->ticks;
}
