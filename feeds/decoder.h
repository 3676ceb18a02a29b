/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decoder.h - between a venue's messages and the stream: what a decoder is and what it gives.
 *
 *   bytes of a file, packets of a capture or of the wire
 *     -> framing or session (messages)    framing.h, session.h
 *     -> decoder (ticks)                  here
 *     -> sink (publisher, inspector)
 *
 * Adding a venue is one file with a `struct tf_decoder_ops` and one line in format_table.c: see
 * feeds/README.md.
 */
#ifndef TF_DECODER_H
#define TF_DECODER_H

#include "tickfan.h"

#include <stdbool.h>
#include <string.h>

struct tf_instrument_ids; /* instrument_ids.h */
struct tf_json;           /* json_out.h */

/* A sink holds at least so many ticks; no decoder's ticks_max is greater. */
enum { TF_SINK_MIN = 1024 };

/* Why something in the input was not what it should be.  Each kind has its counter. */
enum tf_anomaly {
    TF_ANOMALY_UNKNOWN_TYPE,  /* message type not in the specification: skipped by its length */
    TF_ANOMALY_BAD_LENGTH,    /* known type, other length: skipped */
    TF_ANOMALY_BAD_FIELD,     /* a field outside its range: the message is skipped */
    TF_ANOMALY_UNKNOWN_ORDER, /* refers to an order never seen: delivered, MAYBE_BAD_BOOK */
    TF_ANOMALY_DUPLICATE_ORDER, /* adds an order that is there: the new one replaces it */
    TF_ANOMALY_OVERFILL,        /* takes more from an order than it has: clipped */
    TF_ANOMALY_SIZE_OVERFLOW,   /* a quantity above 2^32-2: delivered as that */
    TF_ANOMALY_TIME_BACKWARDS,  /* ts_event below the one before: delivered as it is */
    TF_ANOMALY_NO_MEMORY,       /* no room to remember an order: delivered, later unknown */
    TF_ANOMALY_BAD_PACKET,      /* a session header that contradicts its packet: dropped */
    TF_ANOMALY_CUT_PACKET,     /* a packet ends inside a message: those before it are decoded */
    TF_ANOMALY_TOO_MANY_LINES, /* of a flow for which there was no room: dropped */
    TF_ANOMALY_FOREIGN_PACKET, /* of another protocol, or not IPv4 UDP or TCP: dropped */
    TF_ANOMALY_COUNT
};
/* "unknown_type": as a key of JSON and of metrics. */
const char *tf_anomaly_name(enum tf_anomaly anomaly);
/* Means damaged input, where the others also come from a capture that began in mid-session. */
bool tf_anomaly_is_damage(enum tf_anomaly anomaly);

/*
 * Where a decoder puts what it finds.  The caller owns it, drains ticks[0..count) whenever it
 * likes between messages, and makes sure that the decoder's ticks_max more fit before each
 * message.
 */
struct tf_sink {
    struct tf_tick *ticks;
    uint32_t count;
    uint32_t capacity;
    /* A directory entry, in front of the ticks that need it.  May be NULL. */
    void (*define)(void *context, const struct tf_instrument *instrument);
    void *context;
};

/* The last thing found damaged, for an error that names the place. */
struct tf_flaw {
    uint64_t count; /* of damage so far: when it grew, the rest is new */
    enum tf_anomaly kind;
    uint32_t offset;   /* in the message */
    const char *field; /* static: "price", "numInGroup" */
};

/* What a decoder counted since it was opened; message-level, before any sink. */
struct tf_feed_counts {
    uint64_t messages;
    uint64_t messages_by_type[256]; /* every message, unknown types too; see type_of */
    uint64_t trades;         /* executions and non-cross prints, as the venue reports them */
    uint64_t traded_volume;  /* their shares, non-printable ones too */
    uint64_t printed_volume; /* the shares that count in the day's volume, crosses too */
    uint64_t symbols;        /* distinct symbols in messages */
    uint64_t orders_open;
    uint64_t anomalies[TF_ANOMALY_COUNT];
    uint64_t first_ts_event, last_ts_event; /* in file order; TF_UNDEF_TIMESTAMP: none yet */
    struct tf_flaw flaw;
};

/* The same with where in the input it was, for who tells people. */
struct tf_flaw_place {
    struct tf_flaw flaw;
    uint64_t packet;   /* from 1; 0: the input has no packets */
    uint64_t sequence; /* of the message */
    int type;          /* of the message, or -1 */
};

/* Count damage and remember where. */
static inline void tf_count_flaw(struct tf_feed_counts *counts, enum tf_anomaly kind,
                                 const char *field, uint32_t offset)
{
    counts->anomalies[kind]++;
    counts->flaw = (struct tf_flaw){counts->flaw.count + 1, kind, offset, field};
}

struct tf_decoder_options {
    uint64_t midnight_ns;     /* UTC ns of the venue's midnight, for feeds that count from it */
    uint64_t expected_orders; /* open at once, a hint; 0: grow as needed */
    int node;                 /* NUMA node for the order store; -1: none preferred */
    /*
     * Names to ids, for venues that have no numeric ids; shared by all recordings that become
     * one stream, owned by the caller.  NULL: the decoder keeps its own.
     */
    struct tf_instrument_ids *ids;
    bool tally; /* count what facts() reports too: sums, flags; off the hot path's account */
};

/* As of a decoder just opened. */
static inline void tf_counts_reset(struct tf_feed_counts *counts)
{
    memset(counts, 0, sizeof *counts);
    counts->first_ts_event = counts->last_ts_event = TF_UNDEF_TIMESTAMP;
}

/* The time of a message, defined. */
static inline void tf_count_time(struct tf_feed_counts *counts, uint64_t ts_event)
{
    if (__builtin_expect(counts->first_ts_event == TF_UNDEF_TIMESTAMP, 0))
        counts->first_ts_event = ts_event;
    else if (__builtin_expect(ts_event < counts->last_ts_event, 0))
        counts->anomalies[TF_ANOMALY_TIME_BACKWARDS]++;
    counts->last_ts_event = ts_event;
}

/* A quantity as a tick can say it, never undefined. */
static inline uint32_t tf_count_size(struct tf_feed_counts *counts, uint64_t size)
{
    if (__builtin_expect(size < TF_UNDEF_SIZE, 1))
        return (uint32_t)size;
    counts->anomalies[TF_ANOMALY_SIZE_OVERFLOW]++;
    return TF_UNDEF_SIZE - 1;
}

/* Append a tick that says nothing yet but whose and when, and return it, for what differs. */
static inline struct tf_tick *tf_sink_tick(struct tf_sink *sink, uint8_t rtype,
                                           uint32_t instrument_id, uint64_t ts_event,
                                           uint32_t sequence)
{
    struct tf_tick *tick = &sink->ticks[sink->count++];
    *tick = (struct tf_tick){.ts_event = ts_event,
                             .ts_recv = TF_UNDEF_TIMESTAMP,
                             .price = TF_UNDEF_PRICE,
                             .size = TF_UNDEF_SIZE,
                             .sequence = sequence,
                             .instrument_id = instrument_id,
                             .rtype = rtype,
                             .action = 'N',
                             .side = 'N'};
    return tick;
}

/* One message of a venue, where a session found it. */
struct tf_venue_message {
    const uint8_t *bytes;
    uint32_t length;
    uint32_t channel;  /* 0, 1 ...: the sequenced stream of the input that it came on */
    uint64_t sequence; /* the venue's in that channel, else counted from 1 */
    uint64_t ts_recv;  /* when it was captured or received; TF_UNDEF_TIMESTAMP: not recorded */
    uint64_t ts_send;  /* when the session says it was sent; TF_UNDEF_TIMESTAMP: it does not */
};

struct tf_decoder; /* each decoder's own */

struct tf_decoder_ops {
    const char *name;   /* "itch50" */
    uint32_t ticks_max; /* that one message can give; up to TF_SINK_MIN */
    struct tf_decoder *(*open)(const struct tf_decoder_options *options); /* NULL: TF_EOS set */
    void (*close)(struct tf_decoder *decoder);
    /* As just opened: no orders, symbols or counts, for a new pass over the same day. */
    void (*restart)(struct tf_decoder *decoder);
    /*
     * One whole message, any content.  Never fails: what is wrong is counted, and a bad message
     * costs that message.  The last tick of the venue's event has TF_FLAG_LAST.  ts_recv stays
     * undefined where the message itself has none: the caller puts the packet's in.
     */
    void (*decode)(struct tf_decoder *decoder, const struct tf_venue_message *message,
                   struct tf_sink *sink);
    /* Brought up to date; lives as long as the decoder. */
    const struct tf_feed_counts *(*counts)(struct tf_decoder *decoder);
    /* Index into messages_by_type; -1: not a message of its own (a file's header). */
    int (*type_of)(const struct tf_venue_message *message);
    /* The venue's name of that type: "A", "32", "0xa0". */
    void (*type_name)(unsigned type, char name[8]);
    /*
     * What this decoder counts beyond tf_feed_counts, as members of the open JSON object; with
     * options.tally only.  May be NULL.
     */
    void (*facts)(struct tf_decoder *decoder, struct tf_json *json);
    /*
     * The caller will decode these messages next but some: start loading what they need.  A
     * hint, free to do nothing; any content.  May be NULL.
     */
    void (*prefetch)(const struct tf_decoder *decoder, const struct tf_venue_message *messages,
                     uint32_t count);
    /*
     * Messages of a channel are lost for good; the GAP tick is given by the caller.  May be NULL,
     * for a decoder that keeps nothing that a loss makes wrong.
     */
    void (*gap)(struct tf_decoder *decoder, uint32_t channel);
};

/* A type's letter itself, or "0x1f" where it would not print: a type_name for letters. */
void tf_type_letter(unsigned type, char name[8]);

#endif
