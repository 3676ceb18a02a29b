/* SPDX-License-Identifier: Apache-2.0 */
/* What the three IEX feeds have in common: the decoder's life and every message's way in. */
#include "arena.h"
#include "error.h"
#include "iex_internal.h"

enum { INSTRUMENTS_FIRST = 1 << 14 };

static void reset_counts(struct tf_decoder *decoder)
{
    tf_counts_reset(&decoder->counts);
    decoder->stamp = 0;
    decoder->gap_stamp = 0;
    decoder->begun_stamp = 0;
}

static struct tf_iex_instrument *more_instruments(struct tf_decoder *decoder, uint32_t room)
{
    struct tf_iex_instrument *made = tf_arena_alloc(decoder->arena, room * sizeof *made);
    if (!made)
        return 0;
    memset(made, 0, room * sizeof *made);
    if (decoder->room) {
        memcpy(made, decoder->instruments, decoder->room * sizeof *made);
        tf_arena_free(decoder->arena, decoder->instruments, decoder->room * sizeof *made);
    }
    decoder->instruments = made;
    decoder->room = room;
    return made;
}

struct tf_decoder *tf_iex_open(const struct tf_decoder_options *options,
                               const uint8_t lengths[256], bool has_orders)
{
    unsigned arena = tf_arena_of_node(options->node);
    struct tf_decoder *decoder = tf_arena_alloc(arena, sizeof *decoder);
    if (!decoder) {
        tf_fail(TF_EOS, "no memory for a decoder");
        return 0;
    }
    *decoder = (struct tf_decoder){
        .lengths = lengths, .ids = options->ids, .own_ids = !options->ids, .arena = arena};
    reset_counts(decoder);
    if (decoder->own_ids && !(decoder->ids = tf_instrument_ids_open()))
        goto failed;
    if (has_orders) {
        if (tf_order_store_open(&decoder->orders, options->expected_orders, arena) < 0)
            goto failed;
        decoder->has_orders = true;
    }
    if (!more_instruments(decoder, INSTRUMENTS_FIRST) ||
        (options->tally && !(decoder->tally = tf_iex_tally_open(arena, lengths)))) {
        tf_fail(TF_EOS, "no memory for a decoder's instruments");
        goto failed;
    }
    return decoder;
failed:
    tf_iex_close(decoder);
    return 0;
}

void tf_iex_close(struct tf_decoder *decoder)
{
    if (!decoder)
        return;
    tf_iex_tally_close(decoder->tally);
    if (decoder->room)
        tf_arena_free(decoder->arena, decoder->instruments,
                      decoder->room * sizeof *decoder->instruments);
    if (decoder->has_orders)
        tf_order_store_close(&decoder->orders);
    if (decoder->own_ids)
        tf_instrument_ids_close(decoder->ids);
    tf_arena_free(decoder->arena, decoder, sizeof *decoder);
}

void tf_iex_restart(struct tf_decoder *decoder)
{
    memset(decoder->instruments, 0, decoder->room * sizeof *decoder->instruments);
    if (decoder->has_orders)
        tf_order_store_clear(&decoder->orders);
    if (decoder->tally)
        tf_iex_tally_clear(decoder->tally);
    reset_counts(decoder);
}

const struct tf_feed_counts *tf_iex_counts(struct tf_decoder *decoder)
{
    return &decoder->counts;
}

int tf_iex_type_of(const struct tf_venue_message *message)
{
    return message->length ? message->bytes[IEX_TYPE] : -1;
}

/* What can be a name in a directory. */
static bool is_symbol(const uint8_t symbol[8])
{
    for (unsigned i = 0; i < 8; i++)
        if (symbol[i] < ' ' || symbol[i] >= 0x7F)
            return false;
    return symbol[0] != ' ';
}

/* The first message of this symbol. */
static __attribute__((cold)) bool define(struct tf_decoder *decoder, uint32_t id,
                                         const uint8_t *symbol, struct tf_sink *sink)
{
    if (!is_symbol(symbol)) {
        tf_iex_bad(decoder, "symbol", IEX_SYMBOL);
        return false;
    }
    uint32_t index = id - TF_INSTRUMENT_ID_FIRST;
    if (index >= decoder->room) {
        uint32_t room = decoder->room;
        while (room <= index)
            room *= 2;
        if (!more_instruments(decoder, room)) {
            decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
            return false;
        }
    }
    decoder->instruments[index].seen = true;
    decoder->counts.symbols++;
    if (!sink->define)
        return true;
    struct tf_instrument instrument = {
        .instrument_id = id, .lot_size = TF_UNDEF_SIZE, .price_increment = IEX_PRICE_TO_TICK};
    tf_iex_symbol(symbol, instrument.symbol);
    sink->define(sink->context, &instrument);
    return true;
}

static bool instrument_of(struct tf_decoder *decoder, const uint8_t *symbol,
                          struct tf_sink *sink, uint32_t *id)
{
    uint64_t name;
    bool is_new;
    memcpy(&name, symbol, sizeof name);
    *id = tf_instrument_id(decoder->ids, name, &is_new);
    if (__builtin_expect(!*id, 0)) {
        if (is_symbol(symbol)) /* so it is the table that is full */
            decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
        else
            tf_iex_bad(decoder, "symbol", IEX_SYMBOL);
        return false;
    }
    uint32_t index = *id - TF_INSTRUMENT_ID_FIRST;
    if (__builtin_expect(index >= decoder->room || !decoder->instruments[index].seen, 0))
        return define(decoder, *id, symbol, sink);
    return true;
}

bool tf_iex_begin(struct tf_decoder *decoder, const struct tf_venue_message *found,
                  struct tf_sink *sink, struct tf_iex_event *event)
{
    struct tf_feed_counts *counts = &decoder->counts;
    const uint8_t *message = found->bytes;
    counts->messages++;
    if (__builtin_expect(!found->length, 0)) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", 0);
        return false;
    }
    uint8_t type = message[IEX_TYPE], length = decoder->lengths[type];
    counts->messages_by_type[type]++;
    if (decoder->tally)
        tf_iex_tally_block(decoder->tally, message, found->length);
    if (__builtin_expect(!length || found->length < length, 0)) {
        if (length)
            tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, "length", 0);
        else
            tf_count_flaw(counts, TF_ANOMALY_UNKNOWN_TYPE, "message type", IEX_TYPE);
        return false;
    }
    *event = (struct tf_iex_event){.ts_event = tf_le64(message + IEX_TIME),
                                   .sequence = (uint32_t)found->sequence};
    if (__builtin_expect(event->ts_event > INT64_MAX, 0)) {
        tf_iex_bad(decoder, "timestamp", IEX_TIME);
        return false;
    }
    if (type != 'S' && !instrument_of(decoder, message + IEX_SYMBOL, sink, &event->instrument))
        return false;
    tf_count_time(counts, event->ts_event);
    if (decoder->tally)
        tf_iex_tally_message(decoder->tally, message, event->instrument);
    return true;
}

void tf_iex_trade(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                  struct tf_sink *sink)
{
    int64_t price;
    if (!tf_iex_price(decoder, message, IEX_TRADE_PRICE, &price))
        return;
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_TRADE);
    tick->order_id = tf_le64(message + IEX_TRADE_ID);
    tick->price = price;
    tick->size = tf_iex_size(decoder, message + IEX_TRADE_SIZE);
    tick->action = message[IEX_TYPE] == 'T' ? 'T' : 'C';
    if (message[IEX_FLAGS] & IEX_SALE_EXTENDED_HOURS)
        tick->flags = TF_FLAG_PUBLISHER_SPECIFIC;
    if (message[IEX_TYPE] == 'T') {
        uint32_t shares = tf_le32(message + IEX_TRADE_SIZE);
        decoder->counts.trades++;
        decoder->counts.traded_volume += shares;
        decoder->counts.printed_volume += shares;
    }
}

void tf_iex_facts(struct tf_decoder *decoder, struct tf_json *json)
{
    if (decoder->tally)
        tf_iex_tally_json(decoder->tally, json);
}
