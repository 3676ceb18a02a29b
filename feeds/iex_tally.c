/* SPDX-License-Identifier: Apache-2.0 */
#include "iex_tally.h"

#include "arena.h"
#include "bytes.h"
#include "iex_tally_internal.h"
#include "iex_wire.h"
#include "instrument_ids.h"

#include <zlib.h>

enum { SYMBOLS_FIRST = 1 << 14 };

static bool more_symbols(struct tf_iex_tally *tally, uint32_t room)
{
    struct symbol_tally *made = tf_arena_alloc(tally->arena, room * sizeof *made);
    if (!made)
        return false;
    memset(made, 0, room * sizeof *made);
    if (tally->room) {
        memcpy(made, tally->symbols, tally->room * sizeof *made);
        tf_arena_free(tally->arena, tally->symbols, tally->room * sizeof *made);
    }
    tally->symbols = made;
    tally->room = room;
    return true;
}

struct tf_iex_tally *tf_iex_tally_open(unsigned arena, const uint8_t lengths[256])
{
    struct tf_iex_tally *tally = tf_arena_alloc(arena, sizeof *tally);
    if (!tally)
        return 0;
    memset(tally, 0, sizeof *tally);
    tally->lengths = lengths;
    tally->arena = arena;
    if (!more_symbols(tally, SYMBOLS_FIRST)) {
        tf_arena_free(arena, tally, sizeof *tally);
        return 0;
    }
    return tally;
}

void tf_iex_tally_close(struct tf_iex_tally *tally)
{
    if (!tally)
        return;
    tf_arena_free(tally->arena, tally->symbols, tally->room * sizeof *tally->symbols);
    tf_arena_free(tally->arena, tally, sizeof *tally);
}

void tf_iex_tally_clear(struct tf_iex_tally *tally)
{
    memset(tally->symbols, 0, tally->room * sizeof *tally->symbols);
    memset(&tally->w, 0, sizeof tally->w);
}

static void note_length(struct tf_iex_tally *tally, uint8_t type, uint32_t length)
{
    struct lengths_seen *seen = &tally->w.lengths_seen[type];
    for (uint32_t i = 0; i < seen->distinct; i++) {
        if (seen->kept[i].length == length) {
            seen->kept[i].count++;
            return;
        }
    }
    if (seen->distinct == LENGTHS_KEPT)
        seen->others++;
    else
        seen->kept[seen->distinct++] = (struct length_count){length, 1};
}

void tf_iex_tally_block(struct tf_iex_tally *tally, const uint8_t *message, uint32_t length)
{
    struct wiped *w = &tally->w;
    uint8_t prefix[2];
    tf_put_le16(prefix, (uint16_t)length);
    w->crc = (uint32_t)crc32(w->crc, prefix, sizeof prefix);
    w->crc = (uint32_t)crc32(w->crc, message, length);
    note_length(tally, message[IEX_TYPE], length);
    if (w->first_count == FIRST_MESSAGES)
        return;
    struct first_message *first = &w->first[w->first_count++];
    first->length = length < FIRST_BYTES ? length : FIRST_BYTES;
    memcpy(first->bytes, message, first->length);
}

/* NULL: no memory for another. */
static struct symbol_tally *symbol_of(struct tf_iex_tally *tally, const uint8_t *message,
                                      uint32_t instrument)
{
    uint32_t index = instrument - TF_INSTRUMENT_ID_FIRST, room = tally->room;
    while (room <= index)
        room *= 2;
    if (room != tally->room && !more_symbols(tally, room)) {
        tally->w.symbols_lost = true;
        return 0;
    }
    struct symbol_tally *symbol = &tally->symbols[index];
    if (!symbol->name) {
        memcpy(&symbol->name, message + IEX_SYMBOL, sizeof symbol->name);
        tally->w.distinct++;
    }
    return symbol;
}

static int64_t price_at(const uint8_t *at)
{
    return (int64_t)tf_le64(at);
}

static void note_time(struct wiped *w, uint64_t ts)
{
    if (!w->timed++)
        w->first_ts = w->min_ts = w->max_ts = ts;
    else if (ts < w->last_ts)
        w->backward++;
    w->last_ts = ts;
    w->min_ts = ts < w->min_ts ? ts : w->min_ts;
    w->max_ts = ts > w->max_ts ? ts : w->max_ts;
}

static void note_quote(struct quote_sums *sums, const uint8_t *message)
{
    uint32_t bid_size = tf_le32(message + IEX_QUOTE_BID_SIZE);
    uint32_t ask_size = tf_le32(message + IEX_QUOTE_ASK_SIZE);
    int64_t bid = price_at(message + IEX_QUOTE_BID), ask = price_at(message + IEX_QUOTE_ASK);
    sums->bid_size += bid_size;
    sums->bid_price += bid;
    sums->ask_price += ask;
    sums->ask_size += ask_size;
    sums->zero_both += !bid_size && !ask_size;
    sums->crossed_or_locked += bid_size && ask_size && bid >= ask;
}

/* `id` is NULL where the message has none that is summed. */
static void note_size_price(struct size_price_sums *sums, const uint8_t *size_at,
                            const uint8_t *price_bytes, const uint8_t *id)
{
    uint32_t size = tf_le32(size_at);
    int64_t price = price_at(price_bytes);
    sums->count++;
    sums->zero += !size;
    sums->size += size;
    sums->price += price;
    sums->notional += (__int128)price * size;
    if (id)
        sums->id += price_at(id);
}

static void note_system_event(struct wiped *w, const uint8_t *message)
{
    if (w->events_seen < EVENTS_KEPT)
        w->events[w->events_seen] =
            (struct system_event){message[IEX_FLAGS], tf_le64(message + IEX_TIME)};
    w->events_seen++;
}

static void note_trade(struct wiped *w, const uint8_t *message, struct symbol_tally *symbol)
{
    note_size_price(&w->trades, message + IEX_TRADE_SIZE, message + IEX_TRADE_PRICE,
                    message + IEX_TRADE_ID);
    if (!symbol)
        return;
    if (!symbol->first_trade)
        symbol->first_trade = ++w->traded;
    symbol->volume += tf_le32(message + IEX_TRADE_SIZE);
}

static void note_short_sale(struct wiped *w, const uint8_t *message)
{
    if (message[IEX_FLAGS] < 2)
        w->short_details[message[IEX_FLAGS]][message[IEX_SHORT_DETAIL]]++;
    else
        w->short_others++;
}

void tf_iex_tally_message(struct tf_iex_tally *tally, const uint8_t *message,
                          uint32_t instrument)
{
    struct wiped *w = &tally->w;
    uint8_t type = message[IEX_TYPE];
    struct symbol_tally *symbol = instrument ? symbol_of(tally, message, instrument) : 0;
    w->messages[type]++;
    w->flags[type][message[IEX_FLAGS]]++;
    note_time(w, tf_le64(message + IEX_TIME));
    switch (type) {
    case 'Q':
        note_quote(&w->quotes, message);
        break;
    case '8':
    case '5':
        note_size_price(type == '8' ? &w->buys : &w->sells, message + IEX_LEVEL_SIZE,
                        message + IEX_LEVEL_PRICE, 0);
        break;
    case 'T':
        note_trade(w, message, symbol);
        break;
    case 'B':
        note_size_price(&w->breaks, message + IEX_TRADE_SIZE, message + IEX_TRADE_PRICE, 0);
        break;
    case 'L':
        note_size_price(&w->executions, message + IEX_ORDER_SIZE, message + IEX_ORDER_PRICE, 0);
        break;
    case 'P':
        note_short_sale(w, message);
        break;
    case 'D':
        w->lots += tf_le32(message + IEX_DIR_LOT);
        w->closes += price_at(message + IEX_DIR_CLOSE);
        break;
    case 'X':
        w->officials += price_at(message + IEX_OFFICIAL_PRICE);
        break;
    case 'S':
        note_system_event(w, message);
        break;
    }
}
