/* SPDX-License-Identifier: Apache-2.0 */
/* Directory, status, auctions and limits of ITCH 5.0; what each becomes is the table in
 * itch50.h. */
#include "itch50_internal.h"

/* Copy `length` letters to a tick's text, which is space padded. */
static void set_text(struct tf_tick *tick, const void *text, size_t length)
{
    memset(tick->text, ' ', sizeof tick->text);
    memcpy(tick->text, text, length);
}

/* A named value: rtype STATISTICS or IMBALANCE. */
static struct tf_tick *named(struct tf_sink *sink, struct tf_itch50_event event, uint8_t rtype,
                             const char *name, int64_t price)
{
    struct tf_tick *tick = tf_itch50_tick(sink, event, rtype);
    set_text(tick, name, strlen(name));
    tick->price = price;
    return tick;
}

static int64_t price_at(const uint8_t *at)
{
    return tf_itch50_price_or_none(tf_be32(at));
}

static bool system_event(const uint8_t *message, struct tf_itch50_event event,
                         struct tf_sink *sink)
{
    static const char codes[] = "OSQMEC"; /* in the order of enum tf_system_event */
    const char *code = memchr(codes, message[ITCH_SYSTEM_EVENT], sizeof codes - 1);
    if (!code)
        return false;
    tf_itch50_tick(sink, event, TF_RTYPE_SYSTEM)->size = (uint32_t)(code - codes) + 1;
    return true;
}

static void trimmed(char *out, const uint8_t *text, size_t length)
{
    length = tf_trimmed(text, length);
    memcpy(out, text, length);
    out[length] = 0;
}

static bool directory(const uint8_t *message, struct tf_itch50_event event,
                      struct tf_sink *sink)
{
    if (!event.locate)
        return false;
    uint32_t lot = tf_be32(message + ITCH_DIR_LOT);
    uint32_t leverage = tf_be32(message + ITCH_DIR_LEVERAGE);
    if (sink->define) {
        struct tf_instrument instrument = {.instrument_id = event.locate,
                                           .lot_size = lot,
                                           .price_increment = ITCH_PRICE_TO_TICK};
        trimmed(instrument.symbol, message + ITCH_DIR_STOCK, 8);
        const uint8_t letters[] = {message[ITCH_DIR_CATEGORY],    message[ITCH_DIR_FINANCIAL],
                                   message[ITCH_DIR_CLASS],       message[ITCH_DIR_SUBTYPE],
                                   message[ITCH_DIR_SUBTYPE + 1], message[ITCH_DIR_AUTHENTIC],
                                   message[ITCH_DIR_ETP]};
        _Static_assert(sizeof letters < sizeof instrument.venue_class, "with its NUL");
        memcpy(instrument.venue_class, letters, sizeof letters);
        sink->define(sink->context, &instrument);
    }
    const uint8_t text[] = {
        message[ITCH_DIR_LOTS_ONLY], message[ITCH_DIR_THRESHOLD],
        message[ITCH_DIR_IPO],       message[ITCH_DIR_LULD_TIER],
        message[ITCH_DIR_ETP],       (uint8_t)('0' + (leverage < 9 ? leverage : 9)),
        message[ITCH_DIR_INVERSE]};
    struct tf_tick *tick = tf_itch50_tick(sink, event, TF_RTYPE_DEFINITION);
    tick->action = 'A';
    tick->size = lot;
    set_text(tick, text, sizeof text);
    return true;
}

static struct tf_tick *status(struct tf_sink *sink, struct tf_itch50_event event,
                              enum tf_status status)
{
    struct tf_tick *tick = tf_itch50_tick(sink, event, TF_RTYPE_STATUS);
    tick->size = (uint32_t)status;
    return tick;
}

static bool trading_action(const uint8_t *message, struct tf_itch50_event event,
                           struct tf_sink *sink)
{
    enum tf_status to;
    switch (message[ITCH_HALT_STATE]) {
    case 'H':
        to = TF_STATUS_HALT;
        break;
    case 'P':
        to = TF_STATUS_PAUSE;
        break;
    case 'Q':
        to = TF_STATUS_QUOTING;
        break;
    case 'T':
        to = TF_STATUS_TRADING;
        break;
    default:
        return false;
    }
    set_text(status(sink, event, to), message + ITCH_HALT_REASON, 4);
    return true;
}

static bool operational_halt(const uint8_t *message, struct tf_itch50_event event,
                             struct tf_sink *sink)
{
    uint8_t action = message[ITCH_OP_ACTION];
    if (action != 'H' && action != 'T')
        return false;
    struct tf_tick *tick =
        status(sink, event, action == 'H' ? TF_STATUS_HALT : TF_STATUS_TRADING);
    set_text(tick, "OPHALT ", 7);
    tick->text[7] = (char)message[ITCH_OP_MARKET];
    return true;
}

static bool reg_sho(const uint8_t *message, struct tf_itch50_event event, struct tf_sink *sink)
{
    uint8_t action = message[ITCH_SHO_ACTION];
    if (action < '0' || action > '2')
        return false;
    set_text(status(sink, event, TF_STATUS_SHORT_SALE_CHANGE), &action, 1);
    return true;
}

static bool breaker_levels(const uint8_t *message, struct tf_itch50_event event,
                           struct tf_sink *sink)
{
    static const char *const names[] = {"MWCB1", "MWCB2", "MWCB3"};
    enum { LEVEL_TO_TICK = 10 }; /* 1e-8 to 1e-9 */
    uint64_t levels[3];
    for (unsigned i = 0; i < 3; i++) {
        levels[i] = tf_be64(message + ITCH_MWCB_LEVEL1 + 8 * i);
        if (levels[i] >= INT64_MAX / LEVEL_TO_TICK)
            return false;
    }
    for (unsigned i = 0; i < 3; i++)
        named(sink, event, TF_RTYPE_STATISTICS, names[i], (int64_t)levels[i] * LEVEL_TO_TICK);
    return true;
}

static bool breaker_hit(const uint8_t *message, struct tf_itch50_event event,
                        struct tf_sink *sink)
{
    uint8_t level = message[ITCH_MWCB_BREACHED];
    if (level < '1' || level > '3')
        return false;
    struct tf_tick *tick = tf_itch50_tick(sink, event, TF_RTYPE_SYSTEM);
    tick->size = TF_SYSTEM_CIRCUIT_BREAKER;
    tick->order_id = (uint64_t)(level - '0');
    return true;
}

static bool ipo_quoting(const uint8_t *message, struct tf_itch50_event event,
                        struct tf_sink *sink)
{
    uint8_t qualifier = message[ITCH_IPO_QUALIFIER];
    if (qualifier != 'A' && qualifier != 'C')
        return false;
    struct tf_tick *tick =
        named(sink, event, TF_RTYPE_STATISTICS, "IPO", price_at(message + ITCH_IPO_PRICE));
    tick->action = (char)qualifier;
    tick->size = tf_be32(message + ITCH_IPO_TIME);
    return true;
}

static bool auction_collar(const uint8_t *message, struct tf_itch50_event event,
                           struct tf_sink *sink)
{
    static const struct {
        const char *name;
        unsigned offset;
    } prices[] = {{"LULDREF", ITCH_COLLAR_REFERENCE},
                  {"LULDUPPR", ITCH_COLLAR_UPPER},
                  {"LULDLOWR", ITCH_COLLAR_LOWER}};
    for (unsigned i = 0; i < 3; i++)
        named(sink, event, TF_RTYPE_STATISTICS, prices[i].name,
              price_at(message + prices[i].offset))
            ->size = tf_be32(message + ITCH_COLLAR_EXTENSION);
    return true;
}

static bool participant(const uint8_t *message, struct tf_itch50_event event,
                        struct tf_sink *sink)
{
    const uint8_t *mpid = message + ITCH_MPID;
    const uint8_t text[] = {mpid[0],
                            mpid[1],
                            mpid[2],
                            mpid[3],
                            '/',
                            message[ITCH_MP_PRIMARY],
                            message[ITCH_MP_MODE],
                            message[ITCH_MP_STATE]};
    set_text(tf_itch50_tick(sink, event, TF_RTYPE_STATISTICS), text, sizeof text);
    return true;
}

static bool retail_interest(const uint8_t *message, struct tf_itch50_event event,
                            struct tf_sink *sink)
{
    uint8_t interest = message[ITCH_RPII_INTEREST];
    if (!interest || !strchr("BSAN", interest))
        return false;
    struct tf_tick *tick = named(sink, event, TF_RTYPE_STATISTICS, "RPII", TF_UNDEF_PRICE);
    tick->text[7] = (char)interest;
    tick->side = interest == 'B' ? 'B' : interest == 'S' ? 'A' : 'N';
    return true;
}

static bool direct_listing(const uint8_t *message, struct tf_itch50_event event,
                           struct tf_sink *sink)
{
    uint8_t eligible = message[ITCH_DLCR_ELIGIBLE];
    if (eligible != 'Y' && eligible != 'N')
        return false;
    uint64_t near_s = tf_be64(message + ITCH_DLCR_NEAR_TIME) / 1000000000u;
    const struct {
        const char *name;
        unsigned offset;
        uint32_t size;
    } prices[] = {
        {"DLCRMIN", ITCH_DLCR_MIN, eligible == 'Y'},
        {"DLCRMAX", ITCH_DLCR_MAX, eligible == 'Y'},
        {"DLCRNEAR", ITCH_DLCR_NEAR, near_s < TF_UNDEF_SIZE ? (uint32_t)near_s : TF_UNDEF_SIZE},
        {"DLCRLOWR", ITCH_DLCR_LOWER, TF_UNDEF_SIZE},
        {"DLCRUPPR", ITCH_DLCR_UPPER, TF_UNDEF_SIZE}};
    _Static_assert(sizeof prices / sizeof prices[0] <= TF_ITCH50_TICKS_MAX, "sink's promise");
    for (unsigned i = 0; i < sizeof prices / sizeof prices[0]; i++)
        named(sink, event, TF_RTYPE_STATISTICS, prices[i].name,
              price_at(message + prices[i].offset))
            ->size = prices[i].size;
    return true;
}

static bool imbalance(struct tf_decoder *decoder, const uint8_t *message,
                      struct tf_itch50_event event, struct tf_sink *sink)
{
    uint8_t direction = message[ITCH_NOII_DIRECTION];
    if (!direction || !strchr("BSNOP", direction))
        return false;
    struct tf_tick *quantities = tf_itch50_tick(sink, event, TF_RTYPE_IMBALANCE);
    quantities->order_id = tf_be64(message + ITCH_NOII_PAIRED);
    quantities->price = price_at(message + ITCH_NOII_REFERENCE);
    quantities->size = tf_itch50_size(decoder, tf_be64(message + ITCH_NOII_IMBALANCE));
    quantities->side = direction == 'B' ? 'B' : direction == 'S' ? 'A' : 'N';
    struct tf_tick *indicative[] = {
        named(sink, event, TF_RTYPE_IMBALANCE, "NEAR", price_at(message + ITCH_NOII_NEAR)),
        named(sink, event, TF_RTYPE_IMBALANCE, "FAR", price_at(message + ITCH_NOII_FAR))};
    for (unsigned i = 0; i < 2; i++) {
        indicative[i]->text[6] = (char)message[ITCH_NOII_CROSS];
        indicative[i]->text[7] = (char)message[ITCH_NOII_VARIATION];
    }
    return true;
}

static bool dispatch(struct tf_decoder *decoder, const uint8_t *message,
                     struct tf_itch50_event event, struct tf_sink *sink)
{
    switch (message[ITCH_TYPE]) {
    case 'S':
        return system_event(message, event, sink);
    case 'R':
        return directory(message, event, sink);
    case 'H':
        return trading_action(message, event, sink);
    case 'h':
        return operational_halt(message, event, sink);
    case 'Y':
        return reg_sho(message, event, sink);
    case 'V':
        return breaker_levels(message, event, sink);
    case 'W':
        return breaker_hit(message, event, sink);
    case 'K':
        return ipo_quoting(message, event, sink);
    case 'J':
        return auction_collar(message, event, sink);
    case 'L':
        return participant(message, event, sink);
    case 'N':
        return retail_interest(message, event, sink);
    case 'O':
        return direct_listing(message, event, sink);
    case 'I':
        return imbalance(decoder, message, event, sink);
    default:
        return false;
    }
}

bool tf_itch50_decode_market(struct tf_decoder *decoder, const uint8_t *message,
                             struct tf_itch50_event event, struct tf_sink *sink)
{
    if (!dispatch(decoder, message, event, sink))
        return false;
    sink->ticks[sink->count - 1].flags |= TF_FLAG_LAST;
    return true;
}
