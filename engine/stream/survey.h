/* SPDX-License-Identifier: Apache-2.0 */
/* survey.h - for operators: which streams are here, how they do, and clearing away the dead. */
#ifndef TF_SURVEY_H
#define TF_SURVEY_H

#include "roster.h"

#include <limits.h>

struct tf_survey_ring {
    int32_t node;
    uint64_t head;
    uint64_t page_size;
};

/* One stream as it was at one moment. */
struct tf_survey {
    char name[64];
    char path[PATH_MAX];
    enum tf_state state;
    bool state_known;    /* else neither its lock nor its memory may be looked at */
    const char *problem; /* NULL, or why the rest could not be looked at */
    char backing[16];
    uint64_t epoch, capacity, heartbeat_age_ns, bytes;
    int64_t publisher_pid;
    uint32_t instruments;
    uint32_t ring_count;
    struct tf_survey_ring ring[TF_MAX_RINGS];
    uint32_t reader_count;
    struct tf_roster_entry *readers; /* reader_count of them, the survey's */
};

/* Every stream directory in the runtime directories, by name; returns how many went to `each`,
 * or TF_EUSAGE when the runtime directory cannot be one. */
int tf_survey_each(void (*each)(void *context, const char *name, const char *path),
                   void *context);

/* Look at one, read-only.  0; TF_EOS only when out of memory: problems are in the result. */
int tf_survey_look(const char *name, const char *path, struct tf_survey *survey);
void tf_survey_free(struct tf_survey *survey);

enum tf_reclaimed { TF_RECLAIM_LIVE, TF_RECLAIM_DEAD, TF_RECLAIM_FAILED };

/*
 * Reclaim a stream whose publisher is gone: its readers learn TF_REPLACED, its memory is freed
 * with the last of them, its directory is removed.  A live one is left alone.  `dry_run` only
 * tells.
 */
enum tf_reclaimed tf_reclaim(const char *path, bool dry_run);

#endif
