/* SPDX-License-Identifier: Apache-2.0 */
#include "binaryfile.h"

/*
 * Messages are found in blocks, and a block's orders are loaded while the one before is
 * decoded. That is 8 to 16 messages ahead, 300 to 600 ns, where a miss to memory with its page
 * walk takes 100 to 200 ns; a longer block waits for more loads at once than a core keeps under
 * way.
 */
enum { BLOCK = 8 };

struct block {
    struct tf_message messages[BLOCK];
    uint32_t count;
};

/* The next messages from *at on, which moves behind them, and the loading begun. */
static inline void find_block(struct block *block, const uint8_t *bytes, size_t length,
                              size_t *at, uint32_t most, const struct tf_decoder_ops *ops,
                              const struct tf_decoder *decoder)
{
    uint32_t count = 0;
    most = most < BLOCK ? most : BLOCK;
    while (count < most) {
        size_t frame = tf_binaryfile_frame(bytes + *at, length - *at);
        if (frame <= 2)
            break;
        block->messages[count++] = (struct tf_message){bytes + *at + 2, (uint32_t)frame - 2};
        *at += frame;
    }
    block->count = count;
    if (ops->prefetch)
        ops->prefetch(decoder, block->messages, count);
}

/* At most `most` messages, which the sink has room for; returns how many there were. */
static uint32_t decode_run(const uint8_t *bytes, size_t length, uint32_t most,
                           const struct tf_decoder_ops *ops, struct tf_decoder *decoder,
                           struct tf_sink *sink, size_t *consumed)
{
    struct block blocks[2];
    struct block *now = &blocks[0], *next = &blocks[1];
    uint32_t messages = 0;
    size_t at = 0;
    find_block(now, bytes, length, &at, most, ops, decoder);
    while (now->count) {
        messages += now->count;
        find_block(next, bytes, length, &at, most - messages, ops, decoder);
        for (uint32_t i = 0; i < now->count; i++)
            ops->decode(decoder, now->messages[i].bytes, now->messages[i].length, sink);
        struct block *done = now;
        now = next;
        next = done;
    }
    *consumed = at;
    return messages;
}

uint32_t tf_binaryfile_decode(struct tf_binaryfile *session, const uint8_t *bytes,
                              size_t length, uint32_t messages_max,
                              const struct tf_decoder_ops *ops, struct tf_decoder *decoder,
                              struct tf_sink *sink, size_t *consumed)
{
    size_t at = 0;
    uint32_t messages = 0, most, got;
    do {
        /*
         * Room for so many messages whatever they are; most give one tick, so look again after.
         */
        most = (sink->capacity - sink->count) / TF_TICKS_PER_MESSAGE_MAX;
        if (most > messages_max - messages)
            most = messages_max - messages;
        size_t used;
        got = decode_run(bytes + at, length - at, most, ops, decoder, sink, &used);
        messages += got;
        at += used;
    } while (most && got == most);
    if (got < most && tf_binaryfile_frame(bytes + at, length - at) == 2) {
        session->ended = true;
        at += 2;
    }
    *consumed = at;
    return messages;
}
