/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tickfan.h - everything a strategy needs to read a Tickfan stream.
 *
 * Concepts.  A stream is one ordered sequence of ticks from one feed handler, known by name.  Its
 * publisher writes every tick into one ring per NUMA node; a ring holds the stream's last
 * `capacity` ticks.  A reader is one attachment to one ring.  Readers map ticks read-only, never
 * synchronise with the publisher and cannot slow it: a reader that falls a whole ring behind
 * loses ticks, and is told exactly how many.
 *
 * Caveats, first.
 *  - A reader belongs to one thread.  Open one reader per thread; they share nothing.
 *  - After fork() only the parent may use a reader; the child must attach its own.
 *  - The pointer from tf_peek() points into the live ring: what was read through it is meaningless
 *    until tf_commit() has returned 1.
 *  - A gap is what the venue sent and the feed handler never got: it is a tick (TF_RTYPE_GAP).
 *    An overrun is what this reader was too slow for: it is the return value TF_OVERRUN.
 *
 * Errors.  Functions return 0 or a count on success and a negative enum tf_error on failure;
 * tf_errmsg() then says, in the calling thread, what happened and what to do about it.  Times are nanoseconds since the Unix epoch, UTC; prices fixed-point, 1e-9 per unit.
 */
#ifndef TICKFAN_H
#define TICKFAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TF_VERSION_STRING "0.1.0"

/* Undefined values, as in DBN: never a magic zero. */
#define TF_UNDEF_PRICE     INT64_MAX
#define TF_UNDEF_SIZE      UINT32_MAX
#define TF_UNDEF_TIMESTAMP UINT64_MAX
#define TF_PRICE_SCALE     INT64_C(1000000000)

/* Kinds of tick: the DBN record types where DBN has one, 0xD0 and above are Tickfan's own. */
enum tf_rtype {
    TF_RTYPE_TRADE = 0x00,      /* a print that no order-by-order feed explains (DBN trades) */
    TF_RTYPE_QUOTE = 0x01,      /* best bid and offer (DBN mbp-1); uses bid_*, ask_* */
    TF_RTYPE_STATUS = 0x12,     /* trading status; size is enum tf_status, text the reason */
    TF_RTYPE_DEFINITION = 0x13, /* the directory now knows instrument_id */
    TF_RTYPE_IMBALANCE = 0x14,  /* auction imbalance or collar; see ARCHITECTURE.md, "Ticks" */
    TF_RTYPE_SYSTEM = 0x17,     /* venue-wide event; size is enum tf_system_event */
    TF_RTYPE_STATISTICS = 0x18, /* reference data that moves: levels, collars, offers */
    TF_RTYPE_MBO = 0xA0,        /* order by order: action A C M R T F */
    TF_RTYPE_LEVEL = 0xD0, /* one price level, aggregated: action A C M R; size is the level's */
    TF_RTYPE_GAP = 0xE0,   /* the venue's messages gap_first..gap_last never arrived; size: channel */
    TF_RTYPE_EPOCH = 0xE1, /* a publisher (re)started: `epoch` numbers the incarnation */
    TF_RTYPE_END_OF_STREAM = 0xE2,   /* the last tick of an orderly end */
    TF_RTYPE_REPLAY_COMPLETED = 0xE3 /* the recording's end; more may follow with --loop */
};

/* Venue-wide events (TF_RTYPE_SYSTEM), in `size`. */
enum tf_system_event {
    TF_SYSTEM_START_OF_MESSAGES = 1,
    TF_SYSTEM_START_OF_SYSTEM_HOURS,
    TF_SYSTEM_START_OF_MARKET_HOURS,
    TF_SYSTEM_END_OF_MARKET_HOURS,
    TF_SYSTEM_END_OF_SYSTEM_HOURS,
    TF_SYSTEM_END_OF_MESSAGES,
    TF_SYSTEM_CIRCUIT_BREAKER /* order_id: the level breached, 1 to 3 */
};

/* Trading status (TF_RTYPE_STATUS), in `size`: DBN's StatusAction numbers. */
enum tf_status {
    TF_STATUS_NONE = 0, TF_STATUS_PRE_OPEN = 1, TF_STATUS_PRE_CROSS = 2,
    TF_STATUS_QUOTING = 3, TF_STATUS_CROSS = 4, TF_STATUS_ROTATION = 5,
    TF_STATUS_NEW_PRICE = 6, TF_STATUS_TRADING = 7, TF_STATUS_HALT = 8,
    TF_STATUS_PAUSE = 9, TF_STATUS_SUSPEND = 10, TF_STATUS_PRE_CLOSE = 11,
    TF_STATUS_CLOSE = 12, TF_STATUS_POST_CLOSE = 13, TF_STATUS_SHORT_SALE_CHANGE = 14,
    TF_STATUS_NOT_AVAILABLE = 15
};

/* DBN's flag bits. */
enum tf_flags {
    TF_FLAG_LAST = 0x80, /* last tick of a venue event: the book is consistent after it */
    TF_FLAG_TOB = 0x40,
    TF_FLAG_SNAPSHOT = 0x20,
    TF_FLAG_MBP = 0x10,
    TF_FLAG_BAD_TS_RECV = 0x08,
    TF_FLAG_MAYBE_BAD_BOOK = 0x04, /* an order that was never seen, or after a gap */
    TF_FLAG_PUBLISHER_SPECIFIC = 0x02
};

/*
 * One tick: 64 bytes, one cache line, little endian, no padding.  Letters and units are DBN's:
 * action A add, C cancel, M modify, R clear, T trade, F fill, N none; side A ask, B bid, N none.
 * Trades and fills do not change the book; an execution is T, F and the C that removes it.
 */
struct tf_tick {
    uint64_t seq;      /* the stream's number of this tick: 1, 2, 3 ... without holes */
    uint64_t ts_event; /* at the venue */
    uint64_t ts_recv;  /* at the capture or network card; TF_UNDEF_TIMESTAMP if not recorded */
    uint64_t ts_pub;   /* when it was written to the ring */
    union {
        uint64_t order_id;  /* MBO A C M F: the order; T: the venue's trade (match) number */
        int64_t ask_px;     /* QUOTE */
        uint64_t gap_first; /* GAP: first missing venue sequence */
        uint64_t epoch;     /* EPOCH */
        char text[8];       /* STATUS: the venue's reason code, space padded */
        uint32_t level[2];  /* LEVEL: orders in it, or undefined; its place from the best, 1, or 0 */
    };
    union {
        int64_t price;
        int64_t bid_px;    /* QUOTE */
        uint64_t gap_last; /* GAP: last missing venue sequence */
    };
    union {
        uint32_t size;
        uint32_t bid_sz; /* QUOTE */
    };
    union {
        uint32_t sequence; /* the venue's message number, low 32 bits */
        uint32_t ask_sz;   /* QUOTE */
    };
    uint32_t instrument_id; /* 0: not of one instrument */
    uint8_t rtype;          /* enum tf_rtype */
    char action;
    char side;
    uint8_t flags; /* enum tf_flags */
};

enum tf_error {
    TF_OK = 0,
    TF_OVERRUN = -1, /* ticks were lost to this reader; it goes on at the oldest safe tick */
    TF_ENDED = -2,   /* the publisher ended the stream and everything was read */
    TF_DEAD = -3,    /* the publisher is gone without ending; a restarted one will go on here */
    TF_REPLACED = -4, /* the stream was made anew elsewhere: detach and attach again */
    TF_EUSAGE = -64,  /* an argument is wrong */
    TF_EDATA = -65,   /* input data is bad */
    TF_ENOINPUT = -66,
    TF_ENOSTREAM = -69, /* no such stream */
    TF_EINTERNAL = -70,
    TF_EOS = -71, /* the operating system lacks a resource; the message has the numbers */
    TF_ECREATE = -73,
    TF_EIO = -74,
    TF_EBUSY = -75,   /* another live publisher holds the stream */
    TF_ELAYOUT = -76, /* other magic, version, layout signature or length: rebuild one side */
    TF_EPERM = -77
};

const char *tf_strerror(int error); /* static storage, never NULL */
/* What went wrong last in this thread, in words; valid until its next failing call. */
const char *tf_errmsg(void);
const char *tf_version(void); /* the library's, to compare with TF_VERSION_STRING */
/* Now, on the clock of ts_pub.  No system call where the CPU has an invariant counter. */
uint64_t tf_now(void);

/* ---- attach ---------------------------------------------------------------------------------- */

typedef struct tf_reader tf_reader;

enum tf_from {
    TF_FROM_NEWEST = 0, /* only what is published from now on */
    TF_FROM_OLDEST,     /* the oldest tick that the ring still holds, with room to spare */
    TF_FROM_SEQUENCE    /* from_seq; if that is gone the first read returns TF_OVERRUN */
};

enum tf_wait_mode {
    TF_WAIT_BACKOFF = 0, /* spin, then yield, then sleep up to 50 us: the default */
    TF_WAIT_SPIN,        /* lowest latency, one whole core */
    TF_WAIT_PAUSE,       /* spin with the CPU's pause hint: kinder to an SMT sibling */
    TF_WAIT_BLOCK        /* sleep in the kernel; woken by a helper thread of the feed handler */
};

struct tf_attach_options {
    size_t size;             /* sizeof(struct tf_attach_options): how the struct can grow */
    const char *reader_name; /* as `tickfan ls` shows it; NULL: the program's name */
    enum tf_from from;
    uint64_t from_seq; /* with TF_FROM_SEQUENCE */
    enum tf_wait_mode wait;
    int node; /* NUMA node whose ring to read; -1: the node this thread runs on */
    int ring; /* ring by index, overrides node; -1: by node */
};
#define TF_ATTACH_OPTIONS_INIT                                                                 \
    {                                                                                          \
        sizeof(struct tf_attach_options), 0, TF_FROM_NEWEST, 0, TF_WAIT_BACKOFF, -1, -1        \
    }

/*
 * Attach to stream `name` (1 to 63 of [A-Za-z0-9._-], NULL: $TICKFAN_STREAM, else "default"),
 * looked for in $TICKFAN_DIR, else in /run/tickfan, $XDG_RUNTIME_DIR/tickfan and
 * /dev/shm/tickfan-<uid>.  `options` may be NULL and is not kept.  On success *reader is the
 * caller's, to be given back with tf_detach().  The publisher does no work.  With the roster full
 * the reader is anonymous: not shown by `tickfan ls`, nor waited for by a lockstep replay.
 * Errors: TF_ENOSTREAM, TF_EPERM, TF_ELAYOUT, TF_EOS, TF_EIO, TF_EUSAGE.  Cost: some system calls.
 */
int tf_attach(const char *name, const struct tf_attach_options *options, tf_reader **reader);
void tf_detach(tf_reader *reader); /* NULL is ignored */

/* ---- read ------------------------------------------------------------------------------------ */

/*
 * Copy up to `max` ticks to `out`, oldest first, and move past them.  Returns how many, 0 when there
 * is none yet, or TF_OVERRUN when the next tick is gone: the cursor is then at the oldest safe tick
 * and tf_get_stats() has the exact number lost.  Never blocks, allocates or makes a system call.
 * Acquires: all that was written before a returned tick was published is visible.  Never torn.
 * After a call that found nothing the next tick comes alone, the sooner.
 */
int tf_read(tf_reader *reader, struct tf_tick *out, int max);

/* Instrument ids with wanted[id] != 0; wanted[0]: ticks of no instrument, gap and epoch among them. */
struct tf_instrument_set {
    const uint8_t *wanted; /* mask + 1 bytes */
    uint32_t mask;         /* a power of two less one; greater ids are not wanted */
};

/*
 * As tf_read(), of these instruments alone: ticks of others cost seven instructions, not a copy, and
 * count as skipped.  Looks at no more than 4096 ticks a call, so 0 may also mean: call again.
 */
int tf_read_of(tf_reader *reader, const struct tf_instrument_set *set, struct tf_tick *out,
               int max);

/*
 * The next tick in place, without a copy: 1 and *tick, 0 or TF_OVERRUN as tf_read().  Then use it,
 * then tf_commit(): 1, the cursor moved past it and all that was read through the pointer was
 * whole; TF_OVERRUN, and all of it must be forgotten; TF_EUSAGE when no tick was peeked.  At most
 * one tick is peeked at a time.
 */
int tf_peek(tf_reader *reader, const struct tf_tick **tick);
int tf_commit(tf_reader *reader);

/*
 * Wait, in the way chosen at attach, until there is something to read or `timeout_ns` has passed
 * (-1: for ever).  Returns 1 when there is (a tick or an overrun), 0 on timeout, or TF_ENDED,
 * TF_DEAD or TF_REPLACED when nothing is left to read and the stream is in that state.  TF_DEAD
 * is not final: call again to wait for the publisher's restart.
 */
int tf_wait(tf_reader *reader, int64_t timeout_ns);

/* Move the cursor as at attach.  Ticks skipped are not losses.  0 or TF_EUSAGE. */
int tf_seek(tf_reader *reader, enum tf_from from, uint64_t seq);

/* ---- where things stand ---------------------------------------------------------------------- */

enum tf_state {
    TF_STATE_STARTING = 0,
    TF_STATE_LIVE,
    TF_STATE_ENDED,   /* END_OF_STREAM is the last tick */
    TF_STATE_DEAD,    /* no publisher holds the stream and it did not end it */
    TF_STATE_REPLACED /* this reader's segments are no longer the stream's */
};

struct tf_stats {
    uint64_t ticks; /* returned to the caller */
    uint64_t lost;  /* overrun, exactly: ticks + lost + skipped = cursor moved */
    uint64_t overrun_polling; /* times the next tick was gone when looked at ... */
    uint64_t overrun_reading; /* ... and times it went while it was copied or used */
    uint64_t next_seq;        /* the next tick's seq */
    uint64_t lag;             /* published and not yet read */
    uint64_t epoch;           /* publisher incarnation now */
};

struct tf_stream_info {
    char name[64];
    char backing[16];      /* "sysv", "file" */
    uint64_t capacity;     /* ticks a ring holds */
    uint64_t page_size;    /* bytes, of the ring's memory */
    uint32_t rings;        /* one per node asked for */
    uint32_t ring;         /* this reader's */
    int32_t node;          /* this reader's ring's memory is there */
    int32_t roster_slot;   /* -1: anonymous */
    int64_t publisher_pid; /* in the publisher's pid namespace */
};

void tf_get_stats(const tf_reader *reader, struct tf_stats *stats);
void tf_get_info(const tf_reader *reader, struct tf_stream_info *info);
/* Reads the heartbeat and, when that is older than a second, asks the kernel who holds the lock. */
enum tf_state tf_get_state(const tf_reader *reader);

/* ---- instruments ----------------------------------------------------------------------------- */

struct tf_instrument {
    uint32_t instrument_id;  /* never 0 */
    uint32_t lot_size;       /* round lot; TF_UNDEF_SIZE if the venue has none */
    int64_t price_increment; /* smallest price step; TF_UNDEF_PRICE if unknown */
    char symbol[72];         /* raw symbol, NUL terminated */
    char venue_class[8];     /* the venue's own category letters, NUL terminated */
};

/*
 * Look up in the stream's directory, which only grows.  1 and *out filled, or 0 when unknown.
 * O(1), no system call.  tf_instrument_at() enumerates: index 0 up to the first 0.
 */
int tf_instrument_by_id(const tf_reader *reader, uint32_t instrument_id,
                        struct tf_instrument *out);
int tf_instrument_by_symbol(const tf_reader *reader, const char *symbol,
                            struct tf_instrument *out);
int tf_instrument_at(const tf_reader *reader, uint32_t index, struct tf_instrument *out);

#ifdef __cplusplus
}
#endif

#endif
