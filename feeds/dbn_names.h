/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbn_names.h - the instruments of a DBN recording: names that metadata gives to numbers, and
 * which numbers have been met.
 *
 * Open addressing with a keyed hash, since a recording may be hostile, behind a small table of
 * the numbers met last: a number met again costs one load.
 */
#ifndef TF_DBN_NAMES_H
#define TF_DBN_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TF_DBN_RECENT = 65536, TF_DBN_NAMES_MAX = 1 << 24 };

struct tf_dbn_name {
    uint32_t instrument_id;
    bool used;        /* the slot */
    bool met;         /* a record had it */
    bool told;        /* define() was called */
    const char *name; /* NULL: none; not NUL terminated where it fills its field */
};

struct tf_dbn_names {
    struct tf_dbn_name *slots;
    uint64_t mask, seed;
    uint32_t count, met;            /* slots used; of them met in records */
    uint32_t recent[TF_DBN_RECENT]; /* all-ones: nothing; 0xFFFFFFFF itself is never kept */
};

/* 0 or TF_EOS. */
int tf_dbn_names_open(struct tf_dbn_names *names);
void tf_dbn_names_close(struct tf_dbn_names *names);
void tf_dbn_names_clear(struct tf_dbn_names *names);

/* The entry of this number, made now if it is new; NULL: no room. */
struct tf_dbn_name *tf_dbn_name_of(struct tf_dbn_names *names, uint32_t instrument_id);

/* Was it met not long ago?  If not, ask tf_dbn_name_of() and say tf_dbn_met(). */
static inline bool tf_dbn_is_recent(const struct tf_dbn_names *names, uint32_t instrument_id)
{
    return names->recent[instrument_id % TF_DBN_RECENT] == instrument_id &&
           instrument_id != UINT32_MAX;
}
static inline void tf_dbn_met(struct tf_dbn_names *names, uint32_t instrument_id)
{
    names->recent[instrument_id % TF_DBN_RECENT] = instrument_id;
}

#endif
