/* SPDX-License-Identifier: Apache-2.0 */
#include "itch50.h"

#include "arena.h"
#include "error.h"
#include "itch50_internal.h"
#include "itch50_tally.h"

const struct tf_itch50_shape tf_itch50_shapes[256] = {
    ['S'] = {12, 0},
    ['R'] = {39, ITCH_DIR_STOCK},
    ['H'] = {25, ITCH_HALT_STOCK},
    ['Y'] = {20, ITCH_SHO_STOCK},
    ['L'] = {26, ITCH_MP_STOCK},
    ['V'] = {35, 0},
    ['W'] = {12, 0},
    ['K'] = {28, ITCH_IPO_STOCK},
    ['J'] = {35, ITCH_COLLAR_STOCK},
    ['h'] = {21, ITCH_OP_STOCK},
    ['A'] = {36, ITCH_ADD_STOCK},
    ['F'] = {40, ITCH_ADD_STOCK},
    ['E'] = {31, 0},
    ['C'] = {36, 0},
    ['X'] = {23, 0},
    ['D'] = {19, 0},
    ['U'] = {35, 0},
    ['P'] = {44, ITCH_TRADE_STOCK},
    ['Q'] = {40, ITCH_CROSS_STOCK},
    ['B'] = {19, 0},
    ['I'] = {50, ITCH_NOII_STOCK},
    ['N'] = {20, ITCH_RPII_STOCK},
    ['O'] = {48, ITCH_DLCR_STOCK},
};

static struct tf_decoder *itch50_open(const struct tf_decoder_options *options)
{
    unsigned arena = tf_arena_of_node(options->node);
    struct tf_decoder *decoder = tf_arena_alloc(arena, sizeof *decoder);
    if (!decoder) {
        tf_fail(TF_EOS, "no memory for a decoder");
        return 0;
    }
    decoder->arena = arena;
    decoder->midnight_ns = options->midnight_ns;
    decoder->tally = options->tally ? tf_itch50_tally_open() : 0;
    tf_counts_reset(&decoder->counts);
    if (options->tally && !decoder->tally)
        goto no_tally;
    if (tf_order_store_open(&decoder->orders, options->expected_orders, arena) < 0)
        goto no_orders;
    if (tf_symbol_set_open(&decoder->symbols, arena) < 0)
        goto no_symbols;
    return decoder;
no_symbols:
    tf_order_store_close(&decoder->orders);
no_orders:
    tf_itch50_tally_close(decoder->tally);
no_tally:
    tf_arena_free(arena, decoder, sizeof *decoder);
    return 0;
}

static void itch50_close(struct tf_decoder *decoder)
{
    if (!decoder)
        return;
    tf_symbol_set_close(&decoder->symbols);
    tf_order_store_close(&decoder->orders);
    tf_itch50_tally_close(decoder->tally);
    tf_arena_free(decoder->arena, decoder, sizeof *decoder);
}

static void itch50_restart(struct tf_decoder *decoder)
{
    tf_order_store_clear(&decoder->orders);
    tf_symbol_set_clear(&decoder->symbols);
    if (decoder->tally)
        tf_itch50_tally_clear(decoder->tally);
    tf_counts_reset(&decoder->counts);
}

/* What the hot path need not keep up to date twice. */
static const struct tf_feed_counts *itch50_counts(struct tf_decoder *decoder)
{
    struct tf_feed_counts *counts = &decoder->counts;
    counts->symbols = decoder->symbols.count;
    counts->orders_open = decoder->orders.count;
    return counts;
}

static void itch50_prefetch(const struct tf_decoder *decoder,
                            const struct tf_venue_message *messages, uint32_t count)
{
    /* All that name an order have its reference at the same place. */
    static const uint8_t names_order[256] = {
        ['A'] = 1, ['F'] = 1, ['E'] = 1, ['C'] = 1, ['X'] = 1, ['D'] = 1, ['U'] = 1};
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *message = messages[i].bytes;
        if (messages[i].length < ITCH_ADD_REF + 8 || !names_order[message[ITCH_TYPE]])
            continue;
        tf_order_prefetch(&decoder->orders, tf_be64(message + ITCH_ADD_REF));
        if (message[ITCH_TYPE] == 'U' && messages[i].length >= ITCH_REPLACE_NEW_REF + 8)
            tf_order_prefetch(&decoder->orders, tf_be64(message + ITCH_REPLACE_NEW_REF));
    }
}

static void itch50_facts(struct tf_decoder *decoder, struct tf_json *json)
{
    if (decoder->tally)
        tf_itch50_tally_facts(decoder->tally, itch50_counts(decoder), &decoder->orders,
                              &decoder->symbols, json);
}

static int itch50_type_of(const struct tf_venue_message *message)
{
    return message->length ? message->bytes[ITCH_TYPE] : -1;
}

const struct tf_decoder_ops tf_itch50_ops = {
    .name = "itch50",
    .ticks_max = TF_ITCH50_TICKS_MAX,
    .open = itch50_open,
    .close = itch50_close,
    .restart = itch50_restart,
    .decode = tf_itch50_decode,
    .counts = itch50_counts,
    .type_of = itch50_type_of,
    .type_name = tf_type_letter,
    .facts = itch50_facts,
    .prefetch = itch50_prefetch,
};
