/* SPDX-License-Identifier: Apache-2.0 */
#include "cme_mdp3.h"

#include "arena.h"
#include "cme_mdp3_internal.h"
#include "cme_session.h"
#include "error.h"
#include "json_out.h"

#include <stdio.h>

enum { TYPE_OTHER = 255 }; /* of templates that messages_by_type has no place for */

static void reset(struct tf_decoder *decoder)
{
    decoder->resets = decoder->losses = decoder->losses_before_reset = 0;
    decoder->named = decoder->stale_snapshots = 0;
    memset(decoder->channel_lost, 0, sizeof decoder->channel_lost);
    memset(decoder->channel_time, 0, sizeof decoder->channel_time);
    tf_counts_reset(&decoder->counts);
}

static struct tf_decoder *cme_open(const struct tf_decoder_options *options)
{
    unsigned arena = tf_arena_of_node(options->node);
    struct tf_decoder *decoder = tf_arena_alloc(arena, sizeof *decoder);
    if (!decoder) {
        tf_fail(TF_EOS, "no memory for a decoder");
        return 0;
    }
    decoder->arena = arena;
    reset(decoder);
    if (tf_cme_instruments_open(&decoder->instruments, arena) < 0)
        goto no_instruments;
    if (options->tally && !(decoder->tally = tf_cme_tally_open(arena)))
        goto no_tally;
    return decoder;
no_tally:
    tf_cme_instruments_close(&decoder->instruments);
no_instruments:
    tf_arena_free(arena, decoder, sizeof *decoder);
    return 0;
}

static void cme_close(struct tf_decoder *decoder)
{
    if (!decoder)
        return;
    tf_cme_tally_close(decoder->tally);
    tf_cme_instruments_close(&decoder->instruments);
    tf_arena_free(decoder->arena, decoder, sizeof *decoder);
}

static void cme_restart(struct tf_decoder *decoder)
{
    tf_cme_instruments_clear(&decoder->instruments);
    if (decoder->tally)
        tf_cme_tally_clear(decoder->tally);
    reset(decoder);
}

static const struct tf_feed_counts *cme_counts(struct tf_decoder *decoder)
{
    struct tf_feed_counts *counts = &decoder->counts;
    counts->symbols = decoder->named;
    return counts;
}

static void cme_gap(struct tf_decoder *decoder, uint32_t channel)
{
    uint32_t slot = channel < CME_CHANNELS ? channel : CME_CHANNELS - 1;
    decoder->channel_lost[slot] = ++decoder->losses;
}

/* ---- one message ----------------------------------------------------------------------------- */

static bool is_snapshot(uint16_t template_id)
{
    switch (template_id) {
    case 38:
    case 44:
    case 52:
    case 53:
    case 59:
    case 61:
    case 68:
    case 69:
        return true;
    default:
        return false;
    }
}

/* When it happened; snapshots tell of the past, and may go back. */
static uint64_t time_of(struct tf_decoder *decoder, const struct tf_cme_message *message,
                        uint32_t slot)
{
    const struct tf_cme_layout *layout = message->layout;
    if (layout->transact == CME_NONE)
        return TF_UNDEF_TIMESTAMP;
    uint64_t time = tf_le64(message->block + layout->transact);
    if (__builtin_expect(decoder->counts.first_ts_event == TF_UNDEF_TIMESTAMP, 0))
        decoder->counts.first_ts_event = time;
    decoder->counts.last_ts_event = time;
    if (is_snapshot(message->template_id))
        return time;
    if (__builtin_expect(time < decoder->channel_time[slot], 0))
        decoder->counts.anomalies[TF_ANOMALY_TIME_BACKWARDS]++;
    decoder->channel_time[slot] = time;
    return time;
}

static void dispatch(struct tf_cme_work *work)
{
    switch (work->message->template_id) {
    case 4:
        tf_cme_channel_reset(work);
        break;
    case 27:
    case 29:
    case 41:
    case 54:
    case 55:
    case 56:
    case 57:
    case 58:
    case 63:
        work->ts_event = tf_le64(work->message->block + CME_DEF_UPDATE_TIME);
        tf_cme_definition(work);
        break;
    case 30:
    case 60:
        tf_cme_status(work);
        break;
    case 32:
    case 46:
        tf_cme_book(work);
        break;
    case 64:
        tf_cme_book_long(work);
        break;
    case 33:
    case 49:
        tf_cme_daily(work);
        break;
    case 34:
    case 50:
        tf_cme_limits(work);
        break;
    case 35:
    case 51:
    case 67:
        tf_cme_session_prices(work);
        break;
    case 36:
    case 42:
    case 48:
    case 65:
        tf_cme_trades(work);
        break;
    case 37:
    case 66:
        tf_cme_volume(work);
        break;
    case 38:
    case 52:
    case 61:
    case 68:
    case 69:
        tf_cme_snapshot(work);
        break;
    case 39:
        tf_cme_quote_request(work);
        break;
    case 43:
    case 47:
        tf_cme_orders(work);
        break;
    case 44:
    case 53:
    case 59:
        tf_cme_snapshot_orders(work);
        break;
    default: /* 12 15 16 62 */
        break;
    }
}

/* The venue's event ends here, and a reader must see that even when nothing else is in it. */
static void end_event(struct tf_cme_work *work, uint32_t first)
{
    const struct tf_cme_layout *layout = work->message->layout;
    if (layout->transact == CME_NONE || layout->indicator == CME_NONE ||
        !(work->message->block[layout->indicator] & CME_END_OF_EVENT))
        return;
    if (work->sink->count == first)
        tf_cme_tick(work, TF_RTYPE_LEVEL, 0);
    work->sink->ticks[work->sink->count - 1].flags |= TF_FLAG_LAST;
}

static void cme_decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                       struct tf_sink *sink)
{
    struct tf_feed_counts *counts = &decoder->counts;
    struct tf_cme_message message;
    const char *field;
    uint32_t offset, slot = found->channel < CME_CHANNELS ? found->channel : CME_CHANNELS - 1;
    counts->messages++;
    if (__builtin_expect(found->length >= CME_HEADER_LENGTH, 1)) {
        uint16_t template_id = tf_le16(found->bytes + CME_TEMPLATE_ID);
        counts->messages_by_type[template_id < TYPE_OTHER ? template_id : TYPE_OTHER]++;
    }
    enum tf_cme_fault fault =
        tf_cme_walk(found->bytes, found->length, &message, &field, &offset);
    if (decoder->tally)
        tf_cme_tally_message(decoder->tally, found, &message, fault);
    if (__builtin_expect(fault != TF_CME_WHOLE, 0)) {
        if (fault == TF_CME_BAD_LENGTH)
            tf_count_flaw(counts, TF_ANOMALY_BAD_LENGTH, field, offset);
        else if (fault == TF_CME_UNKNOWN)
            tf_count_flaw(counts, TF_ANOMALY_UNKNOWN_TYPE, "templateId", CME_TEMPLATE_ID);
        return;
    }
    struct tf_cme_work work = {.decoder = decoder,
                               .sink = sink,
                               .message = &message,
                               .ts_event = time_of(decoder, &message, slot),
                               .sequence = (uint32_t)found->sequence,
                               .lost = decoder->channel_lost[slot],
                               .old_prices = message.template_id <= CME_LAST_OLD_TEMPLATE};
    uint32_t first = sink->count;
    dispatch(&work);
    end_event(&work, first);
}

static int cme_type_of(const struct tf_venue_message *message)
{
    if (message->length < CME_HEADER_LENGTH)
        return -1;
    uint16_t template_id = tf_le16(message->bytes + CME_TEMPLATE_ID);
    return template_id < TYPE_OTHER ? template_id : TYPE_OTHER;
}

static void cme_type_name(unsigned type, char name[8])
{
    if (type < TYPE_OTHER)
        snprintf(name, 8, "%u", type);
    else
        snprintf(name, 8, "other");
}

static void cme_facts(struct tf_decoder *decoder, struct tf_json *json)
{
    if (!decoder->tally)
        return;
    tf_cme_tally_facts(decoder->tally, json);
    if (decoder->stale_snapshots)
        tf_json_u64(json, "stale_snapshots", decoder->stale_snapshots);
}

/* ---- is it CME? ------------------------------------------------------------------------------ */

enum { SURE = 95, SESSION_ALONE = 90, OTHER_TEMPLATES = 70, FRAMING_ALONE = 52 };

/* Between 2010 and 2040: what eight bytes of another protocol hardly say. */
static bool plausible_time(uint64_t ns)
{
    return ns >= UINT64_C(1262304000000000000) && ns < UINT64_C(2208988800000000000);
}

static int cme_probe_packet(const struct tf_packet *packet)
{
    struct tf_segment segment;
    struct tf_venue_message message = {0};
    struct tf_cme_message walked;
    const char *field;
    uint32_t at = 0, offset;
    unsigned count = 0, good = 0, session = 0, schema = 0;
    if (!tf_cme_session.parse(packet, &segment) ||
        !(plausible_time(segment.ts_send) || segment.unsequenced))
        return 0;
    while (tf_cme_session.next(&segment, &at, &message)) {
        enum tf_cme_fault fault =
            tf_cme_walk(message.bytes, message.length, &walked, &field, &offset);
        uint32_t block_length = tf_le16(message.bytes + CME_BLOCK_LENGTH);
        if (fault == TF_CME_BAD_LENGTH || block_length + CME_HEADER_LENGTH > message.length)
            return 0;
        good += fault == TF_CME_WHOLE;
        session += fault == TF_CME_SESSION && segment.header_length == CME_TCP_HEADER;
        schema += tf_le16(message.bytes + CME_SCHEMA_ID) == CME_SCHEMA;
        count++;
    }
    if (!count)
        return 0;
    bool whole = at == segment.body_length || packet->cut || packet->flow.protocol == 6;
    if (whole && good + session == count)
        return good ? SURE : SESSION_ALONE;
    if (whole && schema == count)
        return OTHER_TEMPLATES;
    /* Right lengths, up to padding that is no message. */
    return segment.body_length - at < CME_HEADER_LENGTH && !segment.unsequenced ? FRAMING_ALONE
                                                                                : 0;
}

const struct tf_decoder_ops tf_cme_mdp3_ops = {
    .name = "cme_mdp3",
    .ticks_max = TF_CME_MDP3_TICKS_MAX,
    .open = cme_open,
    .close = cme_close,
    .restart = cme_restart,
    .decode = cme_decode,
    .counts = cme_counts,
    .type_of = cme_type_of,
    .type_name = cme_type_name,
    .facts = cme_facts,
    .gap = cme_gap,
};

const struct tf_format tf_format_cme_mdp3 = {
    .name = "cme_mdp3",
    .description = "CME MDP 3.0",
    .decoder = &tf_cme_mdp3_ops,
    .session = &tf_cme_session,
    .probe_packet = cme_probe_packet,
};
