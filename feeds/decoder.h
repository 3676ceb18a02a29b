/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decoder.h - between a venue's messages and the stream: what a decoder is and what it gives.
 *
 *   source (bytes of a file) -> session (messages) -> decoder (ticks) -> sink (publisher,
 * inspector)
 *
 * Adding a venue is one file with a `struct tf_decoder_ops` and one line in decoder_table.c.
 */
#ifndef TF_DECODER_H
#define TF_DECODER_H

#include "tickfan.h"

#include <stdbool.h>

/* Ticks that one message can give at most: a direct listing has five prices. */
enum { TF_TICKS_PER_MESSAGE_MAX = 5 };

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
    TF_ANOMALY_COUNT
};
/* "unknown_type": as a key of JSON and of metrics. */
const char *tf_anomaly_name(enum tf_anomaly anomaly);
/* Means damaged input, where the others also come from a capture that began in mid-session. */
bool tf_anomaly_is_damage(enum tf_anomaly anomaly);

/*
 * Where a decoder puts what it finds.  The caller owns it, drains ticks[0..count) whenever it
 * likes between messages, and makes sure that TF_TICKS_PER_MESSAGE_MAX more fit before each
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

/* What a decoder counted since it was opened; message-level, before any sink. */
struct tf_feed_counts {
    uint64_t messages;
    uint64_t messages_by_type[256]; /* every message of the session, unknown types too */
    uint64_t trades;         /* executions and non-cross prints, as the venue reports them */
    uint64_t traded_volume;  /* their shares, non-printable ones too */
    uint64_t printed_volume; /* the shares that count in the day's volume, crosses too */
    uint64_t symbols;        /* distinct symbols in messages */
    uint64_t orders_open;
    uint64_t anomalies[TF_ANOMALY_COUNT];
    uint64_t first_ts_event, last_ts_event; /* in file order; TF_UNDEF_TIMESTAMP: none yet */
};

struct tf_decoder_options {
    uint64_t midnight_ns;     /* UTC ns of the venue's midnight, for feeds that count from it */
    uint64_t expected_orders; /* open at once, a hint; 0: grow as needed */
    int node;                 /* NUMA node for the order store; -1: none preferred */
};

/* One venue message, where a session found it. */
struct tf_message {
    const uint8_t *bytes;
    uint32_t length;
};

struct tf_decoder; /* each decoder's own */

struct tf_decoder_ops {
    const char *name;        /* "itch50": also the value of --format and of "format" in JSON */
    const char *description; /* "Nasdaq TotalView-ITCH 5.0" */
    /* 0 to 100: how sure that these first decompressed bytes are of this format. */
    int (*probe)(const uint8_t *bytes, size_t length);
    struct tf_decoder *(*open)(const struct tf_decoder_options *options); /* NULL: TF_EOS set */
    void (*close)(struct tf_decoder *decoder);
    /* As just opened: no orders, symbols or counts, for a new pass over the same day. */
    void (*restart)(struct tf_decoder *decoder);
    /*
     * One whole message, `length` bytes, any content.  Never fails: what is wrong is counted,
     * and a bad message costs that message.  The last tick of the venue's event has
     * TF_FLAG_LAST.
     */
    void (*decode)(struct tf_decoder *decoder, const uint8_t *message, uint32_t length,
                   struct tf_sink *sink);
    /* Brought up to date; lives as long as the decoder. */
    const struct tf_feed_counts *(*counts)(struct tf_decoder *decoder);
    /*
     * The caller will decode these messages next but some: start loading what they need.  A
     * hint, free to do nothing; any content.  May be NULL.
     */
    void (*prefetch)(const struct tf_decoder *decoder, const struct tf_message *messages,
                     uint32_t count);
};

/* Every decoder of this build, ended by NULL. */
extern const struct tf_decoder_ops *const tf_decoders[];

const struct tf_decoder_ops *tf_decoder_by_name(const char *name);

#endif
