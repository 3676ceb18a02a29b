/* SPDX-License-Identifier: Apache-2.0 */
/* send_ledger.h - which sequences were dropped on purpose: ranges, exact and in order. */
#ifndef TF_SEND_LEDGER_H
#define TF_SEND_LEDGER_H

#include "json_out.h"

#include <stdbool.h>
#include <stdint.h>

struct tf_ledger {
    struct {
        uint64_t first, last;
    } * ranges;
    uint32_t count, room;
    uint64_t total; /* sequences in all ranges */
    bool short_of_memory;
};

/* After all that was noted before; what follows on the last range lengthens it. */
void tf_ledger_note(struct tf_ledger *ledger, uint64_t first, uint64_t last);
/* "key":[[first,last],...] */
void tf_ledger_json(const struct tf_ledger *ledger, struct tf_json *json, const char *key);
void tf_ledger_free(struct tf_ledger *ledger);

#endif
