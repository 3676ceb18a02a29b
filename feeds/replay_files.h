/* SPDX-License-Identifier: Apache-2.0 */
/* replay_files.h - the recordings of a replay: opened, put together, and what each of them gave. */
#ifndef TF_REPLAY_FILES_H
#define TF_REPLAY_FILES_H

#include "merge.h"
#include "recording.h"

/* Summed over passes; times are of the last one. */
struct tf_replay_file {
    const char *path;
    const char *format; /* NULL: never opened */
    uint64_t messages, ticks;
    uint64_t events_back; /* as struct tf_merge_counts */
    uint64_t first_ts_event,
        last_ts_event; /* as far as it was read; TF_UNDEF_TIMESTAMP: none */
};

/* What is read from, with ids of its own where that is wanted. */
struct tf_replay_source {
    struct tf_recording *recording; /* NULL: closed */
    struct tf_replay_files *files;
    uint32_t number;             /* of the file, from 0 */
    uint32_t last_from, last_to; /* the id that was looked up last; 0: none */
    /* Where definitions go, while it is read. */
    void (*define)(void *context, const struct tf_instrument *instrument);
    void *context;
};

struct tf_replay_files {
    uint32_t count;
    struct tf_recording_options options;
    /*
     * --separate-ids: (file, id) to an id from TF_REPLAY_SEPARATE_ID on, for all files but the
     * first; the same in every pass.  NULL: ids are the venues'.
     */
    struct tf_instrument_ids *separate;
    struct tf_replay_file *facts;
    struct tf_replay_source *sources;
    struct tf_merge_input *inputs;
};

/* Above what CME and the tables of names use; in the order of their first appearance. */
#define TF_REPLAY_SEPARATE_ID (UINT32_C(1) << 31)

/*
 * `paths` outlive it, and it stays where it is; the table of names in `options` is made and owned
 * here.  0 or TF_EOS.
 */
int tf_replay_files_init(struct tf_replay_files *files, char **paths, uint32_t count,
                         const struct tf_recording_options *options);
/* Before the first is opened.  0 or TF_EOS. */
int tf_replay_files_separate(struct tf_replay_files *files);
void tf_replay_files_free(struct tf_replay_files *files);

/* Open those of first..first+count that are closed.  0, or as tf_recording_open(). */
int tf_replay_files_open(struct tf_replay_files *files, uint32_t first, uint32_t count);

/* Those, which are open, as one; NULL: TF_EOS. */
struct tf_merge *tf_replay_files_merge(struct tf_replay_files *files, uint32_t first,
                                       uint32_t count, const struct tf_merge_options *options);

/* Take what the merge of those gave into the facts, and close merge and recordings. */
void tf_replay_files_done(struct tf_replay_files *files, uint32_t first, uint32_t count,
                          struct tf_merge *merge);

/* How far those that are open are read, 0 to 1; negative: unknown.  `files` is a struct tf_replay_files. */
double tf_replay_files_fraction(void *files);

#endif
