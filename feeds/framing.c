/* SPDX-License-Identifier: Apache-2.0 */
#include "framing.h"

/*
 * Messages are found in blocks, and what a block needs is loaded while the one before is decoded.
 * That is 8 to 16 messages ahead, 300 to 600 ns, where a miss to memory with its page walk takes
 * 100 to 200 ns; a longer block waits for more loads at once than a core keeps under way.
 */
enum { BLOCK = 8 };

struct block {
    struct tf_venue_message messages[BLOCK];
    uint32_t count;
};

struct input {
    const struct tf_framing_ops *framing_ops;
    struct tf_framing *framing;
    const struct tf_decoder_ops *ops;
    struct tf_decoder *decoder;
    const struct tf_flaw *flaw; /* the decoder's last */
    uint64_t flaws;             /* told of */
    const uint8_t *bytes;
    size_t length, at;
    struct block blocks[2];
};

/* The next messages, and the loading begun. */
static inline void find_block(struct input *input, struct block *block, uint32_t most)
{
    size_t used = 0;
    most = most < BLOCK ? most : BLOCK;
    /* Nothing is looked for behind an end mark. */
    block->count =
        most && !input->framing->ended
            ? input->framing_ops->find(input->framing, input->bytes + input->at,
                                       input->length - input->at, block->messages, most, &used)
            : 0;
    input->at += used;
    if (input->ops->prefetch)
        input->ops->prefetch(input->decoder, block->messages, block->count);
}

static void tell_flaw(struct input *input, const struct tf_venue_message *message)
{
    struct tf_flaw_place place = {.flaw = *input->flaw,
                                  .sequence = message->sequence,
                                  .type = input->ops->type_of(message)};
    input->flaws = input->flaw->count;
    if (input->framing->flawed)
        input->framing->flawed(input->framing->context, &place);
}

/* At most `most` messages, which the sink has room for; returns how many there were. */
static uint32_t decode_run(struct input *input, uint32_t most, struct tf_sink *sink)
{
    struct block *now = &input->blocks[0], *next = &input->blocks[1];
    void (*decode)(struct tf_decoder *, const struct tf_venue_message *, struct tf_sink *) =
        input->ops->decode;
    const uint64_t *flaws = &input->flaw->count;
    uint32_t messages = 0;
    find_block(input, now, most);
    while (now->count) {
        messages += now->count;
        find_block(input, next, most - messages);
        const struct tf_venue_message *message = now->messages, *end = message + now->count;
        for (; message < end; message++) {
            decode(input->decoder, message, sink);
            if (__builtin_expect(*flaws != input->flaws, 0))
                tell_flaw(input, message);
        }
        struct block *done = now;
        now = next;
        next = done;
    }
    return messages;
}

uint32_t tf_framing_decode(const struct tf_framing_ops *ops, struct tf_framing *framing,
                           const uint8_t *bytes, size_t length, uint32_t messages_max,
                           const struct tf_decoder_ops *decoder_ops, struct tf_decoder *decoder,
                           struct tf_sink *sink, size_t *consumed)
{
    const struct tf_flaw *flaw = &decoder_ops->counts(decoder)->flaw;
    struct input input = {.framing_ops = ops,
                          .framing = framing,
                          .ops = decoder_ops,
                          .decoder = decoder,
                          .flaw = flaw,
                          .flaws = flaw->count,
                          .bytes = bytes,
                          .length = length};
    for (unsigned i = 0; i < 2 * BLOCK; i++)
        input.blocks[i / BLOCK].messages[i % BLOCK] = (struct tf_venue_message){
            .ts_recv = TF_UNDEF_TIMESTAMP, .ts_send = TF_UNDEF_TIMESTAMP};
    uint32_t messages = 0, most, got;
    do {
        /* Room for so many whatever they are; most give one tick, so look again after. */
        most = (sink->capacity - sink->count) / decoder_ops->ticks_max;
        if (most > messages_max - messages)
            most = messages_max - messages;
        got = decode_run(&input, most, sink);
        messages += got;
    } while (most && got == most && !framing->ended);
    *consumed = input.at;
    return messages;
}
