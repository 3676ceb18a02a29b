/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics: prices and quantities of the session and the day, limits, requests for quotes. */
#include "cme_mdp3_internal.h"

enum {
    FLAG_INDICATIVE = 5, /* OpenCloseSettlFlag */
    FLAG_REPO_0830 = 101,
    FLAG_REPO_1000 = 102,
    FLAG_REPO_PREVIOUS = 103,
    SETTLE_FINAL = 1, /* SettlPriceType */
    SETTLE_ACTUAL = 2,
    SETTLE_NULL = 0x80
};

static const char *vwap_text(uint8_t flag)
{
    switch (flag) {
    case FLAG_REPO_0830:
        return "REPO0830";
    case FLAG_REPO_1000:
        return "REPO1000";
    case FLAG_REPO_PREVIOUS:
        return "REPOPREV";
    default:
        return "VWAP    ";
    }
}

static const char *text_of(uint8_t type, uint8_t flag)
{
    switch (type) {
    case '2':
        return "LASTTRD ";
    case '4':
        return flag == FLAG_INDICATIVE ? "INDOPEN " : "OPEN    ";
    case '6':
        return "SETTLE  ";
    case '7':
        return "HIGH    ";
    case '8':
        return "LOW     ";
    case '9':
        return vwap_text(flag);
    case 'B':
        return "CLEARVOL";
    case 'C':
        return "OPENINT ";
    case 'N':
        return "HIGHBID ";
    case 'O':
        return "LOWOFFER";
    case 'W':
        return "FIXING  ";
    case 'e':
        return "VOLUME  ";
    case 'g':
        return "LIMITS  ";
    case 'w':
        return "MKTOFFER";
    case 'x':
        return "MKTBID  ";
    default:
        return 0;
    }
}

struct tf_tick *tf_cme_statistic(struct tf_cme_work *work, uint32_t id, uint8_t type,
                                 uint8_t flag, uint8_t settle)
{
    const char *text = text_of(type, flag);
    if (!text)
        return 0;
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_STATISTICS, id);
    memcpy(tick->text, text, sizeof tick->text);
    tick->action = 'A';
    if (type == 'N' || type == 'x')
        tick->side = 'B';
    else if (type == 'O' || type == 'w')
        tick->side = 'A';
    if (type == '6' && !(settle & SETTLE_NULL)) {
        tick->text[6] = settle & SETTLE_FINAL ? 'F' : 'P';
        tick->text[7] = settle & SETTLE_ACTUAL ? 'A' : 'T';
    }
    return tick;
}

static void limit(struct tf_cme_work *work, uint32_t id, const uint8_t *at, const char *text)
{
    int64_t price = tf_cme_price(work, at);
    if (price == TF_UNDEF_PRICE)
        return;
    struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_STATISTICS, id);
    memcpy(tick->text, text, sizeof tick->text);
    tick->action = 'A';
    tick->price = price;
}

void tf_cme_limit_ticks(struct tf_cme_work *work, uint32_t id, const uint8_t *at)
{
    limit(work, id, at + CME_LIMIT_HIGH, "LIMITHI ");
    limit(work, id, at + CME_LIMIT_LOW, "LIMITLO ");
    limit(work, id, at + CME_LIMIT_VARIATION, "MAXVAR  ");
}

/* Where an entry of a statistic has what; NOT: it has none. */
struct shape {
    uint8_t security, rpt_seq, action, type, price, size, flag, settle;
    uint8_t size_since;
    bool is_long;
    char constant; /* the type that is not on the wire */
};
enum { NOT = CME_NONE };

static const struct shape volume_shape = {.security = CME_VOLUME_SECURITY,
                                          .rpt_seq = CME_VOLUME_RPT_SEQ,
                                          .action = CME_VOLUME_ACTION,
                                          .type = NOT,
                                          .price = NOT,
                                          .size = CME_VOLUME_SIZE,
                                          .flag = NOT,
                                          .settle = NOT,
                                          .constant = 'e'};
static const struct shape volume_long_shape = {
    .security = CME_VOLUME_SECURITY + CME_LONG_QTY_SHIFT,
    .rpt_seq = CME_VOLUME_RPT_SEQ + CME_LONG_QTY_SHIFT,
    .action = CME_VOLUME_ACTION + CME_LONG_QTY_SHIFT,
    .type = NOT,
    .price = NOT,
    .size = CME_VOLUME_SIZE,
    .flag = NOT,
    .settle = NOT,
    .is_long = true,
    .constant = 'e'};
static const struct shape daily_shape = {.security = CME_DAILY_SECURITY,
                                         .rpt_seq = CME_DAILY_RPT_SEQ,
                                         .action = CME_DAILY_ACTION,
                                         .type = CME_DAILY_TYPE,
                                         .price = CME_DAILY_PRICE,
                                         .size = CME_DAILY_SIZE,
                                         .flag = NOT,
                                         .settle = CME_DAILY_SETTLE_TYPE};
static const struct shape session_shape = {.security = CME_SESSION_SECURITY,
                                           .rpt_seq = CME_SESSION_RPT_SEQ,
                                           .action = CME_SESSION_ACTION,
                                           .type = CME_SESSION_TYPE,
                                           .price = CME_SESSION_PRICE,
                                           .size = CME_SESSION_SIZE,
                                           .flag = CME_SESSION_FLAG,
                                           .settle = NOT,
                                           .size_since = 8};
static const struct shape session_long_shape = {.security = CME_SESSION_LONG_SECURITY,
                                                .rpt_seq = CME_SESSION_LONG_RPT_SEQ,
                                                .action = CME_SESSION_LONG_ACTION,
                                                .type = CME_SESSION_LONG_TYPE,
                                                .price = CME_SESSION_PRICE,
                                                .size = CME_SESSION_LONG_SIZE,
                                                .flag = CME_SESSION_LONG_FLAG,
                                                .settle = NOT,
                                                .is_long = true};

static void statistic(struct tf_cme_work *work, const uint8_t *entry, uint32_t block_length,
                      const struct shape *shape)
{
    uint32_t id, size = TF_UNDEF_SIZE;
    struct tf_cme_instrument *instrument =
        tf_cme_instrument_at(work, entry + shape->security, &id);
    if (!instrument)
        return;
    tf_cme_count_update(instrument, tf_le32(entry + shape->rpt_seq));
    char action = tf_cme_action(entry[shape->action]);
    if (!action) {
        tf_cme_bad_field(work, "MDUpdateAction", entry + shape->action);
        return;
    }
    if (tf_cme_has(work->message, block_length, shape->size, shape->is_long ? 8 : 4,
                   shape->size_since) &&
        !tf_cme_size(work, entry + shape->size, shape->is_long, &size))
        return;
    uint8_t type = shape->type == NOT ? (uint8_t)shape->constant : entry[shape->type];
    struct tf_tick *tick =
        tf_cme_statistic(work, id, type, shape->flag == NOT ? 0 : entry[shape->flag],
                         shape->settle == NOT ? 0 : entry[shape->settle]);
    if (!tick) {
        tf_cme_bad_field(work, "MDEntryType", entry + shape->type);
        return;
    }
    tick->action = action;
    tick->size = size;
    if (shape->price != NOT)
        tick->price = tf_cme_price(work, entry + shape->price);
}

static void statistics(struct tf_cme_work *work, const struct shape *shape)
{
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length)
        statistic(work, entry, entries.block_length, shape);
}

void tf_cme_volume(struct tf_cme_work *work)
{
    statistics(work, work->message->template_id == 66 ? &volume_long_shape : &volume_shape);
}

void tf_cme_daily(struct tf_cme_work *work)
{
    statistics(work, &daily_shape);
}

void tf_cme_session_prices(struct tf_cme_work *work)
{
    statistics(work, work->message->template_id == 67 ? &session_long_shape : &session_shape);
}

void tf_cme_limits(struct tf_cme_work *work)
{
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length) {
        uint32_t id;
        struct tf_cme_instrument *instrument =
            tf_cme_instrument_at(work, entry + CME_LIMIT_SECURITY, &id);
        if (!instrument)
            continue;
        tf_cme_count_update(instrument, tf_le32(entry + CME_LIMIT_RPT_SEQ));
        tf_cme_limit_ticks(work, id, entry);
    }
}

void tf_cme_quote_request(struct tf_cme_work *work)
{
    struct tf_cme_run entries = tf_cme_run(work->message, 0);
    const uint8_t *entry = entries.entries;
    for (uint32_t i = 0; i < entries.count; i++, entry += entries.block_length) {
        uint32_t id, size;
        if (!tf_cme_instrument_at(work, entry + CME_QUOTE_SECURITY, &id) ||
            !tf_cme_size(work, entry + CME_QUOTE_QUANTITY, false, &size))
            continue;
        struct tf_tick *tick = tf_cme_tick(work, TF_RTYPE_STATISTICS, id);
        uint8_t side = entry[CME_QUOTE_SIDE];
        memcpy(tick->text, "RFQ     ", sizeof tick->text);
        tick->action = 'A';
        tick->side = side == 1 ? 'B' : side == 2 ? 'A' : 'N';
        tick->size = size;
    }
}
