/* SPDX-License-Identifier: Apache-2.0 */
/* TOPS 1.6: quotes. */
#include "iex_internal.h"
#include "iextp.h"

static const uint8_t lengths[256] = {
    IEX_COMMON_LENGTHS,
    ['Q'] = IEX_QUOTE_LENGTH,
    ['X'] = IEX_OFFICIAL_LENGTH,
    ['A'] = IEX_AUCTION_LENGTH,
};

static void quote(struct tf_decoder *decoder, const uint8_t *message, struct tf_iex_event event,
                  struct tf_sink *sink)
{
    uint8_t flags = message[IEX_FLAGS];
    int64_t bid, ask;
    if (!tf_iex_price(decoder, message, IEX_QUOTE_BID, &bid) ||
        !tf_iex_price(decoder, message, IEX_QUOTE_ASK, &ask))
        return;
    uint32_t bid_size = 0, ask_size = 0;
    if (!(flags & IEX_QUOTE_NOT_AVAILABLE)) {
        bid_size = tf_iex_size(decoder, message + IEX_QUOTE_BID_SIZE);
        ask_size = tf_iex_size(decoder, message + IEX_QUOTE_ASK_SIZE);
    }
    struct tf_tick *tick = tf_iex_tick(sink, event, TF_RTYPE_QUOTE);
    tick->bid_px = bid_size ? bid : TF_UNDEF_PRICE;
    tick->ask_px = ask_size ? ask : TF_UNDEF_PRICE;
    tick->bid_sz = bid_size;
    tick->ask_sz = ask_size;
    tick->flags = TF_FLAG_TOB;
    if (flags & IEX_QUOTE_EXTENDED_HOURS)
        tick->flags |= TF_FLAG_PUBLISHER_SPECIFIC;
}

static void decode(struct tf_decoder *decoder, const struct tf_venue_message *found,
                   struct tf_sink *sink)
{
    struct tf_iex_event event;
    uint32_t from = sink->count;
    if (!tf_iex_begin(decoder, found, sink, &event))
        return;
    switch (found->bytes[IEX_TYPE]) {
    case 'Q':
        quote(decoder, found->bytes, event, sink);
        break;
    case 'T':
    case 'B':
        tf_iex_trade(decoder, found->bytes, event, sink);
        break;
    default:
        tf_iex_admin(decoder, found->bytes, event, sink);
    }
    tf_iex_end(sink, from);
}

static struct tf_decoder *open_tops(const struct tf_decoder_options *options)
{
    return tf_iex_open(options, lengths, false);
}

static int probe(const struct tf_packet *packet)
{
    return tf_iextp_probe(packet, &tf_iextp_tops, lengths);
}

const struct tf_decoder_ops tf_iex_tops_ops = {
    .name = "iex_tops",
    .ticks_max = TF_IEX_TICKS_MAX,
    .open = open_tops,
    .close = tf_iex_close,
    .restart = tf_iex_restart,
    .decode = decode,
    .counts = tf_iex_counts,
    .type_of = tf_iex_type_of,
    .type_name = tf_type_letter,
    .facts = tf_iex_facts,
};

const struct tf_format tf_format_iex_tops = {
    .name = "iex_tops",
    .description = "IEX TOPS 1.6 in IEX-TP",
    .decoder = &tf_iex_tops_ops,
    .session = &tf_iextp_tops,
    .probe_packet = probe,
};
