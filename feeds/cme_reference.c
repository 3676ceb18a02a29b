/* SPDX-License-Identifier: Apache-2.0 */
/* Trading status and instrument definitions. */
#include "cme_mdp3_internal.h"

int tf_cme_trading_status(uint8_t status)
{
    switch (status) {
    case 2:
        return TF_STATUS_HALT;
    case 4:
        return TF_STATUS_CLOSE;
    case 15:
        return TF_STATUS_NEW_PRICE;
    case 17:
        return TF_STATUS_TRADING;
    case 18:
        return TF_STATUS_NOT_AVAILABLE;
    case 20:  /* unknown or invalid */
    case 103: /* no change: the event beside it is the news */
        return TF_STATUS_NONE;
    case 21:
        return TF_STATUS_PRE_OPEN;
    case 24:
        return TF_STATUS_PRE_CROSS;
    case 25:
        return TF_STATUS_CROSS;
    case 26:
        return TF_STATUS_POST_CLOSE;
    case 201: /* private and public workup */
    case 202:
        return TF_STATUS_TRADING;
    default:
        return -1;
    }
}

/* A code below ten as its digit. */
static char digit(uint8_t code)
{
    return code < 10 ? (char)('0' + code) : '?';
}

/* Text of the wire, cut at its NUL, blanks after it. */
static void put_text(char *out, const uint8_t *text, unsigned length)
{
    unsigned i = 0;
    for (; i < length && text[i]; i++)
        out[i] = (char)text[i];
    for (; i < length; i++)
        out[i] = ' ';
}

void tf_cme_status(struct tf_cme_work *work)
{
    const uint8_t *root = work->message->block;
    bool workup = work->message->template_id == 60;
    uint32_t id = tf_le32(root + (workup ? CME_WORKUP_SECURITY : CME_STATUS_SECURITY));
    int status = tf_cme_trading_status(root[CME_STATUS_STATUS]);
    if (status < 0 && root[CME_STATUS_STATUS] != UINT8_MAX) {
        tf_cme_bad_field(work, "SecurityTradingStatus", root + CME_STATUS_STATUS);
        return;
    }
    if (id == INT32_MAX)
        id = 0; /* of a group, or of all of an asset */
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_STATUS, id);
    tick->size = status < 0 ? TF_STATUS_NONE : (uint32_t)status;
    memset(tick->text, ' ', 6);
    if (workup) {
        memcpy(tick->text, "WORKUP", 6);
        tick->price = tf_cme_price(work, root + CME_WORKUP_PRICE);
    } else {
        put_text(tick->text, root + CME_STATUS_GROUP, 6);
    }
    tick->text[6] = digit(root[CME_STATUS_REASON]);
    tick->text[7] = digit(root[CME_STATUS_EVENT]);
}

/* Where a template has MinPriceIncrement; MinTradeVol stands 8 bytes before it. */
static uint8_t increment_at(uint16_t template_id)
{
    switch (template_id) {
    case 29:
    case 56:
        return 94;
    case 41:
    case 55:
        return 111;
    case 57:
    case 58:
        return 86;
    case 63:
        return 89;
    default: /* 27 54 */
        return 91;
    }
}

static void define(struct tf_cme_work *work, uint32_t id, uint32_t lot)
{
    enum { SYMBOL_LENGTH = 20, CFI_LENGTH = 6 };
    const uint8_t *root = work->message->block;
    struct tf_instrument instrument = {.instrument_id = id, .lot_size = lot};
    instrument.price_increment =
        tf_cme_price(work, root + increment_at(work->message->template_id));
    put_text(instrument.symbol, root + CME_DEF_SYMBOL, SYMBOL_LENGTH);
    put_text(instrument.venue_class, root + CME_DEF_CFI, CFI_LENGTH);
    for (int i = SYMBOL_LENGTH; i > 0 && instrument.symbol[i - 1] == ' '; i--)
        instrument.symbol[i - 1] = 0;
    for (int i = CFI_LENGTH; i > 0 && instrument.venue_class[i - 1] == ' '; i--)
        instrument.venue_class[i - 1] = 0;
    if (work->sink->define)
        work->sink->define(work->sink->context, &instrument);
}

void tf_cme_definition(struct tf_cme_work *work)
{
    const uint8_t *root = work->message->block;
    uint8_t update = root[CME_DEF_UPDATE_ACTION], symbol = root[CME_DEF_SYMBOL];
    char action = update == 'D' ? 'C' : (char)update;
    uint32_t id;
    if (action != 'A' && action != 'M' && action != 'C') {
        tf_cme_bad_field(work, "SecurityUpdateAction", root + CME_DEF_UPDATE_ACTION);
        return;
    }
    if (!symbol || symbol == ' ') {
        tf_cme_bad_field(work, "Symbol", root + CME_DEF_SYMBOL);
        return;
    }
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, root + CME_DEF_SECURITY, &id);
    if (!instrument)
        return;
    work->decoder->named += !instrument->named && instrument->id;
    instrument->named = true;
    uint32_t lot = tf_le32(root + increment_at(work->message->template_id) - 8);
    lot = lot && lot != UINT32_MAX ? lot : TF_UNDEF_SIZE;
    if (action != 'C')
        define(work, id, lot);
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_DEFINITION, id);
    tick->action = action;
    tick->size = lot;
    put_text(tick->text, root + CME_DEF_SECURITY_TYPE, 6);
    tick->text[6] = tick->text[7] = ' ';
    tick->flags |= TF_FLAG_LAST; /* a definition is whole by itself */
}
