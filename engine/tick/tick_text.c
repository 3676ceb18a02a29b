/* SPDX-License-Identifier: Apache-2.0 */
#include "tick_text.h"

#include "clock.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

const char *tf_rtype_name(uint8_t rtype)
{
    switch (rtype) {
    case TF_RTYPE_TRADE:
        return "trade";
    case TF_RTYPE_QUOTE:
        return "quote";
    case TF_RTYPE_STATUS:
        return "status";
    case TF_RTYPE_DEFINITION:
        return "definition";
    case TF_RTYPE_IMBALANCE:
        return "imbalance";
    case TF_RTYPE_SYSTEM:
        return "system";
    case TF_RTYPE_STATISTICS:
        return "statistics";
    case TF_RTYPE_MBO:
        return "mbo";
    case TF_RTYPE_LEVEL:
        return "level";
    case TF_RTYPE_GAP:
        return "gap";
    case TF_RTYPE_EPOCH:
        return "epoch";
    case TF_RTYPE_END_OF_STREAM:
        return "end";
    case TF_RTYPE_REPLAY_COMPLETED:
        return "completed";
    default:
        return "unknown";
    }
}

char *tf_format_price(char *out, size_t size, int64_t price)
{
    if (price == TF_UNDEF_PRICE) {
        out[0] = 0;
        return out;
    }
    uint64_t magnitude = price < 0 ? UINT64_C(0) - (uint64_t)price : (uint64_t)price;
    int length =
        snprintf(out, size, "%s%" PRIu64 ".%09" PRIu64, price < 0 ? "-" : "",
                 magnitude / (uint64_t)TF_PRICE_SCALE, magnitude % (uint64_t)TF_PRICE_SCALE);
    for (int drop = 0;
         drop < 7 && length > 0 && (size_t)length < size && out[length - 1] == '0'; drop++)
        out[--length] = 0;
    return out;
}

char *tf_format_time_of_day(char *out, size_t size, uint64_t ns)
{
    if (ns == TF_UNDEF_TIMESTAMP) {
        out[0] = 0;
        return out;
    }
    uint64_t seconds = ns / TF_NS_PER_S % 86400;
    snprintf(out, size, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%09" PRIu64, seconds / 3600,
             seconds / 60 % 60, seconds % 60, ns % TF_NS_PER_S);
    return out;
}

void tf_tick_print_heading(FILE *out, enum tf_tick_style style)
{
    if (style == TF_TICK_TEXT)
        fprintf(out, "%12s  %-18s %-10s %-8s A S %12s %10s %20s %s\n", "seq", "event time",
                "kind", "symbol", "price", "size", "order or text", "flags");
    else if (style == TF_TICK_CSV)
        fputs("seq,ts_event,ts_recv,ts_pub,rtype,instrument_id,symbol,action,side,price,size,"
              "order_id,"
              "text,ask_px,ask_sz,sequence,flags\n",
              out);
}

static const char *flags_text(uint8_t flags, char *out)
{
    static const char letters[] =
        "LTSMRBP"; /* last, tob, snapshot, mbp, bad recv, bad book, publisher */
    size_t used = 0;
    for (unsigned bit = 0; bit < 7; bit++)
        if (flags & (0x80u >> bit))
            out[used++] = letters[bit];
    out[used] = 0;
    return out;
}

/* Does this kind carry words where others carry an order? */
static bool has_text(const struct tf_tick *tick)
{
    return tick->rtype == TF_RTYPE_STATUS || tick->rtype == TF_RTYPE_DEFINITION ||
           tick->rtype == TF_RTYPE_STATISTICS ||
           (tick->rtype == TF_RTYPE_IMBALANCE && tick->size == TF_UNDEF_SIZE);
}

/* At least 9 bytes: printable, without the padding. */
static char *text_of(const struct tf_tick *tick, char *out)
{
    size_t length = sizeof tick->text;
    while (length && (tick->text[length - 1] == ' ' || !tick->text[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++) {
        char letter = tick->text[i];
        out[i] =
            letter >= ' ' && letter < 127 && letter != ',' && letter != '"' && letter != '\\'
                ? letter
                : '?';
    }
    out[length] = 0;
    return out;
}

/* "3rd of 12 orders" would be prose: "#3 12 orders", each part where it is known. */
static void level_text(const struct tf_tick *tick, char *out, size_t size)
{
    char place[16] = "", orders[24] = "";
    if (tick->level[1])
        snprintf(place, sizeof place, "#%" PRIu32 " ", tick->level[1]);
    if (tick->level[0] != TF_UNDEF_SIZE)
        snprintf(orders, sizeof orders, "%" PRIu32 " orders", tick->level[0]);
    snprintf(out, size, "%s%s", place, orders);
}

/* The one field that means something else in each kind, as text. */
static void detail(const struct tf_tick *tick, char *out, size_t size)
{
    char price[32];
    switch (tick->rtype) {
    case TF_RTYPE_QUOTE:
        snprintf(out, size, "ask %s x %" PRIu32,
                 tf_format_price(price, sizeof price, tick->ask_px), tick->ask_sz);
        break;
    case TF_RTYPE_GAP:
        snprintf(out, size, "%" PRIu64 "-%" PRIu64, tick->gap_first, tick->gap_last);
        break;
    case TF_RTYPE_EPOCH:
        snprintf(out, size, "epoch %" PRIu64, tick->epoch);
        break;
    case TF_RTYPE_LEVEL:
        level_text(tick, out, size);
        break;
    default:
        out[0] = 0;
        if (has_text(tick))
            text_of(tick, out);
        else if (tick->order_id)
            snprintf(out, size, "%" PRIu64, tick->order_id);
    }
}

static void print_text(FILE *out, const struct tf_tick *tick, const char *symbol)
{
    char time[32], price[32] = "", size[16] = "", other[48], flags[8];
    if (tick->rtype != TF_RTYPE_GAP)
        tf_format_price(price, sizeof price, tick->price);
    if (tick->size != TF_UNDEF_SIZE)
        snprintf(size, sizeof size, "%" PRIu32, tick->size);
    detail(tick, other, sizeof other);
    fprintf(out, "%12" PRIu64 "  %-18s %-10s %-8s %c %c %12s %10s %20s %s\n", tick->seq,
            tf_format_time_of_day(time, sizeof time, tick->ts_event),
            tf_rtype_name(tick->rtype), symbol, tick->action ? tick->action : ' ',
            tick->side ? tick->side : ' ', price, size, other, flags_text(tick->flags, flags));
}

static const char *number_or(char *out, size_t size, uint64_t value, uint64_t undefined,
                             const char *otherwise)
{
    if (value == undefined)
        return otherwise;
    snprintf(out, size, "%" PRIu64, value);
    return out;
}

static void print_csv(FILE *out, const struct tf_tick *tick, const char *symbol)
{
    bool quote = tick->rtype == TF_RTYPE_QUOTE;
    char recv[24], price[32], size[16], ask[32] = "", order[24] = "", ask_size[16] = "",
                                        venue[16] = "";
    char text[16] = "";
    if (quote) {
        tf_format_price(ask, sizeof ask, tick->ask_px);
        snprintf(ask_size, sizeof ask_size, "%" PRIu32, tick->ask_sz);
    } else {
        if (has_text(tick))
            text_of(tick, text);
        else
            snprintf(order, sizeof order, "%" PRIu64, tick->order_id);
        snprintf(venue, sizeof venue, "%" PRIu32, tick->sequence);
    }
    fprintf(out,
            "%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 ",%s,%" PRIu32
            ",%s,%c,%c,%s,%s,%s,%s,%s,%s,%s,%u\n",
            tick->seq, tick->ts_event,
            number_or(recv, sizeof recv, tick->ts_recv, TF_UNDEF_TIMESTAMP, ""), tick->ts_pub,
            tf_rtype_name(tick->rtype), tick->instrument_id, symbol,
            tick->action ? tick->action : 'N', tick->side ? tick->side : 'N',
            tf_format_price(price, sizeof price, tick->price),
            number_or(size, sizeof size, tick->size, TF_UNDEF_SIZE, ""), order, text, ask,
            ask_size, venue, tick->flags);
}

/* As a quoted decimal, since JSON numbers are doubles to most readers; null when undefined. */
static void json_price(FILE *out, const char *key, int64_t value)
{
    char price[32];
    if (value == TF_UNDEF_PRICE)
        fprintf(out, ",\"%s\":null", key);
    else
        fprintf(out, ",\"%s\":\"%s\"", key, tf_format_price(price, sizeof price, value));
}

static void print_json(FILE *out, const struct tf_tick *tick, const char *symbol)
{
    char recv[24], size[16], text[16];
    fprintf(out,
            "{\"seq\":%" PRIu64 ",\"ts_event\":%" PRIu64 ",\"ts_recv\":%s,\"ts_pub\":%" PRIu64
            ",\"rtype\":\"%s\",\"instrument_id\":%" PRIu32 ",\"symbol\":",
            tick->seq, tick->ts_event,
            number_or(recv, sizeof recv, tick->ts_recv, TF_UNDEF_TIMESTAMP, "null"),
            tick->ts_pub, tf_rtype_name(tick->rtype), tick->instrument_id);
    tf_json_string(out, symbol);
    fprintf(out, ",\"action\":\"%c\",\"side\":\"%c\"", tick->action ? tick->action : 'N',
            tick->side ? tick->side : 'N');
    if (tick->rtype == TF_RTYPE_GAP) {
        fprintf(out, ",\"gap_first\":%" PRIu64 ",\"gap_last\":%" PRIu64, tick->gap_first,
                tick->gap_last);
    } else if (tick->rtype == TF_RTYPE_QUOTE) {
        json_price(out, "bid_px", tick->bid_px);
        json_price(out, "ask_px", tick->ask_px);
        fprintf(out, ",\"bid_sz\":%" PRIu32 ",\"ask_sz\":%" PRIu32, tick->bid_sz, tick->ask_sz);
    } else {
        json_price(out, "price", tick->price);
        fprintf(out, ",\"size\":%s,\"sequence\":%" PRIu32,
                number_or(size, sizeof size, tick->size, TF_UNDEF_SIZE, "null"),
                tick->sequence);
        if (has_text(tick))
            fprintf(out, ",\"text\":\"%s\"", text_of(tick, text));
        else if (tick->rtype == TF_RTYPE_LEVEL)
            fprintf(out, ",\"orders\":%s,\"level\":%" PRIu32,
                    number_or(recv, sizeof recv, tick->level[0], TF_UNDEF_SIZE, "null"),
                    tick->level[1]);
        else
            fprintf(out, ",\"order_id\":%" PRIu64, tick->order_id);
    }
    fprintf(out, ",\"flags\":%u}\n", tick->flags);
}

void tf_tick_print(FILE *out, enum tf_tick_style style, const struct tf_tick *tick,
                   const char *symbol)
{
    if (!symbol)
        symbol = "";
    switch (style) {
    case TF_TICK_TEXT:
        print_text(out, tick, symbol);
        break;
    case TF_TICK_CSV:
        print_csv(out, tick, symbol);
        break;
    case TF_TICK_JSON:
        print_json(out, tick, symbol);
        break;
    }
}
