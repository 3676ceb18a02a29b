/* SPDX-License-Identifier: Apache-2.0 */
#include "send_ledger.h"

#include <stdlib.h>

void tf_ledger_note(struct tf_ledger *ledger, uint64_t first, uint64_t last)
{
    ledger->total += last - first + 1;
    if (ledger->count && ledger->ranges[ledger->count - 1].last + 1 == first) {
        ledger->ranges[ledger->count - 1].last = last;
        return;
    }
    if (ledger->count == ledger->room) {
        uint32_t room = ledger->room ? ledger->room * 2 : 256;
        void *ranges = realloc(ledger->ranges, room * sizeof *ledger->ranges);
        if (!ranges) {
            ledger->short_of_memory = true;
            return;
        }
        ledger->ranges = ranges;
        ledger->room = room;
    }
    ledger->ranges[ledger->count].first = first;
    ledger->ranges[ledger->count++].last = last;
}

void tf_ledger_json(const struct tf_ledger *ledger, struct tf_json *json, const char *key)
{
    tf_json_array(json, key);
    for (uint32_t i = 0; i < ledger->count; i++) {
        tf_json_array(json, 0);
        tf_json_u64(json, 0, ledger->ranges[i].first);
        tf_json_u64(json, 0, ledger->ranges[i].last);
        tf_json_end_array(json);
    }
    tf_json_end_array(json);
}

void tf_ledger_free(struct tf_ledger *ledger)
{
    free(ledger->ranges);
    *ledger = (struct tf_ledger){0};
}
