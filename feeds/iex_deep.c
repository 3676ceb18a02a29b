/* SPDX-License-Identifier: Apache-2.0 */
/* DEEP 1.0: price levels. */
#include "iex_internal.h"
#include "iextp.h"

static const uint8_t lengths[256] = {
    IEX_COMMON_LENGTHS,       ['8'] = IEX_LEVEL_LENGTH,    ['5'] = IEX_LEVEL_LENGTH,
    ['E'] = IEX_PLAIN_LENGTH, ['X'] = IEX_OFFICIAL_LENGTH, ['A'] = IEX_AUCTION_LENGTH,
};

static void level(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                  struct tf_sink *sink)
{
    int64_t price;
    if (!tf_iex_price(decoder, message, IEX_LEVEL_PRICE, &price))
        return;
    uint32_t size = tf_iex_size(decoder, message + IEX_LEVEL_SIZE);
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_LEVEL);
    tick->level[0] = UINT32_MAX;
    tick->price = price;
    tick->size = size;
    tick->action = size ? 'M' : 'C';
    tick->side = message[IEX_TYPE] == '8' ? 'B' : 'A';
    tick->flags = TF_FLAG_MBP;
    tf_iex_instrument(decoder, event.instrument)->transition =
        message[IEX_FLAGS] & IEX_LEVEL_COMPLETE ? 0 : decoder->stamp + 1;
}

/* Of all instruments. */
static void end_transitions(struct tf_decoder *decoder)
{
    decoder->gap_stamp = ++decoder->stamp;
}

static void decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                   struct tf_sink *sink)
{
    struct tf_iex_event event;
    uint32_t from = sink->count;
    if (!tf_iex_begin(decoder, found, sink, &event))
        return;
    switch (found->bytes[IEX_TYPE]) {
    case '8':
    case '5':
        level(decoder, found->bytes, event, sink);
        break;
    case 'T':
    case 'B':
        tf_iex_trade(decoder, found->bytes, event, sink);
        break;
    default:
        if (tf_iex_is_start(found->bytes))
            end_transitions(decoder);
        tf_iex_admin(decoder, found->bytes, event, sink);
    }
    if (!event.instrument ||
        tf_iex_instrument(decoder, event.instrument)->transition <= decoder->gap_stamp)
        tf_iex_end(sink, from);
}

/* Their ends may be among what was lost, and never come. */
static void gap(struct tf_decoder *decoder, uint32_t channel)
{
    (void)channel;
    end_transitions(decoder);
}

static struct tf_decoder *open_deep(const struct tf_decoder_options *options)
{
    return tf_iex_open(options, lengths, false);
}

static int probe(const struct tf_packet *packet)
{
    return tf_iextp_probe(packet, &tf_iextp_deep, lengths);
}

const struct tf_decoder_ops tf_iex_deep_ops = {
    .name = "iex_deep",
    .ticks_max = TF_IEX_TICKS_MAX,
    .open = open_deep,
    .close = tf_iex_close,
    .restart = tf_iex_restart,
    .decode = decode,
    .counts = tf_iex_counts,
    .type_of = tf_iex_type_of,
    .type_name = tf_type_letter,
    .facts = tf_iex_facts,
    .gap = gap,
};

const struct tf_format tf_format_iex_deep = {
    .name = "iex_deep",
    .description = "IEX DEEP 1.0 in IEX-TP",
    .decoder = &tf_iex_deep_ops,
    .session = &tf_iextp_deep,
    .probe_packet = probe,
};
