/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbol_set.h - how many different 8-byte symbols a session's messages have named.
 *
 * Every add names its stock, so the answer to "seen before?" must be nearly free: a table by
 * stock locate remembers the last symbol, and only a change goes to the hash set behind it.
 */
#ifndef TF_SYMBOL_SET_H
#define TF_SYMBOL_SET_H

#include <stdint.h>
#include <string.h>

struct tf_symbol_set {
    uint64_t *last;  /* by locate: the symbol's bytes as they are in the message */
    uint64_t *slots; /* open addressing; 0: free */
    uint64_t count;
    uint64_t mask;
    uint64_t seed; /* keys the hash: a recording may be hostile */
    unsigned arena;
};

/* 0 or TF_EOS. */
int tf_symbol_set_open(struct tf_symbol_set *set, unsigned arena);
void tf_symbol_set_close(struct tf_symbol_set *set);
void tf_symbol_set_clear(struct tf_symbol_set *set);
/* The slow half of tf_symbol_set_note().  Blank symbols do not count. */
void tf_symbol_set_add(struct tf_symbol_set *set, uint64_t symbol);

static inline void tf_symbol_set_note(struct tf_symbol_set *set, uint16_t locate,
                                      const uint8_t *symbol)
{
    uint64_t bytes;
    memcpy(&bytes, symbol, sizeof bytes);
    if (__builtin_expect(set->last[locate] != bytes, 0)) {
        set->last[locate] = bytes;
        tf_symbol_set_add(set, bytes);
    }
}

#endif
