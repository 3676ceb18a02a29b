/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.h - what every way of moving messages from one process to others looks like to the suite:
 * Tickfan, the raw cache line, and everything they are compared with, one file each.
 *
 * Life of a channel.  The coordinator create()s it, then forks the writer and the readers; each
 * calls open_writer() or open_reader() once, then send() or receive() for many blocks, then close().
 * The coordinator destroy()s it when all have ended.  What create() makes for all of them lies in
 * shared memory (tf_shared_alloc()) or is inherited (descriptors).  One process, one thread, one role.
 *
 * Messages.  A message is `message_size` bytes, 64 unless asked for otherwise, and begins with a
 * struct tf_message.  A transport carries it whole, but may overwrite the fields marked so: they lie where
 * Tickfan's tick has its sequence number and its publish time.
 */
#ifndef TF_TRANSPORT_H
#define TF_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tf_message {
    uint64_t transport_1; /* the transport's: any value on arrival */
    uint64_t due;         /* counter (tf_ticks()) when the schedule wanted it sent */
    uint64_t sent;        /* counter just before the send() that carries it */
    uint64_t transport_2; /* the transport's */
    uint64_t number;      /* 1, 2, 3 ... within a block */
    uint64_t check[3];    /* tf_message_seal(): a torn message shows */
};

static inline void tf_message_seal(struct tf_message *message)
{
    message->check[0] = message->due ^ message->number;
    message->check[1] = message->sent + message->number;
    message->check[2] = ~message->number;
}

static inline bool tf_message_whole(const struct tf_message *message)
{
    return message->check[0] == (message->due ^ message->number) &&
           message->check[1] == message->sent + message->number &&
           message->check[2] == ~message->number;
}

enum tf_transport_traits {
    TF_TRAIT_BROADCAST = 1, /* each reader gets every message; else readers share them, or there is one */
    TF_TRAIT_LOSSY = 2,     /* a slow reader loses messages; else it holds the writer */
    TF_TRAIT_SLEEPS = 4,    /* receive() sleeps in the kernel when there is nothing; else it polls */
    TF_TRAIT_MAY_TEAR = 8,  /* by design a receive() may return a torn message */
    TF_TRAIT_LIMIT = 16,    /* no product: the physical limit that others are compared with */
    TF_TRAIT_ONE_LINE = 32  /* 64-byte messages only */
};

struct tf_channel_options {
    uint32_t readers;      /* 1 .. readers_max */
    uint32_t message_size; /* bytes, a multiple of 64 */
    uint32_t capacity;     /* messages in flight, a power of two; 0: 65536, or what the transport can */
    const char *nodes;     /* NUMA nodes of the data, as --nodes; NULL: where the writer runs */
    const char *backing;   /* Tickfan's: auto, sysv, file */
};

struct tf_channel; /* each transport's own, defined in its file */

struct tf_transport {
    const char *name;   /* one word, as --only takes it */
    const char *what;   /* one line for people */
    const char *origin; /* "Tickfan 0.1.0", "POSIX", "libzmq 4.3.4" */
    unsigned traits;    /* enum tf_transport_traits */
    uint32_t readers_max;

    /* Can it run here?  False, and a reason of less than 128 bytes.  NULL: always. */
    bool (*available)(char *why);

    /* NULL, and tf_errmsg() says why. */
    struct tf_channel *(*create)(const struct tf_channel_options *options);
    void (*destroy)(struct tf_channel *channel);

    /* In the worker.  0, or a negative tf_error with tf_errmsg().  A reader is attached when open_reader()
     * returns: it gets every message sent from then on. */
    int (*open_writer)(struct tf_channel *channel);
    int (*open_reader)(struct tf_channel *channel, uint32_t reader);
    void (*close)(struct tf_channel *channel); /* either role.  All three NULL: nothing to do */

    /*
     * Send `count` messages (1 to 64), laid out message_size apart.  A transport that gates waits here, as
     * it would in production.  Nothing is checked.
     */
    void (*send)(struct tf_channel *channel, const void *messages, uint32_t count);

    /*
     * Copy up to `max` messages (1 to 64) to `out`, message_size apart.  0: none yet; a transport that polls
     * returns it at once, one that sleeps after at most 50 ms.  `*lost` grows by what this reader lost, as far
     * as the transport itself knows.
     */
    uint32_t (*receive)(struct tf_channel *channel, void *out, uint32_t max, uint64_t *lost);
};

static inline int tf_transport_open_writer(const struct tf_transport *transport,
                                           struct tf_channel *channel)
{
    return transport->open_writer ? transport->open_writer(channel) : 0;
}

static inline int tf_transport_open_reader(const struct tf_transport *transport,
                                           struct tf_channel *channel, uint32_t reader)
{
    return transport->open_reader ? transport->open_reader(channel, reader) : 0;
}

/* Zeroed pages that parent and children share, faulted in; NULL without memory. */
void *tf_shared_alloc(size_t size);
void tf_shared_free(void *memory, size_t size);

/* All that is built in, raw line first, Tickfan second; ends with NULL. */
extern const struct tf_transport *const tf_transports[];

/* Peers that can be built beside it with 'ninja peers', by name, built or not; ends with NULL. */
extern const char *const tf_peer_names[];

/*
 * The built-in of that name, else a peer that is built beside this program (peers/NAME.so); NULL: unknown, or
 * not built here, and tf_errmsg() says which and what to do.
 */
const struct tf_transport *tf_transport_find(const char *name);

#endif
