/* SPDX-License-Identifier: Apache-2.0 */
/* The DBN format: framing, metadata, instruments and the operations of its decoder. */
#include "dbn.h"

#include "dbn_carry.h"
#include "dbn_internal.h"
#include "dbn_reference.h"
#include "error.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- framing --------------------------------------------------------------------------------- */

/* What a framing's state[] holds. */
enum { STATE_STARTED, STATE_METADATA_LEFT, STATE_PIECES };

static bool is_prelude(const uint8_t *bytes)
{
    return memcmp(bytes, "DBN", 3) == 0;
}

/* The next piece of metadata, or 0 bytes when it is not all there. */
static size_t find_piece(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                         struct tf_venue_message *message)
{
    uint32_t left = framing->state[STATE_METADATA_LEFT];
    size_t piece = left < TF_DBN_PIECE ? left : TF_DBN_PIECE;
    if (length < piece)
        return 0;
    framing->state[STATE_METADATA_LEFT] -= (uint32_t)piece;
    framing->awaited.consumed += piece;
    if (!framing->state[STATE_METADATA_LEFT])
        framing->awaited.field = 0;
    message->bytes = bytes;
    message->length = (uint32_t)piece;
    message->channel = 1;
    message->sequence = framing->state[STATE_PIECES]++;
    return piece;
}

/* A file begins here: the length of its metadata becomes what is left of it.  False: wait. */
static bool begin_file(struct tf_framing *framing, const uint8_t *bytes, size_t length)
{
    if (length < DBN_META_PRELUDE)
        return false;
    uint64_t whole = (uint64_t)tf_le32(bytes + DBN_META_LENGTH) + DBN_META_PRELUDE;
    framing->state[STATE_METADATA_LEFT] = whole < UINT32_MAX ? (uint32_t)whole : UINT32_MAX;
    framing->state[STATE_PIECES] = 0;
    framing->awaited.field = "metadata_length";
    framing->awaited.value = tf_le32(bytes + DBN_META_LENGTH);
    framing->awaited.consumed = 0;
    framing->awaited.offset = DBN_META_LENGTH;
    return true;
}

static uint32_t find(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                     struct tf_venue_message *messages, uint32_t most, size_t *consumed)
{
    uint32_t count = 0;
    size_t at = 0;
    while (count < most && length - at >= DBN_WORD) {
        const uint8_t *record = bytes + at;
        if (framing->state[STATE_METADATA_LEFT] || is_prelude(record)) {
            if (!framing->state[STATE_METADATA_LEFT] &&
                !begin_file(framing, record, length - at))
                break;
            size_t piece = find_piece(framing, record, length - at, &messages[count]);
            if (!piece)
                break;
            at += piece;
            count++;
            continue;
        }
        size_t frame = (size_t)record[DBN_LENGTH] * DBN_WORD;
        if (frame < DBN_HEADER) {
            framing->flaws++;
            framing->ended = true;
            break;
        }
        if (frame > length - at)
            break;
        struct tf_venue_message *message = &messages[count++];
        message->bytes = record;
        message->length = (uint32_t)frame;
        message->channel = 0; /* a piece of metadata may have been there before */
        message->sequence = ++framing->sequence;
        at += frame;
    }
    *consumed = at;
    return count;
}

/* A last piece of metadata shorter than a word. */
static bool find_last(struct tf_framing *framing, const uint8_t *bytes, size_t length,
                      struct tf_venue_message *message)
{
    return framing->state[STATE_METADATA_LEFT] &&
           length == framing->state[STATE_METADATA_LEFT] && length < DBN_WORD &&
           find_piece(framing, bytes, length, message);
}

const struct tf_framing_ops tf_dbn_framing = {
    .name = "DBN",
    .frame_max = TF_DBN_PIECE,
    .find = find,
    .last = find_last,
};

/* ---- metadata -------------------------------------------------------------------------------- */

/* Append to the block; what does not fit is not looked at. */
static void keep_piece(struct tf_decoder *decoder, const struct tf_venue_message *piece)
{
    struct tf_dbn_block *block = &decoder->block;
    if (block->have + piece->length > block->room) {
        size_t room = block->room ? 2 * block->room : 2 * TF_DBN_PIECE;
        uint8_t *bytes = room <= TF_DBN_METADATA_MAX ? realloc(block->bytes, room) : 0;
        if (!bytes) {
            decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
            return;
        }
        block->bytes = bytes;
        block->room = room;
    }
    if (!piece->length)
        return;
    memcpy(block->bytes + block->have, piece->bytes, piece->length);
    block->have += piece->length;
}

/* Decimal digits alone, of a field of so many bytes; 0: it is something else. */
static uint32_t number_of(const char *text, size_t size)
{
    uint64_t number = 0;
    size_t length = strnlen(text, size);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || number > UINT32_MAX)
            return 0;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* The names wait until their instruments are met: only then is the publisher known. */
static void keep_names(struct tf_decoder *decoder)
{
    const struct tf_dbn_metadata *metadata = &decoder->metadata;
    struct tf_dbn_mapping_walk walk = {.metadata = metadata};
    size_t size = metadata->symbol_length;
    bool ids_first = metadata->stype_in == DBN_STYPE_ID;
    while (tf_dbn_mapping_next(&walk)) {
        const char *symbol = walk.found.symbol, *mapped = walk.found.mapped;
        if (!mapped)
            continue;
        uint32_t id = number_of(ids_first ? symbol : mapped, size);
        struct tf_dbn_name *name = id ? tf_dbn_name_of(&decoder->names, id) : 0;
        if (name && !name->name)
            name->name = ids_first ? mapped : symbol;
        else if (id && !name)
            decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
    }
}

/* The block that the names lead into goes away: another file begins. */
static void forget_names(struct tf_decoder *decoder)
{
    struct tf_dbn_names *names = &decoder->names;
    for (uint64_t i = 0; i <= names->mask; i++)
        names->slots[i].name = 0;
    memset(names->recent, 0xFF, sizeof names->recent);
}

void tf_dbn_take_metadata(struct tf_decoder *decoder, const struct tf_venue_message *piece)
{
    struct tf_dbn_block *block = &decoder->block;
    if (piece->sequence == 0) {
        if (decoder->metadata.version)
            forget_names(decoder);
        block->have = 0;
        decoder->metadata.version = 0;
    }
    keep_piece(decoder, piece);
    if (decoder->metadata.version || block->have < DBN_META_PRELUDE)
        return;
    uint64_t whole = (uint64_t)tf_le32(block->bytes + DBN_META_LENGTH) + DBN_META_PRELUDE;
    if (block->have < whole && whole <= TF_DBN_METADATA_MAX)
        return;
    struct tf_dbn_bad bad;
    bool good = tf_dbn_metadata_parse(block->bytes, block->have, &decoder->metadata, &bad);
    const struct tf_dbn_metadata *metadata = &decoder->metadata;
    if (!good)
        tf_count_flaw(&decoder->counts, TF_ANOMALY_BAD_FIELD, bad.field, bad.offset);
    decoder->ts_out = metadata->ts_out;
    decoder->own = metadata->is_tickfan;
    decoder->each_is_event =
        metadata->schema == DBN_SCHEMA_TBBO || metadata->schema == DBN_SCHEMA_TCBBO;
    if (good)
        keep_names(decoder);
}

/* ---- instruments ----------------------------------------------------------------------------- */

void tf_dbn_tell(struct tf_decoder *decoder, const struct tf_instrument *instrument,
                 struct tf_sink *sink)
{
    struct tf_dbn_name *name = tf_dbn_name_of(&decoder->names, instrument->instrument_id);
    if (!name) {
        decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
        return;
    }
    if (name->told || !instrument->symbol[0])
        return;
    name->told = true;
    if (sink->define)
        sink->define(sink->context, instrument);
}

/*
 * A definition brings its own name, mappings and system messages are no records of the instrument,
 * but for ticks that our own files carry in them.
 */
static bool is_about_market(const struct tf_decoder *decoder, const uint8_t *record)
{
    struct tf_tick tick;
    switch (record[DBN_RTYPE]) {
    case DBN_DEFINITION:
    case DBN_SYMBOL_MAPPING:
        return false;
    case DBN_SYSTEM:
        return decoder->own &&
               tf_dbn_carry_read((const char *)record + DBN_TEXT,
                                 (size_t)record[DBN_LENGTH] * DBN_WORD - DBN_TEXT,
                                 &tick) == TF_DBN_CARRY_TICK;
    default:
        return true;
    }
}

void tf_dbn_meet(struct tf_decoder *decoder, const uint8_t *record, struct tf_sink *sink)
{
    uint32_t id = tf_le32(record + DBN_INSTRUMENT);
    struct tf_dbn_name *name = tf_dbn_name_of(&decoder->names, id);
    if (!name) {
        decoder->counts.anomalies[TF_ANOMALY_NO_MEMORY]++;
        return;
    }
    decoder->names.met += !name->met;
    name->met = true;
    if (!is_about_market(decoder, record))
        return;
    tf_dbn_met(&decoder->names, id);
    if (name->told || !name->name || !id)
        return;
    size_t size = decoder->metadata.symbol_length;
    struct tf_instrument instrument = {
        .instrument_id = id, .lot_size = TF_UNDEF_SIZE, .price_increment = TF_UNDEF_PRICE};
    if (size >= sizeof instrument.symbol)
        size = sizeof instrument.symbol - 1;
    memcpy(instrument.symbol, name->name, strnlen(name->name, size));
    tf_dbn_venue_class(0, tf_le16(record + DBN_PUBLISHER), instrument.venue_class);
    tf_dbn_tell(decoder, &instrument, sink);
}

/* ---- operations ------------------------------------------------------------------------------ */

static void reset_counts(struct tf_decoder *decoder)
{
    tf_counts_reset(&decoder->counts);
}

static void dbn_close(struct tf_decoder *decoder)
{
    if (!decoder)
        return;
    tf_dbn_tally_close(decoder->tally);
    tf_dbn_names_close(&decoder->names);
    free(decoder->block.bytes);
    free(decoder);
}

static struct tf_decoder *dbn_open(const struct tf_decoder_options *options)
{
    struct tf_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) {
        tf_fail(TF_EOS, "no memory for a decoder");
        return 0;
    }
    reset_counts(decoder);
    if (options->tally)
        decoder->tally = tf_dbn_tally_open();
    if ((!options->tally || decoder->tally) && tf_dbn_names_open(&decoder->names) == 0)
        return decoder;
    if (options->tally && !decoder->tally)
        tf_fail(TF_EOS, "no memory to count the fields of a recording");
    dbn_close(decoder);
    return 0;
}

static void dbn_restart(struct tf_decoder *decoder)
{
    tf_dbn_names_clear(&decoder->names);
    if (decoder->tally)
        tf_dbn_tally_clear(decoder->tally);
    memset(&decoder->metadata, 0, sizeof decoder->metadata);
    decoder->block.have = 0;
    decoder->ts_out = decoder->own = decoder->each_is_event = decoder->replaced = false;
    reset_counts(decoder);
}

static const struct tf_feed_counts *dbn_counts(struct tf_decoder *decoder)
{
    decoder->counts.symbols = decoder->names.met;
    return &decoder->counts;
}

static int dbn_type_of(const struct tf_venue_message *message)
{
    return message->channel || message->length < DBN_HEADER ? -1 : message->bytes[DBN_RTYPE];
}

static void dbn_type_name(unsigned type, char name[8])
{
    snprintf(name, 8, "0x%02x", type & 0xFF);
}

static void dbn_facts(struct tf_decoder *decoder, struct tf_json *json)
{
    tf_dbn_tally_write(decoder->tally, &decoder->metadata, json);
}

/*
 * A file says what it is.  A fragment is taken for one when its records have lengths that fit
 * their types, and times of this age of the world.
 */
static int dbn_probe(const uint8_t *bytes, size_t length)
{
    enum { LOOK_AT_MOST = 64, SURE = 95 };
    const uint64_t from = 631152000 * UINT64_C(1000000000);   /* 1990 */
    const uint64_t until = 4102444800 * UINT64_C(1000000000); /* 2100 */
    if (length >= DBN_META_PRELUDE && is_prelude(bytes))
        return bytes[DBN_META_VERSION] >= 1 && bytes[DBN_META_VERSION] <= 3 &&
                       tf_le32(bytes + DBN_META_LENGTH) >= DBN_META_SHORTEST
                   ? 100
                   : 0;
    unsigned seen = 0, good = 0;
    for (size_t at = 0; at + DBN_HEADER <= length && seen < LOOK_AT_MOST; seen++) {
        const uint8_t *record = bytes + at;
        uint32_t size = (uint32_t)record[DBN_LENGTH] * DBN_WORD;
        uint64_t ts_event = tf_le64(record + DBN_TS_EVENT);
        if (size < DBN_HEADER)
            return 0;
        good += (tf_dbn_shape_of(record[DBN_RTYPE], size) ||
                 tf_dbn_shape_of(record[DBN_RTYPE], size - 8)) &&
                ((ts_event >= from && ts_event < until) || ts_event == TF_UNDEF_TIMESTAMP);
        at += size;
    }
    return seen ? (int)(SURE * good / seen) : 0;
}

const struct tf_decoder_ops tf_dbn_ops = {
    .name = "dbn",
    .ticks_max = TF_DBN_TICKS_MAX,
    .open = dbn_open,
    .close = dbn_close,
    .restart = dbn_restart,
    .decode = tf_dbn_decode,
    .counts = dbn_counts,
    .type_of = dbn_type_of,
    .type_name = dbn_type_name,
    .facts = dbn_facts,
};

const struct tf_format tf_format_dbn = {
    .name = "dbn",
    .description = "Databento Binary Encoding",
    .decoder = &tf_dbn_ops,
    .framing = &tf_dbn_framing,
    .probe = dbn_probe,
};
