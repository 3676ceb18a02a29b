/* SPDX-License-Identifier: Apache-2.0 */
/* The PITCH core but for orders: lifetime, trades, status and time. */
#include "pitch_core.h"

#include "arena.h"
#include "bytes.h"
#include "error.h"
#include "pitch_emit.h"
#include "pitch_tally.h"

static void reset_counts(struct tf_decoder *decoder)
{
    tf_counts_reset(&decoder->counts);
    memset(decoder->channels, 0, sizeof decoder->channels);
    memset(decoder->seen, 0, sizeof decoder->seen);
    if (decoder->tally)
        memset(decoder->tally, 0, sizeof *decoder->tally);
    decoder->cleared = 0;
}

struct tf_decoder *tf_pitch_open(const struct tf_decoder_options *options)
{
    unsigned arena = tf_arena_of_node(options->node);
    struct tf_decoder *decoder = tf_arena_alloc(arena, sizeof *decoder);
    if (!decoder) {
        tf_fail(TF_EOS, "no memory for a decoder");
        return 0;
    }
    memset(decoder, 0, sizeof *decoder);
    decoder->arena = arena;
    decoder->midnight_ns = options->midnight_ns;
    decoder->ids = options->ids;
    if (options->tally && !(decoder->tally = tf_arena_alloc(arena, sizeof *decoder->tally))) {
        tf_fail(TF_EOS, "no memory for a decoder's sums");
        goto failed;
    }
    if (!decoder->ids) {
        decoder->ids = tf_instrument_ids_open();
        decoder->own_ids = true;
    }
    if (!decoder->ids ||
        tf_order_store_open(&decoder->orders, options->expected_orders, arena) < 0 ||
        tf_symbol_set_open(&decoder->symbols, arena) < 0 ||
        tf_symbol_set_open(&decoder->others, arena) < 0)
        goto failed;
    reset_counts(decoder);
    return decoder;
failed:
    tf_pitch_close(decoder);
    return 0;
}

void tf_pitch_close(struct tf_decoder *decoder)
{
    if (!decoder)
        return;
    tf_symbol_set_close(&decoder->others);
    tf_symbol_set_close(&decoder->symbols);
    tf_order_store_close(&decoder->orders);
    if (decoder->own_ids)
        tf_instrument_ids_close(decoder->ids);
    if (decoder->tally)
        tf_arena_free(decoder->arena, decoder->tally, sizeof *decoder->tally);
    tf_arena_free(decoder->arena, decoder, sizeof *decoder);
}

void tf_pitch_restart(struct tf_decoder *decoder)
{
    tf_order_store_clear(&decoder->orders);
    tf_symbol_set_clear(&decoder->symbols);
    tf_symbol_set_clear(&decoder->others);
    reset_counts(decoder);
}

const struct tf_feed_counts *tf_pitch_counts(struct tf_decoder *decoder)
{
    struct tf_feed_counts *counts = &decoder->counts;
    counts->symbols = decoder->symbols.count;
    counts->orders_open = decoder->orders.count - decoder->cleared;
    return counts;
}

void tf_pitch_count_time(struct tf_decoder *decoder, uint64_t ts_event)
{
    if (__builtin_expect(ts_event != TF_UNDEF_TIMESTAMP, 1))
        tf_count_time(&decoder->counts, ts_event);
}

static void define(struct tf_sink *sink, uint32_t id, uint64_t symbol)
{
    if (!sink->define)
        return;
    struct tf_instrument instrument = {
        .instrument_id = id, .lot_size = TF_UNDEF_SIZE, .price_increment = TF_UNDEF_PRICE};
    memcpy(instrument.symbol, &symbol, tf_trimmed(&symbol, sizeof symbol));
    sink->define(sink->context, &instrument);
}

/*
 * Each set of symbols defines what it sees first: once or twice for an instrument, which is the
 * same to a directory, and right after a restart, when ids know the name already.
 */
uint32_t tf_pitch_instrument(struct tf_decoder *decoder, struct tf_symbol_set *set,
                             struct tf_sink *sink, uint64_t symbol)
{
    bool is_new;
    uint32_t id = tf_instrument_id(decoder->ids, symbol, &is_new);
    uint8_t letters[sizeof symbol];
    memcpy(letters, &symbol, sizeof letters);
    uint64_t before = set->count;
    tf_symbol_set_note(set, (uint16_t)id, letters);
    if (__builtin_expect(set->count != before && id, 0))
        define(sink, id, symbol);
    return id;
}

void tf_pitch_trade(struct tf_decoder *decoder, struct tf_sink *sink,
                    struct tf_pitch_event event, const struct tf_pitch_order *trade)
{
    struct tf_feed_counts *counts = &decoder->counts;
    counts->trades++;
    counts->traded_volume += trade->shares;
    counts->printed_volume += trade->shares;
    tf_pitch_sum(decoder, TF_PITCH_TRADES, 1);
    tf_pitch_sum(decoder, TF_PITCH_TRADE_SHARES, trade->shares);
    tf_pitch_sum(decoder, TF_PITCH_TRADE_PRICE, trade->price);
    tf_pitch_sum(decoder, TF_PITCH_TRADE_NOTIONAL, (__int128)trade->price * trade->shares);
    uint32_t id = tf_pitch_traded(decoder, sink, trade->symbol);
    tf_pitch_mbo(sink, event, id, 'T', 'N', trade->id, tf_pitch_price(trade->price),
                 trade->shares, TF_FLAG_LAST);
}

void tf_pitch_broken(struct tf_sink *sink, struct tf_pitch_event event, uint64_t execution)
{
    tf_pitch_mbo(sink, event, 0, 'C', 'N', execution, TF_UNDEF_PRICE, TF_UNDEF_SIZE,
                 TF_FLAG_LAST)
        ->rtype = TF_RTYPE_TRADE;
}

static enum tf_status status_of(char state)
{
    switch (state) {
    case 'T':
        return TF_STATUS_TRADING;
    case 'H':
    case 'S':
        return TF_STATUS_HALT;
    case 'Q':
    case 'A':
        return TF_STATUS_QUOTING;
    default:
        return TF_STATUS_NONE;
    }
}

void tf_pitch_status(struct tf_decoder *decoder, struct tf_sink *sink,
                     struct tf_pitch_event event, uint64_t symbol, char state, char short_sale)
{
    uint32_t id = tf_pitch_instrument(decoder, &decoder->others, sink, symbol);
    struct tf_tick *tick = tf_pitch_mbo(sink, event, id, 'N', 'N', 0, TF_UNDEF_PRICE,
                                        (uint32_t)status_of(state), TF_FLAG_LAST);
    tick->rtype = TF_RTYPE_STATUS;
    memcpy(tick->text, (const char[8]){state, short_sale, ' ', ' ', ' ', ' ', ' ', ' '}, 8);
}

void tf_pitch_end(struct tf_sink *sink, struct tf_pitch_event event)
{
    tf_pitch_mbo(sink, event, 0, 'N', 'N', 0, TF_UNDEF_PRICE, TF_SYSTEM_END_OF_MESSAGES,
                 TF_FLAG_LAST)
        ->rtype = TF_RTYPE_SYSTEM;
}
