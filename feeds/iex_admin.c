/* SPDX-License-Identifier: Apache-2.0 */
/* Directory, status, official prices and auctions of the IEX feeds; what each becomes is the
 * table in iex.h. */
#include "iex_internal.h"

/* Copy `length` letters to a tick's text, which is space padded. */
static void set_text(struct tf_tick *tick, const void *text, size_t length)
{
    memset(tick->text, ' ', sizeof tick->text);
    memcpy(tick->text, text, length);
}

static struct tf_tick *named(struct tf_sink *sink, struct tf_iex_event event, uint8_t rtype,
                             const char *name)
{
    struct tf_tick *tick = tf_iex_tick(sink, event, rtype);
    set_text(tick, name, strlen(name));
    return tick;
}

/* Where the letter is in `letters`; -1, and counted, if it is none of them. */
static int letter_at(struct tf_decoder *decoder, const uint8_t *message, uint32_t offset,
                     const char *letters, const char *field)
{
    uint8_t letter = message[offset];
    const char *found = letter ? strchr(letters, letter) : 0;
    if (!found)
        tf_iex_bad(decoder, field, offset);
    return found ? (int)(found - letters) : -1;
}

/* Where the venue writes 0 for "none". */
static bool price_or_none(struct tf_decoder *decoder, const uint8_t *message, uint32_t offset,
                          int64_t *price)
{
    if (!tf_iex_price(decoder, message, offset, price))
        return false;
    if (!*price)
        *price = TF_UNDEF_PRICE;
    return true;
}

static void system_event(struct tf_decoder *decoder, const uint8_t *message,
                         struct tf_iex_event event, struct tf_sink *sink)
{
    /* In the order of enum tf_system_event. */
    int code = letter_at(decoder, message, IEX_FLAGS, "OSRMEC", "system event");
    if (code >= 0)
        tf_iex_tick(sink, event, TF_RTYPE_SYSTEM)->size = (uint32_t)code + 1;
}

static void directory(struct tf_decoder *decoder, const uint8_t *message,
                      struct tf_iex_event event, struct tf_sink *sink)
{
    uint8_t flags = message[IEX_FLAGS], tier = message[IEX_DIR_LULD_TIER];
    uint32_t lot = tf_iex_size(decoder, message + IEX_DIR_LOT);
    int64_t close;
    if (!price_or_none(decoder, message, IEX_DIR_CLOSE, &close))
        return;
    if (tier > 9) {
        tf_iex_bad(decoder, "LULD tier", IEX_DIR_LULD_TIER);
        return;
    }
    const char letters[] = {flags & IEX_DIR_TEST ? 'T' : '-',
                            flags & IEX_DIR_WHEN_ISSUED ? 'W' : '-',
                            flags & IEX_DIR_ETP ? 'E' : '-', (char)('0' + tier)};
    if (sink->define) {
        struct tf_instrument instrument = {.instrument_id = event.instrument,
                                           .lot_size = lot,
                                           .price_increment = IEX_PRICE_TO_TICK};
        tf_iex_symbol(message + IEX_SYMBOL, instrument.symbol);
        memcpy(instrument.venue_class, letters, sizeof letters);
        sink->define(sink->context, &instrument);
    }
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_DEFINITION);
    tick->action = 'A';
    tick->size = lot;
    tick->price = close;
    set_text(tick, letters, sizeof letters);
}

static void trading_status(struct tf_decoder *decoder, const uint8_t *message,
                           struct tf_iex_event event, struct tf_sink *sink)
{
    static const uint8_t to[] = {TF_STATUS_HALT, TF_STATUS_QUOTING, TF_STATUS_PAUSE,
                                 TF_STATUS_TRADING};
    int code = letter_at(decoder, message, IEX_FLAGS, "HOPT", "trading status");
    if (code < 0)
        return;
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_STATUS);
    tick->size = to[code];
    set_text(tick, message + IEX_HALT_REASON, 4);
}

static void operational_halt(struct tf_decoder *decoder, const uint8_t *message,
                             struct tf_iex_event event, struct tf_sink *sink)
{
    int code = letter_at(decoder, message, IEX_FLAGS, "ON", "operational halt status");
    if (code >= 0)
        named(sink, event, TF_RTYPE_STATUS, "OPHALT")->size =
            code == 0 ? TF_STATUS_HALT : TF_STATUS_TRADING;
}

static void short_sale(struct tf_decoder *decoder, const uint8_t *message,
                       struct tf_iex_event event, struct tf_sink *sink)
{
    uint8_t in_effect = message[IEX_FLAGS];
    if (in_effect > 1) {
        tf_iex_bad(decoder, "short sale price test status", IEX_FLAGS);
        return;
    }
    if (letter_at(decoder, message, IEX_SHORT_DETAIL, " ACDN", "detail") < 0)
        return;
    const uint8_t text[] = {(uint8_t)('0' + in_effect), message[IEX_SHORT_DETAIL]};
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_STATUS);
    tick->size = TF_STATUS_SHORT_SALE_CHANGE;
    set_text(tick, text, sizeof text);
}

static void security_event(struct tf_decoder *decoder, const uint8_t *message,
                           struct tf_iex_event event, struct tf_sink *sink)
{
    int code = letter_at(decoder, message, IEX_FLAGS, "OC", "security event");
    if (code >= 0)
        named(sink, event, TF_RTYPE_STATUS, code == 0 ? "OPENED" : "CLOSED")->size =
            TF_STATUS_NONE;
}

static void retail_liquidity(struct tf_decoder *decoder, const uint8_t *message,
                             struct tf_iex_event event, struct tf_sink *sink)
{
    int code = letter_at(decoder, message, IEX_FLAGS, " ABC", "retail liquidity indicator");
    if (code < 0)
        return;
    struct tf_tick *tick = named(sink, event, TF_RTYPE_STATISTICS, "RLI");
    tick->text[7] = " ABC"[code];
    tick->side = "NBAN"[code];
}

static void official_price(struct tf_decoder *decoder, const uint8_t *message,
                           struct tf_iex_event event, struct tf_sink *sink)
{
    int64_t price;
    int code = letter_at(decoder, message, IEX_FLAGS, "QM", "price type");
    if (code < 0 || !price_or_none(decoder, message, IEX_OFFICIAL_PRICE, &price))
        return;
    named(sink, event, TF_RTYPE_STATISTICS, code == 0 ? "OPENPX" : "CLOSEPX")->price = price;
}

static void auction(struct tf_decoder *decoder, const uint8_t *message,
                    struct tf_iex_event event, struct tf_sink *sink)
{
    static const struct {
        const char *name;
        uint32_t offset;
    } prices[] = {{"", IEX_AUCTION_REFERENCE},    {"INDIC", IEX_AUCTION_INDICATIVE},
                  {"BOOK", IEX_AUCTION_BOOK},     {"COLLREF", IEX_AUCTION_COLLAR},
                  {"COLLLOW", IEX_AUCTION_LOWER}, {"COLLUPR", IEX_AUCTION_UPPER}};
    enum { PRICES = sizeof prices / sizeof prices[0], INDIC = 1, COLLAR = 3 };
    _Static_assert((int)PRICES <= (int)TF_IEX_TICKS_MAX, "the sink's promise");
    int side = letter_at(decoder, message, IEX_AUCTION_SIDE, "BSN", "imbalance side");
    int64_t price[PRICES];
    if (side < 0 || letter_at(decoder, message, IEX_FLAGS, "OCIHV", "auction type") < 0)
        return;
    for (unsigned i = 0; i < PRICES; i++)
        if (!price_or_none(decoder, message, prices[i].offset, &price[i]))
            return;
    for (unsigned i = 0; i < PRICES; i++) {
        struct tf_tick *tick = named(sink, event, TF_RTYPE_IMBALANCE, prices[i].name);
        tick->text[7] = (char)message[IEX_FLAGS];
        tick->price = price[i];
        if (i == 0) {
            tick->order_id = tf_le32(message + IEX_AUCTION_PAIRED);
            tick->size = tf_iex_size(decoder, message + IEX_AUCTION_IMBALANCE);
            tick->side = "BAN"[side];
        } else if (i == INDIC) {
            tick->size = tf_le32(message + IEX_AUCTION_TIME);
        } else if (i >= COLLAR) {
            tick->size = message[IEX_AUCTION_EXTENSION];
        }
    }
}

void tf_iex_admin(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                  struct tf_sink *sink)
{
    switch (message[IEX_TYPE]) {
    case 'H':
        trading_status(decoder, message, event, sink);
        break;
    case 'O':
        operational_halt(decoder, message, event, sink);
        break;
    case 'P':
        short_sale(decoder, message, event, sink);
        break;
    case 'I':
        retail_liquidity(decoder, message, event, sink);
        break;
    case 'D':
        directory(decoder, message, event, sink);
        break;
    case 'E':
        security_event(decoder, message, event, sink);
        break;
    case 'S':
        system_event(decoder, message, event, sink);
        break;
    case 'X':
        official_price(decoder, message, event, sink);
        break;
    case 'A':
        auction(decoder, message, event, sink);
        break;
    }
}
