/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disturbed.h - Tickfan with bystanders (bystanders.h): one transport for each kind, so that a contest interleaves them
 * like any others.  The ring, the writer and the measured readers are the Tickfan transport's own; the
 * bystanders are switched on by the first message of a block and off after its last, and sleep through the blocks
 * of other entries.  For paced blocks, whose messages are numbered throughout.
 */
#ifndef TF_DISTURBED_H
#define TF_DISTURBED_H

#include "bystanders.h"
#include "transport.h"

enum { TF_DISTURBED_COUNT = 3 }; /* bystanders of each entry */

/* What create() cannot be told by its options; before the contest, in the coordinator. */
struct tf_disturbed_setup {
    uint64_t messages; /* of a block */
    const int *cpu;    /* as struct tf_bystanders_options */
    int cpus;
    bool sparing;
};
void tf_disturbed_prepare(const struct tf_disturbed_setup *setup);

/* By kind; TF_BYSTANDERS_NONE takes the same path through the same functions. */
extern const struct tf_transport tf_transport_disturbed[TF_BYSTANDER_KINDS];

/* Between blocks, in the coordinator: all off, whatever the last block left. */
void tf_disturbed_off(void);
/* What happened in the last contest; after it as well. */
const struct tf_bystanders_seen *tf_disturbed_seen(enum tf_bystander_kind kind);

#endif
