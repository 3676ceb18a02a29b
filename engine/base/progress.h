/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - one line on a terminal's standard error that tells how far long work is; else nothing. */
#ifndef TF_PROGRESS_H
#define TF_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct tf_progress {
    const char *label;
    uint64_t started_ns, drawn_ns;
    bool on_terminal;
};

/* `label` must outlive it.  `quiet` shows nothing at all. */
void tf_progress_start(struct tf_progress *progress, const char *label, bool quiet);

/* At most five times a second.  fraction 0 to 1, negative when the whole is not known. */
void tf_progress_update(struct tf_progress *progress, double fraction, uint64_t count,
                        const char *unit);

/* Wipe the line. */
void tf_progress_end(struct tf_progress *progress);

#endif
