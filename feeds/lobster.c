/* SPDX-License-Identifier: Apache-2.0 */
#include "lobster.h"

#include "arena.h"
#include "error.h"
#include "instrument_ids.h"
#include "json_out.h"

#include <string.h>

enum { ROW_MAX = 256, TICKS_MAX = 3, PRICE_TO_TICK = 100000 };
enum { SKIPPING }; /* word of tf_framing.state: inside a row that is too long */

enum sum { SIZE_SUM, PRICE_SUM, BUYS, SELLS, EXECUTIONS, EXECUTED_SIZE, EXECUTED_PRICE, SUMS };

struct tf_decoder {
    uint64_t midnight_ns;
    struct tf_instrument_ids *ids;
    bool own_ids, defined, tally;
    unsigned arena;
    struct tf_feed_counts counts;
    __int128 sums[SUMS];
};

/* ---- rows ------------------------------------------------------------------------------------ */

static size_t without_end(const uint8_t *row, size_t length)
{
    while (length && (row[length - 1] == '\r' || row[length - 1] == ','))
        length--;
    return length;
}

static struct tf_venue_message message_of(struct tf_framing *framing, const uint8_t *row,
                                          size_t length)
{
    return (struct tf_venue_message){.bytes = row,
                                     .length = (uint32_t)length,
                                     .sequence = ++framing->sequence,
                                     .ts_recv = TF_UNDEF_TIMESTAMP,
                                     .ts_send = TF_UNDEF_TIMESTAMP};
}

static uint32_t find(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                     struct tf_venue_message *messages, uint32_t most, size_t *consumed)
{
    uint32_t count = 0;
    size_t at = 0;
    while (count < most) {
        size_t window = length - at < ROW_MAX ? length - at : ROW_MAX;
        const uint8_t *end = window ? memchr(bytes + at, '\n', window) : 0;
        if (!end && window < ROW_MAX)
            break;
        size_t row = end ? without_end(bytes + at, (size_t)(end - bytes) - at) : 0;
        if (row && !framing->state[SKIPPING])
            messages[count++] = message_of(framing, bytes + at, row);
        framing->flaws += !end && !framing->state[SKIPPING];
        framing->state[SKIPPING] = !end;
        at = end ? (size_t)(end - bytes) + 1 : at + window;
    }
    *consumed = at;
    return count;
}

/* All six columns are there: else the file was cut inside the row. */
static bool is_whole(const uint8_t *bytes, size_t length)
{
    enum { COMMAS = 5 };
    unsigned commas = 0;
    for (size_t i = 0; i < length; i++)
        commas += bytes[i] == ',';
    return commas >= COMMAS && bytes[length - 1] != '-' &&
           (commas > COMMAS || bytes[length - 1] != ',');
}

static bool last(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                 struct tf_venue_message *message)
{
    length = without_end(bytes, length);
    if (!length || framing->state[SKIPPING] || !is_whole(bytes, length))
        return false;
    *message = message_of(framing, bytes, length);
    return true;
}

/* ---- fields ---------------------------------------------------------------------------------- */

struct row {
    uint64_t ns, id;
    int64_t price;
    uint32_t size;
    char type;
    bool buys;
};

/* Where in the row we are, and the first field that was bad. */
struct cursor {
    const uint8_t *row;
    uint32_t at, length;
    const char *flaw;
};

/* Digits up to one that is none; false: there are none, or they do not fit. */
static bool digits(struct cursor *cursor, uint64_t most, uint64_t *value)
{
    uint32_t began = cursor->at;
    *value = 0;
    for (; cursor->at < cursor->length; cursor->at++) {
        unsigned digit = (unsigned)cursor->row[cursor->at] - '0';
        if (digit > 9)
            break;
        if (digit > most || *value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return cursor->at > began;
}

static bool skip(struct cursor *cursor, char letter)
{
    bool is_there = cursor->at < cursor->length && cursor->row[cursor->at] == (uint8_t)letter;
    cursor->at += is_there;
    return is_there;
}

static bool time_field(struct cursor *cursor, uint64_t *ns)
{
    static const uint32_t scale[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                     10000,      1000,      100,      10,      1};
    uint64_t seconds, fraction = 0;
    if (!digits(cursor, 2 * 86400 - 1, &seconds))
        return false;
    uint32_t decimals = 0;
    if (skip(cursor, '.')) {
        uint32_t began = cursor->at;
        if (!digits(cursor, 999999999, &fraction) || cursor->at - began > 9)
            return false;
        decimals = cursor->at - began;
    }
    *ns = seconds * 1000000000 + fraction * scale[decimals];
    return true;
}

static bool signed_field(struct cursor *cursor, int64_t *value)
{
    bool minus = skip(cursor, '-');
    uint64_t magnitude;
    if (!digits(cursor, INT64_MAX / PRICE_TO_TICK - 1, &magnitude))
        return false;
    *value = minus ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

/* The whole row; false: cursor->flaw names the field, which begins at or before cursor->at. */
static bool parse(struct cursor *cursor, struct row *row)
{
    uint64_t type = 0, size = 0;
    int64_t direction = 0;
    cursor->flaw = "time";
    if (!time_field(cursor, &row->ns) || !skip(cursor, ','))
        return false;
    cursor->flaw = "type";
    if (!digits(cursor, 7, &type) || !type || !skip(cursor, ','))
        return false;
    cursor->flaw = "order id";
    if (!digits(cursor, UINT64_MAX, &row->id) || !skip(cursor, ','))
        return false;
    cursor->flaw = "size";
    if (!digits(cursor, TF_UNDEF_SIZE - 1, &size) || !skip(cursor, ','))
        return false;
    cursor->flaw = "price";
    if (!signed_field(cursor, &row->price) || !skip(cursor, ','))
        return false;
    cursor->flaw = "direction";
    if (!signed_field(cursor, &direction) || (direction != 1 && direction != -1) ||
        cursor->at != cursor->length)
        return false;
    row->type = (char)('0' + type);
    row->size = (uint32_t)size;
    row->buys = direction == 1;
    return true;
}

/* ---- decoder --------------------------------------------------------------------------------- */

static void reset(struct tf_decoder *decoder)
{
    tf_counts_reset(&decoder->counts);
    memset(decoder->sums, 0, sizeof decoder->sums);
    decoder->defined = false;
}

static struct tf_decoder *lobster_open(const struct tf_decoder_options *options)
{
    unsigned arena = tf_arena_of_node(options->node);
    struct tf_decoder *decoder = tf_arena_alloc(arena, sizeof *decoder);
    struct tf_instrument_ids *ids = options->ids ? options->ids : tf_instrument_ids_open();
    if (!decoder || !ids) {
        if (decoder)
            tf_arena_free(arena, decoder, sizeof *decoder);
        if (!options->ids)
            tf_instrument_ids_close(ids);
        tf_fail(TF_EOS, "no memory for a decoder");
        return 0;
    }
    *decoder = (struct tf_decoder){.midnight_ns = options->midnight_ns,
                                   .ids = ids,
                                   .own_ids = !options->ids,
                                   .tally = options->tally,
                                   .arena = arena};
    reset(decoder);
    return decoder;
}

static void lobster_close(struct tf_decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->own_ids)
        tf_instrument_ids_close(decoder->ids);
    tf_arena_free(decoder->arena, decoder, sizeof *decoder);
}

static uint32_t instrument(struct tf_decoder *decoder, struct tf_sink *sink)
{
    bool is_new;
    uint64_t name;
    memcpy(&name, "LOBSTER ", sizeof name);
    uint32_t id = tf_instrument_id(decoder->ids, name, &is_new);
    if (!decoder->defined && sink->define)
        sink->define(sink->context, &(struct tf_instrument){.instrument_id = id,
                                                            .lot_size = TF_UNDEF_SIZE,
                                                            .price_increment = PRICE_TO_TICK,
                                                            .symbol = "LOBSTER"});
    decoder->defined = true;
    decoder->counts.symbols = 1;
    return id;
}

static void count_row(struct tf_decoder *decoder, const struct row *row, uint64_t ts_event)
{
    struct tf_feed_counts *counts = &decoder->counts;
    bool executes = row->type >= '4' && row->type <= '6';
    tf_count_time(counts, ts_event);
    if (row->type == '4' || row->type == '5') {
        counts->trades++;
        counts->traded_volume += row->size;
    }
    counts->printed_volume += executes ? row->size : 0;
    if (!decoder->tally)
        return;
    decoder->sums[SIZE_SUM] += row->size;
    decoder->sums[PRICE_SUM] += row->price;
    decoder->sums[row->buys ? BUYS : SELLS]++;
    if (row->type == '4' || row->type == '5') {
        decoder->sums[EXECUTIONS]++;
        decoder->sums[EXECUTED_SIZE] += row->size;
        decoder->sums[EXECUTED_PRICE] += row->price;
    }
}

static void emit(struct tf_sink *sink, const struct tf_tick *like, char action, char side,
                 uint64_t order_id, uint8_t flags)
{
    struct tf_tick *tick = &sink->ticks[sink->count++];
    *tick = *like;
    tick->action = action;
    tick->side = side;
    tick->order_id = order_id;
    tick->flags = flags;
}

static void emit_halt(struct tf_sink *sink, struct tf_tick like, const struct row *row)
{
    like.rtype = TF_RTYPE_STATUS;
    like.size = row->price < 0    ? TF_STATUS_HALT
                : row->price == 0 ? TF_STATUS_QUOTING
                                  : TF_STATUS_TRADING;
    like.price = TF_UNDEF_PRICE;
    emit(sink, &like, 'N', 'N', 0, TF_FLAG_LAST);
    memset(sink->ticks[sink->count - 1].text, ' ', sizeof like.text);
}

static void lobster_decode(struct tf_decoder *decoder, const struct tf_venue_message *message,
                           struct tf_sink *sink)
{
    struct tf_feed_counts *counts = &decoder->counts;
    struct cursor cursor = {.row = message->bytes, .length = message->length};
    struct row row = {0};
    bool good = parse(&cursor, &row);
    counts->messages++;
    if (!good) {
        tf_count_flaw(counts, TF_ANOMALY_BAD_FIELD, cursor.flaw, cursor.at);
        return;
    }
    counts->messages_by_type[(uint8_t)row.type]++;
    uint64_t ts_event = decoder->midnight_ns + row.ns;
    count_row(decoder, &row, ts_event);
    char resting = row.buys ? 'B' : 'A', aggressor = row.buys ? 'A' : 'B';
    struct tf_tick like = {.ts_event = ts_event,
                           .ts_recv = TF_UNDEF_TIMESTAMP,
                           .price = row.price * PRICE_TO_TICK,
                           .size = row.size,
                           .sequence = (uint32_t)message->sequence,
                           .instrument_id = instrument(decoder, sink),
                           .rtype = TF_RTYPE_MBO};
    switch (row.type) {
    case '1':
        emit(sink, &like, 'A', resting, row.id, TF_FLAG_LAST);
        break;
    case '2':
    case '3':
        emit(sink, &like, 'C', resting, row.id, TF_FLAG_LAST);
        break;
    case '4':
        emit(sink, &like, 'T', aggressor, 0, 0);
        emit(sink, &like, 'F', resting, row.id, 0);
        emit(sink, &like, 'C', resting, row.id, TF_FLAG_LAST);
        break;
    case '5':
        emit(sink, &like, 'T', aggressor, 0, TF_FLAG_LAST);
        break;
    case '6':
        emit(sink, &like, 'T', 'N', 0, TF_FLAG_LAST);
        break;
    default:
        emit_halt(sink, like, &row);
    }
}

static const struct tf_feed_counts *lobster_counts(struct tf_decoder *decoder)
{
    return &decoder->counts;
}

static int lobster_type_of(const struct tf_venue_message *message)
{
    struct cursor cursor = {.row = message->bytes, .length = message->length};
    struct row row;
    return parse(&cursor, &row) ? row.type : -1;
}

static void lobster_facts(struct tf_decoder *decoder, struct tf_json *json)
{
    static const char *const names[SUMS] = {"size_sum",         "price_sum_e4", "dir_1",
                                            "dir_-1",           "exec_count",   "exec_size_sum",
                                            "exec_price_sum_e4"};
    const struct tf_feed_counts *counts = &decoder->counts;
    if (!decoder->tally)
        return;
    bool timed = counts->first_ts_event != TF_UNDEF_TIMESTAMP;
    uint64_t none = TF_UNDEF_TIMESTAMP, midnight = decoder->midnight_ns;
    tf_json_object(json, "ns_since_midnight");
    tf_json_u64_or_null(json, "first", timed ? counts->first_ts_event - midnight : none, none);
    tf_json_u64_or_null(json, "last", timed ? counts->last_ts_event - midnight : none, none);
    tf_json_u64(json, "backward_steps", counts->anomalies[TF_ANOMALY_TIME_BACKWARDS]);
    tf_json_end_object(json);
    tf_json_object(json, "sums");
    for (unsigned i = 0; i < SUMS; i++)
        tf_json_sum(json, names[i], decoder->sums[i]);
    tf_json_end_object(json);
}

/* The share of rows among the first that are six fields in their ranges. */
static int lobster_probe(const uint8_t *bytes, size_t length)
{
    enum { LOOK_AT_MOST = 64 };
    struct tf_framing framing = {0};
    struct tf_venue_message rows[LOOK_AT_MOST];
    size_t consumed;
    uint32_t good = 0, seen = find(&framing, bytes, length, rows, LOOK_AT_MOST, &consumed);
    if (!seen && length < ROW_MAX)
        seen = last(&framing, bytes, length, rows);
    for (uint32_t i = 0; i < seen; i++)
        good += lobster_type_of(&rows[i]) >= 0;
    return seen ? (int)(100 * good / (seen + framing.flaws)) : 0;
}

const struct tf_framing_ops tf_lobster_rows = {
    .name = "CSV rows",
    .frame_max = ROW_MAX,
    .find = find,
    .last = last,
};

const struct tf_decoder_ops tf_lobster_ops = {
    .name = "lobster",
    .ticks_max = TICKS_MAX,
    .open = lobster_open,
    .close = lobster_close,
    .restart = reset,
    .decode = lobster_decode,
    .counts = lobster_counts,
    .type_of = lobster_type_of,
    .type_name = tf_type_letter,
    .facts = lobster_facts,
};

const struct tf_format tf_format_lobster = {
    .name = "lobster",
    .description = "LOBSTER messages, CSV",
    .decoder = &tf_lobster_ops,
    .framing = &tf_lobster_rows,
    .probe = lobster_probe,
};
