/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cme_instruments.h - what is remembered of each SecurityID: how far its updates have come.
 *
 * A flat table with open addressing, at most half full, and a keyed hash, because a recording
 * may be hostile; it grows by doubling, up to TF_CME_INSTRUMENTS_MAX.  Runs of entries of the
 * same instrument do not look it up again.
 */
#ifndef TF_CME_INSTRUMENTS_H
#define TF_CME_INSTRUMENTS_H

#include <stdbool.h>
#include <stdint.h>

enum { TF_CME_INSTRUMENTS_MAX = 1 << 21 };

struct tf_cme_instrument {
    uint32_t id;      /* 0: a free slot */
    uint32_t rpt_seq; /* the last; meaningless unless counted */
    uint32_t resets;  /* of all instruments, when counted and bad were set */
    uint32_t healed;  /* losses on channels, when its orders were last known to be right */
    bool counted;     /* an RptSeq was seen since the last reset */
    bool bad_levels;  /* one was missing, and no snapshot came since */
    bool bad_orders;
    bool named; /* a definition was seen */
    /* For reports alone. */
    uint32_t first_rpt_seq;
    uint32_t place; /* the order in which they were first seen, from 1 */
    uint64_t missing;
};

struct tf_cme_instruments {
    struct tf_cme_instrument *slots;
    struct tf_cme_instrument *last; /* found; never NULL */
    uint64_t seed;
    uint32_t mask, count;
    unsigned arena;
    struct tf_cme_instrument none; /* where there is no room for another: id 0 */
};

/* 0 or TF_EOS. */
int tf_cme_instruments_open(struct tf_cme_instruments *instruments, unsigned arena);
void tf_cme_instruments_close(struct tf_cme_instruments *instruments);
void tf_cme_instruments_clear(struct tf_cme_instruments *instruments);
/* The slow half of tf_cme_instrument(). */
struct tf_cme_instrument *tf_cme_instrument_find(struct tf_cme_instruments *instruments,
                                                 uint32_t id);

/*
 * Its entry, new if need be; id is not 0.  Valid until the next call.  Where there is no room,
 * an entry with id 0, blank each time.
 */
static inline struct tf_cme_instrument *
tf_cme_instrument(struct tf_cme_instruments *instruments, uint32_t id)
{
    if (__builtin_expect(instruments->last->id == id, 1))
        return instruments->last;
    return tf_cme_instrument_find(instruments, id);
}

#endif
